/* Probes of the area descriptor: open's flags, and lookups kept inside. */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

#if defined(__linux__)
#include <linux/openat2.h>
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif
#endif

/*
 * A little tree: below/inner, below/up -> .., below/abs -> /,
 * below/link -> inner.
 */
static bool
make_tree(void)
{
	return (mkdir("below", 0755) == 0 && probe_file("outer", "outer") &&
		probe_file("below/inner", "inner") &&
		symlink("..", "below/up") == 0 &&
		symlink("/", "below/abs") == 0 &&
		symlink("inner", "below/link") == 0 &&
		mkdir("below/sub", 0755) == 0);
}

static PROBE(open_nofollow)
{
	int fd;

	NEED_TRUE(make_tree());
	NEED(fd = open("below/inner", O_RDONLY | O_NOFOLLOW));
	if (open("below/link", O_RDONLY | O_NOFOLLOW) >= 0)
		return (probe_wrong("the link was followed"));
	/* POSIX: ELOOP.  FreeBSD: EMLINK. */
	if (errno != ELOOP && errno != EMLINK)
		return (probe_errno(errno, "open"));
	return (probe_ok("%s", errno == ELOOP ? "ELOOP" : "EMLINK"));
}

static PROBE(open_nofollow_inner)
{
	int fd;

	/* Only the last component: links before it are followed. */
	NEED_TRUE(make_tree());
	NEED(fd = open("below/up/outer", O_RDONLY | O_NOFOLLOW));
	return (probe_ok(NULL));
}

static PROBE(open_directory)
{
	NEED_TRUE(make_tree());
	NEED(open("below", O_RDONLY | O_DIRECTORY));
	NEED_REFUSAL(open("outer", O_RDONLY | O_DIRECTORY), ENOTDIR);
	return (probe_ok(NULL));
}

static PROBE(open_directory_create)
{
	int err;

	/* Once made a regular file on Linux: EINVAL since 6.4. */
	if (open("new", O_RDONLY | O_DIRECTORY | O_CREAT, 0644) >= 0)
		return (probe_wrong("O_DIRECTORY|O_CREAT succeeded"));
	err = errno;
	if (access("new", F_OK) == 0)
		return (probe_wrong("errno %d, but a file was made", err));
	if (err == EINVAL)
		return (probe_ok(NULL));
	/* FreeBSD opens what is there (vn_open_cred of the kernel). */
	return (err == ENOENT ? probe_ok("O_CREAT counts for nothing: ENOENT")
			      : probe_errno(err, "open"));
}

