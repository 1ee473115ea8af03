/*
 * Ways to wait for a descriptor: those that all systems have, and (pollfd_*.c)
 * the system's own.
 */
#ifndef ISTHMUS_TESTS_MACH_POLLFD_H
#define ISTHMUS_TESTS_MACH_POLLFD_H

#include <stdbool.h>

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

#endif
