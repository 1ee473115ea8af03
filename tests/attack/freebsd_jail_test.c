/* Out of the jail: other jails, mounts, the jail's own rights. */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)
#define BOTH (DROP | ROOT)

static int victim = -1, usermount = -1;

static void
restore(void)
{
	if (victim >= 0)
		(void)jail_remove(victim);
	if (usermount >= 0)
		(void)sysctlbyname(
		    "vfs.usermount", NULL, NULL, &usermount, sizeof(usermount));
}

static struct iovec
word(const char *s)
{
	return ((struct iovec){ (void *)(uintptr_t)s, strlen(s) + 1 });
}

/* A jail that can be lost. */
static void
begin(struct site *s)
{
	char name[64], number[16];
	struct iovec v[6];

	site_create(s);
	ATF_REQUIRE(atexit(restore) == 0);
	(void)snprintf(name, sizeof(name), "attacked-%d", getpid());
	v[0] = word("name");
	v[1] = word(name);
	v[2] = word("path");
	v[3] = word("/");
	v[4] = word("persist");
	v[5] = (struct iovec){ NULL, 0 };
	victim = jail_set(v, 6, JAIL_CREATE);
	ATF_REQUIRE(victim >= 0);
	(void)snprintf(number, sizeof(number), "%d", victim);
	json_object_set_new(s->env, "JAIL_ID", json_string(number));
}

static const struct trial jails[] = {
	{ "jail-get", ROOT, 0, NULL },
	{ "jail-list", ROOT, 0, NULL },
	{ "jail-descriptor", ROOT, TRIAL_OPTIONAL, NULL },
	{ "jail-set", BOTH, 0, NULL },
	{ "jail-raw", BOTH, 0, NULL },
	{ "jail-nullfs", BOTH, 0, NULL },
	{ "jail-chflags", BOTH, 0, NULL },
	{ "jail-attach", BOTH, 0, NULL },
	{ "jail-attach-any", BOTH, 0, NULL },
	{ "jail-remove", BOTH, TRIAL_ALONE, NULL },
};

ATF_TC_WITHOUT_HEAD(other_jails_are_out_of_reach);
ATF_TC_BODY(other_jails_are_out_of_reach, tc)
{
	struct site s;

	begin(&s);
	trials_run(&s, jails, COUNT(jails));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(other_jails_are_out_of_reach_of_root);
ATF_TC_BODY(other_jails_are_out_of_reach_of_root, tc)
{
	struct site s;

	begin(&s);
	s.always_out = DROP;
	trials_run(&s, jails, COUNT(jails));
	site_destroy(&s);
}

static const struct trial mounts[] = {
	{ "mount-nullfs", BOTH, 0, NULL },
	{ "mount-tmpfs", BOTH, 0, NULL },
	{ "mount-devfs", BOTH, 0, NULL },
	{ "mount-procfs", BOTH, 0, NULL },
	{ "mount-fdescfs", BOTH, TRIAL_OPTIONAL, NULL },
	{ "mount-unionfs", BOTH, TRIAL_OPTIONAL, NULL },
	{ "mount-mqueuefs", BOTH, TRIAL_OPTIONAL, NULL },
	{ "see-mounts", ROOT, 0, NULL },
	{ "unmount-tmp", BOTH, TRIAL_ALONE, NULL },
	{ "unmount-root", BOTH, TRIAL_ALONE, NULL },
	{ "unmount-dev", BOTH, TRIAL_ALONE, NULL },
	{ "climb", BOTH, 0, NULL },
	{ "beneath", ROOT, 0, NULL },
	{ "moved", ROOT, 0, NULL },
};

/* CVE-2025-15547: a jail that may mount nullfs leaves its root. */
ATF_TC_WITHOUT_HEAD(mounts_stay);
ATF_TC_BODY(mounts_stay, tc)
{
	struct site s;

	begin(&s);
	trials_run(&s, mounts, COUNT(mounts));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(mounts_stay_even_for_root);
ATF_TC_BODY(mounts_stay_even_for_root, tc)
{
	struct site s;

	begin(&s);
	s.always_out = DROP;
	trials_run(&s, mounts, COUNT(mounts));
	site_destroy(&s);
}

/* As where the administrator lets users mount. */
static const struct trial user_mounts[] = {
	{ "mount-tmpfs", ROOT, 0, NULL },
	{ "mount-nullfs", ROOT, 0, NULL },
	{ "mount-devfs", BOTH, 0, NULL },
	{ "mount-procfs", BOTH, 0, NULL },
	{ "mount-mqueuefs", BOTH, TRIAL_OPTIONAL, NULL },
	{ "unmount-tmp", BOTH, TRIAL_ALONE, NULL },
};

ATF_TC_WITHOUT_HEAD(mounts_stay_where_users_may_mount);
ATF_TC_BODY(mounts_stay_where_users_may_mount, tc)
{
	size_t len = sizeof(usermount);
	struct site s;
	int on = 1;

	begin(&s);
	ATF_REQUIRE(sysctlbyname("vfs.usermount", &usermount, &len, &on,
			sizeof(on)) == 0);
	trials_run(&s, user_mounts, COUNT(user_mounts));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, other_jails_are_out_of_reach);
	ATF_TP_ADD_TC(tp, other_jails_are_out_of_reach_of_root);
	ATF_TP_ADD_TC(tp, mounts_stay);
	ATF_TP_ADD_TC(tp, mounts_stay_even_for_root);
	ATF_TP_ADD_TC(tp, mounts_stay_where_users_may_mount);
	return (atf_no_error());
}
