/*
 * The tracing transport: another one, whose traps are told as they are made.
 *
 *	ISTHMUS_MACH_TRACE	 where to: the number of a descriptor, or a
 *				 file, to which it is appended
 *	ISTHMUS_MACH_TRACE_BYTES how many bytes of a body are shown
 *
 * Children have both, and the descriptor unless they close it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mach/lib/trace.h"
#include "mach/lib/trap.h"

#define BYTES_DEFAULT 32u

uint32_t mach_trace_bytes = BYTES_DEFAULT;

static struct mach_transport traced;
static uint64_t (*trap_below)(
    int number, const uint64_t *args, unsigned int nargs);
static int to = -1;
static dev_t to_dev;
static ino_t to_ino;

static uint64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/*
 * One write, so that what several threads and processes tell does not mix.  A
 * program may have closed the descriptor, and have something else there.
 */
static void
put(const struct trace_text *t)
{
	struct stat st;

	if (fstat(to, &st) != 0 || st.st_dev != to_dev || st.st_ino != to_ino)
		return;
	while (write(to, t->data, t->len) < 0 && errno == EINTR)
		;
}

static bool
returns_value(const struct mach_trap_row *row)
{
	return (row != NULL && row->args[0] == '=');
}

/*
 * True of a trap that may wait for others: what it does is told before that,
 * else a program that hangs would not tell in what.
 */
static bool
may_wait(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t timeout = 1;

	switch (number) {
	case 31:
	case 32:
	case 47:
		if (nargs < 7 || !(args[1] & MACH_RCV_MSG))
			return (false);
		if (args[1] & MACH_RCV_TIMEOUT)
			timeout = number == 47 && nargs > 7 ? args[7] : args[5];
		return ((uint32_t)timeout != 0);
	case 36: /* semaphore_wait, and its like */
	case 37:
	case 38:
	case 39:
	case 62: /* clock_sleep */
	case 90: /* mach_wait_until */
		return (true);
	default:
		return (false);
	}
}

static void
name_add(struct trace_text *t, const struct mach_trap_row *row, int number)
{
	if (row != NULL) {
		mach_trace_string(t, row->name);
	} else {
		mach_trace_string(t, "trap_");
		mach_trace_decimal(t, number);
	}
}

static void
result_add(struct trace_text *t, const struct mach_trap_row *row,
    uint64_t result, uint64_t elapsed)
{
	mach_trace_string(t, " = ");
	if (returns_value(row))
		mach_trace_number(t, result);
	else
		mach_trace_result(t, result,
		    row != NULL && mach_trace_is_message(row->number));
	mach_trace_string(t, " <");
	mach_trace_seconds(t, elapsed);
	mach_trace_string(t, ">");
}

static uint64_t
traced_trap(int number, const uint64_t *args, unsigned int nargs)
{
	const struct mach_trap_row *row = mach_trap_row(number);
	/* Whole when it is a message: its stubs give all that it has. */
	bool message = mach_trace_is_message(number) && nargs >= 7 &&
		       (number == 31 || nargs >= 8);
	bool waits = may_wait(number, args, nargs);
	struct trace_message m = { 0 };
	struct trace_text head, sent;
	uint64_t begin, end, result;
	int saved = errno;

	head.pid = sent.pid = (uint32_t)getpid();
	head.thread = sent.thread = mach_trace_thread_id();
	mach_trace_begin(&head);
	name_add(&head, row, number);
	mach_trace_string(&head, "(");
	mach_trace_arguments(&head, row, args, nargs);
	mach_trace_string(&head, ")");
	sent.len = 0;
	sent.cut = false;
	if (message) {
		/* The answer comes where the question stood. */
		mach_trace_message_of(number, args, &m);
		mach_trace_sent(&sent, &m);
	}
	if (waits) {
		mach_trace_string(&head, " ...");
		mach_trace_append(&head, &sent);
		mach_trace_end(&head);
		put(&head);
		sent.len = 0;
		sent.cut = false;
		mach_trace_begin(&head);
		mach_trace_string(&head, "... ");
		name_add(&head, row, number);
	}
	errno = saved;
	begin = now();
	result = trap_below(number, args, nargs);
	end = now();
	saved = errno;
	result_add(&head, row, result, end - begin);
	if (message) {
		mach_trace_append(&head, &sent);
		if (result == MACH_MSG_SUCCESS)
			mach_trace_received(&head, &m);
	} else if (result == KERN_SUCCESS && !returns_value(row)) {
		mach_trace_outputs(&head, row, args, nargs);
	}
	mach_trace_end(&head);
	put(&head);
	errno = saved;
	return (result);
}

/* A number that is all of the text, at most `max`; -1. */
static long
number_of(const char *text, long max)
{
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '9')
		return (-1);
	errno = 0;
	n = strtol(text, &end, 10);
	return (*end != '\0' || errno != 0 || n > max ? -1 : n);
}

static bool
to_open(const char *where)
{
	long n = number_of(where, INT_MAX);
	struct stat st;

	if (n >= 0)
		to = (int)n;
	else
		to = open(
		    where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (to < 0 || fstat(to, &st) != 0)
		return (false);
	to_dev = st.st_dev;
	to_ino = st.st_ino;
	return (true);
}

const struct mach_transport *
mach_trace(const struct mach_transport *below)
{
	const char *where = getenv("ISTHMUS_MACH_TRACE");
	long n = number_of(getenv("ISTHMUS_MACH_TRACE_BYTES"), INT_MAX);

	if (where == NULL || *where == '\0')
		return (below);
	/* Who runs as another does not write where its caller says. */
	if (getuid() != geteuid() || getgid() != getegid())
		return (below);
	if (!to_open(where)) {
		fprintf(stderr,
		    "libsystem_kernel: ISTHMUS_MACH_TRACE=%s: %s: "
		    "nothing is traced\n",
		    where, strerror(errno));
		return (below);
	}
	if (n >= 0)
		mach_trace_bytes = (uint32_t)n;
	traced = *below;
	trap_below = below->trap;
	traced.trap = traced_trap;
	return (&traced);
}
