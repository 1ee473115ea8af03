/* A plan as a list: names of its kinds, its memory, search, removal. */
#include <stdlib.h>
#include <string.h>

#include "build/plan.h"
#include "build/strings.h"

static const char *const step_names[STEP_KIND_COUNT] = {
	[STEP_TAKE_UID] = "take-uid",
	[STEP_MAKE_DIRECTORY] = "make-directory",
	[STEP_OPEN_LOG] = "open-log",
	[STEP_LIMIT_GROUP] = "limit-group",
	[STEP_ISOLATE] = "isolate",
	[STEP_MAP_IDS] = "map-ids",
	[STEP_MOUNT_ROOT] = "mount-root",
	[STEP_MOUNT_INPUT] = "mount-input",
	[STEP_MOUNT_WRITABLE] = "mount-writable",
	[STEP_MOUNT_TMP] = "mount-tmp",
	[STEP_MOUNT_DEV] = "mount-dev",
	[STEP_MAKE_DEVICE] = "make-device",
	[STEP_MOUNT_PTS] = "mount-pts",
	[STEP_MOUNT_PROC] = "mount-proc",
	[STEP_MASK] = "mask",
	[STEP_MAKE_LINK] = "make-link",
	[STEP_WRITE_FILE] = "write-file",
	[STEP_HOSTNAME] = "hostname",
	[STEP_LOOPBACK] = "loopback",
	[STEP_NETWORK] = "network",
	[STEP_ENTER_ROOT] = "enter-root",
	[STEP_SEAL] = "seal",
	[STEP_SESSION] = "session",
	[STEP_RLIMITS] = "rlimits",
	[STEP_DROP] = "drop",
	[STEP_FILTER] = "filter",
	[STEP_RUN] = "run",
};

static const char *const undo_names[UNDO_KIND_COUNT] = {
	[UNDO_NONE] = "none",
	[UNDO_RELEASE_UID] = "release-uid",
	[UNDO_REMOVE_TREE] = "remove-tree",
	[UNDO_REMOVE_GROUP] = "remove-group",
	[UNDO_KILL] = "kill",
	[UNDO_UNMOUNT] = "unmount",
	[UNDO_REMOVE_LINK] = "remove-link",
	[UNDO_COMMIT] = "commit",
};

const char *
step_kind_name(enum step_kind kind)
{
	return (step_names[kind]);
}

const char *
undo_kind_name(enum undo_kind kind)
{
	return (undo_names[kind]);
}

bool
undo_kind_from_name(const char *name, enum undo_kind *kind)
{
	int i;

	for (i = 0; i < UNDO_KIND_COUNT; i++) {
		if (strcmp(undo_names[i], name) == 0) {
			*kind = i;
			return (true);
		}
	}
	return (false);
}

/* ---- memory ---- */

/*
 * Strings stand together in blocks, because the pages that an executor writes
 * to while a build runs are copied: the first process shares them.
 */
struct plan_block {
	struct plan_block *next;
	size_t used, size;
	char data[];
};

enum { BLOCK_SIZE = 8192 - sizeof(struct plan_block) - 64 };

/* Room for `size` bytes in the plan's first block. */
static char *
block_reserve(struct plan *p, size_t size)
{
	struct plan_block *b = p->blocks;

	if (b == NULL || b->size - b->used < size) {
		if (size < BLOCK_SIZE)
			size = BLOCK_SIZE;
		b = malloc(sizeof(*b) + size);
		if (b == NULL)
			return (NULL);
		*b = (struct plan_block){ .next = p->blocks, .size = size };
		p->blocks = b;
	}
	return (b->data + b->used);
}

char *
plan_keep(struct plan *p, const char *s)
{
	size_t size = strlen(s) + 1;
	char *at = block_reserve(p, size);

	if (at == NULL)
		return (NULL);
	p->blocks->used += size;
	return (memcpy(at, s, size));
}

char *
plan_vkeepf(struct plan *p, const char *fmt, va_list args)
{
	va_list again;
	char *at = block_reserve(p, 1);
	size_t room;
	int n;

	if (at == NULL)
		return (NULL);
	va_copy(again, args);
	room = p->blocks->size - p->blocks->used;
	n = vsnprintf(at, room, fmt, args);
	if (n >= 0 && (size_t)n >= room) {
		at = block_reserve(p, (size_t)n + 1);
		if (at != NULL)
			n = vsnprintf(at, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (n < 0 || at == NULL)
		return (NULL);
	p->blocks->used += (size_t)n + 1;
	return (at);
}

char *
plan_keepf(struct plan *p, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = plan_vkeepf(p, fmt, args);
	va_end(args);
	return (s);
}

void
plan_destroy(struct plan *p)
{
	struct plan_block *b;

	if (p == NULL)
		return;
	while ((b = p->blocks) != NULL) {
		p->blocks = b->next;
		free(b);
	}
	free(p->steps);
	free(p->argv);
	free(p->envp);
	strings_clear(&p->weaker);
	strings_clear(&p->unlimited);
	free(p);
}

void
plan_leave_out(struct plan *p, enum step_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++) {
		if (p->steps[i].kind != kind)
			p->steps[n++] = p->steps[i];
	}
	p->n = n;
}

size_t
plan_find(const struct plan *p, enum step_kind kind)
{
	size_t i;

	for (i = 0; i < p->n && p->steps[i].kind != kind; i++)
		continue;
	return (i);
}
