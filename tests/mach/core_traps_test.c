/*
 * What traps say to arguments that no stub of the library would give them:
 * a bad address in each place that has one, and values that mean nothing.
 */
#include <stdlib.h>

#include <mach/clock_types.h>
#include <mach/exception_types.h>
#include <mach/host_special_ports.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/sync_policy.h>
#include <mach/task_special_ports.h>

#include "mach/core/handlers.h"
#include "tests/mach/core_host.h"

#define BAD 0 /* no address */

CASE(the_table)
{
	uint64_t args[IPC_ARGS + 4] = { 0 };
	const struct ipc_trap *trap;
	struct side *side;
	size_t i;

	core_begin();
	side = core_task();
	for (i = 0; (trap = ipc_trap_at(i)) != NULL; i++) {
		ATF_CHECK(ipc_trap_find(trap->number) == trap);
		ATF_CHECK(trap->name[0] != '\0' && strlen(trap->args) < 24);
		if (trap->handler == NULL)
			IS(KERN_NOT_SUPPORTED,
			    core_trap(side, trap->number, args, 4));
	}
	ATF_CHECK_MSG(i > 150, "only %zu rows", i);
	IS(KERN_INVALID_ARGUMENT, core_trap(side, 127, args, 0));
	IS(KERN_INVALID_ARGUMENT, core_trap(side, -1, args, 0));
	/* More arguments than there can be: the first ones count. */
	args[0] = side->self;
	args[1] = core_port(side, true);
	OK(core_trap(side, 18, args, IPC_ARGS + 4));
	IS(MACH_PORT_TYPE_RECEIVE, core_type(side, (mach_port_name_t)args[1]));
	core_task_end(side);
	core_end();
}

CASE(words_in_and_out)
{
	uint32_t n = 1000, words[70] = { 0 };
	mach_port_name_t port;
	struct side *side;

	core_begin();
	side = core_task();
	port = core_port(side, false);
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 40, side->self, port, MACH_PORT_LIMITS_INFO,
		(uintptr_t)words, BAD));
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 40, side->self, port, MACH_PORT_LIMITS_INFO, BAD,
		(uintptr_t)&n));
	/* More room than there is anything for. */
	OK(TRAP(side, 40, side->self, port, MACH_PORT_LIMITS_INFO,
	    (uintptr_t)words, (uintptr_t)&n));
	IS(1, n);
	IS(MACH_PORT_QLIMIT_DEFAULT, words[0]);
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 3218, side->self, port, MACH_PORT_LIMITS_INFO,
		(uintptr_t)words, 65));
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 3218, side->self, port, MACH_PORT_LIMITS_INFO, BAD, 1));
	IS(KERN_FAILURE,
	    TRAP(side, 3218, side->self, port, MACH_PORT_LIMITS_INFO, BAD, 0));
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 24, side->self, BAD, 0, (uintptr_t)&n));
	IS(KERN_INVALID_ADDRESS, TRAP(side, 76, side->self, port, BAD));
	IS(KERN_INVALID_ADDRESS, TRAP(side, 3228, side->self, port, BAD));
	IS(KERN_INVALID_ADDRESS, TRAP(side, 3235, side->self, BAD));
	IS(KERN_INVALID_ADDRESS, TRAP(side, 3220, side->self, 1, 0, BAD, BAD));
	/* A right whose name cannot be told is nobody's. */
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 3215, side->self, port, MACH_MSG_TYPE_MAKE_SEND, BAD,
		(uintptr_t)&n));
	IS(MACH_PORT_TYPE_RECEIVE, core_type(side, port));
	core_task_end(side);
	core_end();
}

