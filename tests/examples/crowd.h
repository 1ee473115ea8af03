/*
 * A service and its clients in one process: the service's thread acts for the
 * first task, each client's for a task of its own, whose bootstrap port is the
 * service.
 */
#ifndef ISTHMUS_TESTS_EXAMPLES_CROWD_H
#define ISTHMUS_TESTS_EXAMPLES_CROWD_H

#include <mach/mach.h>

#define CROWD 100

/* Makes the service's port and has `serve` run; once in a process. */
mach_port_t crowd_serve(int (*serve)(mach_port_t service));
/* What it returned; it must be told to end before. */
int crowd_served(void);

/*
 * `n` clients at once, numbered from 0: how many did not return 0.  Their
 * tasks end with them.
 */
typedef int crowd_client(mach_port_t service, int number);
int crowd_run(int n, crowd_client *);
/* Names of the service's task; with `at_most`, waits for that for a while. */
unsigned int crowd_names(unsigned int at_most);

#endif
