/*
 * Functions of the system rows, by the file that they stand in; the table
 * is in area_system.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_SYSTEM_H
#define ISTHMUS_SURVEY_PROBE_AREA_SYSTEM_H

#include "survey/probe/area_row_util.h"

/* area_system_admin.c */
probe_fn sa_reboot, sa_module, sa_kexec, sa_perf, sa_sysctl_write, sa_ktrace,
    sa_utrace, sa_sethostname, sa_swapon, sa_acct, sa_ptrace, sa_ptrace_syscall,
    sa_ptrace_attach, sa_ptrace_init, sa_kill_init, sa_dtrace, sa_syslog;

/* area_system_file.c */
probe_fn sy_dev_null, sy_dev_zero, sy_dev_full, sy_dev_random, sy_dev_urandom,
    sy_dev_tty, sy_dev_ptmx, sy_dev_fuse, sy_dev_kvm, sy_dev_vmm, sy_dev_mem,
    sy_dev_console, sy_dev_shm, sy_dev_fd, sy_dev_fd_offset, sy_proc_status,
    sy_proc_self_exe, sy_proc_self_fd, sy_proc_maps, sy_proc_mounts,
    sy_proc_sys, sy_sys, sy_core_pattern, sy_getrandom, sy_getrandom_insecure,
    sy_getentropy, sy_arc4random;

/* area_system_info.c */
probe_fn sy_uname, sy_uname26, sy_linux32, sy_hostname, sy_hostname_max,
    sy_sysctl, sy_sysctl_missing, sy_pathname, sy_proc_args, sy_kinfo, sy_kenv,
    sy_kld, sy_modfind, sy_linux_emulation, sy_getosreldate, sy_feature_present,
    sy_hostuuid, sy_msgbuf, sy_sysinfo, sy_auxv, sy_execpath, sy_vdso,
    sy_getcpu, sy_nprocessors, sy_affinity, sy_cpuset, sy_loadavg, sy_memory,
    sy_confstr, sy_gethostid, sy_setproctitle, sy_thread_name, sy_dl_iterate;

#endif
