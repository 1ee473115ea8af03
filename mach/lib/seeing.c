/*
 * What the host's tasks have and do: <isthmus/mach_seeing.h>.
 */
#include <isthmus/mach_seeing.h>

#include <stddef.h>

#include "mach/lib/trap.h"
#include "mach/lib/trap_table.h"

kern_return_t
mach_seeing_tasks(
    uint64_t after, mach_seeing_task_t **tasks, mach_msg_type_number_t *count)
{
	return (MACH_TRAP(9010, after, MACH_PTR(tasks), MACH_PTR(count)));
}

kern_return_t
mach_seeing_names(int pid, mach_port_name_t after, mach_seeing_name_t **names,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(9011, pid, after, MACH_PTR(names), MACH_PTR(count)));
}

kern_return_t
mach_seeing_members(int pid, mach_port_name_t set,
    mach_port_name_array_t *members, mach_msg_type_number_t *count)
{
	return (MACH_TRAP(9012, pid, set, MACH_PTR(members), MACH_PTR(count)));
}

kern_return_t
mach_seeing_traps(
    int pid, mach_seeing_trap_t **traps, mach_msg_type_number_t *count)
{
	return (MACH_TRAP(9013, pid, MACH_PTR(traps), MACH_PTR(count)));
}

kern_return_t
mach_seeing_totals(mach_seeing_totals_t *totals)
{
	return (MACH_TRAP(9014, MACH_PTR(totals)));
}

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
