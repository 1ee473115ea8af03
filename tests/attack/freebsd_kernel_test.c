/* Calls that change, watch or extend the kernel; devices; the network. */
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)
#define BOTH (DROP | ROOT)

static const struct trial calls[] = {
	{ "kldload", BOTH, 0, NULL },
	{ "kldunload", BOTH, 0, NULL },
	{ "kenv-set", BOTH, 0, NULL },
	{ "sysctl-corefile", BOTH, 0, NULL },
	{ "sysctl-hostname", BOTH, 0, NULL },
	{ "sysctl-uuid", BOTH, 0, NULL },
	{ "sysctl-vnodes", BOTH, 0, NULL },
	{ "sysctl-uids", BOTH, 0, NULL },
	{ "sysctl-usermount", BOTH, 0, NULL },
	{ "sysctl-ipforward", BOTH, 0, NULL },
	{ "settimeofday", BOTH, 0, NULL },
	{ "clock-settime", BOTH, 0, NULL },
	{ "adjtime", BOTH, 0, NULL },
	{ "ntp-adjtime", BOTH, 0, NULL },
	{ "reboot", BOTH, TRIAL_OPTIONAL, NULL },
	{ "swapon", BOTH, 0, NULL },
	{ "acct", BOTH, 0, NULL },
	{ "quotactl", BOTH, 0, NULL },
	{ "auditon", BOTH, TRIAL_OPTIONAL, NULL },
	{ "real-time", BOTH, 0, NULL },
	{ "sched-fifo", BOTH, 0, NULL },
	{ "handle", BOTH, 0, NULL },
	{ "handle-guessed", BOTH, 0, NULL },
	{ "mknod-char", BOTH, 0, NULL },
	{ "mknod-block", BOTH, 0, NULL },
	{ "flag-schg", BOTH, 0, NULL },
	{ "flag-sappnd", BOTH, 0, NULL },
	{ "flag-sunlnk", BOTH, 0, NULL },
	{ "protect-self", BOTH, 0, NULL },
	{ "limit-rules", BOTH, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(what_root_may_a_build_may_not);
ATF_TC_BODY(what_root_may_a_build_may_not, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, calls, COUNT(calls));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(the_jail_holds_even_for_root);
ATF_TC_BODY(the_jail_holds_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, calls, COUNT(calls));
	site_destroy(&s);
}

/* The jail lets its root do these; a builder is none. */
static const struct trial dropped[] = {
	{ "cpuset", BOTH, 0, NULL },
	{ "sysctl-securelevel", DROP, 0, NULL },
	{ "setlogin", DROP, 0, NULL },
	{ "setloginclass", DROP, 0, NULL },
	{ "give-away", DROP, 0, NULL },
	{ "attribute-system", BOTH, TRIAL_OPTIONAL, NULL },
	{ "message-buffer", BOTH, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(what_the_root_of_a_jail_may_a_build_may_not);
ATF_TC_BODY(what_the_root_of_a_jail_may_a_build_may_not, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, dropped, COUNT(dropped));
	site_destroy(&s);
}

static const struct trial devices[] = {
	{ "dev-nodes", ROOT, 0, NULL },
	{ "dev-mem", BOTH, 0, NULL },
	{ "dev-kmem", BOTH, 0, NULL },
	{ "dev-io", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-pci", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-bpf", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-mdctl", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-geom", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-disk", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-klog", BOTH, 0, NULL },
	{ "dev-devctl", BOTH, 0, NULL },
	{ "dev-devctl2", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-cpu", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-tty", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-fuse", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-pf", BOTH, TRIAL_OPTIONAL, NULL },
	{ "dev-ptmx", BOTH, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(only_declared_devices_are_there);
ATF_TC_BODY(only_declared_devices_are_there, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, devices, COUNT(devices));
	s.always_out = DROP;
	trials_run(&s, devices, COUNT(devices));
	site_destroy(&s);
}

static const struct trial networks[] = {
	{ "socket-raw", BOTH, 0, NULL },
	{ "socket-raw6", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-divert", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-sctp", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-key", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-netgraph", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-bluetooth", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-hyperv", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-tcp", ROOT, 0, NULL },
	{ "socket-udp6", ROOT, TRIAL_OPTIONAL, NULL },
	{ "if-create", BOTH, 0, NULL },
	{ "if-flags", BOTH, 0, NULL },
	{ "if-addresses", ROOT, 0, NULL },
	{ "route-add", BOTH, 0, NULL },
	{ "see-tcp", ROOT, 0, NULL },
	{ "see-unix", ROOT, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(there_is_no_network);
ATF_TC_BODY(there_is_no_network, tc)
{
	struct sockaddr_in in = { .sin_len = sizeof(in),
		.sin_family = AF_INET };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "s" };
	struct site s;
	int fds[2];

	site_create(&s);
	/* Connections to be seen. */
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[0], (struct sockaddr *)&in, sizeof(in)) == 0);
	fds[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[1], (struct sockaddr *)&un, sizeof(un)) == 0);
	ATF_REQUIRE(listen(fds[0], 1) == 0 && listen(fds[1], 1) == 0);
	trials_run(&s, networks, COUNT(networks));
	s.always_out = DROP;
	trials_run(&s, networks, COUNT(networks));
	(void)close(fds[0]);
	(void)close(fds[1]);
	site_destroy(&s);
}

static const struct trial interfaces[] = {
	{ "if-hardware", ROOT, 0, NULL },
	{ "if-names", ROOT, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(interfaces_of_the_host_are_not_seen);
ATF_TC_BODY(interfaces_of_the_host_are_not_seen, tc)
{
	struct site s;

	site_create(&s);
	atf_tc_expect_fail("a jail without a network stack of its own sees "
			   "names and hardware addresses of the host's");
	trials_run(&s, interfaces, COUNT(interfaces));
	site_destroy(&s);
}

static const struct trial limits[] = {
	{ "unlimited-sbsize", ROOT, 0, NULL },
	{ "unlimited-npts", ROOT, 0, NULL },
	{ "unlimited-kqueues", ROOT, 0, NULL },
	{ "unlimited-umtxp", ROOT, 0, NULL },
	{ "unlimited-pipebuf", ROOT, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(kernel_memory_has_a_limit);
ATF_TC_BODY(kernel_memory_has_a_limit, tc)
{
	struct site s;

	site_create(&s);
	atf_tc_expect_fail("socket buffers, pipes, kernel queues, shared locks "
			   "and terminals of a build have no limit");
	trials_run(&s, limits, COUNT(limits));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_root_may_a_build_may_not);
	ATF_TP_ADD_TC(tp, the_jail_holds_even_for_root);
	ATF_TP_ADD_TC(tp, what_the_root_of_a_jail_may_a_build_may_not);
	ATF_TP_ADD_TC(tp, only_declared_devices_are_there);
	ATF_TP_ADD_TC(tp, there_is_no_network);
	ATF_TP_ADD_TC(tp, interfaces_of_the_host_are_not_seen);
	ATF_TP_ADD_TC(tp, kernel_memory_has_a_limit);
	return (atf_no_error());
}
