/*
 * Spaces: entries in chunks, the free list, and the table that finds the name
 * of a send right by its port.
 */
#include "mach/core/message.h"
#include "mach/core/right.h"
#include "mach/core/space.h"
#include "mach/core/task.h"

#define HASH_FIRST 16u

static struct ipc_entry *
entry_at(const struct ipc_space *space, uint32_t index)
{
	uint32_t chunk = index >> IPC_CHUNK_BITS;

	if (chunk >= space->nchunks || space->chunks[chunk] == NULL)
		return (NULL);
	return (&space->chunks[chunk][index & (IPC_CHUNK_SIZE - 1)]);
}

/* Its uid has the room of a chunk's names, and of a port for each. */
static struct ipc_entry *
chunk_alloc(struct ipc_space *space)
{
	struct ipc_entry *c;

	if (!ipc_account_take_names(space->account, IPC_CHUNK_SIZE))
		return (NULL);
	c = ipc_mem_alloc(IPC_MEM_SPACE, IPC_CHUNK_SIZE * sizeof(*c), IPC_ZERO);
	if (c == NULL)
		ipc_account_give_names(space->account, IPC_CHUNK_SIZE);
	return (c);
}

static void
chunk_free(struct ipc_space *space, struct ipc_entry *c)
{
	ipc_mem_free(IPC_MEM_SPACE, c, IPC_CHUNK_SIZE * sizeof(*c));
	ipc_account_give_names(space->account, IPC_CHUNK_SIZE);
}

struct ipc_space *
ipc_space_create(struct ipc_task *task, uint32_t limit)
{
	struct ipc_space *space;

	space = ipc_mem_alloc(IPC_MEM_SPACE, sizeof(*space), IPC_ZERO);
	if (space == NULL)
		return (NULL);
	ipc_mutex_init(&space->lock, IPC_LOCK_SPACE);
	ipc_ref_init(&space->refs);
	space->task = task;
	space->account = ipc_account_ref(task->account);
	space->limit = limit < IPC_INDEX_MAX ? limit : IPC_INDEX_MAX;
	return (space);
}

void
ipc_space_unref(struct ipc_space *space)
{
	uint32_t i;

	if (!ipc_ref_put(&space->refs))
		return;
	for (i = 0; i < space->nchunks; i++) {
		if (space->chunks[i] != NULL)
			chunk_free(space, space->chunks[i]);
	}
	ipc_mem_free(IPC_MEM_SPACE, space->chunks,
	    space->nchunks * sizeof(struct ipc_entry *));
	ipc_mem_free(
	    IPC_MEM_SPACE, space->hash, space->hash_size * sizeof(uint32_t));
	ipc_mutex_destroy(&space->lock);
	ipc_account_unref(space->account);
	ipc_mem_free(IPC_MEM_SPACE, space, sizeof(*space));
}

bool
ipc_space_lock(struct ipc_space *space)
{
	ipc_mutex_lock(&space->lock);
	if (!space->dead)
		return (true);
	ipc_mutex_unlock(&space->lock);
	return (false);
}

/*
 * The free list
 */

static void
free_append(struct ipc_space *space, uint32_t index, struct ipc_entry *entry)
{
	entry->free.next = 0;
	entry->free.prev = space->last;
	if (space->last != 0)
		entry_at(space, space->last)->free.next = index;
	else
		space->first = index;
	space->last = index;
	space->nfree++;
}

static void
free_take(struct ipc_space *space, struct ipc_entry *entry)
{
	uint32_t next = entry->free.next, prev = entry->free.prev;

	if (next != 0)
		entry_at(space, next)->free.prev = prev;
	else
		space->last = prev;
	if (prev != 0)
		entry_at(space, prev)->free.next = next;
	else
		space->first = next;
	space->nfree--;
	space->used++;
	entry->object = NULL;
	entry->request = 0;
	entry->urefs = 0;
	entry->type = 0;
}

