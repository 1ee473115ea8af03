/*
 * Memory out of line: what one side writes, the other never sees, however the
 * copy came about.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach_vm.h>

#include "tests/mach/rig.h"

#define BIG (UINT64_C(1) << 20)

CASE(a_message_has_the_bytes_of_when_it_was_sent)
{
	static const uint64_t sizes[] = { 1, 5000, 65536, BIG };
	mach_port_name_t port = rig_port();
	uint64_t address, got;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		address = rig_memory_allocate(sizes[i]);
		rig_fill(address, sizes[i], 1);
		IS(0, rig_memory_send(port, address, sizes[i], FALSE));
		rig_fill(address, sizes[i], 2);
		got = rig_memory_receive(port, sizes[i]);
		ATF_CHECK(got != address);
		ATF_CHECK(rig_filled(got, sizes[i], 1));
		rig_fill(got, sizes[i], 3);
		ATF_CHECK(rig_filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, got, sizes[i]));
		ATF_CHECK(rig_filled(address, sizes[i], 2));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
	}
}

CASE(memory_that_is_sent_again_and_again_is_each_time_as_it_was)
{
	mach_port_name_t port = rig_port();
	uint64_t address = rig_memory_allocate(BIG), got[4];
	int i;

	for (i = 0; i < 4; i++) {
		rig_fill(address, BIG, i);
		IS(0, rig_memory_send(port, address, BIG, FALSE));
	}
	rig_fill(address, BIG, 9);
	for (i = 0; i < 4; i++)
		got[i] = rig_memory_receive(port, BIG);
	for (i = 0; i < 4; i++) {
		ATF_CHECK(rig_filled(got[i], BIG, i));
		OK(mach_vm_deallocate(SELF, got[i], BIG));
	}
	ATF_CHECK(rig_filled(address, BIG, 9));
}

CASE(memory_that_finds_no_room_comes_back)
{
	static const uint64_t sizes[] = { 16, 65536, BIG };
	mach_port_name_t port = rig_port();
	struct rig_memory_msg m;
	uint64_t address;
	uint8_t byte;
	size_t i;

	while (rig_memory_send(port, 0, 0, FALSE) == MACH_MSG_SUCCESS)
		continue;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		address = rig_memory_allocate(sizes[i]);
		rig_fill(address, sizes[i], 3);
		m = rig_memory_message(port, address, sizes[i], FALSE);
		IS(MACH_SEND_TIMED_OUT, rig_memory_send_now(&m));
		/* A copy of the sender's own, and it is told to give it up. */
		ATF_CHECK(address != (uint64_t)(uintptr_t)m.memory.address);
		IS(sizes[i], m.memory.size);
		IS(TRUE, m.memory.deallocate);
		ATF_CHECK(rig_filled(
		    (uint64_t)(uintptr_t)m.memory.address, sizes[i], 3));
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
	uint64_t address = rig_memory_allocate(BIG), got;
	int i;

	rig_fill(address, BIG, 1);
	for (i = 0; i < 4; i++) {
		IS(0, rig_memory_send(port, address, BIG, i & 1));
		got = rig_memory_receive(port, BIG);
		ATF_CHECK(rig_filled(got, BIG, 1));
		if (!(i & 1))
			OK(mach_vm_deallocate(SELF, address, BIG));
		address = got;
	}
	OK(mach_vm_deallocate(SELF, address, BIG));
}

CASE(parts_of_a_range_are_sent)
{
	mach_port_name_t port = rig_port();
	uint64_t address = rig_memory_allocate(BIG), got;

	rig_fill(address, BIG, 1);
	rig_fill(address + 5000, 200000, 2);
	IS(0, rig_memory_send(port, address + 5000, 200000, FALSE));
	rig_fill(address, BIG, 3);
	got = rig_memory_receive(port, 200000);
	ATF_CHECK(rig_filled(got, 200000, 2));
	OK(mach_vm_deallocate(SELF, got, 200000));
	ATF_CHECK(rig_filled(address, BIG, 3));
	/* And one that goes leaves the rest. */
	IS(0, rig_memory_send(port, address, BIG / 2, TRUE));
	got = rig_memory_receive(port, BIG / 2);
	ATF_CHECK(rig_filled(got, BIG / 2, 3));
	ATF_CHECK(rig_filled(address + BIG / 2, BIG / 2, 3));
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
		address = rig_memory_allocate(sizes[i]);
		OK(mach_vm_protect(
		    SELF, address, sizes[i], FALSE, VM_PROT_NONE));
		IS(MACH_SEND_INVALID_MEMORY,
		    rig_memory_send(port, address, sizes[i], FALSE));
		IS(MACH_SEND_INVALID_MEMORY,
		    rig_memory_send(port, address, sizes[i], TRUE));
		OK(mach_vm_deallocate(SELF, address, sizes[i]));
		IS(MACH_SEND_INVALID_MEMORY,
		    rig_memory_send(port, address, sizes[i], FALSE));
		IS(MACH_SEND_INVALID_MEMORY,
		    rig_memory_send(port, address, sizes[i], TRUE));
	}
}

CASE(memory_unmapped_behind_our_back_is_not_taken_for_what_was_there)
{
	mach_port_name_t port = rig_port();
	uint64_t address = rig_memory_allocate(BIG), got;
	void *p = (void *)(uintptr_t)address;

	rig_fill(address, BIG, 1);
	IS(0, munmap(p, BIG));
	ATF_REQUIRE(mmap(p, BIG, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == p);
	rig_fill(address, BIG, 2);
	IS(0, rig_memory_send(port, address, BIG, FALSE));
	ATF_CHECK(rig_filled(address, BIG, 2));
	got = rig_memory_receive(port, BIG);
	ATF_CHECK(rig_filled(got, BIG, 2));
}

/* In a process of its own: the test's descriptors are not to be replaced. */
static bool
survives_closed_descriptors(void)
{
	mach_port_name_t port = rig_port();
	uint64_t address = rig_memory_allocate(BIG), got;
	int fd, null = open("/dev/null", O_RDWR);
	bool ok;

	rig_fill(address, BIG, 1);
	for (fd = 3; fd < 64; fd++) {
		if (fd != null)
			dup2(null, fd);
	}
	ok = rig_memory_send(port, address, BIG, FALSE) == 0 &&
	     rig_filled(address, BIG, 1);
	got = rig_memory_receive(port, BIG);
	ok = ok && rig_filled(got, BIG, 1) &&
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

ATF_TP_ADD_TCS(tp)
{
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
	return (atf_no_error());
}
