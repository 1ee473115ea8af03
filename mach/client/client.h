/*
 * The library's side of machd: one channel each thread, and what a trap
 * brings along in it.
 */
#ifndef ISTHMUS_MACH_CLIENT_CLIENT_H
#define ISTHMUS_MACH_CLIENT_CLIENT_H

#include <isthmus/mach_server.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mach/lib/trap.h"

/* Nobody's but ours as long as it is the socket that it was. */
struct server_socket {
	int fd; /* -1: none */
	dev_t device;
	ino_t number;
};

/* Whole pages that are readable, or (`write`) writable, too. */
struct server_span {
	uint64_t start, end;
	bool write;
};
#define SERVER_SPANS 8u

struct server_channel {
	struct server_channel *next; /* the thread's, for traps in handlers */
	struct mach_channel *memory;
	uint64_t size;
	uint8_t *window;
	uint64_t window_size;
	bool grown;
	bool busy;
	bool dead; /* the server is */
	struct server_socket socket;
	uint32_t seq;
	int fds[MACH_CHANNEL_FDS]; /* that came */
	uint32_t nfds;
	/* Where messages' buffers were found: the last ones, by turns. */
	struct server_span spans[SERVER_SPANS];
	uint32_t next_span;
};

/* In a segment's `taken`: once that is done, its memory is unmapped. */
#define SERVER_LEAVES 0x80000000u
/* And was unmapped before: otherwise it is mapped again. */
#define SERVER_LEFT 0x40000000u

/* A trap being put together. */
struct server_call {
	struct server_channel *channel;
	bool plan;     /* sizes only, nothing is touched */
	uint64_t used; /* of the window */
	bool too_many;
	uint32_t n;
	struct mach_segment segments[64], *more; /* more of them: allocated */
	uint32_t room;
	int fds[MACH_CHANNEL_FDS];
	uint32_t nfds;
	uint32_t nlarge; /* a plan's pieces that need one */
	bool leaves;	 /* some of the memory is given away */
};

/* mach_msg, in one of its three forms. */
static inline bool
server_is_message(int number)
{
	return (number == 31 || number == 32 || number == 47);
}

/* thread_*.c: the system's number of the calling thread */
uint64_t server_thread_number(void);
/* The program has more rights than who started it: its environment is his. */
bool server_is_setuid(void);
/* Who listens at the other end of a socket; false: that is not known. */
bool server_peer_uid(int fd, uid_t *);

/* connect.c */
/*
 * A connected socket at a number that no standard descriptor has; -1 and errno
 * of socket(2) or connect(2), EPERM: the server is another user's.  `path` is
 * where it was, or was looked for.
 */
int server_connect(char *path, size_t room);
/* A fork of this thread is a server's start, and none of the program's. */
bool server_is_starting(void);

/* socket.c */
void server_socket_set(struct server_socket *, int fd);
/* False: the program has closed it, and perhaps has the number. */
bool server_socket_ours(const struct server_socket *);
void server_socket_close(struct server_socket *);

/* channel.c */
/* Puts it into the channel, and waits.  False: the server is gone. */
bool server_run(struct server_call *, int number, const uint64_t *args,
    unsigned int nargs, uint64_t *result);
/* What a trap is worth that did not come to be: the server is gone, or no room. */
uint64_t server_refused(int number, const uint64_t *args, bool gone);
/* Descriptor `i` of those that came, the caller's from now on; -1. */
int server_fd(struct server_channel *, uint32_t i);

/* The thread that has it ends, in the middle of a trap as well. */
void server_post_end(struct server_channel *);
/* Its window is the memory that came last. */
bool server_window(struct server_channel *, uint64_t size);
/* It is the one that the channel began with. */
void server_window_first(struct server_channel *);

/* call.c */
/* Room in the window for that memory; NULL: too many segments. */
struct mach_segment *server_segment_add(
    struct server_call *, uint64_t address, uint64_t size);
struct mach_segment *server_segment_at(struct server_call *, uint32_t i);
/*
 * The caller's memory at `address` comes along, the first `in` bytes as they
 * are; what the server writes there is brought back.
 */
void server_segment(
    struct server_call *, uint64_t address, uint64_t size, uint64_t in);
/*
 * The same of what an argument points at, which may be anything: of what
 * cannot be read, or (`out`) not be written, the server learns that nothing is
 * there, as a kernel would, and undoes what it has done.
 */
void server_argument(struct server_call *, uint64_t address, uint64_t size,
    uint64_t in, bool out);
/* A trap with the letters of traps.def. */
uint64_t server_trap_letters(struct server_channel *, int number,
    const uint64_t *args, unsigned int nargs);
/*
 * Plans, makes and runs a call: `build` adds its segments, and `finish`, or
 * NULL, looks at what came of it.
 */
struct server_build {
	void (*build)(struct server_call *, const struct server_build *);
	uint64_t (*finish)(
	    struct server_call *, const struct server_build *, uint64_t result);
	int number;
	const uint64_t *args;
	unsigned int nargs;
	const void *own; /* its maker's */
};
uint64_t server_make(struct server_channel *, const struct server_build *);

/* message.c: mach_msg's three traps */
uint64_t server_trap_msg(struct server_channel *, int number,
    const uint64_t *args, unsigned int nargs);

/* memory.c */
/* Memory that is sent; not there when it cannot be read. */
void server_region_send(
    struct server_call *, uint64_t address, uint64_t size, bool deallocate);
/* The same of few bytes, that are only read. */
void server_segment_safe(
    struct server_call *, uint64_t address, uint64_t size, bool deallocate);
/* Unmaps what was sent away, and is the sender's no more. */
void server_regions_sent(struct server_call *);
/* Region `address` - MACH_CHANNEL_REGION, mapped; 0: not possible. */
uint64_t server_region_receive(struct server_channel *, uint64_t address);
/* mach_vm_* on the caller's own memory, memory entries and fileports. */
bool server_is_memory(int number);
uint64_t server_trap_memory(struct server_channel *, int number,
    const uint64_t *args, unsigned int nargs);

/* other.c: what of mach_vm_* is done to another task's memory */
bool server_is_other(int number);
uint64_t server_trap_other(
    struct server_channel *, int number, const uint64_t *args);

#endif
