/*
 * Register states of x86, with the field names of UNIX03.  The extended
 * states (AVX) are not declared: nothing here reads them.
 * Facts: xnu-11417.101.15 osfmk/mach/i386/_structs.h
 */
#ifndef _MACH_I386__STRUCTS_H_
#define _MACH_I386__STRUCTS_H_

#include <mach/_base.h>

#define _STRUCT_X86_THREAD_STATE32 struct __darwin_i386_thread_state
_STRUCT_X86_THREAD_STATE32
{
	unsigned int __eax, __ebx, __ecx, __edx, __edi, __esi, __ebp, __esp;
	unsigned int __ss, __eflags, __eip, __cs, __ds, __es, __fs, __gs;
};

#define _STRUCT_X86_EXCEPTION_STATE32 struct __darwin_i386_exception_state
_STRUCT_X86_EXCEPTION_STATE32
{
	uint16_t __trapno;
	uint16_t __cpu;
	uint32_t __err;
	uint32_t __faultvaddr;
};

#define _STRUCT_X86_DEBUG_STATE32 struct __darwin_x86_debug_state32
_STRUCT_X86_DEBUG_STATE32
{
	unsigned int __dr0, __dr1, __dr2, __dr3, __dr4, __dr5, __dr6, __dr7;
};

#define _STRUCT_X86_PAGEIN_STATE struct __x86_pagein_state
_STRUCT_X86_PAGEIN_STATE
{
	int __pagein_error;
};

#define _STRUCT_X86_THREAD_STATE64 struct __darwin_x86_thread_state64
_STRUCT_X86_THREAD_STATE64
{
	uint64_t __rax, __rbx, __rcx, __rdx, __rdi, __rsi, __rbp, __rsp;
	uint64_t __r8, __r9, __r10, __r11, __r12, __r13, __r14, __r15;
	uint64_t __rip, __rflags, __cs, __fs, __gs;
};

#define _STRUCT_X86_THREAD_FULL_STATE64 struct __darwin_x86_thread_full_state64
_STRUCT_X86_THREAD_FULL_STATE64
{
	_STRUCT_X86_THREAD_STATE64 __ss64;
	uint64_t __ds, __es, __ss, __gsbase;
};

#define _STRUCT_X86_EXCEPTION_STATE64 struct __darwin_x86_exception_state64
_STRUCT_X86_EXCEPTION_STATE64
{
	uint16_t __trapno;
	uint16_t __cpu;
	uint32_t __err;
	uint64_t __faultvaddr;
};

#define _STRUCT_X86_DEBUG_STATE64 struct __darwin_x86_debug_state64
_STRUCT_X86_DEBUG_STATE64
{
	uint64_t __dr0, __dr1, __dr2, __dr3, __dr4, __dr5, __dr6, __dr7;
};

#define _STRUCT_MMST_REG struct __darwin_mmst_reg
_STRUCT_MMST_REG
{
	char __mmst_reg[10];
	char __mmst_rsrv[6];
};

#define _STRUCT_XMM_REG struct __darwin_xmm_reg
_STRUCT_XMM_REG
{
	char __xmm_reg[16];
};

/* The control and status words of the FPU are plain words here. */
#define _STRUCT_X86_FLOAT_STATE64 struct __darwin_x86_float_state64
_STRUCT_X86_FLOAT_STATE64
{
	int __fpu_reserved[2];
	uint16_t __fpu_fcw;
	uint16_t __fpu_fsw;
	uint8_t __fpu_ftw;
	uint8_t __fpu_rsrv1;
	uint16_t __fpu_fop;
	uint32_t __fpu_ip;
	uint16_t __fpu_cs;
	uint16_t __fpu_rsrv2;
	uint32_t __fpu_dp;
	uint16_t __fpu_ds;
	uint16_t __fpu_rsrv3;
	uint32_t __fpu_mxcsr;
	uint32_t __fpu_mxcsrmask;
	_STRUCT_MMST_REG __fpu_stmm0, __fpu_stmm1, __fpu_stmm2, __fpu_stmm3;
	_STRUCT_MMST_REG __fpu_stmm4, __fpu_stmm5, __fpu_stmm6, __fpu_stmm7;
	_STRUCT_XMM_REG __fpu_xmm0, __fpu_xmm1, __fpu_xmm2, __fpu_xmm3;
	_STRUCT_XMM_REG __fpu_xmm4, __fpu_xmm5, __fpu_xmm6, __fpu_xmm7;
	_STRUCT_XMM_REG __fpu_xmm8, __fpu_xmm9, __fpu_xmm10, __fpu_xmm11;
	_STRUCT_XMM_REG __fpu_xmm12, __fpu_xmm13, __fpu_xmm14, __fpu_xmm15;
	char __fpu_rsrv4[6 * 16];
	int __fpu_reserved1;
};

#endif /* !_MACH_I386__STRUCTS_H_ */
