/*
 * The log of one build: the file, its limit, the lines in it, and its
 * compression by a program of the host.  Bytes go to the file as they are;
 * only the copy that people watch is made printable.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "build/log.h"

extern char **environ;

enum {
	LINE_MAX_BYTES = 4096,
	NAME_BYTES = 256 /* NAME_MAX and the NUL */
};

struct log {
	int logs_fd, fd;
	int64_t limit, bytes;
	pid_t compressor; /* 0: none */
	int wait_fd, part_fd;
	enum isth_compression compression;
	bool returned; /* a CR was the last byte */
	size_t used;   /* of line */
	char name[NAME_BYTES], packed[NAME_BYTES], part[NAME_BYTES];
	char line[LINE_MAX_BYTES + 1];
};

_Static_assert(sizeof(struct log) < 8192, "32 builds run at once");

static const struct packer {
	const char *program, *ending;
	const char *const argv[4];
} packers[] = {
	[ISTH_COMPRESSION_GZIP] = { "gzip", ".gz", { "gzip", "-c", NULL } },
	[ISTH_COMPRESSION_ZSTD] = { "zstd", ".zst",
	    { "zstd", "-q", "-c", NULL } },
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool
log_exists(int logs_fd, const char *file_name)
{
	char packed[NAME_BYTES];
	size_t i;

	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		(void)snprintf(packed, sizeof(packed), "%s%s", file_name,
		    packers[i].ending == NULL ? "" : packers[i].ending);
		if (faccessat(logs_fd, packed, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return (true);
	}
	return (false);
}

struct log *
log_create(int logs_fd, const char *file_name, int64_t limit, struct error *e)
{
	struct log *l;

	if (strlen(file_name) >= NAME_BYTES) {
		fail(e, ENAMETOOLONG, "open log", file_name, NULL);
		return (NULL);
	}
	l = malloc(sizeof(*l));
	if (l == NULL) {
		fail(e, ENOMEM, "open log", file_name, NULL);
		return (NULL);
	}
	l->logs_fd = logs_fd;
	l->limit = limit;
	l->bytes = 0;
	l->compressor = 0;
	l->wait_fd = l->part_fd = -1;
	l->compression = ISTH_COMPRESSION_NONE;
	l->returned = false;
	l->used = 0;
	snprintf(l->name, sizeof(l->name), "%s", file_name);
	l->part[0] = '\0';
	l->fd = openat(logs_fd, file_name,
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (l->fd == -1) {
		fail(e, errno, "open log", file_name, NULL);
		free(l);
		return (NULL);
	}
	return (l);
}

/* Writes all; returns how much was written, with errno when it is less. */
static size_t
write_all(int fd, const char *data, size_t len)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < len; done += (size_t)n) {
		n = write(fd, data + done, len - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			break;
	}
	return (done);
}

/* Adds to the line what fits; NUL is a control character like others. */
static void
line_append(struct log *l, const char *data, size_t len)
{
	size_t i;

	if (len > LINE_MAX_BYTES - l->used)
		len = LINE_MAX_BYTES - l->used;
	for (i = 0; i < len; i++)
		l->line[l->used + i] = data[i] == '\0' ? '\1' : data[i];
	l->used += len;
}

/* A sequence that the cut went through shows as nothing, not as '?'. */
static void
line_trim(struct log *l)
{
	size_t start, need;
	unsigned char c;

	if (l->used < LINE_MAX_BYTES)
		return;
	start = l->used;
	while (start > l->used - 4 &&
	       ((unsigned char)l->line[start - 1] & 0xc0) == 0x80)
		start--;
	c = (unsigned char)l->line[start - 1];
	need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	if (need > 1 && l->used - (start - 1) < need)
		l->used = start - 1;
}

static void
line_end(
    struct log *l, void (*line)(void *context, const char *text), void *context)
{
	line_trim(l);
	l->line[l->used] = '\0';
	text_make_printable(l->line);
	l->used = 0;
	l->returned = false;
	line(context, l->line);
}

/*
 * Ends lines at LF.  What follows a CR replaces what stood before it, as on
 * a terminal: of a progress bar the last state is the line.
 */
static void
lines_add(struct log *l, const char *data, size_t len,
    void (*line)(void *context, const char *text), void *context)
{
	const char *end, *p, *stop;

	for (p = data, end = data + len; p < end; p = stop) {
		for (stop = p; stop < end && *stop != '\n' && *stop != '\r';
		     stop++)
			;
		if (stop > p) {
			if (l->returned)
				l->used = 0;
			l->returned = false;
			line_append(l, p, (size_t)(stop - p));
		}
		if (stop == end)
			break;
		if (*stop == '\n')
			line_end(l, line, context);
		else
			l->returned = true;
		stop++;
	}
}

bool
log_add(struct log *l, const char *data, size_t len,
    void (*line)(void *context, const char *text), void *context,
    struct error *e)
{
	size_t fits, written;
	int err;

	if (len == 0) {
		if (l->used > 0 && line != NULL)
			line_end(l, line, context);
		return (true);
	}
	fits = len;
	if (l->limit >= 0 && (int64_t)fits > l->limit - l->bytes)
		fits = (size_t)(l->limit - l->bytes);
	written = write_all(l->fd, data, fits);
	err = errno;
	l->bytes += (int64_t)written;
	if (line != NULL)
		lines_add(l, data, written, line, context);
	if (written < fits)
		return (fail(e, err, "write log", l->name, NULL));
	if (fits < len) {
		fail(e, EFBIG, "write log", l->name,
		    "more than %lld bytes of output", (long long)l->limit);
		return (fail_hint(e, "a larger limits.log_bytes"));
	}
	return (true);
}

int64_t
log_bytes(const struct log *l)
{
	return (l->bytes);
}

const char *
log_name(const struct log *l)
{
	return (l->name);
}

/* Descriptors below 3 would be overwritten while they are put in place. */
static int
above_standard(int fd)
{
	int higher;

	if (fd < 0 || fd > 3)
		return (fd);
	higher = fcntl(fd, F_DUPFD_CLOEXEC, 4);
	close(fd);
	return (higher);
}

/*
 * Starts the program: `fds` are its input, its output, and the end of a pipe
 * that it holds open as descriptor 3 until it has ended.
 */
static int
packer_spawn(struct log *l, const struct packer *packer, const int fds[3])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int err;

	err = posix_spawn_file_actions_init(&actions);
	if (err != 0)
		return (err);
	err = posix_spawnattr_init(&attributes);
	if (err != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return (err);
	}
	posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[2], 3);
	/* A group of its own: ^C is for the executor, which ends in order. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						  POSIX_SPAWN_SETSIGDEF |
						  POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attributes, 0);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attributes, &signals);
	sigaddset(&signals, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	err = posix_spawnp(&l->compressor, packer->program, &actions,
	    &attributes, (char *const *)(uintptr_t)packer->argv, environ);
	if (err != 0)
		l->compressor = 0;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return (err);
}

/* Names of the compressed file, final and meanwhile. */
static bool
packed_names(struct log *l, const char *ending)
{
	int n;

	n = snprintf(l->packed, sizeof(l->packed), "%s%s", l->name, ending);
	if (n < 0 || (size_t)n >= sizeof(l->packed))
		return (false);
	n = snprintf(l->part, sizeof(l->part), "%s" LOG_PART_SUFFIX, l->packed);
	return (n >= 0 && (size_t)n < sizeof(l->part));
}

/*
 * Locked as long as we or the packer have it open, so that recovery can tell
 * it from one that nobody will rename; -1.
 */
static int
part_open(const struct log *l)
{
	struct stat st;
	int fd;

	for (;;) {
		fd = openat(l->logs_fd, l->part,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) != 0 ||
		    fstat(fd, &st) != 0 || st.st_nlink > 0)
			return (fd);
		close(fd); /* recovery was faster */
	}
}

