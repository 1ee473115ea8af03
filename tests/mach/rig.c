/*
 * The part of the rig that is made of the public interface alone.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/mach/rig.h"

/*
 * Handing rights over.  A task finds the way to the test by an exception port
 * that nothing else uses and that children inherit.
 */

static mach_port_name_t outbox;

void
rig_ports_begin(void)
{
	outbox = rig_port_send();
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    task_set_exception_ports(mach_task_self(), EXC_MASK_CORPSE_NOTIFY,
		outbox, EXCEPTION_DEFAULT, 0));
}

struct peer_ports {
	mach_port_name_t inbox, outbox;
	int error;
};

static void
peer_ports_make(void *p)
{
	exception_mask_t masks[EXC_TYPES_COUNT];
	mach_port_t handlers[EXC_TYPES_COUNT];
	exception_behavior_t behaviors[EXC_TYPES_COUNT];
	thread_state_flavor_t flavors[EXC_TYPES_COUNT];
	mach_msg_type_number_t n = EXC_TYPES_COUNT;
	struct peer_ports *ports = p;
	mach_port_t task = mach_task_self();

	ports->error = task_swap_exception_ports(task, EXC_MASK_CORPSE_NOTIFY,
	    MACH_PORT_NULL, EXCEPTION_DEFAULT, 0, masks, &n, handlers,
	    behaviors, flavors);
	if (ports->error != KERN_SUCCESS)
		return;
	ports->outbox = handlers[0];
	ports->error =
	    mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &ports->inbox);
	if (ports->error == KERN_SUCCESS)
		ports->error = rig_send_right(
		    ports->outbox, ports->inbox, MACH_MSG_TYPE_MAKE_SEND);
}

void
rig_ports_make(struct rig_task *task)
{
	struct rig_ports *ports = rig_task_ports(task);
	struct peer_ports peer = { 0 };
	struct rig_msg msg;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    task_set_exception_ports(mach_task_self(), EXC_MASK_CORPSE_NOTIFY,
		MACH_PORT_NULL, EXCEPTION_DEFAULT, 0));
	rig_run(task, peer_ports_make, &peer, sizeof(peer));
	ATF_REQUIRE_EQ(0, peer.error);
	ports->inbox = peer.inbox;
	ports->outbox = peer.outbox;
	ports->take = outbox;
	ATF_REQUIRE_EQ(0, rig_receive(outbox, &msg));
	ports->give = msg.port[0].name;
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_deallocate(mach_task_self(), outbox));
}

void
rig_ports_end(struct rig_ports *ports)
{
	if (ports->take == MACH_PORT_NULL)
		return;
	(void)mach_port_destroy(mach_task_self(), ports->take);
	(void)mach_port_destroy(mach_task_self(), ports->give);
}

struct peer_right {
	mach_port_name_t port, right;
	mach_msg_type_name_t disposition;
	int error;
};

static void
peer_receive(void *p)
{
	struct peer_right *peer = p;
	struct rig_msg msg;

	peer->error = rig_receive(peer->port, &msg);
	peer->right = msg.port[0].name;
}

static void
peer_send(void *p)
{
	struct peer_right *peer = p;

	peer->error =
	    rig_send_right(peer->port, peer->right, peer->disposition);
}

mach_port_name_t
rig_give(struct rig_task *task, mach_port_name_t name,
    mach_msg_type_name_t disposition)
{
	struct peer_right peer = { .port = rig_task_ports(task)->inbox };

	ATF_REQUIRE_EQ(
	    0, rig_send_right(rig_task_ports(task)->give, name, disposition));
	rig_run(task, peer_receive, &peer, sizeof(peer));
	ATF_REQUIRE_EQ(0, peer.error);
	return (peer.right);
}

