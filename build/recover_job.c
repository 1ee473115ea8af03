/*
 * Undoing one job from its journal: what may not be undone, in which order,
 * and what is told.  Which journals there are and whose is in recover.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text.h"
#include "build/recover.h"
#include "build/undo.h"
#include "build/users.h"

/* For what a killed process still does before it is gone. */
#define BUSY_MS 1000.0
/* For an executor that has locked a uid and is about to see it is busy. */
#define CLAIM_MS 200.0
#define PAUSE_NS 5000000

void
recover_pause(void)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_NS };

	(void)nanosleep(&pause, NULL);
}

void
recover_say(struct recovery *rc, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_make_printable(line);
	rc->tell(rc->context, line);
}

void
recover_say_left(struct recovery *rc, const char *who, const struct error *e)
{
	rc->left++;
	recover_say(rc, "%s: left: %s: %s: %s%s%s%s", who, e->step, e->path,
	    e->why[0] != '\0' ? e->why : strerror(e->err),
	    e->hint[0] != '\0' ? " (try: " : "", e->hint,
	    e->hint[0] != '\0' ? ")" : "");
}

/* A journal that is being undone. */
struct work {
	struct recovery *recovery;
	struct journal_record *record;
	int fd;	     /* its file */
	int claim;   /* locked file of the uid; -1 */
	size_t left; /* of this journal */
};

static void
who_of(const struct journal_record *r, char who[160])
{
	(void)snprintf(who, 160, "job %s (%.120s)", r->id, r->name);
}

static void
work_left(struct work *w, const struct error *e)
{
	char who[160];

	w->left++;
	who_of(w->record, who);
	recover_say_left(w->recovery, who, e);
}

/* What an undo has made true; for recovery it was perhaps true before. */
static void
work_done(struct work *w, const struct journal_entry *entry)
{
	bool dry = w->recovery->dry_run;
	const char *target = entry->target == NULL ? "" : entry->target;
	char who[160], what[1200];

	switch (entry->undo) {
	case UNDO_RELEASE_UID:
		(void)snprintf(what, sizeof(what), "%s uid %u",
		    dry ? "would release" : "released",
		    (unsigned)w->record->uid);
		break;
	case UNDO_REMOVE_TREE:
		(void)snprintf(what, sizeof(what), "%s %s",
		    dry ? "would remove" : "removed", target);
		break;
	case UNDO_KILL:
		(void)snprintf(what, sizeof(what), "%s",
		    dry ? "would end its processes" : "no process is left");
		break;
	case UNDO_REMOVE_GROUP:
		(void)snprintf(what, sizeof(what), "%s",
		    dry ? "would remove its limit group"
			: "no limit group is left");
		break;
	case UNDO_UNMOUNT:
		(void)snprintf(what, sizeof(what), "%s %s",
		    dry ? "would unmount" : "nothing is mounted at", target);
		break;
	case UNDO_REMOVE_LINK:
		(void)snprintf(what, sizeof(what), "%s",
		    dry ? "would remove its network interface"
			: "no network interface is left");
		break;
	default:
		return;
	}
	who_of(w->record, who);
	recover_say(w->recovery, "%s: %s", who, what);
}

/* ---- one journal ---- */

/*
 * Holds the uid while it is being killed: another executor could take it
 * between the last of its processes and our next signal.  Who has it already
 * saw no living process of it; the job then is as if it had none.
 */
static void
claim_uid(struct work *w)
{
	struct recovery *rc = w->recovery;
	struct journal_record *r = w->record;
	enum users_answer answer;
	struct error e = { 0 };
	uint64_t start = clock_now();

	if (r->uid == (uid_t)-1 || rc->dry_run)
		return;
	while ((answer = users_claim(rc->run_fd, r->uid, &w->claim, &e)) ==
	       USERS_BUSY) {
		if (clock_since_ms(start) > CLAIM_MS)
			break;
		recover_pause();
	}
	if (answer == USERS_TAKEN)
		return;
	if (answer == USERS_FAILED)
		work_left(w, &e);
	r->uid = (uid_t)-1;
}