static PROBE(open_excl_link)
{
	/* O_EXCL does not follow even a dangling link. */
	NEED(symlink("nowhere", "dangling"));
	NEED_REFUSAL(
	    open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	return (probe_ok(NULL));
}

static PROBE(open_append)
{
	char buf[8] = "";
	int a, b;

	NEED_TRUE(probe_file("f", ""));
	NEED(a = open("f", O_WRONLY | O_APPEND));
	NEED(b = open("f", O_RDWR | O_APPEND));
	NEED(write(a, "12", 2));
	NEED(write(b, "34", 2));
	NEED(write(a, "5", 1));
	NEED(pread(b, buf, sizeof(buf), 0));
	return (memcmp(buf, "12345", 5) == 0 ? probe_ok(NULL)
					     : probe_wrong("\"%.5s\"", buf));
}

static PROBE(open_tmpfile)
{
#ifdef O_TMPFILE
	struct stat st;
	int fd;

	fd = open(".", O_RDWR | O_TMPFILE, 0600);
	if (fd < 0)
		return (row_file_errno(errno, "open"));
	NEED(fstat(fd, &st));
	return (
	    st.st_nlink == 0 ? probe_ok(NULL) : probe_wrong("it has a name"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_tmpfile_link)
{
#ifdef O_TMPFILE
	char path[64];
	int fd;

	fd = open(".", O_RDWR | O_TMPFILE, 0600);
	if (fd < 0)
		return (row_file_errno(errno, "open"));
	NEED(write(fd, "x", 1));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	NEED(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	return (access("named", F_OK) == 0 ? probe_ok(NULL)
					   : probe_wrong("no name"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_tmpfile_excl)
{
#ifdef O_TMPFILE
	char path[64];
	int fd;

	fd = open(".", O_RDWR | O_TMPFILE | O_EXCL, 0600);
	if (fd < 0)
		return (row_file_errno(errno, "open"));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	NEED_REFUSAL(
	    linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW),
	    ENOENT);
	return (probe_ok("it can never be named"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_path)
{
#ifdef O_PATH
	struct stat st;
	char c;
	int fd;

	NEED_TRUE(make_tree());
	NEED(fd = open("outer", O_PATH));
	NEED(fstat(fd, &st));
	NEED_REFUSAL((int)read(fd, &c, 1), EBADF);
	return (st.st_size == 5 ? probe_ok(NULL) : probe_wrong("another file"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_path_link)
{
#ifdef O_PATH
	char target[16];
	ssize_t n;
	int fd;

	/* With O_NOFOLLOW the link itself, which readlinkat then reads. */
	NEED_TRUE(make_tree());
	NEED(fd = open("below/link", O_PATH | O_NOFOLLOW));
	NEED(n = readlinkat(fd, "", target, sizeof(target)));
	return (n == 5 && memcmp(target, "inner", 5) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("another target"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_path_unreadable)
{
#ifdef O_PATH
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(chmod("f", 0));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setuid"));
	NEED(fd = open("f", O_PATH));
	return (probe_ok("no permission is asked for"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_path_dir)
{
#ifdef O_PATH
	int dir, fd;

	NEED_TRUE(make_tree());
	NEED(dir = open("below", O_PATH | O_DIRECTORY));
	NEED(fd = openat(dir, "inner", O_RDONLY));
	NEED(fchdir(dir));
	return (access("inner", F_OK) == 0 ? probe_ok(NULL)
					   : probe_wrong("another directory"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_empty_path)
{
#ifdef AT_EMPTY_PATH
	struct stat a, b;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	NEED(fstat(fd, &a));
	NEED(fstatat(fd, "", &b, AT_EMPTY_PATH));
	if (a.st_ino != b.st_ino)
		return (probe_wrong("another file"));
	NEED_REFUSAL(fstatat(AT_FDCWD, "", &b, 0), ENOENT);
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_link_empty)
{
#ifdef AT_EMPTY_PATH
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	if (linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH) == 0)
		return (probe_ok(NULL));
	/* Linux wants CAP_DAC_READ_SEARCH and says ENOENT (open(2)). */
	return (errno == ENOENT
		    ? probe_state(ISTH_STATE_DENIED, errno, "needs privilege")
		    : probe_errno(errno, "linkat"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_o_empty)
{
#ifdef O_EMPTY_PATH
	int fd, again;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_PATH));
	NEED(again = openat(fd, "", O_RDONLY | O_EMPTY_PATH));
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_search)
{
#ifdef O_SEARCH
	int dir;

	NEED_TRUE(make_tree());
	NEED(chmod("below", 0111));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setuid"));
	NEED(dir = open("below", O_SEARCH | O_DIRECTORY));
	NEED(faccessat(dir, "inner", F_OK, 0));
	return (probe_ok("needs no read permission"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_shlock)
{
#ifdef O_EXLOCK
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDONLY | O_EXLOCK));
	NEED_REFUSAL(open("f", O_RDONLY | O_SHLOCK | O_NONBLOCK), EAGAIN);
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_noatime)
{
#ifdef O_NOATIME
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY | O_NOATIME));
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_direct)
{
#ifdef O_DIRECT
	static char block[65536] __attribute__((__aligned__(65536)));
	int fd;

	fd = open("f", O_RDWR | O_CREAT | O_DIRECT, 0600);
	if (fd < 0)
		return (row_file_errno(errno, "open"));
	NEED(write(fd, block, sizeof(block)));
	NEED(pread(fd, block, sizeof(block), 0));
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(open_largefile)
{
	int fd;

	NEED(fd = open("f", O_RDWR | O_CREAT, 0600));
	NEED(pwrite(fd, "x", 1, (off_t)5 << 30));
	return (lseek(fd, 0, SEEK_END) == ((off_t)5 << 30) + 1
		    ? probe_ok(NULL)
		    : probe_wrong("another size"));
}

/* How to try one lookup in below/; -1 with errno. */
typedef int lookup_fn(int dir, const char *path);

/* A lookup that must stay inside: what it reaches, and what it must not. */
static struct probe_answer
check_beneath(lookup_fn *lookup, int refusal)
{
	static const char *const outside[] = { "../outer", "/etc/passwd",
		"up/outer", "abs/etc/passwd", "sub/../../outer" };
	size_t i;
	int dir;

	NEED_TRUE(make_tree());
	NEED(dir = open("below", O_RDONLY | O_DIRECTORY));
	if (lookup(dir, "inner") < 0)
		return (errno == EINVAL ? probe_absent("not known")
					: probe_errno(errno, "inner"));
	if (lookup(dir, "link") < 0 || lookup(dir, "sub/../inner") < 0)
		return (
		    probe_wrong("what is inside is refused: errno %d", errno));
	for (i = 0; i < UTIL_COUNT(outside); i++) {
		if (lookup(dir, outside[i]) >= 0)
			return (probe_wrong("%s is reached", outside[i]));
		if (errno != refusal)
			return (probe_wrong("%s: errno %d", outside[i], errno));
	}
	return (probe_ok(NULL));
}

#if defined(__linux__)
static int
resolve(int dir, const char *path, uint64_t how_)
{
	struct open_how how;

	memset(&how, 0, sizeof(how));
	how.flags = O_RDONLY;
	how.resolve = how_;
	return ((int)syscall(SYS_openat2, dir, path, &how, sizeof(how)));
}

static int
lookup_openat2(int dir, const char *path)
{
	return (resolve(dir, path, RESOLVE_BENEATH));
}

static PROBE(openat2_beneath)
{
	return (check_beneath(lookup_openat2, EXDEV));
}

static PROBE(openat2_plain)
{
	struct open_how how;
	struct {
		struct open_how how;
		uint64_t more;
	} big;

	NEED_TRUE(make_tree());
	NEED(resolve(AT_FDCWD, "outer", 0));
	/* Unlike open(2): flags that do not exist are refused. */
	memset(&how, 0, sizeof(how));
	how.flags = 1ull << 40;
	NEED_REFUSAL(
	    (int)syscall(SYS_openat2, AT_FDCWD, "outer", &how, sizeof(how)),
	    EINVAL);
	memset(&big, 0, sizeof(big));
	big.more = 1;
	NEED_REFUSAL(
	    (int)syscall(SYS_openat2, AT_FDCWD, "outer", &big, sizeof(big)),
	    E2BIG);
	return (probe_ok(NULL));
}

static PROBE(openat2_in_root)
{
	int dir;

	NEED_TRUE(make_tree());
	NEED(dir = open("below", O_RDONLY | O_DIRECTORY));
	/* The directory is the root: "/", ".." and links lead into it. */
	NEED(resolve(dir, "/inner", RESOLVE_IN_ROOT));
	NEED(resolve(dir, "../../inner", RESOLVE_IN_ROOT));
	NEED(resolve(dir, "abs/inner", RESOLVE_IN_ROOT));
	NEED_REFUSAL(resolve(dir, "../outer", RESOLVE_IN_ROOT), ENOENT);
	return (probe_ok(NULL));
}

static PROBE(openat2_no_symlinks)
{
	NEED_TRUE(make_tree());
	NEED(resolve(AT_FDCWD, "below/inner", RESOLVE_NO_SYMLINKS));
	NEED_REFUSAL(
	    resolve(AT_FDCWD, "below/link", RESOLVE_NO_SYMLINKS), ELOOP);
	NEED_REFUSAL(
	    resolve(AT_FDCWD, "below/up/outer", RESOLVE_NO_SYMLINKS), ELOOP);
	return (probe_ok(NULL));
}

static PROBE(openat2_no_magiclinks)
{
	NEED_TRUE(make_tree());
	NEED(resolve(AT_FDCWD, "below/link", RESOLVE_NO_MAGICLINKS));
	NEED_REFUSAL(
	    resolve(AT_FDCWD, "/proc/self/cwd/outer", RESOLVE_NO_MAGICLINKS),
	    ELOOP);
	return (probe_ok(NULL));
}

static PROBE(openat2_no_xdev)
{
	NEED_TRUE(make_tree());
	NEED(resolve(AT_FDCWD, "below/inner", RESOLVE_NO_XDEV));
	NEED_REFUSAL(
	    resolve(AT_FDCWD, "/proc/self/stat", RESOLVE_NO_XDEV), EXDEV);
	return (probe_ok(NULL));
}

static PROBE(openat2_cached)
{
	NEED_TRUE(make_tree());
	if (resolve(AT_FDCWD, "outer", RESOLVE_CACHED) < 0 && errno != EAGAIN)
		return (errno == EINVAL ? probe_absent("before Linux 5.12")
					: probe_errno(errno, "openat2"));
	return (probe_ok(NULL));
}
#endif

#ifdef O_RESOLVE_BENEATH
static int
lookup_o_beneath(int dir, const char *path)
{
	return (openat(dir, path, O_RDONLY | O_RESOLVE_BENEATH));
}
#endif

static PROBE(open_resolve_beneath)
{
#ifdef O_RESOLVE_BENEATH
	return (check_beneath(lookup_o_beneath, ENOTCAPABLE));
#else
	(void)check_beneath;
	return (probe_absent("not declared"));
#endif
}

#ifdef AT_RESOLVE_BENEATH
static int
lookup_at_beneath(int dir, const char *path)
{
	struct stat st;

	return (fstatat(dir, path, &st, AT_RESOLVE_BENEATH));
}
#endif

static PROBE(open_at_beneath)
{
#ifdef AT_RESOLVE_BENEATH
	return (check_beneath(lookup_at_beneath, ENOTCAPABLE));
#else
	return (probe_absent("not declared"));
#endif
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.o-nofollow", "O_NOFOLLOW",
	    "a link is refused, and with which errno", open_nofollow, 0),
	ROW("descriptor.o-nofollow-inner", "O_NOFOLLOW",
	    "links before the last component are followed",
	    open_nofollow_inner, 0),
	ROW("descriptor.o-directory", "O_DIRECTORY",
	    "a file is refused with ENOTDIR", open_directory, 0),
	ROW("descriptor.o-directory-creat", "O_DIRECTORY",
	    "with O_CREAT it is refused and makes nothing",
	    open_directory_create, 0),
	ROW("descriptor.o-excl-link", "O_EXCL",
	    "a dangling link counts as existing", open_excl_link, 0),
	ROW("descriptor.o-append", "O_APPEND",
	    "two writers never overwrite each other", open_append, 0),
	ROW("descriptor.o-tmpfile", "O_TMPFILE",
	    "a file without a name", open_tmpfile, 0),
	ROW("descriptor.o-tmpfile-link", "O_TMPFILE",
	    "that gets one later", open_tmpfile_link, 0),
	ROW("descriptor.o-tmpfile-excl", "O_TMPFILE",
	    "or never can", open_tmpfile_excl, 0),
	ROW("descriptor.o-path", "O_PATH",
	    "a place, not an open file", open_path, 0),
	ROW("descriptor.o-path-link", "O_PATH",
	    "a link itself can be held", open_path_link, 0),
	ROW("descriptor.o-path-unreadable", "O_PATH",
	    "no permission on the file is asked for",
	    open_path_unreadable, 0),
	ROW("descriptor.o-path-dir", "O_PATH",
	    "serves openat and fchdir", open_path_dir, 0),
	ROW("descriptor.at-empty-path", "AT_EMPTY_PATH",
	    "fstatat of a descriptor itself", open_empty_path, 0),
	ROW("descriptor.link-empty-path", "AT_EMPTY_PATH",
	    "a name for an open file", open_link_empty, 0),
	ROW("descriptor.o-empty-path", "O_EMPTY_PATH",
	    "an O_PATH descriptor is opened for reading", open_o_empty, 0),
	ROW("descriptor.o-search", "O_SEARCH",
	    "a directory that may not be listed", open_search, 0),
	ROW("descriptor.o-exlock", "O_EXLOCK",
	    "opened and locked at once", open_shlock, 0),
	ROW("descriptor.o-noatime", "O_NOATIME",
	    "accepted for one's own file", open_noatime, 0),
	ROW("descriptor.o-direct", "O_DIRECT",
	    "aligned input and output past the cache", open_direct, 0),
	ROW("descriptor.o-largefile", "O_LARGEFILE",
	    "offsets above 4 GiB", open_largefile, 0),
	ROW("descriptor.openat2", "openat2",
	    "unknown flags are refused", ON_LINUX(openat2_plain), 0),
	ROW("descriptor.resolve-beneath", "RESOLVE_BENEATH",
	    "no way out of a directory", ON_LINUX(openat2_beneath), 0),
	ROW("descriptor.resolve-in-root", "RESOLVE_IN_ROOT",
	    "a directory as the root", ON_LINUX(openat2_in_root), 0),
	ROW("descriptor.resolve-no-symlinks", "RESOLVE_NO_SYMLINKS",
	    "no link anywhere", ON_LINUX(openat2_no_symlinks), 0),
	ROW("descriptor.resolve-no-magiclinks", "RESOLVE_NO_MAGICLINKS",
	    "no /proc link", ON_LINUX(openat2_no_magiclinks), 0),
	ROW("descriptor.resolve-no-xdev", "RESOLVE_NO_XDEV",
	    "no other mount", ON_LINUX(openat2_no_xdev), 0),
	ROW("descriptor.resolve-cached", "RESOLVE_CACHED",
	    "only what needs no waiting", ON_LINUX(openat2_cached), 0),
	ROW("descriptor.o-resolve-beneath", "O_RESOLVE_BENEATH",
	    "no way out of a directory", open_resolve_beneath, 0),
	ROW("descriptor.at-resolve-beneath", "AT_RESOLVE_BENEATH",
	    "the same for fstatat", open_at_beneath, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_open = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
