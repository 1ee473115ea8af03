/*
 * Tasks and threads, as far as ports are concerned: what a task is born with,
 * its special, registered and exception ports, its end.  XNU
 * osfmk/kern/ipc_tt.c.
 */
#include <string.h>
#include <unistd.h>

#include <mach/thread_act.h>

#include "tests/mach/rig.h"

#define SEND MACH_PORT_RIGHT_SEND

static mach_port_t
special(mach_port_t task, int which)
{
	mach_port_t port = 0x77;

	OK(task_get_special_port(task, which, &port));
	return (port);
}

static uint32_t
kotype(mach_port_name_t name)
{
	unsigned int type = 99, object;

	OK(mach_port_kernel_object(SELF, name, &type, &object));
	return (type);
}

CASE(self_is_the_same_name_every_time)
{
	mach_port_t a, b;

	a = task_self_trap();
	b = task_self_trap();
	IS(a, b);
	IS(SELF, a);
	a = mach_thread_self();
	b = mach_thread_self();
	IS(a, b);
	IS(2, rig_refs(a, SEND));
	ATF_CHECK(a != SELF);
}

CASE(a_special_port_is_a_copy)
{
	mach_port_name_t port = rig_port_send();

	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, port));
	/* What is set is a right more, the callers stays. */
	IS(1, rig_refs(port, SEND));
	IS(2, rig_srights(port));
	IS(port, special(SELF, TASK_BOOTSTRAP_PORT));
	IS(2, rig_refs(port, SEND));
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL));
	IS(1, rig_srights(port));
	IS(MACH_PORT_NULL, special(SELF, TASK_BOOTSTRAP_PORT));
}

CASE(a_special_port_that_died_is_told_as_dead)
{
	mach_port_name_t port = rig_port_send();

	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, port));
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	IS(MACH_PORT_DEAD, special(SELF, TASK_BOOTSTRAP_PORT));
}

CASE(the_access_port_is_set_once)
{
	mach_port_name_t port = rig_port_send();

	OK(task_set_special_port(SELF, TASK_ACCESS_PORT, port));
	IS(KERN_NO_ACCESS,
	    task_set_special_port(SELF, TASK_ACCESS_PORT, rig_port_send()));
	IS(port, special(SELF, TASK_ACCESS_PORT));
	OK(task_set_special_port(SELF, TASK_DEBUG_CONTROL_PORT, port));
	IS(port, special(SELF, TASK_DEBUG_CONTROL_PORT));
}

CASE(the_kernels_special_ports_are_not_set)
{
	mach_port_name_t port = rig_port_send();
	const int which[] = { TASK_KERNEL_PORT, TASK_HOST_PORT, TASK_NAME_PORT,
		TASK_INSPECT_PORT, TASK_READ_PORT };
	mach_port_t none;
	size_t i;

	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		IS(KERN_NO_ACCESS, task_set_special_port(SELF, which[i], port));
	IS(KERN_INVALID_ARGUMENT, task_set_special_port(SELF, 77, port));
	IS(KERN_INVALID_ARGUMENT, task_get_special_port(SELF, 77, &none));
	IS(KERN_INVALID_ARGUMENT, task_get_special_port(SELF, 0, &none));
	IS(1, rig_srights(port));
	IS(SELF, special(SELF, TASK_KERNEL_PORT));
}

/* osfmk/kern/ipc_kobject.h: IKOT_*. */
CASE(kernel_objects_are_told_by_their_types)
{
	natural_t type = 0;
	mach_vm_address_t address = 1;
	semaphore_t s;

	IS(2, kotype(SELF));
	IS(1, kotype(mach_thread_self()));
	IS(20, kotype(special(SELF, TASK_NAME_PORT)));
	IS(44, kotype(special(SELF, TASK_INSPECT_PORT)));
	IS(45, kotype(special(SELF, TASK_READ_PORT)));
	IS(3, kotype(special(SELF, TASK_HOST_PORT)));
	IS(8, kotype(mk_timer_create()));
	OK(semaphore_create(SELF, &s, SYNC_POLICY_FIFO, 0));
	IS(23, kotype(s));
	IS(0, kotype(rig_port()));
	OK(mach_port_kobject(SELF, SELF, &type, &address));
	IS(2, type);
	IS(KERN_INVALID_NAME, mach_port_kobject(SELF, 0x7703, &type, &address));
	IS(KERN_INVALID_RIGHT,
	    mach_port_kobject(SELF, rig_set(), &type, &address));
}

