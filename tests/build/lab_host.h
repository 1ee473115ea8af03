/* What lab.c asks of the system, one file for each. */
#ifndef ISTHMUS_TESTS_BUILD_LAB_HOST_H
#define ISTHMUS_TESTS_BUILD_LAB_HOST_H

#include <sys/types.h>

/* Remembers mounts (and what else a build could leave). */
void lab_host_remember(void);
/* Fails the test where they differ, or a process of those uids lives. */
void lab_host_check(const char *when, uid_t first, uid_t last);
/* JSON list members: inputs with which /bin/sh and the usual tools run. */
const char *lab_host_inputs(void);

#endif
