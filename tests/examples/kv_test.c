/* examples/kv: its commands, a crowd of clients, watches, and who misbehaves. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mig_errors.h>

#include "examples/kv/kv.h"
#include "tests/examples/crowd.h"

#define SELF mach_task_self()
#define CASE(name)                                       \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

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
	status = kv_client_run(service, argc, argv, out);
	fclose(out);
	if (expected != NULL && strcmp(text, expected) != 0) {
		fprintf(stderr, "%s: \"%.60s\", not \"%.60s\"\n", argv[0], text,
		    expected);
		status = -1;
	}
	free(text);
	return (status);
}

#define KV(service, expected, ...)                          \
	command((service), (expected),                      \
	    (int)(sizeof((const char *[]){ __VA_ARGS__ }) / \
		  sizeof(const char *)),                    \
	    (const char *[]){ __VA_ARGS__ })

static void
end(mach_port_t service)
{
	ATF_CHECK_EQ(KERN_SUCCESS, kv_stop(service));
	ATF_CHECK_EQ(0, crowd_served());
}

CASE(commands)
{
	mach_port_t kv = crowd_serve(kv_server_run);
	char *large = malloc(100001), *line = malloc(100002);

	ATF_CHECK_EQ(1, KV(kv, "", "get", "colour"));
	ATF_CHECK_EQ(0, KV(kv, "", "put", "colour", "green"));
	ATF_CHECK_EQ(0, KV(kv, "green\n", "get", "colour"));
	ATF_CHECK_EQ(0, KV(kv, "", "put", "colour", "red"));
	ATF_CHECK_EQ(0, KV(kv, "red\n", "get", "colour"));
	ATF_CHECK_EQ(0, KV(kv, "", "put", "empty", ""));
	ATF_CHECK_EQ(0, KV(kv, "\n", "get", "empty"));
	memset(large, 'x', 100000);
	large[100000] = '\0';
	ATF_CHECK_EQ(0, KV(kv, "", "put", "a large one", large));
	snprintf(line, 100002, "%s\n", large);
	ATF_CHECK_EQ(0, KV(kv, line, "get", "a large one"));
	/* Either side of what fits into a message. */
	large[1025] = '\0';
	ATF_CHECK_EQ(0, KV(kv, "", "put", "a", large));
	large[1024] = '\0';
	ATF_CHECK_EQ(0, KV(kv, "", "put", "b", large));
	large[1023] = '\0';
	ATF_CHECK_EQ(0, KV(kv, "", "put", "c", large));
	line[1023] = '\n';
	line[1024] = '\0';
	ATF_CHECK_EQ(0, KV(kv, line, "get", "c"));
	line[1023] = 'x';
	line[1024] = '\n';
	line[1025] = '\0';
	ATF_CHECK_EQ(0, KV(kv, line, "get", "b"));
	line[1024] = 'x';
	line[1025] = '\n';
	line[1026] = '\0';
	ATF_CHECK_EQ(0, KV(kv, line, "get", "a"));
	ATF_CHECK_EQ(
	    0, KV(kv, "a\na large one\nb\nc\ncolour\nempty\n", "list"));
	ATF_CHECK_EQ(0, KV(kv, "c\ncolour\n", "list", "c"));
	ATF_CHECK_EQ(0, KV(kv, "", "list", "nothing"));
	ATF_CHECK_EQ(0, KV(kv, "", "delete", "colour"));
	ATF_CHECK_EQ(1, KV(kv, "", "delete", "colour"));
	ATF_CHECK_EQ(1, KV(kv, "", "get", "colour"));
	ATF_CHECK_EQ(1, KV(kv, "", "put", "", "no key"));
	ATF_CHECK_EQ(2, KV(kv, "", "put", large, "a key too long"));
	ATF_CHECK_EQ(2, KV(kv, "", "get"));
	free(large);
	free(line);
	end(kv);
}

