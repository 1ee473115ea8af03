/* Probes of the area mount: single flags, unmounting, and the headers. */
#include "survey/probe/area_mount.h"

#include "survey/probe/area_plain.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <stdio.h>
#include <unistd.h>

#if defined(__linux__)

/* A tmpfs at "m" with those flags; false with the answer. */
static bool
with_flags(const struct probe_context *ctx, unsigned long flags,
    struct statvfs *vfs, struct probe_answer *why)
{
	if (!util_admin(ctx, 0, why))
		return (false);
	if (mkdir("m", 0755) == 0 &&
	    mount("tmpfs", "m", "tmpfs", flags, NULL) == 0 &&
	    statvfs("m", vfs) == 0)
		return (true);
	*why = probe_errno(errno, "mount(tmpfs, %#lx)", flags);
	return (false);
}

static PROBE(plain_nodiratime)
{
	struct probe_answer why;
	struct statvfs vfs;

	if (!with_flags(ctx, MS_NODIRATIME, &vfs, &why))
		return (why);
	return ((vfs.f_flag & ST_NODIRATIME) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(plain_relatime)
{
	struct probe_answer why;
	struct statvfs vfs;

	if (!with_flags(ctx, MS_RELATIME, &vfs, &why))
		return (why);
	return ((vfs.f_flag & ST_RELATIME) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(plain_silent)
{
	struct probe_answer why;
	struct statvfs vfs;

	if (!with_flags(ctx, MS_SILENT, &vfs, &why))
		return (why);
	return (probe_ok("accepted"));
}

/* A mount that is taken away: by either call. */
static struct probe_answer
unmounts(const struct probe_context *ctx, bool flags)
{
	struct probe_answer why;
	struct statvfs vfs;

	if (!with_flags(ctx, 0, &vfs, &why))
		return (why);
	NEED_TRUE(probe_file("m/f", "x"));
	if (flags) {
		NEED_REFUSAL(umount2("m", 1 << 20), EINVAL);
		NEED(umount2("m", UMOUNT_NOFOLLOW));
	} else
		NEED(umount("m"));
	if (access("m/f", F_OK) == 0)
		return (probe_wrong("it is still mounted"));
	NEED_REFUSAL(umount("m"), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(plain_umount)
{
	return (unmounts(ctx, false));
}

static PROBE(plain_umount2)
{
	return (unmounts(ctx, true));
}
#endif

static PROBE(plain_proc_mounts)
{
	char line[1024];
	bool root = false;
	FILE *f;

	f = fopen("/proc/mounts", "re");
	if (f == NULL)
		return (errno == ENOENT ? probe_absent("no /proc/mounts")
					: probe_errno(errno, "open"));
	while (fgets(line, sizeof(line), f) != NULL)
		root = root || strstr(line, " / ") != NULL;
	(void)fclose(f);
	return (root ? probe_ok(NULL) : probe_wrong("\"/\" is not listed"));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("mount.recursive", "MS_REC",
	    "a bind with MS_REC shows mounts below", ON_LINUX(mnt_rbind), 0),
	ROW("mount.nodiratime", "MS_NODIRATIME",
	    "the flag is taken and shown", ON_LINUX(plain_nodiratime), 0),
	ROW("mount.relatime", "MS_RELATIME",
	    "the flag is taken and shown", ON_LINUX(plain_relatime), 0),
	ROW("mount.silent", "MS_SILENT",
	    "the flag is taken", ON_LINUX(plain_silent), 0),
	ROW("mount.open-tree-clone", "OPEN_TREE_CLONE",
	    "a copy of a tree of mounts, without a place",
	    ON_LINUX(mnt_open_tree), 0),
	ROW("mount.umount", "umount",
	    "what was mounted is gone", ON_LINUX(plain_umount), 0),
	ROW("mount.umount2", "umount2",
	    "the same with flags, unknown ones refused",
	    ON_LINUX(plain_umount2), 0),
	ROW("mount.proc-mounts", "/proc/mounts",
	    "the table of mounts is a file", plain_proc_mounts, 0),
	ROW("mount.header-mntent", "mntent.h", "the header is there",
#if __has_include(<mntent.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
	ROW("mount.header-statvfs", "sys/statvfs.h", "the header is there",
#if __has_include(<sys/statvfs.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
};
/* clang-format on */

const struct probe_area probe_area_mount_plain = { ISTH_AREA_MOUNT, rows,
	UTIL_COUNT(rows) };
