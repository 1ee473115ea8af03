/* The join: folding of needs, answers of several probes, odd input. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

ATF_TC_WITHOUT_HEAD(duplicates_become_one_need);
ATF_TC_BODY(duplicates_become_one_need, tc)
{
	struct isth_report *report;
	const struct map_need *need;
	struct isth_scan *scan;
	struct isth_map *map;

	report = plant_linux();
	scan = plant_scan();
	map = plant_map(&planted_consumer, scan, report, NULL);
	/* 10 rows of the consumer, one more from the scan. */
	ATF_CHECK_EQ(11, map->nneeds);
	need = plant_need(map, "fork");
	ATF_CHECK_STREQ("start a build; run hooks", need->purpose);
	ATF_CHECK_STREQ(
	    "start a build; run hooks; 9 sites in 7 files", need->demand);
	/* Both uses, by file and line, whatever their order in the scan. */
	ATF_REQUIRE_EQ(9, need->nsites);
	ATF_CHECK_STREQ("src/plain.c", need->sites[5].file);
	ATF_CHECK_EQ(12, need->sites[5].line);
	ATF_CHECK_EQ(ISTH_USE_CALL, need->sites[5].use);
	ATF_CHECK_EQ(13, need->sites[6].line);
	ATF_CHECK_EQ(ISTH_USE_REFERENCE, need->sites[6].use);
	ATF_CHECK_EQ(40, need->sites[7].line);
	isth_map_destroy(map);
	plant_scan_destroy(scan);
	plant_report_destroy(report);
}

ATF_TC_WITHOUT_HEAD(unknown_symbols_are_apart_and_kept);
ATF_TC_BODY(unknown_symbols_are_apart_and_kept, tc)
{
	struct isth_report *report;
	struct isth_scan *scan;
	struct isth_map *map;
	size_t i, n;
	int v;

	report = plant_linux();
	scan = plant_scan();
	map = plant_map(&planted_consumer, scan, report, NULL);
	ATF_REQUIRE_EQ(2, map->nunknown);
	ATF_CHECK_STREQ("mach_<msg>=%", map->unknown[0].id);
	ATF_CHECK_EQ(2, map->unknown[0].nsites);
	ATF_CHECK(map->unknown[0].row == NULL);
	ATF_CHECK_STREQ("no_such_row", map->unknown[1].id);
	for (i = 0; i < map->nneeds; i++)
		ATF_CHECK(map->needs[i].row != NULL);
	/* And they have no verdict. */
	for (v = 0, n = 0; v < ISTH_VERDICT_COUNT; v++)
		n += isth_map_count(map, (enum isth_verdict)v);
	ATF_CHECK_EQ(map->nneeds, n);
	isth_map_destroy(map);
	plant_scan_destroy(scan);
	plant_report_destroy(report);
}

ATF_TC_WITHOUT_HEAD(nothing_needed_is_a_map);
ATF_TC_BODY(nothing_needed_is_a_map, tc)
{
	static const enum isth_format formats[] = { ISTH_FORMAT_TEXT,
		ISTH_FORMAT_MARKDOWN, ISTH_FORMAT_HTML, ISTH_FORMAT_JSON,
		ISTH_FORMAT_KV };
	struct isth_consumer consumer = { "idle", "Needs nothing", "planted",
		NULL, 0 };
	struct isth_report *report;
	struct isth_map *map;
	size_t i;
	char *s;

	report = plant_report("Linux", "6.1.0", 0, NULL, 0);
	map = plant_map(&consumer, NULL, report, NULL);
	ATF_CHECK_EQ(0, map->nneeds);
	ATF_CHECK_STREQ(
	    "Nothing that the catalogue knows is needed.", map->headline);
	for (i = 0; i < COUNT(formats); i++) {
		s = plant_render(map, formats[i]);
		ATF_CHECK(strstr(s, "idle") != NULL);
		free(s);
	}
	isth_map_destroy(map);
	plant_report_destroy(report);
}

static void
check_refused(const struct isth_map_options *options, const char *why)
{
	struct isth_map *map;
	struct error e;

	map = map_join(options, planted_rows, planted_nrows, &e);
	ATF_CHECK(map == NULL);
	ATF_CHECK_MSG(strstr(e.why, why) != NULL, "why: %s", e.why);
	isth_map_destroy(map);
}

