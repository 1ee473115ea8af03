/*
 * Memory of processes in messages: as it was when it was sent, whatever it is
 * of and whoever writes to it later.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_region.h>
#include <signal.h>
#include <unistd.h>

#include "vm.h"

struct ool_message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t ool;
	mach_msg_max_trailer_t trailer;
};

static mach_msg_return_t
send_memory(mach_port_name_t to, char *at, uint32_t size, bool deallocate)
{
	struct ool_message m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = 1;
	m.ool.address = at;
	m.ool.size = size;
	m.ool.deallocate = deallocate;
	m.ool.copy = MACH_MSG_VIRTUAL_COPY;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	return ((mach_msg_return_t)RAW(31, PTR(&m),
	    MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    offsetof(struct ool_message, trailer)));
}

static char *
receive_memory(mach_port_name_t from, uint32_t size)
{
	struct ool_message m;

	ATF_REQUIRE_EQ(0, RAW(31, PTR(&m), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			      sizeof(m), from, 10000));
	ATF_REQUIRE_EQ(size, m.ool.size);
	return (m.ool.address);
}

static bool
is_pattern(const char *at, uint32_t size, unsigned int seed)
{
	uint32_t i;

	for (i = 0; i < size; i++) {
		if (at[i] != (char)(i * 7 + i / 4096 + seed))
			return (false);
	}
	return (true);
}

static void
pattern(char *at, uint32_t size, unsigned int seed)
{
	uint32_t i;

	for (i = 0; i < size; i++)
		at[i] = (char)(i * 7 + i / 4096 + seed);
}

/* As it was when sent, whatever the sender writes afterwards. */
static void
out_of_line(uint32_t offset, uint32_t size, bool deallocate)
{
	mach_port_name_t port = raw_port_send();
	size_t room = (size_t)offset + size + 8192;
	char *mem, *got;
	unsigned char resident;

	mem = mmap(
	    NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	ATF_REQUIRE(mem != MAP_FAILED);
	pattern(mem + offset, size, 1);
	ATF_REQUIRE_EQ(0, send_memory(port, mem + offset, size, deallocate));
	if (deallocate)
		ATF_CHECK_EQ(-1, mincore(mem + offset, 1, (void *)&resident));
	else
		pattern(mem + offset, size, 2);
	got = receive_memory(port, size);
	ATF_CHECK(is_pattern(got, size, 1));
	pattern(got, size, 3);
	if (!deallocate)
		ATF_CHECK(is_pattern(mem + offset, size, 2));
	ATF_CHECK(is_pattern(got, size, 3));
	ATF_CHECK_EQ(0, RAW(12, raw_self(), PTR(got), size));
}

CASE(memory)
{
	static const uint32_t sizes[] = { 1, 100, 4096, 5000, 65536, 70000,
		4 << 20 };
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		out_of_line(0, sizes[i], false);
		out_of_line(0, sizes[i], true);
		out_of_line(123, sizes[i], false);
		out_of_line(123, sizes[i], true);
	}
}

/* Between processes, of memory that fork shares already, and of a file's. */
CASE(memory_of_all_kinds)
{
	mach_port_name_t port = raw_port_send();
	uint32_t size = 1 << 20;
	char *mem, *shared, *got, path[] = "/tmp/mach-test.XXXXXX";
	pid_t pid;
	int fd;

	mem = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	shared = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	pattern(mem, size, 5);
	pattern(shared, size, 6);
	bootstrap_set(port);
	pid = fork();
	if (pid == 0) {
		mach_port_name_t to = bootstrap_get();

		if (send_memory(to, mem, size, false) != 0 ||
		    send_memory(to, shared, size, false) != 0)
			_exit(1);
		pattern(mem, size, 7);
		pattern(shared, size, 8);
		/* Not anonymous: a private mapping of a file. */
		fd = mkstemp(path);
		unlink(path);
		if (write(fd, mem, size) != size)
			_exit(2);
		mem = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (send_memory(to, mem, size, false) != 0)
			_exit(3);
		if (pwrite(fd, shared, size, 0) != size)
			_exit(4);
		/* Never written, not readable, not there. */
		mem =
		    mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
		if (send_memory(to, mem, size, true) != 0)
			_exit(5);
		mem =
		    mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
		if (send_memory(to, mem, size, false) !=
		    MACH_SEND_INVALID_MEMORY)
			_exit(6);
		munmap(mem, size);
		if (send_memory(to, mem, size, false) !=
		    MACH_SEND_INVALID_MEMORY)
			_exit(7);
		_exit(0);
	}
	reap(pid);
	got = receive_memory(port, size);
	ATF_CHECK(is_pattern(got, size, 5));
	ATF_CHECK(is_pattern(mem, size, 5));
	got = receive_memory(port, size);
	ATF_CHECK(is_pattern(got, size, 6));
	ATF_CHECK_MSG(is_pattern(shared, size, 8), "no longer shared");
	got = receive_memory(port, size);
	ATF_CHECK_MSG(is_pattern(got, size, 7), "changed with the file");
	got = receive_memory(port, size);
	ATF_CHECK(got[0] == 0 && got[size - 1] == 0);
}

/*
 * Memory that is sent while others share it, or come to.
 */
#define SHARED (1u << 20)

static char *shared;

/* An accomplice of the sender's, who writes when he is told to. */
static int
write_later(void)
{
	vm_wait(1);
	memset(shared, 0x55, SHARED);
	return (0);
}

/* Who writes at once, too. */
static int
write_twice(void)
{
	pattern(shared, SHARED, 2);
	*vm_step = 1;
	vm_wait(2);
	pattern(shared, SHARED, 3);
	return (0);
}

