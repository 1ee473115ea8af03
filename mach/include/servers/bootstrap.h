/*
 * Names of services: how a client finds a server's port.  The requests go to
 * the task's bootstrap port.
 * Facts: launchd-842 liblaunch/bootstrap.h
 */
#ifndef _BOOTSTRAP_H_
#define _BOOTSTRAP_H_

#include <sys/types.h>
#include <mach/std_types.h>
#include <mach/message.h>
#include <mach/mach_init.h> /* bootstrap_port */

#define BOOTSTRAP_MAX_NAME_LEN 128 /* with the final NUL */
#define BOOTSTRAP_MAX_CMD_LEN 512
#define BOOTSTRAP_MAX_LOOKUP_COUNT 20

typedef char name_t[BOOTSTRAP_MAX_NAME_LEN];
typedef char cmd_t[BOOTSTRAP_MAX_CMD_LEN];
typedef name_t *name_array_t;
typedef int bootstrap_status_t;
typedef bootstrap_status_t *bootstrap_status_array_t;
typedef unsigned int bootstrap_property_t;
typedef bootstrap_property_t *bootstrap_property_array_t;
typedef boolean_t *bool_array_t;

/* Results, besides those of messages. */
#define BOOTSTRAP_SUCCESS 0
#define BOOTSTRAP_NOT_PRIVILEGED 1100
#define BOOTSTRAP_NAME_IN_USE 1101
#define BOOTSTRAP_UNKNOWN_SERVICE 1102
#define BOOTSTRAP_SERVICE_ACTIVE 1103
#define BOOTSTRAP_BAD_COUNT 1104
#define BOOTSTRAP_NO_MEMORY 1105
#define BOOTSTRAP_NO_CHILDREN 1106

#define BOOTSTRAP_STATUS_INACTIVE 0
#define BOOTSTRAP_STATUS_ACTIVE 1
#define BOOTSTRAP_STATUS_ON_DEMAND 2

#ifndef _KERNEL
__BEGIN_DECLS

/*
 * Names are `name_t` to Apple, commands `cmd_t`: as arguments they are the
 * same type as here, but gcc would warn of every shorter string.
 */

/* A client: a send right to the service. */
extern kern_return_t bootstrap_look_up(
    mach_port_t bp, const char *service_name, mach_port_t *sp);

/* A server: the receive right of a service that is known of it already. */
extern kern_return_t bootstrap_check_in(
    mach_port_t bp, const char *service_name, mach_port_t *sp);

/* A server: announces a port that it made itself. */
extern kern_return_t bootstrap_register(
    mach_port_t bp, char *service_name, mach_port_t sp);

extern kern_return_t bootstrap_create_server(mach_port_t bp, char *server_cmd,
    uid_t server_uid, boolean_t on_demand, mach_port_t *server_port);
extern kern_return_t bootstrap_create_service(
    mach_port_t bp, char *service_name, mach_port_t *sp);
extern kern_return_t bootstrap_status(
    mach_port_t bp, char *service_name, bootstrap_status_t *service_active);

/* A scope of its own, gone with `requestor_port`; the one around a scope. */
extern kern_return_t bootstrap_subset(
    mach_port_t bp, mach_port_t requestor_port, mach_port_t *subset_port);
extern kern_return_t bootstrap_parent(mach_port_t bp, mach_port_t *parent_port);
extern kern_return_t bootstrap_unprivileged(
    mach_port_t bp, mach_port_t *unpriv_port);

extern const char *bootstrap_strerror(kern_return_t r);

__END_DECLS
#endif

#endif /* !_BOOTSTRAP_H_ */
