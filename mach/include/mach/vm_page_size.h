/*
 * The size of a page, known when the process starts.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/vm_page_size.h
 */
#ifndef _VM_PAGE_SIZE_H_
#define _VM_PAGE_SIZE_H_

#include <mach/mach_types.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern vm_size_t vm_page_size;
extern vm_size_t vm_page_mask;
extern int vm_page_shift;
extern vm_size_t vm_kernel_page_size;
extern vm_size_t vm_kernel_page_mask;
extern int vm_kernel_page_shift;

#ifndef trunc_page
#define trunc_page(x) ((x) & (~(vm_page_size - 1)))
#endif
#ifndef round_page
#define round_page(x) trunc_page((x) + (vm_page_size - 1))
#endif
#define mach_vm_trunc_page(x) \
	((mach_vm_offset_t)(x) & ~((mach_vm_offset_t)vm_page_mask))
#define mach_vm_round_page(x) \
	mach_vm_trunc_page((mach_vm_offset_t)(x) + vm_page_mask)
#define trunc_page_kernel(x) ((x) & (~vm_kernel_page_mask))
#define round_page_kernel(x) trunc_page_kernel((x) + vm_kernel_page_mask)

__END_DECLS
#endif

#endif /* !_VM_PAGE_SIZE_H_ */
