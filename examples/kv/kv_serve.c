/*
 * The service: what its routines do, and who is to be told of changes.
 *
 * A watch holds a send right to the client's observer and a port of its own,
 * to which the client has the send right.  It ends when either goes: the
 * observer's end is a dead-name notification, the client's giving up (or its
 * end) a no-senders notification, sent to the watch's own port.
 */
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv_messages.h"
#include "kv_store.h"

#define SELF mach_task_self()

struct watch {
	struct watch *next;
	mach_port_t port;     /* receive right */
	mach_port_t observer; /* send right */
	uint32_t missed;
	kv_key_t prefix;
};

static struct watch *watches;
static mach_port_t set, notify;

const char *
kv_strerror(kern_return_t kr)
{
	switch (kr) {
	case KV_NOT_FOUND:
		return ("no such key");
	case KV_TOO_LARGE:
		return ("too large for a message");
	case KV_DENIED:
		return ("not yours to stop");
	default:
		return (mach_error_string(kr));
	}
}

/*
 * Watches
 */

/* The observer's end, or room in its queue, is told to `notify`. */
static kern_return_t
notice_arm(mach_port_t observer, mach_msg_id_t id)
{
	mach_port_t old = MACH_PORT_NULL;
	kern_return_t kr;

	kr = mach_port_request_notification(
	    SELF, observer, id, 1, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr == KERN_SUCCESS && old != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, old);
	return (kr);
}

static void
watch_destroy(struct watch **p)
{
	struct watch *watch = *p;

	*p = watch->next;
	(void)mach_port_mod_refs(
	    SELF, watch->port, MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_deallocate(SELF, watch->observer);
	free(watch);
}

/* Tells one of a change, or that there were some; never waits. */
static void
watch_send(
    struct watch *watch, const char *key, enum kv_what what, uint32_t count)
{
	kv_changed_t msg = {
		.Head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_size = sizeof(msg),
			.msgh_remote_port = watch->observer,
			.msgh_id = KV_CHANGED_ID,
		},
		.NDR = NDR_record,
		.what = what,
		.count = count,
	};
	mach_msg_return_t mr;

	(void)mig_strncpy_zerofill(msg.key, key, KV_KEY_MAX);
	mr = mach_msg(&msg.Head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(msg),
	    0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS) {
		if (what == KV_MISSED)
			watch->missed = 0;
		return;
	}
	if (mr != MACH_SEND_TIMED_OUT)
		return; /* it is dead, and that is told */
	mach_msg_destroy(&msg.Head);
	if (what != KV_MISSED)
		watch->missed++;
	(void)notice_arm(watch->observer, MACH_NOTIFY_SEND_POSSIBLE);
}

static void
tell(const char *key, enum kv_what what, uint32_t count)
{
	struct watch *watch;

	for (watch = watches; watch != NULL; watch = watch->next) {
		if (strncmp(key, watch->prefix, strlen(watch->prefix)) != 0)
			continue;
		/* In order: first what was missed is told, as a number. */
		if (watch->missed != 0)
			watch->missed++;
		else
			watch_send(watch, key, what, count);
	}
}

/* A message to `notify`, which only the system can send to. */
static void
noticed(const mach_msg_header_t *in)
{
	const mach_dead_name_notification_t *notice =
	    (const mach_dead_name_notification_t *)(const void *)in;
	mach_port_t observer = notice->not_port;
	struct watch **p, *watch;

	switch (in->msgh_id) {
	case MACH_NOTIFY_DEAD_NAME:
		for (p = &watches; *p != NULL;) {
			if ((*p)->observer == observer)
				watch_destroy(p);
			else
				p = &(*p)->next;
		}
		/* The notification's own reference. */
		(void)mach_port_deallocate(SELF, observer);
		break;
	case MACH_NOTIFY_SEND_POSSIBLE:
		/* That request is used up, and was the one for its end. */
		(void)notice_arm(observer, MACH_NOTIFY_DEAD_NAME);
		for (watch = watches; watch != NULL; watch = watch->next) {
			if (watch->observer == observer && watch->missed != 0)
				watch_send(watch, "", KV_MISSED, watch->missed);
		}
		break;
	default:
		break;
	}
}

/* Nobody has the watch any more. */
static void
abandoned(mach_port_t port)
{
	struct watch **p;

	for (p = &watches; *p != NULL; p = &(*p)->next) {
		if ((*p)->port == port) {
			watch_destroy(p);
			return;
		}
	}
}

static kern_return_t
watch_port_create(mach_port_t *port)
{
	mach_port_t old;
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, port);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_port_insert_member(SELF, *port, set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_request_notification(SELF, *port,
		    MACH_NOTIFY_NO_SENDERS, 1, *port,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr != KERN_SUCCESS)
		(void)mach_port_mod_refs(
		    SELF, *port, MACH_PORT_RIGHT_RECEIVE, -1);
	return (kr);
}

kern_return_t
do_kv_watch(mach_port_t server, const kv_key_t prefix, mach_port_t observer,
    mach_port_t *port)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	kern_return_t kr;

	(void)server;
	if (watch == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = MACH_PORT_VALID(observer) ? watch_port_create(&watch->port)
				       : KERN_INVALID_ARGUMENT;
	if (kr != KERN_SUCCESS) {
		free(watch);
		return (kr);
	}
	memcpy(watch->prefix, prefix, sizeof(watch->prefix));
	watch->observer = observer;
	watch->next = watches;
	watches = watch;
	kr = notice_arm(observer, MACH_NOTIFY_DEAD_NAME);
	if (kr != KERN_SUCCESS) {
		/* What came in is the caller's again. */
		(void)mach_port_mod_refs(
		    SELF, observer, MACH_PORT_RIGHT_SEND, 1);
		watch_destroy(&watches);
		return (kr);
	}
	*port = watch->port;
	return (KERN_SUCCESS);
}

