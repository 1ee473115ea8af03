/*
 * mach.ko from a program's side: what is particular to processes of a real
 * kernel.  tests/mach has the semantics.
 */
#include <atf-c.h>
#include <errno.h>
#include <mach/exception_types.h>
#include <mach/task_special_ports.h>
#include <mach/thread_status.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "case.h"

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static void
nothing(int signo)
{
	(void)signo;
}

CASE(own_port)
{
	mach_port_name_t port = raw_port_send();
	int i;

	for (i = 1; i <= 3; i++)
		ATF_CHECK_EQ(0, raw_send(port, i, 0));
	for (i = 1; i <= 3; i++)
		ATF_CHECK_EQ(i, raw_receive(port, 0));
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, raw_receive(port, 0));
	ATF_CHECK_EQ(0, RAW(19, raw_self(), port, 1, (uint64_t)-1));
	ATF_CHECK_EQ(0, RAW(18, raw_self(), port));
	ATF_CHECK_EQ(KERN_INVALID_NAME, RAW(18, raw_self(), port));
}

/* Eight arguments, two of them on the stack. */
CASE(eight_arguments)
{
	mach_msg_header_t h = { 0 };
	mach_port_name_t port = raw_port_send();

	ATF_CHECK_EQ(0, RAW(47, PTR(&h), (uint64_t)1 << 33 | MACH_SEND_MSG,
			    MACH_MSG_TYPE_COPY_SEND | (uint64_t)sizeof(h) << 32,
			    port, (uint64_t)77 << 32, 0, 0, 0));
	ATF_CHECK_EQ(77, raw_receive(port, 0));
}

/* What is no trap: as on a kernel without the module. */
CASE(unknown)
{
	static const uint64_t codes[] = { (uint64_t)-1, (uint64_t)-5000,
		0xffffffffu, 0x1000000, 0x1000001, 0x1ffffff, 0x2000000,
		0x7fffffff, 0x80000000u };
	uint64_t args[RAW_ARGS] = { 0 };
	unsigned int i;
	int error;

	signal(SIGSYS, SIG_IGN);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		(void)raw_call(codes[i], args, &error);
		ATF_CHECK_EQ_MSG(ENOSYS, error, "%#jx", (uintmax_t)codes[i]);
	}
}

CASE(fork_inherits)
{
	mach_port_name_t port = raw_port_send(), other = raw_port_send();
	pid_t pid;

	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		/* An empty space, but the way to the parent. */
		if (raw_send(other, 1, 0) != MACH_SEND_INVALID_DEST)
			_exit(1);
		if (bootstrap_get() == MACH_PORT_NULL)
			_exit(2);
		_exit(raw_send(bootstrap_get(), 42, 0) == 0 ? 0 : 3);
	}
	ATF_CHECK_EQ(42, raw_receive(port, 10000));
	reap(pid);
}

CASE(exec_resets)
{
	mach_port_name_t port = raw_port_send();
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };
	char name[16], path[1024];
	size_t size = sizeof(path);
	pid_t pid;

	ATF_REQUIRE_EQ(0, sysctl(mib, 4, path, &size, NULL, 0));

	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		snprintf(name, sizeof(name), "%u", raw_port_send());
		setenv("EXEC_RESETS", name, 1);
		execl(path, path, NULL);
		_exit(9);
	}
	ATF_CHECK_EQ(43, raw_receive(port, 10000));
	reap(pid);
}

/* In the new image of exec_resets. */
__attribute__((constructor)) static void
exec_child(void)
{
	const char *name = getenv("EXEC_RESETS");

	if (name == NULL)
		return;
	use();
	if (raw_send((mach_port_name_t)strtoul(name, NULL, 10), 1, 0) !=
	    MACH_SEND_INVALID_DEST)
		_exit(1);
	_exit(raw_send(bootstrap_get(), 43, 0) == 0 ? 0 : 2);
}

struct right_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static mach_msg_return_t
send_right(mach_port_name_t to, mach_port_name_t right)
{
	struct right_message m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = 1;
	m.port.name = right;
	m.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return ((mach_msg_return_t)RAW(31, PTR(&m), MACH_SEND_MSG,
	    offsetof(struct right_message, trailer)));
}

