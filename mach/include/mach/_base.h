/*
 * What every header here stands on: fixed-width integers, from libc or,
 * where _KERNEL is set, from the kernel, and the few <sys/cdefs.h> names
 * that source for macOS expects to come along.  Ours, no interface.
 */
#ifndef _MACH_BASE_H_
#define _MACH_BASE_H_

#ifdef _KERNEL
#include <sys/types.h>
#include <sys/stdint.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#if !defined(__LP64__)
#error "Mach message layouts are declared for LP64 only"
#endif

#ifndef __BEGIN_DECLS
#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif
#endif

#ifdef __cplusplus
#define _mach_assert(expr, text) static_assert(expr, text)
#else
#define _mach_assert(expr, text) __extension__ _Static_assert(expr, text)
#endif

/* Size of a type that an *_info routine fills, in its unit: words. */
#define _mach_count(type) \
	((mach_msg_type_number_t)(sizeof(type) / sizeof(natural_t)))

#endif /* !_MACH_BASE_H_ */
