/*
 * Reading a journal back.  A crash may have torn its end, a power failure
 * may have left less; everything else that is not as it was written is an
 * error with file and line, never a guess.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/journal.h"
#include "build/journal_line.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ID_LENGTH 12

/* One line: its JSON path begins with "NAME:NUMBER: $". */
struct line {
	const json_t *object;
	char at[160];
};

void
journal_record_drop_commits(struct journal_record *r)
{
	size_t i;

	for (i = 0; i < r->ncommits; i++) {
		free(r->commits[i].from);
		free(r->commits[i].to);
	}
	free(r->commits);
	r->commits = NULL;
	r->ncommits = 0;
}

void
journal_record_destroy(struct journal_record *r)
{
	size_t i;

	if (r == NULL)
		return;
	journal_record_drop_commits(r);
	for (i = 0; i < r->n; i++)
		free(r->entries[i].target);
	free(r->entries);
	free(r->id);
	free(r->name);
	free(r->boot);
	free(r);
}

static bool
no_memory(const struct line *l, struct error *e)
{
	return (fail(e, ENOMEM, "read journal", l->at, NULL));
}

static bool
wrong(const struct line *l, const char *key, struct error *e, const char *why)
{
	char path[sizeof(e->path)];

	(void)snprintf(path, sizeof(path), "%s.%s", l->at, key);
	return (fail(e, 0, "read journal", path, "%s", why));
}

static bool
copy_string(const struct line *l, const char *key, char **copy, struct error *e)
{
	const char *s;

	if (!json_want_string(l->object, l->at, key, &s, e))
		return (false);
	*copy = strdup(s);
	return (*copy != NULL || no_memory(l, e));
}

static bool
header_uid(struct journal_record *r, const struct line *l, struct error *e)
{
	json_int_t uid;

	r->uid = (uid_t)-1;
	if (json_is_null(json_object_get(l->object, "uid")))
		return (true);
	/* 0 is root's, which no build has; (uid_t)-1 is nobody's. */
	if (!json_want_integer(
		l->object, l->at, "uid", 1, UINT32_MAX - 1, &uid, e))
		return (false);
	r->uid = (uid_t)uid;
	return (true);
}

static bool
parse_header(struct journal_record *r, const struct line *l, struct error *e)
{
	static const char *const keys[] = { "journal", "job", "name",
		"executor", "start", "boot", "uid" };
	json_int_t pid, start;
	const char *version;

	if (!json_want_string(l->object, l->at, "journal", &version, e))
		return (false);
	if (strcmp(version, "isthmus.journal/1") != 0)
		return (wrong(l, "journal", e, "not \"isthmus.journal/1\""));
	if (!json_only_keys(l->object, l->at, keys, COUNT(keys), e) ||
	    !copy_string(l, "job", &r->id, e) ||
	    !copy_string(l, "name", &r->name, e) ||
	    !json_want_integer(
		l->object, l->at, "executor", 1, INT32_MAX, &pid, e) ||
	    !json_want_integer(
		l->object, l->at, "start", INT64_MIN, INT64_MAX, &start, e) ||
	    !copy_string(l, "boot", &r->boot, e) || !header_uid(r, l, e))
		return (false);
	r->executor = (pid_t)pid;
	r->executor_start = (uint64_t)start;
	if (strlen(r->id) != ID_LENGTH ||
	    strspn(r->id, "0123456789abcdef") != ID_LENGTH)
		return (wrong(l, "job", e, "not 12 hexadecimal digits"));
	return (true);
}

static bool
parse_undo(struct journal_record *r, const struct line *l, struct error *e)
{
	static const char *const keys[] = { "undo", "target" };
	struct journal_entry *grown, *entry;
	const char *name;

	if (!json_only_keys(l->object, l->at, keys, COUNT(keys), e) ||
	    !json_want_string(l->object, l->at, "undo", &name, e))
		return (false);
	grown = reallocarray(r->entries, r->n + 1, sizeof(*grown));
	if (grown == NULL)
		return (no_memory(l, e));
	r->entries = grown;
	entry = &grown[r->n++];
	*entry = (struct journal_entry){ UNDO_NONE, NULL };
	if (!undo_kind_from_name(name, &entry->undo) ||
	    entry->undo == UNDO_NONE || entry->undo == UNDO_COMMIT)
		return (wrong(l, "undo", e, "no such undo"));
	if (json_object_get(l->object, "target") != NULL &&
	    !copy_string(l, "target", &entry->target, e))
		return (false);
	if (entry->undo == UNDO_RELEASE_UID)
		return (r->uid != (uid_t)-1 ||
			wrong(l, "undo", e, "the header has no uid"));
	if (entry->target == NULL || entry->target[0] == '\0')
		return (wrong(l, "target", e, "missing"));
	if ((entry->undo == UNDO_REMOVE_TREE || entry->undo == UNDO_UNMOUNT) &&
	    entry->target[0] != '/')
		return (wrong(l, "target", e, "not an absolute path"));
	return (true);
}

