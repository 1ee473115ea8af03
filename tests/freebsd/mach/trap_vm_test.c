/*
 * Memory of other tasks: what is done to it and seen of it, shared with it,
 * and by whom that is allowed.
 */
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>

#include "vm.h"

static char *memory; /* at one address in the test and its child */

/* Has `memory` of its own, and waits to be told that it was changed. */
static int
changed_child(void)
{
	vm_wait(1);
	return (vm_filled(memory, PAGE, 1) &&
			vm_filled(memory + PAGE, 100, 7) &&
			vm_filled(memory + 2 * PAGE, 100, 7)
		    ? 0
		    : 1);
}

CASE(others_are_written_and_read)
{
	char own[3 * PAGE], back[3 * PAGE];
	mach_port_name_t task;
	uint64_t at = 0, data = 0;
	uint32_t n = 0;
	pid_t pid;

	memory = vm_pages(SIZE, MAP_PRIVATE);
	memset(memory, 1, SIZE);
	pid = vm_child(changed_child, &task);
	memset(own, 7, sizeof(own));
	/* Over a page's end, and within the task. */
	ATF_CHECK_EQ(0, vm_write_to(task, PTR(memory) + PAGE, own, 100));
	ATF_CHECK_EQ(0,
	    RAW(4807, task, PTR(memory) + PAGE, 100, PTR(memory) + 2 * PAGE));
	ATF_CHECK_EQ(0, vm_read_of(task, PTR(memory) + PAGE - 50, back, 200));
	ATF_CHECK(vm_filled(back, 50, 1) && vm_filled(back + 50, 100, 7) &&
		  vm_filled(back + 150, 50, 1));
	ATF_CHECK_EQ(0, RAW(4804, task, PTR(memory) + 100, SIZE - 200,
			    PTR(&data), PTR(&n)));
	ATF_CHECK_EQ(SIZE - 200, n);
	ATF_CHECK(vm_filled((void *)data, PAGE - 100, 1));
	ATF_CHECK_EQ(7, *(char *)(data + PAGE - 100));
	memset((void *)data, 9, n);
	ATF_CHECK_EQ(0, RAW(12, SELF, data, n));
	/* Its map: new, protected, gone. */
	ATF_CHECK_EQ(0, vm_allocate_in(task, &at, SIZE));
	ATF_CHECK_EQ(0, vm_write_to(task, at + 5, own, sizeof(own)));
	ATF_CHECK_EQ(0, RAW(14, task, at, SIZE, 0, VM_PROT_READ));
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS, vm_write_to(task, at + 5, own, 100));
	ATF_CHECK_EQ(0, vm_read_of(task, at, back, sizeof(back)));
	ATF_CHECK(vm_filled(back, 5, 0) && vm_filled(back + 5, 100, 7));
	ATF_CHECK_EQ(0, RAW(14, task, at, SIZE, 1, VM_PROT_READ));
	ATF_CHECK_EQ(KERN_PROTECTION_FAILURE, RAW(14, task, at, SIZE, 0, 3));
	ATF_CHECK_EQ(0, RAW(4803, task, at, SIZE, VM_INHERIT_NONE));
	ATF_CHECK_EQ(0, RAW(4809, task, at, SIZE, 2));
	ATF_CHECK_EQ(0, RAW(4810, task, at, SIZE, 1));
	ATF_CHECK_EQ(0, RAW(12, task, at, SIZE));
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS, vm_read_of(task, at, back, 1));
	ATF_CHECK_EQ(
	    KERN_INVALID_ADDRESS, RAW(14, task, at, SIZE, 0, VM_PROT_READ));
	*vm_step = 1;
	reap(pid);
	/* The task is gone, and what it was is not another's. */
	ATF_CHECK(vm_read_of(task, PTR(memory), back, 1) != 0);
	ATF_CHECK_MSG(vm_filled(memory, SIZE, 1), "the test's own");
}

