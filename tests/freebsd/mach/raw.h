/*
 * Traps as a program without a library makes them, over each transport of
 * mach.ko.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_RAW_H
#define ISTHMUS_TESTS_FREEBSD_MACH_RAW_H

#include <mach/mach_port.h>
#include <mach/message.h>

#include <stdbool.h>
#include <stdint.h>

#define RAW_ARGS 11

enum raw_transport { RAW_TABLE, RAW_CLASS, RAW_MUX, RAW_DEVICE };
/* The one in use; false when the module does not offer it. */
bool raw_use(enum raw_transport);

/*
 * The system call of that code with RAW_ARGS arguments.  What rax has then;
 * *error is errno or 0.
 */
uint64_t raw_call(uint64_t code, const uint64_t *args, int *error);
/* A trap; what the kernel refuses sets *error, too (NULL: it must not). */
uint64_t raw_trap_args(int number, const uint64_t *args, int *error);

#define RAW(number, ...) \
	raw_trap_args((number), (const uint64_t[RAW_ARGS]){ __VA_ARGS__ }, NULL)
#define PTR(p) ((uint64_t)(uintptr_t)(p))

/* Shorthands over RAW(); a failure ends the test. */
mach_port_name_t raw_self(void);
mach_port_name_t raw_port(void);      /* a receive right */
mach_port_name_t raw_port_send(void); /* and a send right under its name */
mach_msg_return_t raw_send(mach_port_name_t, int32_t id, uint32_t timeout_ms);
/* The message's id, or -mach_msg_return_t. */
int64_t raw_receive(mach_port_name_t, uint32_t timeout_ms);
/* Timeout of no timeout. */
#define RAW_FOREVER UINT32_MAX

#endif
