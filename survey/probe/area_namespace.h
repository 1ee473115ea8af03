/*
 * Functions of the namespace rows that stand in area_namespace_*.c; the
 * table is in area_namespace.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_NAMESPACE_H
#define ISTHMUS_SURVEY_PROBE_AREA_NAMESPACE_H

#include "survey/probe/area_common_util.h"

/* area_namespace_enter.c: each namespace by each way into it */
probe_fn ns_unshare_mnt, ns_unshare_uts, ns_unshare_ipc, ns_unshare_net,
    ns_unshare_pid, ns_unshare_user, ns_unshare_cgroup, ns_unshare_time;
probe_fn ns_clone_mnt, ns_clone_uts, ns_clone_ipc, ns_clone_net, ns_clone_pid,
    ns_clone_user, ns_clone_cgroup;
probe_fn ns_clone3_mnt, ns_clone3_uts, ns_clone3_ipc, ns_clone3_net,
    ns_clone3_pid, ns_clone3_user, ns_clone3_cgroup, ns_clone3_time;
probe_fn ns_setns_mnt, ns_setns_uts, ns_setns_ipc, ns_setns_net, ns_setns_pid,
    ns_setns_user, ns_setns_cgroup, ns_setns_time;
probe_fn ns_setns_pidfd, ns_clone3_all;

/* area_namespace_user.c: user namespaces, and what nests */
probe_fn ns_user_unprivileged, ns_user_capable, ns_user_setgroups,
    ns_user_foreign_map, ns_user_range, ns_user_nested, ns_user_overflow,
    ns_user_limit, ns_user_parent_files, ns_get_parent, ns_get_userns,
    ns_get_nstype, ns_get_owner_uid, ns_links;

/* area_namespace_effect.c: what holds inside a PID, network or IPC one */
probe_fn ns_unshare_files, ns_pid_init_death, ns_pid_orphan, ns_pid_immune,
    ns_pid_proc, ns_net_loopback, ns_net_abstract, ns_net_path, ns_net_ports,
    ns_ipc_mqueue, ns_mnt_chdir;

/* area_namespace_vnet.c: FreeBSD's network stack of a jail */
probe_fn ns_vnet, ns_vnet_loopback, ns_vnet_ip4;

#endif
