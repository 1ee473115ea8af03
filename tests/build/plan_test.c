/*
 * The plan: what is in it, in which order, with which undo, for a host with
 * private mounts and for one without, neither of which has to be this one.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "build/plan.h"

static const char *const devices[] = { "/dev/null", "/dev/zero", NULL };
static const char *const weaker[] = { "outputs belong to the caller", NULL };
static const struct step masks[] = {
	{ .path = (char *)(uintptr_t) "/proc/kcore", .flags = MASK_EMPTY },
	{ .path = (char *)(uintptr_t) "/proc/sys", .flags = MASK_READ_ONLY },
	{ .path = NULL },
};
static struct host_link links[] = {
	{ (char *)(uintptr_t) "/bin", (char *)(uintptr_t) "usr/bin" },
	{ (char *)(uintptr_t) "/home", (char *)(uintptr_t) "data/home" },
};

static const struct host_traits linux_like = {
	.system = "linux",
	.root = true,
	.mounts_inside = true,
	.has_pts = true,
	.has_shm = true,
	.has_proc = true,
	.has_hostname = true,
	.has_loopback = true,
	.has_seal = true,
	.has_filter = true,
	.isolation = "mount pid",
	.group = "cgroup2",
	.devices = devices,
	.masks = masks,
	.root_links = links,
	.nroot_links = 2,
	.network_why = "neither pasta nor slirp4netns is installed",
	.limits = { { "memory_bytes", NULL, "no memory controller" },
	    { "processes", "RLIMIT_NPROC", NULL } },
	.nlimits = 2,
	.memory_bytes = 1 << 30,
};

static const struct host_traits freebsd_like = {
	.system = "freebsd",
	.root = true,
	.root_on_disk = true,
	.has_passwd_db = true,
	.isolation = "jail",
	.devices = devices,
	.network = "vnet",
	.network_why = "",
	.memory_bytes = 1 << 30,
};

static const struct plan_names names = {
	.id = "0123456789ab",
	.state = "/state",
	.uid = 35001,
	.gid = 35001,
	.log = "/state/logs/x.log",
};

static struct isth_build_spec *
parse(const char *json)
{
	struct isth_build_spec *spec;
	struct error e = { 0 };

	spec = isth_build_spec_parse(
	    json, strlen(json), "x.json", ISTH_SPEC_ISTHMUS, &e);
	ATF_REQUIRE_MSG(spec != NULL, "%s: %s: %s", e.step, e.path, e.why);
	return (spec);
}

#define SPEC(more)                                                     \
	"{\"version\": \"isthmus.build/1\", \"name\": \"hello-2.12\"," \
	" \"builder\": \"/bin/sh\", \"args\": [\"-c\", \"exit 0\"],"   \
	" \"inputs\": [\"/usr\", \"/store/dep\"],"                     \
	" \"outputs\": {\"out\": \"/store/hello-2.12\"}" more "}"

static struct plan *
plan(const struct isth_build_spec *spec, const struct host_traits *traits)
{
	struct error e = { 0 };
	struct plan *p = plan_create(spec, &names, traits, &e);

	ATF_REQUIRE_MSG(p != NULL, "%s: %s: %s", e.step, e.path, e.why);
	return (p);
}

/* Index of the step with that path; it must be there. */
static size_t
at(const struct plan *p, enum step_kind kind, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->steps[i].kind == kind && p->steps[i].path != NULL &&
		    strcmp(p->steps[i].path, path) == 0)
			return (i);
	}
	atf_tc_fail("no %s %s", step_kind_name(kind), path);
}

