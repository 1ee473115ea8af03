/*
 * Port sets: membership, and whose message comes next.  XNU
 * osfmk/ipc/ipc_pset.c, mach_port.c.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/mach/rig.h"

#define MAKE MACH_MSG_TYPE_MAKE_SEND

/* A port in the set, with `n` messages of ids from `id` on. */
static mach_port_name_t
member(mach_port_name_t set, int id, int n)
{
	mach_port_name_t port = rig_port();
	int i;

	for (i = 0; i < n; i++)
		IS(0, rig_send(port, MAKE, id + i));
	OK(mach_port_insert_member(SELF, port, set));
	return (port);
}

CASE(a_set_receives_for_its_members)
{
	mach_port_name_t set = rig_set(), a, b;
	struct rig_msg msg;

	a = member(set, 0, 0);
	b = member(set, 0, 0);
	IS(0, rig_send(b, MAKE, 1));
	IS(0, rig_receive(set, &msg));
	IS(b, msg.header.msgh_local_port);
	IS(0, rig_send(a, MAKE, 2));
	IS(0, rig_receive(set, &msg));
	IS(a, msg.header.msgh_local_port);
	ATF_CHECK(rig_is_silent(set));
}

CASE(messages_that_a_port_has_come_with_it)
{
	mach_port_name_t set = rig_set();

	(void)member(set, 5, 2);
	IS(5, rig_receive_id(set));
	IS(6, rig_receive_id(set));
	ATF_CHECK(rig_is_silent(set));
}

CASE(members_are_served_in_turn)
{
	mach_port_name_t set = rig_set();
	int i;

	(void)member(set, 100, 3);
	(void)member(set, 200, 3);
	(void)member(set, 300, 3);
	for (i = 0; i < 3; i++) {
		IS(100 + i, rig_receive_id(set));
		IS(200 + i, rig_receive_id(set));
		IS(300 + i, rig_receive_id(set));
	}
	ATF_CHECK(rig_is_silent(set));
}

CASE(the_order_of_members_is_that_of_their_first_message)
{
	mach_port_name_t set = rig_set(), a, b, c;

	a = member(set, 0, 0);
	b = member(set, 0, 0);
	c = member(set, 0, 0);
	IS(0, rig_send(c, MAKE, 1));
	IS(0, rig_send(a, MAKE, 2));
	IS(0, rig_send(b, MAKE, 3));
	IS(1, rig_receive_id(set));
	IS(2, rig_receive_id(set));
	IS(3, rig_receive_id(set));
}

CASE(a_port_may_be_in_many_sets)
{
	mach_port_name_t a = rig_set(), b = rig_set(), port = rig_port();

	OK(mach_port_insert_member(SELF, port, a));
	OK(mach_port_insert_member(SELF, port, b));
	IS(0, rig_send(port, MAKE, 1));
	IS(0, rig_send(port, MAKE, 2));
	IS(1, rig_receive_id(b));
	IS(2, rig_receive_id(a));
	ATF_CHECK(rig_is_silent(a));
	ATF_CHECK(rig_is_silent(b));
	IS(KERN_ALREADY_IN_SET, mach_port_insert_member(SELF, port, a));
	OK(mach_port_extract_member(SELF, port, a));
	IS(KERN_NOT_IN_SET, mach_port_extract_member(SELF, port, a));
	IS(0, rig_send(port, MAKE, 3));
	ATF_CHECK(rig_is_silent(a));
	IS(3, rig_receive_id(b));
}