/* Addresses and sizes at the edges, own and another's. */
CASE(ranges_that_are_none)
{
	uint64_t at = 0, most = UINT64_C(1) << 57;
	mach_port_name_t tasks[2];
	char c = 0;
	pid_t pid;
	int i;

	memory = vm_pages(SIZE, MAP_PRIVATE);
	pid = vm_child(pause, &tasks[1]);
	tasks[0] = SELF;
	for (i = 0; i < 2; i++) {
		static const uint64_t bad[] = { 0, PAGE - 1, UINT64_MAX,
			UINT64_MAX - PAGE, UINT64_C(0xffffffff80000000),
			UINT64_C(0xfffff80000000000) };
		unsigned int j;

		for (j = 0; j < nitems(bad); j++) {
			ATF_CHECK(vm_read_of(tasks[i], bad[j], &c, 1) != 0);
			ATF_CHECK(vm_write_to(tasks[i], bad[j], &c, 1) != 0);
			ATF_CHECK(RAW(14, tasks[i], bad[j], PAGE, 0, 3) != 0);
			ATF_CHECK(
			    RAW(4813, SELF, PTR(&at), PAGE, 0, 1, tasks[i],
				bad[j], 0, PTR(&at), PTR(&at), 1) != 0);
			at = bad[j];
			ATF_CHECK(RAW(10, tasks[i], PTR(&at), PAGE,
				      VM_FLAGS_OVERWRITE) != 0 ||
				  at == 0);
		}
		ATF_CHECK(RAW(12, tasks[i], PAGE, UINT64_MAX) != 0);
		ATF_CHECK(RAW(12, tasks[i], PAGE, most) != 0);
		ATF_CHECK(vm_allocate_in(tasks[i], &at, most) != 0);
		ATF_CHECK(vm_allocate_in(tasks[i], &at, UINT64_MAX) != 0);
		ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
		    RAW(4811, tasks[i], PTR(&at), 0, 0, 1, 0, 0, 0, 3, 3, 1));
		ATF_CHECK_EQ(0, vm_read_of(tasks[i], 8, &c, 0));
	}
	vm_kill(pid);
}

/*
 * A right to the task is not enough: an ordinary user has one, to the task of
 * root or of a process that is not to be debugged.
 */
static int
protected_child(void)
{
	int disable = PROC_TRACE_CTL_DISABLE;

	/* Its task's port is had before. */
	vm_wait(1);
	if (procctl(P_PID, getpid(), PROC_TRACE_CTL, &disable) != 0)
		return (1);
	*vm_step = 2;
	return (pause());
}

static int
refused_child(void)
{
	uint64_t m = PTR(memory), own, size = PAGE, at = 0;
	mach_port_name_t task = bootstrap_get(), name = 0, self;
	vm_region_basic_info_data_64_t info;
	uint32_t n = VM_REGION_BASIC_INFO_COUNT_64, object, prot[2];
	char c[16] = { 0 };
	int i;

	if (geteuid() == 0 && setuid(65534) != 0)
		return (100);
	self = SELF;
	own = PTR(vm_pages(PAGE, MAP_PRIVATE));
	const uint64_t krs[] = { RAW(10, task, PTR(&at), PAGE, 1),
		RAW(12, task, m, PAGE), RAW(14, task, m, PAGE, 0, 1),
		RAW(15, task, PTR(&at), PAGE, 0, 1, 3),
		RAW(4803, task, m, PAGE, 2),
		RAW(4804, task, m, PAGE, PTR(&at), PTR(&n)),
		RAW(4806, task, m, PTR(c), 16), RAW(4807, task, m, 16, m + 16),
		RAW(4808, task, m, 16, PTR(c), PTR(&at)),
		RAW(4809, task, m, PAGE, 2), RAW(4810, task, m, PAGE, 1),
		RAW(4811, task, PTR(&at), PAGE, 0, 1, 0, 0, 0, 3, 3, 1),
		vm_remap_to(task, &at, PAGE, self, own, false, prot),
		vm_remap_to(self, &at, PAGE, task, m, false, prot),
		vm_remap_to(self, &at, PAGE, task, m, true, prot),
		RAW(4816, task, PTR(&at), PTR(&at), 9, PTR(&info), PTR(&n),
		    PTR(&object)),
		vm_entry_of(task, m, &size, 3 | MAP_MEM_VM_SHARE, &name),
		vm_entry_of(task, m, &size, 3 | MAP_MEM_VM_COPY, &name) };
	for (i = 0; i < (int)nitems(krs); i++) {
		if (krs[i] != KERN_NO_ACCESS)
			return (i + 1);
	}
	return (vm_filled(c, 16, 0) && name == 0 ? 0 : 99);
}

