/* Reports: written and read again, refused when wrong, compared. */
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "survey/probe/report.h"

/* A constant in digits: FreeBSD numbers its errors otherwise than Linux. */
#define DIGITS(x) #x
#define NUMBER(x) DIGITS(x)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HOST                                                                 \
	"\"host\":{\"system\":\"Linux\",\"release\":\"6.1\","                \
	"\"version\":\"#1\",\"machine\":\"x86_64\",\"filesystem\":\"ext4\"," \
	"\"uid\":0}"
#define START "{\"version\":\"isthmus.probe/1\"," HOST ",\"probes\":["
#define ONE                                                      \
	"{\"id\":\"a.b\",\"area\":\"time\",\"interface\":\"i\"," \
	"\"state\":\"ok\",\"errno\":0,\"detail\":\"d\",\"ms\":1.5}"

static struct isth_report *
parse(const char *s, struct error *e)
{
	memset(e, 0, sizeof(*e));
	return (report_parse(s, strlen(s), "test.json", e));
}

static struct isth_report *
parse_good(const char *s)
{
	struct isth_report *rep;
	struct error e;

	rep = parse(s, &e);
	ATF_REQUIRE_MSG(rep != NULL, "%s: %s: %s", e.step, e.path, e.why);
	return (rep);
}

static char *
render(const struct isth_report *rep, enum isth_format format)
{
	struct error e = { 0 };
	char *out = NULL;
	size_t len;
	FILE *f;

	f = open_memstream(&out, &len);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_MSG(isth_report_render(rep, format, f, &e), "%s", e.why);
	(void)fclose(f);
	return (out);
}

/* One row of the reports that tests put together. */
struct line {
	const char *id;
	const char *kv;
	enum isth_state state;
	int err;
	const char *detail;
};

static struct isth_report *
make(const struct line *lines, size_t n)
{
	struct isth_report *rep = parse_good(START "]}");
	struct isth_probe_result *r;
	size_t i;

	free(rep->results);
	rep->results = calloc(n + 1, sizeof(*rep->results));
	ATF_REQUIRE(rep->results != NULL);
	rep->nresults = n;
	for (i = 0; i < n; i++) {
		r = &rep->results[i];
		r->id = strdup(lines[i].id);
		r->interface_id = strdup("x");
		r->kv = lines[i].kv == NULL ? NULL : strdup(lines[i].kv);
		r->detail = strdup(lines[i].detail);
		r->state = lines[i].state;
		r->err = lines[i].err;
		r->area = ISTH_AREA_METADATA;
		r->ms = 0.125;
	}
	return (rep);
}

static const struct line mixed[] = {
	{ "metadata.a", "runtime.posix_fallocate", ISTH_STATE_UNSUPPORTED,
	    EOPNOTSUPP, "on zfs" },
	{ "metadata.b", NULL, ISTH_STATE_CRASHED, 0, "SIGSEGV" },
	{ "metadata.c", "root.jail", ISTH_STATE_SKIPPED, 0, "needs root" },
	{ "metadata.d", "feature.SYS_clone", ISTH_STATE_ABSENT, 0, "" },
	{ "metadata.e", "feature.sys_prctl_h", ISTH_STATE_OK, 0,
	    "gr\xc3\xbc\xc3\x9f \"quoted\" \\ back" },
	{ "metadata.f", "runtime.close_range", ISTH_STATE_DENIED, EPERM, "no" },
};

ATF_TC_WITHOUT_HEAD(json_round_trip);
ATF_TC_BODY(json_round_trip, tc)
{
	struct isth_report *again, *rep = make(mixed, COUNT(mixed));
	char *one, *two;
	size_t i;

	one = render(rep, ISTH_FORMAT_JSON);
	again = parse_good(one);
	two = render(again, ISTH_FORMAT_JSON);
	ATF_CHECK_STREQ(one, two);
	ATF_REQUIRE_EQ(rep->nresults, again->nresults);
	for (i = 0; i < rep->nresults; i++) {
		ATF_CHECK_STREQ(rep->results[i].id, again->results[i].id);
		ATF_CHECK_STREQ(
		    rep->results[i].detail, again->results[i].detail);
		ATF_CHECK_STREQ(rep->results[i].interface_id,
		    again->results[i].interface_id);
		ATF_CHECK_EQ(rep->results[i].state, again->results[i].state);
		ATF_CHECK_EQ(rep->results[i].area, again->results[i].area);
		ATF_CHECK_EQ(rep->results[i].err, again->results[i].err);
		ATF_CHECK(again->results[i].ms == 0.125);
	}
	ATF_CHECK_STREQ("Linux", again->host.system);
	ATF_CHECK_STREQ("ext4", again->host.filesystem);
	ATF_CHECK_EQ(0, again->host.uid);
	free(one);
	free(two);
	isth_report_destroy(rep);
	isth_report_destroy(again);
}

