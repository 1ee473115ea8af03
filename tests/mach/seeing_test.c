/*
 * What is told of tasks and their names, against what was done.
 */
#include <isthmus/mach_seeing.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/mach/rig.h"

static void
release(const void *array, mach_msg_type_number_t n, size_t size)
{
	if (n != 0)
		OK(vm_deallocate(SELF, (vm_address_t)array, n * size));
}

static int
pid_of(mach_port_name_t task)
{
	int pid = -1;

	OK(pid_for_task(task, &pid));
	return (pid);
}

/* The row of a name; all zeros when there is none. */
static mach_seeing_name_t
row(int pid, mach_port_name_t name)
{
	mach_seeing_name_t found = { 0 }, *names;
	mach_port_name_t after = MACH_PORT_NULL;
	mach_msg_type_number_t i, n;

	do {
		n = 0;
		ATF_REQUIRE_EQ(
		    KERN_SUCCESS, mach_seeing_names(pid, after, &names, &n));
		for (i = 0; i < n; i++) {
			ATF_CHECK(
			    names[i].msn_name >> 8 > after >> 8 || after == 0);
			after = names[i].msn_name;
			if (after == name)
				found = names[i];
		}
		release(names, n, sizeof(names[0]));
	} while (n != 0);
	return (found);
}

static mach_seeing_task_t
task_row(int pid)
{
	mach_seeing_task_t found = { 0 }, *tasks;
	mach_msg_type_number_t i, n;
	uint64_t after = 0;

	do {
		n = 0;
		ATF_REQUIRE_EQ(
		    KERN_SUCCESS, mach_seeing_tasks(after, &tasks, &n));
		for (i = 0; i < n; i++) {
			ATF_CHECK(tasks[i].mst_id > after);
			after = tasks[i].mst_id;
			if (tasks[i].mst_pid == pid)
				found = tasks[i];
		}
		release(tasks, n, sizeof(tasks[0]));
	} while (n != 0);
	return (found);
}

static mach_seeing_trap_t
trap_row(int pid, int number)
{
	mach_seeing_trap_t found = { 0 }, *traps;
	mach_msg_type_number_t i, n = 0;

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_seeing_traps(pid, &traps, &n));
	for (i = 0; i < n; i++) {
		ATF_CHECK(traps[i].msp_calls > 0);
		if (traps[i].msp_number == number)
			found = traps[i];
	}
	release(traps, n, sizeof(traps[0]));
	return (found);
}

CASE(a_port_is_what_was_done_to_it)
{
	mach_port_name_t port = rig_port_send(), other = rig_port();
	mach_port_limits_t limits = { 7 };
	mach_seeing_name_t n;
	struct rig_msg m;

	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 2));
	OK(mach_port_set_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	(void)rig_send_once(port);
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 2));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 3));
	IS(0, rig_receive(port, &m));

	n = row(0, port);
	IS(port, n.msn_name);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, n.msn_type);
	IS(3, n.msn_urefs);
	IS(pid_of(SELF), n.msn_peer_pid);
	IS(port, n.msn_peer_name);
	IS(2, n.msn_queued);
	IS(2 * sizeof(mach_msg_header_t), n.msn_queued_bytes);
	IS(7, n.msn_limit);
	IS(1, n.msn_seqno);
	IS(2, n.msn_mscount);
	/* Of the name, and of two messages. */
	IS(rig_srights(port), n.msn_srights);
	IS(1, n.msn_sorights);
	IS(0, n.msn_members);
	IS(0, n.msn_flags);
	IS(0, n.msn_kotype);
	ATF_CHECK(n.msn_object != 0);
	ATF_CHECK(row(0, other).msn_object != n.msn_object);
	IS(n.msn_object, row(pid_of(SELF), port).msn_object);
}

CASE(rights_of_one_port_have_its_object)
{
	mach_port_name_t port = rig_port(), once = rig_send_once(port);
	mach_seeing_name_t n = row(0, once);

	IS(MACH_PORT_TYPE_SEND_ONCE, n.msn_type);
	IS(1, n.msn_urefs);
	IS(row(0, port).msn_object, n.msn_object);
	IS(port, n.msn_peer_name);
	IS(1, n.msn_sorights);
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	n = row(0, once);
	IS(MACH_PORT_TYPE_DEAD_NAME, n.msn_type);
	IS(0, n.msn_object);
	IS(0, n.msn_peer_pid);
	n = row(0, rig_dead_name(5));
	IS(MACH_PORT_TYPE_DEAD_NAME, n.msn_type);
	IS(5, n.msn_urefs);
}

