/* Growable strings, UTF-8, printable text and the nearest word. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

ATF_TC_WITHOUT_HEAD(appends_grow_and_stay_terminated);
ATF_TC_BODY(appends_grow_and_stay_terminated, tc)
{
	struct text t = { 0 };
	char *s;
	int i;

	ATF_CHECK_STREQ("", text_string(&t));
	for (i = 0; i < 10000; i++)
		text_addf(&t, "%d,", i % 10);
	ATF_CHECK_EQ(20000, t.len);
	ATF_CHECK_EQ(20000, strlen(text_string(&t)));
	s = text_take(&t);
	ATF_REQUIRE(s != NULL);
	ATF_CHECK_STREQ("", text_string(&t));
	free(s);
}

ATF_TC_WITHOUT_HEAD(an_empty_text_is_taken_as_empty_string);
ATF_TC_BODY(an_empty_text_is_taken_as_empty_string, tc)
{
	struct text t = { 0 };
	char *s;

	s = text_take(&t);
	ATF_REQUIRE(s != NULL);
	ATF_CHECK_STREQ("", s);
	free(s);
}

ATF_TC_WITHOUT_HEAD(a_failed_text_gives_nothing);
ATF_TC_BODY(a_failed_text_gives_nothing, tc)
{
	struct text t = { 0 };

	text_add(&t, "half");
	t.failed = true;
	text_add(&t, " more");
	ATF_CHECK_STREQ("half", text_string(&t));
	ATF_CHECK_EQ(NULL, text_take(&t));
}

ATF_TC_WITHOUT_HEAD(utf8_is_judged_as_rfc3629_does);
ATF_TC_BODY(utf8_is_judged_as_rfc3629_does, tc)
{
	static const struct {
		const char *s;
		size_t len;
		size_t valid;
	} cases[] = {
		{ "plain", 5, 5 }, { "a\xc3\xa4z", 4, 4 },
		{ "\xe2\x82\xac", 3, 3 }, { "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },		    /* U+10FFFF */
		{ "\xf4\x90\x80\x80", 4, 0 },		    /* one more */
		{ "\xc0\xaf", 2, 0 },			    /* overlong slash */
		{ "\xe0\x80\xaf", 3, 0 },		    /* overlong */
		{ "\xed\xa0\x80", 3, 0 },		    /* surrogate */
		{ "ab\xff", 3, 2 }, { "ab\xe2\x82", 4, 2 }, /* cut short */
		{ "ab\x80", 3, 2 }, /* stray continuation */
		{ "a\0b", 3, 3 },   /* NUL is a code point */
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].valid,
		    text_utf8_valid(cases[i].s, cases[i].len), "case %zu", i);
}

ATF_TC_WITHOUT_HEAD(printable_text_holds_no_control_bytes);
ATF_TC_BODY(printable_text_holds_no_control_bytes, tc)
{
	char s[] = "a\033[31mb\nc\td\x7f\xc2\x9b"
		   "e\xff"
		   "f\xc3\xa4";

	text_make_printable(s);
	ATF_CHECK_STREQ("a?[31mb c d???e?f\xc3\xa4", s);
}

ATF_TC_WITHOUT_HEAD(width_counts_code_points);
ATF_TC_BODY(width_counts_code_points, tc)
{
	ATF_CHECK_EQ(3, text_width("a\xc3\xa4z"));
	ATF_CHECK_EQ(0, text_width(""));
}

ATF_TC_WITHOUT_HEAD(nearest_word_is_near_or_none);
ATF_TC_BODY(nearest_word_is_near_or_none, tc)
{
	static const char *const words[] = { "probe", "scan", "map",
		"catalogue" };
	char huge[200];

	ATF_CHECK_STREQ("probe", text_nearest("prbe", words, 4));
	ATF_CHECK_STREQ("probe", text_nearest("porbe", words, 4));
	ATF_CHECK_STREQ("catalogue", text_nearest("catalog", words, 4));
	ATF_CHECK_STREQ("map", text_nearest("mpa", words, 4));
	ATF_CHECK_EQ(NULL, text_nearest("xyzzy", words, 4));
	ATF_CHECK_EQ(NULL, text_nearest("", words, 0));
	memset(huge, 'm', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	ATF_CHECK_EQ(NULL, text_nearest(huge, words, 4));
}

ATF_TC_WITHOUT_HEAD(a_number_is_digits_up_to_a_maximum);
ATF_TC_BODY(a_number_is_digits_up_to_a_maximum, tc)
{
	static const char *const none[] = { "", "-1", "+1", " 1", "1 ", "1x",
		"x", "101", "99999999999999999999" };
	size_t i;
	int n = 7;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ATF_CHECK_MSG(!text_number(none[i], 100, &n), "%s", none[i]);
	ATF_CHECK_EQ(7, n);
	ATF_CHECK(text_number("100", 100, &n) && n == 100);
	ATF_CHECK(text_number("0", 100, &n) && n == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_number_is_digits_up_to_a_maximum);
	ATF_TP_ADD_TC(tp, appends_grow_and_stay_terminated);
	ATF_TP_ADD_TC(tp, an_empty_text_is_taken_as_empty_string);
	ATF_TP_ADD_TC(tp, a_failed_text_gives_nothing);
	ATF_TP_ADD_TC(tp, utf8_is_judged_as_rfc3629_does);
	ATF_TP_ADD_TC(tp, printable_text_holds_no_control_bytes);
	ATF_TP_ADD_TC(tp, width_counts_code_points);
	ATF_TP_ADD_TC(tp, nearest_word_is_near_or_none);
	return (atf_no_error());
}