ATF_TC_WITHOUT_HEAD(missing_arguments_are_refused);
ATF_TC_BODY(missing_arguments_are_refused, tc)
{
	struct isth_map_options options = { NULL, NULL, NULL, NULL };
	struct isth_report *report;

	report = plant_linux();
	options.report = report;
	check_refused(&options, "neither a consumer nor a scan");
	plant_report_destroy(report);
	options.report = NULL;
	options.consumer = &planted_consumer;
	check_refused(&options, "no kernel was measured");
}

ATF_TC_WITHOUT_HEAD(a_site_outside_the_files_is_refused);
ATF_TC_BODY(a_site_outside_the_files_is_refused, tc)
{
	struct isth_map_options options = { NULL, NULL, NULL, NULL };
	struct isth_report *report;
	struct isth_scan *scan;

	report = plant_linux();
	scan = plant_scan();
	options.report = report;
	options.scan = scan;
	scan->nfiles--;
	check_refused(&options, "a site names file 6 of 6");
	scan->nfiles++;
	plant_scan_destroy(scan);
	plant_report_destroy(report);
}

ATF_TC_WITHOUT_HEAD(a_bad_source_date_is_refused);
ATF_TC_BODY(a_bad_source_date_is_refused, tc)
{
	static const char *const bad[] = { "tomorrow", "12x", "-1",
		"99999999999999999999", "9000000000000000000" };
	struct isth_map_options options = { NULL, NULL, NULL, NULL };
	struct isth_report *report;
	struct isth_map *map;
	size_t i;

	report = plant_linux();
	options.report = report;
	options.consumer = &planted_consumer;
	for (i = 0; i < COUNT(bad); i++) {
		ATF_REQUIRE(setenv("SOURCE_DATE_EPOCH", bad[i], 1) == 0);
		check_refused(&options, "not a ");
	}
	ATF_REQUIRE(setenv("SOURCE_DATE_EPOCH", "86399", 1) == 0);
	map = plant_map(&planted_consumer, NULL, report, NULL);
	ATF_CHECK_STREQ("1970-01-01T23:59:59Z", map->generated);
	isth_map_destroy(map);
	plant_report_destroy(report);
}

/* What the map makes of those answers about chroot. */
static void
check_answer(const struct plant *plants, size_t n, const char *word,
    bool partly, const char *first)
{
	struct isth_report *report;
	const struct map_need *need;
	struct isth_map *map;

	report = plant_report("FreeBSD", "15.1", 0, plants, n);
	map = plant_map(&planted_consumer, NULL, report, NULL);
	need = plant_need(map, "chroot");
	ATF_CHECK_STREQ(word, need->answers[MAP_HERE].word);
	ATF_CHECK_EQ(partly, need->answers[MAP_HERE].measure.partly);
	ATF_CHECK_EQ(n, need->answers[MAP_HERE].nprobes);
	if (first != NULL)
		ATF_CHECK_STREQ(first, need->answers[MAP_HERE].probes[0].id);
	isth_map_destroy(map);
	plant_report_destroy(report);
}

ATF_TC_WITHOUT_HEAD(several_probes_have_their_most_telling_answer);
ATF_TC_BODY(several_probes_have_their_most_telling_answer, tc)
{
	struct plant p[] = {
		{ "b", "chroot", ISTH_STATE_OK, 0, "" },
		{ "a", "chroot", ISTH_STATE_SKIPPED, 0, "" },
		{ "d", "chroot", ISTH_STATE_DENIED, 1, "" },
		{ "c", "chroot", ISTH_STATE_DENIED, 1, "" },
		{ "e", "chroot", ISTH_STATE_CRASHED, 0, "" },
	};

	check_answer(p, 0, "not measured", false, NULL);
	check_answer(p, 1, "ok", false, "b");
	check_answer(p, 2, "ok (1 of 2)", false, "b");
	check_answer(p + 1, 1, "skipped", false, "a");
	check_answer(p, 4, "denied (2 of 4)", true, "c");
	check_answer(p + 1, 3, "denied (2 of 3)", false, "c");
	check_answer(p, 5, "crashed (1 of 5)", true, "e");
}

