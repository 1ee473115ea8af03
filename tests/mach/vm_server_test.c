/*
 * Over machd: memory of another task, whose control port one holds.  The
 * system decides whether that is allowed; who asks is this process, never the
 * server.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <isthmus/mach_pollfd.h>
#include <mach/mach.h>
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <sys/fileport.h>

#include "tests/mach/hostile.h"

#define SELF mach_task_self()
#define READER 35103u
#define TARGET 35104u
#define AT(p) ((mach_vm_address_t)(uintptr_t)(p))
#define LARGE (UINT64_C(8) << 20)

/* At the same address in both processes, with other bytes in each. */
static char text[64] = "ours";
static char *large;
static char *closed_page;
static int *ready;

static void
begin(void)
{
	ready = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	large = mmap(
	    NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	closed_page =
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
	WANT(ready != MAP_FAILED && large != MAP_FAILED &&
	     closed_page != MAP_FAILED);
}

_Noreturn static void
be_target(void)
{
	snprintf(text, sizeof(text), "theirs");
	memset(large, 7, LARGE);
	WANT(SELF != MACH_PORT_NULL);
	__atomic_store_n(ready, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		if (strcmp(text, "written") == 0)
			__atomic_store_n(ready, 2, __ATOMIC_SEQ_CST);
		nap(1);
	}
}

/* Until it is there, or does what is waited for. */
static bool
comes(int state)
{
	int i;

	for (i = 0; i < 5000; i++) {
		if (__atomic_load_n(ready, __ATOMIC_SEQ_CST) == state)
			return (true);
		nap(1);
	}
	return (false);
}

static pid_t
target_start(void)
{
	pid_t pid;

	begin();
	/* A client, so that its child inherits of it. */
	WANT(SELF != MACH_PORT_NULL);
	pid = fork();
	if (pid == 0)
		be_target();
	WANT(comes(1));
	return (pid);
}

static void
target_end(pid_t pid)
{
	kill(pid, SIGKILL);
	WANT(waitpid(pid, NULL, 0) == pid);
}

static kern_return_t
over(mach_port_t task, const void *from, size_t size, void *to)
{
	mach_vm_size_t got = 99;
	kern_return_t kr;

	kr = mach_vm_read_overwrite(task, AT(from), size, AT(to), &got);
	WANT(got == (kr == KERN_SUCCESS ? size : 99));
	return (kr);
}

static kern_return_t
put(mach_port_t task, void *to, const char *what)
{
	return (mach_vm_write(task, AT(to), (vm_offset_t)AT(what),
	    (mach_msg_type_number_t)strlen(what) + 1));
}

#define NOT_HERE 77

static mach_port_t
control(pid_t pid)
{
	mach_port_t task = MACH_PORT_NULL;
	char copy[sizeof(text)];

	WANT(task_for_pid(SELF, pid, &task) == KERN_SUCCESS);
	if (over(task, text, sizeof(copy), copy) == KERN_NOT_SUPPORTED) {
		target_end(pid);
		_exit(NOT_HERE);
	}
	return (task);
}

#define CASE(name, fn, root)                                              \
	static void fn(void);                                             \
	ATF_TC(name);                                                     \
	ATF_TC_HEAD(name, tc)                                             \
	{                                                                 \
		atf_tc_set_md_var(tc, "timeout", "60");                   \
	}                                                                 \
	ATF_TC_BODY(name, tc)                                             \
	{                                                                 \
		struct served was;                                        \
		int status;                                               \
                                                                          \
		if (root && geteuid() != 0)                               \
			atf_tc_skip("needs root: two users");             \
		server_begin();                                           \
		was = server_look();                                      \
		status = hostile_run(fn, 50);                             \
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_HERE) \
			atf_tc_skip("needs Linux: others' memory");       \
		ATF_CHECK_EQ(0, status);                                  \
		server_is_back_at(&was);                                  \
	}                                                                 \
	static void fn(void)

