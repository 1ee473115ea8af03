/*
 * What a child gets of a region.  FreeBSD's kernel has a vm_inherit_t of its
 * own, with the same first three, in <vm/vm.h>.
 * Facts: xnu-11417.101.15 osfmk/mach/vm_inherit.h
 */
#ifndef _MACH_VM_INHERIT_H_
#define _MACH_VM_INHERIT_H_

#ifndef _KERNEL
typedef unsigned int vm_inherit_t;

#define VM_INHERIT_SHARE ((vm_inherit_t)0)
#define VM_INHERIT_COPY ((vm_inherit_t)1)
#define VM_INHERIT_NONE ((vm_inherit_t)2)
#define VM_INHERIT_DONATE_COPY ((vm_inherit_t)3)
#define VM_INHERIT_DEFAULT VM_INHERIT_COPY
#define VM_INHERIT_LAST_VALID VM_INHERIT_NONE
#endif

#endif /* !_MACH_VM_INHERIT_H_ */
