/*
 * What a FreeBSD jail promises: each row enters one in its own process, so
 * that the jail goes away with it, whatever becomes of the probe.
 */
#include "survey/probe/area_isolation.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/jail.h>
#include <sys/linker.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define END                   \
	{                     \
		NULL, NULL, 0 \
	}

/* Enters a new jail at `path` with one more parameter (may be END). */
static bool
enter(const struct probe_context *ctx, const char *path, struct util_param more,
    struct probe_answer *why)
{
	char errmsg[UTIL_ERRMSG_SIZE];

	util_close_directories();
	if (util_jail(JAIL_CREATE | JAIL_ATTACH, errmsg,
		(struct util_param[]){
		    { "name", probe_jail_name(ctx, 0), UTIL_STRING },
		    { "path", path, UTIL_STRING }, more, END }) >= 0)
		return (true);
	*why = probe_errno(errno, "jail_set: %.120s", errmsg);
	return (false);
}

static const struct util_param nothing = END;

PROBE(iso_jail)
{
	struct probe_answer why;

	if (!probe_file("marker", ""))
		return (probe_errno(errno, "create"));
	if (!enter(ctx, ctx->dir, nothing, &why))
		return (why);
	return (util_exists("/marker") && util_exists("/../marker")
		    ? probe_ok(NULL)
		    : probe_wrong("/ is the old root"));
}

PROBE(iso_jail_old)
{
	char path[MAXPATHLEN], host[] = "isthmus";
	struct jail jail_arg;

	if (!probe_file("marker", ""))
		return (probe_errno(errno, "create"));
	util_close_directories();
	memset(&jail_arg, 0, sizeof(jail_arg));
	strlcpy(path, ctx->dir, sizeof(path));
	jail_arg.version = JAIL_API_VERSION;
	jail_arg.path = path;
	jail_arg.hostname = host;
	if (jail(&jail_arg) < 0)
		return (probe_errno(errno, "jail"));
	return (util_exists("/marker") ? probe_ok(NULL)
				       : probe_wrong("/ is the old root"));
}

PROBE(iso_jail_unprivileged)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(
	    util_jail(JAIL_CREATE | JAIL_ATTACH, NULL,
		(struct util_param[]){ { "path", "/", UTIL_STRING }, END }),
	    0, "jail_set"));
}

PROBE(iso_jail_jailed)
{
	struct probe_answer why;
	long before;

	before = util_sysctl("security.jail.jailed", -1);
	if (!enter(ctx, "/", nothing, &why))
		return (why);
	return (util_sysctl("security.jail.jailed", -1) == 1
		    ? probe_ok("%ld before, 1 inside", before)
		    : probe_wrong("security.jail.jailed is not 1 inside"));
}

PROBE(iso_jail_errmsg)
{
	char errmsg[UTIL_ERRMSG_SIZE];

	if (util_jail(JAIL_CREATE | JAIL_ATTACH, errmsg,
		(struct util_param[]){
		    { "name", probe_jail_name(ctx, 0), UTIL_STRING },
		    { "path", "/", UTIL_STRING },
		    { "isthmus.nonsense", NULL, 0 }, END }) >= 0)
		return (probe_wrong("an unknown parameter was taken"));
	return (errmsg[0] != '\0'
		    ? probe_ok("says \"%.120s\"", errmsg)
		    : probe_wrong("%s, and no words", strerror(errno)));
}

PROBE(iso_jail_update)
{
	char errmsg[UTIL_ERRMSG_SIZE], name[MAXHOSTNAMELEN] = "";
	int jid;

	jid = util_jail(JAIL_CREATE, errmsg,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 },
		{ "host.hostname", "first", UTIL_STRING }, END });
	if (jid < 0)
		return (probe_errno(errno, "jail_set: %.120s", errmsg));
	if (util_jail(JAIL_UPDATE, errmsg,
		(struct util_param[]){ { "jid", &jid, sizeof(jid) },
		    { "host.hostname", "second", UTIL_STRING }, END }) < 0)
		return (probe_errno(errno, "JAIL_UPDATE: %.120s", errmsg));
	if (util_jail_get(0, errmsg,
		(struct util_param[]){ { "jid", &jid, sizeof(jid) },
		    { "host.hostname", name, sizeof(name) }, END }) < 0)
		return (probe_errno(errno, "jail_get: %.120s", errmsg));
	(void)jail_remove(jid);
	return (strcmp(name, "second") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it reads %.60s", name));
}

PROBE(iso_jail_list)
{
	char name[MAXHOSTNAMELEN];
	int jid, last, n;

	jid = util_jail(JAIL_CREATE, NULL,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 }, END });
	if (jid < 0)
		return (probe_errno(errno, "jail_set"));
	last = 0;
	for (n = 1; n < 10000; n++) {
		last = util_jail_get(0, NULL,
		    (struct util_param[]){ { "lastjid", &last, sizeof(last) },
			{ "name", name, sizeof(name) }, END });
		if (last < 0 || last == jid)
			break;
	}
	(void)jail_remove(jid);
	return (last == jid && strcmp(name, probe_jail_name(ctx, 0)) == 0
		    ? probe_ok("number %d of them", n)
		    : probe_wrong("a new jail is not listed"));
}

