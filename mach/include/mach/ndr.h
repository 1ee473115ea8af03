/*
 * How a message's data is represented: a record of 8 bytes in every MIG
 * message.  Nothing is converted: all machines here are little-endian.
 * Facts: xnu-11417.101.15 osfmk/mach/ndr.h, i386/ndr_def.h
 */
#ifndef _MACH_NDR_H_
#define _MACH_NDR_H_

#include <mach/_base.h>

typedef struct {
	unsigned char mig_vers;
	unsigned char if_vers;
	unsigned char reserved1;
	unsigned char mig_encoding;
	unsigned char int_rep;
	unsigned char char_rep;
	unsigned char float_rep;
	unsigned char reserved2;
} NDR_record_t;

#define NDR_PROTOCOL_2_0 0
#define NDR_INT_BIG_ENDIAN 0
#define NDR_INT_LITTLE_ENDIAN 1
#define NDR_FLOAT_IEEE 0
#define NDR_FLOAT_VAX 1
#define NDR_FLOAT_CRAY 2
#define NDR_FLOAT_IBM 3
#define NDR_CHAR_ASCII 0
#define NDR_CHAR_EBCDIC 1

/* An initializer for NDR_record; ours. */
#define _MACH_NDR_RECORD_VALUE                                    \
	{                                                         \
		0, 0, 0, NDR_PROTOCOL_2_0, NDR_INT_LITTLE_ENDIAN, \
		    NDR_CHAR_ASCII, NDR_FLOAT_IEEE, 0             \
	}

__BEGIN_DECLS
extern NDR_record_t NDR_record;
__END_DECLS

#ifndef __NDR_convert__
#define __NDR_convert__ 0
#endif
#ifndef __NDR_convert__int_rep__
#define __NDR_convert__int_rep__ __NDR_convert__
#endif
#ifndef __NDR_convert__char_rep__
#define __NDR_convert__char_rep__ 0
#endif
#ifndef __NDR_convert__float_rep__
#define __NDR_convert__float_rep__ 0
#endif

_mach_assert(sizeof(NDR_record_t) == 8, "as in XNU");

#endif /* !_MACH_NDR_H_ */
