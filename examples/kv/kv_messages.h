/* The messages of kv.defs, as they are sent. */
#ifndef KV_MESSAGES_H
#define KV_MESSAGES_H

#include <mach/mig_errors.h>
#include <mach/ndr.h>

#include "kv.h"

#define KV_BASE 71000
enum kv_routine {
	KV_ID_PUT = KV_BASE,
	KV_ID_PUT_LARGE,
	KV_ID_GET,
	KV_ID_GET_LARGE,
	KV_ID_DELETE,
	KV_ID_LIST,
	KV_ID_WATCH,
	KV_ID_STOP,
	KV_ID_END
};

#pragma pack(push, 4)
/* kv_stop */
typedef struct {
	mach_msg_header_t Head;
} kv_plain_request_t;

/* kv_get, kv_get_large, kv_delete, kv_list */
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kv_key_t key;
} kv_key_request_t;

/* kv_put; as long as its value, in words */
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kv_key_t key;
	mach_msg_type_number_t valueCnt;
	char value[KV_INLINE_MAX];
} kv_put_request_t;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_ool_descriptor_t value;
	NDR_record_t NDR;
	kv_key_t key;
	mach_msg_type_number_t valueCnt;
} kv_put_large_request_t;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_port_descriptor_t observer;
	NDR_record_t NDR;
	kv_key_t key;
} kv_watch_request_t;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	mach_msg_type_number_t valueCnt;
	char value[KV_INLINE_MAX];
} kv_get_reply_t;

/* kv_get_large, kv_list */
typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_ool_descriptor_t value;
	NDR_record_t NDR;
	mach_msg_type_number_t valueCnt;
} kv_large_reply_t;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_port_descriptor_t watch;
} kv_watch_reply_t;
#pragma pack(pop)

#define KV_MESSAGE_MAX ((mach_msg_size_t)sizeof(kv_put_request_t))
#define KV_ROUND(n) (((n) + 3u) & ~3u)

#endif
