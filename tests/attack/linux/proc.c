/*
 * What /proc gives away or takes: of the build's first process, which is the
 * executor's child, and of the kernel.
 */
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/linux/linux.h"

/* Something but zeros and blanks: an empty or masked file tells nothing. */
static enum end
tells(const void *with)
{
	char buf[4096];
	ssize_t i, n;
	int fd;

	fd = open(with, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
	n = read(fd, buf, sizeof(buf));
	if (n == -1)
		return (by_call("read", false));
	for (i = 0; i < n; i++) {
		if (buf[i] != '\0' && buf[i] != '0' && buf[i] != ' ')
			return (ended(SUCCEEDED, "%zd bytes", n));
	}
	return (ended(REFUSED, "nothing in it"));
}

static enum end
opens(const void *with)
{
	return (by_call("open", open(with, O_RDONLY | O_CLOEXEC) != -1));
}

/* The kernel's file, and not an empty one over it. */
static enum end
opens_real(const void *with)
{
	struct statfs st;
	int fd;

	fd = open(with, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
	if (fstatfs(fd, &st) == 0 && st.f_type == PROC_SUPER_MAGIC)
		return (ended(SUCCEEDED, "it is the kernel's"));
	return (ended(REFUSED, "something else is there"));
}

static enum end
opens_to_write(const void *with)
{
	return (by_call("open", open(with, O_WRONLY | O_CLOEXEC) != -1));
}

static enum end
lists(const void *with)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(with);
	if (dir == NULL)
		return (by_call("opendir", false));
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			return (ended(SUCCEEDED, "has %s", entry->d_name));
	}
	return (ended(REFUSED, "empty"));
}

static enum end
points(const void *with)
{
	char to[4096];
	ssize_t n;

	n = readlink(with, to, sizeof(to) - 1);
	if (n == -1)
		return (by_call("readlink", false));
	return (ended(SUCCEEDED, "-> %.*s", (int)n, to));
}

/* The first address of the kernel's symbols: all zeros when hidden. */
static enum end
kernel_addresses(const void *with)
{
	char line[256] = "";
	FILE *f;

	f = fopen(with, "re");
	if (f == NULL)
		return (by_call("open", false));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strtoull(line, NULL, 16) != 0)
			return (ended(SUCCEEDED, "%.16s", line));
	}
	return (ended(REFUSED, "no addresses"));
}

static enum end
no_new_privs(const void *with)
{
	char line[256];
	FILE *f;

	(void)with;
	f = fopen("/proc/self/status", "re");
	if (f == NULL)
		return (by_call("open", false));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "NoNewPrivs:", 11) == 0)
			return (
			    ended(strtol(line + 11, NULL, 10) == 1 ? REFUSED
								   : SUCCEEDED,
				"no_new_privs is %ld",
				strtol(line + 11, NULL, 10)));
	}
	return (ended(UNTRIED, "no such line"));
}

/* Any of the five sets of capabilities: CapInh, Prm, Eff, Bnd, Amb. */
static enum end
capabilities(const void *with)
{
	char line[256];
	FILE *f;

	(void)with;
	f = fopen("/proc/self/status", "re");
	if (f == NULL)
		return (by_call("open", false));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "Cap", 3) == 0 &&
		    strtoull(line + 7, NULL, 16) != 0) {
			line[strcspn(line, "\n")] = '\0';
			return (ended(SUCCEEDED, "%.6s %s", line, line + 8));
		}
	}
	return (ended(REFUSED, "all five sets are empty"));
}

/* What is mounted on the host later would be seen here, or the reverse. */
static enum end
propagation(const void *with)
{
	char line[8192];
	FILE *f;

	f = fopen(with, "re");
	if (f == NULL)
		return (by_call("open", false));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, " shared:") != NULL ||
		    strstr(line, " master:") != NULL)
			return (ended(SUCCEEDED, "propagation: %.100s", line));
	}
	return (ended(REFUSED, "all private"));
}

/* Any process in /proc that is neither ours nor the build's first. */
static enum end
others(const void *with)
{
	struct dirent *entry;
	long pid;
	int n = 0;
	DIR *dir;

	dir = opendir(with);
	if (dir == NULL)
		return (by_call("opendir", false));
	while ((entry = readdir(dir)) != NULL) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid > 1 && pid != getpid() && pid != getppid())
			n++;
	}
	return (ended(n > 0 ? SUCCEEDED : REFUSED, "%d other processes", n));
}

const struct attack attacks_proc[] = {
	{ "other-processes", "seeing processes of others", others, "/proc" },
	{ "first-environ", "environment of pid 1", tells, "/proc/1/environ" },
	{ "first-maps", "memory map of pid 1", tells, "/proc/1/maps" },
	{ "first-mem", "memory of pid 1", opens, "/proc/1/mem" },
	{ "first-mem-write", "memory of pid 1", opens_to_write, "/proc/1/mem" },
	{ "first-fd", "descriptors of pid 1", lists, "/proc/1/fd" },
	{ "first-root", "root of pid 1", opens, "/proc/1/root" },
	{ "first-cwd", "directory of pid 1", points, "/proc/1/cwd" },
	{ "first-exe", "the executor's image", opens, "/proc/1/exe" },
	{ "first-stack", "kernel stack of pid 1", tells, "/proc/1/stack" },
	{ "first-syscall", "what pid 1 waits in", tells, "/proc/1/syscall" },
	{ "first-ns", "name spaces of pid 1", points, "/proc/1/ns/mnt" },
	{ "sys-core-pattern", "where core files go", opens_to_write,
	    "/proc/sys/kernel/core_pattern" },
	{ "sys-modprobe", "what loads modules", opens_to_write,
	    "/proc/sys/kernel/modprobe" },
	{ "sys-hostname", "the host's name", opens_to_write,
	    "/proc/sys/kernel/hostname" },
	{ "sys-panic", "panic at will", opens_to_write,
	    "/proc/sys/kernel/panic" },
	{ "sys-overcommit", "memory policy", opens_to_write,
	    "/proc/sys/vm/overcommit_memory" },
	{ "sys-drop-caches", "the host's caches", opens_to_write,
	    "/proc/sys/vm/drop_caches" },
	{ "sysrq", "the magic key", opens_to_write, "/proc/sysrq-trigger" },
	{ "proc-kcore", "kernel memory", tells, "/proc/kcore" },
	{ "proc-kmsg", "the kernel's log", opens_real, "/proc/kmsg" },
	{ "proc-keys", "the kernel's keys", tells, "/proc/keys" },
	{ "proc-key-users", "who has keys", tells, "/proc/key-users" },
	{ "proc-timers", "timers of all", tells, "/proc/timer_list" },
	{ "proc-sched", "what all others run", tells, "/proc/sched_debug" },
	{ "proc-pagecount", "physical pages", opens_real, "/proc/kpagecount" },
	{ "proc-irq", "who serves interrupts", opens_to_write,
	    "/proc/irq/default_smp_affinity" },
	{ "proc-scsi", "the disks", lists, "/proc/scsi" },
	{ "proc-bus", "a device's registers", opens_to_write,
	    "/proc/bus/pci/00/00.0" },
	{ "kallsyms", "kernel addresses", kernel_addresses, "/proc/kallsyms" },
	{ "no-new-privs", "set-id programs at work", no_new_privs, NULL },
	{ "capabilities", "a capability in any set", capabilities, NULL },
	{ "propagation", "mounts that reach the host", propagation,
	    "/proc/self/mountinfo" },
	{ NULL, NULL, NULL, NULL },
};
