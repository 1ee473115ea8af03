/*
 * Functions of the headers that the library makes of others, and those that
 * it has so that programs link: what they say.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bsm/audit_session.h>
#include <mach/clock_priv.h>
#include <mach/host_priv.h>
#include <mach/host_security.h>
#include <mach/mach_sync_ipc.h>
#include <mach/mach_voucher.h>
#include <mach/processor.h>
#include <mach/processor_set.h>
#include <mach/vm_region.h>

#include "tests/mach/rig.h"

static vm_address_t
memory(vm_size_t size)
{
	vm_address_t address = 0;

	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
	return (address);
}

CASE(a_region_is_told_with_offsets_of_32_bits)
{
	vm_address_t address = memory(4 * vm_page_size), at = address;
	vm_region_basic_info_data_t info;
	vm_region_basic_info_data_64_t wide;
	mach_msg_type_number_t n = VM_REGION_BASIC_INFO_COUNT;
	mach_port_t object = MACH_PORT_NULL;
	vm_size_t size = 0;

	memset(&info, 0xee, sizeof(info));
	OK(vm_region(SELF, &at, &size, VM_REGION_BASIC_INFO,
	    (vm_region_info_t)(void *)&info, &n, &object));
	IS(VM_REGION_BASIC_INFO_COUNT, n);
	ATF_CHECK(at <= address && at + size >= address + 4 * vm_page_size);
	IS(VM_PROT_READ | VM_PROT_WRITE, info.protection);
	n = VM_REGION_BASIC_INFO_COUNT_64;
	at = address;
	OK(vm_region(SELF, &at, &size, VM_REGION_BASIC_INFO_64,
	    (vm_region_info_t)(void *)&wide, &n, &object));
	IS(wide.inheritance, info.inheritance);
	IS(wide.shared, info.shared);
	IS((uint32_t)wide.offset, info.offset);
	n = VM_REGION_BASIC_INFO_COUNT - 1;
	IS(KERN_INVALID_ARGUMENT,
	    vm_region(SELF, &at, &size, VM_REGION_BASIC_INFO,
		(vm_region_info_t)(void *)&info, &n, &object));
	OK(vm_deallocate(SELF, address, 4 * vm_page_size));
}

CASE(a_list_of_regions_is_read)
{
	vm_address_t address = memory(2 * vm_page_size);
	vm_read_entry_t list;

	memset(list, 0, sizeof(list));
	memcpy((void *)address, "first", 6);
	memcpy((void *)(address + vm_page_size), "second", 7);
	list[0] = (struct vm_read_entry){ address, 6 };
	list[1] = (struct vm_read_entry){ address, 0 };
	list[2] = (struct vm_read_entry){ address + vm_page_size, 7 };
	OK(vm_read_list(SELF, list, 3));
	ATF_CHECK_STREQ("first", (char *)list[0].address);
	ATF_CHECK_STREQ("second", (char *)list[2].address);
	IS(0, list[1].address);
	OK(vm_deallocate(SELF, list[0].address, 6));
	OK(vm_deallocate(SELF, list[2].address, 7));
	/* What is not there is nothing; the others are. */
	list[0] = (struct vm_read_entry){ 16, 6 };
	list[1] = (struct vm_read_entry){ address, 6 };
	ATF_CHECK(vm_read_list(SELF, list, 2) != KERN_SUCCESS);
	IS(0, list[0].address);
	IS(0, list[0].size);
	ATF_CHECK_STREQ("first", (char *)list[1].address);
	OK(vm_deallocate(SELF, list[1].address, 6));
	IS(KERN_INVALID_ARGUMENT,
	    vm_read_list(SELF, list, VM_MAP_ENTRY_MAX + 1));
	OK(vm_deallocate(SELF, address, 2 * vm_page_size));
}

