/*
 * Who may see whom: tasks of several users and hosts, which only a host of the
 * core can make up; and that no address leaves it.
 */
#include <atf-c.h>
#include <isthmus/mach_seeing.h>
#include <stdlib.h>
#include <string.h>

#include "mach/core/ipc.h"
#include "mach/core/right.h"
#include "mach/core/seeing.h"

#define IS(expected, actual)                                              \
	do {                                                              \
		long long is_e = (long long)(expected);                   \
		long long is_a = (long long)(actual);                     \
                                                                          \
		ATF_CHECK_MSG(is_e == is_a, "%s: %s is %#llx, not %#llx", \
		    #expected, #actual, (unsigned long long)is_a,         \
		    (unsigned long long)is_e);                            \
	} while (0)
#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

struct user {
	struct ipc_task *task;
	struct ipc_thread *thread;
	uint32_t pid;
};

static struct user
user_create(struct ipc_host *host, uint32_t euid, uint32_t pid)
{
	struct ipc_credentials c = { .euid = euid, .ruid = euid, .pid = pid };
	struct user u = { .pid = pid };

	u.task = ipc_task_create(host, NULL, &c);
	ATF_REQUIRE(u.task != NULL);
	u.thread = ipc_thread_create(u.task);
	ATF_REQUIRE(u.thread != NULL);
	return (u);
}

static void
user_destroy(struct user *u)
{
	ipc_thread_destroy(u->thread);
	ipc_task_destroy(u->task);
}

static kern_return_t
trap(struct user *u, int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t args[] = { a, b, c, d };
	struct ipc_call call;

	ATF_REQUIRE(ipc_trap_call(u->thread, number, args, 4, &call));
	return ((kern_return_t)call.result);
}

#define P(x) ((uint64_t)(uintptr_t)(x))

/* How many tasks it sees; the sum of their process ids tells which. */
static uint32_t
sees(struct user *u, uint32_t *pids)
{
	mach_msg_type_number_t i, n = 0;
	mach_seeing_task_t *tasks;

	IS(KERN_SUCCESS, trap(u, 9010, 0, P(&tasks), P(&n), 0));
	for (*pids = 0, i = 0; i < n; i++)
		*pids += (uint32_t)tasks[i].mst_pid;
	return (n);
}

/* A row of `of`'s names, as `u` sees it. */
static kern_return_t
row(struct user *u, struct user *of, mach_port_name_t name,
    mach_seeing_name_t *out)
{
	mach_msg_type_number_t i, n = 0;
	mach_seeing_name_t *rows;
	kern_return_t kr;

	memset(out, 0, sizeof(*out));
	kr = trap(u, 9011, of->pid, 0, P(&rows), P(&n));
	for (i = 0; kr == KERN_SUCCESS && i < n; i++) {
		if (rows[i].msn_name == name)
			*out = rows[i];
	}
	return (kr);
}

/* A port of `from`, and a send right to it of `to`. */
static mach_port_name_t
port_make(struct user *from, struct user *to, mach_port_name_t *there)
{
	mach_port_name_t self, name = MACH_PORT_NULL;
	const uint64_t none = 0;
	struct ipc_right right;
	struct ipc_call call;

	ATF_REQUIRE(ipc_trap_call(from->thread, 28, &none, 0, &call));
	self = (mach_port_name_t)call.result;
	IS(KERN_SUCCESS,
	    trap(from, 16, self, MACH_PORT_RIGHT_RECEIVE, P(&name), 0));
	IS(KERN_SUCCESS, ipc_right_take(from->task->space, name,
			     MACH_MSG_TYPE_MAKE_SEND, 0, &right));
	IS(KERN_SUCCESS, ipc_right_put(to->task->space, right, there));
	return (name);
}

