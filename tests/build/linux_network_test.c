/*
 * The network of fixed-output builds: the build reaches the world and nothing
 * of the host; on the host's network it reaches all.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/linux_network_rig.h"

static void
reaches_the_world_only(const char *means)
{
	struct network *net;
	struct build b;

	need(means);
	make_world();
	b = build_start(BUILD_FLAGS);
	ATF_CHECK(build_reach(&b, WORLD) != 0);
	net = start(means, &b);
	ATF_CHECK_EQ(0, build_reach(&b, WORLD));
	if (strcmp(means, "pasta") == 0)
		ATF_CHECK_EQ(0, build_reach(&b, WORLD6));
	ATF_CHECK(build_reach(&b, "127.0.0.1") != 0);
	ATF_CHECK(build_reach(&b, "::1") != 0);
	ATF_CHECK(build_reach(&b, "0.0.0.0") != 0);
	ATF_CHECK(build_reach(&b, "::ffff:127.0.0.1") != 0);
	ATF_CHECK(build_reach(&b, "@" ABSTRACT) != 0);
	/* What helpers take for the host unless told otherwise. */
	ATF_CHECK(build_reach(&b, "10.0.2.2") != 0);
	ATF_CHECK(build_reach(&b, "10.0.2.3") != 0);
	ATF_CHECK(build_reach(&b, "169.254.1.1") != 0);
	ATF_CHECK(build_reach(&b, HOST) != 0);
	ATF_CHECK(build_reach(&b, HOST6) != 0);
	network_stop(net);
	ATF_CHECK(build_reach(&b, WORLD) != 0);
	build_end(&b);
}

ATF_TC(pasta_reaches_the_world_only);
ATF_TC_HEAD(pasta_reaches_the_world_only, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(pasta_reaches_the_world_only, tc)
{
	reaches_the_world_only("pasta");
}

ATF_TC(slirp4netns_reaches_the_world_only);
ATF_TC_HEAD(slirp4netns_reaches_the_world_only, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(slirp4netns_reaches_the_world_only, tc)
{
	reaches_the_world_only("slirp4netns");
}

/* The two above can fail: this is what they say of the host's network. */
ATF_TC_WITHOUT_HEAD(twin_on_the_hosts_network_reaches_all);
ATF_TC_BODY(twin_on_the_hosts_network_reaches_all, tc)
{
	struct build b;

	make_world();
	b = build_start(CLONE_NEWPID | CLONE_NEWNS);
	ATF_CHECK_EQ(0, build_reach(&b, WORLD));
	ATF_CHECK_EQ(0, build_reach(&b, WORLD6));
	ATF_CHECK_EQ(0, build_reach(&b, "127.0.0.1"));
	ATF_CHECK_EQ(0, build_reach(&b, "::1"));
	ATF_CHECK_EQ(0, build_reach(&b, "0.0.0.0"));
	ATF_CHECK_EQ(0, build_reach(&b, "::ffff:127.0.0.1"));
	ATF_CHECK_EQ(0, build_reach(&b, "@" ABSTRACT));
	build_end(&b);
}

/* And of a helper with its defaults: the gateway is the host's loopback. */
ATF_TC_WITHOUT_HEAD(twin_slirp4netns_unguarded_reaches_loopback);
ATF_TC_BODY(twin_slirp4netns_unguarded_reaches_loopback, tc)
{
	struct build b;
	char pid[16];
	pid_t helper;
	int i;

	need("slirp4netns");
	make_world();
	b = build_start(BUILD_FLAGS);
	snprintf(pid, sizeof(pid), "%d", (int)b.pid);
	helper = fork();
	if (helper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/bin/slirp4netns", "slirp4netns", "--configure", pid,
		    "tap0", (char *)NULL);
		_exit(1);
	}
	for (i = 0; i < 20 && build_reach(&b, "10.0.2.2") != 0; i++)
		usleep(100000);
	ATF_CHECK_EQ(0, build_reach(&b, "10.0.2.2"));
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
	build_end(&b);
}

/* ------------------------------------------------------------------ */
/* Name servers                                                        */
/* ------------------------------------------------------------------ */

static const char *const files[] = { "one", "two", NULL };

static void
check_resolv(const char *one, const char *two, const char *means,
    bool want_forward, const char *want)
{
	bool forward = !want_forward;
	char *got;

	atf_utils_create_file("one", "%s", one);
	unlink("two");
	if (two != NULL)
		atf_utils_create_file("two", "%s", two);
	got = network_resolv_from(files, means, &forward);
	ATF_REQUIRE(got != NULL);
	ATF_CHECK_STREQ(want, got);
	ATF_CHECK_EQ(want_forward, forward);
	free(got);
}

ATF_TC_WITHOUT_HEAD(name_servers_are_copied_without_loopback);
ATF_TC_BODY(name_servers_are_copied_without_loopback, tc)
{
	check_resolv("# c\nsearch example.org\nnameserver 127.0.0.1\n"
		     "nameserver 192.0.2.53\nnameserver ::1\n"
		     "nameserver 2001:db8::53\noptions edns0\n",
	    NULL, "pasta", false,
	    "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"
	    "search example.org\noptions edns0\n");
}

ATF_TC_WITHOUT_HEAD(servers_behind_systemd_resolved_are_used);
ATF_TC_BODY(servers_behind_systemd_resolved_are_used, tc)
{
	check_resolv("nameserver 127.0.0.53\nsearch a\n",
	    "nameserver 192.0.2.1\nsearch b\n", "pasta", false,
	    "nameserver 192.0.2.1\nsearch b\n");
}

ATF_TC_WITHOUT_HEAD(a_loopback_resolver_alone_is_forwarded_to);
ATF_TC_BODY(a_loopback_resolver_alone_is_forwarded_to, tc)
{
	check_resolv("nameserver 127.0.0.1\n", NULL, "pasta", true,
	    "nameserver 169.254.1.1\n");
	check_resolv("nameserver fe80::1%eth0\nnameserver ::ffff:127.0.0.1\n",
	    NULL, "slirp4netns", true, "nameserver 10.0.2.3\n");
	check_resolv("nameserver 0.0.0.0\nnameserver nonsense\nnameserver\n",
	    "nameserver 127.9.9.9\n", "slirp4netns", true,
	    "nameserver 10.0.2.3\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pasta_reaches_the_world_only);
	ATF_TP_ADD_TC(tp, slirp4netns_reaches_the_world_only);
	ATF_TP_ADD_TC(tp, twin_on_the_hosts_network_reaches_all);
	ATF_TP_ADD_TC(tp, twin_slirp4netns_unguarded_reaches_loopback);
	ATF_TP_ADD_TC(tp, name_servers_are_copied_without_loopback);
	ATF_TP_ADD_TC(tp, servers_behind_systemd_resolved_are_used);
	ATF_TP_ADD_TC(tp, a_loopback_resolver_alone_is_forwarded_to);
	return (atf_no_error());
}
