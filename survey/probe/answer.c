/* What probes answer with, and the helpers that more than one area uses. */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/probe.h"

static struct probe_answer answer_make(
    enum isth_state, int, const char *, va_list) PROBE_PRINTF(3, 0);

static struct probe_answer
answer_make(enum isth_state state, int err, const char *fmt, va_list ap)
{
	struct probe_answer a;

	memset(&a, 0, sizeof(a));
	a.state = state;
	a.err = err;
	if (fmt != NULL)
		(void)vsnprintf(a.detail, sizeof(a.detail), fmt, ap);
	return (a);
}

#define ANSWER(state, err, fmt)                         \
	do {                                            \
		struct probe_answer a_;                 \
		va_list ap_;                            \
		va_start(ap_, fmt);                     \
		a_ = answer_make(state, err, fmt, ap_); \
		va_end(ap_);                            \
		return (a_);                            \
	} while (0)

struct probe_answer
probe_ok(const char *fmt, ...)
{
	ANSWER(ISTH_STATE_OK, 0, fmt);
}

struct probe_answer
probe_absent(const char *fmt, ...)
{
	ANSWER(ISTH_STATE_ABSENT, 0, fmt);
}

struct probe_answer
probe_wrong(const char *fmt, ...)
{
	ANSWER(ISTH_STATE_UNRELIABLE, 0, fmt);
}

struct probe_answer
probe_state(enum isth_state state, int err, const char *fmt, ...)
{
	ANSWER(state, err, fmt);
}

static enum isth_state
state_of_errno(int err)
{
	switch (err) {
	case ENOSYS:
		return (ISTH_STATE_ABSENT);
	case EPERM:
	case EACCES:
		return (ISTH_STATE_DENIED);
	case EOPNOTSUPP:
#if ENOTSUP != EOPNOTSUPP
	case ENOTSUP:
#endif
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return (ISTH_STATE_UNSUPPORTED);
	default:
		return (ISTH_STATE_FAILED);
	}
}

struct probe_answer
probe_errno(int err, const char *fmt, ...)
{
	ANSWER(state_of_errno(err), err, fmt);
}

bool
probe_file(const char *name, const char *content)
{
	size_t len = strlen(content);
	ssize_t n;
	int fd, saved;

	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return (false);
	n = write(fd, content, len);
	saved = n < 0 ? errno : ENOSPC;
	(void)close(fd);
	errno = saved;
	return (n == (ssize_t)len);
}

int
probe_child(int (*fn)(void *), void *arg)
{
	pid_t pid;
	int status;

	pid = fork();
	if (pid < 0)
		return (-1);
	if (pid == 0)
		_exit(fn(arg));
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return (-1);
	}
	if (WIFSIGNALED(status))
		return (-WTERMSIG(status));
	return (WEXITSTATUS(status));
}
