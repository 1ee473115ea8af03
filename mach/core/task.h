/*
 * Tasks, threads and hosts, as far as IPC knows them.
 */
#ifndef ISTHMUS_MACH_CORE_TASK_H
#define ISTHMUS_MACH_CORE_TASK_H

#include <mach/exception_types.h>
#include <mach/host_special_ports.h>
#include <mach/message.h>
#include <mach/task_special_ports.h>

#include "mach/core/count.h"
#include "mach/core/queue.h"
#include "mach/core/space.h"

#define IPC_REGISTERED 3 /* TASK_PORT_REGISTER_MAX */

struct ipc_exception {
	struct ipc_port *port; /* send right */
	exception_behavior_t behavior;
	thread_state_flavor_t flavor;
};

/*
 * What one uid, or one task, pays for, and how much that may be: messages that
 * it sent and nobody received yet, and those of the kernel to its ports; and
 * the room that the names of a uid's tasks take, with a port for each.
 */
struct ipc_account {
	struct ipc_ref refs;
	struct ipc_account
	    *parent;	      /* of the uid; referenced; NULL at the top */
	struct ipc_ring ring; /* in the host's list, when of a uid */
	struct ipc_host *host;
	uint32_t uid;
	uint64_t bytes, bytes_limit;
	uint64_t names, names_limit; /* of a uid */
	uint64_t peak;
};

/* Limits that a host sets for its tasks. */
struct ipc_limits {
	uint32_t names;	     /* of a task's space */
	uint32_t uid_names;  /* room for names in all of a uid's */
	uint64_t task_bytes; /* queued by one task */
	uint64_t uid_bytes;  /* queued by all of a uid */
};

/*
 * One a jail: what host_self is there, and what is shared below it.
 */
struct ipc_host {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool dead; /* destroyed; tasks may still be at it */
	struct ipc_port *port, *priv_port;
	struct ipc_port *special[HOST_MAX_SPECIAL_PORT + 1]; /* send rights */
	struct ipc_exception exceptions[EXC_TYPES_COUNT];
	struct ipc_clock *clocks[2];	/* SYSTEM_CLOCK, CALENDAR_CLOCK */
	struct ipc_mutex accounts_lock; /* a leaf: any context may unref one */
	struct ipc_ring *accounts;
	struct ipc_ring *tasks; /* ipc_task.ring */
	struct ipc_limits limits;
	uint64_t activity;    /* ids given out */
	uint64_t last_task;   /* ipc_task.id of the youngest */
	uint64_t key[2];      /* what objects are called by: seeing.c */
	struct ipc_sums sums; /* of tasks that are no more */
};

struct ipc_task {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool dead;
	struct ipc_ring ring;  /* in the host's list, which is by id */
	uint64_t id;	       /* of the host's, never used twice */
	uint32_t pid, euid;    /* as in `audit`, but read without the lock */
	struct ipc_host *host; /* referenced */
	struct ipc_space *space;
	struct ipc_ring *threads;    /* ipc_thread.ring */
	struct ipc_ring *semaphores; /* ipc_semaphore.owned */
	struct ipc_port *port;	     /* the control port */
	struct ipc_port *read_port, *inspect_port, *name_port;
	struct ipc_port *bootstrap, *access, *debug; /* send rights */
	struct ipc_port *registered[IPC_REGISTERED];
	struct ipc_exception exceptions[EXC_TYPES_COUNT];
	uint32_t guard_behavior;
	security_token_t security;
	audit_token_t audit;
	struct ipc_account *account;
	void *os;	      /* the host program's */
	struct ipc_sums sums; /* of threads that are no more */
};

struct ipc_thread {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool dead;
	struct ipc_ring ring;  /* in the task's list */
	struct ipc_task *task; /* referenced */
	struct ipc_port *port;
	struct ipc_port *special_reply; /* referenced; the task has the right */
	struct ipc_exception exceptions[EXC_TYPES_COUNT];
	struct ipc_waiter waiter;
	struct ipc_call *call; /* the trap that it is in */
	uint32_t wakes;	       /* the host's, of ipc_os_wake */
	void *os;	       /* the host program's */
	struct ipc_counts counts;
};

static inline struct ipc_task *
ipc_task_ref(struct ipc_task *task)
{
	ipc_ref_get(&task->refs);
	return (task);
}

static inline struct ipc_thread *
ipc_thread_ref(struct ipc_thread *thread)
{
	ipc_ref_get(&thread->refs);
	return (thread);
}

void ipc_task_unref(struct ipc_task *);
void ipc_thread_unref(struct ipc_thread *);
void ipc_host_unref(struct ipc_host *);

static inline struct ipc_account *
ipc_account_ref(struct ipc_account *account)
{
	ipc_ref_get(&account->refs);
	return (account);
}

/* Any context, locks held or not; NULL is allowed: nobody pays. */
void ipc_account_unref(struct ipc_account *);
/* Charges `size` bytes: false when a limit would be passed. */
bool ipc_account_charge(struct ipc_account *, uint64_t size);
/* The same past the limits: then the other one fails until that is over. */
void ipc_account_charge_must(struct ipc_account *, uint64_t size);
/* Whether `size` bytes could be charged now. */
bool ipc_account_has_room(const struct ipc_account *, uint64_t size);
void ipc_account_credit(struct ipc_account *, uint64_t size);
/* Room for `n` more names in a task of that account: false at the limit. */
bool ipc_account_take_names(struct ipc_account *, uint32_t n);
void ipc_account_give_names(struct ipc_account *, uint32_t n);

/*
 * The object behind a send right of the calling thread's space, referenced;
 * MACH_SEND_INVALID_DEST when the name is no send right, MIG_BAD_ID when it
 * is of something else.
 */
kern_return_t ipc_task_lookup(
    struct ipc_thread *, mach_port_name_t, bool control, struct ipc_task **);
kern_return_t ipc_thread_lookup(
    struct ipc_thread *, mach_port_name_t, struct ipc_thread **);
kern_return_t ipc_host_lookup(
    struct ipc_thread *, mach_port_name_t, bool priv, struct ipc_host **);
#endif
