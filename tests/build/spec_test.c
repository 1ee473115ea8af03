/* isthmus.build/1: what is read, and that each error names its place. */
#include <dirent.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
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

ATF_TC_WITHOUT_HEAD(smallest_spec_has_the_documented_defaults);
ATF_TC_BODY(smallest_spec_has_the_documented_defaults, tc)
{
	struct isth_build_spec *s;

	s = own_accepted(SPEC(""));
	ATF_CHECK_STREQ("n", isth_build_spec_name(s));
	ATF_CHECK_STREQ("f", s->origin);
	ATF_CHECK_STREQ("/bin/sh", s->builder);
	ATF_CHECK_EQ(0, s->nargs);
	ATF_CHECK(s->args[0] == NULL);
	ATF_CHECK_EQ(0, s->nenv);
	ATF_CHECK_EQ(0, s->ninputs);
	ATF_CHECK_EQ(1, s->noutputs);
	ATF_CHECK_STREQ("/store", s->store);
	ATF_CHECK_STREQ("/store", s->host_store);
	ATF_CHECK_STREQ("/build", s->work);
	ATF_CHECK(s->host_work == NULL);
	ATF_CHECK_EQ(SPEC_NETWORK_NONE, s->network);
	ATF_CHECK_EQ(3600, s->limits.wall_s);
	ATF_CHECK_EQ(600, s->limits.silent_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.cpu_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.memory_bytes);
	ATF_CHECK_EQ(512, s->limits.processes);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.disk_bytes);
	ATF_CHECK_EQ(67108864, s->limits.log_bytes);
	ATF_CHECK_EQ(1024, s->limits.files);
	ATF_CHECK(s->hash_algorithm == NULL);
	ATF_CHECK_EQ(0, s->ndevices);
	ATF_CHECK(s->personality == NULL);
	ATF_CHECK(!s->nix);
	isth_build_spec_destroy(s);
	isth_build_spec_destroy(NULL);
}

#define ZEROS "00000000000000000000000000000000"

ATF_TC_WITHOUT_HEAD(all_that_a_spec_may_say_is_read);
ATF_TC_BODY(all_that_a_spec_may_say_is_read, tc)
{
	struct isth_build_spec *s;

	s = own_accepted(SPEC(
	    ", 'args': ['-c', ''], 'env': {'K': 'V', 'E': '', 'a.b c': '='}, "
	    "'inputs': ['/usr', {'path': '/host/src', 'at': '/src'}, "
	    "{'path': '/opt'}, '/store/dep'], 'store': '/store', "
	    "'work': '/tmp/w', 'network': 'fixed-output', "
	    "'limits': {'wall_s': 1, 'silent_s': 2, 'cpu_s': 3, "
	    "'memory_bytes': 1048576, 'processes': 5, 'disk_bytes': 6, "
	    "'log_bytes': 7, 'files': 16}, "
	    "'hash': {'algorithm': 'sha256', 'mode': 'nar', "
	    "'value': '" ZEROS ZEROS "'}, "
	    "'devices': ['/dev/kvm', '/dev/dri/card0'], "
	    "'personality': 'linux32'"));
	ATF_CHECK_EQ(2, s->nargs);
	ATF_CHECK_STREQ("-c", s->args[0]);
	ATF_CHECK_STREQ("", s->args[1]);
	ATF_CHECK(s->args[2] == NULL);
	ATF_CHECK_EQ(3, s->nenv);
	ATF_CHECK_STREQ("a.b c", s->env[2].name);
	ATF_CHECK_STREQ("=", s->env[2].value);
	ATF_CHECK_EQ(4, s->ninputs);
	ATF_CHECK_STREQ("/usr", s->inputs[0].source);
	ATF_CHECK_STREQ("/usr", s->inputs[0].at);
	ATF_CHECK_STREQ("/host/src", s->inputs[1].source);
	ATF_CHECK_STREQ("/src", s->inputs[1].at);
	ATF_CHECK_STREQ("/opt", s->inputs[2].at);
	ATF_CHECK_STREQ("/tmp/w", s->work);
	ATF_CHECK_EQ(SPEC_NETWORK_FIXED_OUTPUT, s->network);
	ATF_CHECK_EQ(1, s->limits.wall_s);
	ATF_CHECK_EQ(2, s->limits.silent_s);
	ATF_CHECK_EQ(3, s->limits.cpu_s);
	ATF_CHECK_EQ(1048576, s->limits.memory_bytes);
	ATF_CHECK_EQ(5, s->limits.processes);
	ATF_CHECK_EQ(6, s->limits.disk_bytes);
	ATF_CHECK_EQ(7, s->limits.log_bytes);
	ATF_CHECK_EQ(16, s->limits.files);
	ATF_CHECK_STREQ("sha256", s->hash_algorithm);
	ATF_CHECK_EQ(SPEC_HASH_NAR, s->hash_mode);
	ATF_CHECK_STREQ(ZEROS ZEROS, s->hash_value);
	ATF_CHECK_EQ(2, s->ndevices);
	ATF_CHECK_STREQ("/dev/kvm", s->devices[0]);
	ATF_CHECK_STREQ("linux32", s->personality);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(null_takes_a_limit_away);
ATF_TC_BODY(null_takes_a_limit_away, tc)
{
	struct isth_build_spec *s;

	s = own_accepted(SPEC(
	    ", 'limits': {'wall_s': null, 'silent_s': null, 'processes': null, "
	    "'log_bytes': null, 'files': null}, "
	    "'hash': null, 'personality': null"));
	ATF_CHECK_EQ(SPEC_NONE, s->limits.wall_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.silent_s);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.processes);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.log_bytes);
	ATF_CHECK_EQ(SPEC_NONE, s->limits.files);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(unknown_keys_are_refused_with_the_nearest);
