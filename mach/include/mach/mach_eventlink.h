/*
 * Event links: making and binding them.  MIG subsystem mach_eventlink
 * (716200).
 * Facts: xnu-11417.101.15 osfmk/mach/mach_eventlink.defs
 */
#ifndef _mach_eventlink_user_
#define _mach_eventlink_user_

#include <mach/mach_types.h>
#include <mach/mach_eventlink_types.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t mach_eventlink_create(task_t task,
    mach_eventlink_create_option_t option,
    eventlink_port_pair_t eventlink_pair);
extern kern_return_t mach_eventlink_destroy(mach_port_t eventlink);
extern kern_return_t mach_eventlink_associate(mach_port_t eventlink,
    thread_t thread, mach_vm_address_t copyin_addr_wait,
    uint64_t copyin_mask_wait, mach_vm_address_t copyin_addr_signal,
    uint64_t copyin_mask_signal, mach_eventlink_associate_option_t option);
extern kern_return_t mach_eventlink_disassociate(
    mach_port_t eventlink, mach_eventlink_disassociate_option_t option);

__END_DECLS
#endif

#endif /* !_mach_eventlink_user_ */
