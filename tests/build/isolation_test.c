/*
 * docs/isolation.md against the tree: the tests that it names exist, the
 * attacks of tests/attack are in its rows, and what it says is weaker is
 * what this host says.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/text.h"
#include "build/host.h"

#define PAGE SOURCE_ROOT "/docs/isolation.md"
#define ATTACKS SOURCE_ROOT "/tests/attack"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define TRIAL_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

static struct text
contents(const char *path)
{
	struct text t = { 0 };
	char block[4096];
	size_t n;
	FILE *in;

	in = fopen(path, "re");
	if (in == NULL)
		return (t);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		text_add_bytes(&t, block, n);
	(void)fclose(in);
	ATF_REQUIRE(!t.failed);
	return (t);
}

static struct text
page(void)
{
	if (access(PAGE, R_OK) != 0 || access(ATTACKS, R_OK) != 0)
		atf_tc_skip("needs the sources at " SOURCE_ROOT);
	return (contents(PAGE));
}

/* `word` in `in`, with none of `chars` on either side. */
static bool
has_word(const char *in, const char *word, const char *chars)
{
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(in, word); at != NULL; at = strstr(at + 1, word)) {
		if ((at == in || strchr(chars, at[-1]) == NULL) &&
		    (at[len] == '\0' || strchr(chars, at[len]) == NULL))
			return (true);
	}
	return (false);
}

/* A test as the page names it, `folder/program:case` in backquotes. */
struct named {
	char folder[32], program[64], name[128];
	char trials[2048]; /* what stands in parentheses behind it */
};

/* The next one from *at on. */
static bool
next_named(const char **at, struct named *t)
{
	const char *p;
	int len;

	for (p = strchr(*at, '`'); p != NULL; p = strchr(p + 1, '`')) {
		len = 0;
		memset(t, 0, sizeof(*t));
		(void)sscanf(p + 1,
		    "%31[a-z]/%63[" NAME_CHARS "]:%127[" NAME_CHARS "]`%n",
		    t->folder, t->program, t->name, &len);
		if (len == 0)
			continue;
		p += 1 + len;
		if (p[0] == ' ' && p[1] == '(')
			(void)sscanf(p + 2, "%2047[^)]", t->trials);
		*at = p;
		return (true);
	}
	return (false);
}

/* The source of a test program; an attack's has no "attack_" in its name. */
static struct text
source_of(const struct named *t)
{
	static const char prefix[] = "attack_";
	const char *program = t->program;
	char path[600];

	if (strcmp(t->folder, "attack") == 0 && text_starts(program, prefix))
		program += sizeof(prefix) - 1;
	(void)snprintf(path, sizeof(path), SOURCE_ROOT "/tests/%s/%s.c",
	    t->folder, program);
	return (contents(path));
}

static bool
has_case(const struct text *source, const char *name)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "ATF_TP_ADD_TC(tp, %s);", name);
	return (strstr(text_string(source), line) != NULL);
}

ATF_TC_WITHOUT_HEAD(every_test_that_is_named_exists);
ATF_TC_BODY(every_test_that_is_named_exists, tc)
{
	struct text text = page(), source;
	const char *at = text_string(&text);
	struct named t;
	size_t n = 0;

	for (; next_named(&at, &t); n++) {
		source = source_of(&t);
		ATF_CHECK_MSG(has_case(&source, t.name), "no test %s/%s:%s",
		    t.folder, t.program, t.name);
		text_clear(&source);
	}
	ATF_CHECK_MSG(n > 100, "%zu tests", n);
	text_clear(&text);
}

ATF_TC_WITHOUT_HEAD(trials_behind_a_test_are_in_its_program);
ATF_TC_BODY(trials_behind_a_test_are_in_its_program, tc)
{
	struct text text = page(), source;
	const char *at = text_string(&text);
	char *trial, *rest;
	struct named t;
	size_t n = 0;

	while (next_named(&at, &t)) {
		source = source_of(&t);
		for (trial = strtok_r(t.trials, " ", &rest); trial != NULL;
		     trial = strtok_r(NULL, " ", &rest), n++)
			ATF_CHECK_MSG(has_word(text_string(&source), trial,
					  TRIAL_CHARS "_"),
			    "%s is not in %s", trial, t.program);
		text_clear(&source);
	}
	ATF_CHECK_MSG(n > 150, "%zu trials", n);
	text_clear(&text);
}

