/*
 * What MIG's stubs call: reply ports, memory, strings.
 */
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/vm_statistics.h>

#include "mach/lib/trap.h"

/*
 * A thread's ports for replies, made with its first call and kept: a port a
 * call would cost more than the call.
 */
static _Thread_local mach_port_t reply_port, special_reply_port;

static void
reply_ports_end(void)
{
	mig_dealloc_reply_port(reply_port);
	mig_dealloc_special_reply_port(special_reply_port);
}

mach_port_t
mig_get_reply_port(void)
{
	mach_port_options_t options = { .flags = MPO_REPLY_PORT };

	if (reply_port == MACH_PORT_NULL) {
		if (mach_port_construct(mach_task_self(), &options, 0,
			&reply_port) != KERN_SUCCESS)
			__builtin_trap(); /* as in XNU: nothing can be called */
		mach_transport->at_thread_exit(reply_ports_end);
	}
	return (reply_port);
}

/* After a call failed: a late reply must not be taken for another's. */
void
mig_dealloc_reply_port(mach_port_t port)
{
	mach_port_t mine = reply_port;

	if (mine == MACH_PORT_NULL)
		return;
	reply_port = MACH_PORT_NULL;
	(void)mach_port_mod_refs(
	    mach_task_self(), mine, MACH_PORT_RIGHT_RECEIVE, -1);
	if (port != mine)
		(void)mach_port_deallocate(mach_task_self(), port);
}

void
mig_put_reply_port(mach_port_t port)
{
	(void)port;
}

mach_port_t
mig_get_special_reply_port(void)
{
	if (!MACH_PORT_VALID(special_reply_port)) {
		special_reply_port = thread_get_special_reply_port();
		mach_transport->at_thread_exit(reply_ports_end);
	}
	return (special_reply_port);
}

void
mig_dealloc_special_reply_port(mach_port_t port)
{
	mach_port_t mine = special_reply_port;

	if (!MACH_PORT_VALID(mine))
		return;
	special_reply_port = MACH_PORT_NULL;
	(void)thread_destruct_special_reply_port(
	    mine, THREAD_SPECIAL_REPLY_PORT_ALL);
	if (port != mine)
		(void)mach_port_deallocate(mach_task_self(), port);
}

/* ALL stands for the receive right and one send right. */
kern_return_t
thread_destruct_special_reply_port(
    mach_port_name_t port, thread_destruct_special_reply_port_rights_t rights)
{
	switch (rights) {
	case THREAD_SPECIAL_REPLY_PORT_ALL:
		return (mach_port_destruct(mach_task_self(), port, -1, 0));
	case THREAD_SPECIAL_REPLY_PORT_RECEIVE_ONLY:
		return (mach_port_destruct(mach_task_self(), port, 0, 0));
	case THREAD_SPECIAL_REPLY_PORT_SEND_ONLY:
		return (mach_port_deallocate(mach_task_self(), port));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/*
 * Memory and strings
 */

void
mig_allocate(vm_address_t *address, vm_size_t size)
{
	mach_vm_address_t there = 0;

	if (mach_vm_allocate(mach_task_self(), &there, size,
		VM_MAKE_TAG(VM_MEMORY_MACH_MSG) | VM_FLAGS_ANYWHERE) !=
	    KERN_SUCCESS)
		there = 0;
	*address = (vm_address_t)there;
}

void
mig_deallocate(vm_address_t address, vm_size_t size)
{
	(void)mach_vm_deallocate(mach_task_self(), address, size);
}

int
mig_strncpy(char *dest, const char *src, int len)
{
	int i;

	if (len <= 0)
		return (0);
	for (i = 0; i < len - 1 && src[i] != '\0'; i++)
		dest[i] = src[i];
	dest[i] = '\0';
	return (i + 1);
}

/* And what is left of `dest` is zeroed; no `src` is 0 bytes long. */
int
mig_strncpy_zerofill(char *dest, const char *src, int len)
{
	int i, used;

	if (len <= 0 || dest == NULL)
		return (0);
	used = src == NULL ? 0 : mig_strncpy(dest, src, len);
	for (i = used; i < len; i++)
		dest[i] = '\0';
	return (used);
}

void
mig_reply_setup(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_error_t *r = (mig_reply_error_t *)reply;

	r->Head.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_LOCAL(request->msgh_bits), 0);
	r->Head.msgh_size = sizeof(*r);
	r->Head.msgh_remote_port = request->msgh_local_port;
	r->Head.msgh_local_port = MACH_PORT_NULL;
	r->Head.msgh_id = request->msgh_id + 100;
	r->NDR = NDR_record;
}
