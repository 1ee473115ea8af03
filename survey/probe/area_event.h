/*
 * Functions of the event rows, by the file that they stand in; the table
 * is in area_event.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_EVENT_H
#define ISTHMUS_SURVEY_PROBE_AREA_EVENT_H

#include <signal.h>

#include "survey/probe/area_row_util.h"

/* A handler that counts (area_event_poll.c). */
extern volatile sig_atomic_t row_signals;
void row_on_signal(int);

/* area_event_aio.c */
probe_fn ai_read, ai_write, ai_listio, ai_fsync, ai_signal, ai_waitcomplete,
    ai_native, ai_uring_nop, ai_uring_read, ai_vector;

/* area_event_epoll.c */
probe_fn ep_level, ep_edge, ep_oneshot, ep_exclusive, ep_wakeup, ep_rdhup,
    ep_file, ep_dup, ep_nested, ep_pwait, ep_pwait2, ev_signalfd, ev_fanotify,
    ev_fanotify_fid;

/* area_event_futex.c */
probe_fn fu_value, fu_timeout, fu_wake, fu_bitset, fu_requeue, fu_pi, fu_waitv,
    fu_wake2, um_value, um_timeout, um_wake, um_abstime, um_nwake, um_shm,
    pt_pshared, pt_robust, pt_inherit, pt_cond_monotonic, pt_barrier;

/* area_event_inotify.c */
probe_fn in_create, in_create_directory, in_modify, in_move, in_delete_self,
    in_attrib, in_mask_create, in_oneshot, in_onlydir, in_rm_watch, ev_eventfd,
    ev_eventfd_semaphore, ev_eventfd_overflow;

/* area_event_ipc.c */
probe_fn ip_shm_open, ip_shm_anon, ip_shm_rename, ip_sem_open, ip_sem_pshared,
    ip_sem_timedwait, ip_mq, ip_mq_notify, ip_mq_poll, ip_shmget,
    ip_shm_removed, ip_sysv_persists, ip_semget, ip_sem_undo, ip_msgget;

/* area_event_kqueue.c */
probe_fn kq_read, kq_write, kq_file, kq_lowat, kq_empty, kq_empty_unix,
    kq_timer, kq_timer_us, kq_timer_ns, kq_timer_abs, kq_timer_count, kq_signal,
    kq_proc_exit, kq_proc_fork, kq_proc_exec, kq_proc_track, kq_procdesc,
    kq_user, kq_fs, kq_aio, kq_lio, kq_jail, kq_clear, kq_oneshot, kq_dispatch,
    kq_receipt, kq_fork, kq_copy_on_fork, kq_kqueuex, kq_nested,
    kq_timer_signal;

/* area_event_poll.c */
probe_fn po_pipe, po_pipe_broken, po_invalid, po_file, po_rdhup, po_ppoll,
    po_pselect, po_select, sg_eintr, sg_restart, sg_realtime, sg_merge,
    sg_waitinfo, sg_altstack, sg_chld_info, sg_nocldwait, sg_o_async,
    sg_o_async_unix;

/* area_event_unix.c */
probe_fn ux_abstract, ux_autobind, ux_path_length, ux_bind_exists, ux_mode,
    ux_fchmod, ux_socketpair, ux_seqpacket, ux_seqpacket_eor, ux_dgram,
    ux_peercred, ux_peerpidfd, ux_passcred, ux_local_peercred, ux_getpeereid,
    ux_local_creds, ux_sigpipe, ux_fifo_rdwr, ux_pipe_capacity, ux_pipe_size,
    ux_pipe_packets, ux_pipe_both_ways, ux_pty, ux_pty_controlling,
    ux_pty_hangup, ux_tiocsti;

/* area_event_vnode.c */
probe_fn kq_delete, kq_note_write, kq_extend, kq_attrib, kq_link, kq_rename,
    kq_open, kq_close, kq_close_write, kq_note_read, kq_directory;

#endif
