/* A scan as text and JSON: what is written, and what can be read back. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "survey/survey.h"

static void
put(const char *path, const char *data)
{
	FILE *f = fopen(path, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fputs(data, f) >= 0);
	ATF_REQUIRE(fclose(f) == 0);
}

static struct isth_scan *
sample(void)
{
	const char *paths[] = { "t", "u.c", NULL };
	struct isth_scan_options o = { .paths = paths, .symbols_file = "n" };
	struct error e = { 0 };
	struct isth_scan *s;

	put("n", "mount\nunshare\nCLONE_NEWNS\n");
	ATF_REQUIRE(mkdir("t", 0755) == 0);
	ATF_REQUIRE(mkdir("t/a", 0755) == 0);
	ATF_REQUIRE(mkdir("t/a/b", 0755) == 0);
	put("t/x.c", "int f() {\n mount(a); }");
	put("t/a/x.c", "int f() { mount(a); g(mount); }");
	put("t/a/b/x.c", "int f() { mount(a); mount(b); }");
	put("t/a/b/y.c", "/* \xff */");
	put("u.c", "int f() { unshare(CLONE_NEWNS); }");
	s = isth_scan_run(&o, &e);
	ATF_REQUIRE(s != NULL);
	return (s);
}

static char *
render(const struct isth_scan *s, enum isth_format format, bool sites)
{
	struct error e = { 0 };
	char *text = NULL;
	size_t len;
	FILE *f;

	f = open_memstream(&text, &len);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(isth_scan_render(s, format, sites, f, &e));
	fclose(f);
	return (text);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	struct isth_scan *s = sample();
	char *text = render(s, ISTH_FORMAT_TEXT, false);

	ATF_CHECK(strstr(text, "7 sites of 4 symbols in 5 files") != NULL);
	ATF_CHECK(strstr(text, "mount") != NULL);
	ATF_CHECK(strstr(text, "t/a/b") != NULL); /* in the problem */
	ATF_CHECK(
	    strstr(text, "1 problem\n"
			 "t/a/b/y.c: not UTF-8: line 1, byte 4\n") != NULL);
	ATF_CHECK(strstr(text, "t/x.c:2") == NULL);
	ATF_CHECK(strchr(text, '\033') == NULL);
	free(text);
	text = render(s, ISTH_FORMAT_TEXT, true);
	ATF_CHECK(strstr(text, "\nt/x.c:2: call mount\n") != NULL);
	ATF_CHECK(strstr(text, "\nt/a/x.c:1: reference mount\n") != NULL);
	free(text);
	isth_scan_destroy(s);
}

ATF_TC_WITHOUT_HEAD(json_is_read_back);
ATF_TC_BODY(json_is_read_back, tc)
{
	struct isth_scan *s = sample();
	char *text = render(s, ISTH_FORMAT_JSON, true);
	const json_t *list, *symbol, *places, *sites;
	struct error e = { 0 };
	json_int_t n;
	json_t *all;
	size_t i;

	put("scan.json", text);
	all = json_read("scan.json", &e);
	ATF_REQUIRE_MSG(all != NULL, "%s", e.why);
	ATF_CHECK_STREQ("isthmus.scan/1",
	    json_string_value(json_object_get(all, "version")));
	ATF_CHECK_EQ(5, json_integer_value(json_object_get(all, "files")));
	ATF_CHECK_EQ(s->bytes,
	    (uint64_t)json_integer_value(json_object_get(all, "bytes")));
	ATF_CHECK_EQ(2, json_array_size(json_object_get(all, "roots")));
	ATF_CHECK_EQ(1, json_array_size(json_object_get(all, "problems")));
	list = json_object_get(all, "symbols");
	ATF_REQUIRE_EQ(s->nsymbols, json_array_size(list));
	for (i = 0; i < s->nsymbols; i++) {
		symbol = json_array_get(list, i);
		ATF_CHECK_STREQ(s->symbols[i].name,
		    json_string_value(json_object_get(symbol, "name")));
		ATF_CHECK_STREQ(isth_use_name(s->symbols[i].use),
		    json_string_value(json_object_get(symbol, "use")));
		ATF_CHECK(json_is_null(json_object_get(symbol, "interface")));
		n = json_integer_value(json_object_get(symbol, "count"));
		ATF_CHECK_EQ(s->symbols[i].nsites, (size_t)n);
		sites = json_object_get(symbol, "sites");
		ATF_CHECK_EQ(s->symbols[i].nsites, json_array_size(sites));
	}
	/* Symbols are sorted: CLONE_NEWNS, mount call, mount reference. */
	places = json_object_get(json_array_get(list, 1), "directories");
	ATF_CHECK_EQ(2, json_object_size(places));
	ATF_CHECK_EQ(1, json_integer_value(json_object_get(places, "t")));
	ATF_CHECK_EQ(3, json_integer_value(json_object_get(places, "t/a")));
	json_decref(all);
	free(text);
	text = render(s, ISTH_FORMAT_JSON, false);
	ATF_CHECK(strstr(text, "\"sites\"") == NULL);
	free(text);
	isth_scan_destroy(s);
}

ATF_TC_WITHOUT_HEAD(a_scan_of_nothing);
ATF_TC_BODY(a_scan_of_nothing, tc)
{
	struct isth_scan s = { 0 };
	char *text;

	text = render(&s, ISTH_FORMAT_JSON, true);
	ATF_CHECK(strstr(text, "\"symbols\": []") != NULL);
	free(text);
	text = render(&s, ISTH_FORMAT_TEXT, true);
	ATF_CHECK_STREQ("0 sites of 0 symbols in 0 files, 0.0 MB\n", text);
	free(text);
}

ATF_TC_WITHOUT_HEAD(other_formats_fail);
ATF_TC_BODY(other_formats_fail, tc)
{
	struct isth_scan s = { 0 };
	struct error e = { 0 };

	ATF_CHECK(!isth_scan_render(&s, ISTH_FORMAT_HTML, false, stdout, &e));
	ATF_CHECK(e.why[0] != '\0');
}

ATF_TC_WITHOUT_HEAD(a_full_disk_is_an_error);
ATF_TC_BODY(a_full_disk_is_an_error, tc)
{
	struct isth_scan *s = sample();
	struct error e = { 0 };
	FILE *f;

	f = fopen("/dev/full", "w");
	if (f == NULL)
		atf_tc_skip("no /dev/full here");
	setvbuf(f, NULL, _IONBF, 0);
	ATF_CHECK(!isth_scan_render(s, ISTH_FORMAT_TEXT, true, f, &e));
	ATF_CHECK(!isth_scan_render(s, ISTH_FORMAT_JSON, true, f, &e));
	fclose(f);
	isth_scan_destroy(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, json_is_read_back);
	ATF_TP_ADD_TC(tp, a_scan_of_nothing);
	ATF_TP_ADD_TC(tp, other_formats_fail);
	ATF_TP_ADD_TC(tp, a_full_disk_is_an_error);
	return (atf_no_error());
}
