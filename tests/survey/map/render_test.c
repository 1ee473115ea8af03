/*
 * The renderers: golden files, and input that is hostile to each format.
 * UPDATE_GOLDEN=1 in the environment rewrites the golden files.
 */
#include <atf-c.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"

/* The map of everything planted, with a date that does not change. */
static char *
render_planted(enum isth_format format)
{
	struct isth_report *freebsd, *linux_;
	struct isth_scan *scan;
	struct isth_map *map;
	char *s;

	ATF_REQUIRE(setenv("SOURCE_DATE_EPOCH", "1700000000", 1) == 0);
	freebsd = plant_freebsd();
	linux_ = plant_linux();
	scan = plant_scan();
	map = plant_map(&planted_consumer, scan, linux_, freebsd);
	s = plant_render(map, format);
	isth_map_destroy(map);
	plant_scan_destroy(scan);
	plant_report_destroy(freebsd);
	plant_report_destroy(linux_);
	return (s);
}

static void
check_golden(const char *name, enum isth_format format)
{
	char *s, path[1024];
	FILE *f;

	snprintf(path, sizeof(path), SOURCE_ROOT "/tests/survey/map/golden/%s",
	    name);
	s = render_planted(format);
	if (getenv("UPDATE_GOLDEN") != NULL) {
		f = fopen(path, "w");
		ATF_REQUIRE(f != NULL && fputs(s, f) >= 0 && fclose(f) == 0);
	}
	if (!atf_utils_compare_file(path, s))
		atf_tc_fail("%s differs; now it is:\n%s", path, s);
	free(s);
}

ATF_TC_WITHOUT_HEAD(text_is_as_kept);
ATF_TC_BODY(text_is_as_kept, tc)
{
	check_golden("map.txt", ISTH_FORMAT_TEXT);
}

ATF_TC_WITHOUT_HEAD(markdown_is_as_kept);
ATF_TC_BODY(markdown_is_as_kept, tc)
{
	check_golden("map.md", ISTH_FORMAT_MARKDOWN);
}

ATF_TC_WITHOUT_HEAD(kv_is_as_kept);
ATF_TC_BODY(kv_is_as_kept, tc)
{
	check_golden("map.kv", ISTH_FORMAT_KV);
}

ATF_TC_WITHOUT_HEAD(json_is_as_kept);
ATF_TC_BODY(json_is_as_kept, tc)
{
	check_golden("map.json", ISTH_FORMAT_JSON);
}

ATF_TC_WITHOUT_HEAD(other_formats_are_refused);
ATF_TC_BODY(other_formats_are_refused, tc)
{
	struct isth_report *report;
	struct isth_map *map;
	struct error e;

	report = plant_linux();
	map = plant_map(&planted_consumer, NULL, report, NULL);
	ATF_CHECK(!isth_map_render(map, ISTH_FORMAT_NDJSON, stdout, &e));
	ATF_CHECK_STREQ("a map has no such format", e.why);
	isth_map_destroy(map);
	plant_report_destroy(report);
}

ATF_TC_WITHOUT_HEAD(a_full_disk_is_an_error);
ATF_TC_BODY(a_full_disk_is_an_error, tc)
{
	struct isth_report *report;
	struct isth_map *map;
	struct error e;
	FILE *full;
	int i;

	full = fopen("/dev/full", "w");
	if (full == NULL)
		atf_tc_skip("no /dev/full on this system");
	report = plant_linux();
	map = plant_map(&planted_consumer, NULL, report, NULL);
	for (i = ISTH_FORMAT_TEXT; i <= ISTH_FORMAT_HTML; i++)
		ATF_CHECK(!isth_map_render(map, (enum isth_format)i, full, &e));
	ATF_CHECK(!isth_map_render(map, ISTH_FORMAT_JSON, full, &e));
	ATF_CHECK(!isth_map_render(map, ISTH_FORMAT_KV, full, &e));
	fclose(full);
	isth_map_destroy(map);
	plant_report_destroy(report);
}

