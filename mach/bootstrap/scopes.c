/*
 * Ports by their names, what a uid has, and scopes.
 */
#include <stdlib.h>

#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/names.h"

/*
 * Ports
 */

static unsigned int
bucket_of(const struct bootstrapd *b, mach_port_t port)
{
	return (((port ^ b->seed) * 0x9e3779b1u) >> 22) % BOOTSTRAPD_BUCKETS;
}

void
port_link_add(struct bootstrapd *b, struct port_link *link, mach_port_t port,
    enum port_kind kind, void *of)
{
	unsigned int i = bucket_of(b, port);

	*link = (struct port_link){ b->ports[i], port, kind, of };
	b->ports[i] = link;
}

void
port_link_remove(struct bootstrapd *b, struct port_link *link)
{
	struct port_link **p = &b->ports[bucket_of(b, link->port)];

	while (*p != NULL && *p != link)
		p = &(*p)->next;
	if (*p != NULL)
		*p = link->next;
}

struct port_link *
port_link_find(
    struct bootstrapd *b, mach_port_t port, const struct port_link *after)
{
	struct port_link *link =
	    after != NULL ? after->next : b->ports[bucket_of(b, port)];

	while (link != NULL && link->port != port)
		link = link->next;
	return (link);
}

void *
port_find(struct bootstrapd *b, mach_port_t port, enum port_kind kind)
{
	struct port_link *link = port_link_find(b, port, NULL);

	while (link != NULL && link->kind != kind)
		link = port_link_find(b, port, link);
	return (link == NULL ? NULL : link->of);
}

mach_port_t
port_create(void)
{
	mach_port_options_t options = {
		.flags = MPO_QLIMIT,
		.mpl = { .mpl_qlimit = MACH_PORT_QLIMIT_LARGE },
	};
	mach_port_t port;

	if (mach_port_construct(mach_task_self(), &options, 0, &port) !=
	    KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (port);
}

void
port_destroy(mach_port_t port)
{
	if (port != MACH_PORT_NULL)
		(void)mach_port_mod_refs(
		    mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
}

mach_port_t
request_port_create(const struct bootstrapd *b)
{
	mach_port_t port = port_create();

	if (port == MACH_PORT_NULL)
		return (port);
	if (mach_port_insert_member(mach_task_self(), port, b->requests) ==
		KERN_SUCCESS &&
	    mach_port_insert_member(mach_task_self(), port, b->all) ==
		KERN_SUCCESS)
		return (port);
	port_destroy(port);
	return (MACH_PORT_NULL);
}

struct account *
account_of(struct bootstrapd *b, uid_t uid)
{
	struct account *account;

	for (account = b->accounts; account != NULL; account = account->next) {
		if (account->uid == uid)
			return (account);
	}
	account = calloc(1, sizeof(*account));
	if (account == NULL)
		return (NULL);
	account->uid = uid;
	account->next = b->accounts;
	b->accounts = account;
	return (account);
}

/*
 * Scopes
 */

kern_return_t
scope_create(struct bootstrapd *b, struct scope *parent, enum scope_kind kind,
    const struct caller *who, struct scope **result)
{
	struct account *account = account_of(b, who->uid);
	struct scope *scope;
	mach_port_t port;

	if (account == NULL ||
	    (!who->privileged && account->scopes >= b->limits.scopes) ||
	    (parent != NULL && parent->depth >= BOOTSTRAPD_DEPTH_MAX))
		return (BOOTSTRAP_NO_MEMORY);
	scope = calloc(1, sizeof(*scope));
	if (scope == NULL)
		return (BOOTSTRAP_NO_MEMORY);
	port = request_port_create(b);
	if (port == MACH_PORT_NULL) {
		free(scope);
		return (BOOTSTRAP_NO_MEMORY);
	}
	port_link_add(b, &scope->port, port, PORT_SCOPE, scope);
	scope->serial = ++b->serial;
	scope->kind = kind;
	scope->uid = who->uid;
	scope->pid = who->pid;
	scope->account = account;
	account->scopes++;
	scope->parent = parent;
	if (parent != NULL) {
		scope->depth = parent->depth + 1;
		scope->next = parent->children;
		parent->children = scope;
	}
	*result = scope;
	return (KERN_SUCCESS);
}

static void
scope_unlink(struct scope *scope)
{
	struct scope **p;

	if (scope->parent == NULL)
		return;
	for (p = &scope->parent->children; *p != scope; p = &(*p)->next)
		continue;
	*p = scope->next;
}

void
scope_destroy(struct bootstrapd *b, struct scope *scope)
{
	struct scope *child;

	while ((child = scope->children) != NULL) {
		scope->children = child->next;
		child->parent = NULL;
		scope_destroy(b, child);
	}
	jobs_leave_scope(b, scope);
	while (scope->services != NULL)
		service_destroy(b, scope->services);
	scope_unlink(scope);
	port_link_remove(b, &scope->port);
	port_destroy(scope->port.port);
	if (scope->requestor.port != MACH_PORT_NULL) {
		port_link_remove(b, &scope->requestor);
		(void)mach_port_deallocate(
		    mach_task_self(), scope->requestor.port);
	}
	scope->account->scopes--;
	free(scope);
}

kern_return_t
scope_of_user(struct bootstrapd *b, uid_t uid, struct scope **result)
{
	/* It is there for its user, whatever that one has. */
	struct caller user = { .uid = uid, .privileged = true };
	struct scope *scope;

	if (uid == 0 || uid == b->owner) {
		*result = b->system;
		return (KERN_SUCCESS);
	}
	for (scope = b->system->children; scope != NULL; scope = scope->next) {
		if (scope->kind == SCOPE_USER && scope->uid == uid) {
			*result = scope;
			return (KERN_SUCCESS);
		}
	}
	return (scope_create(b, b->system, SCOPE_USER, &user, result));
}
