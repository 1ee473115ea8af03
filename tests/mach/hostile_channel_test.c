/*
 * machd, and who would harm it by its channel: counts and sizes that
 * overflow, memory that changes while it is looked at, descriptors that are
 * not what they should be, ends in the middle of a trap.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fileport.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <time.h>

#include <mach/mach.h>

#include "mach/os/user/futex.h"
#include "tests/mach/hostile.h"

static const uint64_t sizes[] = { 0, 1, 7, 23, 24, 36, 4096, 1u << 20,
	(1u << 20) - 4096, UINT32_MAX - 3, UINT32_MAX, UINT64_C(1) << 32,
	(uint64_t)INT64_MAX, UINT64_MAX - 4095, UINT64_MAX - 1, UINT64_MAX };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint64_t
some_size(void)
{
	return (sizes[hostile_random() % SIZES]);
}

/* Every count of a channel, one at a time and then together. */
ATTACK(counts_that_overflow)
{
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		64 };
	struct hostile h;
	uint32_t name, i, j;

	WANT(hostile_begin(&h));
	name = hostile_port(&h);
	WANT(name != 0);
	for (i = 0; i < 5 * SIZES + 2000; i++) {
		hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
		j = i < 5 * SIZES ? i / SIZES : hostile_random() % 32;
		if (j == 0 || j & 16)
			h.c->nsegments = (uint32_t)sizes[i % SIZES];
		if (j == 1 || j & 8)
			h.c->nfds = (uint32_t)some_size();
		if (j == 2 || j & 4)
			h.c->segments = some_size();
		if (j == 3)
			h.c->free = sizes[i % SIZES];
		hostile_post(&h, 31, args, j == 4 ? UINT32_MAX : 7);
		WANT(hostile_wait(&h, 5000));
		h.c->nfds = 0;
	}
	WANT(hostile_port(&h) != 0);
	hostile_end(&h);
}

/* Segments whose addresses and sizes wrap, and messages across them. */
ATTACK(addresses_that_wrap)
{
	uint64_t args[8] = { 0 };
	struct hostile h;
	uint32_t name, i, j;

	WANT(hostile_begin(&h));
	name = hostile_port(&h);
	WANT(name != 0);
	for (i = 0; i < 3000; i++) {
		for (j = 0; j < 4; j++)
			hostile_segment(&h, j,
			    hostile_random() % 4 == 0 ? HOSTILE_ADDRESS
						      : some_size(),
			    some_size(),
			    hostile_random() % 2 == 0 ? HOSTILE_DATA
						      : some_size(),
			    hostile_random() % 8 == 0 ? hostile_random() % 3
						      : 0);
		args[0] =
		    hostile_random() % 2 == 0 ? HOSTILE_ADDRESS : some_size();
		args[1] = MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT |
			  (hostile_random() & 3);
		args[2] = some_size();
		args[3] = some_size();
		args[4] = name;
		args[7] = some_size();
		WANT(hostile_trap(&h, hostile_random() % 2 == 0 ? 31 : 32, args,
			 8) != HOSTILE_NONE);
	}
	WANT(hostile_port(&h) != 0);
	hostile_end(&h);
}

/* Any trap with any arguments. */
ATTACK(any_trap)
{
	static const uint32_t numbers[] = { 10, 12, 14, 16, 18, 19, 20, 21, 22,
		23, 24, 25, 26, 27, 28, 29, 31, 32, 33, 34, 36, 37, 40, 41, 42,
		43, 44, 45, 47, 49, 50, 59, 60, 61, 70, 76, 77, 78, 88, 89, 90,
		91, 92, 93, 94, 200, 206, 216, 412, 413, 3200, 3204, 3206, 3209,
		3218, 3402, 3403, 3405, 3409, 3410, 3414, 3418, 3612, 3607,
		4817, 9000, 9001, 9002, MACH_CHANNEL_ENTRY, MACH_CHANNEL_TASK,
		0x7fff0005, UINT32_MAX };
	uint64_t args[MACH_CHANNEL_ARGS];
	struct hostile h;
	uint32_t name, i, j, n;

	WANT(hostile_begin(&h));
	name = hostile_port(&h);
	for (i = 0; i < 4000; i++) {
		hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
		for (j = 0; j < MACH_CHANNEL_ARGS; j++) {
			n = hostile_random() % 6;
			args[j] = n == 0   ? some_size()
				  : n == 1 ? name
				  : n == 2 ? 0x103
				  : n == 3 ? hostile_random() % 16
					   : HOSTILE_ADDRESS;
		}
		n = numbers[hostile_random() %
			    (sizeof(numbers) / sizeof(numbers[0]))];
		/* What waits, or reaches others, is for other tests. */
		if (n == 31 || n == 32 || n == 47)
			args[1] = MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT | 3;
		if (n == 31 || n == 32)
			args[5] = 0;
		hostile_post(&h, n, args, hostile_random() % 13);
		if (!hostile_wait(&h, 50)) {
			/* It waits: a handler ran. */
			__atomic_fetch_or(
			    &h.c->in, MACH_CHANNEL_INTERRUPT, __ATOMIC_SEQ_CST);
			futex_wake_shared(&h.c->in, 1);
			if (!hostile_wait(&h, 1000))
				break;
		}
	}
	hostile_end(&h);
}

