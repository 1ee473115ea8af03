/*
 * Memory that tasks share, by mach_vm_remap and by memory entries: how long,
 * with whom, with what protection, and who pays.
 */
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "vm.h"

static char *memory; /* at one address in the test and its child */

static int
sharing_child(void)
{
	memset(memory, 2, PAGE);
	vm_wait(1);
	if (!vm_filled(memory, PAGE, 3))
		return (1);
	memset(memory, 4, PAGE);
	*vm_step = 2;
	vm_wait(3);
	return (0);
}

CASE(a_remap_is_the_memory_or_a_copy)
{
	uint64_t share = 0, copy = 0, into = 0;
	mach_port_name_t task;
	uint32_t prot[2];
	char *own = vm_pages(SIZE, MAP_PRIVATE), back[16];
	pid_t pid;

	memory = vm_pages(SIZE, MAP_PRIVATE);
	memset(memory, 1, SIZE);
	pid = vm_child(sharing_child, &task);
	while (vm_read_of(task, PTR(memory) + PAGE - 1, back, 1) == 0 &&
	       back[0] != 2)
		usleep(1000);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &share, SIZE, task, PTR(memory), false, prot));
	ATF_CHECK_EQ(VM_PROT_DEFAULT, prot[0]);
	ATF_CHECK_EQ(VM_PROT_ALL, prot[1]);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &copy, SIZE, task, PTR(memory), true, prot));
	ATF_CHECK(vm_filled((void *)share, PAGE, 2));
	memset((void *)share, 3, PAGE);
	*vm_step = 1;
	vm_wait(2);
	ATF_CHECK(vm_filled((void *)share, PAGE, 4));
	ATF_CHECK(vm_filled((void *)(share + PAGE), SIZE - PAGE, 1));
	ATF_CHECK(vm_filled((void *)copy, PAGE, 2));
	ATF_CHECK_MSG(vm_filled(memory, SIZE, 1), "the test's own changed");
	/* And the other way: into the child, beside what it has. */
	memset(own, 5, SIZE);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(task, &into, SIZE, SELF, PTR(own), false, prot));
	ATF_CHECK_EQ(0, vm_write_to(task, into, "shared", 7));
	ATF_CHECK_STREQ("shared", own);
	memset(own, 6, SIZE);
	ATF_CHECK_EQ(0, vm_read_of(task, into + SIZE - 16, back, 16));
	ATF_CHECK(vm_filled(back, 16, 6));
	*vm_step = 3;
	reap(pid);
	/* It has it as long as it likes. */
	ATF_CHECK(vm_filled((void *)share, PAGE, 4));
}

CASE(more_is_not_allowed_than_there_was)
{
	mach_port_name_t entry = 0;
	uint64_t at = 0, size = PAGE, fixed;
	uint32_t prot[2];
	char *p;

	p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_MAX(PROT_READ),
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &at, PAGE, SELF, PTR(p), false, prot));
	ATF_CHECK_EQ(VM_PROT_READ, prot[0]);
	ATF_CHECK_EQ(VM_PROT_READ, prot[1]);
	ATF_CHECK_EQ(KERN_PROTECTION_FAILURE, RAW(14, SELF, at, PAGE, 0, 3));
	ATF_CHECK_EQ(KERN_PROTECTION_FAILURE,
	    vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &entry));
	ATF_REQUIRE_EQ(
	    0, vm_entry_of(SELF, PTR(p), &size, 1 | MAP_MEM_VM_SHARE, &entry));
	ATF_CHECK_EQ(KERN_INVALID_RIGHT,
	    vm_map_entry_in(SELF, &at, PAGE, entry, false, 3));
	ATF_REQUIRE_EQ(0, vm_map_entry_in(SELF, &at, PAGE, entry, false, 1));
	ATF_CHECK_EQ(KERN_PROTECTION_FAILURE, RAW(14, SELF, at, PAGE, 0, 3));
	/* A copy of so little is read and written as what it is of. */
	at = 0;
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &at, PAGE, SELF, PTR(p), true, prot));
	ATF_CHECK_EQ(VM_PROT_READ, prot[0]);
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS, vm_write_to(SELF, at, "", 1));
	/* A copy is the copier's own. */
	ATF_REQUIRE_EQ(0, vm_map_entry_in(SELF, &at, PAGE, entry, true, 3));
	memset((void *)at, 1, PAGE);
	ATF_CHECK_EQ(0, *p);
	at = 0;
	ATF_REQUIRE_EQ(0, RAW(4811, SELF, PTR(&at), PAGE, 0, 1, 0, 0, 0, 0, 0,
			      VM_INHERIT_DEFAULT));
	ATF_CHECK_EQ(KERN_PROTECTION_FAILURE, RAW(14, SELF, at, PAGE, 0, 1));
	/* Holes are told, and nothing is left of what was begun. */
	ATF_REQUIRE_EQ(0, munmap(p + PAGE, PAGE));
	at = 77;
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS,
	    vm_remap_to(SELF, &at, 3 * PAGE, SELF, PTR(p), false, prot));
	ATF_CHECK_EQ(77, at);
	ATF_CHECK_EQ(KERN_NO_SPACE,
	    RAW(4813, SELF, PTR(&(uint64_t){ PTR(p) }), PAGE, 0, 0, SELF,
		PTR(p + 2 * PAGE), 0, PTR(prot), PTR(prot), 1));
	/* A mask, and a place that is taken over. */
	at = 0;
	ATF_CHECK_EQ(0, RAW(4813, SELF, PTR(&at), PAGE, 0xfffff, 1, SELF,
			    PTR(p), 0, PTR(prot), PTR(prot), 1));
	ATF_CHECK_EQ(0, at & 0xfffff);
	fixed = PTR(p);
	ATF_CHECK_EQ(
	    0, RAW(4813, SELF, PTR(&fixed), PAGE, 0, VM_FLAGS_OVERWRITE, SELF,
		   at, 0, PTR(prot), PTR(prot), 1));
	ATF_CHECK_EQ(PTR(p), fixed);
	/* What cannot be told is not done. */
	ATF_CHECK_EQ(
	    KERN_INVALID_ADDRESS, RAW(4813, SELF, PTR(&at), PAGE, 0, 1, SELF,
				      PTR(p), 0, 8, PTR(prot), 1));
}