static size_t
occurrences(const char *s, const char *what)
{
	size_t n;

	for (n = 0; (s = strstr(s, what)) != NULL; s += strlen(what))
		n++;
	return (n);
}

ATF_TC_WITHOUT_HEAD(no_format_lets_control_bytes_through);
ATF_TC_BODY(no_format_lets_control_bytes_through, tc)
{
	static const enum isth_format formats[] = { ISTH_FORMAT_TEXT,
		ISTH_FORMAT_MARKDOWN, ISTH_FORMAT_HTML, ISTH_FORMAT_JSON,
		ISTH_FORMAT_KV };
	size_t i;
	char *p, *s;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		s = render_planted(formats[i]);
		for (p = s; *p != '\0'; p++) {
			if (((unsigned char)*p < 0x20 && *p != '\n' &&
				*p != '\t') ||
			    *p == 0x7f || (unsigned char)*p >= 0x80)
				atf_tc_fail("byte 0x%02x at %td in format %d",
				    (unsigned char)*p, p - s, formats[i]);
		}
		free(s);
	}
}

ATF_TC_WITHOUT_HEAD(html_escapes_and_asks_no_network);
ATF_TC_BODY(html_escapes_and_asks_no_network, tc)
{
	char *s;

	s = render_planted(ISTH_FORMAT_HTML);
	ATF_CHECK_EQ(1, occurrences(s, "<script"));
	ATF_CHECK_EQ(1, occurrences(s, "</script"));
	ATF_CHECK_EQ(1, occurrences(s, "<style"));
	ATF_CHECK_EQ(1, occurrences(s, "</style"));
	ATF_CHECK(strstr(s, "src/&lt;/script&gt;&lt;script&gt;document.title="
			    "&#39;owned&#39;&lt;/script&gt;.c") != NULL);
	ATF_CHECK(strstr(s, "src/quote&quot;&#39;&amp;amp;.c") != NULL);
	ATF_CHECK(strstr(s, "kernel &lt;b&gt;&amp;amp;") != NULL);
	ATF_CHECK(strstr(s, "mach_&lt;msg&gt;=%") != NULL);
	/* Nothing that a browser would fetch. */
	ATF_CHECK_EQ(0, occurrences(s, "://"));
	ATF_CHECK_EQ(0, occurrences(s, " src="));
	ATF_CHECK_EQ(0, occurrences(s, "url("));
	ATF_CHECK_EQ(0, occurrences(s, "@import"));
	ATF_CHECK_EQ(0, occurrences(s, "<link"));
	free(s);
}

