/*
 * Descriptors of ports and sets: what they show, to each way of waiting for
 * one, while queues, rights and processes change.
 */
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_pollfd.h>

#include <mach/mig.h>

#include "tests/mach/pollfd.h"
#include "tests/mach/rig.h"

struct in_peer {
	mach_port_name_t name;
	bool ready[2];
	int id;
};

static void
destroy_receive(mach_port_name_t name)
{
	OK(mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1));
}

/*
 * Levels
 */

CASE(readable_while_a_message_waits)
{
	mach_port_name_t port = rig_port_send();
	int fd = poll_follow(port);

	SHOWS(false, fd);
	OK(rig_send(port, COPY, 1));
	SHOWS(true, fd);
	OK(rig_send(port, COPY, 2));
	SHOWS(true, fd);
	IS(1, rig_receive_id(port));
	SHOWS(true, fd);
	IS(2, rig_receive_id(port));
	SHOWS(false, fd);
	IS(-1, rig_receive_id(port));
	OK(rig_send(port, COPY, 3));
	SHOWS(true, fd);
	IS(3, rig_receive_id(port));
	SHOWS(false, fd);
	close(fd);
}

CASE(a_message_that_waits_already_is_shown)
{
	mach_port_name_t port = rig_port_send(), set = rig_set();
	int fd, of_set;

	OK(rig_send(port, COPY, 1));
	fd = poll_follow(port);
	SHOWS(true, fd);
	OK(mach_port_insert_member(SELF, port, set));
	of_set = poll_follow(set);
	SHOWS(true, of_set);
	IS(1, rig_receive_id(set));
	SHOWS(false, fd);
	SHOWS(false, of_set);
	close(fd);
	close(of_set);
}

CASE(a_set_is_readable_when_one_of_its_ports_is)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	mach_port_name_t set = rig_set();
	int fd = poll_follow(set);

	OK(mach_port_insert_member(SELF, a, set));
	SHOWS(false, fd);
	OK(rig_send(b, COPY, 1));
	SHOWS(false, fd);
	/* With a message it joins, and leaves. */
	OK(mach_port_insert_member(SELF, b, set));
	SHOWS(true, fd);
	OK(mach_port_extract_member(SELF, b, set));
	SHOWS(false, fd);
	OK(mach_port_insert_member(SELF, b, set));
	OK(rig_send(a, COPY, 2));
	IS(1, rig_receive_id(b));
	SHOWS(true, fd);
	IS(2, rig_receive_id(set));
	SHOWS(false, fd);
	/* A member's end takes its messages with it. */
	OK(rig_send(a, COPY, 3));
	SHOWS(true, fd);
	destroy_receive(a);
	SHOWS(false, fd);
	close(fd);
}

CASE(a_set_of_many)
{
	mach_port_name_t port[300], set = rig_set();
	int fd = poll_follow(set), i;

	for (i = 0; i < 300; i++) {
		port[i] = rig_port_send();
		OK(mach_port_insert_member(SELF, port[i], set));
	}
	for (i = 0; i < 300; i++)
		OK(rig_send(port[i], COPY, i));
	for (i = 0; i < 300; i++) {
		SHOWS(true, fd);
		IS(i, rig_receive_id(set));
	}
	SHOWS(false, fd);
	close(fd);
}

CASE(who_waits_is_woken)
{
	const struct poll_way all[] = { { "poll", poll_way_poll },
		{ "select", poll_way_select }, poll_way_host };
	mach_port_name_t port = rig_port_send();
	int fd = poll_follow(port), i, status;
	pid_t child;

	/* In a process of its own, which only has the descriptor. */
	for (i = 0; i < 3; i++) {
		child = fork();
		ATF_REQUIRE(child != -1);
		if (child == 0)
			_exit(all[i].ready(fd, LONG) ? 0 : 1);
		usleep(20000);
		OK(rig_send(port, COPY, 1));
		ATF_REQUIRE_EQ(child, waitpid(child, &status, 0));
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s", all[i].name);
		IS(1, rig_receive_id(port));
	}
	SHOWS(false, fd);
	close(fd);
}

/* One trap that sends, and then waits for what does not come soon. */
static void
send_and_wait(void *arg)
{
	struct in_peer *in = arg;
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.header.msgh_remote_port = in->name;
	msg.header.msgh_local_port = mig_get_reply_port();
	in->id = mach_msg(&msg.header, MACH_SEND_MSG | MACH_RCV_MSG,
	    sizeof(msg.header), sizeof(msg), msg.header.msgh_local_port, 0,
	    MACH_PORT_NULL);
}

