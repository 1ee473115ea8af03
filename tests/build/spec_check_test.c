/* What a spec must be: names, paths against each other, sizes. */
#include <stdio.h>

#include "base/text.h"
#include "build/spec_parts.h"
#include "spec_text.h"

static void
own_refused(const char *text, const char *path, const char *why)
{
	refused(text, ISTH_SPEC_ISTHMUS, path, why);
}

static struct isth_build_spec *
own_accepted(const char *text)
{
	return (accepted(text, ISTH_SPEC_ISTHMUS));
}

/* Each bad path in each place where a path is. */
ATF_TC_WITHOUT_HEAD(paths_that_are_not_plain_are_refused_everywhere);
ATF_TC_BODY(paths_that_are_not_plain_are_refused_everywhere, tc)
{
	static const struct {
		const char *path, *why;
	} bad[] = { { "", "empty" }, { "a", "not an absolute path" },
		{ "./a", "not an absolute path" }, { "//", "has \"//\"" },
		{ "/a/", "ends with" }, { "/a//b", "has \"//\"" },
		{ "//a", "has \"//\"" }, { "/a/./b", "component \".\"" },
		{ "/.", "component \".\"" }, { "/..", "component \"..\"" },
		{ "/a/../b", "component \"..\"" },
		{ "/a/..", "component \"..\"" },
		{ "/a\\nb", "control character" },
		{ "/a\\u001b[2J", "control character" },
		{ "/a\\u007f", "control character" },
		{ "/a\\u0085", "control character" } };
	static const struct {
		const char *format, *path;
	} places[] = {
		{ "{'version': 'isthmus.build/1', 'name': 'n', 'builder': "
		  "'%s', 'outputs': {'out': '/store/n'}}",
		    "$.builder" },
		{ "{'version': 'isthmus.build/1', 'name': 'n', 'builder': "
		  "'/b', 'outputs': {'out': '%s'}}",
		    "$.outputs.out" },
		{ SPEC(", 'inputs': ['%s']"), "$.inputs[0]" },
		{ SPEC(", 'inputs': [{'path': '%s', 'at': '/x'}]"),
		    "$.inputs[0]" },
		{ SPEC(", 'inputs': [{'path': '/x', 'at': '%s'}]"),
		    "$.inputs[0]" },
		{ SPEC(", 'store': '%s'"), "$.store" },
		{ SPEC(", 'work': '%s'"), "$.work" },
		{ SPEC(", 'devices': ['%s']"), "$.devices[0]" },
	};
	struct text t = { 0 };
	size_t i, j;

	for (i = 0; i < COUNT(places); i++) {
		for (j = 0; j < COUNT(bad); j++) {
			text_addf(&t, places[i].format, bad[j].path);
			own_refused(
			    text_string(&t), places[i].path, bad[j].why);
			text_clear(&t);
		}
	}
}

ATF_TC_WITHOUT_HEAD(a_dot_in_a_component_is_no_dot_component);
ATF_TC_BODY(a_dot_in_a_component_is_no_dot_component, tc)
{
	isth_build_spec_destroy(own_accepted(
	    SPEC(", 'inputs': ['/a..b/...', '/.hidden', '/-', '/ä b']")));
}

/* A spec with one input of that path. */
static void
path_of_length(size_t component, size_t n, struct text *t)
{
	char name[300];
	size_t i;

	memset(name, 'a', sizeof(name));
	text_clear(t);
	text_add(t, "{'version': 'isthmus.build/1', 'name': 'n', "
		    "'builder': '/b', 'outputs': {'out': '/store/n'}, "
		    "'inputs': ['");
	for (i = 0; i < n; i++) {
		text_add(t, "/");
		text_add_bytes(t, name, component);
	}
	text_add(t, "']}");
}

