/*
 * Mount rows that every system answers by one and the same question; how it
 * mounts is in area_mount_linux.c and area_mount_freebsd.c.
 */
#include "survey/probe/area_mount.h"

#include <sys/param.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Becomes able to mount and makes the mount point "m". */
static bool
begin(const struct probe_context *ctx, struct probe_answer *why)
{
	if (!util_admin(ctx, 0, why))
		return (false);
	if (mkdir("m", 0755) == 0)
		return (true);
	*why = probe_errno(errno, "mkdir");
	return (false);
}

/* The same, with a directory "s" that holds "s/file" to look at. */
static bool
begin_view(const struct probe_context *ctx, struct probe_answer *why)
{
	const char *missing;

	missing = mount_view_missing();
	if (missing != NULL) {
		*why = util_skip("%s", missing);
		return (false);
	}
	if (!begin(ctx, why))
		return (false);
	if (mkdir("s", 0755) == 0 && probe_file("s/file", "content"))
		return (true);
	*why = probe_errno(errno, "mkdir");
	return (false);
}

PROBE(mnt_tmpfs)
{
	struct probe_answer why;
	struct stat inside, outside;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(errno, "mount a tmpfs"));
	if (stat("m", &inside) != 0 || stat(".", &outside) != 0 ||
	    inside.st_dev == outside.st_dev)
		return (probe_wrong("success, and nothing is mounted"));
	if (!probe_file("m/file", "x"))
		return (probe_errno(errno, "create a file on it"));
	if (mount_remove(ctx, "m", false) != 0)
		return (probe_errno(errno, "unmount"));
	return (util_exists("m/file")
		    ? probe_wrong("its file is there without it")
		    : probe_ok("mounted, written, unmounted%s",
			  util_admin_note(ctx)));
}

PROBE(mnt_tmpfs_size)
{
	static char block[65536];
	struct probe_answer why;
	ssize_t n, total;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, "size=262144") != 0)
		return (probe_errno(errno, "mount a tmpfs with size="));
	fd = open("m/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return (probe_errno(errno, "create"));
	for (total = 0; total < (1 << 20); total += n)
		if ((n = write(fd, block, sizeof(block))) <= 0)
			break;
	if (total >= (1 << 20))
		return (probe_wrong("1 MiB went into 256 KiB"));
	return (errno == ENOSPC ? probe_ok("ENOSPC after %zd bytes", total)
				: probe_errno(errno, "write"));
}

PROBE(mnt_tmpfs_option)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, "isthmus-nonsense=1") == 0)
		return (probe_wrong(
		    "an unknown option was taken in silence: "
		    "verify the effect of options, not the return"));
	return (
	    errno == EINVAL ? probe_ok("EINVAL") : probe_errno(errno, "mount"));
}

PROBE(mnt_view)
{
	struct probe_answer why;
	char text[32];

	if (!begin_view(ctx, &why))
		return (why);
	if (mount_view(ctx, "s", "m", 0) != 0)
		return (probe_errno(errno, "mount"));
	if (!util_read("m/file", text, sizeof(text)) ||
	    strcmp(text, "content") != 0)
		return (probe_wrong("the file does not show"));
	/* Both ways: what is written through it is in the original. */
	if (!probe_file("m/new", "x") || !util_exists("s/new"))
		return (probe_wrong("a write does not reach the original"));
	return (util_done(mount_remove(ctx, "m", false), "unmount"));
}

PROBE(mnt_view_file)
{
	struct probe_answer why;
	char text[32];

	if (!begin_view(ctx, &why))
		return (why);
	if (!probe_file("f", "covered"))
		return (probe_errno(errno, "create"));
	if (mount_view(ctx, "s/file", "f", 0) != 0)
		return (errno == ENOTDIR
			    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
				  "only directories: copy, or mount the parent")
			    : probe_errno(errno, "mount over a file"));
	if (!util_read("f", text, sizeof(text)) || strcmp(text, "content") != 0)
		return (probe_wrong("the file shows its old content"));
	return (util_done(mount_remove(ctx, "f", false), "unmount"));
}

PROBE(mnt_view_readonly)
{
	struct probe_answer why;

	if (!begin_view(ctx, &why))
		return (why);
	if (mount_view(ctx, "s", "m", LIKE_RDONLY) != 0)
		return (probe_errno(errno, "mount read-only"));
	if (probe_file("m/new", "x"))
		return (probe_wrong("a file was created through it"));
	if (errno != EROFS)
		return (probe_errno(errno, "create: not EROFS"));
	if (open("m/file", O_WRONLY | O_CLOEXEC) >= 0)
		return (probe_wrong("a file was opened for writing"));
	return (probe_file("s/new", "x")
		    ? probe_ok("EROFS; the original stays writable")
		    : probe_wrong("the original became read-only too"));
}

