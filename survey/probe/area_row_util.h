/*
 * What the rows of the areas metadata, time, event, memory, network and
 * system share: steps that must work before the question can be put, and
 * short arithmetic on times.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_ROW_UTIL_H
#define ISTHMUS_SURVEY_PROBE_AREA_ROW_UTIL_H

#include <sys/types.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "survey/probe/area_common_util.h"

/*
 * A step of a probe: when `call` is -1, its errno is the answer.  What a
 * probe has open or mapped then goes with its process.
 */
#define NEED(call)                                         \
	do {                                               \
		if ((call) == -1)                          \
			return (row_failed(errno, #call)); \
	} while (0)
/* The same for a call that is true when it worked and sets errno. */
#define NEED_TRUE(call)                                    \
	do {                                               \
		if (!(call))                               \
			return (row_failed(errno, #call)); \
	} while (0)

/* A call that must fail with `err`; anything else is the answer. */
#define NEED_REFUSAL(call, refusal)                                  \
	do {                                                         \
		errno = 0;                                           \
		if ((call) != -1)                                    \
			return (probe_wrong("%s succeeded", #call)); \
		if (errno != (refusal))                              \
			return (row_failed(errno, #call));           \
	} while (0)

/* Root of a user namespace may know no other user: then it is skipped. */
#define NEED_OTHER_USER()                                                      \
	do {                                                                   \
		if (!row_other_user())                                         \
			return (                                               \
			    util_skip("user %u is not in this user namespace", \
				PROBE_OTHER_ID));                              \
	} while (0)

/* Flags of a row that needs root on one system alone. */
#if defined(__FreeBSD__)
#define FREEBSD_ROOT PROBE_ROOT
#define LINUX_ROOT 0
#else
#define FREEBSD_ROOT 0
#define LINUX_ROOT PROBE_ROOT
#endif

/*
 * What errno means, of a call as it stands in the source; an assignment
 * before it is left out.
 */
struct probe_answer row_failed(int err, const char *call);
/* This object, or its file system, refuses it. */
#define row_unsupported(...) probe_state(ISTH_STATE_UNSUPPORTED, 0, __VA_ARGS__)

/* Type of the file system of the working directory, in static storage. */
const char *row_filesystem(void);
/*
 * What an errno of a call on a file means here: as probe_errno, but EINVAL,
 * ENOTTY and EOPNOTSUPP are "unsupported on that file system".
 */
struct probe_answer row_file_errno(int err, const char *call);

/* True unless we are root and could not become PROBE_OTHER_ID. */
bool row_other_user(void);

/* Nanoseconds of a time, and the time on a clock; -1 with errno. */
int64_t row_ns(const struct timespec *);
int64_t row_clock(clockid_t);
struct timespec row_timespec(int64_t ns);
/* True when `fd` is readable within that time. */
bool row_readable(int fd, int ms);
/* A file made anew, open for reading and writing; -1 with errno. */
int row_create(const char *name);

#endif
