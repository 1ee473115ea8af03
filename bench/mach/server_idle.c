/*
 * What a thousand clients that do nothing cost machd: memory, and processor.
 */
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

#define CLIENTS 1000
#define GOAL 32768.0 /* bytes each */

/* Bytes of a process that are its own, shared ones by their parts. */
static double
memory_of(pid_t pid)
{
	char path[64], line[128];
	double kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Pss: %lf kB", &kb) == 1)
			break;
	}
	fclose(file);
	return (kb * 1024);
}

/* Clock ticks that it has run. */
static unsigned long
ticks_of(pid_t pid)
{
	unsigned long user = 0, kernel = 0;
	char path[64], text[512], *p;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		err(1, "%s", path);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	p = strrchr(text, ')');
	if (p == NULL ||
	    sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		&user, &kernel) != 2)
		errx(1, "%s: not understood", path);
	return (user + kernel);
}

_Noreturn static void
client(int tell)
{
	if (mach_task_self() == MACH_PORT_NULL || write(tell, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

void
idle_clients(void)
{
	pid_t server = getppid(), pids[CLIENTS];
	double before = memory_of(server), each;
	unsigned long ticks;
	int pipes[2], i;
	char byte;

	if (pipe(pipes) != 0)
		err(1, "pipe");
	for (i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		if (pids[i] == -1)
			err(1, "fork");
		if (pids[i] == 0)
			client(pipes[1]);
		/* One after the other: what they leave is what counts. */
		all(read(pipes[0], &byte, 1), 1);
	}
	each = (memory_of(server) - before) / CLIENTS;
	ticks = ticks_of(server);
	sleep(2);
	ticks = ticks_of(server) - ticks;
	for (i = 0; i < CLIENTS; i++)
		(void)kill(pids[i], SIGKILL);
	for (i = 0; i < CLIENTS; i++)
		(void)waitpid(pids[i], NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	fprintf(stderr,
	    "machd: %d idle clients: %.0f bytes each, %lu ticks in 2 s\n",
	    CLIENTS, each, ticks);
	bench_figure("machd: memory of an idle client, of 1,000", "32 KB", 1,
	    each / GOAL, 0);
}
