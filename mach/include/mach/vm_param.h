/*
 * The size of a page as macros, unless <sys/param.h> has them.
 * Facts: xnu-11417.101.15 osfmk/mach/vm_param.h (user side)
 */
#ifndef _MACH_VM_PARAM_H_
#define _MACH_VM_PARAM_H_

#include <mach/vm_page_size.h>

#ifndef _KERNEL
#ifndef PAGE_SIZE
#define PAGE_SIZE vm_page_size
#endif
#ifndef PAGE_SHIFT
#define PAGE_SHIFT vm_page_shift
#endif
#ifndef PAGE_MASK
#define PAGE_MASK vm_page_mask
#endif
#endif

#endif /* !_MACH_VM_PARAM_H_ */
