/*
 * Many threads in several tasks do anything at once: messages with and without
 * rights and memory, ports that come and die, sets, notifications, semaphores,
 * timers, aborts, tasks that end.  Nothing may be lost: at the end all memory
 * is back.  For the thread sanitizer most of all (tests/check-all.sh).
 * STRESS_SECONDS: how long, 2 without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach_vm.h>
#include <mach/thread_act.h>

#include "tests/mach/rig.h"

enum { KNOWN = 48, HUB_SLOTS = 64, TASKS = 3, THREADS = 2, SERVERS = 2 };
enum { ID_EXCHANGE = 1000, ID_STOP };

struct worker {
	uint64_t random, until;
	mach_port_name_t hub, notify;
	mach_port_name_t known[KNOWN];
	uint64_t done[2]; /* steps; calls that succeeded */
};

static uint32_t
rnd(struct worker *w, uint32_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return ((uint32_t)(w->random >> 33) % n);
}

static mach_port_name_t *
any(struct worker *w)
{
	return (&w->known[rnd(w, KNOWN)]);
}

/* A name is forgotten for another; what it names is given back. */
static void
learn(struct worker *w, mach_port_name_t name)
{
	mach_port_name_t *slot = any(w);

	if (!MACH_PORT_VALID(name))
		return;
	if (*slot != MACH_PORT_NULL)
		(void)mach_port_destroy(SELF, *slot);
	*slot = name;
}

static void
count(struct worker *w, kern_return_t kr)
{
	w->done[1] += kr == KERN_SUCCESS;
}

/*
 * Messages
 */

struct big_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t ool;
	mach_msg_ool_ports_descriptor_t ports;
	uint32_t pad[32];
	mach_msg_max_trailer_t trailer;
};

static uint32_t
disposition(struct worker *w)
{
	return (MACH_MSG_TYPE_MOVE_RECEIVE + rnd(w, 6));
}

static void
send_any(struct worker *w)
{
	mach_port_name_t names[3] = { *any(w), MACH_PORT_NULL, *any(w) };
	char data[100] = { 0 };
	struct big_msg m;
	mach_msg_size_t size = offsetof(struct big_msg, pad) + 4 * rnd(w, 33);
	mach_msg_return_t mr;

	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND + rnd(w, 5),
	    rnd(w, 3) == 0 ? MACH_MSG_TYPE_MAKE_SEND_ONCE : 0);
	m.header.msgh_remote_port = *any(w);
	if (MACH_MSGH_BITS_LOCAL(m.header.msgh_bits) != 0)
		m.header.msgh_local_port = w->notify;
	if (rnd(w, 2) == 0) {
		m.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		m.body.msgh_descriptor_count = 1 + rnd(w, 3);
		m.port.name = *any(w);
		m.port.disposition = disposition(w) & 0xff;
		m.ool.address = data;
		m.ool.size = rnd(w, sizeof(data));
		m.ool.copy = rnd(w, 2) & 1;
		m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
		m.ports.address = names;
		m.ports.count = 3;
		m.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
		m.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	}
	mr = mach_msg(&m.header,
	    MACH_SEND_MSG | MACH_SEND_TIMEOUT |
		(rnd(w, 4) == 0 ? MACH_SEND_NOTIFY : 0) | MACH_SEND_INTERRUPT,
	    size, 0, MACH_PORT_NULL, rnd(w, 8) == 0 ? 1 : 0, MACH_PORT_NULL);
	count(w, mr);
	/* It came back: its rights and its memory are ours again. */
	if (mr == MACH_SEND_TIMED_OUT || mr == MACH_SEND_INTERRUPTED)
		mach_msg_destroy(&m.header);
}

static void
receive_any(struct worker *w, mach_port_name_t from)
{
	struct big_msg m;
	mach_msg_return_t mr;
	mach_msg_option_t options = MACH_RCV_MSG | MACH_RCV_TIMEOUT |
				    MACH_RCV_INTERRUPT |
				    (rnd(w, 3) == 0 ? MACH_RCV_LARGE : 0);
	mach_msg_size_t room =
	    rnd(w, 8) == 0 ? 64 + rnd(w, 64) : (uint32_t)sizeof(m);

	memset(&m, 0, sizeof(m));
	mr = mach_msg(&m.header, options, 0, room, from, rnd(w, 8) == 0 ? 1 : 0,
	    MACH_PORT_NULL);
	count(w, mr);
	if (mr != MACH_MSG_SUCCESS)
		return;
	if (m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX && rnd(w, 2) == 0) {
		/* The first right is kept, all else destroyed. */
		learn(w, m.port.name);
		m.port.name = MACH_PORT_NULL;
	}
	mach_msg_destroy(&m.header);
}

