/* What the commands answer on real input: this kernel, this source tree. */
#include <sys/stat.h>

#include <unistd.h>

#include "tests/cli/run.h"

/* The first harness's keys: scripts depend on them. */
static const char *const harness_keys[] = { "feature.SYS_clone",
	"feature.SYS_unshare", "feature.SYS_setns", "feature.SYS_pivot_root",
	"feature.FreeBSD_jail", "feature.Capsicum_headers",
	"feature.sys_prctl_h", "feature.linux_close_range_h",
	"runtime.fork_waitpid", "runtime.posix_spawn_addclosefrom_np",
	"runtime.close_range", "runtime.posix_fallocate", "runtime.lutimes",
	"runtime.statvfs", "root.chroot", "root.jail", "root.lchown" };

ATF_TC_WITHOUT_HEAD(probe_keeps_the_keys_of_the_first_harness);
ATF_TC_BODY(probe_keeps_the_keys_of_the_first_harness, tc)
{
	char line[128];
	const char *value;
	struct ran r;
	size_t i;

	r = isthmus("probe --format kv");
	ATF_REQUIRE_EQ_MSG(0, r.status, "%s", flat(r.err));
	for (i = 0; i < sizeof(harness_keys) / sizeof(harness_keys[0]); i++) {
		snprintf(line, sizeof(line), "%s=", harness_keys[i]);
		value = strstr(r.out, line);
		ATF_CHECK_MSG(
		    value != NULL && (value == r.out || value[-1] == '\n'),
		    "no line %s", line);
		if (value == NULL)
			continue;
		value += strlen(line);
		if (strncmp(line, "feature.", 8) == 0)
			ATF_CHECK_MSG(strncmp(value, "yes\n", 4) == 0 ||
					  strncmp(value, "no\n", 3) == 0,
			    "%s is neither yes nor no", line);
		else
			ATF_CHECK_MSG(*value != '\n', "%s is empty", line);
	}
	CHECK_HAS(r.out, "runtime.fork_waitpid=ok\n");
	if (geteuid() != 0) {
		CHECK_HAS(r.out, "root.chroot=skipped-needs-root\n");
	} else {
		CHECK_HAS(r.out, "root.chroot=ok\n");
	}
}

ATF_TC_WITHOUT_HEAD(output_and_METADATA_OUT_write_the_same_file);
ATF_TC_BODY(output_and_METADATA_OUT_write_the_same_file, tc)
{
	struct ran r;

	r = isthmus("probe --area limit --output a");
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.err));
	ATF_CHECK_STREQ("", r.out);
	r = isthmus(
	    "--version; METADATA_OUT=b " ISTHMUS_BIN " probe --area limit");
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.err));
	ATF_CHECK_STREQ(slurp("a"), slurp("b"));
	CHECK_HAS(slurp("a"), "probe.limit.");
}

ATF_TC_WITHOUT_HEAD(an_unfinished_output_file_does_not_appear);
ATF_TC_BODY(an_unfinished_output_file_does_not_appear, tc)
{
	struct ran r;

	r = isthmus("probe --only no.such --output x.json");
	ATF_CHECK_EQ(2, r.status);
	r = isthmus("--version; ls | grep x.json");
	ATF_CHECK_EQ_MSG(1, r.status, "%s", flat(r.out));
}

ATF_TC_WITHOUT_HEAD(probe_against_itself_finds_nothing_lost);
ATF_TC_BODY(probe_against_itself_finds_nothing_lost, tc)
{
	struct ran r;

	r = isthmus("probe --area metadata --output old.json");
	ATF_REQUIRE_EQ_MSG(0, r.status, "%s", flat(r.err));
	r = isthmus("probe --area metadata --against old.json");
	ATF_CHECK_EQ_MSG(0, r.status, "%s%s", flat(r.out), flat(r.err));
	/* What is not asked again is no change. */
	r = isthmus("probe --only metadata.lutimes --against old.json");
	ATF_CHECK_EQ_MSG(0, r.status, "%s%s", flat(r.out), flat(r.err));
	CHECK_HAS(r.out, "\n0 changes, 0 lost\n");
}

