/*
 * Audit sessions: system calls of XNU's other side, and no host of ours has
 * them: ENOSYS.
 */
#include <errno.h>

#include <bsm/audit_session.h>

mach_port_name_t
audit_session_self(void)
{
	errno = ENOSYS;
	return (MACH_PORT_NULL);
}

au_asid_t
audit_session_join(mach_port_name_t port)
{
	(void)port;
	errno = ENOSYS;
	return (-1);
}

int
audit_session_port(au_asid_t asid, mach_port_name_t *port)
{
	(void)asid;
	(void)port;
	errno = ENOSYS;
	return (-1);
}
