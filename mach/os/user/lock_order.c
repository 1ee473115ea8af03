/*
 * The order of locks, checked at each of them when built with IPC_DEBUG:
 * classes ascend (enum ipc_lock_class); two ports are held together only by
 * trylock or under the transit lock.
 */
#include "mach/core/os.h"
#include "mach/os/user/shake.h"

#ifdef IPC_DEBUG

#define HELD_MAX 4096 /* a chain of ports in transit is held whole */

static _Thread_local const struct ipc_mutex *held[HELD_MAX];
static _Thread_local unsigned int nheld;

static bool
transit_held(void)
{
	unsigned int i;

	for (i = 0; i < nheld; i++) {
		if (held[i]->class == IPC_LOCK_TRANSIT)
			return (true);
	}
	return (false);
}

void
ipc_order_lock(const struct ipc_mutex *m, bool tried)
{
	unsigned int i;

	ipc_shake();
	for (i = 0; i < nheld; i++) {
		if (held[i] == m)
			ipc_panic("lock of class %u taken twice", m->class);
		if (tried || held[i]->class < m->class)
			continue;
		if (m->class == IPC_LOCK_PORT &&
		    held[i]->class == IPC_LOCK_PORT && transit_held())
			continue;
		ipc_panic("lock of class %u taken with one of class %u held",
		    m->class, held[i]->class);
	}
	if (nheld == HELD_MAX)
		ipc_panic("too many locks held");
	held[nheld++] = m;
}

void
ipc_order_unlock(const struct ipc_mutex *m)
{
	unsigned int i;

	for (i = nheld; i-- > 0;) {
		if (held[i] == m) {
			held[i] = held[--nheld];
			return;
		}
	}
	ipc_panic("lock of class %u given back, but not held", m->class);
}

void
ipc_order_held(const struct ipc_mutex *m)
{
	unsigned int i;

	for (i = nheld; i-- > 0;) {
		if (held[i] == m)
			return;
	}
	ipc_panic("lock of class %u is not held", m->class);
}

void
ipc_order_none(void)
{
	if (nheld != 0)
		ipc_panic(
		    "%u locks held, one of class %u", nheld, held[0]->class);
}

#else

/* A file without a declaration is none. */
extern int ipc_order_unused;

#endif
