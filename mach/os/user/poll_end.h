/*
 * The channel behind descriptors that follow a port: poll_linux.c and
 * poll_freebsd.c.  It holds bytes, and is readable when it does.  What the host
 * does to its end never waits for room or bytes, whatever flags a user sets on
 * the other.  No header of the core, which those of FreeBSD do not go with.
 */
#ifndef ISTHMUS_MACH_OS_USER_POLL_END_H
#define ISTHMUS_MACH_OS_USER_POLL_END_H

#include <stdbool.h>
#include <stddef.h>

struct poll_end {
	int fd;	    /* the host's alone */
	int shared; /* the users' own, or -1 */
};
/*
 * The channel, empty, and its first user's descriptor.  0, or errno: ENOTSUP
 * where it cannot be known when a user closes it.
 */
int poll_end_create(struct poll_end *, int *user_fd);
/* One more descriptor of the channel. */
int poll_end_open(const struct poll_end *, int *user_fd);
/* One byte more, and so readable. */
void poll_end_put(const struct poll_end *);
/* As many bytes less, if there are. */
#define POLL_BYTES_MAX 64
void poll_end_take(const struct poll_end *, size_t n);
/* False when no user has one open. */
bool poll_end_used(const struct poll_end *);
/* A user's descriptor is at its end from then on, and so readable. */
void poll_end_close(const struct poll_end *);

#endif
