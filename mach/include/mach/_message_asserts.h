/*
 * Sizes of what stands in messages, and names around those types.  Part of
 * <mach/message.h>, which is what to include.
 * Facts: xnu-11417.101.15 osfmk/mach/message.h (user side, LP64)
 */
#ifndef _MACH_MESSAGE_ASSERTS_H_
#define _MACH_MESSAGE_ASSERTS_H_

#define MACH_MSG_NULL ((mach_msg_header_t *)0)
#define MACH_MSG_BODY_NULL ((mach_msg_body_t *)0)
#define MACH_MSG_DESCRIPTOR_NULL ((mach_msg_descriptor_t *)0)
#define MACH_MSG_HEADER_EMPTY \
	(mach_msg_header_t)   \
	{                     \
	}

/* The voucher's field, and a trailer's first word, by older names. */
#define msgh_reserved msgh_voucher_port
#define msgh_kind msgh_seqno
#define mach_msg_kind_t mach_port_seqno_t
#define MACH_MSGH_KIND_NORMAL 0x00000000
#define MACH_MSGH_KIND_NOTIFICATION 0x00000001

/* Order of the vectors of mach_msg2(). */
typedef uint32_t mach_msgv_index_t;
#define MACH_MSGV_IDX_MSG ((mach_msgv_index_t)0)
#define MACH_MSGV_IDX_AUX ((mach_msgv_index_t)1)
#define MACH_MSGV_MAX_COUNT (MACH_MSGV_IDX_AUX + 1)
#define LIBSYSCALL_MSGV_AUX_MAX_SIZE 128

#define MACH_MSG_TRAILER_FORMAT_0 0
#define MACH_MSG_TRAILER_FORMAT_0_SIZE sizeof(mach_msg_format_0_trailer_t)
#define MACH_MSG_TRAILER_MINIMUM_SIZE sizeof(mach_msg_trailer_t)
#define MAX_TRAILER_SIZE ((mach_msg_size_t)sizeof(mach_msg_max_trailer_t))
#define MACH_MSG_FILTER_POLICY_ALLOW ((mach_msg_filter_id)0)

#define INVALID_AUDIT_TOKEN_VALUE                                              \
	{                                                                      \
		{                                                              \
			0xffffffffU, 0xffffffffU, 0xffffffffU, 0xffffffffU,    \
			    0xffffffffU, 0xffffffffU, 0xffffffffU, 0xffffffffU \
		}                                                              \
	}
#define KERNEL_SECURITY_TOKEN_VALUE \
	{                           \
		{                   \
			0, 1        \
		}                   \
	}
#define KERNEL_AUDIT_TOKEN_VALUE               \
	{                                      \
		{                              \
			0, 0, 0, 0, 0, 0, 0, 0 \
		}                              \
	}
__BEGIN_DECLS
extern const security_token_t KERNEL_SECURITY_TOKEN;
extern const audit_token_t KERNEL_AUDIT_TOKEN;
__END_DECLS

_mach_assert(sizeof(mach_msg_header_t) == 24, "as in XNU");
_mach_assert(sizeof(mach_msg_base_t) == 28, "as in XNU");
_mach_assert(sizeof(mach_msg_type_descriptor_t) == 12, "as in XNU");
_mach_assert(sizeof(mach_msg_port_descriptor_t) == 12, "as in XNU");
_mach_assert(sizeof(mach_msg_ool_descriptor_t) == 16, "as in XNU");
_mach_assert(sizeof(mach_msg_ool_ports_descriptor_t) == 16, "as in XNU");
_mach_assert(sizeof(mach_msg_guarded_port_descriptor_t) == 16, "as in XNU");
_mach_assert(sizeof(mach_msg_ool_descriptor32_t) == 12, "as in XNU");
_mach_assert(sizeof(mach_msg_ool_descriptor64_t) == 16, "as in XNU");
_mach_assert(sizeof(mach_msg_descriptor_t) == 16, "as in XNU");
_mach_assert(sizeof(mach_msg_vector_t) == 24, "as in XNU");
_mach_assert(sizeof(mach_msg_aux_header_t) == 8, "as in XNU");
_mach_assert(sizeof(mach_msg_trailer_t) == 8, "as in XNU");
_mach_assert(sizeof(mach_msg_seqno_trailer_t) == 12, "as in XNU");
_mach_assert(sizeof(mach_msg_security_trailer_t) == 20, "as in XNU");
_mach_assert(sizeof(mach_msg_audit_trailer_t) == 52, "as in XNU");
_mach_assert(sizeof(mach_msg_context_trailer_t) == 60, "as in XNU");
_mach_assert(sizeof(mach_msg_mac_trailer_t) == 68, "as in XNU");

#endif /* !_MACH_MESSAGE_ASSERTS_H_ */
