/*
 * Ways to wait for a descriptor: those that all systems have (pollfd.c), and
 * the system's own (pollfd_linux.c, pollfd_freebsd.c).
 */
#ifndef ISTHMUS_TESTS_MACH_POLLFD_H
#define ISTHMUS_TESTS_MACH_POLLFD_H

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND
#define LONG 10000 /* ms that nothing takes */

struct poll_way {
	const char *name;
	/* Waits that long, in ms. */
	bool (*ready)(int fd, int ms);
};

/* epoll or kqueue, by levels. */
extern const struct poll_way poll_way_host;
/* The same by edges: a queue that watches the descriptor; close(2) it. */
int poll_edge_open(int fd);
bool poll_edge_wait(int queue, int ms);

bool poll_way_poll(int fd, int ms);
bool poll_way_select(int fd, int ms);
/* At its end, a descriptor may be said to be that alone. */
bool poll_way_any(int fd, int ms);
/* Checks what all ways say of it. */
void poll_shows(bool expected, int fd, int line);
#define SHOWS(expected, fd) poll_shows((expected), (fd), __LINE__)

/* The port's descriptor; a host without them skips the test. */
int poll_follow(mach_port_name_t);
/* How many descriptors are open. */
int poll_open_count(void);

#endif
