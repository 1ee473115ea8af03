/*
 * Jobs: programs that are started when someone sends to a service of theirs,
 * and what their service's port goes through.
 */
#include <string.h>
#include <time.h>

#include "tests/mach/bootstrap_server.h"

#define JOB(keys)                                                      \
	"{\"Label\": \"job\", \"Program\": \"/x\", \"MachServices\": " \
	"{\"n\": true, \"m\": true}" keys "}"
#define AT_ONCE ", \"ThrottleInterval\": 0"

static const char *const plain[] = { JOB(AT_ONCE), NULL };

/* A process that is the next program to be started. */
static struct rig_task *
program(void)
{
	struct rig_task *task = boot_peer(0);

	boot_next_program(boot_pid(task));
	return (task);
}

static void
program_end(struct rig_task *task, int status)
{
	pid_t pid = boot_pid(task);

	boot_next_program(0);
	rig_task_destroy(task);
	boot_program_ended(pid, status);
}

static mach_port_t
look_up(const char *name)
{
	mach_port_t port;

	ATF_REQUIRE_EQ(KERN_SUCCESS, boot_look_up(NULL, name, &port, 0));
	return (port);
}

CASE(a_program_starts_with_the_first_message)
{
	struct rig_task *task;
	mach_port_t send, receive;

	boot_begin(plain);
	task = program();
	send = look_up("n");
	rig_settle();
	IS(0, boot_started(0));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 2));
	OK(boot_check_in(task, "n", &receive, BOOTSTRAP_STRICT_CHECKIN));
	IS(1, boot_peer_receive(task, receive));
	IS(2, boot_peer_receive(task, receive));
	IS(BOOTSTRAP_SERVICE_ACTIVE, boot_check_in(task, "n", &receive, 0));
	OK(boot_check_in(task, "m", &receive, 0));
	IS(1, boot_started(0));
	program_end(task, 0);
	boot_end();
}

CASE(a_declared_name_is_its_programs)
{
	struct rig_task *task, *user;
	mach_port_t port;

	boot_begin(plain);
	user = boot_peer(BOOT_USER);
	/* Not even root's, as long as it is another program. */
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_check_in(NULL, "n", &port, 0));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    boot_register(NULL, "n", rig_port_send(), 0));
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_register(NULL, "n", 0, 0));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    bootstrap_create_service(boot_port(), NAME("n"), &port));
	/* A user has names of its own; the program's stays. */
	OK(boot_check_in(user, "n", &port, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    boot_check_in(user, "m", &port, BOOTSTRAP_STRICT_CHECKIN));
	task = program();
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_check_in(task, "n", &port, 0));
	IS(0, rig_send(look_up("n"), MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &port, 0));
	program_end(task, 0);
	rig_task_destroy(user);
	boot_end();
}

/* As whatever user it runs: it is the program that counts. */
CASE(a_program_of_a_user_has_the_systems_name)
{
	struct rig_task *task;
	mach_port_t port;

	boot_begin(plain);
	task = boot_peer(BOOT_USER);
	boot_next_program(boot_pid(task));
	IS(0, rig_send(look_up("n"), MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &port, 0));
	IS(1, boot_peer_receive(task, port));
	/* But nothing else of the system's. */
	OK(boot_check_in(task, "other", &port, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "other", &port, 0));
	program_end(task, 0);
	boot_end();
}

CASE(messages_outlive_a_crash)
{
	struct rig_task *task;
	mach_port_t send, receive;

	boot_begin(plain);
	send = look_up("n");
	task = program();
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &receive, 0));
	IS(1, boot_peer_receive(task, receive));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 2));
	program_end(task, 11);
	/* The next program has it: started for it. */
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 3));
	task = program();
	ATF_CHECK(boot_started(2) >= 2);
	while (
	    boot_check_in(task, "n", &receive, 0) == BOOTSTRAP_NOT_PRIVILEGED)
		rig_settle();
	IS(2, boot_peer_receive(task, receive));
	IS(3, boot_peer_receive(task, receive));
	IS(MACH_PORT_TYPE_SEND, rig_type(send));
	program_end(task, 0);
	boot_end();
}

