/*
 * What dtrace(1) sees, provider mach; the macros that fire most are in
 * os_types.h, where the core finds them.
 *
 *	trap-entry	number, name, arguments (uint64_t *), how many
 *	trap-return	number, name, result, errno of what was no trap
 *	port-create	port, kind (enum ipc_kobject_kind, 0: a task's), name
 *	port-destroy	port, kind, name; 0: no space had the receive right
 *	msg-send	port, msgh_id, msgh_size, pid (0: the kernel itself)
 *	msg-receive	port or set by name, msgh_id, msgh_size, sender's pid
 *
 * A port is an address, to be compared only; a message is sent when its rights
 * were taken from the sender, whether there is room for it or not.
 */
#include "mach/core/os.h"

SDT_PROVIDER_DEFINE(mach);
SDT_PROBE_DEFINE4(
    mach, , , trap__entry, "int", "char *", "uint64_t *", "unsigned int");
SDT_PROBE_DEFINE4(mach, , , trap__return, "int", "char *", "uint64_t", "int");
SDT_PROBE_DEFINE3(mach, , , port__create, "void *", "int", "uint32_t");
SDT_PROBE_DEFINE3(mach, , , port__destroy, "void *", "int", "uint32_t");
SDT_PROBE_DEFINE4(
    mach, , , msg__send, "void *", "int32_t", "uint32_t", "uint32_t");
SDT_PROBE_DEFINE4(
    mach, , , msg__receive, "uint32_t", "int32_t", "uint32_t", "uint32_t");
