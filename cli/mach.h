/*
 * What the parts of `isthmus mach` share.
 */
#ifndef ISTHMUS_CLI_MACH_H
#define ISTHMUS_CLI_MACH_H

#include <stdbool.h>
#include <stdio.h>

struct error;

/* Shows a client and a server; false when a step went wrong. */
bool mach_demo(FILE *out, struct error *);

#endif
