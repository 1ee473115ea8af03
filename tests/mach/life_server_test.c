/*
 * What happens to a client of machd in its life: signals, stops, fork with
 * other threads in traps, exec, spawn, another uid.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"

#define SELF mach_task_self()

extern char **environ;

struct message {
	mach_msg_header_t header;
	union {
		mach_msg_audit_trailer_t trailer;
		char room[128];
	};
};

static struct shared {
	int ready, result, handled, stop;
	uint64_t n[4];
} * shared;

static void
begin(void)
{
	server_begin();
	shared = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(shared != MAP_FAILED);
}

static mach_port_t
port_make(void)
{
	mach_port_t port = MACH_PORT_NULL;

	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
	     KERN_SUCCESS);
	WANT(mach_port_insert_right(
		 SELF, port, port, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	return (port);
}

static mach_msg_return_t
message_send(mach_port_t to, int id)
{
	mach_msg_header_t h = { .msgh_bits =
				    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = sizeof(h),
		.msgh_remote_port = to,
		.msgh_id = id };

	return (mach_msg(
	    &h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0, 0, 0, 0));
}

static mach_msg_return_t
receive(mach_port_t from, struct message *m, int options, unsigned int ms)
{
	return (mach_msg(&m->header,
	    MACH_RCV_MSG | options |
		MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
	    0, sizeof(*m), from, ms, MACH_PORT_NULL));
}

#define CASE(name, fn) SERVER_CASE(name, begin, fn, 50)

/*
 * Signals
 */

static mach_port_t handler_port;

static void
on_signal(int sig)
{
	(void)sig;
	__atomic_fetch_add(&shared->handled, 1, __ATOMIC_SEQ_CST);
}

static void
on_signal_trap(int sig)
{
	mach_port_t port;

	(void)sig;
	/* A trap, and more of them, in the middle of another. */
	if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
		KERN_SUCCESS &&
	    mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1) ==
		KERN_SUCCESS &&
	    message_send(handler_port, 77) == MACH_MSG_SUCCESS)
		__atomic_fetch_add(&shared->handled, 1, __ATOMIC_SEQ_CST);
}

static void catch (void (*fn)(int))
{
	struct sigaction sa = { .sa_handler = fn };

	WANT(sigaction(SIGUSR1, &sa, NULL) == 0);
}

static pid_t
signaller(unsigned int n, unsigned int ms)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		for (; n > 0; n--) {
			nap(ms);
			kill(parent, SIGUSR1);
		}
		_exit(0);
	}
	return (pid);
}

CASE(a_signal_interrupts_where_asked, asked)
{
	mach_port_t port = port_make();
	struct message m;
	unsigned int after;
	pid_t pid;

	catch (on_signal);
	/* Before and after the wait goes by a descriptor. */
	for (after = 20; after < 300; after += 130) {
		pid = signaller(1, after);
		WANT(receive(port, &m, MACH_RCV_INTERRUPT | MACH_RCV_TIMEOUT,
			 10000) == MACH_RCV_INTERRUPTED);
		waitpid(pid, NULL, 0);
	}
	WANT(shared->handled == 3);
}

CASE(a_signal_does_not_otherwise, not_asked)
{
	mach_port_t port = port_make();
	struct message m;
	pid_t pid;

	catch (on_signal);
	pid = signaller(3, 60);
	WANT(receive(port, &m, MACH_RCV_TIMEOUT, 500) == MACH_RCV_TIMED_OUT);
	WANT(shared->handled == 3);
	waitpid(pid, NULL, 0);
}

CASE(a_handler_makes_traps, in_handler)
{
	mach_port_t port = port_make();
	struct message m;
	pid_t pid;
	int i, n = 0;

	handler_port = port;
	catch (on_signal_trap);
	pid = signaller(40, 3);
	/* It wakes the receive that it interrupts. */
	for (i = 0; i < 40; i++)
		n += receive(port, &m, MACH_RCV_TIMEOUT, 2000) ==
			 MACH_MSG_SUCCESS &&
		     m.header.msgh_id == 77;
	waitpid(pid, NULL, 0);
	/* Signals of a number are one while one waits. */
	WANT(n == shared->handled || n == 40);
	WANT(n > 2);
}

/* Stopped in the middle of a trap, and let go on. */
static void *
many_trips(void *arg)
{
	mach_port_t port = port_make();
	struct message m;

	(void)arg;
	while (!__atomic_load_n(&shared->stop, __ATOMIC_SEQ_CST)) {
		WANT(message_send(port, 5) == MACH_MSG_SUCCESS);
		WANT(receive(port, &m, MACH_RCV_TIMEOUT, 20000) ==
		     MACH_MSG_SUCCESS);
		__atomic_fetch_add(&shared->n[0], 1, __ATOMIC_RELAXED);
	}
	return (NULL);
}