mach_port_name_t
rig_take(struct rig_task *task, mach_port_name_t name,
    mach_msg_type_name_t disposition)
{
	struct peer_right peer = { .port = rig_task_ports(task)->outbox,
		.right = name,
		.disposition = disposition };
	struct rig_msg msg;

	rig_run(task, peer_send, &peer, sizeof(peer));
	ATF_REQUIRE_EQ(0, peer.error);
	ATF_REQUIRE_EQ(0, rig_receive(rig_task_ports(task)->take, &msg));
	return (msg.port[0].name);
}

/*
 * Names
 */

static mach_port_name_t
allocate(mach_port_right_t right)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_allocate(mach_task_self(), right, &name));
	ATF_REQUIRE(MACH_PORT_VALID(name));
	return (name);
}

mach_port_name_t
rig_port(void)
{
	return (allocate(MACH_PORT_RIGHT_RECEIVE));
}

mach_port_name_t
rig_port_send(void)
{
	mach_port_name_t name = rig_port();

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_insert_right(mach_task_self(),
					 name, name, MACH_MSG_TYPE_MAKE_SEND));
	return (name);
}

mach_port_name_t
rig_set(void)
{
	return (allocate(MACH_PORT_RIGHT_PORT_SET));
}

mach_port_name_t
rig_send_once(mach_port_name_t receive)
{
	mach_msg_type_name_t type;
	mach_port_t name;

	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_extract_right(mach_task_self(), receive,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type));
	ATF_REQUIRE_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, type);
	return (name);
}

mach_port_name_t
rig_dead_name(unsigned int urefs)
{
	mach_port_name_t name = allocate(MACH_PORT_RIGHT_DEAD_NAME);

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    mach_port_mod_refs(mach_task_self(), name,
		MACH_PORT_RIGHT_DEAD_NAME, (mach_port_delta_t)urefs - 1));
	return (name);
}

/*
 * Messages
 */

mach_msg_return_t
rig_send(mach_port_name_t to, uint32_t disposition, int id)
{
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(disposition, 0),
		.msgh_size = sizeof(h),
		.msgh_remote_port = to,
		.msgh_id = id,
	};
	mach_msg_return_t mr;

	mr = mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL);
	/* A right that was made or copied came back: one more than before. */
	if (mr == MACH_SEND_TIMED_OUT && disposition != h.msgh_bits &&
	    h.msgh_bits == MACH_MSG_TYPE_MOVE_SEND)
		(void)mach_port_deallocate(mach_task_self(), to);
	return (mr);
}

mach_msg_return_t
rig_send_right(mach_port_name_t to, mach_port_name_t right,
    mach_msg_type_name_t disposition)
{
	struct rig_msg msg;
	uint32_t size = offsetof(struct rig_msg, port[1]);

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = to;
	msg.body.msgh_descriptor_count = 1;
	msg.port[0].name = right;
	msg.port[0].disposition = disposition;
	msg.port[0].type = MACH_MSG_PORT_DESCRIPTOR;
	return (mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size,
	    0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

mach_msg_return_t
rig_receive_in(mach_port_name_t name, struct rig_msg *msg, unsigned int ms)
{
	memset(msg, 0, sizeof(*msg));
	return (mach_msg(&msg->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*msg), name, ms, MACH_PORT_NULL));
}

mach_msg_return_t
rig_receive(mach_port_name_t name, struct rig_msg *msg)
{
	return (rig_receive_in(name, msg, 0));
}

int
rig_receive_id(mach_port_name_t name)
{
	struct rig_msg msg;

	if (rig_receive(name, &msg) != MACH_MSG_SUCCESS)
		return (-1);
	return (msg.header.msgh_id);
}

bool
rig_is_notified(mach_port_name_t port, int id, uint32_t datum)
{
	struct rig_msg msg;

	/* A notification comes from what was done before, mostly at once. */
	if (rig_receive_in(port, &msg, 1000) != MACH_MSG_SUCCESS ||
	    msg.header.msgh_id != id)
		return (false);
	return (id == MACH_NOTIFY_SEND_ONCE || msg.notice.datum == datum);
}

bool
rig_is_silent(mach_port_name_t port)
{
	struct rig_msg msg;

	return (rig_receive(port, &msg) == MACH_RCV_TIMED_OUT);
}

/*
 * What is known of a name
 */

mach_port_type_t
rig_type(mach_port_name_t name)
{
	mach_port_type_t type = 0;

	if (mach_port_type(mach_task_self(), name, &type) != KERN_SUCCESS)
		return (0);
	return (type);
}

bool
rig_becomes(mach_port_name_t name, mach_port_type_t type)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	for (i = 0; i < 1000 && rig_type(name) != type; i++)
		nanosleep(&ts, NULL);
	return (rig_type(name) == type);
}

