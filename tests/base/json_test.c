/* Reading JSON: every way to be wrong names the place. */
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/json.h"

static json_t *
parse(const char *s, struct error *e)
{
	return (json_parse(s, strlen(s), "input", e));
}

ATF_TC_WITHOUT_HEAD(broken_text_names_line_and_column);
ATF_TC_BODY(broken_text_names_line_and_column, tc)
{
	static const char *const broken[] = { "", "{", "[1]", "{\"a\": 1} x",
		"{\"a\": 1, \"a\": 2}", "{\"a\": \"\xff\"}", "nul",
		"{'a': 1}" };
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		ATF_CHECK_MSG(parse(broken[i], &e) == NULL, "%s", broken[i]);
		ATF_CHECK_STREQ("parse JSON", e.step);
		ATF_CHECK_STREQ("input", e.path);
		ATF_CHECK(e.why[0] != '\0');
		ATF_CHECK_EQ(0, e.err);
	}
}

ATF_TC_WITHOUT_HEAD(deep_nesting_is_an_error);
ATF_TC_BODY(deep_nesting_is_an_error, tc)
{
	char deep[200000];
	struct error e;

	memset(deep, '[', sizeof(deep));
	ATF_CHECK(json_parse(deep, sizeof(deep), "input", &e) == NULL);
}

ATF_TC_WITHOUT_HEAD(members_of_the_wrong_type_name_their_path);
ATF_TC_BODY(members_of_the_wrong_type_name_their_path, tc)
{
	const json_t *member;
	const char *s;
	struct error e;
	json_int_t i;
	json_t *value;
	double d;

	value = parse("{\"s\": 1, \"i\": \"x\", \"r\": 3, \"big\": 99}", &e);
	ATF_REQUIRE(value != NULL);
	ATF_CHECK(!json_want_string(value, "$", "s", &s, &e));
	ATF_CHECK_STREQ("$.s", e.path);
	ATF_CHECK_STREQ("not a string", e.why);
	ATF_CHECK(!json_want_integer(value, "$.p[3]", "i", 0, 9, &i, &e));
	ATF_CHECK_STREQ("$.p[3].i", e.path);
	ATF_CHECK(!json_want_integer(value, "$", "big", 0, 9, &i, &e));
	ATF_CHECK_STREQ("99 is outside 0 to 9", e.why);
	ATF_CHECK(!json_want_array(value, "$", "none", &member, &e));
	ATF_CHECK_STREQ("missing", e.why);
	ATF_CHECK(!json_want_object(value, "$", "s", &member, &e));
	/* An integer is a number, too. */
	ATF_CHECK(json_want_number(value, "$", "r", &d, &e));
	ATF_CHECK_EQ(3.0, d);
	json_decref(value);
}

ATF_TC_WITHOUT_HEAD(unknown_keys_name_the_nearest);
ATF_TC_BODY(unknown_keys_name_the_nearest, tc)
{
	static const char *const keys[] = { "version", "host" };
	struct error e;
	json_t *value;

	value = parse("{\"version\": 1, \"hots\": 2}", &e);
	ATF_REQUIRE(value != NULL);
	ATF_CHECK(!json_only_keys(value, "$", keys, 2, &e));
	ATF_CHECK_STREQ("$.hots", e.path);
	ATF_CHECK_STREQ("host", e.hint);
	json_decref(value);
}

ATF_TC_WITHOUT_HEAD(files_that_cannot_be_read_carry_the_errno);
ATF_TC_BODY(files_that_cannot_be_read_carry_the_errno, tc)
{
	struct error e;
	int fd;

	ATF_CHECK(json_read("none.json", &e) == NULL);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("none.json", e.path);
	ATF_CHECK(json_read(".", &e) == NULL);
	ATF_CHECK_EQ(EISDIR, e.err);
	fd = open("huge.json", O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, JSON_READ_MAX + 1L));
	close(fd);
	ATF_CHECK(json_read("huge.json", &e) == NULL);
	ATF_CHECK_EQ(EFBIG, e.err);
}

ATF_TC_WITHOUT_HEAD(a_full_disk_is_an_error);
ATF_TC_BODY(a_full_disk_is_an_error, tc)
{
	struct error e;
	json_t *value;
	FILE *f;

	f = fopen("/dev/full", "w");
	if (f == NULL)
		atf_tc_skip("needs Linux: no /dev/full here");
	setvbuf(f, NULL, _IONBF, 0);
	value = parse("{\"a\": 1}", &e);
	ATF_CHECK(!json_write(value, f, &e));
	ATF_CHECK_EQ(ENOSPC, e.err);
	json_decref(value);
	fclose(f);
}

static int allocations_left;

static void *
scarce_malloc(size_t size)
{
	return (allocations_left-- > 0 ? malloc(size) : NULL);
}

/* Not another string than was written, as jansson alone may return. */
ATF_TC_WITHOUT_HEAD(short_of_memory_is_an_error);
ATF_TC_BODY(short_of_memory_is_an_error, tc)
{
	char name[1001], text[1100];
	struct error e;
	const char *s;
	json_t *value;
	int n;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"name\": \"%s\"}", name);
	json_set_alloc_funcs(scarce_malloc, free);
	for (n = 0, value = NULL; value == NULL; n++) {
		ATF_REQUIRE(n < 1000);
		allocations_left = n;
		value = parse(text, &e);
		if (value == NULL)
			ATF_CHECK_EQ_MSG(ENOMEM, e.err, "%d: %s", n, e.why);
	}
	ATF_CHECK(n > 5);
	ATF_REQUIRE(json_want_string(value, "$", "name", &s, &e));
	ATF_CHECK_STREQ(name, s);
	json_decref(value);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, broken_text_names_line_and_column);
	ATF_TP_ADD_TC(tp, deep_nesting_is_an_error);
	ATF_TP_ADD_TC(tp, members_of_the_wrong_type_name_their_path);
	ATF_TP_ADD_TC(tp, unknown_keys_name_the_nearest);
	ATF_TP_ADD_TC(tp, files_that_cannot_be_read_carry_the_errno);
	ATF_TP_ADD_TC(tp, a_full_disk_is_an_error);
	ATF_TP_ADD_TC(tp, short_of_memory_is_an_error);
	return (atf_no_error());
}
