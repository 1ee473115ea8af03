/* A small engine for the tests of the Linux host: see linux_rig.c. */
#ifndef ISTHMUS_TESTS_BUILD_LINUX_RIG_H
#define ISTHMUS_TESTS_BUILD_LINUX_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "build/host.h"

#define RIG_UID 35941

struct rig {
	char base[64]; /* directory of it all, made new */
	struct isth_build_spec *spec;
	struct host *host;
	struct plan *plan;
	struct host_job *job;
	int output_fd, report_fd, life_fd, child_fd;
	char output[16384];
	size_t output_len;
	bool started, exited, failed, ended;
	int status;	       /* of the builder, wait(2) */
	int64_t processes;     /* of the report */
	struct report failure; /* when failed */
	struct isth_build_result result;
};

/*
 * A plan for a shell that runs `script`, with the system's tools as inputs;
 * `more` is further text for the list of inputs (", \"/x\"" or "").  "@" in
 * both stands for the base directory, which is made with "store" in it.
 */
void rig_create(struct rig *, const char *script, const char *more);
/* Does the steps on the host and starts. */
bool rig_start(struct rig *, struct error *);
/* Reads output and reports until the first process has ended. */
void rig_wait(struct rig *, int seconds);
/* Reads until the output has that in it. */
void rig_until(struct rig *, const char *text, int seconds);
/* Until host_stop says done; then undoes and checks that nothing lives. */
void rig_stop(struct rig *);
void rig_destroy(struct rig *);
/* start, wait, stop: the script must have run to an end. */
void rig_run(struct rig *);
bool rig_said(const struct rig *, const char *text);

#endif