static bool
parse_rename(struct journal_record *r, const struct line *l, struct error *e)
{
	static const char *const keys[] = { "from", "to" };
	struct journal_commit_entry *c = &r->commits[r->ncommits++];

	*c = (struct journal_commit_entry){ NULL, NULL };
	if (!json_is_object(l->object))
		return (fail(e, 0, "read journal", l->at, "not an object"));
	if (!json_only_keys(l->object, l->at, keys, COUNT(keys), e) ||
	    !copy_string(l, "from", &c->from, e) ||
	    !copy_string(l, "to", &c->to, e))
		return (false);
	if (c->from[0] != '/')
		return (wrong(l, "from", e, "not an absolute path"));
	if (c->to[0] != '/')
		return (wrong(l, "to", e, "not an absolute path"));
	return (true);
}

static bool
parse_commit(struct journal_record *r, const struct line *l, struct error *e)
{
	static const char *const keys[] = { "commit" };
	struct journal_commit_entry *grown;
	struct line item;
	const json_t *list;
	size_t i, n;

	if (!json_only_keys(l->object, l->at, keys, COUNT(keys), e) ||
	    !json_want_array(l->object, l->at, "commit", &list, e))
		return (false);
	n = json_array_size(list);
	if (n == 0)
		return (wrong(l, "commit", e, "empty"));
	grown = reallocarray(r->commits, r->ncommits + n, sizeof(*grown));
	if (grown == NULL)
		return (no_memory(l, e));
	r->commits = grown;
	for (i = 0; i < n; i++) {
		item.object = json_array_get(list, i);
		(void)snprintf(
		    item.at, sizeof(item.at), "%.120s.commit[%zu]", l->at, i);
		if (!parse_rename(r, &item, e))
			return (false);
	}
	return (true);
}

/*
 * True when the line says what was read from it, byte by byte.  Jansson's
 * lexer drops characters of a string when memory is short and does not tell
 * (lex_save in load.c, 2.14), and an undo of another path must not be done.
 */
static bool
is_as_read(const struct line *l, const char *data, size_t len, struct error *e)
{
	struct text t = { 0 };
	bool ok;

	if (!journal_line_render(&t, l->object)) {
		text_clear(&t);
		return (no_memory(l, e));
	}
	ok = (t.len == len && memcmp(t.data, data, len) == 0) ||
	     fail(e, 0, "read journal", l->at, "not as it was written");
	text_clear(&t);
	return (ok);
}

static bool
parse_line(struct journal_record *r, const char *data, size_t len,
    const char *name, size_t number, struct error *e)
{
	struct line l;
	json_t *object;
	bool ok;

	(void)snprintf(l.at, sizeof(l.at), "%.100s:%zu", name, number);
	object = json_parse(data, len, l.at, e);
	if (object == NULL)
		return (false);
	l.object = object;
	(void)snprintf(l.at, sizeof(l.at), "%.100s:%zu: $", name, number);
	if (!is_as_read(&l, data, len, e))
		ok = false;
	else if (number == 1)
		ok = parse_header(r, &l, e);
	else if (json_object_get(object, "commit") != NULL)
		ok = parse_commit(r, &l, e);
	else
		ok = parse_undo(r, &l, e);
	json_decref(object);
	return (ok);
}

/*
 * Header and undo lines are on disk before anything was begun, the commit
 * line before the first rename: a line without its end was never waited for.
 */
struct journal_record *
journal_parse(const char *data, size_t len, const char *name, struct error *e)
{
	struct journal_record *r;
	const char *end, *line;
	size_t left, number;

	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		fail(e, ENOMEM, "read journal", name, NULL);
		return (NULL);
	}
	number = 0;
	for (line = data; (left = len - (size_t)(line - data)) > 0 &&
			  (end = memchr(line, '\n', left)) != NULL;
	     line = end + 1) {
		number++;
		if (r->ncommits == 0)
			r->commit_at = (size_t)(line - data);
		if (!parse_line(
			r, line, (size_t)(end - line), name, number, e)) {
			journal_record_destroy(r);
			return (NULL);
		}
	}
	if (number == 0) {
		fail(e, 0, "read journal", name, "nothing was begun");
		journal_record_destroy(r);
		return (NULL);
	}
	return (r);
}