CASE(allocation_with_a_quality)
{
	mach_port_qos_t qos = { 0 };
	mach_port_name_t name = MACH_PORT_DEAD;
	struct side *side;

	core_begin();
	side = core_task();
	qos.name = 1;
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 3219, side->self, MACH_PORT_RIGHT_RECEIVE,
		(uintptr_t)&qos, (uintptr_t)&name));
	IS(KERN_INVALID_VALUE,
	    TRAP(side, 3220, side->self, MACH_PORT_RIGHT_RECEIVE, 0,
		(uintptr_t)&qos, (uintptr_t)&name));
	name = 0x1503;
	OK(TRAP(side, 3220, side->self, MACH_PORT_RIGHT_RECEIVE, 0,
	    (uintptr_t)&qos, (uintptr_t)&name));
	IS(MACH_PORT_TYPE_RECEIVE, core_type(side, 0x1503));
	IS(KERN_INVALID_VALUE,
	    TRAP(side, 3220, side->self, MACH_PORT_RIGHT_RECEIVE, side->self,
		(uintptr_t)&qos, (uintptr_t)&name));
	/* Memory set aside: of receive rights only, and so much. */
	qos.name = 0;
	qos.prealloc = 1;
	qos.len = UINT32_MAX;
	IS(KERN_RESOURCE_SHORTAGE,
	    TRAP(side, 3219, side->self, MACH_PORT_RIGHT_RECEIVE,
		(uintptr_t)&qos, (uintptr_t)&name));
	qos.len = 100;
	IS(KERN_INVALID_VALUE,
	    TRAP(side, 3219, side->self, MACH_PORT_RIGHT_PORT_SET,
		(uintptr_t)&qos, (uintptr_t)&name));
	OK(TRAP(side, 3219, side->self, MACH_PORT_RIGHT_RECEIVE,
	    (uintptr_t)&qos, (uintptr_t)&name));
	IS(MACH_PORT_TYPE_RECEIVE, core_type(side, name));
	core_task_end(side);
	core_end();
}

static int32_t
construct(struct side *side, uint32_t flags, mach_port_name_t *name)
{
	mach_port_options_t o = { .flags = flags };

	*name = MACH_PORT_NULL;
	return (TRAP(side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)name));
}

/* The words of an attribute: how many came, and the first. */
static int32_t
attribute(struct side *side, mach_port_name_t name, int flavor, uint32_t room,
    uint32_t *words)
{
	uint32_t n = room;
	int32_t kr;

	kr = TRAP(side, 40, side->self, name, (uint32_t)flavor,
	    (uintptr_t)(words + 1), (uintptr_t)&n);
	words[0] = n;
	return (kr);
}

CASE(attributes_of_services)
{
	struct mach_service_port_info info = { "org.example", 1 };
	mach_port_options_t o = { .flags = MPO_SERVICE_PORT,
		.service_port_info = &info };
	mach_port_name_t port, service;
	uint32_t words[65] = { 0 }, one = 1;
	struct side *side;

	core_begin();
	side = core_task();
	port = core_port(side, false);
	core_copies = 2;
	IS(KERN_MEMORY_ERROR,
	    TRAP(side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&service));
	OK(TRAP(side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&service));
	IS(KERN_INVALID_CAPABILITY,
	    attribute(side, port, MACH_PORT_SERVICE_THROTTLED, 1, words));
	IS(KERN_INVALID_NAME,
	    attribute(side, 0x7703, MACH_PORT_SERVICE_THROTTLED, 1, words));
	IS(KERN_FAILURE,
	    attribute(side, service, MACH_PORT_SERVICE_THROTTLED, 0, words));
	OK(TRAP(side, 3218, side->self, service, MACH_PORT_SERVICE_THROTTLED,
	    (uintptr_t)&one, 1));
	OK(attribute(side, service, MACH_PORT_SERVICE_THROTTLED, 1, words));
	IS(1, words[1]);
	one = 0;
	OK(TRAP(side, 3218, side->self, service, MACH_PORT_SERVICE_THROTTLED,
	    (uintptr_t)&one, 1));
	OK(attribute(side, service, MACH_PORT_SERVICE_THROTTLED, 1, words));
	IS(0, words[1]);
	/* What is a connection's, and what is not. */
	IS(KERN_INVALID_CAPABILITY,
	    TRAP(side, 3240, side->self, port, service, (uintptr_t)words));
	IS(KERN_INVALID_CAPABILITY,
	    TRAP(side, 3240, side->self, service, port, (uintptr_t)words));
	core_task_end(side);
	core_end();
}

