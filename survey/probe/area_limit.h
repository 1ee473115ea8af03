/*
 * Functions of the limit rows that stand in area_limit_*.c; the table is in
 * area_limit.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_LIMIT_H
#define ISTHMUS_SURVEY_PROBE_AREA_LIMIT_H

#include <sys/resource.h>

#include "survey/probe/area_common_util.h"

#define MIB (1024UL * 1024UL)

/* Sets a soft limit, and the hard one too when `both`. */
bool limit_set(int resource, rlim_t value, bool both);
/* The answer of a row that cannot be run into in the time of a probe. */
struct probe_answer limit_set_and_read(
    int resource, rlim_t value, const char *name);
/* Becomes a user whose processes are all ours; nobody else's count. */
bool limit_drop_alone(const struct probe_context *);

/* area_limit_resource.c: what each resource limit does */
probe_fn lim_nofile, lim_nofile_dup, lim_nproc, lim_fsize_signal,
    lim_fsize_errno, lim_cpu, lim_as, lim_data, lim_stack, lim_core,
    lim_memlock, lim_rss, lim_hard, lim_order, lim_exec, lim_fork;

/* area_limit_counted.c: those that only one system has */
probe_fn lim_nice, lim_rtprio, lim_sigpending, lim_msgqueue, lim_rttime,
    lim_locks, lim_sbsize, lim_npts, lim_kqueues, lim_umtxp, lim_swap,
    lim_pipebuf, lim_vmm, lim_prlimit, lim_rlimit_sysctl;

/* area_limit_sched.c: processors, priorities, accounts */
probe_fn lim_affinity, lim_affinity_empty, lim_cpuset, lim_getpriority,
    lim_nice_raise, lim_sched_fifo, lim_sched_batch, lim_sched_idle,
    lim_sched_attr, lim_ioprio, lim_ioprio_user, lim_rtprio_call, lim_oom_score,
    lim_sprotect, lim_sprotect_user, lim_maxrss, lim_rusage_children,
    lim_loginclass, lim_loginclass_user, lim_quotactl, lim_core_sched;

/* area_limit_cgroup.c: Linux */
probe_fn lim_cg_version, lim_cg_controllers, lim_cg_create, lim_cg_clone,
    lim_cg_kill, lim_cg_freeze, lim_cg_pids, lim_cg_memory, lim_cg_cpu,
    lim_cg_delegated;

/* area_limit_rctl.c: FreeBSD */
probe_fn lim_racct, lim_rctl_files, lim_rctl_usage, lim_rctl_user;

#endif
