/*
 * Between the files of the network helper: the executor's side (network.c),
 * the process that guards the helper (network_guard.c), and the names of
 * name servers (network_resolv.c).
 */
#ifndef ISTHMUS_BUILD_HOST_LINUX_NETWORK_H
#define ISTHMUS_BUILD_HOST_LINUX_NETWORK_H

#include "build/host/linux/linux.h"

struct network_guard {
	const char *means, *program; /* "pasta", "/usr/bin/pasta" */
	int build_fd;		     /* pidfd of the build's first process */
	int life_fd;		     /* at its end of file all ends */
	int report_fd;		     /* one struct error: err 0 is "up" */
	bool user_space;	     /* the build has a user name space */
	bool forward_dns;	     /* to the host's own resolver */
};

/*
 * Runs in a child of the executor, first of a process-id name space where
 * that could be had: whatever the helper becomes, it dies with this one.
 */
void network_guard_main(const struct network_guard *)
    __attribute__((__noreturn__));

/* Where the helper forwards name queries to the host's own resolver. */
const char *network_forward_address(const char *means);

/*
 * resolv.conf from the first of the files that names a server which can be
 * reached from inside; *forward when none does and the helper must forward.
 */
char *network_resolv_from(
    const char *const *files, const char *means, bool *forward);
extern const char *const network_resolv_files[];

#endif