/* Puts a chunk in its place; the directory reaches that far. */
static void
chunk_install(struct ipc_space *space, uint32_t chunk, struct ipc_entry *c)
{
	uint32_t i, first = chunk << IPC_CHUNK_BITS;

	space->chunks[chunk] = c;
	while (space->unmade < space->nchunks &&
	       space->chunks[space->unmade] != NULL)
		space->unmade++;
	for (i = 0; i < IPC_CHUNK_SIZE; i++) {
		/* Index 0 names nothing, ever. */
		if (first + i != 0)
			free_append(space, first + i, &c[i]);
	}
}

/*
 * Growing: the memory is got without the lock, and then put in place if it
 * is still what is needed.
 */

static uint32_t
power_of_two(uint32_t n, uint32_t least)
{
	uint32_t size = least;

	while (size < n)
		size *= 2;
	return (size);
}

static bool
directory_grow(struct ipc_space *space, uint32_t want)
{
	struct ipc_entry **new, **old;
	uint32_t n = power_of_two(want, 4), old_n;

	new = ipc_mem_alloc(IPC_MEM_SPACE, n * sizeof(*new), IPC_ZERO);
	if (new == NULL)
		return (false);
	ipc_mutex_lock(&space->lock);
	old = new;
	old_n = n;
	if (space->nchunks < n) {
		old = space->chunks;
		old_n = space->nchunks;
		if (old_n != 0)
			memcpy(new, old, old_n * sizeof(*new));
		space->chunks = new;
		space->nchunks = n;
	}
	ipc_mutex_unlock(&space->lock);
	ipc_mem_free(IPC_MEM_SPACE, old, old_n * sizeof(*new));
	return (true);
}

/* Makes that chunk, or, with UINT32_MAX, the first that is missing. */
static bool
chunk_grow(struct ipc_space *space, uint32_t chunk)
{
	struct ipc_entry *c;
	uint32_t want;

	c = chunk_alloc(space);
	if (c == NULL)
		return (false);
	for (;;) {
		ipc_mutex_lock(&space->lock);
		want = chunk == UINT32_MAX ? space->unmade : chunk;
		if (want < space->nchunks)
			break;
		ipc_mutex_unlock(&space->lock);
		if (!directory_grow(space, want + 1)) {
			chunk_free(space, c);
			return (false);
		}
	}
	if (space->chunks[want] == NULL) {
		chunk_install(space, want, c);
		c = NULL;
	}
	ipc_mutex_unlock(&space->lock);
	if (c != NULL)
		chunk_free(space, c);
	return (true);
}

static void hash_put(
    uint32_t *hash, uint32_t size, const struct ipc_space *, uint32_t index);

static bool
hash_grow(struct ipc_space *space, uint32_t want, int flags)
{
	uint32_t *new, *old, i, n = power_of_two(want, HASH_FIRST), old_n;

	new = ipc_mem_alloc(IPC_MEM_SPACE, n * sizeof(*new), IPC_ZERO | flags);
	if (new == NULL)
		return (false);
	ipc_mutex_lock(&space->lock);
	old = new;
	old_n = n;
	if (space->hash_size < n) {
		old = space->hash;
		old_n = space->hash_size;
		for (i = 0; i < old_n; i++) {
			if (old[i] != 0)
				hash_put(new, n, space, old[i]);
		}
		space->hash = new;
		space->hash_size = n;
	}
	ipc_mutex_unlock(&space->lock);
	ipc_mem_free(IPC_MEM_SPACE, old, old_n * sizeof(*new));
	return (true);
}

/* Locks with room for `n` entries and `rights` send rights. */
static kern_return_t
lock_room(struct ipc_space *space, uint32_t n, uint32_t rights)
{
	uint32_t want;
	bool ok;

	for (;;) {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		want = 2 * (space->hash_used + rights);
		if (n > space->limit - space->used) {
			ipc_space_unlock(space);
			return (KERN_NO_SPACE);
		}
		if (space->nfree >= n && space->hash_size >= want)
			return (KERN_SUCCESS);
		ok = space->nfree >= n;
		ipc_space_unlock(space);
		ok = ok ? hash_grow(space, want, 0)
			: chunk_grow(space, UINT32_MAX);
		if (!ok)
			return (KERN_RESOURCE_SHORTAGE);
	}
}