static int
attach_child(void *arg)
{
	const int *jid = arg;

	return (jail_attach(*jid) == 0 ? 0 : errno);
}

PROBE(iso_jail_attach_dir)
{
	struct probe_answer answer;
	int fd, jid, rc;

	util_close_directories();
	jid = util_jail(JAIL_CREATE, NULL,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 }, END });
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (jid < 0 || fd < 0)
		return (probe_errno(errno, "jail_set"));
	/* In children: who is inside cannot remove the jail. */
	rc = probe_child(attach_child, &jid);
	close(fd);
	if (rc == 0)
		answer = probe_wrong("allowed, and the directory leads out");
	else if (rc != EPERM)
		answer = probe_errno(rc, "jail_attach");
	else {
		rc = probe_child(attach_child, &jid);
		answer = rc == 0 ? probe_ok("EPERM; after closing it: ok")
				 : probe_errno(rc, "jail_attach without it");
	}
	(void)jail_remove(jid);
	return (answer);
}

static int
attach_setup(void *arg)
{
	const int *jid = arg;

	util_close_directories();
	return (jail_attach(*jid) == 0 ? 0 : errno);
}

PROBE(iso_jail_remove)
{
	struct util_peer peer;
	int jid, status, waited;

	jid = util_jail(JAIL_CREATE, NULL,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 }, END });
	if (jid < 0)
		return (probe_errno(errno, "jail_set"));
	if (!util_peer_start(&peer, attach_setup, &jid))
		return (probe_errno(errno, "jail_attach"));
	if (jail_remove(jid) != 0)
		return (probe_errno(errno, "jail_remove"));
	waited = waitpid(peer.pid, &status, WNOHANG);
	if (waited == 0 && waitpid(peer.pid, &status, 0) != peer.pid)
		return (probe_errno(errno, "waitpid"));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return (probe_wrong("the process inside was not killed"));
	return (
	    waited == 0
		? probe_ok("killed, and still there when jail_remove returned")
		: probe_ok("killed, and gone when jail_remove returned"));
}

PROBE(iso_jail_inet)
{
	struct sockaddr_in in;
	struct probe_answer why;
	int fd;

	if (!enter(ctx, "/", nothing, &why))
		return (why);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		return (probe_ok("socket: %s", strerror(errno)));
	memset(&in, 0, sizeof(in));
	in.sin_len = sizeof(in);
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0
		    ? probe_wrong("a socket was bound")
		    : probe_ok("bind: %s", strerror(errno)));
}

PROBE(iso_jail_loopback)
{
	struct probe_answer why;
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int client, mode, server;

	memset(&in, 0, sizeof(in));
	in.sin_len = sizeof(in);
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&in, len) != 0 ||
	    listen(server, 1) != 0 ||
	    getsockname(server, (struct sockaddr *)&in, &len) != 0)
		return (probe_errno(errno, "listen on 127.0.0.1"));
	mode = JAIL_SYS_INHERIT;
	if (!enter(ctx, "/", (struct util_param){ "ip4", &mode, sizeof(mode) },
		&why))
		return (why);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (client < 0)
		return (probe_errno(errno, "socket"));
	return (connect(client, (struct sockaddr *)&in, len) == 0
		    ? probe_ok("reached: give a jail its own network instead")
		    : probe_errno(errno, "connect"));
}

/* Tries to make a jail inside ours. */
static int
make_nested(const struct probe_context *ctx)
{
	return (util_jail(JAIL_CREATE | JAIL_ATTACH, NULL,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 1), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, END }));
}

PROBE(iso_jail_children)
{
	struct probe_answer why;

	if (!enter(ctx, "/", nothing, &why))
		return (why);
	return (util_refused(make_nested(ctx), 0, "jail_set inside"));
}

PROBE(iso_jail_nested)
{
	struct probe_answer why;
	int max = 1;

	if (!enter(ctx, "/",
		(struct util_param){ "children.max", &max, sizeof(max) }, &why))
		return (why);
	return (util_done(make_nested(ctx), "jail_set inside"));
}

PROBE(iso_jail_statfs)
{
	struct probe_answer why;
	int inside, outside;

	outside = getfsstat(NULL, 0, MNT_NOWAIT);
	if (!enter(ctx, ctx->dir, nothing, &why))
		return (why);
	inside = getfsstat(NULL, 0, MNT_NOWAIT);
	return (inside <= 1 ? probe_ok("%d outside, %d inside", outside, inside)
			    : probe_wrong("%d mounts show inside", inside));
}

