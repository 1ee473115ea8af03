/*
 * The routines that a host does itself (HOST rows of traps.def), in a
 * process.  calls.c has the list.
 */
#ifndef ISTHMUS_MACH_OS_USER_CALLS_H
#define ISTHMUS_MACH_OS_USER_CALLS_H

#include "mach/core/call.h"

typedef kern_return_t user_call(struct ipc_call *);

/* vm_calls.c: what is done to memory that is there */
user_call user_vm_allocate, user_vm_deallocate, user_vm_protect;
user_call user_vm_inherit, user_vm_read, user_vm_write, user_vm_copy;
user_call user_vm_read_overwrite, user_vm_msync, user_vm_behavior_set;

/* vm_entry.c: mapping, and objects to be mapped */
user_call user_vm_map, user_vm_map_short, user_vm_remap, user_vm_region;
user_call user_memory_entry;
struct ipc_memory_entry;
void user_memory_entry_release(struct ipc_memory_entry *);

/* file.c */
user_call user_fileport_makeport, user_fileport_makefd;
struct user_file;
void user_file_release(struct user_file *);
/* The same, and its descriptor is the caller's. */
int user_file_take(struct user_file *, uint32_t *uid);

/* poll.c */
user_call user_port_pollfd;

/* identity.c */
user_call user_task_for_pid, user_task_name_for_pid, user_thread_abort;

/* info.c; mach/os/info.h has those that all hosts do alike */
user_call user_host_kernel_version, user_host_page_size;

/* Bits of VM_PROT_* as PROT_*. */
int user_prot(int protection);

#endif
