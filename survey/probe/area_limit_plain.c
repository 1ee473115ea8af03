/* Probes of the area limit: asking for limits, and those of launchd. */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_limit.h"
#include "survey/probe/area_plain.h"

static PROBE(plain_getrlimit)
{
	struct rlimit rl, now;

	NEED(getrlimit(RLIMIT_NOFILE, &rl));
	if (rl.rlim_cur == 0 || rl.rlim_cur > rl.rlim_max)
		return (probe_wrong("soft above hard"));
	rl.rlim_cur = 77;
	NEED(setrlimit(RLIMIT_NOFILE, &rl));
	NEED(getrlimit(RLIMIT_NOFILE, &now));
	if (now.rlim_cur != 77 || now.rlim_max != rl.rlim_max)
		return (probe_wrong("what was set does not show"));
	NEED_REFUSAL(getrlimit(9999, &now), EINVAL);
	return (probe_ok(NULL));
}

PLAIN_FOREIGN(plain_setiopolicy, setiopolicy_np)

/* clang-format off */
static const struct probe rows[] = {
	ROW("limit.getrlimit", "getrlimit",
	    "a limit that was set shows", plain_getrlimit, 0),
	ROW("limit.rlimit-nproc", "RLIMIT_NPROC",
	    "a user's process too many gives EAGAIN", lim_nproc, 0),
	ROW("limit.cgroup-cpu", "cpu.max",
	    "the processor time of a group can be limited",
	    ON_LINUX(lim_cg_cpu), ROOT_ON_LINUX),
	ROW("limit.setiopolicy", "setiopolicy_np",
	    "how urgent a job's input and output is", plain_setiopolicy, 0),
};
/* clang-format on */

const struct probe_area probe_area_limit_plain = { ISTH_AREA_LIMIT, rows,
	UTIL_COUNT(rows) };
