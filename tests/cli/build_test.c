/* isthmus build and recover as a user runs them: for real, as this caller. */
#include <sys/utsname.h>

#include <jansson.h>

#include "tests/cli/build_run.h"

CASE(built_output_is_named)
{
	struct ran r;

	begin();
	spec("a", "echo hi; echo x >$out", "");
	r = isthmus("build %s a.json", POOL);
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ("", r.err);
	CHECK_HAS(r.out, "a: running\na: built in ");
	CHECK_HAS(r.out, top);
	ATF_CHECK(output_is_there("a"));
	check_clean(1);
}

CASE(every_bad_spec_is_named_and_nothing_begins)
{
	struct ran r;

	begin();
	spec("good", "echo x >$out", "");
	write_file("syntax.json", "{\"version\":");
	write_file("empty.json", "{}");
	r = isthmus("build --pool 36101-36132 --state none good.json "
		    "syntax.json missing.json empty.json");
	ATF_CHECK_EQ(2, r.status);
	ATF_CHECK_STREQ("", r.out);
	CHECK_HAS(r.err, "syntax.json");
	CHECK_HAS(r.err, "missing.json: No such file or directory");
	CHECK_HAS(r.err, "empty.json");
	ATF_CHECK(access("none", F_OK) == -1);
	ATF_CHECK(!output_is_there("good"));
	check_clean(0);
}

CASE(what_a_spec_names_and_is_not_there_is_a_bad_spec)
{
	struct ran r;

	begin();
	spec("good", "echo x >$out", "");
	spec("trial", "echo x >$out", "");
	spec("dev", "echo x >$out", ", \"devices\": [\"/dev/none\"]");
	r = isthmus("build %s good.json trial.json dev.json", POOL);
	ATF_CHECK_EQ(2, r.status);
	CHECK_HAS(r.err, "$.outputs.out");
	CHECK_HAS(r.err, "$.devices[0]");
	ATF_CHECK_STREQ("", r.out);
	ATF_CHECK(!output_is_there("good"));
	check_clean(0);
}

CASE(failed_build_shows_the_end_of_its_log)
{
	struct ran r;

	begin();
	spec("f",
	    "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; "
	    "printf '\\\\033[31mred'; exit 3",
	    "");
	r = isthmus("build %s f.json", POOL);
	ATF_CHECK_EQ(100, r.status);
	CHECK_HAS(r.out, "f: failed");
	CHECK_HAS(r.out, "exit status 3");
	CHECK_HAS(r.out, "  log: ");
	CHECK_HAS(r.out, "/state/logs/f-");
	CHECK_HAS_NOT(r.out, "| line 11\n");
	CHECK_HAS(r.out, "| line 12\n");
	CHECK_HAS(r.out, "| ?[31mred\n");
	CHECK_HAS_NOT(r.out, "\033");
	check_clean(0);
}

CASE(end_of_a_compressed_log_is_shown_too)
{
	struct ran r;

	begin();
	spec("f", "echo why; exit 1", "");
	r = isthmus("build %s --log-compression gzip f.json", POOL);
	if (r.status == 3)
		atf_tc_skip("gzip is not installed");
	ATF_CHECK_EQ(100, r.status);
	CHECK_HAS(r.out, ".log.gz\n  | why\n");
	check_clean(0);
}

CASE(exit_status_adds_up)
{
	struct ran r;

	begin();
	spec("ok", "echo x >$out", "");
	spec("fail", "exit 1", "");
	spec("slow", "sleep 60", ", \"limits\": {\"wall_s\": 1}");
	r = isthmus("build %s -j 3 ok.json fail.json slow.json", POOL);
	ATF_CHECK_EQ(101, r.status);
	CHECK_HAS(r.out, "ok: built");
	CHECK_HAS(r.out, "fail: failed");
	CHECK_HAS(r.out, "slow: timed-out");
	CHECK_HAS(r.out, "1 built, 1 failed, 1 timed-out\n");
	check_clean(1);
}

/* The object of one line; counts results by name in what it returns. */
static json_t *
event_of(const char *line, size_t len)
{
	json_error_t why;
	json_t *o;

	o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	ATF_REQUIRE_MSG(o != NULL, "%s: %.*s", why.text, (int)len, line);
	ATF_CHECK(json_is_string(json_object_get(o, "event")));
	ATF_CHECK(json_is_string(json_object_get(o, "name")));
	return (o);
}

