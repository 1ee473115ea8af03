/*
 * Reaching the host or another build: signals, traces, what the kernel tells,
 * System V and POSIX objects, sockets, locks, descriptors.
 */
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)
#define NATIVE TRIAL_NATIVE

static void
set_number(struct site *s, const char *name, long value)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%ld", value);
	json_object_set_new(s->env, name, json_string(number));
}

static void
set_names(struct site *s)
{
	char name[64];

	set_number(s, "IPC_KEY", 0x15700000L + getpid());
	(void)snprintf(name, sizeof(name), "/isthmus-attack-%d", getpid());
	json_object_set_new(s->env, "IPC_NAME", json_string(name));
}

static int
serve(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE_MSG(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0,
	    "%s: %s", path, strerror(errno));
	ATF_REQUIRE(chmod(path, 0777) == 0 && listen(fd, 16) == 0);
	return (fd);
}

/* Services of the host: a path, one among the inputs, a port of loopback. */
static void
host_serve(struct site *s, int fds[3])
{
	struct sockaddr_in in = { .sin_len = sizeof(in),
		.sin_family = AF_INET };
	socklen_t len = sizeof(in);
	char path[64], here[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "/tmp/.s.%d", getpid());
	json_object_set_new(s->env, "SOCKET_PATH", json_string(path));
	fds[0] = serve(path);
	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	ATF_REQUIRE(chdir(s->inputs) == 0);
	fds[1] = serve("socket");
	ATF_REQUIRE(chdir(here) == 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[2] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[2], (struct sockaddr *)&in, sizeof(in)) == 0);
	ATF_REQUIRE(getsockname(fds[2], (struct sockaddr *)&in, &len) == 0);
	ATF_REQUIRE(listen(fds[2], 16) == 0);
	set_number(s, "HOST_PORT", ntohs(in.sin_port));
}

static const struct trial host[] = {
	{ "sysv-shm", ROOT, 0, NULL },
	{ "sysv-sem", ROOT, 0, NULL },
	{ "sysv-msg", ROOT, 0, NULL },
	{ "list-sysv-shm", 0, NATIVE, NULL },
	{ "list-sysv-sem", 0, NATIVE, NULL },
	{ "list-sysv-msg", 0, NATIVE, NULL },
	{ "attach-sysv-shm", 0, NATIVE, NULL },
	{ "posix-shm", ROOT, 0, NULL },
	{ "list-posix-shm", 0, NATIVE, NULL },
	{ "posix-queue", ROOT, TRIAL_OPTIONAL, NULL },
	{ "unix-path", ROOT, 0, NULL },
	{ "input-socket", ROOT, 0, NULL },
	{ "loopback", ROOT, 0, NULL },
	{ "signal-victim", 0, NATIVE, NULL },
	{ "thread-victim", 0, NATIVE, NULL },
	{ "queue-victim", 0, NATIVE, NULL },
	{ "signal-executor", 0, NATIVE, NULL },
	{ "see-victim", 0, NATIVE, NULL },
	{ "args-victim", 0, NATIVE, NULL },
	{ "env-victim", 0, NATIVE, NULL },
	{ "maps-victim", 0, NATIVE, NULL },
	{ "files-victim", 0, NATIVE, NULL },
	{ "cwd-victim", 0, NATIVE, NULL },
	{ "image-victim", 0, NATIVE, NULL },
	{ "groups-victim", 0, NATIVE, NULL },
	{ "limit-victim", 0, NATIVE, NULL },
	{ "kqueue-victim", 0, NATIVE, NULL },
	{ "procctl-victim", 0, NATIVE, NULL },
	{ "protect-victim", 0, NATIVE, NULL },
	{ "session-victim", 0, NATIVE, NULL },
	{ "priority-victim", 0, NATIVE, NULL },
	{ "rtprio-victim", 0, NATIVE, NULL },
	{ "scheduler-victim", 0, NATIVE, NULL },
	{ "processors-victim", 0, NATIVE, NULL },
	{ "join-victim", 0, NATIVE, NULL },
	{ "usage-victim", 0, NATIVE | TRIAL_OPTIONAL, NULL },
	{ "ktrace-victim", 0, NATIVE, NULL },
	{ "ktrace-below", 0, NATIVE, NULL },
	{ "trace-victim", 0, NATIVE, NULL },
	{ "other-processes", 0, NATIVE, NULL },
};