CASE(a_user_sees_his_own_and_root_all)
{
	struct ipc_host *host = ipc_host_create(NULL);
	struct user root = user_create(host, 0, 1),
		    a = user_create(host, 7, 20), b = user_create(host, 7, 300),
		    c = user_create(host, 8, 4000);
	struct ipc_credentials now = { .euid = 8, .pid = 300 };
	mach_msg_type_number_t n = 0;
	mach_seeing_trap_t *traps;
	mach_seeing_name_t r;
	uint32_t pids;

	IS(4, sees(&root, &pids));
	IS(4321, pids);
	IS(2, sees(&a, &pids));
	IS(320, pids);
	IS(1, sees(&c, &pids));
	IS(4000, pids);
	IS(KERN_SUCCESS, row(&a, &b, 0, &r));
	IS(KERN_SUCCESS, row(&root, &c, 0, &r));
	IS(KERN_INVALID_ARGUMENT, row(&a, &c, 0, &r));
	IS(KERN_INVALID_ARGUMENT, row(&a, &root, 0, &r));
	IS(KERN_INVALID_ARGUMENT, trap(&a, 9013, c.pid, P(&traps), P(&n), 0));
	IS(KERN_INVALID_ARGUMENT,
	    trap(&a, 9012, c.pid, 0x103, P(&traps), P(&n)));
	IS(KERN_SUCCESS, trap(&a, 9013, b.pid, P(&traps), P(&n), 0));
	/* Who takes another uid is another's. */
	ipc_task_set_credentials(b.task, &now);
	IS(KERN_INVALID_ARGUMENT, row(&a, &b, 0, &r));
	IS(2, sees(&c, &pids));
	IS(4300, pids);
	/* And sees itself in any case. */
	now.euid = 9;
	ipc_task_set_credentials(b.task, &now);
	IS(1, sees(&b, &pids));
	IS(300, pids);
	user_destroy(&a);
	user_destroy(&b);
	user_destroy(&c);
	user_destroy(&root);
	ipc_host_destroy(host);
}

CASE(another_s_end_of_a_port_is_hidden)
{
	struct ipc_host *host = ipc_host_create(NULL);
	struct user root = user_create(host, 0, 1), a = user_create(host, 7, 2),
		    b = user_create(host, 8, 3);
	mach_port_name_t there, port = port_make(&a, &b, &there);
	mach_seeing_name_t mine, its, all;

	IS(KERN_SUCCESS, row(&a, &a, port, &mine));
	IS(KERN_SUCCESS, row(&b, &b, there, &its));
	IS(KERN_SUCCESS, row(&root, &b, there, &all));
	IS(0, mine.msn_flags);
	IS(1, mine.msn_srights);
	IS(MACH_SEEING_HIDDEN, its.msn_flags);
	IS(MACH_PORT_TYPE_SEND, its.msn_type);
	IS(0, its.msn_peer_pid);
	IS(0, its.msn_peer_name);
	IS(0, its.msn_srights);
	IS(0, its.msn_limit);
	IS(0, its.msn_mscount);
	/* It is known to be the same all the same. */
	IS(mine.msn_object, its.msn_object);
	IS(mine.msn_object, all.msn_object);
	IS(a.pid, all.msn_peer_pid);
	IS(port, all.msn_peer_name);
	IS(1, all.msn_srights);
	IS(0, all.msn_flags);
	user_destroy(&a);
	user_destroy(&b);
	user_destroy(&root);
	ipc_host_destroy(host);
}

CASE(another_host_is_out_of_sight)
{
	struct ipc_host *one = ipc_host_create(NULL),
			*two = ipc_host_create(NULL);
	struct user root = user_create(one, 0, 1),
		    other = user_create(two, 0, 20);
	mach_port_name_t there, port = port_make(&other, &root, &there);
	mach_seeing_totals_t totals;
	mach_seeing_name_t r, its;
	uint32_t pids;

	IS(1, sees(&root, &pids));
	IS(1, pids);
	IS(KERN_INVALID_ARGUMENT, row(&root, &other, 0, &r));
	IS(KERN_SUCCESS, row(&root, &root, there, &r));
	IS(KERN_SUCCESS, row(&other, &other, port, &its));
	IS(MACH_SEEING_HIDDEN, r.msn_flags);
	IS(0, r.msn_peer_pid);
	/* Numbers of two hosts do not fit together. */
	ATF_CHECK(r.msn_object != its.msn_object);
	IS(KERN_SUCCESS, trap(&root, 9014, P(&totals), 0, 0, 0));
	IS(1, totals.mso_tasks);
	IS(0, totals.mso_ports_made);
	user_destroy(&other);
	user_destroy(&root);
	ipc_host_destroy(one);
	ipc_host_destroy(two);
}

