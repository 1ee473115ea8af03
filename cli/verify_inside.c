/*
 * The builder of `isthmus build --verify-isolation`: tries what must work
 * and what must not, holds for two seconds, and writes what the system said
 * to its result file.  Apart from verify.c, since this side runs as the
 * untrusted one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/verify.h"

enum { HOLD_MS = 2000, PEER_MS = 1500, NAP_MS = 5 };

static const char *
word(int result)
{
	return (result == -1 ? strerror(errno) : "ok");
}

static const char *
try_open(const char *path, int flags)
{
	int fd;

	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd != -1)
		close(fd);
	return (word(fd));
}

static void
nap(double ms)
{
	struct timespec t;

	if (ms <= 0)
		return;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)((ms - (double)t.tv_sec * 1000) * 1e6);
	(void)nanosleep(&t, NULL);
}

/* The peer begins at about the same time: its file may not be there yet. */
static const char *
try_peer(uint64_t start)
{
	const char *said;

	for (;;) {
		said = try_open(VERIFY_PEER "/" VERIFY_RESULT, O_RDONLY);
		if (errno != ENOENT || strcmp(said, "ok") == 0 ||
		    clock_since_ms(start) > PEER_MS)
			return (said);
		nap(NAP_MS);
	}
}

static bool
make_output(void)
{
	const char *path;
	int fd;

	path = getenv("out");
	if (path == NULL)
		return (false);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd != -1)
		close(fd);
	return (fd != -1);
}

int
verify_inside(int argc, char **argv)
{
	uint64_t start = clock_now();
	struct stat st;
	FILE *f;
	int fd;

	if (argc != 2)
		return (STATUS_USAGE);
	fd = open(VERIFY_WORK "/" VERIFY_RESULT,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* BSD gives a new file the group of its directory. */
	f = fd == -1 || fchown(fd, (uid_t)-1, getegid()) != 0 ? NULL
							      : fdopen(fd, "w");
	if (f == NULL || fstat(fd, &st) == -1 || !make_output()) {
		perror("verify-inside: make result file");
		return (STATUS_HOST);
	}
	fprintf(f, "post_drop.euid=%ju\n", (uintmax_t)geteuid());
	fprintf(f, "post_drop.egid=%ju\n", (uintmax_t)getegid());
	fprintf(f, "drop.regain_root=%s\n", word(setuid(0)));
	fprintf(
	    f, "access.allowed_read=%s\n", try_open(VERIFY_ALLOWED, O_RDONLY));
	fprintf(f, "access.own_output_uid=%ju\n", (uintmax_t)st.st_uid);
	fprintf(f, "access.own_output_gid=%ju\n", (uintmax_t)st.st_gid);
	fprintf(f, "access.peer_file=%s\n", try_peer(start));
	fprintf(f, "access.hidden_file=%s\n", try_open(argv[1], O_RDONLY));
	fprintf(f, "access.protected_create=%s\n",
	    try_open(VERIFY_WORK "/" VERIFY_PROTECTED "/file",
		O_WRONLY | O_CREAT | O_EXCL));
	fprintf(f, "drop.chown_root=%s\n", word(fchown(fd, 0, 0)));
	nap(HOLD_MS - clock_since_ms(start));
	return (fclose(f) == 0 ? STATUS_OK : STATUS_HOST);
}
