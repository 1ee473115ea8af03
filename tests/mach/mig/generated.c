/*
 * Stubs that MIG made of our .defs files, each under its name with
 * stub_ before it: they ask by messages for what the library asks for by
 * traps, and both have to say the same.  generated.sh makes the stubs, links
 * and runs it; it prints what differs.
 */
#include <mach/clock.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STUB(name) extern __typeof__(name) stub_##name
#define SELF mach_task_self()

static unsigned int checks, bad;

static void
check(long long expected, long long actual, const char *what, int line)
{
	checks++;
	if (expected == actual)
		return;
	bad++;
	printf("%d: %s is %#llx, not %#llx\n", line, what, actual, expected);
}

#define IS(expected, actual) \
	check((long long)(expected), (long long)(actual), #actual, __LINE__)
#define OK(actual) IS(KERN_SUCCESS, actual)

STUB(mach_port_names);
STUB(mach_port_type);
STUB(mach_port_rename);
STUB(mach_port_allocate_name);
STUB(mach_port_allocate);
STUB(mach_port_destroy);
STUB(mach_port_deallocate);
STUB(mach_port_get_refs);
STUB(mach_port_mod_refs);
STUB(mach_port_peek);
STUB(mach_port_set_mscount);
STUB(mach_port_get_set_status);
STUB(mach_port_move_member);
STUB(mach_port_request_notification);
STUB(mach_port_insert_right);
STUB(mach_port_extract_right);
STUB(mach_port_set_seqno);
STUB(mach_port_get_attributes);
STUB(mach_port_set_attributes);
STUB(mach_port_allocate_qos);
STUB(mach_port_get_srights);
STUB(mach_port_space_info);
STUB(mach_port_dnrequest_info);
STUB(mach_port_kernel_object);
STUB(mach_port_insert_member);
STUB(mach_port_extract_member);
STUB(mach_port_get_context);
STUB(mach_port_set_context);
STUB(mach_port_kobject);
STUB(mach_port_construct);
STUB(mach_port_destruct);
STUB(mach_port_guard);
STUB(mach_port_unguard);
STUB(mach_port_space_basic_info);
STUB(mach_port_guard_with_flags);
STUB(mach_port_swap_guard);
STUB(mach_port_kobject_description);
STUB(mach_port_is_connection_for_service);
STUB(mach_port_get_service_port_info);
STUB(mach_port_assert_attributes);
STUB(mach_port_allocate_full);
STUB(task_threads);
STUB(task_info);
STUB(task_get_special_port);
STUB(task_set_special_port);
STUB(task_set_exception_ports);
STUB(task_get_exception_ports);
STUB(task_get_exc_guard_behavior);
STUB(task_set_exc_guard_behavior);
STUB(task_suspend2);
STUB(semaphore_create);
STUB(semaphore_destroy);
STUB(thread_get_special_port);
STUB(thread_info);
STUB(host_info);
STUB(host_kernel_version);
STUB(host_statistics64);
STUB(host_get_clock_service);
STUB(host_get_special_port);
STUB(clock_get_time);
STUB(clock_get_attributes);
extern kern_return_t stub__host_page_size(host_t, vm_size_t *);
/* Routines, whose functions in the library have another form. */
extern kern_return_t stub_mach_ports_register3(
    task_t, mach_port_t, mach_port_t, mach_port_t);
extern kern_return_t stub_mach_ports_lookup3(
    task_t, mach_port_t *, mach_port_t *, mach_port_t *);

static mach_port_name_t
receive_right(void)
{
	mach_port_name_t name = MACH_PORT_NULL;

	OK(stub_mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name));
	return (name);
}

static uint32_t
names(void)
{
	ipc_info_space_basic_t info;

	OK(mach_port_space_basic_info(SELF, &info));
	return (info.iisb_table_inuse);
}

static void
release(void *array, size_t size)
{
	OK(mach_vm_deallocate(SELF, (mach_vm_address_t)(uintptr_t)array, size));
}

