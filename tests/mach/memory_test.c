/*
 * Memory by mach_vm_*, and out of line: what one side writes, the other never
 * sees, however the copy came about.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach_vm.h>

#include "tests/mach/rig.h"

#define BIG (UINT64_C(1) << 20)

static uint64_t
allocate(uint64_t size)
{
	mach_vm_address_t address = 0;

	OK(mach_vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
	ATF_REQUIRE(address != 0);
	return (address);
}

static void
fill(uint64_t address, uint64_t size, int with)
{
	memset((void *)(uintptr_t)address, with, size);
}

static bool
filled(uint64_t address, uint64_t size, int with)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)address;
	uint64_t i;

	for (i = 0; i < size; i++) {
		if (p[i] != with)
			return (false);
	}
	return (true);
}

struct memory_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t memory;
	mach_msg_trailer_t trailer;
};

static struct memory_msg
message_of(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate)
{
	return ((struct memory_msg){
		.header = {
			.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
			.msgh_remote_port = to,
		},
		.body = { 1 },
		.memory = {
			.address = (void *)(uintptr_t)address,
			.size = (mach_msg_size_t)size,
			.deallocate = deallocate,
			.copy = MACH_MSG_VIRTUAL_COPY,
			.type = MACH_MSG_OOL_DESCRIPTOR,
		},
	});
}

/* Sends it if there is room. */
static mach_msg_return_t
send_now(struct memory_msg *m)
{
	return (mach_msg(&m->header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    offsetof(struct memory_msg, trailer), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

static mach_msg_return_t
send_memory(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate)
{
	struct memory_msg m = message_of(to, address, size, deallocate);

	return (send_now(&m));
}

static uint64_t
receive_memory(mach_port_t port, uint64_t size)
{
	struct memory_msg m;

	IS(MACH_MSG_SUCCESS,
	    mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
		port, 0, MACH_PORT_NULL));
	IS(size, m.memory.size);
	IS(TRUE, m.memory.deallocate);
	return ((uint64_t)(uintptr_t)m.memory.address);
}

/*
 * Getting and giving back
 */

CASE(allocated_memory_is_zero_and_writable)
{
	static const uint64_t sizes[] = { 1, 4096, 65536, BIG, BIG + 1 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t address = allocate(sizes[i]);

		IS(0, address & vm_page_mask);
		ATF_CHECK(filled(address, sizes[i], 0));
		fill(address, sizes[i], 1);
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
	mach_vm_address_t address = allocate(BIG), there = address;

	fill(address, BIG, 1);
	IS(KERN_NO_SPACE,
	    mach_vm_allocate(SELF, &there, vm_page_size, VM_FLAGS_FIXED));
	ATF_CHECK(filled(address, BIG, 1));
	OK(mach_vm_allocate(
	    SELF, &there, vm_page_size, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE));
	IS(address, there);
	ATF_CHECK(filled(address, vm_page_size, 0));
	ATF_CHECK(filled(address + vm_page_size, BIG - vm_page_size, 1));
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
	uint64_t address = allocate(BIG);
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
		uint64_t address = allocate(sizes[i]);

		fill(address, sizes[i], 1);
		OK(mach_vm_read(SELF, address, sizes[i], &data, &count));
		IS(sizes[i], count);
		fill(address, sizes[i], 2);
		ATF_CHECK(filled(data, sizes[i], 1));
		fill(data, sizes[i], 3);
		ATF_CHECK(filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, data, count));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
		IS(KERN_INVALID_ADDRESS,
		    mach_vm_read(SELF, address, sizes[i], &data, &count));
	}
}

CASE(memory_is_written_copied_and_read_in_place)
{
	uint64_t address = allocate(BIG);
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
 * Out of line
 */

CASE(a_message_has_the_bytes_of_when_it_was_sent)
{
	static const uint64_t sizes[] = { 1, 5000, 65536, BIG };
	mach_port_name_t port = rig_port();
	uint64_t address, got;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		address = allocate(sizes[i]);
		fill(address, sizes[i], 1);
		IS(0, send_memory(port, address, sizes[i], FALSE));
		fill(address, sizes[i], 2);
		got = receive_memory(port, sizes[i]);
		ATF_CHECK(got != address);
		ATF_CHECK(filled(got, sizes[i], 1));
		fill(got, sizes[i], 3);
		ATF_CHECK(filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, got, sizes[i]));
		ATF_CHECK(filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
	}
}

CASE(memory_that_is_sent_again_and_again_is_each_time_as_it_was)
{
	mach_port_name_t port = rig_port();
	uint64_t address = allocate(BIG), got[4];
	int i;

	for (i = 0; i < 4; i++) {
		fill(address, BIG, i);
		IS(0, send_memory(port, address, BIG, FALSE));
	}
	fill(address, BIG, 9);
	for (i = 0; i < 4; i++)
		got[i] = receive_memory(port, BIG);
	for (i = 0; i < 4; i++) {
		ATF_CHECK(filled(got[i], BIG, i));
		OK(mach_vm_deallocate(SELF, got[i], BIG));
	}
	ATF_CHECK(filled(address, BIG, 9));
}

CASE(memory_that_finds_no_room_comes_back)
{
	static const uint64_t sizes[] = { 16, 65536, BIG };
	mach_port_name_t port = rig_port();
	struct memory_msg m;
	uint64_t address;
	uint8_t byte;
	size_t i;

	while (send_memory(port, 0, 0, FALSE) == MACH_MSG_SUCCESS)
		continue;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		address = allocate(sizes[i]);
		fill(address, sizes[i], 3);
		m = message_of(port, address, sizes[i], FALSE);
		IS(MACH_SEND_TIMED_OUT, send_now(&m));
		/* A copy of the sender's own, and it is told to give it up. */
		ATF_CHECK(address != (uint64_t)(uintptr_t)m.memory.address);
		IS(sizes[i], m.memory.size);
		IS(TRUE, m.memory.deallocate);
		ATF_CHECK(
		    filled((uint64_t)(uintptr_t)m.memory.address, sizes[i], 3));
		address = (uint64_t)(uintptr_t)m.memory.address;
		mach_msg_destroy(&m.header);
		IS(KERN_INVALID_ADDRESS,
		    mach_vm_read_overwrite(SELF, address, 1,
			(mach_vm_address_t)(uintptr_t)&byte,
			&(mach_vm_size_t){ 0 }));
	}
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
}

