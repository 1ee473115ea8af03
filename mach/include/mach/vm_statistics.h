/*
 * Statistics of memory, flags of its allocation, and tags that say what it is
 * for.
 * Facts: xnu-11417.101.15 osfmk/mach/vm_statistics.h
 */
#ifndef _MACH_VM_STATISTICS_H_
#define _MACH_VM_STATISTICS_H_

#include <mach/machine/vm_types.h>
#include <mach/machine/kern_return.h>
#include <mach/_vm_memory_tags.h>

/* HOST_VM_INFO: pages, events since boot. */
struct vm_statistics {
	natural_t free_count;
	natural_t active_count;
	natural_t inactive_count;
	natural_t wire_count;
	natural_t zero_fill_count;
	natural_t reactivations;
	natural_t pageins;
	natural_t pageouts;
	natural_t faults;
	natural_t cow_faults;
	natural_t lookups;
	natural_t hits;
	natural_t purgeable_count;
	natural_t purges;
	natural_t speculative_count; /* free_count has them in it */
};
typedef struct vm_statistics *vm_statistics_t;
typedef struct vm_statistics vm_statistics_data_t;

/* HOST_VM_INFO64 */
struct vm_statistics64 {
	natural_t free_count;
	natural_t active_count;
	natural_t inactive_count;
	natural_t wire_count;
	uint64_t zero_fill_count;
	uint64_t reactivations;
	uint64_t pageins;
	uint64_t pageouts;
	uint64_t faults;
	uint64_t cow_faults;
	uint64_t lookups;
	uint64_t hits;
	uint64_t purges;
	natural_t purgeable_count;
	natural_t speculative_count;
	uint64_t decompressions;
	uint64_t compressions;
	uint64_t swapins;
	uint64_t swapouts;
	natural_t compressor_page_count;
	natural_t throttled_count;
	natural_t external_page_count;
	natural_t internal_page_count;
	uint64_t total_uncompressed_pages_in_compressor;
} __attribute__((aligned(8)));
typedef struct vm_statistics64 *vm_statistics64_t;
typedef struct vm_statistics64 vm_statistics64_data_t;

#define VM_STATISTICS_TRUNCATE_TO_32_BIT(value) \
	((uint32_t)((value) > UINT32_MAX ? UINT32_MAX : (value)))

struct vm_extmod_statistics {
	int64_t task_for_pid_count;
	int64_t task_for_pid_caller_count;
	int64_t thread_creation_count;
	int64_t thread_creation_caller_count;
	int64_t thread_set_state_count;
	int64_t thread_set_state_caller_count;
} __attribute__((aligned(8)));
typedef struct vm_extmod_statistics *vm_extmod_statistics_t;
typedef struct vm_extmod_statistics vm_extmod_statistics_data_t;

typedef struct vm_purgeable_stat {
	uint64_t count;
	uint64_t size;
} vm_purgeable_stat_t;

struct vm_purgeable_info {
	vm_purgeable_stat_t fifo_data[8];
	vm_purgeable_stat_t obsolete_data;
	vm_purgeable_stat_t lifo_data[8];
};
typedef struct vm_purgeable_info *vm_purgeable_info_t;

/* Bits of mach_vm_page_query(). */
#define VM_PAGE_QUERY_PAGE_PRESENT 0x1
#define VM_PAGE_QUERY_PAGE_FICTITIOUS 0x2
#define VM_PAGE_QUERY_PAGE_REF 0x4
#define VM_PAGE_QUERY_PAGE_DIRTY 0x8
#define VM_PAGE_QUERY_PAGE_PAGED_OUT 0x10
#define VM_PAGE_QUERY_PAGE_COPIED 0x20
#define VM_PAGE_QUERY_PAGE_SPECULATIVE 0x40
#define VM_PAGE_QUERY_PAGE_EXTERNAL 0x80
#define VM_PAGE_QUERY_PAGE_CS_VALIDATED 0x100
#define VM_PAGE_QUERY_PAGE_CS_TAINTED 0x200
#define VM_PAGE_QUERY_PAGE_CS_NX 0x400
#define VM_PAGE_QUERY_PAGE_REUSABLE 0x800