/*
 * A build that is thrown away loses its commit line first: half removed, its
 * outputs must not look like ones to put in place.
 */
static void
refuse_commit(struct work *w)
{
	struct recovery *rc = w->recovery;
	struct journal_record *r = w->record;
	struct error e = { 0 };
	char who[160];

	who_of(r, who);
	recover_say(rc, "%s: %s its outputs: the name of one is taken", who,
	    rc->dry_run ? "would drop" : "drops");
	if (!rc->dry_run &&
	    (ftruncate(w->fd, (off_t)r->commit_at) != 0 || fsync(w->fd) != 0)) {
		fail(&e, errno, "take back commit line", "", NULL);
		work_left(w, &e);
		return; /* with the line, the outputs stay */
	}
	journal_record_drop_commits(r);
}

static void
commit(struct work *w)
{
	static const struct journal_entry entry = { UNDO_COMMIT, NULL };
	struct recovery *rc = w->recovery;
	struct journal_record *r = w->record;
	enum commit_state state;
	struct error e = { 0 };
	char who[160];
	size_t i;

	state = undo_commit_state(r);
	if (state == COMMIT_REFUSED)
		refuse_commit(w);
	if (state != COMMIT_TO_DO)
		return;
	who_of(r, who);
	if (!rc->dry_run && !undo_do(rc->host, rc->run_fd, r, &entry, &e)) {
		work_left(w, &e);
		return;
	}
	for (i = 0; i < r->ncommits; i++)
		recover_say(rc, "%s: %s %s in place", who,
		    rc->dry_run ? "would put" : "put", r->commits[i].to);
}

/* A finished output that could not be put in place must not be lost. */
static bool
has_output(const struct work *w, const struct journal_entry *entry)
{
	const struct journal_record *r = w->record;
	size_t i;

	if (w->left == 0 || entry->undo != UNDO_REMOVE_TREE)
		return (false);
	for (i = 0; i < r->ncommits; i++) {
		if (path_below(r->commits[i].from, entry->target) &&
		    undo_is_there(r->id, r->commits[i].from) != 0)
			return (true);
	}
	return (false);
}

/* What a dying process still makes in it can bring a directory back. */
static bool
undo_patiently(
    struct work *w, const struct journal_entry *entry, struct error *e)
{
	struct recovery *rc = w->recovery;
	uint64_t start = clock_now();

	while (!undo_do(rc->host, rc->run_fd, w->record, entry, e)) {
		if (entry->undo != UNDO_REMOVE_TREE ||
		    (e->err != ENOTEMPTY && e->err != EEXIST &&
			e->err != EBUSY) ||
		    clock_since_ms(start) > BUSY_MS)
			return (false);
		recover_pause();
	}
	return (true);
}

static void
undo_entry(struct work *w, const struct journal_entry *entry)
{
	struct recovery *rc = w->recovery;
	struct error e = { 0 };
	bool there;

	there = entry->undo != UNDO_REMOVE_TREE ||
		undo_is_there(w->record->id, entry->target) != 0;
	if (entry->undo == UNDO_RELEASE_UID) {
		there = w->record->uid != (uid_t)-1;
		if (w->claim >= 0)
			(void)close(w->claim);
		w->claim = -1;
	}
	if (!rc->dry_run && !undo_patiently(w, entry, &e))
		work_left(w, &e);
	else if (there)
		work_done(w, entry);
}

void
recover_job(struct recovery *rc, struct journal_record *record, int fd,
    const char *file)
{
	struct work w = { rc, record, fd, -1, 0 };
	struct error e = { 0 };
	size_t i;

	claim_uid(&w);
	commit(&w);
	for (i = record->n; i > 0; i--) {
		if (!has_output(&w, &record->entries[i - 1]))
			undo_entry(&w, &record->entries[i - 1]);
	}
	if (w.claim >= 0)
		(void)close(w.claim);
	if (rc->dry_run || w.left > 0)
		return;
	if (unlinkat(rc->jobs_fd, file, 0) != 0 && errno != ENOENT) {
		fail(&e, errno, "remove journal", file, NULL);
		work_left(&w, &e);
	}
}
