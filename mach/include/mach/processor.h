/*
 * Processors.  MIG subsystem processor (3000).
 * Facts: xnu-11417.101.15 osfmk/mach/processor.defs
 */
#ifndef _processor_user_
#define _processor_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t processor_start(processor_t processor);
extern kern_return_t processor_exit(processor_t processor);
extern kern_return_t processor_info(processor_t processor,
    processor_flavor_t flavor, host_t *host,
    processor_info_t processor_info_out,
    mach_msg_type_number_t *processor_info_outCnt);
extern kern_return_t processor_control(processor_t processor,
    processor_info_t processor_cmd, mach_msg_type_number_t processor_cmdCnt);
extern kern_return_t processor_assign(
    processor_t processor, processor_set_t new_set, boolean_t wait);
extern kern_return_t processor_get_assignment(
    processor_t processor, processor_set_name_t *assigned_set);

__END_DECLS
#endif

#endif /* !_processor_user_ */
