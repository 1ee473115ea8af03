/*
 * What the processes that the executor starts write back: records of one
 * size, from one writer a pipe.  The same for the build's first process and
 * for the helpers, so that "could not start" and "the builder failed" never
 * mix.
 */
#ifndef ISTHMUS_BUILD_REPORT_H
#define ISTHMUS_BUILD_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/error.h"

enum report_kind {
	REPORT_STEP = 1,  /* step `number` is done, took `ns` */
	REPORT_FAILED,	  /* step `number` failed: `error` */
	REPORT_STARTED,	  /* the builder's image runs */
	REPORT_EXITED,	  /* the builder ended with wait status `status`;
			    `number` processes were seen; `usage` */
	REPORT_HASH,	  /* collector: output `number` has hash `text` */
	REPORT_DIFFERS,	  /* collector: path `text` */
	REPORT_KEPT,	  /* collector: path `text` */
	REPORT_LEFT,	  /* collector: could not remove: `error` */
	REPORT_COMMITTED, /* collector: all outputs are in place */
	REPORT_REJECTED,  /* collector: an output: `error`, `status` (enum
			    isth_build_status) */
	REPORT_OVER,	  /* collector: limits.disk_bytes was passed: `error` */
	REPORT_FINISHED,  /* collector: it got to its end */
	REPORT_DISK	  /* measurer: `number` bytes on disk */
};

struct report {
	uint32_t kind;
	int32_t status;
	int64_t number;
	uint64_t ns;
	int64_t user_ns, system_ns, block_read, block_written; /* EXITED */
	union {
		struct error error;
		char text[1024];
	};
};

/* False when the other end is gone. */
bool report_write(int fd, const struct report *);
/* 1: *report is filled; 0: nothing now; -1: end of file or error (errno). */
int report_read(int fd, struct report *);

#endif
