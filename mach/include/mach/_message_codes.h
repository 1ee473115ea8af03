/*
 * Options and results of mach_msg().  Part of <mach/message.h>, which is
 * what to include.
 * Facts: xnu-11417.101.15 osfmk/mach/message.h
 */
#ifndef _MACH_MESSAGE_CODES_H_
#define _MACH_MESSAGE_CODES_H_

typedef integer_t mach_msg_options_t; /* as passed in a message */
typedef integer_t mach_msg_option_t;
typedef uint64_t mach_msg_option64_t;
typedef kern_return_t mach_msg_return_t;

typedef uint8_t mach_msg_qos_t;
#define MACH_MSG_QOS_UNSPECIFIED 0
#define MACH_MSG_QOS_MAINTENANCE 1
#define MACH_MSG_QOS_BACKGROUND 2
#define MACH_MSG_QOS_UTILITY 3
#define MACH_MSG_QOS_DEFAULT 4
#define MACH_MSG_QOS_USER_INITIATED 5
#define MACH_MSG_QOS_USER_INTERACTIVE 6
#define MACH_MSG_QOS_LAST 6

#define MACH_MSG_OPTION_NONE 0x00000000
#define MACH_SEND_MSG 0x00000001
#define MACH_RCV_MSG 0x00000002
#define MACH_RCV_LARGE 0x00000004 /* too large: leave it queued, say size */
#define MACH_RCV_LARGE_IDENTITY 0x00000008 /* and which member has it */
#define MACH_SEND_TIMEOUT 0x00000010
#define MACH_SEND_OVERRIDE 0x00000020
#define MACH_SEND_INTERRUPT 0x00000040 /* the library does not retry */
#define MACH_SEND_NOTIFY 0x00000080    /* arm send-possible when full */
#define MACH_RCV_TIMEOUT 0x00000100
#define MACH_MSG_STRICT_REPLY 0x00000200
#define MACH_RCV_INTERRUPT 0x00000400
#define MACH_RCV_VOUCHER 0x00000800
#define MACH_RCV_GUARDED_DESC 0x00001000
#define MACH_RCV_SYNC_WAIT 0x00004000
#define MACH_RCV_SYNC_PEEK 0x00008000
#define MACH_SEND_ALWAYS 0x00010000	     /* kernel */
#define MACH_SEND_FILTER_NONFATAL 0x00010000 /* user */
#define MACH_SEND_TRAILER 0x00020000
#define MACH_SEND_NOIMPORTANCE 0x00040000
#define MACH_SEND_NODENAP MACH_SEND_NOIMPORTANCE
#define MACH_SEND_IMPORTANCE 0x00080000 /* kernel */
#define MACH_SEND_SYNC_OVERRIDE 0x00100000
#define MACH_SEND_PROPAGATE_QOS 0x00200000
#define MACH_SEND_SYNC_USE_THRPRI MACH_SEND_PROPAGATE_QOS
#define MACH_SEND_KERNEL 0x00400000 /* kernel */
#define MACH_SEND_SYNC_BOOTSTRAP_CHECKIN 0x00800000
#define MACH_RCV_NOTIFY 0x00000000    /* obsolete */
#define MACH_RCV_OVERWRITE 0x00000000 /* obsolete */

/* The 64 bits of mach_msg2(): the same, and from 1 << 32 its own. */
#define MACH64_MSG_OPTION_NONE ((mach_msg_option64_t)0)
#define MACH64_SEND_MSG ((mach_msg_option64_t)MACH_SEND_MSG)
#define MACH64_RCV_MSG ((mach_msg_option64_t)MACH_RCV_MSG)
#define MACH64_RCV_LARGE ((mach_msg_option64_t)MACH_RCV_LARGE)
#define MACH64_RCV_LARGE_IDENTITY ((mach_msg_option64_t)MACH_RCV_LARGE_IDENTITY)
#define MACH64_SEND_TIMEOUT ((mach_msg_option64_t)MACH_SEND_TIMEOUT)
#define MACH64_SEND_OVERRIDE ((mach_msg_option64_t)MACH_SEND_OVERRIDE)
#define MACH64_SEND_INTERRUPT ((mach_msg_option64_t)MACH_SEND_INTERRUPT)
#define MACH64_SEND_NOTIFY ((mach_msg_option64_t)MACH_SEND_NOTIFY)
#define MACH64_SEND_ALWAYS ((mach_msg_option64_t)MACH_SEND_ALWAYS)
#define MACH64_SEND_IMPORTANCE ((mach_msg_option64_t)MACH_SEND_IMPORTANCE)
#define MACH64_SEND_KERNEL ((mach_msg_option64_t)MACH_SEND_KERNEL)
#define MACH64_SEND_FILTER_NONFATAL \
	((mach_msg_option64_t)MACH_SEND_FILTER_NONFATAL)
