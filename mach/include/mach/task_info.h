/*
 * What task_info() tells.  TASK_VM_INFO stands in _task_vm_info.h.
 * Facts: xnu-11417.101.15 osfmk/mach/task_info.h
 */
#ifndef _MACH_TASK_INFO_H_
#define _MACH_TASK_INFO_H_

#include <mach/message.h>
#include <mach/machine/vm_types.h>
#include <mach/time_value.h>
#include <mach/policy.h>
#include <mach/vm_statistics.h>

typedef natural_t task_flavor_t;
typedef integer_t *task_info_t;
#define TASK_INFO_MAX (1024)
typedef integer_t task_info_data_t[TASK_INFO_MAX];

#pragma pack(push, 4)

#define TASK_ABSOLUTETIME_INFO 1
struct task_absolutetime_info {
	uint64_t total_user;
	uint64_t total_system;
	uint64_t threads_user; /* of living threads */
	uint64_t threads_system;
};
typedef struct task_absolutetime_info task_absolutetime_info_data_t;
typedef struct task_absolutetime_info *task_absolutetime_info_t;
#define TASK_ABSOLUTETIME_INFO_COUNT _mach_count(task_absolutetime_info_data_t)

#define TASK_EVENTS_INFO 2
struct task_events_info {
	integer_t faults;
	integer_t pageins;
	integer_t cow_faults;
	integer_t messages_sent;
	integer_t messages_received;
	integer_t syscalls_mach;
	integer_t syscalls_unix;
	integer_t csw;
};
typedef struct task_events_info task_events_info_data_t;
typedef struct task_events_info *task_events_info_t;
#define TASK_EVENTS_INFO_COUNT _mach_count(task_events_info_data_t)

#define TASK_THREAD_TIMES_INFO 3
struct task_thread_times_info {
	time_value_t user_time;
	time_value_t system_time;
};
typedef struct task_thread_times_info task_thread_times_info_data_t;
typedef struct task_thread_times_info *task_thread_times_info_t;
#define TASK_THREAD_TIMES_INFO_COUNT _mach_count(task_thread_times_info_data_t)

#define TASK_BASIC_INFO_32 4
#define TASK_BASIC2_INFO_32 6
struct task_basic_info_32 {
	integer_t suspend_count;
	natural_t virtual_size;
	natural_t resident_size;
	time_value_t user_time; /* of dead threads, as the next */
	time_value_t system_time;
	policy_t policy;
};
typedef struct task_basic_info_32 task_basic_info_32_data_t;
typedef struct task_basic_info_32 *task_basic_info_32_t;
#define TASK_BASIC_INFO_32_COUNT _mach_count(task_basic_info_32_data_t)

struct task_basic_info_64 {
	integer_t suspend_count;
	mach_vm_size_t virtual_size;
	mach_vm_size_t resident_size;
	time_value_t user_time;
	time_value_t system_time;
	policy_t policy;
};
typedef struct task_basic_info_64 task_basic_info_64_data_t;
typedef struct task_basic_info_64 *task_basic_info_64_t;
#define TASK_BASIC_INFO_64_COUNT _mach_count(task_basic_info_64_data_t)
#if defined(__aarch64__)
#define TASK_BASIC_INFO_64_2 18
#define TASK_BASIC_INFO_64 TASK_BASIC_INFO_64_2
#else
#define TASK_BASIC_INFO_64 5
#endif

struct task_basic_info {
	integer_t suspend_count;
	vm_size_t virtual_size;
	vm_size_t resident_size;
	time_value_t user_time;
	time_value_t system_time;
	policy_t policy;
};
typedef struct task_basic_info task_basic_info_data_t;
typedef struct task_basic_info *task_basic_info_t;
#define TASK_BASIC_INFO_COUNT _mach_count(task_basic_info_data_t)
#define TASK_BASIC_INFO TASK_BASIC_INFO_64

#define TASK_KERNELMEMORY_INFO 7
struct task_kernelmemory_info {
	uint64_t total_palloc;
	uint64_t total_pfree;
	uint64_t total_salloc;
	uint64_t total_sfree;
};
typedef struct task_kernelmemory_info task_kernelmemory_info_data_t;
typedef struct task_kernelmemory_info *task_kernelmemory_info_t;
#define TASK_KERNELMEMORY_INFO_COUNT _mach_count(task_kernelmemory_info_data_t)

#define TASK_SCHED_TIMESHARE_INFO 10
#define TASK_SCHED_RR_INFO 11
#define TASK_SCHED_FIFO_INFO 12
#define TASK_SCHED_INFO 14

#define TASK_SECURITY_TOKEN 13
#define TASK_SECURITY_TOKEN_COUNT _mach_count(security_token_t)
#define TASK_AUDIT_TOKEN 15
#define TASK_AUDIT_TOKEN_COUNT _mach_count(audit_token_t)

#define TASK_AFFINITY_TAG_INFO 16
struct task_affinity_tag_info {
	integer_t set_count;
	integer_t min;
	integer_t max;
	integer_t task_count;
};
typedef struct task_affinity_tag_info task_affinity_tag_info_data_t;
typedef struct task_affinity_tag_info *task_affinity_tag_info_t;
#define TASK_AFFINITY_TAG_INFO_COUNT _mach_count(task_affinity_tag_info_data_t)

#define TASK_DYLD_INFO 17
#define TASK_DYLD_ALL_IMAGE_INFO_32 0
#define TASK_DYLD_ALL_IMAGE_INFO_64 1
struct task_dyld_info {
	mach_vm_address_t all_image_info_addr;
	mach_vm_size_t all_image_info_size;
	integer_t all_image_info_format;
};
typedef struct task_dyld_info task_dyld_info_data_t;
typedef struct task_dyld_info *task_dyld_info_t;
#define TASK_DYLD_INFO_COUNT _mach_count(task_dyld_info_data_t)

#define MACH_TASK_BASIC_INFO 20
struct mach_task_basic_info {
	mach_vm_size_t virtual_size;
	mach_vm_size_t resident_size;
	mach_vm_size_t resident_size_max;
	time_value_t user_time;
	time_value_t system_time;
	policy_t policy;
	integer_t suspend_count;
};
typedef struct mach_task_basic_info mach_task_basic_info_data_t;
typedef struct mach_task_basic_info *mach_task_basic_info_t;
#define MACH_TASK_BASIC_INFO_COUNT _mach_count(mach_task_basic_info_data_t)

#include <mach/_task_vm_info.h>

#pragma pack(pop)

/* Apart for its alignment: packing would not move a field. */
#define TASK_EXTMOD_INFO 19
struct task_extmod_info {
	unsigned char task_uuid[16];
	vm_extmod_statistics_data_t extmod_statistics;
};
typedef struct task_extmod_info task_extmod_info_data_t;
typedef struct task_extmod_info *task_extmod_info_t;
#define TASK_EXTMOD_INFO_COUNT _mach_count(task_extmod_info_data_t)

_mach_assert(sizeof(struct task_basic_info_64) == 40, "as in XNU");
_mach_assert(sizeof(struct mach_task_basic_info) == 48, "as in XNU");

#endif /* !_MACH_TASK_INFO_H_ */
