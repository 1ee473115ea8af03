/*
 * Each test over machd has one of its own, which ends when it has no client
 * any more.  Where a transport is named already, the test runs over that.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether it has a bootstrap server, too. */
#ifndef RIG_BOOTSTRAP
#define RIG_BOOTSTRAP 0
#endif

static char folder[] = "/tmp/isthmus-machd.XXXXXX";
static char path[sizeof(folder) + 8];
static pid_t test, server;

static void
stop(void)
{
	/* Children of the test's end, too, and have no server to end. */
	if (getpid() != test)
		return;
	kill(server, SIGTERM);
}

__attribute__((constructor(150))) static void
start(int argc, char **argv)
{
	const char *machd = getenv("MACHD");
	char number[16], byte;
	int ready[2];

	if (getenv("ISTHMUS_MACH_TRANSPORT") != NULL)
		return;
	/* What the program has, not what comes of it. */
	if (argc > 1 && strcmp(argv[1], "-l") == 0)
		return;
	if (mkdtemp(folder) == NULL || chmod(folder, 0711) != 0 ||
	    pipe(ready) != 0)
		abort();
	snprintf(path, sizeof(path), "%s/socket", folder);
	test = getpid();
	server = fork();
	if (server == 0) {
		close(ready[0]);
		snprintf(number, sizeof(number), "%d", ready[1]);
		execl(machd != NULL ? machd : MACHD_DEBUG, "machd", "--socket",
		    path, "--idle", "30", "--ready", number,
		    RIG_BOOTSTRAP ? NULL : "--no-bootstrap", (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	if (server == -1 || read(ready[0], &byte, 1) != 1) {
		fprintf(stderr, "machd did not start\n");
		abort();
	}
	close(ready[0]);
	setenv("ISTHMUS_MACH_SOCKET", path, 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	atexit(stop);
}
