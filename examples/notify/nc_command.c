/* The client's commands. */
#include <isthmus/mach_pollfd.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nc.h"

#define SELF mach_task_self()

static int
failed(const char *what, const char *name, kern_return_t kr)
{
	fprintf(
	    stderr, "notify: %s: %s: %s\n", what, name, mach_error_string(kr));
	return (1);
}

/* A number without anything behind it. */
static bool
number(const char *text, uint64_t *n)
{
	char *end;

	*n = strtoull(text, &end, 0);
	return (*text != '\0' && *text != '-' && *end == '\0');
}

static int
post(mach_port_t service, const char *name, const char *text)
{
	uint64_t state = 0;
	kern_return_t kr;

	if (text != NULL && !number(text, &state)) {
		fprintf(stderr, "notify: post: %s: no number\n", text);
		return (2);
	}
	kr = nc_post(service, name, text != NULL ? NC_SET_STATE : 0, state);
	return (kr == KERN_SUCCESS ? 0 : failed("post", name, kr));
}

/*
 * A port with room for one message, so that what comes before it is received
 * is one, too.
 */
static kern_return_t
observer_create(mach_port_t *observer)
{
	mach_port_limits_t limits = { .mpl_qlimit = 1 };
	kern_return_t kr;

	kr = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, observer);
	if (kr == KERN_SUCCESS)
		kr = mach_port_set_attributes(SELF, *observer,
		    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
		    MACH_PORT_LIMITS_INFO_COUNT);
	return (kr);
}

/* Until the posts of all that was printed are `count`, or (0) for ever. */
static int
observe_print(mach_port_t observer, int fd, uint64_t count, FILE *out)
{
	struct {
		nc_posted_t posted;
		mach_msg_max_trailer_t trailer;
	} msg;
	struct pollfd p = { fd, POLLIN, 0 };
	mach_msg_return_t mr;
	uint64_t n = 0;

	while (count == 0 || n < count) {
		/* A loop of a program's own would have more of them. */
		if (fd != -1)
			(void)poll(&p, 1, -1);
		mr = mach_msg(&msg.posted.Head,
		    MACH_RCV_MSG | (fd != -1 ? MACH_RCV_TIMEOUT : 0), 0,
		    sizeof(msg), observer, 0, MACH_PORT_NULL);
		if (mr == MACH_RCV_TIMED_OUT)
			continue;
		if (mr != MACH_MSG_SUCCESS)
			return (failed("observe", "receive", mr));
		if (msg.posted.Head.msgh_id == MACH_NOTIFY_NO_SENDERS)
			return (
			    failed("observe", "the centre", MIG_SERVER_DIED));
		if (msg.posted.Head.msgh_id != NC_POSTED_ID ||
		    msg.posted.Head.msgh_size != sizeof(nc_posted_t)) {
			mach_msg_destroy(&msg.posted.Head);
			continue;
		}
		n += msg.posted.count;
		fprintf(out, "%s %" PRIu32 " %" PRIu64 "\n", msg.posted.name,
		    msg.posted.count, msg.posted.state);
		fflush(out);
	}
	return (0);
}

static int
observe(mach_port_t service, const char *name, const char *text, FILE *out)
{
	mach_port_t observer, token, old;
	uint64_t state, count = 0;
	kern_return_t kr;
	int fd = -1, status;

	if (text != NULL && !number(text, &count)) {
		fprintf(stderr, "notify: observe: %s: no number\n", text);
		return (2);
	}
	kr = observer_create(&observer);
	if (kr == KERN_SUCCESS)
		kr = nc_observe(service, name, observer, &token, &state);
	/* The centre's end is that of its right. */
	if (kr == KERN_SUCCESS)
		kr = mach_port_request_notification(SELF, observer,
		    MACH_NOTIFY_NO_SENDERS, 1, observer,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &old);
	if (kr == KERN_SUCCESS) {
		kr = mach_port_pollfd(SELF, observer, &fd);
		if (kr == KERN_NOT_SUPPORTED)
			kr = KERN_SUCCESS;
	}
	if (kr != KERN_SUCCESS)
		return (failed("observe", name, kr));
	fprintf(out, "observing %s %" PRIu64 "\n", name, state);
	fflush(out);
	status = observe_print(observer, fd, count, out);
	if (fd != -1)
		close(fd);
	(void)mach_port_deallocate(SELF, token);
	(void)mach_port_mod_refs(SELF, observer, MACH_PORT_RIGHT_RECEIVE, -1);
	return (status);
}

int
nc_client_run(mach_port_t service, int argc, const char *const *argv, FILE *out)
{
	const char *command = argc > 0 ? argv[0] : "";
	const char *name = argc > 1 ? argv[1] : "";
	const char *more = argc > 2 ? argv[2] : NULL;
	uint64_t state;
	kern_return_t kr;

	if (argc > 1 && (*name == '\0' || strlen(name) >= NC_NAME_MAX)) {
		fprintf(stderr, "notify: %s: a name has 1 to %d bytes\n",
		    command, NC_NAME_MAX - 1);
		return (2);
	}
	if (strcmp(command, "post") == 0 && (argc == 2 || argc == 3))
		return (post(service, name, more));
	if (strcmp(command, "observe") == 0 && (argc == 2 || argc == 3))
		return (observe(service, name, more, out));
	if (strcmp(command, "state") == 0 && argc == 2) {
		kr = nc_state(service, name, &state);
		if (kr != KERN_SUCCESS)
			return (failed("state", name, kr));
		fprintf(out, "%" PRIu64 "\n", state);
		return (0);
	}
	fprintf(stderr, "usage: notify serve | post NAME [STATE] | "
			"observe NAME [COUNT] | state NAME\n");
	return (2);
}
