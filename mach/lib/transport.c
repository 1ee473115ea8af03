/*
 * The transport that the process uses, chosen with its first trap: the one
 * that ISTHMUS_MACH_TRANSPORT names, else the kernel's, where it has Mach,
 * else a server's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isthmus/mach_embedded.h>

#include "mach/lib/trap.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool embedded; /* the program is its own system */

static void
choose(void)
{
	const char *wanted = getenv("ISTHMUS_MACH_TRANSPORT");
	const struct mach_transport *found = NULL;

	if (wanted != NULL && *wanted == '\0')
		wanted = NULL;
	if (wanted == NULL && embedded)
		wanted = "embedded";
	if (wanted != NULL && strcmp(wanted, "embedded") == 0)
		found = &mach_transport_embedded;
	else if (wanted == NULL || strcmp(wanted, "server") != 0)
		found = mach_transport_kernel(wanted);
	if (found == NULL && (wanted == NULL || strcmp(wanted, "server") == 0))
		found = mach_transport_server();
	if (found == NULL) {
		/* Another than was asked for would be no answer. */
		fprintf(stderr,
		    "libsystem_kernel: ISTHMUS_MACH_TRANSPORT=%s: "
		    "there is no such transport here\n",
		    wanted != NULL ? wanted : "");
		abort();
	}
	found = mach_trace(found);
	__atomic_store_n(&mach_transport, found, __ATOMIC_RELEASE);
}

static uint64_t
first_trap(int number, const uint64_t *args, unsigned int nargs)
{
	(void)pthread_once(&once, choose);
	return (mach_transport->trap(number, args, nargs));
}

static struct mach_embedded_names *
first_names(void)
{
	(void)pthread_once(&once, choose);
	return (mach_transport->names());
}

static void
first_at_thread_exit(void (*hook)(void))
{
	(void)pthread_once(&once, choose);
	mach_transport->at_thread_exit(hook);
}

static const struct mach_transport first = {
	.trap = first_trap,
	.names = first_names,
	.at_thread_exit = first_at_thread_exit,
};

const struct mach_transport *mach_transport = &first;

void
mach_embedded_select(void)
{
	embedded = true;
}
