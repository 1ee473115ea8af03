/*
 * machd, and who would harm it by its connections: forged requests, tokens,
 * floods, ends in every state.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"

/* Everything that a first request can be but a HELLO. */
ATTACK(forged_requests)
{
	struct mach_server_request r = { .version = MACH_SERVER_VERSION };
	struct mach_server_reply reply;
	uint8_t bytes[256];
	int fd, fds[2];
	uint32_t i;

	for (i = 0; i < 40; i++) {
		fd = hostile_connect();
		WANT(fd != -1);
		r.op = i < 20 ? MACH_SERVER_HELLO : i;
		r.version = i < 20 ? i + 2 : MACH_SERVER_VERSION;
		WANT(!hostile_request(fd, &r, &reply, fds) ||
		     (reply.error != 0 && fds[0] == -1));
		close(fd);
	}
	/*
	 * Sizes; none of them is right.  Of 0 FreeBSD sends nothing, and what
	 * is too long may be a forged request with more behind it there.
	 */
	for (i = 1; i < sizeof(bytes); i += 5) {
		fd = hostile_connect();
		WANT(fd != -1);
		memset(bytes, 1, sizeof(bytes));
		(void)send(fd, bytes, i, MSG_NOSIGNAL);
		memset(&reply, 0, sizeof(reply));
		WANT(recv(fd, &reply, sizeof(reply), 0) <= 0 ||
		     reply.error != 0);
		close(fd);
	}
	/* What is for those who are known only. */
	fd = hostile_connect();
	WANT(hostile_op(fd, MACH_SERVER_FORK, NULL) != 0);
	close(fd);
	fd = hostile_connect();
	WANT(hostile_op(fd, MACH_SERVER_CHANNEL, NULL) != 0);
	close(fd);
}

/* Known twice, by one connection and by two. */
ATTACK(second_hello)
{
	struct hostile h;
	int fd;

	WANT(hostile_begin(&h));
	WANT(hostile_op(h.fd, MACH_SERVER_HELLO, NULL) == EPROTO);
	fd = hostile_connect();
	WANT(fd != -1);
	WANT(hostile_op(fd, MACH_SERVER_HELLO, NULL) == EBUSY);
	close(fd);
	/* And the first is none the worse. */
	WANT(hostile_trap(&h, 28, NULL, 0) != HOSTILE_NONE);
	hostile_end(&h);
}

/* What a process with that token has as bootstrap port: a name, or 0. */
static bool
token_inherits(const uint8_t *token)
{
	pid_t pid = fork();
	struct hostile h;
	int status;

	if (pid == 0) {
		WANT(hostile_begin_with(&h, token));
		_exit(hostile_bootstrap(&h) != 0 ? 2 : 3);
	}
	WANT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	     WEXITSTATUS(status) >= 2);
	return (WEXITSTATUS(status) == 2);
}

/*
 * Tokens: guessed, almost right, used twice, of many.  With what is none, or
 * no more, a process has what it would have without.
 */
ATTACK(tokens)
{
	struct mach_server_request r = { .version = MACH_SERVER_VERSION,
		.op = MACH_SERVER_FORK };
	struct mach_server_reply reply = { 0 };
	struct hostile h;
	uint8_t token[MACH_SERVER_TOKEN], guess[MACH_SERVER_TOKEN];
	int fds[2], i, good = 0;
	size_t n;

	WANT(hostile_begin(&h));
	WANT(hostile_bootstrap_set(&h, hostile_port(&h)));
	for (i = 0; i < 200; i++) {
		WANT(hostile_request(h.fd, &r, &reply, fds));
		good += reply.error == 0;
		WANT(reply.error == 0 || reply.error == EAGAIN);
		WANT(reply.error != 0 || fds[0] == -1);
		if (reply.error == 0)
			memcpy(token, reply.token, sizeof(token));
	}
	WANT(good > 0 && good < 200);
	/* Only tokens have it from here on. */
	WANT(hostile_bootstrap_set(&h, 0));
	for (i = 0; i < MACH_SERVER_TOKEN; i++) {
		memcpy(guess, token, sizeof(guess));
		guess[i] ^= 1;
		WANT(!token_inherits(guess));
	}
	for (i = 0; i < 16; i++) {
		for (n = 0; n < sizeof(guess); n++)
			guess[n] = (uint8_t)hostile_random();
		WANT(!token_inherits(guess));
	}
	WANT(token_inherits(token));
	/* Once. */
	WANT(!token_inherits(token));
	hostile_end(&h);
}

