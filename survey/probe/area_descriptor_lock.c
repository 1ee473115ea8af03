/* Probes of the area descriptor: locks, and descriptors as files. */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

#if defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/user.h>
#endif

/* The errno of a non-blocking write lock by fcntl; 0: it was given. */
static int
try_lock(int fd, int command)
{
	struct flock fl;

	memset(&fl, 0, sizeof(fl));
	fl.l_type = F_WRLCK;
	fl.l_whence = SEEK_SET;
	return (fcntl(fd, command, &fl) == 0 ? 0 : errno);
}

static int
lock_in_child(void *arg)
{
	int fd = open("f", O_RDWR);

	return (try_lock(fd, *(const int *)arg));
}

static int
flock_in_child(void *arg)
{
	int fd = open("f", O_RDWR);

	(void)arg;
	return (flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno);
}

static bool
is_refused(int err)
{
	return (err == EAGAIN || err == EACCES);
}

static PROBE(lock_flock)
{
	int a, b;

	NEED_TRUE(probe_file("f", ""));
	NEED(a = open("f", O_RDWR));
	NEED(b = open("f", O_RDWR));
	NEED(flock(a, LOCK_EX));
	/* It belongs to the open file: a second open is another. */
	NEED_REFUSAL(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	NEED(flock(a, LOCK_SH));
	NEED(flock(b, LOCK_SH | LOCK_NB));
	return (probe_ok(NULL));
}

static PROBE(lock_flock_fork)
{
	pid_t pid;
	int fd;

	/* The child has the same lock, and keeps it when we close. */
	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDWR));
	NEED(flock(fd, LOCK_EX));
	NEED(pid = fork());
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	NEED(close(fd));
	if (probe_child(flock_in_child, NULL) == 0)
		return (probe_wrong("our close released it"));
	(void)kill(pid, SIGKILL);
	NEED(waitpid(pid, NULL, 0));
	return (probe_child(flock_in_child, NULL) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("held without a holder"));
}

static PROBE(lock_fcntl)
{
	int command = F_SETLK, fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDWR));
	if (try_lock(fd, F_SETLK) != 0)
		return (probe_errno(errno, "F_SETLK"));
	if (!is_refused(probe_child(lock_in_child, &command)))
		return (probe_wrong("another process got it"));
	/* POSIX: any close of the file by the owner releases it. */
	NEED(close(open("f", O_RDONLY)));
	return (probe_child(lock_in_child, &command) == 0
		    ? probe_ok("released by closing another descriptor")
		    : probe_wrong("still held"));
}

static PROBE(lock_fcntl_owner)
{
	struct flock fl;
	int fd, status;
	pid_t pid;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDWR));
	if (try_lock(fd, F_SETLK) != 0)
		return (probe_errno(errno, "F_SETLK"));
	NEED(pid = fork());
	if (pid == 0) {
		memset(&fl, 0, sizeof(fl));
		fl.l_type = F_WRLCK;
		fl.l_whence = SEEK_SET;
		(void)fcntl(fd, F_GETLK, &fl);
		_exit(fl.l_type == F_WRLCK && fl.l_pid == getppid() ? 0 : 1);
	}
	NEED(waitpid(pid, &status, 0));
	return (status == 0 ? probe_ok(NULL)
			    : probe_wrong("another owner, or none"));
}