CASE(only_the_control_port_controls)
{
	mach_port_t name = special(SELF, TASK_NAME_PORT), port;
	int pid = 0;

	ATF_CHECK(mach_port_allocate(name, MACH_PORT_RIGHT_RECEIVE, &port) !=
		  KERN_SUCCESS);
	ATF_CHECK(mach_port_allocate(rig_port_send(), MACH_PORT_RIGHT_RECEIVE,
		      &port) != KERN_SUCCESS);
	ATF_CHECK(mach_port_allocate(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE,
		      &port) != KERN_SUCCESS);
	/* Which process it is any of them tells. */
	OK(pid_for_task(name, &pid));
	IS(getpid(), pid);
}

CASE(registered_ports_are_kept_and_looked_up)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	mach_port_t ports[3] = { a, MACH_PORT_NULL, b };
	mach_port_array_t out = NULL;
	mach_msg_type_number_t n = 0;

	OK(mach_ports_register(SELF, ports, 3));
	IS(2, rig_srights(a));
	OK(mach_ports_lookup(SELF, &out, &n));
	IS(3, n);
	IS(a, out[0]);
	IS(MACH_PORT_NULL, out[1]);
	IS(b, out[2]);
	IS(2, rig_refs(a, SEND));
	IS(KERN_INVALID_ARGUMENT, mach_ports_register(SELF, ports, 4));
	OK(mach_ports_register(SELF, ports, 1));
	IS(1, rig_srights(b));
	OK(mach_ports_register(SELF, NULL, 0));
	IS(1, rig_srights(a));
}

/* The routines below these two: mach_ports_register3, mach_ports_lookup3. */
CASE(a_right_that_is_none_registers_nothing)
{
	mach_port_name_t a = rig_port_send(), out[3] = { 1, 1, 1 };
	uint64_t in[4] = { SELF, a, a, 0x7fffff03 };
	uint64_t lookup[4] = { SELF, (uintptr_t)&out[0], (uintptr_t)&out[1],
		(uintptr_t)&out[2] };

	OK(mach_ports_register(SELF, NULL, 0));
	ATF_CHECK((kern_return_t)rig_trap(3403, in, 4) != KERN_SUCCESS);
	IS(1, rig_srights(a));
	in[3] = MACH_PORT_NULL;
	OK((kern_return_t)rig_trap(3403, in, 4));
	IS(3, rig_srights(a));
	OK((kern_return_t)rig_trap(3404, lookup, 4));
	IS(a, out[1]);
	IS(MACH_PORT_NULL, out[2]);
	IS(3, rig_refs(a, SEND));
	OK(mach_ports_register(SELF, NULL, 0));
	IS(1, rig_srights(a));
}

/*
 * A child
 */

struct born {
	uint32_t names;
	mach_port_t bootstrap, registered[3], handler;
	int error;
};

static void
look_around(void *p)
{
	exception_mask_t masks[EXC_TYPES_COUNT];
	mach_port_t handlers[EXC_TYPES_COUNT];
	exception_behavior_t behaviors[EXC_TYPES_COUNT];
	thread_state_flavor_t flavors[EXC_TYPES_COUNT];
	mach_msg_type_number_t n = EXC_TYPES_COUNT, nports = 0;
	mach_port_array_t ports;
	struct born *b = p;

	b->names = rig_names();
	b->error |=
	    task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &b->bootstrap);
	b->error |= mach_ports_lookup(SELF, &ports, &nports);
	memcpy(b->registered, ports, sizeof(b->registered));
	b->error |= task_get_exception_ports(
	    SELF, EXC_MASK_BAD_ACCESS, masks, &n, handlers, behaviors, flavors);
	b->handler = handlers[0];
}