static bool
member_is(const json_t *o, const char *key, const char *value)
{
	const char *s;

	s = json_string_value(json_object_get(o, key));
	return (s != NULL && strcmp(s, value) == 0);
}

/* The result of a build, which must be its last event. */
static json_t *
result_of(const char *out, const char *name)
{
	const char *line, *next;
	json_t *o, *result;

	result = NULL;
	for (line = out; *line != '\0'; line = next) {
		next = strchr(line, '\n');
		ATF_REQUIRE(next != NULL);
		next++;
		o = event_of(line, (size_t)(next - line));
		if (!member_is(o, "name", name)) {
			json_decref(o);
			continue;
		}
		ATF_CHECK_MSG(result == NULL, "%s after its result", name);
		if (member_is(o, "event", "result"))
			result = json_incref(o);
		json_decref(o);
	}
	ATF_REQUIRE_MSG(result != NULL, "no result of %s", name);
	return (result);
}

CASE(json_has_a_result_of_each_build_and_no_other_line)
{
	const json_t *error;
	json_t *o;
	struct ran r;

	begin();
	spec("ok", "echo hello; echo x >$out", "");
	spec("fail", "exit 7", "");
	r = isthmus("build %s --json -j2 ok.json fail.json", POOL);
	ATF_CHECK_EQ(100, r.status);
	ATF_CHECK_STREQ("", r.err);
	CHECK_HAS(r.out, "\"text\":\"hello\"");
	o = result_of(r.out, "ok");
	ATF_CHECK(member_is(o, "outcome", "built"));
	ATF_CHECK(json_is_real(json_object_get(o, "wall_s")));
	ATF_CHECK_EQ(0, json_integer_value(json_object_get(o, "exit")));
	ATF_CHECK_EQ(0, json_array_size(json_object_get(o, "left")));
	ATF_CHECK_EQ(6, json_integer_value(json_object_get(o, "log_bytes")));
	json_decref(o);
	o = result_of(r.out, "fail");
	ATF_CHECK(member_is(o, "outcome", "failed"));
	ATF_CHECK_EQ(7, json_integer_value(json_object_get(o, "exit")));
	error = json_object_get(o, "error");
	ATF_CHECK(member_is(error, "why", "exit status 7"));
	json_decref(o);
	check_clean(1);
}

CASE(json_has_a_result_of_each_build_when_a_spec_is_bad)
{
	struct ran r;
	json_t *o;

	begin();
	spec("good", "echo x >$out", "");
	spec("trial", "echo x >$out", "");
	r = isthmus("build %s --json good.json trial.json", POOL);
	ATF_CHECK_EQ(2, r.status);
	o = result_of(r.out, "trial");
	ATF_CHECK(member_is(o, "outcome", "input-rejected"));
	json_decref(o);
	o = result_of(r.out, "good");
	ATF_CHECK(member_is(o, "outcome", "cancelled"));
	json_decref(o);
	ATF_CHECK(!output_is_there("good"));
	check_clean(0);
}

CASE(explain_builds_nothing)
{
	struct ran r;

	begin();
	spec("a", "echo x >$out", "");
	r = isthmus("build %s --explain a.json", POOL);
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "mount-input");
	r = isthmus("build %s --explain --format json a.json", POOL);
	ATF_CHECK_EQ(0, r.status);
	json_decref(json_loads(r.out, 0, NULL));
	ATF_CHECK(r.out[0] == '{');
	ATF_CHECK(!output_is_there("a"));
	/* Nor is a state directory made, or what is not there planned. */
	r = isthmus("build --state elsewhere --explain a.json");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_EQ(-1, access("elsewhere", F_OK));
	spec("b", "echo x >$out", ", \"devices\": [\"/dev/nowhere\"]");
	r = isthmus("build %s --explain b.json", POOL);
	ATF_CHECK_EQ(2, r.status);
	CHECK_HAS(r.err, "/dev/nowhere");
	check_clean(0);
}

CASE(trace_tells_steps_and_medians)
{
	struct ran r;

	begin();
	spec("a", "echo x >$out", "");
	spec("b", "echo x >$out", "");
	r = isthmus("build %s --trace a.json b.json", POOL);
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "trace of a:\n");
	CHECK_HAS(r.out, "trace of b:\n");
	CHECK_HAS(r.out, "trace of all builds:\n");
	check_clean(2);
}

