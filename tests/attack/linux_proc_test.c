/* /proc: of the build's first process, of the kernel, of others. */
#include <sys/mount.h>

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define FIRST (OUT(STEP_DROP) | OUT(STEP_FILTER) | OUT(STEP_SESSION))
#define MASK OUT(STEP_MASK)

static const struct trial first[] = {
	{ "first-environ", FIRST, 0, NULL },
	{ "first-maps", FIRST, 0, NULL },
	{ "first-mem", FIRST, 0, NULL },
	{ "first-mem-write", FIRST, 0, NULL },
	{ "first-fd", FIRST, 0, NULL },
	{ "first-root", FIRST, 0, NULL },
	{ "first-cwd", FIRST, 0, NULL },
	{ "first-exe", FIRST, 0, NULL },
	{ "first-stack", FIRST, TRIAL_OPTIONAL, NULL },
	{ "first-syscall", FIRST, TRIAL_OPTIONAL, NULL },
	{ "first-ns", FIRST, 0, NULL },
	{ "trace-first", FIRST, 0, NULL },
	{ "memory-first", FIRST, 0, NULL },
	{ "pidfd-first", FIRST, 0, NULL },
	{ "limit-first", FIRST, 0, NULL },
	{ "signal-first", FIRST, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(the_first_process_is_out_of_reach);
ATF_TC_BODY(the_first_process_is_out_of_reach, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, first, COUNT(first));
	site_destroy(&s);
}

static const struct trial kernel[] = {
	{ "sys-core-pattern", DROP | MASK, 0, NULL },
	{ "sys-modprobe", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "sys-hostname", DROP | MASK, 0, NULL },
	{ "sys-panic", DROP | MASK, 0, NULL },
	{ "sys-overcommit", DROP | MASK, 0, NULL },
	{ "sys-drop-caches", DROP | MASK, 0, NULL },
	{ "sysrq", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-kcore", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-kmsg", DROP | MASK | OUT(STEP_FILTER), 0, NULL },
	{ "proc-timers", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-sched", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-pagecount", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-irq", DROP | MASK, 0, NULL },
	{ "proc-scsi", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "kallsyms", DROP | MASK, 0, NULL },
	{ "proc-keys", DROP | MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-key-users", MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-bus", DROP | MASK, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(the_kernel_tells_and_takes_nothing);
ATF_TC_BODY(the_kernel_tells_and_takes_nothing, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, kernel, COUNT(kernel));
	site_destroy(&s);
}

static const struct trial masked[] = {
	{ "sys-core-pattern", MASK, 0, NULL },
	{ "sys-panic", MASK, 0, NULL },
	{ "sys-overcommit", MASK, 0, NULL },
	{ "sys-drop-caches", MASK, 0, NULL },
	{ "sysrq", MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-kcore", MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-timers", MASK, TRIAL_OPTIONAL, NULL },
	{ "proc-irq", MASK, 0, NULL },
	{ "proc-keys", MASK, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(the_masks_hold_even_for_root);
ATF_TC_BODY(the_masks_hold_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, masked, COUNT(masked));
	site_destroy(&s);
}

/* "mount pid net ipc uts cgroup time": all but one. */
static void
without(struct plan *plan, const char *word)
{
	size_t at = plan_find(plan, STEP_ISOLATE);
	char *found;

	ATF_REQUIRE(at < plan->n && plan->steps[at].text != NULL);
	found = strstr(plan->steps[at].text, word);
	ATF_REQUIRE_MSG(found != NULL, "%s", plan->steps[at].text);
	memset(found, '-', strlen(word));
}

static void
without_time(struct plan *plan)
{
	without(plan, "time");
}

static const struct trial clocks[] = {
	{ "host-uptime", 0, 0, without_time },
};

ATF_TC_WITHOUT_HEAD(time_begins_with_the_build);
ATF_TC_BODY(time_begins_with_the_build, tc)
{
	struct site s;

	site_create(&s);
	if (!site_has_time())
		atf_tc_skip("needs Linux 6.2 and its time name space");
	trials_run(&s, clocks, COUNT(clocks));
	site_destroy(&s);
}

static const struct trial shared[] = {
	{ "propagation", 0, TRIAL_NATIVE, NULL },
};

/* As under systemd, where every mount is shared. */
ATF_TC_WITHOUT_HEAD(no_mount_propagates);
ATF_TC_BODY(no_mount_propagates, tc)
{
	struct site s;

	site_create(&s);
	ATF_REQUIRE(unshare(CLONE_NEWNS) == 0);
	ATF_REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
	trials_run(&s, shared, COUNT(shared));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_first_process_is_out_of_reach);
	ATF_TP_ADD_TC(tp, the_kernel_tells_and_takes_nothing);
	ATF_TP_ADD_TC(tp, the_masks_hold_even_for_root);
	ATF_TP_ADD_TC(tp, time_begins_with_the_build);
	ATF_TP_ADD_TC(tp, no_mount_propagates);
	return (atf_no_error());
}
