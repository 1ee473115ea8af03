/*
 * Names for what probes make outside their directory.  A name stands in
 * memory shared with the janitor before the probe has it, so that whatever
 * is made under it is found again.
 */
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "survey/probe/runner.h"

static struct probe_ledger *current;

static size_t
ledger_size(size_t nslots)
{
	return (sizeof(struct probe_ledger) +
		nslots * sizeof(struct probe_ledger_slot));
}

struct probe_ledger *
probe_ledger_create(size_t nslots)
{
	struct probe_ledger *l;

	l = mmap(NULL, ledger_size(nslots), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (l == MAP_FAILED)
		return (NULL);
	l->nslots = nslots;
	return (l);
}

void
probe_ledger_destroy(struct probe_ledger *l)
{
	if (l != NULL)
		(void)munmap(l, ledger_size(l->nslots));
}

void
probe_ledger_use(struct probe_ledger *l)
{
	current = l;
}

static void
name_make(char *buf, size_t size, const char *prefix, pid_t janitor,
    size_t number, unsigned k)
{
	(void)snprintf(buf, size, "%sisthmus-probe-%ld-%zu-%u", prefix,
	    (long)janitor, number, k);
}

/* The slot of that probe; a k or a number out of range is a bug. */
static struct probe_ledger_slot *
slot_of(const struct probe_context *ctx, unsigned k)
{
	if (current == NULL || ctx->number >= current->nslots ||
	    k >= PROBE_NAMES)
		abort();
	return (&current->slots[ctx->number]);
}

const char *
probe_posix_name(const struct probe_context *ctx, unsigned k)
{
	static char names[PROBE_NAMES][64];

	slot_of(ctx, k)->posix[k] = true;
	name_make(
	    names[k], sizeof(names[k]), "/", current->janitor, ctx->number, k);
	return (names[k]);
}

const char *
probe_jail_name(const struct probe_context *ctx, unsigned k)
{
	static char names[PROBE_NAMES][64];

	slot_of(ctx, k)->jail[k] = true;
	name_make(
	    names[k], sizeof(names[k]), "", current->janitor, ctx->number, k);
	return (names[k]);
}

/* True when no System V object has that key: what is there is not ours. */
static bool
key_is_free(key_t key)
{
	if (shmget(key, 0, 0) >= 0 || errno == EACCES || errno == EINVAL)
		return (false);
	if (msgget(key, 0) >= 0 || errno == EACCES)
		return (false);
	if (semget(key, 0, 0) >= 0 || errno == EACCES || errno == EINVAL)
		return (false);
	return (true);
}

key_t
probe_sysv_key(const struct probe_context *ctx, unsigned k)
{
	struct probe_ledger_slot *slot = slot_of(ctx, k);
	uint64_t x;
	key_t key;

	if (slot->key[k] != 0)
		return (slot->key[k]);
	x = clock_now() ^ ((uint64_t)current->janitor << 32) ^
	    ((uint64_t)ctx->number << 16) ^ k;
	do {
		/* splitmix64's step: any well-mixed sequence would do. */
		x += UINT64_C(0x9e3779b97f4a7c15);
		key = (key_t)((x ^ (x >> 29)) & 0x7fffffff);
	} while (key == IPC_PRIVATE || !key_is_free(key));
	slot->key[k] = key;
	return (key);
}

static void
key_undo(key_t key)
{
	int id;

	if ((id = shmget(key, 0, 0)) >= 0)
		(void)shmctl(id, IPC_RMID, NULL);
	if ((id = msgget(key, 0)) >= 0)
		(void)msgctl(id, IPC_RMID, NULL);
	if ((id = semget(key, 0, 0)) >= 0)
		(void)semctl(id, 0, IPC_RMID);
}

void
probe_ledger_undo(const struct probe_ledger *l)
{
	const struct probe_ledger_slot *slot;
	char name[64];
	size_t i;
	unsigned k;

	for (i = 0; i < l->nslots; i++) {
		slot = &l->slots[i];
		for (k = 0; k < PROBE_NAMES; k++) {
			if (slot->key[k] != 0)
				key_undo(slot->key[k]);
			if (slot->posix[k]) {
				name_make(
				    name, sizeof(name), "/", l->janitor, i, k);
				cleanup_posix_name(name);
			}
			if (slot->jail[k]) {
				name_make(
				    name, sizeof(name), "", l->janitor, i, k);
				cleanup_jail(name);
			}
		}
	}
}
