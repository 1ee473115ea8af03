/*
 * machd --run: a server in a folder of its own for one command, which its
 * signals are for.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "mach/server/loop.h"

bool
run_place(char *path, size_t size, struct error *e)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, size, "%s/machd.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(path) == NULL)
		return (fail(e, errno, "make a folder", path, NULL));
	strncat(path, "/socket", size - strlen(path) - 1);
	return (true);
}

void
run_place_end(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		return;
	*slash = '\0';
	(void)rmdir(path);
}

bool
run_start(struct loop *l)
{
	pid_t pid = fork();

	if (pid == -1) {
		fprintf(stderr, "machd: %s: %s\n", l->argv[0], strerror(errno));
		return (false);
	}
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		setenv("ISTHMUS_MACH_SOCKET", l->path, 1);
		setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
		execvp(l->argv[0], l->argv);
		fprintf(stderr, "machd: %s: %s\n", l->argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	l->command = pid;
	l->argv = NULL;
	return (true);
}

bool
run_tell(struct loop *l, int signal)
{
	if (l->command == 0 || l->told)
		return (false);
	l->told = true;
	return (kill(l->command, signal) == 0);
}