CASE(a_program_that_crashes_at_once_is_not_hurried)
{
	static const char *const jobs[] = { JOB(", \"ThrottleInterval\": 0.4"),
		NULL };
	struct rig_task *task;
	uint64_t begin;
	mach_port_t send;
	unsigned int i;

	boot_begin(jobs);
	send = look_up("n");
	task = program();
	begin = mach_absolute_time();
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	for (i = 1; i < 4; i++) {
		IS(i, boot_started(i));
		/* It does not even check in. */
		boot_program_ended(boot_pid(task), 11);
	}
	IS(4, boot_started(4));
	ATF_CHECK(mach_absolute_time() - begin >= 3 * 400000000ull);
	/* Meanwhile the server is there for all. */
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "x", &send, 0));
	program_end(task, 0);
	boot_end();
}

CASE(a_program_that_cannot_start_is_tried_again)
{
	static const char *const jobs[] = { JOB(", \"ThrottleInterval\": 0.05"),
		NULL };
	struct rig_task *task;
	mach_port_t port;

	boot_begin(jobs);
	IS(0, rig_send(look_up("n"), MACH_MSG_TYPE_COPY_SEND, 1));
	ATF_CHECK(boot_started(3) >= 3);
	task = program();
	while (boot_check_in(task, "n", &port, 0) == BOOTSTRAP_NOT_PRIVILEGED)
		rig_settle();
	IS(1, boot_peer_receive(task, port));
	program_end(task, 0);
	boot_end();
}

CASE(a_program_is_kept_alive)
{
	static const char *const jobs[] = {
		JOB(AT_ONCE ", \"KeepAlive\": true"), NULL
	};
	struct rig_task *task = boot_peer(0);

	boot_begin(jobs);
	ATF_CHECK(boot_started(1) >= 1);
	program_end(task, 0);
	boot_end();
}

CASE(a_program_runs_at_load)
{
	static const char *const jobs[] = {
		JOB(", \"RunAtLoad\": true, \"ThrottleInterval\": 60"),
		"{\"Label\": \"other\", \"Program\": \"/y\","
		"\"OnDemand\": false, \"ThrottleInterval\": 60}",
		NULL
	};

	boot_begin(jobs);
	IS(2, boot_started(2));
	rig_settle();
	IS(2, boot_started(0));
	boot_end();
}

/*
 * Ports
 */

CASE(a_port_is_reset_when_it_is_to_be)
{
	static const char *const jobs[] = {
		"{\"Label\": \"job\", \"Program\": \"/x\","
		"\"ThrottleInterval\": 0, \"MachServices\":"
		"{\"n\": {\"ResetAtClose\": true}}}",
		NULL
	};
	struct rig_task *task;
	mach_port_t send, receive;
	unsigned int i;

	boot_begin(jobs);
	send = look_up("n");
	task = program();
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &receive, 0));
	program_end(task, 0);
	for (i = 0; i < 100 && rig_type(send) != MACH_PORT_TYPE_DEAD_NAME; i++)
		rig_settle();
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(send));
	/* A new one is there, which nobody has sent to. */
	ATF_CHECK(look_up("n") != send);
	rig_settle();
	IS(1, boot_started(0));
	boot_end();
}

CASE(a_hidden_name_is_looked_up_when_it_is_checked_in_to)
{
	static const char *const jobs[] = {
		"{\"Label\": \"job\", \"Program\": \"/x\","
		"\"RunAtLoad\": true, \"ThrottleInterval\": 0.05,"
		"\"MachServices\": {\"n\": {\"HideUntilCheckIn\": true}},"
		"\"KeepAlive\": true}",
		NULL
	};
	struct rig_task *task;
	mach_port_t port;

	boot_begin(jobs);
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "n", &port, 0));
	task = program();
	while (boot_check_in(task, "n", &port, 0) == BOOTSTRAP_NOT_PRIVILEGED)
		rig_settle();
	OK(boot_look_up(NULL, "n", &port, 0));
	program_end(task, 0);
	ATF_CHECK(boot_becomes("n", BOOTSTRAP_UNKNOWN_SERVICE));
	boot_end();
}

