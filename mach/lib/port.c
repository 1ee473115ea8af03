/*
 * The mach_port_* calls on names, rights and sets, each one trap.  Attributes
 * and guards are in port_attributes.c.
 */
#include <isthmus/mach_pollfd.h>
#include <mach/mach_port.h>
#include <mach/mach_traps.h>

#include "mach/lib/stub.h"

/*
 * Making names
 */

STUB_3(
    16, mach_port_allocate, ipc_space_t, mach_port_right_t, mach_port_name_t *)
STUB_3(3203, mach_port_allocate_name, ipc_space_t, mach_port_right_t,
    mach_port_name_t)
STUB_4(3219, mach_port_allocate_qos, ipc_space_t, mach_port_right_t,
    mach_port_qos_t *, mach_port_name_t *)
STUB_5(3220, mach_port_allocate_full, ipc_space_t, mach_port_right_t,
    mach_port_t, mach_port_qos_t *, mach_port_name_t *)
STUB_4(24, mach_port_construct, ipc_space_t, mach_port_options_ptr_t,
    mach_port_context_t, mach_port_name_t *)

mach_port_name_t
mach_reply_port(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(26));
}

/*
 * Rights of a name
 */

STUB_2(3205, mach_port_destroy, ipc_space_t, mach_port_name_t)
STUB_2(18, mach_port_deallocate, ipc_space_t, mach_port_name_t)
STUB_4(25, mach_port_destruct, ipc_space_t, mach_port_name_t, mach_port_delta_t,
    mach_port_context_t)
STUB_4(19, mach_port_mod_refs, ipc_space_t, mach_port_name_t, mach_port_right_t,
    mach_port_delta_t)
STUB_4(3207, mach_port_get_refs, ipc_space_t, mach_port_name_t,
    mach_port_right_t, mach_port_urefs_t *)
STUB_3(76, mach_port_type, ipc_space_t, mach_port_name_t, mach_port_type_t *)
STUB_5(3200, mach_port_names, ipc_space_t, mach_port_name_array_t *,
    mach_msg_type_number_t *, mach_port_type_array_t *,
    mach_msg_type_number_t *)
STUB_3(3202, mach_port_rename, ipc_space_t, mach_port_name_t, mach_port_name_t)
STUB_4(21, mach_port_insert_right, ipc_space_t, mach_port_name_t, mach_port_t,
    mach_msg_type_name_t)
STUB_5(3215, mach_port_extract_right, ipc_space_t, mach_port_name_t,
    mach_msg_type_name_t, mach_port_t *, mach_msg_type_name_t *)
STUB_7(77, mach_port_request_notification, ipc_space_t, mach_port_name_t,
    mach_msg_id_t, mach_port_mscount_t, mach_port_t, mach_msg_type_name_t,
    mach_port_t *)

/*
 * Sets
 */

STUB_3(
    20, mach_port_move_member, ipc_space_t, mach_port_name_t, mach_port_name_t)
STUB_3(22, mach_port_insert_member, ipc_space_t, mach_port_name_t,
    mach_port_name_t)
STUB_3(23, mach_port_extract_member, ipc_space_t, mach_port_name_t,
    mach_port_name_t)
STUB_4(3211, mach_port_get_set_status, ipc_space_t, mach_port_name_t,
    mach_port_name_array_t *, mach_msg_type_number_t *)
STUB_3(9002, mach_port_pollfd, ipc_space_t, mach_port_name_t, int *)