/* A right for another of who knows whose. */
static void
exchange(struct worker *w, mach_port_name_t give, uint32_t how)
{
	struct rig_msg m;
	mach_msg_return_t mr;

	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				 MACH_MSG_TYPE_MAKE_SEND_ONCE) |
			     MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = w->hub;
	m.header.msgh_local_port = mig_get_reply_port();
	m.header.msgh_id = ID_EXCHANGE;
	m.body.msgh_descriptor_count = 1;
	m.port[0].name = give;
	m.port[0].disposition = how & 0xff;
	mr = mach_msg(&m.header,
	    MACH_SEND_MSG | MACH_RCV_MSG | MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT,
	    offsetof(struct rig_msg, port[1]), sizeof(m),
	    m.header.msgh_local_port, 100, MACH_PORT_NULL);
	count(w, mr);
	if (mr == MACH_SEND_TIMED_OUT) {
		mach_msg_destroy(&m.header);
	} else if (mr == MACH_RCV_TIMED_OUT) {
		/* A late reply must not be taken for the next one's. */
		mig_dealloc_reply_port(m.header.msgh_local_port);
	} else if (mr == MACH_MSG_SUCCESS) {
		if (m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX)
			learn(w, m.port[0].name);
		else
			mach_msg_destroy(&m.header);
	}
}

/*
 * All else
 */

static void
make_any(struct worker *w)
{
	mach_port_name_t name = MACH_PORT_NULL;
	semaphore_t s;

	switch (rnd(w, 5)) {
	case 0:
		if (semaphore_create(SELF, &s, (int)rnd(w, 2) * 2,
			(int)rnd(w, 3)) == KERN_SUCCESS)
			name = s;
		break;
	case 1:
		name = mk_timer_create();
		break;
	case 2:
		(void)mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &name);
		break;
	default:
		if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name) ==
		    KERN_SUCCESS)
			(void)mach_port_insert_right(
			    SELF, name, name, MACH_MSG_TYPE_MAKE_SEND);
		break;
	}
	learn(w, name);
}

