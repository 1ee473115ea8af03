/*
 * Jails and capability mode: what of Mach is in one, and that nothing crosses
 * its border but what is carried across.
 */
#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/jail.h>

#include <errno.h>
#include <fcntl.h>
#include <mach/exception_types.h>
#include <mach/host_special_ports.h>
#include <mach/thread_status.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "jail.h"

static int
jail_enter(const char *option)
{
	char name[32];

	snprintf(name, sizeof(name), "mach%d", (int)getpid());
	return (jail_do(name, option, JAIL_CREATE | JAIL_ATTACH));
}

static int
trap_error(int number)
{
	uint64_t args[RAW_ARGS] = { 0 };
	int error;

	(void)raw_trap_args(number, args, &error);
	return (error);
}

ROOT_CASE(refused)
{
	mach_port_name_t port = raw_port_send();
	pid_t pid;

	bootstrap_set(port);
	signal(SIGSYS, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		/* It has a task, which inherited. */
		if (bootstrap_get() == MACH_PORT_NULL)
			_exit(1);
		if (jail_enter(NULL) < 0)
			_exit(2);
		_exit(trap_error(28) == ENOSYS && trap_error(26) == ENOSYS ? 0
									   : 3);
	}
	reap(pid);
	pid = fork();
	if (pid == 0) {
		/* It never had one. */
		if (jail_enter("allow.nomach") < 0)
			_exit(2);
		_exit(trap_error(28) == ENOSYS ? 0 : 3);
	}
	reap(pid);
}

/* Every right stays outside, and so does what fork inherits. */
ROOT_CASE(own_host)
{
	mach_port_name_t port = raw_port_send(), task = 0;
	pid_t pid, parent = getpid();

	bootstrap_set(port);
	ATF_REQUIRE_EQ(0, RAW(413, RAW(29), HOST_MAX_SPECIAL_PORT, port));
	ATF_REQUIRE_EQ(port, host_special());
	pid = fork();
	if (pid == 0) {
		mach_port_name_t way = bootstrap_get(), own = raw_port_send();

		if (way == MACH_PORT_NULL || raw_send(way, 1, 0) != 0)
			_exit(1);
		if (jail_enter("allow.mach") < 0)
			_exit(2);
		if (raw_send(way, 2, 0) != MACH_SEND_INVALID_DEST ||
		    raw_send(own, 2, 0) != MACH_SEND_INVALID_DEST)
			_exit(3);
		if (bootstrap_get() != MACH_PORT_NULL ||
		    host_special() != MACH_PORT_NULL)
			_exit(4);
		/* Its own works, and is the jail's alone. */
		own = raw_port_send();
		if (raw_send(own, 5, 0) != 0 || raw_receive(own, 0) != 5)
			_exit(5);
		if (RAW(413, RAW(29), HOST_MAX_SPECIAL_PORT, own) != 0 ||
		    host_special() != own)
			_exit(6);
		if (RAW(45, raw_self(), (uint64_t)parent, PTR(&task)) !=
			KERN_FAILURE ||
		    RAW(44, raw_self(), (uint64_t)parent, PTR(&task)) !=
			KERN_FAILURE)
			_exit(7);
		/* A grandchild is of the same jail. */
		bootstrap_set(own);
		pid = fork();
		if (pid == 0)
			_exit(raw_send(bootstrap_get(), 8, 0) == 0 ? 0 : 1);
		if (raw_receive(own, 10000) != 8)
			_exit(8);
		_exit(0);
	}
	reap(pid);
	ATF_CHECK_EQ(1, raw_receive(port, 0));
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, raw_receive(port, 0));
	ATF_CHECK_EQ(port, host_special());
	ATF_CHECK_EQ(0, RAW(413, RAW(29), HOST_MAX_SPECIAL_PORT, 0));
}

