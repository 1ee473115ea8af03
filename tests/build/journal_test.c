/* The journal: what is on disk when, what is read back, what is refused. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/build/journal_rig.h"

#define FILE_NAME "state/jobs/" RIG_ID ".journal"
#define HEADER                                                          \
	"{\"journal\":\"isthmus.journal/1\",\"job\":\"" RIG_ID          \
	"\",\"name\":\"hello\",\"executor\":1,\"start\":2,\"boot\":\"b" \
	"\",\"uid\":35001}\n"

static char *
slurp(const char *path, size_t *len)
{
	static char data[65536];
	FILE *f = fopen(path, "re");

	ATF_REQUIRE(f != NULL);
	*len = fread(data, 1, sizeof(data) - 1, f);
	data[*len] = '\0';
	(void)fclose(f);
	return (data);
}

static struct journal_record *
parse(const char *s, struct error *e)
{
	memset(e, 0, sizeof(*e));
	return (journal_parse(s, strlen(s), "x.journal", e));
}

ATF_TC_WITHOUT_HEAD(what_is_written_is_read_back);
ATF_TC_BODY(what_is_written_is_read_back, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	struct journal_record *r;
	int state = rig_state();
	struct journal *j;
	struct stat st;
	struct error e;
	size_t len;
	char *data;

	j = journal_begin(state, p, 42, &e);
	ATF_REQUIRE_MSG(j != NULL, "%s", e.step);
	ATF_REQUIRE(stat(FILE_NAME, &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	data = slurp(FILE_NAME, &len);
	r = journal_parse(data, len, "x", &e);
	ATF_REQUIRE_MSG(r != NULL, "%s %s", e.path, e.why);
	ATF_CHECK_STREQ(RIG_ID, r->id);
	ATF_CHECK_STREQ("hello-2.12", r->name);
	ATF_CHECK_EQ(getpid(), r->executor);
	ATF_CHECK_EQ(42, r->executor_start);
	ATF_CHECK_STREQ("boot-of-the-test", r->boot);
	ATF_CHECK_EQ(RIG_UID, r->uid);
	ATF_REQUIRE_EQ(6, r->n);
	ATF_CHECK_EQ(UNDO_RELEASE_UID, r->entries[0].undo);
	ATF_CHECK_EQ(UNDO_REMOVE_TREE, r->entries[1].undo);
	ATF_CHECK_STREQ(p->job, r->entries[1].target);
	ATF_CHECK_EQ(UNDO_UNMOUNT, r->entries[5].undo);
	ATF_CHECK_EQ(0, r->ncommits);
	journal_record_destroy(r);

	ATF_REQUIRE(journal_commit(j, p, &e));
	data = slurp(FILE_NAME, &len);
	r = journal_parse(data, len, "x", &e);
	ATF_REQUIRE_MSG(r != NULL, "%s %s", e.path, e.why);
	ATF_REQUIRE_EQ(2, r->ncommits);
	ATF_CHECK(strncmp(r->commits[1].from, p->stage, strlen(p->stage)) == 0);
	ATF_CHECK_STREQ("/two-" RIG_ID, r->commits[1].from + strlen(p->stage));
	ATF_CHECK_STREQ(
	    "/two-" RIG_ID, r->commits[1].to + strlen(p->spec->host_store));
	ATF_CHECK(r->commit_at < len);
	journal_record_destroy(r);

	ATF_REQUIRE(journal_uncommit(j, &e));
	data = slurp(FILE_NAME, &len);
	r = journal_parse(data, len, "x", &e);
	ATF_REQUIRE(r != NULL);
	ATF_CHECK_EQ(0, r->ncommits);
	ATF_CHECK_EQ(6, r->n);
	journal_record_destroy(r);

	ATF_CHECK(journal_remove(j, &e));
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(job_without_a_uid_of_its_own_has_none_in_the_journal);
ATF_TC_BODY(job_without_a_uid_of_its_own_has_none_in_the_journal, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	struct journal_record *r;
	int state = rig_state();
	struct journal *j;
	struct error e;
	size_t len;
	char *data;

	p->steps[0].undo = UNDO_NONE;
	j = journal_begin(state, p, 42, &e);
	ATF_REQUIRE(j != NULL);
	data = slurp(FILE_NAME, &len);
	r = journal_parse(data, len, "x", &e);
	ATF_REQUIRE_MSG(r != NULL, "%s %s", e.path, e.why);
	ATF_CHECK_EQ((uid_t)-1, r->uid);
	journal_record_destroy(r);
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(id_that_has_a_journal_is_refused_and_it_stays);
ATF_TC_BODY(id_that_has_a_journal_is_refused_and_it_stays, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	struct journal *j;
	struct error e;

	j = journal_begin(state, p, 1, &e);
	ATF_REQUIRE(j != NULL);
	ATF_CHECK(journal_begin(state, p, 1, &e) == NULL);
	ATF_CHECK_EQ(EEXIST, e.err);
	ATF_CHECK(rig_exists(FILE_NAME));
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(name_that_is_not_utf8_is_refused_with_nothing_left);
ATF_TC_BODY(name_that_is_not_utf8_is_refused_with_nothing_left, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	struct error e;

	p->steps[2].target[1] = '\xff';
	ATF_CHECK(journal_begin(state, p, 1, &e) == NULL);
	ATF_CHECK_EQ(EILSEQ, e.err);
	ATF_CHECK_STREQ("not UTF-8", e.why);
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	rig_plan_destroy(p);
	(void)close(state);
}

/* Every length of a journal is what a crash may leave. */
ATF_TC_WITHOUT_HEAD(torn_anywhere_it_reads_as_its_whole_lines);
ATF_TC_BODY(torn_anywhere_it_reads_as_its_whole_lines, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	size_t at, len, lines = 0;
	struct journal_record *r;
	int state = rig_state();
	struct journal *j;
	struct error e;
	char *data;

	j = journal_begin(state, p, 1, &e);
	ATF_REQUIRE(j != NULL && journal_commit(j, p, &e));
	data = slurp(FILE_NAME, &len);
	for (at = 0; at <= len; at++) {
		lines += at > 0 && data[at - 1] == '\n';
		r = journal_parse(data, at, "x", &e);
		ATF_REQUIRE_EQ_MSG(lines > 0, r != NULL, "%zu %s", at, e.why);
		if (r == NULL)
			continue;
		ATF_CHECK_EQ(lines, 1 + r->n + (r->ncommits > 0));
		journal_record_destroy(r);
	}
	ATF_CHECK_EQ(8, lines);
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(anything_else_names_file_and_line);
ATF_TC_BODY(anything_else_names_file_and_line, tc)
{
	static const struct {
		const char *text, *path;
	} bad[] = {
		{ "x\n", "x.journal:1" },
		{ "\n", "x.journal:1" },
		{ "[]\n", "x.journal:1" },
		{ "{}\n", "x.journal:1: $.journal" },
		{ "{\"journal\":\"isthmus.journal/2\"}\n",
		    "x.journal:1: $.journal" },
		{ HEADER "{}\n", "x.journal:2: $.undo" },
		{ HEADER HEADER, "x.journal:2: $.journal" },
		{ HEADER "\n", "x.journal:2" },
		{ HEADER "{\"undo\":\"explode\",\"target\":\"/x\"}\n",
		    "x.journal:2: $.undo" },
		{ HEADER "{\"undo\":\"none\",\"target\":\"/x\"}\n",
		    "x.journal:2: $.undo" },
		{ HEADER "{\"undo\":\"commit\",\"target\":\"/x\"}\n",
		    "x.journal:2: $.undo" },
		{ HEADER "{\"undo\":\"remove-tree\"}\n",
		    "x.journal:2: $.target" },
		{ HEADER "{\"undo\":\"remove-tree\",\"target\":\"x\"}\n",
		    "x.journal:2: $.target" },
		{ HEADER "{\"undo\":\"unmount\",\"target\":7}\n",
		    "x.journal:2: $.target" },
		{ HEADER "{\"undo\":\"kill\",\"target\":\"x\",\"a\":1}\n",
		    "x.journal:2: $.a" },
		{ HEADER "{\"commit\":[]}\n", "x.journal:2: $.commit" },
		{ HEADER "{\"commit\":[7]}\n", "x.journal:2: $.commit[0]" },
		{ HEADER "{\"commit\":[{\"from\":\"/a\"}]}\n",
		    "x.journal:2: $.commit[0].to" },
		{ HEADER "{\"commit\":[{\"from\":\"/a\",\"to\":\"b\"}]}\n",
		    "x.journal:2: $.commit[0].to" },
	};
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_MSG(
		    parse(bad[i].text, &e) == NULL, "%s", bad[i].text);
		ATF_CHECK_STREQ(bad[i].path, e.path);
		ATF_CHECK_MSG(
		    e.step[0] != '\0' && e.why[0] != '\0', "%s", bad[i].text);
	}
}

