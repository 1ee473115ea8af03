/*
 * Tracing: each trap of the process as text.  What the parts of it share.
 *
 * Nothing here allocates, takes a lock or uses stdio: a trap may be made
 * anywhere, in a signal handler and between fork and exec too.
 */
#ifndef ISTHMUS_MACH_LIB_TRACE_H
#define ISTHMUS_MACH_LIB_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mach/message.h>

#include "mach/lib/trap_table.h"

/*
 * A trap's lines, which go out in one write: what is appended to a file then
 * stays together, and so does what goes into a pipe of Linux (PIPE_BUF);
 * FreeBSD's promise for pipes is 512 bytes.
 */
#define TRACE_SIZE 4096

struct trace_text {
	size_t len;
	bool cut; /* something did not fit */
	uint32_t pid;
	uint64_t thread;
	char data[TRACE_SIZE];
};

/* How many bytes of a message's body are shown. */
extern uint32_t mach_trace_bytes;

/* trace_text.c: what does not fit any more is left out, and a mark says so. */
void mach_trace_begin(struct trace_text *);
void mach_trace_string(struct trace_text *, const char *);
void mach_trace_decimal(struct trace_text *, int64_t);
void mach_trace_hex(struct trace_text *, uint64_t);
/* Small numbers decimal, others hexadecimal: counts, and names or masks. */
void mach_trace_number(struct trace_text *, uint64_t);
/* Nanoseconds as seconds. */
void mach_trace_seconds(struct trace_text *, uint64_t ns);
/* In double quotes, what cannot be printed as \xNN. */
void mach_trace_quoted(struct trace_text *, const uint8_t *, size_t);
/* A line end, and the process and thread that begin a line. */
void mach_trace_line(struct trace_text *);
/* Lines that were made apart. */
void mach_trace_append(struct trace_text *, const struct trace_text *);
/* Ends the last line; the text is then whole. */
void mach_trace_end(struct trace_text *);

/* trace_names.c: numbers by their names in Apple's headers. */
enum trace_kind {
	TRACE_NONE,
	TRACE_RIGHT,	   /* MACH_PORT_RIGHT_* */
	TRACE_DISPOSITION, /* MACH_MSG_TYPE_* */
	TRACE_RECEIVED,	   /* the same of what came: MACH_MSG_TYPE_PORT_* */
	TRACE_NOTIFICATION,
	TRACE_OPTIONS,	 /* of mach_msg */
	TRACE_OPTIONS64, /* of mach_msg2 */
	TRACE_ADDRESS,	 /* where an address is, which the trap writes */
	TRACE_SIGNED
};
void mach_trace_named(struct trace_text *, enum trace_kind, uint64_t);
/* What argument `i` of a trap is, where its letter does not tell. */
enum trace_kind mach_trace_kind_of(int number, unsigned int i);
void mach_trace_result(struct trace_text *, uint64_t result, bool message);

/* trace_message.c */
struct trace_message {
	bool sends, receives;
	uint64_t send, receive; /* where they are */
	uint32_t send_size, receive_size;
	bool in_registers; /* the header of what is sent is `header` */
	mach_msg_header_t header;
	uint32_t descriptors;
};
bool mach_trace_is_message(int number);
/* What a trap of mach_msg's kind is about to do. */
void mach_trace_message_of(
    int number, const uint64_t *, struct trace_message *);
/* The lines of what is sent (before the trap), or was received (after it). */
void mach_trace_sent(struct trace_text *, const struct trace_message *);
void mach_trace_received(struct trace_text *, const struct trace_message *);

/* trace_arguments.c: what goes in, before the trap; what came out, after it. */
void mach_trace_arguments(struct trace_text *, const struct mach_trap_row *,
    const uint64_t *args, unsigned int nargs);
void mach_trace_outputs(struct trace_text *, const struct mach_trap_row *,
    const uint64_t *args, unsigned int nargs);

/* trace_*.c of the system */
uint64_t mach_trace_thread_id(void);
/* Memory of the process that may not be there; false when it is not. */
bool mach_trace_read(uint64_t address, void *to, size_t size);

#endif
