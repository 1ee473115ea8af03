/*
 * Control groups: what is the same in both versions.  The groups of the
 * builds stand in a directory "isthmus".  An executor that uses it holds a
 * shared lock on it; the one that can lock it alone is the last, and removes
 * it with all that it switched on.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/linux/group.h"

#define GROUP_TOP "isthmus"
/* Longest wait for killed processes to leave a group. */
#define REMOVE_DEADLINE_MS 5000.0
/* Nested groups of a dead executor; nothing of ours makes any. */
#define DEPTH_MAX 16

static const struct timespec one_ms = { .tv_nsec = 1000000 };

bool
group_read(int directory_fd, const char *file, char *buf, size_t n)
{
	int fd, err;
	ssize_t len;

	fd = openat(directory_fd, file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (false);
	len = read(fd, buf, n - 1);
	err = errno;
	close(fd);
	errno = err;
	if (len == -1)
		return (false);
	buf[len] = '\0';
	return (true);
}

bool
group_write(int directory_fd, const char *file, const char *text)
{
	int fd, err;
	ssize_t len;

	fd = openat(directory_fd, file, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return (false);
	/* Control files take a value by one write or not at all. */
	len = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return (len != -1);
}

int64_t
group_number(const char *text, const char *key)
{
	size_t n = strlen(key);
	const char *p;

	for (p = text; p != NULL && *p != '\0';
	     p = (p = strchr(p, '\n')) == NULL ? NULL : p + 1)
		if (strncmp(p, key, n) == 0 && p[n] == ' ')
			return (strtoll(p + n, NULL, 10));
	return (-1);
}

int64_t
group_read_number(int directory_fd, const char *file)
{
	char text[64], *end;
	long long value;

	if (!group_read(directory_fd, file, text, sizeof(text)))
		return (-1);
	errno = 0;
	value = strtoll(text, &end, 10);
	return (end == text || errno != 0 || value < 0 ? -1 : value);
}

bool
group_write_limit(
    struct group *g, const char *file, int64_t value, struct error *e)
{
	char text[32], path[768];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	if (group_write(g->fd, file, text))
		return (true);
	snprintf(path, sizeof(path), "%s/" GROUP_TOP "/%s/%s", g->host->path,
	    g->name, file);
	return (fail(e, errno, "set limit", path, "writing %s: %s", text,
	    strerror(errno)));
}

bool
group_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') &&
		    strchr(" \n", p[n]) != NULL) /* or the end */
			return (true);
	return (false);
}

int
group_kill_each(int directory_fd)
{
	char line[32];
	int some = 0;
	FILE *in;
	int fd;
	long pid;

	fd = openat(directory_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (errno == ENOENT || errno == ENODEV ? 0 : -1);
	in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return (-1);
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		pid = strtol(line, NULL, 10);
		/* 0 stands for one outside of our pid name space. */
		if (pid > 1 && kill((pid_t)pid, SIGKILL) == 0)
			some = 1;
	}
	fclose(in);
	return (some);
}

struct group_host *
group_host_create_at(const char *root, const char *own, struct error *e)
{
	struct group_host *h;
	int fd;

	h = calloc(1, sizeof(*h));
	if (h == NULL) {
		fail(e, ENOMEM, "look for control groups", NULL, NULL);
		return (NULL);
	}
	h->fd = h->isthmus_fd = -1;
	h->why = "no control groups are mounted at /sys/fs/cgroup";
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (h);
	if (!group_v2_find(h, fd, root, own))
		(void)group_v1_find(h, fd, root);
	close(fd);
	return (h);
}

struct group_host *
group_host_create(struct error *e)
{
	return (group_host_create_at("/sys/fs/cgroup", NULL, e));
}

/*
 * Opens "isthmus" and locks it shared; makes it when asked.  Whoever holds
 * it alone is about to remove it: then there is a new one to be made.
 * Without an error: there is none, and isthmus_fd stays -1.
 */
