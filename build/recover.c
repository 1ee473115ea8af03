/*
 * Recovery: finds the journals whose executors are dead and undoes them.  The
 * lock of a journal is the truth about its life; pid, start time and boot in
 * its header only save waiting for those that are simply running.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text.h"
#include "base/tree.h"
#include "build/log.h"
#include "build/recover.h"
#include "build/stores.h"
#include "build/strings.h"
#include "build/users.h"

/* For the first process of a build, whose executor has just died, to die. */
#define DYING_MS 5000.0
/* A journal has a line for each mount; this is far more than any has. */
#define JOURNAL_MAX (16 * 1024 * 1024)
#define JOURNAL_SUFFIX ".journal"

static bool
read_journal(int fd, const char *file, struct text *t, struct error *e)
{
	char buf[8192];
	ssize_t n;

	while ((n = pread(fd, buf, sizeof(buf), (off_t)t->len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (fail(e, errno, "read journal", file, NULL));
		text_add_bytes(t, buf, (size_t)n);
		if (t->failed)
			return (fail(e, ENOMEM, "read journal", file, NULL));
		if (t->len > JOURNAL_MAX)
			return (fail(e, EFBIG, "read journal", file, NULL));
	}
	return (true);
}

/*
 * True for a file whose first line never came to be: its executor died in
 * the one write, and nothing was begun; or the machine before the disk had
 * it (then it may read as zeros), and what was begun is an orphan.
 */
static bool
not_begun(const struct text *t)
{
	return (t->len == 0 || t->data[0] == '\0' ||
		memchr(t->data, '\n', t->len) == NULL);
}

/* The file is locked by us. */
static bool
recover_locked(struct recovery *rc, int fd, const char *file, struct error *e)
{
	struct journal_record *record;
	struct text t = { 0 };
	bool ok = false;

	if (!read_journal(fd, file, &t, e)) {
		text_clear(&t);
		return (false);
	}
	if (not_begun(&t)) {
		text_clear(&t);
		return (rc->dry_run || unlinkat(rc->jobs_fd, file, 0) == 0 ||
			errno == ENOENT ||
			fail(e, errno, "remove journal", file, NULL));
	}
	record = journal_parse(t.data, t.len, file, e);
	text_clear(&t);
	if (record == NULL)
		return (fail_hint(e, "look at it, undo by hand, remove it"));
	if (strncmp(file, record->id, strlen(record->id)) == 0) {
		recover_job(rc, record, fd, file);
		ok = true;
	} else {
		fail(e, 0, "read journal", file, "it is of job %s", record->id);
	}
	journal_record_destroy(record);
	return (ok);
}

/* Somebody has the lock: true when that is as it should be. */
static bool
is_running(const struct recovery *rc, int fd, const char *file)
{
	struct journal_record *r = NULL;
	struct text t = { 0 };
	bool running = false;

	if (read_journal(fd, file, &t, NULL) && !not_begun(&t))
		r = journal_parse(t.data, t.len, file, NULL);
	text_clear(&t);
	if (r != NULL)
		running = r->executor_start != 0 &&
			  (r->boot[0] == '\0' || rc->boot[0] == '\0' ||
			      strcmp(r->boot, rc->boot) == 0) &&
			  host_process_start(r->executor) == r->executor_start;
	journal_record_destroy(r);
	return (running);
}

/* True when there is nothing more to do about it; false: come again. */
static bool
recover_file(struct recovery *rc, const char *file)
{
	struct error e = { 0 };
	struct stat st;
	char who[300];
	bool again = false, ok = true;
	int fd;

	fd = openat(
	    rc->jobs_fd, file, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		ok = errno == ENOENT ||
		     fail(&e, errno, "open journal", file, NULL);
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			again = !is_running(rc, fd, file);
		else
			ok = fail(&e, errno, "lock journal", file, NULL);
	} else if (fstat(fd, &st) != 0) {
		ok = fail(&e, errno, "look at journal", file, NULL);
	} else if (st.st_nlink > 0) {
		/* Not removed between open and lock, by another recovery. */
		ok = recover_locked(rc, fd, file, &e);
	}
	if (fd >= 0)
		(void)close(fd);
	if (!ok) {
		(void)snprintf(who, sizeof(who), "job %.12s", file);
		recover_say_left(rc, who, &e);
	}
	return (!again);
}

/* ---- all of them ---- */

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return (n > m && strcmp(s + n - m, end) == 0);
}

static int
compare_names(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/*
 * Fills the list, sorted, with the names of a folder that have the ending;
 * none: it is empty.
 */
static bool
list_folder(int state_fd, const char *name, const char *ending, int *folder_fd,
    struct isth_strings *names, struct error *e)
{
	struct dirent *d;
	bool ok = true;
	DIR *dir;
	int fd;

	*folder_fd = openat(
	    state_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*folder_fd < 0)
		return (errno == ENOENT ||
			fail(e, errno, "open state directory", name, NULL));
	fd = openat(*folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		fail(e, errno, "read state directory", name, NULL);
		if (fd >= 0)
			(void)close(fd);
		return (false);
	}
	errno = 0;
	while (ok && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] != '.' && ends_with(d->d_name, ending))
			ok =
			    strings_add(names, strdup(d->d_name)) ||
			    fail(e, ENOMEM, "read state directory", name, NULL);
	}
	if (ok && errno != 0)
		ok = fail(e, errno, "read state directory", name, NULL);
	(void)closedir(dir);
	if (ok && names->n > 1)
		qsort(names->items, names->n, sizeof(*names->items),
		    compare_names);
	return (ok);
}