CASE(memory_is_sent_on_and_on)
{
	mach_port_name_t port = rig_port();
	uint64_t address = allocate(BIG), got;
	int i;

	fill(address, BIG, 1);
	for (i = 0; i < 4; i++) {
		IS(0, send_memory(port, address, BIG, i & 1));
		got = receive_memory(port, BIG);
		ATF_CHECK(filled(got, BIG, 1));
		if (!(i & 1))
			OK(mach_vm_deallocate(SELF, address, BIG));
		address = got;
	}
	OK(mach_vm_deallocate(SELF, address, BIG));
}

CASE(parts_of_a_range_are_sent)
{
	mach_port_name_t port = rig_port();
	uint64_t address = allocate(BIG), got;

	fill(address, BIG, 1);
	fill(address + 5000, 200000, 2);
	IS(0, send_memory(port, address + 5000, 200000, FALSE));
	fill(address, BIG, 3);
	got = receive_memory(port, 200000);
	ATF_CHECK(filled(got, 200000, 2));
	OK(mach_vm_deallocate(SELF, got, 200000));
	ATF_CHECK(filled(address, BIG, 3));
	/* And one that goes leaves the rest. */
	IS(0, send_memory(port, address, BIG / 2, TRUE));
	got = receive_memory(port, BIG / 2);
	ATF_CHECK(filled(got, BIG / 2, 3));
	ATF_CHECK(filled(address + BIG / 2, BIG / 2, 3));
	OK(mach_vm_deallocate(SELF, got, BIG / 2));
	OK(mach_vm_deallocate(SELF, address + BIG / 2, BIG / 2));
}

