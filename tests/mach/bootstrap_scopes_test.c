/*
 * Scopes: the system's, users', subsets; who may do what where; lists.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "tests/mach/bootstrap_server.h"

#define OTHER_USER (BOOT_USER + 1)

static kern_return_t
do_per_user(struct boot_call *call)
{
	return (bootstrap_look_up_per_user(call->bp,
	    call->name[0] == '\0' ? NULL : call->name, call->uid, &call->port));
}

static kern_return_t
do_parent(struct boot_call *call)
{
	return (bootstrap_parent(call->bp, &call->port));
}

static kern_return_t
do_root(struct boot_call *call)
{
	return (bootstrap_get_root(call->bp, &call->port));
}

static kern_return_t
do_subset(struct boot_call *call)
{
	return (bootstrap_subset(call->bp, SELF, &call->port));
}

static kern_return_t
do_check_in(struct boot_call *call)
{
	return (bootstrap_check_in(call->bp, call->name, &call->port));
}

static kern_return_t
do_look_up(struct boot_call *call)
{
	return (bootstrap_look_up(call->bp, call->name, &call->port));
}

static kern_return_t
do_children(struct boot_call *call)
{
	bootstrap_property_array_t properties;
	mach_msg_type_number_t n;
	mach_port_array_t ports;
	name_array_t names;

	return (bootstrap_lookup_children(
	    call->bp, &ports, &names, &properties, &n));
}

static kern_return_t
do_create_server(struct boot_call *call)
{
	return (bootstrap_create_server(
	    call->bp, call->name, call->uid, TRUE, &call->port));
}

CASE(users_names_do_not_meet)
{
	struct rig_task *a, *b;
	mach_port_t port, found;

	boot_begin(NULL);
	a = boot_peer(BOOT_USER);
	b = boot_peer(OTHER_USER);
	OK(boot_check_in(a, "n", &port, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(b, "n", &found, 0));
	OK(boot_check_in(b, "n", &port, 0));
	/* Nor does the system see them. */
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "n", &found, 0));
	OK(boot_check_in(NULL, "n", &port, 0));
	rig_task_destroy(a);
	rig_task_destroy(b);
	boot_end();
}

CASE(a_user_sees_the_systems_names)
{
	struct rig_task *user;
	mach_port_t receive, found, own;

	boot_begin(NULL);
	user = boot_peer(BOOT_USER);
	OK(boot_check_in(NULL, "n", &receive, 0));
	OK(boot_look_up(user, "n", &found, 0));
	OK(boot_peer_send(user, found, 3));
	IS(3, rig_receive_id(receive));
	/* Not when it looks strictly; and its own come first. */
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    boot_look_up(user, "n", &found, BOOTSTRAP_STRICT_LOOKUP));
	OK(boot_check_in(user, "n", &own, 0));
	OK(boot_look_up(user, "n", &found, 0));
	IS(own, found);
	OK(boot_look_up(user, "n", &found, BOOTSTRAP_STRICT_LOOKUP));
	IS(own, found);
	rig_task_destroy(user);
	boot_end();
}

CASE(a_privileged_server_is_not_a_users)
{
	struct rig_task *user;
	mach_port_t receive, own, found;

	boot_begin(NULL);
	user = boot_peer(BOOT_USER);
	OK(boot_check_in(NULL, "system", &receive, 0));
	OK(boot_look_up(user, "system", &found, BOOTSTRAP_PRIVILEGED_SERVER));
	OK(boot_check_in(user, "system", &own, 0));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    boot_look_up(user, "system", &found, BOOTSTRAP_PRIVILEGED_SERVER));
	/* Strictly, its own is not even looked at. */
	OK(boot_look_up(user, "system", &found,
	    BOOTSTRAP_PRIVILEGED_SERVER | BOOTSTRAP_STRICT_LOOKUP));
	OK(boot_peer_send(user, found, 8));
	IS(8, rig_receive_id(receive));
	rig_task_destroy(user);
	boot_end();
}

