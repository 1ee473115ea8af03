/*
 * What of a spec only the host can tell.  Apart from spec_check.c, which
 * makes no system call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/spec.h"
#include "build/spec_parts.h"

/* Fails with the host path as the reason. */
static bool
host_fail(const struct isth_build_spec *s, int err, const char *place,
    const char *path, struct error *e)
{
	return (spec_fail(s, e, err, place, "%.250s", path));
}

/*
 * A directory, a file, or a link: that is made again in the build, as Nix
 * does with links in its store, and leads to what is there.
 */
static bool
check_input(const struct isth_build_spec *s, size_t i, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const char *source;
	struct stat st;
	int mode;

	source = s->inputs[i].source;
	(void)snprintf(
	    place, sizeof(place), "%s[%zu]", spec_keys(s)->inputs, i);
	if (lstat(source, &st) != 0)
		return (host_fail(s, errno, place, source, e));
	if (S_ISLNK(st.st_mode))
		return (true);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return (spec_fail(s, e, 0, place,
		    "%.200s: neither a directory nor a file", source));
	/* The pool's users are others; this only spares rootless a mount. */
	mode = S_ISDIR(st.st_mode) ? X_OK : R_OK;
	if (geteuid() != 0 &&
	    faccessat(AT_FDCWD, source, mode, AT_EACCESS) != 0)
		return (host_fail(s, errno, place, source, e));
	return (true);
}

/* Ours to write in, and nobody's to take apart. */
static bool
check_store(const struct isth_build_spec *s, struct error *e)
{
	const char *key, *store;
	struct stat st;

	key = spec_keys(s)->host_store;
	store = s->host_store;
	if (stat(store, &st) != 0) {
		host_fail(s, errno, key, store, e);
		if (errno == ENOENT)
			fail_hint(e, "mkdir -p %s", store);
		return (false);
	}
	if (!S_ISDIR(st.st_mode))
		return (host_fail(s, ENOTDIR, key, store, e));
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
		spec_fail(s, e, 0, key,
		    "%.150s: anyone may rename what is in it", store);
		return (fail_hint(e, "chmod +t %s", store));
	}
	if (faccessat(AT_FDCWD, store, W_OK | X_OK, AT_EACCESS) != 0)
		return (host_fail(s, errno, key, store, e));
	return (true);
}

static bool
check_output(const struct isth_build_spec *s, const struct spec_pair *output,
    struct error *e)
{
	char place[SPEC_PLACE_MAX];
	struct stat st;
	char *path;
	size_t size;
	bool ok;

	(void)snprintf(place, sizeof(place), "$.outputs.%s", output->name);
	size = strlen(s->host_store) + strlen(output->value) + 1;
	path = malloc(size);
	if (path == NULL)
		return (spec_no_memory(e));
	(void)snprintf(
	    path, size, "%s%s", s->host_store, strrchr(output->value, '/'));
	ok = lstat(path, &st) != 0 && errno == ENOENT;
	if (!ok)
		host_fail(
		    s, lstat(path, &st) == 0 ? EEXIST : errno, place, path, e);
	free(path);
	return (ok);
}

static bool
check_work(const struct isth_build_spec *s, struct error *e)
{
	struct stat st;

	if (s->host_work == NULL)
		return (true);
	if (lstat(s->host_work, &st) != 0)
		return (host_fail(
		    s, errno, spec_keys(s)->host_work, s->host_work, e));
	if (!S_ISDIR(st.st_mode))
		return (host_fail(
		    s, ENOTDIR, spec_keys(s)->host_work, s->host_work, e));
	return (true);
}

static bool
check_device(const struct isth_build_spec *s, size_t i, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	struct stat st;

	(void)snprintf(place, sizeof(place), "$.devices[%zu]", i);
	if (lstat(s->devices[i], &st) != 0)
		return (host_fail(s, errno, place, s->devices[i], e));
	if (!S_ISCHR(st.st_mode))
		return (spec_fail(s, e, 0, place,
		    "%.200s: not a character device", s->devices[i]));
	return (true);
}

bool
spec_check_host(const struct isth_build_spec *s, struct error *e)
{
	size_t i;

	if (!check_store(s, e) || !check_work(s, e))
		return (false);
	for (i = 0; i < s->noutputs; i++) {
		if (!check_output(s, &s->outputs[i], e))
			return (false);
	}
	for (i = 0; i < s->ninputs; i++) {
		if (!check_input(s, i, e))
			return (false);
	}
	for (i = 0; i < s->ndevices; i++) {
		if (!check_device(s, i, e))
			return (false);
	}
	return (true);
}
