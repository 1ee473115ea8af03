/*
 * What the files of server_stress and of the kernel's clients share.
 */
#ifndef ISTHMUS_TESTS_MACH_SERVER_STRESS_H
#define ISTHMUS_TESTS_MACH_SERVER_STRESS_H

#include <mach/mach.h>
#include <mach/mk_timer.h>
#include <stdbool.h>
#include <stdint.h>

#define CLIENTS 64u /* at most */

struct stress {
	uint64_t operations, checked, wrong_trailers, wrong_memory;
	uint64_t killed, spawned, hung, crashed;
	struct {
		uint64_t turns;
		uint32_t operation;
	} client[CLIENTS];
};
extern struct stress *stress;

void stress_nap(unsigned int us);
/* Memory that all processes of a stress share. */
bool stress_prepare(void);
/*
 * So many clients, and one that kills them, for so many seconds; prints what they
 * did.  False when a message was not its sender's, or a client hung or crashed.
 */
bool stress_run(unsigned int seconds, unsigned int clients);
/* Until killed. */
void stress_client(unsigned int slot);
/* Takes rights, hands others out; until the process ends. */
void stress_hub(mach_port_t);

#endif