static void
ask_any(struct worker *w)
{
	static const int ids[] = { MACH_NOTIFY_DEAD_NAME,
		MACH_NOTIFY_NO_SENDERS, MACH_NOTIFY_SEND_POSSIBLE,
		MACH_NOTIFY_PORT_DESTROYED };
	mach_port_t previous = MACH_PORT_NULL;

	count(w, mach_port_request_notification(SELF, *any(w), ids[rnd(w, 4)],
		     rnd(w, 2), rnd(w, 5) == 0 ? MACH_PORT_NULL : w->notify,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	if (MACH_PORT_VALID(previous))
		(void)mach_port_deallocate(SELF, previous);
}

static void
change_any(struct worker *w)
{
	mach_port_limits_t limits = { rnd(w, 20) };
	mach_port_name_t name = *any(w);
	mach_port_type_t type;
	uint64_t armed;

	switch (rnd(w, 12)) {
	case 0:
		count(w, mach_port_insert_member(SELF, name, *any(w)));
		break;
	case 1:
		count(w, mach_port_extract_member(SELF, name, *any(w)));
		break;
	case 2:
		count(w, mach_port_move_member(SELF, name, *any(w)));
		break;
	case 3:
		count(w, mach_port_mod_refs(SELF, name, rnd(w, 5),
			     (mach_port_delta_t)rnd(w, 4) - 2));
		break;
	case 4:
		count(w, mach_port_deallocate(SELF, name));
		break;
	case 5:
		count(w, mach_port_set_attributes(SELF, name,
			     MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
			     MACH_PORT_LIMITS_INFO_COUNT));
		break;
	case 6:
		count(w, mach_port_guard(SELF, name, 7, (boolean_t)rnd(w, 2)));
		break;
	case 7:
		count(w, mach_port_unguard(SELF, name, 7));
		break;
	case 8:
		count(w, mach_port_type(SELF, name, &type));
		break;
	case 9:
		count(w,
		    mk_timer_arm(name, mach_absolute_time() + rnd(w, 2000000)));
		break;
	case 10:
		count(w, mk_timer_cancel(name, &armed));
		break;
	default:
		count(w, mach_port_insert_right(SELF, name, name,
			     MACH_MSG_TYPE_MAKE_SEND + rnd(w, 2)));
		break;
	}
}

static void
wait_any(struct worker *w)
{
	const mach_timespec_t time = { 0, (clock_res_t)rnd(w, 1000000) };

	switch (rnd(w, 6)) {
	case 0:
		count(w, semaphore_signal(*any(w)));
		break;
	case 1:
		count(w, semaphore_signal_all(*any(w)));
		break;
	case 2:
		count(w, semaphore_timedwait_signal(*any(w), *any(w), time));
		break;
	case 3:
		count(w, semaphore_destroy(SELF, *any(w)));
		break;
	case 4:
		count(w, thread_abort(*any(w)));
		break;
	default:
		count(w, semaphore_timedwait(*any(w), time));
		break;
	}
}

static void
look_around(struct worker *w)
{
	mach_msg_type_number_t n = 0, types = 0, i;
	mach_port_name_array_t names = NULL;
	mach_port_type_array_t kinds = NULL;
	thread_act_array_t threads = NULL;
	mach_port_t port = MACH_PORT_NULL;
	mach_port_name_t *slot = any(w), name;

	switch (rnd(w, 8)) {
	case 0:
		if (mach_port_names(SELF, &names, &n, &kinds, &types) !=
		    KERN_SUCCESS)
			break;
		(void)mach_vm_deallocate(SELF,
		    (mach_vm_address_t)(uintptr_t)names, n * sizeof(*names));
		(void)mach_vm_deallocate(SELF,
		    (mach_vm_address_t)(uintptr_t)kinds,
		    types * sizeof(*kinds));
		break;
	case 1:
		if (task_threads(SELF, &threads, &n) != KERN_SUCCESS)
			break;
		for (i = 0; i < n; i++)
			learn(w, threads[i]);
		(void)mach_vm_deallocate(SELF,
		    (mach_vm_address_t)(uintptr_t)threads,
		    n * sizeof(*threads));
		break;
	case 2:
		(void)task_set_special_port(
		    SELF, TASK_DEBUG_CONTROL_PORT, *any(w));
		break;
	case 3:
		if (mach_port_get_set_status(SELF, *slot, &names, &n) ==
			KERN_SUCCESS &&
		    n != 0)
			(void)mach_vm_deallocate(SELF,
			    (mach_vm_address_t)(uintptr_t)names,
			    n * sizeof(*names));
		break;
	case 4:
		name = 0x10000 + rnd(w, 0x1000) * 0x100 + 3;
		if (mach_port_rename(SELF, *slot, name) == KERN_SUCCESS)
			*slot = name;
		break;
	case 5:
		(void)mach_ports_register(SELF, slot, 1);
		break;
	case 6:
		(void)task_set_exception_ports(
		    SELF, EXC_MASK_SOFTWARE, *slot, EXCEPTION_DEFAULT, 0);
		break;
	default:
		if (task_get_special_port(
			SELF, TASK_DEBUG_CONTROL_PORT, &port) == KERN_SUCCESS)
			learn(w, port);
		break;
	}
}

static void
work(void *arg)
{
	struct worker *w = arg;
	int i;

	(void)task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &w->hub);
	if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &w->notify) !=
	    KERN_SUCCESS)
		return;
	while (mach_absolute_time() < w->until) {
		w->done[0]++;
		switch (rnd(w, 10)) {
		case 0:
			make_any(w);
			break;
		case 1:
		case 2:
			send_any(w);
			break;
		case 3:
		case 4:
			receive_any(w, rnd(w, 4) == 0 ? w->notify : *any(w));
			break;
		case 5:
			exchange(w, *any(w), disposition(w));
			break;
		case 6:
			ask_any(w);
			break;
		case 7:
			wait_any(w);
			break;
		case 8:
			look_around(w);
			break;
		default:
			change_any(w);
			break;
		}
	}
	/* Some of it it gives back, the rest is for its task's end. */
	for (i = 0; i < KNOWN; i += 2)
		(void)mach_port_destroy(SELF, w->known[i]);
}

/*
 * The hub: a task that keeps rights, and gives one for another
 */

struct server {
	mach_port_name_t port;
	uint64_t served;
};

static void
hub_make(void *arg)
{
	mach_port_options_t options = {
		.flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT, .mpl = { 64 }
	};
	struct server *s = arg;

	if (mach_port_construct(SELF, &options, 0, &s->port) != KERN_SUCCESS ||
	    task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, s->port) !=
		KERN_SUCCESS)
		s->port = MACH_PORT_NULL;
}

static void
hub_stop(void *arg)
{
	struct server *s = arg;

	while (rig_send(s->port, MACH_MSG_TYPE_COPY_SEND, ID_STOP) != 0)
		rig_settle();
}

