/*
 * Who a task acts for.  MIG subsystem host_security (600).
 * Facts: xnu-11417.101.15 osfmk/mach/host_security.defs
 */
#ifndef _host_security_user_
#define _host_security_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t host_security_create_task_token(
    host_security_t host_security, task_t parent_task,
    security_token_t sec_token, audit_token_t audit_token, host_t host,
    ledger_array_t ledgers, mach_msg_type_number_t ledgersCnt,
    boolean_t inherit_memory, task_t *child_task);
extern kern_return_t host_security_set_task_token(host_security_t host_security,
    task_t target_task, security_token_t sec_token, audit_token_t audit_token,
    host_t host);

__END_DECLS
#endif

#endif /* !_host_security_user_ */
