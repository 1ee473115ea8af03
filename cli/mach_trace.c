/* isthmus mach trace: a command whose traps are told. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "cli/command.h"
#include "cli/mach.h"

/* Beyond what programs number themselves, so that it stays what it is. */
#define TRACE_FD 200
#define BYTES_MAX 512

static const struct option options[] = {
	{ "--output", "FILE", "append to FILE, not to the standard error",
	    'o' },
	{ "--bytes", "N", "show N bytes of a message's body, 32 unless said",
	    's' },
	{ NULL, NULL, NULL },
};

/*
 * Where the trace goes, said to the library: a file by its name, so that a
 * program which closes what it was given is traced all the same.
 */
static bool
output_set(const char *path, struct error *e)
{
	char where[PATH_MAX + 16];
	int fd;

	if (path == NULL) {
		fd = fcntl(STDERR_FILENO, F_DUPFD, TRACE_FD);
		if (fd < 0)
			return (fail(
			    e, errno, "keep the standard error", NULL, NULL));
		snprintf(where, sizeof(where), "%d", fd);
	} else {
		fd =
		    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return (fail(e, errno, "open the trace", path, NULL));
		(void)close(fd);
		if (realpath(path, where) == NULL)
			return (fail(e, errno, "find the trace", path, NULL));
	}
	if (setenv("ISTHMUS_MACH_TRACE", where, 1) != 0)
		return (fail(e, errno, "set ISTHMUS_MACH_TRACE", where, NULL));
	return (true);
}

static bool
bytes_set(const char *bytes, struct error *e)
{
	char *end;
	long n;

	if (bytes == NULL)
		return (true);
	n = strtol(bytes, &end, 10);
	if (*end != '\0' || n < 0 || n > BYTES_MAX)
		return (fail(e, 0, "trace", bytes,
		    "--bytes takes a number from 0 to %d", BYTES_MAX));
	return (setenv("ISTHMUS_MACH_TRACE_BYTES", bytes, 1) == 0 ||
		fail(e, errno, "set ISTHMUS_MACH_TRACE_BYTES", bytes, NULL));
}

/* Becomes the command: its status is ours, and so are its signals. */
static int
run(const struct arguments *a, struct error *e)
{
	const char **command;
	size_t n;
	int status = STATUS_HOST;

	command = arguments_list(a, NULL, &n);
	if (command == NULL) {
		fail(e, ENOMEM, "read the command line", NULL, NULL);
	} else if (n == 0) {
		fail(e, 0, "trace", NULL, "no command to trace");
		fail_hint(e, "isthmus mach trace isthmus mach demo");
		status = STATUS_USAGE;
	} else if (!bytes_set(arguments_value(a, "--bytes"), e)) {
		status = status_of(e);
	} else if (output_set(arguments_value(a, "--output"), e)) {
		machd_tell();
		signal(SIGPIPE, SIG_DFL);
		execvp(command[0], (char *const *)(uintptr_t)command);
		/* As the shell has it. */
		status = errno == ENOENT ? 127 : 126;
		fail(e, errno, "execute", command[0], NULL);
	}
	free(command);
	return (status);
}

const struct command command_mach_trace = {
	.name = "mach trace",
	.summary = "run a command, and tell each trap that it makes",
	.operands = "COMMAND [ARGUMENT...]",
	.details =
	    "Each trap of the command and of its children, once it has returned,\n"
	    "those that wait before, too: process and thread, arguments, result,\n"
	    "seconds, what came out; of a message its header, its descriptors, the\n"
	    "beginning of its bytes and its trailer.  A program that is not linked\n"
	    "with libsystem_kernel has nothing to be told, and one that runs as\n"
	    "another user than its caller is not told.",
	.options = options,
	.run = run,
	.runs_command = true,
};