CASE(attributes)
{
	mach_port_name_t port, name;
	uint32_t words[65] = { 0 };
	mach_port_status_t status;
	struct side *side;

	core_begin();
	side = core_task();
	port = core_port(side, false);
	/* No name has no limits and no requests. */
	OK(attribute(side, MACH_PORT_NULL, MACH_PORT_LIMITS_INFO, 4, words));
	IS(0, words[0]);
	OK(attribute(
	    side, MACH_PORT_DEAD, MACH_PORT_DNREQUESTS_SIZE, 4, words));
	IS(1, words[0]);
	IS(0, words[1]);
	IS(KERN_INVALID_RIGHT, attribute(side, MACH_PORT_NULL,
				   MACH_PORT_RECEIVE_STATUS, 64, words));
	IS(KERN_INVALID_ARGUMENT,
	    attribute(side, port, MACH_PORT_GUARD_INFO, 64, words));
	/* assert_attributes knows guards alone. */
	IS(KERN_FAILURE,
	    TRAP(side, 3242, side->self, port, MACH_PORT_GUARD_INFO, BAD, 0));
	IS(KERN_INVALID_NAME, TRAP(side, 3242, side->self, 0x7703,
				  MACH_PORT_GUARD_INFO, (uintptr_t)words, 2));
	/* What importance there is, is accepted. */
	OK(construct(side, MPO_IMPORTANCE_RECEIVER, &name));
	OK(attribute(side, name, MACH_PORT_RECEIVE_STATUS, 64, words));
	memcpy(&status, words + 1, sizeof(status));
	ATF_CHECK(status.mps_flags & MACH_PORT_STATUS_FLAG_IMP_DONATION);
	IS(KERN_DENIED, construct(side, MPO_TG_BLOCK_TRACKING, &name));
	IS(KERN_INVALID_ARGUMENT, construct(side, 0x40000000, &name));
	/* A special reply port gives nothing on. */
	name = (mach_port_name_t)core_trap(side, 50, NULL, 0);
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 3218, side->self, name, MACH_PORT_TEMPOWNER, BAD, 0));
	core_task_end(side);
	core_end();
}

/*
 * Rights
 */

CASE(rights_that_are_none)
{
	mach_port_name_t port, dead, semaphore, name;
	struct side *side, *other;
	uint32_t i;

	core_begin();
	side = core_task();
	other = core_task();
	port = core_port(side, true);
	IS(KERN_INVALID_VALUE, TRAP(side, 21, side->self, MACH_PORT_NULL, port,
				   MACH_MSG_TYPE_MAKE_SEND));
	IS(KERN_INVALID_VALUE,
	    TRAP(side, 21, side->self, 0x1503, MACH_PORT_NULL, 77));
	IS(KERN_INVALID_CAPABILITY,
	    TRAP(side, 21, side->self, 0x1503, MACH_PORT_NULL,
		MACH_MSG_TYPE_MOVE_SEND));
	IS(KERN_INVALID_VALUE, TRAP(side, 3215, side->self, port, 77,
				   (uintptr_t)&name, (uintptr_t)&i));
	IS(KERN_INVALID_RIGHT,
	    TRAP(side, 3215, side->self, MACH_PORT_DEAD,
		MACH_MSG_TYPE_MOVE_SEND, (uintptr_t)&name, (uintptr_t)&i));
	/* What is told is told by a send-once right. */
	IS(KERN_INVALID_CAPABILITY,
	    TRAP(side, 77, side->self, port, MACH_NOTIFY_NO_SENDERS, 0, port,
		MACH_MSG_TYPE_MAKE_SEND, (uintptr_t)&name));
	IS(KERN_INVALID_CAPABILITY,
	    TRAP(side, 77, side->self, port, MACH_NOTIFY_NO_SENDERS, 0,
		MACH_PORT_DEAD, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		(uintptr_t)&name));
	/* A dead name's reply, by whatever disposition, and references. */
	dead = core_give(
	    other, core_port(other, false), MACH_MSG_TYPE_MAKE_SEND, side);
	OK(TRAP(side, 3418, side->self, (uintptr_t)&semaphore, SYNC_POLICY_FIFO,
	    INT32_MAX));
	/* As many as can be counted, and no more. */
	OK(TRAP(side, 33, semaphore));
	OK(TRAP(side, 36, semaphore));
	IS(KERN_INVALID_CAPABILITY, TRAP(side, 33, port));
	core_task_end(other);
	IS(KERN_INVALID_NAME, TRAP(side, 33, dead));
	IS(MACH_PORT_TYPE_DEAD_NAME, core_type(side, dead));
	core_task_end(side);
	core_end();
}

