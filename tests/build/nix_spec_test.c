/* build.json of Nix's external builders, read as Nix writes it. */
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "spec_text.h"

#define DIGITS "2bcv91i8fahqghn8dmyr791iaycbsjdd"
#define ZEROS "00000000000000000000000000000000"

/* As Nix writes it, but for what is between the quotes of a member. */
static json_t *
example(void)
{
	json_t *root;
	struct error e;

	root = json_read(SOURCE_ROOT "/examples/build/nix-build.json", &e);
	ATF_REQUIRE_MSG(root != NULL, "%s: %s", e.path, e.why);
	return (root);
}

/* Parses and forgets `root`. */
static struct isth_build_spec *
parse(json_t *root, struct error *e)
{
	struct isth_build_spec *s;
	char *text;

	text = json_dumps(root, 0);
	ATF_REQUIRE(text != NULL);
	json_decref(root);
	memset(e, 0, sizeof(*e));
	s = nix_spec_parse(text, strlen(text), "f", e);
	free(text);
	return (s);
}

static struct isth_build_spec *
parsed(json_t *root)
{
	struct isth_build_spec *s;
	struct error e;

	s = parse(root, &e);
	ATF_REQUIRE_MSG(s != NULL, "%s: %s", e.path, e.why);
	return (s);
}

static void
nix_refused(json_t *root, const char *path, const char *why)
{
	struct isth_build_spec *s;
	struct error e;

	s = parse(root, &e);
	ATF_CHECK_MSG(s == NULL, "accepted, not refused at %s", path);
	isth_build_spec_destroy(s);
	ATF_CHECK_MSG(strcmp(e.path + 3, path) == 0, "at %s, not %s: %s",
	    e.path, path, e.why);
	ATF_CHECK_MSG(
	    strstr(e.why, why) != NULL, "%s: %s, not %s", e.path, e.why, why);
}

/* The example with one string member set. */
static json_t *
with(const char *key, const char *value)
{
	json_t *root = example();

	ATF_REQUIRE_EQ(0, json_object_set_new(root, key, json_string(value)));
	return (root);
}

/* The same of a variable. */
static json_t *
set_env(json_t *root, const char *key, const char *value)
{
	ATF_REQUIRE_EQ(0, json_object_set_new(json_object_get(root, "env"), key,
			      json_string(value)));
	return (root);
}

