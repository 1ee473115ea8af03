/*
 * What the parts of `isthmus mach` share.
 */
#ifndef ISTHMUS_CLI_MACH_H
#define ISTHMUS_CLI_MACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct command;
struct error;

/* Shows a client and a server; false when a step went wrong. */
bool mach_demo(FILE *out, struct error *);
/* Shows the ports of these processes, or, n being 0, of all that are seen. */
bool mach_ports(
    FILE *out, const int *pids, size_t n, bool json, struct error *);

/* The machd that was named, else the one that came with this program. */
bool machd_path(char *to, size_t size, struct error *);
/*
 * Tells the library which one to start where there is none yet.  Before the
 * first trap; children are told, too.
 */
void machd_tell(void);

extern const struct command command_mach_audit, command_mach_ports,
    command_mach_run, command_mach_top, command_mach_trace;

#endif
