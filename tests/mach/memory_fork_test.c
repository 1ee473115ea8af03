/*
 * Memory over fork(2): a child has a copy, whatever became of the range before,
 * but where it was told otherwise.  And where a thread takes every
 * place that becomes free.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach_vm.h>

#include "tests/mach/rig.h"

#define BIG (UINT64_C(256) << 10)
#define PAGE UINT64_C(4096)

#define AT(address) (*(volatile char *)(uintptr_t)(address))

/* The status of a child that reads there, and writes (`with` not 0). */
static int
child_at(uint64_t address, char with)
{
	int status = -1;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (with == 0)
			_exit(AT(address) == 0);
		AT(address) = with;
		_exit(0);
	}
	IS(pid, waitpid(pid, &status, 0));
	return (status);
}

/* Whether this process sees what a child writes. */
static bool
is_shared(uint64_t address)
{
	AT(address) = 'p';
	IS(0, child_at(address, 'c'));
	return (AT(address) == 'c');
}

CASE(a_child_has_a_copy)
{
	uint64_t address = rig_memory_allocate(BIG);
	int status;
	pid_t pid;

	rig_fill(address, BIG, 1);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		rig_fill(address, BIG, 2);
		_exit(rig_filled(address, BIG, 2) ? 0 : 1);
	}
	IS(pid, waitpid(pid, &status, 0));
	IS(0, status);
	ATF_CHECK(rig_filled(address, BIG, 1));
}

CASE(what_is_left_beside_a_part_is_a_copy)
{
	uint64_t address;

	address = rig_memory_allocate(BIG);
	OK(mach_vm_protect(SELF, address, PAGE, FALSE, VM_PROT_NONE));
	ATF_CHECK(!is_shared(address + PAGE));
	address = rig_memory_allocate(BIG);
	OK(mach_vm_deallocate(SELF, address + BIG - PAGE, PAGE));
	ATF_CHECK(!is_shared(address));
	address = rig_memory_allocate(BIG);
	IS(0, mprotect((void *)(uintptr_t)address, PAGE, PROT_NONE));
	ATF_CHECK(!is_shared(address + PAGE));
	address = rig_memory_allocate(BIG);
	IS(0, munmap((void *)(uintptr_t)(address + 4 * PAGE), PAGE));
	ATF_CHECK(!is_shared(address));
	ATF_CHECK(!is_shared(address + 5 * PAGE));
	/* Another is put over a part of it. */
	address = rig_memory_allocate(BIG);
	AT(address) = AT(address + PAGE) = AT(address + 2 * PAGE) = 'p';
	OK(mach_vm_allocate(SELF, &(mach_vm_address_t){ address + PAGE }, PAGE,
	    VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE));
	IS('p', AT(address));
	IS(0, AT(address + PAGE));
	IS('p', AT(address + 2 * PAGE));
	ATF_CHECK(!is_shared(address));
	ATF_CHECK(!is_shared(address + PAGE));
	ATF_CHECK(!is_shared(address + 2 * PAGE));
}

CASE(what_is_mapped_with_another_protection_is_a_copy)
{
	mach_vm_address_t address = 0;

	OK(mach_vm_map(SELF, &address, BIG, 0, VM_FLAGS_ANYWHERE,
	    MACH_PORT_NULL, 0, FALSE, VM_PROT_ALL, VM_PROT_ALL,
	    VM_INHERIT_COPY));
	ATF_CHECK(!is_shared(address));
}

/* In a process of its own: they are the test's, too. */
CASE(without_descriptors_it_is_a_copy)
{
	mach_vm_address_t mine = 0;
	int fd, status, inner;
	pid_t pid, child;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (mach_vm_allocate(SELF, &mine, BIG, VM_FLAGS_ANYWHERE) != 0)
			_exit(2);
		rig_fill(mine, BIG, 1);
		for (fd = 3; fd < 64; fd++)
			close(fd);
		child = fork();
		if (child == 0) {
			rig_fill(mine, BIG, 2);
			_exit(0);
		}
		if (waitpid(child, &inner, 0) != child || inner != 0)
			_exit(3);
		_exit(rig_filled(mine, BIG, 1) ? 0 : 1);
	}
	IS(pid, waitpid(pid, &status, 0));
	IS(0, status);
}

