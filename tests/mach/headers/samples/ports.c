/*
 * As a program for macOS has it: ports with options and guards, sets,
 * notifications, a timer, a semaphore, time.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/mk_timer.h>
#include <mach/notify.h>

#include <stdlib.h>

mach_port_t sample_port(uint64_t *guard);
void sample_loop(mach_port_t watched);
double sample_seconds(uint64_t ticks);

mach_port_t
sample_port(uint64_t *guard)
{
	mach_port_options_t options = {
		.flags = MPO_CONTEXT_AS_GUARD | MPO_STRICT | MPO_QLIMIT |
			 MPO_INSERT_SEND_RIGHT,
		.mpl = { MACH_PORT_QLIMIT_MAX },
	};
	mach_port_t port = MACH_PORT_NULL;

	if (mach_port_construct(mach_task_self(), &options,
		(mach_port_context_t)guard, &port) != KERN_SUCCESS)
		abort();
	return port;
}

void
sample_loop(mach_port_t watched)
{
	union {
		mach_msg_header_t header;
		mach_dead_name_notification_t dead;
		mach_no_senders_notification_t no_senders;
		mk_timer_expire_msg_t timer;
		char room[512];
	} msg;
	mach_port_t set, notify, old = MACH_PORT_NULL, timer;
	mach_timespec_t wait = { 1, 500 * NSEC_PER_MSEC };
	semaphore_t sem;
	kern_return_t kr;

	mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set);
	notify = mach_reply_port();
	kr = mach_port_request_notification(mach_task_self(), watched,
	    MACH_NOTIFY_DEAD_NAME, 0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &old);
	if (kr == KERN_SUCCESS && MACH_PORT_VALID(old))
		mach_port_deallocate(mach_task_self(), old);
	timer = mk_timer_create();
	mk_timer_arm(timer, mach_absolute_time() + 1000000);
	mach_port_move_member(mach_task_self(), notify, set);
	mach_port_insert_member(mach_task_self(), timer, set);

	kr = semaphore_create(mach_task_self(), &sem, SYNC_POLICY_FIFO, 0);
	if (kr == KERN_SUCCESS &&
	    semaphore_timedwait(sem, wait) == KERN_OPERATION_TIMED_OUT)
		semaphore_destroy(mach_task_self(), sem);

	while (mach_msg(&msg.header, MACH_RCV_MSG | MACH_RCV_LARGE, 0,
		   sizeof(msg), set, 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS) {
		if (msg.header.msgh_id == MACH_NOTIFY_DEAD_NAME &&
		    msg.dead.not_port == watched)
			break;
		mach_msg_destroy(&msg.header);
	}
	mk_timer_destroy(timer);
	mach_port_destruct(mach_task_self(), notify, 0, 0);
}

double
sample_seconds(uint64_t ticks)
{
	static mach_timebase_info_data_t base;

	if (base.denom == 0)
		(void)mach_timebase_info(&base);
	return (double)ticks * base.numer / base.denom / 1e9;
}
