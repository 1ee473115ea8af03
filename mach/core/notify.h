/*
 * Notifications: who wants to hear what of a port, and the messages that tell
 * them.
 */
#ifndef ISTHMUS_MACH_CORE_NOTIFY_H
#define ISTHMUS_MACH_CORE_NOTIFY_H

#include <mach/notify.h>

#include "mach/core/space.h"

/* A dead-name or send-possible request of one entry. */
struct ipc_request {
	struct ipc_port *notify; /* a send-once right; NULL when free */
	mach_port_name_t name;	 /* free: 1 + the next free slot, or 0 */
	uint32_t next, prev;	 /* among the armed ones: 1 + slot, or 0 */
	uint8_t possible;	 /* send-possible, not only dead-name */
	uint8_t armed;		 /* a sender found the queue full */
};

struct ipc_requests {
	uint32_t size;
	uint32_t free;		    /* 1 + slot; 0 when full */
	uint32_t armed, armed_last; /* 1 + slot, oldest first; 0 when none */
	struct ipc_request slot[];
};

/* The port is locked in these. */

/* A request of the entry, made room for; false when there is no room. */
bool ipc_request_add(struct ipc_port *, struct ipc_entry *,
    mach_port_name_t name, struct ipc_port *notify, bool possible, bool armed);
/* Forgets the entry's request; the send-once right, or NULL. */
struct ipc_port *ipc_request_cancel(struct ipc_port *, struct ipc_entry *);
/* NULL when there is none, or when it has fired. */
struct ipc_request *ipc_request_of(struct ipc_port *, const struct ipc_entry *);
/* A sender found the queue full: it will hear when that is over. */
void ipc_request_arm(struct ipc_port *, struct ipc_request *);
/*
 * After a message left the queue: takes one armed send-possible request out,
 * so that the caller, unlocked, may notify.  False when there is none.
 */
bool ipc_request_take_armed(
    struct ipc_port *, struct ipc_port **notify, mach_port_name_t *);
/* Makes room for one more; port not locked. False without memory. */
bool ipc_requests_grow(struct ipc_port *, uint32_t old_size);
uint32_t ipc_requests_size(const struct ipc_requests *);
void ipc_requests_free(struct ipc_requests *);

/* Each consumes the send-once right `notify`.  No locks are held. */
void ipc_notify_port_deleted(struct ipc_port *notify, mach_port_name_t);
void ipc_notify_send_possible(struct ipc_port *notify, mach_port_name_t);
void ipc_notify_dead_name(struct ipc_port *notify, mach_port_name_t);
void ipc_notify_no_senders(struct ipc_port *notify, uint32_t mscount);
void ipc_notify_send_once(struct ipc_port *notify);
/* And the receive right. */
void ipc_notify_port_destroyed(
    struct ipc_port *notify, struct ipc_port *receive, struct ipc_ring **dead);

/*
 * mach_port_request_notification; `notify` is consumed when it succeeds.
 * `*previous` is what was there.
 */
kern_return_t ipc_notify_request(struct ipc_space *, mach_port_name_t,
    int32_t msgid, uint32_t sync, struct ipc_port *notify,
    struct ipc_port **previous);

#endif
