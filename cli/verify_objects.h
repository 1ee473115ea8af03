/* The files that this executable needs to run: itself and shared objects. */
#ifndef ISTHMUS_CLI_VERIFY_OBJECTS_H
#define ISTHMUS_CLI_VERIFY_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>

struct error;

struct verify_object {
	char *path; /* symbolic links resolved */
	char *at;   /* where the loader looks for it */
};

struct verify_objects {
	char *self; /* the executable, resolved */
	struct verify_object *items;
	size_t n;
	char *directories; /* for LD_LIBRARY_PATH */
};

/* Release with verify_objects_destroy, also after a failure. */
bool verify_objects_find(struct verify_objects *, struct error *);
void verify_objects_destroy(struct verify_objects *);

#endif
