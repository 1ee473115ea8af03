#include "build/stores.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"
#include "base/tree.h"
#include "build/recover.h"
#include "build/strings.h"

#define FILE_NAME "stores"
#define NEW_NAME "stores.new"
#define VERSION "isthmus.stores/1"
#define AREA_PREFIX "tmp-isthmus-"
#define HEX "0123456789abcdef"
enum { ID_LENGTH = 12 };

struct stores {
	int state_fd;
	char tag[STORES_TAG + 1];
	struct isth_strings reserved; /* known to be in the file */
};

/* ---- the file ---- */

static bool
check(const json_t *root, struct error *e)
{
	static const char *const keys[] = { "version", "tag", "stores" };
	static const char *const store_keys[] = { "path", "boot" };
	const char *version, *tag, *path, *boot;
	const json_t *list;
	char at[64];
	size_t i;

	if (!json_only_keys(root, "$", keys, 3, e) ||
	    !json_want_string(root, "$", "version", &version, e) ||
	    !json_want_string(root, "$", "tag", &tag, e) ||
	    !json_want_array(root, "$", "stores", &list, e))
		return (false);
	if (strcmp(version, VERSION) != 0)
		return (fail(e, 0, "check", "$.version", "not " VERSION));
	if (strlen(tag) != STORES_TAG || strspn(tag, HEX) != STORES_TAG)
		return (fail(e, 0, "check", "$.tag", "not four hex digits"));
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		(void)snprintf(at, sizeof(at), "$.stores[%zu]", i);
		if (!json_is_object(one))
			return (fail(e, 0, "check", at, "not an object"));
		if (!json_only_keys(one, at, store_keys, 2, e) ||
		    !json_want_string(one, at, "path", &path, e) ||
		    !json_want_string(one, at, "boot", &boot, e))
			return (false);
		if (path[0] != '/')
			return (fail(e, 0, "check", at, "not absolute"));
	}
	return (true);
}

/* True with *root NULL: there is no file. */
static bool
load(int state_fd, json_t **root, struct error *e)
{
	struct error own = { 0 };

	*root = json_read_at(state_fd, FILE_NAME, &own);
	if (*root == NULL && own.err == ENOENT)
		return (true);
	if (*root != NULL && !check(*root, &own)) {
		json_decref(*root);
		*root = NULL;
	}
	if (*root != NULL)
		return (true);
	fail_context(&own, "read stores of state directory");
	fail_hint(&own,
	    "remove " AREA_PREFIX "* from your stores, and then the file");
	if (e != NULL)
		*e = own;
	return (false);
}

