/*
 * mach_right_*: rights as types.  A call that cannot do what it says stops
 * the program, as in XNU: what follows would act on another's port.
 */
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_right.h>

static void
must(kern_return_t kr)
{
	if (kr != KERN_SUCCESS)
		__builtin_trap();
}

mach_right_recv_t
mach_right_recv_construct(
    mach_right_flags_t flags, mach_right_send_t *sr, uintptr_t ctx)
{
	mach_port_options_t options = { .flags = MPO_CONTEXT_AS_GUARD };
	mach_port_name_t name;

	if (flags & MACH_RIGHT_RECV_FLAG_UNGUARDED)
		options.flags &= ~(uint32_t)MPO_CONTEXT_AS_GUARD;
	if (flags & MACH_RIGHT_RECV_FLAG_STRICT)
		options.flags |= MPO_STRICT;
	if (flags & MACH_RIGHT_RECV_FLAG_IMMOVABLE)
		options.flags |= MPO_IMMOVABLE_RECEIVE;
	if (sr != NULL)
		options.flags |= MPO_INSERT_SEND_RIGHT;
	must(mach_port_construct(mach_task_self(), &options, ctx, &name));
	if (sr != NULL)
		sr->mrs_name = name;
	return (mach_right_recv(name));
}

void
mach_right_recv_destruct(
    mach_right_recv_t r, mach_right_send_t *s, uintptr_t ctx)
{
	/* The send right of another port is not to go with this one. */
	if (s != NULL && s->mrs_name != r.mrr_name)
		__builtin_trap();
	must(mach_port_destruct(
	    mach_task_self(), r.mrr_name, s != NULL ? -1 : 0, ctx));
}

mach_right_send_t
mach_right_send_create(mach_right_recv_t r)
{
	must(mach_port_insert_right(
	    mach_task_self(), r.mrr_name, r.mrr_name, MACH_MSG_TYPE_MAKE_SEND));
	return (mach_right_send(r.mrr_name));
}

mach_right_send_t
mach_right_send_retain(mach_right_send_t s)
{
	kern_return_t kr;

	kr = mach_port_mod_refs(
	    mach_task_self(), s.mrs_name, MACH_PORT_RIGHT_SEND, 1);
	if (kr == KERN_INVALID_RIGHT)
		return (mach_right_send(MACH_PORT_DEAD));
	must(kr);
	return (s);
}

/* Gives one right back, or one reference to the dead name that it became. */
static void
release(mach_port_name_t name, mach_port_right_t right)
{
	kern_return_t kr;

	kr = mach_port_mod_refs(mach_task_self(), name, right, -1);
	if (kr == KERN_INVALID_RIGHT)
		kr = mach_port_mod_refs(
		    mach_task_self(), name, MACH_PORT_RIGHT_DEAD_NAME, -1);
	must(kr);
}

void
mach_right_send_release(mach_right_send_t s)
{
	release(s.mrs_name, MACH_PORT_RIGHT_SEND);
}

mach_right_send_once_t
mach_right_send_once_create(mach_right_recv_t r)
{
	mach_msg_type_name_t type;
	mach_port_t name;

	must(mach_port_extract_right(mach_task_self(), r.mrr_name,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type));
	return (mach_right_send_once(name));
}

void
mach_right_send_once_consume(mach_right_send_once_t so)
{
	release(so.mrso_name, MACH_PORT_RIGHT_SEND_ONCE);
}
