/*
 * The bootstrap server of the machd that the test has: peers are processes,
 * of the test's own user.
 */
#include <stdlib.h>
#include <time.h>

#include "tests/mach/bootstrap_server.h"

/* Before the rig starts machd. */
__attribute__((constructor(140))) static void
choose(void)
{
	(void)setenv("ISTHMUS_BOOTSTRAPD", BOOTSTRAPD_BIN, 1);
}

/* It is there, with all that the last one had: a case is a process. */
void
boot_begin(const char *const *jobs)
{
	ATF_REQUIRE(jobs == NULL);
	ATF_REQUIRE(MACH_PORT_VALID(bootstrap_port));
}

void
boot_end(void)
{
}

mach_port_t
boot_port(void)
{
	return (bootstrap_port);
}

struct rig_task *
boot_peer(uid_t uid)
{
	ATF_REQUIRE(uid == 0);
	return (rig_task_create());
}

bool
boot_becomes(const char *name, kern_return_t want)
{
	const struct timespec ts = { 0, 2000000 };
	mach_port_t port;
	kern_return_t kr;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		kr = boot_look_up(NULL, name, &port, 0);
		if (kr == KERN_SUCCESS)
			(void)mach_port_deallocate(SELF, port);
		if (kr == want)
			return (true);
		(void)nanosleep(&ts, NULL);
	}
	return (false);
}
