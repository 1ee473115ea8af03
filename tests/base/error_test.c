/* The error object: what is kept, what context adds, what a line shows. */
#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/* The line that isth_error_print writes. */
static char *
printed(const struct error *e)
{
	/* Reachable to the end of the case, which prints few. */
	static char *lines[8];
	static size_t n;
	size_t size;
	FILE *f;

	f = open_memstream(&lines[n], &size);
	isth_error_print(f, "prog", e);
	fclose(f);
	return (lines[n++]);
}

ATF_TC_WITHOUT_HEAD(errno_alone_is_put_in_words);
ATF_TC_BODY(errno_alone_is_put_in_words, tc)
{
	struct error e;

	ATF_CHECK(!fail(&e, ENOENT, "open report", "/x", NULL));
	ATF_CHECK_STREQ(
	    "prog: open report: /x: No such file or directory\n", printed(&e));
}

ATF_TC_WITHOUT_HEAD(reason_and_errno_both_show);
ATF_TC_BODY(reason_and_errno_both_show, tc)
{
	struct error e;

	fail(&e, EFBIG, "read", NULL, "more than %d bytes", 7);
	ATF_CHECK_STREQ(
	    "prog: read: more than 7 bytes (File too large)\n", printed(&e));
}

ATF_TC_WITHOUT_HEAD(hint_follows_the_reason);
ATF_TC_BODY(hint_follows_the_reason, tc)
{
	struct error e;

	fail(&e, 0, "probe", "--aera", "unknown option");
	fail_hint(&e, "%s", "--area");
	ATF_CHECK_STREQ(
	    "prog: probe: --aera: unknown option; try: --area\n", printed(&e));
}

ATF_TC_WITHOUT_HEAD(context_goes_before_the_step);
ATF_TC_BODY(context_goes_before_the_step, tc)
{
	struct error e;

	fail(&e, 0, "read JSON", "$.host", "missing");
	fail_context(&e, "load %s", "old.json");
	ATF_CHECK_STREQ("load old.json: read JSON", e.step);
	ATF_CHECK_STREQ("$.host", e.path);
}

ATF_TC_WITHOUT_HEAD(long_texts_are_cut_not_overrun);
ATF_TC_BODY(long_texts_are_cut_not_overrun, tc)
{
	char long_text[4096];
	struct error e;
	int i;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	fail(&e, 0, long_text, long_text, "%s", long_text);
	fail_hint(&e, "%s", long_text);
	for (i = 0; i < 3; i++)
		fail_context(&e, "%s", long_text);
	ATF_CHECK_EQ(sizeof(e.step) - 1, strlen(e.step));
	ATF_CHECK_EQ(sizeof(e.path) - 1, strlen(e.path));
	ATF_CHECK_EQ(sizeof(e.hint) - 1, strlen(e.hint));
}

ATF_TC_WITHOUT_HEAD(a_new_error_forgets_the_old);
ATF_TC_BODY(a_new_error_forgets_the_old, tc)
{
	struct error e;

	fail(&e, 0, "a", "b", "c");
	fail_hint(&e, "d");
	fail(&e, ENOENT, "e", NULL, NULL);
	ATF_CHECK_STREQ("prog: e: No such file or directory\n", printed(&e));
	/* A caller that does not want to know may pass NULL. */
	ATF_CHECK(!fail(NULL, ENOENT, "e", NULL, NULL));
	ATF_CHECK(!fail_hint(NULL, "x"));
	ATF_CHECK(!fail_context(NULL, "x"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, errno_alone_is_put_in_words);
	ATF_TP_ADD_TC(tp, reason_and_errno_both_show);
	ATF_TP_ADD_TC(tp, hint_follows_the_reason);
	ATF_TP_ADD_TC(tp, context_goes_before_the_step);
	ATF_TP_ADD_TC(tp, long_texts_are_cut_not_overrun);
	ATF_TP_ADD_TC(tp, a_new_error_forgets_the_old);
	return (atf_no_error());
}
