/*
 * Memory that is not there: every allocation of a call fails, one after the
 * other, and so does every copy to and from the task and every region.  The
 * call then says so, and has done nothing; what is left in the end is nothing.
 */
#include <stdlib.h>

#include <mach/mk_timer.h>
#include <mach/notify.h>
#include <mach/sync_policy.h>

#include "tests/mach/core_host.h"

#define MADE 8 /* names that a call may leave */

struct made {
	mach_port_name_t name[MADE];
	uint64_t array[2]; /* mapped */
};
/* A call: its result, and what it made. */
typedef int32_t body_fn(struct side *, struct made *);

/* What the task has, in a number. */
static uint64_t
digest(struct side *side)
{
	struct ipc_space *space = side->task->space;
	struct ipc_entry *entry;
	mach_port_name_t name;
	uint64_t sum = 0;
	uint32_t index = 0;

	ATF_REQUIRE(ipc_space_lock(space));
	while ((entry = ipc_entry_each(space, &index, &name)) != NULL)
		sum = (sum ^ name) * 1000003 + entry->type * 65537u +
		      entry->urefs;
	ipc_space_unlock(space);
	return (sum);
}

static void
unmake(struct side *side, struct made *made)
{
	int i;

	for (i = 0; i < MADE; i++) {
		if (made->name[i] != MACH_PORT_NULL)
			(void)TRAP(side, 3205, side->self, made->name[i]);
	}
	(void)core_unmap(made->array[0]);
	(void)core_unmap(made->array[1]);
}

/*
 * The call with the first of `count` failing, then the second, and so on,
 * until it ends without.  `errors` is what it may say; `atomic`: then the task
 * has what it had.  At least `least` things can fail.
 */
static void
each_fails(struct side *side, const char *what, int *count, body_fn *body,
    const int32_t *errors, bool atomic, int least)
{
	struct made made;
	uint64_t before;
	int32_t kr;
	int i, turn;

	for (turn = 1; turn < 100; turn++) {
		memset(&made, 0, sizeof(made));
		before = digest(side);
		core_failed = false;
		*count = turn;
		kr = body(side, &made);
		*count = 0;
		if (!core_failed)
			break;
		for (i = 0; errors[i] != 0 && errors[i] != kr; i++)
			;
		ATF_CHECK_MSG(errors[i] != 0, "%s: %#x when number %d fails",
		    what, kr, turn);
		if (atomic)
			ATF_CHECK_MSG(digest(side) == before,
			    "%s changed names when number %d failed", what,
			    turn);
		unmake(side, &made);
	}
	ATF_CHECK_MSG(kr == KERN_SUCCESS, "%s: %#x in the end", what, kr);
	ATF_CHECK_MSG(turn > least, "%s: only %d could fail", what, turn - 1);
	unmake(side, &made);
}

static mach_port_name_t a_port, a_set, a_dead;

