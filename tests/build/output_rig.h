/*
 * What the tests of outputs share: a store and a stage in the case's own
 * directory, and trees as a builder leaves them.
 */
#ifndef TESTS_BUILD_OUTPUT_RIG_H
#define TESTS_BUILD_OUTPUT_RIG_H

#include <sys/stat.h>

#include <atf-c.h>

#include "build/output.h"

enum { BUILDER = 35001, OWNER = 35002 };

extern int store, stage;
extern struct output_policy policy;
extern struct output_links *links;

void begin(void);
void end(void);
void make_file(const char *path, const char *data, mode_t mode);
void make_dir(const char *path, mode_t mode);
struct stat look(const char *path);
void collect(const char *name);
void settle(void);
void check_refused(const char *name, const char *path, const char *word);
void check_canonical(const char *path, mode_t mode);
void make_tree(void);
void check_tree(void);
int open_descriptors(void);

#endif
