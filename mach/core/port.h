/*
 * Ports: the object that a receive right stands for, with its queue, the
 * counts of its rights and who wants to hear of its end.
 */
#ifndef ISTHMUS_MACH_CORE_PORT_H
#define ISTHMUS_MACH_CORE_PORT_H

#include <mach/kern_return.h>
#include <mach/port.h>

#include "mach/core/ring.h"

struct ipc_account;
struct ipc_host;
struct ipc_msg;
struct ipc_poll;
struct ipc_requests;
struct ipc_space;

/* What an entry of a space stands for: the beginning of ports and sets. */
struct ipc_object {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool is_set;
	bool dead;		    /* under lock, never false again */
	uint8_t kobject_kind;	    /* enum ipc_kobject_kind */
	struct ipc_ring *receivers; /* parked ones, ipc_waiter.ring */
	struct ipc_poll *poll;	    /* descriptors that follow it, or NULL */
};

/* What the kernel side of a port is, where it has one. */
enum ipc_kobject_kind {
	IPC_KO_NONE,
	IPC_KO_TASK,	     /* struct ipc_task */
	IPC_KO_TASK_READ,    /* the same, what may be asked only */
	IPC_KO_TASK_INSPECT, /* the same */
	IPC_KO_TASK_NAME,    /* the same */
	IPC_KO_THREAD,	     /* struct ipc_thread */
	IPC_KO_HOST,	     /* struct ipc_host */
	IPC_KO_HOST_PRIV,
	IPC_KO_SEMAPHORE,    /* struct ipc_semaphore */
	IPC_KO_TIMER,	     /* struct ipc_timer; receive right in a space */
	IPC_KO_CLOCK,	     /* struct ipc_clock */
	IPC_KO_MEMORY_ENTRY, /* struct ipc_memory_entry */
	IPC_KO_FILE,	     /* fileport: the host's file */
	IPC_KO_KINDS
};

#define IPC_PORT_GUARDED 0x0001	   /* `context` is the guard */
#define IPC_PORT_STRICT 0x0002	   /* and it may not be changed by a call */
#define IPC_PORT_IMMOVABLE 0x0004  /* the receive right stays */
#define IPC_PORT_REPLY 0x0008	   /* MPO_REPLY_PORT */
#define IPC_PORT_SPECIAL 0x0010	   /* a thread's special reply port */
#define IPC_PORT_TEMPOWNER 0x0020  /* accepted, no effect */
#define IPC_PORT_IMPORTANCE 0x0040 /* accepted, no effect */
#define IPC_PORT_SERVICE 0x0080	   /* MPO_SERVICE_PORT */
#define IPC_PORT_CONNECTION 0x0100 /* MPO_CONNECTION_PORT */
#define IPC_PORT_IMMOVABLE_SEND 0x0200
#define IPC_PORT_THROTTLED 0x0400 /* a service's word, no effect */

/*
 * Where the receive right is: in a space (receiver_name is not 0), in a
 * message queued at `destination`, nowhere yet (both NULL: "limbo"), with the
 * kernel (kobjects other than timers, both NULL), or gone (dead).
 */
struct ipc_port {
	struct ipc_object object;
	struct ipc_ring *messages; /* ipc_msg.ring */
	struct ipc_ring *senders;  /* parked ones, ipc_waiter.ring */
	struct ipc_ring *sets;	   /* ipc_member.in_port */
	struct ipc_space *receiver;
	struct ipc_port *destination; /* referenced */
	mach_port_name_t receiver_name;
	uint32_t count; /* of messages */
	uint16_t limit; /* of them, MACH_PORT_QLIMIT_MAX at most */
	uint16_t nsets; /* length of `sets`, IPC_PORT_SETS_MAX at most */
	uint32_t seqno;
	uint64_t bytes; /* of messages, headers and bodies */
	uint32_t srights, sorights, mscount;
	uint32_t flags; /* IPC_PORT_* */
	uint64_t context;
	struct ipc_port *nsrequest, *pdrequest; /* send-once rights */
	struct ipc_requests *requests;
	/*
	 * Who pays for what the kernel sends here, referenced: the last task
	 * whose space had the receive right.  NULL of the kernel's.
	 */
	struct ipc_account *account;
	void *kobject;
	struct mach_service_port_info *service; /* of MPO_SERVICE_PORT */
};