/* All trials that stand behind a test, separated by blanks. */
static struct text
trials_of(const struct text *text)
{
	const char *at = text_string(text);
	struct text all = { 0 };
	struct named t;

	while (next_named(&at, &t))
		text_addf(&all, " %s", t.trials);
	return (all);
}

/* Trials are rows `{ "NAME", ...`; cases, what is added to the program. */
static size_t
check_program(
    const struct text *source, const struct text *text, const char *trials)
{
	char line[512], name[128];
	const char *at, *end;
	size_t n = 0;

	for (at = text_string(source); *at != '\0'; at = end + (*end != '\0')) {
		end = at + strcspn(at, "\n");
		(void)snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		if (sscanf(line, "\t{ \"%127[" TRIAL_CHARS "]\"", name) == 1) {
			ATF_CHECK_MSG(has_word(trials, name, TRIAL_CHARS),
			    "trial %s is in no row", name);
			n++;
		} else if (sscanf(line,
			       "\tATF_TP_ADD_TC(tp, %127[" NAME_CHARS "]",
			       name) == 1) {
			ATF_CHECK_MSG(
			    has_word(text_string(text), name, NAME_CHARS),
			    "case %s is in no row", name);
		}
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(every_attack_is_in_a_row);
ATF_TC_BODY(every_attack_is_in_a_row, tc)
{
	struct text text = page(), trials = trials_of(&text), source;
	struct dirent *entry;
	char path[600];
	size_t len, n = 0;
	DIR *dir;

	dir = opendir(ATTACKS);
	ATF_REQUIRE(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (len < 7 || strcmp(entry->d_name + len - 7, "_test.c") != 0)
			continue;
		(void)snprintf(
		    path, sizeof(path), ATTACKS "/%s", entry->d_name);
		source = contents(path);
		n += check_program(&source, &text, text_string(&trials));
		text_clear(&source);
	}
	(void)closedir(dir);
	ATF_CHECK_MSG(n > 150, "%zu trials", n);
	text_clear(&trials);
	text_clear(&text);
}

static void
check_told(const struct text *text, const char *what)
{
	ATF_CHECK_MSG(
	    strstr(text_string(text), what) != NULL, "not told: %s", what);
}

ATF_TC_WITHOUT_HEAD(what_is_weaker_here_is_told);
ATF_TC_BODY(what_is_weaker_here_is_told, tc)
{
	struct isth_build_options options = { 0 };
	const struct host_traits *traits;
	struct text text, line = { 0 };
	struct host *host;
	struct error e;
	size_t i;

	if (access(PAGE, R_OK) != 0)
		atf_tc_skip("needs the sources at " SOURCE_ROOT);
	text = contents(PAGE);
	host = host_create(&options, &e);
	if (host == NULL && geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE_MSG(host != NULL, "%s", e.why);
	traits = host_traits(host);
	for (i = 0; traits->weaker != NULL && traits->weaker[i] != NULL; i++) {
		text_clear(&line);
		text_addf(&line, "\n- %s\n", traits->weaker[i]);
		check_told(&text, text_string(&line));
	}
	if (traits->network_weaker != NULL)
		check_told(&text, traits->network_weaker);
	for (i = 0; i < traits->nlimits; i++) {
		if (traits->limits[i].by == NULL)
			check_told(&text, traits->limits[i].why);
	}
	text_clear(&line);
	text_clear(&text);
	host_destroy(host);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_test_that_is_named_exists);
	ATF_TP_ADD_TC(tp, trials_behind_a_test_are_in_its_program);
	ATF_TP_ADD_TC(tp, every_attack_is_in_a_row);
	ATF_TP_ADD_TC(tp, what_is_weaker_here_is_told);
	return (atf_no_error());
}
