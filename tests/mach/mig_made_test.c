/*
 * Stubs that a mig(1) makes of mach/include/mach, where there is one: MIG in
 * the environment names it.  Apple's (bootstrap_cmds) is meant; GNU's writes
 * messages of another kind.
 */
#include <stdio.h>
#include <stdlib.h>

#include <atf-c.h>

ATF_TC(stubs_that_mig_makes_work);
ATF_TC_HEAD(stubs_that_mig_makes_work, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(stubs_that_mig_makes_work, tc)
{
	const char *mig = getenv("MIG");
	char command[4096], line[1024];
	FILE *out;

	if (mig == NULL || *mig == '\0')
		atf_tc_skip("needs MIG: set it to a mig(1) of Apple's kind");
	ATF_REQUIRE(
	    (size_t)snprintf(command, sizeof(command),
		"sh %s/tests/mach/mig/generated.sh '%s' %s %s 2>&1",
		SOURCE_ROOT, mig, SOURCE_ROOT, BUILD_ROOT) < sizeof(command));
	out = popen(command, "r");
	ATF_REQUIRE(out != NULL);
	while (fgets(line, sizeof(line), out) != NULL)
		(void)fputs(line, stdout);
	ATF_CHECK_EQ(pclose(out), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stubs_that_mig_makes_work);
	return (atf_no_error());
}