ATF_TC_WITHOUT_HEAD(kv_is_known_again_by_id);
ATF_TC_BODY(kv_is_known_again_by_id, tc)
{
	struct isth_report *rep;

	rep = parse_good(
	    START "{\"id\":\"process.fork-waitpid\",\"area\":\"process\","
		  "\"interface\":\"fork\",\"state\":\"ok\",\"errno\":0,"
		  "\"detail\":\"\",\"ms\":1}]}");
	ATF_REQUIRE(rep->results[0].kv != NULL);
	ATF_CHECK_STREQ("runtime.fork_waitpid", rep->results[0].kv);
	isth_report_destroy(rep);
}

ATF_TC_WITHOUT_HEAD(kv_keeps_the_first_keys_first);
ATF_TC_BODY(kv_keeps_the_first_keys_first, tc)
{
	struct isth_report *rep = make(mixed, COUNT(mixed));
	char *out = render(rep, ISTH_FORMAT_KV);

	ATF_CHECK_STREQ(
	    "feature.SYS_clone=no\n"
	    "feature.sys_prctl_h=yes\n"
	    "runtime.close_range=denied\n"
	    "runtime.posix_fallocate=unsupported-on-tested-filesystem\n"
	    "root.jail=skipped-needs-root\n"
	    "host.system=Linux\nhost.release=6.1\nhost.version=#1\n"
	    "host.machine=x86_64\nhost.filesystem=ext4\nhost.uid=0\n"
	    "probe.metadata.a=unsupported\n"
	    "probe.metadata.b=crashed\n"
	    "probe.metadata.c=skipped\n"
	    "probe.metadata.d=absent\n"
	    "probe.metadata.e=ok\n"
	    "probe.metadata.f=denied\n",
	    out);
	free(out);
	isth_report_destroy(rep);
}

ATF_TC_WITHOUT_HEAD(ndjson_is_a_line_each);
ATF_TC_BODY(ndjson_is_a_line_each, tc)
{
	struct isth_report *rep = make(mixed, 2);
	char *out = render(rep, ISTH_FORMAT_NDJSON);

	ATF_CHECK_STREQ(
	    "{\"version\":\"isthmus.probe/1\"," HOST "}\n"
	    "{\"id\":\"metadata.a\",\"area\":\"metadata\","
	    "\"interface\":\"x\",\"state\":\"unsupported\","
	    "\"errno\":" NUMBER(
		EOPNOTSUPP) ",\"detail\":\"on zfs\",\"ms\":0.125}\n"
			    "{\"id\":\"metadata.b\",\"area\":\"metadata\","
			    "\"interface\":\"x\",\"state\":\"crashed\","
			    "\"errno\":0,\"detail\":\"SIGSEGV\",\"ms\":0.125}\n",
	    out);
	free(out);
	isth_report_destroy(rep);
}

ATF_TC_WITHOUT_HEAD(table_ends_with_counts);
ATF_TC_BODY(table_ends_with_counts, tc)
{
	struct isth_report *rep = make(mixed, COUNT(mixed));
	char *out = render(rep, ISTH_FORMAT_TABLE);

	ATF_CHECK(strstr(out, "metadata.b") != NULL);
	ATF_CHECK(strstr(out, "\033") == NULL);
	ATF_CHECK(strstr(out, "Linux 6.1 x86_64, on ext4, as uid 0\n") != NULL);
	ATF_CHECK_MSG(
	    strstr(out, "6 probes: 1 ok, 1 absent, 1 denied, "
			"1 unsupported, 1 crashed, 1 skipped\n") != NULL,
	    "%s", out);
	free(out);
	isth_report_destroy(rep);
}