ATF_TC_BODY(unknown_keys_are_refused_with_the_nearest, tc)
{
	static const struct {
		const char *text, *path, *hint;
	} rows[] = {
		{ SPEC(", 'input': []"), "$.input", "inputs" },
		{ SPEC(", 'limits': {'wall': 1}"), "$.limits.wall", "wall_s" },
		{ SPEC(", 'limits': {'walls': 1}"), "$.limits.walls",
		    "wall_s" },
		{ SPEC(", 'hash': {'modus': 1}"), "$.hash.modus", "mode" },
		{ SPEC(", 'inputs': ['/usr', {'patch': '/x'}]"),
		    "$.inputs[1].patch", "path" },
	};
	struct error e;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		own_refused(rows[i].text, rows[i].path, "unknown key");
		ATF_CHECK(
		    spec_of_text(rows[i].text, ISTH_SPEC_ISTHMUS, &e) == NULL);
		ATF_CHECK_STREQ(rows[i].hint, e.hint);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_types_and_missing_keys_name_their_place);
ATF_TC_BODY(wrong_types_and_missing_keys_name_their_place, tc)
{
	own_refused("{}", "$.version", "missing");
	own_refused("{'version': 'isthmus.build/2'}", "$.version", "not");
	own_refused("{'version': 'isthmus.build/1'}", "$.name", "missing");
	own_refused("{'version': 'isthmus.build/1', 'name': 'n'}", "$.builder",
	    "missing");
	own_refused(
	    "{'version': 'isthmus.build/1', 'name': 'n', 'builder': '/b'}",
	    "$.outputs", "missing");
	own_refused("{'version': 'isthmus.build/1', 'name': 1}", "$.name",
	    "not a string");
	own_refused(SPEC(", 'args': 'x'"), "$.args", "not an array");
	own_refused(SPEC(", 'args': ['x', 1]"), "$.args[1]", "not a string");
	own_refused(SPEC(", 'args': null"), "$.args", "not an array");
	own_refused(SPEC(", 'env': []"), "$.env", "not an object");
	own_refused(SPEC(", 'env': {'A': 1}"), "$.env.A", "not a string");
	own_refused(SPEC(", 'inputs': {}"), "$.inputs", "not an array");
	own_refused(SPEC(", 'inputs': [[]]"), "$.inputs[0]", "neither");
	own_refused(SPEC(", 'inputs': [{}]"), "$.inputs[0].path", "missing");
	own_refused(
	    SPEC(", 'inputs': [{'at': '/x'}]"), "$.inputs[0].path", "missing");
	own_refused(SPEC(", 'inputs': [{'path': '/x', 'at': null}]"),
	    "$.inputs[0].at", "not a string");
	own_refused(SPEC(", 'store': 1"), "$.store", "not a string");
	own_refused(SPEC(", 'work': 1"), "$.work", "not a string");
	own_refused(SPEC(", 'network': true"), "$.network", "not a string");
	own_refused(SPEC(", 'network': 'host'"), "$.network", "not a known");
	own_refused(SPEC(", 'limits': 1"), "$.limits", "not an object");
	own_refused(SPEC(", 'hash': 'x'"), "$.hash", "not an object");
	own_refused(SPEC(", 'devices': {}"), "$.devices", "not an array");
	own_refused(SPEC(", 'devices': [1]"), "$.devices[0]", "not a string");
	own_refused(SPEC(", 'personality': 'x'"), "$.personality", "not a");
}

