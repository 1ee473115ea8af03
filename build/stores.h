/*
 * Where builds of a state directory leave things that outlive the machine's
 * power: STATE/jobs/ID, and STORE/tmp-isthmus-ID for each store that one was
 * in.  STATE/stores names these stores, and the tag with which all ids of
 * this state directory begin.  It is on disk before the first build in a
 * store begins, so that no journal has to be: what lives no longer than the
 * kernel, mounts, processes, groups, jails, a journal in the kernel's memory
 * is for, and what does, a sweep finds by its name.
 *
 *	{"version": "isthmus.stores/1", "tag": "3fa2",
 *	 "stores": [{"path": "/store", "boot": "..."}]}
 *
 * `boot` is the boot (host_boot) in which it was swept last.
 */
#ifndef ISTHMUS_BUILD_STORES_H
#define ISTHMUS_BUILD_STORES_H

#include <stdbool.h>

#include "base/error.h"

/* Hexadecimal digits. */
enum { STORES_TAG = 4 };

struct stores;

/* Makes the file where there is none.  `state_fd` is borrowed. */
struct stores *stores_open(int state_fd, struct error *);
void stores_close(struct stores *);
const char *stores_tag(const struct stores *);
/* From here on a build may be in that store, an absolute path. */
bool stores_reserve(struct stores *, const char *store, struct error *);

struct recovery;
/*
 * In all stores that were not swept since this boot: what belongs to a job of
 * this state directory that has no journal.
 */
bool stores_sweep(struct recovery *, struct error *);

#endif
