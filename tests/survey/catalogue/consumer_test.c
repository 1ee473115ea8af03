/* The consumers: who they are, and that their needs are rows. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "survey/catalogue/catalogue.h"
#include "survey/survey.h"

static const struct {
	const char *name;
	size_t least; /* needs */
} expected[] = {
	{ "bubblewrap", 60 },
	{ "guix-daemon", 60 },
	{ "launchd", 50 },
	{ "nix-daemon", 60 },
	{ "shepherd", 40 },
};

#define NEXPECTED (sizeof(expected) / sizeof(expected[0]))

static bool
needs(const char *consumer, const char *id)
{
	const struct isth_consumer *c;
	size_t i;

	c = isth_consumer_find(consumer);
	ATF_REQUIRE(c != NULL);
	for (i = 0; i < c->nneeds; i++) {
		if (strcmp(c->needs[i].id, id) == 0)
			return (true);
	}
	return (false);
}

ATF_TC_WITHOUT_HEAD(five_consumers_with_enough_needs);
ATF_TC_BODY(five_consumers_with_enough_needs, tc)
{
	const struct isth_consumer *all, *c;
	size_t i, n;

	all = isth_consumers(&n);
	ATF_CHECK_EQ(NEXPECTED, n);
	for (i = 0; i < NEXPECTED; i++) {
		c = isth_consumer_find(expected[i].name);
		ATF_REQUIRE_MSG(c != NULL, "no %s", expected[i].name);
		ATF_CHECK_MSG(
		    c >= all && c < all + n, "%s is not listed", c->name);
		ATF_CHECK_MSG(c->nneeds >= expected[i].least,
		    "%s has %zu needs", c->name, c->nneeds);
	}
	ATF_CHECK(isth_consumer_find("no-such-program") == NULL);
	ATF_CHECK(isth_consumer_find("") == NULL);
}

ATF_TC_WITHOUT_HEAD(every_need_is_a_row);
ATF_TC_BODY(every_need_is_a_row, tc)
{
	const struct isth_consumer *all;
	size_t i, j, n;

	all = isth_consumers(&n);
	for (i = 0; i < n; i++) {
		for (j = 0; j < all[i].nneeds; j++)
			ATF_CHECK_MSG(
			    isth_catalogue_find(all[i].needs[j].id) != NULL,
			    "%s needs %s", all[i].name, all[i].needs[j].id);
	}
}

ATF_TC_WITHOUT_HEAD(the_daemons_need_what_makes_the_port_hard);
ATF_TC_BODY(the_daemons_need_what_makes_the_port_hard, tc)
{
	static const char *const both[] = { "clone", "pivot_root", "chroot",
		"CLONE_NEWPID", "CLONE_NEWNET", "CLONE_NEWNS", "personality",
		"setgroups", "setgid", "setuid", "sethostname", "setdomainname",
		"SIOCSIFFLAGS", "umount2", "MS_BIND", "MS_PRIVATE", "lchown",
		"lutimes", "statvfs", "posix_fallocate",
		"semantic:build-user-kill", "/dev/null", "/dev/kvm" };
	size_t i;

	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		ATF_CHECK_MSG(
		    needs("guix-daemon", both[i]), "guix-daemon %s", both[i]);
		ATF_CHECK_MSG(
		    needs("nix-daemon", both[i]), "nix-daemon %s", both[i]);
	}
	ATF_CHECK(needs("nix-daemon", "seccomp_load"));
	ATF_CHECK(needs("shepherd", "signalfd"));
	ATF_CHECK(needs("launchd", "mach_msg"));
	ATF_CHECK(needs("launchd", "EVFILT_MACHPORT"));
	ATF_CHECK(needs("bubblewrap", "CLONE_NEWUSER"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, five_consumers_with_enough_needs);
	ATF_TP_ADD_TC(tp, every_need_is_a_row);
	ATF_TP_ADD_TC(tp, the_daemons_need_what_makes_the_port_hard);
	return (atf_no_error());
}
