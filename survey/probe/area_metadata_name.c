/*
 * Names: what may be one, renaming without and with a replacement, links to
 * links, and how a directory is read.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/param.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

/* True when the file `name` exists and holds `content`, of one byte. */
static bool
holds(const char *name, char content)
{
	char c;
	int fd;
	ssize_t n;

	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (false);
	n = read(fd, &c, 1);
	(void)close(fd);
	return (n == 1 && c == content);
}

PROBE(md_rename_noreplace)
{
#ifdef RENAME_NOREPLACE
	NEED_TRUE(probe_file("a", "a"));
	NEED_TRUE(probe_file("b", "b"));
	if (renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE) != 0)
		return (row_file_errno(errno, "renameat2"));
	NEED_REFUSAL(
	    renameat2(AT_FDCWD, "c", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
	if (!holds("c", 'a') || !holds("b", 'b'))
		return (probe_wrong("the names hold other files"));
	return (probe_ok(NULL));
#else
	return (probe_absent("RENAME_NOREPLACE is not declared"));
#endif
}

PROBE(md_rename_exchange)
{
#ifdef RENAME_EXCHANGE
	NEED_TRUE(probe_file("a", "a"));
	NEED_TRUE(probe_file("b", "b"));
	if (renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) != 0)
		return (row_file_errno(errno, "renameat2"));
	if (!holds("a", 'b') || !holds("b", 'a'))
		return (probe_wrong("the two were not exchanged"));
	return (probe_ok(NULL));
#else
	return (probe_absent("RENAME_EXCHANGE is not declared"));
#endif
}

PROBE(md_rename_whiteout)
{
#ifdef RENAME_WHITEOUT
	struct stat st;

	NEED_TRUE(probe_file("a", "a"));
	if (renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_WHITEOUT) != 0)
		return (row_file_errno(errno, "renameat2"));
	NEED(lstat("a", &st));
	if (!S_ISCHR(st.st_mode) || st.st_rdev != 0)
		return (probe_wrong("no 0,0 device was left"));
	return (probe_ok(NULL));
#else
	return (probe_absent("RENAME_WHITEOUT is not declared"));
#endif
}