/* Whole or not at all, and on disk when it returns. */
static bool
save(int state_fd, const json_t *root, struct error *e)
{
	int fd;
	FILE *f;
	bool ok;

	fd = openat(state_fd, NEW_NAME,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (f == NULL) {
		fail(e, errno, "write stores of state directory", NEW_NAME,
		    NULL);
		if (fd >= 0)
			(void)close(fd);
		return (false);
	}
	ok = json_write(root, f, e) &&
	     ((fflush(f) == 0 && fsync(fd) == 0) ||
		 fail(e, errno, "write stores of state directory", NEW_NAME,
		     NULL));
	if (fclose(f) != 0 && ok)
		ok = fail(e, errno, "write stores of state directory", NEW_NAME,
		    NULL);
	if (ok && (renameat(state_fd, NEW_NAME, state_fd, FILE_NAME) != 0 ||
		      fsync(state_fd) != 0))
		ok = fail(e, errno, "write stores of state directory",
		    FILE_NAME, NULL);
	if (!ok)
		(void)unlinkat(state_fd, NEW_NAME, 0);
	return (ok);
}

/*
 * Two executors of one state directory: who changes the file holds it, who
 * reads it finds a whole one.  Who died at a change left half a new one.
 */
static bool
lock(int state_fd, struct error *e)
{
	while (flock(state_fd, LOCK_EX) != 0) {
		if (errno != EINTR)
			return (
			    fail(e, errno, "lock state directory", "", NULL));
	}
	(void)unlinkat(state_fd, NEW_NAME, 0);
	return (true);
}

static void
unlock(int state_fd)
{
	(void)flock(state_fd, LOCK_UN);
}

/* ---- an executor's ---- */

static json_t *
make(struct error *e)
{
	unsigned char bytes[2];
	char tag[STORES_TAG + 1];
	json_t *root;

	if (getentropy(bytes, sizeof(bytes)) != 0) {
		fail(e, errno, "make stores of state directory", FILE_NAME,
		    NULL);
		return (NULL);
	}
	(void)snprintf(tag, sizeof(tag), "%02x%02x", bytes[0], bytes[1]);
	root = json_pack(
	    "{s:s,s:s,s:[]}", "version", VERSION, "tag", tag, "stores");
	if (root == NULL)
		fail(e, ENOMEM, "make stores of state directory", FILE_NAME,
		    NULL);
	return (root);
}

/* Under the lock another executor's may be there after all. */
static json_t *
load_or_make(int state_fd, struct error *e)
{
	json_t *root;

	if (!load(state_fd, &root, e) || root != NULL || !lock(state_fd, e))
		return (root);
	if (load(state_fd, &root, e) && root == NULL) {
		root = make(e);
		if (root != NULL && !save(state_fd, root, e)) {
			json_decref(root);
			root = NULL;
		}
	}
	unlock(state_fd);
	return (root);
}

/* What it names may be used without another look. */
static bool
take(struct stores *s, const json_t *root)
{
	const json_t *list = json_object_get(root, "stores"), *one;
	size_t i;

	(void)snprintf(s->tag, sizeof(s->tag), "%s",
	    json_string_value(json_object_get(root, "tag")));
	json_array_foreach(list, i, one)
	{
		if (!strings_addf(&s->reserved, "%s",
			json_string_value(json_object_get(one, "path"))))
			return (false);
	}
	return (true);
}

struct stores *
stores_open(int state_fd, struct error *e)
{
	json_t *root = load_or_make(state_fd, e);
	struct stores *s;

	if (root == NULL)
		return (NULL);
	s = calloc(1, sizeof(*s));
	if (s != NULL)
		s->state_fd = state_fd;
	if (s == NULL || !take(s, root)) {
		fail(e, ENOMEM, "read stores of state directory", FILE_NAME,
		    NULL);
		stores_close(s);
		s = NULL;
	}
	json_decref(root);
	return (s);
}

void
stores_close(struct stores *s)
{
	if (s == NULL)
		return;
	strings_clear(&s->reserved);
	free(s);
}

const char *
stores_tag(const struct stores *s)
{
	return (s->tag);
}

static json_t *
find(const json_t *root, const char *path)
{
	json_t *list = json_object_get(root, "stores"), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (strcmp(path,
			json_string_value(json_object_get(one, "path"))) == 0)
			return (one);
	}
	return (NULL);
}

static bool
reserve(struct stores *s, const char *store, struct error *e)
{
	char boot[64];
	json_t *root = NULL;
	bool ok;

	if (!load(s->state_fd, &root, e))
		return (false);
	if (root == NULL || strcmp(s->tag, json_string_value(json_object_get(
					       root, "tag"))) != 0) {
		json_decref(root);
		return (fail(e, 0, "read stores of state directory", FILE_NAME,
		    "another file than when the executor began"));
	}
	ok = find(root, store) != NULL;
	if (!ok) {
		/* Nothing of ours was there before. */
		if (json_array_append_new(json_object_get(root, "stores"),
			json_pack("{s:s,s:s}", "path", store, "boot",
			    host_boot(boot))) != 0)
			fail(e, 0, "write stores of state directory", store,
			    "not UTF-8, or no memory");
		else
			ok = save(s->state_fd, root, e);
	}
	json_decref(root);
	return (ok);
}

bool
stores_reserve(struct stores *s, const char *store, struct error *e)
{
	bool ok;
	size_t i;

	for (i = 0; i < s->reserved.n; i++) {
		if (strcmp(s->reserved.items[i], store) == 0)
			return (true);
	}
	if (!lock(s->state_fd, e))
		return (false);
	ok = reserve(s, store, e);
	unlock(s->state_fd);
	return (ok && (strings_addf(&s->reserved, "%s", store) ||
			  fail(e, ENOMEM, "write stores of state directory",
			      store, NULL)));
}

/* ---- recovery ---- */