CASE(a_child_has_its_special_ports_and_nothing_else)
{
	mach_port_name_t boot = rig_port_send(), reg = rig_port_send();
	mach_port_name_t exc = rig_port_send();
	mach_port_t ports[3] = { reg, MACH_PORT_NULL, reg };
	struct born born = { 0 };
	struct rig_task *child;
	int i;

	for (i = 0; i < 100; i++)
		(void)rig_port_send();
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, boot));
	OK(mach_ports_register(SELF, ports, 3));
	OK(task_set_exception_ports(
	    SELF, EXC_MASK_BAD_ACCESS, exc, EXCEPTION_DEFAULT, 0));
	child = rig_task_create();
	rig_run(child, look_around, &born, sizeof(born));
	OK(born.error);
	/* Its task and the rig's two: no right of its parents. */
	ATF_CHECK_MSG(born.names <= 5, "%u names", born.names);
	IS(boot, rig_take(child, born.bootstrap, MACH_MSG_TYPE_COPY_SEND));
	IS(reg, rig_take(child, born.registered[0], MACH_MSG_TYPE_COPY_SEND));
	IS(MACH_PORT_NULL, born.registered[1]);
	IS(born.registered[0], born.registered[2]);
	IS(exc, rig_take(child, born.handler, MACH_MSG_TYPE_COPY_SEND));
	rig_task_destroy(child);
	/* And all of it is given back. */
	IS(2, rig_srights(boot));
	IS(3, rig_srights(reg));
	IS(2, rig_srights(exc));
}

struct control {
	mach_port_t task;
};

static void
tell_task(void *p)
{
	((struct control *)p)->task = SELF;
}

CASE(a_task_is_controlled_by_its_port)
{
	struct rig_task *peer = rig_task_create();
	struct control c = { 0 };
	mach_port_name_t task, name = 0, here = rig_port(), member;
	mach_msg_type_name_t type;
	mach_port_status_t status;
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_t out;

	rig_run(peer, tell_task, &c, sizeof(c));
	task = rig_take(peer, c.task, MACH_MSG_TYPE_COPY_SEND);
	ATF_CHECK(task != SELF);
	OK(mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &name));
	OK(mach_port_get_attributes(task, name, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&status, &n));
	IS(5, status.mps_qlimit);
	/* Rights go in and come out: poly names are the caller's. */
	OK(mach_port_insert_right(
	    task, 0x123407, here, MACH_MSG_TYPE_MAKE_SEND));
	IS(1, rig_srights(here));
	OK(mach_port_extract_right(
	    task, 0x123407, MACH_MSG_TYPE_MOVE_SEND, &out, &type));
	IS(here, out);
	OK(mach_port_allocate(task, MACH_PORT_RIGHT_PORT_SET, &member));
	OK(mach_port_insert_member(task, name, member));
	OK(mach_port_destroy(task, name));
	OK(mach_port_deallocate(task, member));
	rig_task_destroy(peer);
	/* It ended: its port is dead, and does nothing. */
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(task));
	ATF_CHECK(mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &name) !=
		  KERN_SUCCESS);
	ATF_CHECK(task_get_special_port(task, TASK_BOOTSTRAP_PORT, &out) !=
		  KERN_SUCCESS);
}

CASE(a_tasks_end_is_told_by_its_port)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t notify = rig_port(), task;
	struct control c = { 0 };
	mach_port_t previous;

	rig_run(peer, tell_task, &c, sizeof(c));
	task = rig_take(peer, c.task, MACH_MSG_TYPE_COPY_SEND);
	OK(mach_port_request_notification(SELF, task, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	ATF_CHECK(rig_is_silent(notify));
	rig_task_destroy(peer);
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_DEAD_NAME, task));
}

