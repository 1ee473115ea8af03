/*
 * Tasks and threads of other processes: stopped, looked into, ended; by whom
 * it is allowed.
 */
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <mach/host_reboot.h>
#include <mach/mig_errors.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <mach/thread_status.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "case.h"

static volatile uint64_t *counters; /* shared with children */

static void
counters_make(void)
{
	counters = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(counters != MAP_FAILED);
}

/* Counts for as long as the third does not say stop; r12 says who it is. */
__attribute__((noinline, noreturn)) static void
spin(volatile uint64_t *counter)
{
	__asm__ volatile("movq $0x1234567, %%r12\n"
			 "1:	incq (%0)\n"
			 "	cmpq $0, (%1)\n"
			 "	je 1b\n"
			 :
			 : "r"(counter), "r"(&counters[2])
			 : "r12", "memory");
	_exit(0);
}

static void *
spin_second(void *arg)
{
	(void)arg;
	(void)raw_self();
	spin(&counters[1]);
	return (NULL);
}

static pid_t
spinner(bool two)
{
	pthread_t thread;
	pid_t pid = fork();

	if (pid == 0) {
		(void)raw_self();
		if (two)
			pthread_create(&thread, NULL, spin_second, NULL);
		spin(&counters[0]);
	}
	return (pid);
}

static bool
moves(int i)
{
	uint64_t before = counters[i];
	int tries;

	for (tries = 0; tries < 100 && counters[i] == before; tries++)
		usleep(20000);
	return (counters[i] != before);
}

static bool
stands(int i)
{
	uint64_t before = counters[i];

	usleep(200000);
	return (counters[i] == before);
}

static mach_port_name_t
task_of(pid_t pid)
{
	mach_port_name_t task = 0;

	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)pid, PTR(&task)));
	return (task);
}

/* The first threads of a task; how many there are. */
static uint32_t
threads_of(mach_port_name_t task, mach_port_name_t *first, uint32_t room)
{
	uint64_t address = 0;
	uint32_t n = 0, i;

	ATF_REQUIRE_EQ(0, RAW(3402, task, PTR(&address), PTR(&n)));
	for (i = 0; i < n && i < room; i++)
		first[i] = ((mach_port_name_t *)(uintptr_t)address)[i];
	ATF_CHECK_EQ(0, RAW(12, raw_self(), address, n * sizeof(*first)));
	return (n);
}

/* It can be killed, and was not gone before. */
static bool
killed(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (WIFSIGNALED(status));
}

CASE_WITH(suspend_and_resume, "mach.border")
{
	mach_port_name_t task;
	pid_t pid;

	counters_make();
	pid = spinner(true);
	ATF_REQUIRE(moves(0) && moves(1));
	task = task_of(pid);
	ATF_CHECK_EQ(KERN_FAILURE, RAW(3408, task));
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK(stands(0) && stands(1));
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK_EQ(0, RAW(3408, task));
	ATF_CHECK_MSG(stands(0), "once is not twice");
	ATF_CHECK_EQ(0, RAW(3408, task));
	ATF_CHECK(moves(0) && moves(1));
	ATF_CHECK_EQ(KERN_FAILURE, RAW(3408, task));
	/* What is held can be killed. */
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK(killed(pid));
	/* The control port died with it. */
	ATF_CHECK(RAW(3407, task) != 0);
}

/* A stop of the shell's and a continue do not let it go. */
CASE_WITH(suspend_and_stop, "mach.border")
{
	mach_port_name_t task;
	int status;
	pid_t pid;

	counters_make();
	pid = spinner(false);
	ATF_REQUIRE(moves(0));
	task = task_of(pid);
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_REQUIRE_EQ(0, kill(pid, SIGSTOP));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ATF_CHECK(WIFSTOPPED(status));
	ATF_REQUIRE_EQ(0, kill(pid, SIGCONT));
	ATF_CHECK(stands(0));
	ATF_CHECK_EQ(0, RAW(3408, task));
	ATF_CHECK(moves(0));
	ATF_CHECK(killed(pid));
}

