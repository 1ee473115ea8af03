/*
 * A thread's own reply port for synchronous calls.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach_sync_ipc.h
 */
#ifndef _MACH_SYNC_IPC_H_
#define _MACH_SYNC_IPC_H_

#include <mach/mach.h>

typedef enum thread_destruct_special_reply_port_rights {
	THREAD_SPECIAL_REPLY_PORT_ALL, /* the receive and a send right */
	THREAD_SPECIAL_REPLY_PORT_RECEIVE_ONLY,
	THREAD_SPECIAL_REPLY_PORT_SEND_ONLY
} thread_destruct_special_reply_port_rights_t;

__BEGIN_DECLS

extern kern_return_t thread_destruct_special_reply_port(mach_port_name_t port,
    thread_destruct_special_reply_port_rights_t rights);
/* The calling thread's, kept until dealloc'ed. */
extern mach_port_t mig_get_special_reply_port(void);
extern void mig_dealloc_special_reply_port(mach_port_t port);

__END_DECLS

#endif /* !_MACH_SYNC_IPC_H_ */