#define MACH64_SEND_TRAILER ((mach_msg_option64_t)MACH_SEND_TRAILER)
#define MACH64_SEND_NOIMPORTANCE ((mach_msg_option64_t)MACH_SEND_NOIMPORTANCE)
#define MACH64_SEND_NODENAP ((mach_msg_option64_t)MACH_SEND_NODENAP)
#define MACH64_SEND_SYNC_OVERRIDE ((mach_msg_option64_t)MACH_SEND_SYNC_OVERRIDE)
#define MACH64_SEND_PROPAGATE_QOS ((mach_msg_option64_t)MACH_SEND_PROPAGATE_QOS)
#define MACH64_SEND_SYNC_BOOTSTRAP_CHECKIN \
	((mach_msg_option64_t)MACH_SEND_SYNC_BOOTSTRAP_CHECKIN)
#define MACH64_RCV_TIMEOUT ((mach_msg_option64_t)MACH_RCV_TIMEOUT)
#define MACH64_RCV_INTERRUPT ((mach_msg_option64_t)MACH_RCV_INTERRUPT)
#define MACH64_RCV_VOUCHER ((mach_msg_option64_t)MACH_RCV_VOUCHER)
#define MACH64_RCV_GUARDED_DESC ((mach_msg_option64_t)MACH_RCV_GUARDED_DESC)
#define MACH64_RCV_SYNC_WAIT ((mach_msg_option64_t)MACH_RCV_SYNC_WAIT)
#define MACH64_RCV_SYNC_PEEK ((mach_msg_option64_t)MACH_RCV_SYNC_PEEK)
#define MACH64_MSG_STRICT_REPLY ((mach_msg_option64_t)MACH_MSG_STRICT_REPLY)
#define MACH64_MSG_VECTOR ((mach_msg_option64_t)0x0000000100000000ull)
#define MACH64_SEND_KOBJECT_CALL ((mach_msg_option64_t)0x0000000200000000ull)
#define MACH64_SEND_MQ_CALL ((mach_msg_option64_t)0x0000000400000000ull)
#define MACH64_SEND_USER_CALL MACH64_SEND_MQ_CALL
#define MACH64_SEND_ANY ((mach_msg_option64_t)0x0000000800000000ull)
#define MACH64_SEND_DK_CALL ((mach_msg_option64_t)0x0000001000000000ull)

/* The trailer that a receiver asks for, in the high 8 bits of an option. */
#define MACH_RCV_TRAILER_NULL 0
#define MACH_RCV_TRAILER_SEQNO 1
#define MACH_RCV_TRAILER_SENDER 2
#define MACH_RCV_TRAILER_AUDIT 3
#define MACH_RCV_TRAILER_CTX 4
#define MACH_RCV_TRAILER_AV 7
#define MACH_RCV_TRAILER_LABELS 8
#define MACH_RCV_TRAILER_TYPE(x) (((x)&0xf) << 28)
#define MACH_RCV_TRAILER_ELEMENTS(x) (((x)&0xf) << 24)
#define MACH_RCV_TRAILER_MASK ((0xf << 24))
#define GET_RCV_ELEMENTS(y) (((y) >> 24) & 0xf)

