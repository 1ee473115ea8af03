/*
 * Functions of the mount rows that stand in area_mount_*.c (the table is in
 * area_mount.c), and the few mounts that both systems can make.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_MOUNT_H
#define ISTHMUS_SURVEY_PROBE_AREA_MOUNT_H

#include "survey/probe/area_common_util.h"

/* Flags of the mounts below, whatever a system calls them. */
enum {
	LIKE_RDONLY = 1 << 0,
	LIKE_NOSUID = 1 << 1,
	LIKE_NOEXEC = 1 << 2,
	LIKE_NOSYMFOLLOW = 1 << 3,
	LIKE_UPDATE = 1 << 4 /* change an existing mount */
};
/*
 * Mounts at `at`, a name in the working directory: a tmpfs (`options` as
 * "size=64k", or NULL), or a second view of `from`, a name there too
 * (bind mount, nullfs).  0, or -1 with errno.
 */
int mount_tmpfs(const struct probe_context *, const char *at, unsigned flags,
    const char *options);
int mount_view(const struct probe_context *, const char *from, const char *at,
    unsigned flags);
int mount_remove(const struct probe_context *, const char *at, bool force);
/* Why no mount_view can be made here; NULL when one can. */
const char *mount_view_missing(void);
/* Mount of a type that no kernel has. */
int mount_unknown_type(const struct probe_context *, const char *at);

/* area_mount_shared.c: rows that both systems answer */
probe_fn mnt_tmpfs, mnt_tmpfs_size, mnt_tmpfs_option, mnt_view, mnt_view_file,
    mnt_view_readonly, mnt_view_submounts, mnt_view_itself, mnt_view_mismatch,
    mnt_view_socket, mnt_nosuid, mnt_noexec, mnt_nosymfollow, mnt_readonly,
    mnt_update, mnt_busy, mnt_force, mnt_stack, mnt_unprivileged,
    mnt_unknown_type, mnt_covered;

/* area_mount_linux.c: mount(2), umount2(2), pivot_root(2) */
probe_fn mnt_private, mnt_slave, mnt_shared, mnt_unbindable, mnt_rbind,
    mnt_move, mnt_expire, mnt_nofollow, mnt_pivot, mnt_pivot_same, mnt_locked,
    mnt_nodev, mnt_mountinfo, mnt_noatime;

/* area_mount_types.c: file systems of Linux */
probe_fn mnt_overlay, mnt_overlay_user, mnt_proc_hidepid, mnt_proc_subset,
    mnt_devpts, mnt_sysfs, mnt_cgroup2, mnt_mqueue, mnt_ramfs, mnt_fuse,
    mnt_binfmt;

/* area_mount_api.c: the mount calls by descriptor, Linux 5.2 and later */
probe_fn mnt_fsopen, mnt_fsconfig, mnt_fsmount, mnt_fspick, mnt_open_tree,
    mnt_move_mount, mnt_setattr, mnt_setattr_recursive, mnt_idmapped,
    mnt_statmount, mnt_listmount, mnt_beneath, mnt_detached, mnt_open_tree_attr;

/* area_mount_freebsd.c */
probe_fn mnt_nmount, mnt_nmount_errmsg, mnt_nullfs_unixbypass,
    mnt_nullfs_nounixbypass, mnt_nullfs_nocache, mnt_nullfs_update,
    mnt_nullfs_option, mnt_devfs, mnt_devfs_ruleset, mnt_fdescfs, mnt_procfs,
    mnt_unionfs, mnt_linprocfs, mnt_fusefs, mnt_zfs, mnt_usermount, mnt_byfsid,
    mnt_getfsstat, mnt_statfs_from, mnt_union, mnt_emptydir, mnt_nocover,
    mnt_mount2;

#endif
