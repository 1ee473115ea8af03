/*
 * Calls that change, extend, watch or end the kernel.  Where the thing
 * itself would do harm, they name what is not there: the error for that
 * comes after the one for the right.
 */
#include <sys/param.h>
#include <sys/acl.h>
#include <sys/cpuset.h>
#include <sys/kenv.h>
#include <sys/linker.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/rtprio.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/timex.h>

#include <bsm/audit.h>
#include <errno.h>
#include <fcntl.h>
#include <kenv.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ufs/ufs/quota.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

#define NOWHERE "/isthmus-nowhere"

static bool
none(int result)
{
	return (result != -1 || errno == ENOENT);
}

static enum end
kld_load(const void *with)
{
	(void)with;
	return (by_call("kldload", none(kldload(NOWHERE ".ko"))));
}

static enum end
kld_unload(const void *with)
{
	(void)with;
	return (by_call("kldunload", none(kldunload(99999))));
}

static enum end
kenv_set(const void *with)
{
	char value[] = "1";

	(void)with;
	if (kenv(KENV_SET, "isthmus.attack", value, sizeof(value)) == -1)
		return (by_call("kenv", false));
	(void)kenv(KENV_UNSET, "isthmus.attack", NULL, 0);
	return (by_call("kenv", true));
}

/* The same value again: nothing changes, but it could. */
static enum end
sysctl_write(const void *with)
{
	char value[1024];
	size_t len = sizeof(value);

	if (sysctlbyname(with, value, &len, NULL, 0) == -1)
		return (by_call("sysctl", false));
	return (
	    by_call("sysctl", sysctlbyname(with, NULL, NULL, value, len) == 0));
}

static enum end
sysctl_read(const void *with)
{
	char value[65536];
	size_t len = sizeof(value);

	if (sysctlbyname(with, value, &len, NULL, 0) == -1 && errno != ENOMEM)
		return (by_call("sysctl", false));
	return (ended(len > 1 ? SUCCEEDED : REFUSED, "%zu bytes of %s", len,
	    (const char *)with));
}

