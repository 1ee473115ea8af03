/*
 * Services by their names: check in, register, look up, and what becomes of a
 * port when its program ends.
 */
#include <string.h>

#include "tests/mach/bootstrap_server.h"

CASE(a_name_that_nobody_has_is_unknown_at_once)
{
	uint64_t begin;
	mach_port_t port;

	boot_begin(NULL);
	begin = mach_absolute_time();
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "none", &port, 0));
	IS(0, port);
	/* It does not wait for one to come. */
	ATF_CHECK(mach_absolute_time() - begin < 1000000000);
	boot_end();
}

CASE(who_checks_in_is_found)
{
	struct rig_task *peer;
	mach_port_t receive, send;

	boot_begin(NULL);
	peer = boot_peer(0);
	OK(boot_check_in(peer, "org.example.a", &receive, 0));
	OK(boot_look_up(NULL, "org.example.a", &send, 0));
	IS(MACH_PORT_TYPE_SEND, rig_type(send));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 77));
	IS(77, boot_peer_receive(peer, receive));
	rig_task_destroy(peer);
	boot_end();
}

CASE(a_name_is_checked_in_to_once)
{
	mach_port_t a, b;

	boot_begin(NULL);
	OK(boot_check_in(NULL, "a", &a, 0));
	IS(BOOTSTRAP_SERVICE_ACTIVE, boot_check_in(NULL, "a", &b, 0));
	/* What is not declared cannot be asked for strictly. */
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    boot_check_in(NULL, "b", &b, BOOTSTRAP_STRICT_CHECKIN));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    boot_check_in(NULL, "a", &b, BOOTSTRAP_STRICT_CHECKIN));
	boot_end();
}

CASE(a_name_goes_with_its_program)
{
	struct rig_task *peer;
	mach_port_t receive;

	boot_begin(NULL);
	peer = boot_peer(0);
	OK(boot_check_in(peer, "a", &receive, 0));
	rig_task_destroy(peer);
	ATF_CHECK(boot_becomes("a", BOOTSTRAP_UNKNOWN_SERVICE));
	boot_end();
}

CASE(a_port_with_clients_outlives_its_program)
{
	struct rig_task *peer, *next;
	mach_port_t receive, send;

	boot_begin(NULL);
	peer = boot_peer(0);
	OK(boot_check_in(peer, "a", &receive, 0));
	OK(boot_look_up(NULL, "a", &send, 0));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 1));
	rig_task_destroy(peer);
	/* The right is the same, and what comes meanwhile stays. */
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 2));
	next = boot_peer(0);
	while (
	    boot_check_in(next, "a", &receive, 0) == BOOTSTRAP_SERVICE_ACTIVE)
		rig_settle();
	IS(1, boot_peer_receive(next, receive));
	IS(2, boot_peer_receive(next, receive));
	IS(MACH_PORT_TYPE_SEND, rig_type(send));
	/* And the last client's end is the name's. */
	boot_peer_drop(next, receive, MACH_PORT_RIGHT_RECEIVE);
	OK(mach_port_deallocate(SELF, send));
	ATF_CHECK(boot_becomes("a", BOOTSTRAP_UNKNOWN_SERVICE));
	rig_task_destroy(next);
	boot_end();
}

CASE(a_service_is_created_before_its_server)
{
	struct rig_task *peer;
	mach_port_t send, again, receive;
	bootstrap_status_t status;
	name_t name = "a";

	boot_begin(NULL);
	OK(bootstrap_create_service(boot_port(), name, &send));
	OK(bootstrap_status(boot_port(), name, &status));
	IS(BOOTSTRAP_STATUS_INACTIVE, status);
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 5));
	/* It is not to be announced, but to be checked in to. */
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_register(NULL, "a", send, 0));
	OK(bootstrap_create_service(boot_port(), name, &again));
	IS(send, again);
	peer = boot_peer(0);
	OK(boot_check_in(peer, "a", &receive, 0));
	IS(5, boot_peer_receive(peer, receive));
	OK(bootstrap_status(boot_port(), name, &status));
	IS(BOOTSTRAP_STATUS_ACTIVE, status);
	IS(BOOTSTRAP_SERVICE_ACTIVE,
	    bootstrap_create_service(boot_port(), name, &again));
	rig_task_destroy(peer);
	boot_end();
}

