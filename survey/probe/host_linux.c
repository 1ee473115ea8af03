/* The surroundings of a run's processes, on Linux. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/runner.h"

bool
host_reaper_acquire(void)
{
	return (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
}

bool
host_die_with(pid_t parent)
{
	/* Set first, then looked: a parent that died in between shows. */
	return (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
		getppid() == parent);
}

bool
host_private_mounts(void)
{
	return (unshare(CLONE_NEWNS) == 0 &&
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

/* Without close_range(2), which is there since Linux 5.9. */
static void
close_listed(int first)
{
	struct dirent *d;
	DIR *dir;
	int fd, max;

	dir = opendir("/proc/self/fd");
	if (dir == NULL) {
		max = (int)sysconf(_SC_OPEN_MAX);
		for (fd = first; fd < max; fd++)
			(void)close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		fd = atoi(d->d_name);
		if (fd >= first && fd != dirfd(dir))
			(void)close(fd);
	}
	(void)closedir(dir);
}

void
host_close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
#endif
	close_listed(first);
}

/* The number of the mount that holds `path`; 0 when not known. */
static unsigned long long
mount_of(const char *path)
{
#ifdef STATX_MNT_ID
	struct statx sx;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &sx) == 0 &&
	    (sx.stx_mask & STATX_MNT_ID) != 0)
		return (sx.stx_mnt_id);
#else
	(void)path;
#endif
	return (0);
}

/*
 * The mount table's line of that mount names the type; before Linux 5.8 the
 * last of its device, which btrfs's volumes do not share with their mount.
 */
void
host_filesystem(const char *path, char *name, size_t size)
{
	unsigned long long mount, want = mount_of(path);
	unsigned major_, minor_;
	char line[4096], type[64], *dash;
	struct stat st;
	FILE *f;

	(void)snprintf(name, size, "?");
	if (stat(path, &st) != 0 ||
	    (f = fopen("/proc/self/mountinfo", "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		dash = strstr(line, " - ");
		if (dash == NULL ||
		    sscanf(line, "%llu %*d %u:%u", &mount, &major_, &minor_) !=
			3 ||
		    sscanf(dash, " - %63s", type) != 1)
			continue;
		if (want != 0 ? mount == want
			      : makedev(major_, minor_) == st.st_dev)
			(void)snprintf(name, size, "%s", type);
	}
	(void)fclose(f);
}

/* Security modules label every directory: that is not the probe's doing. */
bool
host_directory_plain(int fd)
{
	char names[512], *p;
	ssize_t n;
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	    (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_CASEFOLD_FL)) != 0)
		return (false);
	n = flistxattr(fd, names, sizeof(names));
	if (n < 0)
		return (errno == EOPNOTSUPP);
	for (p = names; p < names + n; p += strlen(p) + 1) {
		if (strncmp(p, "security.", 9) != 0)
			return (false);
	}
	return (true);
}

const char *
host_signal_name(int sig)
{
	static char name[32];
	const char *abbrev = sigabbrev_np(sig);

	if (abbrev != NULL)
		(void)snprintf(name, sizeof(name), "SIG%s", abbrev);
	else
		(void)snprintf(name, sizeof(name), "signal %d", sig);
	return (name);
}

/*
 * core(5) writes no core smaller than a page, and a limit of 1 also keeps
 * core_pattern's program from being started, which 0 does not
 * (fs/coredump.c).
 */
unsigned
host_core_limit(void)
{
	return (1);
}

/* A system call that is not there answers ENOSYS and does no more. */
void
host_allow_missing_calls(void)
{
}