/* A client's own keys, small and large, come and go. */
static int
busy(mach_port_t kv, int number)
{
	char key[KV_KEY_MAX], prefix[64], *value, *got, small[1024];
	mach_msg_type_number_t size, i, n;
	int bad = 0;

	value = malloc(40000);
	if (value == NULL)
		return (1);
	snprintf(prefix, sizeof(prefix), "client %d ", number);
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%s%u", prefix, i);
		n = i % 10 == 9 ? 20000 + i : i;
		memset(value, 'a' + (number + (int)i) % 26, n);
		bad += (n > KV_INLINE_MAX ? kv_put_large(kv, key, value, n)
					  : kv_put(kv, key, value, n)) != 0;
	}
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%s%u", prefix, i);
		n = i % 10 == 9 ? 20000 + i : i;
		memset(value, 'a' + (number + (int)i) % 26, n);
		got = small;
		if (n > KV_INLINE_MAX) {
			bad += kv_get(kv, key, small, &size) != KV_TOO_LARGE;
			bad += kv_get_large(kv, key, &got, &size) != 0;
		} else {
			bad += kv_get(kv, key, small, &size) != 0;
		}
		bad += size != n || memcmp(got, value, n) != 0;
		if (got != small)
			vm_deallocate(SELF, (vm_address_t)got, size);
	}
	snprintf(key, sizeof(key), "%s0", prefix);
	bad += kv_list(kv, prefix, &got, &size) != 0 || strcmp(got, key) != 0;
	for (i = 0, n = 0; i < size; i++)
		n += got[i] == '\0';
	bad += n != 50;
	vm_deallocate(SELF, (vm_address_t)got, size);
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%s%u", prefix, i);
		bad += kv_delete(kv, key) != 0;
		bad += kv_delete(kv, key) != KV_NOT_FOUND;
	}
	free(value);
	return (bad);
}

CASE(a_hundred_clients)
{
	mach_port_t kv = crowd_serve(kv_server_run);
	unsigned int names;

	ATF_CHECK_EQ(0, crowd_run(2, busy));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(CROWD, busy));
	ATF_CHECK_EQ(names, crowd_names(names));
	ATF_CHECK_EQ(0, KV(kv, "", "list"));
	end(kv);
}

#define WATCHERS (CROWD - 1)
#define WRITES 50

struct changed {
	kv_changed_t changed;
	mach_msg_max_trailer_t trailer;
};

/* Nonzero when none comes soon. */
static int
receive(mach_port_t observer, struct changed *msg)
{
	return (mach_msg(&msg->changed.Head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*msg), observer, 20000, MACH_PORT_NULL));
}

/* An observer with room for that many changes, and its watch. */
static int
observe(mach_port_t kv, const char *prefix, mach_port_msgcount_t room,
    mach_port_t *observer, mach_port_t *watch)
{
	mach_port_limits_t limits = { .mpl_qlimit = room };

	return (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, observer) ||
		mach_port_set_attributes(SELF, *observer, MACH_PORT_LIMITS_INFO,
		    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT) ||
		kv_watch(kv, prefix, *observer, watch));
}

static int watching;

/* The first writes what all others watch. */
static int
watch_or_write(mach_port_t kv, int number)
{
	mach_port_t observer, watch;
	char key[KV_KEY_MAX];
	struct changed msg;
	int i, bad = 0;

	if (number == 0) {
		while (__atomic_load_n(&watching, __ATOMIC_ACQUIRE) < WATCHERS)
			usleep(1000);
		for (i = 0; i < WRITES; i++) {
			snprintf(key, sizeof(key), "w%d", i);
			bad += kv_put(kv, key, key, (unsigned int)i) != 0;
			bad += kv_put(kv, "another", "", 0) != 0;
			bad += kv_delete(kv, key) != 0;
		}
		return (bad);
	}
	bad += observe(kv, "w", 3 * WRITES, &observer, &watch);
	(void)__atomic_add_fetch(&watching, 1, __ATOMIC_RELEASE);
	for (i = 0; bad == 0 && i < 2 * WRITES; i++) {
		bad += receive(observer, &msg);
		snprintf(key, sizeof(key), "w%d", i / 2);
		bad += strcmp(msg.changed.key, key) != 0;
		bad += msg.changed.what != (i % 2 == 0 ? KV_PUT : KV_DELETED);
		bad += msg.changed.count != (i % 2 == 0 ? (uint32_t)i / 2 : 0);
	}
	/* One end or the other, or none: the task's end is that of both. */
	if (number % 3 == 1)
		bad += mach_port_deallocate(SELF, watch) != 0;
	else if (number % 3 == 2)
		bad += mach_port_mod_refs(
			   SELF, observer, MACH_PORT_RIGHT_RECEIVE, -1) != 0;
	return (bad);
}

