/*
 * Writing the journal of one job: its life from the one write before the
 * first step to the unlink behind the last undo.  Reading it back, which
 * only recovery does, is in journal_read.c.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"
#include "build/host.h"
#include "build/journal.h"
#include "build/journal_line.h"

/* How long recovery may look at a journal that is not yet written. */
#define LOCK_TRIES 1000
#define LOCK_PAUSE_NS 1000000

struct journal {
	int state_fd; /* borrowed */
	int fd;
	off_t end;	 /* behind the last line that is on disk */
	off_t written;	 /* behind the last line */
	off_t commit_at; /* where the commit line begins; 0: none */
	char path[64];
};

/* ---- lines ---- */

static int
add_bytes(const char *data, size_t len, void *context)
{
	struct text *t = context;

	text_add_bytes(t, data, len);
	return (t->failed ? -1 : 0);
}

bool
journal_line_render(struct text *t, const json_t *value)
{
	return (json_dump_callback(value, add_bytes, t, JSON_COMPACT) == 0 &&
		!t->failed);
}

/* Adds `value`, which it takes over, as one line; NULL: no memory. */
static bool
add_line(struct text *t, json_t *value)
{
	bool ok;

	ok = value != NULL && journal_line_render(t, value);
	text_add(t, "\n");
	json_decref(value);
	return (ok && !t->failed);
}

static bool
want_utf8(const char *s, struct error *e)
{
	size_t len = strlen(s);

	return (text_utf8_valid(s, len) == len ||
		fail(e, EILSEQ, "write journal", s, "not UTF-8"));
}

static bool
add_header(struct text *t, const struct plan *p, uint64_t start, bool has_uid,
    struct error *e)
{
	char boot[64];
	json_t *uid;

	if (!want_utf8(p->spec->name, e))
		return (false);
	uid = has_uid ? json_integer(p->uid) : json_null();
	if (!add_line(
		t, json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:o}", "journal",
		       "isthmus.journal/1", "job", p->id, "name", p->spec->name,
		       "executor", (json_int_t)getpid(), "start",
		       (json_int_t)start, "boot", host_boot(boot), "uid", uid)))
		return (fail(e, ENOMEM, "write journal", p->id, NULL));
	return (true);
}

static bool
add_undo(struct text *t, const struct step *s, struct error *e)
{
	const char *kind = undo_kind_name(s->undo);
	json_t *line;

	if (s->target == NULL) {
		line = json_pack("{s:s}", "undo", kind);
	} else {
		if (!want_utf8(s->target, e))
			return (false);
		line =
		    json_pack("{s:s,s:s}", "undo", kind, "target", s->target);
	}
	return (add_line(t, line) ||
		fail(e, ENOMEM, "write journal", s->target, NULL));
}

static bool
render(struct text *t, const struct plan *p, uint64_t start, struct error *e)
{
	bool has_uid = false;
	size_t i;

	for (i = 0; i < p->n; i++)
		has_uid = has_uid || p->steps[i].undo == UNDO_RELEASE_UID;
	if (!add_header(t, p, start, has_uid, e))
		return (false);
	for (i = 0; i < p->n; i++) {
		if (p->steps[i].undo != UNDO_NONE &&
		    !add_undo(t, &p->steps[i], e))
			return (false);
	}
	return (true);
}

/* ---- the file ---- */

/* What could not be made durable is taken back: it must not come true later. */
static bool
take_back(struct journal *j, int err, struct error *e)
{
	(void)ftruncate(j->fd, j->end);
	return (fail(e, err, "write journal", j->path, NULL));
}

/*
 * Not at the file's end but behind what is known to be whole, so that no
 * line ever follows a torn one.
 */
static bool
put_lines(struct journal *j, const struct text *t, struct error *e)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < t->len) {
		n = pwrite(
		    j->fd, t->data + done, t->len - done, j->end + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done < t->len)
		return (take_back(j, n == 0 ? ENOSPC : errno, e));
	j->written = j->end + (off_t)done;
	return (true);
}

/*
 * One fsync, of the file: it makes the name durable too, with a file that
 * was made just before, on ext4, XFS, Btrfs, ZFS and UFS alike.
 */
