/*
 * Fuzzing the reader of journals: what it accepts has what recovery relies
 * on, and a torn one never reads as more than the whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "build/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct journal_record *r)
{
	size_t i;

	if (strlen(r->id) != 12 || strchr(r->id, '/') != NULL || r->uid == 0 ||
	    r->executor <= 0)
		abort();
	for (i = 0; i < r->n; i++) {
		switch (r->entries[i].undo) {
		case UNDO_NONE:
		case UNDO_COMMIT:
			abort();
		case UNDO_RELEASE_UID:
			break;
		case UNDO_REMOVE_TREE:
			if (r->entries[i].target[0] != '/')
				abort();
			break;
		default:
			if (r->entries[i].target[0] == '\0')
				abort();
		}
	}
	for (i = 0; i < r->ncommits; i++) {
		if (r->commits[i].from[0] != '/' || r->commits[i].to[0] != '/')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_record *r, *torn;
	struct error e;

	memset(&e, 0, sizeof(e));
	r = journal_parse((const char *)data, size, "input", &e);
	if (r == NULL) {
		if (e.step[0] == '\0')
			abort();
		return (0);
	}
	check(r);
	torn = journal_parse((const char *)data, size / 2, "torn", &e);
	if (torn != NULL) {
		check(torn);
		if (torn->n > r->n || torn->ncommits > r->ncommits)
			abort();
	}
	journal_record_destroy(torn);
	journal_record_destroy(r);
	return (0);
}
