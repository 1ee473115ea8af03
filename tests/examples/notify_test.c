/*
 * examples/notify: its commands, a crowd that posts and observes, what is
 * coalesced, and who misbehaves.
 */
#include <atf-c.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_pollfd.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include "examples/notify/nc.h"
#include "tests/examples/crowd.h"

#define SELF mach_task_self()
#define CASE(name)                                       \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

static int stop[2];

static int
serve(mach_port_t service)
{
	return (nc_server_run(service, stop[0]));
}

static mach_port_t
begin(void)
{
	ATF_REQUIRE_EQ(0, pipe(stop));
	return (crowd_serve(serve));
}

static void
end(void)
{
	ATF_REQUIRE_EQ(1, write(stop[1], "", 1));
	ATF_CHECK_EQ(0, crowd_served());
}

/* Runs a command, and compares what it prints; its status, -1 if other. */
static int
command(mach_port_t service, const char *expected, int argc,
    const char *const *argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	if (out == NULL)
		return (-1);
	status = nc_client_run(service, argc, argv, out);
	fclose(out);
	if (strcmp(text, expected) != 0) {
		fprintf(stderr, "%s: \"%.60s\", not \"%.60s\"\n", argv[0], text,
		    expected);
		status = -1;
	}
	free(text);
	return (status);
}

#define NC(service, expected, ...)                          \
	command((service), (expected),                      \
	    (int)(sizeof((const char *[]){ __VA_ARGS__ }) / \
		  sizeof(const char *)),                    \
	    (const char *[]){ __VA_ARGS__ })

CASE(commands)
{
	mach_port_t nc = begin();

	ATF_CHECK_EQ(0, NC(nc, "0\n", "state", "battery"));
	ATF_CHECK_EQ(0, NC(nc, "", "post", "battery", "20"));
	ATF_CHECK_EQ(0, NC(nc, "20\n", "state", "battery"));
	/* Without a state the name keeps the one that it has. */
	ATF_CHECK_EQ(0, NC(nc, "", "post", "battery"));
	ATF_CHECK_EQ(0, NC(nc, "20\n", "state", "battery"));
	ATF_CHECK_EQ(0, NC(nc, "", "post", "battery", "0xffffffffffffffff"));
	ATF_CHECK_EQ(0, NC(nc, "18446744073709551615\n", "state", "battery"));
	ATF_CHECK_EQ(0, NC(nc, "", "post", "battery", "0"));
	ATF_CHECK_EQ(0, NC(nc, "0\n", "state", "battery"));
	ATF_CHECK_EQ(2, NC(nc, "", "post", "battery", "much"));
	ATF_CHECK_EQ(2, NC(nc, "", "post", ""));
	ATF_CHECK_EQ(2, NC(nc, "", "post"));
	end();
}

static int ready;

static void
wait_for(int *what, int n)
{
	while (__atomic_load_n(what, __ATOMIC_ACQUIRE) < n)
		usleep(1000);
}

/* The command, by what it prints. */
static int
observe_command(mach_port_t nc, int number)
{
	static int fds[2];
	char line[256];
	FILE *in, *out;
	int status;

	if (number == 1) {
		wait_for(&ready, 1);
		in = fdopen(fds[0], "r");
		if (in == NULL || fgets(line, sizeof(line), in) == NULL ||
		    strcmp(line, "observing battery 20\n") != 0)
			return (1);
		status = NC(nc, "", "post", "battery", "19") ||
			 fgets(line, sizeof(line), in) == NULL ||
			 strcmp(line, "battery 1 19\n") != 0 ||
			 NC(nc, "", "post", "other") ||
			 NC(nc, "", "post", "battery") ||
			 fgets(line, sizeof(line), in) == NULL ||
			 strcmp(line, "battery 1 19\n") != 0 ||
			 fgets(line, sizeof(line), in) != NULL;
		fclose(in);
		return (status);
	}
	if (pipe(fds) != 0 || NC(nc, "", "post", "battery", "20") != 0)
		return (1);
	out = fdopen(fds[1], "w");
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	if (out == NULL)
		return (1);
	status = nc_client_run(
	    nc, 3, (const char *[]){ "observe", "battery", "2" }, out);
	fclose(out);
	return (status);
}

