/*
 * Network and limits of the FreeBSD host: what needs interfaces, modules or
 * a loader tunable of the machine.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/freebsd_rig.h"

#define TEST(name, text)                                 \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "descr", text);    \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

static bool
says(const struct rig *r, const char *text)
{
	return (strstr(r->output, text) != NULL);
}

TEST(no_network, "no addresses at all without a network")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "nc -z -w 1 127.0.0.1 22 2>/dev/null && echo REACHED; ifconfig lo0 |"
	    " grep inet; exit 0",
	    "");
	ATF_CHECK(!says(&r, "REACHED"));
	ATF_CHECK(!says(&r, "inet "));
}

TEST(loopback_step, "a plan with the step has a loopback of its own")
{
	char *before = rig_world();
	struct step *s;
	struct rig r = { 0 };
	size_t at;

	rig_create(&r,
	    "nc -l 127.0.0.1 4000 > /build/got & sleep 1; "
	    "echo hello | nc -N 127.0.0.1 4000; wait; cat /build/got",
	    "");
	at = plan_find(r.plan, STEP_ENTER_ROOT);
	s = reallocarray(r.plan->steps, r.plan->n + 1, sizeof(*s));
	ATF_REQUIRE(s != NULL);
	memmove(&s[at + 1], &s[at], (r.plan->n - at) * sizeof(*s));
	s[at] = (struct step){ .kind = STEP_LOOPBACK, .side = SIDE_INSIDE };
	r.plan->steps = s;
	r.plan->n++;
	rig_start(&r);
	rig_wait(&r, 30);
	rig_stop(&r);
	rig_undo(&r);
	ATF_CHECK_STREQ("hello\n", r.output);
	rig_destroy(&r);
	rig_same_world(before);
}

/* With the spec of a fixed-output build; `bridge` may be NULL. */
static void
create_networked(struct rig *r, const char *script, const char *bridge)
{
	static const char more[] =
	    "],\"network\":\"fixed-output\",\"hash\":{\"algorithm\":"
	    "\"sha256\",\"mode\":\"flat\",\"value\":\"00000000000000000000"
	    "00000000000000000000000000000000000000000000\"}";

	r->options.network_bridge = bridge;
	rig_create(r, script, more);
}

static void
finish(struct rig *r)
{
	rig_wait(r, 60);
	rig_stop(r);
	rig_undo(r);
	(void)fprintf(stderr, "%s %s %s\n%s", r->failure.error.step,
	    r->failure.error.path, r->failure.error.why, r->output);
	rig_destroy(r);
}

TEST(network_addresses, "host's addresses, but not its loopback services")
{
	struct rig r = { 0 };
	char *before;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE(system("ifconfig lo7 create 10.99.0.1/32 && "
			   "(nc -lk 127.0.0.1 4101 >/dev/null & "
			   "nc -lk 10.99.0.1 4102 >/dev/null & sleep 1)") == 0);
	before = rig_world();
	create_networked(&r,
	    "nc -z -w 2 127.0.0.1 4101 2>/dev/null && echo LOOPBACK; "
	    "nc -z -w 2 10.99.0.1 4102 2>/dev/null && echo address; "
	    "ping -c 1 10.99.0.1 2>/dev/null && echo RAW; exit 0",
	    NULL);
	rig_start(&r);
	finish(&r);
	ATF_CHECK_STREQ("address\n", r.output);
	rig_same_world(before);
	ATF_CHECK(system("pkill -x nc; ifconfig lo7 destroy") == 0);
}

TEST(network_bridge, "an epair to the bridge, with a route, and no more")
{
	struct rig r = { 0 };
	char *before;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	if (system("kldload -n if_bridge if_epair && "
		   "ifconfig bridge7 create inet 10.77.0.1/16 up && "
		   "(nc -lk 10.77.0.1 4103 >/dev/null & "
		   "nc -lk 127.0.0.1 4104 >/dev/null & sleep 1)") != 0)
		atf_tc_skip("no if_bridge or if_epair");
	before = rig_world();
	create_networked(&r,
	    "for i in 1 2 3 4 5 6; do nc -z -w 2 10.77.0.1 4103 2>/dev/null && "
	    "echo bridge && break; sleep 1; done; "
	    "nc -z -w 1 127.0.0.1 4104 2>/dev/null && echo LOOPBACK; "
	    "ifconfig -l; exit 0",
	    "bridge7");
	rig_start(&r);
	/* A private member reaches no other: builds do not meet there. */
	ATF_CHECK(system("ifconfig bridge7 | grep member: | grep -v PRIVATE "
			 "| grep -q . && exit 1; ifconfig bridge7 | "
			 "grep -q 'member: epair.*PRIVATE'") == 0);
	finish(&r);
	ATF_CHECK(says(&r, "bridge\nlo0 epair"));
	ATF_CHECK(!says(&r, "LOOPBACK"));
	rig_same_world(before);
	before = rig_world();
	create_networked(&r, "true", "bridge99");
	{
		struct error e = { 0 };

		ATF_CHECK(!rig_setup(&r, SIZE_MAX, &e));
		ATF_CHECK_STREQ("bridge99", e.path);
	}
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
	ATF_CHECK(system("pkill -x nc; ifconfig bridge7 destroy") == 0);
}

TEST(rctl_limits, "rctl rules bind, and are gone afterwards")
{
	struct rig r = { 0 };
	char *before;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	if (system("test $(sysctl -n kern.racct.enable) = 1") != 0)
		atf_tc_skip("kern.racct.enable is 0");
	before = rig_world();
	rig_create(&r,
	    "for i in 1 2 3 4 5 6 7 8 9; do sleep 3 & done 2>/dev/null || "
	    "echo DENIED; wait; head -c 200m /dev/zero | tail -c 200m | wc -c",
	    "],\"limits\":{\"processes\":6,\"memory_bytes\":67108864}");
	rig_start(&r);
	ATF_CHECK(system("rctl jail:isthmus-0123abcd8c5b | "
			 "grep -c maxproc") == 0);
	ATF_CHECK(system("rctl jail:isthmus-0123abcd8c5b | "
			 "grep -c nthr") == 0);
	rig_wait(&r, 60);
	rig_stop(&r);
	rig_undo(&r);
	(void)fprintf(stderr, "%s", r.output);
	ATF_CHECK(!says(&r, "209715200"));
	rig_destroy(&r);
	ATF_CHECK(system("rctl | grep isthmus") != 0);
	rig_same_world(before);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_network);
	ATF_TP_ADD_TC(tp, loopback_step);
	ATF_TP_ADD_TC(tp, network_addresses);
	ATF_TP_ADD_TC(tp, network_bridge);
	ATF_TP_ADD_TC(tp, rctl_limits);
	return (atf_no_error());
}
