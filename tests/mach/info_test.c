/*
 * What tasks, threads and the host tell of themselves.
 */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <mach/mach_host.h>
#include <mach/mach_vm.h>
#include <mach/mig_errors.h>
#include <mach/vm_purgable.h>

#include "tests/mach/rig.h"

#define INFO(info) ((int *)(void *)&(info))

CASE(a_task_tells_its_size_and_times)
{
	mach_task_basic_info_data_t info;
	task_basic_info_64_data_t wide;
	task_thread_times_info_data_t times;
	task_absolutetime_info_data_t absolute;
	task_events_info_data_t events;
	mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;

	OK(task_info(SELF, MACH_TASK_BASIC_INFO, INFO(info), &count));
	IS(MACH_TASK_BASIC_INFO_COUNT, count);
	ATF_CHECK(info.resident_size > 0);
	ATF_CHECK(info.virtual_size >= info.resident_size);
	IS(0, info.suspend_count);
	count = TASK_BASIC_INFO_64_COUNT;
	OK(task_info(SELF, TASK_BASIC_INFO_64, INFO(wide), &count));
	ATF_CHECK(wide.virtual_size > 0);
	count = TASK_THREAD_TIMES_INFO_COUNT;
	OK(task_info(SELF, TASK_THREAD_TIMES_INFO, INFO(times), &count));
	count = TASK_ABSOLUTETIME_INFO_COUNT;
	OK(task_info(SELF, TASK_ABSOLUTETIME_INFO, INFO(absolute), &count));
	ATF_CHECK(absolute.total_user + absolute.total_system > 0);
	count = TASK_EVENTS_INFO_COUNT;
	OK(task_info(SELF, TASK_EVENTS_INFO, INFO(events), &count));
	ATF_CHECK(events.faults > 0);
	/* Too little room, and what is not known. */
	count = 1;
	IS(KERN_INVALID_ARGUMENT,
	    task_info(SELF, MACH_TASK_BASIC_INFO, INFO(info), &count));
	IS(KERN_INVALID_ARGUMENT, task_info(SELF, 999, INFO(info), &count));
}

CASE(a_task_tells_who_it_is)
{
	mach_msg_type_number_t count = TASK_AUDIT_TOKEN_COUNT;
	security_token_t security;
	audit_token_t audit;
	int pid;

	OK(task_info(SELF, TASK_AUDIT_TOKEN, INFO(audit), &count));
	IS(TASK_AUDIT_TOKEN_COUNT, count);
	IS(geteuid(), audit.val[1]);
	IS(getegid(), audit.val[2]);
	OK(pid_for_task(SELF, &pid));
	IS(pid, audit.val[5]);
	count = TASK_SECURITY_TOKEN_COUNT;
	OK(task_info(SELF, TASK_SECURITY_TOKEN, INFO(security), &count));
	IS(geteuid(), security.val[0]);
	IS(getegid(), security.val[1]);
}

static void
wait_for_it(void *arg)
{
	struct rig_msg m;

	(void)rig_receive_in(*(mach_port_name_t *)arg, &m, 10000);
}

CASE(a_thread_tells_what_it_does)
{
	mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
	mach_port_t self = mach_thread_self(), other;
	mach_port_name_t port = rig_port();
	thread_identifier_info_data_t id, id2;
	thread_basic_info_data_t info;
	struct rig_thread *thread;
	uint64_t until = mach_absolute_time() + 50000000;

	while (mach_absolute_time() < until)
		; /* long enough for a system that counts ticks */
	OK(thread_info(self, THREAD_BASIC_INFO, INFO(info), &count));
	IS(TH_STATE_RUNNING, info.run_state);
	ATF_CHECK(info.user_time.microseconds + info.user_time.seconds +
		      info.system_time.microseconds + info.system_time.seconds >
		  0);
	thread = rig_start(NULL, wait_for_it, &port, sizeof(port));
	other = rig_thread_port(thread);
	rig_settle();
	OK(thread_info(other, THREAD_BASIC_INFO, INFO(info), &count));
	IS(TH_STATE_WAITING, info.run_state);
	count = THREAD_IDENTIFIER_INFO_COUNT;
	OK(thread_info(self, THREAD_IDENTIFIER_INFO, INFO(id), &count));
	OK(thread_info(other, THREAD_IDENTIFIER_INFO, INFO(id2), &count));
	ATF_CHECK(id.thread_id != id2.thread_id);
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	rig_join(thread);
	/* Who joins a thread may be before the kernel is done with it. */
	ATF_CHECK(rig_becomes(other, MACH_PORT_TYPE_DEAD_NAME));
	ATF_CHECK(KERN_SUCCESS != thread_info(other, THREAD_IDENTIFIER_INFO,
				      INFO(id2), &count));
	IS(KERN_INVALID_ARGUMENT, thread_info(self, 999, INFO(id), &count));
}

