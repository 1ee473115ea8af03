/*
 * The server's stubs, in the form that MIG gives them: a subsystem's table, a
 * stub a routine that checks the request's form, and the function that finds
 * the stub.
 */
#include <stddef.h>
#include <string.h>

#include "kv_messages.h"

#define FAIL(out, kr)                                                   \
	do {                                                            \
		((mig_reply_error_t *)(void *)(out))->RetCode = (kr);   \
		((mig_reply_error_t *)(void *)(out))->NDR = NDR_record; \
		return;                                                 \
	} while (0)

static void
result(mach_msg_header_t *out, kern_return_t kr)
{
	FAIL(out, kr);
}

/* A key that ends. */
static int
key_ok(const kv_key_t key)
{
	return (memchr(key, '\0', KV_KEY_MAX) != NULL);
}

static int
plain(const mach_msg_header_t *in, size_t size)
{
	return (
	    !MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) && in->msgh_size == size);
}

static void
X_put(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_put_request_t *In = (kv_put_request_t *)(void *)in;
	const size_t fixed = sizeof(*In) - KV_INLINE_MAX;

	if (MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) || in->msgh_size < fixed ||
	    In->valueCnt > KV_INLINE_MAX ||
	    in->msgh_size != fixed + KV_ROUND(In->valueCnt) || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	result(out,
	    do_kv_put(in->msgh_local_port, In->key, In->value, In->valueCnt));
}

static void
X_put_large(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_put_large_request_t *In = (kv_put_large_request_t *)(void *)in;

	if (!MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) ||
	    in->msgh_size != sizeof(*In) ||
	    In->msgh_body.msgh_descriptor_count != 1 ||
	    In->value.type != MACH_MSG_OOL_DESCRIPTOR ||
	    In->value.size != In->valueCnt || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	result(out, do_kv_put_large(in->msgh_local_port, In->key,
			In->value.address, In->valueCnt));
}

static void
X_get(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_key_request_t *In = (kv_key_request_t *)(void *)in;
	kv_get_reply_t *Out = (kv_get_reply_t *)(void *)out;
	mach_msg_type_number_t size;
	const char *value;
	kern_return_t kr;

	if (!plain(in, sizeof(*In)) || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	kr = do_kv_get(in->msgh_local_port, In->key, &value, &size);
	if (kr == KERN_SUCCESS && size > KV_INLINE_MAX)
		kr = KV_TOO_LARGE;
	if (kr != KERN_SUCCESS)
		FAIL(out, kr);
	Out->NDR = NDR_record;
	Out->RetCode = KERN_SUCCESS;
	Out->valueCnt = size;
	/* The padding, too: nothing of other replies goes out. */
	memset(Out->value, 0, KV_ROUND(size));
	memcpy(Out->value, value, size);
	out->msgh_size =
	    (mach_msg_size_t)(sizeof(*Out) - KV_INLINE_MAX + KV_ROUND(size));
}

static void
reply_large(mach_msg_header_t *out, const char *value,
    mach_msg_type_number_t size, boolean_t deallocate)
{
	kv_large_reply_t *Out = (kv_large_reply_t *)(void *)out;

	Out->msgh_body.msgh_descriptor_count = 1;
	Out->value = (mach_msg_ool_descriptor_t){
		.address = (void *)(uintptr_t)value,
		.size = size,
		.deallocate = deallocate,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	Out->NDR = NDR_record;
	Out->valueCnt = size;
	out->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	out->msgh_size = sizeof(*Out);
}

static void
X_get_large(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_key_request_t *In = (kv_key_request_t *)(void *)in;
	mach_msg_type_number_t size;
	const char *value;
	kern_return_t kr;

	if (!plain(in, sizeof(*In)) || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	kr = do_kv_get(in->msgh_local_port, In->key, &value, &size);
	if (kr != KERN_SUCCESS)
		FAIL(out, kr);
	reply_large(out, value, size, FALSE);
}

static void
X_delete(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_key_request_t *In = (kv_key_request_t *)(void *)in;

	if (!plain(in, sizeof(*In)) || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	result(out, do_kv_delete(in->msgh_local_port, In->key));
}

static void
X_list(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_key_request_t *In = (kv_key_request_t *)(void *)in;
	mach_msg_type_number_t size = 0;
	char *keys = NULL;
	kern_return_t kr;

	if (!plain(in, sizeof(*In)) || !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	kr = do_kv_list(in->msgh_local_port, In->key, &keys, &size);
	if (kr != KERN_SUCCESS)
		FAIL(out, kr);
	reply_large(out, keys, size, TRUE);
}

static void
X_watch(mach_msg_header_t *in, mach_msg_header_t *out)
{
	kv_watch_request_t *In = (kv_watch_request_t *)(void *)in;
	kv_watch_reply_t *Out = (kv_watch_reply_t *)(void *)out;
	mach_port_t watch;
	kern_return_t kr;

	if (!MACH_MSGH_BITS_IS_COMPLEX(in->msgh_bits) ||
	    in->msgh_size != sizeof(*In) ||
	    In->msgh_body.msgh_descriptor_count != 1 ||
	    In->observer.type != MACH_MSG_PORT_DESCRIPTOR ||
	    In->observer.disposition != MACH_MSG_TYPE_MOVE_SEND ||
	    !key_ok(In->key))
		FAIL(out, MIG_BAD_ARGUMENTS);
	kr = do_kv_watch(
	    in->msgh_local_port, In->key, In->observer.name, &watch);
	if (kr != KERN_SUCCESS)
		FAIL(out, kr);
	Out->msgh_body.msgh_descriptor_count = 1;
	Out->watch = (mach_msg_port_descriptor_t){
		.name = watch,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	out->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	out->msgh_size = sizeof(*Out);
}

static void
X_stop(mach_msg_header_t *in, mach_msg_header_t *out)
{
	const mach_msg_audit_trailer_t *trailer =
	    (const mach_msg_audit_trailer_t *)(const void
		    *)((const char *)in + round_msg(in->msgh_size));

	if (!plain(in, sizeof(kv_plain_request_t)))
		FAIL(out, MIG_BAD_ARGUMENTS);
	if (trailer->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 ||
	    trailer->msgh_trailer_size < sizeof(*trailer))
		FAIL(out, MIG_TRAILER_ERROR);
	result(out, do_kv_stop(in->msgh_local_port, trailer->msgh_audit));
}

static const mig_stub_routine_t routines[KV_ID_END - KV_BASE] = {
	X_put,
	X_put_large,
	X_get,
	X_get_large,
	X_delete,
	X_list,
	X_watch,
	X_stop,
};

boolean_t
kv_server(mach_msg_header_t *in, mach_msg_header_t *out)
{
	out->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	out->msgh_remote_port = in->msgh_remote_port;
	out->msgh_size = sizeof(mig_reply_error_t);
	out->msgh_local_port = MACH_PORT_NULL;
	out->msgh_id = in->msgh_id + 100;
	out->msgh_reserved = 0;
	if (in->msgh_id < KV_BASE || in->msgh_id >= KV_ID_END) {
		result(out, MIG_BAD_ID);
		return (FALSE);
	}
	routines[in->msgh_id - KV_BASE](in, out);
	return (TRUE);
}