static void
attack_host(uint64_t always_out)
{
	struct site s;
	int fds[3], i;
	pid_t victim;

	site_create(&s);
	s.always_out = always_out;
	set_names(&s);
	host_serve(&s, fds);
	victim = site_native_start(&s, 0, "--deed victim 120");
	set_number(&s, "HOST_PID", victim);
	trials_run(&s, host, COUNT(host));
	for (i = 0; i < 3; i++)
		(void)close(fds[i]);
	(void)unlink(json_string_value(json_object_get(s.env, "SOCKET_PATH")));
	(void)kill(victim, SIGUSR1);
	(void)waitpid(victim, NULL, 0);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(the_host_is_out_of_reach);
ATF_TC_BODY(the_host_is_out_of_reach, tc)
{
	attack_host(0);
}

ATF_TC_WITHOUT_HEAD(the_host_is_out_of_reach_of_root);
ATF_TC_BODY(the_host_is_out_of_reach_of_root, tc)
{
	attack_host(DROP);
}

static const char sibling[] =
    "signal-victim thread-victim queue-victim see-victim args-victim "
    "env-victim maps-victim files-victim cwd-victim limit-victim "
    "kqueue-victim procctl-victim session-victim priority-victim "
    "rtprio-victim scheduler-victim processors-victim ktrace-victim "
    "trace-victim other-processes sysv-shm sysv-sem sysv-msg posix-shm "
    "list-sysv-shm list-posix-shm attach-sysv-shm";

static void
check_all(const char *said, const char *names, const char *end)
{
	char line[128], *copy, *name, *rest, *found;

	copy = strdup(names);
	for (name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		(void)snprintf(line, sizeof(line), "attack %s ", name);
		found = strstr(said, line);
		if (found == NULL)
			atf_tc_fail_nonfatal("%s: no answer", name);
		else if (!text_starts(found + strlen(line), end))
			atf_tc_fail_nonfatal("not %s: %.*s", end,
			    (int)strcspn(found, "\n"), found);
	}
	free(copy);
}

/* Two builds at the same time: one holds, one attacks it. */
static void
attack_sibling(uint64_t always_out)
{
	struct run *held, *attacking;
	struct text said;
	struct site s;
	pid_t victim;

	site_create(&s);
	s.always_out = always_out;
	set_names(&s);
	held = site_add(&s, "held", "--deed victim 30", NULL, NULL);
	site_wait_ready(&s, held);
	victim = host_find_process(always_out == 0 ? s.pool : 0);
	ATF_REQUIRE(victim > 0);
	set_number(&s, "HOST_PID", victim);
	attacking = site_add(&s, "attacking", sibling, NULL, NULL);
	site_wait_end(&s, attacking);
	ATF_CHECK(!held->ended);
	site_cancel(&s);
	ATF_CHECK(held->uid != attacking->uid);
	ATF_CHECK_MSG(strstr(text_string(&held->lines),
			  "shm 1 sem 1 msg 1 posix 1") != NULL,
	    "%s", text_string(&held->lines));
	check_all(text_string(&attacking->lines), sibling, "refused");
	/* The twin: nothing between two processes of one user. */
	victim = site_native_start(&s, 65534, "--deed victim 60");
	set_number(&s, "HOST_PID", victim);
	said = site_native(&s, 65534, sibling);
	check_all(text_string(&said), sibling, "succeeded");
	text_clear(&said);
	(void)kill(victim, SIGUSR1);
	(void)waitpid(victim, NULL, 0);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(another_build_is_out_of_reach);
ATF_TC_BODY(another_build_is_out_of_reach, tc)
{
	attack_sibling(0);
}

ATF_TC_WITHOUT_HEAD(another_build_is_out_of_reach_of_root);
ATF_TC_BODY(another_build_is_out_of_reach_of_root, tc)
{
	attack_sibling(DROP);
}

static void
host_root(struct plan *plan)
{
	size_t at = plan_find(plan, STEP_ISOLATE);

	ATF_REQUIRE(at < plan->n);
	plan->steps[at].path = plan_keep(plan, "/");
	ATF_REQUIRE(plan->steps[at].path != NULL);
}

/*
 * CVE-2025-15576: one build hands a directory to another.  The twin's two
 * jails have one root, and so one socket.
 */
ATF_TC_WITHOUT_HEAD(no_directory_passes_between_builds);
ATF_TC_BODY(no_directory_passes_between_builds, tc)
{
	char deed[4 * PATH_SIZE], where[PATH_SIZE];
	struct run *handing, *attacking;
	struct site s;
	int twin;

	for (twin = 0; twin < 2; twin++) {
		site_create(&s);
		s.edit = twin ? host_root : NULL;
		(void)snprintf(where, sizeof(where), "%.80s/s", s.work);
		json_object_set_new(s.env, "SOCKET_INSIDE", json_string(where));
		json_object_set_new(
		    s.env, "SOCKET_STORE", json_string("/tmp/.attack-socket"));
		(void)snprintf(deed, sizeof(deed),
		    "--deed hand %ld %s /tmp/.attack-socket", 3 * site_slow(),
		    where);
		handing = site_add(&s, "handing", deed, NULL, NULL);
		site_wait_ready(&s, handing);
		/* The same socket, where the host has it. */
		(void)snprintf(
		    where, sizeof(where), "%.60s/jobs/x/work/s", s.state);
		json_object_set_new(s.env, "SOCKET_HOST", json_string(where));
		attacking =
		    site_add(&s, "attacking", "take-directory", NULL, NULL);
		site_wait_end(&s, attacking);
		ATF_CHECK(!handing->ended);
		site_cancel(&s);
		(void)unlink("/tmp/.attack-socket");
		check_all(text_string(&attacking->lines), "take-directory",
		    twin ? "succeeded" : "refused");
		site_destroy(&s);
	}
}

/* What has a name goes with the jail. */
ATF_TC_WITHOUT_HEAD(no_named_object_is_left);
ATF_TC_BODY(no_named_object_is_left, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	set_names(&s);
	r = site_build(&s, "litter", "--deed litter", NULL);
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	ATF_CHECK_MSG(
	    strstr(text_string(&r->lines), "shm 1 sem 1 msg 1 posix 1") != NULL,
	    "%s", text_string(&r->lines));
	site_destroy(&s);
}

static void
inputs_writable(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_INPUT &&
		    strstr(plan->steps[i].source, "/inputs") != NULL)
			plan->steps[i].kind = STEP_MOUNT_WRITABLE;
	}
}