/* A connection's send-once right stays where it was made, but for its use. */
CASE(immovable_rights)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
	} msg;
	struct mach_service_port_info info = { "org.example", 1 };
	mach_port_options_t o = { .flags = MPO_SERVICE_PORT,
		.service_port_info = &info };
	mach_port_name_t service, connection, once, port;
	struct ipc_right right;
	struct side *side;

	core_begin();
	side = core_task();
	port = core_port(side, true);
	OK(TRAP(side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&service));
	memset(&o, 0, sizeof(o));
	o.flags = MPO_CONNECTION_PORT | MPO_INSERT_SEND_RIGHT;
	o.service_port_name = service;
	OK(TRAP(
	    side, 24, side->self, (uintptr_t)&o, 0, (uintptr_t)&connection));
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.header.msgh_remote_port = port;
	msg.body.msgh_descriptor_count = 1;
	msg.port.type = MACH_MSG_PORT_DESCRIPTOR;
	msg.port.name = connection;
	msg.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	IS(MACH_SEND_INVALID_RIGHT,
	    TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG, sizeof(msg), 0, 0, 0,
		0));
	if (ipc_right_take(side->task->space, connection,
		MACH_MSG_TYPE_MAKE_SEND_ONCE, 0, &right) == KERN_SUCCESS) {
		OK(ipc_right_put(side->task->space, right, &once));
		msg.port.name = once;
		msg.port.disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
		IS(MACH_SEND_INVALID_RIGHT,
		    TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG, sizeof(msg),
			0, 0, 0, 0));
		OK(core_send(side, once, MACH_MSG_TYPE_MOVE_SEND_ONCE));
		IS(77, core_receive(side, connection));
	}
	OK(core_send(side, connection, MACH_MSG_TYPE_COPY_SEND));
	IS(77, core_receive(side, connection));
	core_task_end(side);
	core_end();
}

/* Who wants to hear when a queue has room: any of them may change his mind. */
CASE(requests_in_the_middle)
{
	mach_port_name_t port, notify[3], name[3], previous;
	struct side *side, *other[3];
	int i, j, gone;

	core_begin();
	side = core_task();
	for (gone = 0; gone < 3; gone++) {
		port = core_port(side, true);
		for (i = 0; i < 3; i++) {
			other[i] = core_task();
			name[i] = core_give(
			    side, port, MACH_MSG_TYPE_COPY_SEND, other[i]);
			notify[i] = core_port(other[i], false);
		}
		for (i = 0; i < (int)MACH_PORT_QLIMIT_DEFAULT; i++)
			OK(core_send(side, port, MACH_MSG_TYPE_COPY_SEND));
		for (i = 0; i < 3; i++)
			OK(TRAP(other[i], 77, other[i]->self, name[i],
			    MACH_NOTIFY_SEND_POSSIBLE, 1, notify[i],
			    MACH_MSG_TYPE_MAKE_SEND_ONCE,
			    (uintptr_t)&previous));
		OK(TRAP(other[gone], 77, other[gone]->self, name[gone],
		    MACH_NOTIFY_SEND_POSSIBLE, 1, MACH_PORT_NULL,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, (uintptr_t)&previous));
		ATF_CHECK(previous != MACH_PORT_NULL);
		IS(77, core_receive(side, port));
		for (j = 0; j < 3; j++)
			IS(j == gone ? -1 : MACH_NOTIFY_SEND_POSSIBLE,
			    core_receive(other[j], notify[j]));
		for (i = 0; i < 3; i++)
			core_task_end(other[i]);
	}
	core_task_end(side);
	core_end();
}

/*
 * Tasks, hosts, clocks
 */

