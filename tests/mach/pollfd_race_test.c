/*
 * Descriptors of ports and sets, while many threads send, receive, poll, and
 * make and end ports: no level and no edge is lost.
 */
#include <unistd.h>

#include <isthmus/mach_pollfd.h>

#include "tests/mach/pollfd.h"

#define SENDERS 3
#define RECEIVERS 2
#define ROUNDS 3000

struct race {
	mach_port_name_t port[4], set;
	int fd, queue; /* -1: by levels */
	uint32_t seed;
	uint32_t *received;
	int lost;
};

static void
race_send(void *arg)
{
	struct race *race = arg;
	mach_msg_header_t h;
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		h = (mach_msg_header_t){
			.msgh_bits = MACH_MSGH_BITS(COPY, 0),
			.msgh_remote_port = race->port[(i + race->seed) % 4],
			.msgh_size = sizeof(h),
		};
		if (mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			race->lost++;
		if (i % 64 == race->seed)
			usleep(200);
	}
}

static void
race_receive(void *arg)
{
	struct race *race = arg;
	uint32_t *all = race->received;

	while (__atomic_load_n(all, __ATOMIC_ACQUIRE) < SENDERS * ROUNDS) {
		/* Short: another may have received what was there. */
		if (race->queue != -1)
			(void)poll_edge_wait(race->queue, 100);
		else
			(void)poll_way_poll(race->fd, 100);
		while (rig_receive_id(race->set) != -1)
			(void)__atomic_add_fetch(all, 1, __ATOMIC_RELEASE);
	}
}

/* One alone is told of every message, or waits for ever. */
static void
race_receive_alone(void *arg)
{
	struct race *race = arg;
	uint32_t n = 0;

	while (n < SENDERS * ROUNDS) {
		if (race->queue != -1 ? !poll_edge_wait(race->queue, LONG)
				      : !poll_way_poll(race->fd, LONG)) {
			race->lost++;
			return;
		}
		while (rig_receive_id(race->set) != -1)
			n++;
	}
	*race->received = n;
}

/*
 * Takes one now and then, and leaves the others to who waits for edges: each
 * of which has to be one, even if the queue was empty for a moment only.
 */
static void
race_steal(void *arg)
{
	struct race *race = arg;
	uint32_t *all = race->received;

	while (__atomic_load_n(all, __ATOMIC_ACQUIRE) < SENDERS * ROUNDS) {
		if (rig_receive_id(race->set) != -1)
			(void)__atomic_add_fetch(all, 1, __ATOMIC_RELEASE);
		usleep(20);
	}
}

static void
race_receive_edges(void *arg)
{
	struct race *race = arg;
	uint32_t *all = race->received;

	while (__atomic_load_n(all, __ATOMIC_ACQUIRE) < SENDERS * ROUNDS) {
		if (!poll_edge_wait(race->queue, 100) &&
		    poll_way_poll(race->fd, 0) &&
		    !poll_edge_wait(race->queue, 200))
			race->lost++;
		while (rig_receive_id(race->set) != -1)
			(void)__atomic_add_fetch(all, 1, __ATOMIC_RELEASE);
	}
}

static void
race_run(bool edges, rig_fn *receive, rig_fn *beside)
{
	struct rig_thread *thread[SENDERS + RECEIVERS];
	struct race race[SENDERS + RECEIVERS], first = { .queue = -1 };
	int i, n = SENDERS + (beside != NULL ? 2 : 1);
	uint32_t received = 0;

	first.set = rig_set();
	for (i = 0; i < 4; i++) {
		first.port[i] = rig_port_send();
		OK(mach_port_insert_member(SELF, first.port[i], first.set));
	}
	first.fd = poll_follow(first.set);
	first.received = &received;
	if (edges)
		first.queue = poll_edge_open(first.fd);
	for (i = 0; i < n; i++) {
		race[i] = first;
		race[i].seed = (uint32_t)i;
		thread[i] = rig_start(NULL,
		    i < SENDERS	   ? race_send
		    : i == SENDERS ? receive
				   : beside,
		    &race[i], sizeof(race[i]));
	}
	for (i = 0; i < n; i++) {
		rig_join(thread[i]);
		IS(0, race[i].lost);
	}
	IS(SENDERS * ROUNDS, received);
	SHOWS(false, first.fd);
	if (edges)
		close(first.queue);
	close(first.fd);
}

CASE(no_level_is_lost)
{
	race_run(false, race_receive_alone, NULL);
	race_run(false, race_receive, race_receive);
}

CASE(no_edge_is_lost)
{
	race_run(true, race_receive_alone, NULL);
	race_run(true, race_receive, race_receive);
	race_run(true, race_receive_edges, race_steal);
}

/* Descriptors come and go while messages and ports do. */
static void
race_follow(void *arg)
{
	struct race *race = arg;
	int i, fd;

	for (i = 0; i < 2000; i++) {
		if (mach_port_pollfd(SELF, race->port[i % 4], &fd) ==
		    KERN_SUCCESS) {
			if (i % 3 == 0)
				(void)poll_way_poll(fd, 0);
			close(fd);
		}
	}
}

static void
race_end(void *arg)
{
	struct race *race = arg;
	mach_port_name_t name, other;
	int i, fd;

	(void)race;
	for (i = 0; i < 1000; i++) {
		if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name) !=
			KERN_SUCCESS ||
		    mach_port_pollfd(SELF, name, &fd) != KERN_SUCCESS) {
			race->lost++;
			return;
		}
		/* A name of another's, mostly. */
		other = name ^ (uint32_t)((i & 3) << 8);
		(void)mach_port_mod_refs(
		    SELF, name, MACH_PORT_RIGHT_RECEIVE, -1);
		if (!poll_way_poll(fd, LONG))
			race->lost++;
		close(fd);
		if (mach_port_pollfd(SELF, other, &fd) == KERN_SUCCESS)
			close(fd);
	}
}

static void
race_exchange(void *arg)
{
	struct race *race = arg;
	int i;

	for (i = 0; i < 8000; i++) {
		(void)rig_send(race->port[(i + race->seed) % 4], COPY, i);
		(void)rig_receive_id(race->port[(i * 7) % 4]);
	}
}

CASE(descriptors_come_and_go)
{
	static rig_fn *const fn[] = { race_follow, race_follow, race_end,
		race_end, race_exchange, race_exchange };
	struct rig_thread *thread[6];
	struct race race[6], first = { .queue = -1 };
	int i, fd, before;

	for (i = 0; i < 4; i++)
		first.port[i] = rig_port_send();
	close(poll_follow(first.port[0]));
	before = poll_open_count();
	for (i = 0; i < 6; i++) {
		race[i] = first;
		race[i].seed = (uint32_t)i;
		thread[i] = rig_start(NULL, fn[i], &race[i], sizeof(race[i]));
	}
	for (i = 0; i < 6; i++) {
		rig_join(thread[i]);
		IS(0, race[i].lost);
	}
	for (i = 0; i < 4; i++) {
		fd = poll_follow(first.port[i]);
		OK(rig_send(first.port[i], COPY, 0));
		SHOWS(true, fd);
		while (rig_receive_id(first.port[i]) != -1)
			continue;
		SHOWS(false, fd);
		close(fd);
	}
	ATF_CHECK_MSG(poll_open_count() <= before + 16, "%d descriptors",
	    poll_open_count() - before);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_level_is_lost);
	ATF_TP_ADD_TC(tp, no_edge_is_lost);
	ATF_TP_ADD_TC(tp, descriptors_come_and_go);
	return (atf_no_error());
}
