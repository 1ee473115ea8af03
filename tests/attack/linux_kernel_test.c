/* Calls that change, watch or extend the kernel. */
#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define FILTER OUT(STEP_FILTER)
#define BOTH (DROP | FILTER)

/* The filter is all that stands between an ordinary user and these. */
static const struct trial anybody[] = {
	{ "key-add", FILTER, TRIAL_OPTIONAL, NULL },
	{ "key-control", FILTER, TRIAL_OPTIONAL, NULL },
	{ "key-request", FILTER, TRIAL_OPTIONAL, NULL },
	{ "userfaultfd", FILTER, TRIAL_OPTIONAL, NULL },
	{ "io-uring", FILTER, TRIAL_OPTIONAL, NULL },
	{ "unshare-user", FILTER, 0, NULL },
	{ "clone-user", FILTER, 0, NULL },
	{ "clone-user-high", FILTER, 0, NULL },
	{ "clone3-user", FILTER, 0, NULL },
	{ "tiocsti", FILTER, 0, NULL },
	{ "tiocsti-high", FILTER, 0, NULL },
	{ "tioclinux", FILTER, 0, NULL },
	{ "socket-vsock", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-vsock-high", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-alg", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-tipc", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-tipc-pair", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-smc", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-rds", FILTER, TRIAL_OPTIONAL, NULL },
	{ "socket-can", FILTER, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(what_anybody_may_a_build_may_not);
ATF_TC_BODY(what_anybody_may_a_build_may_not, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, anybody, COUNT(anybody));
	site_destroy(&s);
}

static const struct trial roots[] = {
	{ "bpf", BOTH, 0, NULL },
	{ "perf", BOTH, 0, NULL },
	{ "kexec", BOTH, TRIAL_OPTIONAL, NULL },
	{ "kexec-file", BOTH, TRIAL_OPTIONAL, NULL },
	{ "reboot", BOTH, 0, NULL },
	{ "init-module", BOTH, TRIAL_OPTIONAL, NULL },
	{ "finit-module", BOTH, TRIAL_OPTIONAL, NULL },
	{ "delete-module", BOTH, TRIAL_OPTIONAL, NULL },
	{ "swapon", BOTH, TRIAL_OPTIONAL, NULL },
	{ "swapoff", BOTH, TRIAL_OPTIONAL, NULL },
	{ "acct", BOTH, TRIAL_OPTIONAL, NULL },
	{ "log-level", BOTH, 0, NULL },
	{ "log-read", BOTH, 0, NULL },
	{ "iopl", BOTH, TRIAL_OPTIONAL, NULL },
	{ "ioperm", BOTH, TRIAL_OPTIONAL, NULL },
	{ "adjtimex", BOTH, 0, NULL },
	{ "clock-adjtime", BOTH, 0, NULL },
	{ "real-time", BOTH, 0, NULL },
	{ "fanotify", BOTH, TRIAL_OPTIONAL, NULL },
	{ "open-by-handle", BOTH, 0, NULL },
	{ "mknod-char", BOTH, 0, NULL },
	{ "mknod-block", BOTH, 0, NULL },
	{ "sethostname", BOTH, 0, NULL },
	{ "setdomainname", BOTH, 0, NULL },
	{ "socket-packet", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-xdp", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-key", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-bluetooth", BOTH, TRIAL_OPTIONAL, NULL },
	{ "socket-raw", DROP, 0, NULL },
	{ "socket-raw6", DROP, TRIAL_OPTIONAL, NULL },
	{ "net-address", DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(what_root_may_a_build_may_not);
ATF_TC_BODY(what_root_may_a_build_may_not, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, roots, COUNT(roots));
	site_destroy(&s);
}

/* Capabilities alone do not open these: the filter holds without the drop. */
static const struct trial filtered[] = {
	{ "bpf", BOTH, 0, NULL },
	{ "perf", BOTH, 0, NULL },
	{ "reboot", BOTH, 0, NULL },
	{ "log-level", BOTH, 0, NULL },
	{ "adjtimex", BOTH, 0, NULL },
	{ "clock-adjtime", BOTH, 0, NULL },
	{ "open-by-handle", BOTH, 0, NULL },
	{ "sethostname", BOTH, 0, NULL },
	{ "mount", BOTH, 0, NULL },
	{ "umount", BOTH, 0, NULL },
	{ "fsopen", BOTH, 0, NULL },
	{ "open-tree", BOTH, 0, NULL },
	{ "pivot-root", BOTH, 0, NULL },
	{ "chroot", BOTH, 0, NULL },
	{ "unshare-mount", BOTH, 0, NULL },
	{ "clone-mount", BOTH, 0, NULL },
	{ "setns-mount", BOTH, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(the_filter_holds_even_for_root);
ATF_TC_BODY(the_filter_holds_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, filtered, COUNT(filtered));
	site_destroy(&s);
}

static const struct trial mounts[] = {
	{ "mount", BOTH, 0, NULL },
	{ "umount", BOTH, 0, NULL },
	{ "fsopen", BOTH, 0, NULL },
	{ "fspick", BOTH, 0, NULL },
	{ "open-tree", BOTH, 0, NULL },
	{ "pivot-root", BOTH, 0, NULL },
	{ "chroot", BOTH, 0, NULL },
	{ "unshare-mount", BOTH, 0, NULL },
	{ "unshare-net", BOTH, 0, NULL },
	{ "unshare-pid", BOTH, 0, NULL },
	{ "clone-mount", BOTH, 0, NULL },
	{ "clone3-mount", BOTH, 0, NULL },
	{ "setns-mount", BOTH, 0, NULL },
	{ "setns-net", BOTH, 0, NULL },
	{ "remount-input", BOTH, TRIAL_ALONE, NULL },
	{ "unmask-dev", BOTH, TRIAL_ALONE, NULL },
	{ "unmask-proc", BOTH, TRIAL_ALONE, NULL },
};

ATF_TC_WITHOUT_HEAD(mounts_and_name_spaces_stay);
ATF_TC_BODY(mounts_and_name_spaces_stay, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, mounts, COUNT(mounts));
	site_destroy(&s);
}

/* The protections are independent: capabilities are gone without a filter. */
ATF_TC_WITHOUT_HEAD(no_capability_without_the_filter);
ATF_TC_BODY(no_capability_without_the_filter, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = FILTER;
	trials_run(&s, filtered, COUNT(filtered));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_anybody_may_a_build_may_not);
	ATF_TP_ADD_TC(tp, what_root_may_a_build_may_not);
	ATF_TP_ADD_TC(tp, the_filter_holds_even_for_root);
	ATF_TP_ADD_TC(tp, no_capability_without_the_filter);
	ATF_TP_ADD_TC(tp, mounts_and_name_spaces_stay);
	return (atf_no_error());
}