/*
 * Those whose lock is held for no good reason come again: their first
 * process is dying, or another recovery is at work.
 */
static void
recover_journals(struct recovery *rc, const struct isth_strings *names)
{
	struct error e = { 0 };
	uint64_t start = clock_now();
	char who[300];
	size_t i, waiting;

	for (;;) {
		waiting = 0;
		for (i = 0; i < names->n; i++) {
			if (names->items[i][0] == '\0' ||
			    !ends_with(names->items[i], JOURNAL_SUFFIX))
				continue;
			if (recover_file(rc, names->items[i]))
				names->items[i][0] = '\0';
			else
				waiting++;
		}
		if (waiting == 0)
			return;
		if (clock_since_ms(start) > DYING_MS)
			break;
		recover_pause();
	}
	for (i = 0; i < names->n; i++) {
		if (!ends_with(names->items[i], JOURNAL_SUFFIX))
			continue;
		(void)snprintf(who, sizeof(who), "job %.12s", names->items[i]);
		fail(&e, EBUSY, "lock journal", names->items[i],
		    "a process holds it, and its executor is gone");
		fail_hint(&e, "try again, or look who has it open");
		recover_say_left(rc, who, &e);
	}
}

/*
 * A job's directory without a journal, which the power took: stores_sweep
 * looks for the other one.  While a job lives its journal is there before the
 * directory and after it.
 */
static void
recover_orphan(struct recovery *rc, const char *name)
{
	struct error e = { 0 };
	char who[64], journal[64];
	struct stat st;

	if (strlen(name) != 12 || strspn(name, "0123456789abcdef") != 12)
		return;
	(void)snprintf(journal, sizeof(journal), "%s" JOURNAL_SUFFIX, name);
	if (faccessat(rc->jobs_fd, journal, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT ||
	    fstatat(rc->jobs_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	(void)snprintf(who, sizeof(who), "job %s", name);
	if (!rc->dry_run && !tree_remove(rc->jobs_fd, name, &e))
		recover_say_left(rc, who, &e);
	else
		recover_say(rc, "%s: %s its directory", who,
		    rc->dry_run ? "would remove" : "removed");
}

/* Locks of uids that were taken for a job which did not get a journal. */
static bool
recover_users(struct recovery *rc, struct error *e)
{
	struct isth_strings names = { 0 };
	struct error own = { 0 };
	unsigned long uid;
	char *end;
	size_t i;
	bool ok;
	int fd;

	ok = list_folder(rc->run_fd, "users", "", &fd, &names, e);
	for (i = 0; ok && !rc->dry_run && i < names.n; i++) {
		uid = strtoul(names.items[i], &end, 10);
		if (*end == '\0' && uid > 0 && uid < UINT32_MAX &&
		    !users_forget(rc->run_fd, (uid_t)uid, &own))
			recover_say_left(rc, "uid pool", &own);
	}
	if (fd >= 0)
		(void)close(fd);
	strings_clear(&names);
	return (ok);
}

/* What compressors had written whose executors died. */
static bool
recover_logs(struct recovery *rc, struct error *e)
{
	struct isth_strings names = { 0 };
	size_t i;
	bool ok;
	int fd;

	ok = list_folder(rc->state_fd, "logs", LOG_PART_SUFFIX, &fd, &names, e);
	for (i = 0; ok && i < names.n; i++) {
		if (log_part_left(fd, names.items[i], !rc->dry_run))
			recover_say(rc, "log %.200s: %s, it is not whole",
			    names.items[i],
			    rc->dry_run ? "would remove" : "removed");
	}
	if (fd >= 0)
		(void)close(fd);
	strings_clear(&names);
	return (ok);
}

bool
recover_all(int state_fd, int run_fd, struct host *host, bool dry_run,
    void (*tell)(void *context, const char *line), void *context, size_t *left,
    struct error *e)
{
	struct recovery rc = { state_fd, run_fd, -1, host, dry_run, tell,
		context, 0, "" };
	struct isth_strings names = { 0 };
	size_t i;
	bool ok;

	(void)host_boot(rc.boot);
	ok = list_folder(state_fd, "jobs", "", &rc.jobs_fd, &names, e);
	if (ok) {
		recover_journals(&rc, &names);
		for (i = 0; i < names.n; i++)
			recover_orphan(&rc, names.items[i]);
		ok = stores_sweep(&rc, e) && recover_users(&rc, e) &&
		     recover_logs(&rc, e);
	}
	if (rc.jobs_fd >= 0)
		(void)close(rc.jobs_fd);
	strings_clear(&names);
	*left = rc.left;
	return (ok || fail_context(e, "recover"));
}