/* Both mappings of the parent stay one memory, and children share it. */
CASE(what_is_shared_stays_so_over_fork)
{
	uint64_t at = 0, none = 0;
	char *p = vm_pages(SIZE, MAP_PRIVATE);
	mach_port_name_t task;
	unsigned char resident;
	uint32_t prot[2], most;
	pid_t pid;

	memset(p, 1, SIZE);
	/* Copied by fork before, and so copied when it is written. */
	pid = vm_child(pause, &task);
	ATF_REQUIRE_EQ(0,
	    vm_remap_to(SELF, &at, 2 * PAGE, SELF, PTR(p) + PAGE, false, prot));
	ATF_REQUIRE_EQ(
	    0, RAW(4813, SELF, PTR(&none), PAGE, 0, 1, SELF, PTR(p) + PAGE, 0,
		   PTR(prot), PTR(&most), VM_INHERIT_NONE));
	vm_kill(pid);
	pid = fork();
	if (pid == 0) {
		memset((void *)at, 2, PAGE);
		/* The neighbours are copies, as ever. */
		p[0] = p[4 * PAGE] = 9;
		_exit(p[PAGE] == 2 && mincore((void *)none, PAGE,
					  (void *)&resident) == -1
			  ? 0
			  : 1);
	}
	reap(pid);
	ATF_CHECK(vm_filled(p + PAGE, PAGE, 2));
	ATF_CHECK(vm_filled(p, PAGE, 1) && vm_filled(p + 4 * PAGE, PAGE, 1));
	memset(p + PAGE, 3, 2 * PAGE);
	ATF_CHECK(vm_filled((void *)at, 2 * PAGE, 3));
	ATF_CHECK(vm_filled((void *)none, PAGE, 3));
}

