/*
 * Ends: of clients in the middle of traps, and of the server.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/notify.h>

#include "tests/mach/hostile.h"

#define SELF mach_task_self()
#define SOON_MS 50
#define KILLS 60

struct message {
	mach_msg_header_t header;
	union {
		struct {
			mach_msg_body_t body;
			mach_msg_port_descriptor_t port;
			mach_msg_ool_descriptor_t ool;
		};
		mach_dead_name_notification_t dead;
		char room[512];
	};
};

/* Between the processes of a test. */
static struct shared {
	int ready;	 /* the victim is about to wait */
	int result[16];	 /* of one that waits, when it came back */
	int begun, done; /* of those */
	int nnotices;	 /* milliseconds until each came */
	double notice_ms[2 * KILLS];
} * shared;

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

static void
begin(void)
{
	server_begin();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
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
receive(mach_port_t from, struct message *m, int options, unsigned int ms)
{
	return (mach_msg(&m->header, MACH_RCV_MSG | options, 0, sizeof(*m),
	    from, ms, MACH_PORT_NULL));
}

/* With a right, and with memory when there is `size` of it. */
static mach_msg_return_t
send_right(mach_port_t to, mach_port_t right, uint32_t disposition, void *p,
    uint32_t size, int options)
{
	struct message m = {
		.header = { .msgh_bits =
				MACH_MSGH_BITS_COMPLEX |
				MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		    .msgh_size = offsetof(struct message, ool) + sizeof(m.ool),
		    .msgh_remote_port = to }
	};

	m.body.msgh_descriptor_count = 2;
	m.port.name = right;
	m.port.disposition = (mach_msg_type_name_t)disposition;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	m.ool.address = p;
	m.ool.size = size;
	m.ool.copy = MACH_MSG_VIRTUAL_COPY;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	return (mach_msg(&m.header, MACH_SEND_MSG | options, m.header.msgh_size,
	    0, 0, 100, 0));
}

/*
 * Clients that are killed.  The parent has a port that its child inherits as
 * bootstrap port; over it the child hands over a send right to a port of its
 * own, and keeps a send right of another of the parent's.
 */

static void
victim(mach_port_t parent, int how)
{
	mach_port_t own = port_make(), kept, semaphore;
	struct message m;
	char *p = malloc(1 << 20);
	int i;

	(void)parent;
	WANT(task_get_bootstrap_port(SELF, &kept) == KERN_SUCCESS);
	memset(p, 7, 1 << 20);
	/* Its name there dies with it. */
	WANT(send_right(kept, own, MACH_MSG_TYPE_MAKE_SEND, NULL, 0, 0) ==
	     MACH_MSG_SUCCESS);
	__atomic_store_n(&shared->ready, 1, __ATOMIC_SEQ_CST);
	switch (how) {
	case 0: /* parked in receive */
		(void)receive(own, &m, 0, 0);
		break;
	case 1: /* sends until its queue is full, and waits */
		for (;;)
			(void)send_right(
			    own, own, MACH_MSG_TYPE_COPY_SEND, p, 1 << 20, 0);
	case 2: /* memory and rights of its own are under way */
		for (i = 0;; i++)
			(void)send_right(kept, own, MACH_MSG_TYPE_MAKE_SEND, p,
			    (uint32_t)i % (1 << 20), MACH_SEND_TIMEOUT);
	case 3: /* any traps */
		for (;;) {
			own = port_make();
			(void)send_right(own, kept, MACH_MSG_TYPE_COPY_SEND, p,
			    100, MACH_SEND_TIMEOUT);
			(void)receive(own, &m, MACH_RCV_TIMEOUT, 0);
			(void)mach_port_mod_refs(
			    SELF, own, MACH_PORT_RIGHT_RECEIVE, -1);
		}
	default: /* parked at a semaphore */
		WANT(semaphore_create(SELF, &semaphore, 0, 0) == KERN_SUCCESS);
		(void)semaphore_wait(semaphore);
		break;
	}
	pause();
}

/* One of both notifications comes in time; its id. */
static int
await_notice(mach_port_t notify, double since, int how, int before)
{
	struct message m;
	double ms;

	mach_msg_return_t mr = receive(notify, &m, MACH_RCV_TIMEOUT, 5000);

	if (mr != MACH_MSG_SUCCESS) {
		fprintf(stderr, "how %d: %#x after %d\n", how, (unsigned)mr,
		    before);
		_exit(1);
	}
	ms = now_ms() - since;
	shared->notice_ms[shared->nnotices++] = ms;
	WANT(ms < 1000);
	return (m.header.msgh_id);
}

static void
drain(mach_port_t inbox)
{
	struct message m;

	while (receive(inbox, &m, MACH_RCV_TIMEOUT, 0) == MACH_MSG_SUCCESS)
		mach_msg_destroy(&m.header);
}

static void
kill_one(int how)
{
	mach_port_t inbox = port_make(), notify, dead, old;
	struct message m;
	double since;
	int ids;
	pid_t pid;

	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &notify) ==
	     KERN_SUCCESS);
	WANT(task_set_bootstrap_port(SELF, inbox) == KERN_SUCCESS);
	__atomic_store_n(&shared->ready, 0, __ATOMIC_SEQ_CST);
	pid = fork();
	if (pid == 0) {
		victim(inbox, how);
		_exit(0);
	}
	WANT(task_set_bootstrap_port(SELF, MACH_PORT_NULL) == KERN_SUCCESS);
	WANT(receive(inbox, &m, MACH_RCV_TIMEOUT, 5000) == MACH_MSG_SUCCESS);
	dead = m.port.name;
	WANT(
	    mach_port_request_notification(SELF, dead, MACH_NOTIFY_DEAD_NAME, 0,
		notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old) == KERN_SUCCESS);
	/* The child is the last that has one, but for ours, which goes. */
	WANT(mach_port_mod_refs(SELF, inbox, MACH_PORT_RIGHT_SEND, -1) ==
	     KERN_SUCCESS);
	nap(hostile_random() % 10);
	WANT(
	    mach_port_request_notification(SELF, inbox, MACH_NOTIFY_NO_SENDERS,
		0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old) == KERN_SUCCESS);
	since = now_ms();
	kill(pid, SIGKILL);
	ids = await_notice(notify, since, how, 0);
	/* A message that waits has a right to where it goes. */
	drain(inbox);
	ids += await_notice(notify, since, how, ids);
	WANT(ids == MACH_NOTIFY_DEAD_NAME + MACH_NOTIFY_NO_SENDERS);
	waitpid(pid, NULL, 0);
	WANT(mach_port_mod_refs(SELF, inbox, MACH_PORT_RIGHT_RECEIVE, -1) ==
	     KERN_SUCCESS);
	WANT(mach_port_mod_refs(SELF, notify, MACH_PORT_RIGHT_RECEIVE, -1) ==
	     KERN_SUCCESS);
}