static mach_port_name_t
receive_right(mach_port_name_t from)
{
	struct right_message m;

	ATF_REQUIRE_EQ(0, RAW(31, PTR(&m), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			      sizeof(m), from, 10000));
	return (m.port.name);
}

/* A sender that waits for room hears at once that its receiver is gone. */
CASE(receiver_killed)
{
	mach_port_name_t port = raw_port_send(), theirs;
	uint64_t start;
	pid_t pid, killer;
	int i;

	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		send_right(bootstrap_get(), raw_port());
		for (;;)
			pause();
	}
	theirs = receive_right(port);
	for (i = 0; i < 5; i++)
		ATF_CHECK_EQ(0, raw_send(theirs, i, 0));
	ATF_CHECK_EQ(MACH_SEND_TIMED_OUT, raw_send(theirs, i, 0));
	killer = fork();
	if (killer == 0) {
		usleep(300000);
		_exit(kill(pid, SIGKILL) == 0 ? 0 : 1);
	}
	start = now_ms();
	/* As if it had been sent before: tests/mach/queue_test.c. */
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, raw_send(theirs, 9, RAW_FOREVER));
	ATF_CHECK(now_ms() - start < 10000);
	reap(killer);
	waitpid(pid, NULL, 0);
	ATF_CHECK_EQ(MACH_SEND_INVALID_DEST, raw_send(theirs, 9, 0));
}

CASE(signal_interrupts)
{
	struct sigaction action = { .sa_handler = nothing };
	struct itimerval soon = { .it_value = { 0, 200000 } };
	mach_port_name_t port = raw_port();

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	ATF_CHECK_EQ(-MACH_RCV_INTERRUPTED, raw_receive(port, RAW_FOREVER));
	/* The right is still good. */
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, raw_receive(port, 0));
}

/* Stopped and continued, it goes on waiting. */
CASE(stop_and_go)
{
	mach_port_name_t port = raw_port_send(), theirs;
	int status;
	pid_t pid;

	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		theirs = raw_port();
		send_right(bootstrap_get(), theirs);
		_exit(raw_receive(theirs, RAW_FOREVER) == 5 ? 0 : 1);
	}
	theirs = receive_right(port);
	usleep(100000);
	ATF_REQUIRE_EQ(0, kill(pid, SIGSTOP));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ATF_REQUIRE(WIFSTOPPED(status));
	ATF_REQUIRE_EQ(0, kill(pid, SIGCONT));
	usleep(100000);
	ATF_CHECK_EQ(0, raw_send(theirs, 5, 0));
	reap(pid);
}

CASE(timeouts)
{
	mach_port_name_t port = raw_port();
	uint64_t start, took;

	start = now_ms();
	ATF_CHECK_EQ(-MACH_RCV_TIMED_OUT, raw_receive(port, 100));
	took = now_ms() - start;
	ATF_CHECK_MSG(took >= 100 && took < 600, "%ju ms", (uintmax_t)took);
}

/* A trap that is not done when the process dies. */
CASE(killed_in_wait)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (pid == 0) {
			raw_receive(raw_port(), RAW_FOREVER);
			_exit(1);
		}
		usleep(20000);
		kill(pid, SIGKILL);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK(WIFSIGNALED(status));
	}
}

CASE(two_hundred_forks)
{
	mach_port_name_t port = raw_port_send();
	pid_t pid;
	int i;

	bootstrap_set(port);
	for (i = 0; i < 200; i++) {
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0) {
			raw_port_send();
			raw_send(bootstrap_get(), i, RAW_FOREVER);
			_exit(0);
		}
		ATF_CHECK_EQ(i, raw_receive(port, 10000));
		reap(pid);
	}
}

