/*
 * Flavors of thread_get_state() on arm64, and their counts in words: the
 * registers, faults, NEON and debug registers; no SME.
 * Facts: xnu-11417.101.15 osfmk/mach/arm/{_structs,thread_status}.h
 */
#ifndef _ARM_THREAD_STATUS_H_
#define _ARM_THREAD_STATUS_H_

#include <mach/machine/thread_state.h>
#include <mach/message.h>

#define ARM_THREAD_STATE 1
#define ARM_UNIFIED_THREAD_STATE ARM_THREAD_STATE
#define ARM_VFP_STATE 2
#define ARM_EXCEPTION_STATE 3
#define ARM_DEBUG_STATE 4
#define THREAD_STATE_NONE 5
#define ARM_THREAD_STATE64 6
#define ARM_EXCEPTION_STATE64 7
#define ARM_THREAD_STATE32 9
#define ARM_EXCEPTION_STATE64_V2 10
#define ARM_DEBUG_STATE32 14
#define ARM_DEBUG_STATE64 15
#define ARM_NEON_STATE 16
#define ARM_NEON_STATE64 17
#define ARM_CPMU_STATE64 18
#define ARM_PAGEIN_STATE 27
#define THREAD_STATE_FLAVORS 50

#define THREAD_MACHINE_STATE_MAX THREAD_STATE_MAX

struct arm_state_hdr {
	uint32_t flavor;
	uint32_t count;
};
typedef struct arm_state_hdr arm_state_hdr_t;

#define _STRUCT_ARM_THREAD_STATE struct __darwin_arm_thread_state
_STRUCT_ARM_THREAD_STATE
{
	uint32_t __r[13];
	uint32_t __sp, __lr, __pc, __cpsr;
};

#define _STRUCT_ARM_THREAD_STATE64 struct __darwin_arm_thread_state64
_STRUCT_ARM_THREAD_STATE64
{
	uint64_t __x[29];
	uint64_t __fp, __lr, __sp, __pc;
	uint32_t __cpsr;
	uint32_t __pad;
};

#define _STRUCT_ARM_EXCEPTION_STATE64 struct __darwin_arm_exception_state64
_STRUCT_ARM_EXCEPTION_STATE64
{
	uint64_t __far;
	uint32_t __esr;
	uint32_t __exception;
};

#define _STRUCT_ARM_EXCEPTION_STATE64_V2 \
	struct __darwin_arm_exception_state64_v2
_STRUCT_ARM_EXCEPTION_STATE64_V2
{
	uint64_t __far;
	uint64_t __esr;
};

#define _STRUCT_ARM_NEON_STATE64 struct __darwin_arm_neon_state64
_STRUCT_ARM_NEON_STATE64
{
	__extension__ __uint128_t __v[32];
	uint32_t __fpsr;
	uint32_t __fpcr;
};

#define _STRUCT_ARM_DEBUG_STATE64 struct __darwin_arm_debug_state64
_STRUCT_ARM_DEBUG_STATE64
{
	uint64_t __bvr[16], __bcr[16], __wvr[16], __wcr[16];
	uint64_t __mdscr_el1;
};

#define _STRUCT_ARM_PAGEIN_STATE struct __arm_pagein_state
_STRUCT_ARM_PAGEIN_STATE
{
	int __pagein_error;
};

typedef _STRUCT_ARM_THREAD_STATE arm_thread_state_t;
typedef _STRUCT_ARM_THREAD_STATE arm_thread_state32_t;
typedef _STRUCT_ARM_THREAD_STATE64 arm_thread_state64_t;
typedef _STRUCT_ARM_EXCEPTION_STATE64 arm_exception_state64_t;
typedef _STRUCT_ARM_EXCEPTION_STATE64_V2 arm_exception_state64_v2_t;
typedef _STRUCT_ARM_NEON_STATE64 arm_neon_state64_t;
typedef _STRUCT_ARM_DEBUG_STATE64 arm_debug_state64_t;
typedef _STRUCT_ARM_PAGEIN_STATE arm_pagein_state_t;

struct arm_unified_thread_state {
	arm_state_hdr_t ash;
	union {
		arm_thread_state32_t ts_32;
		arm_thread_state64_t ts_64;
	} uts;
};
#define ts_32 uts.ts_32
#define ts_64 uts.ts_64
typedef struct arm_unified_thread_state arm_unified_thread_state_t;

#define arm_thread_state64_get_pc(ts) ((ts).__pc)
#define arm_thread_state64_get_lr(ts) ((ts).__lr)
#define arm_thread_state64_get_sp(ts) ((ts).__sp)
#define arm_thread_state64_get_fp(ts) ((ts).__fp)

#define _ARM_COUNT(type) \
	((mach_msg_type_number_t)(sizeof(type) / sizeof(uint32_t)))
#define ARM_THREAD_STATE_COUNT _ARM_COUNT(arm_thread_state_t)
#define ARM_THREAD_STATE32_COUNT _ARM_COUNT(arm_thread_state32_t)
#define ARM_THREAD_STATE64_COUNT _ARM_COUNT(arm_thread_state64_t)
#define ARM_UNIFIED_THREAD_STATE_COUNT _ARM_COUNT(arm_unified_thread_state_t)
#define ARM_EXCEPTION_STATE64_COUNT _ARM_COUNT(arm_exception_state64_t)
#define ARM_EXCEPTION_STATE64_V2_COUNT _ARM_COUNT(arm_exception_state64_v2_t)
#define ARM_NEON_STATE64_COUNT _ARM_COUNT(arm_neon_state64_t)
#define ARM_DEBUG_STATE64_COUNT _ARM_COUNT(arm_debug_state64_t)
#define ARM_PAGEIN_STATE_COUNT _ARM_COUNT(arm_pagein_state_t)

#define MACHINE_THREAD_STATE ARM_THREAD_STATE
#define MACHINE_THREAD_STATE_COUNT ARM_UNIFIED_THREAD_STATE_COUNT

#endif /* !_ARM_THREAD_STATUS_H_ */
