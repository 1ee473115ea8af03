/*
 * Rights in a space: what may be done to an entry.
 */
#ifndef ISTHMUS_MACH_CORE_RIGHT_H
#define ISTHMUS_MACH_CORE_RIGHT_H

#include <mach/message.h>

#include "mach/core/space.h"

struct ipc_notice;

/* A right outside of spaces. */
struct ipc_right {
	struct ipc_port *port; /* NULL, IPC_PORT_DEAD, or referenced */
	uint32_t type;	       /* MACH_MSG_TYPE_PORT_* */
};

/*
 * What an operation leaves to do once no lock is held: ipc_after_run does it.
 */
struct ipc_after {
	struct ipc_port *deleted;      /* send port-deleted there ... */
	mach_port_name_t deleted_name; /* ... for this name */
	struct ipc_port *no_senders;   /* send no-senders there ... */
	uint32_t mscount;	       /* ... with this count */
	struct ipc_ring *dead;	       /* messages to destroy */
};
#define IPC_AFTER_NONE                              \
	{                                           \
		NULL, MACH_PORT_NULL, NULL, 0, NULL \
	}
void ipc_after_run(struct ipc_after *);

/*
 * Locks the live port of an entry with a send or send-once right; NULL when
 * the port has died: the entry is then a dead name.  Space locked.
 */
struct ipc_port *ipc_right_lock_port(
    struct ipc_space *, mach_port_name_t, struct ipc_entry *);

/* Gives back all that an entry holds; locked space, which is unlocked. */
void ipc_right_terminate(
    struct ipc_space *, mach_port_name_t, struct ipc_entry *);

/*
 * The calls mach_port_mod_refs, _deallocate, _destroy, _destruct, _rename,
 * _type, _get_refs.  They take the space's lock.
 */
kern_return_t ipc_right_mod_refs(
    struct ipc_space *, mach_port_name_t, mach_port_right_t, mach_port_delta_t);
kern_return_t ipc_right_deallocate(struct ipc_space *, mach_port_name_t);
kern_return_t ipc_right_destroy(struct ipc_space *, mach_port_name_t);
kern_return_t ipc_right_destruct(
    struct ipc_space *, mach_port_name_t, mach_port_delta_t, uint64_t guard);
kern_return_t ipc_right_rename(
    struct ipc_space *, mach_port_name_t from, mach_port_name_t to);
/* MACH_PORT_TYPE_* of an entry, with what was requested; space locked. */
mach_port_type_t ipc_right_type(
    struct ipc_space *, mach_port_name_t, struct ipc_entry *);
kern_return_t ipc_right_info(
    struct ipc_space *, mach_port_name_t, mach_port_type_t *, uint32_t *urefs);

/* What copyin may accept beyond the plain case. */
#define IPC_COPYIN_DEAD_OK 0x1	  /* a dead name is IPC_PORT_DEAD */
#define IPC_COPYIN_REPLY 0x2	  /* send-once rights of reply ports */
#define IPC_COPYIN_TWICE_MOVE 0x4 /* a second send right is moved along */
#define IPC_COPYIN_TWICE_COPY 0x8 /* or copied: both go to the caller */
#define IPC_COPYIN_DEAD_ONCE 0x10 /* a send-once right to a dead port, too */
#define IPC_COPYIN_IMMOVABLE 0x20 /* immovable send rights: as destination */
#define IPC_COPYIN_PAID 0x40	  /* a message pays for a send-once right */
struct ipc_copyin {
	struct ipc_port *port; /* out */
	struct ipc_after *after;
	/* of a receive right that must have this guard */
	bool guarded;
	uint16_t guard_flags;
	uint64_t guard;
};
/*
 * Takes a right out of the locked space (which has room for a send right by
 * port) as the disposition says.  KERN_INVALID_NAME, KERN_INVALID_RIGHT,
 * KERN_INVALID_CAPABILITY, KERN_INVALID_ARGUMENT (guard),
 * KERN_RESOURCE_SHORTAGE (a send-once right whose notice could not be paid):
 * nothing has changed.  The caller runs `after` when no lock is held.
 */
kern_return_t ipc_right_copyin(struct ipc_space *, mach_port_name_t,
    uint32_t disposition, uint32_t flags, struct ipc_copyin *);
/*
 * True when that would succeed now for a header's reply right (disposition:
 * of a send or send-once right), dead names included.  Space locked.
 */
bool ipc_right_can_copyin(
    struct ipc_space *, mach_port_name_t, uint32_t disposition);
/* MACH_MSG_TYPE_PORT_* that a disposition becomes; 0 when it is none. */
uint32_t ipc_right_type_after(uint32_t disposition);

/*
 * ipc_right_copyin of a name for a call or a body: locks, and runs what comes
 * after.  A dead name is IPC_PORT_DEAD, as in XNU's ipc_object_copyin.
 */
kern_return_t ipc_right_take(struct ipc_space *, mach_port_name_t,
    uint32_t disposition, uint32_t flags, struct ipc_right *);
/* Gives one right of that type (MACH_MSG_TYPE_PORT_*) of a name back. */
kern_return_t ipc_right_drop(
    struct ipc_space *, mach_port_name_t, uint32_t type);

/*
 * Puts a right into a space, and consumes it when that succeeds.  A dead port
 * makes MACH_PORT_DEAD (name of a right that died on its way) and succeeds.
 * KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE, KERN_INVALID_TASK.  Takes the lock.
 */
kern_return_t ipc_right_put(
    struct ipc_space *, struct ipc_right, mach_port_name_t *);
/* The same under a certain name (insert_right). */
kern_return_t ipc_right_put_name(
    struct ipc_space *, struct ipc_right, mach_port_name_t);
/*
 * The same into a locked space with room for one entry, of a locked live
 * port, which is unlocked.
 */
void ipc_right_put_locked(
    struct ipc_space *, struct ipc_right, mach_port_name_t *);
/* Into that entry, which has rights of the port already (`had`) or none. */
void ipc_right_put_entry(struct ipc_space *, struct ipc_right, mach_port_name_t,
    struct ipc_entry *, bool had);

/* Gives back a right, whatever it is.  No locks held. */
void ipc_right_release(struct ipc_right);

#endif