CASE(anothers_memory_is_read, reads, false)
{
	pid_t pid = target_start();
	mach_port_t task = control(pid);
	mach_msg_type_number_t n = 1;
	vm_offset_t data = 1;
	char copy[sizeof(text)] = "";

	WANT(over(task, text, sizeof(copy), copy) == KERN_SUCCESS);
	WANT(strcmp(copy, "theirs") == 0 && strcmp(text, "ours") == 0);
	WANT(mach_vm_read(task, AT(large), LARGE - 5, &data, &n) ==
	     KERN_SUCCESS);
	WANT(n == LARGE - 5 && ((char *)data)[0] == 7 &&
	     ((char *)data)[LARGE - 6] == 7);
	WANT(vm_deallocate(SELF, data, n) == KERN_SUCCESS);
	/* None of it, and what is not there; nothing is told then. */
	n = 1;
	WANT(mach_vm_read(task, AT(text), 0, &data, &n) == KERN_SUCCESS);
	WANT(n == 0 && data == 0);
	data = 1, n = 1;
	WANT(mach_vm_read(task, 8, 100, &data, &n) == KERN_INVALID_ADDRESS);
	WANT(mach_vm_read(task, UINT64_MAX - 8, 100, &data, &n) ==
	     KERN_INVALID_ADDRESS);
	WANT(mach_vm_read(task, AT(text), UINT64_C(1) << 32, &data, &n) ==
	     KERN_INVALID_ARGUMENT);
	WANT(data == 1 && n == 1);
	target_end(pid);
}

CASE(anothers_memory_is_written, writes, false)
{
	pid_t pid = target_start();
	mach_port_t task = control(pid);

	/* What it may not write itself is not written by others. */
	WANT(put(task, closed_page, "written") == KERN_INVALID_ADDRESS);
	WANT(put(task, (void *)8, "written") == KERN_INVALID_ADDRESS);
	WANT(put(task, text, "written") == KERN_SUCCESS);
	WANT(comes(2));
	WANT(strcmp(text, "ours") == 0);
	target_end(pid);
}

/* What the system does not give is said to be so, and does nothing here. */
CASE(anothers_memory_is_not_changed_otherwise, otherwise, false)
{
	pid_t pid = target_start();
	mach_port_t task = control(pid);
	mach_vm_address_t address = AT(large);

	WANT(mach_vm_allocate(task, &address, 4096, VM_FLAGS_ANYWHERE) ==
	     KERN_NOT_SUPPORTED);
	WANT(mach_vm_deallocate(task, AT(large), LARGE) == KERN_NOT_SUPPORTED);
	WANT(mach_vm_protect(task, AT(large), LARGE, 0, VM_PROT_NONE) ==
	     KERN_NOT_SUPPORTED);
	WANT(
	    mach_vm_copy(task, AT(large), 100, AT(text)) == KERN_NOT_SUPPORTED);
	large[5] = 3;
	WANT(strcmp(text, "ours") == 0);
	target_end(pid);
}

/* A name of a task, one that has ended, what is none. */
CASE(others_are_not_reached, unreached, false)
{
	pid_t pid = target_start();
	mach_port_t task = control(pid), name, port;
	char copy[sizeof(text)];

	WANT(task_name_for_pid(SELF, pid, &name) == KERN_SUCCESS);
	WANT(over(name, text, sizeof(copy), copy) != KERN_SUCCESS);
	WANT(put(name, text, "written") != KERN_SUCCESS);
	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
	     KERN_SUCCESS);
	WANT(over(port, text, sizeof(copy), copy) != KERN_SUCCESS);
	WANT(over(MACH_PORT_NULL, text, sizeof(copy), copy) != KERN_SUCCESS);
	kill(pid, SIGKILL);
	/* Not waited for: its number is nobody else's yet. */
	nap(20);
	WANT(over(task, text, sizeof(copy), copy) != KERN_SUCCESS);
	WANT(put(task, text, "written") != KERN_SUCCESS);
	WANT(waitpid(pid, NULL, 0) == pid);
	WANT(over(task, text, sizeof(copy), copy) != KERN_SUCCESS);
	WANT(strcmp(text, "ours") == 0);
}

/*
 * Arguments that point at nothing, at what is not mapped, or at what cannot be
 * written
 */

static void *wrong[3];
#define FOR_WRONG(p) for (p = &wrong[0]; p < &wrong[3]; p++)

/* What a client has: nothing of it may be left by a call that failed. */
struct had {
	mach_msg_type_number_t names;
	uint64_t mapped;
	int fd;
};