/* Counts, and leaves the rest to another. */
static void *
relay(void *arg)
{
	pthread_attr_t detached;
	pthread_t next;

	(void)__atomic_fetch_add(&counters[0], 1, __ATOMIC_RELAXED);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	while (pthread_create(&next, &detached, relay, NULL) != 0)
		usleep(100);
	pthread_attr_destroy(&detached);
	return (arg);
}

/* A thread that comes while it is suspended is held as those that were. */
CASE_WITH(suspend_what_makes_threads, "mach.border")
{
	mach_port_name_t task;
	pid_t pid;
	int i;

	counters_make();
	pid = fork();
	if (pid == 0) {
		(void)raw_self();
		for (i = 0; i < 4; i++)
			relay(NULL);
		for (;;)
			pause();
	}
	ATF_REQUIRE(moves(0));
	task = task_of(pid);
	for (i = 0; i < 20; i++) {
		ATF_CHECK_EQ(0, RAW(3407, task));
		ATF_CHECK(stands(0));
		ATF_CHECK_EQ(0, RAW(3408, task));
		ATF_CHECK(moves(0));
	}
	ATF_CHECK(killed(pid));
}

CASE_WITH(suspend_itself, "mach.border")
{
	pid_t pid;

	counters_make();
	pid = fork();
	if (pid == 0) {
		counters[0] = 1;
		if (RAW(3407, raw_self()) != 0)
			_exit(1);
		counters[1] = 1;
		if (RAW(3605, RAW(27)) != 0)
			_exit(2);
		_exit(0);
	}
	while (counters[0] == 0)
		usleep(10000);
	usleep(200000);
	ATF_CHECK_EQ(0, counters[1]);
	ATF_CHECK_EQ(0, RAW(3408, task_of(pid)));
	ATF_CHECK(moves(1) || counters[1] == 1);
	usleep(100000);
	{
		mach_port_name_t thread = 0;

		ATF_CHECK_EQ(1, threads_of(task_of(pid), &thread, 1));
		ATF_CHECK_EQ(0, RAW(3606, thread));
	}
	reap(pid);
}

CASE_WITH(thread_suspended, "mach.border")
{
	mach_port_name_t threads[2];
	pid_t pid;

	counters_make();
	pid = spinner(true);
	ATF_REQUIRE(moves(0) && moves(1));
	ATF_REQUIRE_EQ(2, threads_of(task_of(pid), threads, 2));
	ATF_CHECK_EQ(0, RAW(3605, threads[0]));
	ATF_CHECK_EQ(1, (int)stands(0) + (int)stands(1));
	ATF_CHECK_EQ(0, RAW(3606, threads[0]));
	ATF_CHECK(moves(0) && moves(1));
	ATF_CHECK_EQ(KERN_FAILURE, RAW(3606, threads[0]));
	ATF_CHECK(killed(pid));
}

static uint64_t
state_of(mach_port_name_t thread, x86_thread_state64_t *state)
{
	uint32_t n = x86_THREAD_STATE64_COUNT;

	memset(state, 0xa5, sizeof(*state));
	return (RAW(3603, thread, x86_THREAD_STATE64, PTR(state), PTR(&n)));
}

__attribute__((noreturn)) static void
landing(void)
{
	_exit(42);
}

