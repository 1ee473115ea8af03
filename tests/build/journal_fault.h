/*
 * Calls of the system that fail when a test wants it.  With FAULT_ON it is
 * put before the files under test (-include) and replaces their calls, after
 * the system headers, so that declarations stay as they are.
 */
#ifndef TESTS_BUILD_JOURNAL_FAULT_H
#define TESTS_BUILD_JOURNAL_FAULT_H

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The `at`th call from now fails with `err`, and all later with `on`. */
void fault_arm(unsigned at, int err, bool on);
/* No failures any more; true when there was one. */
bool fault_disarm(void);
/* True, with errno, when this call is to fail. */
bool fault_now(void);

ssize_t fault_pwrite(int, const void *, size_t, off_t);

#ifdef FAULT_ON
#define openat(...) (fault_now() ? -1 : openat(__VA_ARGS__))
#define open(...) (fault_now() ? -1 : open(__VA_ARGS__))
#define mkdirat(...) (fault_now() ? -1 : mkdirat(__VA_ARGS__))
#define unlinkat(...) (fault_now() ? -1 : unlinkat(__VA_ARGS__))
#define flock(...) (fault_now() ? -1 : flock(__VA_ARGS__))
#define fstat(...) (fault_now() ? -1 : fstat(__VA_ARGS__))
#define fstatat(...) (fault_now() ? -1 : fstatat(__VA_ARGS__))
#define fsync(...) (fault_now() ? -1 : fsync(__VA_ARGS__))
#define ftruncate(...) (fault_now() ? -1 : ftruncate(__VA_ARGS__))
#define pread(...) (fault_now() ? -1 : pread(__VA_ARGS__))
#define pwrite(...) fault_pwrite(__VA_ARGS__)
#define read(...) (fault_now() ? -1 : read(__VA_ARGS__))
#define renameat(...) (fault_now() ? -1 : renameat(__VA_ARGS__))
#define opendir(...) (fault_now() ? NULL : opendir(__VA_ARGS__))
#define fdopendir(...) (fault_now() ? NULL : fdopendir(__VA_ARGS__))
#define malloc(...) (fault_now() ? NULL : malloc(__VA_ARGS__))
#define calloc(...) (fault_now() ? NULL : calloc(__VA_ARGS__))
#define realloc(...) (fault_now() ? NULL : realloc(__VA_ARGS__))
#define reallocarray(...) (fault_now() ? NULL : reallocarray(__VA_ARGS__))
#undef strdup
#define strdup(...) (fault_now() ? NULL : strdup(__VA_ARGS__))
#undef strndup
#define strndup(...) (fault_now() ? NULL : strndup(__VA_ARGS__))
#endif

#endif
