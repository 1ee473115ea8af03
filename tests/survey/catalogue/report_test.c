/* A measurement contradicts a row only where it can. */
#include <atf-c.h>
#include <string.h>

#include "tests/survey/catalogue/planted.h"

static void
on_freebsd(struct planted *p, const char *release)
{
	planted_init(p);
	(void)snprintf(p->report.host.system, sizeof(p->report.host.system),
	    "%s", "FreeBSD");
	(void)snprintf(p->report.host.release, sizeof(p->report.host.release),
	    "%s", release);
}

ATF_TC_WITHOUT_HEAD(linux_has_what_the_row_denies);
ATF_TC_BODY(linux_has_what_the_row_denies, tc)
{
	struct planted p;

	planted_init(&p);
	planted_answer(&p, "kqueue", ISTH_STATE_OK);
	planted_expect(&p, "kqueue: the row gives no Linux name, but it works",
	    "on Linux 6.1.0-test (probe area.probe)");
}

ATF_TC_WITHOUT_HEAD(linux_lacks_what_the_row_names);
ATF_TC_BODY(linux_lacks_what_the_row_names, tc)
{
	struct planted p;

	planted_init(&p);
	p.rows[0].kind = ISTH_KIND_LIBC;
	planted_answer(&p, "clone", ISTH_STATE_ABSENT);
	planted_expect(&p, "clone: the row gives a Linux name, but", "probe)");
	p.rows[0].why = "In glibc from 2.39";
	planted_expect_clean(&p);
	p.rows[0].why = "From Linux 6.2";
	planted_expect_clean(&p);
	p.rows[0].why = "From Linux 6.1";
	planted_expect(&p, "clone: ", "probe)");
}

ATF_TC_WITHOUT_HEAD(a_linux_kernel_may_be_built_without);
ATF_TC_BODY(a_linux_kernel_may_be_built_without, tc)
{
	struct planted p;

	planted_init(&p);
	planted_answer(&p, "clone", ISTH_STATE_ABSENT);
	planted_answer(&p, "cmd:unshare", ISTH_STATE_ABSENT);
	planted_answer(&p, "/dev/kvm", ISTH_STATE_ABSENT);
	planted_expect_clean(&p);
}

ATF_TC_WITHOUT_HEAD(freebsd_lacks_what_is_native);
ATF_TC_BODY(freebsd_lacks_what_is_native, tc)
{
	struct planted p;

	on_freebsd(&p, "15.1-RELEASE-p1");
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect(&p, "kqueue: class native, but it is absent",
	    "on FreeBSD 15.1-RELEASE-p1 (probe area.probe)");
}

ATF_TC_WITHOUT_HEAD(an_older_release_may_lack_what_came_later);
ATF_TC_BODY(an_older_release_may_lack_what_came_later, tc)
{
	struct planted p;

	on_freebsd(&p, "13.4-RELEASE");
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect_clean(&p);
	on_freebsd(&p, "14.0-RELEASE");
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect(&p, "kqueue: class native", "probe)");
	/* A release of Linux says nothing about FreeBSD. */
	on_freebsd(&p, "14.0-RELEASE");
	p.rows[1].why = "As Linux 16.0 has it";
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect(&p, "kqueue: class native", "probe)");
	/* Nor does a number below the oldest release that rows know. */
	on_freebsd(&p, "9.3-RELEASE");
	p.rows[1].why = "Since 12.2";
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect(&p, "kqueue: class native", "probe)");
}

ATF_TC_WITHOUT_HEAD(freebsd_has_what_is_absent);
ATF_TC_BODY(freebsd_has_what_is_absent, tc)
{
	struct planted p;

	on_freebsd(&p, "15.1-RELEASE");
	planted_answer(&p, "cmd:unshare", ISTH_STATE_OK);
	planted_expect(&p, "cmd:unshare: class absent, but it works", "probe)");
}

ATF_TC_WITHOUT_HEAD(only_agreement_contradicts);
ATF_TC_BODY(only_agreement_contradicts, tc)
{
	static const enum isth_state others[] = { ISTH_STATE_DENIED,
		ISTH_STATE_UNSUPPORTED, ISTH_STATE_UNRELIABLE,
		ISTH_STATE_FAILED, ISTH_STATE_CRASHED, ISTH_STATE_HUNG,
		ISTH_STATE_SKIPPED, ISTH_STATE_OK };
	struct planted p;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		on_freebsd(&p, "15.1-RELEASE");
		planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
		planted_answer(&p, "kqueue", others[i]);
		planted_expect_clean(&p);
		/* Alone, none of them contradicts anything. */
		on_freebsd(&p, "15.1-RELEASE");
		planted_answer(&p, "kqueue", others[i]);
		planted_expect_clean(&p);
	}
	on_freebsd(&p, "15.1-RELEASE");
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect(&p, "kqueue: ", "probe)");
}

ATF_TC_WITHOUT_HEAD(agreement_with_the_row_is_no_finding);
ATF_TC_BODY(agreement_with_the_row_is_no_finding, tc)
{
	struct planted p;

	planted_init(&p);
	planted_answer(&p, "clone", ISTH_STATE_OK);
	planted_answer(&p, "kqueue", ISTH_STATE_ABSENT);
	planted_expect_clean(&p);
	on_freebsd(&p, "15.1-RELEASE");
	planted_answer(&p, "clone", ISTH_STATE_ABSENT);
	planted_answer(&p, "kqueue", ISTH_STATE_OK);
	planted_expect_clean(&p);
}

ATF_TC_WITHOUT_HEAD(another_system_contradicts_nothing);
ATF_TC_BODY(another_system_contradicts_nothing, tc)
{
	struct planted p;

	planted_init(&p);
	(void)snprintf(
	    p.report.host.system, sizeof(p.report.host.system), "NetBSD");
	planted_answer(&p, "kqueue", ISTH_STATE_OK);
	planted_answer(&p, "clone", ISTH_STATE_ABSENT);
	planted_expect_clean(&p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, linux_has_what_the_row_denies);
	ATF_TP_ADD_TC(tp, linux_lacks_what_the_row_names);
	ATF_TP_ADD_TC(tp, a_linux_kernel_may_be_built_without);
	ATF_TP_ADD_TC(tp, freebsd_lacks_what_is_native);
	ATF_TP_ADD_TC(tp, an_older_release_may_lack_what_came_later);
	ATF_TP_ADD_TC(tp, freebsd_has_what_is_absent);
	ATF_TP_ADD_TC(tp, only_agreement_contradicts);
	ATF_TP_ADD_TC(tp, agreement_with_the_row_is_no_finding);
	ATF_TP_ADD_TC(tp, another_system_contradicts_nothing);
	return (atf_no_error());
}
