/*
 * Tasks, ports and sets that end between two steps of a call: what had been
 * found is then gone, or dead, and the call says so.
 */
#include <stdlib.h>

#include <mach/mk_timer.h>
#include <mach/notify.h>
#include <mach/sync_policy.h>

#include "mach/core/notify.h"
#include "tests/mach/core_host.h"

/* The task ends; its threads, which hold it, are still there. */
static void
task_dies(void *arg)
{
	struct side *side = arg;

	ipc_task_destroy(side->task);
}

/*
 * A handler whose arguments were found when their task still lived.
 */
static kern_return_t
late(struct side *side, int number, const uint64_t *raw, unsigned int n)
{
	static uint64_t data[64];
	struct ipc_call *call = &side->call;
	unsigned int i;

	memset(call, 0, sizeof(*call));
	memset(data, 0, sizeof(data));
	call->thread = side->thread;
	call->trap = ipc_trap_find(number);
	ATF_REQUIRE(call->trap != NULL && call->trap->args[0] == 't');
	call->arg[0].v.task = side->task;
	for (i = 1; i < IPC_ARGS; i++) {
		if (strpbrk(call->trap->args, "rRP") == NULL) {
			call->arg[i].v.data = data;
			call->arg[i].size = sizeof(data);
		}
	}
	memcpy(call->raw + 1, raw, n * sizeof(*raw));
	return (call->trap->handler(call));
}
#define LATE(side, number, ...)                               \
	late(side, number, (const uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

CASE(calls_on_a_task_that_ended_meanwhile)
{
	mach_port_name_t name, set;
	struct side *side;

	core_begin();
	side = core_task();
	name = core_port(side, true);
	set = core_set(side);
	task_dies(side);
	IS(KERN_INVALID_TASK, LATE(side, 16, MACH_PORT_RIGHT_RECEIVE));
	IS(KERN_INVALID_TASK, LATE(side, 16, MACH_PORT_RIGHT_PORT_SET));
	IS(KERN_INVALID_TASK, LATE(side, 16, MACH_PORT_RIGHT_DEAD_NAME));
	IS(KERN_INVALID_TASK, LATE(side, 3203, MACH_PORT_RIGHT_RECEIVE, 0x503));
	IS(KERN_INVALID_TASK, LATE(side, 18, name));
	IS(KERN_INVALID_TASK, LATE(side, 19, name, 0, 1));
	IS(KERN_INVALID_TASK, LATE(side, 25, name, 0, 0));
	IS(KERN_INVALID_TASK, LATE(side, 3205, name));
	IS(KERN_INVALID_TASK, LATE(side, 3207, name, 0));
	IS(KERN_INVALID_TASK, LATE(side, 76, name));
	IS(KERN_INVALID_TASK, LATE(side, 3202, name, 0x503));
	IS(KERN_INVALID_TASK, LATE(side, 3202, name, name));
	IS(KERN_INVALID_TASK, LATE(side, 3200, 0));
	IS(KERN_INVALID_TASK, LATE(side, 3223, 0));
	IS(KERN_INVALID_TASK, LATE(side, 3235, 0));
	IS(KERN_INVALID_TASK, LATE(side, 3211, set));
	IS(KERN_INVALID_TASK, LATE(side, 22, name, set));
	IS(KERN_INVALID_TASK, LATE(side, 23, name, set));
	IS(KERN_INVALID_TASK, LATE(side, 20, name, set));
	IS(KERN_INVALID_TASK, LATE(side, 20, name, MACH_PORT_NULL));
	IS(KERN_INVALID_TASK,
	    LATE(side, 40, name, MACH_PORT_RECEIVE_STATUS, 0));
	IS(KERN_INVALID_TASK,
	    LATE(side, 77, name, MACH_NOTIFY_DEAD_NAME, 0, 0));
	IS(KERN_INVALID_TASK,
	    LATE(side, 77, name, MACH_NOTIFY_NO_SENDERS, 0, 0));
	IS(KERN_INVALID_TASK,
	    LATE(side, 77, name, MACH_NOTIFY_PORT_DESTROYED, 0, 0));
	IS(KERN_INVALID_TASK, LATE(side, 3215, name, MACH_MSG_TYPE_MAKE_SEND));
	IS(KERN_INVALID_TASK, LATE(side, 3225, name));
	IS(KERN_INVALID_TASK, LATE(side, 3224, name));
	IS(KERN_FAILURE, LATE(side, 3409, TASK_BOOTSTRAP_PORT));
	IS(KERN_FAILURE, LATE(side, 3410, TASK_BOOTSTRAP_PORT));
	IS(KERN_INVALID_ARGUMENT, LATE(side, 3403, 0, 0, 0));
	IS(KERN_INVALID_ARGUMENT, LATE(side, 3404, 0, 0, 0));
	IS(KERN_FAILURE, LATE(side, 3413, EXC_MASK_CRASH, 0, 0, 0));
	IS(KERN_FAILURE, LATE(side, 3414, EXC_MASK_CRASH));
	core_task_end(side);
	core_end();
}

/* insert_right has taken its right by then: it is given back. */
CASE(a_right_for_a_task_that_ended_meanwhile)
{
	struct side *side, *other;
	struct ipc_right right;
	mach_port_name_t port;

	core_begin();
	side = core_task();
	other = core_task();
	port = core_port(other, false);
	OK(ipc_right_take(
	    other->task->space, port, MACH_MSG_TYPE_MAKE_SEND, 0, &right));
	task_dies(side);
	IS(KERN_INVALID_TASK,
	    ipc_right_put_name(side->task->space, right, 0x503));
	ipc_right_release(right);
	IS(MACH_PORT_TYPE_RECEIVE, core_type(other, port));
	/* A right that died cannot be put under a name, nor can none. */
	right.port = IPC_PORT_DEAD;
	IS(KERN_INVALID_CAPABILITY,
	    ipc_right_put_name(other->task->space, right, 0x503));
	OK(ipc_right_take(
	    other->task->space, port, MACH_MSG_TYPE_MAKE_SEND, 0, &right));
	OK(TRAP(other, 3205, other->self, port));
	IS(KERN_INVALID_CAPABILITY,
	    ipc_right_put_name(other->task->space, right, 0x503));
	ipc_right_release(right);
	core_task_end(side);
	core_task_end(other);
	core_end();
}

/* Traps that a thread of a task that has ended still makes. */
CASE(traps_of_a_dead_task)
{
	mach_msg_header_t h = { 0 };
	mach_port_name_t name, timer;
	struct side *side;

	core_begin();
	side = core_task();
	name = core_port(side, true);
	timer = (mach_port_name_t)core_trap(side, 91, NULL, 0);
	task_dies(side);
	IS(MACH_PORT_NULL, core_trap(side, 26, NULL, 0));
	IS(MACH_PORT_NULL, core_trap(side, 27, NULL, 0));
	/* Its port has ended, which is no right to have a name. */
	IS((int32_t)MACH_PORT_DEAD, core_trap(side, 28, NULL, 0));
	IS(MACH_PORT_NULL, core_trap(side, 29, NULL, 0));
	IS(MACH_PORT_NULL, core_trap(side, 50, NULL, 0));
	IS(MACH_PORT_NULL, core_trap(side, 91, NULL, 0));
	IS(KERN_INVALID_TASK, TRAP(side, 93, timer, 1));
	IS(KERN_INVALID_TASK, TRAP(side, 33, name));
	IS(KERN_INVALID_TASK, TRAP(side, 36, name));
	IS(MACH_SEND_INVALID_DEST, TRAP(side, 16, side->self, 0, 0));
	IS(MACH_SEND_INVALID_DEST, TRAP(side, 3610, side->self, 1, 0));
	IS(MACH_SEND_INVALID_DEST, TRAP(side, 412, side->self, 0, 1, 0));
	IS(MACH_SEND_INVALID_DEST, TRAP(side, 1000, side->self, 0));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	h.msgh_remote_port = name;
	IS(MACH_SEND_INVALID_DEST,
	    TRAP(side, 31, (uintptr_t)&h, MACH_SEND_MSG, sizeof(h), 0, 0, 0));
	IS(MACH_RCV_INVALID_NAME,
	    TRAP(side, 31, (uintptr_t)&h, MACH_RCV_MSG, 0, sizeof(h), name, 0));
	core_task_end(side);
	core_end();
}

/*
 * While a call waits for memory
 */

static void
meanwhile(void (*fn)(void *), void *arg)
{
	core_meanwhile = fn;
	core_meanwhile_arg = arg;
}

struct many {
	struct side *side;
	mach_port_name_t port, set;
	int n;
};

/* The second thread's, for the first is in a call. */
static int32_t
second_allocate(struct side *side, uint32_t right, mach_port_name_t *name)
{
	const uint64_t args[] = { side->self, right, (uintptr_t)name };

	return (core_second(side, 16, args, 3));
}

static void
more_names(void *arg)
{
	struct many *many = arg;
	mach_port_name_t name;
	int i;

	for (i = 0; i < many->n; i++)
		OK(second_allocate(many->side, MACH_PORT_RIGHT_RECEIVE, &name));
}

static void
more_members(void *arg)
{
	struct many *many = arg;
	mach_port_name_t name;
	int i;

	for (i = 0; i < many->n; i++) {
		OK(second_allocate(many->side, MACH_PORT_RIGHT_RECEIVE, &name));
		OK(core_second(many->side, 22,
		    (const uint64_t[]){ many->side->self, name, many->set },
		    3));
	}
}

static void
set_ends(void *arg)
{
	struct many *many = arg;

	OK(core_second(many->side, 3205,
	    (const uint64_t[]){ many->side->self, many->set }, 2));
}

/* A list is as long as it was at some time during the call. */
CASE(lists_that_grow_meanwhile)
{
	struct side *side;
	struct many many = { 0 };
	uint64_t array[2];
	ipc_info_space_t info;
	uint32_t n[2];

	core_begin();
	side = core_task();
	many.side = side;
	many.set = core_set(side);
	many.n = 20;
	meanwhile(more_names, &many);
	OK(TRAP(side, 3200, side->self, (uintptr_t)&array[0], (uintptr_t)&n[0],
	    (uintptr_t)&array[1], (uintptr_t)&n[1]));
	IS(core_names(side), n[0]);
	IS(n[0], n[1]);
	IS(23, n[0]);
	meanwhile(more_names, &many);
	OK(TRAP(side, 3223, side->self, (uintptr_t)&info, (uintptr_t)&array[0],
	    (uintptr_t)&n[0], (uintptr_t)&array[1], (uintptr_t)&n[1]));
	IS(43, n[0]);
	meanwhile(more_members, &many);
	OK(TRAP(side, 3211, side->self, many.set, (uintptr_t)&array[0],
	    (uintptr_t)&n[0]));
	IS(20, n[0]);
	ATF_CHECK(core_unmap_all() > 0);
	core_task_end(side);
	core_end();
}

/* A call on another task, which allocates. */
static int32_t
call_that_waits(struct side *side, int number, mach_port_name_t task,
    mach_port_name_t port, mach_port_name_t set)
{
	ipc_info_space_t info;
	uint64_t array[2];
	uint32_t n[2];

	switch (number) {
	case 3200:
		return (TRAP(side, 3200, task, (uintptr_t)&array[0],
		    (uintptr_t)&n[0], (uintptr_t)&array[1], (uintptr_t)&n[1]));
	case 3223:
		return (TRAP(side, 3223, task, (uintptr_t)&info,
		    (uintptr_t)&array[0], (uintptr_t)&n[0],
		    (uintptr_t)&array[1], (uintptr_t)&n[1]));
	case 3211:
		return (TRAP(side, 3211, task, set, (uintptr_t)&array[0],
		    (uintptr_t)&n[0]));
	case 3203:
		return (TRAP(side, 3203, task, MACH_PORT_RIGHT_RECEIVE, 0x503));
	case 3418:
		return (TRAP(
		    side, 3418, task, (uintptr_t)&n[0], SYNC_POLICY_FIFO, 0));
	case 16:
		return (TRAP(side, 16, task, MACH_PORT_RIGHT_PORT_SET,
		    (uintptr_t)&n[0]));
	default:
		return (TRAP(side, number, task, port, set));
	}
}

/* And there is none of a task that ends. */
CASE(lists_of_a_task_that_ends)
{
	static const int numbers[] = { 3200, 3223, 3211, 22, 20, 16, 3418,
		3203 };
	struct side *side, *other;
	mach_port_name_t self, set, port;
	size_t i;

	core_begin();
	other = core_task();
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		side = core_task();
		self =
		    core_give(side, side->self, MACH_MSG_TYPE_COPY_SEND, other);
		set = core_set(side);
		port = core_port(side, false);
		meanwhile(task_dies, side);
		IS(KERN_INVALID_TASK,
		    call_that_waits(other, numbers[i], self, port, set));
		ATF_CHECK(core_meanwhile == NULL);
		core_task_end(side);
	}
	core_task_end(other);
	core_end();
}

CASE(a_set_that_ends_meanwhile)
{
	struct side *side;
	struct many many;

	core_begin();
	side = core_task();
	many.side = side;
	many.port = core_port(side, false);
	many.set = core_set(side);
	meanwhile(set_ends, &many);
	IS(KERN_INVALID_NAME, TRAP(side, 22, side->self, many.port, many.set));
	many.set = core_set(side);
	meanwhile(set_ends, &many);
	IS(KERN_INVALID_NAME, TRAP(side, 20, side->self, many.port, many.set));
	core_task_end(side);
	core_end();
}

static void
more_threads(void *arg)
{
	struct many *many = arg;
	int i;

	for (i = 0; i < many->n; i++)
		ATF_REQUIRE(ipc_thread_create(many->side->task) != NULL);
}

CASE(threads_that_begin_meanwhile)
{
	struct side *side, *other;
	struct many many = { 0 };
	struct ipc_thread *thread;
	mach_port_name_t self;
	uint64_t array;
	uint32_t n;

	core_begin();
	side = core_task();
	other = core_task();
	self = core_give(side, side->self, MACH_MSG_TYPE_COPY_SEND, other);
	many.side = side;
	many.n = 5;
	meanwhile(more_threads, &many);
	OK(TRAP(other, 3402, self, (uintptr_t)&array, (uintptr_t)&n));
	IS(7, n);
	ATF_CHECK(core_unmap(array));
	ipc_task_destroy(ipc_task_ref(side->task));
	while (side->task->threads != NULL) {
		thread = IPC_RING_ITEM(
		    side->task->threads->prev, struct ipc_thread, ring);
		if (thread == side->thread || thread == side->second)
			break;
		ipc_thread_destroy(thread);
	}
	ipc_task_unref(side->task);
	core_task_end(side);
	core_task_end(other);
	core_end();
}

/* The space grows for two at once. */
CASE(a_space_that_grows_meanwhile)
{
	struct side *side, *other;
	struct many many = { 0 };
	struct ipc_right right;
	mach_port_name_t port, name;
	uint32_t before;
	int i;

	core_begin();
	side = core_task();
	other = core_task();
	many.side = side;
	many.n = 1;
	/* Full chunks: the next name needs one, and so does the other's. */
	while (side->task->space->nfree != 0)
		(void)core_port(side, false);
	before = core_names(side);
	meanwhile(more_names, &many);
	(void)core_port(side, false);
	IS(before + 2, core_names(side));
	/* The directory, which a far name makes grow. */
	many.n = 600;
	meanwhile(more_names, &many);
	OK(TRAP(
	    side, 3203, side->self, MACH_PORT_RIGHT_RECEIVE, 1900 << 8 | 3));
	/* The table of send rights. */
	for (i = 0; i < 40; i++) {
		port = core_port(other, false);
		OK(ipc_right_take(other->task->space, port,
		    MACH_MSG_TYPE_MAKE_SEND, 0, &right));
		many.n = 1;
		meanwhile(more_names, &many);
		OK(ipc_right_put(side->task->space, right, &name));
		IS(MACH_PORT_TYPE_SEND, core_type(side, name));
		core_meanwhile = NULL;
	}
	core_task_end(side);
	core_task_end(other);
	core_end();
}

static void
port_ends(void *arg)
{
	struct many *many = arg;

	OK(core_second(many->side, 3205,
	    (const uint64_t[]){ many->side->self, many->port }, 2));
}

/* Requests for the end of a port, which ends before there is room for it. */
CASE(a_port_that_ends_meanwhile)
{
	mach_port_name_t dead, notify, previous;
	struct side *side, *other;
	struct many many;

	core_begin();
	side = core_task();
	other = core_task();
	many.side = other;
	many.port = core_port(other, false);
	dead = core_give(other, many.port, MACH_MSG_TYPE_MAKE_SEND, side);
	notify = core_port(side, false);
	meanwhile(port_ends, &many);
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 77, side->self, dead, MACH_NOTIFY_DEAD_NAME, 0, notify,
		MACH_MSG_TYPE_MAKE_SEND_ONCE, (uintptr_t)&previous));
	IS(MACH_PORT_TYPE_DEAD_NAME, core_type(side, dead));
	IS(MACH_NOTIFY_SEND_ONCE, core_receive(side, notify));
	core_task_end(side);
	core_task_end(other);
	core_end();
}

