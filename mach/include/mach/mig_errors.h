/*
 * Result codes of MIG stubs, and the smallest reply.
 * Facts: xnu-11417.101.15 osfmk/mach/mig_errors.h
 */
#ifndef _MACH_MIG_ERRORS_H_
#define _MACH_MIG_ERRORS_H_

#include <mach/mig.h>
#include <mach/ndr.h>
#include <mach/message.h>
#include <mach/kern_return.h>

#define MIG_TYPE_ERROR -300	/* client: the reply is not of its form */
#define MIG_REPLY_MISMATCH -301 /* client: wrong msgh_id */
#define MIG_REMOTE_ERROR -302
#define MIG_BAD_ID -303	       /* server: no such routine */
#define MIG_BAD_ARGUMENTS -304 /* server: the request is not of its form */
#define MIG_NO_REPLY -305      /* server: it replies itself, later */
#define MIG_EXCEPTION -306
#define MIG_ARRAY_TOO_LARGE -307
#define MIG_SERVER_DIED -308
#define MIG_TRAILER_ERROR -309

#pragma pack(push, 4)
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
} mig_reply_error_t;
#pragma pack(pop)

_mach_assert(sizeof(mig_reply_error_t) == 36, "as in XNU");

/* Generated code calls it. */
#ifndef __NDR_convert__mig_reply_error_t__defined
#define __NDR_convert__mig_reply_error_t__defined
static __inline__ void
__NDR_convert__mig_reply_error_t(mig_reply_error_t *x)
{
	(void)x;
}
#endif

#endif /* !_MACH_MIG_ERRORS_H_ */
