/*
 * The centre: posts go to whoever observes, and wait, counted, for those who
 * have no room.  One poll(2) waits for messages and for whatever else the
 * program that runs it has to wait for.
 *
 * An observer's end is a dead-name notification, its token's a no-senders
 * notification, sent to the token itself.
 */
#include <isthmus/mach_pollfd.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nc_messages.h"
#include "nc_names.h"

#define SELF mach_task_self()
#define BATCH 64  /* messages, before it looks at `stop_fd` */
#define SLICE 100 /* ms, where a port has no descriptor */

static mach_port_t set, notify;

/* The observer's end, or room in its queue, is told to `notify`. */
static kern_return_t
notice_arm(mach_port_t right, mach_msg_id_t id)
{
	mach_port_t old = MACH_PORT_NULL;
	kern_return_t kr;

	kr = mach_port_request_notification(
	    SELF, right, id, 1, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr == KERN_SUCCESS && old != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, old);
	return (kr);
}

static void
observer_destroy(struct observer *o)
{
	(void)mach_port_mod_refs(SELF, o->token, MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_deallocate(SELF, o->right);
	nc_observer_remove(o);
}

/* Tells of all its posts at once; never waits. */
static void
observer_tell(struct observer *o)
{
	nc_posted_t msg = {
		.Head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_size = sizeof(msg),
			.msgh_remote_port = o->right,
			.msgh_id = NC_POSTED_ID,
		},
		.NDR = NDR_record,
		.count = o->posts,
		.state = o->name->state,
	};
	mach_msg_return_t mr;

	memcpy(msg.name, o->name->text, sizeof(msg.name));
	mr = mach_msg(&msg.Head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(msg),
	    0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS) {
		o->posts = 0;
	} else if (mr == MACH_SEND_TIMED_OUT) {
		mach_msg_destroy(&msg.Head);
		o->full = true;
		(void)notice_arm(o->right, MACH_NOTIFY_SEND_POSSIBLE);
	}
	/* Dead, its end is told. */
}

/* A message to `notify`, which only the system can send to. */
static void
noticed(const mach_msg_header_t *in)
{
	const mach_dead_name_notification_t *notice =
	    (const mach_dead_name_notification_t *)(const void *)in;
	mach_port_t right = notice->not_port;
	struct observer *o, *next;

	switch (in->msgh_id) {
	case MACH_NOTIFY_DEAD_NAME:
		for (o = nc_observers(); o != NULL; o = next) {
			next = o->all;
			if (o->right == right)
				observer_destroy(o);
		}
		/* The notification's own reference. */
		(void)mach_port_deallocate(SELF, right);
		break;
	case MACH_NOTIFY_SEND_POSSIBLE:
		/* That request is used up, and was the one for its end. */
		(void)notice_arm(right, MACH_NOTIFY_DEAD_NAME);
		for (o = nc_observers(); o != NULL; o = o->all) {
			if (o->right == right && o->full) {
				o->full = false;
				observer_tell(o);
			}
		}
		break;
	default:
		break;
	}
}

/* Nobody has the token any more. */
static void
abandoned(mach_port_t token)
{
	mach_port_context_t context = 0;

	if (mach_port_get_context(SELF, token, &context) == KERN_SUCCESS &&
	    context != 0)
		observer_destroy((struct observer *)(uintptr_t)context);
}

/*
 * Routines
 */

kern_return_t
do_nc_post(
    mach_port_t server, const nc_name_t text, uint32_t flags, uint64_t state)
{
	struct observer *o;
	struct name *name;

	(void)server;
	name = flags & NC_SET_STATE && state != 0 ? nc_name_get(text)
						  : nc_name_find(text);
	if (name == NULL)
		return (KERN_SUCCESS); /* nobody hears it */
	if (flags & NC_SET_STATE)
		name->state = state;
	for (o = name->observers; o != NULL; o = o->next) {
		o->posts++;
		if (!o->full)
			observer_tell(o);
	}
	nc_name_put(name);
	return (KERN_SUCCESS);
}

static kern_return_t
token_create(mach_port_t *token)
{
	mach_port_t old;
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, token);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_port_insert_member(SELF, *token, set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_request_notification(SELF, *token,
		    MACH_NOTIFY_NO_SENDERS, 1, *token,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr != KERN_SUCCESS)
		(void)mach_port_mod_refs(
		    SELF, *token, MACH_PORT_RIGHT_RECEIVE, -1);
	return (kr);
}