/* Input that is refused, with the JSON path that the error names. */
static const struct {
	const char *text;
	const char *path;
	const char *why; /* part of the reason */
} refused[] = {
	{ "", "test.json", "line 1" },
	{ "[]", "test.json", "object" },
	{ "{\"version\":\"isthmus.probe/1\"", "test.json", "line 1" },
	{ START "]} x", "test.json", "line 1" },
	{ "{\"version\":1,\"version\":2}", "test.json", "duplicate" },
	{ "{}", "$.version", "missing" },
	{ "{\"version\":\"isthmus.probe/2\"}", "$.version", "isthmus.probe/1" },
	{ "{\"version\":7}", "$.version", "string" },
	{ "{\"version\":\"isthmus.probe/1\",\"extra\":1}", "$.extra",
	    "unknown" },
	{ "{\"version\":\"isthmus.probe/1\",\"probes\":[]}", "$.host",
	    "missing" },
	{ "{\"version\":\"isthmus.probe/1\"," HOST "}", "$.probes", "missing" },
	{ "{\"version\":\"isthmus.probe/1\"," HOST ",\"probes\":{}}",
	    "$.probes", "array" },
	{ "{\"version\":\"isthmus.probe/1\",\"host\":{},\"probes\":[]}",
	    "$.host.system", "missing" },
	{ "{\"version\":\"isthmus.probe/1\",\"host\":[],\"probes\":[]}",
	    "$.host", "object" },
	{ "{\"version\":\"isthmus.probe/1\",\"host\":{\"system\":"
	  "\"0123456789012345678901234567890123456789\"},\"probes\":[]}",
	    "$.host.system", "longer than 31" },
	{ "{\"version\":\"isthmus.probe/1\",\"host\":{\"system\":\"L\","
	  "\"release\":\"6\",\"version\":\"\",\"machine\":\"\","
	  "\"filesystem\":\"\",\"uid\":-1},\"probes\":[]}",
	    "$.host.uid", "outside" },
	{ START "7]}", "$.probes[0]", "object" },
	{ START ONE "," ONE "]}", "$.probes[1].id", "twice" },
	{ START ONE ",{}]}", "$.probes[1].id", "missing" },
	{ START "{\"id\":\"\",\"area\":\"time\"}]}", "$.probes[0].id",
	    "empty" },
	{ START "{\"id\":\"a\\u001b[2J\",\"area\":\"time\"}]}",
	    "$.probes[0].id", "control" },
	{ START "{\"id\":\"a\\u009b2J\",\"area\":\"time\"}]}", "$.probes[0].id",
	    "control" },
	{ START "{\"id\":\"a\",\"area\":\"tiem\",\"interface\":\"i\","
		"\"state\":\"ok\",\"errno\":0,\"detail\":\"\",\"ms\":0}]}",
	    "$.probes[0].area", "tiem" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"i\","
		"\"state\":\"okay\",\"errno\":0,\"detail\":\"\",\"ms\":0}]}",
	    "$.probes[0].state", "okay" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"i\","
		"\"state\":\"ok\",\"errno\":0.5,\"detail\":\"\",\"ms\":0}]}",
	    "$.probes[0].errno", "integer" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"i\","
		"\"state\":\"ok\",\"errno\":-1,\"detail\":\"\",\"ms\":0}]}",
	    "$.probes[0].errno", "outside" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"i\","
		"\"state\":\"ok\",\"errno\":0,\"detail\":\"\",\"ms\":-1}]}",
	    "$.probes[0].ms", "negative" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"i\","
		"\"state\":\"ok\",\"errno\":0,\"detail\":null,\"ms\":1}]}",
	    "$.probes[0].detail", "string" },
	{ START "{\"id\":\"a\",\"area\":\"time\",\"interface\":\"\","
		"\"state\":\"ok\",\"errno\":0,\"detail\":\"\",\"ms\":1}]}",
	    "$.probes[0].interface", "empty" },
	{ START "{\"id\":\"a\",\"kv\":\"x\"}]}", "$.probes[0].kv", "unknown" },
};

ATF_TC_WITHOUT_HEAD(wrong_input_is_refused_with_its_path);
ATF_TC_BODY(wrong_input_is_refused_with_its_path, tc)
{
	struct isth_report *rep;
	struct error e;
	size_t i;

	for (i = 0; i < COUNT(refused); i++) {
		rep = parse(refused[i].text, &e);
		ATF_REQUIRE_MSG(rep == NULL, "accepted: %s", refused[i].text);
		ATF_CHECK_STREQ(refused[i].path, e.path);
		ATF_CHECK_MSG(strstr(e.why, refused[i].why) != NULL,
		    "%s: \"%s\" for \"%s\"", refused[i].text, e.why,
		    refused[i].why);
		ATF_CHECK(e.step[0] != '\0');
	}
}

ATF_TC_WITHOUT_HEAD(missing_file_is_an_error);
ATF_TC_BODY(missing_file_is_an_error, tc)
{
	struct error e = { 0 };

	ATF_CHECK(isth_report_load("no-such-file.json", &e) == NULL);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("no-such-file.json", e.path);
}

