/*
 * What a hostile program sends: chains of rights, counts and addresses at
 * their edges, memory that changes under the kernel, as much as it can.
 */
#include <sys/param.h>
#include <sys/sysctl.h>

#include <pthread.h>

#include "vm.h"

#define DEEP 10000
/* More memory than one queue takes, so that a port has one each. */
#define PIECE (200u << 20)

struct right_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static uint64_t
number_of(const char *name)
{
	uint64_t n = 0;
	size_t size = sizeof(n);

	ATF_REQUIRE_EQ_MSG(
	    0, sysctlbyname(name, &n, &size, NULL, 0), "%s", name);
	return (n);
}

/* The receive right of one port to another. */
static mach_msg_return_t
send_receive(mach_port_name_t to, mach_port_name_t name, uint32_t disposition)
{
	struct right_message m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS(disposition, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = 1;
	m.port.name = name;
	m.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return ((mach_msg_return_t)RAW(31, PTR(&m),
	    MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    offsetof(struct right_message, trailer)));
}

/* A port in a message in a port, and so on; the outermost is returned. */
static mach_port_name_t
nest(int depth)
{
	mach_port_name_t inner = raw_port(), outer;
	int i;

	for (i = 0; i < depth; i++) {
		outer = raw_port();
		ATF_REQUIRE_EQ(
		    0, send_receive(outer, inner, MACH_MSG_TYPE_MAKE_SEND));
		inner = outer;
	}
	return (inner);
}

/* It ends at once, without a stack that is as deep; so it does with a task. */
CASE(ten_thousand_ports_in_ports)
{
	uint64_t before = number_of("mach.stats.held_bytes");
	mach_port_name_t outer = nest(DEEP);
	struct right_message m;
	pid_t pid;
	int i;

	/* One after the other they come out. */
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE_EQ(
		    0, RAW(31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m), outer, 0));
		ATF_CHECK_EQ(0, RAW(19, raw_self(), outer, 1, -1ul));
		outer = m.port.name;
	}
	ATF_CHECK_EQ(0, RAW(3205, raw_self(), outer));
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
	pid = fork();
	if (pid == 0) {
		(void)nest(DEEP);
		_exit(0);
	}
	reap(pid);
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
}

/* The other way round each is sent to one that is on its way already. */
CASE(a_chain_to_ports_in_transit_is_bounded)
{
	mach_port_name_t first = raw_port(), last = raw_port_send(), next;
	mach_msg_return_t mr;
	int depth;

	mr = send_receive(first, last, MACH_MSG_TYPE_MAKE_SEND);
	for (depth = 1; mr == 0 && depth < DEEP; depth++) {
		next = raw_port_send();
		mr = send_receive(last, next, MACH_MSG_TYPE_COPY_SEND);
		last = next;
	}
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, mr);
	ATF_CHECK_EQ_MSG(1001, depth, "%d deep", depth);
	ATF_CHECK_EQ(0, RAW(3205, raw_self(), first));
}

/* No right holds itself: what would is gone, and known to be dead. */
CASE(circles)
{
	mach_port_name_t a = raw_port_send(), b = raw_port_send();
	mach_port_name_t c = raw_port_send();
	uint64_t before = number_of("mach.stats.held_bytes");
	uint32_t type = 0;

	(void)send_receive(a, a, MACH_MSG_TYPE_COPY_SEND);
	ATF_CHECK_EQ(0, RAW(3201, raw_self(), a, PTR(&type)));
	ATF_CHECK_EQ(MACH_PORT_TYPE_DEAD_NAME, type);
	a = raw_port_send();
	ATF_CHECK_EQ(0, send_receive(b, a, MACH_MSG_TYPE_COPY_SEND));
	ATF_CHECK_EQ(0, send_receive(c, b, MACH_MSG_TYPE_COPY_SEND));
	(void)send_receive(a, c, MACH_MSG_TYPE_COPY_SEND);
	ATF_CHECK_EQ(0, RAW(3201, raw_self(), a, PTR(&type)));
	ATF_CHECK_EQ(MACH_PORT_TYPE_DEAD_NAME, type);
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
}