CASE_WITH(registers, "mach.border")
{
	x86_thread_state64_t state;
	mach_port_name_t thread = 0, task;
	uint32_t few = 10;
	int status;
	pid_t pid;

	counters_make();
	pid = spinner(false);
	ATF_REQUIRE(moves(0));
	task = task_of(pid);
	ATF_REQUIRE_EQ(1, threads_of(task, &thread, 1));
	ATF_REQUIRE_EQ(0, state_of(thread, &state));
	ATF_CHECK_EQ(0x1234567, state.__r12);
	ATF_CHECK(state.__rip >= PTR(spin) && state.__rip < PTR(spin) + 64);
	ATF_CHECK_MSG(moves(0), "it goes on");
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    RAW(3603, thread, x86_THREAD_STATE64, PTR(&state), PTR(&few)));
	few = 42;
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    RAW(3603, thread, 99, PTR(&state), PTR(&few)));
	/* Only of one that is held. */
	state.__rip = PTR(landing);
	state.__rsp &= ~(uint64_t)15;
	state.__rsp -= 8;
	ATF_CHECK_EQ(KERN_FAILURE, RAW(3604, thread, x86_THREAD_STATE64,
				       PTR(&state), x86_THREAD_STATE64_COUNT));
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    RAW(3604, thread, x86_THREAD_STATE64, PTR(&state), 10));
	/* Not into the kernel's privileges. */
	state.__rflags |= 0x3000;
	ATF_CHECK_EQ(
	    KERN_INVALID_ARGUMENT, RAW(3604, thread, x86_THREAD_STATE64,
				       PTR(&state), x86_THREAD_STATE64_COUNT));
	state.__rflags &= ~(uint64_t)0x3000;
	ATF_CHECK_EQ(0, RAW(3604, thread, x86_THREAD_STATE64, PTR(&state),
			    x86_THREAD_STATE64_COUNT));
	ATF_CHECK_EQ(0, RAW(3408, task));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(42, WEXITSTATUS(status));
}

/* An address that no program can have: its own signal, nobody else's. */
CASE_WITH(registers_of_nowhere, "mach.border")
{
	static const uint64_t nowhere[] = { UINT64_C(0x8000000000000000),
		UINT64_C(0xffffffff80200000), UINT64_C(0x0000800000000000) };
	x86_thread_state64_t state;
	mach_port_name_t thread = 0, task;
	unsigned int i;
	int status;
	pid_t pid;

	counters_make();
	for (i = 0; i < nitems(nowhere); i++) {
		pid = spinner(false);
		ATF_REQUIRE(moves(0));
		task = task_of(pid);
		ATF_REQUIRE_EQ(1, threads_of(task, &thread, 1));
		ATF_CHECK_EQ(0, RAW(3407, task));
		ATF_REQUIRE_EQ(0, state_of(thread, &state));
		state.__rip = nowhere[i];
		state.__rsp = nowhere[i];
		ATF_CHECK_EQ(0, RAW(3604, thread, x86_THREAD_STATE64,
				    PTR(&state), x86_THREAD_STATE64_COUNT));
		ATF_CHECK_EQ(0, RAW(3408, task));
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK(WIFSIGNALED(status));
	}
}

CASE_WITH(thread_terminated, "mach.border")
{
	mach_port_name_t threads[2], task;
	int status;
	pid_t pid;

	counters_make();
	pid = spinner(true);
	ATF_REQUIRE(moves(0) && moves(1));
	task = task_of(pid);
	ATF_REQUIRE_EQ(2, threads_of(task, threads, 2));
	ATF_CHECK_EQ(0, RAW(3600, threads[1]));
	usleep(200000);
	ATF_CHECK_EQ(1, (int)stands(0) + (int)stands(1));
	ATF_CHECK(RAW(3600, threads[1]) != 0);
	ATF_CHECK_EQ(1, threads_of(task, threads, 2));
	ATF_CHECK_EQ(0, RAW(3600, threads[0]));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Who joins it goes on. */
static int
join_second(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin_second, NULL);
	return (pthread_join(thread, NULL));
}

CASE_WITH(thread_terminated_and_joined, "mach.border")
{
	mach_port_name_t threads[2], task;
	pid_t pid;

	counters_make();
	pid = fork();
	if (pid == 0)
		_exit(join_second());
	ATF_REQUIRE(moves(1));
	task = task_of(pid);
	/* The one that joins has made a trap only in fork(2)'s handlers. */
	ATF_REQUIRE(threads_of(task, threads, 2) >= 1);
	ATF_CHECK_EQ(0, RAW(3600, threads[threads_of(task, threads, 2) - 1]));
	reap(pid);
}

/* How often each is held. */
static integer_t
suspends_of(mach_port_name_t task)
{
	mach_task_basic_info_data_t info = { 0 };
	uint32_t words = MACH_TASK_BASIC_INFO_COUNT;

	ATF_REQUIRE_EQ(
	    0, RAW(3405, task, MACH_TASK_BASIC_INFO, PTR(&info), PTR(&words)));
	return (info.suspend_count);
}

