/*
 * Flavors of thread_get_state() on x86, and their counts in words.
 * Facts: xnu-11417.101.15 osfmk/mach/i386/thread_status.h
 */
#ifndef _MACH_I386_THREAD_STATUS_H_
#define _MACH_I386_THREAD_STATUS_H_

#include <mach/i386/_structs.h>
#include <mach/machine/thread_state.h>
#include <mach/message.h>

#define i386_THREAD_STATE 1
#define i386_FLOAT_STATE 2
#define i386_EXCEPTION_STATE 3
#define x86_THREAD_STATE32 1
#define x86_FLOAT_STATE32 2
#define x86_EXCEPTION_STATE32 3
#define x86_THREAD_STATE64 4
#define x86_FLOAT_STATE64 5
#define x86_EXCEPTION_STATE64 6
#define x86_THREAD_STATE 7 /* a header, then 32 or 64; so the next two */
#define x86_FLOAT_STATE 8
#define x86_EXCEPTION_STATE 9
#define x86_DEBUG_STATE32 10
#define x86_DEBUG_STATE64 11
#define x86_DEBUG_STATE 12
#define THREAD_STATE_NONE 13
#define x86_AVX_STATE32 16
#define x86_AVX_STATE64 (x86_AVX_STATE32 + 1)
#define x86_AVX_STATE (x86_AVX_STATE32 + 2)
#define x86_AVX512_STATE32 19
#define x86_AVX512_STATE64 (x86_AVX512_STATE32 + 1)
#define x86_AVX512_STATE (x86_AVX512_STATE32 + 2)
#define x86_PAGEIN_STATE 22
#define x86_THREAD_FULL_STATE64 23
#define x86_INSTRUCTION_STATE 24
#define x86_LAST_BRANCH_STATE 25
#define THREAD_STATE_FLAVORS 26

#define THREAD_MACHINE_STATE_MAX THREAD_STATE_MAX

struct x86_state_hdr {
	uint32_t flavor;
	uint32_t count;
};
typedef struct x86_state_hdr x86_state_hdr_t;

typedef _STRUCT_X86_THREAD_STATE32 i386_thread_state_t;
typedef _STRUCT_X86_THREAD_STATE32 x86_thread_state32_t;
typedef _STRUCT_X86_EXCEPTION_STATE32 i386_exception_state_t;
typedef _STRUCT_X86_EXCEPTION_STATE32 x86_exception_state32_t;
typedef _STRUCT_X86_DEBUG_STATE32 x86_debug_state32_t;
typedef _STRUCT_X86_THREAD_STATE64 x86_thread_state64_t;
typedef _STRUCT_X86_THREAD_FULL_STATE64 x86_thread_full_state64_t;
typedef _STRUCT_X86_FLOAT_STATE64 x86_float_state64_t;
typedef _STRUCT_X86_EXCEPTION_STATE64 x86_exception_state64_t;
typedef _STRUCT_X86_DEBUG_STATE64 x86_debug_state64_t;
typedef _STRUCT_X86_PAGEIN_STATE x86_pagein_state_t;

struct x86_thread_state {
	x86_state_hdr_t tsh;
	union {
		x86_thread_state32_t ts32;
		x86_thread_state64_t ts64;
	} uts;
};
typedef struct x86_thread_state x86_thread_state_t;

struct x86_exception_state {
	x86_state_hdr_t esh;
	union {
		x86_exception_state32_t es32;
		x86_exception_state64_t es64;
	} ues;
};
typedef struct x86_exception_state x86_exception_state_t;

struct x86_debug_state {
	x86_state_hdr_t dsh;
	union {
		x86_debug_state32_t ds32;
		x86_debug_state64_t ds64;
	} uds;
};
typedef struct x86_debug_state x86_debug_state_t;

#define _X86_COUNT(type) ((mach_msg_type_number_t)(sizeof(type) / sizeof(int)))
#define i386_THREAD_STATE_COUNT _X86_COUNT(i386_thread_state_t)
#define x86_THREAD_STATE32_COUNT _X86_COUNT(x86_thread_state32_t)
#define i386_EXCEPTION_STATE_COUNT _X86_COUNT(i386_exception_state_t)
#define I386_EXCEPTION_STATE_COUNT i386_EXCEPTION_STATE_COUNT
#define x86_EXCEPTION_STATE32_COUNT _X86_COUNT(x86_exception_state32_t)
#define x86_DEBUG_STATE32_COUNT _X86_COUNT(x86_debug_state32_t)
#define X86_DEBUG_STATE32_COUNT x86_DEBUG_STATE32_COUNT
#define x86_THREAD_STATE64_COUNT _X86_COUNT(x86_thread_state64_t)
#define x86_THREAD_FULL_STATE64_COUNT _X86_COUNT(x86_thread_full_state64_t)
#define x86_FLOAT_STATE64_COUNT _X86_COUNT(x86_float_state64_t)
#define x86_EXCEPTION_STATE64_COUNT _X86_COUNT(x86_exception_state64_t)
#define X86_EXCEPTION_STATE64_COUNT x86_EXCEPTION_STATE64_COUNT
#define x86_DEBUG_STATE64_COUNT _X86_COUNT(x86_debug_state64_t)
#define X86_DEBUG_STATE64_COUNT x86_DEBUG_STATE64_COUNT
#define x86_PAGEIN_STATE_COUNT _X86_COUNT(x86_pagein_state_t)
#define X86_PAGEIN_STATE_COUNT x86_PAGEIN_STATE_COUNT
#define x86_THREAD_STATE_COUNT _X86_COUNT(x86_thread_state_t)
#define x86_EXCEPTION_STATE_COUNT _X86_COUNT(x86_exception_state_t)
#define x86_DEBUG_STATE_COUNT _X86_COUNT(x86_debug_state_t)

#define MACHINE_THREAD_STATE x86_THREAD_STATE
#define MACHINE_THREAD_STATE_COUNT x86_THREAD_STATE_COUNT

#endif /* !_MACH_I386_THREAD_STATUS_H_ */