/* As many names as there may be; with the task all go. */
CASE(ports_without_end)
{
	uint32_t limit = (uint32_t)number_of("security.mach.max_names");
	const char *transport = getenv("ISTHMUS_MACH_TRANSPORT");
	mach_port_name_t name = 0;
	uint32_t n = 0;
	uint64_t kr = 0;
	pid_t pid;

	/* Once is enough. */
	if (transport != NULL && strcmp(transport, "table") != 0)
		limit = 10000;
	pid = fork();
	if (pid == 0) {
		mach_port_name_t self = raw_self();

		for (; n < limit && kr == 0; n++)
			kr = RAW(16, self, MACH_PORT_RIGHT_RECEIVE, PTR(&name));
		/* Its own have names, too. */
		_exit(limit > 10000
			  ? (kr == KERN_NO_SPACE && n > limit - 100 ? 0 : 1)
			  : kr != 0);
	}
	reap(pid);
	(void)raw_port();
}

/*
 * Many tasks of one user have one limit of names: what is beyond it is refused
 * to this one, and no other misses it.
 */
enum { USER = 35077, USER_NAMES = 4096, USER_TASKS = 40 };

static int
ports_until_none(void)
{
	mach_port_name_t self = raw_self(), name = 0;
	uint64_t kr = 0;
	int n = 0;

	/* Without room for one name not even its own. */
	if (self == MACH_PORT_NULL)
		return (0);
	for (; n < 2 * USER_NAMES; n++) {
		kr = RAW(16, self, MACH_PORT_RIGHT_RECEIVE, PTR(&name));
		if (kr != 0)
			break;
	}
	return (kr == KERN_RESOURCE_SHORTAGE ? n : 2 * USER_NAMES);
}

/* As that user, whose tasks stay until `all` have what they can get. */
static void
names_as_user(volatile int *all, volatile int *got)
{
	int i, n = 0;

	if (setgid(USER) != 0 || setuid(USER) != 0)
		_exit(1);
	for (i = 0; i < USER_TASKS; i++) {
		if (fork() != 0)
			continue;
		got[i] = 1 + ports_until_none();
		while (*all == 0)
			usleep(1000);
		_exit(0);
	}
	for (i = 0; i < USER_TASKS; i++) {
		while (got[i] == 0)
			usleep(1000);
		n += got[i] - 1;
	}
	*all = n;
	while (wait(NULL) > 0)
		continue;
	_exit(0);
}

ROOT_CASE(names_of_a_user_are_limited)
{
	static const char limit[] = "security.mach.max_uid_names";
	volatile int *shared = (void *)vm_pages(PAGE, MAP_SHARED);
	uint64_t was = number_of(limit), now = USER_NAMES;
	int i;

	/* Twice: the first time leaves nothing. */
	for (i = 0; i < 2; i++) {
		memset(__DEVOLATILE(int *, shared), 0, PAGE);
		ATF_REQUIRE_EQ(
		    0, sysctlbyname(limit, NULL, NULL, &now, sizeof(now)));
		pid_t pid = fork();

		if (pid == 0)
			names_as_user(shared, shared + 1);
		reap(pid);
		ATF_CHECK_EQ(
		    0, sysctlbyname(limit, NULL, NULL, &was, sizeof(was)));
		ATF_CHECK_MSG(
		    shared[0] > USER_NAMES - 1024 && shared[0] <= USER_NAMES,
		    "%d names", shared[0]);
		(void)raw_port();
	}
}

/*
 * Memory out of line
 */

struct ool_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t ool[64];
	mach_msg_max_trailer_t trailer;
};

/* `n` descriptors of the same. */
static mach_msg_return_t
send_ool(mach_port_name_t to, uint64_t at, uint32_t size, uint32_t n, int type,
    bool deallocate)
{
	static struct ool_message m;
	uint32_t i;

	memset(&m, 0, sizeof(m));
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = n;
	for (i = 0; i < n; i++) {
		m.ool[i].address = (void *)at;
		m.ool[i].size = size;
		m.ool[i].deallocate = deallocate;
		m.ool[i].copy = MACH_MSG_VIRTUAL_COPY;
		m.ool[i].type = (mach_msg_descriptor_type_t)type;
	}
	return ((mach_msg_return_t)RAW(31, PTR(&m),
	    MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    (uint32_t)(offsetof(struct ool_message, ool) +
		       n * sizeof(m.ool[0]))));
}

