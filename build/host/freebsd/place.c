/*
 * Files and directories of the build's root, made on the host before the
 * jail is.  Every component is opened by its name without following a link:
 * an input that is mounted already may have come from an enemy's build.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

/* Opens or makes one directory. */
static int
open_directory(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd, saved;

	fd = openat(parent, name, flags);
	if (fd >= 0 || errno != ENOENT)
		return (fd);
	if (mkdirat(parent, name, 0755) != 0)
		return (-1);
	fd = openat(parent, name, flags);
	/* Whatever the umask is. */
	if (fd >= 0 && fchmod(fd, 0755) != 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

static bool
fail_place(struct error *e, int err, const char *step, const char *path)
{
	/* openat(2): O_NOFOLLOW answers EMLINK here, EFTYPE on others. */
	if (err == EMLINK || err == ELOOP || err == ENOTDIR)
		return (fail(e, err, step, path,
		    "a component is a link or a file of an input"));
	(void)fail(e, err, step, path, NULL);
	if (err == EROFS)
		return (fail_hint(e,
		    "the place is below an input, which must then have "
		    "that name already"));
	return (false);
}

int
place_parent(struct host_job *job, const char *path, const char **last,
    const char *step, struct error *e)
{
	char name[NAME_MAX + 1];
	const char *p, *slash;
	size_t len;
	int fd, next;

	len = strlen(job->plan->root);
	if (strncmp(path, job->plan->root, len) != 0 || path[len] != '/') {
		(void)fail(e, 0, step, path, "not below the root");
		return (-1);
	}
	if (job->root_fd < 0)
		job->root_fd = open(job->plan->root,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd = job->root_fd;
	for (p = path + len + 1; fd >= 0; p = slash + 1) {
		slash = strchr(p, '/');
		if (slash == NULL)
			break;
		len = (size_t)(slash - p);
		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(name, p, len);
			name[len] = '\0';
			next = open_directory(fd, name);
		}
		len = (size_t)errno;
		if (fd != job->root_fd)
			(void)close(fd);
		errno = (int)len;
		fd = next;
	}
	if (fd < 0) {
		(void)fail_place(e, errno, step, path);
		return (-1);
	}
	*last = p;
	if (fd == job->root_fd)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		(void)fail(e, errno, step, path, NULL);
	return (fd);
}

bool
place_point(struct host_job *job, const char *path, bool directory,
    struct stat *st, const char *step, struct error *e)
{
	const char *last;
	int fd, parent;
	bool ok;

	parent = place_parent(job, path, &last, step, e);
	if (parent < 0)
		return (false);
	if (directory)
		fd = open_directory(parent, last);
	else {
		fd = openat(parent, last,
		    O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
		if (fd < 0 && (errno == EEXIST || errno == EROFS))
			fd = openat(
			    parent, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	}
	ok = fd >= 0 && fstat(fd, st) == 0;
	if (!ok)
		(void)fail_place(e, errno, step, path);
	if (fd >= 0)
		(void)close(fd);
	(void)close(parent);
	return (ok);
}

bool
place_link(
    struct host_job *job, const char *path, const char *target, struct error *e)
{
	const char *last;
	int parent;
	bool ok;

	parent = place_parent(job, path, &last, "make link", e);
	if (parent < 0)
		return (false);
	ok = symlinkat(target, parent, last) == 0 ||
	     fail_place(e, errno, "make link", path);
	(void)close(parent);
	return (ok);
}

static bool
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return (false);
		}
		data += n;
		len -= (size_t)n;
	}
	return (true);
}

bool
place_file(struct host_job *job, const struct step *s, struct error *e)
{
	const char *last;
	int fd, parent;
	bool ok;

	parent = place_parent(job, s->path, &last, "write file", e);
	if (parent < 0)
		return (false);
	if ((s->flags & WRITE_PASSWD_DB) != 0) {
		ok = passwd_write(parent, last, s->path, s->text, e);
		(void)close(parent);
		return (ok);
	}
	fd = openat(parent, last,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, s->mode);
	ok = fd >= 0 && write_all(fd, s->text, strlen(s->text)) &&
	     fchmod(fd, s->mode) == 0;
	if (!ok)
		(void)fail_place(e, errno, "write file", s->path);
	if (fd >= 0)
		(void)close(fd);
	(void)close(parent);
	return (ok);
}