/* Where any of the addresses stands in the bytes, high or low half alone too. */
static bool
leaks(const void *bytes, size_t size, const uintptr_t *addresses, size_t n)
{
	uint64_t word;
	uint32_t half;
	size_t at, i;

	for (at = 0; at + sizeof(word) <= size; at++) {
		memcpy(&word, (const char *)bytes + at, sizeof(word));
		for (i = 0; i < n; i++) {
			if (word == addresses[i])
				return (true);
		}
	}
	for (at = 0; at + sizeof(half) <= size; at += sizeof(half)) {
		memcpy(&half, (const char *)bytes + at, sizeof(half));
		for (i = 0; i < n; i++) {
			/* The upper half of one is small, and no news. */
			if (half == (uint32_t)addresses[i])
				return (true);
		}
	}
	return (false);
}

CASE(no_address_leaves)
{
	enum { PORTS = 300 };
	struct ipc_host *host = ipc_host_create(NULL);
	struct user a = user_create(host, 0, 1);
	uintptr_t addresses[PORTS + 3];
	mach_port_name_t there, name;
	mach_msg_type_number_t i, n = 0;
	mach_seeing_name_t *rows;
	mach_seeing_task_t *tasks;
	struct ipc_entry *entry;

	for (i = 0; i < PORTS; i++) {
		name = port_make(&a, &a, &there);
		ATF_REQUIRE(ipc_space_lock(a.task->space));
		entry = ipc_entry_find(a.task->space, name);
		addresses[i] = (uintptr_t)entry->port;
		ipc_space_unlock(a.task->space);
	}
	addresses[PORTS] = (uintptr_t)a.task;
	addresses[PORTS + 1] = (uintptr_t)a.task->space;
	addresses[PORTS + 2] = (uintptr_t)host;
	/* The search finds what is there. */
	ATF_CHECK(leaks(addresses, sizeof(addresses), addresses, PORTS + 3));
	IS(KERN_SUCCESS, trap(&a, 9011, 0, 0, P(&rows), P(&n)));
	ATF_CHECK(n > PORTS);
	ATF_CHECK(!leaks(rows, n * sizeof(rows[0]), addresses, PORTS + 3));
	/* Neighbours in memory are none in their numbers. */
	for (i = 1; i < n; i++) {
		int64_t d =
		    (int64_t)(rows[i].msn_object - rows[i - 1].msn_object);

		ATF_CHECK(d > INT32_MAX || d < INT32_MIN);
	}
	IS(KERN_SUCCESS, trap(&a, 9010, 0, P(&tasks), P(&n), 0));
	ATF_CHECK(!leaks(tasks, n * sizeof(tasks[0]), addresses, PORTS + 3));
	user_destroy(&a);
	ipc_host_destroy(host);
}

/* SipHash-2-4's published test: key 00..0f, input 00..07. */
CASE(numbers_of_objects_are_siphash)
{
	struct ipc_host host = { .key = { UINT64_C(0x0706050403020100),
				     UINT64_C(0x0f0e0d0c0b0a0908) } };
	struct ipc_object *object =
	    (struct ipc_object *)UINT64_C(0x0706050403020100);

	IS(0x93f5f5799a932462, ipc_object_id(&host, object));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_user_sees_his_own_and_root_all);
	ATF_TP_ADD_TC(tp, another_s_end_of_a_port_is_hidden);
	ATF_TP_ADD_TC(tp, another_host_is_out_of_sight);
	ATF_TP_ADD_TC(tp, no_address_leaves);
	ATF_TP_ADD_TC(tp, numbers_of_objects_are_siphash);
	return (atf_no_error());
}