ATF_TC_WITHOUT_HEAD(paths_longer_than_the_system_takes_are_refused);
ATF_TC_BODY(paths_longer_than_the_system_takes_are_refused, tc)
{
	struct text t = { 0 };

	path_of_length(255, 1, &t);
	isth_build_spec_destroy(own_accepted(text_string(&t)));
	path_of_length(256, 1, &t);
	own_refused(text_string(&t), "$.inputs[0]", "255 bytes");
	path_of_length(7, 127, &t);
	isth_build_spec_destroy(own_accepted(text_string(&t)));
	path_of_length(7, 512, &t); /* 4096, and the NUL */
	own_refused(text_string(&t), "$.inputs[0]", "PATH_MAX");
	text_clear(&t);
}

ATF_TC_WITHOUT_HEAD(what_every_build_has_is_not_replaced);
ATF_TC_BODY(what_every_build_has_is_not_replaced, tc)
{
	static const char *const taken[] = { "/", "/dev", "/dev/x", "/dev/a/b",
		"/proc", "/proc/1", "/etc", "/etc/passwd", "/etc/passwd/x",
		"/etc/group", "/etc/hosts", "/etc/resolv.conf", "/tmp" };
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < COUNT(taken); i++) {
		text_addf(&t, SPEC(", 'inputs': ['%s']"), taken[i]);
		own_refused(text_string(&t), "$.inputs[0]", "its own");
		text_clear(&t);
		text_addf(&t, SPEC(", 'work': '%s'"), taken[i]);
		own_refused(text_string(&t), "$.work", "its own");
		text_clear(&t);
	}
	isth_build_spec_destroy(own_accepted(
	    SPEC(", 'inputs': ['/etc/ssl', '/tmp/x', '/devel', '/process', "
		 "'/etc/passwd-', {'path': '/', 'at': '/host'}, "
		 "{'path': '/dev', 'at': '/devices'}]")));
}

ATF_TC_WITHOUT_HEAD(the_builder_is_no_part_of_the_system);
ATF_TC_BODY(the_builder_is_no_part_of_the_system, tc)
{
	static const char *const builders[] = { "/proc/self/exe",
		"/proc/1/root/bin/sh", "/dev/fd/3", "/dev/stdin" };
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < COUNT(builders); i++) {
		text_addf(&t,
		    "{'version': 'isthmus.build/1', 'name': 'n', "
		    "'builder': '%s', 'outputs': {'out': '/store/n'}}",
		    builders[i]);
		own_refused(text_string(&t), "$.builder", "not a program");
		text_clear(&t);
	}
}

ATF_TC_WITHOUT_HEAD(paths_in_one_another_are_refused);
ATF_TC_BODY(paths_in_one_another_are_refused, tc)
{
	own_refused(SPEC(", 'inputs': ['/a', '/a']"), "$.inputs[1]",
	    "the same path as $.inputs[0]");
	own_refused(SPEC(", 'inputs': ['/a/b', '/c', '/a']"), "$.inputs[0]",
	    "inside $.inputs[2]");
	/* Between the two there is one that a plain order would put there. */
	own_refused(SPEC(", 'inputs': ['/a', '/a-b', '/a/b']"), "$.inputs[2]",
	    "inside $.inputs[0]");
	own_refused(SPEC(", 'inputs': [{'path': '/x', 'at': '/a'}, "
			 "{'path': '/y', 'at': '/a/b'}]"),
	    "$.inputs[1]", "inside $.inputs[0]");
	own_refused(
	    SPEC(", 'inputs': ['/build/x']"), "$.inputs[0]", "inside $.work");
	own_refused(SPEC(", 'inputs': ['/build']"), "$.work",
	    "the same path as $.inputs[0]");
	own_refused(SPEC(", 'inputs': ['/w'], 'work': '/w/x'"), "$.work",
	    "inside $.inputs[0]");
	own_refused(SPEC(", 'inputs': ['/store']"), "$.inputs[0]",
	    "the store /store is in it");
	own_refused(
	    "{'version': 'isthmus.build/1', 'name': 'n', 'builder': '/b', "
	    "'outputs': {'out': '/a/store/n'}, 'inputs': ['/a']}",
	    "$.inputs[0]", "the store /a/store is in it");
	own_refused(SPEC(", 'inputs': ['/store/n']"), "$.outputs.out",
	    "the same path as $.inputs[0]");
	own_refused(SPEC(", 'inputs': ['/store/n/x']"), "$.inputs[0]",
	    "inside $.outputs.out");
	own_refused(SPEC(", 'work': '/store'"), "$.work", "in one another");
	own_refused(SPEC(", 'work': '/store/w'"), "$.work", "in one another");
	own_refused(
	    "{'version': 'isthmus.build/1', 'name': 'n', 'builder': '/b', "
	    "'outputs': {'out': '/build/store/n'}}",
	    "$.work", "in one another");
	isth_build_spec_destroy(own_accepted(
	    SPEC(", 'inputs': ['/store/m', '/store/nn', '/store-x', "
		 "'/builder', '/usr', '/usr-x', {'path': '/usr/x', "
		 "'at': '/y'}]")));
}

