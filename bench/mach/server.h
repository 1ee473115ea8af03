/*
 * The two sides of the benchmark of machd, and what a row takes of each.
 */
#ifndef ISTHMUS_BENCH_MACH_SERVER_H
#define ISTHMUS_BENCH_MACH_SERVER_H

#include <sys/types.h>

#include <stdbool.h>

#include <mach/mach.h>

#define SIZE 64		 /* bytes of a message */
#define LARGE (1u << 20) /* and of what goes out of line */

/* What the other process is to do, `n` times; it answers when it is done. */
enum job {
	STOP,
	ECHO,
	RPC,
	RIGHTS,
	SINK,
	SOCKET_SINK,
	REGION,
	STREAM,
	STREAM_NEW,
	GIVE
};

/* server_talk.c; a child ends with children_end(), and is_child() is true in it. */
int is_child(void);
void children_end(void);
void must(kern_return_t, const char *what);
/* As many bytes as that, or the benchmark ends. */
void all(ssize_t n, size_t size);
void talk_begin(void);
void order(enum job, int n);
/* Waits for the answer. */
void done(void);
/* The other's: false when it is to stop. */
bool order_take(enum job *, int *n);
void order_done(void);
/* The other's: it is ready, and goes on when told so. */
void ready(void);
void await_ready(void);

/* server_mach.c; in the first process `service` is the port to answer at. */
void mach_begin(void);
void mach_do(enum job, int n);
double mach_round_trips(int n);
double mach_rights(int n);
double mach_one_way(int n);
double mach_regions(int n);

/* server_peer.c: the same by sockets */
void socket_begin(void);
void socket_do(enum job, int n);
double socket_round_trips(int n);
double broker_round_trips(int n);
double socket_one_way(int n);
double socket_regions(int n);
double socket_new_regions(int n);

/* server_floor.c: what must be done at least */
void floor_begin(void);
void floor_give(int n);
double floor_round_trips(int n);
double floor_regions(int n);

/* server_first.c; first_program() is what each new program does. */
void first_begin(void);
int first_program(const char *what);
double first_traps(int n);
double first_connections(int n);

/* server_idle.c: a row of its own */
void idle_clients(void);

#endif
