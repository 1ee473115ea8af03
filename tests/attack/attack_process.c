/*
 * Reaching processes of the host and of other builds.  HOST_PID is the
 * number of the victim on the host.
 */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/attack/attack.h"

static enum end
signal_victim(const void *with)
{
	(void)with;
	return (
	    by_call("kill", kill((pid_t)atol(setting("HOST_PID")), 0) == 0));
}

static enum end
signal_first(const void *with)
{
	(void)with;
	return (by_call("kill of 1", kill(1, 0) == 0));
}

static enum end
signal_parent(const void *with)
{
	/* The attacker's parent is the attacker; its parent is pid 1. */
	(void)with;
	return (by_call("kill of the executor",
	    kill((pid_t)atol(setting("EXECUTOR_PID")), 0) == 0));
}

const struct attack attacks_process[] = {
	{ "signal-victim", "a signal to another's process", signal_victim,
	    NULL },
	{ "signal-first", "a signal to the build's first process", signal_first,
	    NULL },
	{ "signal-executor", "a signal to the executor", signal_parent, NULL },
	{ NULL, NULL, NULL, NULL },
};
