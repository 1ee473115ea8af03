/*
 * Memory, power and guards of a task.  Part of <mach/task_info.h>, which is
 * what to include: it packs these to 4 bytes.
 * Facts: xnu-11417.101.15 osfmk/mach/task_info.h
 */
#ifndef _MACH_TASK_VM_INFO_H_
#define _MACH_TASK_VM_INFO_H_

#define TASK_POWER_INFO 21
struct task_power_info {
	uint64_t total_user;
	uint64_t total_system;
	uint64_t task_interrupt_wakeups;
	uint64_t task_platform_idle_wakeups;
	uint64_t task_timer_wakeups_bin_1;
	uint64_t task_timer_wakeups_bin_2;
};
typedef struct task_power_info task_power_info_data_t;
typedef struct task_power_info *task_power_info_t;
#define TASK_POWER_INFO_COUNT _mach_count(task_power_info_data_t)

#define TASK_VM_INFO 22
#define TASK_VM_INFO_PURGEABLE 23
struct task_vm_info {
	mach_vm_size_t virtual_size;
	integer_t region_count;
	integer_t page_size;
	mach_vm_size_t resident_size, resident_size_peak;
	mach_vm_size_t device, device_peak;
	mach_vm_size_t internal, internal_peak;
	mach_vm_size_t external, external_peak;
	mach_vm_size_t reusable, reusable_peak;
	mach_vm_size_t purgeable_volatile_pmap;
	mach_vm_size_t purgeable_volatile_resident;
	mach_vm_size_t purgeable_volatile_virtual;
	mach_vm_size_t compressed, compressed_peak, compressed_lifetime;
	/* Revision 1 */
	mach_vm_size_t phys_footprint;
	/* 2 */
	mach_vm_address_t min_address;
	mach_vm_address_t max_address;
	/* 3 */
	int64_t ledger_phys_footprint_peak;
	int64_t ledger_purgeable_nonvolatile;
	int64_t ledger_purgeable_novolatile_compressed;
	int64_t ledger_purgeable_volatile;
	int64_t ledger_purgeable_volatile_compressed;
	int64_t ledger_tag_network_nonvolatile;
	int64_t ledger_tag_network_nonvolatile_compressed;
	int64_t ledger_tag_network_volatile;
	int64_t ledger_tag_network_volatile_compressed;
	int64_t ledger_tag_media_footprint;
	int64_t ledger_tag_media_footprint_compressed;
	int64_t ledger_tag_media_nofootprint;
	int64_t ledger_tag_media_nofootprint_compressed;
	int64_t ledger_tag_graphics_footprint;
	int64_t ledger_tag_graphics_footprint_compressed;
	int64_t ledger_tag_graphics_nofootprint;
	int64_t ledger_tag_graphics_nofootprint_compressed;
	int64_t ledger_tag_neural_footprint;
	int64_t ledger_tag_neural_footprint_compressed;
	int64_t ledger_tag_neural_nofootprint;
	int64_t ledger_tag_neural_nofootprint_compressed;
	/* 4 */
	uint64_t limit_bytes_remaining;
	/* 5 */
	integer_t decompressions;
	/* 6 */
	int64_t ledger_swapins;
	/* 7 */
	int64_t ledger_tag_neural_nofootprint_total;
	int64_t ledger_tag_neural_nofootprint_peak;
};
typedef struct task_vm_info task_vm_info_data_t;
typedef struct task_vm_info *task_vm_info_t;
#define TASK_VM_INFO_COUNT _mach_count(task_vm_info_data_t)
#define TASK_VM_INFO_REV7_COUNT TASK_VM_INFO_COUNT
#define TASK_VM_INFO_REV6_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV7_COUNT - 4))
#define TASK_VM_INFO_REV5_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV6_COUNT - 2))
#define TASK_VM_INFO_REV4_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV5_COUNT - 1))
#define TASK_VM_INFO_REV3_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV4_COUNT - 2))
#define TASK_VM_INFO_REV2_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV3_COUNT - 42))
#define TASK_VM_INFO_REV1_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV2_COUNT - 4))
#define TASK_VM_INFO_REV0_COUNT \
	((mach_msg_type_number_t)(TASK_VM_INFO_REV1_COUNT - 2))