/* Of a file its shared mappings are; seals count them, and entries too. */
CASE(files_are_shared_and_sealed)
{
	mach_port_name_t entry = 0;
	uint64_t at = 0, size = SIZE;
	uint32_t prot[2];
	char path[] = "/tmp/mach-file.XXXXXX", back[8], *p;
	int fd = mkstemp(path);

	unlink(path);
	ATF_REQUIRE_EQ(0, ftruncate(fd, SIZE));
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &at, PAGE, SELF, PTR(p) + PAGE, false, prot));
	memset((void *)at, 5, PAGE);
	ATF_REQUIRE_EQ(8, pread(fd, back, 8, PAGE));
	ATF_CHECK(vm_filled(back, 8, 5));
	/* A private mapping is shared without its file. */
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &at, SIZE, SELF, PTR(p), false, prot));
	memset((void *)at, 6, SIZE);
	ATF_CHECK(vm_filled(p, SIZE, 6));
	ATF_REQUIRE_EQ(8, pread(fd, back, 8, PAGE));
	ATF_CHECK(vm_filled(back, 8, 5));
	close(fd);
	fd = memfd_create("seal", MFD_ALLOW_SEALING);
	ATF_REQUIRE_EQ(0, ftruncate(fd, SIZE));
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ATF_REQUIRE_EQ(
	    0, vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &entry));
	ATF_REQUIRE_EQ(0, vm_map_entry_in(SELF, &at, SIZE, entry, false, 3));
	ATF_REQUIRE_EQ(0, munmap(p, SIZE));
	ATF_CHECK_EQ(-1, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	ATF_CHECK_EQ(0, RAW(12, SELF, at, SIZE));
	ATF_CHECK_EQ(-1, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	ATF_CHECK_EQ(0, RAW(18, SELF, entry));
	ATF_CHECK_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	close(fd);
}

struct right_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static int
giving_child(void)
{
	struct right_message m = { 0 };
	mach_port_name_t entry = 0;
	uint64_t size = SIZE;
	char *p = vm_pages(SIZE, MAP_PRIVATE);

	memset(p, 3, SIZE);
	if (vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &entry) != 0)
		return (1);
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = bootstrap_get();
	m.body.msgh_descriptor_count = 1;
	m.port.name = entry;
	m.port.disposition = MACH_MSG_TYPE_MOVE_SEND;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (RAW(31, PTR(&m), MACH_SEND_MSG,
		    offsetof(struct right_message, trailer)) == 0
		    ? 0
		    : 2);
}

CASE(an_entry_outlives_its_task)
{
	mach_port_name_t port = raw_port_send(), part = 0;
	struct right_message m;
	uint64_t at = 0, size = PAGE, copy = 0;

	bootstrap_set(port);
	reap(vm_child(giving_child, NULL));
	ATF_REQUIRE_EQ(0, RAW(31, PTR(&m), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			      sizeof(m), port, 10000));
	ATF_REQUIRE_EQ(
	    0, vm_map_entry_in(SELF, &at, SIZE, m.port.name, false, 3));
	ATF_REQUIRE_EQ(
	    0, vm_map_entry_in(SELF, &copy, SIZE, m.port.name, true, 3));
	ATF_CHECK(vm_filled((void *)at, SIZE, 3));
	memset((void *)at, 4, SIZE);
	ATF_CHECK(vm_filled((void *)copy, SIZE, 3));
	/* A part outlives the whole. */
	ATF_REQUIRE_EQ(0, RAW(4817, SELF, PTR(&size), SIZE - PAGE, 3,
			      PTR(&part), m.port.name));
	ATF_CHECK_EQ(0, RAW(18, SELF, m.port.name));
	ATF_CHECK_EQ(0, vm_map_entry_in(SELF, &copy, PAGE, part, false, 1));
	ATF_CHECK(vm_filled((void *)copy, PAGE, 4));
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    vm_map_entry_in(SELF, &copy, 2 * PAGE, part, false, 1));
	ATF_CHECK_EQ(0, RAW(18, SELF, part));
}

static uint64_t
number_of(const char *name)
{
	uint64_t n = 0;
	size_t size = sizeof(n);

	ATF_REQUIRE_EQ_MSG(
	    0, sysctlbyname(name, &n, &size, NULL, 0), "%s", name);
	return (n);
}

/* What entries hold is paid for as what messages hold. */
CASE(entries_have_limits)
{
	uint64_t limit = number_of("security.mach.max_task_bytes");
	uint64_t before = number_of("mach.stats.held_bytes");
	uint64_t size = limit / 4;
	mach_port_name_t entry[4] = { 0 }, more = 0;
	char *p = vm_pages(SIZE, MAP_PRIVATE);
	int i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, vm_entry_of(SELF, 0, &size,
				      3 | MAP_MEM_NAMED_CREATE, &entry[i]));
	ATF_CHECK_EQ(before + limit, number_of("mach.stats.held_bytes"));
	size = PAGE;
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE,
	    vm_entry_of(SELF, 0, &size, 3 | MAP_MEM_NAMED_CREATE, &more));
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE,
	    vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &more));
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE,
	    vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_COPY, &more));
	ATF_CHECK_EQ(MACH_PORT_NULL, more);
	for (i = 0; i < 4; i++)
		ATF_CHECK_EQ(0, RAW(18, SELF, entry[i]));
	ATF_CHECK_EQ(before, number_of("mach.stats.held_bytes"));
	ATF_CHECK_EQ(
	    0, vm_entry_of(SELF, 0, &size, 3 | MAP_MEM_NAMED_CREATE, &more));
	size = UINT64_MAX - 1;
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    vm_entry_of(SELF, 0, &size, 3 | MAP_MEM_NAMED_CREATE, &more));
	size = 0;
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    vm_entry_of(SELF, 0, &size, 3 | MAP_MEM_NAMED_CREATE, &more));
}

