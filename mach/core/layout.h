/*
 * Descriptors as they stand in the bytes of a message, LP64 (XNU
 * osfmk/mach/message.h).  Unaligned there: copied out and in whole.
 */
#ifndef ISTHMUS_MACH_CORE_LAYOUT_H
#define ISTHMUS_MACH_CORE_LAYOUT_H

#include <mach/message.h>
#include <mach/ndr.h>

#define LAYOUT_DESCS 28u /* header and count */
#define LAYOUT_DESC_MIN 12u

struct layout_port {
	uint32_t name, pad1;
	uint16_t pad2;
	uint8_t disposition, type;
};

/* OOL and OOL_PORTS: byte 10 is padding in the first. */
struct layout_ool {
	uint64_t address;
	uint8_t deallocate, copy, disposition, type;
	uint32_t count;
};

struct layout_guarded {
	uint64_t context;
	uint16_t flags;
	uint8_t disposition, type;
	uint32_t name;
};

static inline uint32_t
layout_desc_type(const uint8_t *at)
{
	return (at[11]);
}

/* 0 of an unknown type. */
static inline uint32_t
layout_desc_size(uint32_t type)
{
	switch (type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return (sizeof(struct layout_port));
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return (sizeof(struct layout_ool));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		return (sizeof(struct layout_guarded));
	default:
		return (0);
	}
}

/* How the core's own messages encode data: as this machine does. */
static const NDR_record_t layout_ndr = {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	.int_rep = NDR_INT_LITTLE_ENDIAN,
#else
	.int_rep = NDR_INT_BIG_ENDIAN,
#endif
};

_Static_assert(sizeof(struct layout_port) == 12 &&
		   sizeof(struct layout_ool) == 16 &&
		   sizeof(struct layout_guarded) == 16,
    "layouts of LP64");

#endif
