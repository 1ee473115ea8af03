/* Names, and who observes them. */
#ifndef NC_NAMES_H
#define NC_NAMES_H

#include <stdbool.h>

#include "nc.h"

struct name;
struct observer {
	struct observer *next;	/* of the name */
	struct observer **prev; /* what points to it there */
	struct observer *all, **all_prev;
	struct name *name;
	mach_port_t token; /* receive right */
	mach_port_t right; /* send right, to the client's port */
	uint32_t posts;	   /* not told yet */
	bool full;	   /* and told when there is room */
};

struct name {
	struct name *next;
	struct observer *observers;
	uint64_t state;
	nc_name_t text;
};

/* NULL: nobody observes it, and it has no state. */
struct name *nc_name_find(const char *text);
/* Makes it where there is none; NULL without memory, or with too many. */
struct name *nc_name_get(const char *text);
/* A name that is of no more use goes. */
void nc_name_put(struct name *);
/* NULL without memory. */
struct observer *nc_observer_add(
    struct name *, mach_port_t token, mach_port_t right);
/* Its rights are the caller's. */
void nc_observer_remove(struct observer *);
/* The first of all; observer.all is the next. */
struct observer *nc_observers(void);
void nc_names_clear(void);

#endif
