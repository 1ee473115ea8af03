/*
 * The log of one build: what the builder wrote, up to a limit, in
 * STATE/logs/NAME-ID.log, and its last line for people who watch.
 */
#ifndef ISTHMUS_BUILD_LOG_H
#define ISTHMUS_BUILD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build/build.h"

struct log;

/* Ends the name of a log that is being compressed. */
#define LOG_PART_SUFFIX ".part"

/* Whether there is a log of that name, compressed or not. */
bool log_exists(int logs_fd, const char *file_name);
/* Makes the file (0600, new) below the descriptor of STATE/logs. */
struct log *log_create(
    int logs_fd, const char *file_name, int64_t limit, struct error *);
/*
 * Appends; calls `line` (may be NULL) with each whole line, made printable,
 * cut at 4,096 bytes; of a line with CRs what follows the last one, as a
 * terminal shows it.  At the end of the output, a call with len 0 hands over
 * a last line that has no end.  False with err EFBIG when the limit was
 * passed (what fits is kept), other errors as they are.  A limit below 0 is
 * none.
 */
bool log_add(struct log *, const char *data, size_t len,
    void (*line)(void *context, const char *text), void *context,
    struct error *);
int64_t log_bytes(const struct log *);
/*
 * Closes.  With a compression, starts the compressor (gzip, zstd) on it and
 * returns a descriptor that is readable when that has ended in *wait_fd (-1:
 * nothing to wait for).
 */
bool log_close(
    struct log *, enum isth_compression, int *wait_fd, struct error *);
/* After wait_fd was readable: puts the compressed file in place. */
bool log_settle(struct log *, struct error *);
/* Name of the file below STATE/logs, now. */
const char *log_name(const struct log *);
void log_destroy(struct log *);
/*
 * True for what a dead executor left of a compression, which is removed when
 * that is wanted; false while a compressor or its executor has it open.
 */
bool log_part_left(int logs_fd, const char *name, bool remove);
/* Checks that the compressor is installed; the error says what to install. */
bool log_compression_check(enum isth_compression, struct error *);

#endif
