/*
 * Memory by mach_vm_*, memory entries and what is mapped of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_vm.h>

#include "tests/mach/rig.h"

#define BIG (UINT64_C(1) << 20)

/*
 * Getting and giving back
 */

CASE(allocated_memory_is_zero_and_writable)
{
	static const uint64_t sizes[] = { 1, 4096, 65536, BIG, BIG + 1 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t address = rig_memory_allocate(sizes[i]);

		IS(0, address & vm_page_mask);
		ATF_CHECK(rig_filled(address, sizes[i], 0));
		rig_fill(address, sizes[i], 1);
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
	}
}

CASE(allocating_nothing_succeeds_at_0)
{
	mach_vm_address_t address = 4711;

	OK(mach_vm_allocate(SELF, &address, 0, VM_FLAGS_ANYWHERE));
	IS(0, address);
	OK(mach_vm_deallocate(SELF, 0, 0));
}

CASE(a_fixed_address_must_be_free_unless_it_is_overwritten)
{
	mach_vm_address_t address = rig_memory_allocate(BIG), there = address;

	rig_fill(address, BIG, 1);
	IS(KERN_NO_SPACE,
	    mach_vm_allocate(SELF, &there, vm_page_size, VM_FLAGS_FIXED));
	ATF_CHECK(rig_filled(address, BIG, 1));
	OK(mach_vm_allocate(
	    SELF, &there, vm_page_size, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE));
	IS(address, there);
	ATF_CHECK(rig_filled(address, vm_page_size, 0));
	ATF_CHECK(rig_filled(address + vm_page_size, BIG - vm_page_size, 1));
	OK(mach_vm_deallocate(SELF, address, BIG));
	OK(mach_vm_allocate(SELF, &there, BIG, VM_FLAGS_FIXED));
	IS(address, there);
}

CASE(unknown_flags_and_sizes_that_wrap_are_refused)
{
	mach_vm_address_t address = 0;

	IS(KERN_INVALID_ARGUMENT,
	    mach_vm_allocate(SELF, &address, 4096, VM_FLAGS_ANYWHERE | 0x800));
	IS(KERN_INVALID_ARGUMENT,
	    mach_vm_allocate(SELF, &address, UINT64_MAX, VM_FLAGS_ANYWHERE));
	IS(KERN_INVALID_ARGUMENT, mach_vm_deallocate(SELF, 4096, UINT64_MAX));
	IS(KERN_NO_SPACE, mach_vm_allocate(SELF, &address, UINT64_C(1) << 60,
			      VM_FLAGS_ANYWHERE));
}

CASE(protection_is_what_it_was_set_to)
{
	uint64_t address = rig_memory_allocate(BIG);
	int null = open("/dev/zero", O_RDONLY);

	OK(mach_vm_protect(SELF, address, BIG, FALSE, VM_PROT_READ));
	/* The kernel's own access to it tells. */
	IS(-1, read(null, (void *)(uintptr_t)address, 1));
	IS(EFAULT, errno);
	OK(mach_vm_protect(SELF, address, BIG, FALSE, VM_PROT_DEFAULT));
	IS(1, read(null, (void *)(uintptr_t)address, 1));
	close(null);
	OK(mach_vm_deallocate(SELF, address, BIG));
	IS(KERN_INVALID_ADDRESS,
	    mach_vm_protect(SELF, address, BIG, FALSE, VM_PROT_READ));
	IS(KERN_INVALID_ARGUMENT,
	    mach_vm_protect(SELF, address, BIG, FALSE, 0x4000));
}

/*
 * Copies
 */

CASE(what_is_read_is_a_copy)
{
	static const uint64_t sizes[] = { 5000, BIG };
	mach_msg_type_number_t count;
	vm_offset_t data;
	size_t i;

	for (i = 0; i < 2; i++) {
		uint64_t address = rig_memory_allocate(sizes[i]);

		rig_fill(address, sizes[i], 1);
		OK(mach_vm_read(SELF, address, sizes[i], &data, &count));
		IS(sizes[i], count);
		rig_fill(address, sizes[i], 2);
		ATF_CHECK(rig_filled(data, sizes[i], 1));
		rig_fill(data, sizes[i], 3);
		ATF_CHECK(rig_filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, data, count));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
		IS(KERN_INVALID_ADDRESS,
		    mach_vm_read(SELF, address, sizes[i], &data, &count));
	}
}