CASE(memory_that_cannot_be_read_is_not_sent)
{
	static const uint64_t sizes[] = { 4096, BIG };
	mach_port_name_t port = rig_port();
	uint64_t address;
	size_t i;

	for (i = 0; i < 2; i++) {
		address = allocate(sizes[i]);
		OK(mach_vm_protect(
		    SELF, address, sizes[i], FALSE, VM_PROT_NONE));
		IS(MACH_SEND_INVALID_MEMORY,
		    send_memory(port, address, sizes[i], FALSE));
		IS(MACH_SEND_INVALID_MEMORY,
		    send_memory(port, address, sizes[i], TRUE));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
		IS(MACH_SEND_INVALID_MEMORY,
		    send_memory(port, address, sizes[i], FALSE));
		IS(MACH_SEND_INVALID_MEMORY,
		    send_memory(port, address, sizes[i], TRUE));
	}
}

CASE(memory_unmapped_behind_our_back_is_not_taken_for_what_was_there)
{
	mach_port_name_t port = rig_port();
	uint64_t address = allocate(BIG), got;
	void *p = (void *)(uintptr_t)address;

	fill(address, BIG, 1);
	IS(0, munmap(p, BIG));
	ATF_REQUIRE(mmap(p, BIG, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == p);
	fill(address, BIG, 2);
	IS(0, send_memory(port, address, BIG, FALSE));
	ATF_CHECK(filled(address, BIG, 2));
	got = receive_memory(port, BIG);
	ATF_CHECK(filled(got, BIG, 2));
}

/* In a process of its own: the test's descriptors are not to be replaced. */
static bool
survives_closed_descriptors(void)
{
	mach_port_name_t port = rig_port();
	uint64_t address = allocate(BIG), got;
	int fd, null = open("/dev/null", O_RDWR);
	bool ok;

	fill(address, BIG, 1);
	for (fd = 3; fd < 64; fd++) {
		if (fd != null)
			dup2(null, fd);
	}
	ok = send_memory(port, address, BIG, FALSE) == 0 &&
	     filled(address, BIG, 1);
	got = receive_memory(port, BIG);
	ok = ok && filled(got, BIG, 1) &&
	     mach_vm_deallocate(SELF, address, BIG) == KERN_SUCCESS;
	/* What is there now is not ours to close. */
	for (fd = 3; fd < 64; fd++)
		ok = ok && fcntl(fd, F_GETFD) != -1;
	return (ok);
}

CASE(descriptors_closed_behind_our_back_do_no_harm)
{
	int status;
	pid_t pid;

	if (!rig_outlives_its_descriptors())
		atf_tc_skip(
		    "needs a host in the process: with its connection to machd a task is gone");
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(survives_closed_descriptors() ? 0 : 1);
	IS(pid, waitpid(pid, &status, 0));
	IS(0, status);
}

CASE(a_forked_child_has_copies)
{
	uint64_t address = allocate(BIG);
	int status;
	pid_t pid;

	fill(address, BIG, 1);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		fill(address, BIG, 2);
		_exit(filled(address, BIG, 2) ? 0 : 1);
	}
	IS(pid, waitpid(pid, &status, 0));
	IS(0, status);
	ATF_CHECK(filled(address, BIG, 1));
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
	fill(a, BIG, 1);
	ATF_CHECK(filled(b, BIG, 1));
	OK(map_entry(&c, entry, TRUE, VM_PROT_DEFAULT));
	fill(c, BIG, 2);
	ATF_CHECK(filled(b, BIG, 1));
	/* The mappings outlive it. */
	OK(mach_port_deallocate(SELF, entry));
	IS(0, rig_type(entry));
	fill(b, BIG, 3);
	ATF_CHECK(filled(a, BIG, 3));
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
	uint64_t address = allocate(BIG);
	memory_object_size_t size = BIG;
	mach_port_name_t port = rig_port();
	mach_port_t copy, share;
	mach_vm_address_t a;
	uint64_t got;

	fill(address, BIG, 1);
	copy = entry_create(&size, address, MAP_MEM_VM_COPY | VM_PROT_DEFAULT);
	share =
	    entry_create(&size, address, MAP_MEM_VM_SHARE | VM_PROT_DEFAULT);
	fill(address, BIG, 2);
	OK(map_entry(&a, copy, FALSE, VM_PROT_READ));
	ATF_CHECK(filled(a, BIG, 1));
	OK(map_entry(&a, share, FALSE, VM_PROT_DEFAULT));
	ATF_CHECK(filled(a, BIG, 2));
	fill(a, BIG, 3);
	ATF_CHECK(filled(address, BIG, 3));
	/* It stays shared when it is sent, and what is sent is a copy. */
	IS(0, send_memory(port, address, BIG, FALSE));
	fill(a, BIG, 4);
	ATF_CHECK(filled(address, BIG, 4));
	got = receive_memory(port, BIG);
	ATF_CHECK(filled(got, BIG, 3));
	IS(0, send_memory(port, address, BIG, TRUE));
	fill(a, BIG, 5);
	got = receive_memory(port, BIG);
	ATF_CHECK(filled(got, BIG, 4));
}

