/*
 * What an audit token says, as that of a trailer; and all that the system's
 * own libbsm has, where there is one.
 * Facts: openbsm bsm/libbsm.h; XNU bsd/bsm/audit.h
 */
#ifndef _BSM_LIBBSM_MACH_H_
#define _BSM_LIBBSM_MACH_H_

#if __has_include_next(<bsm/libbsm.h>)
#pragma GCC system_header /* #include_next is no standard's */
#include_next <bsm/libbsm.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <bsm/audit_session.h>
#include <mach/message.h>

#if !__has_include(<bsm/audit.h>)
typedef struct au_tid {
	dev_t port;
	uint32_t machine;
} au_tid_t;
#endif

__BEGIN_DECLS

static inline uid_t
audit_token_to_auid(audit_token_t atoken)
{
	return ((uid_t)atoken.val[0]);
}

static inline uid_t
audit_token_to_euid(audit_token_t atoken)
{
	return ((uid_t)atoken.val[1]);
}

static inline gid_t
audit_token_to_egid(audit_token_t atoken)
{
	return ((gid_t)atoken.val[2]);
}

static inline uid_t
audit_token_to_ruid(audit_token_t atoken)
{
	return ((uid_t)atoken.val[3]);
}

static inline gid_t
audit_token_to_rgid(audit_token_t atoken)
{
	return ((gid_t)atoken.val[4]);
}

static inline pid_t
audit_token_to_pid(audit_token_t atoken)
{
	return ((pid_t)atoken.val[5]);
}

static inline au_asid_t
audit_token_to_asid(audit_token_t atoken)
{
	return ((au_asid_t)atoken.val[6]);
}

static inline int
audit_token_to_pidversion(audit_token_t atoken)
{
	return ((int)atoken.val[7]);
}

/* Each may be NULL.  No terminal's machine is known. */
static inline void
audit_token_to_au32(audit_token_t atoken, uid_t *auidp, uid_t *euidp,
    gid_t *egidp, uid_t *ruidp, gid_t *rgidp, pid_t *pidp, au_asid_t *asidp,
    au_tid_t *tidp)
{
	if (auidp != NULL)
		*auidp = audit_token_to_auid(atoken);
	if (euidp != NULL)
		*euidp = audit_token_to_euid(atoken);
	if (egidp != NULL)
		*egidp = audit_token_to_egid(atoken);
	if (ruidp != NULL)
		*ruidp = audit_token_to_ruid(atoken);
	if (rgidp != NULL)
		*rgidp = audit_token_to_rgid(atoken);
	if (pidp != NULL)
		*pidp = audit_token_to_pid(atoken);
	if (asidp != NULL)
		*asidp = audit_token_to_asid(atoken);
	if (tidp != NULL) {
		tidp->port = (dev_t)atoken.val[7];
		tidp->machine = 0;
	}
}

__END_DECLS

#endif /* !_BSM_LIBBSM_MACH_H_ */
