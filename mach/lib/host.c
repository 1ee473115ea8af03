/*
 * Calls on the host, plain and privileged.
 */
#include <mach/host_priv.h>
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_init.h>
#include <mach/vm_page_size.h>

#include "mach/lib/stub.h"

STUB_4(200, host_info, host_t, host_flavor_t, host_info_t,
    mach_msg_type_number_t *)
STUB_2(201, host_kernel_version, host_t, kernel_version_t)

/* Known without asking, and so of any host, as in XNU. */
kern_return_t
host_page_size(host_t host, vm_size_t *size)
{
	(void)host;
	*size = vm_kernel_page_size;
	return (KERN_SUCCESS);
}

/* In no public header. */
extern kern_return_t _host_page_size(host_t host, vm_size_t *size);

STUB_2(202, _host_page_size, host_t, vm_size_t *)
STUB_5(204, host_processor_info, host_t, processor_flavor_t, natural_t *,
    processor_info_array_t *, mach_msg_type_number_t *)
STUB_3(206, host_get_clock_service, host_t, clock_id_t, clock_serv_t *)
STUB_4(216, host_statistics, host_t, host_flavor_t, host_info_t,
    mach_msg_type_number_t *)
STUB_4(219, host_statistics64, host_t, host_flavor_t, host_info64_t,
    mach_msg_type_number_t *)
STUB_3(217, host_request_notification, host_t, host_flavor_t, mach_port_t)
STUB_2(228, host_set_multiuser_config_flags, host_priv_t, uint32_t)
STUB_2(229, host_get_multiuser_config_flags, host_t, uint32_t *)
STUB_2(230, host_check_multiuser_mode, host_t, uint32_t *)

/*
 * With the privileged port
 */

STUB_2(401, host_reboot, host_priv_t, int)
STUB_4(412, host_get_special_port, host_priv_t, int, int, mach_port_t *)
STUB_3(413, host_set_special_port, host_priv_t, int, mach_port_t)
STUB_5(414, host_set_exception_ports, host_priv_t, exception_mask_t,
    mach_port_t, exception_behavior_t, thread_state_flavor_t)
STUB_7(415, host_get_exception_ports, host_priv_t, exception_mask_t,
    exception_mask_array_t, mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)
STUB_10(416, host_swap_exception_ports, host_priv_t, exception_mask_t,
    mach_port_t, exception_behavior_t, thread_state_flavor_t,
    exception_mask_array_t, mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)

STUB_2(423, host_set_UNDServer, host_priv_t, UNDServerRef)
STUB_2(424, host_get_UNDServer, host_priv_t, UNDServerRef *)

kern_return_t
host_priv_statistics(host_priv_t host, host_flavor_t flavor, host_info_t info,
    mach_msg_type_number_t *count)
{
	return (host_statistics(host, flavor, info, count));
}

/* An older name. */
kern_return_t
host_get_io_master(host_t host, io_main_t *port)
{
	return (host_get_io_main(host, port));
}

/* For texts: the names of a kind of processor, which are not to be freed. */
void
slot_name(cpu_type_t type, cpu_subtype_t subtype, char **name, char **subname)
{
	static char unknown[] = "unknown", x86_64[] = "x86_64";
	static char i386[] = "i386", arm64[] = "arm64", arm[] = "arm";
	static char all[] = "all";

	switch (type) {
	case CPU_TYPE_X86_64:
		*name = x86_64;
		break;
	case CPU_TYPE_I386:
		*name = i386;
		break;
	case CPU_TYPE_ARM64:
		*name = arm64;
		break;
	case CPU_TYPE_ARM:
		*name = arm;
		break;
	default:
		*name = unknown;
		break;
	}
	subtype &= (cpu_subtype_t)~CPU_SUBTYPE_MASK;
	*subname = subtype == (*name == x86_64 || *name == i386
				      ? CPU_SUBTYPE_X86_ALL
				      : CPU_SUBTYPE_ARM_ALL) &&
			   *name != unknown
		       ? all
		       : unknown;
}
