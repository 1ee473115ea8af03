/* Results and events as JSON: every field, nothing silently empty. */
#include <atf-c.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "build/build.h"

static json_t *
load(char *text)
{
	json_error_t why;
	json_t *o;

	ATF_REQUIRE(text != NULL);
	ATF_CHECK_MSG(strchr(text, '\n') == NULL, "more than one line");
	o = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	ATF_REQUIRE_MSG(o != NULL, "%s: %s", why.text, text);
	free(text);
	return (o);
}

static struct isth_measure
unknown(const char *why)
{
	struct isth_measure m = { .value = -1 };

	snprintf(m.why, sizeof(m.why), "%s", why);
	return (m);
}

static struct isth_build_result
nothing(void)
{
	struct isth_build_result r = { .name = "a", .id = "0123456789ab" };

	r.exit_code = -1;
	r.uid = (uid_t)-1;
	r.wall_ns = r.user_ns = r.system_ns = unknown("not begun");
	r.peak_memory_bytes = unknown("no memory controller");
	r.block_read_bytes = r.block_written_bytes = unknown("");
	r.processes = r.log_bytes = unknown("not begun");
	return (r);
}

static const char *
string(const json_t *o, const char *key)
{
	const char *s;

	s = json_string_value(json_object_get(o, key));
	ATF_REQUIRE_MSG(s != NULL, "%s", key);
	return (s);
}

ATF_TC_WITHOUT_HEAD(every_outcome_and_phase_has_its_own_name);
ATF_TC_BODY(every_outcome_and_phase_has_its_own_name, tc)
{
	int i, j;

	for (i = 0; i < ISTH_OUTCOME_COUNT; i++)
		for (j = 0; j < i; j++)
			ATF_CHECK(
			    strcmp(isth_outcome_name((enum isth_outcome)i),
				isth_outcome_name((enum isth_outcome)j)) != 0);
	for (i = 0; i < ISTH_PHASE_COUNT; i++)
		for (j = 0; j < i; j++)
			ATF_CHECK(
			    strcmp(isth_phase_name((enum isth_phase)i),
				isth_phase_name((enum isth_phase)j)) != 0);
	ATF_CHECK_STREQ("timed-out", isth_outcome_name(ISTH_OUTCOME_TIMED_OUT));
	ATF_CHECK_STREQ(
	    "output-rejected", isth_outcome_name(ISTH_OUTCOME_OUTPUT_REJECTED));
	ATF_CHECK_STREQ("unknown", isth_outcome_name(ISTH_OUTCOME_COUNT));
	ATF_CHECK_STREQ("unknown", isth_phase_name(ISTH_PHASE_COUNT));
}

ATF_TC_WITHOUT_HEAD(every_field_is_there_when_nothing_is_known);
ATF_TC_BODY(every_field_is_there_when_nothing_is_known, tc)
{
	static const char *const keys[] = { "event", "name", "id", "outcome",
		"status", "error", "exit", "signal", "uid", "wall_s", "user_s",
		"system_s", "peak_memory_bytes", "block_read_bytes",
		"block_written_bytes", "processes", "log_bytes", "log", "kept",
		"outputs", "differs", "weaker", "not_enforced", "cleaned",
		"left" };
	static const char *const nulls[] = { "error", "exit", "signal", "uid",
		"wall_s", "peak_memory_bytes", "log" };
	struct isth_build_result r = nothing();
	json_t *o;
	size_t i;

	o = load(isth_build_result_json(&r));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ATF_CHECK_MSG(
		    json_object_get(o, keys[i]) != NULL, "no %s", keys[i]);
	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		ATF_CHECK_MSG(
		    json_is_null(json_object_get(o, nulls[i])), "%s", nulls[i]);
	ATF_CHECK_STREQ("result", string(o, "event"));
	ATF_CHECK_STREQ(
	    "no memory controller", string(o, "peak_memory_bytes_why"));
	ATF_CHECK_STREQ("not begun", string(o, "wall_s_why"));
	ATF_CHECK_STREQ("not measured", string(o, "block_read_bytes_why"));
	json_decref(o);
}

