/*
 * Names of virtual memory's objects and addresses.
 * Facts: xnu-11417.101.15 osfmk/mach/vm_types.h (user side)
 */
#ifndef _MACH_VM_TYPES_H_
#define _MACH_VM_TYPES_H_

#include <mach/port.h>

typedef vm_offset_t pointer_t;
typedef vm_offset_t vm_address_t;
/* FreeBSD's kernel has a vm_map_t of its own in <vm/vm.h>. */
#ifndef _KERNEL
typedef mach_port_t vm_map_t, vm_map_read_t, vm_map_inspect_t;

#define VM_MAP_NULL ((vm_map_t)0)
#define VM_MAP_INSPECT_NULL ((vm_map_inspect_t)0)
#define VM_MAP_READ_NULL ((vm_map_read_t)0)
#endif

typedef uint64_t addr64_t;
typedef uint32_t reg64_t;
typedef uint32_t ppnum_t;
#define PPNUM_MAX UINT32_MAX

typedef mach_port_t upl_t;
typedef mach_port_t vm_named_entry_t;
#define UPL_NULL ((upl_t)0)
#define VM_NAMED_ENTRY_NULL ((vm_named_entry_t)0)

typedef uint64_t vm_object_offset_t;
typedef uint64_t vm_object_size_t;

typedef struct mach_vm_range {
	mach_vm_offset_t min_address;
	mach_vm_offset_t max_address;
} * mach_vm_range_t;

typedef uint32_t mach_vm_range_flavor_t;
#define MACH_VM_RANGE_FLAVOR_INVALID 0
#define MACH_VM_RANGE_FLAVOR_V1 1
#define MACH_VM_RANGE_FLAVOR_DEFAULT MACH_VM_RANGE_FLAVOR_V1

typedef uint64_t mach_vm_range_flags_t;
#define MACH_VM_RANGE_NONE 0ull

typedef uint16_t mach_vm_range_tag_t;
#define MACH_VM_RANGE_DEFAULT 0
#define MACH_VM_RANGE_DATA 1
#define MACH_VM_RANGE_FIXED 2

#pragma pack(push, 1)
typedef struct {
	__extension__ mach_vm_range_flags_t flags : 48;
	__extension__ mach_vm_range_tag_t range_tag : 8;
	__extension__ uint8_t vm_tag : 8;
	struct mach_vm_range range;
} mach_vm_range_recipe_v1_t;
#pragma pack(pop)

typedef mach_vm_range_recipe_v1_t mach_vm_range_recipe_t;
typedef uint8_t *mach_vm_range_recipes_raw_t;

_mach_assert(sizeof(mach_vm_range_recipe_v1_t) == 24, "as XNU packs it");

#endif /* !_MACH_VM_TYPES_H_ */
