/*
 * Vouchers: there are none, and the system says so.
 */
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_traps.h>
#include <mach/mach_voucher.h>

#include "mach/lib/stub.h"

STUB_4(70, host_create_mach_voucher, host_t,
    mach_voucher_attr_raw_recipe_array_t, mach_voucher_attr_recipe_size_t,
    ipc_voucher_t *)
STUB_4(72, mach_voucher_extract_attr_recipe, ipc_voucher_t,
    mach_voucher_attr_key_t, mach_voucher_attr_raw_recipe_t,
    mach_msg_type_number_t *)
STUB_7(5403, mach_voucher_attr_command, ipc_voucher_t, mach_voucher_attr_key_t,
    mach_voucher_attr_command_t, mach_voucher_attr_content_t,
    mach_msg_type_number_t, mach_voucher_attr_content_t,
    mach_msg_type_number_t *)
STUB_4(5404, mach_voucher_debug_info, ipc_space_t, mach_port_name_t,
    mach_voucher_attr_raw_recipe_array_t, mach_msg_type_number_t *)
STUB_4(5400, mach_voucher_extract_attr_content, ipc_voucher_t,
    mach_voucher_attr_key_t, mach_voucher_attr_content_t,
    mach_msg_type_number_t *)
STUB_3(5402, mach_voucher_extract_all_attr_recipes, ipc_voucher_t,
    mach_voucher_attr_raw_recipe_array_t, mach_msg_type_number_t *)

/*
 * The voucher that a thread acts under: none, as with XNU's library where no
 * voucher library is loaded.
 */

boolean_t
voucher_mach_msg_set(mach_msg_header_t *msg)
{
	(void)msg;
	return (FALSE);
}

void
voucher_mach_msg_clear(mach_msg_header_t *msg)
{
	(void)msg;
}

voucher_mach_msg_state_t
voucher_mach_msg_adopt(mach_msg_header_t *msg)
{
	(void)msg;
	return (VOUCHER_MACH_MSG_STATE_UNCHANGED);
}

void
voucher_mach_msg_revert(voucher_mach_msg_state_t state)
{
	(void)state;
}

mach_msg_size_t
voucher_mach_msg_fill_aux(mach_msg_aux_header_t *aux, mach_msg_size_t size)
{
	(void)aux;
	(void)size;
	return (0);
}

boolean_t
voucher_mach_msg_fill_aux_supported(void)
{
	return (FALSE);
}
