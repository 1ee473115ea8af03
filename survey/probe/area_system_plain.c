/* Probes of the area system: sysconf, dlopen, and names of devices. */
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"
#include "survey/probe/area_system.h"

#if defined(__linux__)
#include <sched.h>
#endif

static PROBE(plain_sysconf)
{
	long page, processors;

	page = sysconf(_SC_PAGESIZE);
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (page < 4096 || (page & (page - 1)) != 0 || processors < 1)
		return (
		    probe_wrong("page %ld, %ld processors", page, processors));
	NEED_REFUSAL((int)sysconf(99999), EINVAL);
	return (probe_ok("page %ld, %ld processors", page, processors));
}

static PROBE(plain_dlopen)
{
	pid_t (*fn)(void);
	void *self;

	/* How Guile finds a function: by its name, in the program itself. */
	self = dlopen(NULL, RTLD_NOW);
	if (self == NULL)
		return (row_unsupported("this program is linked statically"));
	*(void **)&fn = dlsym(self, "getpid");
	if (fn == NULL)
		return (probe_wrong("getpid is not found"));
	if (dlsym(self, "isthmus_no_such_function") != NULL)
		return (probe_wrong("a name that is none is found"));
	return (fn() == getpid() ? probe_ok(NULL)
				 : probe_wrong("another function"));
}

static PROBE(plain_dev_pts)
{
	const char *name;
	struct stat st;
	int master;

	/* FreeBSD's devfs makes the directory with the first terminal. */
	NEED(master = posix_openpt(O_RDWR | O_NOCTTY));
	NEED_TRUE((name = ptsname(master)) != NULL);
	if (stat("/dev/pts", &st) != 0)
		return (errno == ENOENT ? probe_absent("no /dev/pts")
					: probe_errno(errno, "stat"));
	return (strncmp(name, "/dev/pts/", 9) == 0 && stat(name, &st) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("a new terminal is %s", name));
}

/* A thing in /dev that is or is not there. */
static struct probe_answer
node(const char *path, mode_t type)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (errno == ENOENT ? probe_absent("no %s here", path)
					: probe_errno(errno, "stat"));
	return ((st.st_mode & S_IFMT) == type
		    ? probe_ok(NULL)
		    : probe_wrong("mode %#o", (unsigned)st.st_mode));
}

static PROBE(plain_dev_log)
{
	return (node("/dev/log", S_IFSOCK));
}

static PROBE(plain_dev_kmsg)
{
	return (node("/dev/kmsg", S_IFCHR));
}

/* Refused to a user; where root is alone with it, set and read back. */
static PROBE(plain_setdomainname)
{
	char name[128] = "";

#if defined(__linux__)
	struct probe_answer why;

	if (!util_admin(ctx, CLONE_NEWUTS, &why))
		return (why);
	NEED(setdomainname("isthmus.example", 15));
	NEED(getdomainname(name, sizeof(name)));
	return (strcmp(name, "isthmus.example") == 0
		    ? probe_ok("set in a namespace%s", util_admin_note(ctx))
		    : probe_wrong("the name is \"%s\"", name));
#else
	NEED(getdomainname(name, sizeof(name)));
	NEED_TRUE(util_drop(ctx));
	NEED_REFUSAL(setdomainname(name, (int)strlen(name)), EPERM);
	return (probe_ok("a user may not"));
#endif
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("system.sysconf", "sysconf",
	    "page size and processors, unknown names refused",
	    plain_sysconf, 0),
	ROW("system.dlopen", "dlopen",
	    "a function of libc is found by its name", plain_dlopen, 0),
	ROW("system.dev-pts", "/dev/pts",
	    "a new terminal appears in it", plain_dev_pts, 0),
	ROW("system.dev-log", "/dev/log",
	    "a socket of a log daemon", plain_dev_log, 0),
	ROW("system.dev-kmsg", "/dev/kmsg",
	    "messages of the kernel", plain_dev_kmsg, 0),
	ROW("system.setdomainname", "setdomainname",
	    "the domain's name is root's to set", plain_setdomainname, 0),
};
/* clang-format on */

const struct probe_area probe_area_system_plain = { ISTH_AREA_SYSTEM, rows,
	UTIL_COUNT(rows) };