CASE(the_observe_command)
{
	(void)begin();
	ATF_CHECK_EQ(0, crowd_run(2, observe_command));
	end();
}

/*
 * Observers with room for one message
 */

struct posted {
	nc_posted_t posted;
	mach_msg_max_trailer_t trailer;
};

static int
observe(
    mach_port_t nc, const char *name, mach_port_t *observer, mach_port_t *token)
{
	mach_port_limits_t limits = { .mpl_qlimit = 1 };
	uint64_t state;

	return (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, observer) ||
		mach_port_set_attributes(SELF, *observer, MACH_PORT_LIMITS_INFO,
		    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT) ||
		nc_observe(nc, name, *observer, token, &state));
}

static int
receive(mach_port_t observer, struct posted *msg, mach_msg_timeout_t ms)
{
	return (mach_msg(&msg->posted.Head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*msg), observer, ms, MACH_PORT_NULL));
}

/* Counts posts, as its descriptor tells, until there are that many. */
static int
count_posts(mach_port_t observer, uint32_t posts, uint64_t *state)
{
	struct pollfd p = { -1, POLLIN, 0 };
	struct posted msg;
	uint32_t n = 0;
	int bad = 0;

	bad += mach_port_pollfd(SELF, observer, &p.fd) != 0;
	while (bad == 0 && n < posts) {
		bad += poll(&p, 1, 20000) != 1;
		/* It says so when there is one, and only then. */
		bad += receive(observer, &msg, 0) != 0;
		n += msg.posted.count;
		*state = msg.posted.state;
	}
	bad += n != posts || poll(&p, 1, 0) != 0;
	close(p.fd);
	return (bad);
}

#define POSTS 300

/* The first posts what all others observe. */
static int
one_posts(mach_port_t nc, int number)
{
	mach_port_t observer, token;
	uint64_t state = 0;
	int i, bad = 0;

	if (number == 0) {
		wait_for(&ready, CROWD - 1);
		for (i = 1; i <= POSTS; i++)
			bad +=
			    nc_post(nc, "name", NC_SET_STATE, (uint64_t)i) != 0;
		return (bad + (nc_post(nc, "name", NC_SET_STATE, 0) != 0));
	}
	bad = observe(nc, "name", &observer, &token);
	(void)__atomic_add_fetch(&ready, 1, __ATOMIC_RELEASE);
	bad += count_posts(observer, POSTS + 1, &state) || state != 0;
	/* One end or the other, or none: the task's end is that of both. */
	if (number % 3 == 1)
		bad += mach_port_deallocate(SELF, token) != 0;
	else if (number % 3 == 2)
		bad += mach_port_mod_refs(
			   SELF, observer, MACH_PORT_RIGHT_RECEIVE, -1) != 0;
	return (bad);
}

static int
nothing(mach_port_t nc, int number)
{
	uint64_t state;

	(void)number;
	return (nc_state(nc, "name", &state));
}

CASE(a_hundred_observe)
{
	unsigned int names;

	(void)begin();
	ATF_CHECK_EQ(0, crowd_run(1, nothing));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(CROWD, one_posts));
	ATF_CHECK_EQ(names, crowd_names(names));
	end();
}

#define EACH 10

static int
all_post(mach_port_t nc, int number)
{
	mach_port_t observer, token;
	uint64_t state;
	int i, bad;

	(void)number;
	bad = observe(nc, "all", &observer, &token);
	(void)__atomic_add_fetch(&ready, 1, __ATOMIC_RELEASE);
	wait_for(&ready, CROWD);
	for (i = 0; i < EACH; i++)
		bad += nc_post(nc, "all", 0, 0) != 0;
	return (bad + count_posts(observer, CROWD * EACH, &state));
}