ATF_TC_WITHOUT_HEAD(the_other_format_is_recognised);
ATF_TC_BODY(the_other_format_is_recognised, tc)
{
	struct error e;

	ATF_CHECK(
	    spec_of_text("{'version': 1}", ISTH_SPEC_ISTHMUS, &e) == NULL);
	ATF_CHECK_MSG(strstr(e.hint, "--nix") != NULL, "%s", e.hint);
	ATF_CHECK(
	    spec_of_text("{'realStoreDir': 1}", ISTH_SPEC_ISTHMUS, &e) == NULL);
	ATF_CHECK_MSG(strstr(e.hint, "--nix") != NULL, "%s", e.hint);
	ATF_CHECK(spec_of_text("{'version': 'isthmus.build/1'}", ISTH_SPEC_NIX,
		      &e) == NULL);
	ATF_CHECK_MSG(strstr(e.hint, "--nix") != NULL, "%s", e.hint);
}

ATF_TC_WITHOUT_HEAD(limits_are_positive_and_bounded);
ATF_TC_BODY(limits_are_positive_and_bounded, tc)
{
	static const char *const keys[] = { "wall_s", "silent_s", "cpu_s",
		"memory_bytes", "processes", "disk_bytes", "log_bytes",
		"files" };
	static const char *const bad[] = { "0", "-1", "9223372036854775807",
		"-9223372036854775808", "1.5", "1e3", "'1'", "true", "[]" };
	struct text t = { 0 };
	char path[64];
	size_t i, j;

	for (i = 0; i < COUNT(keys); i++) {
		(void)snprintf(path, sizeof(path), "$.limits.%s", keys[i]);
		for (j = 0; j < COUNT(bad); j++) {
			text_addf(&t, SPEC(", 'limits': {'%s': %s}"), keys[i],
			    bad[j]);
			own_refused(text_string(&t), path,
			    j < 4 ? "is outside" : "not an integer");
			text_clear(&t);
		}
	}
	own_refused(SPEC(", 'limits': {'memory_bytes': 4096}"),
	    "$.limits.memory_bytes", "is outside 1048576 to");
	own_refused(
	    SPEC(", 'limits': {'files': 3}"), "$.limits.files", "is outside");
}