/* The name of no port: a right that died on the way. */
#define IPC_PORT_DEAD ((struct ipc_port *)UINTPTR_MAX)
#define IPC_PORT_VALID(p) ((p) != NULL && (p) != IPC_PORT_DEAD)

/*
 * A port with one reference, no rights, and its receive right in limbo.  NULL
 * when there is no memory.
 */
struct ipc_port *ipc_port_create(void);
/* The port of a kernel object: it has no receiver. */
struct ipc_port *ipc_port_create_kobject(enum ipc_kobject_kind, void *kobject);

static inline void
ipc_port_lock(struct ipc_port *port)
{
	ipc_mutex_lock(&port->object.lock);
}

static inline void
ipc_port_unlock(struct ipc_port *port)
{
	ipc_mutex_unlock(&port->object.lock);
}

static inline struct ipc_port *
ipc_port_ref(struct ipc_port *port)
{
	ipc_ref_get(&port->object.refs);
	return (port);
}

/* IPC_PORT_* of a port that is not locked. */
static inline uint32_t
ipc_port_flags(struct ipc_port *port)
{
	uint32_t flags;

	ipc_port_lock(port);
	flags = port->flags;
	ipc_port_unlock(port);
	return (flags);
}

void ipc_object_unref(struct ipc_object *);

static inline void
ipc_port_unref(struct ipc_port *port)
{
	ipc_object_unref(&port->object);
}

/*
 * New rights, each with a reference to the port.  The caller holds the lock;
 * a send right is made from the receive right and counts in mscount, copied
 * from a send right it does not.
 */
void ipc_port_make_send(struct ipc_port *);
void ipc_port_copy_send(struct ipc_port *);
void ipc_port_make_send_once(struct ipc_port *);
/* A send right to a kernel object's port, or IPC_PORT_DEAD; unlocked. */
struct ipc_port *ipc_port_kobject_send(struct ipc_port *);
/* A copy of a send right that the caller has and keeps; unlocked. */
struct ipc_port *ipc_port_send_dup(struct ipc_port *);

/*
 * Gives back a right that no space has, with its reference.  No lock is
 * held.  The last send right fires no-senders; a send-once right that was not
 * used tells the receiver.  NULL and IPC_PORT_DEAD are allowed.
 */
void ipc_port_release_send(struct ipc_port *);
void ipc_port_release_send_once(struct ipc_port *);
/* The same of a receive right; messages to destroy are appended to `dead`. */
void ipc_port_release_receive(struct ipc_port *, struct ipc_ring **dead);
/* Any of them, by MACH_MSG_TYPE_PORT_*. */
void ipc_port_release(
    struct ipc_port *, unsigned int type, struct ipc_ring **dead);

/*
 * One send right less on a locked port.  When it was the last, the right that
 * ipc_notify_no_senders is to be called with once nothing is locked.
 */
struct ipc_port *ipc_port_drop_send(struct ipc_port *, uint32_t *mscount);
/* The same, and unlocks the port, notifies, and drops a reference. */
void ipc_port_drop_send_and_unlock(struct ipc_port *);

/*
 * The receive right leaves its space (locked port): receivers are told, sets
 * are left, guard, mscount and seqno are reset.
 */
void ipc_port_clear_receiver(struct ipc_port *);
/*
 * The end of a port that is locked and alive, or, where a port-destroyed
 * notification is wanted, of its receiver.  Unlocks it and consumes the
 * receive right's reference.  Queued messages go to `dead`.
 */
void ipc_port_destroy(struct ipc_port *, struct ipc_ring **dead);

enum ipc_transit {
	IPC_TRANSIT_OK,
	IPC_TRANSIT_CIRCLE, /* `dest` is in transit to `port` */
	IPC_TRANSIT_DEEP    /* the chain is longer than IPC_TRANSIT_MAX */
};
/* All of a chain is locked at once, and others wait for that. */
#define IPC_TRANSIT_MAX 1000
/* Puts the receive right `port`, in limbo, in transit to `dest`. */
enum ipc_transit ipc_port_transit(struct ipc_port *port, struct ipc_port *dest);

/* The port of a kernel object lost its last send right; kobject.c. */
void ipc_kobject_no_senders(struct ipc_port *);
/* Releases what a kernel object holds when its port ends; kobject.c. */
void ipc_kobject_port_died(enum ipc_kobject_kind, void *kobject);

#endif
