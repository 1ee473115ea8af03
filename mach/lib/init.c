/*
 * What a program finds made for it: the name of its own task, its bootstrap
 * port, the size of a page.
 */
#include <stdio.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_traps.h>
#include <mach/ndr.h>
#include <mach/task.h>
#include <mach/task_special_ports.h>
#include <mach/vm_page_size.h>

#include "mach/lib/trap.h"

NDR_record_t NDR_record = _MACH_NDR_RECORD_VALUE;

vm_size_t vm_page_size, vm_page_mask;
vm_size_t vm_kernel_page_size, vm_kernel_page_mask;
int vm_page_shift, vm_kernel_page_shift;

static int
vprint_stderr(const char *format, va_list ap)
{
	return (vfprintf(stderr, format, ap));
}

/* A program may put another in its place. */
int (*vprintf_stderr_func)(const char *format, va_list ap) = vprint_stderr;

/* Before any constructor of the program's own. */
__attribute__((constructor(101))) static void
page_size_init(void)
{
	vm_page_size = vm_kernel_page_size = (vm_size_t)sysconf(_SC_PAGESIZE);
	vm_page_mask = vm_kernel_page_mask = vm_page_size - 1;
	vm_page_shift = vm_kernel_page_shift = __builtin_ctzl(vm_page_size);
}

/*
 * mach_task_self_ and bootstrap_port are one variable in a process of macOS;
 * here they are that of the task which the calling thread acts for.
 */
mach_port_t *
_mach_task_self_location(void)
{
	struct mach_embedded_names *names = mach_transport->names();
	mach_port_t self, none = MACH_PORT_NULL;

	if (__atomic_load_n(&names->self, __ATOMIC_ACQUIRE) == MACH_PORT_NULL) {
		self = task_self_trap();
		/* Another thread was first: its reference is enough. */
		if (!__atomic_compare_exchange_n(&names->self, &none, self, 0,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			(void)mach_port_deallocate(self, self);
	}
	return (&names->self);
}

mach_port_t *
_mach_bootstrap_port_location(void)
{
	struct mach_embedded_names *names = mach_transport->names();

	mach_port_t port, none = MACH_PORT_NULL;

	if (!__atomic_load_n(&names->bootstrap_known, __ATOMIC_ACQUIRE)) {
		/* Not for ever, when it is for want of a descriptor. */
		if (task_get_special_port(*_mach_task_self_location(),
			TASK_BOOTSTRAP_PORT, &port) != KERN_SUCCESS)
			return (&names->bootstrap);
		if (!__atomic_compare_exchange_n(&names->bootstrap, &none, port,
			0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			(void)mach_port_deallocate(
			    *_mach_task_self_location(), port);
		__atomic_store_n(&names->bootstrap_known, 1, __ATOMIC_RELEASE);
	}
	return (&names->bootstrap);
}

mach_port_t
mach_host_self(void)
{
	return (host_self_trap());
}

mach_port_t
mach_thread_self(void)
{
	return (thread_self_trap());
}