CASE(a_user_writes_to_its_own_scope_only)
{
	struct boot_call call = { .fn = do_parent };
	struct rig_task *user, *other;
	mach_port_t found, scope;

	boot_begin(NULL);
	user = boot_peer(BOOT_USER);
	other = boot_peer(OTHER_USER);
	/* All ways to the system's port: what is said there is its own. */
	OK(boot_do(user, &call));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "x", &found, 0));
	call.fn = do_check_in;
	call.bp = call.port;
	snprintf(call.name, sizeof(call.name), "x");
	OK(boot_do(user, &call));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "x", &found, 0));
	call = (struct boot_call){ .fn = do_root };
	OK(boot_do(user, &call));
	call.fn = do_check_in;
	call.bp = call.port;
	snprintf(call.name, sizeof(call.name), "y");
	OK(boot_do(user, &call));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "y", &found, 0));
	/* Another's scope, whose port it was given. */
	call = (struct boot_call){ .fn = do_per_user, .uid = BOOT_USER };
	OK(boot_do(NULL, &call));
	scope = rig_give(other, call.port, MACH_MSG_TYPE_COPY_SEND);
	call = (struct boot_call){ .fn = do_check_in, .bp = scope };
	snprintf(call.name, sizeof(call.name), "z");
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(other, &call));
	/* There, another's name is not to be had, but can be found. */
	snprintf(call.name, sizeof(call.name), "y");
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(other, &call));
	call.fn = do_look_up;
	OK(boot_do(other, &call));
	rig_task_destroy(other);
	rig_task_destroy(user);
	boot_end();
}

CASE(a_users_scope_is_had_by_itself_and_by_root)
{
	struct boot_call call = { .fn = do_per_user, .uid = BOOT_USER };
	struct rig_task *user;
	mach_port_t receive, found;

	boot_begin(NULL);
	user = boot_peer(BOOT_USER);
	OK(boot_check_in(user, "n", &receive, 0));
	OK(boot_do(NULL, &call));
	OK(bootstrap_look_up(call.port, "n", &found));
	IS(0, rig_send(found, MACH_MSG_TYPE_COPY_SEND, 4));
	IS(4, boot_peer_receive(user, receive));
	/* By name at once; 0 is the caller's own. */
	snprintf(call.name, sizeof(call.name), "n");
	OK(boot_do(NULL, &call));
	IS(found, call.port);
	call.uid = 0;
	call.bp = 0;
	OK(boot_do(user, &call));
	call.uid = OTHER_USER;
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(user, &call));
	IS(0, call.port);
	rig_task_destroy(user);
	boot_end();
}

CASE(privilege_is_of_the_uid)
{
	struct boot_call call = { .fn = do_children };
	struct rig_task *user;

	boot_begin(NULL);
	IS(BOOTSTRAP_NO_CHILDREN, boot_do(NULL, &call));
	user = boot_peer(BOOT_USER);
	call.bp = 0;
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(user, &call));
	/* Whatever uid it claims. */
	call = (struct boot_call){ .fn = do_create_server, .name = "true" };
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(user, &call));
	call.uid = BOOT_USER;
	IS(BOOTSTRAP_NOT_PRIVILEGED, boot_do(user, &call));
	rig_task_destroy(user);
	boot_end();
}

/*
 * Subsets
 */

CASE(a_subset_sees_what_is_around_it)
{
	mach_port_t requestor = rig_port_send(), subset, parent, port, found;

	boot_begin(NULL);
	OK(bootstrap_subset(boot_port(), requestor, &subset));
	ATF_CHECK(subset != boot_port());
	OK(bootstrap_check_in(boot_port(), "outer", &port));
	OK(bootstrap_look_up(subset, "outer", &found));
	IS(port, found);
	OK(bootstrap_check_in(subset, "inner", &port));
	OK(bootstrap_look_up(subset, "inner", &found));
	IS(port, found);
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    bootstrap_look_up(boot_port(), "inner", &found));
	OK(bootstrap_check_in(subset, "outer", &port));
	OK(bootstrap_look_up(subset, "outer", &found));
	IS(port, found);
	OK(bootstrap_parent(subset, &parent));
	IS(boot_port(), parent);
	OK(bootstrap_parent(boot_port(), &parent));
	IS(boot_port(), parent);
	OK(bootstrap_get_root(subset, &parent));
	IS(boot_port(), parent);
	OK(bootstrap_unprivileged(subset, &found));
	IS(subset, found);
	boot_end();
}

