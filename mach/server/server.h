/*
 * machd: the core as a server.  The main thread has the connections; each
 * thread of a client has a thread here, which sleeps at its channel.
 */
#ifndef ISTHMUS_MACH_SERVER_SERVER_H
#define ISTHMUS_MACH_SERVER_SERVER_H

#include <isthmus/mach_server.h>
#include <pthread.h>
#include <sys/types.h>

#include "mach/core/call.h"
#include "mach/core/ipc.h"
#include "mach/os/user/user.h"
#include "mach/server/proc.h"

/*
 * A thread of a client.  Never freed, so that who wakes one too late does no
 * harm; used again.
 */
struct thread {
	struct user_thread user; /* first: what the seam's files know */
	struct session *session; /* referenced */
	struct ipc_thread *mach;
	struct thread *next; /* of the session, or of those free */
	struct ipc_call call;
	uint64_t deadline;
	uint32_t state; /* enum state */
	uint32_t seq;	/* of the trap it is in, or was */
	uint32_t dying;
	struct thread *handed;	/* the next that was handed over */
	uint64_t client_thread; /* the system's number of it */
	int fd;			/* socket for descriptors */
	/* The channel, as mapped here. */
	struct mach_channel *channel;
	uint64_t size;	      /* of all of it */
	pthread_mutex_t lock; /* channel, for who kicks */
	uint8_t *window;
	uint64_t window_size;
	bool grown; /* the window is memory of its own */
	/* The trap's: copied, and inside the window. */
	struct mach_segment *segments, own_segments[8];
	uint32_t nsegments, last_segment;
	uint64_t segments_at; /* where they stand in the window */
	uint64_t free, end;   /* of the window: what may be given out */
	uint32_t nregions;
	uint32_t nfds, nout; /* descriptors that came, and that go */
	int fds[MACH_CHANNEL_FDS], out[MACH_CHANNEL_FDS];
};

enum state {
	THREAD_IDLE,	     /* in no trap */
	THREAD_ACTIVE,	     /* someone acts for it */
	THREAD_ACTIVE_WOKEN, /* and shall look again before it parks */
	THREAD_PARKED,
	THREAD_PARKED_WOKEN /* its own thread is to look */
};

/* A process. */
struct session {
	struct ipc_ref refs; /* of the main thread, and one each thread */
	struct session *next;
	int fd;	   /* connection; -1: closed */
	int watch; /* readable when the process is gone; -1: none */
	struct proc_identity who;
	struct ipc_task *task; /* NULL: another session took it over */
	uint32_t nthreads;
	uint64_t files; /* descriptors that it brought and we keep */
	bool greeted;
	bool ending;	      /* its threads are on their way out */
	pthread_mutex_t lock; /* threads, nthreads */
	struct thread *threads;
};

/* channel.c */
/* A channel and a thread for it; descriptors for the client.  errno. */
int thread_create(struct session *, uint64_t client_thread, int fds[2]);
/* It shall end, and may have to be told more than once. */
void thread_end(struct thread *);
/* The thread that the caller acts for. */
extern _Thread_local struct thread *thread_current;

/* window.c */
/* A file in memory, of a fixed size or to be sealed; -1 and errno. */
int server_memory_create(uint64_t size, bool fixed);
/* One more descriptor is kept for it: false, there are too many. */
bool server_file_hold(struct session *);
void server_file_drop(struct session *);

/* window_trap.c */
/* A trap's segments and descriptors come in; else what it comes to. */
kern_return_t window_begin(struct thread *);
/* What the trap gave out is made known; all that came and was not used goes. */
void window_end(struct thread *);
/* Index + 1 of a descriptor to be sent, consumed; 0: too many. */
uint32_t window_send_fd(struct thread *, int fd);
/* Descriptors that never came to anything. */
void window_reset(struct thread *);
/* Its window is memory of that size, or (0) what it began with. */
bool window_grow(struct thread *, uint64_t size);
void window_first(struct thread *);

/* closer.c */
/* Closes what that user brought; not by the caller, if that might last. */
void server_close(uid_t, int fd);
/* The same of a socket of our own, to a client of that user. */
void server_hang_up(uid_t, int fd);

/* calls.c */
uint64_t call_entry(struct thread *, uint32_t name, uint64_t address);
uint64_t call_task(struct thread *, uint32_t name, uint64_t address);

/* session.c */
struct server {
	struct ipc_host *host;
	struct session *sessions;
	bool system;
	pid_t bootstrap_pid;   /* 0: none */
	struct ipc_task *root; /* who has no parent inherits of it */
	uint64_t connections;
	uint64_t files, files_max; /* descriptors for clients */
	uint32_t threads_max;	   /* of one uid's processes */
};
extern struct server server;
#define SESSION_FILES_MAX 512u

/* Nothing is known of who is there but the socket.  Consumes fd. */
struct session *session_create(int fd);
/* A request is there, or the other end is closed: false, it is over. */
bool session_input(struct session *);
/* The connection is gone; the process may go on, by exec. */
void session_disconnect(struct session *);
/* The process is gone. */
void session_gone(struct session *);
/* Frees it when no thread of it is left; else kicks them, and false. */
bool session_reap(struct session *);
void session_unref(struct session *);
struct session *session_of_pid(pid_t);
/* Tokens that nobody used in time go; true: none is left. */
bool session_tokens_expire(uint64_t now, bool all);

#endif