CASE(others_must_be_debuggable)
{
	mach_port_name_t task;
	pid_t pid;

	memory = vm_pages(SIZE, MAP_PRIVATE);
	memset(memory, 1, SIZE);
	pid = vm_child(protected_child, &task);
	*vm_step = 1;
	vm_wait(2);
	bootstrap_set(task);
	reap(vm_child(refused_child, NULL));
	vm_kill(pid);
}

/* What runs after an exec is another task, whose memory the old right has not. */
CASE(an_exec_leaves_nothing)
{
	char c = 0;
	mach_port_name_t task = 0;
	uint64_t at = 0;
	int fds[2], i;
	pid_t pid;

	memory = vm_pages(SIZE, MAP_PRIVATE);
	ATF_REQUIRE_EQ(0, pipe2(fds, O_CLOEXEC));
	pid = fork();
	if (pid == 0) {
		(void)raw_self();
		write(fds[1], "x", 1);
		usleep(500000);
		execl("/bin/sleep", "sleep", "30", NULL);
		_exit(1);
	}
	close(fds[1]);
	ATF_REQUIRE_EQ(1, read(fds[0], &c, 1));
	task = vm_task_of(pid);
	ATF_CHECK_EQ(0, vm_read_of(task, PTR(memory), &c, 1));
	ATF_REQUIRE_EQ(0, read(fds[0], &c, 1));
	ATF_CHECK(vm_allocate_in(task, &at, PAGE) != 0);
	ATF_CHECK(vm_read_of(task, PTR(memory), &c, 1) != 0);
	/* Until it has begun to run nobody has it. */
	for (i = 0; i < 1000 && RAW(45, SELF, (uint64_t)pid, PTR(&task)); i++)
		usleep(10000);
	ATF_CHECK_EQ(0, vm_allocate_in(task, &at, PAGE));
	vm_kill(pid);
}

/* One script executes itself again and again, while it is worked on. */
static void
work_on(pid_t pid)
{
	uint64_t at = PAGE, size = 0, there = 0, mine = 0;
	vm_region_basic_info_data_64_t info;
	uint32_t n = VM_REGION_BASIC_INFO_COUNT_64, object, prot[2];
	mach_port_name_t task = 0;
	char c[64] = { 0 };

	if (RAW(45, SELF, (uint64_t)pid, PTR(&task)) != 0)
		return;
	if (vm_allocate_in(task, &there, SIZE) == 0) {
		(void)vm_write_to(task, there + 10, c, sizeof(c));
		(void)vm_read_of(task, there, c, sizeof(c));
		if (vm_remap_to(SELF, &mine, SIZE, task, there, false, prot) ==
		    0)
			(void)RAW(12, SELF, mine, SIZE);
		(void)RAW(12, task, there, SIZE);
	}
	while (RAW(4816, task, PTR(&at), PTR(&size), 9, PTR(&info), PTR(&n),
		   PTR(&object)) == 0) {
		if (vm_remap_to(SELF, &mine, size, task, at, true, prot) == 0)
			(void)RAW(12, SELF, mine, size);
		if (vm_remap_to(SELF, &mine, size, task, at, false, prot) == 0)
			(void)RAW(12, SELF, mine, size);
		at += size;
	}
	(void)RAW(18, SELF, task);
}

