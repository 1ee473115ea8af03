/*
 * The state directory: where it is, that nobody else may enter it, and its
 * three folders.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/job.h"

char *
state_path(const struct isth_build_options *options,
    const struct host_traits *traits, struct error *e)
{
	const char *base;
	char *path = NULL;
	int n;

	if (options->state != NULL)
		n = asprintf(&path, "%s", options->state);
	else if (traits->root)
		n = asprintf(&path, "%s", traits->state);
	else if ((base = getenv("XDG_STATE_HOME")) != NULL && base[0] == '/')
		n = asprintf(&path, "%s/isthmus", base);
	else if ((base = getenv("HOME")) != NULL && base[0] == '/')
		n = asprintf(&path, "%s/.local/state/isthmus", base);
	else {
		fail(e, 0, "find state directory", NULL,
		    "neither XDG_STATE_HOME nor HOME is set");
		fail_hint(e, "--state DIR");
		return (NULL);
	}
	if (n < 0) {
		fail(e, ENOMEM, "find state directory", NULL, NULL);
		return (NULL);
	}
	return (path);
}

bool
state_missing(const struct isth_executor *ex)
{
	char *path = state_path(&ex->options, host_traits(ex->host), NULL);
	struct stat st;
	bool missing;

	missing = path != NULL && stat(path, &st) != 0 && errno == ENOENT;
	free(path);
	return (missing);
}

/* Only its name: nothing is made or opened. */
bool
state_look(struct isth_executor *ex, struct error *e)
{
	char *resolved;

	ex->state = state_path(&ex->options, host_traits(ex->host), e);
	if (ex->state == NULL)
		return (false);
	resolved = realpath(ex->state, NULL);
	if (resolved != NULL) {
		free(ex->state);
		ex->state = resolved;
	}
	return (true);
}

/* mkdir -p of all but the last component, which is ours alone. */
static bool
make_parents(char *path, struct error *e)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST) {
			fail(e, errno, "make state directory", path, NULL);
			*slash = '/';
			return (false);
		}
		*slash = '/';
	}
	return (true);
}

static bool
check_private(int fd, const char *path, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (fail(e, errno, "check directory", path, NULL));
	if (st.st_uid != geteuid()) {
		fail(e, EPERM, "check directory", path, "belongs to uid %u",
		    (unsigned)st.st_uid);
		return (fail_hint(e, "--state DIR of your own"));
	}
	if ((st.st_mode & 077) != 0) {
		fail(e, EPERM, "check directory", path,
		    "others may enter it (mode %04o)",
		    (unsigned)(st.st_mode & 07777));
		return (fail_hint(e, "chmod 700 %s", path));
	}
	return (true);
}

/* A folder of the state directory; it can only be ours. */
static int
open_folder(int state_fd, const char *name, struct error *e)
{
	int fd;

	if (mkdirat(state_fd, name, 0700) != 0 && errno != EEXIST) {
		fail(e, errno, "make state directory", name, NULL);
		return (-1);
	}
	fd = openat(
	    state_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail(e, errno, "open state directory", name, NULL);
	return (fd);
}

/* Without root there is no pool to share. */
static bool
run_open(struct isth_executor *ex, struct error *e)
{
	const struct host_traits *traits = host_traits(ex->host);
	const char *path = traits->run;

	if (!traits->root) {
		ex->run_fd = fcntl(ex->state_fd, F_DUPFD_CLOEXEC, 0);
		return (
		    ex->run_fd >= 0 ||
		    fail(e, errno, "open state directory", ex->state, NULL));
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return (fail(e, errno, "make run directory", path, NULL));
	ex->run_fd =
	    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ex->run_fd < 0)
		return (fail(e, errno, "open run directory", path, NULL));
	return (check_private(ex->run_fd, path, e));
}

bool
state_open(struct isth_executor *ex, struct error *e)
{
	char *path, resolved[PATH_MAX];
	bool made = true;

	path = state_path(&ex->options, host_traits(ex->host), e);
	if (path == NULL)
		return (false);
	ex->state_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ex->state_fd < 0 && errno == ENOENT) {
		made = make_parents(path, e);
		if (made && (mkdir(path, 0700) == 0 || errno == EEXIST))
			ex->state_fd =
			    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (ex->state_fd < 0) {
		if (made)
			fail(e, errno, "open state directory", path, NULL);
		free(path);
		return (false);
	}
	if (realpath(path, resolved) == NULL)
		fail(e, errno, "resolve state directory", path, NULL);
	else if (check_private(ex->state_fd, path, e) &&
		 (ex->state = strdup(resolved)) == NULL)
		fail(e, ENOMEM, "open state directory", path, NULL);
	free(path);
	if (ex->state == NULL)
		return (false);
	if (!run_open(ex, e))
		return (false);
	ex->jobs_fd = open_folder(ex->state_fd, "jobs", e);
	if (ex->jobs_fd < 0)
		return (false);
	ex->logs_fd = open_folder(ex->state_fd, "logs", e);
	return (ex->logs_fd >= 0);
}