CASE(kept_tree_of_a_failed_build_is_named)
{
	struct ran r;

	begin();
	ATF_REQUIRE(mkdir("kept", 0700) == 0);
	spec("f", "echo mine >file; exit 1", "");
	r = isthmus("build %s --keep-failed=kept f.json", POOL);
	ATF_CHECK_EQ(100, r.status);
	CHECK_HAS(r.out, "  kept: ");
	ATF_CHECK_EQ(0, system("test \"$(cat kept/*/file kept/*/*/file "
			       "2>/dev/null)\" = mine"));
	check_clean(0);
}

/*
 * Starts a build in a process of its own, with the signals of a login shell
 * and its output in out.txt and err.txt.
 */
static pid_t
start(const char *first, const char *second)
{
	pid_t pid;

	(void)unlink("out.txt");
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid != 0)
		return (pid);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (freopen("out.txt", "w", stdout) != NULL &&
	    freopen("err.txt", "w", stderr) != NULL)
		execl(ISTHMUS_BIN, "isthmus", "build", "-j2", "--pool",
		    "36101-36132", "--state", "state", first, second,
		    (char *)NULL);
	_exit(99);
}

CASE(signal_ends_builds_cleanly_and_says_so)
{
	static const struct {
		int number;
		int status;
		const char *says;
	} cases[] = {
		{ SIGINT, 130, "SIGINT: ending 2 builds" },
		{ SIGTERM, 143, "SIGTERM: ending 2 builds" },
		{ SIGHUP, 129, "SIGHUP: ending 2 builds" },
		{ SIGQUIT, 131, "SIGQUIT: ending 2 builds" },
	};
	const char *out;
	pid_t pid;
	size_t i;

	begin();
	spec("a", "trap '' INT TERM HUP; sleep 60", "");
	spec("b", "sleep 60", "");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid = start("a.json", "b.json");
		while (system("grep -q 'b: running' out.txt") != 0)
			usleep(10000);
		ATF_REQUIRE(kill(pid, cases[i].number) == 0);
		ATF_CHECK_EQ(cases[i].status, wait_status(pid));
		CHECK_HAS(slurp("err.txt"), cases[i].says);
		out = slurp("out.txt");
		CHECK_HAS(out, "a: cancelled");
		CHECK_HAS(out, "b: cancelled");
		check_clean(0);
	}
}

CASE(signal_at_any_moment_leaves_nothing)
{
	int delay, i, status;
	bool a, b;
	pid_t pid;

	begin();
	spec("a", "sleep 0.01; echo x >$out", "");
	spec("b", "echo x >$out", "");
	for (i = 0, delay = 0; i < 100; i++, delay += 300) {
		pid = start("a.json", "b.json");
		usleep((useconds_t)delay);
		(void)kill(pid, SIGINT);
		(void)kill(pid, SIGINT);
		status = wait_status(pid);
		/* Also by SIGINT itself, before there is a handler. */
		ATF_CHECK_MSG(status == 130 || status == 0, "after %d us: %d",
		    delay, status);
		a = output_is_there("a");
		b = output_is_there("b");
		ATF_CHECK(status == 130 || (a && b));
		check_clean((size_t)a + (size_t)b);
		ATF_CHECK_EQ(
		    0, system("rm -f \"$(cat top)/a\" \"$(cat top)/b\""));
	}
}

CASE(standard_output_that_takes_no_more_ends_builds)
{
	struct ran r;

	begin();
	spec("a", "while :; do echo x; sleep 0.01; done", "");
	r = isthmus("build %s --json a.json 2>err.txt; echo $? >status.txt; } "
		    "| { read -r line",
	    POOL);
	ATF_CHECK_STREQ("3\n", slurp("status.txt"));
	CHECK_HAS(slurp("err.txt"), "ending 1 build");
	check_clean(0);
	spec("quiet", "sleep 60", "");
	r = isthmus("build %s quiet.json 2>err.txt; echo $? >status.txt; } "
		    "| { read -r line",
	    POOL);
	ATF_CHECK_STREQ("3\n", slurp("status.txt"));
	check_clean(0);
	if (access("/dev/full", W_OK) != 0)
		atf_tc_skip("needs Linux");
	r = isthmus("build %s a.json >/dev/full", POOL);
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "No space left on device");
	check_clean(0);
}

