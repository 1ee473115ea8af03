/*
 * A handler of exceptions over raw traps, and what it handles: children that
 * fault as they are told.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_HANDLER_H
#define ISTHMUS_TESTS_FREEBSD_MACH_HANDLER_H

#include <sys/types.h>

#include <mach/exception_types.h>
#include <mach/message.h>
#include <mach/thread_status.h>
#include <stdbool.h>
#include <stdint.h>

#define WIDE_DEFAULT (EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES)

/* What was asked. */
struct request {
	mach_msg_header_t head;
	mach_port_name_t thread, task;
	exception_type_t type;
	int64_t code[2];
	int flavor;
	uint32_t words;
	x86_thread_state64_t state;
};

/* False when nothing comes; anything that is no request fails the test. */
bool handler_receive(mach_port_name_t port, uint32_t ms, struct request *);
/* With `state` where the behavior has one, or NULL. */
void handler_reply(
    const struct request *, kern_return_t, const x86_thread_state64_t *);
/* The answer will never come. */
void handler_forget(const struct request *);

/* Of a task: all faults go to the port. */
void handler_set(mach_port_name_t task, mach_port_name_t port,
    exception_behavior_t behavior);

/* A fault: where it begins and ends, and what it is. */
struct kind {
	const char *name;
	void (*run)(void);
	const char *at, *end;
	exception_type_t type;
	int64_t code[2];
	bool anyway; /* code[1] is whatever the machine says */
	int signal;
};
extern const struct kind kinds[];
extern const unsigned int nkinds;
const struct kind *kind_find(const char *name);
/* What some of them need; code[1] of these. */
void kinds_prepare(void);
int64_t kind_more(const struct kind *);

/*
 * A child that waits to be let go, and then does that and ends with its value;
 * its task.
 */
struct target {
	pid_t pid;
	mach_port_name_t task;
	int go;
};
struct target target_make(int (*does)(void));
void target_go(struct target *);
/* Its end, as of waitpid(2). */
int target_wait(struct target *);

/* One of kind "null", and how a handler of WIDE_DEFAULT lets it go on. */
void fault_null_once(void);
void handler_skip(const struct request *);
/* A target that goes, and whose first fault the port has got. */
struct target target_fault(
    int (*does)(void), mach_port_name_t *port, struct request *);

#endif
