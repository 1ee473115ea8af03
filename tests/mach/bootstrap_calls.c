/*
 * Calls of the bootstrap server by peers: of the public interface alone.
 */
#include <string.h>

#include "tests/mach/bootstrap_server.h"

static void
call_run(void *p)
{
	struct boot_call *call = p;

	if (call->bp == MACH_PORT_NULL)
		call->bp = bootstrap_port;
	call->result = call->fn(call);
}

kern_return_t
boot_do(struct rig_task *peer, struct boot_call *call)
{
	if (peer == NULL)
		call_run(call);
	else
		rig_run(peer, call_run, call, sizeof(*call));
	return (call->result);
}

/* With its name and port; the port that results. */
static kern_return_t
call_of(struct rig_task *peer, kern_return_t (*fn)(struct boot_call *),
    const char *name, mach_port_t *port, uint64_t flags)
{
	struct boot_call call = { .fn = fn, .flags = flags, .port = *port };
	kern_return_t kr;

	if (name != NULL)
		strncpy(call.name, name, sizeof(call.name) - 1);
	kr = boot_do(peer, &call);
	*port = call.port;
	return (kr);
}

static kern_return_t
do_check_in(struct boot_call *call)
{
	return (bootstrap_check_in2(
	    call->bp, call->name, &call->port, call->flags));
}

static kern_return_t
do_look_up(struct boot_call *call)
{
	return (bootstrap_look_up2(
	    call->bp, call->name, &call->port, 0, call->flags));
}

static kern_return_t
do_register(struct boot_call *call)
{
	return (
	    bootstrap_register2(call->bp, call->name, call->port, call->flags));
}

kern_return_t
boot_check_in(
    struct rig_task *peer, const char *name, mach_port_t *port, uint64_t flags)
{
	*port = MACH_PORT_NULL;
	return (call_of(peer, do_check_in, name, port, flags));
}

kern_return_t
boot_look_up(
    struct rig_task *peer, const char *name, mach_port_t *port, uint64_t flags)
{
	*port = MACH_PORT_NULL;
	return (call_of(peer, do_look_up, name, port, flags));
}

kern_return_t
boot_register(
    struct rig_task *peer, const char *name, mach_port_t port, uint64_t flags)
{
	return (call_of(peer, do_register, name, &port, flags));
}

static kern_return_t
do_port(struct boot_call *call)
{
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &call->port);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (mach_port_insert_right(
	    SELF, call->port, call->port, MACH_MSG_TYPE_MAKE_SEND));
}

static kern_return_t
do_receive(struct boot_call *call)
{
	struct rig_msg msg;
	kern_return_t kr;

	kr = rig_receive_in(call->port, &msg, 1000);
	call->id = kr == MACH_MSG_SUCCESS ? msg.header.msgh_id : -1;
	return (kr);
}

static kern_return_t
do_send(struct boot_call *call)
{
	return (rig_send(call->port, MACH_MSG_TYPE_COPY_SEND, call->id));
}

static kern_return_t
do_drop(struct boot_call *call)
{
	return (mach_port_mod_refs(
	    SELF, call->port, (mach_port_right_t)call->flags, -1));
}

static kern_return_t
do_pid(struct boot_call *call)
{
	return (pid_for_task(SELF, &call->pid));
}

mach_port_t
boot_peer_port(struct rig_task *peer)
{
	mach_port_t port = MACH_PORT_NULL;

	ATF_REQUIRE_EQ(KERN_SUCCESS, call_of(peer, do_port, NULL, &port, 0));
	return (port);
}

int
boot_peer_receive(struct rig_task *peer, mach_port_t port)
{
	struct boot_call call = { .fn = do_receive, .port = port };

	(void)boot_do(peer, &call);
	return (call.id);
}

kern_return_t
boot_peer_send(struct rig_task *peer, mach_port_t port, int id)
{
	struct boot_call call = { .fn = do_send, .port = port, .id = id };

	return (boot_do(peer, &call));
}

void
boot_peer_drop(struct rig_task *peer, mach_port_t port, mach_port_right_t right)
{
	struct boot_call call = { .fn = do_drop, .port = port, .flags = right };

	ATF_REQUIRE_EQ(KERN_SUCCESS, boot_do(peer, &call));
}

pid_t
boot_pid(struct rig_task *peer)
{
	struct boot_call call = { .fn = do_pid };

	ATF_REQUIRE_EQ(KERN_SUCCESS, boot_do(peer, &call));
	return (call.pid);
}
