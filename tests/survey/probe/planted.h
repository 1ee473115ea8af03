/*
 * Rows that misbehave, planted into the runner by its tests, and a look at
 * the host before and after.
 */
#ifndef ISTHMUS_TESTS_PLANTED_H
#define ISTHMUS_TESTS_PLANTED_H

#include "base/error.h"
#include "survey/probe/runner.h"

/* Memory that the test and its probes share. */
struct board {
	volatile int pids[256];
	volatile int npids;
	volatile int word;
};
extern struct board *board;
void board_create(void);

/* The rows, by what they do; in planted_rows.c. */
probe_fn row_ok, row_abort, row_segv, row_hang, row_spin, row_exit,
    row_half_answer, row_close_all, row_flood, row_memory, row_daemon,
    row_runaway, row_bomb, row_objects_crash, row_semaphores_crash, row_tree,
    row_bad_detail, row_long_detail, row_bad_state, row_kills_group,
    row_ignores_all, row_surroundings, row_alone;

/* One row after another, as if they were all rows of this build. */
struct isth_report *planted_run(const struct probe *rows, size_t n,
    const struct isth_probe_options *, struct error *);

/* A row. */
#define PLANT(id, fn, flags)                                 \
	{                                                    \
		(id), "fork", "planted", (fn), (flags), NULL \
	}

/*
 * What a run could have changed: mounts, System V objects, shared memory,
 * jails, the host's name, what is in `dir`, and how many processes of this
 * program there are.  free(3) it.
 */
char *host_snapshot(const char *dir);
/* Fails the test unless the host becomes so within some seconds. */
void host_require(const char *dir, const char *snapshot);

/* Runs `fn` in a child as uid 65534 and requires that it exits 0. */
void as_nobody(void (*fn)(void));

#endif
