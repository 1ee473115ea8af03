/*
 * Rows of the area "limit": what a process may use, and how much it did.
 */
#include "survey/probe/area_limit.h"

#define BOTH(id, interface, asks, fn) ROW("limit." id, interface, asks, fn, 0)
#define LINUX_ROW(id, interface, asks, fn) \
	ROW("limit." id, interface, asks, ON_LINUX(fn), 0)
#define LINUX_ROOT(id, interface, asks, fn) \
	ROW("limit." id, interface, asks, ON_LINUX(fn), ROOT_ON_LINUX)
#define FREEBSD_ROW(id, interface, asks, fn) \
	ROW("limit." id, interface, asks, ON_FREEBSD(fn), 0)
#define FREEBSD_ROOT(id, interface, asks, fn) \
	ROW("limit." id, interface, asks, ON_FREEBSD(fn), ROOT_ON_FREEBSD)

#if defined(__FreeBSD__)
#define AFFINITY "cpuset_setaffinity"
#define IDLE "rtprio"
#else
#define AFFINITY "sched_setaffinity"
#define IDLE "SCHED_IDLE"
#endif

static const struct probe rows[] = {
	BOTH("nofile", "RLIMIT_NOFILE", "one file too many gives EMFILE",
	    lim_nofile),
	BOTH("nofile-dup2", "RLIMIT_NOFILE",
	    "dup2 to a descriptor beyond the limit is refused", lim_nofile_dup),
	BOTH("nproc", "semantic:nproc-by-uid",
	    "a user's process too many gives EAGAIN", lim_nproc),
	BOTH("fsize-signal", "RLIMIT_FSIZE",
	    "a file that grows too long gets SIGXFSZ", lim_fsize_signal),
	BOTH("fsize-errno", "RLIMIT_FSIZE", "with SIGXFSZ ignored, EFBIG",
	    lim_fsize_errno),
	BOTH("cpu", "RLIMIT_CPU", "the processor time can be limited", lim_cpu),
	BOTH("as", "RLIMIT_AS", "too much address space gives ENOMEM", lim_as),
	BOTH("data", "RLIMIT_DATA", "too much data gives ENOMEM", lim_data),
	BOTH("stack", "RLIMIT_STACK", "too deep a stack gets SIGSEGV",
	    lim_stack),
	BOTH("core", "RLIMIT_CORE", "0 writes no core", lim_core),
	BOTH("rss", "RLIMIT_RSS", "the resident size can be limited", lim_rss),
	BOTH("memlock", "RLIMIT_MEMLOCK",
	    "a user cannot lock more memory than that", lim_memlock),
	LINUX_ROOT("nice", "RLIMIT_NICE",
	    "a user may raise its priority to there, not beyond", lim_nice),
	LINUX_ROOT("rtprio", "RLIMIT_RTPRIO",
	    "a user may be real-time to there, not beyond", lim_rtprio),
	LINUX_ROW("sigpending", "RLIMIT_SIGPENDING",
	    "one queued signal too many gives EAGAIN", lim_sigpending),
	LINUX_ROW("msgqueue", "RLIMIT_MSGQUEUE",
	    "bytes in message queues are limited", lim_msgqueue),
	LINUX_ROW("rttime", "RLIMIT_RTTIME",
	    "real-time processor time can be limited", lim_rttime),
	LINUX_ROW("locks", "RLIMIT_LOCKS", "the limit can be set", lim_locks),
	FREEBSD_ROW("sbsize", "RLIMIT_SBSIZE",
	    "too much socket buffer gives ENOBUFS", lim_sbsize),
	FREEBSD_ROW("npts", "RLIMIT_NPTS",
	    "one pseudo-terminal too many gives EAGAIN", lim_npts),
	FREEBSD_ROW("kqueues", "RLIMIT_KQUEUES",
	    "one kqueue too many gives ENOMEM", lim_kqueues),
	FREEBSD_ROW(
	    "umtxp", "RLIMIT_UMTXP", "shared locks can be limited", lim_umtxp),
	FREEBSD_ROW("swap", "RLIMIT_SWAP",
	    "too much anonymous memory gives ENOMEM", lim_swap),
	FREEBSD_ROW("pipebuf", "RLIMIT_PIPEBUF", "pipe buffers can be limited",
	    lim_pipebuf),
	FREEBSD_ROW(
	    "vmm", "RLIMIT_VMM", "virtual machines can be limited", lim_vmm),
	BOTH("hard", "setrlimit", "a user cannot raise a hard limit", lim_hard),
	BOTH("soft-above-hard", "setrlimit",
	    "a soft limit above the hard one is not taken", lim_order),
	BOTH("fork", "setrlimit", "a child inherits the limits", lim_fork),
	BOTH("exec", "semantic:rlimit-inherited", "execve keeps the limits",
	    lim_exec),
	LINUX_ROW("prlimit", "prlimit",
	    "the limits of a running process are set", lim_prlimit),
	FREEBSD_ROW("rlimit-sysctl", "KERN_PROC_RLIMIT",
	    "the limits of a running process are read", lim_rlimit_sysctl),

	BOTH("affinity", AFFINITY, "a process is bound to one processor",
	    lim_affinity),
	BOTH("affinity-empty", AFFINITY,
	    "an empty set of processors is refused", lim_affinity_empty),
	FREEBSD_ROOT("cpuset", "cpuset",
	    "a process begins a set of processors of its own", lim_cpuset),
	BOTH("setpriority", "setpriority",
	    "the nice value is raised and read back", lim_getpriority),
	BOTH("setpriority-user", "setpriority",
	    "a user cannot take back a nice value", lim_nice_raise),
	BOTH("fifo-user", "sched_setscheduler", "a user cannot be real-time",
	    lim_sched_fifo),
	LINUX_ROW("batch", "SCHED_BATCH", "the policy batch can be had",
	    lim_sched_batch),
	ROW("limit.idle", IDLE, "the policy idle can be had", lim_sched_idle,
	    ROOT_ON_FREEBSD),
	LINUX_ROW("sched-setattr", "sched_setattr",
	    "policy and nice value are set at once", lim_sched_attr),
	LINUX_ROW("core-sched", "PR_SCHED_CORE",
	    "no stranger runs on the other thread of a core", lim_core_sched),
	FREEBSD_ROW("rtprio-user", "rtprio",
	    "a user cannot be real-time by rtprio", lim_rtprio_call),
	LINUX_ROW("ioprio", "ioprio_set",
	    "the input and output priority is set", lim_ioprio),
	LINUX_ROW("ioprio-user", "ioprio_set",
	    "a user cannot take the real-time class", lim_ioprio_user),
	LINUX_ROW("oom-score-adj", "semantic:oom-score-adj",
	    "raised by a user, and not lowered", lim_oom_score),
	FREEBSD_ROOT("sprotect", "PROC_SPROTECT",
	    "a process is protected from want of swap", lim_sprotect),
	FREEBSD_ROW("sprotect-user", "PROC_SPROTECT",
	    "a user cannot protect its process", lim_sprotect_user),
	BOTH("maxrss", "semantic:ru-maxrss-in-kib", "ru_maxrss counts KiB",
	    lim_maxrss),
	BOTH("rusage-children", "getrusage",
	    "processor time of a waited-for child is accounted",
	    lim_rusage_children),
	FREEBSD_ROOT("loginclass", "setloginclass",
	    "a process has a login class", lim_loginclass),
	FREEBSD_ROW("loginclass-user", "setloginclass",
	    "a user cannot change its login class", lim_loginclass_user),
	BOTH("quotactl", "quotactl", "disk quotas are on here", lim_quotactl),

	LINUX_ROW("cgroup", "/sys/fs/cgroup", "which versions are mounted",
	    lim_cg_version),
	LINUX_ROW("cgroup-controllers", "cgroup.controllers",
	    "our group may limit memory and processes", lim_cg_controllers),
	LINUX_ROW("cgroup-create", "cgroup.procs",
	    "a group is made below ours, and a process moved into it",
	    lim_cg_create),
	LINUX_ROW("cgroup-clone", "CLONE_INTO_CGROUP",
	    "a child begins in another group", lim_cg_clone),
	LINUX_ROW("cgroup-kill", "cgroup.kill",
	    "all processes of a group are killed at once", lim_cg_kill),
	LINUX_ROW("cgroup-freeze", "cgroup.freeze",
	    "a group is frozen and thawed", lim_cg_freeze),
	LINUX_ROW("cgroup-pids", "pids.max",
	    "one process too many in a group gives EAGAIN", lim_cg_pids),
	LINUX_ROW("cgroup-memory", "memory.max",
	    "the memory of a group can be limited", lim_cg_memory),
	LINUX_ROW("cgroup-delegated", "/sys/fs/cgroup",
	    "an unprivileged user may make groups below ours",
	    lim_cg_delegated),

	FREEBSD_ROW("racct", "kern.racct.enable", "accounting is switched on",
	    lim_racct),
	FREEBSD_ROW("rctl-usage", "rctl_get_racct",
	    "what a process uses is told", lim_rctl_usage),
	FREEBSD_ROOT("rctl-rule", "semantic:rctl-openfiles",
	    "a rule denies one file too many", lim_rctl_files),
	FREEBSD_ROW("rctl-user", "rctl_add_rule", "a user cannot add a rule",
	    lim_rctl_user),
};

const struct probe_area probe_area_limit = { ISTH_AREA_LIMIT, rows,
	UTIL_COUNT(rows) };