struct scribbler {
	struct hostile *h;
	int stop;
	pthread_t thread;
};

static void *
scribble(void *arg)
{
	struct scribbler *s = arg;
	volatile uint32_t *word;
	uint32_t what, *keep = &s->h->c->in;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		what = hostile_random();
		switch (what % 4) {
		case 0: /* the header, but for `in` half of the time */
			word = (uint32_t *)s->h->c + what / 4 % 64;
			if (word == keep && what & 0x10000000)
				continue;
			break;
		case 1:
			word = (uint32_t *)(s->h->window + HOSTILE_TABLE) +
			       what / 4 % 64;
			break;
		case 2:
			word = (uint32_t *)(s->h->window + HOSTILE_DATA) +
			       what / 4 % 32;
			break;
		default:
			word = (uint32_t *)(s->h->window +
					    (what / 4 %
						(s->h->size -
						    MACH_CHANNEL_WINDOW)) /
						4 * 4);
			break;
		}
		*word = what & 0x20000000 ? (uint32_t)some_size()
					  : hostile_random();
	}
	return (NULL);
}

/* All of a channel is written to by a second thread while traps run. */
ATTACK(channel_scribbled)
{
	uint64_t args[7] = { HOSTILE_ADDRESS,
		MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_RCV_MSG |
		    MACH_RCV_TIMEOUT,
		64, 256 };
	struct hostile h;
	struct scribbler s = { &h, 0, 0 };
	uint32_t name, i;

	WANT(hostile_begin(&h));
	name = hostile_port(&h);
	WANT(pthread_create(&s.thread, NULL, scribble, &s) == 0);
	for (i = 0; i < 2000; i++) {
		mach_msg_header_t header = {
			.msgh_bits = MACH_MSGH_BITS_COMPLEX |
				     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_size = 64,
			.msgh_remote_port = name
		};

		hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
		memcpy(h.window + HOSTILE_DATA, &header, sizeof(header));
		args[4] = name;
		hostile_post(&h, 31, args, 7);
		(void)hostile_wait(&h, 1);
	}
	__atomic_store_n(&s.stop, 1, __ATOMIC_RELAXED);
	pthread_join(s.thread, NULL);
	hostile_end(&h);
}

static void *
clear_kicks(void *arg)
{
	struct scribbler *s = arg;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED))
		__atomic_fetch_and(
		    &s->h->c->in, ~MACH_CHANNEL_KICK, __ATOMIC_SEQ_CST);
	return (NULL);
}

/* The server's own bit goes out as soon as it is there, while all ends. */
ATTACK(kicks_cleared)
{
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_RCV_MSG, 0, 256 };
	struct timespec ts = { 0, 100000000 };
	struct hostile h;
	struct scribbler s = { &h, 0, 0 };

	WANT(hostile_begin(&h));
	args[4] = hostile_port(&h);
	hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	hostile_post(&h, 31, args, 7);
	WANT(pthread_create(&s.thread, NULL, clear_kicks, &s) == 0);
	/* The connection ends, and the channel is still written to. */
	close(h.fd);
	h.fd = -1;
	nanosleep(&ts, NULL);
	__atomic_store_n(&s.stop, 1, __ATOMIC_RELAXED);
	pthread_join(s.thread, NULL);
	hostile_end(&h);
}

/* A file in memory with these seals. */
static int
file_make(uint64_t size, int seals)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && (ftruncate(fd, (off_t)size) != 0 ||
			    (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) != 0)))
		return (-1);
	return (fd);
}