PROBE(md_renameat)
{
	int one, two;

	NEED(mkdir("one", 0700));
	NEED(mkdir("two", 0700));
	NEED_TRUE(probe_file("one/a", "a"));
	NEED(one = open("one", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(two = open("two", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(renameat(one, "a", two, "b"));
	if (!holds("two/b", 'a') || util_exists("one/a"))
		return (probe_wrong("the file did not move"));
	return (probe_ok(NULL));
}

PROBE(md_rename_same)
{
	NEED_TRUE(probe_file("a", "a"));
	NEED(link("a", "b"));
	NEED(rename("a", "b"));
	if (!util_exists("a") || !util_exists("b"))
		return (probe_wrong("one of two names of a file went away"));
	return (probe_ok("both names stay, as POSIX has it"));
}

PROBE(md_inode_stable)
{
	struct stat first, second;

	NEED_TRUE(probe_file("a", "a"));
	NEED(stat("a", &first));
	NEED(mkdir("d", 0700));
	NEED(rename("a", "d/b"));
	NEED(stat("d/b", &second));
	if (first.st_ino != second.st_ino || first.st_dev != second.st_dev)
		return (probe_wrong(
		    "the inode number changed on %s", row_filesystem()));
	return (probe_ok(NULL));
}

/* "link" to "a"; then a second name "b" by linkat with `flags`. */
static struct probe_answer
link_kind(int flags, bool *is_link)
{
	struct stat st;

	NEED_TRUE(probe_file("a", "a"));
	NEED(symlink("a", "link"));
	NEED(linkat(AT_FDCWD, "link", AT_FDCWD, "b", flags));
	NEED(lstat("b", &st));
	*is_link = S_ISLNK(st.st_mode);
	return (probe_ok(NULL));
}

PROBE(md_link_of_link)
{
	struct stat st;

	NEED_TRUE(probe_file("a", "a"));
	NEED(symlink("a", "link"));
	NEED(link("link", "b"));
	NEED(lstat("b", &st));
	return (probe_ok("a new name of the %s",
	    S_ISLNK(st.st_mode) ? "link itself" : "file it points to"));
}

PROBE(md_linkat_nofollow)
{
	struct probe_answer a;
	bool is_link = false;

	a = link_kind(0, &is_link);
	if (a.state != ISTH_STATE_OK)
		return (a);
	return (is_link ? a : probe_wrong("it followed the link"));
}

PROBE(md_linkat_follow)
{
	struct probe_answer a;
	bool is_link = false;

	a = link_kind(AT_SYMLINK_FOLLOW, &is_link);
	if (a.state != ISTH_STATE_OK)
		return (a);
	return (is_link ? probe_wrong("it did not follow the link") : a);
}

PROBE(md_linkat_empty)
{
#ifdef AT_EMPTY_PATH
	int fd;

	NEED_TRUE(probe_file("a", "a"));
	NEED(fd = open("a", O_RDONLY | O_CLOEXEC));
	if (linkat(fd, "", AT_FDCWD, "b", AT_EMPTY_PATH) != 0)
		/* Linux says ENOENT to those who may not. */
		return (probe_state(errno == ENOENT
					? ISTH_STATE_DENIED
					: probe_errno(errno, NULL).state,
		    errno, "linkat"));
	if (!holds("b", 'a'))
		return (probe_wrong("the new name is not that file"));
	return (probe_ok(NULL));
#else
	return (probe_absent("AT_EMPTY_PATH is not declared"));
#endif
}

PROBE(md_readlink_short)
{
	char buf[8] = "#######";
	ssize_t n;

	NEED(symlink("a-long-target", "link"));
	NEED(n = readlinkat(AT_FDCWD, "link", buf, 4));
	if (n != 4 || memcmp(buf, "a-lo###", 7) != 0)
		return (probe_wrong("%zd bytes of 4", n));
	return (probe_ok("cut, without a NUL"));
}

PROBE(md_readlink_size)
{
	struct stat st;

	NEED(symlink("a-long-target", "link"));
	NEED(lstat("link", &st));
	if (st.st_size != 13)
		return (probe_wrong(
		    "st_size is %lld for 13 bytes", (long long)st.st_size));
	return (probe_ok(NULL));
}

PROBE(md_symlinkat)
{
	struct stat st;
	int dir;

	NEED(mkdir("d", 0700));
	NEED(dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(symlinkat("nowhere", dir, "link"));
	NEED(lstat("d/link", &st));
	return (S_ISLNK(st.st_mode) ? probe_ok(NULL)
				    : probe_wrong("it made no link"));
}

PROBE(md_removedir_link)
{
	NEED(mkdir("d", 0700));
	NEED(symlink("d", "link"));
	NEED_REFUSAL(unlinkat(AT_FDCWD, "link", AT_REMOVEDIR), ENOTDIR);
	NEED(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	return (probe_ok(NULL));
}

PROBE(md_unlink_directory)
{
	NEED(mkdir("d", 0700));
	if (unlink("d") == 0)
		return (probe_wrong("it removed the directory"));
	if (errno == EPERM)
		return (probe_ok("EPERM, as POSIX has it"));
	if (errno == EISDIR)
		return (probe_ok("EISDIR, where POSIX has EPERM"));
	return (probe_state(ISTH_STATE_FAILED, errno, "unlink"));
}

PROBE(md_funlinkat)
{
#ifdef __FreeBSD__
	int a, b;

	NEED(a = row_create("a"));
	NEED(b = row_create("b"));
	NEED_REFUSAL(funlinkat(AT_FDCWD, "a", b, 0), EDEADLK);
	NEED(funlinkat(AT_FDCWD, "a", a, 0));
	return (util_exists("a") ? probe_wrong("the name is still there")
				 : probe_ok(NULL));
#else
	return (probe_absent("funlinkat is not declared"));
#endif
}

PROBE(md_case)
{
	NEED_TRUE(probe_file("name", "a"));
	NEED_TRUE(probe_file("Name", "b"));
	if (!holds("name", 'a'))
		return (row_unsupported(
		    "\"name\" and \"Name\" are one on %s", row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_name_max)
{
	char name[257];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	if (!probe_file(name, ""))
		return (row_unsupported(
		    "255 bytes: %s on %s", strerror(errno), row_filesystem()));
	name[255] = 'n';
	name[256] = '\0';
	if (probe_file(name, ""))
		return (probe_ok("more than 255 bytes"));
	return (errno == ENAMETOOLONG ? probe_ok(NULL)
				      : probe_errno(errno, "open"));
}

/* True when a directory listing has exactly that name. */
static bool
listed(const char *name)
{
	struct dirent *d;
	DIR *dir;
	bool found = false;

	dir = opendir(".");
	if (dir == NULL)
		return (false);
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, name) == 0)
			found = true;
	(void)closedir(dir);
	return (found);
}

PROBE(md_name_bytes)
{
	static const char name[] = "\xff\xfe\x80 \n\\";

	if (!probe_file(name, ""))
		return (row_unsupported(
		    "%s on %s", strerror(errno), row_filesystem()));
	return (listed(name) ? probe_ok(NULL)
			     : probe_wrong("the name comes back changed"));
}

PROBE(md_name_forms)
{
	/* e with acute: one code point, and two. */
	static const char composed[] = "\xc3\xa9", parts[] = "e\xcc\x81";

	NEED_TRUE(probe_file(composed, "a"));
	NEED_TRUE(probe_file(parts, "b"));
	if (!holds(composed, 'a'))
		return (
		    row_unsupported("the two are one on %s", row_filesystem()));
	return (listed(composed) && listed(parts)
		    ? probe_ok(NULL)
		    : probe_wrong("the name comes back changed"));
}

PROBE(md_path_max)
{
	char path[4096];
	size_t i;
	struct stat st;

	for (i = 0; i + 2 < sizeof(path); i += 2)
		memcpy(path + i, "./", 2);
	path[sizeof(path) - 2] = '.';
	path[sizeof(path) - 1] = '\0';
	if (stat(path, &st) == 0)
		return (probe_ok(NULL));
	if (errno != ENAMETOOLONG)
		return (probe_errno(errno, "stat"));
	return (row_unsupported("PATH_MAX is %d", PATH_MAX));
}

PROBE(md_symlink_depth)
{
	char from[16], to[16];
	struct stat st;
	int depth, step;

	NEED_TRUE(probe_file("0", ""));
	for (depth = 1; depth <= 40; depth++) {
		(void)snprintf(from, sizeof(from), "%d", depth - 1);
		(void)snprintf(to, sizeof(to), "%d", depth);
		NEED(symlink(from, to));
	}
	if (stat("40", &st) == 0)
		return (probe_ok(NULL));
	if (errno != ELOOP)
		return (probe_errno(errno, "stat"));
	/* The deepest that can be followed, by halves. */
	depth = 0;
	for (step = 32; step > 0; step /= 2) {
		(void)snprintf(to, sizeof(to), "%d", depth + step);
		if (depth + step < 40 && stat(to, &st) == 0)
			depth += step;
	}
	return (row_unsupported("at most %d", depth));
}

PROBE(md_symlink_loop)
{
	NEED(symlink("loop", "loop"));
	NEED_REFUSAL(open("loop", O_RDONLY | O_CLOEXEC), ELOOP);
	return (probe_ok(NULL));
}

PROBE(md_nofollow_errno)
{
	NEED_TRUE(probe_file("a", ""));
	NEED(symlink("a", "link"));
	if (open("link", O_RDONLY | O_NOFOLLOW | O_CLOEXEC) >= 0)
		return (probe_wrong("it followed the link"));
	if (errno == ELOOP)
		return (probe_ok("ELOOP, as POSIX has it"));
	if (errno == EMLINK)
		return (probe_ok("EMLINK, where POSIX has ELOOP"));
	return (probe_state(ISTH_STATE_FAILED, errno, "open"));
}
