/*
 * The traps under their own names, those that have no better one.
 */
#include <mach/mach_traps.h>
#include <mach/thread_switch.h>

#include "mach/lib/stub.h"

mach_port_name_t
thread_get_special_reply_port(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(50));
}

mach_port_name_t
thread_self_trap(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(27));
}

mach_port_name_t
host_self_trap(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(29));
}

mach_port_name_t
task_self_trap(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(28));
}

/*
 * Messages: as they are, nothing is retried.
 */

mach_msg_return_t
mach_msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify)
{
	return (MACH_TRAP(31, MACH_PTR(msg), (uint32_t)option, send_size,
	    rcv_size, rcv_name, timeout, notify));
}

mach_msg_return_t
mach_msg_overwrite_trap(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_msg_priority_t priority, mach_msg_header_t *rcv_msg,
    mach_msg_size_t rcv_limit)
{
	(void)rcv_limit;
	return (MACH_TRAP(32, MACH_PTR(msg), (uint32_t)option, send_size,
	    rcv_size, rcv_name, timeout, priority, MACH_PTR(rcv_msg)));
}

STUB_8(47, mach_msg2_trap, void *, mach_msg_option64_t, uint64_t, uint64_t,
    uint64_t, uint64_t, uint64_t, uint64_t)

/*
 * Semaphores, clocks, the processor
 */

STUB_1(33, semaphore_signal_trap, mach_port_name_t)
STUB_1(34, semaphore_signal_all_trap, mach_port_name_t)
STUB_2(35, semaphore_signal_thread_trap, mach_port_name_t, mach_port_name_t)
STUB_1(36, semaphore_wait_trap, mach_port_name_t)
STUB_2(37, semaphore_wait_signal_trap, mach_port_name_t, mach_port_name_t)
STUB_3(
    38, semaphore_timedwait_trap, mach_port_name_t, unsigned int, clock_res_t)
STUB_4(39, semaphore_timedwait_signal_trap, mach_port_name_t, mach_port_name_t,
    unsigned int, clock_res_t)
STUB_5(62, clock_sleep_trap, mach_port_name_t, sleep_type_t, int, int,
    mach_timespec_t *)

boolean_t
swtch_pri(int pri)
{
	return ((boolean_t)MACH_TRAP_VALUE(59, pri));
}

boolean_t
swtch(void)
{
	return ((boolean_t)MACH_TRAP_VALUE0(60));
}

/*
 * Processes and tasks
 */

STUB_3(45, task_for_pid, mach_port_name_t, int, mach_port_name_t *)
STUB_3(44, task_name_for_pid, mach_port_name_t, int, mach_port_name_t *)
STUB_2(46, pid_for_task, mach_port_name_t, int *)
STUB_3(
    96, debug_control_port_for_pid, mach_port_name_t, int, mach_port_name_t *)
STUB_3(43, mach_generate_activity_id, mach_port_name_t, int, uint64_t *)
STUB_4(70, host_create_mach_voucher_trap, mach_port_name_t,
    mach_voucher_attr_raw_recipe_array_t, int, mach_port_name_t *)
STUB_4(72, mach_voucher_extract_attr_recipe_trap, mach_port_name_t,
    mach_voucher_attr_key_t, mach_voucher_attr_raw_recipe_t,
    mach_msg_type_number_t *)

/*
 * What no host of ours does: KERN_NOT_SUPPORTED
 */

STUB_2(
    13, task_dyld_process_info_notify_get, mach_port_name_array_t, natural_t *)
STUB_4(48, macx_swapon, uint64_t, int, int, int)
STUB_2(49, macx_swapoff, uint64_t, int)
STUB_4(51, macx_triggers, int, int, int, mach_port_t)
STUB_1(52, macx_backing_store_suspend, boolean_t)
STUB_1(53, macx_backing_store_recovery, int)

/* In no public header. */
extern kern_return_t syscall_thread_switch(
    mach_port_name_t thread, int option, mach_msg_timeout_t time);
extern kern_return_t pfz_exit(int32_t flags);
extern kern_return_t iokit_user_client_trap(void *connection,
    unsigned int index, void *a, void *b, void *c, void *d, void *e, void *f);
extern kern_return_t _exclaves_ctl_trap(mach_port_name_t name,
    uint32_t operation, uint64_t id, void *buffer, mach_vm_size_t size,
    mach_vm_size_t size2, mach_vm_size_t offset, uint64_t status);

kern_return_t
syscall_thread_switch(
    mach_port_name_t thread, int option, mach_msg_timeout_t time)
{
	return (thread_switch(thread, option, time));
}

kern_return_t
pfz_exit(int32_t flags)
{
	(void)flags;
	return ((kern_return_t)MACH_TRAP_VALUE0(58));
}

STUB_8(100, iokit_user_client_trap, void *, unsigned int, void *, void *,
    void *, void *, void *, void *)
STUB_8(88, _exclaves_ctl_trap, mach_port_name_t, uint32_t, uint64_t, void *,
    mach_vm_size_t, mach_vm_size_t, mach_vm_size_t, uint64_t)
