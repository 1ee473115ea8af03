/*
 * The bootstrap server from inside: a plain Mach program of one thread.
 *
 * Names live in scopes: the system's, one of each user, and subsets of any.
 * Of a service's port the server has the receive right, and no other, until a
 * program checks in; from then on it has one send right.  It gets the receive
 * right back, with what is queued, when that program ends (port-destroyed).
 */
#ifndef ISTHMUS_MACH_BOOTSTRAP_SERVER_H
#define ISTHMUS_MACH_BOOTSTRAP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <mach/mach.h>

#include "mach/bootstrap/job_file.h"
#include "mach/bootstrap/protocol.h"

struct error;

/* What the server asks of its host; tests have another. */
struct bootstrapd_os {
	/* Starts the program; its pid. */
	bool (*spawn)(void *, const struct job_file *, pid_t *, struct error *);
	/* To a program that was started, and to all that it started. */
	void (*kill)(void *, pid_t, int signal);
	/* The next program that has ended; false: none has. */
	bool (*ended)(void *, pid_t *, int *status);
	/* Of which program that was started the process is: its leader. */
	pid_t (*leader)(void *, pid_t);
	void *arg;
};

/* What one uid may have, unless it is privileged. */
struct bootstrapd_limits {
	unsigned int services;
	unsigned int scopes;
};
#define BOOTSTRAPD_SERVICES_MAX 1024
#define BOOTSTRAPD_SCOPES_MAX 128
#define BOOTSTRAPD_DEPTH_MAX 100 /* of subsets; as launchd's */

/* Counts per uid; never freed, as a uid comes back. */
struct account {
	struct account *next;
	uid_t uid;
	unsigned int services, scopes;
};

/*
 * Things that are found by a port's name.  More than one may have the same:
 * a task's port announced under two names, and a subset's requestor too.
 */
enum port_kind {
	PORT_SCOPE,
	PORT_REQUESTOR,
	PORT_SERVICE,
	PORT_SENDERS,
	PORT_JOB
};
struct port_link {
	struct port_link *next;
	mach_port_t port;
	enum port_kind kind;
	void *of;
};

enum scope_kind { SCOPE_SYSTEM, SCOPE_USER, SCOPE_SUBSET };
struct scope {
	struct scope *parent, *next; /* next: of the parent's */
	struct scope *children;
	struct service *services;
	struct port_link port;	    /* the receive right */
	struct port_link requestor; /* SUBSET: a send right */
	struct account *account;    /* who made it */
	enum scope_kind kind;
	uid_t uid; /* USER: whose */
	unsigned int depth, serial;
	pid_t pid; /* SUBSET: who made it */
};

enum service_state {
	SERVICE_HELD,	/* the receive right is here */
	SERVICE_AWAY,	/* a program has checked in */
	SERVICE_FOREIGN /* announced with bootstrap_register */
};
struct service {
	struct service *hash_next;
	struct service *next, **prev; /* of its scope's */
	struct service *job_next;     /* of its job's */
	struct scope *scope;
	struct job *job; /* that declared it; NULL: nobody */
	struct account *account;
	struct port_link port;
	struct port_link senders; /* told that there are none; NULL: not yet */
	enum service_state state;
	uint32_t hash;
	uid_t uid;	/* whose it is */
	pid_t pid;	/* of the program that has it */
	pid_t per_pid;	/* found by that pid only; 0: by all */
	bool published; /* found by its name, and listed */
	bool watched;	/* in the set of what starts a program */
	bool reset, hide;
	name_t name;
};

enum job_state { JOB_IDLE, JOB_WAITS, JOB_RUNS };
struct job {
	struct job *next;
	struct job *original; /* it is an instance of that one; NULL */
	struct job_file *file;
	struct service *services;
	struct scope *scope;
	struct port_link port; /* of bootstrap_create_server */
	enum job_state state;
	pid_t pid;
	uint64_t started; /* ns; 0: never */
	uint64_t due;	  /* when it may start again */
	bool ends;	  /* is to go when its program has */
	uint8_t instance[BOOTSTRAP_INSTANCE_SIZE];
};

#define BOOTSTRAPD_BUCKETS 1024
struct bootstrapd {
	const struct bootstrapd_os *os;
	struct bootstrapd_limits limits;
	uid_t owner; /* as good as root: who runs the server */
	/* Sets: all; requests and notifications; what starts programs. */
	mach_port_t all, requests, demand;
	mach_port_t notify; /* notifications of the kernel */
	mach_port_t events; /* from this task's own threads */
	struct scope *system;
	struct account *accounts;
	struct job *jobs;
	struct service *names[BOOTSTRAPD_BUCKETS];
	struct port_link *ports[BOOTSTRAPD_BUCKETS];
	uint32_t seed;
	unsigned int served; /* since demand was last looked at */
	unsigned int serial; /* of subsets */
	bool ends;
};

/* Who asks: as the kernel has it, in the message's trailer. */
struct caller {
	uid_t uid;
	pid_t pid;
	bool privileged;
};

/*
 * server.c
 */

/*
 * A server in the calling task, whose bootstrap port is not changed.  NULL
 * limits: the default.  NULL: no memory or no ports.
 */
struct bootstrapd *bootstrapd_create(const struct bootstrapd_os *, uid_t owner,
    const struct bootstrapd_limits *);
void bootstrapd_destroy(struct bootstrapd *);
/* A send right more to the system's scope; its name. */
mach_port_t bootstrapd_port(struct bootstrapd *);
/* Serves, until bootstrapd_tell(BOOTSTRAPD_END). */
void bootstrapd_loop(struct bootstrapd *);
/* The same for what there is, without waiting for more. */
void bootstrapd_poll(struct bootstrapd *);
/* What a thread of the server's task has to tell it; waits a second at most. */
enum bootstrapd_event { BOOTSTRAPD_END = 1, BOOTSTRAPD_CHILD };
void bootstrapd_tell(mach_port_t events, enum bootstrapd_event);

/*
 * log.c: a line to standard error, or, once it is so, to syslog.
 */

void bootstrapd_log(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
void bootstrapd_log_to_syslog(void);
/* What went wrong, in one line. */
void bootstrapd_log_error(const struct error *);

/*
 * dispatch.c
 */

/* Answers one request, and gives back what it brought. */
void bootstrapd_request(
    struct bootstrapd *, union bootstrap_request *, const audit_token_t *);

/*
 * notices.c
 */

/* Arms dead-name on a send right; false when it is dead already. */
bool bootstrapd_watch_death(struct bootstrapd *, mach_port_t);
/* Port-destroyed on a receive right that is about to be given away. */
bool bootstrapd_watch_return(struct bootstrapd *, mach_port_t);
/*
 * No-senders on a receive right that is here, told to the receive right
 * `notify`; NULL: no more.
 */
void bootstrapd_watch_senders(mach_port_t, mach_port_t notify);
/* What the kernel sent. */
void bootstrapd_notice(struct bootstrapd *, mach_msg_header_t *);

#endif
