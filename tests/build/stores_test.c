/*
 * After a power failure: what builds left in stores without a journal is
 * found by its name, and nothing else is touched.
 */
#include <errno.h>
#include <stdio.h>

#include "build/stores.h"
#include "tests/build/journal_rig.h"

#define FILE_NAME "state/stores"

static char tag[8];
static int state;

/* As an executor that begins; its tag is remembered. */
static struct stores *
begin(void)
{
	struct error e = { 0 };
	struct stores *s;

	s = stores_open(state, &e);
	ATF_REQUIRE_MSG(s != NULL, "%s: %s: %s", e.step, e.path, e.why);
	(void)snprintf(tag, sizeof(tag), "%s", stores_tag(s));
	ATF_REQUIRE_EQ(4, strlen(tag));
	return (s);
}

static void
reserve(const char *store)
{
	struct stores *s = begin();
	struct error e = { 0 };

	ATF_CHECK_MSG(stores_reserve(s, store, &e), "%s", e.step);
	ATF_CHECK(stores_reserve(s, store, &e));
	stores_close(s);
}

static char *
area(const char *store, const char *first, const char *rest)
{
	char *path = rig_path("%s/tmp-isthmus-%s%s", store, first, rest);
	char command[1200];

	(void)snprintf(command, sizeof(command),
	    "mkdir -p %s/store/out && echo x >%s/store/out/f", path, path);
	ATF_REQUIRE(system(command) == 0);
	return (path);
}

static char *
file_text(void)
{
	static char text[8192];
	size_t n;
	FILE *f = fopen(FILE_NAME, "re");

	ATF_REQUIRE(f != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return (text);
}

static void
start(void)
{
	rig_host.boot = "first-boot";
	state = rig_state();
	(void)mkdir("state/jobs", 0700);
	(void)mkdir("other", 0755);
}

ATF_TC_WITHOUT_HEAD(a_state_directory_has_one_tag);
ATF_TC_BODY(a_state_directory_has_one_tag, tc)
{
	char first[8];

	(void)tc;
	start();
	reserve(rig_path("store"));
	memcpy(first, tag, sizeof(first));
	/* What one that died has begun. */
	rig_write(FILE_NAME ".new", "{");
	reserve(rig_path("other"));
	ATF_CHECK_STREQ(first, tag);
	ATF_CHECK(strstr(file_text(), rig_path("store")) != NULL);
	ATF_CHECK(strstr(file_text(), rig_path("other")) != NULL);
	ATF_CHECK(!rig_exists(FILE_NAME ".new"));
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_STREQ("", rig_told);
}

ATF_TC_WITHOUT_HEAD(what_the_power_left_is_swept);
ATF_TC_BODY(what_the_power_left_is_swept, tc)
{
	char *ours, *second, *foreign, *link, *odd, *whole;
	char command[1200], line[600];

	(void)tc;
	start();
	reserve(rig_path("store"));
	reserve(rig_path("other"));
	ours = area("store", tag, "01234567");
	second = area("other", tag, "fedcba98");
	/* Of another state directory, no id, and finished. */
	foreign = area("store", tag[0] == '0' ? "1000" : "0000", "01234567");
	odd = area("store", tag, "0123456x");
	whole = rig_path("store/%s01234567-hello", tag);
	link = rig_path("store/tmp-isthmus-%s00000000", tag);
	(void)snprintf(command, sizeof(command),
	    "mkdir kept %s && echo x >kept/f && ln -s ../kept %s", whole, link);
	ATF_REQUIRE(system(command) == 0);
	/* Within a boot the journals tell. */
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(rig_exists(ours) && rig_exists(link));
	rig_host.boot = "second-boot";
	ATF_CHECK_EQ(0, rig_recover(state, true));
	(void)snprintf(
	    line, sizeof(line), "job %s01234567: would remove %s\n", tag, ours);
	ATF_CHECK_MSG(strstr(rig_told, line) != NULL, "%s", rig_told);
	ATF_CHECK(rig_exists(ours) && rig_exists(second));
	ATF_CHECK_EQ(0, rig_recover(state, false));
	(void)snprintf(
	    line, sizeof(line), "job %s01234567: removed %s\n", tag, ours);
	ATF_CHECK_MSG(strstr(rig_told, line) != NULL, "%s", rig_told);
	ATF_CHECK(!rig_exists(ours) && !rig_exists(second));
	ATF_CHECK(!rig_exists(link) && rig_exists("kept/f"));
	ATF_CHECK(rig_exists(foreign) && rig_exists(odd) && rig_exists(whole));
	/* And once a boot. */
	ours = area("store", tag, "01234567");
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_STREQ("", rig_told);
	ATF_CHECK(rig_exists(ours));
	/* A boot that nobody can tell is always another one. */
	rig_host.boot = "";
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(!rig_exists(ours));
}

/* Another executor's, which began before us in this boot. */
ATF_TC_WITHOUT_HEAD(who_has_a_journal_is_left_alone);
ATF_TC_BODY(who_has_a_journal_is_left_alone, tc)
{
	struct error e = { 0 };
	char id[16], *ours;
	struct journal *j;
	struct plan *p;

	(void)tc;
	start();
	reserve(rig_path("store"));
	(void)snprintf(id, sizeof(id), "%s01234567", tag);
	rig_host.boot = "second-boot";
	p = rig_plan(id, RIG_UID);
	j = journal_begin(state, p, 7, &e);
	ATF_REQUIRE(j != NULL);
	ours = area("store", tag, "01234567");
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(rig_exists(ours));
	/* Torn by the same failure, it goes, and so does the area. */
	ATF_REQUIRE_EQ(0, truncate(rig_path("state/jobs/%s.journal", id), 20));
	journal_destroy(j);
	rig_host.boot = "third-boot";
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(!rig_exists(ours));
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	rig_plan_destroy(p);
}

ATF_TC_WITHOUT_HEAD(stores_that_are_no_more);
ATF_TC_BODY(stores_that_are_no_more, tc)
{
	char *ours;

	(void)tc;
	start();
	(void)mkdir("third", 0755);
	reserve(rig_path("third"));
	reserve(rig_path("other"));
	reserve(rig_path("store"));
	ours = area("store", tag, "01234567");
	ATF_REQUIRE(system("rmdir third other && echo x >other") == 0);
	rig_host.boot = "second-boot";
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(!rig_exists(ours));
}

/* Its file system is mounted after the first recovery. */
ATF_TC_WITHOUT_HEAD(an_empty_store_is_looked_at_again);
ATF_TC_BODY(an_empty_store_is_looked_at_again, tc)
{
	char *ours;

	(void)tc;
	start();
	reserve(rig_path("store"));
	rig_host.boot = "second-boot";
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ours = area("store", tag, "01234567");
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(!rig_exists(ours));
}

ATF_TC_WITHOUT_HEAD(a_broken_file_is_told);
ATF_TC_BODY(a_broken_file_is_told, tc)
{
	static const char *const texts[] = { "", "{", "[]",
		"{\"version\": \"isthmus.stores/2\", \"tag\": \"0000\", "
		"\"stores\": []}",
		"{\"version\": \"isthmus.stores/1\", \"tag\": \"00/0\", "
		"\"stores\": []}",
		"{\"version\": \"isthmus.stores/1\", \"tag\": \"0000\", "
		"\"stores\": [{\"path\": \"store\", \"boot\": \"\"}]}",
		"{\"version\": \"isthmus.stores/1\", \"tag\": \"0000\", "
		"\"stores\": [1]}",
		"{\"version\": \"isthmus.stores/1\", \"tag\": \"0000\"}" };
	struct error e;
	size_t i;

	(void)tc;
	start();
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		rig_write(FILE_NAME, texts[i]);
		memset(&e, 0, sizeof(e));
		ATF_CHECK(stores_open(state, &e) == NULL);
		ATF_CHECK_MSG(strstr(e.step, "read stores") != NULL, "%zu: %s",
		    i, e.step);
		ATF_CHECK_MSG(
		    strstr(e.hint, "tmp-isthmus-") != NULL, "%s", e.hint);
		(void)rig_recover(state, false);
		ATF_CHECK_MSG(strstr(rig_error.step, "read stores") != NULL,
		    "%zu: %s", i, rig_error.step);
		ATF_CHECK_STREQ(texts[i], file_text());
	}
}

