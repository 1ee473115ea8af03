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

/* 14.0 keeps a system call's code as it came, beside the one that was meant. */
#if __FreeBSD_version >= 1400000
#define mach_sa_came_as(sa, number) ((sa)->original_code = (number))
#else
#define mach_sa_came_as(sa, number) ((void)(number))
#endif

/* 14.0 dropped the thread of who asks. */
#if __FreeBSD_version >= 1400000
#define MACH_STAT_THREAD
#else
#define MACH_STAT_THREAD , struct thread *td __unused
#endif

/* 15.0 tells the descriptor's flags, too. */
#if __FreeBSD_version >= 1500000
#define mach_fget_cap(td, fd, rights, flags, fp, caps) \
	fget_cap((td), (fd), (rights), (flags), (fp), (caps))
#else
#define mach_fget_cap(td, fd, rights, flags, fp, caps) \
	(*(flags) = 0, fget_cap((td), (fd), (rights), (fp), (caps)))
#endif

/* 14.0 gave this name to what was kern_mmap_req(). */
#if __FreeBSD_version >= 1400000
#define mach_mmap(td, request) kern_mmap((td), (request))
#else
#define mach_mmap(td, request) kern_mmap_req((td), (request))
#endif

/* 14.0 renamed the member, which all read by this. */
#ifndef TD_GET_STATE
#define TD_GET_STATE(td) ((td)->td_state)
#endif

/*
 * Before 15.0 the kernel takes tables of functions as if it would write to
 * them, which it does not.
 */
#define MACH_TABLE(type, table) __DECONST(type *, table)

#endif
