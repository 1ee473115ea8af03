/*
 * A set-uid program as machd's client: who it is follows what the kernel says
 * of it, and nothing of the user who started it is in it.  The program is
 * this test's own, made set-uid to a second user; a third looks on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"

#define STARTER 35101u /* who starts the program */
#define OWNER 35102u   /* whose program it is */
#define SELF mach_task_self()
#define MESSAGE 31u

static char program[128]; /* the set-uid copy */
static int go[2], said[2], looked[2];

static void
give(int fd, uint32_t what)
{
	WANT(write(fd, &what, sizeof(what)) == (ssize_t)sizeof(what));
}

static uint32_t
take(int fd)
{
	uint32_t what;

	WANT(read(fd, &what, sizeof(what)) == (ssize_t)sizeof(what));
	return (what);
}

/*
 * The program.  It speaks by hand: the library of a set-uid program looks for
 * no server but the system's.
 */

/* The trailer of a message to itself. */
static mach_msg_audit_trailer_t
own_trailer(struct hostile *h)
{
	uint64_t args[7] = { HOSTILE_ADDRESS,
		MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
		0, 4096 };
	mach_msg_audit_trailer_t trailer;
	uint32_t port = hostile_port(h);

	WANT(port != 0);
	WANT(hostile_send(h, port, sizeof(mach_msg_header_t)) ==
	     MACH_MSG_SUCCESS);
	args[4] = port;
	WANT(hostile_trap(h, MESSAGE, args, 7) == MACH_MSG_SUCCESS);
	memcpy(&trailer, h->window + HOSTILE_DATA + sizeof(mach_msg_header_t),
	    sizeof(trailer));
	return (trailer);
}

static void
as_program(int in, int out)
{
	mach_msg_audit_trailer_t trailer;
	struct hostile h;
	int i;

	give(out, geteuid());
	(void)take(in);
	WANT(hostile_begin(&h));
	trailer = own_trailer(&h);
	for (i = 0; i < 8; i++)
		give(out, trailer.msgh_audit.val[i]);
	give(out, hostile_bootstrap(&h));
	(void)take(in);
	_exit(0);
}

/* Before the test's own main: what the program is. */
__attribute__((constructor(200))) static void
maybe_program(void)
{
	const char *fds = getenv("SETUID_PROGRAM");

	if (fds != NULL)
		as_program(atoi(fds), atoi(strchr(fds, ',') + 1));
}

static bool
program_make(const char *folder)
{
	char own[512], command[1400];

	if (!hostile_program(own, sizeof(own)))
		return (false);
	snprintf(program, sizeof(program), "%s/set-uid", folder);
	snprintf(command, sizeof(command),
	    "cp '%s' '%s' && chown %u '%s' && chmod 4755 '%s'", own, program,
	    OWNER, program, program);
	return (system(command) == 0);
}

/*
 * Who starts it
 */

static void
become(uid_t uid)
{
	WANT(setgid(uid) == 0 && setuid(uid) == 0);
}

/* As that user, in a process of its own: what task_for_pid says. */
static kern_return_t
control_as(uid_t uid, pid_t pid)
{
	pid_t child = fork();
	mach_port_t port;
	int status;

	if (child == 0) {
		become(uid);
		_exit(task_for_pid(SELF, pid, &port) & 0xff);
	}
	WANT(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return (WEXITSTATUS(status));
}

/* It is a client already, and becomes the program: with its connection open. */
_Noreturn static void
start_program(bool keep)
{
	char fds[32];
	socklen_t size = sizeof(int);
	int fd, type;

	give(said[1], (uint32_t)getpid());
	(void)take(go[0]);
	for (fd = 3; keep && fd < 64; fd++) {
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		    type == SOCK_SEQPACKET)
			(void)dup(fd);
	}
	snprintf(fds, sizeof(fds), "%d,%d", go[0], said[1]);
	setenv("SETUID_PROGRAM", fds, 1);
	execl(program, program, (char *)NULL);
	_exit(9);
}

static mach_port_type_t
type_of(mach_port_t name)
{
	mach_port_type_t type = 0;

	(void)mach_port_type(SELF, name, &type);
	return (type);
}

