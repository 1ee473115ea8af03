/* Helpers of area_row_util.h; most rows of six areas use them. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "survey/probe/area_row_util.h"
#include "survey/probe/runner.h"

const char *
row_filesystem(void)
{
	static char name[32];

	host_filesystem(".", name, sizeof(name));
	return (name);
}

struct probe_answer
row_failed(int err, const char *call)
{
	const char *assign = strstr(call, " = ");

	/* "fd = open(...)", "(dir = opendir(...)) != NULL" */
	if (assign != NULL && (call[0] == '(' || assign < strchr(call, '(')))
		call = assign + 3;
	return (probe_errno(err, "%s", call));
}

struct probe_answer
row_file_errno(int err, const char *call)
{
	enum isth_state state;

	state = ISTH_STATE_UNSUPPORTED;
	if (err != EINVAL && err != ENOTTY && err != EOPNOTSUPP &&
	    err != ENOTSUP)
		state = probe_errno(err, NULL).state;
	return (probe_state(state, err, "%s on %s", call, row_filesystem()));
}

int64_t
row_ns(const struct timespec *ts)
{
	return ((int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec);
}

int64_t
row_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		return (-1);
	return (row_ns(&ts));
}

struct timespec
row_timespec(int64_t ns)
{
	struct timespec ts;

	ts.tv_sec = (time_t)(ns / 1000000000);
	ts.tv_nsec = (long)(ns % 1000000000);
	return (ts);
}

bool
row_readable(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return (poll(&p, 1, ms) == 1 && (p.revents & POLLIN) != 0);
}

int
row_create(const char *name)
{
	return (open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

bool
row_other_user(void)
{
#if defined(__linux__)
	unsigned long inside, outside, count;
	char map[4096], *line, *rest;

	if (geteuid() != 0 ||
	    !util_read("/proc/self/uid_map", map, sizeof(map)))
		return (true);
	for (line = strtok_r(map, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) != 3)
			continue;
		if (inside <= PROBE_OTHER_ID && PROBE_OTHER_ID - inside < count)
			return (true);
	}
	return (false);
#else
	return (true);
#endif
}