ATF_TC_WITHOUT_HEAD(probe_against_a_better_kernel_says_no);
ATF_TC_BODY(probe_against_a_better_kernel_says_no, tc)
{
	struct ran r;

	/* An older report, in which all that is absent here was ok. */
	r = isthmus("probe --area descriptor --output new.json; "
		    "sed 's/\"state\": \"absent\"/\"state\": \"ok\"/' "
		    "new.json >old.json; ! cmp -s old.json new.json");
	ATF_REQUIRE_EQ_MSG(0, r.status, "%s", flat(r.err));
	r = isthmus("probe --area descriptor --against old.json");
	ATF_CHECK_EQ(1, r.status);
	CHECK_HAS(r.out, "absent");
}

ATF_TC_WITHOUT_HEAD(probe_refuses_a_report_that_is_none);
ATF_TC_BODY(probe_refuses_a_report_that_is_none, tc)
{
	struct ran r;

	r = isthmus(
	    "--version; echo '{\"version\": \"other/1\"}' >x.json; " ISTHMUS_BIN
	    " probe --against x.json");
	ATF_CHECK_EQ(2, r.status);
	CHECK_HAS(r.err, "$.version");
}

ATF_TC_WITHOUT_HEAD(scan_finds_what_a_small_tree_calls);
ATF_TC_BODY(scan_finds_what_a_small_tree_calls, tc)
{
	struct ran r;
	FILE *f;

	ATF_REQUIRE_EQ(0, mkdir("tree", 0755));
	f = fopen("tree/a.c", "w");
	fputs("#include <sched.h>\n"
	      "/* setns(1, 2) */\n"
	      "int\nf(void)\n{\n\treturn (unshare(CLONE_NEWNS));\n}\n",
	    f);
	fclose(f);
	r = isthmus("scan tree --sites");
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.err));
	CHECK_HAS(r.out, "unshare");
	CHECK_HAS(r.out, "CLONE_NEWNS");
	CHECK_HAS(r.out, "a.c:6");
	CHECK_HAS_NOT(r.out, "setns");
	r = isthmus("map --scan tree --format kv");
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.err));
	CHECK_HAS(r.out, "unshare");
}

ATF_TC_WITHOUT_HEAD(map_writes_every_format);
ATF_TC_BODY(map_writes_every_format, tc)
{
	static const struct {
		const char *format;
		const char *has;
	} cases[] = {
		{ "text", "pivot_root" },
		{ "markdown", "| " },
		{ "html", "<!DOCTYPE html>" },
		{ "json", "\"isthmus.map/1\"" },
		{ "kv", "map." },
	};
	struct ran r;
	size_t i;

	r = isthmus("probe --output p.json");
	ATF_REQUIRE_EQ_MSG(0, r.status, "%s", flat(r.err));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = isthmus("map --consumer guix-daemon --probe p.json "
			    "--format %s",
		    cases[i].format);
		ATF_CHECK_EQ_MSG(
		    0, r.status, "%s: %s", cases[i].format, flat(r.err));
		CHECK_HAS(r.out, cases[i].has);
	}
}

ATF_TC_WITHOUT_HEAD(catalogue_knows_a_row_and_names_the_nearest);
ATF_TC_BODY(catalogue_knows_a_row_and_names_the_nearest, tc)
{
	struct ran r;

	r = isthmus("catalogue pivot_root");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "class    redesign");
	r = isthmus("catalogue pivot_rot");
	ATF_CHECK_EQ(1, r.status);
	CHECK_HAS(r.err, "try: pivot_root");
	r = isthmus("catalogue --check");
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.out));
	r = isthmus("catalogue --consumers");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "guix-daemon");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, probe_keeps_the_keys_of_the_first_harness);
	ATF_TP_ADD_TC(tp, output_and_METADATA_OUT_write_the_same_file);
	ATF_TP_ADD_TC(tp, an_unfinished_output_file_does_not_appear);
	ATF_TP_ADD_TC(tp, probe_against_itself_finds_nothing_lost);
	ATF_TP_ADD_TC(tp, probe_against_a_better_kernel_says_no);
	ATF_TP_ADD_TC(tp, probe_refuses_a_report_that_is_none);
	ATF_TP_ADD_TC(tp, scan_finds_what_a_small_tree_calls);
	ATF_TP_ADD_TC(tp, map_writes_every_format);
	ATF_TP_ADD_TC(tp, catalogue_knows_a_row_and_names_the_nearest);
	return (atf_no_error());
}
