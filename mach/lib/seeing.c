/*
 * What the host's tasks have and do: <isthmus/mach_seeing.h>.
 */
#include <isthmus/mach_seeing.h>

#include <stddef.h>

#include "mach/lib/stub.h"
#include "mach/lib/trap_table.h"

STUB_3(9010, mach_seeing_tasks, uint64_t, mach_seeing_task_t **,
    mach_msg_type_number_t *)
STUB_4(9011, mach_seeing_names, int, mach_port_name_t, mach_seeing_name_t **,
    mach_msg_type_number_t *)
STUB_4(9012, mach_seeing_members, int, mach_port_name_t,
    mach_port_name_array_t *, mach_msg_type_number_t *)
STUB_3(9013, mach_seeing_traps, int, mach_seeing_trap_t **,
    mach_msg_type_number_t *)
STUB_1(9014, mach_seeing_totals, mach_seeing_totals_t *)

boolean_t
mach_seeing_embedded(void)
{
	/* It is chosen by then, and tracing leaves this one as it is. */
	(void)mach_transport->names();
	return (mach_transport->names == mach_transport_embedded.names);
}

const char *
mach_seeing_trap_name(int number)
{
	const struct mach_trap_row *row = mach_trap_row(number);

	return (row != NULL ? row->name : NULL);
}