CASE(sets_and_members_are_told)
{
	mach_port_name_t a = rig_port(), b = rig_port(), set = rig_set(),
			 second = rig_set();
	mach_port_name_array_t members = NULL;
	mach_msg_type_number_t n = 0;

	OK(mach_port_insert_member(SELF, a, set));
	OK(mach_port_insert_member(SELF, b, set));
	OK(mach_port_insert_member(SELF, b, second));
	IS(MACH_PORT_TYPE_PORT_SET, row(0, set).msn_type);
	IS(2, row(0, set).msn_members);
	IS(1, row(0, second).msn_members);
	IS(1, row(0, a).msn_members);
	IS(2, row(0, b).msn_members);
	ATF_CHECK(row(0, set).msn_object != row(0, second).msn_object);
	OK(mach_seeing_members(0, set, &members, &n));
	ATF_REQUIRE(n == 2);
	IS(a ^ b, members[0] ^ members[1]);
	ATF_CHECK(members[0] == a || members[0] == b);
	release(members, n, sizeof(members[0]));
	IS(KERN_INVALID_RIGHT, mach_seeing_members(0, a, &members, &n));
	IS(KERN_INVALID_NAME, mach_seeing_members(0, 0x7fffff03, &members, &n));
}

CASE(armed_notifications_are_told)
{
	mach_port_name_t port = rig_port_send(), notify = rig_port(), p;
	mach_seeing_name_t n;

	IS(0, row(0, port).msn_flags);
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &p));
	IS(MACH_SEEING_NO_SENDERS, row(0, port).msn_flags);
	OK(mach_port_request_notification(SELF, port,
	    MACH_NOTIFY_PORT_DESTROYED, 0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &p));
	IS(MACH_SEEING_NO_SENDERS | MACH_SEEING_PORT_DESTROYED,
	    row(0, port).msn_flags);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, row(0, port).msn_type);
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &p));
	IS(MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST,
	    row(0, port).msn_type);
	IS(3, row(0, notify).msn_sorights);
	/* The last send right goes: one of them is spent. */
	OK(mach_port_deallocate(SELF, port));
	n = row(0, port);
	IS(MACH_SEEING_PORT_DESTROYED, n.msn_flags);
	IS(1, row(0, notify).msn_queued);
}

CASE(guards_and_kinds_of_ports_are_told)
{
	mach_port_options_t options = { .flags = MPO_REPLY_PORT };
	mach_port_name_t port = rig_port(), reply;

	OK(mach_port_guard(SELF, port, 0x1234, FALSE));
	IS(MACH_SEEING_GUARDED, row(0, port).msn_flags);
	OK(mach_port_unguard(SELF, port, 0x1234));
	OK(mach_port_guard_with_flags(
	    SELF, port, 0x1234, MPG_STRICT | MPG_IMMOVABLE_RECEIVE));
	IS(MACH_SEEING_GUARDED | MACH_SEEING_STRICT | MACH_SEEING_IMMOVABLE,
	    row(0, port).msn_flags);
	OK(mach_port_construct(SELF, &options, 0, &reply));
	IS(MACH_SEEING_REPLY, row(0, reply).msn_flags & MACH_SEEING_REPLY);
}

CASE(kernel_objects_are_told)
{
	mach_port_name_t task = SELF, thread = mach_thread_self(),
			 host = mach_host_self(), timer = mk_timer_create();
	mach_seeing_name_t n = row(0, task);

	IS(MACH_SEEING_KERNEL, n.msn_flags & MACH_SEEING_KERNEL);
	IS(2, n.msn_kotype);
	IS(pid_of(SELF), n.msn_peer_pid);
	IS(0, n.msn_peer_name);
	n = row(0, thread);
	IS(1, n.msn_kotype);
	IS(pid_of(SELF), n.msn_peer_pid);
	n = row(0, host);
	IS(geteuid() == 0 ? 4 : 3, n.msn_kotype); /* root's is host_priv */
	IS(0, n.msn_peer_pid);
	IS(MACH_SEEING_KERNEL, n.msn_flags & MACH_SEEING_KERNEL);
	/* Who is not root learns nothing of what all of the host share. */
	IS(geteuid() == 0 ? 0 : MACH_SEEING_HIDDEN,
	    n.msn_flags & MACH_SEEING_HIDDEN);
	if (geteuid() != 0)
		IS(0, n.msn_srights);
	n = row(0, timer);
	IS(8, n.msn_kotype);
	IS(timer, n.msn_peer_name);
	OK(mk_timer_destroy(timer));
	OK(mach_port_deallocate(SELF, thread));
	OK(mach_port_deallocate(SELF, host));
}