static struct probe_answer
hostname_inside(const struct probe_context *ctx, void *arg)
{
	struct probe_answer why;
	char name[MAXHOSTNAMELEN];

	(void)arg;
	if (!enter(ctx, "/",
		(struct util_param){
		    "host.hostname", "isthmus-inside", UTIL_STRING },
		&why))
		return (why);
	if (gethostname(name, sizeof(name)) != 0 ||
	    strcmp(name, "isthmus-inside") != 0)
		return (probe_wrong("inside it is %.60s", name));
	return (probe_ok(NULL));
}

PROBE(iso_jail_hostname)
{
	struct probe_answer answer;
	char name[MAXHOSTNAMELEN];

	answer = util_in_child(hostname_inside, ctx, NULL);
	if (gethostname(name, sizeof(name)) == 0 &&
	    strcmp(name, "isthmus-inside") == 0)
		return (probe_wrong("the host's name changed"));
	return (answer);
}

PROBE(iso_jail_sethostname)
{
	char name[MAXHOSTNAMELEN];

	util_close_directories();
	/* A name of its own, or it would be the host's that is tried. */
	if (util_jail(JAIL_CREATE | JAIL_ATTACH, NULL,
		(struct util_param[]){
		    { "name", probe_jail_name(ctx, 0), UTIL_STRING },
		    { "path", "/", UTIL_STRING },
		    { "host.hostname", "isthmus-inside", UTIL_STRING },
		    { "allow.noset_hostname", NULL, 0 }, END }) < 0)
		return (probe_errno(errno, "jail_set"));
	if (gethostname(name, sizeof(name)) != 0 ||
	    strcmp(name, "isthmus-inside") != 0)
		return (probe_wrong("inside the name is %.60s", name));
	return (
	    util_refused(sethostname("isthmus-other", 13), 0, "sethostname"));
}

PROBE(iso_jail_mknod)
{
	struct probe_answer why;

	if (!enter(ctx, ctx->dir, nothing, &why))
		return (why);
	return (util_refused(
	    mknod("/null", S_IFCHR | 0600, makedev(0, 1)), 0, "mknod"));
}

PROBE(iso_jail_mount)
{
	struct probe_answer why;

	if (mkdir("m", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	if (!enter(ctx, ctx->dir, nothing, &why))
		return (why);
	return (util_refused(util_nmount(0, NULL, "fstype", "tmpfs", "fspath",
				 "/m", "from", "tmpfs", NULL),
	    0, "nmount"));
}

PROBE(iso_jail_settime)
{
	/* Not a time, so that nothing is set even where it is allowed. */
	struct timespec bad = { 0, -1 };
	struct probe_answer why;

	if (!enter(ctx, "/", nothing, &why))
		return (why);
	return (util_refused(
	    clock_settime(CLOCK_REALTIME, &bad), 0, "clock_settime"));
}

PROBE(iso_jail_kldload)
{
	struct probe_answer why;

	if (!enter(ctx, "/", nothing, &why))
		return (why);
	return (util_refused(kldload("/nonexistent/isthmus.ko"), 0, "kldload"));
}

PROBE(iso_jail_raw)
{
	struct probe_answer why;
	int mode = JAIL_SYS_INHERIT;

	if (!enter(ctx, "/", (struct util_param){ "ip4", &mode, sizeof(mode) },
		&why))
		return (why);
	return (util_refused(
	    socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), 0, "socket(SOCK_RAW)"));
}

PROBE(iso_jail_unix)
{
	struct probe_answer why;

	if (util_unix_listen("socket") < 0)
		return (probe_errno(errno, "bind"));
	if (!enter(ctx, ctx->dir, nothing, &why))
		return (why);
	return (util_unix_connect("/socket") >= 0
		    ? probe_ok("reached: no such path may be below its root")
		    : probe_errno(errno, "connect"));
}

PROBE(iso_jail_securelevel)
{
	struct probe_answer why;
	int level = 2, lower = 0;

	if (!enter(ctx, "/",
		(struct util_param){ "securelevel", &level, sizeof(level) },
		&why))
		return (why);
	if (util_sysctl("kern.securelevel", -9) != 2)
		return (probe_wrong(
		    "inside it is %ld", util_sysctl("kern.securelevel", -9)));
	return (util_refused(
	    sysctlbyname("kern.securelevel", NULL, NULL, &lower, sizeof(lower)),
	    0, "lowering it"));
}

PROBE(iso_jail_osreldate)
{
	struct probe_answer why;
	int date = 1400097;

	if (!enter(ctx, "/",
		(struct util_param){ "osreldate", &date, sizeof(date) }, &why))
		return (why);
	return (util_sysctl("kern.osreldate", 0) == date
		    ? probe_ok(NULL)
		    : probe_wrong("inside it is %ld",
			  util_sysctl("kern.osreldate", 0)));
}

#else
typedef int area_isolation_jail_is_empty_here;
#endif