CASE(a_tasks_end_destroys_what_it_had)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port_send(), queued = rig_port_send();
	mach_port_name_t there;

	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	ATF_CHECK(MACH_PORT_VALID(there));
	/* With a right in a message that it never received. */
	IS(0, rig_send_right(port, queued, MACH_MSG_TYPE_COPY_SEND));
	IS(2, rig_srights(queued));
	rig_task_destroy(peer);
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(port));
	IS(1, rig_srights(queued));
}

/*
 * Threads
 */

static void
nothing(void *p)
{
	struct rig_msg msg;

	(void)rig_receive_in(*(mach_port_name_t *)p, &msg, 10000);
}

CASE(threads_are_listed)
{
	mach_port_name_t port = rig_port(), me = mach_thread_self(), other;
	mach_msg_type_number_t n = 0, i;
	struct rig_thread *t;
	thread_act_array_t list = NULL;
	bool found = false;

	OK(task_threads(SELF, &list, &n));
	IS(1, n);
	IS(me, list[0]);
	t = rig_start(NULL, nothing, &port, sizeof(port));
	other = rig_thread_port(t);
	OK(task_threads(SELF, &list, &n));
	IS(2, n);
	for (i = 0; i < n; i++)
		found = found || list[i] == other;
	ATF_CHECK(found);
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	rig_join(t);
	/* Its port died with it. */
	ATF_CHECK(rig_becomes(other, MACH_PORT_TYPE_DEAD_NAME));
	OK(task_threads(SELF, &list, &n));
	IS(1, n);
}

CASE(a_thread_knows_its_port)
{
	mach_port_t port = MACH_PORT_NULL;

	OK(thread_get_special_port(
	    mach_thread_self(), THREAD_KERNEL_PORT, &port));
	IS(mach_thread_self(), port);
	IS(KERN_INVALID_ARGUMENT,
	    thread_get_special_port(mach_thread_self(), 77, &port));
	ATF_CHECK(thread_get_special_port(SELF, THREAD_KERNEL_PORT, &port) !=
		  KERN_SUCCESS);
}

/*
 * Exception ports
 */

struct handlers {
	exception_mask_t masks[EXC_TYPES_COUNT];
	mach_msg_type_number_t n;
	mach_port_t ports[EXC_TYPES_COUNT];
	exception_behavior_t behaviors[EXC_TYPES_COUNT];
	thread_state_flavor_t flavors[EXC_TYPES_COUNT];
};

CASE(exception_ports_are_grouped_by_handler)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	struct handlers h = { .n = EXC_TYPES_COUNT };
	exception_mask_t told = 0;
	mach_msg_type_number_t i;

	OK(task_set_exception_ports(SELF,
	    EXC_MASK_BAD_ACCESS | EXC_MASK_ARITHMETIC, a, EXCEPTION_DEFAULT,
	    7));
	OK(task_set_exception_ports(SELF, EXC_MASK_BREAKPOINT, b,
	    EXCEPTION_STATE | (int)MACH_EXCEPTION_CODES, 7));
	IS(3, rig_srights(a));
	OK(task_get_exception_ports(SELF,
	    EXC_MASK_BAD_ACCESS | EXC_MASK_ARITHMETIC | EXC_MASK_BREAKPOINT,
	    h.masks, &h.n, h.ports, h.behaviors, h.flavors));
	IS(2, h.n);
	for (i = 0; i < h.n; i++) {
		told |= h.masks[i];
		IS(7, h.flavors[i]);
		if (h.ports[i] == a) {
			IS(EXC_MASK_BAD_ACCESS | EXC_MASK_ARITHMETIC,
			    h.masks[i]);
			IS(EXCEPTION_DEFAULT, h.behaviors[i]);
		} else {
			IS(b, h.ports[i]);
			IS(EXCEPTION_STATE | (int)MACH_EXCEPTION_CODES,
			    h.behaviors[i]);
		}
	}
	IS(EXC_MASK_BAD_ACCESS | EXC_MASK_ARITHMETIC | EXC_MASK_BREAKPOINT,
	    told);
	OK(task_set_exception_ports(
	    SELF, EXC_MASK_ALL, MACH_PORT_NULL, EXCEPTION_DEFAULT, 0));
	IS(1, rig_srights(b));
}