ATF_TC_WITHOUT_HEAD(write_error_is_an_error);
ATF_TC_BODY(write_error_is_an_error, tc)
{
	static const enum isth_format formats[] = { ISTH_FORMAT_TABLE,
		ISTH_FORMAT_KV, ISTH_FORMAT_JSON, ISTH_FORMAT_NDJSON };
	struct isth_report *rep = make(mixed, COUNT(mixed));
	struct error e;
	size_t i;
	FILE *f;

	f = fopen("/dev/full", "w");
	if (f == NULL)
		atf_tc_skip("no /dev/full");
	(void)setvbuf(f, NULL, _IONBF, 0);
	for (i = 0; i < COUNT(formats); i++) {
		clearerr(f);
		ATF_CHECK_MSG(!isth_report_render(rep, formats[i], f, &e),
		    "format %zu", i);
	}
	(void)fclose(f);
	ATF_CHECK(!isth_report_render(rep, ISTH_FORMAT_HTML, stdout, &e));
	isth_report_destroy(rep);
}

static const struct line old_lines[] = {
	{ "a.lost", NULL, ISTH_STATE_OK, 0, "" },
	{ "b.same", NULL, ISTH_STATE_OK, 0, "" },
	{ "c.gained", NULL, ISTH_STATE_ABSENT, 0, "" },
	{ "d.changed", NULL, ISTH_STATE_DENIED, EPERM, "" },
	{ "e.removed", NULL, ISTH_STATE_OK, 0, "was there" },
	{ "g.unasked", NULL, ISTH_STATE_OK, 0, "" },
};
static const struct line new_lines[] = {
	{ "a.lost", NULL, ISTH_STATE_UNRELIABLE, 0, "it lies" },
	{ "b.same", NULL, ISTH_STATE_OK, 0, "other words" },
	{ "c.gained", NULL, ISTH_STATE_OK, 0, "" },
	{ "d.changed", NULL, ISTH_STATE_UNSUPPORTED, 0, "" },
	{ "f.added", NULL, ISTH_STATE_OK, 0, "" },
	{ "g.unasked", NULL, ISTH_STATE_SKIPPED, 0, "needs root" },
};

static char *
compare(enum isth_format format, bool partial, size_t *lost)
{
	struct isth_report *a = make(old_lines, COUNT(old_lines)),
			   *b = make(new_lines, COUNT(new_lines));
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)snprintf(b->host.release, sizeof(b->host.release), "6.9");
	b->partial = partial;
	f = open_memstream(&out, &len);
	ATF_REQUIRE(isth_report_compare(a, b, format, f, lost, NULL));
	(void)fclose(f);
	isth_report_destroy(a);
	isth_report_destroy(b);
	ATF_REQUIRE(out != NULL);
	return (out);
}

ATF_TC_WITHOUT_HEAD(comparison_as_table);
ATF_TC_BODY(comparison_as_table, tc)
{
	size_t lost = 99;
	char *out = compare(ISTH_FORMAT_TABLE, false, &lost);

	ATF_CHECK_EQ(1, lost);
	ATF_CHECK(text_starts(out, "old: Linux 6.1 x86_64"));
	ATF_CHECK(strstr(out, "new: Linux 6.9 x86_64") != NULL);
	ATF_CHECK(strstr(out, "a.lost") != NULL);
	ATF_CHECK(strstr(out, "it lies") != NULL);
	ATF_CHECK(strstr(out, "b.same") == NULL);
	ATF_CHECK(strstr(out, "6 changes, 1 lost\n") != NULL);
	free(out);
}

/* What was not asked for is nothing that only the old one has. */
ATF_TC_WITHOUT_HEAD(comparison_of_some);
ATF_TC_BODY(comparison_of_some, tc)
{
	size_t lost = 99;
	char *out = compare(ISTH_FORMAT_TABLE, true, &lost);

	ATF_CHECK_EQ(1, lost);
	ATF_CHECK(strstr(out, "e.removed") == NULL);
	ATF_CHECK(strstr(out, "f.added") != NULL);
	ATF_CHECK(strstr(out, "5 changes, 1 lost\n") != NULL);
	free(out);
}