/* Replies that nobody reads, and requests by the thousand. */
ATTACK(replies_unread)
{
	struct mach_server_request r = { .version = MACH_SERVER_VERSION,
		.op = MACH_SERVER_FORK };
	struct hostile h;
	int i;

	WANT(hostile_begin(&h));
	for (i = 0; i < 5000; i++) {
		if (i % 100 == 99)
			r.op = MACH_SERVER_CHANNEL;
		else
			r.op = MACH_SERVER_FORK;
		if (send(h.fd, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT) ==
			-1 &&
		    errno != EAGAIN)
			break;
	}
	hostile_end(&h);
}

/* One after the other: a thousand each run of it, and nothing said. */
static void
connect_and_go(int n, bool hello)
{
	struct hostile h;
	int i, fd;

	for (i = 0; i < n; i++) {
		if (hello) {
			WANT(hostile_begin(&h));
			hostile_end(&h);
		} else {
			fd = hostile_connect();
			WANT(fd != -1);
			close(fd);
		}
	}
}

ATTACK(connections)
{
	connect_and_go(2000, false);
	connect_and_go(50, true);
}

ATF_TC(ten_thousand_connections);
ATF_TC_HEAD(ten_thousand_connections, tc)
{
	atf_tc_set_md_var(tc, "timeout", "180");
}

static void
ten_thousand(void)
{
	connect_and_go(10000, false);
}

ATF_TC_BODY(ten_thousand_connections, tc)
{
	struct served was;

	server_begin();
	was = server_look();
	ATF_CHECK_EQ(0, hostile_run(ten_thousand, 150));
	server_is_back_at(&was);
	server_serves();
}

/* As many at once as there may be. */
ATTACK(connections_at_once)
{
	struct rlimit limit = { 4096, 4096 };
	int fds[1500], n;

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (n = 0; n < 1500; n++) {
		fds[n] = hostile_connect();
		if (fds[n] == -1)
			break;
	}
	while (--n >= 0)
		close(fds[n]);
}

/* Channels, until there are no more. */
ATTACK(channels_to_the_limit)
{
	struct rlimit limit = { 8192, 8192 };
	struct hostile h, more;
	int n;

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	WANT(hostile_begin(&h));
	for (n = 1; n < 1100 && hostile_channel(&more, &h); n++) {
		munmap(more.c, more.size);
		more.c = NULL;
	}
	WANT(n > 64 && n < 1100);
	/* The first works as before. */
	WANT(hostile_trap(&h, 28, NULL, 0) != HOSTILE_NONE);
	hostile_end(&h);
}

/* Descriptors with a request, which asks for none. */
ATTACK(descriptors_with_requests)
{
	struct hostile h;
	int fds[200], i;

	for (i = 0; i < 200; i++)
		fds[i] = 0;
	WANT(hostile_begin(&h));
	for (i = 0; i < 20; i++) {
		int fd = hostile_connect();

		WANT(fd != -1);
		(void)hostile_send_fds(fd, fds, 200);
		(void)hostile_send_fds(fd, fds, 200);
		close(fd);
	}
	(void)hostile_send_fds(h.fd, fds, 200);
	hostile_end(&h);
}

/* That others keep half is something that can be seen to be wrong. */
static void *
take_processor(void *unused)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return (unused);
}

static void
take_processors(void)
{
	long n = 40 * sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread;

	for (; n > 1; n--)
		WANT(pthread_create(&thread, NULL, take_processor, NULL) == 0);
	(void)take_processor(NULL);
}

ATF_TC_WITHOUT_HEAD(less_than_half_is_seen);
ATF_TC_BODY(less_than_half_is_seen, tc)
{
	if (!hostile_is_quiet())
		atf_tc_skip("needs a quiet machine: ISTHMUS_TEST_QUIET");
	server_begin();
	ATF_CHECK(hostile_ratio("all processors taken", take_processors) <
		  HOSTILE_SHARE);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forged_requests);
	ATF_TP_ADD_TC(tp, second_hello);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, replies_unread);
	ATF_TP_ADD_TC(tp, connections);
	ATF_TP_ADD_TC(tp, ten_thousand_connections);
	ATF_TP_ADD_TC(tp, connections_at_once);
	ATF_TP_ADD_TC(tp, channels_to_the_limit);
	ATF_TP_ADD_TC(tp, descriptors_with_requests);
	ATF_TP_ADD_TC(tp, less_than_half_is_seen);
	return (atf_no_error());
}