/*
 * Other tasks
 */

struct peer {
	int pid;
	mach_port_name_t port, names[3];
	int failed;
};

static void
peer_begin(void *arg)
{
	struct peer *peer = arg;

	peer->failed = pid_for_task(mach_task_self(), &peer->pid) != 0;
}

static void
peer_receive(void *arg)
{
	struct peer *peer = arg;
	struct rig_msg m;

	memset(&m, 0, sizeof(m));
	peer->failed = rig_receive_in(peer->port, &m, 5000) != 0;
	peer->names[0] = m.port[0].name;
}

CASE(both_ends_of_a_port_are_told)
{
	struct rig_task *task = rig_task_create();
	mach_port_name_t port = rig_port(), there;
	mach_seeing_name_t mine, its;
	struct peer peer = { 0 };
	mach_seeing_task_t t;

	rig_run(task, peer_begin, &peer, sizeof(peer));
	IS(0, peer.failed);
	ATF_REQUIRE(peer.pid > 0 && peer.pid != pid_of(SELF));
	there = rig_give(task, port, MACH_MSG_TYPE_MAKE_SEND);
	mine = row(0, port);
	its = row(peer.pid, there);
	IS(there, its.msn_name);
	IS(MACH_PORT_TYPE_SEND, its.msn_type);
	IS(1, its.msn_urefs);
	IS(mine.msn_object, its.msn_object);
	IS(pid_of(SELF), its.msn_peer_pid);
	IS(port, its.msn_peer_name);
	IS(1, its.msn_srights);
	t = task_row(peer.pid);
	IS(peer.pid, t.mst_pid);
	IS(geteuid(), t.mst_euid);
	ATF_CHECK(t.mst_id > task_row(pid_of(SELF)).mst_id);
	ATF_CHECK(t.mst_names >= 3);
	rig_task_destroy(task);
	/* What was there is gone. */
	IS(0, task_row(peer.pid).mst_id);
	IS(KERN_INVALID_ARGUMENT,
	    mach_seeing_names(peer.pid, 0, &(mach_seeing_name_t *){ NULL },
		&(mach_msg_type_number_t){ 0 }));
}

CASE(a_receive_right_is_followed_on_its_way)
{
	struct rig_task *task = rig_task_create();
	mach_port_name_t port = rig_port_send(), inbox = rig_port();
	struct peer peer = { 0 };
	mach_seeing_name_t n;
	uint64_t object = row(0, port).msn_object;

	rig_run(task, peer_begin, &peer, sizeof(peer));
	peer.port = rig_give(task, inbox, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(0, rig_type(inbox));
	/* Back to where it was sent from, by way of a message. */
	IS(0, rig_send_right(rig_task_ports(task)->give, port,
		  MACH_MSG_TYPE_MOVE_RECEIVE));
	n = row(0, port);
	IS(MACH_PORT_TYPE_SEND, n.msn_type);
	IS(object, n.msn_object);
	IS(MACH_SEEING_IN_MESSAGE, n.msn_flags & MACH_SEEING_IN_MESSAGE);
	IS(0, n.msn_peer_pid);
	IS(0, n.msn_peer_name);
	if (geteuid() != 0)
		IS(MACH_SEEING_HIDDEN, n.msn_flags & MACH_SEEING_HIDDEN);
	peer.port = rig_task_ports(task)->inbox;
	rig_run(task, peer_receive, &peer, sizeof(peer));
	IS(0, peer.failed);
	n = row(0, port);
	IS(0, n.msn_flags);
	IS(peer.pid, n.msn_peer_pid);
	IS(peer.names[0], n.msn_peer_name);
	IS(object, row(peer.pid, peer.names[0]).msn_object);
	IS(MACH_PORT_TYPE_RECEIVE, row(peer.pid, peer.names[0]).msn_type);
	rig_task_destroy(task);
}

static void
wait_for_message(void *arg)
{
	struct rig_msg m;

	(void)rig_receive_in(*(mach_port_name_t *)arg, &m, 20000);
}

CASE(who_waits_is_told)
{
	mach_port_name_t port = rig_port_send();
	struct rig_thread *thread;
	uint32_t parked = task_row(pid_of(SELF)).mst_parked;

	thread = rig_start(NULL, wait_for_message, &port, sizeof(port));
	rig_settle();
	IS(MACH_SEEING_RECEIVING, row(0, port).msn_flags);
	IS(parked + 1, task_row(pid_of(SELF)).mst_parked);
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 1));
	rig_join(thread);
	IS(0, row(0, port).msn_flags);
}

