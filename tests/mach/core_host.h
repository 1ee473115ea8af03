/*
 * The smallest host of the core: plain memory, no threads, a clock that
 * stands.  For tests of what no other host does on purpose: memory that is
 * not there, addresses that cannot be reached, a task that ends in the middle
 * of a call.  The checks are of ATF.
 */
#ifndef ISTHMUS_TESTS_MACH_CORE_HOST_H
#define ISTHMUS_TESTS_MACH_CORE_HOST_H

#include <atf-c.h>

#include <mach/kern_return.h>
#include <mach/mach_port.h>

#include "mach/core/ipc.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"
#include "mach/core/set.h"
#include "mach/os/user/user.h"
#include "tests/mach/plain_host.h"

#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)
#define IS(expected, actual)                                              \
	do {                                                              \
		long long is_e = (long long)(expected);                   \
		long long is_a = (long long)(actual);                     \
                                                                          \
		ATF_CHECK_MSG(is_e == is_a, "%s: %s is %#llx, not %#llx", \
		    #expected, #actual, (unsigned long long)is_a,         \
		    (unsigned long long)is_e);                            \
	} while (0)
#define OK(actual) IS(KERN_SUCCESS, actual)

/* What a task has here: itself by name, a second thread, a host's ports. */
struct side {
	struct ipc_task *task;
	struct ipc_thread *thread, *second;
	struct ipc_call call, second_call;
	mach_port_name_t self; /* the task */
	mach_port_name_t host; /* the privileged port */
};

extern struct ipc_host *core_host;
/* A host, and tasks of root's in it; the end wants nothing to be left. */
void core_begin(void);
void core_end(void);
struct side *core_task(void);
struct side *core_task_of(uint32_t uid);
void core_task_end(struct side *);

/* A trap by number; CORE_PARKED when it waits. */
#define CORE_PARKED 0x7ffffff1
int32_t core_trap(struct side *, int number, const uint64_t *, unsigned int n);
#define TRAP(side, number, ...)                                    \
	core_trap(side, number, (const uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
/* The same by the second thread. */
int32_t core_second(struct side *, int number, const uint64_t *, unsigned int);
/* Goes on with a parked trap, which is over. */
int32_t core_resume(struct side *);

/* A receive right; with `send`, and a send right. */
mach_port_name_t core_port(struct side *, bool send);
mach_port_name_t core_set(struct side *);
/* 0 where there is no such name. */
mach_port_type_t core_type(struct side *, mach_port_name_t);
uint32_t core_names(struct side *);
/* Sends an empty message, at once or not at all. */
int32_t core_send(struct side *, mach_port_name_t to, uint32_t disposition);
/* The id of the next message, at once; -1: none. */
int core_receive(struct side *, mach_port_name_t);
/* A right of one side, for the other: out of thin air. */
mach_port_name_t core_give(
    struct side *from, mach_port_name_t, uint32_t type, struct side *to);

/*
 * What fails.  Each counts down, and is over when it has failed; 0: nothing
 * does.  core_memory counts allocations of any kind, core_copies what is
 * copied to or from the task, core_regions regions that are made or mapped.
 */
extern int core_memory, core_copies, core_regions;
extern bool core_failed;
/* Called once, before the next allocation that may fail. */
extern void (*core_meanwhile)(void *);
extern void *core_meanwhile_arg;
/* Regions that exist; a task's mapping is freed with core_unmap. */
extern int core_mapped;
/* False: it is not mapped. */
bool core_unmap(uint64_t address);
/* All there is, as a task's end does; how many there were. */
int core_unmap_all(void);
/* The one alarm that is set; the time is plain_now. */
void core_alarm_fire(void);

#endif
