/*
 * Services: their names, and which rights to their ports are here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/names.h"

static uint32_t
hash_of(const struct bootstrapd *b, const struct scope *scope, const char *name,
    pid_t per_pid)
{
	uint32_t h = b->seed ^ (uint32_t)per_pid ^ scope->serial * 0x85ebca6bu;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u; /* FNV-1a */
	return (h ^ h >> 15);
}

struct service *
service_find(struct bootstrapd *b, const struct scope *scope, const char *name,
    pid_t per_pid)
{
	uint32_t hash = hash_of(b, scope, name, per_pid);
	struct service *s = b->names[hash % BOOTSTRAPD_BUCKETS];

	while (s != NULL &&
	       (s->hash != hash || s->scope != scope || s->per_pid != per_pid ||
		   strcmp(s->name, name) != 0))
		s = s->hash_next;
	return (s);
}

kern_return_t
service_create(struct bootstrapd *b, struct scope *scope, const char *name,
    const struct caller *owner, mach_port_t port, struct service **result)
{
	struct account *account = account_of(b, owner->uid);
	bool foreign = port != MACH_PORT_NULL;
	struct service *s;

	if (account == NULL ||
	    (!owner->privileged && account->services >= b->limits.services))
		return (BOOTSTRAP_NO_MEMORY);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (BOOTSTRAP_NO_MEMORY);
	if (!foreign)
		port = port_create();
	if (port == MACH_PORT_NULL ||
	    (foreign && !bootstrapd_watch_death(b, port))) {
		free(s);
		return (BOOTSTRAP_NO_MEMORY);
	}
	port_link_add(b, &s->port, port, PORT_SERVICE, s);
	s->state = foreign ? SERVICE_FOREIGN : SERVICE_HELD;
	s->scope = scope;
	s->account = account;
	account->services++;
	s->uid = owner->uid;
	s->pid = foreign ? owner->pid : 0;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	*result = s;
	return (KERN_SUCCESS);
}

void
service_publish(struct bootstrapd *b, struct service *s)
{
	struct service **bucket;

	s->hash = hash_of(b, s->scope, s->name, s->per_pid);
	bucket = &b->names[s->hash % BOOTSTRAPD_BUCKETS];
	s->hash_next = *bucket;
	*bucket = s;
	s->prev = &s->scope->services;
	s->next = *s->prev;
	if (s->next != NULL)
		s->next->prev = &s->next;
	*s->prev = s;
	s->published = true;
}

static void
unpublish(struct bootstrapd *b, struct service *s)
{
	struct service **p = &b->names[s->hash % BOOTSTRAPD_BUCKETS];

	if (!s->published)
		return;
	while (*p != s)
		p = &(*p)->hash_next;
	*p = s->hash_next;
	*s->prev = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
}

/* Nobody asks any more whether there are senders. */
static void
senders_forget(struct bootstrapd *b, struct service *s)
{
	if (s->senders.port == MACH_PORT_NULL)
		return;
	bootstrapd_watch_senders(s->port.port, MACH_PORT_NULL);
	port_link_remove(b, &s->senders);
	port_destroy(s->senders.port);
	s->senders.port = MACH_PORT_NULL;
}

static void
senders_watch(struct bootstrapd *b, struct service *s)
{
	mach_port_t port = s->senders.port;

	if (port == MACH_PORT_NULL) {
		port = request_port_create(b);
		if (port == MACH_PORT_NULL)
			return; /* it stays; its owner's limit is its end */
		port_link_add(b, &s->senders, port, PORT_SENDERS, s);
	}
	bootstrapd_watch_senders(s->port.port, port);
}

/* Which right is here is given up. */
static void
port_release(struct bootstrapd *b, struct service *s)
{
	if (s->port.port == MACH_PORT_NULL)
		return;
	senders_forget(b, s);
	port_link_remove(b, &s->port);
	if (s->state == SERVICE_HELD)
		port_destroy(s->port.port);
	else
		(void)mach_port_deallocate(mach_task_self(), s->port.port);
	s->port.port = MACH_PORT_NULL;
	s->watched = false;
}

void
service_destroy(struct bootstrapd *b, struct service *s)
{
	struct service **p;

	unpublish(b, s);
	if (s->job != NULL) {
		for (p = &s->job->services; *p != s; p = &(*p)->job_next)
			continue;
		*p = s->job_next;
	}
	port_release(b, s);
	s->account->services--;
	free(s);
}

kern_return_t
service_renew(struct bootstrapd *b, struct service *s)
{
	mach_port_t port;

	port_release(b, s);
	s->state = SERVICE_HELD;
	s->pid = 0;
	port = port_create();
	if (port == MACH_PORT_NULL)
		return (BOOTSTRAP_NO_MEMORY);
	port_link_add(b, &s->port, port, PORT_SERVICE, s);
	return (KERN_SUCCESS);
}

/*
 * The receive right travels
 */

void
service_unwatch(const struct bootstrapd *b, struct service *s)
{
	if (!s->watched)
		return;
	s->watched = false;
	(void)mach_port_extract_member(
	    mach_task_self(), s->port.port, b->demand);
	(void)mach_port_extract_member(mach_task_self(), s->port.port, b->all);
}

kern_return_t
service_leave(struct bootstrapd *b, struct service *s, pid_t pid)
{
	mach_port_t port = s->port.port;

	if (port == MACH_PORT_NULL ||
	    mach_port_insert_right(mach_task_self(), port, port,
		MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
		return (BOOTSTRAP_NO_MEMORY);
	if (!bootstrapd_watch_return(b, port) ||
	    !bootstrapd_watch_death(b, port)) {
		(void)mach_port_deallocate(mach_task_self(), port);
		return (BOOTSTRAP_NO_MEMORY);
	}
	service_unwatch(b, s);
	senders_forget(b, s);
	s->state = SERVICE_AWAY;
	s->pid = pid;
	return (KERN_SUCCESS);
}

void
service_return(struct bootstrapd *b, struct service *s)
{
	s->state = SERVICE_HELD;
	s->pid = 0;
	(void)mach_port_deallocate(mach_task_self(), s->port.port);
	if (s->job != NULL)
		job_service_returned(b, s);
	else
		service_collect(b, s);
}

void
service_collect(struct bootstrapd *b, struct service *s)
{
	mach_msg_type_number_t n = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_status_t status;

	if (s->state != SERVICE_HELD || s->job != NULL)
		return;
	if (mach_port_get_attributes(mach_task_self(), s->port.port,
		MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status,
		&n) != KERN_SUCCESS ||
	    (!status.mps_srights && status.mps_msgcount == 0))
		service_destroy(b, s);
	else if (status.mps_srights)
		senders_watch(b, s);
}

bootstrap_status_t
service_status(const struct service *s)
{
	if (s->state != SERVICE_HELD)
		return (BOOTSTRAP_STATUS_ACTIVE);
	return (s->job != NULL ? BOOTSTRAP_STATUS_ON_DEMAND
			       : BOOTSTRAP_STATUS_INACTIVE);
}