static integer_t
suspends_of_thread(mach_port_name_t thread)
{
	thread_basic_info_data_t info = { 0 };
	uint32_t words = THREAD_BASIC_INFO_COUNT;

	ATF_REQUIRE_EQ(
	    0, RAW(3612, thread, THREAD_BASIC_INFO, PTR(&info), PTR(&words)));
	return (info.suspend_count);
}

CASE_WITH(counts_are_told, "mach.border")
{
	mach_port_name_t task, thread;
	pid_t pid;

	counters_make();
	pid = spinner(false);
	ATF_REQUIRE(moves(0));
	task = task_of(pid);
	ATF_REQUIRE_EQ(1, threads_of(task, &thread, 1));
	ATF_CHECK_EQ(0, suspends_of(task));
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK_EQ(0, RAW(3407, task));
	ATF_CHECK_EQ(0, RAW(3605, thread));
	ATF_CHECK_EQ(2, suspends_of(task));
	ATF_CHECK_EQ(1, suspends_of_thread(thread));
	ATF_CHECK_EQ(0, RAW(3408, task));
	ATF_CHECK_EQ(0, RAW(3606, thread));
	ATF_CHECK_EQ(1, suspends_of(task));
	ATF_CHECK_EQ(0, suspends_of_thread(thread));
	ATF_CHECK(killed(pid));
}

CASE(task_terminated)
{
	int status;
	pid_t pid;

	counters_make();
	pid = spinner(true);
	ATF_REQUIRE(moves(0));
	ATF_CHECK_EQ(0, RAW(3401, task_of(pid)));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

CASE(thread_aborted)
{
	mach_port_name_t thread = 0;
	pid_t pid;

	counters_make();
	pid = fork();
	if (pid == 0) {
		struct timespec long_time = { 100, 0 };

		(void)raw_self();
		counters[0] = 1;
		_exit(nanosleep(&long_time, NULL) == -1 && errno == EINTR ? 0
									  : 1);
	}
	while (counters[0] == 0)
		usleep(10000);
	usleep(200000);
	ATF_REQUIRE_EQ(1, threads_of(task_of(pid), &thread, 1));
	/* Safely is: of Mach's own waits. */
	ATF_CHECK_EQ(0, RAW(3608, thread));
	usleep(100000);
	ATF_CHECK_EQ(0, waitpid(pid, NULL, WNOHANG));
	ATF_CHECK_EQ(0, RAW(3607, thread));
	reap(pid);
}

/* Rights that outlive the authority to debug are good for nothing. */
CASE(credentials)
{
	mach_port_name_t task, name = 0, thread = 0;
	uint64_t refused =
	    has("mach.border") ? KERN_NO_ACCESS : KERN_NOT_SUPPORTED;
	x86_thread_state64_t state;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	counters_make();
	pid = spinner(false);
	ATF_REQUIRE(moves(0));
	task = task_of(pid);
	ATF_REQUIRE_EQ(0, RAW(44, raw_self(), (uint64_t)pid, PTR(&name)));
	ATF_REQUIRE_EQ(1, threads_of(task, &thread, 1));
	ATF_CHECK_EQ(MIG_BAD_ID, (int)RAW(3407, name));
	ATF_CHECK_EQ(MIG_BAD_ID, (int)RAW(3401, name));
	ATF_REQUIRE_EQ(0, setuid(65534));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(3407, task));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(3408, task));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(3401, task));
	ATF_CHECK_EQ(refused, RAW(3600, thread));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(3605, thread));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(3607, thread));
	ATF_CHECK_EQ(refused, state_of(thread, &state));
	ATF_CHECK_EQ(refused, RAW(3604, thread, x86_THREAD_STATE64, PTR(&state),
				  x86_THREAD_STATE64_COUNT));
	ATF_CHECK_EQ(
	    KERN_FAILURE, RAW(45, raw_self(), (uint64_t)pid, PTR(&name)));
	ATF_CHECK(moves(0));
	/* It ends by itself when there is nobody to wait for it. */
	counters[2] = 1;
}