static enum end
open_device(const void *with)
{
	int fd;

	fd = open(with, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return (by_call("open", fd != -1 || errno == EBUSY || errno == ENXIO));
}

static enum end
time_of_day(const void *with)
{
	struct timeval now;

	(void)with;
	(void)gettimeofday(&now, NULL);
	return (by_call("settimeofday", settimeofday(&now, NULL) == 0));
}

static enum end
clock_set(const void *with)
{
	struct timespec now;

	(void)with;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (
	    by_call("clock_settime", clock_settime(CLOCK_REALTIME, &now) == 0));
}

static enum end
adjust(const void *with)
{
	struct timeval zero = { 0, 0 };

	(void)with;
	return (by_call("adjtime", adjtime(&zero, NULL) == 0));
}

static enum end
ntp_adjust(const void *with)
{
	struct timex tx;

	(void)with;
	memset(&tx, 0, sizeof(tx));
	if (ntp_adjtime(&tx) == -1)
		return (by_call("ntp_adjtime", false));
	tx.modes = MOD_MAXERROR;
	return (by_call("ntp_adjtime", ntp_adjtime(&tx) != -1));
}

static enum end
boot(const void *with)
{
	(void)with;
	/* There is no harmless one. */
	if (geteuid() == 0 && !is_jailed())
		return (ended(UNTRIED, "it would work"));
	return (by_call("reboot", reboot(RB_AUTOBOOT | RB_NOSYNC) == 0));
}

static enum end
swap_on(const void *with)
{
	(void)with;
	return (by_call("swapon", none(swapon(NOWHERE))));
}

static enum end
account(const void *with)
{
	(void)with;
	return (by_call("acct", none(acct(NOWHERE))));
}

static enum end
quota(const void *with)
{
	(void)with;
	return (by_call("quotactl", quotactl("/", QCMD(Q_QUOTAON, USRQUOTA), 0,
					(void *)(uintptr_t)NOWHERE) == 0 ||
					errno == EOPNOTSUPP ||
					errno == ENOENT || errno == EINVAL));
}

static enum end
audit_state(const void *with)
{
	int condition = 0;

	(void)with;
	(void)signal(SIGSYS, SIG_IGN);
	return (by_call(
	    "auditon", auditon(A_GETCOND, &condition, sizeof(condition)) == 0));
}

/* ---- scheduling */

static enum end
real_time(const void *with)
{
	struct rtprio rt = { .type = RTP_PRIO_REALTIME, .prio = 31 };

	(void)with;
	return (by_call("rtprio", rtprio(RTP_SET, 0, &rt) == 0));
}

static enum end
fifo(const void *with)
{
	struct sched_param p = { .sched_priority =
				     sched_get_priority_min(SCHED_FIFO) };

	(void)with;
	return (by_call(
	    "sched_setscheduler", sched_setscheduler(0, SCHED_FIFO, &p) != -1));
}

/* The set that all of us are in; as it is. */
static enum end
cpu_set(const void *with)
{
	cpuset_t mask;

	(void)with;
	if (cpuset_getaffinity(
		CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, sizeof(mask), &mask) == -1)
		return (by_call("cpuset_getaffinity", false));
	return (by_call("cpuset_setaffinity",
	    cpuset_setaffinity(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1,
		sizeof(mask), &mask) == 0));
}

static enum end
login(const void *with)
{
	(void)with;
	return (by_call("setlogin", setlogin("root") == 0));
}

static enum end
login_class(const void *with)
{
	(void)with;
	return (by_call("setloginclass", setloginclass("daemon") == 0));
}

/* ---- memory that cannot be paged out, and what else has no limit */

static enum end
lock_memory(const void *with)
{
	const size_t size = 64 << 20;
	void *p;

	(void)with;
	p = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
	if (p == MAP_FAILED)
		return (by_call("mmap", false));
	return (by_call("mlock of 64 MB", mlock(p, size) == 0));
}

static enum end
unlimited(const void *with)
{
	const int *resource = with;
	struct rlimit r;

	if (getrlimit(*resource, &r) == -1)
		return (by_call("getrlimit", false));
	if (r.rlim_max == RLIM_INFINITY)
		return (
		    ended(SUCCEEDED, "resource %d has no limit", *resource));
	return (ended(REFUSED, "%jd", (intmax_t)r.rlim_max));
}

static const int res_sbsize = RLIMIT_SBSIZE, res_npts = RLIMIT_NPTS,
		 res_kqueues = RLIMIT_KQUEUES, res_umtxp = RLIMIT_UMTXP;
#ifdef RLIMIT_PIPEBUF
static const int res_pipebuf = RLIMIT_PIPEBUF;
#endif

const struct attack attacks_kernel[] = {
	{ "kldload", "a module loaded", kld_load, NULL },
	{ "kldunload", "a module unloaded", kld_unload, NULL },
	{ "kenv-set", "the kernel's environment", kenv_set, NULL },
	{ "sysctl-corefile", "where core files go", sysctl_write,
	    "kern.corefile" },
	{ "sysctl-hostname", "the host's name", sysctl_write, "kern.hostname" },
	{ "sysctl-uuid", "the host's number", sysctl_write, "kern.hostuuid" },
	{ "sysctl-securelevel", "the secure level", sysctl_write,
	    "kern.securelevel" },
	{ "sysctl-vnodes", "how many files", sysctl_write, "kern.maxvnodes" },
	{ "sysctl-uids", "who sees whom", sysctl_write,
	    "security.bsd.see_other_uids" },
	{ "sysctl-usermount", "who mounts", sysctl_write, "vfs.usermount" },
	{ "sysctl-ipforward", "the network", sysctl_write,
	    "net.inet.ip.forwarding" },
	{ "message-buffer", "the kernel's log", sysctl_read, "kern.msgbuf" },
	{ "dev-mem", "physical memory", open_device, "/dev/mem" },
	{ "dev-kmem", "kernel memory", open_device, "/dev/kmem" },
	{ "dev-io", "ports", open_device, "/dev/io" },
	{ "dev-pci", "the bus", open_device, "/dev/pci" },
	{ "dev-bpf", "packets", open_device, "/dev/bpf" },
	{ "dev-mdctl", "memory disks", open_device, "/dev/mdctl" },
	{ "dev-geom", "disks", open_device, "/dev/geom.ctl" },
	{ "dev-disk", "the host's disk", open_device, "/dev/vtbd0" },
	{ "dev-klog", "the log", open_device, "/dev/klog" },
	{ "dev-devctl", "events of devices", open_device, "/dev/devctl" },
	{ "dev-devctl2", "control of devices", open_device, "/dev/devctl2" },
	{ "dev-cpu", "registers of a CPU", open_device, "/dev/cpuctl0" },
	{ "dev-tty", "a terminal line", open_device, "/dev/ttyv0" },
	{ "dev-fuse", "a file system of its own", open_device, "/dev/fuse" },
	{ "dev-tun", "a network interface", open_device, "/dev/tun" },
	{ "dev-pf", "the packet filter", open_device, "/dev/pf" },
	{ "dev-ptmx", "a pseudo terminal", open_device, "/dev/ptmx" },
	{ "settimeofday", "the time", time_of_day, NULL },
	{ "clock-settime", "the clock", clock_set, NULL },
	{ "adjtime", "the pace of the clock", adjust, NULL },
	{ "ntp-adjtime", "the clock's frequency", ntp_adjust, NULL },
	{ "reboot", "a reboot", boot, NULL },
	{ "swapon", "a swap device", swap_on, NULL },
	{ "acct", "process accounting", account, NULL },
	{ "quotactl", "disk quotas", quota, NULL },
	{ "auditon", "the audit", audit_state, NULL },
	{ "real-time", "a real-time priority", real_time, NULL },
	{ "sched-fifo", "a real-time scheduler", fifo, NULL },
	{ "cpuset", "processors of all", cpu_set, NULL },
	{ "setlogin", "a session of root", login, NULL },
	{ "setloginclass", "another login class", login_class, NULL },
	{ "mlock", "memory that is never paged out", lock_memory, NULL },
	{ "unlimited-sbsize", "socket buffers", unlimited, &res_sbsize },
	{ "unlimited-npts", "terminals", unlimited, &res_npts },
	{ "unlimited-kqueues", "kernel queues", unlimited, &res_kqueues },
	{ "unlimited-umtxp", "shared locks", unlimited, &res_umtxp },
#ifdef RLIMIT_PIPEBUF
	{ "unlimited-pipebuf", "pipe buffers", unlimited, &res_pipebuf },
#endif
	{ NULL, NULL, NULL, NULL },
};
