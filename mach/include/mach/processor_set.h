/*
 * Sets of processors: here one, with all of them.  MIG subsystem
 * processor_set (4000).
 * Facts: xnu-11417.101.15 osfmk/mach/processor_set.defs
 */
#ifndef _processor_set_user_
#define _processor_set_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t processor_set_statistics(processor_set_name_t pset,
    processor_set_flavor_t flavor, processor_set_info_t info_out,
    mach_msg_type_number_t *info_outCnt);
extern kern_return_t processor_set_info(processor_set_name_t set_name,
    int flavor, host_t *host, processor_set_info_t info_out,
    mach_msg_type_number_t *info_outCnt);
extern kern_return_t processor_set_destroy(processor_set_t set);
extern kern_return_t processor_set_max_priority(
    processor_set_t processor_set, int max_priority, boolean_t change_threads);
extern kern_return_t processor_set_policy_enable(
    processor_set_t processor_set, int policy);
extern kern_return_t processor_set_policy_disable(
    processor_set_t processor_set, int policy, boolean_t change_threads);
extern kern_return_t processor_set_policy_control(processor_set_t pset,
    processor_set_flavor_t flavor, processor_set_info_t policy_info,
    mach_msg_type_number_t policy_infoCnt, boolean_t change);
extern kern_return_t processor_set_tasks(processor_set_t processor_set,
    task_array_t *task_list, mach_msg_type_number_t *task_listCnt);
extern kern_return_t processor_set_tasks_with_flavor(
    processor_set_t processor_set, mach_task_flavor_t flavor,
    task_array_t *task_list, mach_msg_type_number_t *task_listCnt);
extern kern_return_t processor_set_threads(processor_set_t processor_set,
    thread_act_array_t *thread_list, mach_msg_type_number_t *thread_listCnt);
extern kern_return_t processor_set_stack_usage(processor_set_t pset,
    unsigned *ltotal, vm_size_t *space, vm_size_t *resident,
    vm_size_t *maxusage, vm_offset_t *maxstack);

__END_DECLS
#endif

#endif /* !_processor_set_user_ */
