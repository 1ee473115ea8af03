/*
 * A bootstrap server for tests: in a task of its own, with the test's task and
 * the peers made after it as its clients.  The parts above the line need no
 * more of a host than rig.h does.
 */
#ifndef ISTHMUS_TESTS_MACH_BOOTSTRAP_SERVER_H
#define ISTHMUS_TESTS_MACH_BOOTSTRAP_SERVER_H

#include <servers/bootstrap_priv.h>

#include "tests/mach/rig.h"

/*
 * Starts it, with jobs as JSON texts up to a NULL, and makes it the test's
 * bootstrap port.  Limits of 0: the default.  The test fails when it cannot.
 */
void boot_begin(const char *const *jobs);
void boot_begin_limited(unsigned int services, unsigned int scopes);
void boot_end(void);
/* The test's own name of the system's scope. */
mach_port_t boot_port(void);
/* A peer of a user's; it has that scope as its bootstrap port. */
/* A name that may be written to, as Apple declares it. */
#define NAME(text) ((name_t){ text })

#define BOOT_USER 4711
struct rig_task *boot_peer(uid_t);
pid_t boot_pid(struct rig_task *);

/*
 * Calls made by a peer (NULL: by the test); what they return.
 */

struct boot_call {
	kern_return_t (*fn)(struct boot_call *);
	mach_port_t bp; /* NULL: the task's own bootstrap port */
	name_t name;
	mach_port_t port; /* in, or the result */
	uint64_t flags;
	pid_t pid;
	uid_t uid;
	uint8_t instance[16];
	bootstrap_status_t status;
	kern_return_t result;
	int id; /* of a message; -1: there was none */
};
kern_return_t boot_check_in(
    struct rig_task *, const char *name, mach_port_t *, uint64_t flags);
kern_return_t boot_look_up(
    struct rig_task *, const char *name, mach_port_t *, uint64_t flags);
kern_return_t boot_register(
    struct rig_task *, const char *name, mach_port_t, uint64_t flags);
/* Any other: `fn` fills in the call, which comes back whole. */
kern_return_t boot_do(struct rig_task *, struct boot_call *);
/* The peer makes a port, receives, sends an empty message, drops a right. */
mach_port_t boot_peer_port(struct rig_task *);
int boot_peer_receive(struct rig_task *, mach_port_t);
kern_return_t boot_peer_send(struct rig_task *, mach_port_t, int id);
void boot_peer_drop(struct rig_task *, mach_port_t, mach_port_right_t);
/* Until the look-up by the test has that result; false: it never had. */
bool boot_becomes(const char *name, kern_return_t);

/*
 * ---- Only where the server is in the test's own process ----
 *
 * Programs are not started: the next is said to be that process.
 */
void boot_next_program(pid_t);
/* How many have been started, once there are as many or time is up. */
unsigned int boot_started(unsigned int at_least);
/* One has ended. */
void boot_program_ended(pid_t, int status);
/* How many names the server's task has, once it has served what there is. */
uint32_t boot_server_names(void);
/* How often a program was told to end. */
unsigned int boot_killed(void);

#endif