CASE(counts_and_addresses_at_their_edges)
{
	static const uint32_t sizes[] = { 1, PAGE, 1u << 20, 0x7fffffff,
		0x80000000, 0xfffff000, 0xffffffff };
	char *p = vm_pages(SIZE, MAP_PRIVATE);
	const uint64_t bad[] = { 1, PAGE - 1, PTR(p) + SIZE, UINT64_C(1) << 47,
		UINT64_C(0xffff800000000000), UINT64_C(0xfffff80000000000),
		UINT64_C(0xffffffff80000000), UINT64_MAX - PAGE, UINT64_MAX };
	uint64_t before = number_of("mach.stats.held_bytes");
	mach_port_name_t port = raw_port();
	mach_msg_return_t mr;
	unsigned int i, j, n;

	/* Nothing behind it. */
	ATF_REQUIRE_EQ(0, munmap(p + SIZE / 2, SIZE / 2));
	for (i = 0; i < nitems(bad) * nitems(sizes) * 2; i++) {
		j = i / 2 / nitems(bad);
		mr = send_ool(port, bad[i / 2 % nitems(bad)], sizes[j], 1,
		    i & 1 ? MACH_MSG_OOL_PORTS_DESCRIPTOR
			  : MACH_MSG_OOL_DESCRIPTOR,
		    false);
		ATF_CHECK_MSG(mr == MACH_SEND_INVALID_MEMORY ||
				  mr == MACH_SEND_NO_BUFFER ||
				  mr == MACH_SEND_TOO_LARGE ||
				  mr == MACH_SEND_INVALID_TYPE,
		    "%#x: %u bytes at %#jx", (unsigned int)mr, sizes[j],
		    (uintmax_t)bad[i / 2 % nitems(bad)]);
	}
	/* The last byte that there is, and one more. */
	for (n = 1; n < 3 * PAGE; n = n * 3 + 1) {
		ATF_CHECK_EQ(0, send_ool(port, PTR(p) + SIZE / 2 - n, n, 1,
				    MACH_MSG_OOL_DESCRIPTOR, false));
		ATF_CHECK_EQ(
		    0, RAW(31, PTR(&(struct ool_message){ 0 }), MACH_RCV_MSG, 0,
			   sizeof(struct ool_message), port));
		ATF_CHECK_EQ(MACH_SEND_INVALID_MEMORY,
		    send_ool(port, PTR(p) + SIZE / 2 - n, n + 1, 1,
			MACH_MSG_OOL_DESCRIPTOR, false));
	}
	/* Read-only memory can be sent, and can leave. */
	ATF_REQUIRE_EQ(0, mprotect(p, SIZE / 4, PROT_READ));
	ATF_CHECK_EQ(0,
	    send_ool(port, PTR(p), SIZE / 4, 1, MACH_MSG_OOL_DESCRIPTOR, true));
	/* The same memory twice, which is gone the second time. */
	ATF_CHECK_EQ(MACH_SEND_INVALID_MEMORY,
	    send_ool(port, PTR(p) + SIZE / 4, SIZE / 8, 2,
		MACH_MSG_OOL_DESCRIPTOR, true));
	ATF_CHECK_EQ(0, RAW(3205, raw_self(), port));
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
}

/* A task has a limit of what the kernel holds for it; and then none of it. */
CASE(memory_in_messages_is_limited)
{
	uint64_t limit = number_of("security.mach.max_task_bytes");
	uint64_t before = number_of("mach.stats.held_bytes"), held;
	char *p = vm_pages(PIECE, MAP_PRIVATE);
	mach_port_name_t ports[64];
	mach_msg_return_t mr = 0;
	uint64_t size = PIECE;
	mach_port_name_t entry = 0;
	int n = 0, i;

	while (n < 64 && mr == 0) {
		ports[n] = raw_port();
		mr = send_ool(ports[n++], PTR(p), PIECE, 1,
		    MACH_MSG_OOL_DESCRIPTOR, false);
	}
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, mr);
	held = number_of("mach.stats.held_bytes") - before;
	ATF_CHECK_MSG(held <= limit && held > limit - 2 * PIECE, "%ju bytes",
	    (uintmax_t)held);
	ATF_CHECK_EQ(
	    KERN_RESOURCE_SHORTAGE, vm_entry_of(raw_self(), PTR(p), &size,
					3 | MAP_MEM_VM_COPY, &entry));
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(0, RAW(3205, raw_self(), ports[i]));
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
	ports[0] = raw_port();
	ATF_CHECK_EQ(0, send_ool(ports[0], PTR(p), PIECE, 1,
			    MACH_MSG_OOL_DESCRIPTOR, false));
}

