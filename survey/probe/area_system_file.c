/*
 * Devices and the trees that only kernels fill: /dev, /proc, /sys.  Devices
 * are used where that has no effect, else only opened.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/kvm.h>
#elif defined(__FreeBSD__)
#include <sys/module.h>
#endif
#include <sys/random.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_system.h"

/* Opens a device; when it cannot be, `why` is the answer. */
static int
device(const char *path, int flags, struct probe_answer *why)
{
	struct stat st;
	int fd;

	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode))) {
		*why = probe_wrong("%s is no device", path);
		return (-1);
	}
	if (fd < 0)
		*why = errno == ENOENT || errno == ENXIO || errno == ENODEV
			   ? probe_absent("%s: %s", path, strerror(errno))
			   : probe_errno(errno, "%s", path);
	return (fd);
}

PROBE(sy_dev_null)
{
	struct probe_answer why;
	char c;
	int fd;

	if ((fd = device("/dev/null", O_RDWR, &why)) < 0)
		return (why);
	return (write(fd, "x", 1) == 1 && read(fd, &c, 1) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it keeps what is written"));
}

PROBE(sy_dev_zero)
{
	struct probe_answer why;
	char buf[4] = "xxx", *p;
	int fd;

	if ((fd = device("/dev/zero", O_RDWR, &why)) < 0)
		return (why);
	if (read(fd, buf, 4) != 4 || buf[0] != 0 || buf[3] != 0)
		return (probe_wrong("other bytes than zeros"));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return (row_unsupported("mmap: %s", strerror(errno)));
	return (p[100] == 0 ? probe_ok(NULL) : probe_wrong("mapped, no zero"));
}

PROBE(sy_dev_full)
{
	struct probe_answer why;
	int fd;

	if ((fd = device("/dev/full", O_RDWR, &why)) < 0)
		return (why);
	NEED_REFUSAL(write(fd, "x", 1), ENOSPC);
	return (probe_ok(NULL));
}

/* Two readings of 16 bytes differ. */
static struct probe_answer
random_device(const char *path)
{
	struct probe_answer why;
	char one[16], two[16];
	int fd;

	if ((fd = device(path, O_RDONLY, &why)) < 0)
		return (why);
	if (read(fd, one, 16) != 16 || read(fd, two, 16) != 16)
		return (probe_errno(errno, "%s", path));
	return (memcmp(one, two, 16) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("the same bytes twice"));
}

PROBE(sy_dev_random)
{
	return (random_device("/dev/random"));
}

PROBE(sy_dev_urandom)
{
	return (random_device("/dev/urandom"));
}

/* A session of our own has no terminal. */
PROBE(sy_dev_tty)
{
	struct stat st;

	NEED(stat("/dev/tty", &st));
	if (open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0)
		return (probe_wrong("a terminal without a session"));
	return (errno == ENXIO ? probe_ok("ENXIO without a terminal")
			       : probe_errno(errno, "/dev/tty"));
}

PROBE(sy_dev_ptmx)
{
	struct probe_answer why;

	return (device("/dev/ptmx", O_RDWR, &why) < 0 ? why : probe_ok(NULL));
}

PROBE(sy_dev_fuse)
{
	struct probe_answer why;

#if defined(__FreeBSD__)
	if (modfind("fusefs") < 0)
		return (util_no_module("fusefs"));
#endif
	return (device("/dev/fuse", O_RDWR, &why) < 0 ? why : probe_ok(NULL));
}

PROBE(sy_dev_kvm)
{
#if defined(__linux__)
	struct probe_answer why;
	int fd, version;

	if ((fd = device("/dev/kvm", O_RDWR, &why)) < 0)
		return (why);
	NEED(version = ioctl(fd, KVM_GET_API_VERSION, 0));
	return (version == 12 ? probe_ok(NULL)
			      : probe_wrong("version %d", version));
#else
	return (probe_absent("/dev/kvm is Linux's"));
#endif
}

PROBE(sy_dev_vmm)
{
#if defined(__FreeBSD__)
	if (modfind("vmm") < 0)
		return (util_no_module("vmm"));
#endif
	return (util_exists("/dev/vmmctl") || util_exists("/dev/vmm")
		    ? probe_ok(NULL)
		    : probe_absent("/dev/vmmctl"));
}

PROBE(sy_dev_mem)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (!util_exists("/dev/mem"))
		return (probe_absent("/dev/mem"));
	return (util_refused(
	    open("/dev/mem", O_RDONLY | O_CLOEXEC), 0, "/dev/mem"));
}

PROBE(sy_dev_console)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (!util_exists("/dev/console"))
		return (probe_absent("/dev/console"));
	return (util_refused(
	    open("/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
	    0, "/dev/console"));
}

PROBE(sy_dev_shm)
{
	struct stat st;

	if (stat("/dev/shm", &st) != 0)
		return (probe_absent("/dev/shm"));
	return ((st.st_mode & 01777) == 01777
		    ? probe_ok(NULL)
		    : row_unsupported("mode %o", (unsigned)st.st_mode & 07777));
}