/* Its starter: what it had a hand in before is nothing of the program's. */
_Noreturn static void
as_starter(bool keep)
{
	mach_port_t bootstrap, before = 0, between = 0, after;
	uint32_t val[8], i;
	pid_t pid;
	int status;

	alarm(40);
	become(STARTER);
	/* To FreeBSD's library who became another is set-uid until it execs. */
	if (mach_task_self() == MACH_PORT_NULL)
		_exit(78);
	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &bootstrap) ==
	     KERN_SUCCESS);
	WANT(mach_port_insert_right(SELF, bootstrap, bootstrap,
		 MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	WANT(task_set_bootstrap_port(SELF, bootstrap) == KERN_SUCCESS);
	pid = fork();
	if (pid == 0)
		start_program(keep);
	WANT(take(said[0]) == (uint32_t)pid);
	WANT(task_for_pid(SELF, pid, &before) == KERN_SUCCESS);
	give(go[1], 1);
	if (take(said[0]) != OWNER) {
		/* The file system has no set-uid programs. */
		kill(pid, SIGKILL);
		_exit(77);
	}
	(void)task_for_pid(SELF, pid, &between);
	give(go[1], 2);
	for (i = 0; i < 8; i++)
		val[i] = take(said[0]);
	WANT(val[1] == OWNER && val[2] == STARTER);
	WANT(val[3] == STARTER && val[4] == STARTER);
	WANT(val[5] == (uint32_t)pid);
	WANT(take(said[0]) == MACH_PORT_NULL);
	WANT(type_of(before) == MACH_PORT_TYPE_DEAD_NAME);
	WANT(between == 0 || type_of(between) == MACH_PORT_TYPE_DEAD_NAME);
	WANT(task_for_pid(SELF, pid, &after) == KERN_FAILURE);
	give(looked[1], (uint32_t)pid);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
	_exit(0);
}

static void
look_at_program(bool keep)
{
	pid_t starter, pid;
	int status;

	WANT(pipe(go) == 0 && pipe(said) == 0 && pipe(looked) == 0);
	starter = fork();
	if (starter == 0) {
		close(looked[0]);
		as_starter(keep);
	}
	close(looked[1]);
	if (read(looked[0], &pid, sizeof(pid)) == (ssize_t)sizeof(pid)) {
		WANT(control_as(STARTER, pid) == KERN_FAILURE);
		WANT(control_as(OWNER, pid) == KERN_FAILURE);
		WANT(control_as(0, pid) == KERN_SUCCESS);
	}
	give(go[1], 3);
	WANT(waitpid(starter, &status, 0) == starter);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void
look_kept(void)
{
	look_at_program(true);
}

static void
look_closed(void)
{
	look_at_program(false);
}

static void
look(void (*fn)(void))
{
	char folder[] = "/tmp/isthmus-setuid.XXXXXX";
	struct served was;
	int status;

	ATF_REQUIRE(mkdtemp(folder) != NULL && chmod(folder, 0755) == 0);
	ATF_REQUIRE(program_make(folder));
	server_begin_for_all();
	was = server_look();
	status = hostile_run(fn, 50);
	unlink(program);
	rmdir(folder);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		atf_tc_skip("needs a file system with set-uid programs");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 78)
		atf_tc_skip("needs Linux: a client after setuid(2)");
	ATF_CHECK_EQ(0, status);
	server_is_back_at(&was);
}

#define CASE(name, fn)                                         \
	ATF_TC(name);                                          \
	ATF_TC_HEAD(name, tc)                                  \
	{                                                      \
		atf_tc_set_md_var(tc, "require.user", "root"); \
		atf_tc_set_md_var(tc, "timeout", "60");        \
	}                                                      \
	ATF_TC_BODY(name, tc)                                  \
	{                                                      \
		look(fn);                                      \
	}

CASE(a_set_uid_program_is_its_own, look_closed)
CASE(a_connection_that_is_kept_is_over, look_kept)

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_set_uid_program_is_its_own);
	ATF_TP_ADD_TC(tp, a_connection_that_is_kept_is_over);
	return (atf_no_error());
}