CASE(many_names_are_told_once_each)
{
	enum { PORTS = 5000 };
	uint32_t names = rig_names(), seen = 0;
	mach_port_name_t *ports, after = MACH_PORT_NULL;
	mach_seeing_name_t *rows;
	mach_msg_type_number_t n, i;

	ports = calloc(PORTS, sizeof(*ports));
	ATF_REQUIRE(ports != NULL);
	for (i = 0; i < PORTS; i++)
		OK(mach_port_allocate(
		    SELF, MACH_PORT_RIGHT_RECEIVE, &ports[i]));
	IS(names + PORTS, task_row(pid_of(SELF)).mst_names);
	for (;;) {
		n = 0;
		ATF_REQUIRE_EQ(
		    KERN_SUCCESS, mach_seeing_names(0, after, &rows, &n));
		if (n == 0)
			break;
		seen += n;
		after = rows[n - 1].msn_name;
		release(rows, n, sizeof(rows[0]));
	}
	IS(names + PORTS, seen);
	for (i = 0; i < PORTS; i++)
		OK(mach_port_mod_refs(
		    SELF, ports[i], MACH_PORT_RIGHT_RECEIVE, -1));
	free(ports);
}

/*
 * Counters
 */

CASE(traps_are_counted)
{
	mach_port_name_t port = rig_port_send();
	mach_seeing_totals_t a, b;
	mach_seeing_trap_t before, after;
	mach_seeing_task_t s, t;
	struct rig_msg m;
	int i;

	before = trap_row(0, 19);
	for (i = 0; i < 10; i++)
		OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1));
	for (i = 0; i < 3; i++)
		IS(KERN_INVALID_NAME, mach_port_mod_refs(SELF, 0x7fffff03,
					  MACH_PORT_RIGHT_SEND, 1));
	after = trap_row(pid_of(SELF), 19);
	IS(before.msp_calls + 13, after.msp_calls);
	IS(before.msp_errors + 3, after.msp_errors);
	after = trap_row(MACH_SEEING_ALL, 19);
	ATF_CHECK(after.msp_calls >= before.msp_calls + 13);
	/* A trap that no host does. */
	before = trap_row(0, 48);
	(void)macx_swapon(0, 0, 0, 0);
	IS(before.msp_errors + 1, trap_row(0, 48).msp_errors);

	OK(mach_seeing_totals(&a));
	s = task_row(pid_of(SELF));
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 1));
	t = task_row(pid_of(SELF));
	IS(s.mst_sent + 1, t.mst_sent);
	/* All that it takes. */
	ATF_CHECK(t.mst_queued_bytes >
		  s.mst_queued_bytes + sizeof(mach_msg_header_t));
	IS(0, rig_receive(port, &m));
	IS(MACH_RCV_TIMED_OUT, rig_receive(port, &m));
	(void)rig_port();
	t = task_row(pid_of(SELF));
	IS(s.mst_received + 1, t.mst_received);
	IS(s.mst_queued_bytes, t.mst_queued_bytes);
	IS(s.mst_copied + 2 * sizeof(mach_msg_header_t), t.mst_copied);
	ATF_CHECK(t.mst_errors > s.mst_errors);
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	OK(mach_seeing_totals(&b));
	ATF_CHECK(b.mso_sent >= a.mso_sent + 1);
	ATF_CHECK(b.mso_received >= a.mso_received + 1);
	ATF_CHECK(b.mso_ports_made >= a.mso_ports_made + 1);
	ATF_CHECK(b.mso_ports_ended >= a.mso_ports_ended + 1);
	ATF_CHECK(b.mso_calls > a.mso_calls);
	ATF_CHECK(b.mso_tasks >= 1);
}