/* Flags of mach_vm_allocate() and mach_vm_map(). */
#define VM_FLAGS_FIXED 0x00000000
#define VM_FLAGS_ANYWHERE 0x00000001
#define VM_FLAGS_PURGABLE 0x00000002
#define VM_FLAGS_4GB_CHUNK 0x00000004
#define VM_FLAGS_RANDOM_ADDR 0x00000008
#define VM_FLAGS_NO_CACHE 0x00000010
#define VM_FLAGS_RESILIENT_CODESIGN 0x00000020
#define VM_FLAGS_RESILIENT_MEDIA 0x00000040
#define VM_FLAGS_PERMANENT 0x00000080
#define VM_FLAGS_TPRO 0x00001000
#define VM_FLAGS_OVERWRITE 0x00004000
#define VM_FLAGS_SUPERPAGE_MASK 0x00070000
#define VM_FLAGS_RETURN_DATA_ADDR 0x00100000
#define VM_FLAGS_RETURN_4K_DATA_ADDR 0x00800000
#define VM_FLAGS_ALIAS_MASK 0xFF000000
#define VM_FLAGS_HW (VM_FLAGS_TPRO)
#define VM_FLAGS_USER_ALLOCATE                                              \
	(VM_FLAGS_FIXED | VM_FLAGS_ANYWHERE | VM_FLAGS_PURGABLE |           \
	    VM_FLAGS_4GB_CHUNK | VM_FLAGS_RANDOM_ADDR | VM_FLAGS_NO_CACHE | \
	    VM_FLAGS_PERMANENT | VM_FLAGS_OVERWRITE |                       \
	    VM_FLAGS_SUPERPAGE_MASK | VM_FLAGS_HW | VM_FLAGS_ALIAS_MASK)
#define VM_FLAGS_USER_MAP                                        \
	(VM_FLAGS_USER_ALLOCATE | VM_FLAGS_RETURN_4K_DATA_ADDR | \
	    VM_FLAGS_RETURN_DATA_ADDR)
#define VM_FLAGS_USER_REMAP                                          \
	(VM_FLAGS_FIXED | VM_FLAGS_ANYWHERE | VM_FLAGS_RANDOM_ADDR | \
	    VM_FLAGS_OVERWRITE | VM_FLAGS_RETURN_DATA_ADDR |         \
	    VM_FLAGS_RESILIENT_CODESIGN | VM_FLAGS_RESILIENT_MEDIA)

#define VM_FLAGS_SUPERPAGE_SHIFT 16
#define SUPERPAGE_NONE 0
#define SUPERPAGE_SIZE_ANY 1
#define SUPERPAGE_SIZE_2MB 2
#define VM_FLAGS_SUPERPAGE_NONE (SUPERPAGE_NONE << VM_FLAGS_SUPERPAGE_SHIFT)
#define VM_FLAGS_SUPERPAGE_SIZE_ANY \
	(SUPERPAGE_SIZE_ANY << VM_FLAGS_SUPERPAGE_SHIFT)
#define VM_FLAGS_SUPERPAGE_SIZE_2MB \
	(SUPERPAGE_SIZE_2MB << VM_FLAGS_SUPERPAGE_SHIFT)

/* A tag among the flags. */
#define VM_MAKE_TAG(tag) ((tag) << 24)
#define VM_GET_FLAGS_ALIAS(flags, alias) (alias) = (((flags) >> 24) & 0xff)
#define VM_SET_FLAGS_ALIAS(flags, alias)              \
	(flags) = (((flags) & ~VM_FLAGS_ALIAS_MASK) | \
		   (((alias) & ~VM_FLAGS_ALIAS_MASK) << 24))

/* A guard violation of memory, and its kinds. */
#define GUARD_TYPE_VIRT_MEMORY 0x5
typedef uint32_t virtual_memory_guard_exception_code_t;
#define kGUARD_EXC_DEALLOC_GAP 1
#define kGUARD_EXC_RECLAIM_COPYIO_FAILURE 2
#define kGUARD_EXC_SEC_LOOKUP_DENIED 3
#define kGUARD_EXC_RECLAIM_INDEX_FAILURE 4
#define kGUARD_EXC_SEC_RANGE_DENIED 6
#define kGUARD_EXC_SEC_ACCESS_FAULT 7
#define kGUARD_EXC_RECLAIM_DEALLOCATE_FAILURE 8
#define kGUARD_EXC_SEC_COPY_DENIED 16
#define kGUARD_EXC_SEC_SHARING_DENIED 32
#define kGUARD_EXC_SEC_ASYNC_ACCESS_FAULT 64

#define VM_LEDGER_TAG_NONE 0x00000000
#define VM_LEDGER_TAG_DEFAULT 0x00000001
#define VM_LEDGER_TAG_NETWORK 0x00000002
#define VM_LEDGER_TAG_MEDIA 0x00000003
#define VM_LEDGER_TAG_GRAPHICS 0x00000004
#define VM_LEDGER_TAG_NEURAL 0x00000005
#define VM_LEDGER_TAG_MAX 0x00000005
#define VM_LEDGER_TAG_UNCHANGED ((int)-1)
#define VM_LEDGER_FLAG_NO_FOOTPRINT (1 << 0)
#define VM_LEDGER_FLAG_NO_FOOTPRINT_FOR_DEBUG (1 << 1)
#define VM_LEDGER_FLAGS_USER \
	(VM_LEDGER_FLAG_NO_FOOTPRINT | VM_LEDGER_FLAG_NO_FOOTPRINT_FOR_DEBUG)

_mach_assert(sizeof(struct vm_statistics) == 60, "as in XNU");
_mach_assert(sizeof(struct vm_statistics64) == 152, "as in XNU");

#endif /* !_MACH_VM_STATISTICS_H_ */
