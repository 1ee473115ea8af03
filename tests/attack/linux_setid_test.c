/* Files that give away an identity, and attributes that outlive a build. */
#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define FILTER OUT(STEP_FILTER)

static const struct trial calls[] = {
	{ "setid-chmod", FILTER, 0, NULL },
	{ "setid-chmod-gid", FILTER, 0, NULL },
	{ "setid-fchmod", FILTER, 0, NULL },
	{ "setid-fchmodat", FILTER, 0, NULL },
	{ "setid-open", FILTER, 0, NULL },
	{ "setid-openat", FILTER, 0, NULL },
	{ "setid-creat", FILTER, 0, NULL },
	{ "setid-mknod", FILTER, 0, NULL },
	{ "setid-mknodat", FILTER, 0, NULL },
	{ "setid-openat2", FILTER, 0, NULL },
	{ "setid-fchmodat2", FILTER, TRIAL_OPTIONAL, NULL },
	{ "setid-fchmodat2-fd", FILTER, TRIAL_OPTIONAL, NULL },
	{ "setid-bit16", FILTER, 0, NULL },
	{ "setid-bit32", FILTER, 0, NULL },
	{ "setid-tmpfile", FILTER, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(no_call_makes_a_set_id_file);
ATF_TC_BODY(no_call_makes_a_set_id_file, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, calls, COUNT(calls));
	site_destroy(&s);
}

static const struct trial tables[] = {
	{ "i386-chmod", FILTER, 0, NULL },
	{ "i386-fchmod", FILTER, 0, NULL },
	{ "i386-fchmodat", FILTER, 0, NULL },
	{ "i386-open", FILTER, 0, NULL },
	{ "i386-openat", FILTER, 0, NULL },
	{ "i386-creat", FILTER, 0, NULL },
	{ "i386-mknod", FILTER, 0, NULL },
	{ "i386-unshare", FILTER, 0, NULL },
	{ "i386-clone", FILTER, 0, NULL },
	{ "i386-keyctl", FILTER, TRIAL_OPTIONAL, NULL },
	{ "i386-socket", FILTER, TRIAL_OPTIONAL, NULL },
	{ "i386-socketcall", FILTER, TRIAL_OPTIONAL, NULL },
	{ "x32-chmod", FILTER, TRIAL_OPTIONAL, NULL },
};

ATF_TC_WITHOUT_HEAD(no_other_system_call_table_helps);
ATF_TC_BODY(no_other_system_call_table_helps, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, tables, COUNT(tables));
	site_destroy(&s);
}

static const struct trial attributes[] = {
	{ "xattr-user", FILTER, TRIAL_OPTIONAL, NULL },
	{ "xattr-at", FILTER, TRIAL_OPTIONAL, NULL },
	{ "xattr-acl", FILTER, TRIAL_OPTIONAL, NULL },
	{ "xattr-capability", FILTER | DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(no_attributes_are_set);
ATF_TC_BODY(no_attributes_are_set, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, attributes, COUNT(attributes));
	site_destroy(&s);
}

/* The last one moves the program away. */
static const struct trial of_input[] = {
	{ "setid-exec", 0, TRIAL_NATIVE_USER, NULL },
	{ "setid-link", 0, TRIAL_NATIVE, NULL },
	{ "setid-rename", 0, TRIAL_NATIVE | TRIAL_ALONE, NULL },
};

ATF_TC_WITHOUT_HEAD(a_set_id_input_gives_nothing);
ATF_TC_BODY(a_set_id_input_gives_nothing, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, of_input, COUNT(of_input));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_call_makes_a_set_id_file);
	ATF_TP_ADD_TC(tp, no_other_system_call_table_helps);
	ATF_TP_ADD_TC(tp, no_attributes_are_set);
	ATF_TP_ADD_TC(tp, a_set_id_input_gives_nothing);
	return (atf_no_error());
}
