/*
 * Two threads: messages to and fro against bare wait-by-address; and two
 * pairs that have nothing to do with each other.
 */
#include <sys/syscall.h>

#include <err.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <mach/mach.h>

#include "bench.h"

/* One end of a conversation: it receives here and answers there. */
struct end {
	struct mach_embedded_task *task;
	mach_port_t here, there;
	int rounds;
	int first;
	int cpu;
	double ns;
};

static void
must(kern_return_t kr, const char *what)
{
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

static void *
talk(void *arg)
{
	struct {
		mach_msg_header_t header;
		mach_msg_max_trailer_t trailer;
	} m;
	struct end *end = arg;
	double start;
	int i;

	bench_pin(end->cpu);
	(void)mach_embedded_task_enter(end->task);
	memset(&m, 0, sizeof(m));
	if (!end->first)
		must(mach_msg(&m.header, MACH_RCV_MSG, 0, sizeof(m), end->here,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "receive");
	start = bench_now();
	for (i = 0; i < end->rounds; i++) {
		int last = !end->first && i == end->rounds - 1;

		m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		m.header.msgh_remote_port = end->there;
		m.header.msgh_local_port = MACH_PORT_NULL;
		must(mach_msg(&m.header,
			 MACH_SEND_MSG | (last ? 0 : MACH_RCV_MSG),
			 sizeof(m.header), last ? 0 : sizeof(m), end->here,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "send and receive");
	}
	end->ns = bench_now() - start;
	mach_embedded_thread_exit();
	return (NULL);
}

static mach_port_t
port_make(void)
{
	mach_port_t port;

	must(mach_port_allocate(
		 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
	    "allocate");
	must(mach_port_insert_right(
		 mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND),
	    "insert");
	return (port);
}

/* Starts both ends of a conversation, in a task of their own, on a CPU. */
static void
conversation_start(struct end *ends, pthread_t *threads, int n, int cpu)
{
	struct mach_embedded_task *task = mach_embedded_task_create(NULL);
	struct mach_embedded_task *old;
	int i;

	if (task == NULL)
		errx(1, "no task");
	old = mach_embedded_task_enter(task);
	ends[0] = (struct end){ .task = task,
		.here = port_make(),
		.there = port_make(),
		.rounds = n,
		.first = 1,
		.cpu = cpu };
	(void)mach_embedded_task_enter(old);
	ends[1] = ends[0];
	ends[1].here = ends[0].there;
	ends[1].there = ends[0].here;
	ends[1].first = 0;
	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, talk, &ends[i]) != 0)
			errx(1, "pthread_create");
}

static double
conversation_end(struct end *ends, pthread_t *threads)
{
	int i;

	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	mach_embedded_task_destroy(ends[0].task);
	return (ends[0].ns);
}

static double
mach_ping_pong(int n)
{
	struct end ends[2];
	pthread_t threads[2];

	conversation_start(ends, threads, n, 0);
	return (conversation_end(ends, threads));
}

/* Two conversations at once, a CPU each; the time of the slower. */
static double
two_pairs(int n)
{
	struct end a[2], b[2];
	pthread_t at[2], bt[2];
	double x, y;

	conversation_start(a, at, n, 0);
	conversation_start(b, bt, n, 1);
	x = conversation_end(a, at);
	y = conversation_end(b, bt);
	return (x > y ? x : y);
}

static uint32_t words[2];
static int futex_rounds;

static void
wake(uint32_t *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
await(uint32_t *word)
{
	while (__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE) == 0)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void *
futex_peer(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < futex_rounds; i++) {
		await(&words[1]);
		wake(&words[0]);
	}
	return (NULL);
}

static double
futex_ping_pong(int n)
{
	pthread_t thread;
	double start;
	int i;

	futex_rounds = n;
	words[0] = words[1] = 0;
	if (pthread_create(&thread, NULL, futex_peer, NULL) != 0)
		errx(1, "pthread_create");
	start = bench_now();
	for (i = 0; i < n; i++) {
		wake(&words[1]);
		await(&words[0]);
	}
	start = bench_now() - start;
	pthread_join(thread, NULL);
	return (start);
}

void
bench_threads(void)
{
	bench_row("two threads, to and fro", "futex(2), to and fro", 1.15,
	    20000, mach_ping_pong, futex_ping_pong, 1);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	bench_row("two pairs of threads on two CPUs, each", "one pair alone",
	    1.1, 20000, two_pairs, mach_ping_pong, 1);
	bench_pin(0);
}