/* Descriptors by name: beyond the first three FreeBSD needs fdescfs. */
PROBE(sy_dev_fd)
{
	char c = 0, path[32];
	int fd[2], opened;

	NEED(pipe(fd));
	NEED(write(fd[1], "x", 1));
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	if ((opened = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (errno == ENOENT
			    ? row_unsupported("%s: needs fdescfs(4)", path)
			    : probe_errno(errno, "%s", path));
	NEED(read(opened, &c, 1));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another file"));
}

/* /dev/fd/N is dup(2), or a new opening with an offset of its own. */
PROBE(sy_dev_fd_offset)
{
	char c = 0, path[32];
	int fd, opened;

	NEED_TRUE(probe_file("f", "ab"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(read(fd, &c, 1));
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if ((opened = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (probe_absent("%s", path));
	NEED(read(opened, &c, 1));
	return (c == 'a' ? probe_ok("opened anew, at 0")
			 : probe_ok("as dup, the offset shared"));
}

/* A file of /proc that must hold `text`. */
static struct probe_answer
proc_file(const char *path, const char *text)
{
	char buf[4096];

	if (!util_read(path, buf, sizeof(buf)))
		return (errno == ENOENT ? probe_absent("%s", path)
					: probe_errno(errno, "%s", path));
	return (strstr(buf, text) != NULL
		    ? probe_ok(NULL)
		    : probe_wrong("no \"%s\" in %s", text, path));
}

PROBE(sy_proc_status)
{
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
#if defined(__linux__)
	return (proc_file("/proc/self/status", pid));
#else
	return (proc_file("/proc/curproc/status", pid));
#endif
}

PROBE(sy_proc_self_exe)
{
	char path[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return (errno == ENOENT ? probe_absent("/proc/self/exe")
					: probe_errno(errno, "/proc/self/exe"));
	path[n] = '\0';
	return (path[0] == '/' && util_exists(path)
		    ? probe_ok(NULL)
		    : probe_wrong("it says %.80s", path));
}

PROBE(sy_proc_self_fd)
{
	char path[64];
	struct stat one, two;
	int fd;

	NEED(fd = row_create("f"));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (stat(path, &one) != 0)
		return (errno == ENOENT || errno == ENOTDIR
			    ? probe_absent("/proc/self/fd")
			    : probe_errno(errno, "%s", path));
	NEED(fstat(fd, &two));
	return (one.st_ino == two.st_ino ? probe_ok(NULL)
					 : probe_wrong("another file"));
}

/* The name under which a removed file can be linked in again. */
PROBE(sy_proc_maps)
{
#if defined(__linux__)
	return (proc_file("/proc/self/maps", "r-"));
#else
	return (proc_file("/proc/curproc/map", "r-"));
#endif
}

PROBE(sy_proc_mounts)
{
	return (proc_file("/proc/self/mountinfo", " / "));
}

PROBE(sy_proc_sys)
{
	NEED_OTHER_USER();
	if (!util_exists("/proc/sys/kernel/hostname"))
		return (probe_absent("/proc/sys"));
	NEED_TRUE(util_drop(ctx));
	return (util_refused(
	    open("/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC), EROFS,
	    "/proc/sys for writing"));
}

PROBE(sy_sys)
{
	return (util_exists("/sys/kernel") && util_exists("/sys/devices")
		    ? probe_ok(NULL)
		    : probe_absent("/sys"));
}

PROBE(sy_core_pattern)
{
	char text[256];

#if defined(__linux__)
	if (!util_read("/proc/sys/kernel/core_pattern", text, sizeof(text)))
		return (probe_errno(errno, "core_pattern"));
	text[strcspn(text, "\n")] = '\0';
	return (probe_ok("%s", text[0] == '|' ? "to a program" : text));
#else
	(void)text;
	return (probe_absent("a sysctl, kern.corefile"));
#endif
}

PROBE(sy_getrandom)
{
	unsigned char one[300], two[300];

	memset(one, 0, sizeof(one));
	memset(two, 0, sizeof(two));
	if (getrandom(one, sizeof(one), GRND_NONBLOCK) != sizeof(one) ||
	    getrandom(two, sizeof(two), 0) != sizeof(two))
		return (probe_errno(errno, "getrandom"));
	return (memcmp(one, two, sizeof(one)) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("the same bytes twice"));
}

PROBE(sy_getrandom_insecure)
{
#ifdef GRND_INSECURE
	unsigned char one[16];

	if (getrandom(one, sizeof(one), GRND_INSECURE) != sizeof(one))
		return (probe_errno(errno, "GRND_INSECURE"));
	return (probe_ok(NULL));
#else
	return (probe_absent("GRND_INSECURE is not declared"));
#endif
}

PROBE(sy_getentropy)
{
	unsigned char one[256], two[300];

	NEED(getentropy(one, sizeof(one)));
	if (getentropy(two, sizeof(two)) == 0)
		return (probe_wrong("more than 256 bytes at once"));
	return (errno == EIO || errno == EINVAL
		    ? probe_ok(NULL)
		    : probe_errno(errno, "getentropy"));
}

/* glibc has it since 2.36 (its NEWS). */
#if defined(__GLIBC__)
#if !__GLIBC_PREREQ(2, 36)
#define NO_ARC4RANDOM 1
#endif
#elif !defined(__FreeBSD__)
#define NO_ARC4RANDOM 1
#endif

PROBE(sy_arc4random)
{
#ifndef NO_ARC4RANDOM
	unsigned char one[16], two[16];

	arc4random_buf(one, sizeof(one));
	arc4random_buf(two, sizeof(two));
	return (memcmp(one, two, sizeof(one)) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("the same bytes twice"));
#else
	return (probe_absent("arc4random_buf is not declared"));
#endif
}