CASE(memory_is_mapped_again_with_less_protection)
{
	vm_address_t address = memory(vm_page_size), again = 0;
	vm_prot_t now = VM_PROT_READ, most = VM_PROT_READ;
	vm_region_basic_info_data_64_t info;
	mach_msg_type_number_t n = VM_REGION_BASIC_INFO_COUNT_64;
	mach_port_t object;
	vm_size_t size;
	kern_return_t kr;

	memcpy((void *)address, "again", 6);
	kr = vm_remap_new(SELF, &again, vm_page_size, 0, VM_FLAGS_ANYWHERE,
	    SELF, address, TRUE, &now, &most, VM_INHERIT_NONE);
	if (kr == KERN_NOT_SUPPORTED)
		atf_tc_skip("this host maps nothing again");
	OK(kr);
	ATF_CHECK_STREQ("again", (char *)again);
	IS(VM_PROT_READ, now);
	ATF_CHECK(most & VM_PROT_READ);
	OK(vm_region_64(SELF, &again, &size, VM_REGION_BASIC_INFO_64,
	    (vm_region_info_t)(void *)&info, &n, &object));
	IS(VM_PROT_READ, info.protection);
	OK(vm_deallocate(SELF, again, vm_page_size));
	/* More now than ever may be is no request. */
	now = VM_PROT_READ | VM_PROT_WRITE;
	most = VM_PROT_READ;
	IS(KERN_INVALID_ARGUMENT,
	    vm_remap_new(SELF, &again, vm_page_size, 0, VM_FLAGS_ANYWHERE, SELF,
		address, TRUE, &now, &most, VM_INHERIT_NONE));
	OK(vm_deallocate(SELF, address, vm_page_size));
}

CASE(a_map_of_64_bits_is_a_map)
{
	vm_address_t address = 0;
	memory_object_size_t size = vm_page_size;
	mach_port_t entry = MACH_PORT_NULL;

	OK(vm_map_64(SELF, &address, vm_page_size, 0, VM_FLAGS_ANYWHERE,
	    MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
	    VM_INHERIT_DEFAULT));
	*(char *)address = 1;
	/* The same routine as mach_make_memory_entry_64: as it says. */
	IS(mach_make_memory_entry_64(
	       SELF, &size, address, VM_PROT_READ, &entry, MACH_PORT_NULL),
	    _mach_make_memory_entry(
		SELF, &size, address, VM_PROT_READ, &entry, MACH_PORT_NULL));
	OK(vm_deallocate(SELF, address, vm_page_size));
}

CASE(older_names_do_what_their_successors_do)
{
	clock_serv_t clock = MACH_PORT_NULL;
	clock_res_t res = 0;
	host_load_info_data_t load;
	mach_msg_type_number_t n = HOST_LOAD_INFO_COUNT;
	natural_t state[THREAD_STATE_MAX];
	mach_msg_type_number_t words = THREAD_STATE_MAX;
	io_main_t port = MACH_PORT_NULL;
	char *name = NULL, *sub = NULL;

	OK(host_get_clock_service(mach_host_self(), SYSTEM_CLOCK, &clock));
	OK(clock_get_res(clock, &res));
	ATF_CHECK(res > 0);
	IS(KERN_NOT_SUPPORTED, clock_set_res(clock, 1));
	IS(host_statistics(
	       mach_host_self(), HOST_LOAD_INFO, (host_info_t)&load, &n),
	    host_priv_statistics(
		mach_host_self(), HOST_LOAD_INFO, (host_info_t)&load, &n));
	IS(thread_get_state(mach_thread_self(), 1, state, &words),
	    act_get_state(mach_thread_self(), 1, state, &words));
	ATF_CHECK(act_set_state(MACH_PORT_NULL, 1, state, 0) != KERN_SUCCESS);
	IS(KERN_NOT_SUPPORTED, host_get_io_master(mach_host_self(), &port));
	slot_name(CPU_TYPE_X86_64, CPU_SUBTYPE_X86_64_ALL, &name, &sub);
	ATF_CHECK_STREQ("x86_64", name);
	ATF_CHECK_STREQ("all", sub);
	slot_name(CPU_TYPE_ARM64, CPU_SUBTYPE_ARM64_V8, &name, &sub);
	ATF_CHECK_STREQ("arm64", name);
	ATF_CHECK_STREQ("unknown", sub);
	slot_name(99, 0, &name, &sub);
	ATF_CHECK_STREQ("unknown", name);
}

CASE(no_thread_has_a_voucher)
{
	mach_msg_header_t h, before;
	mach_msg_aux_header_t aux;

	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	before = h;
	IS(FALSE, voucher_mach_msg_set(&h));
	voucher_mach_msg_clear(&h);
	ATF_CHECK(
	    voucher_mach_msg_adopt(&h) == VOUCHER_MACH_MSG_STATE_UNCHANGED);
	voucher_mach_msg_revert(VOUCHER_MACH_MSG_STATE_UNCHANGED);
	IS(0, voucher_mach_msg_fill_aux(&aux, sizeof(aux)));
	IS(FALSE, voucher_mach_msg_fill_aux_supported());
	IS(0, memcmp(&before, &h, sizeof(h)));
}

