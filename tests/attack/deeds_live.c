/*
 * Hostile builders whose harm is in how they live: what they take of the
 * host, and how they keep from ending.
 */
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define LONG_SECONDS 60

static void
output(void)
{
	const char *out = getenv("out");

	if (out != NULL)
		(void)!write_file(out, "made\n", 0644);
}

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Up to N children that stay; says how many there were. */
static int
crowd(char **args)
{
	long i, n = strtol(args[0], NULL, 10);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == 0) {
			sleep_ms(LONG_SECONDS * 1000);
			_exit(0);
		}
		if (pid == -1)
			break;
	}
	printf("count %ld\n", i);
	output();
	return (0);
}

/* For ever, every one of them. */
static int __attribute__((__noreturn__)) bomb(char **args)
{
	(void)args;
	for (;;)
		(void)fork();
}

/* One after another, some of them orphans. */
static int
quick(char **args)
{
	long i, n = strtol(args[0], NULL, 10);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid == -1)
			return (2);
		(void)waitpid(pid, NULL, 0);
	}
	output();
	return (0);
}

static int
orphans(char **args)
{
	long i, n = strtol(args[0], NULL, 10);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == 0) {
			if (fork() == 0)
				sleep_ms(5);
			_exit(0);
		}
		if (pid == -1)
			return (2);
		(void)waitpid(pid, NULL, 0);
	}
	output();
	return (0);
}

/* Takes MB of memory and keeps it. */
static int
hog(char **args)
{
	/* Otherwise a compiler sees that nobody reads it. */
	static char *volatile kept;
	long i, n = strtol(args[0], NULL, 10);
	char *p;

	for (i = 0; i < n; i++) {
		p = malloc(1 << 20);
		if (p == NULL)
			return (2);
		(void)memset(p, 1, 1 << 20);
		kept = p;
	}
	(void)kept;
	printf("took %ld\n", i);
	output();
	return (0);
}

/* Writes MB into FILE and waits a little, to be noticed. */
static int
filler(char **args)
{
	static char block[1 << 20];
	long i, n = strtol(args[1], NULL, 10);
	int fd;

	(void)memset(block, 1, sizeof(block));
	fd = open(args[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	for (i = 0; i < n; i++) {
		if (write(fd, block, sizeof(block)) != sizeof(block))
			break;
	}
	printf("wrote %ld\n", i);
	(void)fflush(stdout);
	sleep_ms(strtol(args[2], NULL, 10));
	output();
	return (0);
}

/* As many empty files as there is room for, at most N. */
static int
inodes(char **args)
{
	long i, n = strtol(args[1], NULL, 10);
	char name[64];
	int fd;

	if (chdir(args[0]) == -1)
		return (2);
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%ld", i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd == -1)
			break;
		(void)close(fd);
	}
	printf("files %ld\n", i);
	output();
	return (0);
}

static int
flood(char **args)
{
	static char block[65536];
	long i, n = strtol(args[0], NULL, 10);

	(void)memset(block, 'y', sizeof(block));
	for (i = 0; n == 0 || i < n; i++) {
		if (write(STDOUT_FILENO, block, sizeof(block)) == -1)
			return (2);
	}
	output();
	return (0);
}

static int
silent(char **args)
{
	sleep_ms(strtol(args[0], NULL, 10));
	output();
	return (0);
}

/* The builder is gone, what it started keeps its output open. */
static int
holder(char **args)
{
	(void)args;
	if (fork() == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		sleep_ms(LONG_SECONDS * 1000);
		_exit(0);
	}
	output();
	return (0);
}

/* No output any more, but not at its end. */
static int
closer(char **args)
{
	(void)close(0);
	(void)close(1);
	(void)close(2);
	sleep_ms(strtol(args[0], NULL, 10));
	output();
	return (0);
}

static int __attribute__((__noreturn__)) stubborn(char **args)
{
	sigset_t set;

	(void)args;
	(void)sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)setsid();
	for (;;)
		sleep_ms(1000);
}

static int
stopped(char **args)
{
	pid_t pid;

	(void)args;
	pid = fork();
	if (pid == 0)
		(void)raise(SIGSTOP);
	(void)raise(SIGSTOP);
	return (0);
}

/* Kills all that it can reach; only itself should be among it. */
static int
killer(char **args)
{
	(void)args;
	(void)kill(-1, SIGKILL);
	output();
	return (0);
}

/* Another's output written after the builder's end. */
static int
late(char **args)
{
	const char *out = getenv("out");

	(void)args;
	if (mkdir(out, 0755) == -1 || chdir(out) == -1 ||
	    !write_file("f", "as hashed", 0644))
		return (2);
	if (fork() == 0) {
		(void)setsid();
		for (;;) {
			(void)!write_file("f", "changed", 0644);
			(void)!write_file("g", "added", 0644);
			(void)unlink("g");
		}
	}
	return (0);
}

const struct deed deeds_live[] = {
	{ "crowd", "N children at a time", crowd },
	{ "bomb", "a fork bomb", bomb },
	{ "quick", "N children one after another", quick },
	{ "orphans", "N orphans", orphans },
	{ "hog", "N megabytes of memory", hog },
	{ "filler", "N megabytes into a file", filler },
	{ "inodes", "N files in a directory", inodes },
	{ "flood", "output without end, or N blocks", flood },
	{ "silent", "nothing for N milliseconds", silent },
	{ "holder", "a daemon that holds the output open", holder },
	{ "closer", "closes its output and goes on", closer },
	{ "stubborn", "blocks every signal", stubborn },
	{ "stopped", "stops itself", stopped },
	{ "killer", "kills everything it can", killer },
	{ "late", "writes its output after its end", late },
	{ NULL, NULL, NULL },
};