static struct had
had(void)
{
	mach_msg_type_number_t ntypes, n = VM_REGION_BASIC_INFO_COUNT_64;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	vm_region_basic_info_data_64_t info;
	mach_vm_address_t address = 0;
	mach_vm_size_t size;
	mach_port_t object;
	struct had had = { 0 };

	WANT(mach_port_names(SELF, &names, &had.names, &types, &ntypes) ==
	     KERN_SUCCESS);
	WANT(vm_deallocate(SELF, AT(names), had.names * sizeof(*names)) ==
	     KERN_SUCCESS);
	WANT(vm_deallocate(SELF, AT(types), ntypes * sizeof(*types)) ==
	     KERN_SUCCESS);
	while (mach_vm_region(SELF, &address, &size, VM_REGION_BASIC_INFO_64,
		   (vm_region_info_t)&info, &n, &object) == KERN_SUCCESS) {
		had.mapped += size;
		address += size;
	}
	had.fd = dup(0);
	WANT(had.fd >= 0 && close(had.fd) == 0);
	return (had);
}

static void
wrong_begin(void)
{
	uint64_t *size = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);

	WANT(size != MAP_FAILED);
	/* Where it is read first, it is right up to there. */
	*size = LARGE;
	WANT(mprotect(size, 4096, PROT_READ) == 0);
	wrong[1] = (void *)8;
	wrong[2] = size;
}

/* Of a task's memory, another's or one's own. */
static void
wrong_reads(mach_port_t task, const void *from)
{
	mach_msg_type_number_t n = 1;
	mach_vm_size_t got = 1;
	vm_offset_t data = 1;
	char copy[16];
	void **p;

	FOR_WRONG(p)
	{
		WANT(mach_vm_read(task, AT(from), LARGE, *p, &n) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_vm_read(task, AT(from), LARGE, &data, *p) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_vm_read_overwrite(task, AT(from), sizeof(copy),
			 AT(copy), *p) == KERN_INVALID_ADDRESS);
		WANT(mach_vm_read_overwrite(task, AT(from), sizeof(copy),
			 AT(*p), &got) == KERN_INVALID_ADDRESS);
	}
	/* From where nothing is; a page that is only read is there. */
	WANT(mach_vm_write(task, AT(from), 0, 16) == KERN_INVALID_ADDRESS);
	WANT(mach_vm_write(task, AT(from), 8, 16) == KERN_INVALID_ADDRESS);
	WANT(
	    mach_vm_write(task, AT(from), AT(closed_page), 16) == KERN_SUCCESS);
}

CASE(anothers_memory_goes_nowhere_wrong, wrong_of_another, false)
{
	pid_t pid = target_start();
	mach_port_t task = control(pid);
	struct had before, after;

	wrong_begin();
	wrong_reads(task, large);
	before = had();
	wrong_reads(task, large);
	after = had();
	WANT(after.names == before.names && after.fd == before.fd);
	WANT(after.mapped < before.mapped + LARGE);
	target_end(pid);
}

static void
wrong_memory(void)
{
	mach_msg_type_number_t n = VM_REGION_BASIC_INFO_COUNT_64;
	vm_region_basic_info_data_64_t info;
	mach_vm_address_t address = AT(large);
	memory_object_size_t entry_size = LARGE;
	mach_port_t object;
	mach_vm_size_t size;
	vm_prot_t prot;
	void **p;

	wrong_reads(SELF, large);
	FOR_WRONG(p)
	{
		WANT(mach_vm_allocate(SELF, *p, LARGE, VM_FLAGS_ANYWHERE) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_vm_map(SELF, *p, LARGE, 0, VM_FLAGS_ANYWHERE, 0, 0,
			 FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
			 VM_INHERIT_COPY) == KERN_INVALID_ADDRESS);
		WANT(mach_vm_remap(SELF, &address, LARGE, 0, VM_FLAGS_ANYWHERE,
			 SELF, AT(large), TRUE, *p, &prot,
			 VM_INHERIT_COPY) == KERN_INVALID_ADDRESS);
		WANT(mach_vm_region(SELF, &address, *p, VM_REGION_BASIC_INFO_64,
			 (vm_region_info_t)&info, &n,
			 &object) == KERN_INVALID_ADDRESS);
		WANT(mach_vm_region(SELF, &address, &size,
			 VM_REGION_BASIC_INFO_64, *p, &n,
			 &object) == KERN_INVALID_ADDRESS);
		WANT(mach_make_memory_entry_64(SELF, *p, AT(large),
			 VM_PROT_DEFAULT | MAP_MEM_VM_COPY, &object,
			 MACH_PORT_NULL) == KERN_INVALID_ADDRESS);
		WANT(mach_make_memory_entry_64(SELF, &entry_size, AT(large),
			 VM_PROT_DEFAULT | MAP_MEM_VM_COPY, *p,
			 MACH_PORT_NULL) == KERN_INVALID_ADDRESS);
	}
}

