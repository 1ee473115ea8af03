/*
 * Vouchers: there are none, and the system says so.
 */
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_traps.h>
#include <mach/mach_voucher.h>

#include "mach/lib/trap.h"

kern_return_t
host_create_mach_voucher(host_t host,
    mach_voucher_attr_raw_recipe_array_t recipes,
    mach_voucher_attr_recipe_size_t size, ipc_voucher_t *voucher)
{
	return (
	    MACH_TRAP(70, host, MACH_PTR(recipes), size, MACH_PTR(voucher)));
}

kern_return_t
mach_voucher_extract_attr_recipe(ipc_voucher_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_raw_recipe_t recipe,
    mach_msg_type_number_t *size)
{
	return (MACH_TRAP(72, voucher, key, MACH_PTR(recipe), MACH_PTR(size)));
}

kern_return_t
mach_voucher_attr_command(ipc_voucher_t voucher, mach_voucher_attr_key_t key,
    mach_voucher_attr_command_t command, mach_voucher_attr_content_t in_content,
    mach_msg_type_number_t in_size, mach_voucher_attr_content_t out_content,
    mach_msg_type_number_t *out_size)
{
	return (MACH_TRAP(5403, voucher, key, command, MACH_PTR(in_content),
	    in_size, MACH_PTR(out_content), MACH_PTR(out_size)));
}

kern_return_t
mach_voucher_debug_info(ipc_space_t task, mach_port_name_t voucher,
    mach_voucher_attr_raw_recipe_array_t recipes, mach_msg_type_number_t *size)
{
	return (
	    MACH_TRAP(5404, task, voucher, MACH_PTR(recipes), MACH_PTR(size)));
}

kern_return_t
mach_voucher_extract_attr_content(ipc_voucher_t voucher,
    mach_voucher_attr_key_t key, mach_voucher_attr_content_t content,
    mach_msg_type_number_t *size)
{
	return (
	    MACH_TRAP(5400, voucher, key, MACH_PTR(content), MACH_PTR(size)));
}

kern_return_t
mach_voucher_extract_all_attr_recipes(ipc_voucher_t voucher,
    mach_voucher_attr_raw_recipe_array_t recipes, mach_msg_type_number_t *size)
{
	return (MACH_TRAP(5402, voucher, MACH_PTR(recipes), MACH_PTR(size)));
}

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
