/*
 * Which function does a HOST row of traps.def; what is not here the kernel
 * host does not do yet.
 */
#include "mach/os/freebsd/calls.h"
#include "mach/os/info.h"

static const struct {
	int number;
	host_call *call;
} calls[] = {
	{ 10, host_vm_allocate },
	{ 12, host_vm_deallocate },
	{ 14, host_vm_protect },
	{ 15, host_vm_map_short },
	{ 44, host_task_name_for_pid },
	{ 45, host_task_for_pid },
	{ 200, info_host_info },
	{ 201, host_kernel_version },
	{ 202, host_page_size },
	{ 216, info_host_statistics },
	{ 219, info_host_statistics64 },
	{ 401, host_host_reboot },
	{ 3401, host_task_terminate },
	{ 3405, info_task_info },
	{ 3407, host_suspend },
	{ 3408, host_resume },
	{ 3600, host_thread_terminate },
	{ 3603, host_thread_get_state },
	{ 3604, host_thread_set_state },
	{ 3605, host_suspend },
	{ 3606, host_resume },
	{ 3607, host_thread_abort },
	{ 3608, host_thread_abort },
	{ 3612, info_thread_info },
	{ 4803, host_vm_inherit },
	{ 4804, host_vm_read },
	{ 4806, host_vm_write },
	{ 4807, host_vm_copy },
	{ 4808, host_vm_read_overwrite },
	{ 4809, host_vm_msync },
	{ 4810, host_vm_behavior_set },
	{ 4811, host_vm_map },
	{ 4813, host_vm_remap },
	{ 4816, host_vm_region },
	{ 4817, host_memory_entry },
	{ 9000, host_fileport_makeport },
	{ 9001, host_fileport_makefd },
	{ 9002, host_port_pollfd },
};

int
ipc_os_call(struct ipc_call *call)
{
	unsigned int i;

	/* The self-test has no process to do it to. */
	if (call->thread->task->os == NULL)
		return (KERN_NOT_SUPPORTED);
	for (i = 0; i < nitems(calls); i++) {
		if (calls[i].number == call->trap->number)
			return (calls[i].call(call));
	}
	return (KERN_NOT_SUPPORTED);
}