CASE(stops_and_goes_on, stopped)
{
	pid_t pid = fork();
	uint64_t was;
	int status, i;

	if (pid == 0) {
		many_trips(NULL);
		_exit(0);
	}
	while (__atomic_load_n(&shared->n[0], __ATOMIC_RELAXED) == 0)
		nap(1);
	for (i = 0; i < 20; i++) {
		kill(pid, SIGSTOP);
		WANT(waitpid(pid, &status, WUNTRACED) == pid &&
		     WIFSTOPPED(status));
		was = __atomic_load_n(&shared->n[0], __ATOMIC_RELAXED);
		nap(5);
		WANT(__atomic_load_n(&shared->n[0], __ATOMIC_RELAXED) == was);
		kill(pid, SIGCONT);
		while (__atomic_load_n(&shared->n[0], __ATOMIC_RELAXED) == was)
			nap(1);
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_SEQ_CST);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
}

/*
 * fork, exec, spawn
 */

CASE(fork_beside_traps, forks)
{
	mach_port_t inbox = port_make(), got;
	pthread_t threads[3];
	struct message m;
	int i, status;
	pid_t pid;

	WANT(task_set_bootstrap_port(SELF, inbox) == KERN_SUCCESS);
	for (i = 0; i < 3; i++)
		WANT(pthread_create(&threads[i], NULL, many_trips, NULL) == 0);
	for (i = 0; i < 40; i++) {
		pid = fork();
		if (pid == 0) {
			/* Nothing but what it inherits is there. */
			WANT(mach_port_mod_refs(SELF, inbox,
				 MACH_PORT_RIGHT_RECEIVE, -1) != KERN_SUCCESS);
			WANT(task_get_bootstrap_port(SELF, &got) ==
			     KERN_SUCCESS);
			WANT(message_send(got, i) == MACH_MSG_SUCCESS);
			_exit(0);
		}
		WANT(receive(inbox, &m, MACH_RCV_TIMEOUT, 10000) ==
		     MACH_MSG_SUCCESS);
		WANT(m.header.msgh_id == i);
		WANT(m.trailer.msgh_audit.val[5] == (uint32_t)pid);
		WANT(waitpid(pid, &status, 0) == pid && status == 0);
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* Milliseconds that a child is held up before the library hears of it. */
static unsigned int held_up;

static void
hold_up(void)
{
	nap(held_up);
}

__attribute__((constructor(101))) static void
hold_up_first(void)
{
	(void)pthread_atfork(NULL, NULL, hold_up);
}

/* For longer than the server knows of the fork. */
CASE(fork_held_up, is_held_up)
{
	mach_port_t inbox = port_make(), got;
	struct message m;
	int status;
	pid_t pid;

	WANT(task_set_bootstrap_port(SELF, inbox) == KERN_SUCCESS);
	held_up = 10500;
	pid = fork();
	if (pid == 0) {
		WANT(task_get_bootstrap_port(SELF, &got) == KERN_SUCCESS);
		WANT(message_send(got, 1) == MACH_MSG_SUCCESS);
		_exit(0);
	}
	WANT(receive(inbox, &m, MACH_RCV_TIMEOUT, 30000) == MACH_MSG_SUCCESS);
	WANT(m.trailer.msgh_audit.val[5] == (uint32_t)pid);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
}

/*
 * What the program does that is started anew: it sends to its bootstrap port,
 * with how many names it had as id.
 */
static void
as_program(void)
{
	mach_port_name_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t n = 0, ntypes = 0;
	mach_port_t port;

	if (mach_port_names(SELF, &names, &n, &types, &ntypes) !=
		KERN_SUCCESS ||
	    task_get_bootstrap_port(SELF, &port) != KERN_SUCCESS)
		_exit(3);
	_exit(message_send(port, (int)n) == MACH_MSG_SUCCESS ? 0 : 4);
}

__attribute__((constructor(200))) static void
maybe_program(void)
{
	if (getenv("LIFE_PROGRAM") != NULL)
		as_program();
}

static void
is_heard(mach_port_t inbox, pid_t pid)
{
	struct message m;
	int status;

	WANT(receive(inbox, &m, MACH_RCV_TIMEOUT, 10000) == MACH_MSG_SUCCESS);
	WANT(m.trailer.msgh_audit.val[5] == (uint32_t)pid);
	/* Its task's port at most; none of the many that it had. */
	WANT(m.header.msgh_id <= 3);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
}

CASE(exec_keeps_the_bootstrap_port, execs)
{
	mach_port_t inbox = port_make();
	char path[512];
	pid_t pid;
	int i, k;

	WANT(hostile_program(path, sizeof(path)));
	for (i = 0; i < 10; i++) {
		pid = fork();
		if (pid == 0) {
			WANT(task_set_bootstrap_port(SELF, MACH_PORT_NULL) ==
			     KERN_SUCCESS);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		WANT(task_set_bootstrap_port(SELF, inbox) == KERN_SUCCESS);
		pid = fork();
		if (pid == 0) {
			for (k = 0; k < 50; k++)
				(void)port_make();
			setenv("LIFE_PROGRAM", "1", 1);
			execl(path, path, (char *)NULL);
			_exit(9);
		}
		is_heard(inbox, pid);
	}
}

CASE(spawn_inherits_the_bootstrap_port, spawns)
{
	mach_port_t inbox = port_make();
	char path[512], *argv[] = { path, NULL };
	pid_t pid;
	int i;

	WANT(hostile_program(path, sizeof(path)));
	WANT(task_set_bootstrap_port(SELF, inbox) == KERN_SUCCESS);
	setenv("LIFE_PROGRAM", "1", 1);
	for (i = 0; i < 10; i++) {
		WANT(posix_spawn(&pid, path, NULL, NULL, argv, environ) == 0);
		is_heard(inbox, pid);
	}
}

/*
 * Connections and descriptors that cannot be had
 */

static int
connect_now(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	WANT(fd != -1);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", server_socket());
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return (fd);
	close(fd);
	return (-1);
}

/* The server's queue is full, and stays so for longer than anyone would ask. */
CASE(a_server_that_is_busy_is_waited_for, busy)
{
	struct rlimit limit = { 4096, 4096 };
	int fds[2000], n = 0, status;
	pid_t pid;

	WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	WANT(kill(server_pid(), SIGSTOP) == 0);
	while (n < 2000 && (fds[n] = connect_now()) != -1)
		n++;
	pid = fork();
	if (pid == 0) {
		while (n > 0)
			close(fds[--n]);
		(void)port_make();
		_exit(0);
	}
	nap(1500);
	WANT(n < 2000 && waitpid(pid, &status, WNOHANG) == 0);
	while (n > 0)
		close(fds[--n]);
	WANT(kill(server_pid(), SIGCONT) == 0);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *
first_trap(void *arg)
{
	mach_port_t port;

	*(kern_return_t *)arg =
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port);
	return (NULL);
}

static kern_return_t
trap_of_a_new_thread(void)
{
	kern_return_t kr = KERN_FAILURE;
	pthread_t thread;

	WANT(pthread_create(&thread, NULL, first_trap, &kr) == 0);
	pthread_join(thread, NULL);
	return (kr);
}

CASE(a_full_table_of_descriptors_is_an_error, full)
{
	struct rlimit limit = { 100, 100 };
	mach_port_t port = port_make();
	struct served before;
	struct message m;
	int fds[100], n = 0, i;

	WANT(trap_of_a_new_thread() == KERN_SUCCESS);
	before = server_look();
	WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (n < 100 && (fds[n] = dup(STDERR_FILENO)) != -1)
		n++;
	WANT(n < 100);
	for (i = 0; i < 30; i++) {
		if (i % 10 == 9)
			close(fds[--n]);
		WANT(trap_of_a_new_thread() ==
		     (i < 19 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS));
	}
	/* Whoever has a channel goes on; nothing is kept for the others. */
	WANT(message_send(port, 3) == MACH_MSG_SUCCESS);
	WANT(receive(port, &m, MACH_RCV_TIMEOUT, 0) == MACH_MSG_SUCCESS);
	nap(200);
	close(fds[--n]); /* room for the look itself */
	WANT(server_look().threads <= before.threads + 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_signal_interrupts_where_asked);
	ATF_TP_ADD_TC(tp, a_signal_does_not_otherwise);
	ATF_TP_ADD_TC(tp, a_handler_makes_traps);
	ATF_TP_ADD_TC(tp, stops_and_goes_on);
	ATF_TP_ADD_TC(tp, fork_beside_traps);
	ATF_TP_ADD_TC(tp, fork_held_up);
	ATF_TP_ADD_TC(tp, exec_keeps_the_bootstrap_port);
	ATF_TP_ADD_TC(tp, spawn_inherits_the_bootstrap_port);
	ATF_TP_ADD_TC(tp, a_server_that_is_busy_is_waited_for);
	ATF_TP_ADD_TC(tp, a_full_table_of_descriptors_is_an_error);
	return (atf_no_error());
}
