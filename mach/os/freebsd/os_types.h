/*
 * The seam's types in the FreeBSD kernel: a mutex(9) per lock, named by its
 * class so that WITNESS learns the core's order, and the compiler's atomics.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_OS_TYPES_H
#define ISTHMUS_MACH_OS_FREEBSD_OS_TYPES_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/sdt.h>

struct ipc_mutex {
	struct mtx mtx;
};

struct ipc_ref {
	uint32_t count;
};

/* One a class; os.c. */
extern const char *const mach_lock_names[];

static inline void
ipc_mutex_init(struct ipc_mutex *m, enum ipc_lock_class class)
{
	/* Ports are held together along a chain in transit. */
	mtx_init(&m->mtx, mach_lock_names[class], NULL,
	    MTX_DEF | MTX_NEW | (class == IPC_LOCK_PORT ? MTX_DUPOK : 0));
}

static inline void
ipc_mutex_destroy(struct ipc_mutex *m)
{
	mtx_destroy(&m->mtx);
}

static inline bool
ipc_mutex_trylock(struct ipc_mutex *m)
{
	return (mtx_trylock(&m->mtx) != 0);
}

static inline void
ipc_mutex_lock(struct ipc_mutex *m)
{
	mtx_lock(&m->mtx);
}

static inline void
ipc_mutex_unlock(struct ipc_mutex *m)
{
	mtx_unlock(&m->mtx);
}

static inline void
ipc_mutex_assert(const struct ipc_mutex *m)
{
	(void)m;
	mtx_assert(&m->mtx, MA_OWNED);
}

/*
 * Not refcount(9): a port's count may pass 2^31 by rights that a task can
 * make, where refcount(9) saturates and never comes down again.
 */
static inline void
ipc_ref_init(struct ipc_ref *r)
{
	r->count = 1;
}

static inline void
ipc_ref_get(struct ipc_ref *r)
{
	uint32_t before;

	before = __atomic_fetch_add(&r->count, 1, __ATOMIC_RELAXED);
	KASSERT(before != 0, ("mach: a reference to what has none"));
	(void)before;
}

static inline bool
ipc_ref_put(struct ipc_ref *r)
{
	uint32_t before;

	before = __atomic_fetch_sub(&r->count, 1, __ATOMIC_ACQ_REL);
	KASSERT(before != 0, ("mach: one reference too many given back"));
	return (before == 1);
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

/* mach/kmod/entry.c: capability mode. */
bool ipc_os_permits(int number);
/* control.c: whether the caller may debug its process. */
struct ipc_task;
bool ipc_os_controls(struct ipc_task *);

/* mach/kmod/probes.c says what they tell. */
SDT_PROVIDER_DECLARE(mach);
SDT_PROBE_DECLARE(mach, , , port__create);
SDT_PROBE_DECLARE(mach, , , port__destroy);
SDT_PROBE_DECLARE(mach, , , msg__send);
SDT_PROBE_DECLARE(mach, , , msg__receive);
#define ipc_probe_port_create(port, kind, name) \
	SDT_PROBE3(mach, , , port__create, port, kind, name)
#define ipc_probe_port_destroy(port, kind, name) \
	SDT_PROBE3(mach, , , port__destroy, port, kind, name)
#define ipc_probe_msg_send(port, id, size, pid) \
	SDT_PROBE4(mach, , , msg__send, port, id, size, pid)
#define ipc_probe_msg_receive(name, id, size, pid) \
	SDT_PROBE4(mach, , , msg__receive, name, id, size, pid)

#define ipc_panic(...) panic("mach: " __VA_ARGS__)
#define IPC_ASSERT(x) KASSERT((x), ("mach: %s:%d: %s", __FILE__, __LINE__, #x))

#endif