CASE(other_tasks)
{
	mach_port_name_t task = 0;
	uint32_t pid = 0;
	uint64_t kr;

	ATF_CHECK_EQ(0, RAW(45, raw_self(), (uint64_t)getpid(), PTR(&task)));
	ATF_CHECK_EQ(raw_self(), task);
	ATF_CHECK_EQ(0, RAW(46, task, PTR(&pid)));
	ATF_CHECK_EQ((uint32_t)getpid(), pid);
	ATF_CHECK_EQ(0, RAW(44, raw_self(), 1, PTR(&task)));
	kr = RAW(45, raw_self(), 1, PTR(&task));
	ATF_CHECK_EQ(geteuid() == 0 ? KERN_SUCCESS : KERN_FAILURE, (int)kr);
	ATF_CHECK_EQ(KERN_FAILURE, RAW(45, raw_self(), 0x7fffffff, PTR(&task)));
	ATF_CHECK_EQ(KERN_FAILURE, RAW(45, raw_self(), 0, PTR(&task)));
}

/*
 * Garbage to every trap.  In a child, since it may well unmap itself; a timer
 * ends what waits.
 */
static uint64_t
garbage(uint32_t *seed, const uint64_t *good, unsigned int n)
{
	static const uint64_t bad[] = { 0, 1, 2, 3, 4, 24, 28, 100, 0xffff,
		0x7fffffff, 0x80000000u, 0xffffffffu, (uint64_t)-1,
		(uint64_t)-4096, 0xffffffff80000000u, 0xffff800000000000u,
		0x7fffffffe000u, 0x800000000000u, 0xdeadbeefcafeu };

	*seed = *seed * 1103515245 + 12345;
	if (*seed >> 30 == 0)
		return (*seed >> 8);
	if (*seed & 1u << 29)
		return (good[(*seed >> 12) % n]);
	return (bad[(*seed >> 12) % (sizeof(bad) / sizeof(bad[0]))]);
}

static void
garbage_child(uint32_t seed, char *read_only)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = nothing };
	static char buffer[65536];
	uint64_t good[16], args[RAW_ARGS];
	int i, k, number, error;

	sigaction(SIGALRM, &action, NULL);
	signal(SIGSYS, SIG_IGN);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 4; i++)
		good[i] = raw_port_send();
	good[4] = raw_self();
	good[5] = RAW(27);
	good[6] = RAW(29);
	good[7] = good[8] = good[9] = PTR(buffer);
	good[10] = PTR(buffer + 65530);
	good[11] = PTR(read_only);
	good[12] = bootstrap_get();
	good[13] = MACH_SEND_MSG;
	good[14] = MACH_RCV_MSG | MACH_SEND_MSG;
	good[15] = 64;
	for (i = 0; i < 3000; i++) {
		seed = seed * 1103515245 + 12345;
		/* Traps, and the numbers of messages. */
		number = (int)(seed >> 16) % 128;
		if (seed >> 31)
			number = 3200 + (int)(seed >> 16) % 300;
		if (seed >> 28 == 7)
			number = 200 + (int)(seed >> 16) % 250;
		/* task_suspend, thread_suspend: who would let it go on? */
		if (number == 3407 || number == 3605)
			continue;
		for (k = 0; k < RAW_ARGS; k++)
			args[k] = garbage(&seed, good, 16);
		for (k = 0; k < 64; k += 4)
			*(uint32_t *)(buffer + k) =
			    (uint32_t)garbage(&seed, good, 16);
		(void)raw_trap_args(number, args, &error);
	}
	_exit(0);
}

CASE(garbage)
{
	mach_port_name_t port = raw_port_send();
	char *read_only;
	int i, status;
	pid_t pid;

	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
	bootstrap_set(port);
	for (i = 0; i < 30; i++) {
		pid = fork();
		if (pid == 0)
			garbage_child(
			    (uint32_t)i * 2654435761u + 17, read_only);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		while (raw_receive(port, 0) != -MACH_RCV_TIMED_OUT)
			continue;
	}
	/* The module still works. */
	ATF_CHECK_EQ(0, raw_send(port, 1, 0));
	ATF_CHECK_EQ(1, raw_receive(port, 0));
}

/*
 * Where the kernel lets no module hold a thread (before 14.0) that is said, and
 * a fault is a signal whoever has set a handler.
 */