bool
log_part_left(int logs_fd, const char *name, bool remove)
{
	bool left;
	int fd;

	fd = openat(
	    logs_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (false);
	left = flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	       (!remove || unlinkat(logs_fd, name, 0) == 0);
	close(fd);
	return (left);
}

static int
packer_start(struct log *l, const struct packer *packer)
{
	int ends[2], err, fds[3] = { -1, -1, -1 };

	if (!packed_names(l, packer->ending))
		return (ENAMETOOLONG);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return (errno);
	l->wait_fd = ends[0];
	fds[2] = above_standard(ends[1]);
	fds[0] = above_standard(
	    openat(l->logs_fd, l->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
	fds[1] = above_standard(part_open(l));
	if (fds[0] == -1 || fds[1] == -1 || fds[2] == -1)
		err = errno;
	else
		err = packer_spawn(l, packer, fds);
	close_fd(&fds[0]);
	close_fd(&fds[2]);
	l->part_fd = fds[1];
	if (err == 0)
		return (0);
	if (fds[1] != -1)
		(void)unlinkat(l->logs_fd, l->part, 0);
	close_fd(&l->part_fd);
	close_fd(&l->wait_fd);
	return (err);
}

bool
log_close(struct log *l, enum isth_compression compression, int *wait_fd,
    struct error *e)
{
	const struct packer *packer;
	int err;

	*wait_fd = -1;
	if (l->fd == -1)
		return (true);
	err = close(l->fd) == -1 ? errno : 0;
	l->fd = -1;
	if (err != 0 && err != EINTR)
		return (fail(e, err, "write log", l->name, NULL));
	if (compression == ISTH_COMPRESSION_NONE)
		return (true);
	l->compression = compression;
	packer = &packers[compression];
	err = packer_start(l, packer);
	if (err != 0) {
		fail(e, err, "compress log", l->name, NULL);
		if (err == ENOENT)
			fail_hint(e, "install %s", packer->program);
		return (false);
	}
	*wait_fd = l->wait_fd;
	return (true);
}

static int
packer_wait(struct log *l)
{
	pid_t pid;
	int status;

	do
		pid = waitpid(l->compressor, &status, 0);
	while (pid == -1 && errno == EINTR);
	l->compressor = 0;
	close_fd(&l->wait_fd);
	return (pid == -1 ? -1 : status);
}

static bool
settle(struct log *l, struct error *e)
{
	const char *program;
	int err, status;

	program = packers[l->compression].program;
	status = packer_wait(l);
	if (status != 0) {
		(void)unlinkat(l->logs_fd, l->part, 0);
		if (status > 0 && WIFSIGNALED(status))
			return (fail(e, 0, "compress log", l->name,
			    "%s died of signal %d", program, WTERMSIG(status)));
		return (fail(e, 0, "compress log", l->name, "%s ended with %d",
		    program, status > 0 ? WEXITSTATUS(status) : status));
	}
	if (renameat(l->logs_fd, l->part, l->logs_fd, l->packed) == -1) {
		err = errno;
		(void)unlinkat(l->logs_fd, l->part, 0);
		return (fail(e, err, "compress log", l->name, NULL));
	}
	(void)unlinkat(l->logs_fd, l->name, 0);
	memcpy(l->name, l->packed, sizeof(l->name));
	return (true);
}

bool
log_settle(struct log *l, struct error *e)
{
	bool ok;

	ok = l->compressor == 0 || settle(l, e);
	close_fd(&l->part_fd);
	return (ok);
}

void
log_destroy(struct log *l)
{
	if (l == NULL)
		return;
	close_fd(&l->fd);
	if (l->compressor != 0) {
		(void)kill(l->compressor, SIGKILL);
		(void)packer_wait(l);
		(void)unlinkat(l->logs_fd, l->part, 0);
	}
	close_fd(&l->part_fd);
	free(l);
}

bool
log_compression_check(enum isth_compression compression, struct error *e)
{
	const char *dir, *end, *path, *program;
	char full[4096];
	int n;

	if (compression == ISTH_COMPRESSION_NONE)
		return (true);
	program = packers[compression].program;
	path = getenv("PATH");
	if (path == NULL)
		path = "/usr/bin:/bin";
	for (dir = path; dir != NULL; dir = *end == ':' ? end + 1 : NULL) {
		end = strchrnul(dir, ':');
		n = snprintf(full, sizeof(full), "%.*s/%s", (int)(end - dir),
		    dir, program);
		if (n > 0 && (size_t)n < sizeof(full) &&
		    faccessat(AT_FDCWD, full, X_OK, AT_EACCESS) == 0)
			return (true);
	}
	fail(e, ENOENT, "compress logs", program, "not found in PATH");
	return (fail_hint(e, "install %s", program));
}