ATF_TC_WITHOUT_HEAD(values_are_those_of_the_result);
ATF_TC_BODY(values_are_those_of_the_result, tc)
{
	char name[] = "out", path[] = "/store/a", hash[] = "sha256:00";
	char tree[] = "/tmp/kept", mount[] = "a mount", log[] = "/l/a.log";
	struct isth_build_output out = { name, path, hash };
	char *kept = tree, *left = mount;
	struct isth_build_result r = nothing();
	const json_t *p;
	json_t *o;

	r.outcome = ISTH_OUTCOME_FAILED;
	r.status = ISTH_STATUS_FAILED;
	r.exit_code = 3;
	r.term_signal = 9;
	r.uid = 35001;
	r.wall_ns.value = 1500000000;
	r.peak_memory_bytes.value = INT64_C(1) << 40;
	r.processes.value = 0;
	r.log = log;
	r.kept = (struct isth_strings){ &kept, 1 };
	r.left = (struct isth_strings){ &left, 1 };
	r.outputs = &out;
	r.noutputs = 1;
	snprintf(r.error.step, sizeof(r.error.step), "%s", "mount input");
	r.error.err = ENOENT;
	snprintf(r.error.path, sizeof(r.error.path), "%s", "/x");
	snprintf(r.error.hint, sizeof(r.error.hint), "%s", "y");
	o = load(isth_build_result_json(&r));
	ATF_CHECK_STREQ("failed", string(o, "outcome"));
	ATF_CHECK_EQ(100, json_integer_value(json_object_get(o, "status")));
	ATF_CHECK_EQ(3, json_integer_value(json_object_get(o, "exit")));
	ATF_CHECK_EQ(9, json_integer_value(json_object_get(o, "signal")));
	ATF_CHECK_EQ(35001, json_integer_value(json_object_get(o, "uid")));
	ATF_CHECK_EQ(1.5, json_real_value(json_object_get(o, "wall_s")));
	ATF_CHECK(json_object_get(o, "wall_s_why") == NULL);
	ATF_CHECK_EQ(INT64_C(1) << 40,
	    json_integer_value(json_object_get(o, "peak_memory_bytes")));
	ATF_CHECK(json_is_integer(json_object_get(o, "processes")));
	ATF_CHECK_STREQ("/l/a.log", string(o, "log"));
	p = json_object_get(o, "kept");
	ATF_CHECK_STREQ("/tmp/kept", json_string_value(json_array_get(p, 0)));
	p = json_object_get(o, "left");
	ATF_CHECK_EQ(1, json_array_size(p));
	p = json_object_get(json_object_get(o, "outputs"), "out");
	ATF_CHECK_STREQ("/store/a", string(p, "path"));
	ATF_CHECK_STREQ("sha256:00", string(p, "hash"));
	p = json_object_get(o, "error");
	ATF_CHECK_STREQ("mount input", string(p, "step"));
	ATF_CHECK_STREQ("ENOENT", string(p, "errno"));
	ATF_CHECK_STREQ("/x", string(p, "path"));
	ATF_CHECK_STREQ("No such file or directory", string(p, "why"));
	ATF_CHECK_STREQ("y", string(p, "hint"));
	json_decref(o);
}

ATF_TC_WITHOUT_HEAD(error_without_errno_is_null_and_keeps_its_words);
ATF_TC_BODY(error_without_errno_is_null_and_keeps_its_words, tc)
{
	struct isth_build_result r = nothing();
	const json_t *p;
	json_t *o;

	snprintf(r.error.step, sizeof(r.error.step), "%s", "run builder");
	snprintf(r.error.why, sizeof(r.error.why), "%s", "exit status 1");
	o = load(isth_build_result_json(&r));
	p = json_object_get(o, "error");
	ATF_CHECK(json_is_null(json_object_get(p, "errno")));
	ATF_CHECK_STREQ("exit status 1", string(p, "why"));
	json_decref(o);
	r.error.err = 12345;
	o = load(isth_build_result_json(&r));
	ATF_CHECK_STREQ("E12345", string(json_object_get(o, "error"), "errno"));
	json_decref(o);
}

