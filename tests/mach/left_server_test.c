/*
 * What programs do to the library below them: threads that end in the middle
 * of a trap, descriptors that are closed or were never there, tables of them
 * that are full, handlers that fork.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"

#define SELF mach_task_self()
#define FDS 64 /* more than a client of these has */

struct message {
	mach_msg_header_t header;
	char trailer[64];
};

static mach_port_t port;
static int waits; /* a thread is about to wait */

static kern_return_t
port_make(mach_port_t *made)
{
	kern_return_t kr =
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, made);

	return (kr != KERN_SUCCESS ? kr
				   : mach_port_insert_right(SELF, *made, *made,
					 MACH_MSG_TYPE_MAKE_SEND));
}

static mach_msg_return_t
message_send(mach_msg_header_t *h, mach_msg_size_t size)
{
	*h = (mach_msg_header_t){ .msgh_bits = MACH_MSGH_BITS(
				      MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = size,
		.msgh_remote_port = port,
		.msgh_id = 3 };
	return (
	    mach_msg(h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0, 0, 0, 0));
}

static mach_msg_return_t
small_send(void)
{
	mach_msg_header_t h;

	return (message_send(&h, sizeof(h)));
}

static mach_msg_return_t
receive(mach_msg_option_t options, unsigned int ms)
{
	struct message m;

	return (mach_msg(&m.header, MACH_RCV_MSG | options, 0, sizeof(m), port,
	    ms, MACH_PORT_NULL));
}

#define CASE(name, fn) SERVER_CASE(name, server_begin, fn, 30)

/*
 * Threads
 */

static void *
waiter(void *arg)
{
	__atomic_store_n(&waits, 1, __ATOMIC_SEQ_CST);
	(void)receive(0, 0);
	/* It was no place to end; this is one. */
	pthread_testcancel();
	return (arg);
}

static pthread_t
waiter_start(void)
{
	pthread_t thread;

	WANT(port_make(&port) == KERN_SUCCESS);
	WANT(pthread_create(&thread, NULL, waiter, NULL) == 0);
	while (!__atomic_load_n(&waits, __ATOMIC_SEQ_CST))
		nap(1);
	/* Until it sleeps as who waits long does. */
	nap(300);
	return (thread);
}

CASE(a_receive_is_no_place_to_cancel, cancelled)
{
	pthread_t thread = waiter_start();
	void *result;

	WANT(pthread_cancel(thread) == 0);
	nap(200);
	WANT(small_send() == MACH_MSG_SUCCESS);
	WANT(pthread_join(thread, &result) == 0);
	WANT(result == PTHREAD_CANCELED);
	WANT(receive(MACH_RCV_TIMEOUT, 0) == MACH_RCV_TIMED_OUT);
}

static void
thread_end(int sig)
{
	(void)sig;
	pthread_exit(NULL);
}

/* Its wait ends with it: what comes later is for who receives then. */
CASE(a_handler_ends_a_thread_that_receives, ended)
{
	struct served before;
	pthread_t thread;

	WANT(signal(SIGUSR1, thread_end) != SIG_ERR);
	WANT(port_make(&port) == KERN_SUCCESS);
	before = server_look();
	thread = waiter_start();
	WANT(pthread_kill(thread, SIGUSR1) == 0);
	WANT(pthread_join(thread, NULL) == 0);
	WANT(small_send() == MACH_MSG_SUCCESS);
	WANT(receive(MACH_RCV_TIMEOUT, 0) == MACH_MSG_SUCCESS);
	nap(200);
	WANT(server_look().threads <= before.threads);
}

static volatile sig_atomic_t forked = -1;

static void
process_fork(int sig)
{
	(void)sig;
	forked = fork();
}

/* The child has no such port: its receive is over, and does not crash. */
CASE(a_handler_forks_in_a_receive, forking)
{
	mach_msg_return_t mr;
	mach_port_t own;
	int status;

	WANT(signal(SIGALRM, process_fork) != SIG_ERR);
	WANT(port_make(&port) == KERN_SUCCESS);
	alarm(1);
	mr = receive(MACH_RCV_TIMEOUT | MACH_RCV_INTERRUPT, 10000);
	if (forked == 0) {
		WANT(mr != MACH_MSG_SUCCESS && mr != MACH_RCV_TIMED_OUT);
		WANT(port_make(&own) == KERN_SUCCESS);
		_exit(0);
	}
	WANT(mr == MACH_RCV_INTERRUPTED);
	WANT(waitpid(forked, &status, 0) == forked && status == 0);
	WANT(small_send() == MACH_MSG_SUCCESS);
}

/*
 * A plug-in's library
 */

static mach_port_t (*loaded_self)(void);
static kern_return_t (*loaded_allocate)(
    mach_port_t, mach_port_right_t, mach_port_t *);

static void *
load(void)
{
	void *library = dlopen(LIBSYSTEM_KERNEL, RTLD_NOW | RTLD_LOCAL);

	WANT(library != NULL);
	*(void **)&loaded_self = dlsym(library, "task_self_trap");
	*(void **)&loaded_allocate = dlsym(library, "mach_port_allocate");
	WANT(loaded_self != NULL && loaded_allocate != NULL);
	return (library);
}

static void *
allocate_and_wait(void *arg)
{
	WANT(loaded_allocate(loaded_self(), MACH_PORT_RIGHT_RECEIVE, &port) ==
	     KERN_SUCCESS);
	__atomic_store_n(&waits, 1, __ATOMIC_SEQ_CST);
	nap(300);
	return (arg);
}

/* Threads end, and forks come, after the last dlclose(3). */
CASE(a_library_that_is_unloaded_is_still_there, unloaded)
{
	void *library = load();
	pthread_t thread;
	mach_port_t made;
	int status;
	pid_t pid;

	WANT(pthread_create(&thread, NULL, allocate_and_wait, NULL) == 0);
	while (!__atomic_load_n(&waits, __ATOMIC_SEQ_CST))
		nap(1);
	WANT(dlclose(library) == 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
	WANT(pthread_join(thread, NULL) == 0);
	(void)load();
	WANT(loaded_allocate(loaded_self(), MACH_PORT_RIGHT_RECEIVE, &made) ==
	     KERN_SUCCESS);
	/* It is the same task. */
	WANT(made != port);
}

/*
 * Descriptors
 */

/* What a program that begins without these three writes is not for machd. */
CASE(standard_descriptors_are_not_there, standard)
{
	int said = fcntl(STDERR_FILENO, F_DUPFD, FDS), fd, status;
	pid_t pid;

	WANT(said != -1);
	for (fd = 0; fd < 3; fd++)
		close(fd);
	WANT(port_make(&port) == KERN_SUCCESS);
	for (fd = 0; fd < 3; fd++)
		(void)!write(fd, "words\n", 6);
	pid = fork();
	if (pid == 0)
		_exit(port_make(&port) != KERN_SUCCESS);
	for (fd = 0; fd < 3; fd++)
		(void)!write(fd, "words\n", 6);
	/* They are to be had. */
	for (fd = 0; fd < 3; fd++)
		WANT(open("/dev/null", O_RDWR) == fd);
	WANT(dup2(said, STDERR_FILENO) == STDERR_FILENO);
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
	WANT(small_send() == MACH_MSG_SUCCESS);
	WANT(receive(MACH_RCV_TIMEOUT, 0) == MACH_MSG_SUCCESS);
}

static void *
trap_of_a_thread(void *result)
{
	mach_port_t made;

	*(kern_return_t *)result = port_make(&made);
	return (NULL);
}

/* The program's own, where the library's were, with their other ends. */
static int fds[FDS], others[FDS];

static void
fds_are_untouched(void)
{
	char byte;
	int i;

	for (i = 0; i < FDS / 2; i++) {
		WANT(fcntl(fds[i], F_GETFD) != -1);
		WANT(recv(others[i], &byte, 1, MSG_DONTWAIT) == -1 &&
		     errno == EAGAIN);
	}
}

/*
 * Who closes what it did not open is told that all is over, and the numbers
 * are its own: nothing is written there, awaited or closed.
 */
CASE(what_was_closed_is_not_used, closed)
{
	kern_return_t kr = KERN_SUCCESS;
	int i, pair[2], status;
	pthread_t thread;
	pid_t pid;

	WANT(port_make(&port) == KERN_SUCCESS);
	for (i = 3; i < FDS; i++)
		close(i);
	for (i = 0; i < FDS / 2; i++) {
		WANT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
		fds[i] = pair[0];
		others[i] = pair[1];
	}
	/* The server ends the task when it hears of it. */
	while (small_send() != MACH_SEND_INVALID_DEST)
		nap(1);
	WANT(pthread_create(&thread, NULL, trap_of_a_thread, &kr) == 0);
	WANT(pthread_join(thread, NULL) == 0);
	WANT(kr == KERN_TERMINATED);
	pid = fork();
	if (pid == 0) {
		fds_are_untouched();
		_exit(0);
	}
	WANT(waitpid(pid, &status, 0) == pid && status == 0);
	fds_are_untouched();
}

/* A message that needs one more is refused; what needs none goes on. */
CASE(no_descriptor_for_a_large_message, large)
{
	static char room[4 << 20];
	mach_msg_header_t *h = (mach_msg_header_t *)(void *)room;
	struct rlimit limit = { FDS, FDS };
	int n = 0, i;

	WANT(port_make(&port) == KERN_SUCCESS);
	WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (n < FDS && (fds[n] = dup(STDERR_FILENO)) != -1)
		n++;
	for (i = 0; i < 3; i++) {
		WANT(message_send(h, sizeof(room)) == MACH_SEND_NO_BUFFER);
		WANT(small_send() == MACH_MSG_SUCCESS);
		WANT(receive(MACH_RCV_TIMEOUT, 0) == MACH_MSG_SUCCESS);
	}
	while (n > 0)
		close(fds[--n]);
	WANT(message_send(h, sizeof(room)) == MACH_MSG_SUCCESS);
	WANT(mach_msg(h, MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT, 0,
		 sizeof(*h), port, 0, 0) == MACH_RCV_TOO_LARGE);
	WANT(h->msgh_size == sizeof(room));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_receive_is_no_place_to_cancel);
	ATF_TP_ADD_TC(tp, a_handler_ends_a_thread_that_receives);
	ATF_TP_ADD_TC(tp, a_handler_forks_in_a_receive);
	ATF_TP_ADD_TC(tp, a_library_that_is_unloaded_is_still_there);
	ATF_TP_ADD_TC(tp, standard_descriptors_are_not_there);
	ATF_TP_ADD_TC(tp, what_was_closed_is_not_used);
	ATF_TP_ADD_TC(tp, no_descriptor_for_a_large_message);
	return (atf_no_error());
}