ATF_TC_WITHOUT_HEAD(comparison_as_json);
ATF_TC_BODY(comparison_as_json, tc)
{
	static const char *const parts[] = {
		"\"lost\": 1",
		"\"id\": \"a.lost\",\n      \"change\": \"lost\",\n"
		"      \"old\": \"ok\",\n      \"new\": \"unreliable\"",
		"\"id\": \"c.gained\",\n      \"change\": \"gained\"",
		"\"id\": \"d.changed\",\n      \"change\": \"changed\"",
		"\"id\": \"e.removed\",\n      \"change\": \"only in old\",\n"
		"      \"old\": \"ok\",\n      \"new\": null",
		"\"id\": \"f.added\",\n      \"change\": \"only in new\",\n"
		"      \"old\": null",
		"\"id\": \"g.unasked\",\n      \"change\": \"not asked now\"",
	};
	size_t i, lost = 99;
	char *out = compare(ISTH_FORMAT_JSON, false, &lost);

	ATF_CHECK_EQ(1, lost);
	for (i = 0; i < COUNT(parts); i++)
		ATF_CHECK_MSG(strstr(out, parts[i]) != NULL, "%s not in %s",
		    parts[i], out);
	free(out);
}

ATF_TC_WITHOUT_HEAD(comparison_with_itself);
ATF_TC_BODY(comparison_with_itself, tc)
{
	struct isth_report *a = make(mixed, COUNT(mixed));
	size_t lost = 99;
	FILE *f = fopen("out", "w");

	ATF_REQUIRE(
	    isth_report_compare(a, a, ISTH_FORMAT_TABLE, f, &lost, NULL));
	(void)fclose(f);
	ATF_CHECK_EQ(0, lost);
	ATF_CHECK(atf_utils_grep_file("^0 changes, 0 lost$", "out"));
	isth_report_destroy(a);
}

ATF_TC_WITHOUT_HEAD(find_by_id);
ATF_TC_BODY(find_by_id, tc)
{
	struct isth_report *rep = make(mixed, COUNT(mixed));

	ATF_CHECK(isth_report_find(rep, "metadata.c") == &rep->results[2]);
	ATF_CHECK(isth_report_find(rep, "metadata") == NULL);
	isth_report_destroy(rep);
}

/*
 * The report that maps take for FreeBSD's side: it was not made on a machine
 * that was too busy, and no call that every program makes is doubted in it.
 */
ATF_TC_WITHOUT_HEAD(the_saved_report_of_freebsd_doubts_no_everyday_call);
ATF_TC_BODY(the_saved_report_of_freebsd_doubts_no_everyday_call, tc)
{
	static const char path[] =
	    SOURCE_ROOT "/docs/results/freebsd-15.1-root.json";
	static const char *const calls[] = { "execve", "kill", "mmap",
		"mq_open", "pipe2", "sigwaitinfo", "statfs" };
	const struct isth_probe_result *r;
	struct isth_report *rep;
	struct error e = { 0 };
	size_t i, k;

	if (access(path, R_OK) != 0)
		atf_tc_skip("the results are not on this machine");
	rep = isth_report_load(path, &e);
	ATF_REQUIRE_MSG(rep != NULL, "%s: %s", e.step, e.why);
	for (i = 0; i < rep->nresults; i++) {
		r = &rep->results[i];
		ATF_CHECK_MSG(r->state != ISTH_STATE_HUNG &&
				  r->state != ISTH_STATE_CRASHED,
		    "%s: %s", r->id, isth_state_name(r->state));
		for (k = 0; k < COUNT(calls); k++) {
			if (strcmp(r->interface_id, calls[k]) == 0)
				ATF_CHECK_MSG(r->state == ISTH_STATE_OK,
				    "%s: %s: %s", r->id,
				    isth_state_name(r->state), r->detail);
		}
	}
	isth_report_destroy(rep);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, json_round_trip);
	ATF_TP_ADD_TC(tp, kv_is_known_again_by_id);
	ATF_TP_ADD_TC(tp, kv_keeps_the_first_keys_first);
	ATF_TP_ADD_TC(tp, ndjson_is_a_line_each);
	ATF_TP_ADD_TC(tp, table_ends_with_counts);
	ATF_TP_ADD_TC(tp, wrong_input_is_refused_with_its_path);
	ATF_TP_ADD_TC(tp, missing_file_is_an_error);
	ATF_TP_ADD_TC(tp, write_error_is_an_error);
	ATF_TP_ADD_TC(tp, comparison_as_table);
	ATF_TP_ADD_TC(tp, comparison_of_some);
	ATF_TP_ADD_TC(tp, comparison_as_json);
	ATF_TP_ADD_TC(tp, comparison_with_itself);
	ATF_TP_ADD_TC(tp, find_by_id);
	ATF_TP_ADD_TC(tp, the_saved_report_of_freebsd_doubts_no_everyday_call);
	return (atf_no_error());
}
