/* What the service keeps: keys and bytes, in memory. */
#ifndef KV_STORE_H
#define KV_STORE_H

#include <stdbool.h>

#include "kv.h"

struct kv_item {
	struct kv_item *next;
	char *value;
	mach_msg_type_number_t size;
	kv_key_t key;
};

/* NULL when there is none. */
const struct kv_item *kv_store_find(const kv_key_t key);
/* Copies both; false without memory, or past KV_TOTAL_MAX. */
bool kv_store_put(
    const kv_key_t key, const char *value, mach_msg_type_number_t size);
/* False when there was none. */
bool kv_store_remove(const kv_key_t key);
/* Calls for each with that beginning, in no order. */
void kv_store_each(const char *prefix,
    void (*fn)(const struct kv_item *, void *arg), void *arg);
void kv_store_clear(void);

#endif
