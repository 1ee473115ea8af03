/*
 * mk_timer: a receive right whose port is a timer.  At most one message of it
 * is queued at a time.
 */
#include <mach/mk_timer.h>

#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/message.h"
#include "mach/core/timer.h"

struct ipc_timer {
	struct ipc_mutex lock;
	struct ipc_ref refs; /* of its port, message, and a fire in progress */
	uint32_t queued;     /* its message is on its way */
	struct ipc_alarm *alarm;
	struct ipc_port *port; /* referenced; NULL once it died */
	uint64_t deadline;     /* 0: not armed */
	uint64_t fired;	       /* when it expired last */
};

static void
timer_unref(struct ipc_timer *timer)
{
	if (!ipc_ref_put(&timer->refs))
		return;
	ipc_alarm_destroy(timer->alarm);
	ipc_mutex_destroy(&timer->lock);
	ipc_mem_free(IPC_MEM_OBJECT, timer, sizeof(*timer));
}

/* The time has come, unless it was armed anew meanwhile. */
static void
timer_fire(void *arg)
{
	mk_timer_expire_msg_t *body;
	struct ipc_timer *timer = arg;
	struct ipc_port *port = NULL;
	struct ipc_msg *msg;
	uint64_t now = ipc_clock_now(), armed = 0;

	ipc_mutex_lock(&timer->lock);
	if (timer->deadline != 0 && timer->deadline > now) {
		ipc_alarm_set(timer->alarm, timer->deadline);
	} else if (timer->deadline != 0 && timer->port != NULL) {
		armed = timer->deadline;
		timer->deadline = 0;
		/* The one that was not received yet says it already. */
		if (ipc_load_acquire(&timer->queued) == 0) {
			timer->queued = 1;
			ipc_ref_get(&timer->refs);
			port = ipc_port_ref(timer->port);
		}
	}
	ipc_mutex_unlock(&timer->lock);
	if (port == NULL)
		return;

	msg = ipc_msg_create_kernel(sizeof(*body));
	memset(msg->data, 0, sizeof(*body));
	body = (void *)msg->data;
	body->header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	body->header.msgh_size = sizeof(*body);
	body->unused[0] = now;
	body->unused[1] = armed;
	msg->timer = timer;
	msg->dest = port;
	msg->dest_type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	ipc_port_lock(port);
	if (port->object.dead) {
		ipc_port_unlock(port);
		msg->dest = NULL;
		ipc_msg_destroy(msg);
		ipc_port_unref(port);
		return;
	}
	port->sorights++;
	ipc_msg_bill(msg, port->account);
	ipc_port_deliver_and_unlock(port, msg);
}

void
ipc_timer_message_gone(struct ipc_timer *timer)
{
	ipc_store_release(&timer->queued, 0);
	timer_unref(timer);
}

void
ipc_timer_port_died(void *arg)
{
	struct ipc_timer *timer = arg;
	struct ipc_port *port;

	ipc_mutex_lock(&timer->lock);
	port = timer->port;
	timer->port = NULL;
	timer->deadline = 0;
	ipc_mutex_unlock(&timer->lock);
	ipc_alarm_cancel(timer->alarm);
	ipc_port_unref(port);
	timer_unref(timer);
}

/* The result is the name, MACH_PORT_NULL when there is none to be had. */
kern_return_t
ipc_do_mk_timer_create(struct ipc_call *call)
{
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_RECEIVE };
	struct ipc_timer *timer;
	mach_port_name_t name;

	call->result = MACH_PORT_NULL;
	timer = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*timer), IPC_ZERO);
	if (timer == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	ipc_mutex_init(&timer->lock, IPC_LOCK_LEAF);
	ipc_ref_init(&timer->refs);
	timer->alarm = ipc_alarm_create(timer_fire, timer);
	timer->port = ipc_port_create_kobject(IPC_KO_TIMER, timer);
	if (timer->alarm == NULL || timer->port == NULL) {
		if (timer->port != NULL) {
			timer->port->object.kobject_kind = IPC_KO_NONE;
			ipc_port_unref(timer->port);
		}
		timer_unref(timer);
		return (KERN_RESOURCE_SHORTAGE);
	}
	/* One reference of the timer, one of the name. */
	right.port = ipc_port_ref(timer->port);
	if (ipc_right_put(call->thread->task->space, right, &name) !=
	    KERN_SUCCESS) {
		ipc_right_release(right);
		return (KERN_NO_SPACE);
	}
	call->result = name;
	return (KERN_SUCCESS);
}

/*
 * The timer behind a receive right, referenced.  KERN_INVALID_ARGUMENT when it
 * is an ordinary port's, KERN_INVALID_NAME, KERN_INVALID_RIGHT.
 */
static kern_return_t
timer_lookup(struct ipc_call *call, struct ipc_timer **timer)
{
	struct ipc_space *space = call->thread->task->space;
	mach_port_name_t name = (mach_port_name_t)call->raw[0];
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr = KERN_INVALID_ARGUMENT;

	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_RECEIVE)) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	port = entry->port;
	ipc_port_lock(port);
	ipc_space_unlock(space);
	if (port->object.kobject_kind == IPC_KO_TIMER) {
		*timer = port->kobject;
		ipc_ref_get(&(*timer)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

kern_return_t
ipc_do_mk_timer_destroy(struct ipc_call *call)
{
	struct ipc_timer *timer;
	kern_return_t kr;

	kr = timer_lookup(call, &timer);
	if (kr != KERN_SUCCESS)
		return (kr);
	timer_unref(timer);
	return (ipc_right_mod_refs(call->thread->task->space,
	    (mach_port_name_t)call->raw[0], MACH_PORT_RIGHT_RECEIVE, -1));
}

static kern_return_t
timer_arm(struct ipc_call *call, uint64_t deadline)
{
	struct ipc_timer *timer;
	kern_return_t kr;

	kr = timer_lookup(call, &timer);
	if (kr != KERN_SUCCESS)
		return (kr);
	ipc_mutex_lock(&timer->lock);
	/* 0 would mean not armed; both are past. */
	timer->deadline = deadline == 0 ? 1 : deadline;
	ipc_mutex_unlock(&timer->lock);
	if (deadline <= ipc_clock_now())
		timer_fire(timer);
	else
		ipc_alarm_set(timer->alarm, deadline);
	timer_unref(timer);
	return (KERN_SUCCESS);
}

/* (name, deadline) */
kern_return_t
ipc_do_mk_timer_arm(struct ipc_call *call)
{
	return (timer_arm(call, call->raw[1]));
}

/* (name, flags, deadline, leeway): it is as exact as the other. */
kern_return_t
ipc_do_mk_timer_arm_leeway(struct ipc_call *call)
{
	return (timer_arm(call, call->raw[2]));
}

/* (name, *armed): 0 when it was not. */
kern_return_t
ipc_do_mk_timer_cancel(struct ipc_call *call)
{
	struct ipc_timer *timer;
	uint64_t armed;
	kern_return_t kr;

	kr = timer_lookup(call, &timer);
	if (kr != KERN_SUCCESS)
		return (kr);
	ipc_mutex_lock(&timer->lock);
	armed = timer->deadline;
	timer->deadline = 0;
	ipc_mutex_unlock(&timer->lock);
	timer_unref(timer);
	if (call->raw[1] != 0 &&
	    !ipc_os_copyout(call->thread, &armed, call->raw[1], sizeof(armed)))
		return (KERN_FAILURE);
	return (KERN_SUCCESS);
}
