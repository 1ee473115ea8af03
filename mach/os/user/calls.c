/*
 * The list of the routines that a process does itself, by their numbers.
 * Whatever would need a kernel is KERN_NOT_SUPPORTED: there is one task to be
 * ended or stopped, which is the caller.
 */
#include "mach/core/kobject.h"
#include "mach/os/info.h"
#include "mach/os/user/calls.h"

static const struct {
	int number;
	user_call *call;
} calls[] = {
	{ 10, user_vm_allocate },
	{ 12, user_vm_deallocate },
	{ 14, user_vm_protect },
	{ 15, user_vm_map_short },
	{ 44, user_task_name_for_pid },
	{ 45, user_task_for_pid },
	{ 200, info_host_info },
	{ 201, user_host_kernel_version },
	{ 202, user_host_page_size },
	{ 216, info_host_statistics },
	{ 219, info_host_statistics64 },
	{ 3405, info_task_info },
	{ 3607, user_thread_abort },
	{ 3608, user_thread_abort },
	{ 3612, info_thread_info },
	{ 4803, user_vm_inherit },
	{ 4804, user_vm_read },
	{ 4806, user_vm_write },
	{ 4807, user_vm_copy },
	{ 4808, user_vm_read_overwrite },
	{ 4809, user_vm_msync },
	{ 4810, user_vm_behavior_set },
	{ 4811, user_vm_map },
	{ 4813, user_vm_remap },
	{ 4816, user_vm_region },
	{ 4817, user_memory_entry },
	{ 9000, user_fileport_makeport },
	{ 9001, user_fileport_makefd },
	{ 9002, user_port_pollfd },
};

int
ipc_os_call(struct ipc_call *call)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].number == call->trap->number)
			return (calls[i].call(call));
	}
	return (KERN_NOT_SUPPORTED);
}

void
ipc_os_object_release(int kind, void *object)
{
	if (kind == IPC_KO_MEMORY_ENTRY)
		user_memory_entry_release(object);
	else if (kind == IPC_KO_FILE)
		user_file_release(object);
}
