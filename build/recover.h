/* What the two files of recovery share. */
#ifndef ISTHMUS_BUILD_RECOVER_H
#define ISTHMUS_BUILD_RECOVER_H

#include "build/host.h"
#include "build/journal.h"

struct recovery {
	int state_fd, run_fd, jobs_fd;
	struct host *host;
	bool dry_run;
	void (*tell)(void *context, const char *line);
	void *context;
	size_t left;
	char boot[64];
};

/* One line, made printable, to whom recovery tells. */
void recover_say(struct recovery *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* "WHO: left: STEP: PATH: WHY (try: HINT)", and counts. */
void recover_say_left(struct recovery *, const char *who, const struct error *);
/* Between two tries of something that another process must do first. */
void recover_pause(void);
/*
 * Undoes one job; `fd` is its journal `file`, locked by us, which goes when
 * nothing is left.
 */
void recover_job(
    struct recovery *, struct journal_record *, int fd, const char *file);

#endif
