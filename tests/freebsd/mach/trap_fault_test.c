/*
 * Exceptions: other signals, and what else comes while a handler is asked; what
 * ends that wait; and who may set a handler.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "case.h"
#include "handler.h"

static volatile uint64_t *shared;

static void
shared_make(void)
{
	shared = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(shared != MAP_FAILED);
}

/* Until it is not 0, as long as a test waits. */
static bool
comes(int i)
{
	int tries;

	for (tries = 0; tries < 500 && shared[i] == 0; tries++)
		usleep(20000);
	return (shared[i] != 0);
}

static bool
died_of(int status, int signo)
{
	return (WIFSIGNALED(status) && WTERMSIG(status) == signo);
}

static int
just_fault(void)
{
	fault_null_once();
	return (0);
}

/*
 * Signals while it waits
 */

static void
on_user(int signo)
{
	(void)signo;
	shared[1]++;
}

static int
fault_and_catch_user(void)
{
	signal(SIGUSR1, on_user);
	fault_null_once();
	shared[2] = shared[1];
	return (0);
}

CASE_WITH(other_signals_wait, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t;

	shared_make();
	t = target_fault(fault_and_catch_user, &port, &req);
	ATF_REQUIRE_EQ(0, kill(t.pid, SIGUSR1));
	usleep(200000);
	ATF_CHECK_EQ(0, shared[1]);
	handler_skip(&req);
	ATF_CHECK_EQ(0, target_wait(&t));
	ATF_CHECK_EQ(1, shared[2]);
}

CASE_WITH(stopped_and_continued, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);
	int status;

	ATF_REQUIRE_EQ(0, kill(t.pid, SIGSTOP));
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, WUNTRACED));
	ATF_CHECK(WIFSTOPPED(status));
	handler_skip(&req);
	usleep(200000);
	ATF_CHECK_EQ(0, waitpid(t.pid, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, kill(t.pid, SIGCONT));
	ATF_CHECK_EQ(0, target_wait(&t));
}

CASE_WITH(suspended, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);
	int status;

	ATF_CHECK_EQ(0, RAW(3407, t.task));
	handler_skip(&req);
	usleep(200000);
	ATF_CHECK_EQ(0, waitpid(t.pid, &status, WNOHANG));
	ATF_CHECK_EQ(0, RAW(3408, t.task));
	ATF_CHECK_EQ(0, target_wait(&t));
}

/* A debugger of the system's comes and goes, and sees the signal after. */
CASE_WITH(traced, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);
	int status;

	ATF_REQUIRE_EQ(0, ptrace(PT_ATTACH, t.pid, NULL, 0));
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, 0));
	ATF_CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ATF_REQUIRE_EQ(0, ptrace(PT_CONTINUE, t.pid, (caddr_t)1, 0));
	handler_reply(&req, KERN_FAILURE, NULL);
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, 0));
	ATF_CHECK_MSG(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV,
	    "status %#x", status);
	/* It is not passed on: the same instruction, and asked anew. */
	ATF_REQUIRE_EQ(0, ptrace(PT_CONTINUE, t.pid, (caddr_t)1, 0));
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	handler_skip(&req);
	ATF_CHECK_EQ(0, target_wait(&t));
}

/*
 * What ends it
 */

CASE_WITH(killed, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);

	ATF_REQUIRE_EQ(0, kill(t.pid, SIGKILL));
	ATF_CHECK(died_of(target_wait(&t), SIGKILL));
	/* An answer comes too late, and is no error. */
	handler_reply(&req, KERN_SUCCESS, NULL);
}

CASE_WITH(terminated, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);

	ATF_CHECK_EQ(0, RAW(3401, t.task));
	ATF_CHECK(died_of(target_wait(&t), SIGKILL));
}

/* The request was received, and its answer will never come. */
CASE_WITH(forgotten, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(just_fault, &port, &req);

	handler_forget(&req);
	ATF_CHECK(died_of(target_wait(&t), SIGSEGV));
}

/* It was not received, and its port dies; later ones have none to go to. */
CASE_WITH(port_dies, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	struct target t = target_make(just_fault);

	handler_set(t.task, port, WIDE_DEFAULT);
	target_go(&t);
	usleep(300000);
	ATF_CHECK_EQ(0,
	    RAW(19, raw_self(), port, MACH_PORT_RIGHT_RECEIVE, (uint64_t)-1));
	ATF_CHECK(died_of(target_wait(&t), SIGSEGV));
}

static void
handler_process(mach_port_name_t target)
{
	mach_port_name_t port = raw_port_send();
	struct request req;

	handler_set(target, port, WIDE_DEFAULT);
	shared[0] = 1;
	(void)handler_receive(port, 20000, &req);
	shared[1] = 1;
	for (;;)
		pause();
}

CASE_WITH(handler_dies, "mach.exceptions")
{
	struct target t = target_make(just_fault);
	mach_port_name_t task = 0;
	int status;
	pid_t pid;

	shared_make();
	pid = fork();
	if (pid == 0) {
		close(t.go);
		if (RAW(45, raw_self(), (uint64_t)t.pid, PTR(&task)) != 0)
			_exit(1);
		handler_process(task);
	}
	ATF_REQUIRE(comes(0));
	target_go(&t);
	ATF_REQUIRE(comes(1));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(died_of(target_wait(&t), SIGSEGV));
}

/*
 * Other threads of the task
 */

static void *
second(void *arg)
{
	(void)arg;
	(void)raw_self();
	fault_null_once();
	shared[5] = 1;
	return (NULL);
}

