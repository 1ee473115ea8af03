/*
 * Jail descriptors and the parameters meta and env, FreeBSD 15: what lets
 * the kernel clean up after an executor that died.
 */
#include "survey/probe/area_isolation.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/event.h>
#include <sys/jail.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define END                   \
	{                     \
		NULL, NULL, 0 \
	}

#ifndef JAIL_OWN_DESC
#define NOT_HERE(name)                                               \
	struct probe_answer name(const struct probe_context *ctx)    \
	{                                                            \
		(void)ctx;                                           \
		return (probe_absent("not in this system's headers " \
				     "(before 15)"));                \
	}
NOT_HERE(iso_desc_get)
NOT_HERE(iso_desc_own)
NOT_HERE(iso_desc_use)
NOT_HERE(iso_desc_at)
NOT_HERE(iso_desc_attach)
NOT_HERE(iso_desc_remove)
NOT_HERE(iso_desc_event)
NOT_HERE(iso_jail_meta)
NOT_HERE(iso_jail_env)
#else

/* A jail, and its descriptor. */
struct made {
	int jid;
	int fd;
	struct probe_answer why; /* when jid is negative */
};

/* Makes a persistent jail and a descriptor of it, as `flags` says. */
static struct made
make(const struct probe_context *ctx, int flags, struct util_param more)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	struct made made = { -1, -1, { .state = ISTH_STATE_OK } };

	util_close_directories();
	made.jid = util_jail(JAIL_CREATE | flags, errmsg,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 },
		{ "desc", &made.fd, sizeof(made.fd) }, more, END });
	if (made.jid < 0)
		made.why = probe_errno(errno, "jail_set: %.120s", errmsg);
	return (made);
}

/* True when that jail exists. */
static bool
alive(int jid)
{
	return (util_jail_get(0, NULL,
		    (struct util_param[]){
			{ "jid", &jid, sizeof(jid) }, END }) >= 0);
}

PROBE(iso_desc_get)
{
	struct made made;

	made = make(ctx, JAIL_GET_DESC, (struct util_param)END);
	if (made.jid < 0)
		return (made.why);
	if (made.fd < 0 || fcntl(made.fd, F_GETFD) < 0)
		return (probe_wrong("no descriptor came"));
	close(made.fd);
	return (alive(made.jid)
		    ? util_done(jail_remove(made.jid), "jail_remove")
		    : probe_wrong("closing it removed the jail"));
}

static int
inside_setup(void *arg)
{
	const struct made *made = arg;

	/* It would keep the jail alive: there is no CLOEXEC on it. */
	if (jail_attach(made->jid) != 0)
		return (errno);
	close(made->fd);
	return (0);
}

PROBE(iso_desc_own)
{
	struct util_peer peer;
	struct made made;
	int rc;

	made = make(ctx, JAIL_OWN_DESC, (struct util_param)END);
	if (made.jid < 0)
		return (made.why);
	if (!util_peer_start(&peer, inside_setup, &made))
		return (probe_errno(errno, "jail_attach"));
	close(made.fd);
	if (alive(made.jid)) {
		(void)jail_remove(made.jid);
		return (probe_wrong("the jail is still there"));
	}
	rc = util_wait(peer.pid);
	return (rc == -SIGKILL
		    ? probe_ok("removed, its process killed")
		    : probe_wrong("the process inside ended with %d", rc));
}

PROBE(iso_desc_use)
{
	char name[MAXHOSTNAMELEN] = "";
	struct made made;

	made = make(ctx, JAIL_OWN_DESC, (struct util_param)END);
	if (made.jid < 0)
		return (made.why);
	if (util_jail_get(JAIL_USE_DESC, NULL,
		(struct util_param[]){ { "desc", &made.fd, sizeof(made.fd) },
		    { "name", name, sizeof(name) }, END }) < 0)
		return (probe_errno(errno, "jail_get(JAIL_USE_DESC)"));
	return (strcmp(name, probe_jail_name(ctx, 0)) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it names %.60s", name));
}

PROBE(iso_desc_at)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	struct made made;
	int jid, max = 1, parent;

	made = make(ctx, JAIL_OWN_DESC,
	    (struct util_param){ "children.max", &max, sizeof(max) });
	if (made.jid < 0)
		return (made.why);
	jid = util_jail(JAIL_CREATE | JAIL_AT_DESC, errmsg,
	    (struct util_param[]){ { "desc", &made.fd, sizeof(made.fd) },
		{ "name", "below", UTIL_STRING }, { "path", "/", UTIL_STRING },
		{ "persist", NULL, 0 }, END });
	if (jid < 0)
		return (probe_errno(errno, "JAIL_AT_DESC: %.120s", errmsg));
	parent = -1;
	if (util_jail_get(0, NULL,
		(struct util_param[]){ { "jid", &jid, sizeof(jid) },
		    { "parent", &parent, sizeof(parent) }, END }) < 0)
		return (probe_errno(errno, "jail_get"));
	if (parent != made.jid)
		return (probe_wrong("its parent is %d", parent));
	close(made.fd);
	return (alive(jid) ? probe_wrong("it outlived its parent")
			   : probe_ok("it goes with its parent"));
}

