/*
 * The floor of a start: a process in the name spaces that a build has, which
 * executes the builder, and nothing else: no root, no rights dropped, no
 * filter, no journal, no output moved.  Static, as the command is.
 *
 *	bare OUTPUT BUILDER
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_VFORK | CLONE_NEWNS | CLONE_NEWPID |
			 CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	char output[4096];
	int status;
	long pid;

	if (argc != 3)
		errx(2, "usage: bare OUTPUT BUILDER");
	snprintf(output, sizeof(output), "out=%s", argv[1]);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == -1)
		err(1, "clone3");
	if (pid == 0) {
		execve(argv[2], (char *[]){ argv[2], NULL },
		    (char *[]){ output, NULL });
		_exit(127);
	}
	if (waitpid((pid_t)pid, &status, 0) == -1)
		err(1, "waitpid");
	return (status != 0);
}