/* Each of five arrays at a bad address: no name is left of what was got. */
CASE(exception_ports)
{
	uint32_t masks[32], n;
	mach_port_name_t ports[32], port[3];
	int32_t behaviors[32], flavors[32];
	uint64_t args[7];
	struct side *side;
	uint32_t before;
	int i;

	core_begin();
	side = core_task();
	for (i = 0; i < 3; i++) {
		port[i] = core_port(side, true);
		OK(TRAP(side, 3413, side->self, 1u << (i + 1), port[i],
		    EXCEPTION_DEFAULT, 0));
	}
	before = core_names(side);
	for (i = 0; i < 6; i++) {
		args[0] = side->self;
		args[1] = 0xe;
		args[2] = (uintptr_t)masks;
		args[3] = (uintptr_t)&n;
		args[4] = (uintptr_t)ports;
		args[5] = (uintptr_t)behaviors;
		args[6] = (uintptr_t)flavors;
		n = 32;
		if (i < 5)
			args[2 + i] = BAD;
		IS(i < 5 ? KERN_INVALID_ADDRESS : KERN_SUCCESS,
		    core_trap(side, 3414, args, 7));
		IS(before, core_names(side));
	}
	IS(3, n);
	/* As many as there is room for. */
	n = 2;
	OK(core_trap(side, 3414, args, 7));
	IS(2, n);
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 3414, side->self, 0x80000000, BAD, BAD, BAD, BAD, BAD));
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 3413, side->self, 0x80000000, MACH_PORT_NULL, 0, 0));
	IS(KERN_INVALID_ARGUMENT, TRAP(side, 3415, side->self, 0x80000000,
				      MACH_PORT_NULL, 0, 0, 0, 0, 0, 0, 0));
	/* Registered are three, or what was there stays. */
	OK(TRAP(side, 3403, side->self, port[0], port[1], MACH_PORT_NULL));
	IS(KERN_INVALID_NAME,
	    TRAP(side, 3403, side->self, port[2], 0x7703, port[2]));
	OK(TRAP(side, 3404, side->self, (uintptr_t)&ports[0],
	    (uintptr_t)&ports[1], (uintptr_t)&ports[2]));
	IS(port[0], ports[0]);
	IS(port[1], ports[1]);
	IS(MACH_PORT_NULL, ports[2]);
	IS(KERN_INVALID_ADDRESS,
	    TRAP(side, 3404, side->self, (uintptr_t)&ports[0], BAD,
		(uintptr_t)&ports[2]));
	core_task_end(side);
	core_end();
}

/* A list of ports for a space that is full: none of them is left there. */
CASE(ports_for_a_full_space)
{
	struct side *side, *other;
	uint64_t array = 0;
	uint32_t n = 0, words[4];
	mach_port_name_t name;

	core_begin();
	side = core_task();
	other = core_task();
	name = core_give(
	    other, core_port(other, false), MACH_MSG_TYPE_MAKE_SEND, side);
	OK(TRAP(side, 3413, side->self, 2, name, EXCEPTION_DEFAULT, 0));
	OK(TRAP(side, 3205, side->self, name));
	do
		name = (mach_port_name_t)core_trap(side, 26, NULL, 0);
	while (name != MACH_PORT_NULL);
	IS(2000, core_names(side));
	/* A handler that gets no name is told of, without one. */
	n = 1;
	name = MACH_PORT_DEAD;
	OK(TRAP(side, 3414, side->self, 2, (uintptr_t)words, (uintptr_t)&n,
	    (uintptr_t)&name, (uintptr_t)words, (uintptr_t)words));
	IS(1, n);
	IS(MACH_PORT_NULL, name);
	IS(KERN_NO_SPACE,
	    TRAP(side, 3402, side->self, (uintptr_t)&array, (uintptr_t)&n));
	OK(TRAP(side, 3205, side->self, side->host));
	/* Room for one of two. */
	IS(KERN_NO_SPACE,
	    TRAP(side, 3402, side->self, (uintptr_t)&array, (uintptr_t)&n));
	IS(1999, core_names(side));
	core_task_end(other);
	core_task_end(side);
	core_end();
}

