/*
 * Functions of the privilege rows that stand in area_privilege_*.c; the
 * table is in area_privilege.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_PRIVILEGE_H
#define ISTHMUS_SURVEY_PROBE_AREA_PRIVILEGE_H

#include "survey/probe/area_common_util.h"

/*
 * Runs a copy of id(1) with that argument, owned by PROBE_OTHER_ID and with
 * that mode, and gives the number that it prints; -1 with the answer.
 */
long priv_run_id(const char *argument, unsigned mode, struct probe_answer *why);

/* area_privilege_drop.c: user and group ids */
probe_fn priv_drop, priv_seteuid, priv_setuid, priv_setresuid, priv_setreuid,
    priv_setresgid, priv_setgid_user, priv_setgroups_empty, priv_setgroups_max,
    priv_setgroups_user, priv_initgroups, priv_suid, priv_sgid,
    priv_suid_no_new_privs, priv_no_new_privs_forever, priv_suid_write,
    priv_setfsuid, priv_issetugid, priv_setlogin, priv_setcred,
    priv_setcred_user;

/* area_privilege_refused.c: what an unprivileged user must not get */
probe_fn priv_sethostname, priv_reboot, priv_kexec, priv_module,
    priv_module_unload, priv_swapon, priv_acct, priv_settime, priv_adjtime,
    priv_io_ports, priv_io_range, priv_mknod, priv_pivot_root, priv_setns,
    priv_unshare, priv_message_buffer, priv_handle, priv_low_port,
    priv_raw_socket, priv_memory, priv_sysctl, priv_kenv, priv_fanotify,
    priv_ktrace, priv_vhangup;

/* area_privilege_offered.c: what a kernel may offer to anybody */
probe_fn priv_perf, priv_bpf, priv_userfaultfd, priv_io_uring, priv_keyring,
    priv_keyring_session, priv_tiocsti, priv_securelevel, priv_securelevel_user,
    priv_mac, priv_lsm, priv_unprivileged_debug;

/* area_privilege_reach.c: one user and another */
probe_fn priv_kill_other, priv_ptrace_other, priv_ptrace_child,
    priv_ptrace_peer, priv_untraceable, priv_see_other, priv_environ_other,
    priv_hardlink, priv_symlink, priv_regular, priv_fifo, priv_sticky,
    priv_prlimit_other, priv_process_read;

/* area_privilege_caps.c: capabilities of Linux */
probe_fn priv_capget, priv_capset, priv_cap_regain, priv_cap_bounding,
    priv_cap_keep, priv_cap_lost, priv_cap_ambient, priv_cap_securebits,
    priv_cap_file, priv_cap_file_nnp;

/* area_privilege_seccomp.c */
probe_fn priv_sec_strict, priv_sec_errno, priv_sec_kill, priv_sec_trap,
    priv_sec_actions, priv_sec_notify, priv_sec_tsync, priv_sec_suid,
    priv_sec_needs_nnp, priv_sec_exec, priv_sec_forever;

/* area_privilege_landlock.c */
probe_fn priv_ll_version, priv_ll_read, priv_ll_write, priv_ll_rule,
    priv_ll_truncate, priv_ll_net, priv_ll_abstract, priv_ll_signal,
    priv_ll_needs_nnp, priv_ll_forever;

/* area_privilege_capsicum.c: capability mode of FreeBSD */
probe_fn priv_cap_enter, priv_cap_getmode, priv_cap_openat, priv_cap_dotdot,
    priv_cap_rights, priv_cap_widen, priv_cap_fcntls, priv_cap_ioctls,
    priv_cap_kill, priv_cap_pdfork, priv_cap_connect, priv_cap_inherit,
    priv_cap_trap, priv_cap_casper;

#endif
