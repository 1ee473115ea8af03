/*
 * Calls on the host, plain and privileged.
 */
#include <mach/host_priv.h>
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_init.h>
#include <mach/vm_page_size.h>

#include "mach/lib/trap.h"

kern_return_t
host_info(host_t host, host_flavor_t flavor, host_info_t info,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(200, host, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
host_kernel_version(host_t host, kernel_version_t version)
{
	return (MACH_TRAP(201, host, MACH_PTR(version)));
}

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

kern_return_t
_host_page_size(host_t host, vm_size_t *size)
{
	return (MACH_TRAP(202, host, MACH_PTR(size)));
}

kern_return_t
host_processor_info(host_t host, processor_flavor_t flavor,
    natural_t *processors, processor_info_array_t *info,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(204, host, flavor, MACH_PTR(processors),
	    MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
host_get_clock_service(host_t host, clock_id_t id, clock_serv_t *clock)
{
	return (MACH_TRAP(206, host, id, MACH_PTR(clock)));
}

kern_return_t
host_statistics(host_t host, host_flavor_t flavor, host_info_t info,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(216, host, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
host_statistics64(host_t host, host_flavor_t flavor, host_info64_t info,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(219, host, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
host_request_notification(host_t host, host_flavor_t type, mach_port_t port)
{
	return (MACH_TRAP(217, host, type, port));
}

kern_return_t
host_set_multiuser_config_flags(host_priv_t host, uint32_t flags)
{
	return (MACH_TRAP(228, host, flags));
}

kern_return_t
host_get_multiuser_config_flags(host_t host, uint32_t *flags)
{
	return (MACH_TRAP(229, host, MACH_PTR(flags)));
}

kern_return_t
host_check_multiuser_mode(host_t host, uint32_t *mode)
{
	return (MACH_TRAP(230, host, MACH_PTR(mode)));
}

/*
 * With the privileged port
 */

kern_return_t
host_reboot(host_priv_t host, int options)
{
	return (MACH_TRAP(401, host, options));
}

kern_return_t
host_get_special_port(host_priv_t host, int node, int which, mach_port_t *port)
{
	return (MACH_TRAP(412, host, node, which, MACH_PTR(port)));
}

kern_return_t
host_set_special_port(host_priv_t host, int which, mach_port_t port)
{
	return (MACH_TRAP(413, host, which, port));
}

kern_return_t
host_set_exception_ports(host_priv_t host, exception_mask_t mask,
    mach_port_t port, exception_behavior_t behavior,
    thread_state_flavor_t flavor)
{
	return (MACH_TRAP(414, host, mask, port, behavior, flavor));
}

kern_return_t
host_get_exception_ports(host_priv_t host, exception_mask_t mask,
    exception_mask_array_t masks, mach_msg_type_number_t *count,
    exception_handler_array_t ports, exception_behavior_array_t behaviors,
    exception_flavor_array_t flavors)
{
	return (MACH_TRAP(415, host, mask, MACH_PTR(masks), MACH_PTR(count),
	    MACH_PTR(ports), MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
host_swap_exception_ports(host_priv_t host, exception_mask_t mask,
    mach_port_t port, exception_behavior_t behavior,
    thread_state_flavor_t flavor, exception_mask_array_t masks,
    mach_msg_type_number_t *count, exception_handler_array_t ports,
    exception_behavior_array_t behaviors, exception_flavor_array_t flavors)
{
	return (MACH_TRAP(416, host, mask, port, behavior, flavor,
	    MACH_PTR(masks), MACH_PTR(count), MACH_PTR(ports),
	    MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
host_set_UNDServer(host_priv_t host, UNDServerRef server)
{
	return (MACH_TRAP(423, host, server));
}

kern_return_t
host_get_UNDServer(host_priv_t host, UNDServerRef *server)
{
	return (MACH_TRAP(424, host, MACH_PTR(server)));
}

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