/* Nothing of the server's own fits it, and it stays whole. */
CASE(a_message_waits_as_it_is)
{
	struct {
		struct rig_msg msg;
		uint8_t more[4096];
	} big = { 0 };
	struct rig_task *task;
	mach_port_t send, carried = rig_port_send(), receive;
	uint32_t srights;

	boot_begin(plain);
	send = look_up("n");
	big.msg.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	big.msg.header.msgh_remote_port = send;
	big.msg.header.msgh_id = 6;
	big.msg.body.msgh_descriptor_count = 1;
	big.msg.port[0].name = carried;
	big.msg.port[0].disposition = MACH_MSG_TYPE_MAKE_SEND;
	big.msg.port[0].type = MACH_MSG_PORT_DESCRIPTOR;
	IS(0,
	    mach_msg(&big.msg.header, MACH_SEND_MSG, sizeof(big), 0, 0, 0, 0));
	srights = rig_srights(carried);
	task = program();
	ATF_CHECK(boot_started(1) >= 1);
	while (
	    boot_check_in(task, "n", &receive, 0) == BOOTSTRAP_NOT_PRIVILEGED)
		rig_settle();
	/* Too large for this receive: it was not for the server's, before. */
	IS(srights, rig_srights(carried));
	IS(-1, boot_peer_receive(task, receive));
	program_end(task, 0);
	boot_end();
}

static kern_return_t
do_keep(struct boot_call *call)
{
	mach_port_t previous;

	return (mach_port_request_notification(SELF, call->port,
	    MACH_NOTIFY_PORT_DESTROYED, 0, MACH_PORT_NULL,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
}

CASE(a_program_cannot_take_its_port_with_it)
{
	struct boot_call call = { .fn = do_keep };
	struct rig_task *task;
	mach_port_t send;

	boot_begin(plain);
	send = look_up("n");
	task = program();
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &call.port, 0));
	IS(KERN_FAILURE, boot_do(task, &call));
	boot_peer_drop(task, call.port, MACH_PORT_RIGHT_RECEIVE);
	/* It has it again, and what was in it; nothing is started for that. */
	while (
	    boot_check_in(task, "n", &call.port, 0) == BOOTSTRAP_SERVICE_ACTIVE)
		rig_settle();
	IS(1, boot_peer_receive(task, call.port));
	IS(MACH_PORT_TYPE_SEND, rig_type(send));
	IS(1, boot_started(0));
	program_end(task, 0);
	boot_end();
}

/*
 * bootstrap_create_server
 */

CASE(a_server_is_declared_by_a_call)
{
	struct rig_task *task;
	mach_port_t server, send, receive;
	mach_msg_type_number_t n, n_jobs, n_active;
	bootstrap_status_array_t active;
	name_array_t names, labels;

	boot_begin(NULL);
	IS(KERN_INVALID_ARGUMENT, bootstrap_create_server(boot_port(),
				      NAME("'open"), 0, TRUE, &server));
	OK(bootstrap_create_server(
	    boot_port(), NAME("/x a b"), 0, TRUE, &server));
	OK(bootstrap_create_service(server, NAME("n"), &send));
	IS(send, look_up("n"));
	OK(bootstrap_info(
	    boot_port(), &names, &n, &labels, &n_jobs, &active, &n_active, 0));
	ATF_REQUIRE_EQ(1, n);
	IS(BOOTSTRAP_STATUS_ON_DEMAND, active[0]);
	ATF_CHECK_MSG(strstr(labels[0], "/x") != NULL, "%s", labels[0]);
	task = program();
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_check_in(task, "n", &receive, 0));
	IS(1, boot_peer_receive(task, receive));
	/* Its port may go: what is declared stays. */
	OK(mach_port_deallocate(SELF, server));
	program_end(task, 0);
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 2));
	boot_end();
}