ATF_TC_WITHOUT_HEAD(what_nix_writes_is_read);
ATF_TC_BODY(what_nix_writes_is_read, tc)
{
	struct isth_build_spec *s;
	size_t i;

	s = parsed(with("realStoreDir", "/mnt/nix/store"));
	ATF_CHECK(s->nix);
	ATF_CHECK_STREQ("hello-2.12.2", s->name);
	ATF_CHECK_STREQ("/nix/store/58br4vk3q5akf4g8lx0pqzfhn47k3j8d-bash-5."
			"2p37/bin/bash",
	    s->builder);
	ATF_CHECK_EQ(2, s->nargs);
	ATF_CHECK_STREQ("-e", s->args[0]);
	ATF_CHECK_STREQ("/nix/store", s->store);
	ATF_CHECK_STREQ("/mnt/nix/store", s->host_store);
	ATF_CHECK_STREQ("/build", s->work);
	ATF_CHECK_STREQ(
	    "/nix/var/nix/builds/nix-build-hello-2.12.2.drv-1234-5678/build",
	    s->host_work);
	ATF_CHECK_EQ(2, s->ninputs);
	ATF_CHECK_STREQ(
	    "/nix/store/58br4vk3q5akf4g8lx0pqzfhn47k3j8d-bash-5.2p37",
	    s->inputs[0].at);
	ATF_CHECK_STREQ(
	    "/mnt/nix/store/58br4vk3q5akf4g8lx0pqzfhn47k3j8d-bash-5.2p37",
	    s->inputs[0].source);
	ATF_CHECK_EQ(1, s->noutputs);
	ATF_CHECK_STREQ("out", s->outputs[0].name);
	ATF_CHECK_STREQ(
	    "/nix/store/" DIGITS "-hello-2.12.2", s->outputs[0].value);
	/* Outputs are once in the environment, and not from here. */
	ATF_CHECK_EQ(14, s->nenv);
	for (i = 0; i < s->nenv; i++)
		ATF_CHECK(strcmp(s->env[i].name, "out") != 0);
	ATF_CHECK_EQ(SPEC_NETWORK_NONE, s->network);
	ATF_CHECK(s->hash_algorithm == NULL);
	ATF_CHECK(s->personality == NULL);
	/* Nix has deadlines and a log limit of its own. */
	ATF_CHECK_EQ(SPEC_NONE, s->limits.wall_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.silent_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.log_bytes);
	ATF_CHECK_EQ(512, s->limits.processes);
	ATF_CHECK_EQ(1024, s->limits.files);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(every_member_is_needed_and_of_its_type);
ATF_TC_BODY(every_member_is_needed_and_of_its_type, tc)
{
	const char *key;
	json_t *all, *root, *value;
	char path[64];
	size_t n;

	n = 0;
	all = example();
	json_object_foreach(all, key, value)
	{
		(void)snprintf(path, sizeof(path), "$.%s", key);
		root = example();
		ATF_REQUIRE_EQ(0, json_object_del(root, key));
		nix_refused(root, path, "missing");
		root = example();
		ATF_REQUIRE_EQ(0, json_object_set_new(root, key, json_true()));
		nix_refused(root, path, "not ");
		n++;
	}
	json_decref(all);
	ATF_CHECK_EQ(12, n);
}

ATF_TC_WITHOUT_HEAD(another_version_is_refused_before_its_new_keys);
ATF_TC_BODY(another_version_is_refused_before_its_new_keys, tc)
{
	json_t *root;

	root = with("sandbox", "new");
	nix_refused(root, "$.sandbox", "unknown key");
	root = with("sandbox", "new");
	(void)json_object_set_new(root, "version", json_integer(2));
	nix_refused(root, "$.version", "not 1");
	root = example();
	(void)json_object_set_new(root, "version", json_real(1.0));
	nix_refused(root, "$.version", "not 1");
	nix_refused(with("version", "1"), "$.version", "not 1");
}

ATF_TC_WITHOUT_HEAD(inputs_are_directly_in_the_store);
ATF_TC_BODY(inputs_are_directly_in_the_store, tc)
{
	static const char *const bad[] = { "/etc/shadow", "/nix/store",
		"/nix/store/", "/nix/store/a/b", "/nix/storey/a", "a", "",
		"/nix/store/../x" };
	json_t *root;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		root = example();
		(void)json_array_append_new(
		    json_object_get(root, "inputPaths"), json_string(bad[i]));
		nix_refused(
		    root, "$.inputPaths[2]", "not directly in storeDir");
	}
	root = example();
	(void)json_array_append_new(
	    json_object_get(root, "inputPaths"), json_string("/nix/store/.."));
	nix_refused(root, "$.inputPaths[2]", "component \"..\"");
	root = example();
	(void)json_array_append_new(json_object_get(root, "inputPaths"),
	    json_string("/nix/store/" DIGITS "-hello-2.12.2"));
	nix_refused(root, "$.outputs.out", "the same path as $.inputPaths[2]");
	root = example();
	(void)json_array_append(json_object_get(root, "inputPaths"),
	    json_array_get(json_object_get(root, "inputPaths"), 0));
	nix_refused(
	    root, "$.inputPaths[2]", "the same path as $.inputPaths[0]");
}

