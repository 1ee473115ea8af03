/*
 * What recovery asks about the things that an undo would change, so that it
 * tells only what is true.
 */
#ifndef ISTHMUS_BUILD_UNDO_H
#define ISTHMUS_BUILD_UNDO_H

#include "build/journal.h"

/* Of the job `id`; 1: the path is there, 0: it is not, -1: errno. */
int undo_is_there(const char *id, const char *path);

enum commit_state {
	COMMIT_DONE,   /* nothing is left to rename */
	COMMIT_TO_DO,  /* some renames are to be finished */
	COMMIT_REFUSED /* a name was taken before anything was moved */
};
enum commit_state undo_commit_state(const struct journal_record *);

#endif
