/*
 * Ten million operations against the reference model, a seed a case; fewer
 * where ISTHMUS_TEST_SLOW says that the machine is emulated.  What fails is
 * shrunk and printed by the simulator itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include <atf-c.h>

static void
run(const char *seed)
{
	const char *slow = getenv("ISTHMUS_TEST_SLOW");
	char command[4096];

	(void)snprintf(command, sizeof(command), "'%s' --seed %s --steps %d",
	    SIM, seed, slow != NULL && atoi(slow) > 1 ? 100000 : 2500000);
	ATF_REQUIRE_EQ(0, system(command));
}

#define SEED(n)                                          \
	ATF_TC(seed_##n);                                \
	ATF_TC_HEAD(seed_##n, tc)                        \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "600"); \
	}                                                \
	ATF_TC_BODY(seed_##n, tc)                        \
	{                                                \
		run(#n);                                 \
	}

SEED(1)
SEED(2)
SEED(3)
SEED(4)

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, seed_1);
	ATF_TP_ADD_TC(tp, seed_2);
	ATF_TP_ADD_TC(tp, seed_3);
	ATF_TP_ADD_TC(tp, seed_4);
	return (atf_no_error());
}
