/* Probes of the area descriptor: the plain calls, and standard descriptors. */
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"

static PROBE(plain_close)
{
	int again, fd;

	NEED(fd = open("/dev/null", O_RDONLY));
	NEED(close(fd));
	NEED_REFUSAL(fcntl(fd, F_GETFD), EBADF);
	NEED_REFUSAL(close(fd), EBADF);
	NEED(again = open("/dev/null", O_RDONLY));
	return (again == fd ? probe_ok(NULL)
			    : probe_wrong("%d is not free again", fd));
}

static PROBE(plain_dup2)
{
	int p[2];
	char c = 0;

	NEED(pipe(p));
	NEED(fcntl(p[1], F_SETFD, FD_CLOEXEC));
	/* What was there is closed; the copy is not close-on-exec. */
	NEED(dup2(0, 40));
	if (dup2(p[1], 40) != 40 || (fcntl(40, F_GETFD) & FD_CLOEXEC) != 0)
		return (probe_wrong("another number, or close-on-exec"));
	NEED(write(40, "x", 1));
	NEED(read(p[0], &c, 1));
	if (dup2(40, 40) != 40)
		return (probe_wrong("a copy onto itself: errno %d", errno));
	NEED_REFUSAL(dup2(999, 41), EBADF);
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another pipe"));
}

static PROBE(plain_fd_cloexec)
{
	int fd;

	NEED(fd = open("/dev/null", O_RDONLY));
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0)
		return (probe_wrong("set from the start"));
	NEED(fcntl(fd, F_SETFD, FD_CLOEXEC));
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("it does not show"));
	NEED(fcntl(fd, F_SETFD, 0));
	return ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it cannot be taken back"));
}

