/*
 * The clients that server_stress has, over whatever the library finds: make
 * traps at random, and are killed.
 *
 *	kernel_clients SECONDS CLIENTS
 */
#include <stdio.h>

#include "tests/mach/server_stress.h"

int
main(int argc, char **argv)
{
	unsigned int seconds, clients;

	if (argc != 3 || sscanf(argv[1], "%u", &seconds) != 1 ||
	    sscanf(argv[2], "%u", &clients) != 1 || clients == 0 ||
	    clients > CLIENTS) {
		fprintf(stderr, "usage: kernel_clients SECONDS CLIENTS\n");
		return (2);
	}
	return (stress_prepare() && stress_run(seconds, clients) ? 0 : 1);
}