/* Cells of a table row: pipes that no backslash stands before. */
static size_t
pipes(const char *line, size_t len)
{
	size_t i, n;

	for (i = 0, n = 0; i < len; i++) {
		if (line[i] == '\\')
			i++;
		else if (line[i] == '|')
			n++;
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(markdown_rows_keep_their_cells);
ATF_TC_BODY(markdown_rows_keep_their_cells, tc)
{
	size_t len, rows;
	char *p, *s;

	s = render_planted(ISTH_FORMAT_MARKDOWN);
	for (p = s, rows = 0; *p != '\0'; p += len + 1) {
		len = strcspn(p, "\n");
		if (*p != '|')
			continue;
		ATF_CHECK_EQ_MSG(9, pipes(p, len), "%.*s", (int)len, p);
		rows++;
	}
	/* 11 needs, and a heading and a rule for each of 6 areas. */
	ATF_CHECK_EQ(11 + 2 * 6, rows);
	ATF_CHECK_EQ(0, occurrences(s, "<"));
	free(s);
}

ATF_TC_WITHOUT_HEAD(kv_lines_have_one_key_each);
ATF_TC_BODY(kv_lines_have_one_key_each, tc)
{
	char *end, *line, *next, *s;

	s = render_planted(ISTH_FORMAT_KV);
	for (line = s; *line != '\0'; line = next) {
		end = strchr(line, '\n');
		ATF_REQUIRE(end != NULL);
		*end = '\0';
		next = end + 1;
		ATF_CHECK_MSG(strncmp(line, "map.", 4) == 0, "%s", line);
		ATF_CHECK_MSG(strchr(line, '=') != NULL, "%s", line);
		*strchr(line, '=') = '\0';
		ATF_CHECK_MSG(strchr(line, ' ') == NULL, "%s", line);
		*end = '\n';
	}
	free(s);
}

ATF_TC_WITHOUT_HEAD(counts_agree_in_every_format);
ATF_TC_BODY(counts_agree_in_every_format, tc)
{
	json_t *counts, *needs, *root;
	char *html, *kv, *s, line[64];
	const char *name;
	json_int_t n;
	int v;

	s = render_planted(ISTH_FORMAT_JSON);
	kv = render_planted(ISTH_FORMAT_KV);
	html = render_planted(ISTH_FORMAT_HTML);
	root = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
	ATF_REQUIRE(root != NULL);
	counts = json_object_get(root, "counts");
	needs = json_object_get(root, "needs");
	ATF_CHECK_EQ(11, json_array_size(needs));
	for (v = 0; v < ISTH_VERDICT_COUNT; v++) {
		name = isth_verdict_name((enum isth_verdict)v);
		n = json_integer_value(json_object_get(counts, name));
		ATF_CHECK_MSG(n > 0, "no %s in the planted map", name);
		snprintf(
		    line, sizeof(line), "\nmap.total.%s=%d\n", name, (int)n);
		ATF_CHECK_MSG(strstr(kv, line) != NULL, "%s", line);
		snprintf(line, sizeof(line), "data-v=\"%s\"", name);
		ATF_CHECK_EQ((size_t)n, occurrences(html, line));
	}
	json_decref(root);
	free(html);
	free(kv);
	free(s);
}

/* 20,000 sites: the page says how many it lists, JSON has them all. */
ATF_TC_WITHOUT_HEAD(a_cut_list_of_sites_says_so);
ATF_TC_BODY(a_cut_list_of_sites_says_so, tc)
{
	struct isth_report *report;
	struct isth_scan *scan;
	struct isth_map *map;
	json_t *root;
	char *s;

	report = plant_linux();
	scan = plant_scan_large(20000);
	map = plant_map(NULL, scan, report, NULL);
	s = plant_render(map, ISTH_FORMAT_HTML);
	ATF_CHECK(strstr(s, "20000 in 1 file") != NULL);
	ATF_CHECK(strstr(s, "the first 2000 are listed here") != NULL);
	ATF_CHECK(strstr(s, ", 2000</li>") != NULL);
	ATF_CHECK(strstr(s, ", 2001") == NULL);
	ATF_CHECK(strlen(s) < 200000);
	free(s);
	s = plant_render(map, ISTH_FORMAT_MARKDOWN);
	ATF_CHECK(strstr(s, "and 19980 more, all in the JSON form") != NULL);
	free(s);
	s = plant_render(map, ISTH_FORMAT_JSON);
	root = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
	ATF_CHECK_EQ(20000,
	    json_array_size(json_object_get(
		json_array_get(json_object_get(root, "needs"), 0), "sites")));
	json_decref(root);
	free(s);
	isth_map_destroy(map);
	plant_scan_destroy(scan);
	plant_report_destroy(report);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text_is_as_kept);
	ATF_TP_ADD_TC(tp, markdown_is_as_kept);
	ATF_TP_ADD_TC(tp, kv_is_as_kept);
	ATF_TP_ADD_TC(tp, json_is_as_kept);
	ATF_TP_ADD_TC(tp, other_formats_are_refused);
	ATF_TP_ADD_TC(tp, a_full_disk_is_an_error);
	ATF_TP_ADD_TC(tp, no_format_lets_control_bytes_through);
	ATF_TP_ADD_TC(tp, html_escapes_and_asks_no_network);
	ATF_TP_ADD_TC(tp, markdown_rows_keep_their_cells);
	ATF_TP_ADD_TC(tp, kv_lines_have_one_key_each);
	ATF_TP_ADD_TC(tp, counts_agree_in_every_format);
	ATF_TP_ADD_TC(tp, a_cut_list_of_sites_says_so);
	return (atf_no_error());
}
