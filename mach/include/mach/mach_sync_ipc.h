/*
 * The reply port of a thread that waits for one answer at a time.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach_sync_ipc.h
 */
#ifndef _MACH_SYNC_IPC_H_
#define _MACH_SYNC_IPC_H_

#include <mach/mach.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t mach_sync_ipc_link_monitoring_start(mach_port_t *port);
extern kern_return_t mach_sync_ipc_link_monitoring_stop(
    mach_port_t port, boolean_t *in_effect);

typedef enum thread_destruct_special_reply_port_rights {
	THREAD_SPECIAL_REPLY_PORT_ALL,
	THREAD_SPECIAL_REPLY_PORT_RECEIVE_ONLY,
	THREAD_SPECIAL_REPLY_PORT_SEND_ONLY
} thread_destruct_special_reply_port_rights_t;

extern kern_return_t thread_destruct_special_reply_port(
    mach_port_name_t port, thread_destruct_special_reply_port_rights_t rights);

extern mach_port_t mig_get_special_reply_port(void);
extern void mig_dealloc_special_reply_port(mach_port_t migport);

__END_DECLS
#endif

#endif /* !_MACH_SYNC_IPC_H_ */