kern_return_t
ipc_space_lock_room(struct ipc_space *space, uint32_t n)
{
	return (lock_room(space, n, n + 1));
}

kern_return_t
ipc_space_lock_hash(struct ipc_space *space)
{
	return (lock_room(space, 0, 1));
}

bool
ipc_space_lock_must(struct ipc_space *space)
{
	uint32_t want;

	for (;;) {
		if (!ipc_space_lock(space))
			return (false);
		want = 2 * (space->hash_used + 1);
		if (space->hash_size >= want)
			return (true);
		ipc_space_unlock(space);
		(void)hash_grow(space, want, IPC_MUST);
	}
}

/*
 * Entries
 */

struct ipc_entry *
ipc_entry_find(struct ipc_space *space, mach_port_name_t name)
{
	struct ipc_entry *entry;

	ipc_mutex_assert(&space->lock);
	entry = entry_at(space, ipc_name_index(name));
	if (entry == NULL || entry->type == 0 ||
	    ipc_name_make(ipc_name_index(name), entry->generation) != name)
		return (NULL);
	return (entry);
}

struct ipc_entry *
ipc_entry_add(struct ipc_space *space, mach_port_name_t *name)
{
	struct ipc_entry *entry;
	uint32_t index = space->first;

	ipc_mutex_assert(&space->lock);
	IPC_ASSERT(index != 0);
	entry = entry_at(space, index);
	free_take(space, entry);
	*name = ipc_name_make(index, entry->generation);
	return (entry);
}

kern_return_t
ipc_entry_add_name(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry **entryp)
{
	struct ipc_entry *entry;
	uint32_t index = ipc_name_index(name);
	kern_return_t kr;

	/* Names come in whole chunks: so far they reach. */
	if (index > (space->limit | (IPC_CHUNK_SIZE - 1)))
		return (KERN_NO_SPACE);
	if ((name & 3) != 3)
		return (KERN_INVALID_VALUE);
	if (index == 0)
		return (KERN_FAILURE);
	for (;;) {
		kr = ipc_space_lock_room(space, 0);
		if (kr != KERN_SUCCESS)
			return (kr);
		entry = entry_at(space, index);
		if (entry != NULL)
			break;
		kr = space->used < space->limit ? KERN_SUCCESS : KERN_NO_SPACE;
		ipc_space_unlock(space);
		if (kr != KERN_SUCCESS)
			return (kr);
		if (!chunk_grow(space, index >> IPC_CHUNK_BITS))
			return (KERN_RESOURCE_SHORTAGE);
	}
	if (entry->type != 0) {
		ipc_space_unlock(space);
		return (KERN_NAME_EXISTS);
	}
	if (space->used >= space->limit) {
		ipc_space_unlock(space);
		return (KERN_NO_SPACE);
	}
	free_take(space, entry);
	entry->generation = name & 0xfc;
	*entryp = entry;
	return (KERN_SUCCESS);
}

void
ipc_entry_remove(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry)
{
	ipc_mutex_assert(&space->lock);
	IPC_ASSERT(entry->request == 0);
	entry->type = 0;
	entry->urefs = 0;
	entry->generation += 4;
	space->used--;
	/* The oldest is used next, so a name comes back as late as it can. */
	free_append(space, ipc_name_index(name), entry);
}

struct ipc_entry *
ipc_entry_each(struct ipc_space *space, uint32_t *index, mach_port_name_t *name)
{
	struct ipc_entry *entry;

	while (*index >> IPC_CHUNK_BITS < space->nchunks) {
		entry = entry_at(space, *index);
		if (entry == NULL) {
			*index = (*index | (IPC_CHUNK_SIZE - 1)) + 1;
			continue;
		}
		if (entry->type != 0) {
			*name = ipc_name_make(*index, entry->generation);
			++*index;
			return (entry);
		}
		++*index;
	}
	return (NULL);
}

