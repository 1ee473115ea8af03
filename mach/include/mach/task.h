/*
 * Tasks.  MIG subsystem task (3400).  Where a port is taken, the caller's
 * right is copied; where one is given, the caller owns it.
 * Facts: xnu-11417.101.15 osfmk/mach/task.defs, libsyscall/mach/task.c
 */
#ifndef _task_user_
#define _task_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>
#include <mach_debug/mach_debug_types.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t task_create(task_t target_task, ledger_array_t ledgers,
    mach_msg_type_number_t ledgersCnt, boolean_t inherit_memory,
    task_t *child_task);
extern kern_return_t task_terminate(task_t target_task);
extern kern_return_t task_threads(task_inspect_t target_task,
    thread_act_array_t *act_list, mach_msg_type_number_t *act_listCnt);
extern kern_return_t task_info(task_name_t target_task, task_flavor_t flavor,
    task_info_t task_info_out, mach_msg_type_number_t *task_info_outCnt);
extern kern_return_t task_set_info(task_t target_task, task_flavor_t flavor,
    task_info_t task_info_in, mach_msg_type_number_t task_info_inCnt);
extern kern_return_t task_inspect(task_inspect_t task,
    task_inspect_flavor_t flavor, task_inspect_info_t info_out,
    mach_msg_type_number_t *info_outCnt);
extern kern_return_t task_purgable_info(
    task_inspect_t task, task_purgable_info_t *stats);

/* Suspensions are counted. */
extern kern_return_t task_suspend(task_read_t target_task);
extern kern_return_t task_resume(task_read_t target_task);
extern kern_return_t task_suspend2(
    task_read_t target_task, task_suspension_token_t *suspend_token);
extern kern_return_t task_resume2(task_suspension_token_t suspend_token);

/* Special ports, TASK_*_PORT, and the three that anyone may register. */
extern kern_return_t task_get_special_port(
    task_inspect_t task, int which_port, mach_port_t *special_port);
extern kern_return_t task_set_special_port(
    task_t task, int which_port, mach_port_t special_port);
extern kern_return_t mach_ports_register(task_t target_task,
    mach_port_array_t init_port_set, mach_msg_type_number_t init_port_setCnt);
extern kern_return_t mach_ports_lookup(task_t target_task,
    mach_port_array_t *init_port_set, mach_msg_type_number_t *init_port_setCnt);

extern kern_return_t thread_create(task_t parent_task, thread_act_t *child_act);
extern kern_return_t thread_create_running(task_t parent_task,
    thread_state_flavor_t flavor, thread_state_t new_state,
    mach_msg_type_number_t new_stateCnt, thread_act_t *child_act);

/* Exception ports, by mask; at most EXC_TYPES_COUNT are told. */
extern kern_return_t task_set_exception_ports(task_t task,
    exception_mask_t exception_mask, mach_port_t new_port,
    exception_behavior_t behavior, thread_state_flavor_t new_flavor);
extern kern_return_t task_get_exception_ports(task_t task,
    exception_mask_t exception_mask, exception_mask_array_t masks,
    mach_msg_type_number_t *masksCnt, exception_handler_array_t old_handlers,
    exception_behavior_array_t old_behaviors,
    exception_flavor_array_t old_flavors);
extern kern_return_t task_get_exception_ports_info(mach_port_t port,
    exception_mask_t exception_mask, exception_mask_array_t masks,
    mach_msg_type_number_t *masksCnt,
    exception_handler_info_array_t old_handlers_info,
    exception_behavior_array_t old_behaviors,
    exception_flavor_array_t old_flavors);
extern kern_return_t task_swap_exception_ports(task_t task,
    exception_mask_t exception_mask, mach_port_t new_port,
    exception_behavior_t behavior, thread_state_flavor_t new_flavor,
    exception_mask_array_t masks, mach_msg_type_number_t *masksCnt,
    exception_handler_array_t old_handlers,
    exception_behavior_array_t old_behaviors,
    exception_flavor_array_t old_flavors);
extern kern_return_t task_get_exc_guard_behavior(
    task_inspect_t task, task_exc_guard_behavior_t *behavior);
extern kern_return_t task_set_exc_guard_behavior(
    task_t task, task_exc_guard_behavior_t behavior);
extern kern_return_t task_set_corpse_forking_behavior(
    task_t task, task_corpse_forking_behavior_t behavior);

extern kern_return_t semaphore_create(
    task_t task, semaphore_t *semaphore, int policy, int value);
extern kern_return_t semaphore_destroy(task_t task, semaphore_t semaphore);
extern kern_return_t lock_set_create(
    task_t task, lock_set_t *new_lock_set, int n_ulocks, int policy);
extern kern_return_t lock_set_destroy(task_t task, lock_set_t lock_set);

extern kern_return_t task_policy_set(task_policy_set_t task,
    task_policy_flavor_t flavor, task_policy_t policy_info,
    mach_msg_type_number_t policy_infoCnt);
extern kern_return_t task_policy_get(task_policy_get_t task,
    task_policy_flavor_t flavor, task_policy_t policy_info,
    mach_msg_type_number_t *policy_infoCnt, boolean_t *get_default);
extern kern_return_t task_policy(task_t task, policy_t policy,
    policy_base_t base, mach_msg_type_number_t baseCnt, boolean_t set_limit,
    boolean_t change);
extern kern_return_t task_set_policy(task_t task, processor_set_t pset,
    policy_t policy, policy_base_t base, mach_msg_type_number_t baseCnt,
    policy_limit_t limit, mach_msg_type_number_t limitCnt, boolean_t change);

extern kern_return_t task_sample(task_t task, mach_port_t reply);
extern kern_return_t task_get_state(task_read_t task,
    thread_state_flavor_t flavor, thread_state_t old_state,
    mach_msg_type_number_t *old_stateCnt);
extern kern_return_t task_set_state(task_t task, thread_state_flavor_t flavor,
    thread_state_t new_state, mach_msg_type_number_t new_stateCnt);
extern kern_return_t task_set_phys_footprint_limit(
    task_t task, int new_limit, int *old_limit);
extern kern_return_t task_assign(
    task_t task, processor_set_t new_set, boolean_t assign_threads);
extern kern_return_t task_assign_default(task_t task, boolean_t assign_threads);
extern kern_return_t task_get_assignment(
    task_inspect_t task, processor_set_name_t *assigned_set);

extern kern_return_t task_get_mach_voucher(
    task_read_t task, mach_voucher_selector_t which, ipc_voucher_t *voucher);
extern kern_return_t task_set_mach_voucher(task_t task, ipc_voucher_t voucher);
extern kern_return_t task_swap_mach_voucher(
    task_t task, ipc_voucher_t new_voucher, ipc_voucher_t *old_voucher);

extern kern_return_t task_generate_corpse(
    task_read_t task, mach_port_t *corpse_task_port);
extern kern_return_t task_create_identity_token(
    task_t task, task_id_token_t *token);
extern kern_return_t task_identity_token_get_task_port(
    task_id_token_t token, task_flavor_t flavor, mach_port_t *task_port);

__END_DECLS
#endif

#endif /* !_task_user_ */
