/*
 * What the files of server_stress share, and its processes.
 */
#ifndef ISTHMUS_TESTS_MACH_SERVER_STRESS_H
#define ISTHMUS_TESTS_MACH_SERVER_STRESS_H

#include <mach/mach.h>
#include <mach/mk_timer.h>
#include <stdint.h>

#define CLIENTS 64u

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
/* Until killed. */
void stress_client(unsigned int slot);
/* Takes rights, hands others out; until the process ends. */
void stress_hub(mach_port_t);

#endif
