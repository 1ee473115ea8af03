/*
 * Mach IPC inside one process: several tasks, each with a name space of its
 * own, whose threads are the process' threads.  For tests, for simulations,
 * and for programs that are their own system.
 *
 * A thread acts for one task at a time; the first is there from the start.
 * All other calls (mach_msg, mach_port_allocate, ...) are those of
 * <mach/mach.h>, made for the task that the calling thread acts for.
 */
#ifndef ISTHMUS_MACH_EMBEDDED_H
#define ISTHMUS_MACH_EMBEDDED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mach_embedded_task;

/*
 * The program is its own system: its traps are for the host in it, not for a
 * kernel's Mach or for machd.  Before any other call; what the environment
 * says in ISTHMUS_MACH_TRANSPORT comes first.
 */
void mach_embedded_select(void);

/*
 * A task with an empty space.  From `parent` it inherits bootstrap,
 * registered and exception ports; NULL: nothing.  NULL without memory.  End
 * it with mach_embedded_task_destroy.
 */
struct mach_embedded_task *mach_embedded_task_create(
    struct mach_embedded_task *parent);
/*
 * The first task of another host: its host, clocks and limits are its own, as
 * in a jail.  Tasks that it is the parent of are of that host, too, and end
 * before it.  A limit of 0, or NULL: the default.
 */
struct mach_embedded_limits {
	uint32_t names;	     /* of a task */
	uint64_t task_bytes; /* in queued messages that one task pays for */
	uint64_t uid_bytes;  /* of all of a uid */
	uint32_t uid_names;  /* room for names in all tasks of a uid */
};
struct mach_embedded_task *mach_embedded_host_create(
    const struct mach_embedded_limits *);
/*
 * Its rights are given back, as when a process ends.  No thread may act for
 * it any more, but the caller, who then acts for the first task.
 */
void mach_embedded_task_destroy(struct mach_embedded_task *);
/* The task that the calling thread acts for. */
struct mach_embedded_task *mach_embedded_task_self(void);
/*
 * The calling thread acts for that task from now on, as a new Mach thread;
 * the one that it was ends.  The task that it acted for before.
 */
struct mach_embedded_task *mach_embedded_task_enter(
    struct mach_embedded_task *);
/*
 * The Mach thread that the calling thread is ends.  Done by itself when a
 * thread ends, but for a process' first.
 */
void mach_embedded_thread_exit(void);

/*
 * For libsystem_kernel
 */

/* Names that it keeps for a task; 0 until it has them. */
struct mach_embedded_names {
	uint32_t self;
	uint32_t bootstrap;
	uint32_t bootstrap_known; /* it may be MACH_PORT_NULL */
};
/* Those of the task that the calling thread acts for. */
struct mach_embedded_names *mach_embedded_task_names(void);
/* Called on a thread whose Mach thread ends, while it can make traps. */
void mach_embedded_at_thread_exit(void (*)(void));
/* A trap by its number (mach/traps.def); its value. */
uint64_t mach_embedded_trap(
    int number, const uint64_t *args, unsigned int nargs);

#ifdef __cplusplus
}
#endif

#endif