/* Wired memory stays what it is, shared and copied. */
CASE(wired_memory_is_shared)
{
	uint64_t at = 0, copy = 0;
	char *p = vm_pages(SIZE, MAP_PRIVATE);
	uint32_t prot[2];

	if (mlock(p, SIZE) != 0)
		atf_tc_skip("mlock: errno %d", errno);
	memset(p, 1, SIZE);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &at, SIZE, SELF, PTR(p), false, prot));
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &copy, SIZE, SELF, PTR(p), true, prot));
	memset((void *)at, 2, SIZE);
	ATF_CHECK(vm_filled(p, SIZE, 2));
	ATF_CHECK(vm_filled((void *)copy, SIZE, 1));
	ATF_CHECK_EQ(0, munlock(p, SIZE));
	ATF_CHECK_EQ(0, RAW(12, SELF, PTR(p), SIZE));
	ATF_CHECK(vm_filled((void *)at, SIZE, 2));
}

#define LITTLE ((uint64_t)4 * PAGE)

/* Its shadow would have pages that nobody wired. */
CASE(wired_memory_that_is_copied_when_written_is_not_shared)
{
	uint64_t size = LITTLE;
	mach_port_name_t entry = 0;
	int fd = open("/bin/sh", O_RDONLY);
	char *p = mmap(NULL, LITTLE, PROT_READ, MAP_PRIVATE, fd, 0);

	ATF_REQUIRE(fd != -1 && p != MAP_FAILED);
	if (mlock(p, LITTLE) != 0)
		atf_tc_skip("mlock: errno %d", errno);
	ATF_CHECK_EQ(KERN_NOT_SUPPORTED,
	    vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &entry));
	ATF_CHECK_EQ(0, munlock(p, LITTLE));
	ATF_CHECK_EQ(
	    0, vm_entry_of(SELF, PTR(p), &size, 3 | MAP_MEM_VM_SHARE, &entry));
}

static int
writing_child(void)
{
	vm_wait(1);
	if (!vm_filled(memory, SIZE, 3))
		return (1);
	memset(memory, 4, SIZE);
	*vm_step = 2;
	return (0);
}

/* A copy of what a child shares is no end of the sharing, and stays as it is. */
CASE(a_copy_of_what_is_shared)
{
	uint64_t first = 0, copy = 0;
	uint32_t prot[2];
	pid_t pid;

	memory = vm_pages(SIZE, MAP_SHARED);
	memset(memory, 1, SIZE);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &first, SIZE, SELF, PTR(memory), true, prot));
	pid = vm_child(writing_child, NULL);
	memset(memory, 2, SIZE);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &copy, SIZE, SELF, PTR(memory), true, prot));
	memset(memory, 3, SIZE);
	*vm_step = 1;
	reap(pid);
	ATF_CHECK(vm_filled((void *)first, SIZE, 1));
	ATF_CHECK(vm_filled((void *)copy, SIZE, 2));
	ATF_CHECK(vm_filled(memory, SIZE, 4));
}

/* Nor does one change with the file that is behind memory of one's own. */
CASE(a_copy_of_what_is_of_a_file)
{
	char name[] = "file.XXXXXX", page[PAGE], *p;
	int fd = mkstemp(name);
	uint64_t copy = 0;
	uint32_t prot[2];

	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE_EQ(0, ftruncate(fd, SIZE));
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	memset(p, 1, PAGE);
	ATF_REQUIRE_EQ(
	    0, vm_remap_to(SELF, &copy, SIZE, SELF, PTR(p), true, prot));
	memset(page, 9, PAGE);
	ATF_REQUIRE_EQ(PAGE, pwrite(fd, page, PAGE, 8 * PAGE));
	ATF_CHECK(vm_filled((void *)copy, PAGE, 1));
	ATF_CHECK(vm_filled((void *)(copy + PAGE), SIZE - PAGE, 0));
}

#define LONG (UINT64_C(8) << 30)
#define LONG_PIECE (UINT64_C(16) << 20)

