/*
 * Names: what they look like, what they may be chosen to be, what becomes of
 * them.  XNU osfmk/mach/port.h, osfmk/ipc/ipc_entry.c, mach_port.c.
 */
#include <stdlib.h>

#include "tests/mach/rig.h"

CASE(low_two_bits_of_a_name_are_set)
{
	int i;

	for (i = 0; i < 1000; i++)
		IS(3, rig_port() & 3);
	IS(3, rig_set() & 3);
	IS(3, rig_dead_name(1) & 3);
	IS(3, mach_reply_port() & 3);
}

CASE(index_0_is_never_given)
{
	int i;

	for (i = 0; i < 1000; i++)
		ATF_CHECK(MACH_PORT_INDEX(rig_port()) != 0);
}

/* Compiled-out generations: NextBSD's wedges (nextbsd-kernel#145). */
CASE(a_name_is_not_soon_given_again)
{
	mach_port_name_t name, other;
	int i;

	name = rig_port();
	OK(mach_port_destroy(SELF, name));
	for (i = 0; i < 100; i++) {
		other = rig_port();
		ATF_CHECK(other != name);
		OK(mach_port_destroy(SELF, other));
	}
}

CASE(a_reused_index_has_another_generation)
{
	mach_port_name_t name = rig_port(), other;
	int i;

	OK(mach_port_destroy(SELF, name));
	for (i = 0; i < 100000; i++) {
		other = rig_port();
		if (MACH_PORT_INDEX(other) == MACH_PORT_INDEX(name))
			break;
		OK(mach_port_destroy(SELF, other));
	}
	IS(MACH_PORT_INDEX(name), MACH_PORT_INDEX(other));
	ATF_CHECK(other != name);
	/* The old name names nothing. */
	IS(0, rig_type(name));
	IS(KERN_INVALID_NAME,
	    mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1));
	IS(KERN_INVALID_NAME, mach_port_deallocate(SELF, name));
	IS(KERN_INVALID_NAME, mach_port_destroy(SELF, name));
	IS(MACH_SEND_INVALID_DEST, rig_send(name, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(other));
}

CASE(names_are_of_a_space_not_of_the_process)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t here = rig_port_send(), there;

	there = rig_give(peer, here, MACH_MSG_TYPE_COPY_SEND);
	ATF_CHECK(MACH_PORT_VALID(there));
	/* The same right comes back under the name that it had here. */
	IS(here, rig_take(peer, there, MACH_MSG_TYPE_COPY_SEND));
	IS(2, rig_refs(here, MACH_PORT_RIGHT_SEND));
	rig_task_destroy(peer);
}

static mach_port_name_t
free_name(void)
{
	mach_port_name_t name = rig_port();

	OK(mach_port_destroy(SELF, name));
	return (MACH_PORT_MAKE(MACH_PORT_INDEX(name) + 1000, 0) | 3);
}

CASE(allocate_name_gives_that_name)
{
	mach_port_name_t name = free_name();

	OK(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, name));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(name));
	OK(mach_port_destroy(SELF, name));
	OK(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_PORT_SET, name));
	IS(MACH_PORT_TYPE_PORT_SET, rig_type(name));
	OK(mach_port_destroy(SELF, name));
	OK(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_DEAD_NAME, name));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(name));
	IS(1, rig_refs(name, MACH_PORT_RIGHT_DEAD_NAME));
}

CASE(allocate_name_of_null_and_dead_is_invalid_value)
{
	IS(KERN_INVALID_VALUE, mach_port_allocate_name(SELF,
				   MACH_PORT_RIGHT_RECEIVE, MACH_PORT_NULL));
	IS(KERN_INVALID_VALUE, mach_port_allocate_name(SELF,
				   MACH_PORT_RIGHT_RECEIVE, MACH_PORT_DEAD));
}

CASE(allocate_name_with_bad_generation_bits_is_invalid_value)
{
	mach_port_name_t name = free_name();
	unsigned int low;

	for (low = 0; low < 3; low++)
		IS(KERN_INVALID_VALUE,
		    mach_port_allocate_name(
			SELF, MACH_PORT_RIGHT_RECEIVE, (name & ~3u) | low));
}

CASE(allocate_name_at_index_0_is_failure)
{
	IS(KERN_FAILURE,
	    mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, 0x03));
	IS(KERN_FAILURE,
	    mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, 0x07));
}

CASE(allocate_name_past_the_table_is_no_space)
{
	IS(KERN_NO_SPACE,
	    mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, 0xfffffe03));
}

