/* Help, version, exit statuses, and what a wrong word is told. */
#include <unistd.h>

#include "tests/cli/run.h"

ATF_TC_WITHOUT_HEAD(help_lists_every_command);
ATF_TC_BODY(help_lists_every_command, tc)
{
	static const char *const names[] = { "probe", "scan", "map",
		"catalogue", "build", "recover" };
	struct ran r;
	size_t i;

	r = isthmus("--help");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ("", r.err);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK_HAS(r.out, names[i]);
		r = isthmus("%s --help", names[i]);
		ATF_CHECK_EQ(0, r.status);
		CHECK_HAS(r.out, "usage: isthmus ");
		CHECK_HAS(r.out, "options:\n");
		r = isthmus("--help");
	}
}

ATF_TC_WITHOUT_HEAD(version_is_one_line);
ATF_TC_BODY(version_is_one_line, tc)
{
	struct ran r;

	r = isthmus("--version");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ("isthmus " ISTHMUS_VERSION "\n", r.out);
}

ATF_TC_WITHOUT_HEAD(wrong_words_are_named_with_the_nearest_right_one);
ATF_TC_BODY(wrong_words_are_named_with_the_nearest_right_one, tc)
{
	static const struct {
		const char *args;
		const char *says;
	} cases[] = {
		{ "", "usage: isthmus COMMAND" },
		{ "porbe", "porbe: unknown command; try: isthmus probe" },
		{ "xyzzy", "xyzzy: unknown command; try: isthmus --help" },
		{ "--hlep", "--hlep: unknown command" },
		{ "probe --aera time", "--aera: unknown option; try: --area" },
		{ "probe --aera=time", "--aera: unknown option; try: --area" },
		{ "probe --area", "--area: needs a value: AREA" },
		{ "probe --area=", "--area: the value is empty" },
		{ "build --keep-failed=", "it needs DIR\n" },
		{ "probe --area tme", "tme: unknown area; one of process, " },
		{ "probe --area tme", "; try: time" },
		{ "probe --area xyzzy", ", system\n" },
		{ "probe --list=yes", "--list: takes no value" },
		{ "probe --format josn", "josn: unknown format; one of" },
		{ "probe --only time.clock_monotnic", "time.clock_monotnic" },
		{ "probe extra", "extra: unexpected operand" },
		{ "scan", "no directory to scan" },
		{ "map", "needs --consumer or --scan" },
		{ "map --consumer guix-deamon", "unknown consumer; one of" },
		{ "map --consumer guix-deamon", "try: guix-daemon" },
		{ "map --consumer shepherd --scan .", "not both" },
		{ "map --consumer shepherd --format htm",
		    "htm: unknown format" },
		/* What would do nothing. */
		{ "probe --list --only time.clock", "--only: not with --list" },
		{ "probe --list --against x", "--against: not with --list" },
		{ "probe --list --format json", "--format: not with --list" },
		{ "catalogue --probe x", "--probe: only with --check" },
		{ "catalogue --live", "--live: only with --check" },
		{ "catalogue --check --live --probe x",
		    "--live: not with --probe" },
		{ "catalogue --area namespace clone",
		    "clone: not with --area" },
		{ "catalogue --consumers clone",
		    "clone: not with --consumers" },
		{ "catalogue --format text", "--format: unknown option" },
		{ "catalogue --output x.json", "x.json: json: unknown format" },
		{ "build --format json x", "--format: only with --explain" },
		{ "scan . --output x.html",
		    "x.html: html: unknown format; one of text, json" },
	};
	struct ran r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = isthmus("%s", cases[i].args);
		ATF_CHECK_EQ_MSG(
		    2, r.status, "%s: %d", cases[i].args, r.status);
		ATF_CHECK_STREQ("", r.out);
		CHECK_HAS(r.err, cases[i].says);
	}
}

ATF_TC_WITHOUT_HEAD(what_the_host_refuses_is_status_3);
ATF_TC_BODY(what_the_host_refuses_is_status_3, tc)
{
	static const struct {
		const char *args;
		const char *says;
	} cases[] = {
		{ "probe --against none.json",
		    "none.json: No such file or directory" },
		{ "map --consumer shepherd --probe none.json", "none.json" },
		{ "map --consumer shepherd --other none.json", "none.json" },
		{ "scan none", "none" },
		{ "scan . --output none/x.json", "none/x.json" },
		{ "scan . --symbols none", "none" },
	};
	struct ran r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = isthmus("%s", cases[i].args);
		ATF_CHECK_EQ_MSG(
		    3, r.status, "%s: %d", cases[i].args, r.status);
		CHECK_HAS(r.err, cases[i].says);
		CHECK_HAS(r.err, "No such file or directory");
	}
}

ATF_TC_WITHOUT_HEAD(a_full_disk_is_not_silent);
ATF_TC_BODY(a_full_disk_is_not_silent, tc)
{
	static const char *const commands[] = { "--help", "--version",
		"probe --help", "probe --list", "probe --area time",
		"probe --area time --format json", "catalogue",
		"scan " SOURCE_ROOT "/base" };
	struct ran r;
	size_t i;

	if (access("/dev/full", W_OK) != 0)
		atf_tc_skip("needs Linux: no /dev/full here");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		r = isthmus("%s >/dev/full", commands[i]);
		ATF_CHECK_EQ_MSG(3, r.status, "%s: %d", commands[i], r.status);
		CHECK_HAS(r.err, "No space left on device");
	}
}

ATF_TC_WITHOUT_HEAD(a_closed_pipe_is_an_error_not_a_signal);
ATF_TC_BODY(a_closed_pipe_is_an_error_not_a_signal, tc)
{
	struct ran r;

	/* More than a pipe holds. */
	r = isthmus("catalogue | wc -c");
	ATF_CHECK(atoi(r.out) > 65536);
	r = isthmus("catalogue 2>err.txt; echo $? >status.txt; } | { :");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ("", slurp("err.txt"));
	ATF_CHECK_STREQ("3\n", slurp("status.txt"));
	r = isthmus("--version; kill -0 $$");
	ATF_CHECK_EQ(0, r.status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, help_lists_every_command);
	ATF_TP_ADD_TC(tp, version_is_one_line);
	ATF_TP_ADD_TC(tp, wrong_words_are_named_with_the_nearest_right_one);
	ATF_TP_ADD_TC(tp, what_the_host_refuses_is_status_3);
	ATF_TP_ADD_TC(tp, a_full_disk_is_not_silent);
	ATF_TP_ADD_TC(tp, a_closed_pipe_is_an_error_not_a_signal);
	return (atf_no_error());
}
