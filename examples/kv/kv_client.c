/*
 * The client's stubs, in the form that MIG gives them: a request and its reply
 * share a buffer, the thread's reply port is used, and what comes back is
 * checked before it is believed.
 */
#include <mach/notify.h>

#include <string.h>

#include "kv_messages.h"

/*
 * Sends the request and receives its reply into the same `size` bytes.  A
 * reply that is an error alone is the result.  KERN_SUCCESS: it has the id
 * that it must have.
 */
static kern_return_t
call(mach_port_t server, mach_msg_header_t *h, mach_msg_bits_t complex,
    mach_msg_id_t id, mach_msg_size_t send_size, mach_msg_size_t size)
{
	mig_reply_error_t *error = (mig_reply_error_t *)(void *)h;
	mach_msg_return_t mr;

	h->msgh_bits = complex | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h->msgh_remote_port = server;
	h->msgh_local_port = mig_get_reply_port();
	h->msgh_id = id;
	h->msgh_reserved = 0;
	mr = mach_msg(h, MACH_SEND_MSG | MACH_RCV_MSG, send_size, size,
	    h->msgh_local_port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS) {
		mig_dealloc_reply_port(h->msgh_local_port);
		return (mr);
	}
	if (h->msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (MIG_SERVER_DIED);
	if (h->msgh_id != id + 100) {
		mach_msg_destroy(h);
		return (MIG_REPLY_MISMATCH);
	}
	if (!MACH_MSGH_BITS_IS_COMPLEX(h->msgh_bits)) {
		if (h->msgh_size < sizeof(*error))
			return (MIG_TYPE_ERROR);
		return (error->RetCode);
	}
	return (KERN_SUCCESS);
}

/* A reply that does not look as it should. */
static kern_return_t
type_error(mach_msg_header_t *h)
{
	mach_msg_destroy(h);
	return (MIG_TYPE_ERROR);
}

static void
key_set(kv_key_t to, const char *key)
{
	(void)mig_strncpy_zerofill(to, key, KV_KEY_MAX);
}

kern_return_t
kv_put(mach_port_t server, const char *key, const char *value,
    mach_msg_type_number_t size)
{
	union {
		kv_put_request_t In;
		struct {
			mig_reply_error_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;

	if (size > KV_INLINE_MAX)
		return (MIG_ARRAY_TOO_LARGE);
	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, key);
	Mess.In.valueCnt = size;
	memcpy(Mess.In.value, value, size);
	return (call(server, &Mess.In.Head, 0, KV_ID_PUT,
	    (mach_msg_size_t)(sizeof(Mess.In) - KV_INLINE_MAX + KV_ROUND(size)),
	    sizeof(Mess.Out)));
}

kern_return_t
kv_put_large(mach_port_t server, const char *key, const char *value,
    mach_msg_type_number_t size)
{
	union {
		kv_put_large_request_t In;
		struct {
			mig_reply_error_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;

	Mess.In.msgh_body.msgh_descriptor_count = 1;
	Mess.In.value = (mach_msg_ool_descriptor_t){
		.address = (void *)(uintptr_t)value,
		.size = size,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, key);
	Mess.In.valueCnt = size;
	return (call(server, &Mess.In.Head, MACH_MSGH_BITS_COMPLEX,
	    KV_ID_PUT_LARGE, sizeof(Mess.In), sizeof(Mess.Out)));
}

kern_return_t
kv_get(mach_port_t server, const char *key, char *value,
    mach_msg_type_number_t *size)
{
	union {
		kv_key_request_t In;
		struct {
			kv_get_reply_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	kv_get_reply_t *Out = &Mess.Out.reply;
	kern_return_t kr;

	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, key);
	kr = call(server, &Mess.In.Head, 0, KV_ID_GET, sizeof(Mess.In),
	    sizeof(Mess.Out));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (MACH_MSGH_BITS_IS_COMPLEX(Out->Head.msgh_bits) ||
	    Out->Head.msgh_size < sizeof(*Out) - KV_INLINE_MAX ||
	    Out->valueCnt > KV_INLINE_MAX ||
	    Out->Head.msgh_size !=
		sizeof(*Out) - KV_INLINE_MAX + KV_ROUND(Out->valueCnt))
		return (type_error(&Out->Head));
	memcpy(value, Out->value, Out->valueCnt);
	*size = Out->valueCnt;
	return (KERN_SUCCESS);
}

/* A key goes, and memory comes. */
static kern_return_t
call_large(mach_port_t server, mach_msg_id_t id, const char *key, char **value,
    mach_msg_type_number_t *size)
{
	union {
		kv_key_request_t In;
		struct {
			kv_large_reply_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	kv_large_reply_t *Out = &Mess.Out.reply;
	kern_return_t kr;

	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, key);
	kr = call(
	    server, &Mess.In.Head, 0, id, sizeof(Mess.In), sizeof(Mess.Out));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!MACH_MSGH_BITS_IS_COMPLEX(Out->Head.msgh_bits) ||
	    Out->Head.msgh_size != sizeof(*Out) ||
	    Out->msgh_body.msgh_descriptor_count != 1 ||
	    Out->value.type != MACH_MSG_OOL_DESCRIPTOR ||
	    Out->value.size != Out->valueCnt)
		return (type_error(&Out->Head));
	*value = Out->value.address;
	*size = Out->valueCnt;
	return (KERN_SUCCESS);
}

kern_return_t
kv_get_large(mach_port_t server, const char *key, char **value,
    mach_msg_type_number_t *size)
{
	return (call_large(server, KV_ID_GET_LARGE, key, value, size));
}

kern_return_t
kv_list(mach_port_t server, const char *prefix, char **keys,
    mach_msg_type_number_t *size)
{
	return (call_large(server, KV_ID_LIST, prefix, keys, size));
}

kern_return_t
kv_delete(mach_port_t server, const char *key)
{
	union {
		kv_key_request_t In;
		struct {
			mig_reply_error_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;

	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, key);
	return (call(server, &Mess.In.Head, 0, KV_ID_DELETE, sizeof(Mess.In),
	    sizeof(Mess.Out)));
}

kern_return_t
kv_watch(mach_port_t server, const char *prefix, mach_port_t observer,
    mach_port_t *watch)
{
	union {
		kv_watch_request_t In;
		struct {
			kv_watch_reply_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	kv_watch_reply_t *Out = &Mess.Out.reply;
	kern_return_t kr;

	Mess.In.msgh_body.msgh_descriptor_count = 1;
	Mess.In.observer = (mach_msg_port_descriptor_t){
		.name = observer,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	Mess.In.NDR = NDR_record;
	key_set(Mess.In.key, prefix);
	kr = call(server, &Mess.In.Head, MACH_MSGH_BITS_COMPLEX, KV_ID_WATCH,
	    sizeof(Mess.In), sizeof(Mess.Out));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!MACH_MSGH_BITS_IS_COMPLEX(Out->Head.msgh_bits) ||
	    Out->Head.msgh_size != sizeof(*Out) ||
	    Out->msgh_body.msgh_descriptor_count != 1 ||
	    Out->watch.type != MACH_MSG_PORT_DESCRIPTOR ||
	    Out->watch.disposition != MACH_MSG_TYPE_MOVE_SEND)
		return (type_error(&Out->Head));
	*watch = Out->watch.name;
	return (KERN_SUCCESS);
}

kern_return_t
kv_stop(mach_port_t server)
{
	union {
		kv_plain_request_t In;
		struct {
			mig_reply_error_t reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;

	return (call(server, &Mess.In.Head, 0, KV_ID_STOP, sizeof(Mess.In),
	    sizeof(Mess.Out)));
}
