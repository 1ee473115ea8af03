/*
 * Ports of the kernel's own: the host, and messages to what traps are made
 * of.  XNU osfmk/kern/host.c, ipc_host.c, ipc_kobject.c.
 */
#include <string.h>
#include <unistd.h>

#include <mach/host_priv.h>
#include <mach/mach_traps.h>
#include <mach/mach_voucher.h>
#include <mach/mig_errors.h>

#include "tests/mach/rig.h"

static mach_port_t
priv(void)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
	return (mach_host_self());
}

CASE(the_host_is_the_same_name_every_time)
{
	mach_port_t a = mach_host_self(), b = mach_host_self();

	IS(a, b);
	IS(MACH_PORT_TYPE_SEND, rig_type(a));
	IS(2, rig_refs(a, MACH_PORT_RIGHT_SEND));
}

CASE(roots_host_is_privileged)
{
	unsigned int type = 0, object;

	OK(mach_port_kernel_object(SELF, mach_host_self(), &type, &object));
	IS(geteuid() == 0 ? 4 : 3, type);
}

CASE(host_special_ports_are_kept)
{
	mach_port_name_t port = rig_port_send();
	mach_port_t host = priv(), out = MACH_PORT_NULL;

	OK(host_set_special_port(host, HOST_UNFREED_PORT, port));
	OK(host_get_special_port(
	    host, HOST_LOCAL_NODE, HOST_UNFREED_PORT, &out));
	IS(port, out);
	OK(host_set_special_port(host, HOST_UNFREED_PORT, MACH_PORT_NULL));
	OK(host_get_special_port(
	    host, HOST_LOCAL_NODE, HOST_UNFREED_PORT, &out));
	IS(MACH_PORT_NULL, out);
	IS(1, rig_srights(port));
	OK(host_get_special_port(host, HOST_LOCAL_NODE, HOST_PRIV_PORT, &out));
	IS(host, out);
}

CASE(host_special_ports_of_the_kernel_are_not_set)
{
	mach_port_name_t port = rig_port_send();
	mach_port_t host = priv(), out;
	int which;

	for (which = -1; which <= HOST_MAX_SPECIAL_KERNEL_PORT; which++)
		IS(KERN_INVALID_ARGUMENT,
		    host_set_special_port(host, which, port));
	IS(KERN_INVALID_ARGUMENT,
	    host_set_special_port(host, HOST_MAX_SPECIAL_PORT + 1, port));
	IS(KERN_INVALID_ARGUMENT,
	    host_get_special_port(host, HOST_LOCAL_NODE, 0, &out));
	IS(KERN_INVALID_ARGUMENT, host_get_special_port(host, HOST_LOCAL_NODE,
				      HOST_MAX_SPECIAL_PORT + 1, &out));
	IS(1, rig_srights(port));
}

CASE(who_is_not_privileged_sets_nothing)
{
	mach_port_name_t port = rig_port_send();
	mach_port_t host = MACH_PORT_NULL, out;

	OK(task_get_special_port(SELF, TASK_HOST_PORT, &host));
	ATF_CHECK(host_set_special_port(host, HOST_UNFREED_PORT, port) !=
		  KERN_SUCCESS);
	ATF_CHECK(host_get_special_port(host, HOST_LOCAL_NODE,
		      HOST_UNFREED_PORT, &out) != KERN_SUCCESS);
	ATF_CHECK(host_set_exception_ports(host, EXC_MASK_SOFTWARE, port,
		      EXCEPTION_DEFAULT, 0) != KERN_SUCCESS);
	IS(1, rig_srights(port));
}

CASE(the_host_has_exception_ports)
{
	exception_mask_t masks[EXC_TYPES_COUNT];
	mach_port_t ports[EXC_TYPES_COUNT];
	exception_behavior_t behaviors[EXC_TYPES_COUNT];
	thread_state_flavor_t flavors[EXC_TYPES_COUNT];
	mach_msg_type_number_t n = EXC_TYPES_COUNT;
	mach_port_name_t port = rig_port_send();
	mach_port_t host = priv();

	OK(host_set_exception_ports(
	    host, EXC_MASK_SOFTWARE, port, EXCEPTION_DEFAULT, 3));
	OK(host_get_exception_ports(
	    host, EXC_MASK_SOFTWARE, masks, &n, ports, behaviors, flavors));
	IS(1, n);
	IS(port, ports[0]);
	IS(3, flavors[0]);
	n = EXC_TYPES_COUNT;
	OK(host_swap_exception_ports(host, EXC_MASK_SOFTWARE, MACH_PORT_NULL,
	    EXCEPTION_DEFAULT, 0, masks, &n, ports, behaviors, flavors));
	IS(port, ports[0]);
	IS(1, rig_srights(port));
}

