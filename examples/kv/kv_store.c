/* A hash table with chains that doubles as it fills. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kv_store.h"

#define BUCKETS_MIN 64

static struct kv_item **bucket;
static size_t nbuckets, nitems;
static uint64_t total;

/* FNV-1a, 64 bits: public constants. */
static size_t
hash(const char *key)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return ((size_t)(h ^ h >> 32));
}

/* Where the pointer to it is, or would be. */
static struct kv_item **
place(const char *key)
{
	struct kv_item **p = &bucket[hash(key) & (nbuckets - 1)];

	while (*p != NULL && strcmp((*p)->key, key) != 0)
		p = &(*p)->next;
	return (p);
}

/* Twice as many buckets; without memory, chains grow longer. */
static void
grow(void)
{
	size_t n = nbuckets == 0 ? BUCKETS_MIN : nbuckets * 2, old = nbuckets;
	struct kv_item **was = bucket, **now = calloc(n, sizeof(*now)), *item;
	size_t i;

	if (now == NULL)
		return;
	bucket = now;
	nbuckets = n;
	for (i = 0; i < old; i++) {
		while ((item = was[i]) != NULL) {
			was[i] = item->next;
			item->next = NULL;
			*place(item->key) = item;
		}
	}
	free(was);
}

const struct kv_item *
kv_store_find(const kv_key_t key)
{
	return (nbuckets == 0 ? NULL : *place(key));
}

bool
kv_store_put(const kv_key_t key, const char *value, mach_msg_type_number_t size)
{
	struct kv_item *item, **p;
	char *copy;

	if (nitems >= nbuckets)
		grow();
	if (nbuckets == 0)
		return (false);
	p = place(key);
	item = *p;
	if (total - (item != NULL ? item->size : 0) + size > KV_TOTAL_MAX)
		return (false);
	copy = malloc(size == 0 ? 1 : size);
	if (copy == NULL)
		return (false);
	if (item == NULL) {
		item = calloc(1, sizeof(*item));
		if (item == NULL) {
			free(copy);
			return (false);
		}
		memcpy(item->key, key, strlen(key) + 1);
		*p = item;
		nitems++;
	}
	memcpy(copy, value, size);
	free(item->value);
	total = total - item->size + size;
	item->value = copy;
	item->size = size;
	return (true);
}

bool
kv_store_remove(const kv_key_t key)
{
	struct kv_item **p, *item;

	if (nbuckets == 0)
		return (false);
	p = place(key);
	item = *p;
	if (item == NULL)
		return (false);
	*p = item->next;
	nitems--;
	total -= item->size;
	free(item->value);
	free(item);
	return (true);
}

void
kv_store_each(
    const char *prefix, void (*fn)(const struct kv_item *, void *), void *arg)
{
	size_t length = strlen(prefix), i;
	struct kv_item *item;

	for (i = 0; i < nbuckets; i++) {
		for (item = bucket[i]; item != NULL; item = item->next) {
			if (strncmp(item->key, prefix, length) == 0)
				fn(item, arg);
		}
	}
}

void
kv_store_clear(void)
{
	struct kv_item *item;
	size_t i;

	for (i = 0; i < nbuckets; i++) {
		while ((item = bucket[i]) != NULL) {
			bucket[i] = item->next;
			free(item->value);
			free(item);
		}
	}
	free(bucket);
	bucket = NULL;
	nbuckets = nitems = 0;
	total = 0;
}