/* Several tasks of one user have one limit, and nothing is left of them. */
CASE(memory_of_a_user_is_limited)
{
	uint64_t limit = number_of("security.mach.max_uid_bytes");
	uint64_t before = number_of("mach.stats.held_bytes");
	char *p = vm_pages(PIECE, MAP_PRIVATE);
	int children = (int)(limit / PIECE) + 8, full = 0, i;
	volatile int *sent = (void *)vm_pages(PAGE, MAP_SHARED);
	pid_t pids[64];

	if (children > 64)
		atf_tc_skip("max_uid_bytes is %ju", (uintmax_t)limit);
	for (i = 0; i < children; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			sent[i] = 1 + send_ool(raw_port(), PTR(p), PIECE, 1,
					  MACH_MSG_OOL_DESCRIPTOR, false);
			for (;;)
				pause();
		}
		while (sent[i] == 0)
			usleep(1000);
		full += sent[i] == 1 + MACH_SEND_NO_BUFFER;
	}
	ATF_CHECK_MSG(full >= 7, "%d of %d", full, children);
	ATF_CHECK(number_of("mach.stats.held_bytes") - before <= limit);
	for (i = 0; i < children; i++)
		vm_kill(pids[i]);
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
}

/*
 * A message, and what it points to, that change and vanish while it is read.
 */

static struct ool_message moving;
static char *moved;
static volatile int stopped;

static void *
move(void *arg)
{
	volatile uint32_t *words = (void *)&moving;
	uint32_t seed = 1, word;

	(void)arg;
	while (!stopped) {
		seed = seed * 1664525 + 1013904223;
		word = seed >> 16 & 15;
		/* It would not survive what a changed address deallocates. */
		words[word] ^=
		    1u << (seed >> 27 | (word == 9 || word == 13 ? 8 : 0));
		if ((seed >> 8 & 15) == 0) {
			(void)munmap(moved, SIZE);
			(void)mmap(moved, SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
		} else if ((seed >> 8 & 15) == 1) {
			(void)mprotect(
			    moved + SIZE / 2, SIZE / 4, (int)(seed >> 20 & 3));
		}
		moved[seed >> 12 & (SIZE / 2 - 1)] = (char)seed;
	}
	return (NULL);
}

CASE(memory_that_changes_meanwhile)
{
	mach_port_name_t port = raw_port_send();
	uint64_t before = number_of("mach.stats.held_bytes");
	static struct ool_message got;
	pthread_t thread;
	int i, n = 0;

	moved = vm_pages(SIZE, MAP_PRIVATE);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, move, NULL));
	for (i = 0; i < 5000; i++) {
		moving.header.msgh_bits =
		    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) |
		    MACH_MSGH_BITS_COMPLEX;
		moving.header.msgh_remote_port = port;
		moving.header.msgh_local_port = 0;
		moving.header.msgh_voucher_port = 0;
		moving.header.msgh_id = 0;
		moving.body.msgh_descriptor_count = 2;
		moving.ool[0].address = moved;
		moving.ool[0].size = SIZE;
		moving.ool[0].copy = MACH_MSG_VIRTUAL_COPY;
		moving.ool[0].type = MACH_MSG_OOL_DESCRIPTOR;
		moving.ool[1].address = moved + (unsigned int)i % SIZE;
		moving.ool[1].size = 16;
		moving.ool[1].type = (i & 1) ? MACH_MSG_OOL_PORTS_DESCRIPTOR
					     : MACH_MSG_OOL_DESCRIPTOR;
		n += RAW(31, PTR(&moving), MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			 24 + 4 + 2 * 16, 0, 0, 0) == 0;
		if (RAW(31, PTR(&got), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			sizeof(got), port, 0) == 0 &&
		    got.header.msgh_bits & MACH_MSGH_BITS_COMPLEX &&
		    got.body.msgh_descriptor_count != 0 &&
		    got.ool[0].type == MACH_MSG_OOL_DESCRIPTOR &&
		    got.ool[0].size != 0)
			(void)RAW(12, raw_self(), PTR(got.ool[0].address),
			    got.ool[0].size);
	}
	stopped = 1;
	pthread_join(thread, NULL);
	ATF_CHECK_MSG(n > 10, "only %d went", n);
	ATF_CHECK_EQ(0, RAW(3205, raw_self(), port));
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ten_thousand_ports_in_ports);
	ATF_TP_ADD_TC(tp, a_chain_to_ports_in_transit_is_bounded);
	ATF_TP_ADD_TC(tp, circles);
	ATF_TP_ADD_TC(tp, ports_without_end);
	ATF_TP_ADD_TC(tp, names_of_a_user_are_limited);
	ATF_TP_ADD_TC(tp, counts_and_addresses_at_their_edges);
	ATF_TP_ADD_TC(tp, memory_in_messages_is_limited);
	ATF_TP_ADD_TC(tp, memory_of_a_user_is_limited);
	ATF_TP_ADD_TC(tp, memory_that_changes_meanwhile);
	return (atf_no_error());
}