/*
 * Not asked of a jail: in 15.1 do_jail_attach() drops the PD_DEREF flag that
 * sys_jail_attach_jd() holds its reference by (sys/kern/kern_jail.c), so
 * that a jail once attached to in this way stays dying for ever; seen with
 * jls -d, and jail_attach(2) leaves none.  The host would not be as it was.
 */
PROBE(iso_desc_attach)
{
	if (jail_attach_jd(STDIN_FILENO) == 0)
		return (probe_wrong("it took /dev/null for a jail"));
	if (errno == ENOSYS)
		return (probe_absent("ENOSYS"));
	return (probe_state(ISTH_STATE_SKIPPED, 0,
	    "it loses a reference on 15.1: the jail would stay dying; "
	    "use jail_attach(2)"));
}

PROBE(iso_desc_remove)
{
	struct made made;

	made = make(ctx, JAIL_OWN_DESC, (struct util_param)END);
	if (made.jid < 0)
		return (made.why);
	if (jail_remove_jd(made.fd) != 0)
		return (probe_errno(errno, "jail_remove_jd"));
	return (alive(made.jid) ? probe_wrong("it is still there")
				: probe_ok(NULL));
}

PROBE(iso_desc_event)
{
	static const struct timespec limit = { 1, 0 };
	struct kevent change, event;
	struct made made;
	int kq, n;

	made = make(ctx, JAIL_OWN_DESC, (struct util_param)END);
	if (made.jid < 0)
		return (made.why);
	kq = kqueue();
	EV_SET(
	    &change, made.jid, EVFILT_JAIL, EV_ADD, NOTE_JAIL_REMOVE, 0, NULL);
	if (kq < 0 || kevent(kq, &change, 1, NULL, 0, NULL) != 0)
		return (probe_errno(errno, "kevent(EVFILT_JAIL)"));
	if (jail_remove(made.jid) != 0)
		return (probe_errno(errno, "jail_remove"));
	n = kevent(kq, NULL, 0, &event, 1, &limit);
	if (n != 1 || event.filter != EVFILT_JAIL)
		return (probe_wrong("no event within a second"));
	return ((event.fflags & NOTE_JAIL_REMOVE) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("its flags are 0x%x", event.fflags));
}

/* Reads security.jail.NAME into `text`; "" when there is none. */
static void
read_inside(const char *name, char *text, size_t size)
{
	size_t len = size - 1;

	if (sysctlbyname(name, text, &len, NULL, 0) != 0)
		len = 0;
	text[len] = '\0';
}

PROBE(iso_jail_meta)
{
	char env[64], inside[64], outside[64] = "";
	struct made made;

	made = make(ctx, JAIL_OWN_DESC,
	    (struct util_param){ "meta", "job=7\n", UTIL_STRING });
	if (made.jid < 0)
		return (made.why);
	if (util_jail_get(0, NULL,
		(struct util_param[]){ { "jid", &made.jid, sizeof(made.jid) },
		    { "meta", outside, sizeof(outside) }, END }) < 0)
		return (probe_errno(errno, "jail_get(meta)"));
	if (strcmp(outside, "job=7\n") != 0)
		return (probe_wrong("outside it reads %.40s", outside));
	if (jail_attach(made.jid) != 0)
		return (probe_errno(errno, "jail_attach"));
	read_inside("security.jail.meta", inside, sizeof(inside));
	read_inside("security.jail.env", env, sizeof(env));
	return (strstr(inside, "job") != NULL || strstr(env, "job") != NULL
		    ? probe_wrong("it shows inside")
		    : probe_ok(NULL));
}

PROBE(iso_jail_env)
{
	char inside[64];
	struct made made;

	made = make(ctx, JAIL_OWN_DESC,
	    (struct util_param){ "env", "job=8\n", UTIL_STRING });
	if (made.jid < 0)
		return (made.why);
	if (jail_attach(made.jid) != 0)
		return (probe_errno(errno, "jail_attach"));
	read_inside("security.jail.env", inside, sizeof(inside));
	return (strcmp(inside, "job=8\n") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("inside it reads \"%.40s\"", inside));
}

#endif /* JAIL_OWN_DESC */

#else
typedef int area_isolation_desc_is_empty_here;
#endif
