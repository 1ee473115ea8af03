/*
 * Out of the jail by the calls that make, enter, change and end jails, and
 * by mounts.  JAIL_ID is another jail, which nothing depends on.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

bool
is_jailed(void)
{
	size_t len = sizeof(int);
	int jailed = 0;

	return (
	    sysctlbyname("security.jail.jailed", &jailed, &len, NULL, 0) == 0 &&
	    jailed != 0);
}

static struct iovec
word(const char *s)
{
	return ((struct iovec){ (void *)(uintptr_t)s, strlen(s) + 1 });
}

static int
victim(void)
{
	return ((int)strtol(setting("JAIL_ID"), NULL, 10));
}

static enum end
attach(const void *with)
{
	(void)with;
	return (by_call("jail_attach", jail_attach(victim()) == 0));
}

/* Down the numbers, for one that somebody forgot. */
static enum end
attach_any(const void *with)
{
	int jid;

	(void)with;
	for (jid = 0; jid < 10000; jid++) {
		if (jail_attach(jid) == 0)
			return (ended(SUCCEEDED, "in jail %d", jid));
	}
	return (by_call("jail_attach", false));
}

/* A jail of our own, which ends with this process. */
static enum end
make(const void *with)
{
	struct iovec v[] = { word("path"), word("/"), word("name"),
		word("isthmus-attack-new") };

	(void)with;
	return (by_call(
	    "jail_set", jail_set(v, 4, JAIL_CREATE | JAIL_ATTACH) >= 0));
}

/* More rights, for a jail that exists: ours (0: as it is called inside). */
static enum end
update(const void *with)
{
	const char *const *allow = with;
	int jid = victim(), own = 0;
	struct iovec v[] = { word("jid"), { &jid, sizeof(jid) }, word(*allow),
		{ NULL, 0 } };

	if (jail_set(v, 4, JAIL_UPDATE) >= 0)
		return (ended(SUCCEEDED, "%s for jail %d", *allow, jid));
	v[1].iov_base = &own;
	return (by_call("jail_set", jail_set(v, 4, JAIL_UPDATE) >= 0));
}

static enum end
get(const void *with)
{
	char name[256] = "";
	int jid = victim();
	struct iovec v[] = { word("jid"), { &jid, sizeof(jid) }, word("name"),
		{ name, sizeof(name) } };

	(void)with;
	return (by_call("jail_get", jail_get(v, 4, 0) >= 0));
}

/* Any other than our own. */
static enum end
list(const void *with)
{
	char name[256] = "";
	int last = 0;
	struct iovec v[] = { word("lastjid"), { &last, sizeof(last) },
		word("name"), { name, sizeof(name) } };

	(void)with;
	return (by_call("jail_get", jail_get(v, 4, JAIL_DYING) >= 0));
}

static enum end
get_descriptor(const void *with)
{
#ifdef JAIL_GET_DESC
	int jid = victim(), fd = -1;
	struct iovec v[] = { word("jid"), { &jid, sizeof(jid) }, word("desc"),
		{ &fd, sizeof(fd) } };

	(void)with;
	return (by_call("jail_get", jail_get(v, 4, JAIL_GET_DESC) >= 0));
#else
	(void)with;
	return (ended(UNTRIED, "not at compile time"));
#endif
}

static enum end
end(const void *with)
{
	(void)with;
	return (by_call("jail_remove", jail_remove(victim()) == 0));
}

/* ---- mounts */

static enum end
mount_of(const void *with)
{
	char errmsg[256] = "";
	struct iovec v[] = { word("fstype"), word(with), word("fspath"),
		word("m"), word("from"), word("/"), word("errmsg"),
		{ errmsg, sizeof(errmsg) } };
	char path[1024];

	if (mkdir("m", 0755) == -1 || getcwd(path, sizeof(path) - 2) == NULL)
		return (by_call("mkdir", false));
	(void)snprintf(path + strlen(path), 3, "/m");
	v[3] = word(path);
	if (nmount(v, 8, MNT_NOSUID) == -1)
		return (by_call("nmount", false));
	/* That it can be undone is part of it. */
	return (by_call("unmount", unmount(path, MNT_FORCE) == 0));
}