static bool
has_journal(const struct recovery *rc, const char *id)
{
	char file[ID_LENGTH + 16];

	(void)snprintf(file, sizeof(file), "%s.journal", id);
	return (faccessat(rc->jobs_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
		errno != ENOENT);
}

/* While a job lives its journal is there before the area and after it. */
static bool
is_left(
    const struct recovery *rc, int store_fd, const char *tag, const char *name)
{
	const char *id = name + strlen(AREA_PREFIX);
	struct stat st;

	return (text_starts(name, AREA_PREFIX) && strlen(id) == ID_LENGTH &&
		strspn(id, HEX) == ID_LENGTH &&
		strncmp(id, tag, STORES_TAG) == 0 && !has_journal(rc, id) &&
		(fstatat(store_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != ENOENT));
}

/* True when there is no need to come again in this boot. */
static bool
sweep_names(struct recovery *rc, DIR *dir, const char *tag, const char *store)
{
	struct error e = { 0 };
	struct dirent *d;
	char who[64];
	size_t n = 0;
	bool ok = true;

	for (errno = 0; (d = readdir(dir)) != NULL; errno = 0, n++) {
		if (!is_left(rc, dirfd(dir), tag, d->d_name))
			continue;
		(void)snprintf(who, sizeof(who), "job %s",
		    d->d_name + strlen(AREA_PREFIX));
		if (!rc->dry_run && !tree_remove(dirfd(dir), d->d_name, &e)) {
			recover_say_left(rc, who, &e);
			ok = false;
		} else
			recover_say(rc, "%s: %s %s/%s", who,
			    rc->dry_run ? "would remove" : "removed", store,
			    d->d_name);
	}
	if (errno != 0) {
		fail(&e, errno, "read store", store, NULL);
		recover_say_left(rc, "stores", &e);
		return (false);
	}
	/* With but "." and "..", its file system may not be mounted yet. */
	return (ok && n > 2);
}

static bool
sweep(struct recovery *rc, const char *tag, const char *store)
{
	struct error e = { 0 };
	DIR *dir;
	bool done;

	dir = opendir(store);
	if (dir == NULL) {
		if (errno != ENOENT && errno != ENOTDIR) {
			fail(&e, errno, "read store", store, NULL);
			recover_say_left(rc, "stores", &e);
		}
		return (false);
	}
	done = sweep_names(rc, dir, tag, store);
	(void)closedir(dir);
	return (done);
}

static bool
was_swept(const struct recovery *rc, const json_t *store)
{
	const char *boot = json_string_value(json_object_get(store, "boot"));

	return (boot[0] != '\0' && strcmp(boot, rc->boot) == 0);
}

static bool
is_due(const struct recovery *rc, const json_t *root)
{
	const json_t *list = json_object_get(root, "stores"), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (!was_swept(rc, one))
			return (true);
	}
	return (false);
}

static bool
sweep_all(struct recovery *rc, const json_t *root, bool *changed)
{
	const char *tag = json_string_value(json_object_get(root, "tag"));
	json_t *list = json_object_get(root, "stores"), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (was_swept(rc, one) ||
		    !sweep(rc, tag,
			json_string_value(json_object_get(one, "path"))))
			continue;
		if (json_object_set_new(one, "boot", json_string(rc->boot)) !=
		    0)
			return (false);
		*changed = true;
	}
	return (true);
}

/* With the lock, but for a dry run. */
static bool
sweep_and_save(struct recovery *rc, struct error *e)
{
	bool ok, changed = false;
	json_t *root;

	if (!load(rc->state_fd, &root, e))
		return (false);
	ok =
	    root == NULL || sweep_all(rc, root, &changed) ||
	    fail(e, ENOMEM, "write stores of state directory", FILE_NAME, NULL);
	if (ok && changed && !rc->dry_run)
		ok = save(rc->state_fd, root, e);
	json_decref(root);
	return (ok);
}

bool
stores_sweep(struct recovery *rc, struct error *e)
{
	json_t *root;
	bool due, ok;

	if (!load(rc->state_fd, &root, e))
		return (false);
	due = root != NULL && is_due(rc, root);
	json_decref(root);
	if (!due)
		return (true);
	if (rc->dry_run)
		return (sweep_and_save(rc, e));
	if (!lock(rc->state_fd, e))
		return (false);
	ok = sweep_and_save(rc, e);
	unlock(rc->state_fd);
	return (ok);
}
