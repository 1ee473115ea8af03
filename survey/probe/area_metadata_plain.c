/* Probes of the area metadata: names, modes, owners and times, plainly. */
#include <sys/stat.h>
#include <sys/time.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"

#if defined(__linux__)
#include <sys/xattr.h>
#endif

static PROBE(plain_chdir)
{
	char after[PATH_MAX], before[PATH_MAX];

	NEED(mkdir("d", 0755));
	NEED_TRUE(getcwd(before, sizeof(before)) != NULL);
	NEED(chdir("d"));
	NEED_TRUE(getcwd(after, sizeof(after)) != NULL);
	if (strncmp(before, after, strlen(before)) != 0 ||
	    strcmp(after + strlen(before), "/d") != 0)
		return (probe_wrong("it leads to %s", after));
	NEED_REFUSAL(chdir("missing"), ENOENT);
	return (probe_ok(NULL));
}

static PROBE(plain_fchmod)
{
	struct stat st;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	NEED(fchmod(fd, 0751));
	NEED(fstat(fd, &st));
	return ((st.st_mode & 07777) == 0751
		    ? probe_ok(NULL)
		    : probe_wrong("mode %#o", (unsigned)st.st_mode));
}

static PROBE(plain_fchown)
{
	struct stat st;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	if (!ctx->root) {
		NEED_REFUSAL(fchown(fd, geteuid() + 1, (gid_t)-1), EPERM);
		return (probe_ok("refused to a user"));
	}
	NEED(fchown(fd, PROBE_OTHER_ID, PROBE_OTHER_ID));
	NEED(fstat(fd, &st));
	return (st.st_uid == PROBE_OTHER_ID && st.st_gid == PROBE_OTHER_ID
		    ? probe_ok(NULL)
		    : probe_wrong("owner %u", (unsigned)st.st_uid));
}

static PROBE(plain_link)
{
	struct stat a, b;

	NEED_TRUE(probe_file("f", "x"));
	NEED(link("f", "g"));
	NEED(stat("f", &a));
	NEED(stat("g", &b));
	if (a.st_ino != b.st_ino || a.st_nlink != 2)
		return (probe_wrong("%u links", (unsigned)a.st_nlink));
	NEED_REFUSAL(link("f", "g"), EEXIST);
	NEED(symlink("f", "s"));
	NEED(link("s", "t"));
	NEED(lstat("t", &b));
	return (probe_ok("of a symbolic link: %s",
	    S_ISLNK(b.st_mode) ? "the link itself" : "what it leads to"));
}

static PROBE(plain_symlink)
{
	char target[32];
	struct stat st;
	ssize_t n;

	NEED(symlink("no such place", "s"));
	NEED(n = readlink("s", target, sizeof(target)));
	if (n != 13 || memcmp(target, "no such place", 13) != 0)
		return (probe_wrong("it leads elsewhere"));
	NEED_REFUSAL(symlink("x", "s"), EEXIST);
	NEED(lstat("s", &st));
	return (probe_ok("mode %#o", (unsigned)st.st_mode & 07777));
}

static PROBE(plain_unlinkat)
{
	int dir;

	NEED(mkdir("d", 0755));
	NEED(mkdir("d/sub", 0755));
	NEED_TRUE(probe_file("d/f", "x"));
	NEED(dir = open("d", O_RDONLY | O_DIRECTORY));
	if (unlinkat(dir, "sub", 0) == 0)
		return (probe_wrong("a directory went without AT_REMOVEDIR"));
	/* POSIX: EPERM; Linux: EISDIR. */
	if (errno != EPERM && errno != EISDIR)
		return (probe_errno(errno, "unlinkat"));
	NEED(unlinkat(dir, "f", 0));
	NEED(unlinkat(dir, "sub", AT_REMOVEDIR));
	NEED(rmdir("d"));
	return (probe_ok(NULL));
}

static PROBE(plain_utimes)
{
	struct timeval tv[2] = { { 1000, 0 }, { 2000, 250000 } };
	struct stat st;

	NEED_TRUE(probe_file("f", "x"));
	NEED(utimes("f", tv));
	NEED(stat("f", &st));
	if (st.st_atime != 1000 || st.st_mtime != 2000)
		return (probe_wrong("times %lld and %lld",
		    (long long)st.st_atime, (long long)st.st_mtime));
	return (
	    probe_ok("%s", st.st_mtim.tv_nsec == 250000000 ? "with microseconds"
							   : "whole seconds"));
}

static PROBE(plain_sync)
{
	return (util_skip("it would write all of the machine out"));
}

#if defined(__linux__)
static PROBE(plain_lxattr)
{
	char names[256];
	ssize_t n;

	/* What nix does to every path, links included. */
	NEED_TRUE(probe_file("f", "x"));
	NEED(symlink("f", "s"));
	if (setxattr("f", "user.isthmus", "v", 1, 0) != 0)
		return (row_file_errno(errno, "setxattr"));
	NEED(n = llistxattr("f", names, sizeof(names)));
	if (memmem(names, (size_t)n, "user.isthmus", 13) == NULL)
		return (probe_wrong("what was set is not listed"));
	NEED(n = llistxattr("s", names, sizeof(names)));
	if (memmem(names, (size_t)n, "user.isthmus", 13) != NULL)
		return (probe_wrong("the link was followed"));
	NEED(lremovexattr("f", "user.isthmus"));
	NEED_REFUSAL(lremovexattr("f", "user.isthmus"), ENODATA);
	return (probe_ok(NULL));
}
#endif

static PROBE(plain_revoke)
{
#if defined(__FreeBSD__)
	const char *name;
	char c;
	int fd, master;

	NEED(master = posix_openpt(O_RDWR | O_NOCTTY));
	NEED(grantpt(master));
	NEED_TRUE((name = ptsname(master)) != NULL);
	NEED(fd = open(name, O_RDWR | O_NOCTTY));
	NEED(revoke(name));
	/* Reading from what was open is its end or an error. */
	if (read(fd, &c, 1) > 0)
		return (probe_wrong("an open descriptor is still good"));
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("metadata.chdir", "chdir",
	    "the working directory is another", plain_chdir, 0),
	ROW("metadata.fchmod", "fchmod",
	    "the mode by a read-only descriptor", plain_fchmod, 0),
	ROW("metadata.fchown", "fchown",
	    "the owner by a descriptor, refused to a user",
	    plain_fchown, 0),
	ROW("metadata.link", "link",
	    "a second name, and what a symbolic link gives",
	    plain_link, 0),
	ROW("metadata.symlink", "symlink",
	    "a link to nowhere, read back", plain_symlink, 0),
	ROW("metadata.unlinkat", "unlinkat",
	    "a directory goes with AT_REMOVEDIR only", plain_unlinkat, 0),
	ROW("metadata.utimes", "utimes",
	    "both times are set", plain_utimes, 0),
	ROW("metadata.sync", "sync",
	    "all files are written out", plain_sync, 0),
	ROW("metadata.llistxattr", "llistxattr",
	    "attributes are listed, links not followed",
	    ON_LINUX(plain_lxattr), 0),
	ROW("metadata.lremovexattr", "lremovexattr",
	    "an attribute is removed", ON_LINUX(plain_lxattr), 0),
	ROW("metadata.revoke", "revoke",
	    "a terminal's open descriptors are cut off",
	    plain_revoke, FREEBSD_ROOT),
	ROW("metadata.header-xattr", "sys/xattr.h", "the header is there",
#if __has_include(<sys/xattr.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
};
/* clang-format on */

const struct probe_area probe_area_metadata_plain = { ISTH_AREA_METADATA, rows,
	UTIL_COUNT(rows) };