static void
wrong_ports(mach_port_t port)
{
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT, m;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	struct mach_port_status status;
	mach_port_t made;
	void **p;

	FOR_WRONG(p)
	{
		WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, *p) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_port_type(SELF, port, *p) == KERN_INVALID_ADDRESS);
		WANT(mach_port_get_attributes(SELF, port,
			 MACH_PORT_RECEIVE_STATUS, *p,
			 &n) == KERN_INVALID_ADDRESS);
		WANT(mach_port_get_attributes(SELF, port,
			 MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status,
			 *p) == KERN_INVALID_ADDRESS);
		WANT(mach_port_names(SELF, *p, &m, &types, &m) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_port_names(SELF, &names, &m, &types, *p) ==
		     KERN_INVALID_ADDRESS);
		WANT(mach_port_pollfd(SELF, port, *p) == KERN_INVALID_ADDRESS);
		WANT(fileport_makeport(0, *p) == -1);
	}
	WANT(mach_port_construct(SELF, wrong[1], 0, &made) ==
	     KERN_INVALID_ADDRESS);
	/* To be read is all that these have to be. */
	WANT(mach_port_construct(SELF, (void *)closed_page, 0, &made) ==
	     KERN_SUCCESS);
	WANT(mach_port_destruct(SELF, made, 0, 0) == KERN_SUCCESS);
}

CASE(nothing_is_left_of_wrong_arguments, wrong_arguments, false)
{
	struct had before, after;
	mach_port_t port;

	begin();
	wrong_begin();
	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
	     KERN_SUCCESS);
	wrong_memory();
	wrong_ports(port);
	before = had();
	wrong_memory();
	wrong_ports(port);
	after = had();
	/* mach_port_allocate()'s stay, as in the core's other hosts. */
	WANT(after.names == before.names + 3 && after.fd == before.fd);
	WANT(after.mapped < before.mapped + LARGE);
}