CASE(allocate_name_in_use_is_name_exists)
{
	mach_port_name_t name = rig_port();

	IS(KERN_NAME_EXISTS,
	    mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, name));
	/* The index counts, whatever the generation. */
	IS(KERN_NAME_EXISTS, mach_port_allocate_name(
				 SELF, MACH_PORT_RIGHT_RECEIVE, name ^ 0x40));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(name));
}

CASE(allocate_of_an_unknown_kind_is_invalid_value)
{
	mach_port_name_t name;

	IS(KERN_INVALID_VALUE,
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_SEND, &name));
	IS(KERN_INVALID_VALUE,
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_SEND_ONCE, &name));
	IS(KERN_INVALID_VALUE,
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_LABELH, &name));
	IS(KERN_INVALID_VALUE, mach_port_allocate(SELF, 77, &name));
}

CASE(null_and_dead_never_name_a_right)
{
	IS(KERN_INVALID_NAME, mach_port_mod_refs(SELF, MACH_PORT_NULL,
				  MACH_PORT_RIGHT_RECEIVE, -1));
	IS(KERN_INVALID_NAME, mach_port_mod_refs(SELF, MACH_PORT_DEAD,
				  MACH_PORT_RIGHT_DEAD_NAME, -1));
	OK(mach_port_mod_refs(SELF, MACH_PORT_NULL, MACH_PORT_RIGHT_SEND, -1));
	OK(mach_port_mod_refs(
	    SELF, MACH_PORT_DEAD, MACH_PORT_RIGHT_SEND_ONCE, -1));
	OK(mach_port_deallocate(SELF, MACH_PORT_NULL));
	OK(mach_port_deallocate(SELF, MACH_PORT_DEAD));
	OK(mach_port_destroy(SELF, MACH_PORT_NULL));
	OK(mach_port_destroy(SELF, MACH_PORT_DEAD));
	IS(1, rig_refs(MACH_PORT_NULL, MACH_PORT_RIGHT_SEND));
	IS(1, rig_refs(MACH_PORT_DEAD, MACH_PORT_RIGHT_SEND_ONCE));
	IS(-1, rig_refs(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE));
	IS(0, rig_type(MACH_PORT_NULL));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(MACH_PORT_DEAD));
}

CASE(one_entry_for_send_and_receive_of_a_port)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t name = rig_port(), there;
	uint32_t before = rig_names();

	there = rig_give(peer, name, MACH_MSG_TYPE_MAKE_SEND);
	IS(name, rig_take(peer, there, MACH_MSG_TYPE_MOVE_SEND));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(name));
	IS(before, rig_names());
	rig_task_destroy(peer);
}

CASE(every_send_once_right_has_its_own_entry)
{
	mach_port_name_t port = rig_port(), a, b;
	uint32_t before = rig_names();

	a = rig_send_once(port);
	b = rig_send_once(port);
	ATF_CHECK(a != b && a != port && b != port);
	IS(before + 2, rig_names());
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(a));
	IS(2, rig_status(port).mps_sorights);
}

CASE(rename_keeps_the_rights)
{
	mach_port_name_t port = rig_port_send(), name = free_name();

	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 7));
	OK(mach_port_rename(SELF, port, name));
	IS(0, rig_type(port));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(name));
	IS(7, rig_receive_id(name));
	IS(0, rig_send(name, MACH_MSG_TYPE_COPY_SEND, 8));
	IS(8, rig_receive_id(name));
}

CASE(rename_of_a_send_right_is_found_by_its_port)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), there, here, name = free_name();

	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	here = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	OK(mach_port_rename(SELF, here, name));
	/* One more of the same goes to the same name. */
	IS(name, rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND));
	IS(2, rig_refs(name, MACH_PORT_RIGHT_SEND));
	rig_task_destroy(peer);
}

CASE(rename_of_no_name_and_to_a_bad_one_fails)
{
	mach_port_name_t a = rig_port(), b = rig_port(), name = free_name();

	IS(KERN_NAME_EXISTS, mach_port_rename(SELF, a, b));
	IS(KERN_NAME_EXISTS, mach_port_rename(SELF, a, a));
	IS(KERN_INVALID_NAME, mach_port_rename(SELF, name, name + 0x100));
	IS(KERN_INVALID_VALUE, mach_port_rename(SELF, a, MACH_PORT_NULL));
	IS(KERN_INVALID_VALUE, mach_port_rename(SELF, a, MACH_PORT_DEAD));
	IS(KERN_INVALID_NAME, mach_port_rename(SELF, MACH_PORT_NULL, name));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(a));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(b));
	/* A name that failed is free again. */
	OK(mach_port_allocate_name(
	    SELF, MACH_PORT_RIGHT_RECEIVE, name + 0x100));
}