/* Copies 8 GB, which are 16 MB many times, to where they are. */
static int
copying_child(void)
{
	int fd = shm_open(SHM_ANON, O_RDWR, 0600);
	uint64_t at = 0;
	char *p;

	p = mmap(NULL, LONG, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED || ftruncate(fd, LONG_PIECE) != 0)
		return (1);
	for (; at < LONG; at += LONG_PIECE) {
		if (mmap(p + at, LONG_PIECE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
			return (2);
	}
	*vm_step = 1;
	return (RAW(4807, SELF, PTR(p), LONG, PTR(p)) == 0 ? 0 : 3);
}

/* A copy of 4 TB that others may write to, of which there is one page. */
static int
empty_child(void)
{
	char *p = vm_pages(UINT64_C(4) << 40, MAP_SHARED);
	int with_us = SIGKILL;
	uint64_t copy = 0;
	uint32_t prot[2];
	pid_t pid;

	p[(UINT64_C(4) << 40) - 1] = 1;
	pid = fork();
	if (pid == 0) {
		(void)procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &with_us);
		pause();
		_exit(0);
	}
	usleep(50000);
	*vm_step = 1;
	(void)vm_remap_to(
	    SELF, &copy, UINT64_C(4) << 40, SELF, PTR(p), true, prot);
	return (3);
}

#define ENTRY (UINT64_C(256) << 20)

/* And of 2 TB, which are one entry many times, of which there is one page. */
static int
empty_entries_child(void)
{
	uint64_t size = ENTRY, all = 8192 * ENTRY, copy = 0, at, end;
	mach_port_name_t entry = 0;
	uint32_t prot[2];
	char *p;

	p = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED ||
	    vm_entry_of(SELF, 0, &size, 3 | MAP_MEM_NAMED_CREATE, &entry) != 0)
		return (1);
	end = PTR(p) + all;
	for (at = PTR(p); at < end; at += ENTRY) {
		if (RAW(4811, SELF, PTR(&at), ENTRY, 0, VM_FLAGS_OVERWRITE,
			entry, 0, 0, 3, 3, VM_INHERIT_NONE) != 0)
			return (2);
	}
	p[all - 1] = 1;
	*vm_step = 1;
	(void)vm_remap_to(SELF, &copy, all, SELF, PTR(p), true, prot);
	return (3);
}

#define MANY (UINT64_C(256) << 20)

/*
 * Very many pieces of one object, of which each is looked at and is copied: a
 * descriptor has it, too, and zeroes of a file are not known to be such.
 */
static int
pieces_child(void)
{
	int fd = shm_open(SHM_ANON, O_RDWR, 0600);
	uint64_t at, copy = 0;
	uint32_t prot[2];
	char *p;

	if (ftruncate(fd, MANY) != 0)
		return (1);
	p = mmap(NULL, MANY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (1);
	for (at = 0; at < MANY; at += 2 * PAGE) {
		if (mprotect(p + at, PAGE, PROT_READ) != 0)
			return (2);
	}
	*vm_step = 1;
	while (vm_remap_to(SELF, &copy, MANY, SELF, PTR(p), true, prot) == 0)
		(void)munmap((void *)copy, MANY);
	return (3);
}

static void
killed_while(int (*copying)(void))
{
	time_t start;
	pid_t pid = vm_child(copying, NULL);

	vm_wait(1);
	usleep(200000);
	start = time(NULL);
	vm_kill(pid);
	ATF_CHECK_MSG(time(NULL) - start < 8, "it was killed after %jd s",
	    (intmax_t)(time(NULL) - start));
}

CASE(a_long_copy_can_be_killed)
{
	killed_while(copying_child);
}

CASE(a_copy_of_many_pieces_can_be_killed)
{
	killed_while(pieces_child);
}

CASE(a_long_copy_of_nothing_can_be_killed)
{
	killed_while(empty_child);
}

CASE(a_copy_of_one_entry_many_times_can_be_killed)
{
	killed_while(empty_entries_child);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_remap_is_the_memory_or_a_copy);
	ATF_TP_ADD_TC(tp, more_is_not_allowed_than_there_was);
	ATF_TP_ADD_TC(tp, what_is_shared_stays_so_over_fork);
	ATF_TP_ADD_TC(tp, files_are_shared_and_sealed);
	ATF_TP_ADD_TC(tp, an_entry_outlives_its_task);
	ATF_TP_ADD_TC(tp, entries_have_limits);
	ATF_TP_ADD_TC(tp, wired_memory_is_shared);
	ATF_TP_ADD_TC(
	    tp, wired_memory_that_is_copied_when_written_is_not_shared);
	ATF_TP_ADD_TC(tp, a_copy_of_what_is_shared);
	ATF_TP_ADD_TC(tp, a_copy_of_what_is_of_a_file);
	ATF_TP_ADD_TC(tp, a_long_copy_can_be_killed);
	ATF_TP_ADD_TC(tp, a_copy_of_many_pieces_can_be_killed);
	ATF_TP_ADD_TC(tp, a_long_copy_of_nothing_can_be_killed);
	ATF_TP_ADD_TC(tp, a_copy_of_one_entry_many_times_can_be_killed);
	return (atf_no_error());
}
