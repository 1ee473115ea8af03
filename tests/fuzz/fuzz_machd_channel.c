/*
 * machd's side of connections and channels, with a client in the same process
 * whose requests, descriptors and shared memory come of the fuzzer's bytes;
 * a second thread of it changes the memory while the server looks at it.
 * Nothing may be left when the client is gone.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mach/os/user/futex.h"
#include "mach/os/user/user_poll.h"
#include "mach/server/server.h"

#define CHANNELS 3u
#define TABLE 0u /* in the window: segments, and what they show */
#define DATA 32768u
#define ADDRESS 0x100000u

struct client {
	int fd; /* connection */
	struct session *session;
	struct {
		struct mach_channel *c;
		int fd;
		uint32_t seq;
	} channel[CHANNELS];
	uint32_t n;
};

struct input {
	const uint8_t *p;
	size_t left;
};

/* What a second thread writes over. */
static struct {
	uint32_t *word;
	uint32_t value;
	int stop;
} scribbled;

static const uint64_t sizes[] = { 0, 1, 24, 64, 4096, 32768, 1044480,
	UINT32_MAX, UINT64_C(1) << 40, UINT64_MAX - 4095, UINT64_MAX };

static void
take(struct input *in, void *to, size_t size)
{
	size_t n = size < in->left ? size : in->left;

	memset(to, 0, size);
	memcpy(to, in->p, n);
	in->p += n;
	in->left -= n;
}

static uint8_t
byte(struct input *in)
{
	uint8_t b;

	take(in, &b, 1);
	return (b);
}

static uint64_t
number(struct input *in)
{
	uint8_t b = byte(in);
	uint64_t n;

	if (b < 128)
		return (b);
	if (b < 192)
		return (ADDRESS + byte(in));
	if (b < 240)
		return (sizes[b % (sizeof(sizes) / sizeof(sizes[0]))]);
	take(in, &n, sizeof(n));
	return (n);
}

static void
nap(void)
{
	(void)nanosleep(&(struct timespec){ 0, 50000 }, NULL);
}

/* One request goes in; the channel that may come out is the client's. */
static void
request(struct client *k, const void *r, size_t size)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct mach_server_reply reply;
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fds[2];
	void *p;

	if (k->session->fd == -1 || k->fd == -1)
		return;
	(void)send(k->fd, r, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (!session_input(k->session)) {
		session_disconnect(k->session);
		return;
	}
	if (recvmsg(k->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0 ||
	    CMSG_FIRSTHDR(&msg) == NULL)
		return;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fds));
	p = k->n == CHANNELS ? MAP_FAILED
			     : mmap(NULL, reply.size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fds[0], 0);
	close(fds[0]);
	if (p == MAP_FAILED) {
		close(fds[1]);
		return;
	}
	k->channel[k->n].c = p;
	k->channel[k->n].fd = fds[1];
	k->channel[k->n++].seq = 0;
}