CASE(races_with_exec_and_exit)
{
	char path[] = "/tmp/mach-exec.XXXXXX";
	int fd = mkstemp(path), status, times = 0;
	static const char script[] =
	    "#!/bin/sh\n[ $1 -eq 0 ] || exec $0 $(($1 - 1))\n";
	pid_t pid;

	ATF_REQUIRE_EQ(
	    (ssize_t)strlen(script), write(fd, script, strlen(script)));
	ATF_REQUIRE_EQ(0, fchmod(fd, 0755));
	close(fd);
	pid = fork();
	if (pid == 0) {
		execl(path, path, "60", NULL);
		_exit(1);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		work_on(pid);
		times++;
	}
	unlink(path);
	ATF_CHECK_EQ_MSG(0, status, "status %#x", status);
	printf("%d times\n", times);
}

/* Threads that map, protect, wire and unmap, in a child that is worked on. */
static void *
stir(void *arg)
{
	char *at = arg;
	int i;

	for (i = 0; *vm_step == 0; i++) {
		(void)mmap(at, SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
		memset(at, i, SIZE);
		(void)mlock(at + PAGE, 2 * PAGE);
		(void)mprotect(at + 3 * PAGE, PAGE, PROT_READ);
		(void)munlock(at + PAGE, 2 * PAGE);
		(void)munmap(at + 5 * PAGE, PAGE);
	}
	return (NULL);
}

static int
stirring_child(void)
{
	pthread_t thread;
	int status;

	pthread_create(&thread, NULL, stir, memory);
	/* Forks copy what is shared meanwhile. */
	while (*vm_step == 0) {
		if (fork() == 0) {
			memset(memory + SIZE, 1, SIZE);
			_exit(0);
		}
		(void)wait(&status);
	}
	pthread_join(thread, NULL);
	return (0);
}

CASE(a_map_that_changes_meanwhile)
{
	mach_port_name_t task, entry;
	uint64_t at = 0, size, done = 0;
	uint32_t prot[2];
	char c[3 * PAGE];
	pid_t pid;
	int i;

	memory = vm_pages(2 * SIZE, MAP_PRIVATE);
	pid = vm_child(stirring_child, &task);
	for (i = 0; i < 1000; i++) {
		uint64_t from = PTR(memory) + (uint64_t)(i % 9) * PAGE;

		memset(c, i, sizeof(c));
		done += vm_write_to(task, from + 5, c, 3 * PAGE - 5) == 0;
		done += vm_read_of(task, from, c, sizeof(c)) == 0;
		size = (uint64_t)(i % 60 + 1) * PAGE;
		if (vm_remap_to(SELF, &at, size, task, from, i & 1, prot) ==
		    0) {
			done++;
			if (prot[0] & VM_PROT_WRITE)
				*(volatile char *)at = 1;
			ATF_CHECK_EQ(0, RAW(12, SELF, at, size));
		}
		entry = 0;
		if (vm_entry_of(
			task, from, &size, 1 | MAP_MEM_VM_SHARE, &entry) == 0) {
			done++;
			(void)vm_map_entry_in(SELF, &at, size, entry, true, 3);
			ATF_CHECK_EQ(0, RAW(12, SELF, at, size));
			ATF_CHECK_EQ(0, RAW(18, SELF, entry));
		}
	}
	*vm_step = 1;
	reap(pid);
	ATF_CHECK_MSG(done > 100, "only %ju succeeded", (uintmax_t)done);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, others_are_written_and_read);
	ATF_TP_ADD_TC(tp, ranges_that_are_none);
	ATF_TP_ADD_TC(tp, others_must_be_debuggable);
	ATF_TP_ADD_TC(tp, an_exec_leaves_nothing);
	ATF_TP_ADD_TC(tp, races_with_exec_and_exit);
	ATF_TP_ADD_TC(tp, a_map_that_changes_meanwhile);
	return (atf_no_error());
}
