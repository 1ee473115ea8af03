/*
 * The traps, as system calls of XNU's library: most are reached by the names
 * of mach_port.h, mach_vm.h and semaphore.h instead.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_traps.h
 */
#ifndef _MACH_MACH_TRAPS_H_
#define _MACH_MACH_TRAPS_H_

#include <mach/std_types.h>
#include <mach/mach_types.h>
#include <mach/kern_return.h>
#include <mach/port.h>
#include <mach/vm_types.h>
#include <mach/clock_types.h>

#ifndef _KERNEL
__BEGIN_DECLS

/* A new right for the caller each, or MACH_PORT_NULL. */
extern mach_port_name_t mach_reply_port(void);
extern mach_port_name_t thread_get_special_reply_port(void);
extern mach_port_name_t thread_self_trap(void);
extern mach_port_name_t host_self_trap(void);
extern mach_port_name_t task_self_trap(void);

extern mach_msg_return_t mach_msg_trap(mach_msg_header_t *msg,
    mach_msg_option_t option, mach_msg_size_t send_size,
    mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
    mach_msg_timeout_t timeout, mach_port_name_t notify);
extern mach_msg_return_t mach_msg_overwrite_trap(mach_msg_header_t *msg,
    mach_msg_option_t option, mach_msg_size_t send_size,
    mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
    mach_msg_timeout_t timeout, mach_msg_priority_t priority,
    mach_msg_header_t *rcv_msg, mach_msg_size_t rcv_limit);
extern mach_msg_return_t mach_msg2_trap(void *data, mach_msg_option64_t options,
    uint64_t msgh_bits_and_send_size, uint64_t msgh_remote_and_local_port,
    uint64_t msgh_voucher_and_id, uint64_t desc_count_and_rcv_name,
    uint64_t rcv_size_and_priority, uint64_t timeout);

extern kern_return_t semaphore_signal_trap(mach_port_name_t signal_name);
extern kern_return_t semaphore_signal_all_trap(mach_port_name_t signal_name);
extern kern_return_t semaphore_signal_thread_trap(
    mach_port_name_t signal_name, mach_port_name_t thread_name);
extern kern_return_t semaphore_wait_trap(mach_port_name_t wait_name);
extern kern_return_t semaphore_wait_signal_trap(
    mach_port_name_t wait_name, mach_port_name_t signal_name);
extern kern_return_t semaphore_timedwait_trap(
    mach_port_name_t wait_name, unsigned int sec, clock_res_t nsec);
extern kern_return_t semaphore_timedwait_signal_trap(mach_port_name_t wait_name,
    mach_port_name_t signal_name, unsigned int sec, clock_res_t nsec);

extern kern_return_t clock_sleep_trap(mach_port_name_t clock_name,
    sleep_type_t sleep_type, int sleep_sec, int sleep_nsec,
    mach_timespec_t *wakeup_time);

/* Whether there was another thread to run. */
extern boolean_t swtch_pri(int pri);
extern boolean_t swtch(void);
extern kern_return_t thread_switch(
    mach_port_name_t thread_name, int option, mach_msg_timeout_t option_time);

extern kern_return_t task_for_pid(
    mach_port_name_t target_tport, int pid, mach_port_name_t *t);
extern kern_return_t task_name_for_pid(
    mach_port_name_t target_tport, int pid, mach_port_name_t *tn);
extern kern_return_t pid_for_task(mach_port_name_t t, int *x);
extern kern_return_t debug_control_port_for_pid(
    mach_port_name_t target_tport, int pid, mach_port_name_t *t);

extern kern_return_t mach_generate_activity_id(
    mach_port_name_t target, int count, uint64_t *activity_id);
extern kern_return_t host_create_mach_voucher_trap(mach_port_name_t host,
    mach_voucher_attr_raw_recipe_array_t recipes, int recipes_size,
    mach_port_name_t *voucher);
extern kern_return_t mach_voucher_extract_attr_recipe_trap(
    mach_port_name_t voucher_name, mach_voucher_attr_key_t key,
    mach_voucher_attr_raw_recipe_t recipe, mach_msg_type_number_t *recipe_size);

#include <mach/_kernelrpc_traps.h>

extern kern_return_t task_dyld_process_info_notify_get(
    mach_port_name_array_t names_addr, natural_t *names_count_addr);

/* Swap space. */
extern kern_return_t macx_swapon(
    uint64_t filename, int flags, int size, int priority);
extern kern_return_t macx_swapoff(uint64_t filename, int flags);
extern kern_return_t macx_triggers(
    int hi_water, int low_water, int flags, mach_port_t alert_port);
extern kern_return_t macx_backing_store_suspend(boolean_t suspend);
extern kern_return_t macx_backing_store_recovery(int pid);

__END_DECLS
#endif

#endif /* !_MACH_MACH_TRAPS_H_ */
