/* The files of rows of the area process, and what they share. */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_PROCESS_H
#define ISTHMUS_SURVEY_PROBE_AREA_PROCESS_H

#include "survey/probe/area_row_util.h"

extern const struct probe_area probe_area_process_exec,
    probe_area_process_spawn, probe_area_process_clone,
    probe_area_process_pidfd, probe_area_process_control,
    probe_area_process_prctl, probe_area_process_signal,
    probe_area_process_session, probe_area_process_sched,
    probe_area_process_rfork;

/* Status of a child that has ended; -1 with errno. */
int process_status(pid_t);
/* A child that waits to be killed; -1 with errno. */
pid_t process_sleeper(void);
/* Kills a child and takes its status. */
void process_finish(pid_t);
/* True when all writing ends of a pipe close within 500 ms. */
bool process_at_end(int fd);

#endif