CASE(who_sends_and_then_waits_has_sent)
{
	mach_port_name_t port = rig_port_send();
	struct in_peer in = { .name = port, .id = -1 };
	struct rig_thread *thread;
	struct rig_msg msg;
	int fd = poll_follow(port);

	thread = rig_start(NULL, send_and_wait, &in, sizeof(in));
	ATF_CHECK(poll_way_poll(fd, LONG));
	OK(rig_receive(port, &msg));
	SHOWS(false, fd);
	OK(rig_send(
	    msg.header.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	rig_join(thread);
	OK(in.id);
	close(fd);
}

CASE(what_the_system_sends_counts)
{
	mach_port_name_t timer = mk_timer_create(), port, notify = rig_port();
	mach_port_name_t old;
	int fd = poll_follow(timer), of_notify = poll_follow(notify);

	SHOWS(false, fd);
	OK(mk_timer_arm(timer, mach_absolute_time() + 1000000));
	ATF_CHECK(poll_way_poll(fd, LONG));
	SHOWS(true, fd);
	OK(mk_timer_destroy(timer));
	close(fd);

	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old));
	SHOWS(false, of_notify);
	OK(mach_port_deallocate(SELF, port));
	SHOWS(true, of_notify);
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_NO_SENDERS, 1));
	SHOWS(false, of_notify);
	destroy_receive(port);
	close(of_notify);
}

CASE(edges)
{
	mach_port_name_t port = rig_port_send();
	int fd = poll_follow(port), queue = poll_edge_open(fd), i;

	ATF_CHECK(!poll_edge_wait(queue, 0));
	for (i = 0; i < 200; i++) {
		OK(rig_send(port, COPY, 1));
		ATF_CHECK(poll_edge_wait(queue, LONG));
		ATF_CHECK(!poll_edge_wait(queue, 0));
		IS(1, rig_receive_id(port));
		IS(-1, rig_receive_id(port));
	}
	ATF_CHECK(!poll_edge_wait(queue, 0));
	/* Its end is one, too. */
	destroy_receive(port);
	ATF_CHECK(poll_edge_wait(queue, LONG));
	close(queue);
	close(fd);
}

/*
 * The right's end
 */

/* Readable whatever is read from it. */
static void
is_gone(int fd, int line)
{
	char bytes[256];
	int i;

	for (i = 0; i < 3; i++) {
		ATF_CHECK_MSG(
		    read(fd, bytes, sizeof(bytes)) >= 0, "line %d", line);
		ATF_CHECK_MSG(poll_way_any(fd, 0), "line %d: poll", line);
		ATF_CHECK_MSG(poll_way_select(fd, 0), "line %d: select", line);
	}
}

CASE(readable_for_ever_when_the_right_is_gone)
{
	mach_port_name_t port = rig_port_send(), set, full = rig_port_send();
	int of_port = poll_follow(port), of_set, of_full = poll_follow(full);

	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set));
	of_set = poll_follow(set);
	OK(rig_send(full, COPY, 1));
	SHOWS(true, of_full);
	SHOWS(false, of_port);
	SHOWS(false, of_set);
	destroy_receive(port);
	OK(mach_port_mod_refs(SELF, set, MACH_PORT_RIGHT_PORT_SET, -1));
	destroy_receive(full);
	SHOWS(true, of_port);
	SHOWS(true, of_set);
	SHOWS(true, of_full);
	is_gone(of_port, __LINE__);
	is_gone(of_set, __LINE__);
	is_gone(of_full, __LINE__);
	close(of_port);
	close(of_set);
	close(of_full);
}

/* In the task that has the right then, its descriptor follows. */
static void
follow_in_peer(void *arg)
{
	struct in_peer *in = arg;
	int fd = -1;

	if (mach_port_pollfd(SELF, in->name, &fd) != KERN_SUCCESS)
		return;
	in->ready[0] = poll_way_poll(fd, 0);
	in->id = rig_receive_id(in->name);
	in->ready[1] = poll_way_poll(fd, 0);
	close(fd);
}

