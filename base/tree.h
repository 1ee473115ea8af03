/*
 * Removing a directory tree that someone else may have made or may still be
 * changing: by descriptors, never through a link, at any depth.
 */
#ifndef ISTHMUS_BASE_TREE_H
#define ISTHMUS_BASE_TREE_H

#include <stdbool.h>

struct error;

/*
 * Removes `name` in the directory, and all below it when it is one.  Gives
 * itself the permissions it needs on directories that it owns or, as root,
 * on any.  True when nothing of that name is left, also when there was
 * nothing.  Does not enter another file system: fails with EXDEV, naming the
 * path.  Goes on after a failure and reports the first.  Depth is bounded by
 * neither stack nor descriptors.
 */
bool tree_remove(int directory_fd, const char *name, struct error *);
/* The same of all below the directory, which stays. */
bool tree_empty(int directory_fd, struct error *);

#endif
