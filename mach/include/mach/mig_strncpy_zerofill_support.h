/*
 * That this file is there tells stubs made by MIG that they may call
 * mig_strncpy_zerofill().
 */
#ifndef _MACH_MIG_STRNCPY_ZEROFILL_SUPPORT_H_
#define _MACH_MIG_STRNCPY_ZEROFILL_SUPPORT_H_

#endif /* !_MACH_MIG_STRNCPY_ZEROFILL_SUPPORT_H_ */