static int
fork_beside(void)
{
	pthread_t thread;
	int status;
	pid_t pid;

	pthread_create(&thread, NULL, second, NULL);
	if (!comes(0))
		return (1);
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return (2);
	shared[1] = 1;
	pthread_join(thread, NULL);
	return (shared[5] == 1 ? 0 : 3);
}

/* fork(2) wants all threads at the border: there it is. */
CASE_WITH(fork_of_another, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t;

	shared_make();
	t = target_fault(fork_beside, &port, &req);
	shared[0] = 1;
	ATF_CHECK(comes(1));
	handler_skip(&req);
	ATF_CHECK_EQ(0, target_wait(&t));
}

static int
exit_beside(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, second, NULL);
	(void)comes(0);
	return (7);
}

CASE_WITH(exit_of_another, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t;
	int status;

	shared_make();
	t = target_fault(exit_beside, &port, &req);
	shared[0] = 1;
	status = target_wait(&t);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	handler_forget(&req);
}

static int
exec_beside(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, second, NULL);
	(void)comes(0);
	execl("/usr/bin/true", "true", NULL);
	return (1);
}

CASE_WITH(exec_of_another, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t;

	shared_make();
	t = target_fault(exec_beside, &port, &req);
	shared[0] = 1;
	ATF_CHECK_EQ(0, target_wait(&t));
	handler_forget(&req);
}

/* Only the thread ends, and without a signal. */
static int
terminate_beside(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, second, NULL);
	return (comes(0) && shared[5] == 0 ? 0 : 1);
}

CASE_WITH(thread_terminated, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t;

	shared_make();
	t = target_fault(terminate_beside, &port, &req);
	ATF_CHECK_EQ(0, RAW(3600, req.thread));
	usleep(300000);
	shared[0] = 1;
	ATF_CHECK_EQ(0, target_wait(&t));
	handler_forget(&req);
}

/*
 * Who changes its credentials by an exec is no longer its parent's to look at.
 */
static bool
has_handler(mach_port_name_t task)
{
	uint32_t masks[14], n = 14, behaviors[14], flavors[14], i;
	mach_port_name_t ports[14] = { 0 };

	ATF_REQUIRE_EQ(0, RAW(3414, task, EXC_MASK_ALL, PTR(masks), PTR(&n),
			      PTR(ports), PTR(behaviors), PTR(flavors)));
	for (i = 0; i < n; i++) {
		if (ports[i] != MACH_PORT_NULL)
			return (true);
	}
	return (false);
}

static int
exec_sleep(void)
{
	if (setuid(65534) != 0)
		return (1);
	execl("./sleep", "sleep", "100", NULL);
	return (2);
}

static void
sleep_copy(mode_t mode)
{
	(void)unlink("sleep");
	ATF_REQUIRE_EQ(0, system("cp /bin/sleep . && chmod 755 ."));
	ATF_REQUIRE_EQ(0, chmod("sleep", mode));
}

static bool
handler_after(mode_t mode)
{
	mach_port_name_t port = raw_port_send(), task = 0;
	struct target t = target_make(exec_sleep);
	bool has;

	sleep_copy(mode);
	handler_set(t.task, port, WIDE_DEFAULT);
	ATF_CHECK(has_handler(t.task));
	target_go(&t);
	usleep(1000000);
	/* Its control port is another one by now. */
	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)t.pid, PTR(&task)));
	has = has_handler(task);
	ATF_REQUIRE_EQ(0, kill(t.pid, SIGKILL));
	ATF_CHECK(died_of(target_wait(&t), SIGKILL));
	return (has);
}

CASE_WITH(set_uid, "mach.exceptions")
{
	if (geteuid() != 0)
		atf_tc_skip("needs root to make a program of root's");
	ATF_CHECK(handler_after(0755));
	ATF_CHECK(!handler_after(04755));
}

/* A control port from before is not enough to set one. */
static int
become_other(void)
{
	if (setuid(65533) != 0)
		return (1);
	shared[1] = 1;
	(void)comes(0);
	return (0);
}

static int
set_of_other(mach_port_name_t task)
{
	mach_port_name_t port = raw_port_send();

	if (setuid(65534) != 0)
		return (1);
	return (RAW(3413, task, EXC_MASK_ALL, port, (uint32_t)WIDE_DEFAULT,
		    x86_THREAD_STATE64) == KERN_NO_ACCESS
		    ? 0
		    : 2);
}

CASE_WITH(not_debuggable, "mach.exceptions")
{
	mach_port_name_t task = 0;
	struct target t;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root to become others");
	shared_make();
	t = target_make(become_other);
	target_go(&t);
	ATF_REQUIRE(comes(1));
	pid = fork();
	if (pid == 0) {
		if (RAW(45, raw_self(), (uint64_t)t.pid, PTR(&task)) != 0)
			_exit(3);
		_exit(set_of_other(task));
	}
	reap(pid);
	shared[0] = 1;
	ATF_CHECK_EQ(0, target_wait(&t));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, other_signals_wait);
	ATF_TP_ADD_TC(tp, stopped_and_continued);
	ATF_TP_ADD_TC(tp, suspended);
	ATF_TP_ADD_TC(tp, traced);
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, terminated);
	ATF_TP_ADD_TC(tp, forgotten);
	ATF_TP_ADD_TC(tp, port_dies);
	ATF_TP_ADD_TC(tp, handler_dies);
	ATF_TP_ADD_TC(tp, fork_of_another);
	ATF_TP_ADD_TC(tp, exit_of_another);
	ATF_TP_ADD_TC(tp, exec_of_another);
	ATF_TP_ADD_TC(tp, thread_terminated);
	ATF_TP_ADD_TC(tp, set_uid);
	ATF_TP_ADD_TC(tp, not_debuggable);
	return (atf_no_error());
}
