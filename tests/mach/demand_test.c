/*
 * Every function that known programs of Apple's call (launchd, configd,
 * libdispatch, libnotify, syslog, CoreFoundation, libplatform, Libc) links.
 * Facts: a count of calls in apple-oss-distributions, and in
 * pkgdemon/freebsd-launchd-mach
 */
#include <unistd.h>

#include <bsm/audit_session.h>
#include <mach/exc.h>
#include <mach/host_priv.h>
#include <mach/mach_error.h>
#include <mach/mach_eventlink.h>
#include <mach/mach_right.h>
#include <mach/mach_sync_ipc.h>
#include <mach/mach_voucher.h>
#include <mach/thread_switch.h>
#include <servers/bootstrap.h>
#include <servers/bootstrap_priv.h>
#include <sys/fileport.h>

#include "tests/mach/rig.h"

/* Handlers of exceptions that a program defines. */
kern_return_t
catch_mach_exception_raise(mach_port_t port, mach_port_t thread,
    mach_port_t task, exception_type_t type, mach_exception_data_t code,
    mach_msg_type_number_t count)
{
	(void)port;
	(void)thread;
	(void)task;
	(void)type;
	(void)code;
	(void)count;
	return (KERN_FAILURE);
}

struct function {
	const char *name;
	void (*address)(void);
};

#define F(name)                               \
	{                                     \
#name, (void (*)(void))(name) \
	}

static const struct function functions[] = {
	F(audit_session_join),
	F(audit_session_port),
	F(audit_session_self),
	F(bootstrap_check_in),
	F(bootstrap_get_root),
	F(bootstrap_info),
	F(bootstrap_look_up),
	F(bootstrap_look_up2),
	F(bootstrap_look_up3),
	F(bootstrap_look_up_per_user),
	F(bootstrap_lookup_children),
	F(bootstrap_parent),
	F(bootstrap_register2),
	F(bootstrap_strerror),
	F(clock_get_time),
	F(fileport_makefd),
	F(fileport_makeport),
	F(host_create_mach_voucher),
	F(host_get_clock_service),
	F(host_get_exception_ports),
	F(host_get_multiuser_config_flags),
	F(host_info),
	F(host_reboot),
	F(host_request_notification),
	F(host_set_UNDServer),
	F(host_set_exception_ports),
	F(host_set_special_port),
	F(host_statistics),
	F(mach_absolute_time),
	F(mach_approximate_time),
	F(mach_boottime_usec),
	F(mach_continuous_approximate_time),
	F(mach_continuous_time),
	F(mach_error_string),
	F(mach_eventlink_associate),
	F(mach_eventlink_create),
	F(mach_eventlink_destroy),
	F(mach_eventlink_disassociate),
	F(mach_eventlink_signal),
	F(mach_eventlink_signal_wait_until),
	F(mach_eventlink_wait_until),
	F(mach_exc_server),
	F(mach_generate_activity_id),
	F(mach_get_times),
	F(mach_host_self),
	F(mach_make_memory_entry_64),
	F(mach_msg),
	F(mach_msg_destroy),
	F(mach_msg_priority_encode),
	F(mach_msg_send),
	F(mach_msg_server_once),
	F(mach_port_allocate),
	F(mach_port_construct),
	F(mach_port_deallocate),
	F(mach_port_destruct),
	F(mach_port_dnrequest_info),
	F(mach_port_extract_member),
	F(mach_port_extract_right),
	F(mach_port_get_attributes),
	F(mach_port_get_context),
	F(mach_port_get_refs),
	F(mach_port_get_set_status),
	F(mach_port_guard),
	F(mach_port_insert_member),
	F(mach_port_insert_right),
	F(mach_port_kernel_object),
	F(mach_port_mod_refs),
	F(mach_port_move_member),
	F(mach_port_names),
	F(mach_port_request_notification),
	F(mach_port_set_attributes),
	F(mach_port_set_context),
	F(mach_port_set_mscount),
	F(mach_port_type),
	F(mach_reply_port),
	F(mach_timebase_info),
	F(mach_vm_allocate),
	F(mach_vm_deallocate),
	F(mach_vm_map),
	F(mach_vm_protect),
	F(mach_vm_region),
	F(mach_voucher_attr_command),
	F(mach_voucher_deallocate),
	F(mach_voucher_debug_info),
	F(mach_voucher_extract_attr_recipe),
	F(mach_wait_until),
	F(mig_allocate),
	F(mig_deallocate),
	F(mk_timer_arm),
	F(mk_timer_cancel),
	F(mk_timer_create),
	F(mk_timer_destroy),
	F(pid_for_task),
	F(semaphore_create),
	F(semaphore_destroy),
	F(semaphore_signal),
	F(semaphore_timedwait),
	F(semaphore_wait),
	F(task_for_pid),
	F(task_get_exception_ports),
	F(task_get_special_port),
	F(task_info),
	F(task_name_for_pid),
	F(task_policy_set),
	F(task_self_trap),
	F(task_set_exception_ports),
	F(task_set_special_port),
	F(thread_destruct_special_reply_port),
	F(thread_get_special_reply_port),
	F(thread_info),
	F(thread_switch),
	F(vm_allocate),
	F(vm_deallocate),
	F(vm_purgable_control),
	F(vm_region_64),
};

CASE(every_function_links)
{
	const size_t n = sizeof(functions) / sizeof(functions[0]);
	size_t i, j;

	ATF_CHECK(n > 110);
	for (i = 0; i < n; i++) {
		ATF_CHECK_MSG(
		    functions[i].address != NULL, "%s", functions[i].name);
		/* Each is one of its own. */
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(
			    functions[i].address != functions[j].address,
			    "%s is %s", functions[i].name, functions[j].name);
	}
}

/* Those that are macros, or are in the header. */
CASE(every_macro_is_a_call)
{
	mach_port_t port = MACH_PORT_NULL, old = MACH_PORT_NULL;
	mach_port_name_t mine = rig_port_send();
	mach_msg_header_t header = { .msgh_bits = MACH_MSGH_BITS(
					 MACH_MSG_TYPE_COPY_SEND, 0) };
	mach_right_send_t right = mach_right_send(mine);
	mach_right_recv_t receive = mach_right_recv(mine);
	struct rig_msg msg;

	IS(right.mrs_name, receive.mrr_name);
	OK(task_get_bootstrap_port(SELF, &old));
	OK(task_set_bootstrap_port(SELF, mine));
	OK(task_get_bootstrap_port(SELF, &port));
	IS(mine, port);
	OK(task_set_bootstrap_port(SELF, old));
	OK(task_get_debug_control_port(SELF, &port));
	/* Root's host is the privileged one, which alone has ports. */
	IS(geteuid() == 0 ? KERN_SUCCESS : MIG_BAD_ID,
	    host_get_host_port(mach_host_self(), &port));
	(void)host_get_host_priv_port(mach_host_self(), &port);
	header.msgh_remote_port = mine;
	header.msgh_id = 31;
	header.msgh_size = sizeof(header);
	msg.header = header;
	IS(0, mach_msg2(&msg, MACH64_SEND_MSG | MACH64_SEND_MQ_CALL, header,
		  sizeof(header), 0, MACH_PORT_NULL, 0, 0));
	IS(0, rig_receive(mine, &msg));
	IS(31, msg.header.msgh_id);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_function_links);
	ATF_TP_ADD_TC(tp, every_macro_is_a_call);
	return (atf_no_error());
}