/* Names and references. */
static void
names_work(void)
{
	mach_port_name_t port = receive_right(), other = MACH_PORT_NULL;
	mach_port_options_t options = { 0 };
	mach_port_qos_t qos;
	mach_port_type_t type = 0;
	mach_port_urefs_t refs = 0;
	mach_port_rights_t rights = 7;

	OK(stub_mach_port_type(SELF, port, &type));
	IS(MACH_PORT_TYPE_RECEIVE, type);
	OK(stub_mach_port_insert_right(
	    SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(stub_mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 3));
	OK(stub_mach_port_get_refs(SELF, port, MACH_PORT_RIGHT_SEND, &refs));
	IS(4, refs);
	OK(stub_mach_port_deallocate(SELF, port));
	OK(mach_port_get_refs(SELF, port, MACH_PORT_RIGHT_SEND, &refs));
	IS(3, refs);
	OK(stub_mach_port_get_srights(SELF, port, &rights));
	IS(1, rights);
	OK(stub_mach_port_rename(SELF, port, 0x7703));
	OK(stub_mach_port_destruct(SELF, 0x7703, -3, 0));
	IS(KERN_INVALID_NAME,
	    stub_mach_port_get_refs(SELF, 0x7703, MACH_PORT_RIGHT_SEND, &refs));
	OK(stub_mach_port_allocate_name(
	    SELF, MACH_PORT_RIGHT_DEAD_NAME, 0x8803));
	OK(stub_mach_port_destroy(SELF, 0x8803));
	memset(&qos, 0, sizeof(qos));
	qos.len = 5;
	OK(stub_mach_port_allocate_qos(
	    SELF, MACH_PORT_RIGHT_RECEIVE, &qos, &other));
	IS(5, qos.len);
	OK(mach_port_mod_refs(SELF, other, MACH_PORT_RIGHT_RECEIVE, -1));
	qos.name = 1;
	other = 0x9903;
	OK(stub_mach_port_allocate_full(
	    SELF, MACH_PORT_RIGHT_RECEIVE, MACH_PORT_NULL, &qos, &other));
	IS(0x9903, other);
	IS(KERN_INVALID_VALUE,
	    stub_mach_port_allocate_full(
		SELF, MACH_PORT_RIGHT_RECEIVE, mach_host_self(), &qos, &other));
	OK(mach_port_destroy(SELF, 0x9903));
	options.flags = MPO_QLIMIT | MPO_INSERT_SEND_RIGHT;
	options.mpl.mpl_qlimit = 9;
	OK(stub_mach_port_construct(SELF, &options, 0, &other));
	OK(mach_port_type(SELF, other, &type));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, type);
	OK(stub_mach_port_destruct(SELF, other, -1, 0));
	IS(KERN_INVALID_VALUE, stub_mach_port_allocate(SELF, 99, &other));
}