ATF_TC_WITHOUT_HEAD(bytes_that_are_no_utf8_still_make_json);
ATF_TC_BODY(bytes_that_are_no_utf8_still_make_json, tc)
{
	static char bytes[4][8] = { "x\xffy\n\"\\", "\xff\xfe", "\xc3", "" };
	char *names[] = { bytes[0], bytes[1], bytes[2], bytes[3] };
	struct isth_build_result r = nothing();
	const json_t *p;
	json_t *o;

	r.left = (struct isth_strings){ names, 4 };
	o = load(isth_build_result_json(&r));
	p = json_object_get(o, "left");
	ATF_REQUIRE_EQ(4, json_array_size(p));
	ATF_CHECK_STREQ(
	    "x\xef\xbf\xbdy\n\"\\", json_string_value(json_array_get(p, 0)));
	ATF_CHECK_STREQ("\xef\xbf\xbd\xef\xbf\xbd",
	    json_string_value(json_array_get(p, 1)));
	ATF_CHECK_STREQ(
	    "\xef\xbf\xbd", json_string_value(json_array_get(p, 2)));
	ATF_CHECK_STREQ("", json_string_value(json_array_get(p, 3)));
	json_decref(o);
}

ATF_TC_WITHOUT_HEAD(events_of_each_kind);
ATF_TC_BODY(events_of_each_kind, tc)
{
	struct isth_build_result r = nothing();
	struct isth_build_event ev = { .name = "a",
		.id = "0123456789ab",
		.at_s = 1.25,
		.phase = ISTH_PHASE_RUN,
		.text = "t",
		.ns = 1500000,
		.result = &r };
	json_t *o;

	ev.kind = ISTH_EVENT_PHASE;
	o = load(isth_build_event_json(&ev));
	ATF_CHECK_STREQ("phase", string(o, "event"));
	ATF_CHECK_STREQ("a", string(o, "name"));
	ATF_CHECK_STREQ("0123456789ab", string(o, "id"));
	ATF_CHECK_STREQ("run", string(o, "phase"));
	ATF_CHECK_EQ(1.25, json_real_value(json_object_get(o, "at_s")));
	json_decref(o);
	ev.kind = ISTH_EVENT_LINE;
	o = load(isth_build_event_json(&ev));
	ATF_CHECK_STREQ("line", string(o, "event"));
	ATF_CHECK_STREQ("t", string(o, "text"));
	json_decref(o);
	ev.kind = ISTH_EVENT_STEP;
	o = load(isth_build_event_json(&ev));
	ATF_CHECK_STREQ("step", string(o, "event"));
	ATF_CHECK_STREQ("t", string(o, "step"));
	ATF_CHECK_EQ(0.0015, json_real_value(json_object_get(o, "took_s")));
	json_decref(o);
	ev.kind = ISTH_EVENT_NOTE;
	o = load(isth_build_event_json(&ev));
	ATF_CHECK_STREQ("note", string(o, "event"));
	json_decref(o);
	ev.kind = ISTH_EVENT_RESULT;
	o = load(isth_build_event_json(&ev));
	ATF_CHECK_STREQ("result", string(o, "event"));
	ATF_CHECK_STREQ("built", string(o, "outcome"));
	ATF_CHECK_EQ(1.25, json_real_value(json_object_get(o, "at_s")));
	json_decref(o);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_outcome_and_phase_has_its_own_name);
	ATF_TP_ADD_TC(tp, every_field_is_there_when_nothing_is_known);
	ATF_TP_ADD_TC(tp, values_are_those_of_the_result);
	ATF_TP_ADD_TC(tp, error_without_errno_is_null_and_keeps_its_words);
	ATF_TP_ADD_TC(tp, bytes_that_are_no_utf8_still_make_json);
	ATF_TP_ADD_TC(tp, events_of_each_kind);
	return (atf_no_error());
}