ATF_TC_WITHOUT_HEAD(headers_with_impossible_values_are_refused);
ATF_TC_BODY(headers_with_impossible_values_are_refused, tc)
{
	static const char format[] =
	    "{\"journal\":\"isthmus.journal/1\",\"job\":\"%s\",\"name\":\"n\","
	    "\"executor\":%s,\"start\":2,\"boot\":\"\",\"uid\":%s}\n";
	static const struct {
		const char *job, *pid, *uid;
		bool good;
	} rows[] = { { RIG_ID, "5", "null", true },
		{ RIG_ID, "5", "4294967294", true },
		{ RIG_ID, "5", "0", false }, { RIG_ID, "5", "-1", false },
		{ RIG_ID, "5", "4294967295", false },
		{ RIG_ID, "0", "7", false }, { RIG_ID, "-1", "7", false },
		{ RIG_ID, "99999999999", "7", false },
		{ "0123456789aB", "5", "7", false },
		{ "0123456789a", "5", "7", false },
		{ "../../../etc", "5", "7", false }, { "", "5", "7", false } };
	struct journal_record *r;
	struct error e;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), format, rows[i].job,
		    rows[i].pid, rows[i].uid);
		r = parse(text, &e);
		ATF_CHECK_EQ_MSG(rows[i].good, r != NULL, "%s", text);
		journal_record_destroy(r);
	}
}

