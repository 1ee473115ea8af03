/*
 * When ISTHMUS_SHAKE is set: other clients of the test's server, which make
 * traps and are killed at any moment while the test runs.  They exchange
 * rights with their parent, which is a client, too; nothing of the test's is
 * in their reach.  One that ends by itself makes the test fail.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/notify.h>

#define BYSTANDERS 3
#define KILL_MS 15u /* between two of them, at most */
#define OOL_MAX (100u << 10)
#define SELF mach_task_self()

struct message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t ool;
	mach_msg_max_trailer_t trailer;
};
#define LENGTH offsetof(struct message, trailer)

static pid_t test, parent;
static volatile sig_atomic_t over;
static uint32_t turn;

static uint32_t
random_below(uint32_t n)
{
	turn = turn * 1664525 + 1013904223;
	return ((turn >> 8) % n);
}

static mach_msg_return_t
message_send(mach_port_t to, uint32_t disposition, mach_port_t right,
    uint32_t right_disposition)
{
	static uint8_t bytes[OOL_MAX];
	struct message m = {
		.header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
					 MACH_MSGH_BITS(disposition, 0),
		    .msgh_size = LENGTH,
		    .msgh_remote_port = to },
		.body = { 2 },
		.port = { .name = right,
		    .disposition = (mach_msg_type_name_t)right_disposition,
		    .type = MACH_MSG_PORT_DESCRIPTOR },
		.ool = { .address = bytes,
		    .size = random_below(OOL_MAX),
		    .copy = MACH_MSG_VIRTUAL_COPY,
		    .type = MACH_MSG_OOL_DESCRIPTOR },
	};
	mach_msg_return_t mr;

	mr = mach_msg(
	    &m.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, LENGTH, 0, 0, 1, 0);
	/* What could not go comes back. */
	if (mr == MACH_SEND_TIMED_OUT)
		mach_msg_destroy(&m.header);
	return (mr);
}

static mach_msg_return_t
message_receive(mach_port_t from, struct message *m, uint32_t ms)
{
	return (mach_msg(&m->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*m), from, ms, MACH_PORT_NULL));
}

static mach_port_t
port_make(void)
{
	mach_port_t port = MACH_PORT_NULL;

	if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) !=
		KERN_SUCCESS ||
	    mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND) !=
		KERN_SUCCESS)
		_exit(2);
	return (port);
}

/* Until killed. */
_Noreturn static void
bystander(void)
{
	mach_port_t hub, port, old;
	semaphore_t semaphore;
	struct message m;

	if (task_get_bootstrap_port(SELF, &hub) != KERN_SUCCESS)
		_exit(1);
	for (;;) {
		port = port_make();
		(void)message_send(hub, MACH_MSG_TYPE_COPY_SEND, port,
		    MACH_MSG_TYPE_MAKE_SEND);
		if (message_receive(port, &m, random_below(10)) ==
		    MACH_MSG_SUCCESS) {
			if (MACH_PORT_VALID(m.port.name))
				(void)mach_port_request_notification(SELF,
				    m.port.name, MACH_NOTIFY_DEAD_NAME, 1, port,
				    MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
			mach_msg_destroy(&m.header);
		}
		if (semaphore_create(SELF, &semaphore, 0, 0) == KERN_SUCCESS) {
			(void)semaphore_signal(semaphore);
			(void)semaphore_wait(semaphore);
			(void)semaphore_destroy(SELF, semaphore);
		}
		if (mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE,
			-1) != KERN_SUCCESS)
			_exit(3);
		(void)mach_port_deallocate(SELF, port);
	}
}

static pid_t
bystander_start(void)
{
	pid_t pid;

	turn++; /* each another sequence */
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		bystander();
	}
	return (pid);
}

/* Rights of one go to the next, who may be dead by then. */
static void
exchange(mach_port_t inbox, mach_port_t *last, uint32_t ms)
{
	struct message m;
	int i;

	for (i = 0; i < 8; i++) {
		if (message_receive(inbox, &m, ms) != MACH_MSG_SUCCESS)
			return;
		ms = 0;
		if (!MACH_PORT_VALID(m.port.name)) {
			mach_msg_destroy(&m.header);
			continue;
		}
		(void)message_send(m.port.name, MACH_MSG_TYPE_COPY_SEND, *last,
		    MACH_MSG_TYPE_COPY_SEND);
		if (MACH_PORT_VALID(*last))
			(void)mach_port_deallocate(SELF, *last);
		*last = m.port.name;
		m.port.name = MACH_PORT_NULL;
		mach_msg_destroy(&m.header);
	}
}

static void
on_end(int n)
{
	(void)n;
	over = 1;
}

/* It says when it ends, or is gone. */
static bool
test_runs(void)
{
	return (!over && getppid() == test);
}

/* Until the test is over: 0 when they ended by nobody's hand but ours. */
static int
bystanders(int ready)
{
	mach_port_t inbox = port_make(), last = MACH_PORT_NULL;
	pid_t pids[BYSTANDERS];
	uint32_t i;
	int status, bad = 0;

	if (task_set_bootstrap_port(SELF, inbox) != KERN_SUCCESS)
		return (1);
	for (i = 0; i < BYSTANDERS; i++)
		pids[i] = bystander_start();
	if (write(ready, "", 1) != 1)
		return (1);
	close(ready);
	while (bad == 0 && test_runs()) {
		exchange(inbox, &last, 1 + random_below(KILL_MS));
		i = random_below(BYSTANDERS);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
		/* The server may have gone with the test. */
		if (!(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) &&
		    test_runs())
			bad = status;
		pids[i] = bystander_start();
	}
	for (i = 0; i < BYSTANDERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return (bad != 0);
}

static void
stop(void)
{
	int status;

	if (getpid() != test)
		return;
	kill(parent, SIGTERM);
	waitpid(parent, &status, 0);
	if (status == 0)
		return;
	fprintf(stderr, "a bystander ended by itself\n");
	_exit(1);
}

/* After the server was started (rig_server.c). */
__attribute__((constructor(160))) static void
start(void)
{
	const char *seed = getenv("ISTHMUS_SHAKE");
	int ready[2];
	char byte;

	if (seed == NULL || getenv("ISTHMUS_MACH_SOCKET") == NULL)
		return;
	turn = (uint32_t)strtoul(seed, NULL, 10);
	if (pipe(ready) != 0)
		abort();
	test = getpid();
	/* The test may be over before its child has begun. */
	signal(SIGTERM, on_end);
	parent = fork();
	if (parent == -1)
		abort();
	if (parent == 0) {
		close(ready[0]);
		_exit(bystanders(ready[1]));
	}
	close(ready[1]);
	/* A client before the test is one, of whom it would inherit. */
	if (read(ready[0], &byte, 1) != 1)
		abort();
	close(ready[0]);
	signal(SIGTERM, SIG_DFL);
	atexit(stop);
}