/* Each call fails once, and then all from it on. */
ATF_TC_WITHOUT_HEAD(errors_lose_nothing);
ATF_TC_BODY(errors_lose_nothing, tc)
{
	static const int errors[2] = { EMFILE, ENOSPC };
	unsigned at, on, failed = 0, before;
	struct error e = { 0 };
	struct stores *s;
	bool hit, ok;
	char *ours, boot[32];
	size_t left;

	(void)tc;
	start();
	before = rig_descriptors();
	for (on = 0; on < 2; on++) {
		for (at = 1, hit = true; hit; at++) {
			(void)unlink(FILE_NAME);
			rig_host.boot = "first-boot";
			fault_arm(at, errors[on], on == 1);
			s = stores_open(state, &e);
			ok = s != NULL &&
			     stores_reserve(s, rig_path("store"), &e);
			hit = fault_disarm();
			stores_close(s);
			ATF_CHECK_EQ_MSG(before, rig_descriptors(), "%u", at);
			ATF_CHECK(!rig_exists(FILE_NAME ".new") || on == 1);
			if (!ok) {
				failed++;
				continue;
			}
			/* Who was told that it is there finds it there. */
			ATF_CHECK(strstr(file_text(), rig_path("store")));
		}
		reserve(rig_path("store"));
		for (at = 1, hit = true; hit; at++) {
			ours = area("store", tag, "01234567");
			(void)snprintf(
			    boot, sizeof(boot), "boot-%u-%u", on, at);
			rig_host.boot = boot;
			fault_arm(at, errors[on], on == 1);
			left = rig_recover(state, false);
			hit = fault_disarm();
			ATF_CHECK_EQ_MSG(before, rig_descriptors(), "%u", at);
			ok = left == 0 && rig_error.step[0] == '\0';
			failed += !ok;
			ATF_CHECK_MSG(
			    !ok || !rig_exists(ours), "%u: %s", at, rig_told);
			/* It comes again. */
			ATF_CHECK_EQ(0, rig_recover(state, false));
			ATF_CHECK_MSG(!rig_exists(ours), "%u", at);
		}
	}
	ATF_CHECK_MSG(failed > 40, "only %u", failed);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_state_directory_has_one_tag);
	ATF_TP_ADD_TC(tp, what_the_power_left_is_swept);
	ATF_TP_ADD_TC(tp, who_has_a_journal_is_left_alone);
	ATF_TP_ADD_TC(tp, stores_that_are_no_more);
	ATF_TP_ADD_TC(tp, an_empty_store_is_looked_at_again);
	ATF_TP_ADD_TC(tp, a_broken_file_is_told);
	ATF_TP_ADD_TC(tp, errors_lose_nothing);
	return (atf_no_error());
}