CASE(what_the_kernel_lacks_is_told)
{
	mach_port_name_t port = raw_port_send(), thread = (uint32_t)RAW(27);
	uint64_t none = KERN_NOT_SUPPORTED;
	uint32_t state[64], words = 64;
	int status;
	pid_t pid;

	if (has("mach.border"))
		none = KERN_FAILURE;
	/* Nobody has suspended it. */
	ATF_CHECK_EQ(none, RAW(3408, raw_self()));
	ATF_CHECK_EQ(none, RAW(3606, thread));
	if (!has("mach.border")) {
		ATF_CHECK_EQ(none, RAW(3407, raw_self()));
		ATF_CHECK_EQ(none, RAW(3605, thread));
		ATF_CHECK_EQ(none, RAW(3600, thread));
		ATF_CHECK_EQ(none, RAW(3603, thread, x86_THREAD_STATE64,
				       PTR(state), PTR(&words)));
		ATF_CHECK_EQ(none, RAW(3604, thread, x86_THREAD_STATE64,
				       PTR(state), x86_THREAD_STATE64_COUNT));
	}
	if (has("mach.exceptions"))
		return;
	pid = fork();
	if (pid == 0) {
		port = raw_port_send();
		if (RAW(3413, raw_self(), EXC_MASK_ALL, port, EXCEPTION_DEFAULT,
			THREAD_STATE_NONE) != 0)
			_exit(1);
		*(volatile int *)1 = 0;
		_exit(2);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/*
 * What the kernel's thread for timers has run, in milliseconds; by ps(1), since
 * <sys/user.h> and Mach's headers do not go together.
 */
static unsigned int
alarms_ran(void)
{
	unsigned int minutes = 0, seconds = 0, hundredths = 0;
	FILE *ps;

	ps = popen("ps -p 0 -H -o time= -o tdname= | grep 'mach alarms'", "r");
	ATF_REQUIRE(ps != NULL);
	ATF_CHECK_EQ(
	    3, fscanf(ps, "%u:%u.%u", &minutes, &seconds, &hundredths));
	pclose(ps);
	return ((minutes * 60 + seconds) * 1000 + hundredths * 10);
}

/* A time beyond what the kernel can count (2^31 s) is waited for, idly. */
CASE(deadlines_far_away)
{
	/* From now on, of each; the last overflows to a moment ago. */
	static const uint64_t seconds[] = { 1u << 31, 3000000000u,
		4294967290u };
	mach_port_name_t semaphore = 0, timer;
	struct rusage used;
	unsigned int i;
	unsigned int ran;
	int status;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		pid = fork();
		if (pid == 0) {
			if (RAW(3418, raw_self(), PTR(&semaphore), 0, 0) != 0)
				_exit(1);
			(void)RAW(38, semaphore, seconds[i], 0);
			_exit(2);
		}
		timer = (mach_port_name_t)RAW(91);
		ATF_REQUIRE(timer != MACH_PORT_NULL);
		ran = alarms_ran();
		ATF_CHECK_EQ(0, RAW(93, timer, seconds[i] * 1000000000));
		sleep(2);
		ran = alarms_ran() - ran;
		ATF_CHECK_MSG(ran < 500, "timers ran for %u ms", ran);
		ATF_CHECK_EQ(0, RAW(92, timer));
		kill(pid, SIGKILL);
		ATF_REQUIRE_EQ(pid, wait4(pid, &status, 0, &used));
		ATF_CHECK_MSG(WIFSIGNALED(status), "status %#x", status);
		ATF_CHECK_MSG(
		    used.ru_stime.tv_sec == 0 && used.ru_stime.tv_usec < 700000,
		    "waiting took %jd.%06ld s", (intmax_t)used.ru_stime.tv_sec,
		    used.ru_stime.tv_usec);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, own_port);
	ATF_TP_ADD_TC(tp, eight_arguments);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, fork_inherits);
	ATF_TP_ADD_TC(tp, exec_resets);
	ATF_TP_ADD_TC(tp, receiver_killed);
	ATF_TP_ADD_TC(tp, signal_interrupts);
	ATF_TP_ADD_TC(tp, stop_and_go);
	ATF_TP_ADD_TC(tp, timeouts);
	ATF_TP_ADD_TC(tp, deadlines_far_away);
	ATF_TP_ADD_TC(tp, killed_in_wait);
	ATF_TP_ADD_TC(tp, two_hundred_forks);
	ATF_TP_ADD_TC(tp, other_tasks);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, what_the_kernel_lacks_is_told);
	return (atf_no_error());
}