/*
 * Send rights by port: open addressing, at most half full.
 */

static uint32_t
hash_of(const struct ipc_port *port, uint32_t size)
{
	uint64_t h = (uint64_t)(uintptr_t)port;

	h *= UINT64_C(0x9e3779b97f4a7c15);
	return ((uint32_t)(h >> 32) & (size - 1));
}

static void
hash_put(uint32_t *hash, uint32_t size, const struct ipc_space *space,
    uint32_t index)
{
	uint32_t at = hash_of(entry_at(space, index)->port, size);

	while (hash[at] != 0)
		at = (at + 1) & (size - 1);
	hash[at] = index;
}

void
ipc_hash_add(
    struct ipc_space *space, struct ipc_port *port, mach_port_name_t name)
{
	ipc_mutex_assert(&space->lock);
	IPC_ASSERT(2 * (space->hash_used + 1) <= space->hash_size);
	IPC_ASSERT(entry_at(space, ipc_name_index(name))->port == port);
	(void)port;
	hash_put(space->hash, space->hash_size, space, ipc_name_index(name));
	space->hash_used++;
}

/* Where the port's index stands; the table's size when it does not. */
static uint32_t
hash_find(const struct ipc_space *space, const struct ipc_port *port)
{
	uint32_t at;

	if (space->hash_size == 0)
		return (0);
	at = hash_of(port, space->hash_size);
	while (space->hash[at] != 0) {
		if (entry_at(space, space->hash[at])->port == port)
			return (at);
		at = (at + 1) & (space->hash_size - 1);
	}
	return (space->hash_size);
}

void
ipc_hash_remove(
    struct ipc_space *space, struct ipc_port *port, mach_port_name_t name)
{
	uint32_t at, hole, home, mask = space->hash_size - 1;

	ipc_mutex_assert(&space->lock);
	hole = hash_find(space, port);
	IPC_ASSERT(hole < space->hash_size);
	IPC_ASSERT(space->hash[hole] == ipc_name_index(name));
	(void)name;
	/* What stands behind moves up, unless it is at home past the hole. */
	for (at = (hole + 1) & mask; space->hash[at] != 0;
	     at = (at + 1) & mask) {
		home = hash_of(
		    entry_at(space, space->hash[at])->port, space->hash_size);
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			space->hash[hole] = space->hash[at];
			hole = at;
		}
	}
	space->hash[hole] = 0;
	space->hash_used--;
}

struct ipc_entry *
ipc_entry_of_port(
    struct ipc_space *space, struct ipc_port *port, mach_port_name_t *name)
{
	struct ipc_entry *entry;
	uint32_t at;

	ipc_mutex_assert(&space->lock);
	/*
	 * A receive right does not leave or enter this space without its lock,
	 * so what is read here of a port in it stays true.
	 */
	if (ipc_load_acquire(&port->receiver) == space) {
		*name = port->receiver_name;
		return (ipc_entry_find(space, *name));
	}
	at = hash_find(space, port);
	if (at == space->hash_size)
		return (NULL);
	entry = entry_at(space, space->hash[at]);
	*name = ipc_name_make(space->hash[at], entry->generation);
	return (entry);
}

void
ipc_space_empty(struct ipc_space *space, bool end)
{
	struct ipc_entry *entry;
	mach_port_name_t name;
	uint32_t index = 0;

	ipc_mutex_lock(&space->lock);
	/* After its end nobody else changes it. */
	space->dead = space->dead || end;
	while ((entry = ipc_entry_each(space, &index, &name)) != NULL) {
		ipc_right_terminate(space, name, entry);
		ipc_mutex_lock(&space->lock);
	}
	ipc_mutex_unlock(&space->lock);
}
