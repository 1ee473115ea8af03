/*
 * Landlock of Linux, by raw system call: headers of 2022 know half of it.
 * Numbers and layouts: include/uapi/linux/landlock.h.
 */
#include "survey/probe/area_privilege.h"

#if defined(__linux__)

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The same on every architecture: numbers above 424 are common. */
enum { NR_CREATE = 444, NR_ADD_RULE = 445, NR_RESTRICT = 446 };

#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_TRUNCATE (UINT64_C(1) << 14) /* version 3, 6.2 */
#define NET_BIND (UINT64_C(1) << 0)	/* version 4, 6.7 */
#define NET_CONNECT (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT (UINT64_C(1) << 0) /* version 6, 6.12 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

/* struct landlock_ruleset_attr */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* struct landlock_path_beneath_attr */
struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((__packed__));

static long
version(void)
{
	return (syscall(NR_CREATE, NULL, 0UL, 1U));
}

/* A rule set of the kernel; -1 with the answer when it is too old. */
static int
create(struct ruleset set, long needs, struct probe_answer *why)
{
	size_t size;
	long v;
	int fd;

	v = version();
	if (v < 0) {
		*why = errno == EOPNOTSUPP
			   ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
				 "switched off at boot (lsm=)")
			   : probe_errno(errno, "landlock_create_ruleset");
		return (-1);
	}
	if (v < needs) {
		*why = probe_absent("version %ld, this needs %ld", v, needs);
		return (-1);
	}
	/* An older kernel takes only the members that it knows. */
	size = v >= 6	? sizeof(set)
	       : v >= 4 ? offsetof(struct ruleset, scoped)
			: offsetof(struct ruleset, net);
	fd = (int)syscall(NR_CREATE, &set, size, 0U);
	if (fd < 0)
		*why = probe_errno(errno, "landlock_create_ruleset");
	return (fd);
}

static bool
enforce(int fd, struct probe_answer *why)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(NR_RESTRICT, fd, 0U) == 0)
		return (true);
	*why = probe_errno(errno, "landlock_restrict_self");
	return (false);
}

/* Creates and enforces a rule set without a rule. */
static bool
restrict_self(struct ruleset set, long needs, struct probe_answer *why)
{
	int fd;

	fd = create(set, needs, why);
	return (fd >= 0 && enforce(fd, why));
}

PROBE(priv_ll_version)
{
	struct probe_answer why;
	int fd;

	fd = create((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why);
	if (fd < 0)
		return (why);
	return (probe_ok("version %ld", version()));
}

PROBE(priv_ll_read)
{
	struct probe_answer why;

	if (!probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	if (!restrict_self((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why))
		return (why);
	return (util_refused(
	    open("file", O_RDONLY | O_CLOEXEC), 0, "open for reading"));
}

PROBE(priv_ll_write)
{
	struct probe_answer why;

	if (!probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	if (!restrict_self(
		(struct ruleset){ FS_WRITE_FILE | FS_MAKE_REG, 0, 0 }, 1, &why))
		return (why);
	if (open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		return (probe_wrong("a file was created"));
	if (open("file", O_RDONLY | O_CLOEXEC) < 0)
		return (probe_wrong("reading is refused too"));
	return (util_refused(
	    open("file", O_WRONLY | O_CLOEXEC), 0, "open for writing"));
}

PROBE(priv_ll_rule)
{
	struct beneath rule = { FS_READ_FILE, -1 };
	struct probe_answer why;
	int fd;

	if (mkdir("in", 0700) != 0 || !probe_file("in/file", "x") ||
	    !probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	fd = create((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why);
	if (fd < 0)
		return (why);
	rule.parent = open("in", O_PATH | O_CLOEXEC);
	if (syscall(NR_ADD_RULE, fd, 1U /* PATH_BENEATH */, &rule, 0U) != 0)
		return (probe_errno(errno, "landlock_add_rule"));
	if (!enforce(fd, &why))
		return (why);
	if (open("in/file", O_RDONLY | O_CLOEXEC) < 0)
		return (probe_wrong("what the rule allows is refused"));
	return (util_refused(
	    open("file", O_RDONLY | O_CLOEXEC), 0, "open outside"));
}

PROBE(priv_ll_truncate)
{
	struct probe_answer why;

	if (!probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	if (!restrict_self((struct ruleset){ FS_TRUNCATE, 0, 0 }, 3, &why))
		return (why);
	return (util_refused(truncate("file", 0), 0, "truncate"));
}

PROBE(priv_ll_net)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct probe_answer why;
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!restrict_self(
		(struct ruleset){ 0, NET_BIND | NET_CONNECT, 0 }, 4, &why))
		return (why);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (probe_errno(errno, "socket"));
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0 ||
	    errno != EACCES)
		return (probe_wrong("connect: not EACCES"));
	return (util_refused(
	    bind(fd, (struct sockaddr *)&in, sizeof(in)), 0, "bind, connect"));
}

PROBE(priv_ll_abstract)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct probe_answer why;
	socklen_t len;
	int client, server;

	snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
	    "isthmus-probe-%d-%u", (int)getpid(), ctx->number);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  strlen(un.sun_path + 1));
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&un, len) != 0 ||
	    listen(server, 1) != 0)
		return (probe_errno(errno, "bind"));
	if (!restrict_self((struct ruleset){ 0, 0, SCOPE_ABSTRACT }, 6, &why))
		return (why);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		return (probe_errno(errno, "socket"));
	return (util_refused(connect(client, (struct sockaddr *)&un, len), 0,
	    "connect to a socket from before"));
}

PROBE(priv_ll_signal)
{
	struct probe_answer why;

	if (!restrict_self((struct ruleset){ 0, 0, SCOPE_SIGNAL }, 6, &why))
		return (why);
	return (util_refused(kill(getppid(), 0), 0, "kill of the parent"));
}

PROBE(priv_ll_needs_nnp)
{
	struct probe_answer why;
	int fd;

	fd = create((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why);
	if (fd < 0)
		return (why);
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return (util_skip("no new privileges from the start"));
	return (util_refused(syscall(NR_RESTRICT, fd, 0U), 0,
	    "landlock_restrict_self without no_new_privs"));
}

PROBE(priv_ll_forever)
{
	struct beneath rule = { FS_READ_FILE, -1 };
	struct probe_answer why;
	int fd;

	if (!probe_file("file", "x"))
		return (probe_errno(errno, "create"));
	if (!restrict_self((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why))
		return (why);
	/* A second layer that allows everything. */
	fd = create((struct ruleset){ FS_READ_FILE, 0, 0 }, 1, &why);
	if (fd < 0)
		return (why);
	rule.parent = open("/", O_PATH | O_CLOEXEC);
	if (syscall(NR_ADD_RULE, fd, 1U, &rule, 0U) != 0)
		return (probe_errno(errno, "landlock_add_rule"));
	if (!enforce(fd, &why))
		return (why);
	return (util_refused(
	    open("file", O_RDONLY | O_CLOEXEC), 0, "open after a wider layer"));
}

#else
typedef int area_privilege_landlock_is_empty_here;
#endif
