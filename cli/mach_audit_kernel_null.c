/* isthmus mach audit, on a kernel that no module is for. */
#include "cli/mach_audit.h"

bool
audit_kernel_read(struct audit_kernel *k, struct error *e)
{
	(void)e;
	*k = (struct audit_kernel){ 0 };
	return (true);
}

void
audit_kernel_clear(struct audit_kernel *k)
{
	(void)k;
}