static void
kill_them(void)
{
	int i;

	for (i = 0; i < KILLS; i++)
		kill_one(i % 5);
}

#define CASE(name)                                       \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

CASE(clients_killed)
{
	double *ms;
	struct served was;
	int n;

	begin();
	was = server_look();
	ATF_CHECK_EQ(0, hostile_run(kill_them, 100));
	ms = shared->notice_ms;
	n = shared->nnotices;
	ATF_REQUIRE_EQ(2 * KILLS, n);
	qsort(ms, (size_t)n, sizeof(*ms), compare);
	printf("killed: notifications came after %.1f ms (median), %.1f (19 of "
	       "20), %.1f (the last)\n",
	    ms[n / 2], ms[n * 19 / 20], ms[n - 1]);
	/* The last may have met a busy machine. */
	ATF_CHECK_MSG(
	    ms[n * 9 / 10] < SOON_MS, "9 of 10 within %.1f ms", ms[n * 9 / 10]);
	server_is_back_at(&was);
	server_serves();
}

/*
 * The server's end: every way to wait comes back.
 */

#define WAITS 5
static void *
wait_somehow(void *arg)
{
	int *result = arg, how = (int)(result - shared->result);
	mach_port_t port = port_make(), semaphore;
	struct message m;
	int i;

	WANT(semaphore_create(SELF, &semaphore, 0, 0) == KERN_SUCCESS);
	__atomic_fetch_add(&shared->begun, 1, __ATOMIC_SEQ_CST);
	switch (how) {
	case 0:
		*result = receive(port, &m, 0, 0);
		break;
	case 1:
		for (i = 0; i < 100 && *result == -1; i++) {
			int r = send_right(
			    port, port, MACH_MSG_TYPE_COPY_SEND, NULL, 0, 0);

			if (r != MACH_MSG_SUCCESS)
				*result = r;
		}
		break;
	case 2:
		*result = semaphore_wait(semaphore);
		break;
	case 3:
		*result = mach_wait_until(
		    mach_absolute_time() + UINT64_C(100000000000));
		break;
	default:
		*result = receive(port, &m, MACH_RCV_TIMEOUT, 100000);
		break;
	}
	__atomic_fetch_add(&shared->done, 1, __ATOMIC_SEQ_CST);
	return (NULL);
}