static void
hub_serve(void *arg)
{
	mach_port_name_t slots[HUB_SLOTS] = { 0 }, *slot, old;
	struct server *s = arg;
	struct rig_msg m;
	bool send;

	for (;;) {
		memset(&m, 0, sizeof(m));
		if (mach_msg(&m.header, MACH_RCV_MSG, 0, sizeof(m), s->port, 0,
			MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			continue;
		if (m.header.msgh_id == ID_STOP)
			break;
		if (m.header.msgh_id != ID_EXCHANGE ||
		    !(m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
			mach_msg_destroy(&m.header);
			continue;
		}
		slot = &slots[s->served++ % HUB_SLOTS];
		old = *slot;
		/* Only send rights are kept; others are for nobody. */
		send = m.port[0].disposition == MACH_MSG_TYPE_PORT_SEND;
		*slot = send ? m.port[0].name : MACH_PORT_NULL;
		if (!send && MACH_PORT_VALID(m.port[0].name))
			(void)mach_port_destroy(SELF, m.port[0].name);
		m.header.msgh_bits =
		    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0) |
		    MACH_MSGH_BITS_COMPLEX;
		m.header.msgh_local_port = MACH_PORT_NULL;
		m.port[0].name = old;
		m.port[0].disposition = MACH_MSG_TYPE_MOVE_SEND;
		if (mach_msg(&m.header, MACH_SEND_MSG,
			offsetof(struct rig_msg, port[1]), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			mach_msg_destroy(&m.header);
	}
}

static void
one_round(
    struct rig_task *hub, uint64_t seed, uint64_t until, struct worker *total)
{
	struct worker w[TASKS][THREADS];
	struct rig_task *task[TASKS];
	struct rig_thread *thread[TASKS][THREADS];
	int i, j;

	memset(w, 0, sizeof(w));
	for (i = 0; i < TASKS; i++) {
		task[i] = rig_task_create_beside(hub);
		for (j = 0; j < THREADS; j++) {
			w[i][j].random =
			    seed + (uint64_t)(i * THREADS + j) * 7919 + 1;
			w[i][j].until = until;
			thread[i][j] =
			    rig_start(task[i], work, &w[i][j], sizeof(w[i][j]));
		}
	}
	/* One after the other they end, while the others go on. */
	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			rig_join(thread[i][j]);
			total->done[0] += w[i][j].done[0];
			total->done[1] += w[i][j].done[1];
		}
		rig_task_destroy(task[i]);
	}
}

ATF_TC(anything_at_once);
ATF_TC_HEAD(anything_at_once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "600");
}
ATF_TC_BODY(anything_at_once, tc)
{
	const char *seconds = getenv("STRESS_SECONDS");
	const char *given = getenv("STRESS_SEED");
	uint64_t seed =
	    given != NULL ? strtoull(given, NULL, 0) : mach_absolute_time();
	struct rig_thread *server[SERVERS];
	struct server s[SERVERS] = { { 0, 0 } };
	struct worker total = { 0 };
	uint64_t end, before;
	struct rig_task *hub;
	int i;

	printf("STRESS_SEED=%#jx\n", (uintmax_t)seed);
	end = mach_absolute_time() +
	      strtoull(seconds != NULL ? seconds : "2", NULL, 10) *
		  UINT64_C(1000000000);
	(void)mach_thread_self();
	before = rig_memory();
	hub = rig_task_create_limited(0, 0, 0, 0);
	rig_run(hub, hub_make, &s[0], sizeof(s[0]));
	ATF_REQUIRE(s[0].port != MACH_PORT_NULL);
	for (i = 0; i < SERVERS; i++) {
		s[i].port = s[0].port;
		server[i] = rig_start(hub, hub_serve, &s[i], sizeof(s[i]));
	}
	while (mach_absolute_time() < end) {
		one_round(hub, seed, mach_absolute_time() + UINT64_C(400000000),
		    &total);
		seed = seed * 6364136223846793005 + 1442695040888963407;
	}
	for (i = 0; i < SERVERS; i++)
		rig_run(hub, hub_stop, &s[0], sizeof(s[0]));
	for (i = 0; i < SERVERS; i++)
		rig_join(server[i]);
	rig_task_destroy(hub);
	printf("%ju steps, %ju of them did something; %ju, %ju exchanges\n",
	    (uintmax_t)total.done[0], (uintmax_t)total.done[1],
	    (uintmax_t)s[0].served, (uintmax_t)s[1].served);
	ATF_CHECK(total.done[1] > total.done[0] / 20);
	IS(before, rig_memory());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, anything_at_once);
	return (atf_no_error());
}