/* By which the kernel makes it copy-on-write, for the sender alone. */
static void
fork_once(void)
{
	pid_t pid;

	ATF_REQUIRE_EQ(0, minherit(shared, SHARED, INHERIT_COPY));
	pid = fork();
	if (pid == 0)
		_exit(0);
	reap(pid);
}

/* With `write` it is behind an object of the sender's own when it is sent. */
static void
accomplice(bool write)
{
	mach_port_name_t port = raw_port_send();
	pid_t pid;

	shared = vm_pages(SHARED, MAP_SHARED);
	pattern(shared, SHARED, 1);
	pid = vm_child(write_later, NULL);
	fork_once();
	if (write)
		pattern(shared, PAGE, 1);
	ATF_REQUIRE_EQ(0, send_memory(port, shared, SHARED, false));
	*vm_step = 1;
	reap(pid);
	ATF_CHECK_MSG(is_pattern(receive_memory(port, SHARED), SHARED, 1),
	    "it changed after it was sent");
}

CASE(an_accomplice_changes_nothing)
{
	accomplice(false);
	accomplice(true);
}

/* Nor one who comes when it is on its way, and is sent once more then. */
CASE(who_shares_it_later_changes_nothing)
{
	mach_port_name_t port = raw_port_send();
	pid_t pid;
	int i;

	shared = vm_pages(SHARED, MAP_PRIVATE);
	pattern(shared, SHARED, 1);
	ATF_REQUIRE_EQ(0, send_memory(port, shared, SHARED, false));
	ATF_REQUIRE_EQ(0, send_memory(port, shared, SHARED, false));
	ATF_REQUIRE_EQ(0, minherit(shared, SHARED, INHERIT_SHARE));
	pid = vm_child(write_twice, NULL);
	vm_wait(1);
	ATF_CHECK(is_pattern(shared, SHARED, 2));
	fork_once();
	ATF_REQUIRE_EQ(0, send_memory(port, shared, SHARED, false));
	*vm_step = 2;
	reap(pid);
	for (i = 0; i < 3; i++)
		ATF_CHECK_MSG(is_pattern(receive_memory(port, SHARED), SHARED,
				  i < 2 ? 1 : 2),
		    "%d", i);
}

CASE(own_memory)
{
	uint64_t at = 0, small = 0;
	char *p;

	ATF_REQUIRE_EQ(0, RAW(10, raw_self(), PTR(&at), 100000, 1));
	p = (char *)(uintptr_t)at;
	p[99999] = 1;
	ATF_CHECK_EQ(0, RAW(14, raw_self(), at, 4096, 0, 1));
	ATF_CHECK_EQ(KERN_NO_SPACE, RAW(10, raw_self(), PTR(&at), 4096, 0));
	ATF_CHECK_EQ(0, RAW(12, raw_self(), at, 100000));
	ATF_CHECK_EQ(0, RAW(15, raw_self(), PTR(&small), 4096, 0xfffff, 1, 3));
	ATF_CHECK_EQ(0, small & 0xfffff);
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS, RAW(10, raw_self(), 0, 4096, 1));
}

static uint64_t
region_of(mach_port_name_t task, uint64_t *at, uint64_t *size,
    vm_region_basic_info_data_64_t *info)
{
	uint32_t n = VM_REGION_BASIC_INFO_COUNT_64, object = 9;
	uint64_t kr;

	memset(info, 0xa5, sizeof(*info));
	kr = RAW(4816, task, PTR(at), PTR(size), VM_REGION_BASIC_INFO_64,
	    PTR(info), PTR(&n), PTR(&object));
	ATF_CHECK(kr != 0 || (n == 9 && object == 0));
	return (kr);
}

/* Of its own memory, and of a child's; every byte that comes out is told. */
CASE(regions)
{
	vm_region_basic_info_data_64_t info;
	mach_port_name_t task = 0;
	uint64_t at, size, page = 4096;
	uint32_t few = 8;
	char *mem;
	pid_t pid;
	int i;

	mem = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	ATF_REQUIRE_EQ(0, mprotect(mem + page, page, PROT_READ));
	pid = fork();
	if (pid == 0) {
		(void)raw_self();
		pause();
	}
	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)pid, PTR(&task)));
	for (i = 0; i < 2; i++) {
		at = PTR(mem) + page;
		ATF_CHECK_EQ(0,
		    region_of(i == 0 ? raw_self() : task, &at, &size, &info));
		ATF_CHECK_EQ(PTR(mem) + page, at);
		ATF_CHECK_EQ(page, size);
		ATF_CHECK_EQ(VM_PROT_READ, info.protection);
		ATF_CHECK_EQ(VM_INHERIT_COPY, info.inheritance);
		ATF_CHECK_EQ(0, info.shared);
		ATF_CHECK_EQ(0, info.user_wired_count);
		ATF_CHECK_EQ_MSG(0, ((uint16_t *)&info)[17], "padding");
	}
	/* Behind all: before 14.0 the last page is the one of signal code. */
	at = UINT64_C(1) << 63;
	ATF_CHECK_EQ(
	    KERN_INVALID_ADDRESS, region_of(raw_self(), &at, &size, &info));
	ATF_CHECK_EQ(
	    KERN_INVALID_ARGUMENT, RAW(4816, raw_self(), PTR(&at), PTR(&size),
				       9, PTR(&info), PTR(&few), PTR(&few)));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, memory_of_all_kinds);
	ATF_TP_ADD_TC(tp, an_accomplice_changes_nothing);
	ATF_TP_ADD_TC(tp, who_shares_it_later_changes_nothing);
	ATF_TP_ADD_TC(tp, own_memory);
	ATF_TP_ADD_TC(tp, regions);
	return (atf_no_error());
}