/* Functions of rows that nobody serves, of one of each kind of object. */
CASE(what_is_there_to_be_linked_refuses)
{
	mach_port_t out = MACH_PORT_NULL;
	task_suspension_token_t token = MACH_PORT_NULL;
	processor_set_name_t set = MACH_PORT_NULL;
	vm_address_t address = 0;
	vm_size_t size = 0;
	natural_t depth = 0;
	mach_msg_type_number_t n = 0;
	mach_port_array_t list = NULL;
	mach_timespec_t time = { 1, 2 };
	security_token_t security = { { 0 } };
	audit_token_t audit = { { 0 } };
	boolean_t effect = TRUE;
	natural_t info[64];

	IS(KERN_NOT_SUPPORTED, task_suspend2(SELF, &token));
	IS(KERN_NOT_SUPPORTED, task_resume2(token));
	IS(KERN_NOT_SUPPORTED, thread_create(SELF, &out));
	IS(KERN_NOT_SUPPORTED, thread_assign_default(mach_thread_self()));
	IS(KERN_NOT_SUPPORTED, lock_set_create(SELF, &out, 1, 0));
	IS(KERN_NOT_SUPPORTED, processor_set_default(mach_host_self(), &set));
	IS(KERN_NOT_SUPPORTED, processor_set_destroy(set));
	IS(KERN_NOT_SUPPORTED, processor_start(MACH_PORT_NULL));
	IS(KERN_NOT_SUPPORTED, host_processors(mach_host_self(), &list, &n));
	IS(KERN_NOT_SUPPORTED, clock_set_time(MACH_PORT_NULL, time));
	IS(KERN_NOT_SUPPORTED,
	    host_security_create_task_token(MACH_PORT_NULL, SELF, security,
		audit, mach_host_self(), NULL, 0, FALSE, &out));
	IS(KERN_NOT_SUPPORTED,
	    vm_region_recurse_64(SELF, &address, &size, &depth,
		(vm_region_recurse_info_t)(void *)info, &n));
	IS(KERN_NOT_SUPPORTED, mach_sync_ipc_link_monitoring_start(&out));
	IS(MACH_PORT_DEAD, out);
	IS(KERN_NOT_SUPPORTED,
	    mach_sync_ipc_link_monitoring_stop(out, &effect));
	IS(FALSE, effect);
	ATF_CHECK(list == NULL && token == MACH_PORT_NULL && address == 0);
}

CASE(there_are_no_audit_sessions)
{
	mach_port_name_t name = MACH_PORT_NULL;

	errno = 0;
	IS(MACH_PORT_NULL, audit_session_self());
	IS(ENOSYS, errno);
	errno = 0;
	IS(-1, audit_session_join(SELF));
	IS(ENOSYS, errno);
	errno = 0;
	IS(-1, audit_session_port(0, &name));
	IS(ENOSYS, errno);
}

CASE(the_kernel_signs_as_nobody)
{
	const security_token_t security = KERNEL_SECURITY_TOKEN_VALUE;
	const audit_token_t audit = KERNEL_AUDIT_TOKEN_VALUE;

	IS(0, memcmp(&security, &KERNEL_SECURITY_TOKEN, sizeof(security)));
	IS(0, memcmp(&audit, &KERNEL_AUDIT_TOKEN, sizeof(audit)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_region_is_told_with_offsets_of_32_bits);
	ATF_TP_ADD_TC(tp, a_list_of_regions_is_read);
	ATF_TP_ADD_TC(tp, memory_is_mapped_again_with_less_protection);
	ATF_TP_ADD_TC(tp, a_map_of_64_bits_is_a_map);
	ATF_TP_ADD_TC(tp, older_names_do_what_their_successors_do);
	ATF_TP_ADD_TC(tp, no_thread_has_a_voucher);
	ATF_TP_ADD_TC(tp, what_is_there_to_be_linked_refuses);
	ATF_TP_ADD_TC(tp, there_are_no_audit_sessions);
	ATF_TP_ADD_TC(tp, the_kernel_signs_as_nobody);
	return (atf_no_error());
}
