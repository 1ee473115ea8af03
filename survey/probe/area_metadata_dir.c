/* Directories being read, special files, and paths from the kernel. */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

/* Files "0" to "n-1". */
static bool
make_many(int n)
{
	char name[16];
	int i;

	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		if (!probe_file(name, ""))
			return (false);
	}
	return (true);
}

PROBE(md_d_type)
{
	struct dirent *d;
	struct stat st;
	DIR *dir;
	unsigned unknown = 0;

	NEED_TRUE(probe_file("file", ""));
	NEED(mkdir("dir", 0700));
	NEED(symlink("file", "link"));
	NEED(mkfifo("fifo", 0600));
	NEED_TRUE((dir = opendir(".")) != NULL);
	while ((d = readdir(dir)) != NULL) {
		NEED(lstat(d->d_name, &st));
		if (d->d_type == DT_UNKNOWN)
			unknown++;
		else if (d->d_type != IFTODT(st.st_mode))
			return (probe_wrong(
			    "%s has type %d", d->d_name, d->d_type));
	}
	if (unknown != 0)
		return (row_unsupported(
		    "%u of DT_UNKNOWN on %s", unknown, row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_seekdir)
{
	struct dirent *d;
	DIR *dir;
	char name[NAME_MAX + 1];
	long where;
	int i;

	NEED_TRUE(make_many(24));
	NEED_TRUE((dir = opendir(".")) != NULL);
	for (i = 0; i < 12; i++)
		NEED_TRUE(readdir(dir) != NULL);
	where = telldir(dir);
	NEED_TRUE((d = readdir(dir)) != NULL);
	(void)snprintf(name, sizeof(name), "%s", d->d_name);
	while (readdir(dir) != NULL)
		;
	seekdir(dir, where);
	NEED_TRUE((d = readdir(dir)) != NULL);
	if (strcmp(d->d_name, name) != 0)
		return (probe_wrong("another entry at the same place"));
	return (probe_ok(NULL));
}

PROBE(md_readdir_unlink)
{
	struct dirent *d;
	DIR *dir;

	NEED(mkdir("d", 0700));
	NEED(chdir("d"));
	NEED_TRUE(make_many(24));
	NEED_TRUE((dir = opendir(".")) != NULL);
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			NEED(unlink(d->d_name));
	NEED(chdir(".."));
	if (rmdir("d") != 0)
		return (probe_wrong("entries were passed over"));
	return (probe_ok(NULL));
}

PROBE(md_getdents)
{
	char buf[4096];
	ssize_t n;
	int fd;

	NEED_TRUE(make_many(3));
	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
#if defined(__linux__)
	NEED(n = syscall(SYS_getdents64, fd, buf, sizeof(buf)));
#else
	NEED(n = getdents(fd, buf, sizeof(buf)));
#endif
	return (n > 0 ? probe_ok(NULL) : probe_wrong("no entries"));
}

PROBE(md_getdirentries)
{
#if defined(__FreeBSD__)
	char buf[4096];
	off_t base = -1;
	ssize_t n;
	int fd;

	NEED_TRUE(make_many(3));
	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(n = getdirentries(fd, buf, sizeof(buf), &base));
	return (n > 0 && base == 0
		    ? probe_ok(NULL)
		    : probe_wrong("%zd bytes from %lld", n, (long long)base));
#else
	/* glibc's only 64-bit form. */
	char buf[4096];
	off64_t base = -1;
	ssize_t n;
	int fd;

	NEED_TRUE(make_many(3));
	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(n = getdirentries64(fd, buf, sizeof(buf), &base));
	return (n > 0 ? probe_ok(NULL) : probe_wrong("no entries"));
#endif
}

PROBE(md_read_directory)
{
	char buf[512];
	int fd;

	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED_REFUSAL(read(fd, buf, sizeof(buf)), EISDIR);
	return (probe_ok(NULL));
}

PROBE(md_getcwd_deleted)
{
	char buf[PATH_MAX];

	NEED(mkdir("d", 0700));
	NEED(chdir("d"));
	NEED(rmdir("../d"));
	if (getcwd(buf, sizeof(buf)) != NULL)
		return (probe_wrong("it still says %.80s", buf));
	if (errno != ENOENT)
		return (probe_errno(errno, "getcwd"));
	if (probe_file("f", ""))
		return (probe_wrong("a file can be made in it"));
	return (probe_ok(NULL));
}

PROBE(md_getcwd_renamed)
{
	char buf[PATH_MAX];

	NEED(mkdir("d", 0700));
	NEED(chdir("d"));
	NEED(rename("../d", "../renamed"));
	NEED_TRUE(getcwd(buf, sizeof(buf)) != NULL);
	if (strstr(buf, "/renamed") == NULL)
		return (probe_wrong("it still says the old name"));
	return (probe_ok(NULL));
}

PROBE(md_realpathat)
{
#ifdef SYS___realpathat
	char buf[PATH_MAX];
	struct stat one, two;

	NEED(mkdir("d", 0700));
	NEED_TRUE(probe_file("d/f", ""));
	NEED(symlink("d/../d/f", "link"));
	NEED(syscall(SYS___realpathat, AT_FDCWD, "link", buf, sizeof(buf), 0));
	NEED(lstat(buf, &one));
	NEED(stat("d/f", &two));
	if (one.st_ino != two.st_ino || strstr(buf, "..") != NULL)
		return (probe_wrong("it says %.80s", buf));
	return (probe_ok(NULL));
#else
	return (probe_absent("__realpathat is not declared"));
#endif
}

PROBE(md_realpath)
{
	char buf[PATH_MAX];
	struct stat st;

	NEED(mkdir("d", 0700));
	NEED_TRUE(probe_file("d/f", ""));
	NEED(symlink("d/./../d/f", "link"));
	NEED_TRUE(realpath("link", buf) != NULL);
	NEED(lstat(buf, &st));
	if (!S_ISREG(st.st_mode) || buf[0] != '/')
		return (probe_wrong("it says %.80s", buf));
	if (realpath("missing", buf) != NULL)
		return (probe_wrong("a missing name resolved"));
	return (probe_ok(NULL));
}

PROBE(md_mkfifo)
{
	struct stat st;

	NEED(mkfifo("fifo", 0600));
	NEED(lstat("fifo", &st));
	NEED_REFUSAL(open("fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC), ENXIO);
	return (S_ISFIFO(st.st_mode) ? probe_ok(NULL)
				     : probe_wrong("it is no FIFO"));
}

PROBE(md_mknod_fifo)
{
	struct stat st;

	NEED(mknodat(AT_FDCWD, "fifo", S_IFIFO | 0600, 0));
	NEED(lstat("fifo", &st));
	return (S_ISFIFO(st.st_mode) ? probe_ok(NULL)
				     : probe_wrong("it is no FIFO"));
}

PROBE(md_mknod_file)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (mknod("f", S_IFREG | 0600, 0) != 0)
		return (row_unsupported("S_IFREG: %s", strerror(errno)));
	NEED(lstat("f", &st));
	return (S_ISREG(st.st_mode) ? probe_ok(NULL)
				    : probe_wrong("it is no file"));
}

PROBE(md_mknod_socket)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (mknod("s", S_IFSOCK | 0600, 0) != 0)
		return (row_unsupported("S_IFSOCK: %s", strerror(errno)));
	NEED(lstat("s", &st));
	return (S_ISSOCK(st.st_mode) ? probe_ok(NULL)
				     : probe_wrong("it is no socket"));
}

PROBE(md_mknod_device)
{
	struct stat st;
	char c;
	int fd;

	NEED(stat("/dev/null", &st));
	NEED(mknod("null", S_IFCHR | 0600, st.st_rdev));
	fd = open("null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return (probe_wrong("made, but open says %s", strerror(errno)));
	if (read(fd, &c, 1) != 0 || write(fd, "x", 1) != 1)
		return (probe_wrong("it does not behave as /dev/null"));
	return (probe_ok(NULL));
}

PROBE(md_mknod_user)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED(stat("/dev/null", &st));
	NEED_TRUE(util_drop(ctx));
	return (util_refused(
	    mknod("null", S_IFCHR | 0600, st.st_rdev), 0, "mknod of a device"));
}