CASE(vouchers_are_refused)
{
	mach_port_name_t voucher = MACH_PORT_NULL, port = rig_port_send();
	uint8_t recipe[64];
	mach_msg_type_number_t size = sizeof(recipe);
	uint64_t args[7] = { port, 0, 0, 0, 0, 0, 0 };

	memset(recipe, 0, sizeof(recipe));
	IS(KERN_INVALID_ARGUMENT,
	    host_create_mach_voucher(mach_host_self(),
		(mach_voucher_attr_raw_recipe_array_t)recipe, 0, &voucher));
	IS(MACH_PORT_NULL, voucher);
	ATF_CHECK(
	    mach_voucher_extract_attr_recipe(port, 1,
		(mach_voucher_attr_raw_recipe_t)recipe, &size) != KERN_SUCCESS);
	ATF_CHECK(mach_voucher_extract_attr_content(port, 1, recipe, &size) !=
		  KERN_SUCCESS);
	ATF_CHECK(mach_voucher_extract_all_attr_recipes(port, recipe, &size) !=
		  KERN_SUCCESS);
	/* mach_voucher_attr_command, mach_voucher_debug_info */
	ATF_CHECK(rig_trap(5403, args, 7) != KERN_SUCCESS);
	ATF_CHECK(rig_trap(5404, args, 4) != KERN_SUCCESS);
}

CASE(activity_ids_are_never_the_same)
{
	uint64_t a = 0, b = 0;

	OK(mach_generate_activity_id(SELF, 1, &a));
	OK(mach_generate_activity_id(SELF, 16, &b));
	ATF_CHECK(b > a);
	OK(mach_generate_activity_id(SELF, 1, &a));
	ATF_CHECK(a >= b + 16);
	IS(KERN_INVALID_ARGUMENT, mach_generate_activity_id(SELF, 0, &a));
	IS(KERN_INVALID_ARGUMENT, mach_generate_activity_id(SELF, 17, &a));
}

CASE(a_space_tells_how_large_it_is)
{
	ipc_info_space_basic_t info;

	memset(&info, 0, sizeof(info));
	OK(mach_port_space_basic_info(SELF, &info));
	ATF_CHECK(info.iisb_table_inuse >= 1);
	ATF_CHECK(info.iisb_table_size >= info.iisb_table_inuse);
	(void)rig_port();
	IS(info.iisb_table_inuse + 1, rig_names());
}

/*
 * Messages to kernel objects
 */

/* An id that is no routine of theirs: request_test.c has the others. */
CASE(a_message_to_a_kernel_object_is_answered_at_once)
{
	mach_port_name_t reply = rig_port();
	struct {
		mig_reply_error_t error;
		mach_msg_trailer_t trailer;
	} m;

	memset(&m, 0, sizeof(m));
	m.error.Head.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.error.Head.msgh_remote_port = SELF;
	m.error.Head.msgh_local_port = reply;
	m.error.Head.msgh_id = 99999;
	IS(0, mach_msg(&m.error.Head,
		  MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		  sizeof(m.error.Head), sizeof(m), reply, 0, MACH_PORT_NULL));
	IS(100099, m.error.Head.msgh_id);
	IS(sizeof(m.error), m.error.Head.msgh_size);
	IS(MIG_BAD_ID, m.error.RetCode);
	IS(reply, m.error.Head.msgh_local_port);
	IS(0, rig_status(reply).mps_sorights);
}

CASE(the_queue_of_a_kernel_object_is_never_full)
{
	int i;

	for (i = 0; i < 100; i++)
		IS(0, rig_send(SELF, MACH_MSG_TYPE_COPY_SEND, i));
	IS(1, rig_refs(SELF, MACH_PORT_RIGHT_SEND));
}

CASE(rights_sent_to_a_kernel_object_are_given_back)
{
	mach_port_name_t port = rig_port_send();
	mach_port_name_t moved = rig_port_send();

	IS(0, rig_send_right(SELF, port, MACH_MSG_TYPE_COPY_SEND));
	IS(1, rig_srights(port));
	IS(0, rig_send_right(SELF, moved, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(moved));
}

CASE(a_kernel_object_is_not_received_from)
{
	struct rig_msg msg;

	IS(MACH_RCV_INVALID_NAME, rig_receive(SELF, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(mach_host_self(), &msg));
	IS(KERN_INVALID_RIGHT,
	    mach_port_mod_refs(SELF, SELF, MACH_PORT_RIGHT_RECEIVE, -1));
	IS(KERN_INVALID_RIGHT, mach_port_set_context(SELF, SELF, 1));
}

CASE(another_host_is_another_host)
{
	struct rig_task *a = rig_task_create_limited(0, 0, 0, 0);

	/* Nothing is shared but the process; it ends without a trace. */
	rig_task_destroy(a);
	IS(MACH_PORT_TYPE_SEND, rig_type(mach_host_self()));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_host_is_the_same_name_every_time);
	ATF_TP_ADD_TC(tp, roots_host_is_privileged);
	ATF_TP_ADD_TC(tp, host_special_ports_are_kept);
	ATF_TP_ADD_TC(tp, host_special_ports_of_the_kernel_are_not_set);
	ATF_TP_ADD_TC(tp, who_is_not_privileged_sets_nothing);
	ATF_TP_ADD_TC(tp, the_host_has_exception_ports);
	ATF_TP_ADD_TC(tp, vouchers_are_refused);
	ATF_TP_ADD_TC(tp, activity_ids_are_never_the_same);
	ATF_TP_ADD_TC(tp, a_space_tells_how_large_it_is);
	ATF_TP_ADD_TC(tp, a_message_to_a_kernel_object_is_answered_at_once);
	ATF_TP_ADD_TC(tp, the_queue_of_a_kernel_object_is_never_full);
	ATF_TP_ADD_TC(tp, rights_sent_to_a_kernel_object_are_given_back);
	ATF_TP_ADD_TC(tp, a_kernel_object_is_not_received_from);
	ATF_TP_ADD_TC(tp, another_host_is_another_host);
	return (atf_no_error());
}