typedef struct vm_purgeable_info task_purgable_info_t;

#define TASK_TRACE_MEMORY_INFO 24
struct task_trace_memory_info {
	uint64_t user_memory_address;
	uint64_t buffer_size;
	uint64_t mailbox_array_size;
};
typedef struct task_trace_memory_info task_trace_memory_info_data_t;
typedef struct task_trace_memory_info *task_trace_memory_info_t;
#define TASK_TRACE_MEMORY_INFO_COUNT _mach_count(task_trace_memory_info_data_t)

#define TASK_WAIT_STATE_INFO 25
struct task_wait_state_info {
	uint64_t total_wait_state_time;
	uint64_t total_wait_sfi_state_time;
	uint32_t _reserved[4];
};
typedef struct task_wait_state_info task_wait_state_info_data_t;
typedef struct task_wait_state_info *task_wait_state_info_t;
#define TASK_WAIT_STATE_INFO_COUNT _mach_count(task_wait_state_info_data_t)

#define TASK_POWER_INFO_V2 26
typedef struct {
	uint64_t task_gpu_utilisation;
	uint64_t task_gpu_stat_reserved0;
	uint64_t task_gpu_stat_reserved1;
	uint64_t task_gpu_stat_reserved2;
} gpu_energy_data;
typedef gpu_energy_data *gpu_energy_data_t;
struct task_power_info_v2 {
	task_power_info_data_t cpu_energy;
	gpu_energy_data gpu_energy;
#if defined(__aarch64__)
	uint64_t task_energy;
#endif
	uint64_t task_ptime;
	uint64_t task_pset_switches;
};
typedef struct task_power_info_v2 task_power_info_v2_data_t;
typedef struct task_power_info_v2 *task_power_info_v2_t;
#define TASK_POWER_INFO_V2_COUNT_OLD \
	((mach_msg_type_number_t)(TASK_POWER_INFO_V2_COUNT - 4))
#define TASK_POWER_INFO_V2_COUNT _mach_count(task_power_info_v2_data_t)

#define TASK_VM_INFO_PURGEABLE_ACCOUNT 27

#define TASK_FLAGS_INFO 28
struct task_flags_info {
	uint32_t flags; /* TF_* */
};
typedef struct task_flags_info task_flags_info_data_t;
typedef struct task_flags_info *task_flags_info_t;
#define TASK_FLAGS_INFO_COUNT _mach_count(task_flags_info_data_t)
#define TF_LP64 0x00000001
#define TF_64B_DATA 0x00000002

#define TASK_DEBUG_INFO_INTERNAL 29

/* What a guard violation of memory (VM) or of a port (MP) leads to. */
typedef uint32_t task_exc_guard_behavior_t;
#define TASK_EXC_GUARD_NONE 0x00
#define TASK_EXC_GUARD_VM_DELIVER 0x01
#define TASK_EXC_GUARD_VM_ONCE 0x02
#define TASK_EXC_GUARD_VM_CORPSE 0x04
#define TASK_EXC_GUARD_VM_FATAL 0x08
#define TASK_EXC_GUARD_VM_ALL 0x0f
#define TASK_EXC_GUARD_MP_DELIVER 0x10
#define TASK_EXC_GUARD_MP_ONCE 0x20
#define TASK_EXC_GUARD_MP_CORPSE 0x40
#define TASK_EXC_GUARD_MP_FATAL 0x80
#define TASK_EXC_GUARD_MP_ALL 0xf0
#define TASK_EXC_GUARD_ALL 0xff

typedef uint32_t task_corpse_forking_behavior_t;
#define TASK_CORPSE_FORKING_DISABLED_MEM_DIAG 0x01

#endif /* !_MACH_TASK_VM_INFO_H_ */
