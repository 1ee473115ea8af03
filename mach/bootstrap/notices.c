/*
 * Notifications: asking the kernel for them, and what comes of them.
 */
#include <string.h>

#include <mach/notify.h>

#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/names.h"

/* What was armed before is given up. */
static kern_return_t
request(mach_port_t port, mach_msg_id_t id, mach_port_t notify)
{
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t kr;

	kr = mach_port_request_notification(mach_task_self(), port, id, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
	if (kr == KERN_SUCCESS && MACH_PORT_VALID(previous))
		(void)mach_port_deallocate(mach_task_self(), previous);
	return (kr);
}

bool
bootstrapd_watch_death(struct bootstrapd *b, mach_port_t port)
{
	return (
	    request(port, MACH_NOTIFY_DEAD_NAME, b->notify) == KERN_SUCCESS);
}

bool
bootstrapd_watch_return(struct bootstrapd *b, mach_port_t port)
{
	kern_return_t kr = request(port, MACH_NOTIFY_PORT_DESTROYED, b->notify);

	/* Armed already, when a reply came back with the right in it. */
	return (kr == KERN_SUCCESS || kr == KERN_FAILURE);
}

void
bootstrapd_watch_senders(mach_port_t port, mach_port_t notify)
{
	(void)request(port, MACH_NOTIFY_NO_SENDERS, notify);
}

/* The receive right is here again; no one's that we know of: it goes. */
static void
returned(struct bootstrapd *b, mach_port_t port)
{
	struct port_link *link = port_link_find(b, port, NULL);
	struct service *s;

	for (; link != NULL; link = port_link_find(b, port, link)) {
		s = link->of;
		if (link->kind == PORT_SERVICE && s->state == SERVICE_AWAY) {
			service_return(b, s);
			return;
		}
	}
	port_destroy(port);
}

/* One of what had the port; false: nothing is left that does. */
static bool
died(struct bootstrapd *b, mach_port_t port)
{
	struct port_link *link = port_link_find(b, port, NULL);
	struct service *s;

	for (; link != NULL; link = port_link_find(b, port, link)) {
		if (link->kind == PORT_REQUESTOR) {
			scope_destroy(b, link->of);
			return (true);
		}
		if (link->kind != PORT_SERVICE)
			continue;
		s = link->of;
		if (s->job == NULL) {
			service_destroy(b, s);
			return (true);
		}
		/* Its program destroyed what it had been lent. */
		(void)service_renew(b, s);
		job_service_returned(b, s);
		return (true);
	}
	return (false);
}

static void
unused(struct bootstrapd *b, mach_port_t port)
{
	struct service *s = port_find(b, port, PORT_SENDERS);
	struct job *job = port_find(b, port, PORT_JOB);

	if (s != NULL)
		service_collect(b, s);
	else if (job != NULL)
		job_port_unused(b, job);
}

void
bootstrapd_notice(struct bootstrapd *b, mach_msg_header_t *h)
{
	const mach_dead_name_notification_t *dead = (const void *)h;
	const mach_port_destroyed_notification_t *back = (const void *)h;
	mach_port_t port;

	switch (h->msgh_id) {
	case MACH_NOTIFY_PORT_DESTROYED:
		if (!(h->msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
		    back->not_body.msgh_descriptor_count != 1)
			break;
		returned(b, back->not_port.name);
		return;
	case MACH_NOTIFY_DEAD_NAME:
		port = dead->not_port;
		while (died(b, port))
			continue;
		/* The reference that the notification brought. */
		(void)mach_port_deallocate(mach_task_self(), port);
		return;
	case MACH_NOTIFY_NO_SENDERS:
		/* It does not say of which port, but where it was sent. */
		unused(b, h->msgh_local_port);
		return;
	default:
		break;
	}
	mach_msg_destroy(h);
}
