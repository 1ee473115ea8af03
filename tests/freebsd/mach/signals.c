/*
 * What the signals of faults are, told in lines that are the same each time:
 * run.sh compares them without the module, with it, and beside programs that
 * have exceptions.  "time" tells how long one takes.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAULT(name, before, fault)                                            \
	void name(void);                                                      \
	extern const char name##_end[];                                       \
	__asm__(".text\n.globl " #name ", " #name "_end\n" #name ":\n" before \
		"\n" fault "\n" #name "_end:\n ret\n")

FAULT(fault_null, "", "movq 0x10, %rax");
FAULT(fault_far, "movabsq $0x8000000000000000, %rax", "movq (%rax), %rcx");
FAULT(fault_instruction, "", "ud2");
FAULT(fault_divide, "xorl %ecx, %ecx\n movl $1, %eax\n cltd", "idivl %ecx");
FAULT(fault_breakpoint, "", "int3");
FAULT(fault_call, "movl $999, %eax", "syscall");

static const struct {
	const char *name;
	void (*run)(void);
	const char *end;
	int signo;
} faults[] = {
	{ "null", fault_null, fault_null_end, SIGSEGV },
	{ "far", fault_far, fault_far_end, SIGBUS },
	{ "instruction", fault_instruction, fault_instruction_end, SIGILL },
	{ "divide", fault_divide, fault_divide_end, SIGFPE },
	{ "breakpoint", fault_breakpoint, fault_breakpoint_end, SIGTRAP },
	{ "call", fault_call, fault_call_end, SIGSYS },
};
#define NFAULTS (sizeof(faults) / sizeof(faults[0]))

static const char *volatile end; /* where a handler goes on */
static volatile sig_atomic_t times, nested;
static bool quiet;
static uint8_t stack[65536];

static void
mask_tell(const char *when)
{
	sigset_t mask;
	int i;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("  %s:", when);
	for (i = 1; i < 33; i++) {
		if (sigismember(&mask, i))
			printf(" %d", i);
	}
	printf("\n");
}

static void
on_fault(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint8_t here;

	times++;
	if (!quiet) {
		printf("  signal %d, code %d, trap %d, address %jx, stack %d, "
		       "handler %d\n",
		    signo, info->si_code, info->si_trapno,
		    signo == SIGSEGV ? (uintmax_t)(uintptr_t)info->si_addr : 0,
		    &here >= stack && &here < stack + sizeof(stack),
		    (int)nested);
		mask_tell("blocked in it");
	}
	if (nested < 2 && signo == SIGSEGV && !quiet) {
		nested++;
		fault_null();
	}
	uc->uc_mcontext.mc_rip = (register_t)(uintptr_t)end;
}

static void
action_set(int signo, int flags)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | flags };

	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(signo, &sa, NULL);
}

static void
action_tell(int signo)
{
	struct sigaction sa;

	sigaction(signo, NULL, &sa);
	printf("  action: %s, flags %#x\n",
	    sa.sa_sigaction == on_fault ? "handler" : "default", sa.sa_flags);
}

static void
each(void)
{
	unsigned int i;

	nested = 2;
	for (i = 0; i < NFAULTS; i++) {
		printf(" %s\n", faults[i].name);
		action_set(faults[i].signo, 0);
		end = faults[i].end;
		faults[i].run();
		mask_tell("blocked after it");
		action_tell(faults[i].signo);
	}
}

static void
reset(void)
{
	nested = 2;
	end = fault_null_end;
	action_set(SIGSEGV, SA_RESETHAND);
	fault_null();
	action_tell(SIGSEGV);
	mask_tell("blocked after it");
	fflush(stdout);
	fault_null();
}

static void
no_defer(void)
{
	end = fault_null_end;
	action_set(SIGSEGV, SA_NODEFER);
	fault_null();
	printf("  %d times\n", (int)times);
	mask_tell("blocked after it");
}

static void
defer(void)
{
	/* The second, inside of the first, is blocked. */
	end = fault_null_end;
	action_set(SIGSEGV, 0);
	fflush(stdout);
	fault_null();
}

static void
other_stack(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	nested = 2;
	sigaltstack(&ss, NULL);
	end = fault_null_end;
	action_set(SIGSEGV, SA_ONSTACK);
	fault_null();
	sigaltstack(NULL, &ss);
	printf("  stack flags %#x\n", ss.ss_flags);
}

static void
uncaught(void)
{
	fault_null();
}

static void
ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	fault_null();
}

static void
blocked(void)
{
	sigset_t mask;

	action_set(SIGSEGV, 0);
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fault_null();
}

static sigjmp_buf back;

static void
on_jump(int signo)
{
	siglongjmp(back, signo);
}

static void
jump(void)
{
	int i, signo;

	signal(SIGSEGV, on_jump);
	for (i = 0; i < 3; i++) {
		signo = sigsetjmp(back, 1);
		if (signo == 0)
			fault_null();
		printf("  back by %d\n", signo);
	}
	mask_tell("blocked after it");
}

static void *
many_faults(void *arg)
{
	int i;

	for (i = 0; i < 200; i++)
		fault_null();
	return (arg);
}

static void
threads(void)
{
	pthread_t thread[8];
	struct rusage use;
	int i;

	quiet = true;
	end = fault_null_end;
	action_set(SIGSEGV, 0);
	for (i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, many_faults, NULL);
	for (i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	getrusage(RUSAGE_SELF, &use);
	printf("  signals: %ld\n", use.ru_nsignals);
}

/* Its parent is its debugger. */
static void
traced_child(void)
{
	nested = 2;
	end = fault_null_end;
	action_set(SIGSEGV, 0);
	ptrace(PT_TRACE_ME, 0, NULL, 0);
	fault_null();
	printf("  passed on\n");
	fflush(stdout);
	_exit(0);
}

static void
traced(void)
{
	struct ptrace_lwpinfo info;
	int status, i;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		traced_child();
	for (i = 0; i < 4; i++) {
		waitpid(pid, &status, 0);
		if (!WIFSTOPPED(status))
			break;
		ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info));
		printf("  stopped by %d, code %d, trap %d\n", WSTOPSIG(status),
		    info.pl_siginfo.si_code, info.pl_siginfo.si_trapno);
		fflush(stdout);
		/* Twice the same instruction, then its handler. */
		ptrace(PT_CONTINUE, pid, (caddr_t)1, i < 2 ? 0 : SIGSEGV);
	}
	printf("  status %#x\n", status);
}

static void
run(const char *name, void (*function)(void))
{
	struct stat st;
	int status;
	pid_t pid;

	printf("%s\n", name);
	fflush(stdout);
	(void)unlink("kernel_signals.core");
	pid = fork();
	if (pid == 0) {
		function();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("  status %#x, core %d\n", status,
	    stat("kernel_signals.core", &st) == 0 && st.st_size > 0);
}

static void
time_tell(void)
{
	struct timespec a, b;
	int i, n = 100000;

	quiet = true;
	end = fault_null_end;
	action_set(SIGSEGV, 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < n; i++)
		fault_null();
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.0f ns a fault\n", ((double)(b.tv_sec - a.tv_sec) * 1e9 +
					(double)(b.tv_nsec - a.tv_nsec)) /
					n);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "time") == 0) {
		time_tell();
		return (0);
	}
	run("each", each);
	run("reset", reset);
	run("no defer", no_defer);
	run("defer", defer);
	run("other stack", other_stack);
	run("uncaught", uncaught);
	run("ignored", ignored);
	run("blocked", blocked);
	run("jump", jump);
	run("threads", threads);
	run("traced", traced);
	return (0);
}