CASE(a_subset_goes_with_its_requestor)
{
	mach_port_t requestor = rig_port_send(), outer, inner, port, found;
	unsigned int i;

	boot_begin(NULL);
	OK(bootstrap_subset(boot_port(), requestor, &outer));
	OK(bootstrap_subset(outer, SELF, &inner));
	OK(bootstrap_create_service(inner, NAME("n"), &port));
	OK(mach_port_mod_refs(SELF, requestor, MACH_PORT_RIGHT_RECEIVE, -1));
	for (i = 0; i < 100 && rig_type(port) != MACH_PORT_TYPE_DEAD_NAME; i++)
		rig_settle();
	/* With what was in it. */
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(outer));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(inner));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(port));
	IS(MACH_SEND_INVALID_DEST, bootstrap_look_up(inner, "n", &found));
	OK(bootstrap_check_in(boot_port(), "n", &port));
	boot_end();
}

CASE(a_subset_goes_with_its_task)
{
	struct boot_call call = { .fn = do_subset };
	struct rig_task *user;
	mach_port_t subset, port;
	unsigned int i;

	boot_begin(NULL);
	user = boot_peer(BOOT_USER);
	OK(boot_do(user, &call));
	subset = rig_take(user, call.port, MACH_MSG_TYPE_COPY_SEND);
	/* Who has its port may use it. */
	OK(bootstrap_check_in(subset, "n", &port));
	rig_task_destroy(user);
	for (i = 0; i < 100 && rig_type(subset) != MACH_PORT_TYPE_DEAD_NAME;
	     i++)
		rig_settle();
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(subset));
	boot_end();
}

CASE(a_subset_wants_a_requestor_that_can_end)
{
	mach_port_t subset;

	boot_begin(NULL);
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    bootstrap_subset(boot_port(), MACH_PORT_NULL, &subset));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    bootstrap_subset(boot_port(), rig_dead_name(1), &subset));
	IS(BOOTSTRAP_NOT_PRIVILEGED,
	    bootstrap_subset(boot_port(), boot_port(), &subset));
	boot_end();
}

CASE(subsets_are_not_nested_for_ever)
{
	mach_port_t scope, inner;
	unsigned int depth;
	kern_return_t kr = KERN_SUCCESS;

	boot_begin(NULL);
	scope = boot_port();
	for (depth = 0; depth < 200; depth++) {
		kr = bootstrap_subset(scope, SELF, &inner);
		if (kr != KERN_SUCCESS)
			break;
		scope = inner;
	}
	IS(BOOTSTRAP_NO_MEMORY, kr);
	IS(100, depth);
	boot_end();
}

/*
 * Lists
 */

static int
find_name(name_array_t names, mach_msg_type_number_t n, const char *name)
{
	mach_msg_type_number_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return ((int)i);
	}
	return (-1);
}

CASE(names_are_listed)
{
	static const char *const jobs[] = {
		"{\"Label\": \"job\", \"Program\": \"/x\","
		"\"MachServices\": {\"declared\": true}}",
		NULL,
	};
	mach_msg_type_number_t n, n_jobs, n_active;
	bootstrap_status_array_t active;
	name_array_t names, labels;
	mach_port_t port, created;
	bootstrap_status_t status;
	int i;

	boot_begin(jobs);
	OK(bootstrap_check_in(boot_port(), "active", &port));
	OK(bootstrap_check_in2(
	    boot_port(), "process", &port, BOOTSTRAP_PER_PID_SERVICE));
	OK(bootstrap_create_service(boot_port(), NAME("created"), &created));
	OK(bootstrap_info(boot_port(), &names, &n, &labels, &n_jobs, &active,
	    &n_active, BOOTSTRAP_FORCE_LOCAL));
	IS(3, n);
	IS(3, n_jobs);
	IS(3, n_active);
	i = find_name(names, n, "declared");
	ATF_REQUIRE(i >= 0);
	ATF_CHECK_STREQ("job", labels[i]);
	IS(BOOTSTRAP_STATUS_ON_DEMAND, active[i]);
	i = find_name(names, n, "active");
	ATF_REQUIRE(i >= 0);
	IS(BOOTSTRAP_STATUS_ACTIVE, active[i]);
	i = find_name(names, n, "created");
	ATF_REQUIRE(i >= 0);
	IS(BOOTSTRAP_STATUS_INACTIVE, active[i]);
	OK(vm_deallocate(SELF, (vm_address_t)names, n * sizeof(*names)));
	OK(bootstrap_status(boot_port(), NAME("declared"), &status));
	IS(BOOTSTRAP_STATUS_ON_DEMAND, status);
	IS(BOOTSTRAP_UNKNOWN_SERVICE,
	    bootstrap_status(boot_port(), NAME("process"), &status));
	IS(KERN_INVALID_ARGUMENT, bootstrap_info(boot_port(), &names, &n,
				      &labels, &n_jobs, &active, &n_active, 1));
	boot_end();
}