static const struct trial hung[] = {
	{ "umtx-input", 0, 0, inputs_writable },
};

/* Memory that would be found by whoever else has that input. */
ATF_TC_WITHOUT_HEAD(nothing_hangs_on_an_input);
ATF_TC_BODY(nothing_hangs_on_an_input, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, hung, COUNT(hung));
	site_destroy(&s);
}

static const struct trial channels[] = {
	{ "lock-input", 0, NATIVE, NULL },
	{ "fifo-read", 0, NATIVE, NULL },
	{ "fifo-write", 0, NATIVE, NULL },
};

/* Two builds with one input can tell each other bits by it. */
ATF_TC_WITHOUT_HEAD(known_channels);
ATF_TC_BODY(known_channels, tc)
{
	struct site s;
	int fd;

	site_create(&s);
	atf_tc_expect_fail("locks and FIFOs go through a read-only nullfs, as "
			   "through a bind mount");
	ATF_REQUIRE(mkfifo(site_path(&s, s.inputs, "fifo"), 0666) == 0);
	ATF_REQUIRE(chmod(site_path(&s, s.inputs, "fifo"), 0666) == 0);
	fd = open(
	    site_path(&s, s.inputs, "fifo"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ATF_REQUIRE(fd != -1);
	trials_run(&s, channels, COUNT(channels));
	(void)close(fd);
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_host_is_out_of_reach);
	ATF_TP_ADD_TC(tp, the_host_is_out_of_reach_of_root);
	ATF_TP_ADD_TC(tp, another_build_is_out_of_reach);
	ATF_TP_ADD_TC(tp, another_build_is_out_of_reach_of_root);
	ATF_TP_ADD_TC(tp, no_directory_passes_between_builds);
	ATF_TP_ADD_TC(tp, no_named_object_is_left);
	ATF_TP_ADD_TC(tp, nothing_hangs_on_an_input);
	ATF_TP_ADD_TC(tp, known_channels);
	return (atf_no_error());
}