static PROBE(plain_fcntl)
{
	int fd, flags;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_WRONLY | O_APPEND));
	NEED(flags = fcntl(fd, F_GETFL));
	if ((flags & O_ACCMODE) != O_WRONLY || (flags & O_APPEND) == 0)
		return (probe_wrong("flags %#x", (unsigned)flags));
	NEED_REFUSAL(fcntl(999, F_GETFL), EBADF);
	NEED_REFUSAL(fcntl(fd, 9999), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(plain_setfl)
{
	int p[2];
	char c;

	NEED(pipe(p));
	NEED(fcntl(p[0], F_SETFL, fcntl(p[0], F_GETFL) | O_NONBLOCK));
	NEED_REFUSAL((int)read(p[0], &c, 1), EAGAIN);
	/* The other end is another open file. */
	return ((fcntl(p[1], F_GETFL) & O_NONBLOCK) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the other end is changed, too"));
}

static PROBE(plain_ioctl)
{
	int n = -1, p[2];

	NEED(pipe(p));
	NEED(write(p[1], "abc", 3));
	NEED(ioctl(p[0], FIONREAD, &n));
	if (n != 3)
		return (probe_wrong("FIONREAD says %d of 3", n));
	NEED_REFUSAL(ioctl(p[0], TIOCGWINSZ, &n), ENOTTY);
	return (probe_ok("FIONREAD"));
}

static PROBE(plain_openat)
{
	int dir, fd;

	NEED(mkdir("d", 0755));
	NEED_TRUE(probe_file("d/f", "x"));
	NEED(dir = open("d", O_RDONLY | O_DIRECTORY));
	NEED(rename("d", "moved"));
	/* The descriptor is the directory, whatever its name. */
	NEED(fd = openat(dir, "f", O_RDONLY));
	NEED(fd = openat(dir, "new", O_WRONLY | O_CREAT | O_EXCL, 0600));
	NEED_REFUSAL(openat(fd, "f", O_RDONLY), ENOTDIR);
	return (access("moved/new", F_OK) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it was made elsewhere"));
}

static PROBE(plain_nofollow)
{
	struct stat st;

	NEED_TRUE(probe_file("f", "x"));
	NEED(symlink("f", "link"));
	NEED(fstatat(AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
	if (!S_ISLNK(st.st_mode))
		return (probe_wrong("fstatat follows the link"));
	NEED(fchownat(
	    AT_FDCWD, "link", geteuid(), getegid(), AT_SYMLINK_NOFOLLOW));
	return (probe_ok(NULL));
}

/* Opens a name of a standard descriptor that is a pipe's end by now. */
static struct probe_answer
standard(const char *path, int number)
{
	bool in = number == STDIN_FILENO;
	char c = 0;
	int fd, p[2];

	NEED(pipe(p));
	NEED(dup2(p[in ? 0 : 1], number));
	fd = open(path, in ? O_RDONLY : O_WRONLY);
	if (fd < 0)
		return (errno == ENOENT ? probe_absent("no %s", path)
					: probe_errno(errno, "open"));
	NEED(write(in ? p[1] : fd, "x", 1));
	NEED(read(in ? fd : p[0], &c, 1));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another file"));
}

static PROBE(plain_stdin)
{
	return (standard("/dev/stdin", STDIN_FILENO));
}

static PROBE(plain_stdout)
{
	return (standard("/dev/stdout", STDOUT_FILENO));
}

static PROBE(plain_stderr)
{
	return (standard("/dev/stderr", STDERR_FILENO));
}

static PROBE(plain_terminal)
{
	struct stat st;
	const char *name;
	int master;

	NEED(master = posix_openpt(O_RDWR | O_NOCTTY));
	NEED(grantpt(master));
	NEED(unlockpt(master));
	name = ptsname(master);
	if (name == NULL)
		return (probe_errno(errno, "ptsname"));
	NEED(stat(name, &st));
	if (!S_ISCHR(st.st_mode) || st.st_uid != getuid())
		return (
		    probe_wrong("%s is of user %u", name, (unsigned)st.st_uid));
	return (probe_ok("mode %#o", (unsigned)st.st_mode & 07777));
}

static PROBE(open_funlinkat)
{
#if defined(__FreeBSD__)
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED_TRUE(probe_file("g", "x"));
	NEED(fd = open("f", O_RDONLY));
	/* Only if the name is still that file. */
	NEED_REFUSAL(funlinkat(AT_FDCWD, "g", fd, 0), EDEADLK);
	NEED(funlinkat(AT_FDCWD, "f", fd, 0));
	return (access("f", F_OK) != 0 ? probe_ok(NULL)
				       : probe_wrong("the name is there"));
#else
	return (probe_absent("not declared"));
#endif
}

PLAIN_FOREIGN(plain_makeport, fileport_makeport)
PLAIN_FOREIGN(plain_makefd, fileport_makefd)

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.close", "close",
	    "the number is free again, closing twice is EBADF",
	    plain_close, 0),
	ROW("descriptor.dup2", "dup2",
	    "a copy at a number, without close-on-exec", plain_dup2, 0),
	ROW("descriptor.fd-cloexec", "FD_CLOEXEC",
	    "the flag is set, shown and taken back", plain_fd_cloexec, 0),
	ROW("descriptor.fcntl", "fcntl",
	    "mode and flags of an open file, unknown commands refused",
	    plain_fcntl, 0),
	ROW("descriptor.f-setfl", "F_SETFL",
	    "O_NONBLOCK is set on one end of a pipe", plain_setfl, 0),
	ROW("descriptor.ioctl", "ioctl",
	    "bytes waiting in a pipe; a terminal's request is ENOTTY",
	    plain_ioctl, 0),
	ROW("descriptor.openat", "openat",
	    "a directory is the same after it was renamed",
	    plain_openat, 0),
	ROW("descriptor.at-symlink-nofollow", "AT_SYMLINK_NOFOLLOW",
	    "a link itself is asked about and given away",
	    plain_nofollow, 0),
	ROW("descriptor.dev-stdin", "/dev/stdin",
	    "opening it gives standard input", plain_stdin, 0),
	ROW("descriptor.dev-stdout", "/dev/stdout",
	    "opening it gives standard output", plain_stdout, 0),
	ROW("descriptor.dev-stderr", "/dev/stderr",
	    "opening it gives standard error", plain_stderr, 0),
	ROW("descriptor.grantpt", "grantpt",
	    "a terminal belongs to who made it", plain_terminal, 0),
	ROW("descriptor.ptsname", "ptsname",
	    "a terminal has a name", plain_terminal, 0),
	ROW("descriptor.funlinkat", "funlinkat",
	    "a name goes only if it is still that file",
	    open_funlinkat, 0),
	ROW("descriptor.fileport-makeport", "fileport_makeport",
	    "a descriptor travels as a port", plain_makeport, 0),
	ROW("descriptor.fileport-makefd", "fileport_makefd",
	    "and comes out again", plain_makefd, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_plain = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