CASE(move_member_leaves_all_sets_for_one_or_none)
{
	mach_port_name_t a = rig_set(), b = rig_set(), c = rig_set();
	mach_port_name_t port = rig_port();

	IS(KERN_NOT_IN_SET, mach_port_move_member(SELF, port, MACH_PORT_NULL));
	OK(mach_port_insert_member(SELF, port, a));
	OK(mach_port_insert_member(SELF, port, b));
	OK(mach_port_move_member(SELF, port, c));
	IS(KERN_NOT_IN_SET, mach_port_extract_member(SELF, port, a));
	IS(KERN_NOT_IN_SET, mach_port_extract_member(SELF, port, b));
	IS(0, rig_send(port, MAKE, 1));
	IS(1, rig_receive_id(c));
	/* To where it is. */
	OK(mach_port_move_member(SELF, port, c));
	IS(1, rig_status(port).mps_pset);
	OK(mach_port_move_member(SELF, port, MACH_PORT_NULL));
	IS(0, rig_status(port).mps_pset);
}

CASE(members_and_sets_of_other_kinds_are_refused)
{
	mach_port_name_t set = rig_set(), port = rig_port(), other = rig_port();
	mach_port_name_t once = rig_send_once(port), no_name = 0x7703;

	IS(KERN_INVALID_RIGHT, mach_port_insert_member(SELF, once, set));
	IS(KERN_INVALID_RIGHT, mach_port_insert_member(SELF, set, set));
	IS(KERN_INVALID_RIGHT, mach_port_insert_member(SELF, port, other));
	IS(KERN_INVALID_NAME, mach_port_insert_member(SELF, no_name, set));
	IS(KERN_INVALID_NAME, mach_port_insert_member(SELF, port, no_name));
	IS(KERN_INVALID_RIGHT,
	    mach_port_insert_member(SELF, MACH_PORT_NULL, set));
	IS(KERN_INVALID_RIGHT,
	    mach_port_insert_member(SELF, port, MACH_PORT_DEAD));
	IS(KERN_INVALID_RIGHT, mach_port_extract_member(SELF, once, set));
	IS(KERN_INVALID_NAME, mach_port_extract_member(SELF, port, no_name));
	IS(KERN_INVALID_RIGHT, mach_port_move_member(SELF, once, set));
	IS(KERN_INVALID_RIGHT,
	    mach_port_move_member(SELF, port, MACH_PORT_DEAD));
	IS(KERN_INVALID_NAME, mach_port_move_member(SELF, port, no_name));
	IS(0, rig_status(port).mps_pset);
}

static bool
has_members(mach_port_name_t set, mach_port_name_t *want, uint32_t n)
{
	mach_msg_type_number_t count = 0, i, j, found = 0;
	mach_port_name_array_t names = NULL;

	OK(mach_port_get_set_status(SELF, set, &names, &count));
	IS(n, count);
	for (i = 0; i < count; i++) {
		for (j = 0; j < n; j++)
			found += names[i] == want[j];
	}
	if (count != 0)
		OK(mach_vm_deallocate(SELF, (mach_vm_address_t)(uintptr_t)names,
		    count * sizeof(names[0])));
	return (found == n);
}

CASE(set_status_lists_the_members)
{
	mach_port_name_t set = rig_set(), ports[40];
	mach_msg_type_number_t count;
	mach_port_name_array_t names;
	int i;

	ATF_CHECK(has_members(set, ports, 0));
	for (i = 0; i < 40; i++)
		ports[i] = member(set, 0, 0);
	ATF_CHECK(has_members(set, ports, 40));
	OK(mach_port_destroy(SELF, ports[39]));
	ATF_CHECK(has_members(set, ports, 39));
	IS(KERN_INVALID_RIGHT,
	    mach_port_get_set_status(SELF, ports[0], &names, &count));
	IS(KERN_INVALID_NAME,
	    mach_port_get_set_status(SELF, 0x7703, &names, &count));
	IS(KERN_INVALID_RIGHT,
	    mach_port_get_set_status(SELF, MACH_PORT_NULL, &names, &count));
}

CASE(a_renamed_member_has_its_new_name)
{
	mach_port_name_t set = rig_set(), port = member(set, 0, 0);
	mach_port_name_t name = 0x123407;
	struct rig_msg msg;

	OK(mach_port_rename(SELF, port, name));
	ATF_CHECK(has_members(set, &name, 1));
	IS(0, rig_send(name, MAKE, 1));
	IS(0, rig_receive(set, &msg));
	IS(name, msg.header.msgh_local_port);
}