/* A timer's port ends before it fires, or while it does. */
CASE(a_timer_that_ends_meanwhile)
{
	mach_port_name_t timer;
	struct side *side;
	uint64_t armed;

	core_begin();
	side = core_task();
	timer = (mach_port_name_t)core_trap(side, 91, NULL, 0);
	OK(TRAP(side, 93, timer, plain_now + 50));
	/* Too early: it waits on. */
	core_alarm_fire();
	IS(-1, core_receive(side, timer));
	plain_now += 100;
	core_alarm_fire();
	IS(0, core_receive(side, timer));
	IS(-1, core_receive(side, timer));
	OK(TRAP(side, 93, timer, plain_now + 50));
	core_copies = 1;
	IS(KERN_FAILURE, TRAP(side, 94, timer, (uintptr_t)&armed));
	OK(TRAP(side, 92, timer));
	core_task_end(side);
	core_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, calls_on_a_task_that_ended_meanwhile);
	ATF_TP_ADD_TC(tp, a_right_for_a_task_that_ended_meanwhile);
	ATF_TP_ADD_TC(tp, traps_of_a_dead_task);
	ATF_TP_ADD_TC(tp, lists_that_grow_meanwhile);
	ATF_TP_ADD_TC(tp, lists_of_a_task_that_ends);
	ATF_TP_ADD_TC(tp, a_set_that_ends_meanwhile);
	ATF_TP_ADD_TC(tp, threads_that_begin_meanwhile);
	ATF_TP_ADD_TC(tp, a_space_that_grows_meanwhile);
	ATF_TP_ADD_TC(tp, a_port_that_ends_meanwhile);
	ATF_TP_ADD_TC(tp, a_timer_that_ends_meanwhile);
	return (atf_no_error());
}
