/*
 * Runs several commands in turn, again and again, so that whatever else the
 * machine does falls on all of them alike, and prints the median seconds of
 * each, one a line.  Apart from hyperfine because that finishes one command
 * before it begins the next.
 *
 *	alternate RUNS [-r FILE]... -- COMMAND... [-- COMMAND...]...
 *
 * "{}" in a command is the number of the run; FILEs are removed before each.
 */
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define WORDS_MAX 128

extern char **environ;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec + (double)t.tv_nsec / 1e9);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

/* Starts, waits, and returns the seconds; ends the program on failure. */
static double
run(char **command, const char *number, posix_spawn_file_actions_t *actions)
{
	char words[WORDS_MAX][512], *argv[WORDS_MAX], *mark;
	int n, status;
	double start;
	pid_t pid;

	for (n = 0; command[n] != NULL && n < WORDS_MAX - 1; n++) {
		mark = strstr(command[n], "{}");
		if (mark == NULL)
			snprintf(words[n], sizeof(words[n]), "%s", command[n]);
		else
			snprintf(words[n], sizeof(words[n]), "%.*s%s%s",
			    (int)(mark - command[n]), command[n], number,
			    mark + 2);
		argv[n] = words[n];
	}
	argv[n] = NULL;
	start = now();
	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ) != 0)
		errx(1, "%s: cannot start", argv[0]);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	if (status != 0)
		errx(1, "%s: status 0x%x in run %s", argv[0], (unsigned)status,
		    number);
	return (now() - start);
}

int
main(int argc, char **argv)
{
	char **commands[COMMANDS_MAX], **remove_files = argv, number[16];
	posix_spawn_file_actions_t actions;
	double *seconds;
	int ncommands = 0, nfiles = 0, runs, i, k, f;

	if (argc < 4)
		errx(2, "usage: alternate RUNS [-r FILE]... -- COMMAND...");
	runs = atoi(argv[1]);
	for (i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0 && ncommands < COMMANDS_MAX) {
			argv[i] = NULL;
			commands[ncommands++] = argv + i + 1;
		} else if (ncommands == 0 && strcmp(argv[i], "-r") == 0)
			remove_files[nfiles++] = argv[++i];
	}
	seconds = calloc((size_t)runs * COMMANDS_MAX, sizeof(*seconds));
	if (seconds == NULL || ncommands == 0 || runs < 1)
		errx(2, "nothing to run");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (i = 0; i < runs; i++)
		for (k = 0; k < ncommands; k++) {
			for (f = 0; f < nfiles; f++)
				unlink(remove_files[f]);
			snprintf(number, sizeof(number), "%d", i);
			seconds[k * runs + i] =
			    run(commands[k], number, &actions);
		}
	for (k = 0; k < ncommands; k++) {
		qsort(seconds + k * runs, (size_t)runs, sizeof(*seconds),
		    compare);
		printf("%.6f\n", seconds[k * runs + runs / 2]);
	}
	free(seconds);
	posix_spawn_file_actions_destroy(&actions);
	return (0);
}