CASE(a_sets_end_leaves_its_members)
{
	mach_port_name_t set = rig_set(), port = member(set, 1, 1);

	OK(mach_port_deallocate(SELF, set));
	IS(0, rig_type(set));
	IS(0, rig_status(port).mps_pset);
	IS(1, rig_receive_id(port));
	set = rig_set();
	OK(mach_port_insert_member(SELF, port, set));
	OK(mach_port_destroy(SELF, set));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
}

CASE(a_members_end_leaves_the_set)
{
	mach_port_name_t set = rig_set(), a = member(set, 1, 2), b;

	b = member(set, 10, 1);
	OK(mach_port_destroy(SELF, a));
	IS(10, rig_receive_id(set));
	ATF_CHECK(rig_is_silent(set));
	ATF_CHECK(has_members(set, &b, 1));
}

struct waiting {
	mach_port_name_t from;
	mach_msg_return_t result;
	int id;
};

static void
wait_for(void *p)
{
	struct waiting *w = p;
	struct rig_msg msg;

	w->result = rig_receive_in(w->from, &msg, 10000);
	w->id = msg.header.msgh_id;
}

CASE(a_port_that_comes_with_messages_wakes_the_sets_receiver)
{
	mach_port_name_t set = rig_set(), port = rig_port();
	struct waiting w = { set, -1, 0 };
	struct rig_thread *t;

	IS(0, rig_send(port, MAKE, 7));
	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_move_member(SELF, port, set));
	rig_join(t);
	IS(0, w.result);
	IS(7, w.id);
}

CASE(a_receiver_of_the_port_comes_before_those_of_its_sets)
{
	mach_port_name_t set = rig_set(), port = member(set, 0, 0);
	struct waiting a = { set, -1, 0 }, b = { port, -1, 0 };
	struct rig_thread *ta, *tb;

	ta = rig_start(NULL, wait_for, &a, sizeof(a));
	ATF_CHECK(rig_runs(ta, 50));
	tb = rig_start(NULL, wait_for, &b, sizeof(b));
	ATF_CHECK(rig_runs(tb, 50));
	IS(0, rig_send(port, MAKE, 1));
	IS(0, rig_send(port, MAKE, 2));
	rig_join(ta);
	rig_join(tb);
	IS(1, b.id);
	IS(2, a.id);
}

CASE(a_port_that_leaves_is_not_received_from)
{
	mach_port_name_t set = rig_set(), port = member(set, 0, 0);
	struct waiting w = { set, -1, 0 };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_extract_member(SELF, port, set));
	IS(0, rig_send(port, MAKE, 1));
	/* Still waiting, for what else may come. */
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_insert_member(SELF, port, set));
	rig_join(t);
	IS(1, w.id);
}

CASE(a_full_member_admits_when_the_set_is_received_from)
{
	mach_port_name_t set = rig_set(), port = member(set, 0, 0);
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(port, MAKE, i));
	IS(MACH_SEND_TIMED_OUT, rig_send(port, MAKE, 9));
	IS(0, rig_receive_id(set));
	IS(0, rig_send(port, MAKE, 9));
}

CASE(timers_are_members_too)
{
	mach_port_name_t set = rig_set(), timer = mk_timer_create();
	struct rig_msg msg;

	OK(mach_port_insert_member(SELF, timer, set));
	OK(mk_timer_arm(timer, mach_absolute_time() + 1000000));
	IS(0, rig_receive_in(set, &msg, 5000));
	IS(timer, msg.header.msgh_local_port);
}

