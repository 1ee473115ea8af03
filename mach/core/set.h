/*
 * Port sets: a receiver waits for several ports at once.  Membership is a
 * record of its own, in the lists of both; a set's ready list holds the
 * members that have messages, the one that waited longest first.
 */
#ifndef ISTHMUS_MACH_CORE_SET_H
#define ISTHMUS_MACH_CORE_SET_H

#include "mach/core/port.h"

struct ipc_set {
	struct ipc_object object;
	struct ipc_ring *members; /* ipc_member.in_set */
	struct ipc_ring *ready;	  /* ipc_member.in_ready */
	uint32_t nmembers;
	struct ipc_space *space; /* not referenced; NULL when dead */
};

struct ipc_member {
	struct ipc_ring in_port, in_set, in_ready;
	struct ipc_port *port; /* both referenced */
	struct ipc_set *set;
	bool ready; /* in the set's ready list; under the set's lock */
};

struct ipc_set *ipc_set_create(struct ipc_space *);
/* The set's end; it is locked, is unlocked, and loses the name's reference. */
void ipc_set_destroy(struct ipc_set *);

/*
 * The port is locked in all of these.  A membership is found only by walking
 * the sets that the port is in.
 */
struct ipc_member *ipc_set_find(struct ipc_port *, const struct ipc_set *);
/*
 * Uses the record, and takes references.  The set may be dead: false.  Who
 * waits on it is then to be given what the port has (queue.h).
 */
#define IPC_PORT_SETS_MAX 256 /* its senders walk them all */
bool ipc_set_add(struct ipc_port *, struct ipc_set *, struct ipc_member *);
void ipc_set_remove(struct ipc_port *, struct ipc_member *);
/* All but `keep`. */
void ipc_set_remove_all(struct ipc_port *, const struct ipc_set *keep);
/* The port's queue gets its first message; the set is locked. */
void ipc_member_make_ready(struct ipc_member *);
/* The port's queue lost its last message. */
void ipc_set_port_empty(struct ipc_port *);

#endif
