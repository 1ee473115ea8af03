/*
 * Intrusive circular lists, known by a pointer to their first member: 8 bytes
 * a head, of which a port has five.
 */
#ifndef ISTHMUS_MACH_CORE_RING_H
#define ISTHMUS_MACH_CORE_RING_H

#include "mach/core/os.h"

struct ipc_ring {
	struct ipc_ring *next, *prev;
};

#define IPC_RING_ITEM(ring, type, member) \
	((type *)(void *)((char *)(ring)-offsetof(type, member)))

static inline void
ipc_ring_append(struct ipc_ring **head, struct ipc_ring *item)
{
	struct ipc_ring *first = *head;

	if (first == NULL) {
		item->next = item->prev = item;
		*head = item;
		return;
	}
	item->next = first;
	item->prev = first->prev;
	first->prev->next = item;
	first->prev = item;
}

static inline void
ipc_ring_remove(struct ipc_ring **head, struct ipc_ring *item)
{
	if (item->next == item) {
		*head = NULL;
	} else {
		item->prev->next = item->next;
		item->next->prev = item->prev;
		if (*head == item)
			*head = item->next;
	}
	item->next = item->prev = NULL;
}

/* Removes and returns the first; NULL when there is none. */
static inline struct ipc_ring *
ipc_ring_pop(struct ipc_ring **head)
{
	struct ipc_ring *item = *head;

	if (item != NULL)
		ipc_ring_remove(head, item);
	return (item);
}

/* The one after `item`, NULL at the end. */
static inline struct ipc_ring *
ipc_ring_next(struct ipc_ring *head, struct ipc_ring *item)
{
	return (item->next == head ? NULL : item->next);
}

/* Appends all of `from`, which is then empty. */
static inline void
ipc_ring_concat(struct ipc_ring **head, struct ipc_ring **from)
{
	struct ipc_ring *a = *head, *b = *from, *last;

	*from = NULL;
	if (b == NULL)
		return;
	if (a == NULL) {
		*head = b;
		return;
	}
	last = b->prev;
	a->prev->next = b;
	b->prev = a->prev;
	last->next = a;
	a->prev = last;
}

#endif