#define SHORTAGE ((const int32_t[]){ KERN_RESOURCE_SHORTAGE, 0 })
#define ADDRESS ((const int32_t[]){ KERN_INVALID_ADDRESS, 0 })
#define NOBUFFER ((const int32_t[]){ MACH_SEND_NO_BUFFER, 0 })
#define MEMORY(side, body, errors, least) \
	each_fails(side, #body, &core_memory, body, errors, true, least)
#define COPIES(side, body, errors, least) \
	each_fails(side, #body, &core_copies, body, errors, true, least)
#define REGIONS(side, body, errors, least) \
	each_fails(side, #body, &core_regions, body, errors, true, least)

/*
 * Hosts, tasks, threads
 */

CASE(a_host_is_all_or_nothing)
{
	struct ipc_host *host = NULL;
	int turn;

	for (turn = 1; host == NULL && turn < 100; turn++) {
		core_memory = turn;
		host = ipc_host_create(NULL);
	}
	core_memory = 0;
	ATF_CHECK(turn > 7);
	core_host = host;
	core_end();
}

CASE(a_task_is_all_or_nothing)
{
	struct ipc_credentials root = { .pid = 7 };
	struct ipc_task *task = NULL, *first;
	struct ipc_thread *thread = NULL;
	int turn;

	core_begin();
	first = ipc_task_create(core_host, NULL, &root);
	for (turn = 1; task == NULL && turn < 100; turn++) {
		core_memory = turn;
		task = ipc_task_create(core_host, first, &root);
	}
	ATF_CHECK(turn > 8);
	for (turn = 1; thread == NULL && turn < 100; turn++) {
		core_memory = turn;
		thread = ipc_thread_create(task);
	}
	core_memory = 0;
	ATF_CHECK(turn > 3);
	ipc_task_destroy(first);
	/* A task that has ended gets no more threads. */
	(void)ipc_task_ref(task);
	ipc_task_destroy(task);
	ATF_CHECK(ipc_thread_create(task) == NULL);
	ipc_task_unref(task);
	ipc_thread_destroy(thread);
	core_end();
}

CASE(exec_has_new_ports_or_says_so)
{
	struct ipc_credentials c = { .pid = 8, .ruid = 3, .euid = 3 };
	struct side *side;
	mach_port_name_t self, bootstrap;

	core_begin();
	side = core_task();
	bootstrap = core_port(side, true);
	OK(TRAP(side, 3410, side->self, TASK_BOOTSTRAP_PORT, bootstrap));
	core_memory = 2;
	IS(KERN_RESOURCE_SHORTAGE, ipc_task_exec(side->task, &c));
	IS(0, core_names(side));
	OK(ipc_task_exec(side->task, &c));
	IS(8, side->task->audit.val[5]);
	IS(3, side->task->security.val[0]);
	/* No name is left but what it asks for anew. */
	self = (mach_port_name_t)core_trap(side, 28, NULL, 0);
	IS(MACH_PORT_TYPE_SEND, core_type(side, self));
	IS(1, core_names(side));
	/* The special port's receiver went with the space. */
	bootstrap = 1;
	OK(TRAP(side, 3409, self, TASK_BOOTSTRAP_PORT, (uintptr_t)&bootstrap));
	IS(MACH_PORT_DEAD, bootstrap);
	core_task_end(side);
	core_end();
}

/*
 * Names.  What grows a space once is asked for in a fresh one.
 */

static int32_t
allocate(struct side *side, struct made *made)
{
	return (TRAP(side, 16, side->self, MACH_PORT_RIGHT_RECEIVE,
	    (uintptr_t)&made->name[0]));
}

static int32_t
allocate_set(struct side *side, struct made *made)
{
	return (TRAP(side, 16, side->self, MACH_PORT_RIGHT_PORT_SET,
	    (uintptr_t)&made->name[0]));
}

/* Far off: a directory and a chunk more. */
static int32_t
allocate_name(struct side *side, struct made *made)
{
	int32_t kr;

	made->name[0] = 1900 << 8 | 3;
	kr = TRAP(
	    side, 3203, side->self, MACH_PORT_RIGHT_RECEIVE, made->name[0]);
	if (kr != KERN_SUCCESS)
		made->name[0] = 0;
	return (kr);
}

static int32_t
construct_service(struct side *side, struct made *made)
{
	struct mach_service_port_info info = { "org.example", 1 };
	mach_port_options_t o = { .flags =
				      MPO_SERVICE_PORT | MPO_INSERT_SEND_RIGHT,
		.service_port_info = &info };

	return (TRAP(
	    side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&made->name[0]));
}

static int32_t
rename_far(struct side *side, struct made *made)
{
	mach_port_name_t from = a_port;
	int32_t kr;

	kr = TRAP(side, 3202, side->self, from, 1900 << 8 | 7);
	made->name[0] = kr == KERN_SUCCESS ? 1900 << 8 | 7 : MACH_PORT_NULL;
	return (kr);
}

CASE(names)
{
	struct side *side;

	core_begin();
	side = core_task();
	MEMORY(side, allocate, SHORTAGE, 1);
	MEMORY(side, allocate_set, SHORTAGE, 1);
	MEMORY(side, allocate_name, SHORTAGE, 3);
	MEMORY(side, construct_service, SHORTAGE, 2);
	core_task_end(side);
	side = core_task();
	a_port = core_port(side, false);
	MEMORY(side, rename_far, SHORTAGE, 2);
	core_task_end(side);
	core_end();
}

/* A hundred send rights of other tasks' ports: the table of them grows. */
CASE(the_table_of_send_rights)
{
	struct side *side, *other;
	struct ipc_right right;
	mach_port_name_t port, name;
	int i, failed = 0;

	core_begin();
	side = core_task();
	other = core_task();
	for (i = 0; i < 600; i++) {
		port = core_port(other, false);
		OK(ipc_right_take(other->task->space, port,
		    MACH_MSG_TYPE_MAKE_SEND, 0, &right));
		core_memory = 1;
		core_failed = false;
		if (ipc_right_put(side->task->space, right, &name) ==
		    KERN_RESOURCE_SHORTAGE) {
			ATF_CHECK(core_failed);
			failed++;
			core_memory = 0;
			OK(ipc_right_put(side->task->space, right, &name));
		}
		core_memory = 0;
	}
	ATF_CHECK_MSG(failed > 3, "only %d", failed);
	/* All of them are found again. */
	IS(602, core_names(side));
	core_task_end(other);
	core_task_end(side);
	core_end();
}

static int32_t
insert_member(struct side *side, struct made *made)
{
	(void)made;
	(void)TRAP(side, 23, side->self, a_port, a_set);
	return (TRAP(side, 22, side->self, a_port, a_set));
}

static int32_t
move_member(struct side *side, struct made *made)
{
	(void)made;
	(void)TRAP(side, 23, side->self, a_port, a_set);
	return (TRAP(side, 20, side->self, a_port, a_set));
}

static int32_t
names_list(struct side *side, struct made *made)
{
	uint32_t n[2];

	return (TRAP(side, 3200, side->self, (uintptr_t)&made->array[0],
	    (uintptr_t)&n[0], (uintptr_t)&made->array[1], (uintptr_t)&n[1]));
}

static int32_t
space_info(struct side *side, struct made *made)
{
	ipc_info_space_t info;
	uint32_t n[2];

	return (TRAP(side, 3223, side->self, (uintptr_t)&info,
	    (uintptr_t)&made->array[0], (uintptr_t)&n[0],
	    (uintptr_t)&made->array[1], (uintptr_t)&n[1]));
}

static int32_t
set_status(struct side *side, struct made *made)
{
	uint32_t n;

	return (TRAP(side, 3211, side->self, a_set, (uintptr_t)&made->array[0],
	    (uintptr_t)&n));
}

static int32_t
threads_list(struct side *side, struct made *made)
{
	mach_port_name_t *names;
	uint32_t n, i;
	int32_t kr;

	kr = TRAP(
	    side, 3402, side->self, (uintptr_t)&made->array[0], (uintptr_t)&n);
	names = (mach_port_name_t *)(uintptr_t)made->array[0];
	for (i = 0; kr == KERN_SUCCESS && i < n; i++)
		made->name[i] = names[i];
	return (kr);
}

/* Ports that get lost with their array are lost: the names stay. */
CASE(lists)
{
	const int32_t out[] = { KERN_RESOURCE_SHORTAGE, KERN_NO_SPACE,
		KERN_INVALID_ADDRESS, 0 };
	struct side *side;

	core_begin();
	side = core_task();
	a_port = core_port(side, true);
	a_set = core_set(side);
	MEMORY(side, insert_member, SHORTAGE, 1);
	MEMORY(side, move_member, SHORTAGE, 1);
	OK(TRAP(side, 22, side->self, core_port(side, false), a_set));
	MEMORY(side, names_list, SHORTAGE, 2);
	MEMORY(side, space_info, SHORTAGE, 1);
	MEMORY(side, set_status, SHORTAGE, 1);
	MEMORY(side, threads_list, SHORTAGE, 2);
	REGIONS(side, names_list, out, 4);
	REGIONS(side, space_info, out, 2);
	REGIONS(side, set_status, out, 2);
	COPIES(side, names_list, ADDRESS, 4);
	COPIES(side, space_info, ADDRESS, 5);
	COPIES(side, set_status, ADDRESS, 2);
	core_task_end(side);
	core_end();
}

/*
 * Notifications, semaphores, timers
 */

static int32_t
request(struct side *side, struct made *made)
{
	return (TRAP(side, 77, side->self, a_dead, MACH_NOTIFY_DEAD_NAME, 0,
	    a_port, MACH_MSG_TYPE_MAKE_SEND_ONCE, (uintptr_t)&made->name[0]));
}

static int32_t
semaphore_create(struct side *side, struct made *made)
{
	return (TRAP(side, 3418, side->self, (uintptr_t)&made->name[0],
	    SYNC_POLICY_FIFO, 0));
}

static int32_t
timer_made(struct side *side, struct made *made)
{
	int32_t name = core_trap(side, 91, NULL, 0);

	made->name[0] = (mach_port_name_t)name;
	return (name == 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS);
}

static int32_t
special_reply_port(struct side *side, struct made *made)
{
	int32_t name = core_trap(side, 50, NULL, 0);

	made->name[0] = (mach_port_name_t)name;
	return (name == 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS);
}

CASE(objects)
{
	struct side *side, *other;

	core_begin();
	side = core_task();
	other = core_task();
	a_port = core_port(side, true);
	a_dead = core_give(
	    other, core_port(other, false), MACH_MSG_TYPE_MAKE_SEND, side);
	/* A send-once right that is not kept is used up: its port is told. */
	MEMORY(side, request, SHORTAGE, 1);
	IS(MACH_NOTIFY_SEND_ONCE, core_receive(side, a_port));
	MEMORY(side, semaphore_create, SHORTAGE, 2);
	COPIES(side, semaphore_create, ADDRESS, 1);
	MEMORY(side, timer_made, SHORTAGE, 3);
	MEMORY(side, special_reply_port, SHORTAGE, 1);
	core_task_end(other);
	core_task_end(side);
	core_end();
}

/*
 * Messages: the header is all or nothing, of a body what was taken is lost.
 */

struct full {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port[6];
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_ool_descriptor_t ool;
	mach_msg_max_trailer_t trailer;
};

static mach_port_name_t full_names[100];

static void
full_make(struct full *msg, mach_port_name_t to)
{
	int i;

	memset(msg, 0, sizeof(*msg));
	msg->header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	msg->header.msgh_remote_port = to;
	msg->body.msgh_descriptor_count = 8;
	for (i = 0; i < 6; i++) {
		msg->port[i].name = to;
		msg->port[i].disposition = MACH_MSG_TYPE_MAKE_SEND;
		msg->port[i].type = MACH_MSG_PORT_DESCRIPTOR;
	}
	for (i = 0; i < 100; i++)
		full_names[i] = to;
	msg->ports.address = full_names;
	msg->ports.count = 100;
	msg->ports.disposition = MACH_MSG_TYPE_MAKE_SEND;
	msg->ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	msg->ool.address = full_names;
	msg->ool.size = 16;
	msg->ool.type = MACH_MSG_OOL_DESCRIPTOR;
}

static int32_t
full_send(struct side *side, struct made *made)
{
	struct full msg;

	(void)made;
	full_make(&msg, a_port);
	return (
	    TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		offsetof(struct full, trailer), 0, 0, 0, 0));
}

/* Takes all that was sent apart; what comes is given back. */
static int32_t
full_receive(struct side *side)
{
	mach_port_name_t *names;
	struct full msg;
	int32_t mr;
	uint32_t i;

	memset(&msg, 0, sizeof(msg));
	mr = TRAP(side, 31, (uintptr_t)&msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(msg), a_port, 0, 0);
	if (mr != MACH_MSG_SUCCESS &&
	    (mr & ~(int32_t)MACH_MSG_MASK) != MACH_RCV_BODY_ERROR)
		return (mr);
	names = msg.ports.address;
	for (i = 0; names != NULL && i < msg.ports.count; i++)
		(void)TRAP(side, 18, side->self, names[i]);
	for (i = 0; i < 6; i++)
		(void)TRAP(side, 19, side->self, msg.port[i].name,
		    MACH_PORT_RIGHT_SEND, (uint64_t)-1);
	(void)core_unmap((uintptr_t)msg.ports.address);
	(void)core_unmap((uintptr_t)msg.ool.address);
	return (mr);
}

CASE(messages_that_are_sent)
{
	struct side *side;
	mach_port_status_t status;
	uint32_t n = sizeof(status) / sizeof(int);

	core_begin();
	side = core_task();
	a_port = core_port(side, false);
	MEMORY(side, full_send, NOBUFFER, 3);
	IS(MACH_MSG_SUCCESS, full_receive(side));
	each_fails(side, "regions", &core_regions, full_send,
	    (const int32_t[]){ MACH_SEND_INVALID_MEMORY, 0 }, true, 1);
	IS(MACH_MSG_SUCCESS, full_receive(side));
	each_fails(side, "copies", &core_copies, full_send,
	    (const int32_t[]){
		MACH_SEND_INVALID_DATA, MACH_SEND_INVALID_MEMORY, 0 },
	    true, 3);
	IS(MACH_MSG_SUCCESS, full_receive(side));
	/* Nothing of what failed is queued, and no right of it is left. */
	OK(TRAP(side, 40, side->self, a_port, MACH_PORT_RECEIVE_STATUS,
	    (uintptr_t)&status, (uintptr_t)&n));
	IS(0, status.mps_msgcount);
	IS(0, status.mps_srights);
	IS(0, status.mps_sorights);
	core_task_end(side);
	core_end();
}

CASE(messages_that_are_received)
{
	struct made made = { { 0 }, { 0 } };
	struct side *side;
	int32_t mr;
	int turn, failures[3] = { 0, 0, 0 }, *counts[3];
	int i;

	core_begin();
	side = core_task();
	a_port = core_port(side, false);
	counts[0] = &core_memory;
	counts[1] = &core_regions;
	counts[2] = &core_copies;
	for (i = 0; i < 3; i++) {
		for (turn = 1; turn < 200; turn++) {
			OK(full_send(side, &made));
			core_failed = false;
			*counts[i] = turn;
			mr = full_receive(side);
			*counts[i] = 0;
			if (!core_failed)
				break;
			failures[i]++;
			ATF_CHECK_MSG(mr == MACH_RCV_INVALID_DATA ||
					  (mr & ~(int32_t)MACH_MSG_MASK) ==
					      MACH_RCV_BODY_ERROR,
			    "%#x when number %d of %d fails", mr, turn, i);
		}
		IS(MACH_MSG_SUCCESS, mr);
		/* Else what failed took its rights along. */
		if (i < 2)
			IS(MACH_PORT_TYPE_RECEIVE, core_type(side, a_port));
	}
	ATF_CHECK(failures[1] == 3 && failures[2] > 0);
	/*
	 * A message that could not be written, in the end, has been received
	 * nevertheless, as in XNU: its rights and regions are the task's.
	 */
	IS(MACH_PORT_TYPE_SEND_RECEIVE, core_type(side, a_port));
	ATF_CHECK(core_unmap_all() > 0);
	core_task_end(side);
	core_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_host_is_all_or_nothing);
	ATF_TP_ADD_TC(tp, a_task_is_all_or_nothing);
	ATF_TP_ADD_TC(tp, exec_has_new_ports_or_says_so);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, the_table_of_send_rights);
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, objects);
	ATF_TP_ADD_TC(tp, messages_that_are_sent);
	ATF_TP_ADD_TC(tp, messages_that_are_received);
	return (atf_no_error());
}
