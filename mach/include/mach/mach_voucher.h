/*
 * Vouchers.  MIG subsystem mach_voucher (5400).
 * Facts: xnu-11417.101.15 osfmk/mach/mach_voucher.defs
 */
#ifndef _mach_voucher_user_
#define _mach_voucher_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t mach_voucher_extract_attr_content(ipc_voucher_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_content_t content,
    mach_msg_type_number_t *contentCnt);
extern kern_return_t mach_voucher_extract_attr_recipe(ipc_voucher_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_raw_recipe_t recipe,
    mach_msg_type_number_t *recipeCnt);
extern kern_return_t mach_voucher_extract_all_attr_recipes(
    ipc_voucher_t voucher, mach_voucher_attr_raw_recipe_array_t recipes,
    mach_msg_type_number_t *recipesCnt);
extern kern_return_t mach_voucher_attr_command(ipc_voucher_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_command_t command,
    mach_voucher_attr_content_t in_content,
    mach_msg_type_number_t in_contentCnt,
    mach_voucher_attr_content_t out_content,
    mach_msg_type_number_t *out_contentCnt);
extern kern_return_t mach_voucher_debug_info(ipc_space_read_t task,
    mach_port_name_t voucher_name, mach_voucher_attr_raw_recipe_array_t recipes,
    mach_msg_type_number_t *recipesCnt);

__END_DECLS
#endif

#endif /* !_mach_voucher_user_ */