/*
 * Each call fails once: nothing is left.  It and all behind it: what is left
 * is nothing to recovery.
 */
ATF_TC_WITHOUT_HEAD(failing_calls_leave_nothing_behind);
ATF_TC_BODY(failing_calls_leave_nothing_behind, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	unsigned at, before, failed = 0, on;
	int state = rig_state();
	struct journal *j;
	struct error e;
	bool hit;

	before = rig_descriptors();
	for (on = 0; on < 2; on++) {
		for (at = 1, hit = true; hit; at++) {
			memset(&e, 0, sizeof(e));
			fault_arm(at, ENOSPC, on == 1);
			j = journal_begin(state, p, 1, &e);
			hit = fault_disarm();
			failed += j == NULL;
			ATF_CHECK_MSG(j != NULL || e.step[0] != '\0', "%u", at);
			if (j == NULL && on == 0)
				ATF_CHECK_EQ(0, rig_count("state/jobs"));
			journal_destroy(j);
			ATF_CHECK_EQ_MSG(before, rig_descriptors(), "%u", at);
			ATF_CHECK_EQ(0, rig_recover(state, false));
			ATF_CHECK_EQ(0, rig_count("state/jobs"));
		}
	}
	ATF_CHECK_MSG(failed >= 20, "only %u", failed);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(commit_that_fails_is_as_if_never_written);
ATF_TC_BODY(commit_that_fails_is_as_if_never_written, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	unsigned at, failed = 0;
	struct journal_record *r;
	int state = rig_state();
	struct journal *j;
	bool hit, ok;
	struct error e;
	size_t len;
	char *data;

	j = journal_begin(state, p, 1, &e);
	ATF_REQUIRE(j != NULL);
	for (at = 1, hit = true; hit; at++) {
		memset(&e, 0, sizeof(e));
		fault_arm(at, ENOSPC, false);
		ok = journal_commit(j, p, &e);
		hit = fault_disarm();
		ATF_CHECK_EQ(ok, e.step[0] == '\0');
		failed += !ok;
		data = slurp(FILE_NAME, &len);
		ATF_CHECK_EQ('\n', data[len - 1]);
		r = journal_parse(data, len, "x", &e);
		ATF_REQUIRE_MSG(r != NULL, "%s %s", e.path, e.why);
		ATF_CHECK_EQ(6, r->n);
		ATF_CHECK_EQ(ok ? 2 : 0, r->ncommits);
		journal_record_destroy(r);
		if (ok)
			ATF_REQUIRE(journal_uncommit(j, &e));
	}
	ATF_CHECK_MSG(failed >= 6, "only %u", failed);
	/* Taking back fails too, and the next one writes over the torn line. */
	fault_arm(1, ENOSPC, true);
	ATF_CHECK(!journal_commit(j, p, &e));
	ATF_CHECK(fault_disarm());
	ATF_REQUIRE(journal_commit(j, p, &e));
	data = slurp(FILE_NAME, &len);
	r = journal_parse(data, len, "x", &e);
	ATF_REQUIRE_MSG(r != NULL, "%s %s", e.path, e.why);
	ATF_CHECK_EQ(2, r->ncommits);
	journal_record_destroy(r);
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

/* The kernel's own full disk, not ours. */
ATF_TC_WITHOUT_HEAD(file_size_limit_is_a_clean_failure);
ATF_TC_BODY(file_size_limit_is_a_clean_failure, tc)
{
	struct rlimit limit = { 300, 300 };
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	struct error e;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	ATF_CHECK(journal_begin(state, p, 1, &e) == NULL);
	ATF_CHECK_EQ(EFBIG, e.err);
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_written_is_read_back);
	ATF_TP_ADD_TC(tp, job_without_a_uid_of_its_own_has_none_in_the_journal);
	ATF_TP_ADD_TC(tp, id_that_has_a_journal_is_refused_and_it_stays);
	ATF_TP_ADD_TC(tp, name_that_is_not_utf8_is_refused_with_nothing_left);
	ATF_TP_ADD_TC(tp, torn_anywhere_it_reads_as_its_whole_lines);
	ATF_TP_ADD_TC(tp, anything_else_names_file_and_line);
	ATF_TP_ADD_TC(tp, headers_with_impossible_values_are_refused);
	ATF_TP_ADD_TC(tp, failing_calls_leave_nothing_behind);
	ATF_TP_ADD_TC(tp, commit_that_fails_is_as_if_never_written);
	ATF_TP_ADD_TC(tp, file_size_limit_is_a_clean_failure);
	return (atf_no_error());
}