CASE(exception_ports_are_swapped)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	struct handlers h = { .n = EXC_TYPES_COUNT };

	OK(task_set_exception_ports(
	    SELF, EXC_MASK_SOFTWARE, a, EXCEPTION_DEFAULT, 1));
	OK(task_swap_exception_ports(SELF, EXC_MASK_SOFTWARE, b,
	    EXCEPTION_DEFAULT, 2, h.masks, &h.n, h.ports, h.behaviors,
	    h.flavors));
	IS(1, h.n);
	IS(a, h.ports[0]);
	IS(2, rig_refs(a, SEND));
	IS(1, rig_srights(a));
	IS(2, rig_srights(b));
	h.n = EXC_TYPES_COUNT;
	OK(thread_set_exception_ports(
	    mach_thread_self(), EXC_MASK_SOFTWARE, a, EXCEPTION_DEFAULT, 3));
	OK(thread_get_exception_ports(mach_thread_self(), EXC_MASK_SOFTWARE,
	    h.masks, &h.n, h.ports, h.behaviors, h.flavors));
	IS(a, h.ports[0]);
	OK(thread_swap_exception_ports(mach_thread_self(), EXC_MASK_SOFTWARE,
	    MACH_PORT_NULL, EXCEPTION_DEFAULT, 0, h.masks, &h.n, h.ports,
	    h.behaviors, h.flavors));
	IS(a, h.ports[0]);
	IS(3, h.flavors[0]);
}

CASE(bad_masks_and_behaviors_are_invalid_argument)
{
	mach_port_name_t a = rig_port_send();
	struct handlers h = { .n = EXC_TYPES_COUNT };

	IS(KERN_INVALID_ARGUMENT, task_set_exception_ports(SELF, 0x80000000, a,
				      EXCEPTION_DEFAULT, 0));
	IS(KERN_INVALID_ARGUMENT,
	    task_set_exception_ports(SELF, EXC_MASK_SOFTWARE, a, 77, 0));
	IS(KERN_INVALID_ARGUMENT,
	    task_get_exception_ports(SELF, 0x80000000, h.masks, &h.n, h.ports,
		h.behaviors, h.flavors));
	IS(1, rig_srights(a));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, self_is_the_same_name_every_time);
	ATF_TP_ADD_TC(tp, a_special_port_is_a_copy);
	ATF_TP_ADD_TC(tp, a_special_port_that_died_is_told_as_dead);
	ATF_TP_ADD_TC(tp, the_access_port_is_set_once);
	ATF_TP_ADD_TC(tp, the_kernels_special_ports_are_not_set);
	ATF_TP_ADD_TC(tp, kernel_objects_are_told_by_their_types);
	ATF_TP_ADD_TC(tp, only_the_control_port_controls);
	ATF_TP_ADD_TC(tp, registered_ports_are_kept_and_looked_up);
	ATF_TP_ADD_TC(tp, a_right_that_is_none_registers_nothing);
	ATF_TP_ADD_TC(tp, a_child_has_its_special_ports_and_nothing_else);
	ATF_TP_ADD_TC(tp, a_task_is_controlled_by_its_port);
	ATF_TP_ADD_TC(tp, a_tasks_end_is_told_by_its_port);
	ATF_TP_ADD_TC(tp, a_tasks_end_destroys_what_it_had);
	ATF_TP_ADD_TC(tp, threads_are_listed);
	ATF_TP_ADD_TC(tp, a_thread_knows_its_port);
	ATF_TP_ADD_TC(tp, exception_ports_are_grouped_by_handler);
	ATF_TP_ADD_TC(tp, exception_ports_are_swapped);
	ATF_TP_ADD_TC(tp, bad_masks_and_behaviors_are_invalid_argument);
	return (atf_no_error());
}
