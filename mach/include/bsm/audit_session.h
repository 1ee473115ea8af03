/*
 * Audit sessions as ports.
 * Facts: xnu bsd/kern/syscalls.master 428, 429, 432
 */
#ifndef _BSM_AUDIT_SESSION_H_
#define _BSM_AUDIT_SESSION_H_

#include <sys/types.h>
#include <mach/port.h>

#ifndef _KERNEL
#if __has_include(<bsm/audit.h>)
#include <bsm/audit.h>
#else
typedef pid_t au_asid_t;
#endif

__BEGIN_DECLS

extern mach_port_name_t audit_session_self(void);
extern au_asid_t audit_session_join(mach_port_name_t port);
extern int audit_session_port(au_asid_t asid, mach_port_name_t *portname);

__END_DECLS
#endif

#endif /* !_BSM_AUDIT_SESSION_H_ */