static bool
write_lines(struct journal *j, const struct text *t, struct error *e)
{
	if (!put_lines(j, t, e))
		return (false);
	if (fsync(j->fd) != 0)
		return (take_back(j, errno, e));
	j->end = j->written;
	return (true);
}

static int
make_file(const struct journal *j)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	fd = openat(j->state_fd, j->path, flags, 0600);
	if (fd >= 0 || errno != ENOENT)
		return (fd);
	if (mkdirat(j->state_fd, "jobs", 0700) != 0 && errno != EEXIST)
		return (-1);
	return (openat(j->state_fd, j->path, flags, 0600));
}

/* 1: locked; 0: recovery removed it meanwhile; -1: errno. */
static int
lock_file(int fd)
{
	static const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	struct stat st;
	int i;

	for (i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i == LOCK_TRIES)
			return (-1);
		(void)nanosleep(&pause, NULL);
	}
	if (fstat(fd, &st) != 0)
		return (-1);
	return (st.st_nlink > 0 ? 1 : 0);
}

/*
 * Recovery may see the file before it is locked, finds nothing in it and
 * removes it; then another is made.
 */
static bool
open_locked(struct journal *j, struct error *e)
{
	int err, locked = 0;

	while (locked == 0) {
		j->fd = make_file(j);
		if (j->fd < 0)
			return (fail(e, errno, "make journal", j->path, NULL));
		locked = lock_file(j->fd);
		if (locked == 1)
			return (true);
		err = errno;
		if (locked < 0)
			(void)unlinkat(j->state_fd, j->path, 0);
		(void)close(j->fd);
		j->fd = -1;
	}
	return (fail(e, err, "lock journal", j->path, NULL));
}

struct journal *
journal_begin(int state_fd, const struct plan *p, uint64_t executor_start,
    struct error *e)
{
	struct text t = { 0 };
	struct journal *j;
	bool ok = false;

	j = calloc(1, sizeof(*j));
	if (j == NULL) {
		fail(e, ENOMEM, "make journal", p->id, NULL);
		return (NULL);
	}
	j->state_fd = state_fd;
	j->fd = -1;
	(void)snprintf(j->path, sizeof(j->path), "jobs/%s.journal", p->id);
	if (render(&t, p, executor_start, e) && open_locked(j, e)) {
		ok = put_lines(j, &t, e);
		j->end = j->written;
		if (!ok)
			(void)unlinkat(state_fd, j->path, 0);
	}
	text_clear(&t);
	if (!ok) {
		journal_destroy(j);
		return (NULL);
	}
	return (j);
}

int
journal_lock_fd(const struct journal *j)
{
	return (j->fd);
}

bool
journal_commit(struct journal *j, const struct plan *p, struct error *e)
{
	const struct isth_build_spec *spec = p->spec;
	struct text t = { 0 };
	const char *base;
	json_t *list;
	size_t i;
	bool ok = true;

	list = json_array();
	for (i = 0; i < spec->noutputs; i++) {
		base = strrchr(spec->outputs[i].value, '/') + 1;
		ok = ok &&
		     json_array_append_new(list,
			 json_pack("{s:s++,s:s++}", "from", p->stage, "/", base,
			     "to", spec->host_store, "/", base)) == 0;
	}
	if (!ok) {
		json_decref(list);
		return (fail(e, ENOMEM, "write journal", j->path, NULL));
	}
	/* json_pack takes over the list, also when it fails. */
	ok = add_line(&t, json_pack("{s:o}", "commit", list)) ||
	     fail(e, ENOMEM, "write journal", j->path, NULL);
	if (ok) {
		j->commit_at = j->end;
		ok = write_lines(j, &t, e);
	}
	text_clear(&t);
	return (ok);
}

bool
journal_uncommit(struct journal *j, struct error *e)
{
	if (j->commit_at == 0)
		return (true);
	if (ftruncate(j->fd, j->commit_at) != 0 || fsync(j->fd) != 0)
		return (fail(e, errno, "take back commit line", j->path, NULL));
	j->end = j->written = j->commit_at;
	j->commit_at = 0;
	return (true);
}

bool
journal_remove(struct journal *j, struct error *e)
{
	if (unlinkat(j->state_fd, j->path, 0) != 0 && errno != ENOENT)
		return (fail(e, errno, "remove journal", j->path, NULL));
	return (true);
}

void
journal_destroy(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		(void)close(j->fd);
	free(j);
}
