/*
 * The transport slots, as the user land of freebsd-launchd-mach calls it: the
 * number from sysctl mach.syscall.NAME, and syscall(2).  run.sh loads the
 * module with mach.transports=table,slots,mux for it.
 */
#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <mach/mach.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOST_BOOTSTRAP_PORT 13 /* that project's */
enum { OP_HOST_SET = 1, OP_TASK_SET = 2 };

static int
value_of(const char *prefix, const char *name)
{
	size_t size;
	char oid[80];
	int n = -2;

	size = sizeof(n);
	snprintf(oid, sizeof(oid), "%s.%s", prefix, name);
	if (sysctlbyname(oid, &n, &size, NULL, 0) != 0)
		return (-2);
	return (n);
}

/* As resolve_syscall() there. */
static int
number(const char *name)
{
	int n = value_of("mach.syscall", name);

	ATF_REQUIRE_MSG(n > 0, "mach.syscall.%s is %d", name, n);
	return (n);
}

#define CALL(name, ...) ((kern_return_t)syscall(number(#name), ##__VA_ARGS__))
#define NAME(name) ((mach_port_name_t)syscall(number(#name)))

static void
reap(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
}

static mach_port_name_t
port_make(void)
{
	mach_port_name_t self = NAME(task_self_trap), port = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(
	    0, CALL(mach_port_allocate, self, MACH_PORT_RIGHT_RECEIVE, &port));
	ATF_REQUIRE_EQ(0, CALL(mach_port_insert_right, self, port, port,
			      MACH_MSG_TYPE_MAKE_SEND));
	return (port);
}

static mach_msg_return_t
send_to(mach_port_name_t port, int id)
{
	mach_msg_header_t h = { 0 };

	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	h.msgh_size = sizeof(h);
	h.msgh_remote_port = port;
	h.msgh_id = id;
	return (CALL(mach_msg_trap, &h, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    sizeof(h), 0, MACH_PORT_NULL, 1000));
}

static int
receive_from(mach_port_name_t port, unsigned int timeout)
{
	struct {
		mach_msg_header_t header;
		unsigned char trailer[128];
	} m = { 0 };
	mach_msg_return_t mr;

	mr = CALL(mach_msg_trap, &m, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(m), port, timeout);
	return (mr == 0 ? m.header.msgh_id : -mr);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static const char *const names[] = { "mach_reply_port",
		"task_self_trap", "thread_self_trap", "host_self_trap",
		"mach_msg_trap", "mach_port_allocate", "mach_port_deallocate",
		"mach_port_insert_right", "task_get_special_port",
		"mach_trap_mux" };
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ATF_CHECK_EQ(210 + (int)i, number(names[i]));
	/* There is none left for another transport, which says so. */
	ATF_CHECK_EQ(0, value_of("mach.transport.error", "slots"));
	ATF_CHECK_EQ(ENFILE, value_of("mach.transport.error", "mux"));
	ATF_CHECK_EQ(-1, value_of("mach.transport", "mux"));
	ATF_CHECK_EQ(-1, value_of("mach.transport.error", "device"));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	ATF_CHECK(NAME(mach_reply_port) != MACH_PORT_NULL);
	ATF_CHECK(NAME(task_self_trap) != MACH_PORT_NULL);
	ATF_CHECK_EQ(NAME(task_self_trap), NAME(task_self_trap));
	ATF_CHECK(NAME(thread_self_trap) != MACH_PORT_NULL);
	ATF_CHECK(NAME(host_self_trap) != MACH_PORT_NULL);
	ATF_CHECK(NAME(thread_self_trap) != NAME(task_self_trap));
}

ATF_TC_WITHOUT_HEAD(own_message);
ATF_TC_BODY(own_message, tc)
{
	mach_port_name_t self = NAME(task_self_trap), port = port_make();

	ATF_CHECK_EQ(0, send_to(port, 0x504f5254));
	ATF_CHECK_EQ(0x504f5254, receive_from(port, 0));
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, receive_from(port, 0));
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, receive_from(port, 20));
	ATF_CHECK_EQ(0, CALL(mach_port_deallocate, self, port));
	/* The same task by another transport. */
	ATF_CHECK_EQ(mach_task_self(), self);
	ATF_CHECK_EQ(
	    0, mach_port_mod_refs(self, port, MACH_PORT_RIGHT_RECEIVE, -1));
}

