/*
 * The transport that the process uses.  There is one so far; a kernel's and a
 * server's will be asked for first, here.
 */
#include "mach/lib/trap.h"

const struct mach_transport *mach_transport = &mach_transport_embedded;