CASE(reboot)
{
	mach_port_name_t host = (mach_port_name_t)RAW(29);

	if (geteuid() != 0) {
		/* Not the privileged port. */
		ATF_CHECK_EQ(MIG_BAD_ID, (int)RAW(401, host, 0));
		return;
	}
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT, RAW(401, host, 1));
	ATF_CHECK_EQ(KERN_NOT_SUPPORTED, RAW(401, host, HOST_REBOOT_DEBUGGER));
	ATF_REQUIRE_EQ(0, setuid(65534));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(401, host, 0));
	ATF_CHECK_EQ(KERN_NO_ACCESS, RAW(401, host, HOST_REBOOT_HALT));
}

CASE(policy)
{
	mach_port_name_t task = 0;
	int off = 0, on = 1;
	uint64_t kr;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	counters_make();
	pid = spinner(false);
	ATF_REQUIRE(moves(0));
	ATF_REQUIRE_EQ(0, sysctlbyname("security.mach.task_for_pid", NULL, NULL,
			      &off, sizeof(off)));
	kr = RAW(45, raw_self(), (uint64_t)pid, PTR(&task));
	ATF_REQUIRE_EQ(0, sysctlbyname("security.mach.task_for_pid", NULL, NULL,
			      &on, sizeof(on)));
	ATF_CHECK_EQ(KERN_FAILURE, kr);
	ATF_CHECK_EQ(0, RAW(45, raw_self(), (uint64_t)pid, PTR(&task)));
	ATF_CHECK(killed(pid));
}

static volatile mach_port_name_t looked_at;

static void *
looking(void *arg)
{
	mach_task_basic_info_data_t info;
	uint32_t n;

	while (looked_at != MACH_PORT_DEAD) {
		n = MACH_TASK_BASIC_INFO_COUNT;
		(void)RAW(
		    3405, looked_at, MACH_TASK_BASIC_INFO, PTR(&info), PTR(&n));
	}
	return (arg);
}

/*
 * Nobody holds a process that exits: it waits for one who looks at a thread
 * of it, and then others come.
 */
CASE(looked_at_while_it_exits)
{
	x86_thread_state64_t state;
	mach_port_name_t thread = 0;
	pthread_t looker;
	pid_t pid;
	int i;

	counters_make();
	ATF_REQUIRE_EQ(0, pthread_create(&looker, NULL, looking, NULL));
	for (i = 0; i < 100; i++) {
		counters[0] = 0;
		pid = spinner(false);
		while (counters[0] == 0)
			usleep(1000);
		looked_at = task_of(pid);
		ATF_REQUIRE_EQ(1, threads_of(looked_at, &thread, 1));
		ATF_CHECK_EQ(0, kill(pid, SIGKILL));
		while (state_of(thread, &state) == 0)
			continue;
		ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	}
	looked_at = MACH_PORT_DEAD;
	ATF_CHECK_EQ(0, pthread_join(looker, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, suspend_and_resume);
	ATF_TP_ADD_TC(tp, suspend_and_stop);
	ATF_TP_ADD_TC(tp, suspend_what_makes_threads);
	ATF_TP_ADD_TC(tp, suspend_itself);
	ATF_TP_ADD_TC(tp, thread_suspended);
	ATF_TP_ADD_TC(tp, registers);
	ATF_TP_ADD_TC(tp, registers_of_nowhere);
	ATF_TP_ADD_TC(tp, thread_terminated);
	ATF_TP_ADD_TC(tp, thread_terminated_and_joined);
	ATF_TP_ADD_TC(tp, counts_are_told);
	ATF_TP_ADD_TC(tp, task_terminated);
	ATF_TP_ADD_TC(tp, looked_at_while_it_exits);
	ATF_TP_ADD_TC(tp, thread_aborted);
	ATF_TP_ADD_TC(tp, credentials);
	ATF_TP_ADD_TC(tp, reboot);
	ATF_TP_ADD_TC(tp, policy);
	return (atf_no_error());
}
