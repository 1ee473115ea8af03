/* isthmus mach: Mach IPC from the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "cli/command.h"
#include "cli/mach.h"

static int
run(const struct arguments *args, struct error *e)
{
	size_t n;
	const char **operands = arguments_list(args, NULL, &n);
	int status = STATUS_OK;

	if (operands == NULL) {
		fail(e, ENOMEM, "read the command line", NULL, NULL);
		return (STATUS_HOST);
	}
	if (n != 1 || strcmp(operands[0], "demo") != 0) {
		fail(e, 0, "run mach", n == 0 ? NULL : operands[0],
		    n == 0 ? "what to do is missing" : "no such thing to do");
		fail_hint(e, "isthmus mach --help");
		status = STATUS_USAGE;
	} else if (!mach_demo(stdout, e)) {
		status = STATUS_HOST;
	}
	free(operands);
	return (status);
}

static const struct command *const parts[] = {
	&command_mach_audit,
	&command_mach_ports,
	&command_mach_run,
	&command_mach_top,
	&command_mach_trace,
	NULL,
};
static const struct option options[] = {
	{ NULL, NULL, NULL, '\0' },
};

const struct command command_mach = {
	.name = "mach",
	.summary = SUMMARY_MACH,
	.operands = "audit | demo | ports | run | top | trace",
	.details =
	    "audit  What this kernel lets Mach traps have, and what sources "
	    "need of them.\n"
	    "demo   A client and a server task in this process: a remote "
	    "procedure call, a\n       right, memory and a dead-name "
	    "notification, each step as it happens.\n"
	    "ports  The names of processes, and what is behind them.\n"
	    "run    Run a command with a machd of its own.\n"
	    "top    What processes do with Mach, now.\n"
	    "trace  Run a command, and tell each trap that it makes.\n\n"
	    "isthmus mach ports --help tells more, and so do the others.",
	.options = options,
	.run = run,
	.parts = parts,
};
