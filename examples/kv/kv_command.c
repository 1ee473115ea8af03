/* The client's commands. */
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv.h"

#define SELF mach_task_self()

static int
failed(const char *what, const char *key, kern_return_t kr)
{
	fprintf(stderr, "kv: %s: %s: %s\n", what, key, kv_strerror(kr));
	return (1);
}

static int
get(mach_port_t service, const char *key, FILE *out)
{
	char small[KV_INLINE_MAX], *value = small;
	mach_msg_type_number_t size;
	kern_return_t kr;

	kr = kv_get(service, key, small, &size);
	if (kr == KV_TOO_LARGE)
		kr = kv_get_large(service, key, &value, &size);
	if (kr != KERN_SUCCESS)
		return (failed("get", key, kr));
	fwrite(value, 1, size, out);
	fputc('\n', out);
	if (value != small)
		(void)vm_deallocate(SELF, (vm_address_t)value, size);
	return (0);
}

static int
put_bytes(
    mach_port_t service, const char *key, const char *value, size_t length)
{
	mach_msg_type_number_t size = (mach_msg_type_number_t)length;
	kern_return_t kr;

	if (length > KV_VALUE_MAX) {
		fprintf(stderr, "kv: put: %s: larger than %d bytes\n", key,
		    KV_VALUE_MAX);
		return (1);
	}
	if (size <= KV_INLINE_MAX)
		kr = kv_put(service, key, value, size);
	else
		kr = kv_put_large(service, key, value, size);
	return (kr == KERN_SUCCESS ? 0 : failed("put", key, kr));
}

/* The value, from the standard input. */
static int
put_input(mach_port_t service, const char *key)
{
	/* One byte more than may be: put_bytes says that it is too large. */
	const size_t room = (size_t)KV_VALUE_MAX + 1;
	size_t length;
	char *value = malloc(room);
	int status = 1;

	if (value == NULL) {
		fprintf(stderr, "kv: put: %s: no memory\n", key);
		return (1);
	}
	length = fread(value, 1, room, stdin);
	if (ferror(stdin))
		fprintf(stderr, "kv: put: %s: cannot read the value\n", key);
	else
		status = put_bytes(service, key, value, length);
	free(value);
	return (status);
}

static int
list(mach_port_t service, const char *prefix, FILE *out)
{
	mach_msg_type_number_t size, at;
	char *keys;
	kern_return_t kr;

	kr = kv_list(service, prefix, &keys, &size);
	if (kr != KERN_SUCCESS)
		return (failed("list", prefix, kr));
	for (at = 0; at < size; at += strlen(keys + at) + 1)
		fprintf(out, "%s\n", keys + at);
	if (size != 0)
		(void)vm_deallocate(SELF, (vm_address_t)keys, size);
	return (0);
}

static void
changed_print(const kv_changed_t *changed, FILE *out)
{
	if (changed->what == KV_PUT)
		fprintf(out, "put %s %u\n", changed->key, changed->count);
	else if (changed->what == KV_DELETED)
		fprintf(out, "deleted %s\n", changed->key);
	else
		fprintf(out, "missed %u\n", changed->count);
	fflush(out);
}

/* `count` changes, or (0) all there are. */
static int
watch_print(mach_port_t observer, unsigned long count, FILE *out)
{
	struct {
		kv_changed_t changed;
		mach_msg_max_trailer_t trailer;
	} msg;
	unsigned long n = 0;
	mach_msg_return_t mr;

	while (count == 0 || n < count) {
		mr = mach_msg(&msg.changed.Head, MACH_RCV_MSG, 0, sizeof(msg),
		    observer, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
		if (mr != MACH_MSG_SUCCESS)
			return (failed("watch", "receive", mr));
		/* The service is gone when its last right to us is. */
		if (msg.changed.Head.msgh_id == MACH_NOTIFY_NO_SENDERS)
			return (
			    failed("watch", "the service", MIG_SERVER_DIED));
		if (msg.changed.Head.msgh_id != KV_CHANGED_ID ||
		    msg.changed.Head.msgh_size != sizeof(kv_changed_t)) {
			mach_msg_destroy(&msg.changed.Head);
			continue;
		}
		n += msg.changed.what == KV_MISSED ? msg.changed.count : 1;
		changed_print(&msg.changed, out);
	}
	return (0);
}

static int
watch(mach_port_t service, const char *prefix, const char *count, FILE *out)
{
	mach_port_limits_t limits = { .mpl_qlimit = MACH_PORT_QLIMIT_LARGE };
	mach_port_t observer, token, old;
	kern_return_t kr;
	int status;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &observer);
	if (kr == KERN_SUCCESS)
		kr = mach_port_set_attributes(SELF, observer,
		    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
		    MACH_PORT_LIMITS_INFO_COUNT);
	if (kr == KERN_SUCCESS)
		kr = kv_watch(service, prefix, observer, &token);
	if (kr == KERN_SUCCESS)
		kr = mach_port_request_notification(SELF, observer,
		    MACH_NOTIFY_NO_SENDERS, 1, observer,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr != KERN_SUCCESS)
		return (failed("watch", prefix, kr));
	fprintf(out, "watching %s\n", prefix);
	fflush(out);
	status = watch_print(
	    observer, count != NULL ? strtoul(count, NULL, 10) : 0, out);
	(void)mach_port_deallocate(SELF, token);
	(void)mach_port_mod_refs(SELF, observer, MACH_PORT_RIGHT_RECEIVE, -1);
	return (status);
}

int
kv_client_run(mach_port_t service, int argc, const char *const *argv, FILE *out)
{
	const char *command = argc > 0 ? argv[0] : "", *key;
	kern_return_t kr;

	key = argc > 1 ? argv[1] : "";
	if (strlen(key) >= KV_KEY_MAX) {
		fprintf(stderr, "kv: %s: a key has at most %d bytes\n", command,
		    KV_KEY_MAX - 1);
		return (2);
	}
	if (strcmp(command, "get") == 0 && argc == 2)
		return (get(service, key, out));
	if (strcmp(command, "put") == 0 && argc == 3)
		return (put_bytes(service, key, argv[2], strlen(argv[2])));
	if (strcmp(command, "put") == 0 && argc == 2)
		return (put_input(service, key));
	if (strcmp(command, "delete") == 0 && argc == 2) {
		kr = kv_delete(service, key);
		return (kr == KERN_SUCCESS ? 0 : failed("delete", key, kr));
	}
	if (strcmp(command, "list") == 0 && argc <= 2)
		return (list(service, key, out));
	if (strcmp(command, "watch") == 0 && (argc == 2 || argc == 3))
		return (watch(service, key, argc == 3 ? argv[2] : NULL, out));
	if (strcmp(command, "stop") == 0 && argc == 1) {
		kr = kv_stop(service);
		return (kr == KERN_SUCCESS ? 0 : failed("stop", "", kr));
	}
	fprintf(stderr, "usage: kv serve | get KEY | put KEY [VALUE] | "
			"delete KEY | list [PREFIX] | watch PREFIX [COUNT] | "
			"stop\n");
	return (2);
}
