/*
 * That this file is there tells stubs made by MIG that they may call
 * voucher_mach_msg_set().
 */
#ifndef _MACH_MIG_VOUCHER_SUPPORT_H_
#define _MACH_MIG_VOUCHER_SUPPORT_H_

#endif /* !_MACH_MIG_VOUCHER_SUPPORT_H_ */
