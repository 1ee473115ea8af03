/*
 * What the tests of the network share.  The test is the host: a network name
 * space with a service on its loopback and on an abstract socket.  A second
 * one, with a cable to it, is the world outside.
 */
#ifndef TESTS_BUILD_LINUX_NETWORK_RIG_H
#define TESTS_BUILD_LINUX_NETWORK_RIG_H

#include <sys/types.h>

#include <linux/sched.h>
#include <stdint.h>

#include "build/host/linux/network.h"

#define WORLD "198.51.100.1" /* RFC 5737: documentation */
#define WORLD6 "2001:db8:7::1"
#define HOST "198.51.100.2"
#define HOST6 "2001:db8:7::2"
#define PORT 7000
#define ABSTRACT "isthmus-network-test"

struct build {
	pid_t pid;
	int fd;	       /* pidfd */
	int ask, hear; /* an address to it, an errno from it */
};
#define BUILD_FLAGS (CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS)

void run(const char *command);
void make_world(void);
void need(const char *means);
struct build build_start(uint64_t flags);
int build_reach(const struct build *b, const char *text);
void build_end(struct build *b);
struct network *start(const char *means, const struct build *b);

#endif