kern_return_t
do_nc_observe(mach_port_t server, const nc_name_t text, mach_port_t right,
    mach_port_t *token, uint64_t *state)
{
	struct observer *o = NULL;
	struct name *name;
	kern_return_t kr;

	(void)server;
	if (!MACH_PORT_VALID(right))
		return (KERN_INVALID_ARGUMENT);
	name = nc_name_get(text);
	if (name == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = token_create(token);
	if (kr == KERN_SUCCESS) {
		kr = notice_arm(right, MACH_NOTIFY_DEAD_NAME);
		if (kr == KERN_SUCCESS)
			o = nc_observer_add(name, *token, right);
		if (kr == KERN_SUCCESS && o == NULL)
			kr = KERN_RESOURCE_SHORTAGE;
		if (kr != KERN_SUCCESS)
			(void)mach_port_mod_refs(
			    SELF, *token, MACH_PORT_RIGHT_RECEIVE, -1);
	}
	if (kr != KERN_SUCCESS) {
		nc_name_put(name);
		return (kr);
	}
	(void)mach_port_set_context(
	    SELF, *token, (mach_port_context_t)(uintptr_t)o);
	*state = name->state;
	return (KERN_SUCCESS);
}

kern_return_t
do_nc_state(mach_port_t server, const nc_name_t text, uint64_t *state)
{
	const struct name *name = nc_name_find(text);

	(void)server;
	*state = name != NULL ? name->state : 0;
	return (KERN_SUCCESS);
}

/*
 * The loop
 */

union buffer {
	mach_msg_header_t head;
	mig_reply_error_t error;
	char bytes[NC_MESSAGE_MAX];
};

static void
serve(union buffer *in, union buffer *out)
{
	mach_msg_header_t *reply = &out->head;

	if (in->head.msgh_local_port == notify) {
		noticed(&in->head);
		return;
	}
	if (in->head.msgh_id == MACH_NOTIFY_NO_SENDERS) {
		abandoned(in->head.msgh_local_port);
		/* Who has a token can send what looks like it, with rights. */
		mach_msg_destroy(&in->head);
		return;
	}
	(void)nc_server(&in->head, reply);
	if (!MACH_MSGH_BITS_IS_COMPLEX(reply->msgh_bits)) {
		if (out->error.RetCode == MIG_NO_REPLY) {
			mach_msg_destroy(&in->head);
			return;
		}
		if (out->error.RetCode != KERN_SUCCESS) {
			/* What it carries is nobody's. */
			in->head.msgh_remote_port = MACH_PORT_NULL;
			mach_msg_destroy(&in->head);
		}
	}
	if (reply->msgh_remote_port != MACH_PORT_NULL &&
	    mach_msg(reply, MACH_SEND_MSG | MACH_SEND_TIMEOUT, reply->msgh_size,
		0, MACH_PORT_NULL, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		mach_msg_destroy(reply);
}

/* All there is, or BATCH; waits for the first that long. */
static mach_msg_return_t
receive(mach_msg_timeout_t ms)
{
	union buffer in, out;
	mach_msg_return_t mr;
	int i;

	for (i = 0; i < BATCH; i++, ms = 0) {
		mr = mach_msg(&in.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    sizeof(in), set, ms, MACH_PORT_NULL);
		if (mr == MACH_RCV_TOO_LARGE)
			continue; /* none of ours, and it is gone */
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
		serve(&in, &out);
	}
	return (MACH_MSG_SUCCESS);
}

/* Until `stop_fd` is readable; the error of receiving. */
static mach_msg_return_t
loop(int set_fd, int stop_fd)
{
	struct pollfd p[2] = { { stop_fd, POLLIN, 0 }, { set_fd, POLLIN, 0 } };
	mach_msg_return_t mr;

	for (;;) {
		/* Without a descriptor it receives in slices. */
		if (poll(p, 2, set_fd == -1 ? 0 : -1) == -1 && errno != EINTR)
			return (KERN_FAILURE);
		if (p[0].revents != 0)
			return (MACH_MSG_SUCCESS);
		mr = receive(set_fd == -1 ? SLICE : 0);
		if (mr != MACH_MSG_SUCCESS && mr != MACH_RCV_TIMED_OUT &&
		    mr != MACH_RCV_INTERRUPTED)
			return (mr);
	}
}

int
nc_server_run(mach_port_t service, int stop_fd)
{
	mach_port_limits_t limits = { .mpl_qlimit = MACH_PORT_QLIMIT_LARGE };
	int set_fd = -1;
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &notify);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(SELF, notify, set);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(SELF, service, set);
	/* Posts come without waiting for one another. */
	if (kr == KERN_SUCCESS)
		kr = mach_port_set_attributes(SELF, service,
		    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
		    MACH_PORT_LIMITS_INFO_COUNT);
	if (kr == KERN_SUCCESS) {
		kr = mach_port_pollfd(SELF, set, &set_fd);
		if (kr == KERN_NOT_SUPPORTED)
			kr = KERN_SUCCESS;
	}
	if (kr != KERN_SUCCESS) {
		fprintf(stderr, "notify: ports: %s\n", mach_error_string(kr));
		return (1);
	}
	kr = loop(set_fd, stop_fd);
	if (set_fd != -1)
		close(set_fd);
	while (nc_observers() != NULL)
		observer_destroy(nc_observers());
	nc_names_clear();
	(void)mach_port_mod_refs(SELF, notify, MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_mod_refs(SELF, set, MACH_PORT_RIGHT_PORT_SET, -1);
	if (kr == KERN_SUCCESS)
		return (0);
	fprintf(stderr, "notify: receive: %s\n", mach_error_string(kr));
	return (1);
}
