/*
 * Other processes by the calls that Linux has for it, terminals, and a
 * victim that listens by an abstract name.
 */
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/linux/linux.h"

/* `with`: NULL, the victim; otherwise the build's first process. */
static pid_t
target(const void *with)
{
	return (with == NULL ? (pid_t)atol(setting("HOST_PID")) : 1);
}

/* Seized, not stopped: the end of this process lets it go. */
static enum end
trace(const void *with)
{
	return (by_call(
	    "ptrace", ptrace(PTRACE_SEIZE, target(with), NULL, NULL) == 0));
}

static enum end
read_memory(const void *with)
{
	static char buf[1];
	struct iovec local = { buf, 1 }, remote = { buf, 1 };
	ssize_t n;

	/* The same program, not relocated: our address is mapped there. */
	n = process_vm_readv(target(with), &local, 1, &remote, 1, 0);
	return (by_call("process_vm_readv", n == 1 || errno == EFAULT));
}

static enum end
take_descriptor(const void *with)
{
	long pidfd;

	pidfd = syscall(SYS_pidfd_open, target(with), 0);
	if (pidfd == -1)
		return (by_call("pidfd_open", false));
	/* EBADF: it may, only that one is closed. */
	return (by_call("pidfd_getfd",
	    syscall(SYS_pidfd_getfd, pidfd, 1, 0) != -1 || errno == EBADF));
}

static enum end
limit(const void *with)
{
	struct {
		unsigned long long soft, hard;
	} none = { 0, 0 };

	/* RLIMIT_CORE, which nobody misses. */
	return (by_call("prlimit",
	    syscall(SYS_prlimit64, target(with), 4, &none, NULL) == 0));
}

/* A terminal of our own to type into; whoever's it is, the call is the same. */
static int
own_terminal(void)
{
	int master;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		return (-1);
	(void)setsid();
	return (open(ptsname(master), O_RDWR | O_CLOEXEC));
}

static enum end
type_in(const void *with)
{
	const unsigned long *request = with;
	char c = 'x';
	int fd;

	fd = own_terminal();
	if (fd == -1)
		return (by_call("a terminal", false));
	(void)ioctl(fd, TIOCSCTTY, 0);
	return (by_call("ioctl", syscall(SYS_ioctl, fd, *request, &c) == 0));
}

/*
 * A virtual console is needed for it to work: ENOTTY is the kernel's own
 * answer for any other terminal, and shows that nothing else was in the way.
 */
static enum end
console(const void *with)
{
	char c = 6;
	int fd;

	(void)with;
	fd = own_terminal();
	if (fd == -1)
		return (by_call("a terminal", false));
	if (ioctl(fd, TIOCLINUX, &c) == -1 && errno == ENOTTY)
		return (ended(SUCCEEDED, "only the kind of terminal"));
	return (by_call("TIOCLINUX", false));
}

static const unsigned long sti = TIOCSTI, sti_high = TIOCSTI | (1UL << 32);

const struct attack attacks_tasks[] = {
	{ "trace-victim", "ptrace of another's process", trace, NULL },
	{ "trace-first", "ptrace of pid 1", trace, "1" },
	{ "memory-victim", "memory of another's process", read_memory, NULL },
	{ "memory-first", "memory of pid 1", read_memory, "1" },
	{ "pidfd-victim", "a descriptor of another's process", take_descriptor,
	    NULL },
	{ "pidfd-first", "a descriptor of pid 1", take_descriptor, "1" },
	{ "limit-victim", "limits of another's process", limit, NULL },
	{ "limit-first", "limits of pid 1", limit, "1" },
	{ "tiocsti", "typing into a terminal", type_in, &sti },
	{ "tiocsti-high", "the same with a bit above 32", type_in, &sti_high },
	{ "tioclinux", "pasting into a console", console, NULL },
	{ NULL, NULL, NULL, NULL },
};

const struct attack *const attacks_system[] = { attacks_kernel, attacks_proc,
	attacks_abi, attacks_sockets, attacks_tasks, NULL };

/* Listens by an abstract name and says so; ends when someone connects. */
static int
listen_abstract(char **args)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	(void)strncpy(sun.sun_path + 1, args[0], sizeof(sun.sun_path) - 2);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  strlen(args[0]));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&sun, len) == -1 || listen(fd, 8) == -1)
		return (1);
	printf("ready\n");
	(void)fflush(stdout);
	(void)alarm((unsigned)strtoul(args[1], NULL, 10));
	for (;;)
		(void)accept(fd, NULL, NULL);
}

/* Files that not even root may remove while the flag is on. */
static int
immutable(char **args)
{
	int fd, flags = FS_IMMUTABLE_FL, i, set = 0;

	(void)mkdir(getenv("out"), 0755);
	for (i = 0; i < 2; i++) {
		if (i == 1 && chdir(getenv("out")) == -1)
			return (2);
		if (!write_file("immutable", "x", 0644) ||
		    mkdir("frozen", 0755) == -1)
			return (3);
		fd = open("immutable", O_RDONLY | O_CLOEXEC);
		set += ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
		fd = open("frozen", O_RDONLY | O_CLOEXEC);
		set += ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	}
	printf("flags %d\n", set);
	return ((int)strtol(args[0], NULL, 10));
}

static int
attributes(char **args)
{
	static const char value[] = "x";

	(void)args;
	if (mkdir(getenv("out"), 0755) == -1 || chdir(getenv("out")) == -1 ||
	    !write_file("f", "x", 0644))
		return (2);
	/* setxattr(2) by number: sys/xattr.h says no more. */
	if (syscall(SYS_setxattr, "f", "user.isthmus", value, 1, 0) == -1 ||
	    syscall(SYS_setxattr, ".", "user.isthmus", value, 1, 0) == -1) {
		perror("setxattr");
		return (3);
	}
	return (0);
}

const struct deed deeds_linux[] = {
	{ "listen", "an abstract name", listen_abstract },
	{ "immutable", "files with the immutable flag", immutable },
	{ "attributes", "files with attributes", attributes },
	{ NULL, NULL, NULL },
};
const struct deed *const deeds_system[] = { deeds_linux, NULL };