static bool
top_open(struct group_host *h, bool make, struct error *e)
{
	uint64_t start = clock_now();
	struct stat held, there;
	int fd, err;

	if (h->isthmus_fd != -1)
		return (true);
	do {
		fd = openat(h->fd, GROUP_TOP,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = errno;
		if (fd == -1 && err == ENOENT && !make)
			return (true);
		if (fd == -1 && err == ENOENT) {
			if (mkdirat(h->fd, GROUP_TOP, 0700) == 0 ||
			    errno == EEXIST)
				continue;
			err = errno;
		}
		if (fd == -1)
			return (fail(e, err, "make directory " GROUP_TOP,
			    h->path, NULL));
		if (flock(fd, LOCK_SH | LOCK_NB) == 0 &&
		    fstat(fd, &held) == 0 &&
		    fstatat(h->fd, GROUP_TOP, &there, 0) == 0 &&
		    held.st_ino == there.st_ino) {
			h->isthmus_fd = fd;
			return (true);
		}
		close(fd);
		nanosleep(&one_ms, NULL);
	} while (clock_since_ms(start) < REMOVE_DEADLINE_MS);
	return (fail(e, EBUSY, "lock directory " GROUP_TOP, h->path, NULL));
}

/* True when the directory has no directory in it. */
static bool
no_groups_in(int fd)
{
	struct stat st;

	/* Each directory below is one more link; kernfs counts so too. */
	return (fstat(fd, &st) == 0 && st.st_nlink <= 2);
}

void
group_host_destroy(struct group_host *h)
{
	if (h == NULL)
		return;
	if (h->version != NULL && top_open(h, false, NULL) &&
	    h->isthmus_fd != -1) {
		if (flock(h->isthmus_fd, LOCK_EX | LOCK_NB) == 0 &&
		    no_groups_in(h->isthmus_fd)) {
			h->version->settle(h);
			unlinkat(h->fd, GROUP_TOP, AT_REMOVEDIR);
		}
		close(h->isthmus_fd);
	}
	if (h->fd != -1)
		close(h->fd);
	free(h);
}

const char *
group_means(const struct group_host *h)
{
	return (h->version == NULL ? NULL : h->version->means);
}

const char *
group_why_not(const struct group_host *h, const char *limit)
{
	if (h->version == NULL)
		return (h->why);
	return (h->version->why_not(h, limit));
}

static bool
name_is_plain(const char *name)
{
	return (name[0] != '\0' && name[0] != '.' &&
		strchr(name, '/') == NULL &&
		strlen(name) < sizeof(((struct group *)NULL)->name));
}

/* Makes the directory of the group and opens it. */
static bool
group_make(struct group *g, struct error *e)
{
	struct group_host *h = g->host;
	char path[640];

	if (!top_open(h, true, e) || !h->version->prepare(h, e))
		return (false);
	if (mkdirat(h->isthmus_fd, g->name, 0700) == 0) {
		g->fd = openat(h->isthmus_fd, g->name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (g->fd != -1)
			return (true);
	}
	snprintf(path, sizeof(path), "%s/" GROUP_TOP "/%s", h->path, g->name);
	return (fail(e, errno, "make directory", path, NULL));
}

struct group *
group_create(struct group_host *h, const char *name,
    const struct spec_limits *limits, struct error *e)
{
	struct group *g;

	if (!name_is_plain(name)) {
		fail(e, EINVAL, "make limit group", name, NULL);
		return (NULL);
	}
	g = calloc(1, sizeof(*g));
	if (g == NULL) {
		fail(e, ENOMEM, "make limit group", name, NULL);
		return (NULL);
	}
	g->host = h;
	g->fd = -1;
	snprintf(g->name, sizeof(g->name), "%s", name);
	if (h->version == NULL || !h->version->wanted(limits))
		return (g);
	if (group_make(g, e) && h->version->limit(g, limits, e))
		return (g);
	fail_context(e, "make limit group");
	if (g->fd != -1)
		(void)group_remove(h, name, NULL);
	group_destroy(g);
	return (NULL);
}

void
group_destroy(struct group *g)
{
	if (g == NULL)
		return;
	if (g->fd != -1)
		close(g->fd);
	free(g);
}

bool
group_clones(const struct group_host *h, const struct spec_limits *limits)
{
	return (h->version == &group_v2 && h->version->wanted(limits));
}

int
group_clone_fd(const struct group *g)
{
	return (g->host->version == &group_v2 ? g->fd : -1);
}

bool
group_must_enter(const struct group *g)
{
	return (g->fd != -1 && g->host->version != &group_v2);
}

bool
group_enter(struct group *g, pid_t pid, struct error *e)
{
	return (g->fd == -1 || g->host->version->enter(g, pid, e));
}

int
group_kill(struct group *g, struct error *e)
{
	int some;

	if (g->fd == -1)
		return (0);
	some = g->host->version->kill(g->fd);
	if (some == -1)
		fail(e, errno, "kill limit group", g->name, NULL);
	return (some);
}

void
group_measure(struct group *g, struct isth_build_result *r)
{
	if (g->fd != -1)
		g->host->version->measure(g, r);
	else if (r->peak_memory_bytes.value < 0)
		snprintf(r->peak_memory_bytes.why,
		    sizeof(r->peak_memory_bytes.why), "%s",
		    g->host->version == NULL
			? g->host->why
			: "cgroup1: measured only with limits.memory_bytes");
}

bool
group_out_of_memory(const struct group *g)
{
	char text[512];

	return (
	    g->fd != -1 &&
	    group_read(g->fd, g->host->version->events, text, sizeof(text)) &&
	    group_number(text, "oom_kill") > 0);
}

/* One round: kills all below and removes what is empty.  False with errno. */
static bool
remove_round(struct group_host *h, int at, const char *name, int depth)
{
	struct dirent *entry;
	int fd, err;
	DIR *dir;

	if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return (true);
	if (errno != EBUSY && errno != ENOTEMPTY)
		return (false);
	if (depth == DEPTH_MAX) {
		errno = ELOOP;
		return (false);
	}
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (errno == ENOENT);
	(void)h->version->kill(fd);
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return (false);
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			(void)remove_round(h, fd, entry->d_name, depth + 1);
	closedir(dir);
	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return (true);
	err = errno;
	errno = err;
	return (err == ENOENT);
}

bool
group_remove(struct group_host *h, const char *name, struct error *e)
{
	uint64_t start = clock_now();
	char path[640];

	if (!name_is_plain(name))
		return (fail(e, EINVAL, "remove limit group", name, NULL));
	if (h->version == NULL)
		return (true);
	if (!top_open(h, false, e))
		return (fail_context(e, "remove limit group"));
	if (h->isthmus_fd == -1)
		return (true);
	while (!remove_round(h, h->isthmus_fd, name, 0)) {
		if ((errno == EBUSY || errno == ENOTEMPTY) &&
		    clock_since_ms(start) < REMOVE_DEADLINE_MS) {
			nanosleep(&one_ms, NULL);
			continue;
		}
		snprintf(
		    path, sizeof(path), "%s/" GROUP_TOP "/%s", h->path, name);
		fail(e, errno, "remove limit group", path, NULL);
		return (fail_hint(e, "see what is in cgroup.procs there"));
	}
	return (true);
}
