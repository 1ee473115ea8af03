/*
 * Where kernels differ, by __FreeBSD_version; a line says why.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_COMPAT_H
#define ISTHMUS_MACH_OS_FREEBSD_COMPAT_H

/* 16.0 and 15.1 dropped the charge, which is always the object's size. */
#if __FreeBSD_version >= 1500068
#define mach_object_allocate(size, cred) \
	vm_object_allocate_anon(atop(size), NULL, (cred))
#else
#define mach_object_allocate(size, cred) \
	vm_object_allocate_anon(atop(size), NULL, (cred), (size))
#endif

/* 14.0 lets a policy say who writes to another process' memory. */
#ifdef PRIV_PROC_MEM_WRITE
#define mach_priv_memory_write() priv_check(curthread, PRIV_PROC_MEM_WRITE)
#else
#define mach_priv_memory_write() 0
#endif

/* 14.0 let modules be called at the border to user mode. */
#if __FreeBSD_version >= 1400000
#define MACH_BORDER 1
#else
#define MACH_BORDER 0
#endif

#endif