/* Who forks before the first trap in a jail does not hand down its past. */
ROOT_CASE(fork_at_the_border)
{
	mach_port_name_t port = raw_port_send();
	int status;
	pid_t pid;

	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		if (bootstrap_get() == MACH_PORT_NULL)
			_exit(1);
		if (jail_enter("allow.mach") < 0)
			_exit(2);
		pid = fork();
		if (pid == 0)
			_exit(bootstrap_get() == MACH_PORT_NULL ? 0 : 3);
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
	}
	reap(pid);
}

/* Who may debug it from outside may give it a right. */
ROOT_CASE(carried)
{
	mach_port_name_t port = raw_port_send(), task = 0;
	int to_child[2], from_child[2];
	char byte = 0;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(to_child));
	ATF_REQUIRE_EQ(0, pipe(from_child));
	pid = fork();
	if (pid == 0) {
		if (jail_enter("allow.mach") < 0)
			_exit(1);
		raw_port();
		if (write(from_child[1], "x", 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			_exit(2);
		_exit(raw_send(0x70003, 77, 0) == 0 ? 0 : 3);
	}
	ATF_REQUIRE_EQ(1, read(from_child[0], &byte, 1));
	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)pid, PTR(&task)));
	ATF_CHECK_EQ(0, RAW(21, task, 0x70003, port, MACH_MSG_TYPE_COPY_SEND));
	ATF_REQUIRE_EQ(1, write(to_child[1], "x", 1));
	reap(pid);
	ATF_CHECK_EQ(77, raw_receive(port, 0));
}

