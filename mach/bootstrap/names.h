/* Scopes and services: what there is, and who owns how much. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_NAMES_H
#define ISTHMUS_MACH_BOOTSTRAP_NAMES_H

#include "mach/bootstrap/server.h"

/*
 * Ports
 */

void port_link_add(struct bootstrapd *, struct port_link *, mach_port_t,
    enum port_kind, void *of);
/* Nothing when it is not in. */
void port_link_remove(struct bootstrapd *, struct port_link *);
/* The first of that port after `after` (NULL: of all). */
struct port_link *port_link_find(
    struct bootstrapd *, mach_port_t, const struct port_link *after);
/* Of that kind. */
void *port_find(struct bootstrapd *, mach_port_t, enum port_kind);
/* A receive right, with room for many messages; NULL: no memory. */
mach_port_t port_create(void);
/* The same, and the server receives from it. */
mach_port_t request_port_create(const struct bootstrapd *);
/* Gives up the receive right. */
void port_destroy(mach_port_t);

struct account *account_of(struct bootstrapd *, uid_t);

/*
 * Scopes.  KERN_SUCCESS, BOOTSTRAP_NO_MEMORY.
 */

kern_return_t scope_create(struct bootstrapd *, struct scope *parent,
    enum scope_kind, const struct caller *, struct scope **);
/* With all in it; the system's too. */
void scope_destroy(struct bootstrapd *, struct scope *);
/* The scope of a user, made now if it was not there. */
kern_return_t scope_of_user(struct bootstrapd *, uid_t, struct scope **);

/*
 * Services
 */

/*
 * A service of `port`, of which a send right is consumed, or, NULL, of a new
 * port whose receive right is held.  Nobody finds it before it is published.
 * BOOTSTRAP_NO_MEMORY, without taking the right, when the owner has too many
 * or the port is dead.
 */
kern_return_t service_create(struct bootstrapd *, struct scope *,
    const char *name, const struct caller *owner, mach_port_t port,
    struct service **);
void service_publish(struct bootstrapd *, struct service *);
/* Its port too, unless that is another's. */
void service_destroy(struct bootstrapd *, struct service *);
/* In that scope alone; `per_pid`: 0, or only what is that pid's. */
struct service *service_find(
    struct bootstrapd *, const struct scope *, const char *name, pid_t per_pid);
/* After its port died, or was reset: another, with no one's rights. */
kern_return_t service_renew(struct bootstrapd *, struct service *);
/*
 * The receive right is about to leave in a message to `pid`, and is not here
 * again before a notification says so.
 */
kern_return_t service_leave(struct bootstrapd *, struct service *, pid_t pid);
/* It is here. */
void service_return(struct bootstrapd *, struct service *);
/*
 * A service that nobody declared, that no program has, that nobody can send
 * to and nobody has sent to, goes.
 */
void service_collect(struct bootstrapd *, struct service *);
/* Its messages start no program any more. */
void service_unwatch(const struct bootstrapd *, struct service *);
bootstrap_status_t service_status(const struct service *);

#endif
