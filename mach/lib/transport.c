/*
 * The transport that the process uses: the one that ISTHMUS_MACH_TRANSPORT
 * names, else the kernel's, where it has Mach, else the core in this process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach/lib/trap.h"

const struct mach_transport *mach_transport = &mach_transport_embedded;

static void
choose(void)
{
	const char *wanted = getenv("ISTHMUS_MACH_TRANSPORT");
	const struct mach_transport *kernel;

	if (wanted != NULL &&
	    (*wanted == '\0' || strcmp(wanted, "embedded") == 0))
		return;
	kernel = mach_transport_kernel(wanted);
	if (kernel != NULL) {
		mach_transport = kernel;
	} else if (wanted != NULL) {
		/* Another than was asked for would be no answer. */
		fprintf(stderr,
		    "libsystem_kernel: ISTHMUS_MACH_TRANSPORT=%s: "
		    "there is no such transport here\n",
		    wanted);
		abort();
	}
}

/* Before any constructor that makes a trap. */
__attribute__((constructor(101))) static void
start(void)
{
	choose();
	mach_transport = mach_trace(mach_transport);
}
