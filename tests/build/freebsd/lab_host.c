/* The lab's look at a FreeBSD host. */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab_host.h"

static int mounts;

static int
count_mounts(void)
{
	return (getfsstat(NULL, 0, MNT_NOWAIT));
}

/* Jails of ours, the dying ones too. */
static void
check_jails(const char *when)
{
	char name[MAXHOSTNAMELEN];
	int last = 0, jid;

	for (;;) {
		struct iovec params[] = {
			{ (void *)(uintptr_t) "lastjid", sizeof("lastjid") },
			{ &last, sizeof(last) },
			{ (void *)(uintptr_t) "name", sizeof("name") },
			{ name, sizeof(name) },
		};

		jid = jail_get(params, 4, JAIL_DYING);
		if (jid < 0)
			return;
		last = jid;
		if (strncmp(name, "isthmus-", 8) == 0)
			atf_tc_fail_nonfatal("%s: jail %s is left", when, name);
	}
}

static void
check_processes(const char *when, uid_t first, uid_t last)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC, 0 };
	struct kinfo_proc *all;
	size_t size = 0, i;

	ATF_REQUIRE(sysctl(mib, 3, NULL, &size, NULL, 0) == 0);
	size += size / 4;
	all = malloc(size);
	ATF_REQUIRE(all != NULL);
	ATF_REQUIRE(sysctl(mib, 3, all, &size, NULL, 0) == 0);
	for (i = 0; i < size / sizeof(*all); i++) {
		if ((all[i].ki_uid >= first && all[i].ki_uid <= last) ||
		    (all[i].ki_ruid >= first && all[i].ki_ruid <= last))
			atf_tc_fail_nonfatal("%s: process %d of uid %u lives",
			    when, all[i].ki_pid, all[i].ki_uid);
	}
	free(all);
}

/* The locks of the pool. */
static void
check_users(const char *when, uid_t first, uid_t last)
{
	char path[64];
	uid_t uid;

	for (uid = first; uid <= last; uid++) {
		snprintf(path, sizeof(path), "/var/run/isthmus/users/%u",
		    (unsigned)uid);
		if (access(path, F_OK) == 0)
			atf_tc_fail_nonfatal("%s: %s is left", when, path);
	}
}

void
lab_host_remember(void)
{
	mounts = count_mounts();
}

void
lab_host_check(const char *when, uid_t first, uid_t last)
{
	ATF_CHECK_EQ_MSG(mounts, count_mounts(), "%s: %d mounts, were %d", when,
	    count_mounts(), mounts);
	check_jails(when);
	check_processes(when, first, last);
	check_users(when, first, last);
}

const char *
lab_host_inputs(void)
{
	return ("\"/bin\", \"/lib\", \"/libexec\", \"/usr\"");
}
