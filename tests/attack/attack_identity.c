/*
 * Being more than the build's user, and knowing more than the spec says:
 * what the builder was started with.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/attack.h"

extern char **environ;

static enum end
is_root(const void *with)
{
	(void)with;
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0)
		return (ended(SUCCEEDED, "uid %d gid %d", (int)geteuid(),
		    (int)getegid()));
	return (ended(REFUSED, "uid %d", (int)geteuid()));
}

static enum end
regain_uid(const void *with)
{
	(void)with;
	(void)!setuid(0);
	(void)!seteuid(0);
	(void)!setreuid(0, 0);
	return (by_call("set*uid(0)", getuid() == 0 || geteuid() == 0));
}

static enum end
regain_gid(const void *with)
{
	(void)with;
	(void)!setgid(0);
	(void)!setegid(0);
	(void)!setregid(0, 0);
	return (by_call("set*gid(0)", getgid() == 0 || getegid() == 0));
}

static enum end
regain_groups(const void *with)
{
	gid_t root = 0;

	(void)with;
	return (by_call("setgroups", setgroups(1, &root) == 0));
}

static enum end
other_groups(const void *with)
{
	gid_t groups[256];
	int i, n;

	(void)with;
	n = getgroups(256, groups);
	for (i = 0; i < n; i++) {
		if (groups[i] != getgid())
			return (
			    ended(SUCCEEDED, "is in group %d", (int)groups[i]));
	}
	return (ended(REFUSED, "no supplementary group"));
}

static enum end
descriptors(const void *with)
{
	struct stat st;
	int fd;

	(void)with;
	for (fd = 3; fd < 4096; fd++) {
		if (fstat(fd, &st) == 0)
			return (ended(SUCCEEDED, "descriptor %d is open", fd));
	}
	return (ended(REFUSED, "none above 2"));
}

static enum end
standard_input(const void *with)
{
	char c;
	ssize_t n;

	(void)with;
	if (isatty(0))
		return (ended(SUCCEEDED, "it is a terminal"));
	n = read(0, &c, 1);
	if (n > 0)
		return (ended(SUCCEEDED, "something to read"));
	return (
	    n == 0 ? ended(REFUSED, "end of file") : by_call("read", false));
}

static enum end
terminal(const void *with)
{
	int fd;

	(void)with;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd != -1)
		return (ended(SUCCEEDED, "/dev/tty opened"));
	return (by_call("open /dev/tty", false));
}

/* Of another's session, a builder gets signals and may get the terminal. */
static enum end
session(const void *with)
{
	pid_t sid = getsid(0);

	(void)with;
	if (sid == 0 || sid == (pid_t)atol(setting("HOST_SESSION")))
		return (ended(SUCCEEDED, "in the executor's session"));
	return (ended(REFUSED, "session %d", (int)sid));
}

static enum end
environment(const void *with)
{
	const char *secret = setting("SECRET_NAME");
	char **e;

	(void)with;
	for (e = environ; *e != NULL; e++) {
		if (strncmp(*e, secret, strlen(secret)) == 0)
			return (ended(SUCCEEDED, "%s", *e));
	}
	return (ended(REFUSED, "not in the environment"));
}

static enum end
core_limit(const void *with)
{
	struct rlimit r;

	(void)with;
	if (getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max != 0)
		return (ended(SUCCEEDED, "core files are allowed"));
	return (ended(REFUSED, "core limit 0"));
}

static enum end
mask(const void *with)
{
	mode_t m = umask(022);

	(void)with;
	if ((m & 022) != 022)
		return (ended(SUCCEEDED, "umask %04o", (unsigned)m));
	return (ended(REFUSED, "umask %04o", (unsigned)m));
}

/* What the executor ignores or blocks must not be the builder's. */
static enum end
signals(const void *with)
{
	struct sigaction sa;
	sigset_t set;
	int sig;

	(void)with;
	(void)sigprocmask(SIG_SETMASK, NULL, &set);
	for (sig = 1; sig < 32; sig++) {
		if (sigismember(&set, sig) == 1)
			return (ended(SUCCEEDED, "%d is blocked", sig));
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			return (ended(SUCCEEDED, "%d is ignored", sig));
	}
	return (ended(REFUSED, "all as they should be"));
}

static enum end
host_name(const void *with)
{
	char name[256] = "";

	(void)with;
	(void)!gethostname(name, sizeof(name) - 1);
	return (
	    ended(strcmp(name, setting("HOST_NAME")) == 0 ? SUCCEEDED : REFUSED,
		"\"%s\"", name));
}

/* An account that only the host's file has. */
static enum end
accounts(const void *with)
{
	const char *known = setting("HOST_ACCOUNT");
	char line[1024];
	FILE *f;

	(void)with;
	f = fopen("/etc/passwd", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, known, strlen(known)) == 0)
			return (ended(SUCCEEDED, "found %s", known));
	}
	return (ended(REFUSED, "%s is not in it", known));
}

static enum end
priority(const void *with)
{
	(void)with;
	return (by_call("setpriority", setpriority(PRIO_PROCESS, 0, -20) == 0));
}

const struct attack attacks_identity[] = {
	{ "be-root", "uid or gid 0", is_root, NULL },
	{ "regain-uid", "uid 0 again", regain_uid, NULL },
	{ "regain-gid", "gid 0 again", regain_gid, NULL },
	{ "regain-groups", "supplementary groups again", regain_groups, NULL },
	{ "other-groups", "the executor's groups", other_groups, NULL },
	{ "descriptors", "a descriptor of the executor", descriptors, NULL },
	{ "stdin", "the executor's standard input", standard_input, NULL },
	{ "terminal", "the controlling terminal", terminal, NULL },
	{ "session", "the executor's session", session, NULL },
	{ "environment", "the executor's environment", environment, NULL },
	{ "core-limit", "core files", core_limit, NULL },
	{ "umask", "an open umask", mask, NULL },
	{ "signals", "the executor's signal state", signals, NULL },
	{ "host-name", "the host's name", host_name, NULL },
	{ "accounts", "the host's accounts", accounts, NULL },
	{ "priority", "a higher priority", priority, NULL },
	{ NULL, NULL, NULL, NULL },
};
