/*
 * The bootstrap server: a client in a process of its own, whose task is the
 * root of what all others inherit.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "mach/server/loop.h"

/* The one that ISTHMUS_BOOTSTRAPD names, else the one beside this program. */
static bool
program_path(char *to, size_t size, struct error *e)
{
	const char *named = getenv("ISTHMUS_BOOTSTRAPD");
	char *slash;

	if (named != NULL && *named != '\0') {
		snprintf(to, size, "%s", named);
	} else {
		if (!proc_program(to, size))
			return (
			    fail(e, errno, "find this program", NULL, NULL));
		slash = strrchr(to, '/');
		snprintf(
		    slash + 1, size - (size_t)(slash + 1 - to), "bootstrapd");
	}
	if (access(to, X_OK) != 0) {
		fail(e, errno, "start the bootstrap server", to, NULL);
		fail_hint(e, "--no-bootstrap, or ISTHMUS_BOOTSTRAPD=PATH");
		return (false);
	}
	return (true);
}

_Noreturn static void
become(const char *program, const char *jobs, const char *socket, int ready)
{
	char number[16];
	const char *argv[6] = { "bootstrapd", "-r", number };

	snprintf(number, sizeof(number), "%d", ready);
	if (jobs != NULL) {
		argv[3] = "-j";
		argv[4] = jobs;
	}
	/* What ends machd ends it, too: by machd. */
	(void)setsid();
	signal(SIGPIPE, SIG_DFL);
	setenv("ISTHMUS_MACH_SOCKET", socket, 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	execv(program, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "machd: %s: %s\n", program, strerror(errno));
	_exit(127);
}

bool
bootstrap_start(
    struct loop *l, const char *jobs, const char *socket, struct error *e)
{
	char program[1024];
	int ready[2];

	if (socket[0] == '\0')
		return (fail(e, 0, "start the bootstrap server", NULL,
		    "the socket that was given has no known path"));
	if (!program_path(program, sizeof(program), e))
		return (false);
	if (pipe2(ready, O_CLOEXEC) != 0)
		return (fail(e, errno, "make a pipe", NULL, NULL));
	server.bootstrap_pid = fork();
	if (server.bootstrap_pid == 0) {
		(void)fcntl(ready[1], F_SETFD, 0);
		become(program, jobs, socket, ready[1]);
	}
	close(ready[1]);
	if (server.bootstrap_pid == -1) {
		close(ready[0]);
		return (fail(e, errno, "start", program, NULL));
	}
	(void)fcntl(ready[0], F_SETFL, O_NONBLOCK);
	l->root_ready = ready[0];
	l->ready = false;
	return (true);
}

/* Its threads here serve it to its end, for which it has half a second. */
void
bootstrap_end(void)
{
	pid_t pid = server.bootstrap_pid;
	int tries;

	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	for (tries = 0; tries < 500; tries++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		usleep(1000);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