CASE(the_host_tells_what_it_is)
{
	mach_port_t host = mach_host_self();
	host_basic_info_data_t info;
	host_priority_info_data_t priorities;
	mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
	kernel_version_t version;
	struct utsname u;
	vm_size_t size;

	OK(host_info(host, HOST_BASIC_INFO, INFO(info), &count));
	IS(HOST_BASIC_INFO_COUNT, count);
	IS(sysconf(_SC_NPROCESSORS_ONLN), info.avail_cpus);
	ATF_CHECK(info.max_mem > 1 << 20);
	ATF_CHECK(info.memory_size <= info.max_mem);
	count = HOST_PRIORITY_INFO_COUNT;
	OK(host_info(host, HOST_PRIORITY_INFO, INFO(priorities), &count));
	ATF_CHECK(priorities.user_priority < priorities.kernel_priority);
	count = 0;
	OK(host_info(host, HOST_MACH_MSG_TRAP, NULL, &count));
	count = 1;
	IS(KERN_FAILURE, host_info(host, HOST_BASIC_INFO, INFO(info), &count));
	IS(0, uname(&u));
	OK(host_kernel_version(host, version));
	ATF_CHECK(strncmp(version, u.sysname, strlen(u.sysname)) == 0);
	OK(host_page_size(host, &size));
	IS(sysconf(_SC_PAGESIZE), size);
	IS(size, vm_page_size);
	IS(size, (vm_size_t)1 << vm_page_shift);
	IS(MIG_BAD_ID, host_info(SELF, HOST_BASIC_INFO, INFO(info), &count));
}

#define NARROW(n) VM_STATISTICS_TRUNCATE_TO_32_BIT(n)
/* What only grows is between what it was before and what it is after. */
#define GREW(field)                                            \
	ATF_CHECK_MSG(NARROW(before.field) <= small.field &&   \
			  small.field <= NARROW(after.field),  \
	    #field ": %ju, %ju, %ju", (uintmax_t)before.field, \
	    (uintmax_t)small.field, (uintmax_t)after.field)
/* Pages come and go: not a quarter of all at once. */
#define NEAR(field)                                              \
	ATF_CHECK_MSG(small.field < after.field + pages / 4 &&   \
			  after.field < small.field + pages / 4, \
	    #field ": %ju, %ju", (uintmax_t)small.field,         \
	    (uintmax_t)after.field)

CASE(memory_is_told_alike_in_both_widths)
{
	mach_port_t host = mach_host_self();
	mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	vm_statistics64_data_t before, after;
	vm_statistics_data_t small;

	OK(host_statistics64(host, HOST_VM_INFO64, INFO(before), &count));
	count = HOST_VM_INFO_COUNT;
	OK(host_statistics(host, HOST_VM_INFO, INFO(small), &count));
	count = HOST_VM_INFO64_COUNT;
	OK(host_statistics64(host, HOST_VM_INFO64, INFO(after), &count));
	ATF_CHECK(before.pageins > 0);
	GREW(zero_fill_count);
	GREW(reactivations);
	GREW(pageins);
	GREW(pageouts);
	GREW(faults);
	GREW(cow_faults);
	NEAR(free_count);
	NEAR(active_count);
	NEAR(inactive_count);
	NEAR(wire_count);
}

CASE(the_host_tells_what_it_does)
{
	mach_port_t host = mach_host_self();
	mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
	vm_statistics64_data_t vm;
	vm_statistics_data_t small;
	host_cpu_load_info_data_t ticks;
	host_load_info_data_t load;

	OK(host_statistics64(host, HOST_VM_INFO64, INFO(vm), &count));
	ATF_CHECK(vm.free_count > 0 && vm.active_count > 0);
	ATF_CHECK(vm.faults > 0);
	count = HOST_VM_INFO_COUNT;
	OK(host_statistics(host, HOST_VM_INFO, INFO(small), &count));
	ATF_CHECK(small.free_count > 0);
	count = HOST_CPU_LOAD_INFO_COUNT;
	OK(host_statistics(host, HOST_CPU_LOAD_INFO, INFO(ticks), &count));
	ATF_CHECK(ticks.cpu_ticks[CPU_STATE_IDLE] > 0);
	ATF_CHECK(ticks.cpu_ticks[CPU_STATE_USER] > 0);
	count = HOST_LOAD_INFO_COUNT;
	OK(host_statistics(host, HOST_LOAD_INFO, INFO(load), &count));
	ATF_CHECK(load.mach_factor[0] > 0);
	IS(KERN_INVALID_ARGUMENT,
	    host_statistics(host, 999, INFO(load), &count));
}

CASE(what_has_no_meaning_here_is_not_supported)
{
	mach_port_t thread = mach_thread_self(), host = mach_host_self();
	natural_t state[64];
	mach_msg_type_number_t count = 64;
	int purgable = 0;

	if (thread_get_state(thread, 1, state, &count) != KERN_NOT_SUPPORTED)
		atf_tc_skip("the kernel has these: kernel_trap_task_test");
	IS(KERN_NOT_SUPPORTED, task_suspend(SELF));
	IS(KERN_NOT_SUPPORTED, task_resume(SELF));
	IS(KERN_NOT_SUPPORTED, task_terminate(SELF));
	IS(KERN_NOT_SUPPORTED, thread_suspend(thread));
	IS(KERN_NOT_SUPPORTED, thread_resume(thread));
	IS(KERN_NOT_SUPPORTED, thread_terminate(thread));
	IS(KERN_NOT_SUPPORTED, mach_vm_purgable_control(
				   SELF, 0, VM_PURGABLE_GET_STATE, &purgable));
	IS(KERN_NOT_SUPPORTED,
	    host_request_notification(host, 0, MACH_PORT_NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_task_tells_its_size_and_times);
	ATF_TP_ADD_TC(tp, a_task_tells_who_it_is);
	ATF_TP_ADD_TC(tp, a_thread_tells_what_it_does);
	ATF_TP_ADD_TC(tp, the_host_tells_what_it_is);
	ATF_TP_ADD_TC(tp, the_host_tells_what_it_does);
	ATF_TP_ADD_TC(tp, memory_is_told_alike_in_both_widths);
	ATF_TP_ADD_TC(tp, what_has_no_meaning_here_is_not_supported);
	return (atf_no_error());
}
