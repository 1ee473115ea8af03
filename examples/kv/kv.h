/*
 * A key-value service over Mach messages: its routines, as clients call them
 * and as the server has them (do_kv_*), and the two programs' main functions.
 */
#ifndef KV_H
#define KV_H

#include <mach/error.h>
#include <mach/mach.h>

#include <stdio.h>

#define KV_SERVICE "org.isthmus.example.kv"

#define KV_KEY_MAX 128	   /* with its NUL */
#define KV_INLINE_MAX 1024 /* of a value inside a message */
#define KV_VALUE_MAX (64 << 20)
#define KV_TOTAL_MAX (512 << 20) /* of all values */

typedef char kv_key_t[KV_KEY_MAX];

/* Results, beside those of messages and memory. */
#define KV_NOT_FOUND (err_local | err_sub(0x6b) | 1)
#define KV_TOO_LARGE (err_local | err_sub(0x6b) | 2) /* kv_get_large has it */
#define KV_DENIED (err_local | err_sub(0x6b) | 3)
const char *kv_strerror(kern_return_t);

/* kv_client.c.  What comes out of line is the caller's to vm_deallocate. */
kern_return_t kv_put(mach_port_t server, const char *key, const char *value,
    mach_msg_type_number_t size);
kern_return_t kv_put_large(mach_port_t server, const char *key,
    const char *value, mach_msg_type_number_t size);
/* `value` has room for KV_INLINE_MAX. */
kern_return_t kv_get(mach_port_t server, const char *key, char *value,
    mach_msg_type_number_t *size);
kern_return_t kv_get_large(mach_port_t server, const char *key, char **value,
    mach_msg_type_number_t *size);
kern_return_t kv_delete(mach_port_t server, const char *key);
kern_return_t kv_list(mach_port_t server, const char *prefix, char **keys,
    mach_msg_type_number_t *size);
/* `observer` is a receive right; giving `watch` back ends it. */
kern_return_t kv_watch(mach_port_t server, const char *prefix,
    mach_port_t observer, mach_port_t *watch);
kern_return_t kv_stop(mach_port_t server);

/* kv_server.c: true when it was a request of this service. */
boolean_t kv_server(mach_msg_header_t *in, mach_msg_header_t *out);

/* kv_serve.c.  Memory and rights that come in are theirs on KERN_SUCCESS. */
kern_return_t do_kv_put(mach_port_t server, const kv_key_t key,
    const char *value, mach_msg_type_number_t size);
kern_return_t do_kv_put_large(mach_port_t server, const kv_key_t key,
    char *value, mach_msg_type_number_t size);
kern_return_t do_kv_get(mach_port_t server, const kv_key_t key,
    const char **value, mach_msg_type_number_t *size);
kern_return_t do_kv_delete(mach_port_t server, const kv_key_t key);
kern_return_t do_kv_list(mach_port_t server, const kv_key_t prefix, char **keys,
    mach_msg_type_number_t *size);
kern_return_t do_kv_watch(mach_port_t server, const kv_key_t prefix,
    mach_port_t observer, mach_port_t *watch);
kern_return_t do_kv_stop(mach_port_t server, audit_token_t token);

/*
 * What an observer receives.  One that does not receive is told later how many
 * changes it has missed.
 */
#define KV_CHANGED_ID 71100
enum kv_what { KV_PUT = 1, KV_DELETED = 2, KV_MISSED = 3 };
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kv_key_t key;	/* empty of KV_MISSED */
	uint32_t what;	/* enum kv_what */
	uint32_t count; /* bytes of the value; changes */
} kv_changed_t;

/* Serves the receive right until kv_stop or its end; 0, or 1 and a message. */
int kv_server_run(mach_port_t service);
/* kv get K | put K [V] | delete K | list [P] | watch P [N] | stop */
int kv_client_run(
    mach_port_t service, int argc, const char *const *argv, FILE *out);

#endif
