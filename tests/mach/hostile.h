/*
 * A client of machd that speaks the protocol by hand, and wrongly; and what
 * its tests need beside: a server of their own, looked at from outside, and
 * honest clients that say how well they are served.
 */
#ifndef ISTHMUS_TESTS_MACH_HOSTILE_H
#define ISTHMUS_TESTS_MACH_HOSTILE_H

#include <atf-c.h>
#include <isthmus/mach_server.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * The client.  Nothing here checks what the library would.
 */
struct hostile {
	int fd;			/* connection */
	int channel_fd;		/* the channel's socket */
	struct mach_channel *c; /* all of the channel's memory */
	uint8_t *window;
	uint64_t size;
	uint32_t seq;
};

/* A connection that has said nothing; -1 when it is refused. */
int hostile_connect(void);
/* A request as it is; false: no reply came, the connection is over. */
bool hostile_request(int fd, const struct mach_server_request *,
    struct mach_server_reply *, int fds[2]);
/* One that is well formed, without a channel's descriptors. */
uint32_t hostile_op(int fd, uint32_t op, const uint8_t *token);
/* Connected, known, and with a channel. */
bool hostile_begin(struct hostile *);
bool hostile_begin_with(struct hostile *, const uint8_t *token);
/* One more channel of the same connection. */
bool hostile_channel(struct hostile *, const struct hostile *of);
void hostile_end(struct hostile *);

/* What is in the channel is posted as trap `number`; nobody waits. */
void hostile_post(
    struct hostile *, uint32_t number, const uint64_t *args, uint32_t n);
/* Until it is done: false, it is not in `ms`. */
bool hostile_wait(struct hostile *, unsigned int ms);
/* Both; the result, or HOSTILE_NONE. */
#define HOSTILE_NONE UINT64_C(0x5eadbeefdeadbeef)
uint64_t hostile_trap(
    struct hostile *, uint32_t number, const uint64_t *args, uint32_t n);
/* Segment `i` at the window's start, and how many there are then. */
void hostile_segment(struct hostile *, uint32_t i, uint64_t address,
    uint64_t size, uint64_t at, uint32_t fd);
/* Descriptors go to the channel's socket, in one message.  sendmsg(2). */
bool hostile_send_fds(int to, const int *fds, uint32_t n);

/* A port with a send right of the same name, by hand; 0. */
uint32_t hostile_port(struct hostile *);
/* The own task's bootstrap port: a name, or 0. */
uint32_t hostile_bootstrap(struct hostile *);
bool hostile_bootstrap_set(struct hostile *, uint32_t name);
/* mach_msg of `size` bytes at the window's AT; args as of mach_msg_trap. */
uint64_t hostile_send(struct hostile *, uint32_t name, uint32_t size);
#define HOSTILE_TABLE 0u	  /* where segments are in the window */
#define HOSTILE_DATA 32768u	  /* and where a message is */
#define HOSTILE_ADDRESS 0x100000u /* the client's own address of that */

uint32_t hostile_random(void);

/*
 * The server
 */
struct served {
	unsigned int fds, threads;
	unsigned long rss_kb;
};

void server_begin(void);	 /* this test's; ends with it */
void server_begin_for_all(void); /* the same, for other users, too */
pid_t server_pid(void);
const char *server_socket(void);
bool server_lives(void);
struct served server_look(void);
/* The path of the test's own program. */
bool hostile_program(char *path, size_t size);
/* Back where it was, soon; fails the test when not. */
void server_is_back_at(const struct served *);
/* An honest client in a process of its own is answered. */
void server_serves(void);

/* Through signals. */
void nap(unsigned int ms);

/*
 * Runs `fn` in a process of its own: how it ended, as of waitpid(2).  One that
 * takes longer than that is killed and fails the test.
 */
int hostile_run(void (*fn)(void), unsigned int seconds);
/* Forks one that calls `fn` again and again until it is killed. */
pid_t hostile_start(void (*fn)(void));
void hostile_stop(pid_t);
/*
 * What an honest client gets beside that, over what it gets beside an honest
 * one that is as busy: printed, too.  Others keep half of it.
 */
#define HOSTILE_SHARE 0.5
double hostile_ratio(const char *name, void (*fn)(void));
/*
 * ISTHMUS_TEST_QUIET is set: nothing else runs here, so that a share may be
 * held against HOSTILE_SHARE.  Else one pair is looked at, and printed.
 */
bool hostile_is_quiet(void);
/* An honest client's work: traps until killed. */
void honest_work(void);

/* In an attacker's process: what it counts on. */
#define WANT(x)                                                                \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, \
			    #x);                                               \
			_exit(1);                                              \
		}                                                              \
	} while (0)
/*
 * In a client, once `begin` has made the server: it ends well in so many
 * seconds, nothing of it is left, and others are served.
 */
#define SERVER_CASE(name, begin, fn, seconds)                \
	static void fn(void);                                \
	ATF_TC(name);                                        \
	ATF_TC_HEAD(name, tc)                                \
	{                                                    \
		atf_tc_set_md_var(tc, "timeout", "60");      \
	}                                                    \
	ATF_TC_BODY(name, tc)                                \
	{                                                    \
		struct served was;                           \
                                                             \
		begin();                                     \
		was = server_look();                         \
		ATF_CHECK_EQ(0, hostile_run(fn, (seconds))); \
		server_is_back_at(&was);                     \
		server_serves();                             \
	}                                                    \
	static void fn(void)

/* The attack once, and what is left of the server; then beside a client. */
void hostile_case(const char *name, void (*fn)(void));
#define ATTACK(name)                                     \
	static void attack_##name(void);                 \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "180"); \
	}                                                \
	ATF_TC_BODY(name, tc)                            \
	{                                                \
		hostile_case(#name, attack_##name);      \
	}                                                \
	static void attack_##name(void)

#endif
