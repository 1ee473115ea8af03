/*
 * A trap from the library: its arguments as words, into the transport that
 * the process uses.  Numbers and arguments are those of mach/traps.def.
 */
#ifndef ISTHMUS_MACH_LIB_TRAP_H
#define ISTHMUS_MACH_LIB_TRAP_H

#include <mach/kern_return.h>

#include <stdbool.h>
#include <stdint.h>

struct mach_embedded_names;

/* What brings traps to who does them. */
struct mach_transport {
	uint64_t (*trap)(int number, const uint64_t *args, unsigned int nargs);
	/* What is kept for the task that the calling thread acts for. */
	struct mach_embedded_names *(*names)(void);
	/* Calls that on a thread that ends while it can still make traps. */
	void (*at_thread_exit)(void (*)(void));
};

/* transport.c: the one in use. */
extern const struct mach_transport *mach_transport;
/* transport_embedded.c: the core in this process. */
extern const struct mach_transport mach_transport_embedded;
/*
 * transport_kernel_*.c: the named one (table, mux, device, slots) or, NULL,
 * the best of the kernel's; NULL when there is none.
 */
const struct mach_transport *mach_transport_kernel(const char *wanted);
/*
 * trace.c: that transport, or, where ISTHMUS_MACH_TRACE says so, one that
 * tells each trap and then has that one do it.
 */
const struct mach_transport *mach_trace(const struct mach_transport *);
/* client/transport.c: machd's; NULL without memory, or on no such system. */
const struct mach_transport *mach_transport_server(void);
/* mig.c: a child of fork has none of its parent's reply ports. */
void mach_mig_forget(void);

/* An address as an argument. */
#define MACH_PTR(p) ((uint64_t)(uintptr_t)(p))

/* The value that a trap returns, with one argument at least. */
#define MACH_TRAP_VALUE(number, ...)                                       \
	(mach_transport->trap((number), (const uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)))
#define MACH_TRAP_VALUE0(number) (mach_transport->trap((number), NULL, 0))
/* The same of one that returns a kern_return_t. */
#define MACH_TRAP(number, ...) \
	((kern_return_t)MACH_TRAP_VALUE(number, __VA_ARGS__))

#endif
