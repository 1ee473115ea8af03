/* All probes of this build on this kernel, as root and as nobody. */
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/survey/probe/planted.h"

ATF_TC_WITHOUT_HEAD(rows_are_well_formed);
ATF_TC_BODY(rows_are_well_formed, tc)
{
	const struct isth_probe_info *p;
	const char *area;
	size_t i, n;

	p = isth_probes(&n);
	ATF_CHECK_MSG(n >= 250, "%zu probes", n);
	for (i = 0; i < n; i++) {
		area = isth_area_name(p[i].area);
		ATF_CHECK_MSG(
		    text_starts(p[i].id, area) && p[i].id[strlen(area)] == '.',
		    "%s is not named after %s", p[i].id, area);
		ATF_CHECK_MSG(
		    strpbrk(p[i].id, " =\t\"") == NULL, "%s", p[i].id);
		ATF_CHECK_MSG(p[i].interface_id[0] != '\0' &&
				  p[i].asks[0] != '\0' &&
				  strchr(p[i].asks, '\n') == NULL,
		    "%s", p[i].id);
		if (i > 0 && p[i].area == p[i - 1].area)
			ATF_CHECK_MSG(strcmp(p[i - 1].id, p[i].id) < 0,
			    "%s is there twice", p[i].id);
	}
}

ATF_TC_WITHOUT_HEAD(harness_keys_are_all_there);
ATF_TC_BODY(harness_keys_are_all_there, tc)
{
	static const char *const keys[] = { "feature.SYS_clone",
		"feature.SYS_unshare", "feature.SYS_setns",
		"feature.SYS_pivot_root", "feature.FreeBSD_jail",
		"feature.Capsicum_headers", "feature.sys_prctl_h",
		"feature.linux_close_range_h", "runtime.fork_waitpid",
		"runtime.posix_spawn_addclosefrom_np", "runtime.close_range",
		"runtime.posix_fallocate", "runtime.lutimes", "runtime.statvfs",
		"root.chroot", "root.jail", "root.lchown" };
	const struct isth_probe_info *p;
	size_t found, i, k, n;

	p = isth_probes(&n);
	for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		for (i = found = 0; i < n; i++) {
			if (p[i].kv != NULL && strcmp(p[i].kv, keys[k]) == 0)
				found++;
		}
		ATF_CHECK_MSG(found == 1, "%zu rows have %s", found, keys[k]);
	}
}

/* Every probe answered, and with something that can be true. */
static bool
answers_are_sane(const struct isth_report *rep)
{
	const struct isth_probe_result *r;
	bool sane = true;
	size_t i;

	for (i = 0; i < rep->nresults; i++) {
		r = &rep->results[i];
		if (r->state == ISTH_STATE_FAILED ||
		    r->state == ISTH_STATE_CRASHED ||
		    r->state == ISTH_STATE_HUNG ||
		    (unsigned)r->state >= ISTH_STATE_COUNT ||
		    r->detail == NULL || r->ms < 0) {
			fprintf(stderr, "%s: %s %d %s\n", r->id,
			    isth_state_name(r->state), r->err,
			    r->detail == NULL ? "(null)" : r->detail);
			sane = false;
		}
	}
	return (sane);
}

static void
run_all(void)
{
	/* A slow or busy machine is no hang. */
	struct isth_probe_options opt = { .scratch = ".",
		.deadline_ms = 20000 };
	struct isth_report *rep;
	struct error e = { 0 };
	bool sane;
	size_t n;

	rep = isth_probe_run(&opt, &e);
	if (rep == NULL) {
		isth_error_print(stderr, "live_test", &e);
		_exit(1);
	}
	(void)isth_probes(&n);
	sane = answers_are_sane(rep) && rep->nresults == n &&
	       rep->host.uid == (unsigned)geteuid();
	isth_report_destroy(rep);
	if (!sane)
		_exit(2);
}

ATF_TC(all_probes_answer);
ATF_TC_HEAD(all_probes_answer, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(all_probes_answer, tc)
{
	char *before = host_snapshot(".");
	int status;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		run_all();
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
	host_require(".", before);
	free(before);
}

ATF_TC(all_probes_answer_nobody);
ATF_TC_HEAD(all_probes_answer_nobody, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(all_probes_answer_nobody, tc)
{
	char *before = host_snapshot("/nonexistent");

	as_nobody(run_all);
	host_require("/nonexistent", before);
	free(before);
}

/* The whole of it, killed at random. */
static void
killed_runs(void)
{
	char *before = host_snapshot(".");
	pid_t pid;
	int i;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (pid < 0)
			_exit(3);
		if (pid == 0) {
			run_all();
			_exit(0);
		}
		(void)usleep((useconds_t)(rand() % 400000));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		host_require(".", before);
	}
	free(before);
}

ATF_TC(sigkill_leaves_nothing);
ATF_TC_HEAD(sigkill_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(sigkill_leaves_nothing, tc)
{
	srand((unsigned)getpid());
	killed_runs();
}

ATF_TC(sigkill_of_nobody_leaves_nothing);
ATF_TC_HEAD(sigkill_of_nobody_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(sigkill_of_nobody_leaves_nothing, tc)
{
	srand((unsigned)getpid());
	as_nobody(killed_runs);
}

ATF_TC_WITHOUT_HEAD(one_area_and_one_id);
ATF_TC_BODY(one_area_and_one_id, tc)
{
	const char *only[] = { "process.fork-waitpid", NULL };
	enum isth_area area = ISTH_AREA_TIME;
	struct isth_probe_options opt = { .area = &area, .scratch = "." };
	struct isth_report *rep;
	size_t i;

	rep = isth_probe_run(&opt, NULL);
	ATF_REQUIRE(rep != NULL);
	ATF_CHECK(rep->nresults > 0);
	for (i = 0; i < rep->nresults; i++)
		ATF_CHECK_EQ(ISTH_AREA_TIME, rep->results[i].area);
	isth_report_destroy(rep);
	opt.area = NULL;
	opt.only = only;
	rep = isth_probe_run(&opt, NULL);
	ATF_REQUIRE(rep != NULL);
	ATF_REQUIRE_EQ(1, rep->nresults);
	ATF_CHECK_EQ(ISTH_STATE_OK, rep->results[0].state);
	isth_report_destroy(rep);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rows_are_well_formed);
	ATF_TP_ADD_TC(tp, harness_keys_are_all_there);
	ATF_TP_ADD_TC(tp, all_probes_answer);
	ATF_TP_ADD_TC(tp, all_probes_answer_nobody);
	ATF_TP_ADD_TC(tp, sigkill_leaves_nothing);
	ATF_TP_ADD_TC(tp, sigkill_of_nobody_leaves_nothing);
	ATF_TP_ADD_TC(tp, one_area_and_one_id);
	return (atf_no_error());
}
