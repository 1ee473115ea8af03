/*
 * Exceptions of faults whose signal is caught: handled, there was no signal;
 * refused, it is delivered as ever.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "case.h"
#include "handler.h"

static bool
died_of(int status, int signo)
{
	return (WIFSIGNALED(status) && WTERMSIG(status) == signo);
}

static volatile sig_atomic_t caught;
static volatile uintptr_t caught_at;
static volatile bool on_stack, blocked;
static uint8_t stack[65536];

static void
on_signal(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	sigset_t mask;
	uint8_t here;

	caught++;
	caught_at = (uintptr_t)info->si_addr;
	on_stack = &here >= stack && &here < stack + sizeof(stack);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	blocked = sigismember(&mask, signo) && sigismember(&mask, SIGUSR1);
	uc->uc_mcontext.mc_rip = (register_t)(uintptr_t)kind_find("null")->end;
}

static void
catch_it(int flags)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | flags };
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&ss, NULL);
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR1);
	sigaction(SIGSEGV, &sa, NULL);
}

/* As before: nothing blocked, the action with all of its flags. */
static bool
unchanged(int flags)
{
	struct sigaction sa;
	sigset_t mask;
	int i;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (i = 1; i <= SIGUSR2; i++) {
		if (sigismember(&mask, i))
			return (false);
	}
	sigaction(SIGSEGV, NULL, &sa);
	return (sa.sa_sigaction == on_signal &&
		sa.sa_flags == (SA_SIGINFO | SA_ONSTACK | flags));
}

/* First it is handled, then refused. */
static int
catch_two(void)
{
	catch_it(SA_RESETHAND);
	fault_null_once();
	if (caught != 0 || !unchanged(SA_RESETHAND))
		return (1);
	fault_null_once();
	if (caught != 1 || caught_at != 0x10 || !on_stack || !blocked)
		return (2);
	/* Which has reset it: the third is not caught. */
	fault_null_once();
	return (3);
}

CASE_WITH(caught, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(catch_two, &port, &req);

	handler_skip(&req);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK_EQ(0x10, req.code[1]);
	handler_reply(&req, KERN_FAILURE, NULL);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	handler_reply(&req, KERN_FAILURE, NULL);
	ATF_CHECK(died_of(target_wait(&t), SIGSEGV));
	ATF_CHECK(!handler_receive(port, 0, &req));
}

static int
catch_without_mask(void)
{
	struct sigaction sa;
	int i;

	catch_it(SA_NODEFER);
	for (i = 0; i < 20; i++) {
		fault_null_once();
		if (!unchanged(SA_NODEFER))
			return (1);
	}
	sigaction(SIGSEGV, NULL, &sa);
	return (caught == 10 ? 0 : 2);
}

CASE_WITH(caught_every_second, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(catch_without_mask, &port, &req);
	int i;

	for (i = 0;; i++) {
		if (i % 2 == 0)
			handler_skip(&req);
		else
			handler_reply(&req, KERN_FAILURE, NULL);
		if (i == 19)
			break;
		ATF_REQUIRE(handler_receive(port, 20000, &req));
	}
	ATF_CHECK_EQ(0, target_wait(&t));
}

/* A system call that there is not, caught: by the queue. */
static volatile sig_atomic_t sys;

static void
on_sys(int signo)
{
	(void)signo;
	sys++;
}

static int
call_nothing(void)
{
	signal(SIGSYS, on_sys);
	kind_find("call")->run();
	if (sys != 0)
		return (1);
	kind_find("call")->run();
	return (sys == 1 ? 0 : 2);
}

CASE_WITH(caught_call, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(call_nothing, &port, &req);

	ATF_CHECK_EQ(EXC_SOFTWARE, req.type);
	handler_reply(&req, KERN_SUCCESS, NULL);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	handler_reply(&req, KERN_FAILURE, NULL);
	ATF_CHECK_EQ(0, target_wait(&t));
}

/* Many at once, half of them handled and half caught. */
#define MANY 16

static void *
fault_often(void *arg)
{
	int i;

	for (i = 0; i < 20; i++)
		fault_null_once();
	return (arg);
}

static int
many_threads(void)
{
	pthread_t thread[MANY];
	int i;

	catch_it(0);
	for (i = 0; i < MANY; i++)
		pthread_create(&thread[i], NULL, fault_often, NULL);
	for (i = 0; i < MANY; i++)
		pthread_join(thread[i], NULL);
	return (unchanged(0) ? 0 : 1);
}

CASE_WITH(many, "mach.exceptions")
{
	mach_port_name_t port;
	struct request req;
	struct target t = target_fault(many_threads, &port, &req);
	int i;

	for (i = 0;; i++) {
		if (i % 2 == 0)
			handler_skip(&req);
		else
			handler_reply(&req, KERN_FAILURE, NULL);
		if (i == 20 * MANY - 1)
			break;
		(void)RAW(18, raw_self(), req.thread);
		(void)RAW(18, raw_self(), req.task);
		ATF_REQUIRE(handler_receive(port, 20000, &req));
	}
	ATF_CHECK_EQ(0, target_wait(&t));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, caught);
	ATF_TP_ADD_TC(tp, caught_every_second);
	ATF_TP_ADD_TC(tp, caught_call);
	ATF_TP_ADD_TC(tp, many);
	return (atf_no_error());
}