ATF_TC_WITHOUT_HEAD(the_unmeasured_is_never_called_ok);
ATF_TC_BODY(the_unmeasured_is_never_called_ok, tc)
{
	struct isth_report *freebsd, *linux_;
	const struct map_need *need;
	struct isth_map *map;

	linux_ = plant_linux();
	freebsd = plant_freebsd();
	map = plant_map(&planted_consumer, NULL, linux_, freebsd);
	need = plant_need(map, "close_range");
	ATF_CHECK_STREQ("not measured", need->answers[MAP_HERE].word);
	ATF_CHECK_STREQ("not measured", need->answers[MAP_THERE].word);
	ATF_CHECK_EQ(ISTH_VERDICT_WORKS, need->ruling.verdict);
	ATF_CHECK(!need->ruling.measured);
	ATF_CHECK_STREQ("By the catalogue; no probe of FreeBSD 15.1-RELEASE "
			"measures it.",
	    need->because);
	isth_map_destroy(map);
	map = plant_map(&planted_consumer, NULL, linux_, NULL);
	need = plant_need(map, "close_range");
	ATF_CHECK_STREQ("native", need->answers[MAP_THERE].word);
	ATF_CHECK_STREQ(
	    "By the catalogue; no FreeBSD kernel was measured.", need->because);
	isth_map_destroy(map);
	/* On FreeBSD the other kernel is Linux, known by its names. */
	map = plant_map(&planted_consumer, NULL, freebsd, NULL);
	ATF_CHECK_STREQ("Linux", map->kernels[MAP_THERE].name);
	need = plant_need(map, "close_range");
	ATF_CHECK_STREQ("close_range", need->answers[MAP_THERE].word);
	isth_map_destroy(map);
	plant_report_destroy(linux_);
	plant_report_destroy(freebsd);
}

ATF_TC_WITHOUT_HEAD(a_measured_contradiction_says_both);
ATF_TC_BODY(a_measured_contradiction_says_both, tc)
{
	struct isth_report *freebsd, *linux_;
	const struct map_need *need;
	struct isth_map *map;

	linux_ = plant_linux();
	freebsd = plant_freebsd();
	map = plant_map(&planted_consumer, NULL, linux_, freebsd);
	need = plant_need(map, "posix_fallocate");
	ATF_CHECK_EQ(ISTH_VERDICT_ADAPT, need->ruling.verdict);
	ATF_CHECK(need->ruling.contradiction);
	ATF_CHECK_STREQ("posix_fallocate, with a fallback", need->instead);
	ATF_CHECK_STREQ(
	    "The catalogue says native, yet FreeBSD 15.1-RELEASE "
	    "measured unsupported (1 of 2), errno 45: EOPNOTSUPP on zfs. The "
	    "measurement counts.",
	    need->because);
	/* A need that nobody may ask about is not one that works. */
	need = plant_need(map, "chroot");
	ATF_CHECK_EQ(ISTH_VERDICT_ASK, need->ruling.verdict);
	isth_map_destroy(map);
	plant_report_destroy(linux_);
	plant_report_destroy(freebsd);
}

ATF_TC_WITHOUT_HEAD(hostile_texts_are_made_harmless);
ATF_TC_BODY(hostile_texts_are_made_harmless, tc)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\\b", "a\\\\b" },
		{ "a\tb\n\033[31m\177", "a\\x09b\\x0a\\x1b[31m\\x7f" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "\xc2\x9b", "\\u{009b}" },
		{ "\xe2\x80\xae", "\\u{202e}" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf0\x9f\x90\xa1", "\xf0\x9f\x90\xa1" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "", "" },
	};
	struct pool pool = { NULL, false };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ATF_CHECK_STREQ(cases[i].out, map_show(&pool, cases[i].in));
	ATF_CHECK_STREQ("", map_show(&pool, NULL));
	ATF_CHECK(!pool.failed);
	pool_clear(&pool);
}

ATF_TC_WITHOUT_HEAD(impossible_memory_is_a_failure);
ATF_TC_BODY(impossible_memory_is_a_failure, tc)
{
	struct pool pool = { NULL, false };

	ATF_CHECK(pool_alloc(&pool, SIZE_MAX / 2, 3) == NULL);
	ATF_CHECK(pool.failed);
	pool_clear(&pool);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, duplicates_become_one_need);
	ATF_TP_ADD_TC(tp, unknown_symbols_are_apart_and_kept);
	ATF_TP_ADD_TC(tp, nothing_needed_is_a_map);
	ATF_TP_ADD_TC(tp, missing_arguments_are_refused);
	ATF_TP_ADD_TC(tp, a_site_outside_the_files_is_refused);
	ATF_TP_ADD_TC(tp, a_bad_source_date_is_refused);
	ATF_TP_ADD_TC(tp, several_probes_have_their_most_telling_answer);
	ATF_TP_ADD_TC(tp, the_unmeasured_is_never_called_ok);
	ATF_TP_ADD_TC(tp, a_measured_contradiction_says_both);
	ATF_TP_ADD_TC(tp, hostile_texts_are_made_harmless);
	ATF_TP_ADD_TC(tp, impossible_memory_is_a_failure);
	return (atf_no_error());
}
