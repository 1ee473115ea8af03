/*
 * Functions of the time rows, by the file that they stand in; the table
 * is in area_time.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_TIME_H
#define ISTHMUS_SURVEY_PROBE_AREA_TIME_H

#include "survey/probe/area_row_util.h"

/* area_time_clock.c */
probe_fn tm_realtime, tm_monotonic, tm_boottime, tm_uptime, tm_process_cpu,
    tm_thread_cpu, tm_realtime_coarse, tm_monotonic_coarse, tm_monotonic_fast,
    tm_monotonic_raw, tm_tai, tm_virtual, tm_prof, tm_second, tm_invalid,
    tm_getres, tm_gettimeofday, tm_timespec_get, tm_settimeofday,
    tm_settime_monotonic, tm_settime_invalid, tm_ntp_adjtime, tm_ntp_gettime,
    tm_adjtime, tm_times, tm_getcpuclockid, tm_pthread_getcpuclockid;

/* area_time_timer.c */
probe_fn tm_nanosleep, tm_nanosleep_eintr, tm_nanosleep_invalid,
    tm_clock_nanosleep_past, tm_clock_nanosleep_abs, tm_clock_nanosleep_cpu,
    tm_timer_signal, tm_timer_thread_id, tm_timer_thread, tm_timer_overrun,
    tm_timer_gettime, tm_timer_fork, tm_setitimer, tm_setitimer_prof,
    tm_select_timeout, tm_timerfd, tm_timerfd_abs, tm_timerfd_past,
    tm_timerfd_count, tm_timerfd_disarm, tm_timerfd_cancel, tm_timerfd_boottime;

#endif