CASE(a_hundred_post_and_observe)
{
	unsigned int names;

	(void)begin();
	ATF_CHECK_EQ(0, crowd_run(1, nothing));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(CROWD, all_post));
	ATF_CHECK_EQ(names, crowd_names(names));
	end();
}

/* What was posted while one message waits is the next one. */
static int
coalesce(mach_port_t nc, int number)
{
	mach_port_t observer, token;
	struct posted msg;
	uint64_t state, i;
	int bad;

	(void)number;
	bad = observe(nc, "name", &observer, &token);
	for (i = 1; i <= 100; i++)
		bad += nc_post(nc, "name", NC_SET_STATE, i) != 0;
	/* The centre has had all of them once it answers. */
	bad += nc_state(nc, "name", &state) != 0 || state != 100;
	bad += receive(observer, &msg, 20000) || msg.posted.count != 1 ||
	       msg.posted.state != 1;
	bad += receive(observer, &msg, 20000) || msg.posted.count != 99 ||
	       msg.posted.state != 100 || strcmp(msg.posted.name, "name") != 0;
	bad += receive(observer, &msg, 50) != MACH_RCV_TIMED_OUT;
	bad += nc_post(nc, "name", 0, 0) != 0;
	bad += receive(observer, &msg, 20000) || msg.posted.count != 1 ||
	       msg.posted.state != 100;
	bad += nc_post(nc, "name", NC_SET_STATE, 0) != 0;
	return (bad);
}

CASE(what_has_no_room_is_coalesced)
{
	(void)begin();
	ATF_CHECK_EQ(0, crowd_run(1, coalesce));
	end();
}

/*
 * Messages that are none of the centre's
 */

struct odd {
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	char rest[400];
	mach_msg_max_trailer_t trailer;
};

/* With a receive right in it; no reply is waited for. */
static int
odd_send(mach_port_t to, int id, unsigned int size)
{
	struct odd odd;
	mach_port_t port;

	memset(&odd, 0, sizeof(odd));
	if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) != 0)
		return (1);
	odd.Head.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND);
	odd.Head.msgh_remote_port = to;
	odd.Head.msgh_local_port = mach_reply_port();
	odd.Head.msgh_id = id;
	odd.body.msgh_descriptor_count = 1;
	odd.port.name = port;
	odd.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	odd.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (mach_msg(&odd.Head, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

static int
misbehave(mach_port_t nc, int number)
{
	mach_port_t observer, token;
	struct posted msg;
	unsigned int size;
	int id, bad;

	(void)number;
	bad = observe(nc, "odd", &observer, &token);
	for (id = 71999; id < 72005; id++) {
		for (size = 40; size < 400; size += 12)
			bad += odd_send(nc, id, size) != 0;
	}
	for (id = MACH_NOTIFY_FIRST; id < MACH_NOTIFY_LAST; id++)
		bad += odd_send(nc, id, 56) != 0;
	/* It still observes, until it makes believe that it does not. */
	bad += nc_post(nc, "odd", 0, 0) != 0;
	bad += receive(observer, &msg, 20000);
	bad += odd_send(token, MACH_NOTIFY_DEAD_NAME, 56) != 0;
	bad += nc_post(nc, "odd", 0, 0) != 0;
	bad += receive(observer, &msg, 20000);
	bad += odd_send(token, MACH_NOTIFY_NO_SENDERS, 56) != 0;
	bad += nothing(nc, 0);
	return (bad);
}

CASE(who_misbehaves_hurts_nobody)
{
	unsigned int names;

	(void)begin();
	ATF_CHECK_EQ(0, crowd_run(1, nothing));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(1, misbehave));
	ATF_CHECK_EQ(names, crowd_names(names));
	ATF_CHECK_EQ(0, crowd_run(1, coalesce));
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, the_observe_command);
	ATF_TP_ADD_TC(tp, a_hundred_observe);
	ATF_TP_ADD_TC(tp, a_hundred_post_and_observe);
	ATF_TP_ADD_TC(tp, what_has_no_room_is_coalesced);
	ATF_TP_ADD_TC(tp, who_misbehaves_hurts_nobody);
	return (atf_no_error());
}