ATF_TC_WITHOUT_HEAD(outputs_are_directly_in_one_store);
ATF_TC_BODY(outputs_are_directly_in_one_store, tc)
{
	own_refused(OUTPUTS("") "}", "$.outputs", "no output");
	own_refused(OUTPUTS("'out': '/s/a', 'dev': '/t/b'") "}",
	    "$.outputs.dev", "not directly in the store /s");
	own_refused(OUTPUTS("'out': '/s/a', 'dev': '/s/b/c'") "}",
	    "$.outputs.dev", "not directly in the store /s");
	own_refused(OUTPUTS("'out': '/s/a'") ", 'store': '/s/a'}",
	    "$.outputs.out", "not directly in the store /s/a");
	own_refused(OUTPUTS("'out': '/st/a'") ", 'store': '/s'}",
	    "$.outputs.out", "not directly in the store /s");
	own_refused(OUTPUTS("'out': '/s/a', 'dev': '/s/a'") "}",
	    "$.outputs.dev", "the same path as $.outputs.out");
	own_refused(OUTPUTS("'out': '/a'") "}", "$.store", "would be /");
	own_refused(OUTPUTS("'out': '/tmp/a'") "}", "$.store", "its own /tmp");
	own_refused(OUTPUTS("'out': '/s/.a'") "}", "$.outputs.out",
	    "last component begins with");
	own_refused(OUTPUTS("'out': '/s/a b'") "}", "$.outputs.out",
	    "has a character other");
	isth_build_spec_destroy(
	    own_accepted(OUTPUTS("'out': '/tmp/s/a', 'dev': '/tmp/s/b'") "}"));
}

ATF_TC_WITHOUT_HEAD(names_are_those_of_a_store);
ATF_TC_BODY(names_are_those_of_a_store, tc)
{
	static const struct {
		const char *name, *why;
	} bad[] = { { "", "empty" }, { ".", "begins with" },
		{ ".a", "begins with" }, { "a/b", "character other" },
		{ "a b", "character other" }, { "a\\nb", "character other" },
		{ "ä", "character other" }, { "../a", "begins with" },
		{ "a\\\\", "character other" }, { "a*", "character other" } };
	struct text t = { 0 };
	char name[213];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		text_addf(&t,
		    "{'version': 'isthmus.build/1', 'name': '%s', "
		    "'builder': '/b', 'outputs': {'out': '/s/n'}}",
		    bad[i].name);
		own_refused(text_string(&t), "$.name", bad[i].why);
		text_clear(&t);
	}
	own_refused(OUTPUTS("'.a': '/s/a'") "}", "$.outputs..a", "begins with");
	own_refused(OUTPUTS("'': '/s/a'") "}", "$.outputs.", "empty");
	/* On the way to a terminal nothing acts. */
	own_refused(
	    OUTPUTS("'a\\u001bb': '/s/a'") "}", "$.outputs.a?b", "character");
	own_refused(OUTPUTS("'a=b': '/s/a'") "}", "$.outputs.a=b", "=");
	own_refused(OUTPUTS("'PATH': '/s/a'") "}", "$.outputs.PATH", "PATH");
	for (i = 211; i <= 212; i++) {
		memset(name, 'x', i);
		name[i] = '\0';
		text_addf(&t,
		    "{'version': 'isthmus.build/1', 'name': '%s', "
		    "'builder': '/b', 'outputs': {'out': '/s/n'}}",
		    name);
		if (i == 211)
			isth_build_spec_destroy(own_accepted(text_string(&t)));
		else
			own_refused(text_string(&t), "$.name", "211 bytes");
		text_clear(&t);
	}
	isth_build_spec_destroy(own_accepted(
	    "{'version': 'isthmus.build/1', 'name': 'aZ09+-._?=', "
	    "'builder': '/b', 'outputs': {'aZ09+-._?': '/s/aZ09+-._?='}}"));
}