CASE(memory_is_written_copied_and_read_in_place)
{
	uint64_t address = rig_memory_allocate(BIG);
	mach_vm_size_t size = 0;
	uint8_t buffer[256], back[256];
	int i;

	for (i = 0; i < 256; i++)
		buffer[i] = (uint8_t)i;
	OK(mach_vm_write(SELF, address + 10, (vm_offset_t)buffer, 256));
	OK(mach_vm_copy(SELF, address + 10, 256, address + 5000));
	OK(mach_vm_read_overwrite(SELF, address + 5000, 256,
	    (mach_vm_address_t)(uintptr_t)back, &size));
	IS(256, size);
	IS(0, memcmp(buffer, back, 256));
	/* Over itself, both ways. */
	OK(mach_vm_copy(SELF, address + 10, 256, address + 11));
	IS(0, memcmp((void *)(uintptr_t)(address + 11), buffer, 256));
	OK(mach_vm_copy(SELF, address + 11, 256, address + 10));
	IS(0, memcmp((void *)(uintptr_t)(address + 10), buffer, 256));
	IS(KERN_INVALID_ADDRESS, mach_vm_copy(SELF, 8, 256, address));
	IS(KERN_INVALID_ADDRESS,
	    mach_vm_write(SELF, 8, (vm_offset_t)buffer, 256));
}

/*
 * Memory entries, and mapping
 */

static mach_port_t
entry_create(memory_object_size_t *size, uint64_t address, vm_prot_t permission)
{
	mach_port_t entry = MACH_PORT_NULL;

	OK(mach_make_memory_entry_64(
	    SELF, size, address, permission, &entry, MACH_PORT_NULL));
	ATF_REQUIRE(MACH_PORT_VALID(entry));
	return (entry);
}

static kern_return_t
map_entry(mach_vm_address_t *address, mach_port_t entry, boolean_t copy,
    vm_prot_t protection)
{
	*address = 0;
	return (mach_vm_map(SELF, address, BIG, 0, VM_FLAGS_ANYWHERE, entry, 0,
	    copy, protection, protection, VM_INHERIT_DEFAULT));
}

CASE(an_entry_is_the_same_memory_wherever_it_is_mapped)
{
	mach_vm_address_t a, b, c;
	memory_object_size_t size = BIG;
	mach_port_t entry =
	    entry_create(&size, 0, MAP_MEM_NAMED_CREATE | VM_PROT_DEFAULT);

	IS(BIG, size);
	OK(map_entry(&a, entry, FALSE, VM_PROT_DEFAULT));
	OK(map_entry(&b, entry, FALSE, VM_PROT_DEFAULT));
	rig_fill(a, BIG, 1);
	ATF_CHECK(rig_filled(b, BIG, 1));
	OK(map_entry(&c, entry, TRUE, VM_PROT_DEFAULT));
	rig_fill(c, BIG, 2);
	ATF_CHECK(rig_filled(b, BIG, 1));
	/* The mappings outlive it. */
	OK(mach_port_deallocate(SELF, entry));
	IS(0, rig_type(entry));
	rig_fill(b, BIG, 3);
	ATF_CHECK(rig_filled(a, BIG, 3));
}

CASE(an_entry_allows_what_it_was_made_for)
{
	mach_vm_address_t a;
	memory_object_size_t size = BIG;
	mach_port_t entry =
	    entry_create(&size, 0, MAP_MEM_NAMED_CREATE | VM_PROT_READ);
	mach_port_t part = MACH_PORT_NULL;

	IS(KERN_INVALID_RIGHT, map_entry(&a, entry, FALSE, VM_PROT_DEFAULT));
	OK(map_entry(&a, entry, FALSE, VM_PROT_READ));
	/* A part of it allows no more, and is no longer. */
	size = BIG / 2;
	OK(mach_make_memory_entry_64(
	    SELF, &size, BIG / 2, VM_PROT_DEFAULT, &part, entry));
	IS(KERN_INVALID_ARGUMENT, map_entry(&a, part, FALSE, VM_PROT_READ));
	size = BIG;
	IS(KERN_INVALID_ARGUMENT, mach_make_memory_entry_64(SELF, &size,
				      BIG / 2, VM_PROT_READ, &part, entry));
	IS(KERN_INVALID_ARGUMENT, map_entry(&a, SELF, FALSE, VM_PROT_READ));
}