CASE(protection_is_the_same_after_a_fork)
{
	uint64_t address = rig_memory_allocate(BIG);

	AT(address) = 'p';
	IS(0, mprotect((void *)(uintptr_t)address, BIG, PROT_READ));
	IS(0, child_at(address, 0));
	ATF_CHECK(WIFSIGNALED(child_at(address, 'c')));
	IS('p', AT(address));
}

CASE(children_have_what_is_set)
{
	uint64_t address = rig_memory_allocate(BIG);

	OK(mach_vm_inherit(SELF, address, BIG, VM_INHERIT_COPY));
	ATF_CHECK(!is_shared(address));
	address = rig_memory_allocate(BIG);
	OK(mach_vm_inherit(SELF, address, BIG, VM_INHERIT_SHARE));
	ATF_CHECK(is_shared(address));
	ATF_CHECK(is_shared(address + BIG - 1));
	OK(mach_vm_inherit(SELF, address, BIG, VM_INHERIT_COPY));
	ATF_CHECK(!is_shared(address));
	address = rig_memory_allocate(BIG);
	OK(mach_vm_inherit(SELF, address, BIG, VM_INHERIT_NONE));
	ATF_CHECK(WIFSIGNALED(child_at(address, 0)));
	ATF_CHECK(WIFSIGNALED(child_at(address, 0)));
	address = rig_memory_allocate(BIG);
	OK(mach_vm_inherit(SELF, address, PAGE, VM_INHERIT_NONE));
	ATF_CHECK(WIFSIGNALED(child_at(address, 0)));
	ATF_CHECK(!is_shared(address + PAGE));
}

CASE(children_have_what_a_mapping_was_made_with)
{
	mach_vm_address_t address = 0;

	OK(mach_vm_map(SELF, &address, BIG, 0, VM_FLAGS_ANYWHERE,
	    MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
	    VM_INHERIT_SHARE));
	ATF_CHECK(is_shared(address));
	address = 0;
	OK(mach_vm_map(SELF, &address, BIG, 0, VM_FLAGS_ANYWHERE,
	    MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
	    VM_INHERIT_NONE));
	ATF_CHECK(WIFSIGNALED(child_at(address, 0)));
	address = 0;
	IS(KERN_INVALID_ARGUMENT,
	    mach_vm_map(SELF, &address, BIG, 0, VM_FLAGS_ANYWHERE,
		MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL, 77));
}

static bool over;

/* Takes every place that becomes free. */
static void *
map_much(void *unused)
{
	void *p[4];
	int i;

	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		for (i = 0; i < 4; i++) {
			p[i] = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANON, -1, 0);
			if (p[i] != MAP_FAILED)
				*(volatile char *)p[i] = 'b';
		}
		usleep(200);
		for (i = 0; i < 4; i++)
			munmap(p[i], BIG);
	}
	return (unused);
}

CASE(memory_that_nobody_took_is_where_it_was)
{
	mach_port_name_t dead = rig_dead_name(1);
	pthread_t thread;
	uint64_t address;
	int i;

	IS(0, pthread_create(&thread, NULL, map_much, NULL));
	for (i = 0; i < 1000; i++) {
		address = rig_memory_allocate(BIG);
		AT(address) = 'a';
		IS(MACH_SEND_INVALID_DEST,
		    rig_memory_send(dead, address, BIG, TRUE));
		IS('a', AT(address));
		OK(mach_vm_deallocate(SELF, address, BIG));
	}
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	IS(0, pthread_join(thread, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_child_has_a_copy);
	ATF_TP_ADD_TC(tp, what_is_left_beside_a_part_is_a_copy);
	ATF_TP_ADD_TC(tp, what_is_mapped_with_another_protection_is_a_copy);
	ATF_TP_ADD_TC(tp, without_descriptors_it_is_a_copy);
	ATF_TP_ADD_TC(tp, protection_is_the_same_after_a_fork);
	ATF_TP_ADD_TC(tp, children_have_what_is_set);
	ATF_TP_ADD_TC(tp, children_have_what_a_mapping_was_made_with);
	ATF_TP_ADD_TC(tp, memory_that_nobody_took_is_where_it_was);
	return (atf_no_error());
}
