/* A small engine for the tests of the FreeBSD host: see freebsd_rig.c. */
#ifndef ISTHMUS_TESTS_BUILD_FREEBSD_RIG_H
#define ISTHMUS_TESTS_BUILD_FREEBSD_RIG_H

#include <sys/resource.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "build/host.h"

#define RIG_UID 35931

struct rig {
	char state[64];
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct host *host;
	struct plan *plan;
	struct host_job *job;
	int output_fd, report_fd, life_fd, child_fd;
	char output[16384];
	size_t output_len;
	bool started, exited, failed, output_ended, report_ended;
	int status;	       /* of the builder, wait(2) */
	struct report failure; /* when failed */
	struct isth_build_result result;
};

/*
 * Makes a state directory and a plan for a shell that runs `script`, with
 * the system's tools as inputs; `more` are further members of the spec.
 * Keeps options.network_bridge, and else nothing of the rig.
 */
void rig_create(struct rig *, const char *script, const char *more);
/* Another job of the same directories. */
void rig_create_as(struct rig *, const char *state, uid_t, const char *script,
    const char *more);
/* The steps on the host, up to `limit` of them; false with the error. */
bool rig_setup(struct rig *, size_t limit, struct error *);
/* The same, must work; then starts. */
void rig_start(struct rig *);
/* Reads output and reports until the builder has ended; seconds. */
void rig_wait(struct rig *, int seconds);
/* Reads until the output has that in it. */
void rig_until(struct rig *, const char *text, int seconds);
/* host_stop until done. */
void rig_stop(struct rig *);
/* All undo, in reverse, by a host that knows of no job. */
void rig_undo(struct rig *);
void rig_destroy(struct rig *);
/* All of it: setup, start, wait, stop, undo, destroy; fills output. */
void rig_run(struct rig *, const char *script, const char *more);

/* Mounts, jails, dying ones, devfs rules, interfaces: as text. */
char *rig_world(void);
/* Fails when the world is not as it was; frees `before`. */
void rig_same_world(char *before);

#endif