PROBE(mnt_view_submounts)
{
	struct probe_answer why;

	if (!begin_view(ctx, &why))
		return (why);
	if (mkdir("s/sub", 0755) != 0 ||
	    mount_tmpfs(ctx, "s/sub", 0, NULL) != 0 ||
	    !probe_file("s/sub/file", "x"))
		return (probe_errno(errno, "mount a tmpfs below"));
	if (mount_view(ctx, "s", "m", 0) != 0)
		return (probe_errno(errno, "mount"));
	return (
	    util_exists("m/sub/file")
		? probe_wrong("a mount below showed without being asked for")
		: probe_ok("the directory below a mount shows empty"));
}

PROBE(mnt_view_itself)
{
#if defined(__FreeBSD__)
	/*
	 * Seen on 15.1: where the directory is on tmpfs, nmount(2) spins in
	 * vn_lock_pair() and cannot even be killed.
	 */
	(void)ctx;
	return (util_skip("not asked: on tmpfs such an nmount never returns, "
			  "and SIGKILL does not end it (15.1)"));
#else
	struct probe_answer why;

	if (!begin_view(ctx, &why))
		return (why);
	if (mount_view(ctx, "s", "s", LIKE_RDONLY) != 0)
		return (probe_errno(errno, "mount over itself"));
	if (!util_exists("s/file"))
		return (probe_wrong("its file is gone"));
	if (probe_file("s/new", "x"))
		return (probe_wrong("it did not become read-only"));
	if (mount_view(ctx, "s", "s", LIKE_RDONLY) == 0)
		return (probe_ok("once, and once more"));
	return (probe_ok("once; again: %s", strerror(errno)));
#endif
}

PROBE(mnt_view_mismatch)
{
	struct probe_answer why;
	int first;

	if (!begin_view(ctx, &why))
		return (why);
	if (mount_view(ctx, "s/file", "m", 0) == 0)
		return (probe_wrong("a file over a directory"));
	first = errno;
	if (!probe_file("f", "") || mount_view(ctx, "s", "f", 0) == 0)
		return (probe_wrong("a directory over a file"));
	return (probe_ok("%s; %s", strerror(first), strerror(errno)));
}

PROBE(mnt_view_socket)
{
	struct probe_answer why;

	if (!begin_view(ctx, &why))
		return (why);
	if (util_unix_listen("s/socket") < 0)
		return (probe_errno(errno, "bind"));
	if (mount_view(ctx, "s", "m", LIKE_RDONLY) != 0)
		return (probe_errno(errno, "mount"));
	if (util_unix_connect("m/socket") >= 0)
		return (probe_ok("reached, though the view is read-only"));
	return (probe_errno(errno, "connect through the view"));
}

/* Runs id(1) at `path` and gives the effective user id that it prints. */
static long
effective_uid(const char *path)
{
	char copy[64], out[64], u[] = "-u";
	char *argv[] = { copy, u, NULL };

	snprintf(copy, sizeof(copy), "%s", path);
	if (util_capture(argv, out, sizeof(out)) != 0)
		return (-1);
	return (strtol(out, NULL, 10));
}

PROBE(mnt_nosuid)
{
	struct probe_answer why;

	if (!begin_view(ctx, &why))
		return (why);
	if (!util_copy_program("id", "s/id", 0755))
		return (util_skip("no id(1) to copy: %s", strerror(errno)));
	if (chown("s/id", PROBE_OTHER_ID, PROBE_OTHER_ID) != 0 ||
	    chmod("s/id", 04755) != 0)
		return (probe_errno(errno, "chmod 04755"));
	if (effective_uid("s/id") != (long)PROBE_OTHER_ID)
		return (util_skip("no set-user-id here even without nosuid"));
	if (mount_view(ctx, "s", "m", LIKE_NOSUID) != 0)
		return (probe_errno(errno, "mount nosuid"));
	switch (effective_uid("m/id")) {
	case 0:
		return (probe_ok("the program ran as its caller"));
	case PROBE_OTHER_ID:
		return (probe_wrong("the program ran as its owner"));
	default:
		return (probe_state(
		    ISTH_STATE_FAILED, errno, "the program did not run"));
	}
}