CASE(a_hundred_watch)
{
	mach_port_t kv = crowd_serve(kv_server_run);
	unsigned int names;

	ATF_CHECK_EQ(0, crowd_run(1, busy));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(CROWD, watch_or_write));
	ATF_CHECK_EQ(WATCHERS, watching);
	/* Their rights, and the service's ports for them, are gone. */
	ATF_CHECK_EQ(names, crowd_names(names));
	end(kv);
}

/* What is given up is not told of any more; the other watch is. */
static int
two_watches(mach_port_t kv, int number)
{
	mach_port_t observer, a, b;
	struct changed msg;
	int bad = 0;

	(void)number;
	bad += observe(kv, "a", 5, &observer, &a);
	bad += kv_watch(kv, "b", observer, &b) != 0;
	bad += kv_put(kv, "a", "", 0) != 0 || kv_put(kv, "b", "", 0) != 0;
	bad += receive(observer, &msg) || msg.changed.key[0] != 'a';
	bad += receive(observer, &msg) || msg.changed.key[0] != 'b';
	bad += mach_port_deallocate(SELF, a) != 0;
	usleep(50000);
	bad += kv_put(kv, "a", "", 0) != 0 || kv_put(kv, "b", "", 0) != 0;
	bad += receive(observer, &msg) || msg.changed.key[0] != 'b';
	return (bad);
}

CASE(one_observer_of_two_prefixes)
{
	mach_port_t kv = crowd_serve(kv_server_run);
	unsigned int names;

	ATF_CHECK_EQ(0, crowd_run(1, busy));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(1, two_watches));
	ATF_CHECK_EQ(names, crowd_names(names));
	end(kv);
}

/* Does not receive, and so holds nobody up: it hears how much it missed. */
static int
slow(mach_port_t kv, int number)
{
	mach_port_t observer, watch;
	struct changed msg;
	int i, bad, n = 0;

	(void)number;
	bad = observe(kv, "", 5, &observer, &watch);
	for (i = 0; i < 1000; i++)
		bad += kv_put(kv, "key", "", 0) != 0;
	while (bad == 0 && n < 1000) {
		bad += receive(observer, &msg);
		n += msg.changed.what == KV_MISSED ? (int)msg.changed.count : 1;
	}
	bad += n != 1000;
	/* And is told of each again. */
	bad += kv_delete(kv, "key") != 0;
	bad += receive(observer, &msg) || msg.changed.what != KV_DELETED;
	return (bad);
}

CASE(who_does_not_receive_is_told_how_much_was_missed)
{
	mach_port_t kv = crowd_serve(kv_server_run);

	ATF_CHECK_EQ(0, crowd_run(1, slow));
	end(kv);
}

/* The command, by what it prints. */
static int
watch_command(mach_port_t kv, int number)
{
	static int fds[2];
	char line[256];
	FILE *in, *out;
	int status;

	if (number == 1) {
		while (__atomic_load_n(&watching, __ATOMIC_ACQUIRE) == 0)
			usleep(1000);
		in = fdopen(fds[0], "r");
		if (in == NULL || fgets(line, sizeof(line), in) == NULL ||
		    strcmp(line, "watching k\n") != 0)
			return (1);
		status = KV(kv, "", "put", "key", "value") ||
			 KV(kv, "", "put", "other", "value") ||
			 KV(kv, "", "delete", "key") ||
			 fgets(line, sizeof(line), in) == NULL ||
			 strcmp(line, "put key 5\n") != 0 ||
			 fgets(line, sizeof(line), in) == NULL ||
			 strcmp(line, "deleted key\n") != 0 ||
			 fgets(line, sizeof(line), in) != NULL;
		fclose(in);
		return (status);
	}
	if (pipe(fds) != 0)
		return (1);
	out = fdopen(fds[1], "w");
	__atomic_store_n(&watching, 1, __ATOMIC_RELEASE);
	if (out == NULL)
		return (1);
	status =
	    kv_client_run(kv, 3, (const char *[]){ "watch", "k", "2" }, out);
	fclose(out);
	return (status);
}

