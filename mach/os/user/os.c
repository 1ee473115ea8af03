/*
 * The seam in a process: memory, locks that must wait, and the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mach/core/os.h"
#include "mach/os/user/futex.h"
#include "mach/os/user/user.h"

/*
 * Locks.  A holder that is waited for has 2 in the word, so that only then a
 * system call is made on unlock.
 */

#define SPINS 100

void
ipc_mutex_wait(struct ipc_mutex *m)
{
	uint32_t free;
	int i;

	for (i = 0; i < SPINS; i++) {
		free = 0;
		if (__atomic_load_n(&m->word, __ATOMIC_RELAXED) == 0 &&
		    __atomic_compare_exchange_n(&m->word, &free, 1, false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
	}
	while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) != 0)
		futex_wait(&m->word, 2, UINT64_MAX);
}

void
ipc_mutex_wake(struct ipc_mutex *m)
{
	futex_wake(&m->word, 1);
}

/*
 * Memory
 */

bool (*user_mem_fails)(enum ipc_mem_kind);
uint64_t user_mem_bytes[IPC_MEM_KINDS];

void *
ipc_mem_alloc(enum ipc_mem_kind kind, size_t size, int flags)
{
	void *p;

	if (flags & IPC_MUST)
		ipc_order_none();
	else if (user_mem_fails != NULL && user_mem_fails(kind))
		return (NULL);
	p = flags & IPC_ZERO ? calloc(1, size) : malloc(size);
	if (p == NULL && flags & IPC_MUST)
		ipc_panic("no memory for %zu bytes", size);
#ifdef IPC_DEBUG
	if (p != NULL)
		ipc_add(&user_mem_bytes[kind], size);
#endif
	return (p);
}

void
ipc_mem_free(enum ipc_mem_kind kind, void *p, size_t size)
{
#ifdef IPC_DEBUG
	if (p != NULL) {
		ipc_add(&user_mem_bytes[kind], -(uint64_t)size);
		memset(p, 0xa5, size);
	}
#endif
	(void)kind;
	(void)size;
	free(p);
}

void
ipc_panic(const char *fmt, ...)
{
	va_list ap;

	fputs("mach: panic: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}