CASE(a_right_that_moves_is_gone_from_where_it_was)
{
	struct rig_task *task = rig_task_create();
	struct in_peer in = { .id = -1 };
	mach_port_name_t port, back;
	int fd, again;

	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	fd = poll_follow(port);
	SHOWS(false, fd);
	in.name = rig_give(task, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	SHOWS(true, fd);
	is_gone(fd, __LINE__);
	IS(KERN_INVALID_RIGHT, mach_port_pollfd(SELF, port, &again));
	OK(rig_send(port, COPY, 7));
	rig_run(task, follow_in_peer, &in, sizeof(in));
	ATF_CHECK(in.ready[0]);
	IS(7, in.id);
	ATF_CHECK(!in.ready[1]);
	/* Back again it is a new one's to follow. */
	back = rig_take(task, in.name, MACH_MSG_TYPE_MOVE_RECEIVE);
	again = poll_follow(back);
	SHOWS(false, again);
	is_gone(fd, __LINE__);
	OK(rig_send(port, COPY, 8));
	SHOWS(true, again);
	IS(8, rig_receive_id(back));
	SHOWS(false, again);
	destroy_receive(back);
	is_gone(again, __LINE__);
	close(fd);
	close(again);
	rig_task_destroy(task);
}

CASE(a_port_destroyed_notification_moves_the_right)
{
	mach_port_name_t port = rig_port_send(), notify = rig_port(), old;
	struct rig_msg msg;
	int fd = poll_follow(port);

	OK(mach_port_request_notification(SELF, port,
	    MACH_NOTIFY_PORT_DESTROYED, 0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &old));
	SHOWS(false, fd);
	destroy_receive(port);
	is_gone(fd, __LINE__);
	OK(rig_receive(notify, &msg));
	is_gone(fd, __LINE__);
	close(fd);
	mach_msg_destroy(&msg.header);
}

/*
 * Descriptors
 */

CASE(dup_and_fork)
{
	mach_port_name_t port = rig_port_send();
	int fd = poll_follow(port), copy = dup(fd), says[2], status;
	pid_t child;
	char byte;

	ATF_REQUIRE(copy != -1 && pipe(says) == 0);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	OK(rig_send(port, COPY, 1));
	SHOWS(true, copy);
	IS(1, rig_receive_id(port));
	SHOWS(false, copy);
	child = fork();
	ATF_REQUIRE(child != -1);
	if (child == 0) {
		/* It outlives its parent's own, and follows its port. */
		if (!poll_way_poll(copy, LONG) || write(says[1], "", 1) != 1)
			_exit(1);
		while (poll_way_poll(copy, 0))
			usleep(1000);
		if (write(says[1], "", 1) != 1)
			_exit(3);
		_exit(poll_way_poll(copy, LONG) ? 0 : 2);
	}
	close(copy);
	close(says[1]);
	OK(rig_send(port, COPY, 1));
	IS(1, read(says[0], &byte, 1));
	IS(1, rig_receive_id(port));
	IS(1, read(says[0], &byte, 1));
	destroy_receive(port);
	ATF_REQUIRE_EQ(child, waitpid(child, &status, 0));
	IS(0, WEXITSTATUS(status));
	close(says[0]);
}

CASE(several_of_one_port)
{
	mach_port_name_t port = rig_port_send(), set = rig_set();
	int a = poll_follow(port), b = poll_follow(port),
	    of_set = poll_follow(set);

	OK(mach_port_insert_member(SELF, port, set));
	OK(rig_send(port, COPY, 1));
	SHOWS(true, a);
	SHOWS(true, b);
	SHOWS(true, of_set);
	close(a);
	IS(1, rig_receive_id(set));
	SHOWS(false, b);
	SHOWS(false, of_set);
	OK(rig_send(port, COPY, 2));
	SHOWS(true, b);
	close(b);
	/* All are closed; a new one starts right. */
	a = poll_follow(port);
	SHOWS(true, a);
	IS(2, rig_receive_id(port));
	SHOWS(false, a);
	close(a);
	close(of_set);
}

CASE(who_reads_it_is_right_again_with_the_next_change)
{
	mach_port_name_t port = rig_port_send();
	int fd = poll_follow(port);
	char byte;

	IS(-1, read(fd, &byte, 1));
	ATF_CHECK(errno == EAGAIN);
	OK(rig_send(port, COPY, 1));
	IS(1, read(fd, &byte, 1));
	IS(1, rig_receive_id(port));
	SHOWS(false, fd);
	OK(rig_send(port, COPY, 2));
	SHOWS(true, fd);
	IS(2, rig_receive_id(port));
	SHOWS(false, fd);
	/* Nor does it keep the host from anything that it may block. */
	ATF_REQUIRE_EQ(0, fcntl(fd, F_SETFL, 0));
	OK(rig_send(port, COPY, 3));
	IS(1, read(fd, &byte, 1));
	IS(3, rig_receive_id(port));
	SHOWS(false, fd);
	close(fd);
}

CASE(names_that_cannot_be_followed)
{
	mach_port_name_t port = rig_port_send(), dead = rig_dead_name(1), send;
	struct rig_task *task = rig_task_create();
	int fd = -7;

	(void)close(poll_follow(port));
	IS(KERN_INVALID_NAME, mach_port_pollfd(SELF, MACH_PORT_NULL, &fd));
	IS(KERN_INVALID_NAME, mach_port_pollfd(SELF, MACH_PORT_DEAD, &fd));
	IS(KERN_INVALID_NAME, mach_port_pollfd(SELF, 0x7ffff03, &fd));
	IS(KERN_INVALID_RIGHT, mach_port_pollfd(SELF, dead, &fd));
	send = rig_give(task, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	ATF_CHECK(send != MACH_PORT_NULL);
	IS(KERN_INVALID_RIGHT, mach_port_pollfd(SELF, port, &fd));
	IS(MACH_SEND_INVALID_DEST, mach_port_pollfd(MACH_PORT_NULL, port, &fd));
	IS(-7, fd);
	rig_task_destroy(task);
	port = rig_port();
	IS(KERN_INVALID_ADDRESS, mach_port_pollfd(SELF, port, NULL));
}

CASE(what_is_closed_is_free_again)
{
	mach_port_name_t port = rig_port_send(), many[300];
	int before, i, last = -1, fd;
	uint64_t memory;

	close(poll_follow(port));
	before = poll_open_count();
	memory = rig_memory();
	for (i = 0; i < 20000; i++)
		close(poll_follow(port));
	ATF_CHECK_MSG(poll_open_count() <= before + 8, "%d descriptors",
	    poll_open_count() - before);
	IS(memory, rig_memory());
	/* Of ports that live on, some are kept until it is worth looking. */
	for (i = 0; i < 300; i++)
		many[i] = rig_port_send();
	for (i = 0; i < 6000; i++)
		close(poll_follow(many[i % 300]));
	ATF_CHECK_MSG(poll_open_count() <= before + 200, "%d descriptors",
	    poll_open_count() - before);
	/* And none of those whose ports end, message or not. */
	for (i = 0; i < 300; i++) {
		if (i % 3 == 0)
			OK(rig_send(many[i], COPY, i));
		destroy_receive(many[i]);
	}
	ATF_CHECK_MSG(poll_open_count() <= before + 8, "%d descriptors",
	    poll_open_count() - before);
	/* A port with messages finds out by itself. */
	port = rig_port_send();
	close(poll_follow(port));
	for (i = 0; i < 200; i++) {
		OK(rig_send(port, COPY, i));
		IS(i, rig_receive_id(port));
	}
	ATF_CHECK_MSG(poll_open_count() <= before + 8, "%d descriptors",
	    poll_open_count() - before);
	/* It is as good as new. */
	fd = poll_follow(port);
	OK(rig_send(port, COPY, last));
	SHOWS(true, fd);
	close(fd);
}

CASE(no_descriptor_no_memory)
{
	struct rlimit limit = { 300, 300 };
	mach_port_name_t port[200];
	int fds[300], n = 0, i, made = 0;
	kern_return_t kr = KERN_SUCCESS;
	struct rig_msg msg;

	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < 200; i++)
		port[i] = rig_port_send();
	close(poll_follow(port[0]));
	while (n < 300 && (fds[n] = dup(STDIN_FILENO)) != -1)
		n++;
	/* Those that were kept for whoever closed them are found. */
	for (i = 0; i < 24; i++)
		close(fds[--n]);
	for (i = 0; i < 200 && kr == KERN_SUCCESS; i++) {
		kr = mach_port_pollfd(SELF, port[i], &fds[n]);
		if (kr == KERN_SUCCESS) {
			n++;
			made++;
		}
	}
	IS(KERN_RESOURCE_SHORTAGE, kr);
	ATF_CHECK_MSG(made > 0, "%d", made);
	/* Nothing else stops. */
	OK(rig_send(port[199], COPY, 1));
	OK(rig_receive(port[199], &msg));
	while (n > 0)
		close(fds[--n]);
	close(poll_follow(port[199]));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, readable_while_a_message_waits);
	ATF_TP_ADD_TC(tp, a_message_that_waits_already_is_shown);
	ATF_TP_ADD_TC(tp, a_set_is_readable_when_one_of_its_ports_is);
	ATF_TP_ADD_TC(tp, a_set_of_many);
	ATF_TP_ADD_TC(tp, who_waits_is_woken);
	ATF_TP_ADD_TC(tp, who_sends_and_then_waits_has_sent);
	ATF_TP_ADD_TC(tp, what_the_system_sends_counts);
	ATF_TP_ADD_TC(tp, edges);
	ATF_TP_ADD_TC(tp, readable_for_ever_when_the_right_is_gone);
	ATF_TP_ADD_TC(tp, a_right_that_moves_is_gone_from_where_it_was);
	ATF_TP_ADD_TC(tp, a_port_destroyed_notification_moves_the_right);
	ATF_TP_ADD_TC(tp, dup_and_fork);
	ATF_TP_ADD_TC(tp, several_of_one_port);
	ATF_TP_ADD_TC(tp, who_reads_it_is_right_again_with_the_next_change);
	ATF_TP_ADD_TC(tp, names_that_cannot_be_followed);
	ATF_TP_ADD_TC(tp, what_is_closed_is_free_again);
	ATF_TP_ADD_TC(tp, no_descriptor_no_memory);
	return (atf_no_error());
}