ATF_TC_WITHOUT_HEAD(variables_that_no_program_can_have_are_refused);
ATF_TC_BODY(variables_that_no_program_can_have_are_refused, tc)
{
	own_refused(SPEC(", 'env': {'': 'x'}"), "$.env.", "no name");
	own_refused(SPEC(", 'env': {'A=B': 'x'}"), "$.env.A=B", "\"=\"");
	own_refused(SPEC(", 'env': {'out': 'x'}"), "$.outputs.out",
	    "also a name in $.env");
}

ATF_TC_WITHOUT_HEAD(more_than_a_program_can_be_given_is_refused);
ATF_TC_BODY(more_than_a_program_can_be_given_is_refused, tc)
{
	struct text t = { 0 };
	char *big;
	size_t i;

	big = calloc(1, 131073);
	ATF_REQUIRE(big != NULL);
	memset(big, 'a', 131071);
	text_addf(&t, SPEC(", 'args': ['%s']"), big);
	isth_build_spec_destroy(own_accepted(text_string(&t)));
	text_clear(&t);
	memset(big, 'a', 131072);
	text_addf(&t, SPEC(", 'args': ['x', '%s']"), big);
	own_refused(text_string(&t), "$.args[1]", "longer than 131071");
	text_clear(&t);
	/* The name, an equals sign and the value are one string. */
	big[131072 - 2] = '\0';
	text_addf(&t, SPEC(", 'env': {'A': '%s'}"), big);
	own_refused(text_string(&t), "$.env.A", "longer than 131071");
	text_clear(&t);
	text_add(&t, "{'version': 'isthmus.build/1', 'name': 'n', "
		     "'builder': '/b', 'outputs': {'out': '/s/n'}, "
		     "'args': ['x'");
	for (i = 0; i < 8; i++)
		text_addf(&t, ", '%s'", big);
	text_add(&t, "]}");
	own_refused(text_string(&t), "$.args[8]", "more than 1048576");
	text_clear(&t);
	free(big);
	text_add(&t, "{'version': 'isthmus.build/1', 'name': 'n', "
		     "'builder': '/b', 'outputs': {'out': '/s/n'}, "
		     "'env': {'x': ''");
	for (i = 0; i < 4096; i++)
		text_addf(&t, ", 'v%zu': ''", i);
	text_add(&t, "}}");
	own_refused(text_string(&t), "$.env", "more than 4096");
	text_clear(&t);
}