static const char *
env_of(const struct plan *p, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; p->envp[i] != NULL; i++) {
		if (strncmp(p->envp[i], name, len) == 0 &&
		    p->envp[i][len] == '=')
			return (p->envp[i] + len + 1);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(order_with_private_mounts);
ATF_TC_BODY(order_with_private_mounts, tc)
{
	struct isth_build_spec *spec = parse(SPEC(""));
	struct plan *p = plan(spec, &linux_like);
	size_t i, first = plan_find(p, STEP_ISOLATE);

	(void)tc;
	ATF_CHECK_EQ(plan_find(p, STEP_TAKE_UID), 0);
	for (i = 0; i < p->n; i++)
		ATF_CHECK_EQ_MSG(p->steps[i].side,
		    i < first ? SIDE_HOST : SIDE_INSIDE, "step %zu", i);
	ATF_CHECK(at(p, STEP_MOUNT_WRITABLE, "/store") <
		  at(p, STEP_MOUNT_INPUT, "/store/dep"));
	ATF_CHECK(plan_find(p, STEP_ENTER_ROOT) < plan_find(p, STEP_SEAL));
	ATF_CHECK(plan_find(p, STEP_DROP) < plan_find(p, STEP_FILTER));
	ATF_CHECK_EQ(plan_find(p, STEP_RUN), p->n - 1);
	/* A mount that dies with its name space needs no undo. */
	ATF_CHECK_EQ(p->steps[at(p, STEP_MOUNT_INPUT, "/usr")].undo, UNDO_NONE);
	ATF_CHECK_EQ(p->steps[first].undo, UNDO_KILL);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(order_with_mounts_on_the_host);
ATF_TC_BODY(order_with_mounts_on_the_host, tc)
{
	struct isth_build_spec *spec = parse(SPEC(""));
	struct plan *p = plan(spec, &freebsd_like);
	size_t usr;

	(void)tc;
	usr = at(p, STEP_MOUNT_INPUT, "/state/jobs/0123456789ab/root/usr");
	ATF_CHECK_EQ(p->steps[usr].side, SIDE_HOST);
	ATF_CHECK_EQ(p->steps[usr].undo, UNDO_UNMOUNT);
	ATF_CHECK_STREQ(
	    "/state/jobs/0123456789ab/root/usr", p->steps[usr].target);
	ATF_CHECK(usr < plan_find(p, STEP_ISOLATE));
	ATF_CHECK_EQ(p->steps[plan_find(p, STEP_ENTER_ROOT)].side, SIDE_INSIDE);
	ATF_CHECK_EQ(plan_find(p, STEP_FILTER), p->n);
	ATF_CHECK_EQ(plan_find(p, STEP_MOUNT_ROOT), p->n);
	ATF_CHECK_EQ(p->steps[at(p, STEP_WRITE_FILE,
				  "/state/jobs/0123456789ab/root/etc/pwd.db")]
			 .flags,
	    WRITE_PASSWD_DB);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(every_host_change_has_its_undo);
ATF_TC_BODY(every_host_change_has_its_undo, tc)
{
	const struct host_traits *hosts[] = { &linux_like, &freebsd_like };
	struct isth_build_spec *spec = parse(SPEC(""));
	const struct step *s;
	struct plan *p;
	size_t h, i, j;
	bool covered;

	(void)tc;
	for (h = 0; h < 2; h++) {
		p = plan(spec, hosts[h]);
		for (i = 0; i < p->n; i++) {
			s = &p->steps[i];
			/* The log is meant to stay. */
			if (s->side != SIDE_HOST || s->undo != UNDO_NONE ||
			    s->kind == STEP_OPEN_LOG)
				continue;
			covered = false;
			for (j = 0; j < i && s->path != NULL; j++) {
				if (p->steps[j].undo == UNDO_REMOVE_TREE &&
				    path_below(s->path, p->steps[j].target))
					covered = true;
			}
			ATF_CHECK_MSG(covered, "%s %s has no undo",
			    step_kind_name(s->kind),
			    s->path == NULL ? "" : s->path);
		}
		plan_destroy(p);
	}
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(environment_is_from_nothing);
ATF_TC_BODY(environment_is_from_nothing, tc)
{
	struct isth_build_spec *spec =
	    parse(SPEC(", \"env\": {\"HOME\": \"/h\", \"K\": \"V=W\"}"));
	struct plan *p;

	(void)tc;
	ATF_REQUIRE(setenv("SECRET", "x", 1) == 0);
	p = plan(spec, &linux_like);
	ATF_CHECK(env_of(p, "SECRET") == NULL);
	ATF_CHECK_STREQ("/path-not-set", env_of(p, "PATH"));
	ATF_CHECK_STREQ("/h", env_of(p, "HOME"));
	ATF_CHECK_STREQ("V=W", env_of(p, "K"));
	ATF_CHECK_STREQ("/build", env_of(p, "NIX_BUILD_TOP"));
	ATF_CHECK_STREQ("/build", env_of(p, "TMPDIR"));
	ATF_CHECK_STREQ("/store/hello-2.12", env_of(p, "out"));
	ATF_CHECK_STREQ("sh", p->argv[0]);
	ATF_CHECK_STREQ("-c", p->argv[1]);
	ATF_CHECK_STREQ("exit 0", p->argv[2]);
	ATF_CHECK(p->argv[3] == NULL);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(host_links_only_into_inputs);
ATF_TC_BODY(host_links_only_into_inputs, tc)
{
	struct isth_build_spec *spec = parse(SPEC(""));
	struct plan *p = plan(spec, &linux_like);
	size_t i;

	(void)tc;
	ATF_CHECK_STREQ(
	    "usr/bin", p->steps[at(p, STEP_MAKE_LINK, "/bin")].source);
	for (i = 0; i < p->n; i++)
		ATF_CHECK(p->steps[i].path == NULL ||
			  strcmp(p->steps[i].path, "/home") != 0);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(says_what_is_weaker_and_not_enforced);
ATF_TC_BODY(says_what_is_weaker_and_not_enforced, tc)
{
	struct isth_build_spec *spec =
	    parse(SPEC(", \"limits\": {\"memory_bytes\": 10000000}"));
	struct host_traits traits = linux_like;
	struct plan *p;

	(void)tc;
	traits.weaker = weaker;
	p = plan(spec, &traits);
	ATF_REQUIRE_EQ(1, p->weaker.n);
	ATF_CHECK_STREQ(weaker[0], p->weaker.items[0]);
	ATF_REQUIRE_EQ(1, p->unlimited.n);
	ATF_CHECK_STREQ(
	    "memory_bytes: no memory controller", p->unlimited.items[0]);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
	/* Nobody asked for it: nothing to tell. */
	spec = parse(SPEC(""));
	p = plan(spec, &linux_like);
	ATF_CHECK_EQ(0, p->unlimited.n);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(refuses_network_that_the_host_has_not);
ATF_TC_BODY(refuses_network_that_the_host_has_not, tc)
{
	struct isth_build_spec *spec = parse(
	    SPEC(", \"network\": \"fixed-output\", \"hash\": {\"algorithm\":"
		 " \"sha256\", \"mode\": \"flat\", \"value\": "
		 "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		 "7852b855\"}"));
	struct error e = { 0 };
	struct plan *p;

	(void)tc;
	ATF_CHECK(plan_create(spec, &names, &linux_like, &e) == NULL);
	ATF_CHECK_STREQ("x.json: $.network", e.path);
	ATF_CHECK_STREQ(linux_like.network_why, e.why);
	p = plan(spec, &freebsd_like);
	ATF_CHECK(plan_find(p, STEP_NETWORK) < p->n);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(leave_out_removes_all_of_a_kind);
ATF_TC_BODY(leave_out_removes_all_of_a_kind, tc)
{
	struct isth_build_spec *spec = parse(SPEC(""));
	struct plan *p = plan(spec, &linux_like);
	size_t n = p->n;

	(void)tc;
	plan_leave_out(p, STEP_MASK);
	ATF_CHECK_EQ(n - 2, p->n);
	ATF_CHECK_EQ(p->n, plan_find(p, STEP_MASK));
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TC_WITHOUT_HEAD(rendered_json_has_every_step);
ATF_TC_BODY(rendered_json_has_every_step, tc)
{
	struct isth_build_spec *spec = parse(SPEC(""));
	struct plan *p = plan(spec, &linux_like);
	struct error e = { 0 };
	char *data = NULL;
	size_t len, i;
	json_t *o, *steps;
	FILE *out;

	(void)tc;
	out = open_memstream(&data, &len);
	ATF_REQUIRE(plan_render_json(p, &linux_like, out, &e));
	fclose(out);
	o = json_parse(data, len, "plan", &e);
	ATF_REQUIRE(o != NULL);
	steps = json_object_get(o, "steps");
	ATF_REQUIRE_EQ(p->n, json_array_size(steps));
	for (i = 0; i < p->n; i++)
		ATF_CHECK_STREQ(step_kind_name(p->steps[i].kind),
		    json_string_value(
			json_object_get(json_array_get(steps, i), "step")));
	json_decref(o);
	free(data);
	plan_destroy(p);
	isth_build_spec_destroy(spec);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order_with_private_mounts);
	ATF_TP_ADD_TC(tp, order_with_mounts_on_the_host);
	ATF_TP_ADD_TC(tp, every_host_change_has_its_undo);
	ATF_TP_ADD_TC(tp, environment_is_from_nothing);
	ATF_TP_ADD_TC(tp, host_links_only_into_inputs);
	ATF_TP_ADD_TC(tp, says_what_is_weaker_and_not_enforced);
	ATF_TP_ADD_TC(tp, refuses_network_that_the_host_has_not);
	ATF_TP_ADD_TC(tp, leave_out_removes_all_of_a_kind);
	ATF_TP_ADD_TC(tp, rendered_json_has_every_step);
	return (atf_no_error());
}