CASE(a_server_that_serves_nothing_goes_with_its_port)
{
	mach_port_t server;

	boot_begin(NULL);
	OK(bootstrap_create_server(boot_port(), NAME("/x"), 0, TRUE, &server));
	OK(mach_port_deallocate(SELF, server));
	rig_settle();
	/* One that is not on demand runs at once, and is ended in the end. */
	boot_next_program(99999);
	OK(bootstrap_create_server(boot_port(), NAME("/x"), 0, FALSE, &server));
	IS(1, boot_started(1));
	boot_end();
	IS(1, boot_killed());
}

static kern_return_t
do_check_in3(struct boot_call *call)
{
	return (bootstrap_check_in3(
	    call->bp, call->name, &call->port, call->instance, 0));
}

CASE(an_instance_has_ports_of_its_own)
{
	static const char *const jobs[] = {
		JOB(AT_ONCE ", \"MultipleInstances\": true"), NULL
	};
	static const unsigned char one[16] = { 1 }, two[16] = { 2 };
	struct boot_call call = { .fn = do_check_in3, .name = "n" };
	struct rig_task *task;
	mach_port_t a, b, again;

	boot_begin(jobs);
	OK(bootstrap_look_up3(
	    boot_port(), "n", &a, 0, one, BOOTSTRAP_SPECIFIC_INSTANCE));
	OK(bootstrap_look_up3(
	    boot_port(), "n", &b, 0, two, BOOTSTRAP_SPECIFIC_INSTANCE));
	ATF_CHECK(a != b && a != look_up("n"));
	OK(bootstrap_look_up3(
	    boot_port(), "n", &again, 0, one, BOOTSTRAP_SPECIFIC_INSTANCE));
	IS(a, again);
	/* Without the flag an id means nothing. */
	OK(bootstrap_look_up3(boot_port(), "n", &again, 0, one, 0));
	IS(look_up("n"), again);
	task = program();
	IS(0, rig_send(b, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(1, boot_started(1));
	OK(boot_do(task, &call));
	IS(0, memcmp(two, call.instance, sizeof(two)));
	IS(1, boot_peer_receive(task, call.port));
	program_end(task, 0);
	/* It ran, and left nothing: its port ends. */
	while (rig_type(b) != MACH_PORT_TYPE_DEAD_NAME)
		rig_settle();
	IS(MACH_PORT_TYPE_SEND, rig_type(a));
	boot_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_program_starts_with_the_first_message);
	ATF_TP_ADD_TC(tp, a_declared_name_is_its_programs);
	ATF_TP_ADD_TC(tp, a_program_of_a_user_has_the_systems_name);
	ATF_TP_ADD_TC(tp, messages_outlive_a_crash);
	ATF_TP_ADD_TC(tp, a_program_that_crashes_at_once_is_not_hurried);
	ATF_TP_ADD_TC(tp, a_program_that_cannot_start_is_tried_again);
	ATF_TP_ADD_TC(tp, a_program_is_kept_alive);
	ATF_TP_ADD_TC(tp, a_program_runs_at_load);
	ATF_TP_ADD_TC(tp, a_port_is_reset_when_it_is_to_be);
	ATF_TP_ADD_TC(tp, a_hidden_name_is_looked_up_when_it_is_checked_in_to);
	ATF_TP_ADD_TC(tp, a_message_waits_as_it_is);
	ATF_TP_ADD_TC(tp, a_program_cannot_take_its_port_with_it);
	ATF_TP_ADD_TC(tp, a_server_is_declared_by_a_call);
	ATF_TP_ADD_TC(tp, a_server_that_serves_nothing_goes_with_its_port);
	ATF_TP_ADD_TC(tp, an_instance_has_ports_of_its_own);
	return (atf_no_error());
}
