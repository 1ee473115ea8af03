/*
 * What the hosts of the core that only tests have share: one address space,
 * no threads, a clock that moves when told.  What fails, and what becomes of
 * memory that a task got, each says itself.
 */
#ifndef ISTHMUS_TESTS_MACH_PLAIN_HOST_H
#define ISTHMUS_TESTS_MACH_PLAIN_HOST_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t plain_now;

/*
 * The host's
 */
enum plain_step {
	PLAIN_COPY,   /* to or from a task's memory */
	PLAIN_REGION, /* made */
	PLAIN_MAP     /* a region becomes a task's memory */
};
bool plain_fails(enum plain_step);
/* Memory that is counted from here on; and that is freed, and no more. */
void plain_memory_add(void *);
void plain_memory_free(void *);

#endif
