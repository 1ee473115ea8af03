/*
 * Spaces: a task's names for rights.  A name is an index and a generation:
 * index << 8 | generation << 2 | 3 (XNU osfmk/mach/port.h); entries stand in
 * chunks that never move, so that growing copies nothing.
 */
#ifndef ISTHMUS_MACH_CORE_SPACE_H
#define ISTHMUS_MACH_CORE_SPACE_H

#include "mach/core/port.h"

struct ipc_task;

/* Kinds of rights of an entry: MACH_PORT_TYPE_* >> 16. */
#define IPC_TYPE_SEND (MACH_PORT_TYPE_SEND >> 16)
#define IPC_TYPE_RECEIVE (MACH_PORT_TYPE_RECEIVE >> 16)
#define IPC_TYPE_SEND_ONCE (MACH_PORT_TYPE_SEND_ONCE >> 16)
#define IPC_TYPE_SET (MACH_PORT_TYPE_PORT_SET >> 16)
#define IPC_TYPE_DEAD_NAME (MACH_PORT_TYPE_DEAD_NAME >> 16)
#define IPC_TYPE_SEND_ANY (IPC_TYPE_SEND | IPC_TYPE_SEND_ONCE)
/* Beside a right: the space had the receive right of it once. */
#define IPC_TYPE_EX_RECEIVE 0x80
#define IPC_TYPE_RIGHTS 0x1f

#define IPC_UREFS_MAX 0xffff

struct ipc_entry {
	union {
		struct ipc_object *object; /* NULL of a dead name */
		struct ipc_port *port;	   /* the same, not a set */
		struct {
			uint32_t next, prev; /* of a free entry; 0 ends */
		} free;
	};
	uint32_t request; /* 1 + slot in the port's requests; 0 none */
	uint16_t urefs;
	uint8_t type; /* IPC_TYPE_*; 0 when free */
	uint8_t generation;
};

#define IPC_CHUNK_BITS 8
#define IPC_CHUNK_SIZE (1u << IPC_CHUNK_BITS)
#define IPC_INDEX_MAX ((1u << 24) - 1)

struct ipc_space {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool dead;
	struct ipc_entry **chunks; /* NULL where none was made */
	uint32_t nchunks;	   /* length of `chunks` */
	uint32_t unmade;	   /* no chunk before it is NULL */
	uint32_t first, last;	   /* free entries, oldest first */
	uint32_t nfree, used;
	uint32_t limit; /* of `used` */
	/* Send rights without the receive right, by port: index or 0. */
	uint32_t *hash;
	uint32_t hash_size, hash_used;
	uint32_t
	    npolls; /* ports and sets that descriptors follow; the host's */
	struct ipc_task *task;	     /* borrowed */
	struct ipc_account *account; /* the task's; who has room for names */
	/* Receive rights that came to be and ended here; read without lock. */
	uint64_t ports_made, ports_ended;
};

static inline mach_port_name_t
ipc_name_make(uint32_t index, uint8_t generation)
{
	return (index << 8 | generation | 3);
}

static inline uint32_t
ipc_name_index(mach_port_name_t name)
{
	return (name >> 8);
}

/*
 * NULL without memory; `limit` of names, at most IPC_INDEX_MAX.  The task has
 * its account already.
 */
struct ipc_space *ipc_space_create(struct ipc_task *, uint32_t limit);
/*
 * Every right of it is given back; with `end` operations on it fail from then
 * on, else it is as new.
 */
void ipc_space_empty(struct ipc_space *, bool end);
void ipc_space_unref(struct ipc_space *);

/*
 * Locks it with room for `n` more entries and as many send rights.
 * KERN_INVALID_TASK when it is dead, KERN_NO_SPACE at the limit,
 * KERN_RESOURCE_SHORTAGE at that of the uid; it is then not locked.
 */
kern_return_t ipc_space_lock_room(struct ipc_space *, uint32_t n);
/* Locks it with room for one more send right, whose entry there is. */
kern_return_t ipc_space_lock_hash(struct ipc_space *);
/*
 * The same for what may not fail but in a dead space (false, not locked): it
 * waits for memory.
 */
bool ipc_space_lock_must(struct ipc_space *);
/* Locks it; false, unlocked, when it is dead. */
bool ipc_space_lock(struct ipc_space *);

static inline void
ipc_space_unlock(struct ipc_space *space)
{
	ipc_mutex_unlock(&space->lock);
}

/* The space is locked in all that follows. */

/* The entry of a name that is in use, else NULL. */
struct ipc_entry *ipc_entry_find(struct ipc_space *, mach_port_name_t);
/* A free entry, of which there is one (ipc_space_lock_room). */
struct ipc_entry *ipc_entry_add(struct ipc_space *, mach_port_name_t *);
/*
 * That of a certain name, its type 0.  KERN_NAME_EXISTS; KERN_INVALID_VALUE
 * when no name looks like it; KERN_FAILURE at index 0; KERN_NO_SPACE past the
 * limit; KERN_RESOURCE_SHORTAGE.  Takes the lock itself, and leaves it held
 * when it succeeds.
 */
kern_return_t ipc_entry_add_name(
    struct ipc_space *, mach_port_name_t, struct ipc_entry **);
/* The name is free from now on; what it held is the caller's. */
void ipc_entry_remove(struct ipc_space *, mach_port_name_t, struct ipc_entry *);
/* The entry with a send or receive right to the port, or NULL. */
struct ipc_entry *ipc_entry_of_port(
    struct ipc_space *, struct ipc_port *, mach_port_name_t *);
/* An entry gets, or loses, its place among the send rights. */
void ipc_hash_add(struct ipc_space *, struct ipc_port *, mach_port_name_t);
void ipc_hash_remove(struct ipc_space *, struct ipc_port *, mach_port_name_t);
/*
 * Walks the names in use: start with index 0, stop at NULL.  `*index` is
 * where to go on.
 */
struct ipc_entry *ipc_entry_each(
    struct ipc_space *, uint32_t *index, mach_port_name_t *);

#endif
