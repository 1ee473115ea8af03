/* isthmus mach run: a command with a machd of its own. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "cli/command.h"
#include "cli/mach.h"

static const struct option options[] = {
	{ "--jobs", "FOLDER", "services that start when they are asked for",
	    'j' },
	{ "--stats", NULL, "tell what machd did, at the end", '\0' },
	{ NULL, NULL, NULL, '\0' },
};

/* Becomes machd, whose status is the command's. */
static int
run(const struct arguments *a, struct error *e)
{
	const char **command, **argv, *jobs = arguments_value(a, "--jobs");
	char path[PATH_MAX + 32];
	size_t n, at = 0;
	int status = STATUS_HOST;

	command = arguments_list(a, NULL, &n);
	argv = command == NULL ? NULL : calloc(n + 6, sizeof(*argv));
	if (argv == NULL) {
		fail(e, ENOMEM, "read the command line", NULL, NULL);
	} else if (n == 0) {
		fail(e, 0, "run", NULL, "no command to run");
		fail_hint(e, "isthmus mach run sh");
		status = STATUS_USAGE;
	} else if (machd_path(path, sizeof(path), e)) {
		argv[at++] = "machd";
		argv[at++] = "--run";
		if (jobs != NULL) {
			argv[at++] = "--jobs";
			argv[at++] = jobs;
		}
		if (arguments_has(a, "--stats"))
			argv[at++] = "--stats";
		memcpy(argv + at, command, n * sizeof(*argv));
		signal(SIGPIPE, SIG_DFL);
		execv(path, (char *const *)(uintptr_t)argv);
		fail(e, errno, "execute", path, NULL);
	}
	free(argv);
	free(command);
	return (status);
}

const struct command command_mach_run = {
	.name = "mach run",
	.summary = "run a command with a machd of its own",
	.operands = "COMMAND [ARGUMENT...]",
	.details =
	    "The command and its children are tasks of a server that ends with it,\n"
	    "and have a bootstrap server.  What is to find the same server later, or\n"
	    "from elsewhere, uses machd(8) itself.",
	.options = options,
	.run = run,
	.runs_command = true,
};