CASE(a_port_that_a_program_made_is_announced)
{
	struct rig_task *peer;
	mach_port_t port, send;

	boot_begin(NULL);
	peer = boot_peer(0);
	port = boot_peer_port(peer);
	OK(boot_register(peer, "a", port, 0));
	OK(boot_register(peer, "b", port, 0));
	OK(boot_look_up(NULL, "a", &send, 0));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 9));
	IS(9, boot_peer_receive(peer, port));
	IS(BOOTSTRAP_SERVICE_ACTIVE, boot_register(peer, "a", port, 0));
	IS(BOOTSTRAP_SERVICE_ACTIVE, boot_check_in(NULL, "a", &send, 0));
	/* It dies: so do both names. */
	boot_peer_drop(peer, port, MACH_PORT_RIGHT_RECEIVE);
	ATF_CHECK(boot_becomes("a", BOOTSTRAP_UNKNOWN_SERVICE));
	ATF_CHECK(boot_becomes("b", BOOTSTRAP_UNKNOWN_SERVICE));
	rig_task_destroy(peer);
	boot_end();
}

CASE(a_name_is_given_up_without_a_port)
{
	mach_port_t port = rig_port_send(), other;

	boot_begin(NULL);
	OK(boot_register(NULL, "a", port, 0));
	OK(boot_register(NULL, "a", MACH_PORT_NULL, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "a", &other, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    boot_register(NULL, "a", MACH_PORT_NULL, 0));
	/* A dead name announces nothing. */
	IS(KERN_INVALID_CAPABILITY,
	    boot_register(NULL, "a", rig_dead_name(1), 0));
	OK(boot_check_in(NULL, "a", &other, 0));
	IS(BOOTSTRAP_SERVICE_ACTIVE,
	    boot_register(NULL, "a", MACH_PORT_NULL, 0));
	boot_end();
}

/* The same port under two names, one of them a service that is held. */
CASE(an_alias_ends_with_the_service)
{
	mach_port_t send, found, receive;
	name_t name = "a";

	boot_begin(NULL);
	OK(bootstrap_create_service(boot_port(), name, &send));
	OK(boot_register(NULL, "alias", send, 0));
	OK(boot_look_up(NULL, "alias", &found, 0));
	IS(send, found);
	OK(boot_check_in(NULL, "a", &receive, 0));
	IS(send, receive);
	OK(boot_register(NULL, "alias", MACH_PORT_NULL, 0));
	OK(boot_register(NULL, "alias", send, 0));
	OK(mach_port_mod_refs(SELF, receive, MACH_PORT_RIGHT_RECEIVE, -1));
	rig_settle();
	/* It is back at the server, which has the only senders. */
	OK(boot_look_up(NULL, "a", &found, 0));
	OK(boot_register(NULL, "a", MACH_PORT_NULL, 0));
	ATF_CHECK(boot_becomes("alias", BOOTSTRAP_UNKNOWN_SERVICE));
	boot_end();
}

static kern_return_t
look_up_of_pid(struct boot_call *call)
{
	return (bootstrap_look_up2(call->bp, call->name, &call->port, call->pid,
	    BOOTSTRAP_PER_PID_SERVICE));
}

CASE(a_process_has_names_of_its_own)
{
	struct rig_task *a, *b;
	mach_port_t port_a, port_b, port;
	struct boot_call call = { .fn = look_up_of_pid, .name = "n" };

	boot_begin(NULL);
	a = boot_peer(0);
	b = boot_peer(0);
	OK(boot_check_in(a, "n", &port_a, BOOTSTRAP_PER_PID_SERVICE));
	port_b = boot_peer_port(b);
	OK(boot_register(b, "n", port_b, BOOTSTRAP_PER_PID_SERVICE));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "n", &port, 0));
	call.pid = boot_pid(a);
	OK(boot_do(NULL, &call));
	IS(0, rig_send(call.port, MACH_MSG_TYPE_COPY_SEND, 1));
	call.pid = boot_pid(b);
	OK(boot_do(NULL, &call));
	IS(0, rig_send(call.port, MACH_MSG_TYPE_COPY_SEND, 2));
	IS(1, boot_peer_receive(a, port_a));
	IS(2, boot_peer_receive(b, port_b));
	call.pid = boot_pid(b) + 1000;
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_do(NULL, &call));
	call.pid = 0;
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_do(NULL, &call));
	rig_task_destroy(a);
	rig_task_destroy(b);
	boot_end();
}

