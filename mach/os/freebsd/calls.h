/*
 * The routines that a host does itself (HOST rows of traps.def), in the
 * kernel.  calls.c has the list.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_CALLS_H
#define ISTHMUS_MACH_OS_FREEBSD_CALLS_H

#include "mach/core/ipc.h"
#include "mach/os/freebsd/freebsd.h"

typedef kern_return_t host_call(struct ipc_call *);

/* host_vm.c: memory that is there */
host_call host_vm_deallocate, host_vm_protect, host_vm_inherit;
host_call host_vm_behavior_set, host_vm_msync;
/* An errno of the kernel's calls for memory. */
kern_return_t host_vm_result(int error);

/* vm_copy.c */
host_call host_vm_read, host_vm_write, host_vm_copy, host_vm_read_overwrite;

/* vm_mapping.c */
host_call host_vm_allocate, host_vm_map_short, host_vm_map, host_vm_remap;

/* memory_entry.c */
host_call host_memory_entry;
struct mach_entry;
void host_memory_entry_release(struct mach_entry *); /* may sleep */

/* vm_region.c */
host_call host_vm_region;

/* identity.c */
host_call host_task_for_pid, host_task_name_for_pid;

/* info.c; mach/os/info.h has those that all hosts do alike */
host_call host_kernel_version, host_page_size;

/* control.c */
host_call host_task_terminate, host_thread_terminate, host_suspend, host_resume;
host_call host_thread_abort, host_host_reboot;
/*
 * The process of a task that the caller may debug, locked and held; and
 * its thread behind a thread.
 */
kern_return_t host_target(struct ipc_task *, struct proc **);
kern_return_t host_target_thread(
    struct ipc_thread *, struct proc **, struct mach_os_thread **);
/*
 * What the thread has as long as it is of that process, which is locked; NULL:
 * it ended, by an exec, too.
 */
struct mach_os_thread *host_thread_state(struct proc *, struct ipc_thread *);

/* state.c */
host_call host_thread_get_state, host_thread_set_state;

/* file.c */
struct mach_file;
host_call host_fileport_makeport, host_fileport_makefd;
/* Of a port that ended; may sleep. */
void host_file_release(struct mach_file *);

/* poll.c */
host_call host_port_pollfd;

#endif
