/*
 * The check of the catalogue: texts, references, and the consistency of a
 * row with itself.  What a measurement says about the rows is in
 * check_report.c.
 *
 * Lookups here are linear on purpose: the check must not trust the index of
 * the rows that it checks, and it runs in lint, not in service.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "survey/catalogue/catalogue.h"
#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t finding(FILE *, const char *, const char *, ...)
    __attribute__((__format__(__printf__, 3, 4)));

/* Writes "SUBJECT: what is wrong" and counts one. */
static size_t
finding(FILE *out, const char *subject, const char *fmt, ...)
{
	va_list ap;

	fprintf(out, "%s: ", subject);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
	return (1);
}

static const struct isth_interface *
row_find(const struct catalogue_view *view, const char *id)
{
	size_t i;

	if (id == NULL)
		return (NULL);
	for (i = 0; i < view->nrows; i++) {
		if (view->rows[i].id != NULL &&
		    strcmp(view->rows[i].id, id) == 0)
			return (&view->rows[i]);
	}
	return (NULL);
}

static bool
is_none(const char *s)
{
	return (strcmp(s, "-") == 0);
}

/* What is wrong with a text of one line; NULL when nothing is. */
static const char *
text_fault(const char *s)
{
	size_t i, len;

	if (s == NULL || *s == '\0')
		return ("is empty");
	len = strlen(s);
	if (text_utf8_valid(s, len) != len)
		return ("is not UTF-8");
	for (i = 0; i < len; i++) {
		if (iscntrl((unsigned char)s[i]))
			return ("holds a line break or control character");
	}
	if (s[0] == ' ' || s[len - 1] == ' ')
		return ("begins or ends with a blank");
	return (NULL);
}

static size_t
check_text(FILE *out, const char *subject, const char *what, const char *s)
{
	const char *fault;

	fault = text_fault(s);
	if (fault == NULL)
		return (0);
	return (finding(out, subject, "%s %s", what, fault));
}

/* The spelling of an id says of which kind the row is. */
static bool
id_fits_kind(const struct isth_interface *row)
{
	static const struct {
		const char *prefix;
		enum isth_kind kind;
	} forms[] = {
		{ "cmd:", ISTH_KIND_COMMAND },
		{ "fs:", ISTH_KIND_FILESYSTEM },
		{ "semantic:", ISTH_KIND_SEMANTIC },
		{ "/", ISTH_KIND_DEVICE },
	};
	size_t i, len;

	for (i = 0; i < COUNT(forms); i++) {
		if (text_starts(row->id, forms[i].prefix) !=
		    (row->kind == forms[i].kind))
			return (false);
	}
	len = strlen(row->id);
	if (row->kind == ISTH_KIND_HEADER)
		return (len > 2 && strcmp(row->id + len - 2, ".h") == 0);
	return (true);
}

/* Whether class, Linux name and FreeBSD answer can stand together. */
static size_t
check_class(FILE *out, const struct isth_interface *row)
{
	bool no_answer;

	no_answer = is_none(row->freebsd);
	if (no_answer && row->class_ != ISTH_CLASS_ABSENT)
		return (
		    finding(out, row->id, "class %s without a FreeBSD answer",
			isth_class_name(row->class_)));
	if (!no_answer && row->class_ == ISTH_CLASS_ABSENT)
		return (finding(
		    out, row->id, "class absent with a FreeBSD answer"));
	return (0);
}

static size_t
check_row(FILE *out, const struct isth_interface *row)
{
	size_t n;
	const char *id;

	id = row->id != NULL && *row->id != '\0' ? row->id : "(no id)";
	n = check_text(out, id, "id", row->id) +
	    check_text(out, id, "Linux name", row->linux_name) +
	    check_text(out, id, "FreeBSD answer", row->freebsd) +
	    check_text(out, id, "why", row->why) +
	    check_text(out, id, "source", row->from);
	if ((unsigned)row->area >= ISTH_AREA_COUNT)
		n += finding(out, id, "unknown area");
	if ((unsigned)row->kind >= ISTH_KIND_COUNT)
		n += finding(out, id, "unknown kind");
	if ((unsigned)row->class_ >= ISTH_CLASS_COUNT)
		n += finding(out, id, "unknown class");
	if (n > 0)
		return (n);
	if (is_none(row->from))
		n += finding(out, id, "source is empty");
	if (is_none(row->why))
		n += finding(out, id, "why is empty");
	if (!id_fits_kind(row))
		n += finding(out, id, "id does not look like a %s",
		    isth_kind_name(row->kind));
	return (n + check_class(out, row));
}

static size_t
check_rows(const struct catalogue_view *view, FILE *out)
{
	const struct isth_interface *row;
	size_t i, n;

	n = 0;
	for (i = 0; i < view->nrows; i++) {
		row = &view->rows[i];
		n += check_row(out, row);
		if (row->id != NULL && row_find(view, row->id) != row)
			n += finding(out, row->id, "duplicate id");
	}
	return (n);
}

static size_t
check_consumer(const struct catalogue_view *view, FILE *out,
    const struct isth_consumer *consumer)
{
	const struct isth_need *needs;
	size_t i, j, n;

	n = check_text(out, consumer->name, "title", consumer->title) +
	    check_text(out, consumer->name, "source", consumer->from);
	if (consumer->nneeds == 0)
		n += finding(out, consumer->name, "consumer without needs");
	needs = consumer->needs;
	for (i = 0; i < consumer->nneeds; i++) {
		if (row_find(view, needs[i].id) == NULL)
			n += finding(out, consumer->name,
			    "needs \"%s\", which is no row", needs[i].id);
		n += check_text(out, needs[i].id, "purpose", needs[i].purpose);
		for (j = 0; j < i; j++) {
			if (strcmp(needs[j].id, needs[i].id) == 0)
				n += finding(out, consumer->name,
				    "needs \"%s\" twice", needs[i].id);
		}
	}
	return (n);
}

static size_t
check_consumers(const struct catalogue_view *view, FILE *out)
{
	const char *name;
	size_t i, j, n;

	n = 0;
	for (i = 0; i < view->nconsumers; i++) {
		name = view->consumers[i].name;
		for (j = 0; j < i; j++) {
			if (strcmp(view->consumers[j].name, name) == 0)
				n += finding(out, name, "duplicate consumer");
		}
		n += check_consumer(view, out, &view->consumers[i]);
	}
	return (n);
}

static size_t
check_probes(const struct catalogue_view *view, FILE *out)
{
	const struct isth_probe_info *probe;
	size_t i, n;

	n = 0;
	for (i = 0; i < view->nprobes; i++) {
		probe = &view->probes[i];
		if (row_find(view, probe->interface_id) == NULL)
			n += finding(out, probe->id,
			    "probe measures \"%s\", which is no row",
			    probe->interface_id);
	}
	return (n);
}

size_t
catalogue_check(const struct catalogue_view *view,
    const struct isth_report *report, FILE *out)
{
	size_t n;

	n = check_rows(view, out) + check_consumers(view, out) +
	    check_probes(view, out);
	if (report != NULL)
		n += catalogue_check_report(view, report, out);
	return (n);
}

size_t
isth_catalogue_check(const struct isth_report *report, FILE *out)
{
	struct catalogue_view view;

	view.rows = isth_catalogue_rows(&view.nrows);
	view.consumers = isth_consumers(&view.nconsumers);
	view.probes = isth_probes(&view.nprobes);
	return (catalogue_check(&view, report, out));
}