/*
 * A mount of the build taken away, by our name for it and by number.  From
 * outside of the jail that is always its /dev: it has nothing mounted below.
 */
static enum end
unmount_of(const void *with)
{
	static const char outside[] = "/root/dev";
	const char *end = with;
	struct statfs *all, here;
	char id[64];
	size_t len;
	int i, n;

	n = getmntinfo(&all, MNT_NOWAIT);
	for (i = n; i-- > 0;) {
		len = strlen(all[i].f_mntonname);
		if (len > strlen(outside) &&
		    strcmp(all[i].f_mntonname + len - strlen(outside),
			outside) == 0 &&
		    unmount(all[i].f_mntonname, MNT_FORCE) == 0)
			return (ended(SUCCEEDED, "%s", all[i].f_mntonname));
	}
	if (!is_jailed())
		return (by_call("unmount", false));
	if (unmount(end, MNT_FORCE) == 0)
		return (ended(SUCCEEDED, "%s", end));
	if (statfs(end, &here) == -1)
		return (by_call("statfs", false));
	(void)snprintf(id, sizeof(id), "FSID:%d:%d", here.f_fsid.val[0],
	    here.f_fsid.val[1]);
	return (by_call("unmount", unmount(id, MNT_BYFSID | MNT_FORCE) == 0));
}

/* Paths of the host, and how it is laid out. */
static enum end
see_mounts(const void *with)
{
	struct statfs *all;
	int i, n;

	(void)with;
	n = getmntinfo(&all, MNT_NOWAIT);
	for (i = 0; i < n; i++) {
		if (strstr(all[i].f_mntonname, "/jobs/") != NULL ||
		    strstr(all[i].f_mntfromname, "/jobs/") != NULL)
			return (ended(SUCCEEDED, "%s on %s",
			    all[i].f_mntfromname, all[i].f_mntonname));
	}
	return (ended(REFUSED, "%d mounts, none on the host", n));
}

static const char *const raw = "allow.raw_sockets",
			 *const root_nullfs = "allow.mount.nullfs",
			 *const chflag = "allow.chflags";

const struct attack attacks_jail[] = {
	{ "jail-attach", "into another jail", attach, NULL },
	{ "jail-attach-any", "into any jail", attach_any, NULL },
	{ "jail-set", "a new jail", make, NULL },
	{ "jail-raw", "a jail's right to raw sockets", update, &raw },
	{ "jail-nullfs", "a jail's right to mount", update, &root_nullfs },
	{ "jail-chflags", "a jail's right to flags", update, &chflag },
	{ "jail-get", "looking at another jail", get, NULL },
	{ "jail-list", "a list of jails", list, NULL },
	{ "jail-descriptor", "a descriptor of another jail", get_descriptor,
	    NULL },
	{ "jail-remove", "ending another jail", end, NULL },
	{ "mount-nullfs", "a mount of a directory", mount_of, "nullfs" },
	{ "mount-tmpfs", "a mount of memory", mount_of, "tmpfs" },
	{ "mount-devfs", "a mount of all devices", mount_of, "devfs" },
	{ "mount-procfs", "a mount of processes", mount_of, "procfs" },
	{ "mount-fdescfs", "a mount of descriptors", mount_of, "fdescfs" },
	{ "mount-unionfs", "a mount over the root", mount_of, "unionfs" },
	{ "mount-mqueuefs", "a mount of queues", mount_of, "mqueuefs" },
	{ "unmount-tmp", "/tmp taken away", unmount_of, "/tmp" },
	{ "unmount-root", "/ taken away", unmount_of, "/" },
	{ "unmount-dev", "/dev taken away", unmount_of, "/dev" },
	{ "see-mounts", "paths of the host", see_mounts, NULL },
	{ NULL, NULL, NULL, NULL },
};

const struct attack *const attacks_system[] = { attacks_jail, attacks_kernel,
	attacks_tasks, attacks_sockets, attacks_objects, attacks_freebsd_files,
	NULL };
