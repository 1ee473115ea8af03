/* The empty directories that probes are given; used by the runner alone. */
#ifndef ISTHMUS_SURVEY_PROBE_WORKDIR_H
#define ISTHMUS_SURVEY_PROBE_WORKDIR_H

#include <sys/stat.h>

#include <stdbool.h>

enum { WORKDIRS_FREE = 64, WORKDIR_NAME = 16 };

struct workdir {
	unsigned number; /* its name in the scratch directory */
	struct stat st;	 /* as it was made */
};

struct workdirs {
	int scratch;
	unsigned made;
	unsigned nfree;
	struct workdir free[WORKDIRS_FREE];
};

bool workdirs_open(struct workdirs *, const char *scratch);
/* An empty directory that nobody has used; false with errno. */
bool workdir_take(struct workdirs *, struct workdir *);
/* Back from a probe of which no process is left. */
void workdir_give(struct workdirs *, const struct workdir *);

#endif
