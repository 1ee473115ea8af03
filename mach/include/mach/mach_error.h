/*
 * Error codes in words.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach_error.h
 */
#ifndef _MACH_ERROR_
#define _MACH_ERROR_ 1

#include <mach/_base.h>
#include <mach/error.h>

#ifndef _KERNEL
__BEGIN_DECLS

/* Constant strings, never NULL. */
extern char *mach_error_string(mach_error_t error_value);
extern char *mach_error_type(mach_error_t error_value);
/* Prints `str` and both to standard error. */
extern void mach_error(const char *str, mach_error_t error_value);

__END_DECLS
#endif

#endif /* !_MACH_ERROR_ */