static PROBE(lock_ofd)
{
#ifdef F_OFD_SETLK
	int a, b, command = F_OFD_SETLK;

	NEED_TRUE(probe_file("f", ""));
	NEED(a = open("f", O_RDWR));
	NEED(b = open("f", O_RDWR));
	if (try_lock(a, F_OFD_SETLK) != 0)
		return (probe_errno(errno, "F_OFD_SETLK"));
	if (!is_refused(try_lock(b, F_OFD_SETLK)))
		return (probe_wrong("a second open of ours got it"));
	NEED(close(open("f", O_RDONLY)));
	return (is_refused(probe_child(lock_in_child, &command))
		    ? probe_ok(NULL)
		    : probe_wrong("released by an unrelated close"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(lock_families)
{
	int a, command = F_SETLK;

	/* flock and fcntl: one lock, or two that do not know each other? */
	NEED_TRUE(probe_file("f", ""));
	NEED(a = open("f", O_RDWR));
	NEED(flock(a, LOCK_EX));
	return (probe_child(lock_in_child, &command) == 0
		    ? probe_ok("independent of fcntl locks")
		    : probe_ok("excludes fcntl locks"));
}

static PROBE(lock_deadlock)
{
	struct flock fl;
	int fd, p[2], q[2], status;
	pid_t pid;
	char c;

	/* Each has one byte and wants the other's. */
	NEED_TRUE(probe_file("f", "ab"));
	NEED(fd = open("f", O_RDWR));
	NEED(pipe(p));
	NEED(pipe(q));
	memset(&fl, 0, sizeof(fl));
	fl.l_type = F_WRLCK;
	fl.l_whence = SEEK_SET;
	fl.l_len = 1;
	NEED(fcntl(fd, F_SETLK, &fl));
	fl.l_start = 1;
	NEED(pid = fork());
	if (pid == 0) {
		(void)fcntl(fd, F_SETLK, &fl);
		(void)!write(p[1], "r", 1);
		fl.l_start = 0;
		_exit(fcntl(fd, F_SETLKW, &fl) == 0 ? 0 : errno);
	}
	NEED(read(p[0], &c, 1));
	(void)usleep(2000);
	/* One of the two is told, the other then gets its lock. */
	status = fcntl(fd, F_SETLKW, &fl) == 0 ? 0 : errno;
	(void)kill(pid, SIGKILL);
	NEED(waitpid(pid, NULL, 0));
	return (status == EDEADLK || status == 0
		    ? probe_ok("%s", status == 0 ? "the other was told EDEADLK"
						 : "EDEADLK")
		    : probe_errno(status, "F_SETLKW"));
}

static PROBE(lock_lease)
{
#ifdef F_SETLEASE
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDONLY));
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return (row_file_errno(errno, "F_SETLEASE"));
	return (fcntl(fd, F_GETLEASE) == F_RDLCK ? probe_ok(NULL)
						 : probe_wrong("no lease"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(dev_fd)
{
	char path[64];
	struct stat a, b;
	int again, fd;

	NEED_TRUE(probe_file("f", "abc"));
	NEED(fd = open("f", O_RDONLY));
	NEED(fd = fcntl(fd, F_DUPFD, 12));
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	again = open(path, O_RDONLY);
	if (again < 0)
		return (errno == ENOENT
			    ? row_unsupported("%s is not there", path)
			    : probe_errno(errno, "open"));
	NEED(fstat(fd, &a));
	NEED(fstat(again, &b));
	return (a.st_ino == b.st_ino ? probe_ok(NULL)
				     : probe_wrong("another file"));
}

static PROBE(dev_fd_offset)
{
	char c, path[64];
	int again, fd;

	/* A copy (BSD) or a new open (Linux): seen by the offset. */
	NEED_TRUE(probe_file("f", "abc"));
	NEED(fd = open("f", O_RDONLY));
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	NEED(read(fd, &c, 1));
	again = open(path, O_RDONLY);
	if (again < 0)
		return (row_unsupported("%s: errno %d", path, errno));
	NEED(read(again, &c, 1));
	return (probe_ok("%s", c == 'a' ? "a new open" : "a copy"));
}

static PROBE(dev_fd_list)
{
	struct dirent *d;
	bool seen = false;
	DIR *dir;

	/* What daemons read to close everything. */
	NEED(dup2(0, 37));
	dir = opendir("/dev/fd");
	if (dir == NULL)
		return (errno == ENOENT ? probe_absent("no /dev/fd")
					: probe_errno(errno, "opendir"));
	while ((d = readdir(dir)) != NULL)
		seen = seen || strcmp(d->d_name, "37") == 0;
	(void)closedir(dir);
	/* FreeBSD's devfs has 0 to 2, fdescfs(4) has all. */
	return (seen ? probe_ok(NULL)
		     : row_unsupported("not all open ones are listed: needs "
				       "fdescfs"));
}

#if defined(__linux__)
static PROBE(proc_fd_link)
{
	char path[64], target[PATH_MAX];
	ssize_t n;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return (errno == ENOENT ? probe_absent("no /proc/self/fd")
					: probe_errno(errno, "readlink"));
	target[n] = '\0';
	return (strcmp(target + (n > 2 ? n - 2 : 0), "/f") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it names \"%s\"", target));
}

static PROBE(proc_fdinfo)
{
	char buf[512], path[64];
	int fd;

	NEED_TRUE(probe_file("f", "abc"));
	NEED(fd = open("f", O_RDONLY));
	NEED(lseek(fd, 2, SEEK_SET));
	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	NEED_TRUE(util_read(path, buf, sizeof(buf)));
	return (strncmp(buf, "pos:\t2\n", 7) == 0 ? probe_ok(NULL)
						  : probe_wrong("no offset"));
}
#endif

static PROBE(fcntl_kinfo)
{
#ifdef F_KINFO
	struct kinfo_file kf;
	size_t len;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY));
	memset(&kf, 0, sizeof(kf));
	kf.kf_structsize = sizeof(kf);
	NEED(fcntl(fd, F_KINFO, &kf));
	len = strlen(kf.kf_path);
	return (len > 2 && strcmp(kf.kf_path + len - 2, "/f") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it names \"%s\"", kf.kf_path));
#else
	return (probe_absent("not declared"));
#endif
}