CASE(hosts_and_clocks)
{
	mach_port_name_t name, clock;
	uint32_t type;
	uint64_t address;
	char words[512];
	struct side *side;

	core_begin();
	side = core_task();
	OK(TRAP(side, 412, side->host, 0, HOST_PORT, (uintptr_t)&name));
	IS(MACH_PORT_TYPE_SEND, core_type(side, name));
	/* A port that may only be asked does nothing, and vice versa. */
	OK(TRAP(side, 3409, side->self, TASK_READ_PORT, (uintptr_t)&name));
	IS(MIG_BAD_ID, TRAP(side, 16, name, 1, (uintptr_t)&clock));
	OK(TRAP(side, 46, name, (uintptr_t)&type));
	IS(7, type);
	name = (mach_port_name_t)core_trap(side, 27, NULL, 0);
	IS(MIG_BAD_ID, TRAP(side, 46, name, (uintptr_t)&type));
	IS(MIG_BAD_ID, TRAP(side, 206, name, SYSTEM_CLOCK, (uintptr_t)&clock));
	OK(TRAP(side, 412, side->host, 0, HOST_PORT, (uintptr_t)&name));
	/* Not by the port that anyone has. */
	IS(MIG_BAD_ID,
	    TRAP(side, 412, name, 0, HOST_PRIV_PORT, (uintptr_t)&clock));
	OK(TRAP(side, 412, side->host, 0, HOST_PRIV_PORT, (uintptr_t)&name));
	IS(side->host, name);
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 412, side->host, 0, 0, (uintptr_t)&name));
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 206, side->host, 7, (uintptr_t)&clock));
	OK(TRAP(side, 206, side->host, SYSTEM_CLOCK, (uintptr_t)&clock));
	IS(MIG_BAD_ID, TRAP(side, 1000, side->self, (uintptr_t)words));
	IS(MIG_BAD_ID, TRAP(side, 16, clock, 1, (uintptr_t)&name));
	IS(MIG_BAD_ID, TRAP(side, 3610, clock, 1, (uintptr_t)&name));
	OK(TRAP(
	    side, 3225, side->self, clock, (uintptr_t)&type, (uintptr_t)&type));
	OK(TRAP(side, 3239, side->self, clock, (uintptr_t)&type,
	    (uintptr_t)&address, (uintptr_t)words));
	IS(25, type); /* XNU's IKOT_CLOCK */
	ATF_CHECK_STREQ("clock", words);
	IS(28, ipc_kotype(IPC_KO_MEMORY_ENTRY));
	IS(34, ipc_kotype(IPC_KO_FILE));
	IS(0, ipc_kotype(IPC_KO_NONE));
	core_task_end(side);
	core_end();
}

/* A sleep whose end cannot be told. */
CASE(sleep_with_a_bad_address)
{
	mach_timespec_t wakes;
	struct side *side;
	mach_port_name_t clock;

	core_begin();
	side = core_task();
	OK(TRAP(side, 206, side->host, SYSTEM_CLOCK, (uintptr_t)&clock));
	IS(KERN_INVALID_ARGUMENT,
	    TRAP(side, 62, 0x7703, TIME_RELATIVE, 1, 0, (uintptr_t)&wakes));
	IS(CORE_PARKED,
	    TRAP(side, 62, clock, TIME_RELATIVE, 1, 0, (uintptr_t)&wakes));
	plain_now += 2000000000;
	ipc_cancel(side->thread, IPC_CANCEL_TIMEOUT);
	core_copies = 1;
	IS(KERN_INVALID_ADDRESS, core_resume(side));
	/* Nothing is waited for any more: there is nothing to end. */
	ipc_cancel(side->thread, IPC_CANCEL_TIMEOUT);
	IS(CORE_PARKED,
	    TRAP(side, 62, clock, TIME_RELATIVE, 1, 0, (uintptr_t)&wakes));
	/* Woken too early it waits on. */
	IS(CORE_PARKED, core_resume(side));
	ipc_cancel(side->thread, IPC_CANCEL_INTERRUPT);
	IS(KERN_ABORTED, core_resume(side));
	core_task_end(side);
	core_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_table);
	ATF_TP_ADD_TC(tp, words_in_and_out);
	ATF_TP_ADD_TC(tp, allocation_with_a_quality);
	ATF_TP_ADD_TC(tp, attributes_of_services);
	ATF_TP_ADD_TC(tp, attributes);
	ATF_TP_ADD_TC(tp, rights_that_are_none);
	ATF_TP_ADD_TC(tp, immovable_rights);
	ATF_TP_ADD_TC(tp, requests_in_the_middle);
	ATF_TP_ADD_TC(tp, exception_ports);
	ATF_TP_ADD_TC(tp, ports_for_a_full_space);
	ATF_TP_ADD_TC(tp, hosts_and_clocks);
	ATF_TP_ADD_TC(tp, sleep_with_a_bad_address);
	return (atf_no_error());
}