CASE(memory_is_mapped_again_as_a_copy_or_as_itself)
{
	uint64_t address = allocate(BIG);
	mach_vm_address_t share = 0, copy = 0;
	vm_prot_t now, most;

	fill(address, BIG, 1);
	OK(mach_vm_remap(SELF, &share, BIG, 0, VM_FLAGS_ANYWHERE, SELF, address,
	    FALSE, &now, &most, VM_INHERIT_DEFAULT));
	IS(VM_PROT_DEFAULT, now);
	OK(mach_vm_remap(SELF, &copy, BIG, 0, VM_FLAGS_ANYWHERE, SELF, address,
	    TRUE, &now, &most, VM_INHERIT_DEFAULT));
	fill(share, BIG, 2);
	ATF_CHECK(filled(address, BIG, 2));
	ATF_CHECK(filled(copy, BIG, 1));
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
	fill(address, BIG, 1);
	OK(mach_vm_deallocate(SELF, address, BIG));
}

CASE(regions_are_told_one_after_the_other)
{
	uint64_t address = allocate(BIG);
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
	ATF_TP_ADD_TC(tp, a_message_has_the_bytes_of_when_it_was_sent);
	ATF_TP_ADD_TC(
	    tp, memory_that_is_sent_again_and_again_is_each_time_as_it_was);
	ATF_TP_ADD_TC(tp, memory_that_finds_no_room_comes_back);
	ATF_TP_ADD_TC(tp, memory_is_sent_on_and_on);
	ATF_TP_ADD_TC(tp, parts_of_a_range_are_sent);
	ATF_TP_ADD_TC(tp, memory_that_cannot_be_read_is_not_sent);
	ATF_TP_ADD_TC(tp,
	    memory_unmapped_behind_our_back_is_not_taken_for_what_was_there);
	ATF_TP_ADD_TC(tp, descriptors_closed_behind_our_back_do_no_harm);
	ATF_TP_ADD_TC(tp, a_forked_child_has_copies);
	ATF_TP_ADD_TC(tp, an_entry_is_the_same_memory_wherever_it_is_mapped);
	ATF_TP_ADD_TC(tp, an_entry_allows_what_it_was_made_for);
	ATF_TP_ADD_TC(tp, an_entry_of_memory_is_a_copy_or_the_memory_itself);
	ATF_TP_ADD_TC(tp, memory_is_mapped_again_as_a_copy_or_as_itself);
	ATF_TP_ADD_TC(tp, a_mask_aligns);
	ATF_TP_ADD_TC(tp, regions_are_told_one_after_the_other);
	return (atf_no_error());
}
