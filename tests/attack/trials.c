/* Trials: each attack with its protections, and without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attack/site.h"

#define NATIVE_UID 65534

/* "succeeded", "refused", "untried", or NULL; *why is the rest of the line. */
static const char *
answer(const struct text *said, const char *attack, char *why, size_t size)
{
	static const char *const ends[] = { "succeeded", "refused", "untried" };
	char start[128];
	const char *line;
	size_t i;

	(void)snprintf(start, sizeof(start), "attack %s ", attack);
	(void)snprintf(why, size, "no answer");
	line = strstr(text_string(said), start);
	if (line == NULL)
		return (NULL);
	line += strlen(start);
	for (i = 0; i < 3; i++) {
		if (text_starts(line, ends[i])) {
			line += strlen(ends[i]);
			(void)snprintf(
			    why, size, "%.*s", (int)strcspn(line, "\n"), line);
			return (ends[i]);
		}
	}
	return (NULL);
}

static void
check_refused(const struct text *said, const struct trial *t)
{
	const char *end;
	char why[300];

	end = answer(said, t->attack, why, sizeof(why));
	if (end == NULL || strcmp(end, "refused") != 0)
		atf_tc_fail_nonfatal(
		    "%s %s:%s", t->attack, end == NULL ? "?" : end, why);
}

static void
check_noticed(const struct text *said, const struct trial *t)
{
	const char *end;
	char why[300];

	end = answer(said, t->attack, why, sizeof(why));
	if (end != NULL && strcmp(end, "untried") == 0 &&
	    (t->flags & TRIAL_OPTIONAL) != 0) {
		printf("not on this kernel: %s:%s\n", t->attack, why);
		return;
	}
	if (end == NULL || strcmp(end, "succeeded") != 0)
		atf_tc_fail_nonfatal("without protection, %s %s:%s", t->attack,
		    end == NULL ? "?" : end, why);
}

static bool
native(const struct trial *t)
{
	return ((t->flags & (TRIAL_NATIVE | TRIAL_NATIVE_USER)) != 0);
}

static bool
same_twin(const struct trial *a, const struct trial *b)
{
	const unsigned kinds = TRIAL_NATIVE | TRIAL_NATIVE_USER;

	return (((a->flags | b->flags) & TRIAL_ALONE) == 0 &&
		(a->flags & kinds) == (b->flags & kinds) &&
		a->leave_out == b->leave_out && a->edit == b->edit);
}

/* All trials from `first` on that can share its twin, which are then done. */
static void
twin_run(struct site *s, const struct trial *trials, size_t n, size_t first,
    bool *done)
{
	const struct trial *t = &trials[first];
	struct text names = { 0 }, said = { 0 };
	bool here[256] = { false };
	size_t i;

	text_add(&names, "--bare");
	for (i = first; i < n; i++) {
		if (i != first && (done[i] || !same_twin(t, &trials[i])))
			continue;
		here[i] = done[i] = true;
		text_addf(&names, " %s", trials[i].attack);
	}
	if (native(t)) {
		said = site_native(s,
		    (t->flags & TRIAL_NATIVE) != 0 ? 0 : NATIVE_UID,
		    text_string(&names));
	} else {
		s->leave_out = t->leave_out;
		s->edit = t->edit;
		text_add(&said, text_string(&site_build(
				    s, "twin", text_string(&names), NULL)
						 ->lines));
		s->leave_out = 0;
		s->edit = NULL;
	}
	for (i = first; i < n; i++) {
		if (here[i])
			check_noticed(&said, &trials[i]);
	}
	text_clear(&names);
	text_clear(&said);
}

void
trials_run(struct site *s, const struct trial *trials, size_t n)
{
	struct text names = { 0 };
	bool done[256] = { false };
	const struct run *r;
	size_t i;

	ATF_REQUIRE(n <= 256);
	for (i = 0; i < n; i++)
		text_addf(&names, "%s%s", i == 0 ? "" : " ", trials[i].attack);
	r = site_build(s, "protected", text_string(&names), NULL);
	text_clear(&names);
	ATF_REQUIRE_MSG(r->exit_code != -1 || r->term_signal != 0,
	    "it did not run: %s", r->why);
	for (i = 0; i < n; i++)
		check_refused(&r->lines, &trials[i]);
	for (i = 0; i < n; i++) {
		if (!done[i])
			twin_run(s, trials, n, i, done);
	}
}