CASE(the_watch_command)
{
	mach_port_t kv = crowd_serve(kv_server_run);

	ATF_CHECK_EQ(0, crowd_run(2, watch_command));
	end(kv);
}

/*
 * Messages that are none of the service's
 */

struct odd {
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	char rest[1200];
	mach_msg_max_trailer_t trailer;
};

/* The reply's RetCode. */
static int
odd_send(mach_port_t kv, int id, struct odd *odd, unsigned int size,
    unsigned int complex)
{
	mig_reply_error_t *reply = (mig_reply_error_t *)(void *)odd;
	mach_msg_return_t mr;

	odd->Head.msgh_bits = complex | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	odd->Head.msgh_remote_port = kv;
	odd->Head.msgh_local_port = mig_get_reply_port();
	odd->Head.msgh_id = id;
	mr = mach_msg(&odd->Head, MACH_SEND_MSG | MACH_RCV_MSG, size,
	    sizeof(*odd), odd->Head.msgh_local_port, 0, MACH_PORT_NULL);
	return (mr != MACH_MSG_SUCCESS ? mr : reply->RetCode);
}

static int
misbehave(mach_port_t kv, int number)
{
	struct odd odd;
	mach_port_t port;
	int id, bad = 0;
	unsigned int size;

	(void)number;
	memset(&odd, 0, sizeof(odd));
	bad += odd_send(kv, 70999, &odd, sizeof(odd.Head), 0) != MIG_BAD_ID;
	bad += odd_send(kv, 71008, &odd, sizeof(odd.Head), 0) != MIG_BAD_ID;
	bad += odd_send(kv, 72, &odd, 56, 0) != MIG_BAD_ID;
	for (id = 71000; id < 71007; id++) {
		for (size = sizeof(odd.Head); size < 1000; size += 4) {
			memset(&odd, 0xff, sizeof(odd));
			bad += odd_send(kv, id, &odd, size, 0) !=
			       MIG_BAD_ARGUMENTS;
		}
		/* A right that nobody asked for is given back. */
		memset(&odd, 0, sizeof(odd));
		bad += mach_port_allocate(
			   SELF, MACH_PORT_RIGHT_RECEIVE, &port) != 0;
		odd.body.msgh_descriptor_count = 1;
		odd.port.name = port;
		odd.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		odd.port.type = MACH_MSG_PORT_DESCRIPTOR;
		bad += odd_send(kv, id, &odd, 24 + 4 + 12 + 8 + KV_KEY_MAX,
			   MACH_MSGH_BITS_COMPLEX) != MIG_BAD_ARGUMENTS;
	}
	/* A key without an end, and a value longer than its message. */
	memset(&odd, 'k', sizeof(odd));
	bad += odd_send(kv, 71004, &odd, 24 + 8 + KV_KEY_MAX, 0) !=
	       MIG_BAD_ARGUMENTS;
	memset((char *)&odd + 32, 0, KV_KEY_MAX);
	bad += odd_send(kv, 71000, &odd, 24 + 8 + KV_KEY_MAX + 4 + 64, 0) !=
	       MIG_BAD_ARGUMENTS;
	/* Nobody is told by a notice that a client made up. */
	return (bad);
}

CASE(who_misbehaves_hurts_nobody)
{
	mach_port_t kv = crowd_serve(kv_server_run);
	unsigned int names;

	ATF_CHECK_EQ(0, crowd_run(1, busy));
	names = crowd_names(0);
	ATF_CHECK_EQ(0, crowd_run(4, misbehave));
	ATF_CHECK_EQ(names, crowd_names(names));
	ATF_CHECK_EQ(0, crowd_run(1, busy));
	end(kv);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, a_hundred_clients);
	ATF_TP_ADD_TC(tp, a_hundred_watch);
	ATF_TP_ADD_TC(tp, one_observer_of_two_prefixes);
	ATF_TP_ADD_TC(tp, who_does_not_receive_is_told_how_much_was_missed);
	ATF_TP_ADD_TC(tp, the_watch_command);
	ATF_TP_ADD_TC(tp, who_misbehaves_hurts_nobody);
	return (atf_no_error());
}
