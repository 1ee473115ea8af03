/*
 * The seam's types in a process: locks of four bytes over the kernel's own
 * wait-by-address call (a million ports have one each), atomics of the
 * compiler.  With IPC_DEBUG each lock knows its class and the order is
 * checked.
 */
#ifndef ISTHMUS_MACH_OS_USER_OS_TYPES_H
#define ISTHMUS_MACH_OS_USER_OS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ipc_mutex {
	uint32_t word; /* 0 free, 1 held, 2 held and waited for */
#ifdef IPC_DEBUG
	uint32_t class;
#endif
};

struct ipc_ref {
	uint32_t count;
};

void ipc_mutex_wait(struct ipc_mutex *);
void ipc_mutex_wake(struct ipc_mutex *);
#ifdef IPC_DEBUG
/* lock_order.c */
void ipc_order_lock(const struct ipc_mutex *, bool tried);
void ipc_order_unlock(const struct ipc_mutex *);
void ipc_order_held(const struct ipc_mutex *);
/* Panics when this thread holds a lock. */
void ipc_order_none(void);
#else
#define ipc_order_lock(m, tried) ((void)0)
#define ipc_order_unlock(m) ((void)0)
#define ipc_order_held(m) ((void)(m))
#define ipc_order_none() ((void)0)
#endif

static inline void
ipc_mutex_init(struct ipc_mutex *m, enum ipc_lock_class class)
{
	m->word = 0;
#ifdef IPC_DEBUG
	m->class = class;
#else
	(void)class;
#endif
}

static inline void
ipc_mutex_destroy(struct ipc_mutex *m)
{
	(void)m;
}

static inline bool
ipc_mutex_trylock(struct ipc_mutex *m)
{
	uint32_t free = 0;

	if (!__atomic_compare_exchange_n(
		&m->word, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return (false);
	ipc_order_lock(m, true);
	return (true);
}

static inline void
ipc_mutex_lock(struct ipc_mutex *m)
{
	uint32_t free = 0;

	ipc_order_lock(m, false);
	if (!__atomic_compare_exchange_n(
		&m->word, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		ipc_mutex_wait(m);
}

static inline void
ipc_mutex_unlock(struct ipc_mutex *m)
{
	ipc_order_unlock(m);
	if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2)
		ipc_mutex_wake(m);
}

static inline void
ipc_mutex_assert(const struct ipc_mutex *m)
{
	ipc_order_held(m);
}

static inline void
ipc_ref_init(struct ipc_ref *r)
{
	r->count = 1;
}

static inline void
ipc_ref_get(struct ipc_ref *r)
{
	__atomic_fetch_add(&r->count, 1, __ATOMIC_RELAXED);
}

static inline bool
ipc_ref_put(struct ipc_ref *r)
{
	return (__atomic_fetch_sub(&r->count, 1, __ATOMIC_ACQ_REL) == 1);
}

struct ipc_task;

/* A process keeps no routine from its own tasks. */
static inline bool
ipc_os_permits(int number)
{
	(void)number;
	return (true);
}

/* Nor its tasks from each other. */
static inline bool
ipc_os_controls(struct ipc_task *task)
{
	(void)task;
	return (true);
}

static inline uint32_t
ipc_ref_count(const struct ipc_ref *r)
{
	return (__atomic_load_n(&r->count, __ATOMIC_RELAXED));
}

#define ipc_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ipc_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define ipc_add(p, n) __atomic_fetch_add((p), (n), __ATOMIC_RELAXED)
#define ipc_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

/* A program has a debugger, and isthmus mach trace. */
#define ipc_probe_port_create(port, kind, name) ((void)0)
#define ipc_probe_port_destroy(port, kind, name) ((void)0)
#define ipc_probe_msg_send(port, id, size, pid) ((void)0)
#define ipc_probe_msg_receive(name, id, size, pid) ((void)0)

_Noreturn void ipc_panic(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

#ifdef IPC_DEBUG
#define IPC_ASSERT(x) \
	((x) ? (void)0 : ipc_panic("%s:%d: %s", __FILE__, __LINE__, #x))
#else
#define IPC_ASSERT(x) ((void)sizeof(x))
#endif

#endif