unsigned int
rig_times(unsigned int n)
{
	const char *slow = getenv("ISTHMUS_TEST_SLOW");

	if (getenv("ISTHMUS_SHAKE") != NULL)
		return (n / 100 + 1);
	return (slow != NULL && atoi(slow) > 1 ? n / (unsigned)atoi(slow) : n);
}

int
rig_refs(mach_port_name_t name, mach_port_right_t right)
{
	mach_port_urefs_t refs = 0;

	if (mach_port_get_refs(mach_task_self(), name, right, &refs) !=
	    KERN_SUCCESS)
		return (-1);
	return ((int)refs);
}

mach_port_status_t
rig_status(mach_port_name_t name)
{
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_status_t status;

	memset(&status, 0, sizeof(status));
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    mach_port_get_attributes(mach_task_self(), name,
		MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status, &n));
	ATF_REQUIRE_EQ(MACH_PORT_RECEIVE_STATUS_COUNT, n);
	return (status);
}

uint32_t
rig_srights(mach_port_name_t name)
{
	mach_port_rights_t srights = 0;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    mach_port_get_srights(mach_task_self(), name, &srights));
	return (srights);
}

uint32_t
rig_names(void)
{
	ipc_info_space_basic_t info;

	memset(&info, 0, sizeof(info));
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_space_basic_info(mach_task_self(), &info));
	return (info.iisb_table_inuse);
}

/*
 * Memory
 */

uint64_t
rig_memory_allocate(uint64_t size)
{
	mach_vm_address_t address = 0;

	OK(mach_vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
	ATF_REQUIRE(address != 0);
	return (address);
}

void
rig_fill(uint64_t address, uint64_t size, int with)
{
	memset((void *)(uintptr_t)address, with, size);
}

bool
rig_filled(uint64_t address, uint64_t size, int with)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)address;
	uint64_t i;

	for (i = 0; i < size; i++) {
		if (p[i] != with)
			return (false);
	}
	return (true);
}

struct rig_memory_msg
rig_memory_message(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate)
{
	return ((struct rig_memory_msg){
		.header = {
			.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
			.msgh_remote_port = to,
		},
		.body = { 1 },
		.memory = {
			.address = (void *)(uintptr_t)address,
			.size = (mach_msg_size_t)size,
			.deallocate = deallocate,
			.copy = MACH_MSG_VIRTUAL_COPY,
			.type = MACH_MSG_OOL_DESCRIPTOR,
		},
	});
}

mach_msg_return_t
rig_memory_send_now(struct rig_memory_msg *m)
{
	return (mach_msg(&m->header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    offsetof(struct rig_memory_msg, trailer), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

mach_msg_return_t
rig_memory_send(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate)
{
	struct rig_memory_msg m =
	    rig_memory_message(to, address, size, deallocate);

	return (rig_memory_send_now(&m));
}

uint64_t
rig_memory_receive(mach_port_t port, uint64_t size)
{
	struct rig_memory_msg m;

	IS(MACH_MSG_SUCCESS,
	    mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
		port, 0, MACH_PORT_NULL));
	IS(size, m.memory.size);
	IS(TRUE, m.memory.deallocate);
	return ((uint64_t)(uintptr_t)m.memory.address);
}
