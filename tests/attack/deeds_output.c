/*
 * Hostile builders whose harm is in what they leave: trees that mislead
 * whoever collects, gives away or removes them.  The first argument of each
 * is its exit status, since failed builds leave things too.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/attack.h"

static const char *
out(void)
{
	return (getenv("out"));
}

static bool
enter(void)
{
	return (mkdir(out(), 0755) == 0 && chdir(out()) == 0);
}

static int
done(char **args)
{
	return ((int)strtol(args[0], NULL, 10));
}

static int
modes(char **args)
{
	if (!enter() || !write_file("setid", "x", 0755) ||
	    !write_file("open", "x", 0644) || !write_file("none", "x", 0644) ||
	    mkdir("closed", 0755) == -1 ||
	    !write_file("closed/inside", "x", 0600) ||
	    mkdir("sticky", 0755) == -1)
		return (2);
	if (chmod("setid", 06755) == -1)
		printf("no set-id: %s\n", strerror(errno));
	(void)chmod("open", 0666);
	(void)chmod("none", 0);
	(void)chmod("closed", 0);
	(void)chmod("sticky", 01777);
	(void)chmod(".", 0777);
	return (done(args));
}

/* The output itself is a link to PATH. */
static int
is_link(char **args)
{
	return (symlink(args[1], out()) == 0 ? done(args) : 2);
}

/* Links to PATH within; by their names, a step away from what is done. */
static int
has_links(char **args)
{
	if (!enter() || symlink(args[1], "link") == -1 ||
	    mkdir("d", 0755) == -1 || symlink("..", "d/up") == -1 ||
	    symlink("d/up/d/up", "loop") == -1)
		return (2);
	return (done(args));
}

static int
hard_links(char **args)
{
	if (!enter() || !write_file("a", "x", 0644) || link("a", "b") == -1)
		return (2);
	if (link(args[1], "input") == -1)
		printf("no link to the input: %s\n", strerror(errno));
	/* And one from outside of the output, which is removed later. */
	(void)!write_file("../elsewhere", "y", 0644);
	return (link("../elsewhere", "c") == 0 ? done(args) : 2);
}

static int
fifo(char **args)
{
	return (enter() && mkfifo("fifo", 0644) == 0 ? done(args) : 2);
}

static int
is_fifo(char **args)
{
	return (mkfifo(out(), 0644) == 0 ? done(args) : 2);
}

static int
has_socket(char **args)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "s" };
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (!enter() || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return (2);
	return (done(args));
}

static int
names(char **args)
{
	static const char *const bad[] = { "new\nline", "bell\a",
		"\xff\xfe\xc0\xaf", "\xed\xa0\x80", "-rf", " ", "\\", "...",
		"\x1b[2J", "'\"$(reboot)`" };
	char longest[256];
	size_t i;

	if (!enter())
		return (2);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!write_file(bad[i], "x", 0644))
			return (3);
	}
	(void)memset(longest, 'n', 255);
	longest[255] = '\0';
	return (write_file(longest, "x", 0644) ? done(args) : 4);
}

/* mknod(2) of a file is not everywhere. */
static bool
touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return (fd != -1 && close(fd) == 0);
}

static int
many(char **args)
{
	long i, n = strtol(args[1], NULL, 10);
	char name[64];

	if (!enter())
		return (2);
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%ld", i);
		if (!touch(name))
			return (3);
	}
	return (done(args));
}

static int
deep(char **args)
{
	long i, n = strtol(args[1], NULL, 10);

	if (strcmp(args[2], "out") == 0 && !enter())
		return (2);
	for (i = 0; i < n; i++) {
		if (mkdir("deep-directory-name", 0755) == -1 ||
		    chdir("deep-directory-name") == -1)
			return (3);
	}
	return (write_file("bottom", "x", 0644) ? done(args) : 4);
}

static int
sparse(char **args)
{
	int fd;

	fd = open(out(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (ftruncate(fd, 1LL << 40) == -1)
		return (2);
	return (done(args));
}

/* Held open, gone by name: space that no removal gives back. */
static int
unlinked(char **args)
{
	static char block[1 << 20];
	int fd;

	fd = open("gone", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (unlink("gone") == -1 ||
	    write(fd, block, sizeof(block)) != sizeof(block))
		return (2);
	if (fork() == 0) {
		(void)setsid();
		(void)pause();
	}
	return (write_file(out(), "x", 0644) ? done(args) : 2);
}

/*
 * While the build ends, a name is a directory, then a link to PATH, then a
 * directory: whoever checks and then uses it by name goes astray.
 */
static int
flip(char **args)
{
	int i;

	if (strcmp(args[2], "out") == 0 && !enter())
		return (2);
	if (mkdir("d", 0755) == -1 || !write_file("d/shadow", "x", 0644) ||
	    symlink(args[1], "l") == -1)
		return (3);
	for (i = 0; i < 2; i++) {
		if (fork() == 0) {
			(void)setsid();
			for (;;) {
				(void)rename("d", "t");
				(void)rename("l", "d");
				(void)rename("d", "l");
				(void)rename("t", "d");
			}
		}
	}
	if (strcmp(args[2], "out") != 0)
		(void)!write_file(out(), "x", 0644);
	return (done(args));
}

/* A working directory that its owner cannot enter, and worse below. */
static int
closed(char **args)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (mkdir("closed", 0755) == -1 ||
		    !write_file("closed/f", "x", 0) || chdir("closed") == -1)
			return (2);
	}
	for (i = 0; i < 50; i++) {
		(void)chmod(".", 0);
		(void)!chdir("..");
	}
	(void)chmod(".", 0);
	(void)!write_file(out(), "x", 0644);
	return (done(args));
}

/* Open to all, for whoever waits on the host to put something in. */
static int
work_open(char **args)
{
	(void)chmod(".", 0777);
	(void)chmod(out(), 0777);
	printf("ready\n");
	(void)fflush(stdout);
	(void)sleep((unsigned)strtoul(args[1], NULL, 10));
	return (done(args));
}

/* What a failed build leaves in its working directory. */
static int
leavings(char **args)
{
	if (!write_file("setid", "x", 0755) || symlink(args[1], "link") == -1 ||
	    symlink("/", "root") == -1 || mkfifo("fifo", 0666) == -1 ||
	    !write_file("plain", "kept", 0644) || mkdir("sub", 0) == -1)
		return (2);
	if (chmod("setid", 06755) == -1)
		printf("no set-id: %s\n", strerror(errno));
	if (link(args[1], "hard") == -1)
		printf("no hard link: %s\n", strerror(errno));
	if (enter())
		(void)!write_file("half", "x", 0644);
	return (done(args));
}

const struct deed deeds_output[] = {
	{ "modes", "set-id, writable, unreadable", modes },
	{ "is-link", "the output is a link", is_link },
	{ "has-links", "links in the output", has_links },
	{ "hard-links", "an inode in two places", hard_links },
	{ "fifo", "a FIFO in the output", fifo },
	{ "is-fifo", "the output is a FIFO", is_fifo },
	{ "has-socket", "a socket in the output", has_socket },
	{ "names", "names to stumble over", names },
	{ "many", "N files", many },
	{ "deep", "N directories deep", deep },
	{ "sparse", "a terabyte of holes", sparse },
	{ "unlinked", "open, without a name", unlinked },
	{ "flip", "names that change while it ends", flip },
	{ "closed", "directories that cannot be entered", closed },
	{ "work-open", "directories that all may write", work_open },
	{ "leavings", "what a failed build leaves", leavings },
	{ NULL, NULL, NULL },
};