/* Columns of the widest line between the sequences that bracket a drawing. */
static size_t
widest(const char *out, size_t *drawings)
{
	const char *end, *p;
	size_t columns, max;

	max = *drawings = 0;
	for (p = out; (p = strstr(p, "\033[?7l")) != NULL;) {
		++*drawings;
		p += strlen("\033[?7l");
		end = strstr(p, "\033[?7h");
		ATF_REQUIRE(end != NULL);
		for (columns = 0; p < end; p++) {
			if (*p == '\n' || *p == '\r')
				columns = 0;
			else if (((unsigned char)*p & 0xc0) != 0x80)
				columns++;
			if (columns > max)
				max = columns;
		}
	}
	return (max);
}

CASE(terminal_shows_a_line_per_build_and_obeys_no_builder)
{
	static const unsigned short widths[] = { 1, 7, 40, 200 };
	char a0[] = "isthmus", a1[] = "build", a2[] = "--pool",
	     a3[] = "36101-36132", a4[] = "--state", a5[] = "state",
	     a6[] = "-j2", a7[] = "a.json", a8[] = "b.json";
	char *argv[] = { a0, a1, a2, a3, a4, a5, a6, a7, a8, NULL };
	size_t drawings, i, len, max;
	int master;
	char *out;
	pid_t pid;

	begin();
	spec("a",
	    "for i in 1 2 3 4; do printf '\\\\033[2J\\\\007%0300d\\\\n' $i; "
	    "sleep 0.2; done; exit 1",
	    "");
	spec("b", "sleep 0.5; exit 1", "");
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		master = start_on_terminal(argv, widths[i], 10, &pid);
		out = read_terminal(master, &len);
		close(master);
		ATF_CHECK_EQ(100, wait_status(pid));
		ATF_CHECK_EQ(len, strlen(out));
		CHECK_HAS_NOT(out, "\033[2J");
		CHECK_HAS_NOT(out, "\007");
		max = widest(out, &drawings);
		ATF_CHECK_MSG(drawings >= 3, "%zu", drawings);
		ATF_CHECK_MSG(max < widths[i] || widths[i] == 1,
		    "%zu of %d columns", max, widths[i]);
		CHECK_HAS(out, "2 builds in ");
		CHECK_HAS(out, "2 failed");
	}
	check_clean(0);
}

/* Nothing that was asked for is left out in silence. */
CASE(a_bridge_is_not_for_linux)
{
	struct utsname system;
	struct ran r;

	begin();
	ATF_REQUIRE(uname(&system) != -1);
	if (strcmp(system.sysname, "Linux") != 0)
		atf_tc_skip("needs Linux");
	spec("a", "echo x >$out", "");
	r = isthmus("build %s --network-bridge br0 a.json", POOL);
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "br0: only FreeBSD's builds have a bridge");
	ATF_CHECK(!output_is_there("a"));
}

CASE(recover_with_nothing_to_undo_says_so)
{
	struct ran r;

	begin();
	r = isthmus("recover --state state");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ("nothing to undo\n", r.out);
	r = isthmus("recover --state state --json --dry-run");
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_STREQ(
	    "{\"event\":\"recovered\",\"dry_run\":true,\"left\":0}\n", r.out);
	/* One that is not there was meant otherwise, and is not made. */
	r = isthmus("recover --state typo --json");
	ATF_CHECK_EQ(3, r.status);
	ATF_CHECK_STREQ("", r.out);
	CHECK_HAS(r.err, "typo: No such file or directory");
	ATF_CHECK_EQ(-1, access("typo", F_OK));
}

CASE(verify_isolation_prints_what_the_system_said)
{
	static const char *const keys[] = { "job=1\n", "target.uid=",
		"target.gid=", "post_drop.euid=", "post_drop.egid=",
		"drop.regain_root=", "access.allowed_read=ok\n",
		"access.own_output_uid=", "access.own_output_gid=",
		"access.peer_file=",
		"access.hidden_file=No such file or directory\n",
		"access.protected_create=Permission denied\n",
		"drop.chown_root=", "job=2\n",
		"host.result.1=", "host.result.2=", "elapsed_s=2." };
	const char *p;
	struct ran r;
	size_t i;

	begin();
	r = isthmus("build %s --verify-isolation", POOL);
	ATF_CHECK_EQ_MSG(0, r.status, "%s", flat(r.err));
	for (p = r.out, i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		p = strstr(p, keys[i]);
		ATF_REQUIRE_MSG(p != NULL, "no %s in %s", keys[i], flat(r.out));
	}
	CHECK_HAS_NOT(r.out, "regain_root=ok");
	CHECK_HAS_NOT(r.out, "chown_root=ok");
	if (geteuid() == 0) {
		CHECK_HAS(r.out, "target.uid=36101\n");
		CHECK_HAS(r.out, "target.uid=36102\n");
		CHECK_HAS(r.out, "regain_root=Operation not permitted\n");
		CHECK_HAS(r.out, "peer_file=Permission denied\n");
		CHECK_HAS(r.out, "chown_root=Operation not permitted\n");
		CHECK_HAS(r.out, "host.result.1=36101:36101 0600\n");
		CHECK_HAS(r.out, "host.result.2=36102:36102 0600\n");
	} else {
		CHECK_HAS(r.out, "\nweaker=");
	}
	check_clean(0);
}