/* A message with memory of that descriptor in it, as the trap's result. */
static uint64_t
send_region(struct hostile *h, uint32_t name, int fd, uint64_t at,
    uint32_t size, uint32_t nfds)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_descriptor_t ool;
	} m = { .header = { .msgh_bits =
				MACH_MSGH_BITS_COMPLEX |
				MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		    .msgh_size = sizeof(m),
		    .msgh_remote_port = name },
		.body = { 1 },
		.ool = { .address = (void *)0x40000000,
		    .size = size,
		    .copy = MACH_MSG_VIRTUAL_COPY,
		    .type = MACH_MSG_OOL_DESCRIPTOR } };
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		sizeof(m) },
		 result;

	hostile_segment(h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	hostile_segment(h, 1, 0x40000000, size, at, 1);
	memcpy(h->window + HOSTILE_DATA, &m, sizeof(m));
	if (fd != -1)
		(void)hostile_send_fds(h->channel_fd, &fd, 1);
	h->c->nfds = nfds;
	result = hostile_trap(h, 31, args, 7);
	h->c->nfds = 0;
	return (result);
}

static void
lingers(int pair[2])
{
	struct linger l = { 1, 60 };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[65536] = "";
	int small = 4096;

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	/* It is soon full. */
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	(void)setsockopt(
	    listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	WANT(bind(listener, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	     listen(listener, 1) == 0 &&
	     getsockname(listener, (struct sockaddr *)&in, &size) == 0 &&
	     connect(pair[0], (struct sockaddr *)&in, sizeof(in)) == 0);
	pair[1] = accept(listener, NULL, NULL);
	close(listener);
	WANT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &l, sizeof(l)) == 0);
	while (send(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

static void
on_alarm(int n)
{
	(void)n;
}

/* Who closes one last waits for its end: if that is not the server, not long. */
static void
close_own(int fd)
{
	struct itimerval soon = { { 0, 50000 }, { 0, 50000 } }, none = { 0 };
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	close(fd);
	setitimer(ITIMER_REAL, &none, NULL);
}

/* Descriptors that are not what a region needs. */
ATTACK(descriptors_of_other_kinds)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct hostile h;
	int fds[64], fd, i;
	uint32_t name;

	WANT(hostile_begin(&h));
	name = hostile_port(&h);
	fd = file_make(8192, all);
	WANT(send_region(&h, name, fd, 0, 8192, 1) == MACH_MSG_SUCCESS);
	/* Longer than it is, beyond it, nowhere. */
	WANT(send_region(&h, name, fd, 0, 8193, 1) != MACH_MSG_SUCCESS);
	WANT(send_region(&h, name, fd, UINT64_MAX - 4096, 8192, 1) !=
	     MACH_MSG_SUCCESS);
	WANT(send_region(&h, name, fd, 4096, 8192, 1) != MACH_MSG_SUCCESS);
	WANT(send_region(&h, name, -1, 0, 8192, 1) != MACH_MSG_SUCCESS);
	close(fd);
	fd = file_make(8192, F_SEAL_SHRINK);
	WANT(send_region(&h, name, fd, 0, 8192, 1) != MACH_MSG_SUCCESS);
	close(fd);
	fd = file_make(8192, F_SEAL_WRITE);
	WANT(send_region(&h, name, fd, 0, 8192, 1) != MACH_MSG_SUCCESS);
	close(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	WANT(send_region(&h, name, fd, 0, 8192, 1) != MACH_MSG_SUCCESS);
	close(fd);
	fd = open("/", O_RDONLY | O_CLOEXEC);
	WANT(send_region(&h, name, fd, 0, 8192, 1) != MACH_MSG_SUCCESS);
	/* As many as it takes none of, with none asked for and with too many. */
	for (i = 0; i < 64; i++)
		fds[i] = fd;
	for (i = 0; i < 200; i++)
		(void)hostile_send_fds(h.channel_fd, fds, 64);
	WANT(hostile_port(&h) != 0);
	for (i = 0; i < 50; i++) {
		(void)hostile_send_fds(h.channel_fd, fds, 64);
		(void)send_region(&h, name, -1, 0, 1, (uint32_t)i);
	}
	close(fd);
	hostile_end(&h);
}

/* Messages of sealed memory, until no more are taken, and none received. */
ATTACK(descriptors_kept)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct hostile h;
	uint64_t args[4];
	uint32_t name = 0, i, n = 0;
	int fd = file_make(4096, all);

	WANT(hostile_begin(&h));
	for (i = 0; i < 700; i++) {
		if (i % 5 == 0)
			name = hostile_port(&h);
		WANT(name != 0);
		n += send_region(&h, name, fd, 0, 4096, 1) == MACH_MSG_SUCCESS;
	}
	WANT(n >= 64 && n <= 600);
	/* Fileports whose name can be written nowhere. */
	for (i = 0; i < 300; i++) {
		h.c->nsegments = 0;
		(void)hostile_send_fds(h.channel_fd, &fd, 1);
		h.c->nfds = 1;
		args[0] = 0;
		args[1] = HOSTILE_ADDRESS;
		(void)hostile_trap(&h, 9000, args, 2);
		h.c->nfds = 0;
	}
	hostile_end(&h);
	close(fd);
}

/* A socket whose close lasts a minute, in a trap that another finishes. */
ATTACK(descriptors_that_linger)
{
	struct timespec ts = { 0, 20000000 };
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_RCV_MSG, 0, 256 };
	struct hostile h, sender;
	uint32_t name;
	int pair[2], other[2], fd;
	time_t since;

	WANT(hostile_begin(&h));
	WANT(hostile_channel(&sender, &h));
	name = hostile_port(&h);
	lingers(pair);
	WANT(hostile_send_fds(h.channel_fd, pair, 1));
	close_own(pair[0]);
	args[4] = name;
	hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	h.c->nfds = 1;
	hostile_post(&h, 31, args, 7);
	nanosleep(&ts, NULL);
	hostile_segment(&sender, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	WANT(hostile_send(&sender, name, 32) == MACH_MSG_SUCCESS);
	WANT(hostile_wait(&h, 1000));
	/* And one in a request, which the main thread would close. */
	lingers(other);
	WANT(hostile_send_fds(h.fd, other, 1));
	close_own(other[0]);
	/* That is over with it; others are heard at once. */
	since = time(NULL);
	fd = hostile_connect();
	WANT(fd != -1);
	(void)hostile_op(fd, MACH_SERVER_HELLO, NULL);
	WANT(time(NULL) - since < 10);
	close(fd);
	close(pair[1]);
	close(other[1]);
	sender.fd = -1;
	hostile_end(&sender);
	hostile_end(&h);
}

/* And without those who close for the others, it is as bad as it looks. */
static void
need_a_close_that_lasts(void)
{
	struct timespec since, now;
	int pair[2];

	lingers(pair);
	clock_gettime(CLOCK_MONOTONIC, &since);
	close_own(pair[0]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - since.tv_sec) * 1000 +
		(now.tv_nsec - since.tv_nsec) / 1000000 <
	    40)
		atf_tc_skip("needs Linux: a close(2) that lasts");
	close(pair[1]);
}

ATF_TC(descriptors_that_linger_unprotected);
ATF_TC_HEAD(descriptors_that_linger_unprotected, tc)
{
	atf_tc_set_md_var(tc, "timeout", "180");
}
ATF_TC_BODY(descriptors_that_linger_unprotected, tc)
{
	if (getenv("MACHD") != NULL)
		atf_tc_skip("the machd that was named has no such switch");
	need_a_close_that_lasts();
	setenv("MACHD_NO_CLOSER", "1", 1);
	server_begin();
	ATF_CHECK(hostile_run(attack_descriptors_that_linger, 100) != 0);
}

#define LINGERING 40
#define ATTACKER 35101u
#define BYSTANDER 35102u

static int all_linger[2]; /* a byte from who has made them */

/* Many of them, as what becomes of fileports. */
static void
linger_all(void)
{
	mach_port_t port;
	int pair[2], i;

	WANT(setgid(ATTACKER) == 0 && setuid(ATTACKER) == 0);
	for (i = 0; i < LINGERING; i++) {
		lingers(pair);
		WANT(fileport_makeport(pair[0], &port) == 0);
		close_own(pair[0]);
		WANT(mach_port_deallocate(mach_task_self(), port) ==
		     KERN_SUCCESS);
	}
	WANT(write(all_linger[1], "", 1) == 1);
	for (;;)
		pause();
}

/* Its socket is closed when its fileport is gone. */
static void
sees_the_end(void)
{
	struct pollfd pfd = { .events = POLLIN };
	mach_port_t port;
	int pair[2];

	WANT(setgid(BYSTANDER) == 0 && setuid(BYSTANDER) == 0);
	WANT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	WANT(fileport_makeport(pair[0], &port) == 0);
	close(pair[0]);
	WANT(mach_port_deallocate(mach_task_self(), port) == KERN_SUCCESS);
	pfd.fd = pair[1];
	WANT(poll(&pfd, 1, 10000) == 1);
}

ATF_TC(descriptors_that_linger_are_their_users);
ATF_TC_HEAD(descriptors_that_linger_are_their_users, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(descriptors_that_linger_are_their_users, tc)
{
	struct served was;
	pid_t attacker;
	char byte;

	need_a_close_that_lasts();
	server_begin_for_all();
	was = server_look();
	ATF_REQUIRE(pipe(all_linger) == 0);
	attacker = hostile_start(linger_all);
	close(all_linger[1]);
	ATF_REQUIRE(read(all_linger[0], &byte, 1) == 1);
	ATF_CHECK_EQ(0, hostile_run(sees_the_end, 20));
	/* Its other ends go with it. */
	hostile_stop(attacker);
	server_is_back_at(&was);
	server_serves();
}

/* With connections that are too many, whose end is the main thread's. */
ATTACK(descriptors_of_the_refused)
{
	struct rlimit limit = { 4096, 4096 };
	struct mach_server_request r = { .version = MACH_SERVER_VERSION,
		.op = MACH_SERVER_FORK };
	struct mach_server_reply reply;
	struct hostile h;
	static int fds[1200], peers[1200];
	int pair[2], n, none[2];
	time_t since;

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	WANT(hostile_begin(&h));
	for (n = 0; n < 1200; n++) {
		peers[n] = -1;
		if (n > 1000)
			lingers(pair);
		fds[n] = hostile_connect();
		if (fds[n] == -1)
			break;
		if (n > 1000) {
			(void)hostile_send_fds(fds[n], pair, 1);
			close_own(pair[0]);
			peers[n] = pair[1];
		}
	}
	since = time(NULL);
	WANT(hostile_request(h.fd, &r, &reply, none));
	WANT(time(NULL) - since < 10);
	while (--n >= 0) {
		if (peers[n] != -1)
			close(peers[n]);
		close(fds[n]);
	}
	hostile_end(&h);
}

/* Larger windows without end. */
ATTACK(windows_that_grow)
{
	uint64_t size = MACH_CHANNEL_SIZE, args[1];
	struct hostile h;
	uint32_t i, grown = 0;
	char byte;

	WANT(hostile_begin(&h));
	for (i = 0; i < 300; i++) {
		args[0] = i % 3 == 2 ? some_size() : (size += 524288);
		h.c->nsegments = 0;
		if (hostile_trap(&h, MACH_CHANNEL_GROW, args, 1) ==
		    KERN_SUCCESS)
			grown++;
		/* The descriptors go: read without room for them, or not. */
		if (i % 2 == 0)
			(void)recv(h.channel_fd, &byte, 1, MSG_DONTWAIT);
	}
	WANT(grown > 0 && grown < 300);
	WANT(hostile_trap(&h, 28, NULL, 0) != HOSTILE_NONE);
	hostile_end(&h);
}

/* Ends in every state that a channel can be in. */
ATTACK(ends_in_any_state)
{
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_RCV_MSG, 0, UINT32_MAX };
	struct hostile h;
	uint32_t i;

	for (i = 0; i < 60; i++) {
		WANT(hostile_begin(&h));
		args[4] = hostile_port(&h);
		hostile_segment(&h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
		if (i % 6 < 4)
			hostile_post(&h, 31, args, 7);
		if (i % 6 == 1)
			(void)hostile_wait(&h, 5);
		if (i % 6 == 2)
			hostile_post(&h, MACH_CHANNEL_END, NULL, 0);
		if (i % 6 == 3)
			shutdown(h.channel_fd, SHUT_RDWR);
		if (i % 6 == 4)
			hostile_post(&h, MACH_CHANNEL_END, NULL, 0);
		hostile_end(&h);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, counts_that_overflow);
	ATF_TP_ADD_TC(tp, addresses_that_wrap);
	ATF_TP_ADD_TC(tp, any_trap);
	ATF_TP_ADD_TC(tp, channel_scribbled);
	ATF_TP_ADD_TC(tp, kicks_cleared);
	ATF_TP_ADD_TC(tp, descriptors_of_other_kinds);
	ATF_TP_ADD_TC(tp, descriptors_kept);
	ATF_TP_ADD_TC(tp, descriptors_that_linger);
	ATF_TP_ADD_TC(tp, descriptors_that_linger_unprotected);
	ATF_TP_ADD_TC(tp, descriptors_that_linger_are_their_users);
	ATF_TP_ADD_TC(tp, descriptors_of_the_refused);
	ATF_TP_ADD_TC(tp, windows_that_grow);
	ATF_TP_ADD_TC(tp, ends_in_any_state);
	return (atf_no_error());
}
