/*
 * Floors: what the kernel takes for the least that a row's work needs, with
 * nothing of Mach in it.  A message's round trip by way of a server changes
 * processes four times; memory that moves is unmapped, sealed, carried, mapped
 * and at last freed.
 */
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

/*
 * Four changes of process: the first tells a thread of a second process, that
 * tells a third one, which answers by another thread of the second.
 */

/* Apart from each other in the cache. */
struct word {
	_Alignas(128) uint32_t value;
};

static struct word *words;

static void
tell(int i)
{
	__atomic_fetch_add(&words[i].value, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &words[i].value, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Until it is not `value`. */
static void
hear(int i, uint32_t value)
{
	while (__atomic_load_n(&words[i].value, __ATOMIC_SEQ_CST) == value)
		syscall(SYS_futex, &words[i].value, FUTEX_WAIT, value, NULL,
		    NULL, 0);
}

_Noreturn static void
pass_on(int from)
{
	uint32_t value = 0;

	for (;;) {
		hear(from, value++);
		tell((from + 1) % 4);
	}
}

/* As machd's threads are. */
static void *
pass_on_thread(void *from)
{
	const struct sched_param none = { 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none);
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), 5);
	pass_on(*(const int *)from);
}

static void
relay_begin(void)
{
	static int first = 1, second = 3;
	pthread_t thread;

	words = mmap(NULL, 4 * sizeof(*words), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (words == MAP_FAILED)
		err(1, "mmap");
	if (is_child()) {
		if (pthread_create(&thread, NULL, pass_on_thread, &first) != 0)
			_exit(1);
		(void)pass_on_thread(&second);
	}
	if (is_child())
		pass_on(2);
}

double
floor_round_trips(int n)
{
	double start = bench_now();
	uint32_t value = words[0].value;
	int i;

	for (i = 0; i < n; i++) {
		tell(1);
		hear(0, value++);
	}
	return (bench_now() - start);
}

/*
 * Memory by a sealed file
 */

static int gifts[2];

struct gift {
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov;
	struct msghdr msg;
};

static void
gift_prepare(struct gift *g)
{
	memset(g, 0, sizeof(*g));
	g->iov = (struct iovec){ &g->byte, 1 };
	g->msg.msg_iov = &g->iov;
	g->msg.msg_iovlen = 1;
	g->msg.msg_control = &g->control;
	g->msg.msg_controllen = sizeof(g->control);
	g->control.header.cmsg_level = SOL_SOCKET;
	g->control.header.cmsg_type = SCM_RIGHTS;
	g->control.header.cmsg_len = CMSG_LEN(sizeof(int));
}

static void *
map(int fd, int flags)
{
	void *p = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return (p);
}

void
floor_give(int n)
{
	int *fd = calloc((size_t)n, sizeof(*fd)), i;
	void **memory = calloc((size_t)n, sizeof(*memory));
	struct gift g;

	for (i = 0; i < n; i++) {
		fd[i] = memfd_create("gift", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (fd[i] == -1 || ftruncate(fd[i], LARGE) != 0)
			err(1, "memfd");
		memory[i] = map(fd[i], MAP_SHARED);
		memset(memory[i], i, LARGE);
	}
	ready();
	for (i = 0; i < n; i++) {
		munmap(memory[i], LARGE);
		if (fcntl(fd[i], F_ADD_SEALS,
			F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
			err(1, "seal");
		gift_prepare(&g);
		memcpy(CMSG_DATA(&g.control.header), &fd[i], sizeof(fd[i]));
		all(sendmsg(gifts[1], &g.msg, 0), 1);
		close(fd[i]);
	}
	free(memory);
	free(fd);
}

double
floor_regions(int n)
{
	volatile char sum = 0;
	struct gift g;
	double start;
	char *p;
	int fd, i;

	order(GIVE, n);
	await_ready();
	start = bench_now();
	for (i = 0; i < n; i++) {
		gift_prepare(&g);
		all(recvmsg(gifts[0], &g.msg, MSG_CMSG_CLOEXEC), 1);
		memcpy(&fd, CMSG_DATA(&g.control.header), sizeof(fd));
		p = map(fd, MAP_PRIVATE);
		close(fd);
		sum += p[LARGE / 2];
		munmap(p, LARGE);
	}
	start = bench_now() - start;
	done();
	return (start);
}

void
floor_begin(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, gifts) != 0)
		err(1, "socketpair");
	relay_begin();
}