static void
rights_work(void)
{
	mach_port_name_t port = receive_right(), once = MACH_PORT_NULL;
	mach_port_name_t previous = 1;
	mach_msg_type_name_t type = 0;
	unsigned int total = 9, used = 9, kind = 9, object = 9;
	mach_vm_address_t address = 9;
	kobject_description_t text;

	OK(stub_mach_port_extract_right(
	    SELF, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type));
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE, type);
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(stub_mach_port_request_notification(SELF, port,
	    MACH_NOTIFY_NO_SENDERS, 0, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	IS(MACH_PORT_NULL, previous);
	OK(stub_mach_port_request_notification(SELF, port,
	    MACH_NOTIFY_NO_SENDERS, 0, MACH_PORT_NULL,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_type(SELF, previous, &type));
	IS(MACH_PORT_TYPE_SEND_ONCE, type);
	OK(mach_port_deallocate(SELF, previous));
	OK(mach_port_deallocate(SELF, once));
	OK(stub_mach_port_dnrequest_info(SELF, port, &total, &used));
	IS(0, used);
	OK(stub_mach_port_kernel_object(
	    SELF, mach_host_self(), &kind, &object));
	IS(geteuid() == 0 ? 4 : 3, kind);
	OK(stub_mach_port_kobject(SELF, SELF, &kind, &address));
	IS(2, kind);
	OK(stub_mach_port_kobject_description(
	    SELF, SELF, &kind, &address, text));
	IS(2, kind);
	IS(KERN_INVALID_RIGHT,
	    stub_mach_port_set_mscount(SELF, mach_host_self(), 1));
	OK(stub_mach_port_set_mscount(SELF, port, 1));
	OK(mach_port_destruct(SELF, port, -1, 0));
}

static void
sets_work(void)
{
	mach_port_name_t port = receive_right(), set = MACH_PORT_NULL;
	mach_port_name_array_t members = NULL;
	mach_msg_type_number_t n = 9;

	OK(stub_mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set));
	OK(stub_mach_port_insert_member(SELF, port, set));
	OK(stub_mach_port_get_set_status(SELF, set, &members, &n));
	IS(1, n);
	IS(port, members[0]);
	release(members, n * sizeof(members[0]));
	OK(stub_mach_port_extract_member(SELF, port, set));
	IS(KERN_NOT_IN_SET, stub_mach_port_extract_member(SELF, port, set));
	OK(stub_mach_port_move_member(SELF, port, set));
	OK(stub_mach_port_move_member(SELF, port, MACH_PORT_NULL));
	OK(stub_mach_port_get_set_status(SELF, set, &members, &n));
	IS(0, n);
	OK(stub_mach_port_destroy(SELF, set));
	OK(stub_mach_port_destroy(SELF, port));
}

static void
attributes_work(void)
{
	mach_port_name_t port = receive_right();
	mach_port_limits_t limits = { 77 };
	mach_port_status_t status;
	mach_port_info_ext_t ext;
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_context_t context = 0;
	uint8_t trailer[68];
	mach_port_seqno_t seqno = 0;
	mach_msg_size_t size = 0;
	mach_msg_id_t id = 0;
	mach_msg_header_t h;
	struct mach_service_port_info info;
	uint64_t policy;

	OK(stub_mach_port_set_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	OK(stub_mach_port_set_seqno(SELF, port, 41));
	OK(stub_mach_port_get_attributes(SELF, port, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&status, &n));
	IS(MACH_PORT_RECEIVE_STATUS_COUNT, n);
	IS(77, status.mps_qlimit);
	IS(41, status.mps_seqno);
	n = 1;
	IS(KERN_FAILURE, stub_mach_port_get_attributes(SELF, port,
			     MACH_PORT_INFO_EXT, (mach_port_info_t)&ext, &n));
	OK(stub_mach_port_set_context(
	    SELF, port, UINT64_C(0x123456789abcdef0)));
	OK(stub_mach_port_get_context(SELF, port, &context));
	IS(UINT64_C(0x123456789abcdef0), context);
	OK(stub_mach_port_set_context(SELF, port, 0));
	OK(stub_mach_port_guard(SELF, port, 5, FALSE));
	OK(stub_mach_port_swap_guard(SELF, port, 5, 6));
	OK(stub_mach_port_unguard(SELF, port, 6));
	OK(stub_mach_port_guard_with_flags(SELF, port, 8, MPG_STRICT));
	OK(stub_mach_port_unguard(SELF, port, 8));
	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0);
	h.msgh_remote_port = port;
	h.msgh_id = 4242;
	OK(mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	n = sizeof(trailer);
	OK(stub_mach_port_peek(SELF, port, 0, &seqno, &size, &id,
	    (mach_msg_trailer_info_t)trailer, &n));
	IS(4242, id);
	IS(sizeof(h), size);
	IS(8, n);
	IS(41, seqno);
	IS(mach_port_get_service_port_info(SELF, port, &info),
	    stub_mach_port_get_service_port_info(SELF, port, &info));
	IS(mach_port_is_connection_for_service(SELF, port, port, &policy),
	    stub_mach_port_is_connection_for_service(
		SELF, port, port, &policy));
	IS(mach_port_assert_attributes(SELF, port, 99, NULL, 0),
	    stub_mach_port_assert_attributes(
		SELF, port, 99, (mach_port_info_t)&limits, 0));
	OK(stub_mach_port_destroy(SELF, port));
}

static void
space_works(void)
{
	mach_port_name_array_t list = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t n = 0, m = 0;
	ipc_info_space_t space;
	ipc_info_space_basic_t basic;
	ipc_info_name_array_t table = NULL;
	ipc_info_tree_name_array_t tree = NULL;

	OK(stub_mach_port_names(SELF, &list, &n, &types, &m));
	IS(names(), n);
	IS(n, m);
	release(list, n * sizeof(list[0]));
	release(types, m * sizeof(types[0]));
	OK(stub_mach_port_space_info(SELF, &space, &table, &n, &tree, &m));
	IS(1, n >= names());
	IS(0, m);
	release(table, n * sizeof(table[0]));
	OK(stub_mach_port_space_basic_info(SELF, &basic));
	IS(names(), basic.iisb_table_inuse);
}

static void
tasks_work(void)
{
	mach_port_name_t port = receive_right();
	mach_port_t out[3] = { 0 }, boot;
	thread_act_array_t threads = NULL;
	mach_msg_type_number_t n = 0, i;
	mach_task_basic_info_data_t info;
	thread_basic_info_data_t thread;
	task_exc_guard_behavior_t behavior = 9;
	semaphore_t semaphore = MACH_PORT_NULL;
	mach_port_t token = MACH_PORT_NULL;

	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(stub_task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &boot));
	OK(stub_task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, port));
	OK(stub_task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &out[0]));
	IS(port, out[0]);
	OK(mach_port_deallocate(SELF, out[0]));
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, boot));
	OK(stub_mach_ports_register3(SELF, port, MACH_PORT_NULL, port));
	OK(stub_mach_ports_lookup3(SELF, &out[0], &out[1], &out[2]));
	IS(port, out[0]);
	IS(MACH_PORT_NULL, out[1]);
	IS(port, out[2]);
	OK(mach_ports_register(SELF, NULL, 0));
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, -2));
	OK(stub_task_set_exception_ports(
	    SELF, EXC_MASK_SOFTWARE, port, EXCEPTION_DEFAULT, 0));
	OK(task_set_exception_ports(
	    SELF, EXC_MASK_SOFTWARE, MACH_PORT_NULL, EXCEPTION_DEFAULT, 0));
	OK(mach_port_destruct(SELF, port, -1, 0));
	OK(stub_task_threads(SELF, &threads, &n));
	IS(1, n);
	IS(mach_thread_self(), threads[0]);
	OK(stub_thread_get_special_port(
	    threads[0], THREAD_KERNEL_PORT, &out[0]));
	IS(threads[0], out[0]);
	i = THREAD_BASIC_INFO_COUNT;
	OK(stub_thread_info(
	    threads[0], THREAD_BASIC_INFO, (thread_info_t)&thread, &i));
	IS(THREAD_BASIC_INFO_COUNT, i);
	release(threads, n * sizeof(threads[0]));
	n = MACH_TASK_BASIC_INFO_COUNT;
	OK(stub_task_info(SELF, MACH_TASK_BASIC_INFO, (task_info_t)&info, &n));
	IS(MACH_TASK_BASIC_INFO_COUNT, n);
	OK(stub_task_get_exc_guard_behavior(SELF, &behavior));
	OK(stub_task_set_exc_guard_behavior(SELF, behavior));
	OK(stub_semaphore_create(SELF, &semaphore, SYNC_POLICY_FIFO, 1));
	OK(semaphore_wait(semaphore));
	OK(stub_semaphore_destroy(SELF, semaphore));
	IS(KERN_INVALID_ARGUMENT,
	    stub_semaphore_create(SELF, &semaphore, SYNC_POLICY_FIFO, -1));
	IS(KERN_NOT_SUPPORTED, stub_task_suspend2(SELF, &token));
}

