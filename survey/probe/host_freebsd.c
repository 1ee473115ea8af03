/* The surroundings of a run's processes, on FreeBSD. */
#include <sys/param.h>
#include <sys/mount.h>
#include <sys/procctl.h>
#include <sys/wait.h>

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "survey/probe/runner.h"

bool
host_reaper_acquire(void)
{
	return (procctl(P_PID, (id_t)getpid(), PROC_REAP_ACQUIRE, NULL) == 0);
}

bool
host_die_with(pid_t parent)
{
	int sig = SIGKILL;

	/* Set first, then looked: a parent that died in between shows. */
	return (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) == 0 &&
		getppid() == parent);
}

/* One mount table for all: the janitor unmounts. */
bool
host_private_mounts(void)
{
	return (true);
}

void
host_close_from(int first)
{
	closefrom(first);
}

void
host_filesystem(const char *path, char *name, size_t size)
{
	struct statfs sf;

	(void)snprintf(
	    name, size, "%s", statfs(path, &sf) == 0 ? sf.f_fstypename : "?");
}

/* Not worth finding out: making another costs little here. */
bool
host_directory_plain(int fd)
{
	(void)fd;
	return (false);
}

const char *
host_signal_name(int sig)
{
	static char name[32];
	unsigned i;

	if (sig > 0 && sig < sys_nsig) {
		(void)snprintf(name, sizeof(name), "SIG%s", sys_signame[sig]);
		for (i = 0; name[i] != '\0'; i++)
			name[i] = (char)toupper((unsigned char)name[i]);
	} else {
		(void)snprintf(name, sizeof(name), "signal %d", sig);
	}
	return (name);
}

unsigned
host_core_limit(void)
{
	return (0);
}

/*
 * A system call that is not there, or whose module is not loaded, sends
 * SIGSYS besides answering ENOSYS (sys/kern/kern_sig.c, nosys).
 */
void
host_allow_missing_calls(void)
{
	(void)signal(SIGSYS, SIG_IGN);
}