#define REQUESTED_TRAILER_SIZE_NATIVE(y)                                     \
	((mach_msg_trailer_size_t)(GET_RCV_ELEMENTS(y) ==                    \
					   MACH_RCV_TRAILER_NULL             \
				       ? sizeof(mach_msg_trailer_t)          \
				   : GET_RCV_ELEMENTS(y) ==                  \
					   MACH_RCV_TRAILER_SEQNO            \
				       ? sizeof(mach_msg_seqno_trailer_t)    \
				   : GET_RCV_ELEMENTS(y) ==                  \
					   MACH_RCV_TRAILER_SENDER           \
				       ? sizeof(mach_msg_security_trailer_t) \
				   : GET_RCV_ELEMENTS(y) ==                  \
					   MACH_RCV_TRAILER_AUDIT            \
				       ? sizeof(mach_msg_audit_trailer_t)    \
				   : GET_RCV_ELEMENTS(y) ==                  \
					   MACH_RCV_TRAILER_CTX              \
				       ? sizeof(mach_msg_context_trailer_t)  \
				   : GET_RCV_ELEMENTS(y) ==                  \
					   MACH_RCV_TRAILER_AV               \
				       ? sizeof(mach_msg_mac_trailer_t)      \
				       : sizeof(mach_msg_max_trailer_t)))
#define REQUESTED_TRAILER_SIZE(y) REQUESTED_TRAILER_SIZE_NATIVE(y)

/* Results.  Some carry bits of MACH_MSG_MASK: what ran out, and where. */
#define MACH_MSG_SUCCESS 0x00000000
#define MACH_MSG_MASK 0x00003e00
#define MACH_MSG_IPC_SPACE 0x00002000  /* names of the receiver */
#define MACH_MSG_VM_SPACE 0x00001000   /* addresses of the receiver */
#define MACH_MSG_IPC_KERNEL 0x00000800 /* kernel memory, for rights */
#define MACH_MSG_VM_KERNEL 0x00000400  /* kernel memory, for data */

#define MACH_SEND_IN_PROGRESS 0x10000001
#define MACH_SEND_INVALID_DATA 0x10000002
#define MACH_SEND_INVALID_DEST 0x10000003
#define MACH_SEND_TIMED_OUT 0x10000004
#define MACH_SEND_INVALID_VOUCHER 0x10000005
#define MACH_SEND_INTERRUPTED 0x10000007
#define MACH_SEND_MSG_TOO_SMALL 0x10000008
#define MACH_SEND_INVALID_REPLY 0x10000009
#define MACH_SEND_INVALID_RIGHT 0x1000000a
#define MACH_SEND_INVALID_NOTIFY 0x1000000b
#define MACH_SEND_INVALID_MEMORY 0x1000000c
#define MACH_SEND_NO_BUFFER 0x1000000d
#define MACH_SEND_TOO_LARGE 0x1000000e
#define MACH_SEND_INVALID_TYPE 0x1000000f
#define MACH_SEND_INVALID_HEADER 0x10000010
#define MACH_SEND_INVALID_TRAILER 0x10000011
#define MACH_SEND_INVALID_CONTEXT 0x10000012
#define MACH_SEND_INVALID_OPTIONS 0x10000013
#define MACH_SEND_INVALID_RT_OOL_SIZE 0x10000015 /* not returned */
#define MACH_SEND_NO_GRANT_DEST 0x10000016
#define MACH_SEND_MSG_FILTERED 0x10000017
#define MACH_SEND_AUX_TOO_SMALL 0x10000018
#define MACH_SEND_AUX_TOO_LARGE 0x10000019

#define MACH_RCV_IN_PROGRESS 0x10004001
#define MACH_RCV_INVALID_NAME 0x10004002
#define MACH_RCV_TIMED_OUT 0x10004003
#define MACH_RCV_TOO_LARGE 0x10004004
#define MACH_RCV_INTERRUPTED 0x10004005
#define MACH_RCV_PORT_CHANGED 0x10004006 /* not returned */
#define MACH_RCV_INVALID_NOTIFY 0x10004007
#define MACH_RCV_INVALID_DATA 0x10004008
#define MACH_RCV_PORT_DIED 0x10004009
#define MACH_RCV_IN_SET 0x1000400a /* not returned */
#define MACH_RCV_HEADER_ERROR 0x1000400b
#define MACH_RCV_BODY_ERROR 0x1000400c
#define MACH_RCV_INVALID_TYPE 0x1000400d
#define MACH_RCV_SCATTER_SMALL 0x1000400e
#define MACH_RCV_INVALID_TRAILER 0x1000400f
#define MACH_RCV_IN_PROGRESS_TIMED 0x10004011
#define MACH_RCV_INVALID_REPLY 0x10004012
#define MACH_RCV_INVALID_ARGUMENTS 0x10004013

#endif /* !_MACH_MESSAGE_CODES_H_ */
