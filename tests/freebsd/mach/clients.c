/*
 * The clients that server_stress has, over whatever the library finds: make
 * traps at random, and are killed, for as many seconds as the argument says.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/mach/server_stress.h"

int
main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 10;

	return (stress_prepare() && stress_run(seconds) ? 0 : 1);
}
