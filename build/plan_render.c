/* A plan for people and for programs: isthmus build --explain. */
#include <errno.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"
#include "build/plan.h"

/* A file's text on one line, cut: --explain --format json has all of it. */
static void
add_text(struct text *line, const char *text)
{
	struct text t = { 0 };

	text_addf(&t, "%.60s", text);
	if (!t.failed && t.len > 0) {
		text_make_printable(t.data);
		text_addf(line, " \"%s%s\"", t.data,
		    text[t.len] == '\0' ? "" : "...");
	}
	text_clear(&t);
}

static void
add_step(struct text *line, size_t number, const struct step *s)
{
	text_addf(line, "%3zu  %-6s  %-14s", number,
	    s->side == SIDE_HOST ? "host" : "inside", step_kind_name(s->kind));
	if (s->path != NULL)
		text_addf(line, " %s", s->path);
	if (s->source != NULL)
		text_addf(line, " %s %s",
		    s->kind == STEP_MAKE_LINK ? "->" : "from", s->source);
	if (s->text != NULL)
		add_text(line, s->text);
	if (s->mode != 0)
		text_addf(line, " mode %04o", (unsigned)s->mode);
	if (s->uid != (uid_t)-1)
		text_addf(line, " uid %u", (unsigned)s->uid);
	if (s->gid != (gid_t)-1)
		text_addf(line, " gid %u", (unsigned)s->gid);
	if (s->size >= 0)
		text_addf(line, " size %lld", (long long)s->size);
	if (s->flags & MASK_EMPTY)
		text_add(line, " empty");
	if (s->flags & MASK_READ_ONLY)
		text_add(line, " read-only");
	if (s->undo != UNDO_NONE)
		text_addf(line, "  | undo: %s%s%s", undo_kind_name(s->undo),
		    s->target == NULL ? "" : " ",
		    s->target == NULL ? "" : s->target);
	text_add(line, "\n");
}

static void
add_strings(
    struct text *out, const char *title, const struct isth_strings *list)
{
	size_t i;

	if (list->n == 0)
		return;
	text_addf(out, "%s:\n", title);
	for (i = 0; i < list->n; i++)
		text_addf(out, "  %s\n", list->items[i]);
}

static void
add_limits(struct text *out, const struct host_traits *traits)
{
	size_t i;

	text_add(out, "limits that bind:\n");
	for (i = 0; i < traits->nlimits; i++) {
		if (traits->limits[i].by != NULL)
			text_addf(out, "  %s: %s\n", traits->limits[i].name,
			    traits->limits[i].by);
	}
}

bool
plan_render_text(const struct plan *p, const struct host_traits *traits,
    FILE *out, struct error *e)
{
	struct text t = { 0 };
	size_t i;
	bool ok;

	text_addf(&t, "plan of %s (%s)\n", p->spec->name, traits->system);
	for (i = 0; i < p->n; i++)
		add_step(&t, i + 1, &p->steps[i]);
	text_addf(&t,
	    "then: kill what is left, collect the outputs from %s through\n"
	    "%s into %s, and each undo above, the last first\n",
	    p->store, p->stage, p->spec->host_store);
	add_limits(&t, traits);
	add_strings(&t, "limits that do not bind here", &p->unlimited);
	add_strings(&t, "weaker here", &p->weaker);
	ok = !t.failed && fputs(text_string(&t), out) != EOF;
	text_clear(&t);
	return (ok || fail(e, errno, "write plan", NULL, NULL));
}

static json_t *
render_strings(const struct isth_strings *list)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return (array);
}

static void
set_string(json_t *object, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, key, json_string(value));
}

static json_t *
render_step(const struct step *s)
{
	json_t *o = json_object();
	char mode[16];

	set_string(o, "step", step_kind_name(s->kind));
	set_string(o, "side", s->side == SIDE_HOST ? "host" : "inside");
	set_string(o, "path", s->path);
	set_string(o, s->kind == STEP_MAKE_LINK ? "to" : "from", s->source);
	set_string(o, "text", s->text);
	if (s->mode != 0) {
		snprintf(mode, sizeof(mode), "%04o", (unsigned)s->mode);
		set_string(o, "mode", mode);
	}
	if (s->uid != (uid_t)-1)
		json_object_set_new(o, "uid", json_integer(s->uid));
	if (s->gid != (gid_t)-1)
		json_object_set_new(o, "gid", json_integer(s->gid));
	if (s->size >= 0)
		json_object_set_new(o, "size_bytes", json_integer(s->size));
	if (s->flags & (MASK_EMPTY | MASK_READ_ONLY))
		set_string(
		    o, "mask", s->flags & MASK_EMPTY ? "empty" : "read-only");
	if (s->undo != UNDO_NONE) {
		set_string(o, "undo", undo_kind_name(s->undo));
		set_string(o, "undo_target", s->target);
	}
	return (o);
}

static json_t *
render_vector(char *const *v)
{
	json_t *array = json_array();

	for (; *v != NULL; v++)
		json_array_append_new(array, json_string(*v));
	return (array);
}

bool
plan_render_json(const struct plan *p, const struct host_traits *traits,
    FILE *out, struct error *e)
{
	json_t *o = json_object(), *steps = json_array();
	size_t i;
	bool ok;

	for (i = 0; i < p->n; i++)
		json_array_append_new(steps, render_step(&p->steps[i]));
	set_string(o, "version", "isthmus.plan/1");
	set_string(o, "name", p->spec->name);
	set_string(o, "system", traits->system);
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "argv", render_vector(p->argv));
	json_object_set_new(o, "environment", render_vector(p->envp));
	json_object_set_new(o, "weaker", render_strings(&p->weaker));
	json_object_set_new(o, "not_enforced", render_strings(&p->unlimited));
	ok = json_write(o, out, e);
	json_decref(o);
	return (ok);
}
