/* What of the host's files a build sees, and what it may write. */
#include <string.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)
#define SEAL OUT(STEP_SEAL)

static const struct trial seen[] = {
	{ "see-secret", ROOT, 0, NULL },
	{ "see-state", ROOT | DROP, 0, NULL },
	{ "see-store", ROOT, 0, NULL },
	{ "see-var", ROOT, 0, NULL },
	{ "see-usr", ROOT, 0, NULL },
	{ "read-machine-id", ROOT, TRIAL_OPTIONAL, NULL },
	{ "read-shadow", ROOT | DROP, 0, NULL },
	{ "read-mem", ROOT | DROP, TRIAL_OPTIONAL, NULL },
	{ "open-console", ROOT | DROP, TRIAL_OPTIONAL, NULL },
	{ "climb", 0, TRIAL_NATIVE, NULL },
};

ATF_TC_WITHOUT_HEAD(only_declared_paths_are_there);
ATF_TC_BODY(only_declared_paths_are_there, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, seen, COUNT(seen));
	site_destroy(&s);
}

static const struct trial sealed[] = {
	{ "make-in-root", SEAL | DROP, 0, NULL },
	{ "make-in-etc", SEAL | DROP, 0, NULL },
	{ "write-passwd", SEAL | DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(root_and_dev_are_sealed);
ATF_TC_BODY(root_and_dev_are_sealed, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, sealed, COUNT(sealed));
	site_destroy(&s);
}

/* All but the program: a file cannot be mounted so on every system. */
static void
inputs_writable(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_INPUT &&
		    strstr(plan->steps[i].source, "/site/") != NULL)
			plan->steps[i].kind = STEP_MOUNT_WRITABLE;
	}
}

static const struct trial inputs[] = {
	{ "input-write", 0, 0, inputs_writable },
	{ "input-create", 0, 0, inputs_writable },
	{ "input-unlink", 0, 0, inputs_writable },
	{ "input-rename", 0, 0, inputs_writable },
	{ "input-truncate", 0, 0, inputs_writable },
	{ "input-times", 0, 0, inputs_writable },
	{ "input-map", 0, 0, inputs_writable },
	{ "input-reopen", 0, 0, inputs_writable },
	{ "input-link", 0, TRIAL_NATIVE, NULL },
};

ATF_TC_WITHOUT_HEAD(inputs_stay_as_they_are);
ATF_TC_BODY(inputs_stay_as_they_are, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, inputs, COUNT(inputs));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(inputs_stay_as_they_are_even_for_root);
ATF_TC_BODY(inputs_stay_as_they_are_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, inputs, COUNT(inputs));
	site_destroy(&s);
}

static void
no_size(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_TMP)
			plan->steps[i].size = -1;
	}
}

static const struct trial sizes[] = {
	{ "size-tmp", 0, 0, no_size },
};

ATF_TC_WITHOUT_HEAD(memory_file_systems_have_an_end);
ATF_TC_BODY(memory_file_systems_have_an_end, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, sizes, COUNT(sizes));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, only_declared_paths_are_there);
	ATF_TP_ADD_TC(tp, root_and_dev_are_sealed);
	ATF_TP_ADD_TC(tp, inputs_stay_as_they_are);
	ATF_TP_ADD_TC(tp, inputs_stay_as_they_are_even_for_root);
	ATF_TP_ADD_TC(tp, memory_file_systems_have_an_end);
	return (atf_no_error());
}