ATF_TC_WITHOUT_HEAD(a_hash_is_of_one_output_and_network_needs_one);
ATF_TC_BODY(a_hash_is_of_one_output_and_network_needs_one, tc)
{
#define HASH(algorithm, value)                                               \
	", 'hash': {'algorithm': '" algorithm "', 'mode': 'flat', 'value': " \
	"'" value "'}"
	struct isth_build_spec *s;
	struct error e;

	own_refused(
	    SPEC(", 'network': 'fixed-output'"), "$.network", "needs \"hash\"");
	own_refused(OUTPUTS("'a': '/s/a', 'b': '/s/b'")
			HASH("sha256", ZEROS ZEROS) "}",
	    "$.hash", "of one output, and here are 2");
	own_refused(SPEC(HASH("sha256", "xyz")), "$.hash.value", "");
	own_refused(SPEC(HASH("sha256", ZEROS)), "$.hash.value", "");
	own_refused(SPEC(HASH("sha256", "")), "$.hash.value", "");
	own_refused(SPEC(HASH("sha3", ZEROS ZEROS)), "$.hash.algorithm", "not");
	ATF_CHECK(spec_of_text(SPEC(HASH("sha265", ZEROS ZEROS)),
		      ISTH_SPEC_ISTHMUS, &e) == NULL);
	ATF_CHECK_STREQ("sha256", e.hint);
	own_refused(SPEC(", 'hash': {}"), "$.hash.algorithm", "missing");
	own_refused(SPEC(", 'hash': {'algorithm': 'md5', 'value': 'x'}"),
	    "$.hash.mode", "missing");
	own_refused(
	    SPEC(", 'hash': {'algorithm': 'md5', 'mode': 'tar', 'value': ''}"),
	    "$.hash.mode", "not a known word");
	/* A hash without network is a build that is checked. */
	s = own_accepted(SPEC(HASH("md5", "ABCDEFABCDEFABCDEFABCDEFABCDEFAB")));
	ATF_CHECK_EQ(SPEC_NETWORK_NONE, s->network);
	ATF_CHECK_EQ(SPEC_HASH_FLAT, s->hash_mode);
	ATF_CHECK_STREQ("abcdefabcdefabcdefabcdefabcdefab", s->hash_value);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(text_that_is_not_json_is_refused);
ATF_TC_BODY(text_that_is_not_json_is_refused, tc)
{
	static const char *const broken[] = { "", "[]", "{", "nul",
		SPEC("") "x", SPEC(", 'name': 'again'"),
		SPEC(", 'env': {'A': '1', 'A': '2'}"),
		SPEC(", 'args': ['\xff']"), SPEC(", 'args': ['\xc0\xaf']"),
		SPEC(", 'args': ['\xed\xa0\x80']"),
		SPEC(", 'args': ['a\\u0000b']"),
		SPEC(", 'env': {'a\\u0000b': ''}"), SPEC(", 'args': ['a\nb']"),
		SPEC(", 'limits': {'cpu_s': 1e400}"),
		SPEC(", 'limits': {'cpu_s': 99999999999999999999999}"),
		SPEC(", 'limits': {'cpu_s': NaN}") };
	struct isth_build_spec *s;
	struct error e;
	size_t i;

	for (i = 0; i < COUNT(broken); i++) {
		s = spec_of_text(broken[i], ISTH_SPEC_ISTHMUS, &e);
		ATF_CHECK_MSG(s == NULL, "%s", broken[i]);
		isth_build_spec_destroy(s);
		ATF_CHECK_STREQ("f", e.path);
		ATF_CHECK_STREQ("parse JSON", e.step);
		ATF_CHECK(e.why[0] != '\0');
	}
}

/* `n` times `open`, as the value of a key. */
static void
nest(size_t n, const char *key, char open)
{
	struct text t = { 0 };
	struct error e;
	size_t i;

	text_addf(&t, "{\"version\": \"isthmus.build/1\", \"%s\": ", key);
	for (i = 0; i < n; i++)
		text_add_bytes(&t, &open, 1);
	memset(&e, 0, sizeof(e));
	ATF_CHECK(spec_parse(text_string(&t), t.len, "f", &e) == NULL);
	ATF_CHECK(e.why[0] != '\0');
	text_clear(&t);
}

ATF_TC_WITHOUT_HEAD(deep_nesting_is_an_error);
ATF_TC_BODY(deep_nesting_is_an_error, tc)
{
	nest(1000000, "args", '[');
	nest(1000000, "outputs", '{');
}

ATF_TC_WITHOUT_HEAD(a_long_file_name_leaves_the_json_path_readable);
ATF_TC_BODY(a_long_file_name_leaves_the_json_path_readable, tc)
{
	struct error e;
	char name[4001];
	size_t i;

	for (i = 0; i < 4000; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	name[4000] = '\0';
	for (i = 0; i < 2; i++) {
		memset(&e, 0, sizeof(e));
		ATF_CHECK(spec_parse("{}", 2, name + i, &e) == NULL);
		ATF_CHECK_MSG(
		    strstr(e.path, ": $.version") != NULL, "%s", e.path);
	}
	/* And a spec's strings do not reach a terminal as they are. */
	ATF_CHECK(spec_parse("{}", 2, "a\033b", &e) == NULL);
	ATF_CHECK_STREQ("a?b: $.version", e.path);
}

/* The file as one string. */
static char *
contents(const char *path)
{
	char *data = NULL;
	size_t len = 0;
	FILE *f;

	f = fopen(path, "re");
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(getdelim(&data, &len, '\0', f) > 0);
	(void)fclose(f);
	return (data);
}

/* A key of the schema is in the manual, and the reader has it too. */
static void
key_is_known(const char *manual, const char *prefix, const char *key)
{
	struct text t = { 0 };
	struct error e;

	text_addf(&t, "\n.It Cm %s ", key);
	ATF_CHECK_MSG(strstr(manual, text_string(&t)) != NULL, "%s", key);
	text_clear(&t);
	text_addf(&t, prefix, key);
	(void)spec_of_text(text_string(&t), ISTH_SPEC_ISTHMUS, &e);
	ATF_CHECK_MSG(strcmp(e.why, "unknown key") != 0, "%s", key);
	text_clear(&t);
}

ATF_TC_WITHOUT_HEAD(schema_and_manual_have_the_keys_and_the_defaults);
ATF_TC_BODY(schema_and_manual_have_the_keys_and_the_defaults, tc)
{
	struct isth_build_spec *given, *silent;
	json_t *limits, *schema, *value;
	struct text t = { 0 };
	struct error e;
	const char *key;
	char *manual, *number;

	manual = contents(SOURCE_ROOT "/man/isthmus-build.5");
	schema = json_read(SOURCE_ROOT "/docs/isthmus-build-1.schema.json", &e);
	ATF_REQUIRE_MSG(schema != NULL, "%s: %s", e.path, e.why);
	value = json_object_get(schema, "properties");
	ATF_CHECK_EQ(14, json_object_size(value));
	limits =
	    json_object_get(json_object_get(value, "limits"), "properties");
	ATF_CHECK_EQ(8, json_object_size(limits));
	json_object_foreach(json_object_get(schema, "properties"), key, value)
	    key_is_known(
		manual, "{'version': 'isthmus.build/1', '%s': 7}", key);
	json_object_foreach(limits, key, value)
	{
		key_is_known(manual, SPEC(", 'limits': {'%s': false}"), key);
		number = json_dumps(
		    json_object_get(value, "default"), JSON_ENCODE_ANY);
		ATF_REQUIRE(number != NULL);
		text_addf(&t, "%s'%s': %s", t.len > 0 ? ", " : "", key, number);
		free(number);
	}
	number = text_take(&t);
	text_addf(&t, SPEC(", 'limits': {%s}"), number);
	given = own_accepted(text_string(&t));
	silent = own_accepted(SPEC(""));
	ATF_CHECK_EQ(
	    0, memcmp(&given->limits, &silent->limits, sizeof(given->limits)));
	isth_build_spec_destroy(given);
	isth_build_spec_destroy(silent);
	text_clear(&t);
	free(number);
	free(manual);
	json_decref(schema);
}

/* The examples are what people copy. */
ATF_TC_WITHOUT_HEAD(examples_are_specs);
ATF_TC_BODY(examples_are_specs, tc)
{
	struct isth_build_spec *s;
	struct dirent *entry;
	struct error e;
	char path[600];
	const char *dot;
	size_t n;
	DIR *dir;

	n = 0;
	dir = opendir(SOURCE_ROOT "/examples/build");
	ATF_REQUIRE(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		dot = strrchr(entry->d_name, '.');
		if (dot == NULL || strcmp(dot, ".json") != 0)
			continue;
		(void)snprintf(path, sizeof(path),
		    SOURCE_ROOT "/examples/build/%s", entry->d_name);
		s = isth_build_spec_load(path,
		    text_starts(entry->d_name, "nix-") ? ISTH_SPEC_NIX
						       : ISTH_SPEC_ISTHMUS,
		    &e);
		ATF_CHECK_MSG(s != NULL, "%s: %s", e.path, e.why);
		isth_build_spec_destroy(s);
		n++;
	}
	(void)closedir(dir);
	ATF_CHECK(n >= 4);
	ATF_CHECK(isth_build_spec_load("none", ISTH_SPEC_NIX, &e) == NULL);
	ATF_CHECK_STREQ("none", e.path);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, smallest_spec_has_the_documented_defaults);
	ATF_TP_ADD_TC(tp, all_that_a_spec_may_say_is_read);
	ATF_TP_ADD_TC(tp, null_takes_a_limit_away);
	ATF_TP_ADD_TC(tp, unknown_keys_are_refused_with_the_nearest);
	ATF_TP_ADD_TC(tp, wrong_types_and_missing_keys_name_their_place);
	ATF_TP_ADD_TC(tp, the_other_format_is_recognised);
	ATF_TP_ADD_TC(tp, limits_are_positive_and_bounded);
	ATF_TP_ADD_TC(tp, a_hash_is_of_one_output_and_network_needs_one);
	ATF_TP_ADD_TC(tp, text_that_is_not_json_is_refused);
	ATF_TP_ADD_TC(tp, deep_nesting_is_an_error);
	ATF_TP_ADD_TC(tp, a_long_file_name_leaves_the_json_path_readable);
	ATF_TP_ADD_TC(tp, schema_and_manual_have_the_keys_and_the_defaults);
	ATF_TP_ADD_TC(tp, examples_are_specs);
	return (atf_no_error());
}
