/*
 * The host.  MIG subsystem mach_host (200).  Not here: what its kernel's
 * zones, locks and modules are.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_host.defs, libsyscall/mach/host.c
 */
#ifndef _mach_host_user_
#define _mach_host_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>
#include <mach_debug/mach_debug_types.h>
#include <mach/mach_init.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t host_info(host_t host, host_flavor_t flavor,
    host_info_t host_info_out, mach_msg_type_number_t *host_info_outCnt);
extern kern_return_t host_kernel_version(
    host_t host, kernel_version_t kernel_version);
extern kern_return_t host_statistics(host_t host_priv, host_flavor_t flavor,
    host_info_t host_info_out, mach_msg_type_number_t *host_info_outCnt);
extern kern_return_t host_statistics64(host_t host_priv, host_flavor_t flavor,
    host_info64_t host_info64_out, mach_msg_type_number_t *host_info64_outCnt);
/* An array for every processor, all in one: vm_deallocate it. */
extern kern_return_t host_processor_info(host_t host, processor_flavor_t flavor,
    natural_t *out_processor_count, processor_info_array_t *out_processor_info,
    mach_msg_type_number_t *out_processor_infoCnt);

extern kern_return_t host_get_io_main(host_t host, io_main_t *io_main);
extern kern_return_t host_get_clock_service(
    host_t host, clock_id_t clock_id, clock_serv_t *clock_serv);
/* Once: HOST_NOTIFY_*. */
extern kern_return_t host_request_notification(
    host_t host, host_flavor_t notify_type, mach_port_t notify_port);

extern kern_return_t processor_set_default(
    host_t host, processor_set_name_t *default_set);
extern kern_return_t processor_set_create(
    host_t host, processor_set_t *new_set, processor_set_name_t *new_name);

extern kern_return_t mach_memory_object_memory_entry(host_t host,
    boolean_t internal, vm_size_t size, vm_prot_t permission,
    memory_object_t pager, mach_port_t *entry_handle);
extern kern_return_t mach_memory_object_memory_entry_64(host_t host,
    boolean_t internal, memory_object_size_t size, vm_prot_t permission,
    memory_object_t pager, mach_port_t *entry_handle);

extern kern_return_t host_create_mach_voucher(host_t host,
    mach_voucher_attr_raw_recipe_array_t recipes,
    mach_msg_type_number_t recipesCnt, ipc_voucher_t *voucher);
extern kern_return_t host_register_mach_voucher_attr_manager(host_t host,
    mach_voucher_attr_manager_t attr_manager,
    mach_voucher_attr_value_handle_t default_value,
    mach_voucher_attr_key_t *new_key,
    ipc_voucher_attr_control_t *new_attr_control);
extern kern_return_t host_register_well_known_mach_voucher_attr_manager(
    host_t host, mach_voucher_attr_manager_t attr_manager,
    mach_voucher_attr_value_handle_t default_value, mach_voucher_attr_key_t key,
    ipc_voucher_attr_control_t *new_attr_control);

extern kern_return_t host_set_atm_diagnostic_flag(
    host_t host, uint32_t diagnostic_flag);
extern kern_return_t host_get_atm_diagnostic_flag(
    host_t host, uint32_t *diagnostic_flag);
extern kern_return_t host_set_multiuser_config_flags(
    host_priv_t host_priv, uint32_t multiuser_flags);
extern kern_return_t host_get_multiuser_config_flags(
    host_t host, uint32_t *multiuser_flags);
extern kern_return_t host_check_multiuser_mode(
    host_t host, uint32_t *multiuser_mode);

__END_DECLS
#endif

#endif /* !_mach_host_user_ */