static void
make_traps(void *arg)
{
	struct peer *peer = arg;
	mach_port_name_t port;
	int i;

	for (i = 0; i < 100; i++) {
		if (mach_port_allocate(mach_task_self(),
			MACH_PORT_RIGHT_RECEIVE, &port) != 0 ||
		    mach_port_mod_refs(mach_task_self(), port,
			MACH_PORT_RIGHT_RECEIVE, -1) != 0)
			peer->failed = 1;
	}
}

/* Alone on its host, or others count, too: at least so many. */
CASE(what_is_no_more_was_counted)
{
	uint64_t calls = trap_row(MACH_SEEING_ALL, 16).msp_calls;
	uint64_t mine = trap_row(0, 16).msp_calls;
	mach_seeing_totals_t a, b;
	struct peer peer = { 0 };
	struct rig_thread *thread;
	struct rig_task *task;

	OK(mach_seeing_totals(&a));
	thread = rig_start(NULL, make_traps, &peer, sizeof(peer));
	rig_join(thread);
	IS(mine + 100, trap_row(0, 16).msp_calls);
	task = rig_task_create();
	rig_run(task, make_traps, &peer, sizeof(peer));
	rig_task_destroy(task);
	IS(0, peer.failed);
	ATF_CHECK(trap_row(MACH_SEEING_ALL, 16).msp_calls >= calls + 200);
	OK(mach_seeing_totals(&b));
	ATF_CHECK(b.mso_ports_made >= a.mso_ports_made + 200);
	ATF_CHECK(b.mso_ports_ended >= a.mso_ports_ended + 200);
	ATF_CHECK(b.mso_calls >= a.mso_calls + 400);
}

CASE(who_is_not_there_is_told_so)
{
	mach_msg_type_number_t n = 0;
	mach_seeing_name_t *names;
	mach_seeing_trap_t *traps;
	mach_port_name_array_t members;

	IS(KERN_INVALID_ARGUMENT,
	    mach_seeing_names(0x7ffffff0, MACH_PORT_NULL, &names, &n));
	IS(KERN_INVALID_ARGUMENT, mach_seeing_traps(0x7ffffff0, &traps, &n));
	IS(KERN_INVALID_ARGUMENT,
	    mach_seeing_members(0x7ffffff0, rig_set(), &members, &n));
	IS(KERN_INVALID_ADDRESS, mach_seeing_totals(NULL));
	OK(mach_seeing_names(0, UINT32_MAX, &names, &n));
	IS(0, n);
	ATF_CHECK_STREQ("mach_port_allocate_trap", mach_seeing_trap_name(16));
	ATF_CHECK_STREQ("mach_msg_trap", mach_seeing_trap_name(31));
	ATF_CHECK(mach_seeing_trap_name(17) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_port_is_what_was_done_to_it);
	ATF_TP_ADD_TC(tp, rights_of_one_port_have_its_object);
	ATF_TP_ADD_TC(tp, sets_and_members_are_told);
	ATF_TP_ADD_TC(tp, armed_notifications_are_told);
	ATF_TP_ADD_TC(tp, guards_and_kinds_of_ports_are_told);
	ATF_TP_ADD_TC(tp, kernel_objects_are_told);
	ATF_TP_ADD_TC(tp, both_ends_of_a_port_are_told);
	ATF_TP_ADD_TC(tp, a_receive_right_is_followed_on_its_way);
	ATF_TP_ADD_TC(tp, who_waits_is_told);
	ATF_TP_ADD_TC(tp, many_names_are_told_once_each);
	ATF_TP_ADD_TC(tp, traps_are_counted);
	ATF_TP_ADD_TC(tp, what_is_no_more_was_counted);
	ATF_TP_ADD_TC(tp, who_is_not_there_is_told_so);
	return (atf_no_error());
}
