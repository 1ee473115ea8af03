/*
 * Load under which the module comes and goes: N processes that make traps
 * whether there are any or not.  Most hold nothing at any time; every third has
 * children with ports, for moments; the second faults.  Or one that has a port
 * and does nothing ("hold"), or leaves something behind ("follow", "own").
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <mach/exception_types.h>
#include <mach/host_special_ports.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw.h"

static uint64_t
trap5(int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	uint64_t args[RAW_ARGS] = { a, b, c, d, e };
	int error;
	uint64_t value = raw_trap_args(number, args, &error);

	return (error == 0 ? value : (uint64_t)-1);
}

static uint64_t
trap(int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (trap5(number, a, b, c, d, 0));
}

/* Nothing is held between these. */
static void *
empty_handed(void *arg)
{
	uint64_t timebase;
	uint32_t i;

	(void)arg;
	for (i = 0;; i++) {
		(void)trap(58, 0, 0, 0, 0);
		(void)trap(89, PTR(&timebase), 0, 0, 0);
		(void)trap(60, 0, 0, 0, 0);
		/* Parked until the middle of next year. */
		if (i % 64 == 0)
			(void)trap(90, (uint64_t)1 << 50, 0, 0, 0);
		if (i % 16 == 0)
			usleep(1000);
		if (getppid() == 1)
			_exit(0);
	}
	return (NULL);
}

static void
with_ports(void)
{
	mach_port_name_t self, name;
	int i;

	for (i = 0; i < 200; i++) {
		self = (mach_port_name_t)trap(28, 0, 0, 0, 0);
		(void)trap(16, self, MACH_PORT_RIGHT_RECEIVE, PTR(&name), 0);
		(void)trap(
		    19, self, name, MACH_PORT_RIGHT_RECEIVE, (uint64_t)-1);
	}
	_exit(0);
}

/* A fault, and where its handler goes on. */
void fault_once(void);
extern const char fault_end[];
__asm__(".text\n.globl fault_once, fault_end\nfault_once:\n movq 0x10, %rax\n"
	"fault_end:\n ret\n");

static volatile sig_atomic_t faults;

static void
on_fault(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signo;
	(void)info;
	faults++;
	uc->uc_mcontext.mc_rip = (register_t)(uintptr_t)fault_end;
}

/* A handler's port that is dead is asked, and keeps no module. */
static void
dead_handler(void)
{
	mach_port_name_t self, name = 0;

	self = (mach_port_name_t)trap(28, 0, 0, 0, 0);
	if (trap(16, self, MACH_PORT_RIGHT_RECEIVE, PTR(&name), 0) == 0 &&
	    trap(21, self, name, name, MACH_MSG_TYPE_MAKE_SEND) == 0)
		(void)trap5(3413, self, EXC_MASK_BAD_ACCESS, name,
		    EXCEPTION_DEFAULT, 0);
	(void)trap(19, self, name, MACH_PORT_RIGHT_RECEIVE, (uint64_t)-1);
	(void)trap(18, self, name, 0, 0);
	(void)trap(18, self, self, 0, 0);
}

/* Each fault is one signal, or the parent hears of it. */
static void
faulting(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO };
	sig_atomic_t i;

	sigaction(SIGSEGV, &sa, NULL);
	for (i = 1; getppid() != 1; i++) {
		fault_once();
		if (faults != i)
			kill(getppid(), SIGABRT);
		if (i % 64 == 0)
			dead_handler();
		if (i % 16 == 0)
			usleep(1000);
	}
	_exit(0);
}

/*
 * A descriptor of a port, in a process that has no Mach state, when the one
 * that made it has ended.
 */
static void
follow(void)
{
	mach_port_name_t port = raw_port();
	int fd = -1;
	pid_t pid;

	if (RAW(9002, raw_self(), port, PTR(&fd)) != 0 || fd < 0)
		_exit(3);
	/* Not the library's fork(), whose handlers make traps. */
	pid = _Fork();
	if (pid == 0)
		pause();
	printf("%d\n", (int)pid);
	fflush(stdout);
	_exit(0);
}

#define OPTION(name, value, size)                  \
	{ __DECONST(char *, name), sizeof(name) }, \
	{                                          \
		__DECONST(void *, value), (size)   \
	}

/* A jail whose host has the descriptor with which the jail goes. */
static void
own(void)
{
	int desc = -1, jid, status;
	struct iovec iov[] = { OPTION("name", "own", sizeof("own")),
		OPTION("path", "/", sizeof("/")),
		OPTION("desc", &desc, sizeof(desc)),
		OPTION("allow.mach", NULL, 0), OPTION("persist", NULL, 0) };
	mach_port_name_t port = 0;
	pid_t pid;

	jid = jail_set(iov, nitems(iov), JAIL_CREATE | JAIL_OWN_DESC);
	if (jid < 0)
		_exit(1);
	pid = fork();
	if (pid == 0) {
		if (jail_attach(jid) != 0)
			_exit(2);
		if (RAW(9000, (uint64_t)desc, PTR(&port)) != 0)
			_exit(3);
		_exit(RAW(413, RAW(29), HOST_MAX_SPECIAL_PORT, port) != 0);
	}
	_exit(waitpid(pid, &status, 0) != pid || status != 0);
}

int
main(int argc, char **argv)
{
	int i, n = argc > 1 ? atoi(argv[1]) : 4;
	pthread_t thread;
	pid_t pid;

	signal(SIGSYS, SIG_IGN);
	(void)raw_use(RAW_TABLE);
	if (argc > 1 && strcmp(argv[1], "hold") == 0) {
		(void)raw_port();
		pause();
		return (0);
	}
	if (argc > 1 && strcmp(argv[1], "follow") == 0)
		follow();
	if (argc > 1 && strcmp(argv[1], "own") == 0)
		own();
	for (i = 1; i < n; i++) {
		if (fork() == 0)
			break;
	}
	if (i == 2)
		faulting();
	if (i % 3 != 0) {
		pthread_create(&thread, NULL, empty_handed, NULL);
		empty_handed(NULL);
	}
	for (;;) {
		if (getppid() == 1)
			return (0);
		pid = fork();
		if (pid == 0)
			with_ports();
		waitpid(pid, NULL, 0);
		usleep(100000);
	}
}