static mach_msg_return_t
send_from(void *at)
{
	return (mach_msg(
	    at, MACH_SEND_MSG, 64, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* What a good message comes to that is received there. */
static mach_msg_return_t
receive_to(void *at, mach_msg_size_t room, mach_port_t port)
{
	char good[64] = "";
	mach_msg_header_t header = { .msgh_bits = MACH_MSGH_BITS(
					 MACH_MSG_TYPE_MAKE_SEND, 0),
		.msgh_remote_port = port };

	memcpy(good, &header, sizeof(header));
	WANT(send_from(good) == MACH_MSG_SUCCESS);
	return (mach_msg(at, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, room, port, 0,
	    MACH_PORT_NULL));
}

CASE(messages_go_nowhere_wrong, wrong_messages, false)
{
	mach_vm_address_t page = 0;
	mach_port_t port;
	char *two;
	int i;

	begin();
	WANT(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
	     KERN_SUCCESS);
	/* Two pages, of which the second is none. */
	two = mmap(
	    NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	WANT(two != MAP_FAILED && munmap(two + 4096, 4096) == 0);
	for (i = 0; i < 3; i++) {
		WANT(send_from((void *)8) == MACH_SEND_INVALID_DATA);
		WANT(send_from(two + 4096) == MACH_SEND_INVALID_DATA);
		WANT(send_from(two + 4064) == MACH_SEND_INVALID_DATA);
		WANT(receive_to((void *)8, 256, port) == MACH_RCV_INVALID_DATA);
		WANT(
		    receive_to(two + 4064, 256, port) == MACH_RCV_INVALID_DATA);
		WANT(receive_to(closed_page, 256, port) ==
		     MACH_RCV_INVALID_DATA);
		/* As much as it needs is there. */
		WANT(receive_to(two + 4096 - 256, UINT32_MAX, port) ==
		     MACH_MSG_SUCCESS);
		/* Nothing of them is in its queue. */
		WANT(mach_msg((void *)two, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			 256, port, 0, MACH_PORT_NULL) == MACH_RCV_TIMED_OUT);
	}
	/* Nor need that be there which tells of the buffers. */
	WANT(mach_msg2_trap(two + 4096, MACH64_SEND_MSG | MACH64_MSG_VECTOR,
		 UINT64_C(1) << 32, 0, 0, 0, 0, 0) == MACH_SEND_INVALID_DATA);
	/* What is not there any more is looked at again. */
	WANT(mach_vm_allocate(SELF, &page, 4096, VM_FLAGS_ANYWHERE) ==
	     KERN_SUCCESS);
	WANT(
	    receive_to((void *)(uintptr_t)page, 256, port) == MACH_MSG_SUCCESS);
	WANT(mach_vm_deallocate(SELF, page, 4096) == KERN_SUCCESS);
	WANT(receive_to((void *)(uintptr_t)page, 256, port) ==
	     MACH_RCV_INVALID_DATA);
}

/* Two users: who has the port has no more of the memory than the system says. */

static void
become(uid_t uid)
{
	WANT(setgid(uid) == 0 && setuid(uid) == 0);
}

_Noreturn static void
be_reader(void)
{
	mach_msg_type_number_t n;
	char copy[sizeof(text)] = "";
	mach_port_t task;
	vm_offset_t data;

	become(READER);
	WANT(task_get_bootstrap_port(SELF, &task) == KERN_SUCCESS);
	WANT(over(task, text, sizeof(copy), copy) == KERN_NO_ACCESS);
	WANT(copy[0] == '\0');
	WANT(mach_vm_read(task, AT(text), 5, &data, &n) == KERN_NO_ACCESS);
	WANT(put(task, text, "written") == KERN_NO_ACCESS);
	_exit(0);
}

CASE(another_user_is_denied, denied, true)
{
	char copy[sizeof(text)] = "";
	mach_port_t task;
	pid_t pid, reader;
	int status;

	begin();
	WANT(SELF != MACH_PORT_NULL);
	pid = fork();
	if (pid == 0) {
		become(TARGET);
		be_target();
	}
	WANT(comes(1));
	task = control(pid);
	/* It inherits that port, and no other of ours. */
	WANT(task_set_bootstrap_port(SELF, task) == KERN_SUCCESS);
	reader = fork();
	if (reader == 0)
		be_reader();
	WANT(waitpid(reader, &status, 0) == reader && status == 0);
	WANT(over(task, text, sizeof(copy), copy) == KERN_SUCCESS);
	WANT(strcmp(copy, "theirs") == 0);
	target_end(pid);
}

/* What a handler interrupts is not what it waits for. */
static volatile sig_atomic_t handled;

static void
allocate_in_handler(int sig)
{
	mach_vm_address_t address = 0;

	(void)sig;
	if (mach_vm_allocate(SELF, &address, 4096, VM_FLAGS_ANYWHERE) == 0)
		(void)mach_vm_deallocate(SELF, address, 4096);
	handled++;
}

CASE(a_handler_may_allocate, handles, false)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	struct sigaction action = { .sa_handler = allocate_in_handler,
		.sa_flags = SA_RESTART };
	mach_vm_address_t address;
	int i;

	allocate_in_handler(0);
	WANT(sigaction(SIGALRM, &action, NULL) == 0);
	WANT(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (i = 0; i < 20000 || handled < 20; i++) {
		address = 0;
		WANT(mach_vm_allocate(
			 SELF, &address, 4096, VM_FLAGS_ANYWHERE) == 0);
		WANT(mach_vm_deallocate(SELF, address, 4096) == 0);
	}
	WANT(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, anothers_memory_is_read);
	ATF_TP_ADD_TC(tp, anothers_memory_is_written);
	ATF_TP_ADD_TC(tp, anothers_memory_is_not_changed_otherwise);
	ATF_TP_ADD_TC(tp, others_are_not_reached);
	ATF_TP_ADD_TC(tp, anothers_memory_goes_nowhere_wrong);
	ATF_TP_ADD_TC(tp, nothing_is_left_of_wrong_arguments);
	ATF_TP_ADD_TC(tp, messages_go_nowhere_wrong);
	ATF_TP_ADD_TC(tp, another_user_is_denied);
	ATF_TP_ADD_TC(tp, a_handler_may_allocate);
	return (atf_no_error());
}
