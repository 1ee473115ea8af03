/*
 * How traps reach machd.  A process has one connection, a SOCK_SEQPACKET Unix
 * socket, for what happens seldom: its beginning, a new thread, a fork.  Each
 * of its threads has a channel: shared memory with one trap at a time in it,
 * and a socket beside it on which descriptors travel.
 *
 * The server does not see the memory of its clients.  A trap's arguments are
 * the caller's own addresses; with them comes a list of segments, each of
 * which says which addresses stand where in the channel.  What is at no
 * segment cannot be reached, as memory that is not mapped.  All of a channel
 * but its server's words may change at any time: the server copies, then
 * looks.
 */
#ifndef ISTHMUS_MACH_SERVER_H
#define ISTHMUS_MACH_SERVER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MACH_SERVER_VERSION 1

/* The one for all users, of `machd --system`. */
#define MACH_SERVER_SYSTEM "/var/run/isthmus/mach.sock"

/*
 * Where the caller's own server has its socket: what ISTHMUS_MACH_SOCKET says,
 * else a place of the user's.  As snprintf(3).
 */
static inline int
mach_server_path(char *to, size_t size)
{
	const char *path = getenv("ISTHMUS_MACH_SOCKET");
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (path != NULL && *path != '\0')
		return (snprintf(to, size, "%s", path));
	if (dir != NULL && *dir == '/')
		return (snprintf(to, size, "%s/isthmus/mach.sock", dir));
	return (snprintf(to, size, "/tmp/isthmus-%u/mach.sock",
	    (unsigned int)geteuid()));
}

/*
 * The connection
 */

enum mach_server_op {
	/* The first: the process is known from here on.  A channel comes. */
	MACH_SERVER_HELLO = 1,
	/* One more channel, for another thread. */
	MACH_SERVER_CHANNEL,
	/* The reply's token makes one child of fork inherit. */
	MACH_SERVER_FORK
};

#define MACH_SERVER_TOKEN 16

struct mach_server_request {
	uint32_t version;
	uint32_t op;
	uint64_t thread; /* the system's number of the thread, of a channel */
	/* HELLO: of the parent's FORK; or anything: none. */
	uint8_t token[MACH_SERVER_TOKEN];
};

struct mach_server_reply {
	uint32_t version;
	uint32_t error; /* errno, or 0 */
	/* With a channel come descriptors of its memory and of its socket. */
	uint64_t size; /* of a channel's memory */
	uint8_t token[MACH_SERVER_TOKEN];
};

/*
 * A channel
 */

#define MACH_CHANNEL_ARGS 11
#define MACH_CHANNEL_SIZE (UINT64_C(1) << 20) /* sparse */
#define MACH_CHANNEL_WINDOW 4096	      /* where segments' memory begins */
#define MACH_CHANNEL_WINDOW_MAX (UINT64_C(128) << 20)
#define MACH_CHANNEL_SEGMENTS 1024
#define MACH_CHANNEL_FDS 64 /* with one trap, each way */

/* Bits of `in`; above them stands the number of the trap. */
#define MACH_CHANNEL_INTERRUPT 1u /* a signal's handler ran */
#define MACH_CHANNEL_KICK 2u	  /* the server's own */
#define MACH_CHANNEL_TRAP 4u	  /* one more trap */

/* Where the client sleeps: what the server has to do beside telling. */
enum mach_channel_sleep {
	MACH_CHANNEL_AWAKE,
	MACH_CHANNEL_FUTEX, /* at `out` */
	MACH_CHANNEL_SOCKET /* a byte is awaited there */
};

/* Numbers that are no traps of traps.def. */
enum mach_channel_number {
	MACH_CHANNEL_END = 0x7fff0001, /* the thread is no more; no reply */
	/*
	 * Larger windows: (size), at most MACH_CHANNEL_WINDOW_MAX; a
	 * descriptor of the new memory comes.  0: the one that the channel
	 * began with, for who could not take that.
	 */
	MACH_CHANNEL_GROW,
	/* (name, entry): struct mach_channel_entry and a descriptor come. */
	MACH_CHANNEL_ENTRY,
	/*
	 * (name, pid): the number of the process, 32 bits, whose task's
	 * control port that is, at this moment.  KERN_NOT_SUPPORTED to whom
	 * that number says nothing.
	 */
	MACH_CHANNEL_TASK
};

/* Client's memory [address, address + size) stands at window + `at`. */
struct mach_segment {
	uint64_t address;
	uint64_t size;
	uint64_t at;	 /* or offset in the file */
	uint32_t fd;	 /* index + 1 of a descriptor: a region; 0: bytes */
	uint32_t taken;	 /* server: how often it became a message's region */
	uint64_t lo, hi; /* server: bytes [lo, hi) of it were written */
};

/*
 * Memory that comes out of line; what the trap wrote as address is
 * MACH_CHANNEL_REGION + index.
 */
#define MACH_CHANNEL_REGION UINT64_C(0x7000000000000000)
struct mach_region_out {
	uint64_t size;
	uint64_t at; /* in the window; or offset in the file */
	uint32_t fd; /* index + 1 of a descriptor; 0: bytes */
	uint32_t pad;
};

/* What a memory entry is, for its mapping. */
struct mach_channel_entry {
	uint64_t offset, size;
	int32_t protection;
	uint32_t pad;
};

struct mach_channel {
	/* The client's */
	uint32_t in;
	uint32_t asleep; /* enum mach_channel_sleep */
	uint32_t number, nargs;
	uint32_t nsegments;
	uint32_t nfds;	   /* descriptors that were sent before */
	uint64_t segments; /* where in the window they are */
	uint64_t free;	   /* from there on the window is the server's */
	uint64_t args[MACH_CHANNEL_ARGS];

	/* The server's */
	__attribute__((aligned(128))) uint32_t out; /* the number of the last trap done */
	uint32_t yield;
	uint32_t nregions, nfds_out;
	uint64_t regions; /* where they are in the window */
	uint64_t result;
};

#endif