CASE(program_with_a_loop_of_its_own_builds_two)
{
	struct ran r;
	int status;

	begin();
	spec("a", "echo from a; echo x >$out", "");
	spec("b", "echo from b; echo x >$out", "");
	status = system(EXAMPLE_BIN " state a.json b.json >out.txt 2>err.txt");
	r.out = slurp("out.txt");
	r.err = slurp("err.txt");
	ATF_CHECK_EQ_MSG(0, status, "%s", flat(r.err));
	CHECK_HAS(r.out, "a> from a\n");
	CHECK_HAS(r.out, "b> from b\n");
	CHECK_HAS(r.out, "a: built /");
	CHECK_HAS(r.out, "b: built /");
	check_clean(2);
}

/* By what pkg-config(1) says, of what was built and is not installed. */
ATF_TC_WITHOUT_HEAD(program_is_linked_statically);
ATF_TC_BODY(program_is_linked_statically, tc)
{
	struct ran r;

	if (system("echo 'int main(void) { return (0); }' >a.c && "
		   "cc -static a.c -ljansson -lmd && "
		   "pkg-config --static --libs jansson >jansson.txt") != 0 ||
	    access(BUILD_ROOT "/meson-uninstalled", R_OK) != 0)
		atf_tc_skip("needs cc, pkg-config, libjansson.a, libmd.a, "
			    "and the built tree");
	ATF_CHECK_EQ(0,
	    system("PKG_CONFIG_PATH=" BUILD_ROOT "/meson-uninstalled; "
		   "export PKG_CONFIG_PATH; "
		   "pkg-config --static --cflags --libs isthmus >libs.txt && "
		   "cc -static -o example -I" EXAMPLE_INCLUDE " " SOURCE_ROOT
		   "/examples/build-daemon/example.c $(cat libs.txt)"));
	CHECK_HAS(slurp("libs.txt"), " -lmd");
	r = isthmus("--version && ! ./example none none.json");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.err, "none.json: No such file or directory");
}

#define NIX_BUILDER SOURCE_ROOT "/examples/nix-external-builder.sh"

/* Whatever isthmus prints: here a text with what ends it elsewhere. */
ATF_TC_WITHOUT_HEAD(program_for_nix_tells_lines_and_what_went_wrong);
ATF_TC_BODY(program_for_nix_tells_lines_and_what_went_wrong, tc)
{
	struct ran r;

	if (access(NIX_BUILDER, R_OK) != 0)
		atf_tc_skip("needs the sources at " SOURCE_ROOT);
	r = isthmus("--version; sh " NIX_BUILDER);
	ATF_CHECK(r.status != 0);
	CHECK_HAS(r.err, "usage: nix-external-builder.sh");
	ATF_REQUIRE_EQ(0, mkdir("top", 0700));
	ATF_REQUIRE_EQ(0, mkdir("top/build", 0700));
	write_file("isthmus",
	    "#!/bin/sh\necho \"$@\" >arguments\ncat <<'EOF'\n"
	    "{\"event\":\"line\",\"name\":\"a\",\"text\":\"a \\\"b\\\"\"}\n"
	    "{\"event\":\"result\",\"outcome\":\"failed\",\"error\":"
	    "{\"path\":\"/a}b\",\"why\":\"}{\"},\"exit\":1,\"left\":[]}\n"
	    "EOF\nexit 100\n");
	ATF_REQUIRE_EQ(0, chmod("isthmus", 0700));
	r = isthmus("--version >/dev/null; ISTHMUS=./isthmus sh " NIX_BUILDER
		    " \"$PWD/state\" top/build.json");
	ATF_CHECK_EQ(100, r.status);
	ATF_CHECK_STREQ("a \"b\"\nisthmus: failed: {\"path\":\"/a}b\","
			"\"why\":\"}{\"}\n",
	    r.out);
	CHECK_HAS(slurp("arguments"), "--state");
}

