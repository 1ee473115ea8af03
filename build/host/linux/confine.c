/*
 * Confinement of the executor's own helpers: Landlock where the kernel has
 * it, so that one led astray by a hostile tree finds nothing outside the
 * directories that it was given.  It cannot be asked for and fail: it is the
 * second line, behind working by descriptors.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/landlock.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host.h"

/* All of the second version (5.19), which has renames: landlock(7). */
#define RIGHTS_2 ((UINT64_C(1) << 14) - 1)

bool
host_confine(const int *fds, size_t n, struct error *e)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = RIGHTS_2 };
	struct landlock_path_beneath_attr below = { .allowed_access =
							RIGHTS_2 };
	struct stat st;
	bool ok = true;
	long version;
	int rules;
	size_t i;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	/*
	 * Version 1 refuses every rename between directories, which is what
	 * the helpers are for.
	 */
	if (version < 2)
		return (true);
	rules =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rules == -1)
		return (fail(e, errno, "confine", NULL, NULL));
	for (i = 0; i < n && ok; i++) {
		/* What is open stays so; only directories need a rule. */
		if (fds[i] < 0 || fstat(fds[i], &st) == -1 ||
		    !S_ISDIR(st.st_mode))
			continue;
		below.parent_fd = fds[i];
		ok = syscall(SYS_landlock_add_rule, rules,
			 LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0;
	}
	ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	     syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	if (!ok)
		fail(e, errno, "confine", NULL, NULL);
	close(rules);
	return (ok);
}