/* allow.mach can be taken away from those that run, and given back. */
ROOT_CASE(revoked)
{
	int to_child[2], from_child[2], jid;
	char byte = 0, name[32];
	pid_t pid;

	signal(SIGSYS, SIG_IGN);
	ATF_REQUIRE_EQ(0, pipe(to_child));
	ATF_REQUIRE_EQ(0, pipe(from_child));
	snprintf(name, sizeof(name), "machr%d", (int)getpid());
	jid = jail_do(name, "allow.mach", JAIL_CREATE);
	ATF_REQUIRE(jid >= 0);
	pid = fork();
	if (pid == 0) {
		mach_port_name_t own;

		if (jail_attach(jid) != 0)
			_exit(1);
		own = raw_port_send();
		if (write(from_child[1], "x", 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			_exit(2);
		if (trap_error(28) != ENOSYS)
			_exit(3);
		if (write(from_child[1], "x", 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			_exit(4);
		_exit(raw_send(own, 1, 0) == 0 && raw_receive(own, 0) == 1 ? 0
									   : 5);
	}
	ATF_REQUIRE_EQ(1, read(from_child[0], &byte, 1));
	ATF_CHECK(jail_do(name, "allow.nomach", JAIL_UPDATE) >= 0);
	ATF_REQUIRE_EQ(1, write(to_child[1], "x", 1));
	ATF_REQUIRE_EQ(1, read(from_child[0], &byte, 1));
	ATF_CHECK(jail_do(name, "allow.mach", JAIL_UPDATE) >= 0);
	ATF_REQUIRE_EQ(1, write(to_child[1], "x", 1));
	reap(pid);
	ATF_CHECK_EQ(0, jail_remove(jid));
}

static mach_port_name_t waited;

static void *
waiting(void *arg)
{
	(void)arg;
	return ((void *)(uintptr_t)-raw_receive(waited, RAW_FOREVER));
}

/* A thread that waits does not stay behind in the old task. */
ROOT_CASE(threads)
{
	pthread_t thread;
	void *value;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		waited = raw_port_send();
		if (pthread_create(&thread, NULL, waiting, NULL) != 0)
			_exit(1);
		usleep(200000);
		if (jail_enter("allow.mach") < 0)
			_exit(2);
		if (raw_send(waited, 1, 0) != MACH_SEND_INVALID_DEST)
			_exit(3);
		pthread_join(thread, &value);
		switch ((int)(intptr_t)value) {
		case MACH_RCV_INTERRUPTED:
		case MACH_RCV_PORT_CHANGED:
		case MACH_RCV_PORT_DIED:
		case MACH_RCV_INVALID_NAME:
			_exit(0);
		default:
			_exit(4);
		}
	}
	reap(pid);
}

/*
 * Capability mode, row by row: a number that is no right held, nothing else.
 */
static const int rows[] = {
#define TRAP(number, name, args, handler) number,
#define HOST(number, name, args) number,
#define NONE(number, name, args) number,
#include "mach/traps.def"
};

static bool
is_ambient(int number)
{
	static const int all[] = { 29, 44, 45, 96, 401, 3404, 3409, 9010, 9011,
		9012, 9013, 9014 };
	unsigned int i;

	for (i = 0; i < nitems(all); i++) {
		if (all[i] == number)
			return (true);
	}
	return (false);
}

CASE(capability_mode)
{
	pid_t pid;

	signal(SIGSYS, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		mach_port_name_t port = raw_port_send();
		unsigned int i;
		int error;

		if (cap_enter() != 0)
			_exit(1);
		for (i = 0; i < nitems(rows); i++) {
			error = trap_error(rows[i]);
			if ((error == ECAPMODE) != is_ambient(rows[i])) {
				fprintf(stderr, "trap %d: error %d\n", rows[i],
				    error);
				_exit(2);
			}
		}
		/* A right that is held works on. */
		if (raw_send(port, 4, 0) != 0 || raw_receive(port, 0) != 4)
			_exit(3);
		_exit(0);
	}
	reap(pid);
}

/* The same routine, asked for by message. */
CASE(capability_mode_by_message)
{
	struct {
		mach_msg_header_t header;
		uint8_t ndr[8];
		int32_t which; /* of a reply: the result */
		uint8_t room[256];
	} m;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		mach_port_name_t self = raw_self(), reply = raw_port();

		if (cap_enter() != 0)
			_exit(1);
		memset(&m, 0, sizeof(m));
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.header.msgh_remote_port = self;
		m.header.msgh_local_port = reply;
		m.header.msgh_id = 3409;
		m.ndr[4] = 1;
		m.which = TASK_BOOTSTRAP_PORT;
		if (RAW(31, PTR(&m), MACH_SEND_MSG | MACH_RCV_MSG, 36,
			sizeof(m), reply) != 0)
			_exit(2);
		_exit(m.header.msgh_id == 3509 && m.which == KERN_NO_ACCESS
			  ? 0
			  : 3);
	}
	reap(pid);
}

/* What is above a directory that is a descriptor: 0 where that is opened. */
static int
look_above(int dir)
{
	int fd = openat(dir, "../etc/passwd", O_RDONLY);

	return (fd >= 0 ? close(fd) : errno);
}

static int
directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	ATF_REQUIRE(fd >= 0);
	return (fd);
}

/* Whether look-ups from a directory can be kept beneath it: since 15.0. */
static bool
keeps_beneath(int fd)
{
	return (fcntl(fd, F_SETFD, FD_RESOLVE_BENEATH) == 0 &&
		fcntl(fd, F_GETFD) & FD_RESOLVE_BENEATH);
}

CASE(what_stays_beneath_stays_so)
{
	int fd = directory("/etc");

	if (!keeps_beneath(fd))
		atf_tc_skip("before 15.0 no descriptor is kept so");
	ATF_REQUIRE_EQ(ENOTCAPABLE, look_above(fd));
	ATF_CHECK_EQ(ENOTCAPABLE, look_above((int)RAW(9001, port_of(fd))));
	fd = directory("/etc");
	ATF_CHECK_EQ(0, look_above((int)RAW(9001, port_of(fd))));
	/* A mount's root, too, where no jail is left by it. */
	fd = directory("/dev");
	ATF_CHECK_EQ(0, look_above((int)RAW(9001, port_of(fd))));
}

enum { WITHIN = 0x70003, MOUNTED = 0x70103 };

/* In the jail; an exit status. */
static int
look_out(bool beneath)
{
	int fd = (int)RAW(9001, WITHIN);

	/* A mount's root cannot be kept beneath, and so is not to be had. */
	if ((int)RAW(9001, MOUNTED) != -KERN_NO_ACCESS)
		return (3);
	if (!beneath)
		return (fd == -KERN_NO_ACCESS ? 0 : 4);
	if (fd < 0 || look_above(fd) != ENOTCAPABLE)
		return (5);
	/* Nor by another turn. */
	fd = (int)RAW(9001, port_of(fd));
	return (fd >= 0 && look_above(fd) == ENOTCAPABLE ? 0 : 6);
}

/* A directory from outside is no way out of a jail. */
ROOT_CASE(a_directory_is_no_way_out)
{
	struct iovec iov[] = { IOV("path"), IOV("/usr"), IOV("allow.mach"),
		{ NULL, 0 }, IOV("persist"), { NULL, 0 } };
	int to_child[2], from_child[2], jid, fd = directory("/etc");
	mach_port_name_t task = 0;
	bool beneath = keeps_beneath(fd);
	char byte = 0;
	pid_t pid;

	/* Who has a directory open is not let into a jail. */
	close(fd);
	ATF_REQUIRE_EQ(0, pipe(to_child));
	ATF_REQUIRE_EQ(0, pipe(from_child));
	jid = jail_set(iov, nitems(iov), JAIL_CREATE);
	ATF_REQUIRE(jid >= 0);
	pid = fork();
	if (pid == 0) {
		if (jail_attach(jid) != 0)
			_exit(1);
		(void)raw_self();
		if (write(from_child[1], "x", 1) != 1 ||
		    read(to_child[0], &byte, 1) != 1)
			_exit(2);
		_exit(look_out(beneath));
	}
	close(from_child[1]);
	if (read(from_child[0], &byte, 1) != 1)
		reap(pid);
	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)pid, PTR(&task)));
	ATF_CHECK_EQ(0, RAW(21, task, WITHIN, port_of(directory("/etc")),
			    MACH_MSG_TYPE_COPY_SEND));
	ATF_CHECK_EQ(0, RAW(21, task, MOUNTED, port_of(directory("/dev")),
			    MACH_MSG_TYPE_COPY_SEND));
	ATF_REQUIRE_EQ(1, write(to_child[1], "x", 1));
	reap(pid);
	ATF_CHECK_EQ(0, jail_remove(jid));
}