ATF_TC_WITHOUT_HEAD(wrong_options_are_told_what_is_right);
ATF_TC_BODY(wrong_options_are_told_what_is_right, tc)
{
	static const struct {
		const char *args;
		const char *says;
	} cases[] = {
		{ "build", "no spec to build; try: isthmus build SPEC" },
		{ "build --jbos 2 x", "--jbos: unknown option; try: --jobs" },
		{ "build -q x", "-q: unknown option" },
		{ "build -j", "--jobs: needs a value: N" },
		{ "build -j0 x", "--jobs: 0: not a number from 1 to" },
		{ "build -j 2x x", "2x: not a number" },
		{ "build -j-1 x", "-1: not a number" },
		{ "build --pool 35001 x", "not a range of uids; try: --pool" },
		{ "build --pool 0-10 x", "uids below 1000" },
		{ "build --pool 2000-1999 x", "ends before it begins" },
		{ "build --pool 1-99999999999 x", "not a range" },
		{ "build --keep-failed= x", "--keep-failed: the value is" },
		{ "build --check=1 x", "--check: takes no value" },
		{ "build --format json x", "--format: only with --explain" },
		{ "build --explain --format xml x", "not text or json" },
		{ "build --log-compression zst x", "try: zstd" },
		{ "build --verify-isolation x", "takes no spec" },
		{ "recover x", "x: unexpected operand" },
		{ "recover --dryrun", "try: --dry-run" },
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

ATF_TC_WITHOUT_HEAD(options_of_one_letter_and_of_optional_value);
ATF_TC_BODY(options_of_one_letter_and_of_optional_value, tc)
{
	static const char *const spellings[] = { "-j2", "-j 2", "--jobs=2",
		"--jobs 2", "--keep-failed", "--keep-failed=." };
	struct ran r;
	size_t i;

	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		r = isthmus("build %s none.json", spellings[i]);
		ATF_CHECK_EQ(2, r.status);
		CHECK_HAS(r.err, "none.json: No such file or directory");
	}
	r = isthmus("build --help");
	CHECK_HAS(r.out, "\n  -j, --jobs N ");
	CHECK_HAS(r.out, "\n  --keep-failed[=DIR] ");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, built_output_is_named);
	ATF_TP_ADD_TC(tp, every_bad_spec_is_named_and_nothing_begins);
	ATF_TP_ADD_TC(tp, what_a_spec_names_and_is_not_there_is_a_bad_spec);
	ATF_TP_ADD_TC(tp, failed_build_shows_the_end_of_its_log);
	ATF_TP_ADD_TC(tp, end_of_a_compressed_log_is_shown_too);
	ATF_TP_ADD_TC(tp, exit_status_adds_up);
	ATF_TP_ADD_TC(tp, json_has_a_result_of_each_build_and_no_other_line);
	ATF_TP_ADD_TC(tp, json_has_a_result_of_each_build_when_a_spec_is_bad);
	ATF_TP_ADD_TC(tp, explain_builds_nothing);
	ATF_TP_ADD_TC(tp, trace_tells_steps_and_medians);
	ATF_TP_ADD_TC(tp, kept_tree_of_a_failed_build_is_named);
	ATF_TP_ADD_TC(tp, signal_ends_builds_cleanly_and_says_so);
	ATF_TP_ADD_TC(tp, signal_at_any_moment_leaves_nothing);
	ATF_TP_ADD_TC(tp, standard_output_that_takes_no_more_ends_builds);
	ATF_TP_ADD_TC(tp, terminal_shows_a_line_per_build_and_obeys_no_builder);
	ATF_TP_ADD_TC(tp, a_bridge_is_not_for_linux);
	ATF_TP_ADD_TC(tp, recover_with_nothing_to_undo_says_so);
	ATF_TP_ADD_TC(tp, verify_isolation_prints_what_the_system_said);
	ATF_TP_ADD_TC(tp, program_with_a_loop_of_its_own_builds_two);
	ATF_TP_ADD_TC(tp, program_for_nix_tells_lines_and_what_went_wrong);
	ATF_TP_ADD_TC(tp, program_is_linked_statically);
	ATF_TP_ADD_TC(tp, wrong_options_are_told_what_is_right);
	ATF_TP_ADD_TC(tp, options_of_one_letter_and_of_optional_value);
	return (atf_no_error());
}
