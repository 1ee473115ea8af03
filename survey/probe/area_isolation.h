/*
 * Functions of the isolation rows that stand in area_isolation_*.c; the
 * table is in area_isolation.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_ISOLATION_H
#define ISTHMUS_SURVEY_PROBE_AREA_ISOLATION_H

#include "survey/probe/area_common_util.h"

/* area_isolation_chroot.c */
probe_fn iso_chroot, iso_chroot_unprivileged, iso_chroot_refused,
    iso_chroot_dotdot, iso_chroot_symlink, iso_chroot_nested,
    iso_chroot_descriptor, iso_chroot_cwd, iso_fchroot, iso_chroot_unix,
    iso_chroot_exe;

/* area_isolation_jail.c: what a jail promises, FreeBSD */
probe_fn iso_jail, iso_jail_old, iso_jail_unprivileged, iso_jail_errmsg,
    iso_jail_update, iso_jail_list, iso_jail_attach_dir, iso_jail_remove,
    iso_jail_inet, iso_jail_loopback, iso_jail_children, iso_jail_nested,
    iso_jail_statfs, iso_jail_hostname, iso_jail_sethostname, iso_jail_mknod,
    iso_jail_mount, iso_jail_settime, iso_jail_kldload, iso_jail_raw,
    iso_jail_unix, iso_jail_securelevel, iso_jail_osreldate, iso_jail_jailed;

/* area_isolation_reach.c: who reaches whom across a jail's wall, FreeBSD */
probe_fn iso_jail_kill_out, iso_jail_kill_in, iso_jail_kill_user,
    iso_jail_kill_all, iso_jail_sysv_default, iso_jail_sysv_new,
    iso_jail_posix_shm, iso_jail_descriptor, iso_jail_chroot;

/* area_isolation_desc.c: jail descriptors, FreeBSD 15 */
probe_fn iso_desc_get, iso_desc_own, iso_desc_use, iso_desc_at, iso_desc_attach,
    iso_desc_remove, iso_desc_event, iso_jail_meta, iso_jail_env;

/*
 * area_isolation_param.c: the parameters of a jail, one row each.
 * PARAM(function, name, how, number, text): `how` is FLAG (set and read
 * back as 1), NUMBER, ID (an unsigned long) or STRING.
 */
#define ISOLATION_PARAMS(PARAM)                                                \
	PARAM(set_hostname, "allow.set_hostname", FLAG, 1, NULL)               \
	PARAM(sysvipc, "allow.sysvipc", FLAG, 1, NULL)                         \
	PARAM(raw_sockets, "allow.raw_sockets", FLAG, 1, NULL)                 \
	PARAM(chflags, "allow.chflags", FLAG, 1, NULL)                         \
	PARAM(quotas, "allow.quotas", FLAG, 1, NULL)                           \
	PARAM(socket_af, "allow.socket_af", FLAG, 1, NULL)                     \
	PARAM(mlock, "allow.mlock", FLAG, 1, NULL)                             \
	PARAM(reserved_ports, "allow.reserved_ports", FLAG, 1, NULL)           \
	PARAM(read_msgbuf, "allow.read_msgbuf", FLAG, 1, NULL)                 \
	PARAM(proc_debug, "allow.unprivileged_proc_debug", FLAG, 1, NULL)      \
	PARAM(tampering, "allow.unprivileged_parent_tampering", FLAG, 1, NULL) \
	PARAM(suser, "allow.suser", FLAG, 1, NULL)                             \
	PARAM(nfsd, "allow.nfsd", FLAG, 1, NULL)                               \
	PARAM(extattr, "allow.extattr", FLAG, 1, NULL)                         \
	PARAM(adjtime, "allow.adjtime", FLAG, 1, NULL)                         \
	PARAM(settime, "allow.settime", FLAG, 1, NULL)                         \
	PARAM(routing, "allow.routing", FLAG, 1, NULL)                         \
	PARAM(setaudit, "allow.setaudit", FLAG, 1, NULL)                       \
	PARAM(vmm, "allow.vmm", FLAG, 1, NULL)                                 \
	PARAM(mount, "allow.mount", FLAG, 1, NULL)                             \
	PARAM(mount_devfs, "allow.mount.devfs", FLAG, 1, NULL)                 \
	PARAM(mount_tmpfs, "allow.mount.tmpfs", FLAG, 1, NULL)                 \
	PARAM(mount_nullfs, "allow.mount.nullfs", FLAG, 1, NULL)               \
	PARAM(mount_procfs, "allow.mount.procfs", FLAG, 1, NULL)               \
	PARAM(mount_fdescfs, "allow.mount.fdescfs", FLAG, 1, NULL)             \
	PARAM(mount_linprocfs, "allow.mount.linprocfs", FLAG, 1, NULL)         \
	PARAM(mount_zfs, "allow.mount.zfs", FLAG, 1, NULL)                     \
	PARAM(mount_fusefs, "allow.mount.fusefs", FLAG, 1, NULL)               \
	PARAM(persist, "persist", FLAG, 1, NULL)                               \
	PARAM(securelevel, "securelevel", NUMBER, 2, NULL)                     \
	PARAM(enforce_statfs, "enforce_statfs", NUMBER, 1, NULL)               \
	PARAM(devfs_ruleset, "devfs_ruleset", NUMBER, 0, NULL)                 \
	PARAM(children_max, "children.max", NUMBER, 3, NULL)                   \
	PARAM(osreldate, "osreldate", NUMBER, 1400000, NULL)                   \
	PARAM(vnet, "vnet", NUMBER, 1, NULL)                                   \
	PARAM(ip4, "ip4", NUMBER, 2, NULL)                                     \
	PARAM(ip6, "ip6", NUMBER, 2, NULL)                                     \
	PARAM(host, "host", NUMBER, 1, NULL)                                   \
	PARAM(sysvmsg, "sysvmsg", NUMBER, 1, NULL)                             \
	PARAM(sysvsem, "sysvsem", NUMBER, 1, NULL)                             \
	PARAM(sysvshm, "sysvshm", NUMBER, 1, NULL)                             \
	PARAM(hostid, "host.hostid", ID, 4711, NULL)                           \
	PARAM(hostname, "host.hostname", STRING, 0, "isthmus-inside")          \
	PARAM(domainname, "host.domainname", STRING, 0, "isthmus-inside")      \
	PARAM(hostuuid, "host.hostuuid", STRING, 0,                            \
	    "00000000-0000-4000-8000-000000000000")                            \
	PARAM(osrelease, "osrelease", STRING, 0, "14.0-ISTHMUS")               \
	PARAM(meta, "meta", STRING, 0, "job=7")                                \
	PARAM(env, "env", STRING, 0, "job=7")

#define ISOLATION_PARAM_DECLARE(fn, name, how, number, text) \
	probe_fn iso_param_##fn;
ISOLATION_PARAMS(ISOLATION_PARAM_DECLARE)
#undef ISOLATION_PARAM_DECLARE

#endif
