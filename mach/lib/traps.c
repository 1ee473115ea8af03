/*
 * The traps under their own names, those that have no better one.
 */
#include <mach/mach_traps.h>
#include <mach/thread_switch.h>

#include "mach/lib/trap.h"

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

mach_msg_return_t
mach_msg2_trap(void *data, mach_msg_option64_t options,
    uint64_t bits_and_send_size, uint64_t remote_and_local,
    uint64_t voucher_and_id, uint64_t count_and_rcv_name,
    uint64_t rcv_size_and_priority, uint64_t timeout)
{
	return (MACH_TRAP(47, MACH_PTR(data), options, bits_and_send_size,
	    remote_and_local, voucher_and_id, count_and_rcv_name,
	    rcv_size_and_priority, timeout));
}

/*
 * Semaphores, clocks, the processor
 */

kern_return_t
semaphore_signal_trap(mach_port_name_t signal_name)
{
	return (MACH_TRAP(33, signal_name));
}

kern_return_t
semaphore_signal_all_trap(mach_port_name_t signal_name)
{
	return (MACH_TRAP(34, signal_name));
}

kern_return_t
semaphore_signal_thread_trap(
    mach_port_name_t signal_name, mach_port_name_t thread_name)
{
	return (MACH_TRAP(35, signal_name, thread_name));
}

kern_return_t
semaphore_wait_trap(mach_port_name_t wait_name)
{
	return (MACH_TRAP(36, wait_name));
}

kern_return_t
semaphore_wait_signal_trap(
    mach_port_name_t wait_name, mach_port_name_t signal_name)
{
	return (MACH_TRAP(37, wait_name, signal_name));
}

kern_return_t
semaphore_timedwait_trap(
    mach_port_name_t wait_name, unsigned int sec, clock_res_t nsec)
{
	return (MACH_TRAP(38, wait_name, sec, nsec));
}

kern_return_t
semaphore_timedwait_signal_trap(mach_port_name_t wait_name,
    mach_port_name_t signal_name, unsigned int sec, clock_res_t nsec)
{
	return (MACH_TRAP(39, wait_name, signal_name, sec, nsec));
}

kern_return_t
clock_sleep_trap(mach_port_name_t clock_name, sleep_type_t type, int sec,
    int nsec, mach_timespec_t *wakeup)
{
	return (MACH_TRAP(62, clock_name, type, sec, nsec, MACH_PTR(wakeup)));
}

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

kern_return_t
task_for_pid(mach_port_name_t target, int pid, mach_port_name_t *task)
{
	return (MACH_TRAP(45, target, pid, MACH_PTR(task)));
}

kern_return_t
task_name_for_pid(mach_port_name_t target, int pid, mach_port_name_t *name)
{
	return (MACH_TRAP(44, target, pid, MACH_PTR(name)));
}

kern_return_t
pid_for_task(mach_port_name_t task, int *pid)
{
	return (MACH_TRAP(46, task, MACH_PTR(pid)));
}

kern_return_t
debug_control_port_for_pid(
    mach_port_name_t target, int pid, mach_port_name_t *port)
{
	return (MACH_TRAP(96, target, pid, MACH_PTR(port)));
}

kern_return_t
mach_generate_activity_id(mach_port_name_t target, int count, uint64_t *id)
{
	return (MACH_TRAP(43, target, count, MACH_PTR(id)));
}

kern_return_t
host_create_mach_voucher_trap(mach_port_name_t host,
    mach_voucher_attr_raw_recipe_array_t recipes, int size,
    mach_port_name_t *voucher)
{
	return (
	    MACH_TRAP(70, host, MACH_PTR(recipes), size, MACH_PTR(voucher)));
}

kern_return_t
mach_voucher_extract_attr_recipe_trap(mach_port_name_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_raw_recipe_t recipe,
    mach_msg_type_number_t *size)
{
	return (MACH_TRAP(72, voucher, key, MACH_PTR(recipe), MACH_PTR(size)));
}

/*
 * What no host of ours does: KERN_NOT_SUPPORTED
 */

kern_return_t
task_dyld_process_info_notify_get(
    mach_port_name_array_t names, natural_t *count)
{
	return (MACH_TRAP(13, MACH_PTR(names), MACH_PTR(count)));
}

kern_return_t
macx_swapon(uint64_t filename, int flags, int size, int priority)
{
	return (MACH_TRAP(48, filename, flags, size, priority));
}

kern_return_t
macx_swapoff(uint64_t filename, int flags)
{
	return (MACH_TRAP(49, filename, flags));
}

kern_return_t
macx_triggers(int hi_water, int low_water, int flags, mach_port_t alert_port)
{
	return (MACH_TRAP(51, hi_water, low_water, flags, alert_port));
}

kern_return_t
macx_backing_store_suspend(boolean_t suspend)
{
	return (MACH_TRAP(52, suspend));
}

kern_return_t
macx_backing_store_recovery(int pid)
{
	return (MACH_TRAP(53, pid));
}

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

kern_return_t
iokit_user_client_trap(void *connection, unsigned int index, void *a, void *b,
    void *c, void *d, void *e, void *f)
{
	return (MACH_TRAP(100, MACH_PTR(connection), index, MACH_PTR(a),
	    MACH_PTR(b), MACH_PTR(c), MACH_PTR(d), MACH_PTR(e), MACH_PTR(f)));
}

kern_return_t
_exclaves_ctl_trap(mach_port_name_t name, uint32_t operation, uint64_t id,
    void *buffer, mach_vm_size_t size, mach_vm_size_t size2,
    mach_vm_size_t offset, uint64_t status)
{
	return (MACH_TRAP(88, name, operation, id, MACH_PTR(buffer), size,
	    size2, offset, status));
}
