/*
 * Exceptions as messages, as MIG lays them out: what sends them and what
 * serves them share.  Facts: mach/exc.defs (2401), mach/mach_exc.defs (2405)
 */
#ifndef ISTHMUS_MACH_LIB_EXCEPTION_H
#define ISTHMUS_MACH_LIB_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mach/exc.h>
#include <mach/mach.h>
#include <mach/mach_exc.h>
#include <mach/ndr.h>
#include <mach/notify.h>

#define EXC_FIRST 2401
#define MACH_EXC_FIRST 2405

/* Which of the three routines, from the first id of either subsystem. */
enum exception_routine {
	EXCEPTION_RAISE,
	EXCEPTION_RAISE_STATE,
	EXCEPTION_RAISE_STATE_IDENTITY
};

#define CODES_MAX 2 /* of a message */

/* An exception out of its message; codes are narrowed by who wants them so. */
struct exception {
	enum exception_routine routine;
	bool wide; /* codes of 64 bits: mach_exc */
	mach_port_t thread, task;
	exception_type_t type;
	int64_t code[CODES_MAX];
	mach_msg_type_number_t ncodes;
	int flavor;
	const natural_t *state;
	mach_msg_type_number_t nstate; /* words */
};

/* Room for the longest request, and for the longest reply. */
struct exception_message {
	mach_msg_header_t head;
	uint8_t rest[sizeof(mach_msg_body_t) +
		     2 * sizeof(mach_msg_port_descriptor_t) +
		     sizeof(NDR_record_t) + 2 * sizeof(uint32_t) +
		     CODES_MAX * sizeof(int64_t) + 2 * sizeof(uint32_t) +
		     THREAD_STATE_MAX * sizeof(natural_t)];
	mach_msg_max_trailer_t trailer;
};

/* How a reply that carries a state begins. */
struct exception_reply {
	mach_msg_header_t head;
	NDR_record_t ndr;
	kern_return_t result;
	int flavor;
	mach_msg_type_number_t nstate;
	natural_t state[THREAD_STATE_MAX];
};

#endif
