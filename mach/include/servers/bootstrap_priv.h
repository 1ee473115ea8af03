/*
 * Names of services, for launchd's own programs.
 * Facts: launchd-842 liblaunch/bootstrap_priv.h, vproc_internal.h
 */
#ifndef __BOOTSTRAP_PRIVATE_H__
#define __BOOTSTRAP_PRIVATE_H__

#include <servers/bootstrap.h>

#define BOOTSTRAP_PER_PID_SERVICE (1 << 0)
#define BOOTSTRAP_ALLOW_LOOKUP (1 << 1)
#define BOOTSTRAP_DENY_JOB_CREATION (1 << 2)
#define BOOTSTRAP_PRIVILEGED_SERVER (1 << 3)
#define BOOTSTRAP_FORCE_LOCAL (1 << 4)
#define BOOTSTRAP_SPECIFIC_INSTANCE (1 << 5)
#define BOOTSTRAP_STRICT_CHECKIN (1 << 6)
#define BOOTSTRAP_STRICT_LOOKUP (1 << 7)

/* Properties of a scope. */
#define BOOTSTRAP_PROPERTY_EXPLICITSUBSET (1 << 0)
#define BOOTSTRAP_PROPERTY_IMPLICITSUBSET (1 << 1)
#define BOOTSTRAP_PROPERTY_MOVEDSUBSET (1 << 2)
#define BOOTSTRAP_PROPERTY_PERUSER (1 << 3)
#define BOOTSTRAP_PROPERTY_XPC_DOMAIN (1 << 4)
#define BOOTSTRAP_PROPERTY_XPC_SINGLETON (1 << 5)

#ifndef _KERNEL
__BEGIN_DECLS

extern void bootstrap_init(void);
extern kern_return_t bootstrap_get_root(mach_port_t bp, mach_port_t *root);
extern kern_return_t bootstrap_register2(
    mach_port_t bp, char *service_name, mach_port_t sp, uint64_t flags);
extern kern_return_t bootstrap_look_up2(mach_port_t bp,
    const char *service_name, mach_port_t *sp, pid_t target_pid,
    uint64_t flags);
extern kern_return_t bootstrap_look_up_per_user(mach_port_t bp,
    const char *service_name, uid_t target_user, mach_port_t *sp);
extern kern_return_t bootstrap_check_in2(
    mach_port_t bp, const char *service_name, mach_port_t *sp, uint64_t flags);

/* `instance_id`: a uuid_t as macOS has it, 16 bytes. */
extern kern_return_t bootstrap_look_up3(mach_port_t bp,
    const char *service_name, mach_port_t *sp, pid_t target_pid,
    const unsigned char *instance_id, uint64_t flags);
extern kern_return_t bootstrap_check_in3(mach_port_t bp,
    const char *service_name, mach_port_t *sp, unsigned char *instance_id,
    uint64_t flags);

/* Scopes within, and all names of one: memory to be vm_deallocate'd. */
extern kern_return_t bootstrap_lookup_children(mach_port_t bp,
    mach_port_array_t *children, name_array_t *names,
    bootstrap_property_array_t *properties, mach_msg_type_number_t *n_children);
extern kern_return_t bootstrap_info(mach_port_t bp, name_array_t *service_names,
    mach_msg_type_number_t *service_namesCnt, name_array_t *service_jobs,
    mach_msg_type_number_t *service_jobsCnt,
    bootstrap_status_array_t *service_active,
    mach_msg_type_number_t *service_activeCnt, uint64_t flags);

__END_DECLS
#endif

#endif /* !__BOOTSTRAP_PRIVATE_H__ */
