/* A plan as a list: names of its kinds, search, removal, release. */
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

static void
step_clear(struct step *s)
{
	free(s->path);
	free(s->source);
	free(s->text);
	free(s->target);
}

static void
vector_free(char **v)
{
	size_t i;

	for (i = 0; v != NULL && v[i] != NULL; i++)
		free(v[i]);
	free(v);
}

void
plan_destroy(struct plan *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		step_clear(&p->steps[i]);
	free(p->steps);
	free(p->id);
	free(p->job);
	free(p->root);
	free(p->work);
	free(p->area);
	free(p->store);
	free(p->stage);
	vector_free(p->argv);
	vector_free(p->envp);
	strings_clear(&p->weaker);
	strings_clear(&p->unlimited);
	free(p);
}

void
plan_leave_out(struct plan *p, enum step_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++) {
		if (p->steps[i].kind == kind)
			step_clear(&p->steps[i]);
		else
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