ATF_TC_WITHOUT_HEAD(devices_are_further_nodes_below_dev);
ATF_TC_BODY(devices_are_further_nodes_below_dev, tc)
{
	own_refused(SPEC(", 'devices': ['/dev']"), "$.devices[0]", "not below");
	own_refused(
	    SPEC(", 'devices': ['/etc/x']"), "$.devices[0]", "not below");
	own_refused(
	    SPEC(", 'devices': ['/devil']"), "$.devices[0]", "not below");
	own_refused(SPEC(", 'devices': ['/dev/null']"), "$.devices[0]",
	    "its own /dev/null");
	own_refused(SPEC(", 'devices': ['/dev/pts/1']"), "$.devices[0]",
	    "its own /dev/pts");
	own_refused(SPEC(", 'devices': ['/dev/a', '/dev/b', '/dev/a']"),
	    "$.devices[2]", "the same path as $.devices[0]");
	own_refused(SPEC(", 'devices': ['/dev/a', '/dev/a/b']"), "$.devices[1]",
	    "inside $.devices[0]");
}

#define MANY 100000

ATF_TC(a_hundred_thousand_inputs_are_compared_at_once);
ATF_TC_HEAD(a_hundred_thousand_inputs_are_compared_at_once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "20");
}
ATF_TC_BODY(a_hundred_thousand_inputs_are_compared_at_once, tc)
{
	struct isth_build_spec *s;
	struct text t = { 0 };
	size_t i;

	text_add(&t, "{'version': 'isthmus.build/1', 'name': 'n', "
		     "'builder': '/b', 'outputs': {'out': '/s/n'}, "
		     "'inputs': ['/in/x'");
	for (i = 0; i < MANY; i++)
		text_addf(&t, ", '/in/%zu/%zu'", i % 1000, i);
	text_add(&t, "]}");
	s = own_accepted(text_string(&t));
	ATF_CHECK_EQ(MANY + 1, s->ninputs);
	isth_build_spec_destroy(s);
	/* One of them, far from the other, is inside it. */
	t.len -= 2;
	text_add(&t, ", '/in/x/y']}");
	own_refused(text_string(&t), "$.inputs[100001]", "inside $.inputs[0]");
	text_clear(&t);
}

ATF_TC_WITHOUT_HEAD(paths_below_others);
ATF_TC_BODY(paths_below_others, tc)
{
	ATF_CHECK(path_below("/a", "/a"));
	ATF_CHECK(path_below("/a/b", "/a"));
	ATF_CHECK(path_below("/a", "/"));
	ATF_CHECK(path_below("/", "/"));
	ATF_CHECK(!path_below("/", "/a"));
	ATF_CHECK(!path_below("/ab", "/a"));
	ATF_CHECK(!path_below("/a", "/a/b"));
	ATF_CHECK(!path_below("/b", "/a"));
	ATF_CHECK_EQ(0, path_order("/a", "/a"));
	ATF_CHECK(path_order("/a", "/a/b") < 0);
	ATF_CHECK(path_order("/a/b", "/a-b") < 0);
	ATF_CHECK(path_order("/a-b", "/a/b") > 0);
	ATF_CHECK(path_order("/b", "/a/z") > 0);
	ATF_CHECK(path_order("/\xc3\xa4", "/a") > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, paths_that_are_not_plain_are_refused_everywhere);
	ATF_TP_ADD_TC(tp, a_dot_in_a_component_is_no_dot_component);
	ATF_TP_ADD_TC(tp, paths_longer_than_the_system_takes_are_refused);
	ATF_TP_ADD_TC(tp, what_every_build_has_is_not_replaced);
	ATF_TP_ADD_TC(tp, the_builder_is_no_part_of_the_system);
	ATF_TP_ADD_TC(tp, paths_in_one_another_are_refused);
	ATF_TP_ADD_TC(tp, outputs_are_directly_in_one_store);
	ATF_TP_ADD_TC(tp, names_are_those_of_a_store);
	ATF_TP_ADD_TC(tp, variables_that_no_program_can_have_are_refused);
	ATF_TP_ADD_TC(tp, more_than_a_program_can_be_given_is_refused);
	ATF_TP_ADD_TC(tp, devices_are_further_nodes_below_dev);
	ATF_TP_ADD_TC(tp, a_hundred_thousand_inputs_are_compared_at_once);
	ATF_TP_ADD_TC(tp, paths_below_others);
	return (atf_no_error());
}
