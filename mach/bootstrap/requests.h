/* A request while it is served. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_REQUESTS_H
#define ISTHMUS_MACH_BOOTSTRAP_REQUESTS_H

#include "mach/bootstrap/jobs.h"

struct call {
	struct bootstrapd *b;
	union bootstrap_request *request; /* its form is right */
	struct caller caller;
	struct scope *scope; /* that is meant */
	struct job *job;     /* whose port it came to; NULL: a scope's */
	union bootstrap_reply *reply;
	/* 0: the reply is a result alone. */
	mach_msg_size_t reply_size;
	struct service *leaves;	 /* its receive right is in the reply */
	struct service *created; /* to be looked at again after the reply */
};

/*
 * What is wrong, or KERN_SUCCESS and a reply.  A right of the request that is
 * kept is NULL in it then.
 */
typedef kern_return_t request_fn(struct call *);
request_fn request_check_in, request_register, request_look_up, request_status,
    request_create_service;
request_fn request_create_server, request_subset, request_parent, request_root,
    request_user, request_info, request_children;

/* The reply is that right alone. */
kern_return_t reply_port(struct call *, mach_port_t, mach_msg_type_name_t);
/* Whether names may be added to the scope that is meant. */
bool may_write(const struct call *);
/* A name that is one: not empty, and ending within its room. */
bool is_name(const name_t);

#endif