static void *
scribble(void *unused)
{
	uint32_t old = scribbled.value;

	while (!__atomic_load_n(&scribbled.stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(
		    scribbled.word, scribbled.value, __ATOMIC_RELAXED);
		__atomic_store_n(scribbled.word, old++, __ATOMIC_RELAXED);
	}
	return (unused);
}

static bool
done(const struct client *k, uint32_t i, int tries)
{
	for (; tries > 0; tries--) {
		if (__atomic_load_n(&k->channel[i].c->out, __ATOMIC_SEQ_CST) ==
		    k->channel[i].seq)
			return (true);
		nap();
	}
	return (false);
}

/* A trap of any number; one that waits hears of a signal, if it is to. */
static void
trap(struct client *k, struct input *in, uint32_t i)
{
	struct mach_channel *c = k->channel[i].c;
	uint8_t how = byte(in);
	pthread_t thread;
	uint32_t n, word;

	c->number = (how & 3) != 0 ? (uint32_t)byte(in) + (how & 2 ? 3200 : 0)
		    : how & 4	   ? 0x7fff0000u + byte(in) % 5
				   : 31u;
	if (how & 0x80)
		c->number = 9000u + how % 4;
	c->nargs = MACH_CHANNEL_ARGS;
	for (n = 0; n < MACH_CHANNEL_ARGS; n++)
		c->args[n] = number(in);
	if (how & 8) {
		word = (uint32_t)number(in);
		scribbled.word = (uint32_t *)c + word % (MACH_CHANNEL_SIZE / 4);
		scribbled.value = (uint32_t)number(in);
		scribbled.stop = 0;
		if (pthread_create(&thread, NULL, scribble, NULL) != 0)
			abort();
	}
	k->channel[i].seq = (k->channel[i].seq + 1) & 0x3fffffff;
	__atomic_store_n(&c->asleep, how >> 4 & 3, __ATOMIC_SEQ_CST);
	__atomic_store_n(
	    &c->in, k->channel[i].seq * MACH_CHANNEL_TRAP, __ATOMIC_SEQ_CST);
	futex_wake_shared(&c->in, 1);
	if (!done(k, i, 20) && how & 0x40) {
		__atomic_fetch_or(
		    &c->in, MACH_CHANNEL_INTERRUPT, __ATOMIC_SEQ_CST);
		futex_wake_shared(&c->in, 1);
		(void)done(k, i, 20);
	}
	if (how & 8) {
		__atomic_store_n(&scribbled.stop, 1, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
	}
}

static void
segment(struct client *k, struct input *in, uint32_t i)
{
	struct mach_channel *c = k->channel[i].c;
	struct mach_segment s = { 0 };
	uint32_t n = byte(in) % 16;

	s.address = number(in);
	s.size = number(in);
	s.at = byte(in) % 2 ? DATA : number(in);
	s.fd = byte(in) % 4;
	memcpy((uint8_t *)c + MACH_CHANNEL_WINDOW + TABLE + n * sizeof(s), &s,
	    sizeof(s));
	c->segments = TABLE;
	c->nsegments = n + 1;
	c->free = DATA + 4096;
}

/* Descriptors of some kinds go along. */
static void
descriptors(struct client *k, struct input *in, uint32_t i)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control = { 0 };
	char c = 1;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control
	};
	uint8_t what = byte(in);
	int fds[3], n = what % 3 + 1, j;

	for (j = 0; j < n; j++) {
		fds[j] = memfd_create("f", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		if (fds[j] == -1 ||
		    ftruncate(fds[j], what & 16 ? 8192 : 100) != 0)
			abort();
		if (what & (32 << j % 2))
			(void)fcntl(fds[j], F_ADD_SEALS,
			    F_SEAL_SHRINK | (what & 128 ? 0 : F_SEAL_WRITE));
	}
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, (size_t)n * sizeof(int));
	msg.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
	(void)sendmsg(what & 8 ? k->fd : k->channel[i].fd, &msg,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	for (j = 0; j < n; j++)
		close(fds[j]);
	k->channel[i].c->nfds = what & 4 ? (uint32_t)n : byte(in);
}

static void
step(struct client *k, struct input *in)
{
	struct mach_server_request r = { .version = MACH_SERVER_VERSION };
	uint8_t op = byte(in), bytes[64];
	uint32_t i = k->n == 0 ? 0 : op / 16 % k->n, n;

	if (k->n == 0 && op % 8 != 7)
		return;
	switch (op % 8) {
	case 0:
	case 1:
	case 2:
		trap(k, in, i);
		break;
	case 3:
		segment(k, in, i);
		break;
	case 4:
		descriptors(k, in, i);
		break;
	case 5: /* what is sent, and where */
		n = byte(in) % 64;
		take(in, bytes, n);
		memcpy((uint8_t *)k->channel[i].c + MACH_CHANNEL_WINDOW + DATA +
			   byte(in),
		    bytes, n);
		break;
	case 6: /* the header */
		n = byte(in) % 32;
		((uint32_t *)k->channel[i].c)[n] = (uint32_t)number(in);
		break;
	default:
		r.op = byte(in) % 5;
		take(in, r.token, byte(in) % 8);
		request(k, &r, r.op == 0 ? byte(in) % sizeof(r) : sizeof(r));
		break;
	}
}

static bool
is_as(const uint64_t *before)
{
	int i;

	for (i = 0; i < IPC_MEM_KINDS; i++) {
		if (ipc_load_acquire(&user_mem_bytes[i]) != before[i])
			return (false);
	}
	return (ipc_load_acquire(&server.files) == 0 &&
		ipc_load_acquire(&user_descriptors) == 0);
}

static void
end(struct client *k, const uint64_t *before)
{
	uint32_t i, tries = 0;

	if (k->fd != -1)
		close(k->fd);
	session_gone(k->session);
	(void)session_tokens_expire(0, true);
	while (server.sessions != NULL) {
		(void)session_reap(server.sessions);
		nap();
	}
	for (i = 0; i < k->n; i++) {
		munmap(k->channel[i].c, MACH_CHANNEL_SIZE);
		close(k->channel[i].fd);
	}
	for (; !is_as(before); tries++) {
		if (tries == 100000)
			abort(); /* something is left */
		nap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mach_server_request hello = { .version = MACH_SERVER_VERSION,
		.op = MACH_SERVER_HELLO,
		.thread = 1 };
	struct input in = { data, size };
	struct client k = { 0 };
	uint64_t before[IPC_MEM_KINDS];
	int pair[2], steps;

	if (server.host == NULL) {
		server.host = ipc_host_create(NULL);
		server.files_max = 512;
		server.threads_max = 64;
		user_poll_limit = 64;
	}
	memcpy(before, user_mem_bytes, sizeof(before));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	k.fd = pair[1];
	k.session = session_create(pair[0]);
	if (k.session == NULL)
		abort();
	if (size == 0 || data[0] != 0xff)
		request(&k, &hello, sizeof(hello));
	for (steps = 0; in.left != 0 && steps < 64; steps++)
		step(&k, &in);
	end(&k, before);
	return (0);
}