static void
faulted(int signo)
{
	sigset_t mask;

	(void)signo;
	/* Of what was blocked for the handlers nothing is left. */
	sigprocmask(SIG_SETMASK, NULL, &mask);
	_exit(sigismember(&mask, SIGUSR1) ? 8 : 7);
}

/*
 * The first that a process does in a jail is a fault: its handlers stayed
 * outside, and are not asked.
 */
static int
fault_in_jail(const char *option, bool caught)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (RAW(3413, raw_self(), EXC_MASK_ALL, raw_port_send(),
			EXCEPTION_DEFAULT, x86_THREAD_STATE64) != 0)
			_exit(1);
		if (caught)
			signal(SIGSEGV, faulted);
		if (jail_enter(option) < 0)
			_exit(2);
		*(volatile int *)8 = 1;
		_exit(3);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

ROOT_CASE(faults_at_the_border)
{
	ATF_CHECK_EQ(-SIGSEGV, fault_in_jail("allow.mach", false));
	ATF_CHECK_EQ(7, fault_in_jail("allow.mach", true));
	ATF_CHECK_EQ(-SIGSEGV, fault_in_jail("allow.nomach", false));
	ATF_CHECK_EQ(7, fault_in_jail("allow.nomach", true));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, own_host);
	ATF_TP_ADD_TC(tp, fork_at_the_border);
	ATF_TP_ADD_TC(tp, carried);
	ATF_TP_ADD_TC(tp, revoked);
	ATF_TP_ADD_TC(tp, threads);
	ATF_TP_ADD_TC(tp, what_stays_beneath_stays_so);
	ATF_TP_ADD_TC(tp, a_directory_is_no_way_out);
	ATF_TP_ADD_TC(tp, faults_at_the_border);
	ATF_TP_ADD_TC(tp, capability_mode);
	ATF_TP_ADD_TC(tp, capability_mode_by_message);
	return (atf_no_error());
}