CASE(a_set_of_thousands_serves_each_once_a_turn)
{
	enum { N = 2000 };
	mach_port_name_t set = rig_set(), *ports;
	int *served = calloc(N, sizeof(int)), i, j;

	ports = calloc(N, sizeof(ports[0]));
	ATF_REQUIRE(served != NULL && ports != NULL);
	for (i = 0; i < N; i++)
		ports[i] = member(set, i, 0);
	for (j = 0; j < 2; j++) {
		for (i = 0; i < N; i++)
			ATF_REQUIRE_EQ(0, rig_send(ports[i], MAKE, i));
	}
	for (j = 1; j <= 2; j++) {
		for (i = 0; i < N; i++) {
			int id = rig_receive_id(set);

			ATF_REQUIRE(id >= 0 && id < N);
			ATF_REQUIRE_EQ(j, ++served[id]);
		}
	}
	ATF_CHECK(rig_is_silent(set));
	free(ports);
	free(served);
}

struct meeting {
	mach_port_name_t set, port[2];
	uint32_t *received; /* the test's own */
	uint32_t n;	    /* how many there are */
	int lost;
};

static void
meet_receive(void *arg)
{
	struct meeting *m = arg;
	struct rig_msg msg;
	uint32_t i;

	for (i = 0; i < m->n && m->lost == 0; i++) {
		if (rig_receive_in(m->set, &msg, 5000) != 0)
			m->lost++;
		else
			__atomic_store_n(m->received, i + 1, __ATOMIC_RELEASE);
	}
	/* The other is not to wait. */
	__atomic_store_n(m->received, m->n, __ATOMIC_RELEASE);
}

/* One message at a time, sent just when the receiver is about to wait. */
CASE(who_begins_to_wait_while_a_message_comes_has_it)
{
	mach_port_name_t set = rig_set();
	uint32_t received = 0, i;
	struct meeting m = {
		.set = set, .received = &received, .n = rig_times(60000)
	};
	struct rig_thread *thread;

	m.port[0] = member(set, 0, 0);
	m.port[1] = member(set, 0, 0);
	thread = rig_start(NULL, meet_receive, &m, sizeof(m));
	for (i = 0; i < m.n; i++) {
		if (rig_send(m.port[i % 2], MAKE, 1) != 0)
			m.lost++;
		while (__atomic_load_n(&received, __ATOMIC_ACQUIRE) <= i)
			continue;
		if (received == m.n)
			break;
	}
	rig_join(thread);
	IS(0, m.lost);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_set_receives_for_its_members);
	ATF_TP_ADD_TC(tp, messages_that_a_port_has_come_with_it);
	ATF_TP_ADD_TC(tp, members_are_served_in_turn);
	ATF_TP_ADD_TC(tp, the_order_of_members_is_that_of_their_first_message);
	ATF_TP_ADD_TC(tp, a_port_may_be_in_many_sets);
	ATF_TP_ADD_TC(tp, move_member_leaves_all_sets_for_one_or_none);
	ATF_TP_ADD_TC(tp, members_and_sets_of_other_kinds_are_refused);
	ATF_TP_ADD_TC(tp, set_status_lists_the_members);
	ATF_TP_ADD_TC(tp, a_renamed_member_has_its_new_name);
	ATF_TP_ADD_TC(tp, a_sets_end_leaves_its_members);
	ATF_TP_ADD_TC(tp, a_members_end_leaves_the_set);
	ATF_TP_ADD_TC(
	    tp, a_port_that_comes_with_messages_wakes_the_sets_receiver);
	ATF_TP_ADD_TC(
	    tp, a_receiver_of_the_port_comes_before_those_of_its_sets);
	ATF_TP_ADD_TC(tp, a_port_that_leaves_is_not_received_from);
	ATF_TP_ADD_TC(tp, a_full_member_admits_when_the_set_is_received_from);
	ATF_TP_ADD_TC(tp, timers_are_members_too);
	ATF_TP_ADD_TC(tp, a_set_of_thousands_serves_each_once_a_turn);
	ATF_TP_ADD_TC(tp, who_begins_to_wait_while_a_message_comes_has_it);
	return (atf_no_error());
}