ATF_TC_WITHOUT_HEAD(task_special_port);
ATF_TC_BODY(task_special_port, tc)
{
	mach_port_name_t self = NAME(task_self_trap), port = port_make();
	mach_port_name_t got = MACH_PORT_NULL;
	pid_t pid;

	ATF_REQUIRE_EQ(0, CALL(mach_trap_mux, OP_TASK_SET, self,
			      TASK_BOOTSTRAP_PORT, port, 0, 0));
	ATF_CHECK_EQ(
	    0, CALL(task_get_special_port, self, TASK_BOOTSTRAP_PORT, &got));
	ATF_CHECK_EQ(port, got);
	pid = fork();
	if (pid == 0) {
		got = MACH_PORT_NULL;
		if (CALL(task_get_special_port, NAME(task_self_trap),
			TASK_BOOTSTRAP_PORT, &got) != 0)
			_exit(1);
		_exit(send_to(got, 77) == 0 ? 0 : 2);
	}
	ATF_CHECK_EQ(77, receive_from(port, 10000));
	reap(pid);
}

/* What its bootstrap server does first: only root may. */
ATF_TC_WITHOUT_HEAD(host_bootstrap);
ATF_TC_BODY(host_bootstrap, tc)
{
	mach_port_name_t self = NAME(task_self_trap), port = port_make();
	mach_port_name_t host = NAME(host_self_trap), got = MACH_PORT_NULL;
	kern_return_t kr;
	pid_t pid;

	kr = CALL(
	    mach_trap_mux, OP_HOST_SET, host, HOST_BOOTSTRAP_PORT, port, 0, 0);
	if (geteuid() != 0) {
		ATF_CHECK(kr != KERN_SUCCESS);
		return;
	}
	ATF_REQUIRE_EQ(KERN_SUCCESS, kr);
	ATF_CHECK_EQ(
	    0, CALL(task_get_special_port, self, TASK_BOOTSTRAP_PORT, &got));
	ATF_CHECK_EQ(port, got);
	pid = fork();
	if (pid == 0) {
		/* An ordinary user finds it, and cannot replace it. */
		if (setuid(65534) != 0)
			_exit(1);
		if (CALL(task_get_special_port, NAME(task_self_trap),
			TASK_BOOTSTRAP_PORT, &got) != 0 ||
		    send_to(got, 78) != 0)
			_exit(2);
		kr = CALL(mach_trap_mux, OP_HOST_SET, NAME(host_self_trap),
		    HOST_BOOTSTRAP_PORT, got, 0, 0);
		_exit(kr == KERN_SUCCESS ? 3 : 0);
	}
	ATF_CHECK_EQ(78, receive_from(port, 10000));
	reap(pid);
	/* Nowhere to put it: told, and no name is left. */
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS,
	    CALL(task_get_special_port, self, TASK_BOOTSTRAP_PORT, 8));
	ATF_CHECK_EQ(0, CALL(mach_trap_mux, OP_HOST_SET, host,
			    HOST_BOOTSTRAP_PORT, MACH_PORT_NULL, 0, 0));
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	mach_port_name_t self = NAME(task_self_trap);

	ATF_CHECK_EQ(
	    KERN_INVALID_ARGUMENT, CALL(mach_trap_mux, 0, 0, 0, 0, 0, 0));
	ATF_CHECK_EQ(
	    KERN_INVALID_ARGUMENT, CALL(mach_trap_mux, 3, 0, 0, 0, 0, 0));
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS,
	    CALL(mach_port_allocate, self, MACH_PORT_RIGHT_RECEIVE, 8));
	ATF_CHECK_EQ(
	    KERN_INVALID_NAME, CALL(mach_port_deallocate, self, 0x7fffff03));
	ATF_CHECK(CALL(mach_msg_trap, -1L, -1L, -1L, -1L, -1L, -1L) != 0);
	ATF_CHECK(CALL(task_get_special_port, -1L, -1L, -1L) != 0);
}

/* Apple's library over it: as far as ten traps go, and no further. */
ATF_TC_WITHOUT_HEAD(library);
ATF_TC_BODY(library, tc)
{
	mach_port_type_t type = 0;
	mach_port_t port;
	pid_t pid = fork();

	if (pid == 0) {
		(void)setenv("ISTHMUS_MACH_TRANSPORT", "slots", 1);
		if (mach_port_allocate(mach_task_self(),
			MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS)
			_exit(1);
		if (mach_port_insert_right(mach_task_self(), port, port,
			MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
			_exit(2);
		if (task_set_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT,
			port) != KERN_SUCCESS)
			_exit(3);
		if (mach_port_type(mach_task_self(), port, &type) !=
		    KERN_NOT_SUPPORTED)
			_exit(4);
		_exit(send_to(port, 1) == 0 && receive_from(port, 0) == 1 ? 0
									  : 5);
	}
	reap(pid);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, own_message);
	ATF_TP_ADD_TC(tp, task_special_port);
	ATF_TP_ADD_TC(tp, host_bootstrap);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, library);
	return (atf_no_error());
}