static void
on_sigio(int sig)
{
	(void)sig;
}

static PROBE(fcntl_setown)
{
	struct timespec ts = { 0, 500000000 };
	struct sigaction sa;
	sigset_t set;
	int p[2];

	/*
	 * SIGIO when there is something to read.  A handler: FreeBSD ignores
	 * SIGIO by default, and discards it then even when it is blocked.
	 */
	NEED(pipe(p));
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_sigio;
	NEED(sigaction(SIGIO, &sa, NULL));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGIO);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(fcntl(p[0], F_SETOWN, getpid()));
	NEED(fcntl(p[0], F_SETFL, O_ASYNC));
	NEED(write(p[1], "x", 1));
	return (sigtimedwait(&set, NULL, &ts) == SIGIO
		    ? probe_ok(NULL)
		    : probe_wrong("no SIGIO"));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.flock", "flock",
	    "a lock belongs to the open file", lock_flock, 0),
	ROW("descriptor.flock-fork", "semantic:flock-survives-fork",
	    "a child keeps it when the parent closes", lock_flock_fork, 0),
	ROW("descriptor.fcntl-lock", "F_SETLK",
	    "a lock belongs to the process, any close releases it",
	    lock_fcntl, 0),
	ROW("descriptor.fcntl-getlk", "F_GETLK",
	    "the owner can be asked for", lock_fcntl_owner, 0),
	ROW("descriptor.ofd-lock", "F_OFD_SETLK",
	    "ranges that belong to the open file", lock_ofd, 0),
	ROW("descriptor.lock-families", "flock",
	    "whether flock excludes fcntl locks", lock_families, 0),
	ROW("descriptor.fcntl-deadlock", "F_SETLKW",
	    "two that wait for each other are told", lock_deadlock, 0),
	ROW("descriptor.lease", "F_SETLEASE",
	    "a lease on a file of one's own", lock_lease, 0),
	ROW("descriptor.dev-fd", "/dev/fd",
	    "every descriptor is there, not only three", dev_fd, 0),
	ROW("descriptor.dev-fd-offset", "/dev/fd",
	    "whether opening it is a copy or a new open",
	    dev_fd_offset, 0),
	ROW("descriptor.dev-fd-list", "/dev/fd",
	    "open descriptors are listed", dev_fd_list, 0),
	ROW("descriptor.proc-self-fd", "/proc/self/fd",
	    "a descriptor's name can be read", ON_LINUX(proc_fd_link), 0),
	ROW("descriptor.proc-fdinfo", "/proc/self/fdinfo",
	    "a descriptor's offset can be read", ON_LINUX(proc_fdinfo), 0),
	ROW("descriptor.f-kinfo", "F_KINFO",
	    "a descriptor's name can be asked for", fcntl_kinfo, 0),
	ROW("descriptor.o-async", "O_ASYNC",
	    "SIGIO when a pipe can be read", fcntl_setown, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_lock = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