ATF_TC_WITHOUT_HEAD(places_are_named_as_in_the_file);
ATF_TC_BODY(places_are_named_as_in_the_file, tc)
{
	nix_refused(with("storeDir", "/"), "$.inputPaths[0]", "not directly");
	nix_refused(with("realStoreDir", "store"), "$.realStoreDir",
	    "not an absolute path");
	nix_refused(with("realStoreDir", "/a/../b"), "$.realStoreDir",
	    "component \"..\"");
	nix_refused(
	    with("realStoreDir", "/"), "$.realStoreDir", "the root directory");
	nix_refused(with("tmpDirInSandbox", "/tmp"), "$.tmpDirInSandbox",
	    "its own /tmp");
	nix_refused(with("tmpDirInSandbox", "/nix/store/x"),
	    "$.tmpDirInSandbox", "in one another");
	nix_refused(with("tmpDir", "x"), "$.tmpDir", "not an absolute path");
	nix_refused(
	    with("topTmpDir", "x"), "$.topTmpDir", "not an absolute path");
	nix_refused(with("system", "x/y"), "$.system", "character other");
	nix_refused(with("builder", "builtin:fetchurl"), "$.builder",
	    "not an absolute");
}

ATF_TC_WITHOUT_HEAD(an_output_is_where_the_environment_says);
ATF_TC_BODY(an_output_is_where_the_environment_says, tc)
{
	struct isth_build_spec *s;
	json_t *root;

	nix_refused(set_env(example(), "out", "/nix/store/x"), "$.env.out",
	    "not the path that is in $.outputs");
	/* With structured attributes it says nothing. */
	root = example();
	(void)json_object_del(json_object_get(root, "env"), "out");
	s = parsed(root);
	ATF_CHECK_EQ(14, s->nenv);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(a_build_without_a_name_has_its_outputs);
ATF_TC_BODY(a_build_without_a_name_has_its_outputs, tc)
{
	struct isth_build_spec *s;
	json_t *root;

	root = example();
	(void)json_object_del(json_object_get(root, "env"), "name");
	s = parsed(root);
	ATF_CHECK_STREQ(DIGITS "-hello-2.12.2", s->name);
	isth_build_spec_destroy(s);
	s = parsed(set_env(example(), "name", "a/../b\n"));
	ATF_CHECK_STREQ(DIGITS "-hello-2.12.2", s->name);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(a_fixed_output_has_network_and_a_hash);
ATF_TC_BODY(a_fixed_output_has_network_and_a_hash, tc)
{
	static const struct {
		const char *hash, *algorithm, *mode; /* of the environment */
		const char *want_algorithm;
		enum spec_hash_mode want_mode;
	} rows[] = {
		{ ZEROS ZEROS, "sha256", "flat", "sha256", SPEC_HASH_FLAT },
		{ ZEROS ZEROS, "sha256", NULL, "sha256", SPEC_HASH_FLAT },
		{ ZEROS ZEROS, "sha256", "", "sha256", SPEC_HASH_FLAT },
		{ ZEROS ZEROS, "sha256", "text", "sha256", SPEC_HASH_FLAT },
		{ ZEROS ZEROS, "sha256", "nar", "sha256", SPEC_HASH_NAR },
		{ ZEROS ZEROS, "sha256", "recursive", "sha256", SPEC_HASH_NAR },
		{ "sha256:" ZEROS ZEROS, "sha256", NULL, "sha256",
		    SPEC_HASH_FLAT },
		{ "md5:" ZEROS, "", NULL, "md5", SPEC_HASH_FLAT },
		{ "sha256:" ZEROS ZEROS, NULL, NULL, "sha256", SPEC_HASH_FLAT },
		{ "", "sha256", NULL, "sha256", SPEC_HASH_FLAT },
		{ "", "sha512", NULL, "sha512", SPEC_HASH_FLAT },
		{ "", "sha1", NULL, "sha1", SPEC_HASH_FLAT },
		{ "", "md5", NULL, "md5", SPEC_HASH_FLAT },
	};
	struct isth_build_spec *s;
	json_t *root;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		root = set_env(example(), "outputHash", rows[i].hash);
		if (rows[i].algorithm != NULL)
			(void)set_env(
			    root, "outputHashAlgo", rows[i].algorithm);
		if (rows[i].mode != NULL)
			(void)set_env(root, "outputHashMode", rows[i].mode);
		s = parsed(root);
		ATF_CHECK_EQ(SPEC_NETWORK_FIXED_OUTPUT, s->network);
		ATF_CHECK_STREQ(rows[i].want_algorithm, s->hash_algorithm);
		ATF_CHECK_EQ(rows[i].want_mode, s->hash_mode);
		ATF_CHECK_EQ(strlen(s->hash_value), strspn(s->hash_value, "0"));
		isth_build_spec_destroy(s);
	}
}

ATF_TC_WITHOUT_HEAD(hashes_that_say_nothing_are_refused);
ATF_TC_BODY(hashes_that_say_nothing_are_refused, tc)
{
	struct isth_build_spec *s;
	json_t *root;

	nix_refused(set_env(example(), "outputHash", ""), "$.env.outputHash",
	    "no algorithm");
	nix_refused(set_env(example(), "outputHash", ZEROS ZEROS),
	    "$.env.outputHash", "no algorithm");
	nix_refused(set_env(set_env(example(), "outputHash", ZEROS ZEROS),
			"outputHashAlgo", "sha3"),
	    "$.env.outputHashAlgo", "not sha256");
	nix_refused(set_env(set_env(example(), "outputHash", ""),
			"outputHashAlgo", "x"),
	    "$.env.outputHashAlgo", "not sha256");
	nix_refused(set_env(set_env(example(), "outputHash", "sha1:" ZEROS),
			"outputHashAlgo", "sha256"),
	    "$.env.outputHash", "");
	root = set_env(set_env(example(), "outputHash", ZEROS ZEROS),
	    "outputHashAlgo", "sha256");
	nix_refused(set_env(root, "outputHashMode", "git"),
	    "$.env.outputHashMode", "not flat");
	root = set_env(set_env(example(), "outputHash", ZEROS ZEROS),
	    "outputHashAlgo", "sha256");
	(void)json_object_set_new(json_object_get(root, "outputs"), "dev",
	    json_string("/nix/store/" DIGITS "-dev"));
	nix_refused(root, "$.env.outputHash", "of one output");
	/* Of floating output: only the algorithm is known. */
	s = parsed(set_env(example(), "outputHashAlgo", "sha256"));
	ATF_CHECK_EQ(SPEC_NETWORK_NONE, s->network);
	isth_build_spec_destroy(s);
}

ATF_TC(many_variables_and_outputs_are_compared_at_once);
ATF_TC_HEAD(many_variables_and_outputs_are_compared_at_once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "20");
}
ATF_TC_BODY(many_variables_and_outputs_are_compared_at_once, tc)
{
	json_t *env, *outputs, *root;
	char name[32], path[64];
	int i;

	root = example();
	env = json_object_get(root, "env");
	outputs = json_object_get(root, "outputs");
	for (i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		(void)snprintf(path, sizeof(path), "/nix/store/%d", i);
		(void)json_object_set_new(env, name, json_string(path));
		(void)json_object_set_new(outputs, name, json_string(path));
	}
	nix_refused(root, "$.outputs", "more than 256");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_nix_writes_is_read);
	ATF_TP_ADD_TC(tp, every_member_is_needed_and_of_its_type);
	ATF_TP_ADD_TC(tp, another_version_is_refused_before_its_new_keys);
	ATF_TP_ADD_TC(tp, inputs_are_directly_in_the_store);
	ATF_TP_ADD_TC(tp, places_are_named_as_in_the_file);
	ATF_TP_ADD_TC(tp, an_output_is_where_the_environment_says);
	ATF_TP_ADD_TC(tp, a_build_without_a_name_has_its_outputs);
	ATF_TP_ADD_TC(tp, a_fixed_output_has_network_and_a_hash);
	ATF_TP_ADD_TC(tp, hashes_that_say_nothing_are_refused);
	ATF_TP_ADD_TC(tp, many_variables_and_outputs_are_compared_at_once);
	return (atf_no_error());
}