CASE(an_empty_scope_has_an_empty_list)
{
	mach_msg_type_number_t n = 1, n_jobs, n_active;
	bootstrap_status_array_t active;
	name_array_t names, labels;

	boot_begin(NULL);
	OK(bootstrap_info(
	    boot_port(), &names, &n, &labels, &n_jobs, &active, &n_active, 0));
	IS(0, n);
	boot_end();
}

CASE(scopes_are_listed_to_root)
{
	bootstrap_property_array_t properties;
	mach_msg_type_number_t n;
	mach_port_array_t ports;
	mach_port_t subset, found;
	struct rig_task *user;
	name_array_t names;
	int i;

	boot_begin(NULL);
	OK(bootstrap_subset(boot_port(), SELF, &subset));
	user = boot_peer(BOOT_USER);
	OK(boot_check_in(user, "n", &found, 0));
	OK(bootstrap_lookup_children(
	    boot_port(), &ports, &names, &properties, &n));
	ATF_REQUIRE_EQ(2, n);
	i = find_name(names, n, "user.4711");
	ATF_REQUIRE(i >= 0);
	IS(BOOTSTRAP_PROPERTY_PERUSER, properties[i]);
	OK(bootstrap_look_up(ports[i], "n", &found));
	IS(BOOTSTRAP_PROPERTY_EXPLICITSUBSET, properties[1 - i]);
	IS(subset, ports[1 - i]);
	rig_task_destroy(user);
	boot_end();
}

/*
 * Limits
 */

static kern_return_t
do_fill(struct boot_call *call)
{
	kern_return_t kr = KERN_SUCCESS;

	for (call->id = 0; call->id < 1000 && kr == KERN_SUCCESS; call->id++) {
		call->name[0] = (char)('a' + call->id % 26);
		call->name[1] = (char)('a' + call->id / 26);
		call->name[2] = '\0';
		kr = bootstrap_check_in(call->bp, call->name, &call->port);
	}
	return (kr);
}

CASE(a_user_has_so_many_names_and_no_more)
{
	struct boot_call call = { .fn = do_fill };
	struct rig_task *user, *other;
	mach_port_t port;

	boot_begin_limited(10, 2);
	user = boot_peer(BOOT_USER);
	other = boot_peer(OTHER_USER);
	IS(BOOTSTRAP_NO_MEMORY, boot_do(user, &call));
	IS(11, call.id);
	/* Which nobody else notices. */
	OK(boot_check_in(other, "n", &port, 0));
	OK(boot_check_in(NULL, "n", &port, 0));
	/* And what is given up can be had again. */
	rig_task_destroy(user);
	user = boot_peer(BOOT_USER);
	do
		rig_settle();
	while (boot_check_in(user, "n", &port, 0) == BOOTSTRAP_NO_MEMORY);
	call = (struct boot_call){ .fn = do_subset };
	OK(boot_do(user, &call));
	call.bp = call.port;
	IS(BOOTSTRAP_NO_MEMORY, boot_do(user, &call));
	rig_task_destroy(user);
	rig_task_destroy(other);
	boot_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, users_names_do_not_meet);
	ATF_TP_ADD_TC(tp, a_user_sees_the_systems_names);
	ATF_TP_ADD_TC(tp, a_privileged_server_is_not_a_users);
	ATF_TP_ADD_TC(tp, a_user_writes_to_its_own_scope_only);
	ATF_TP_ADD_TC(tp, a_users_scope_is_had_by_itself_and_by_root);
	ATF_TP_ADD_TC(tp, privilege_is_of_the_uid);
	ATF_TP_ADD_TC(tp, a_subset_sees_what_is_around_it);
	ATF_TP_ADD_TC(tp, a_subset_goes_with_its_requestor);
	ATF_TP_ADD_TC(tp, a_subset_goes_with_its_task);
	ATF_TP_ADD_TC(tp, a_subset_wants_a_requestor_that_can_end);
	ATF_TP_ADD_TC(tp, subsets_are_not_nested_for_ever);
	ATF_TP_ADD_TC(tp, names_are_listed);
	ATF_TP_ADD_TC(tp, an_empty_scope_has_an_empty_list);
	ATF_TP_ADD_TC(tp, scopes_are_listed_to_root);
	ATF_TP_ADD_TC(tp, a_user_has_so_many_names_and_no_more);
	return (atf_no_error());
}
