/*
 * What <isthmus/mach_seeing.h> tells of all tasks that may be seen, at one
 * time: what `isthmus mach ports` and `top` have in common.
 */
#ifndef ISTHMUS_CLI_MACH_SEEN_H
#define ISTHMUS_CLI_MACH_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include <isthmus/mach_seeing.h>

struct error;

struct seen_task {
	mach_seeing_task_t task;
	mach_seeing_name_t *names;
	size_t nnames;
	mach_seeing_trap_t *traps;
	size_t ntraps;
};

struct seen {
	struct seen_task *tasks;
	size_t n;
};

#define SEEN_NAMES 1
#define SEEN_TRAPS 2
/*
 * Reads them, and of each what is asked for; a task that ends meanwhile has
 * none.  Release with seen_clear, also after a failure.
 */
bool seen_read(struct seen *, unsigned int what, struct error *);
void seen_clear(struct seen *);
/* The task of a process; NULL when it is none that is seen. */
const struct seen_task *seen_find(const struct seen *, int pid);
/*
 * Fails where there is nobody to be seen but this process, since its Mach is
 * in itself.
 */
bool seen_allowed(const char *step, struct error *);

#endif