PROBE(mnt_noexec)
{
	char path[] = "m/run", out[8];
	char *argv[] = { path, NULL };
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", LIKE_NOEXEC, NULL) != 0)
		return (probe_errno(errno, "mount noexec"));
	if (!probe_file("m/run", "#!/bin/sh\nexit 0\n") ||
	    chmod("m/run", 0755) != 0)
		return (probe_errno(errno, "create"));
	if (util_capture(argv, out, sizeof(out)) >= 0)
		return (probe_wrong("a program was started"));
	return (errno == EACCES ? probe_ok("EACCES")
				: probe_errno(errno, "execve: not EACCES"));
}

PROBE(mnt_nosymfollow)
{
	struct probe_answer why;
	char text[16];

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", LIKE_NOSYMFOLLOW, NULL) != 0)
		return (probe_errno(errno, "mount nosymfollow"));
	if (!probe_file("m/file", "x") || symlink("file", "m/link") != 0)
		return (probe_errno(errno, "symlink"));
	if (util_read("m/link", text, sizeof(text)))
		return (probe_wrong("a symbolic link was followed"));
	if (readlink("m/link", text, sizeof(text)) != 4)
		return (probe_errno(errno, "readlink"));
	return (probe_ok("it can be read, not followed"));
}

PROBE(mnt_readonly)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", LIKE_RDONLY, NULL) != 0)
		return (probe_errno(errno, "mount read-only"));
	if (probe_file("m/file", "x"))
		return (probe_wrong("a file was created on it"));
	return (errno == EROFS ? probe_ok("EROFS")
			       : probe_errno(errno, "create: not EROFS"));
}

PROBE(mnt_update)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0 || !probe_file("m/file", "x"))
		return (probe_errno(errno, "mount"));
	if (mount_tmpfs(ctx, "m", LIKE_RDONLY | LIKE_UPDATE, NULL) != 0)
		return (probe_errno(errno, "change to read-only"));
	return (
	    !probe_file("m/new", "x") && errno == EROFS && util_exists("m/file")
		? probe_ok("read-write to read-only")
		: probe_wrong("it stayed writable, or lost its file"));
}

PROBE(mnt_busy)
{
	struct probe_answer why;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(errno, "mount"));
	fd = open("m/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return (probe_errno(errno, "create"));
	if (mount_remove(ctx, "m", false) == 0)
		return (probe_wrong("unmounted with an open file on it"));
	if (errno != EBUSY)
		return (probe_errno(errno, "unmount: not EBUSY"));
	close(fd);
	return (util_done(mount_remove(ctx, "m", false), "unmount"));
}

PROBE(mnt_force)
{
	struct probe_answer why;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(errno, "mount"));
	fd = open("m/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return (probe_errno(errno, "create"));
	if (mount_remove(ctx, "m", true) != 0)
		return (probe_errno(errno, "unmount"));
	if (util_exists("m/file"))
		return (probe_wrong("it is still mounted"));
	return (write(fd, "x", 1) == 1
		    ? probe_ok("gone from the tree; the open file still works")
		    : probe_ok("gone; the open file: %s", strerror(errno)));
}

PROBE(mnt_stack)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0 || !probe_file("m/lower", "x"))
		return (probe_errno(errno, "mount"));
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(errno, "mount over a mount"));
	if (util_exists("m/lower"))
		return (probe_wrong("the lower one still shows"));
	if (mount_remove(ctx, "m", false) != 0)
		return (probe_errno(errno, "unmount"));
	return (
	    util_exists("m/lower")
		? probe_ok("the upper one hid the lower one, which came back")
		: probe_wrong("the unmount did not bring the lower one back"));
}

PROBE(mnt_covered)
{
	struct probe_answer why;
	char text[16];
	int dir, fd;

	if (!begin(ctx, &why))
		return (why);
	if (!probe_file("m/file", "below"))
		return (probe_errno(errno, "create"));
	dir = open("m", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(errno, "mount"));
	fd = openat(dir, "file", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) != 5)
		return (probe_errno(errno, "openat below the mount"));
	return (probe_ok("a descriptor from before reaches below it"));
}

PROBE(mnt_unprivileged)
{
	if (mkdir("m", 0755) != 0 ||
	    (ctx->root && chown("m", PROBE_OTHER_ID, PROBE_OTHER_ID) != 0))
		return (probe_errno(errno, "mkdir"));
		/* Should it be allowed after all: not in anybody's sight. */
#if defined(__linux__)
	struct probe_answer why;

	if (ctx->root && !util_admin(ctx, 0, &why))
		return (why);
#endif
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(mount_tmpfs(ctx, "m", 0, NULL), 0, "mount"));
}

PROBE(mnt_unknown_type)
{
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount_unknown_type(ctx, "m") == 0)
		return (probe_wrong("mounted"));
	return (errno == ENODEV || errno == EINVAL
		    ? probe_ok("%s", strerror(errno))
		    : probe_errno(errno, "mount"));
}
