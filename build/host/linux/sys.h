/*
 * System calls that a C library may not have a function for, by number: the
 * mount interface of 5.2 to 5.12 and what goes with it.  <sys/mount.h> and
 * <linux/mount.h> exclude each other, so the former is not used.
 */
#ifndef ISTHMUS_BUILD_HOST_LINUX_SYS_H
#define ISTHMUS_BUILD_HOST_LINUX_SYS_H

#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000 /* linux/fcntl.h */
#endif

static inline int
sys_fsopen(const char *type)
{
	return ((int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

static inline int
sys_fsconfig(int fd, unsigned cmd, const char *key, const char *value)
{
	return ((int)syscall(SYS_fsconfig, fd, cmd, key, value, 0));
}

static inline int
sys_fsmount(int fd, unsigned attributes)
{
	return ((int)syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes));
}

/* A detached copy of the mount at the path, and of those below it. */
static inline int
sys_open_tree(int directory, const char *path, unsigned flags)
{
	return ((int)syscall(SYS_open_tree, directory, path,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
}

/* Attaches a detached mount; a link at the target is not followed. */
static inline int
sys_move_mount(int fd, int directory, const char *path)
{
	return ((int)syscall(
	    SYS_move_mount, fd, "", directory, path, MOVE_MOUNT_F_EMPTY_PATH));
}

static inline int
sys_mount_setattr(int directory, const char *path, unsigned flags,
    uint64_t attributes, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = attributes,
		.propagation = propagation };

	return ((int)syscall(
	    SYS_mount_setattr, directory, path, flags, &attr, sizeof(attr)));
}

static inline int
sys_pivot_root(const char *root, const char *old)
{
	return ((int)syscall(SYS_pivot_root, root, old));
}

static inline int
sys_umount_detach(const char *path)
{
	return ((int)syscall(SYS_umount2, path, 2)); /* MNT_DETACH */
}

static inline int
sys_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };

	return ((int)syscall(SYS_openat2, directory, path, &how, sizeof(how)));
}

static inline int
sys_close_range(unsigned first, unsigned last)
{
	return ((int)syscall(SYS_close_range, first, last, 0));
}

#endif