CASE(an_entry_of_memory_is_a_copy_or_the_memory_itself)
{
	uint64_t address = rig_memory_allocate(BIG);
	memory_object_size_t size = BIG;
	mach_port_name_t port = rig_port();
	mach_port_t copy, share;
	mach_vm_address_t a;
	uint64_t got;

	rig_fill(address, BIG, 1);
	copy = entry_create(&size, address, MAP_MEM_VM_COPY | VM_PROT_DEFAULT);
	share =
	    entry_create(&size, address, MAP_MEM_VM_SHARE | VM_PROT_DEFAULT);
	rig_fill(address, BIG, 2);
	OK(map_entry(&a, copy, FALSE, VM_PROT_READ));
	ATF_CHECK(rig_filled(a, BIG, 1));
	OK(map_entry(&a, share, FALSE, VM_PROT_DEFAULT));
	ATF_CHECK(rig_filled(a, BIG, 2));
	rig_fill(a, BIG, 3);
	ATF_CHECK(rig_filled(address, BIG, 3));
	/* It stays shared when it is sent, and what is sent is a copy. */
	IS(0, rig_memory_send(port, address, BIG, FALSE));
	rig_fill(a, BIG, 4);
	ATF_CHECK(rig_filled(address, BIG, 4));
	got = rig_memory_receive(port, BIG);
	ATF_CHECK(rig_filled(got, BIG, 3));
	IS(0, rig_memory_send(port, address, BIG, TRUE));
	rig_fill(a, BIG, 5);
	got = rig_memory_receive(port, BIG);
	ATF_CHECK(rig_filled(got, BIG, 4));
}

CASE(memory_is_mapped_again_as_a_copy_or_as_itself)
{
	uint64_t address = rig_memory_allocate(BIG);
	mach_vm_address_t share = 0, copy = 0;
	vm_prot_t now, most;

	rig_fill(address, BIG, 1);
	OK(mach_vm_remap(SELF, &share, BIG, 0, VM_FLAGS_ANYWHERE, SELF, address,
	    FALSE, &now, &most, VM_INHERIT_DEFAULT));
	IS(VM_PROT_DEFAULT, now);
	OK(mach_vm_remap(SELF, &copy, BIG, 0, VM_FLAGS_ANYWHERE, SELF, address,
	    TRUE, &now, &most, VM_INHERIT_DEFAULT));
	rig_fill(share, BIG, 2);
	ATF_CHECK(rig_filled(address, BIG, 2));
	ATF_CHECK(rig_filled(copy, BIG, 1));
	IS(KERN_INVALID_ADDRESS,
	    mach_vm_remap(SELF, &copy, BIG, 0, VM_FLAGS_ANYWHERE, SELF, 4096,
		TRUE, &now, &most, VM_INHERIT_DEFAULT));
}

CASE(a_mask_aligns)
{
	mach_vm_address_t address = 0;

	OK(mach_vm_map(SELF, &address, BIG, (8 << 20) - 1, VM_FLAGS_ANYWHERE,
	    MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
	    VM_INHERIT_DEFAULT));
	IS(0, address & ((8 << 20) - 1));
	rig_fill(address, BIG, 1);
	OK(mach_vm_deallocate(SELF, address, BIG));
}

CASE(regions_are_told_one_after_the_other)
{
	uint64_t address = rig_memory_allocate(BIG);
	vm_region_basic_info_data_64_t info;
	mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
	mach_vm_address_t at = address + 4096;
	mach_vm_size_t size;
	mach_port_t object;

	OK(mach_vm_protect(SELF, address, BIG, FALSE, VM_PROT_READ));
	OK(mach_vm_region(SELF, &at, &size, VM_REGION_BASIC_INFO_64,
	    (vm_region_info_t)&info, &count, &object));
	ATF_CHECK(at <= address + 4096 && at + size >= address + BIG);
	IS(VM_PROT_READ, info.protection);
	at = UINT64_MAX - 4096;
	IS(KERN_INVALID_ADDRESS,
	    mach_vm_region(SELF, &at, &size, VM_REGION_BASIC_INFO_64,
		(vm_region_info_t)&info, &count, &object));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, allocated_memory_is_zero_and_writable);
	ATF_TP_ADD_TC(tp, allocating_nothing_succeeds_at_0);
	ATF_TP_ADD_TC(
	    tp, a_fixed_address_must_be_free_unless_it_is_overwritten);
	ATF_TP_ADD_TC(tp, unknown_flags_and_sizes_that_wrap_are_refused);
	ATF_TP_ADD_TC(tp, protection_is_what_it_was_set_to);
	ATF_TP_ADD_TC(tp, what_is_read_is_a_copy);
	ATF_TP_ADD_TC(tp, memory_is_written_copied_and_read_in_place);
	ATF_TP_ADD_TC(tp, an_entry_is_the_same_memory_wherever_it_is_mapped);
	ATF_TP_ADD_TC(tp, an_entry_allows_what_it_was_made_for);
	ATF_TP_ADD_TC(tp, an_entry_of_memory_is_a_copy_or_the_memory_itself);
	ATF_TP_ADD_TC(tp, memory_is_mapped_again_as_a_copy_or_as_itself);
	ATF_TP_ADD_TC(tp, a_mask_aligns);
	ATF_TP_ADD_TC(tp, regions_are_told_one_after_the_other);
	return (atf_no_error());
}