static void
wait_for_the_end(void)
{
	pthread_t threads[WAITS];
	mach_port_t port;
	int i;

	(void)port_make();
	for (i = 0; i < WAITS; i++) {
		shared->result[i] = -1;
		WANT(pthread_create(&threads[i], NULL, wait_somehow,
			 &shared->result[i]) == 0);
	}
	while (__atomic_load_n(&shared->begun, __ATOMIC_SEQ_CST) < WAITS)
		nap(1);
	nap(300);
	__atomic_store_n(&shared->ready, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < WAITS; i++)
		pthread_join(threads[i], NULL);
	/* And after it: an error at once. */
	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) !=
	     KERN_SUCCESS);
}

static void
nobody_serves(void)
{
	mach_port_t port;

	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) !=
	     KERN_SUCCESS);
}

static void
server_ends_by(int sig)
{
	double since;
	pid_t pid;
	int status, i;

	begin();
	pid = fork();
	if (pid == 0) {
		wait_for_the_end();
		_exit(0);
	}
	while (!__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST))
		nap(1);
	for (i = 0; i < WAITS; i++)
		ATF_CHECK_EQ(-1, shared->result[i]);
	kill(server_pid(), sig);
	for (i = 0; i < 500; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		nap(10);
	}
	if (i == 500)
		kill(pid, SIGKILL);
	ATF_REQUIRE_MSG(i < 500, "the client hangs: %d of %d came back",
	    shared->done, WAITS);
	ATF_CHECK_EQ(0, status);
	for (i = 0; i < WAITS; i++)
		ATF_CHECK_MSG(shared->result[i] != 0 && shared->result[i] != -1,
		    "wait %d: %#x", i, (unsigned)shared->result[i]);
	for (i = 0; i < 100 && server_lives(); i++)
		nap(20);
	ATF_CHECK(!server_lives());
	since = now_ms();
	ATF_CHECK_EQ(0, hostile_run(nobody_serves, 10));
	/* And none is waited for, or started: this process was told where. */
	ATF_CHECK_MSG(now_ms() - since < 400, "%.0f ms", now_ms() - since);
}

CASE(server_killed)
{
	server_ends_by(SIGKILL);
}

CASE(server_terminated)
{
	server_ends_by(SIGTERM);
}

/* A while of server_stress, which is for ten minutes by hand. */
CASE(any_traps_and_kills)
{
	const char *seconds = getenv("STRESS_SECONDS");
	char command[1024];

	snprintf(command, sizeof(command), "%s %s", SERVER_STRESS,
	    seconds != NULL ? seconds : "10");
	ATF_CHECK_EQ(0, system(command));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clients_killed);
	ATF_TP_ADD_TC(tp, any_traps_and_kills);
	ATF_TP_ADD_TC(tp, server_killed);
	ATF_TP_ADD_TC(tp, server_terminated);
	return (atf_no_error());
}