CASE(what_cannot_be_a_name_is_refused)
{
	char name[200];
	mach_port_t port = rig_port_send(), other;

	boot_begin(NULL);
	IS(KERN_INVALID_ARGUMENT, bootstrap_check_in(boot_port(), "", &other));
	IS(KERN_INVALID_ARGUMENT, bootstrap_look_up(boot_port(), "", &other));
	memset(name, 'x', sizeof(name));
	name[127] = '\0';
	OK(bootstrap_register(boot_port(), name, port));
	OK(bootstrap_look_up(boot_port(), name, &other));
	IS(port, other);
	name[127] = 'x';
	IS(KERN_INVALID_ARGUMENT, bootstrap_register(boot_port(), name, port));
	IS(KERN_INVALID_ARGUMENT, bootstrap_status(boot_port(), name, NULL));
	/* And flags that there are not. */
	IS(KERN_INVALID_ARGUMENT, boot_look_up(NULL, "a", &other, 1 << 8));
	IS(KERN_INVALID_ARGUMENT, boot_register(NULL, "a", port, 2));
	IS(KERN_INVALID_ARGUMENT, boot_check_in(NULL, "a", &other, 2));
	boot_end();
}

CASE(without_a_server_no_call_waits)
{
	mach_port_t port = rig_port_send(), other;
	name_t name = "a";

	IS(MACH_SEND_INVALID_DEST, bootstrap_look_up(0, name, &other));
	IS(MACH_SEND_INVALID_DEST,
	    bootstrap_look_up(rig_dead_name(1), name, &other));
	IS(MACH_SEND_INVALID_DEST, bootstrap_register(0, name, port));
	/* It was not taken. */
	IS(1, rig_refs(port, MACH_PORT_RIGHT_SEND));
}

/* A server that ends while it is asked. */
struct dying {
	mach_port_t port;
};

static void
die(void *p)
{
	struct dying *dying = p;

	rig_settle();
	(void)mach_port_mod_refs(
	    SELF, dying->port, MACH_PORT_RIGHT_RECEIVE, -1);
}

CASE(the_servers_end_is_told)
{
	struct dying dying = { rig_port_send() };
	struct rig_thread *thread;
	mach_port_t port, thread_port;
	uint32_t names;

	(void)bootstrap_look_up(rig_dead_name(1), "warm", &port);
	names = rig_names();
	thread = rig_start(NULL, die, &dying, sizeof(dying));
	IS(MIG_SERVER_DIED, bootstrap_look_up(dying.port, "a", &port));
	thread_port = rig_thread_port(thread);
	rig_join(thread);
	OK(mach_port_deallocate(SELF, thread_port));
	OK(mach_port_deallocate(SELF, dying.port));
	IS(names - 1, rig_names());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_name_that_nobody_has_is_unknown_at_once);
	ATF_TP_ADD_TC(tp, who_checks_in_is_found);
	ATF_TP_ADD_TC(tp, a_name_is_checked_in_to_once);
	ATF_TP_ADD_TC(tp, a_name_goes_with_its_program);
	ATF_TP_ADD_TC(tp, a_port_with_clients_outlives_its_program);
	ATF_TP_ADD_TC(tp, a_service_is_created_before_its_server);
	ATF_TP_ADD_TC(tp, a_port_that_a_program_made_is_announced);
	ATF_TP_ADD_TC(tp, a_name_is_given_up_without_a_port);
	ATF_TP_ADD_TC(tp, an_alias_ends_with_the_service);
	ATF_TP_ADD_TC(tp, a_process_has_names_of_its_own);
	ATF_TP_ADD_TC(tp, what_cannot_be_a_name_is_refused);
	ATF_TP_ADD_TC(tp, without_a_server_no_call_waits);
	ATF_TP_ADD_TC(tp, the_servers_end_is_told);
	return (atf_no_error());
}