static void
host_works(void)
{
	host_basic_info_data_t info, same;
	vm_statistics64_data_t memory;
	mach_msg_type_number_t n = HOST_BASIC_INFO_COUNT;
	kernel_version_t version, known;
	vm_size_t size = 0;
	clock_serv_t clock = MACH_PORT_NULL;
	mach_timespec_t a, b;
	mach_port_t port = MACH_PORT_NULL;
	int res = 0;

	OK(stub_host_info(
	    mach_host_self(), HOST_BASIC_INFO, (host_info_t)&info, &n));
	IS(HOST_BASIC_INFO_COUNT, n);
	OK(host_info(
	    mach_host_self(), HOST_BASIC_INFO, (host_info_t)&same, &n));
	IS(same.max_mem, info.max_mem);
	OK(stub_host_kernel_version(mach_host_self(), version));
	OK(host_kernel_version(mach_host_self(), known));
	IS(0, strcmp(known, version));
	OK(stub__host_page_size(mach_host_self(), &size));
	IS(getpagesize(), size);
	n = HOST_VM_INFO64_COUNT;
	OK(stub_host_statistics64(
	    mach_host_self(), HOST_VM_INFO64, (host_info64_t)&memory, &n));
	OK(stub_host_get_clock_service(mach_host_self(), SYSTEM_CLOCK, &clock));
	OK(stub_clock_get_time(clock, &a));
	OK(clock_get_time(clock, &b));
	IS(1, b.tv_sec - a.tv_sec <= 5);
	n = 1;
	OK(stub_clock_get_attributes(clock, CLOCK_GET_TIME_RES, &res, &n));
	IS(1, n);
	OK(mach_port_deallocate(SELF, clock));
	if (geteuid() == 0) {
		OK(stub_host_get_special_port(
		    mach_host_self(), HOST_LOCAL_NODE, HOST_PRIV_PORT, &port));
		IS(mach_host_self(), port);
	}
	/* A routine of the other object. */
	IS(MIG_BAD_ID, stub__host_page_size(SELF, &size));
}

int
main(void)
{
	uint32_t before;

	/* What is there once, and stays. */
	mig_put_reply_port(mig_get_reply_port());
	(void)mach_host_self();
	(void)mach_thread_self();
	before = names();
	names_work();
	rights_work();
	sets_work();
	attributes_work();
	space_works();
	tasks_work();
	host_works();
	IS(before, names());
	printf("%u checks, %u differ\n", checks, bad);
	return (bad != 0);
}
