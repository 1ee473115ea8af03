/*
 * Questions about processes that only the kernel can answer, jailed ones
 * included, and what a helper of the engine gives up.
 */
#include <sys/capsicum.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

long
sysctl_number(const char *name, long otherwise)
{
	union {
		int narrow;
		long wide;
		char byte;
	} value;
	size_t len = sizeof(value);

	if (sysctlbyname(name, &value, &len, NULL, 0) != 0)
		return (otherwise);
	if (len == sizeof(int))
		return (value.narrow);
	if (len == sizeof(long))
		return (value.wide);
	return (len == 1 ? value.byte : otherwise);
}

/* One process of those; 0 none, -1 cannot tell. */
static pid_t
any_process(int what, uid_t uid)
{
	int mib[4] = { CTL_KERN, KERN_PROC, what, (int)uid };
	struct kinfo_proc found[4];
	size_t len = sizeof(found);

	memset(found, 0, sizeof(found));
	/* ENOMEM: there are more than these. */
	if (sysctl(mib, 4, found, &len, NULL, 0) != 0 && errno != ENOMEM)
		return (errno == ESRCH ? 0 : -1);
	return (found[0].ki_pid);
}

pid_t
host_uid_busy(struct host *host, uid_t uid)
{
	pid_t pid;

	(void)host;
	pid = any_process(KERN_PROC_RUID, uid);
	return (pid != 0 ? pid : any_process(KERN_PROC_UID, uid));
}

uint64_t
host_process_start(pid_t pid)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	int boot_mib[2] = { CTL_KERN, KERN_BOOTTIME };
	struct timeval boot, start;
	struct kinfo_proc kp;
	size_t len = sizeof(kp);

	if (sysctl(mib, 4, &kp, &len, NULL, 0) != 0 || len != sizeof(kp) ||
	    kp.ki_stat == SZOMB)
		return (0);
	/*
	 * The kernel adds the time of boot, which moves when the clock is
	 * set; without it the number stays.
	 */
	len = sizeof(boot);
	if (sysctl(boot_mib, 2, &boot, &len, NULL, 0) != 0)
		return (0);
	timersub(&kp.ki_start, &boot, &start);
	return ((uint64_t)start.tv_sec * 1000000 + (uint64_t)start.tv_usec + 1);
}

bool
host_confine(const int *fds, size_t n, struct error *e)
{
	cap_rights_t rights;
	size_t i;

	/* All that works on files below a directory, and no more. */
	cap_rights_init(&rights, CAP_READ, CAP_WRITE, CAP_SEEK, CAP_LOOKUP,
	    CAP_CREATE, CAP_FSTAT, CAP_FSTATAT, CAP_FSTATFS, CAP_FSYNC,
	    CAP_FTRUNCATE, CAP_FCHMOD, CAP_FCHMODAT, CAP_FCHOWN, CAP_FCHOWNAT,
	    CAP_FCHFLAGS, CAP_CHFLAGSAT, CAP_FUTIMES, CAP_FUTIMESAT, CAP_FCHDIR,
	    CAP_FCNTL, CAP_FPATHCONF, CAP_UNLINKAT, CAP_MKDIRAT,
	    CAP_LINKAT_SOURCE, CAP_LINKAT_TARGET, CAP_RENAMEAT_SOURCE,
	    CAP_RENAMEAT_TARGET, CAP_SYMLINKAT, CAP_MMAP_R, CAP_FLOCK,
	    CAP_EVENT, CAP_EXTATTR_DELETE, CAP_EXTATTR_GET, CAP_EXTATTR_LIST,
	    CAP_EXTATTR_SET, CAP_ACL_DELETE, CAP_ACL_GET, CAP_ACL_SET,
	    CAP_ACL_CHECK);
	for (i = 0; i < n; i++)
		if (fds[i] >= 0 && cap_rights_limit(fds[i], &rights) != 0 &&
		    errno != ENOSYS)
			return (fail(e, errno, "confine", "descriptor", NULL));
	/* A kernel without it: the helper has only what the process has. */
	if (cap_enter() != 0 && errno != ENOSYS)
		return (fail(e, errno, "confine", "capability mode", NULL));
	return (true);
}

bool
host_confines(void)
{
	return (true);
}