CASE(rename_keeps_what_was_requested_under_the_new_name)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), there, here, name = free_name();
	mach_port_name_t notify = rig_port();
	mach_port_t previous;

	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	here = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	OK(mach_port_request_notification(SELF, here, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_rename(SELF, here, name));
	rig_task_destroy(peer);
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_DEAD_NAME, name));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(name));
}

static bool
listed(mach_port_name_t name, mach_port_type_t type)
{
	mach_msg_type_number_t nnames = 0, ntypes = 0, i;
	mach_port_name_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	bool found = false;

	OK(mach_port_names(SELF, &names, &nnames, &types, &ntypes));
	IS(nnames, ntypes);
	IS(rig_names(), nnames);
	for (i = 0; i < nnames; i++)
		found = found || (names[i] == name && types[i] == type);
	OK(vm_deallocate(SELF, (vm_address_t)names, nnames * sizeof(names[0])));
	OK(vm_deallocate(SELF, (vm_address_t)types, ntypes * sizeof(types[0])));
	return (found);
}

CASE(names_lists_every_name_with_its_type)
{
	mach_port_name_t notify = rig_port(), port, set, dead, once;
	mach_port_t previous;
	int i;

	port = rig_port_send();
	set = rig_set();
	dead = rig_dead_name(3);
	once = rig_send_once(port);
	ATF_CHECK(listed(port, MACH_PORT_TYPE_SEND_RECEIVE));
	ATF_CHECK(listed(set, MACH_PORT_TYPE_PORT_SET));
	ATF_CHECK(listed(dead, MACH_PORT_TYPE_DEAD_NAME));
	ATF_CHECK(listed(once, MACH_PORT_TYPE_SEND_ONCE));
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	ATF_CHECK(listed(
	    port, MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST));
	for (i = 0; i < 2000; i++)
		(void)rig_port();
	ATF_CHECK(listed(rig_port(), MACH_PORT_TYPE_RECEIVE));
}

/* More than a chunk, freed in disorder. */
CASE(many_names_are_all_different_and_all_go)
{
	enum { N = 20000 };
	mach_port_name_t *names = calloc(N, sizeof(names[0]));
	uint32_t before = rig_names();
	int i;

	ATF_REQUIRE(names != NULL);
	for (i = 0; i < N; i++) {
		names[i] = rig_port();
		ATF_REQUIRE(i == 0 || MACH_PORT_INDEX(names[i]) !=
					  MACH_PORT_INDEX(names[i - 1]));
	}
	IS(before + N, rig_names());
	for (i = 0; i < N; i++)
		ATF_REQUIRE_EQ(KERN_SUCCESS,
		    mach_port_destroy(SELF, names[(i * 7919) % N]));
	IS(before, rig_names());
	free(names);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, low_two_bits_of_a_name_are_set);
	ATF_TP_ADD_TC(tp, index_0_is_never_given);
	ATF_TP_ADD_TC(tp, a_name_is_not_soon_given_again);
	ATF_TP_ADD_TC(tp, a_reused_index_has_another_generation);
	ATF_TP_ADD_TC(tp, names_are_of_a_space_not_of_the_process);
	ATF_TP_ADD_TC(tp, allocate_name_gives_that_name);
	ATF_TP_ADD_TC(tp, allocate_name_of_null_and_dead_is_invalid_value);
	ATF_TP_ADD_TC(
	    tp, allocate_name_with_bad_generation_bits_is_invalid_value);
	ATF_TP_ADD_TC(tp, allocate_name_at_index_0_is_failure);
	ATF_TP_ADD_TC(tp, allocate_name_past_the_table_is_no_space);
	ATF_TP_ADD_TC(tp, allocate_name_in_use_is_name_exists);
	ATF_TP_ADD_TC(tp, allocate_of_an_unknown_kind_is_invalid_value);
	ATF_TP_ADD_TC(tp, null_and_dead_never_name_a_right);
	ATF_TP_ADD_TC(tp, one_entry_for_send_and_receive_of_a_port);
	ATF_TP_ADD_TC(tp, every_send_once_right_has_its_own_entry);
	ATF_TP_ADD_TC(tp, rename_keeps_the_rights);
	ATF_TP_ADD_TC(tp, rename_of_a_send_right_is_found_by_its_port);
	ATF_TP_ADD_TC(tp, rename_of_no_name_and_to_a_bad_one_fails);
	ATF_TP_ADD_TC(tp, rename_keeps_what_was_requested_under_the_new_name);
	ATF_TP_ADD_TC(tp, names_lists_every_name_with_its_type);
	ATF_TP_ADD_TC(tp, many_names_are_all_different_and_all_go);
	return (atf_no_error());
}