/*
 * Keys
 */

kern_return_t
do_kv_put(mach_port_t server, const kv_key_t key, const char *value,
    mach_msg_type_number_t size)
{
	(void)server;
	if (key[0] == '\0')
		return (KERN_INVALID_ARGUMENT);
	if (size > KV_VALUE_MAX || !kv_store_put(key, value, size))
		return (KERN_RESOURCE_SHORTAGE);
	tell(key, KV_PUT, size);
	return (KERN_SUCCESS);
}

kern_return_t
do_kv_put_large(mach_port_t server, const kv_key_t key, char *value,
    mach_msg_type_number_t size)
{
	kern_return_t kr = do_kv_put(server, key, value, size);

	if (kr == KERN_SUCCESS)
		mig_deallocate((vm_address_t)value, size);
	return (kr);
}

kern_return_t
do_kv_get(mach_port_t server, const kv_key_t key, const char **value,
    mach_msg_type_number_t *size)
{
	const struct kv_item *item = kv_store_find(key);

	(void)server;
	if (item == NULL)
		return (KV_NOT_FOUND);
	*value = item->value;
	*size = item->size;
	return (KERN_SUCCESS);
}

kern_return_t
do_kv_delete(mach_port_t server, const kv_key_t key)
{
	(void)server;
	if (!kv_store_remove(key))
		return (KV_NOT_FOUND);
	tell(key, KV_DELETED, 0);
	return (KERN_SUCCESS);
}

struct list {
	const char **key;
	size_t n, room, bytes;
	bool failed;
};

static void
list_add(const struct kv_item *item, void *arg)
{
	struct list *list = arg;
	const char **more;

	if (list->n == list->room) {
		list->room = list->room == 0 ? 64 : 2 * list->room;
		more = realloc(list->key, list->room * sizeof(*more));
		if (more == NULL) {
			list->room = list->n;
			list->failed = true;
			return;
		}
		list->key = more;
	}
	list->key[list->n++] = item->key;
	list->bytes += strlen(item->key) + 1;
}

static int
by_key(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

kern_return_t
do_kv_list(mach_port_t server, const kv_key_t prefix, char **keys,
    mach_msg_type_number_t *size)
{
	struct list list = { 0 };
	vm_address_t memory = 0;
	size_t i, n;
	char *to;

	(void)server;
	kv_store_each(prefix, list_add, &list);
	if (!list.failed && list.n != 0) {
		qsort(list.key, list.n, sizeof(*list.key), by_key);
		mig_allocate(&memory, list.bytes);
		to = (char *)memory;
		for (i = 0; memory != 0 && i < list.n; i++, to += n) {
			n = strlen(list.key[i]) + 1;
			memcpy(to, list.key[i], n);
		}
	}
	free(list.key);
	if (list.failed || (list.n != 0 && memory == 0))
		return (KERN_RESOURCE_SHORTAGE);
	*keys = (char *)memory;
	*size = (mach_msg_type_number_t)list.bytes;
	return (KERN_SUCCESS);
}

/*
 * The loop
 */

kern_return_t
do_kv_stop(mach_port_t server, audit_token_t token)
{
	(void)server;
	/* val[1] is the effective uid. */
	if (token.val[1] != geteuid() && token.val[1] != 0)
		return (KV_DENIED);
	/* After the reply there is nothing to receive from. */
	return (mach_port_mod_refs(SELF, set, MACH_PORT_RIGHT_PORT_SET, -1));
}

static boolean_t
demux(mach_msg_header_t *in, mach_msg_header_t *out)
{
	bool known = true;

	if (in->msgh_local_port == notify)
		noticed(in);
	else if (in->msgh_id == MACH_NOTIFY_NO_SENDERS)
		abandoned(in->msgh_local_port);
	else
		known = false;
	if (!known)
		return (kv_server(in, out));
	/* Who has a watch can send what looks like a notice, with rights. */
	mach_msg_destroy(in);
	((mig_reply_error_t *)(void *)out)->RetCode = MIG_NO_REPLY;
	return (TRUE);
}

int
kv_server_run(mach_port_t service)
{
	mach_msg_return_t mr;
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &notify);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(SELF, notify, set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(SELF, service, set);
	if (kr != KERN_SUCCESS) {
		fprintf(stderr, "kv: ports: %s\n", mach_error_string(kr));
		return (1);
	}
	mr = mach_msg_server(demux, KV_MESSAGE_MAX, set,
	    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	while (watches != NULL)
		watch_destroy(&watches);
	(void)mach_port_mod_refs(SELF, notify, MACH_PORT_RIGHT_RECEIVE, -1);
	kv_store_clear();
	/* kv_stop ended the set. */
	if (mr == MACH_RCV_INVALID_NAME || mr == MACH_RCV_PORT_CHANGED)
		return (0);
	fprintf(stderr, "kv: receive: %s\n", mach_error_string(mr));
	return (1);
}
