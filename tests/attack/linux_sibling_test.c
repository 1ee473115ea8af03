/*
 * Reaching the host or another build by signals, traces, System V and POSIX
 * objects, and sockets.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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
	(void)snprintf(name, sizeof(name), "isthmus-host-%d", getpid());
	json_object_set_new(s->env, "ABSTRACT_HOST", json_string(name));
	(void)snprintf(name, sizeof(name), "isthmus-peer-%d", getpid());
	json_object_set_new(s->env, "ABSTRACT_SIBLING", json_string(name));
}

/* Services of the host: an abstract name, a path, a port of the loopback. */
static void
host_serve(struct site *s, int fds[3])
{
	struct sockaddr_un name = { .sun_family = AF_UNIX },
			   path = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int i;

	(void)snprintf(
	    path.sun_path, sizeof(path.sun_path), "/tmp/.s.%d", getpid());
	json_object_set_new(s->env, "SOCKET_PATH", json_string(path.sun_path));
	fds[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[0], (struct sockaddr *)&path, sizeof(path)) == 0);
	(void)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%s",
	    json_string_value(json_object_get(s->env, "ABSTRACT_HOST")));
	fds[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[1], (struct sockaddr *)&name,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				    strlen(name.sun_path + 1))) == 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[2] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(fds[2], (struct sockaddr *)&in, sizeof(in)) == 0);
	ATF_REQUIRE(getsockname(fds[2], (struct sockaddr *)&in, &len) == 0);
	set_number(s, "HOST_PORT", ntohs(in.sin_port));
	for (i = 0; i < 3; i++)
		ATF_REQUIRE(listen(fds[i], 16) == 0);
}

static void
without(struct plan *plan, const char *word)
{
	size_t at = plan_find(plan, STEP_ISOLATE);
	char *found;

	ATF_REQUIRE(at < plan->n && plan->steps[at].text != NULL);
	found = strstr(plan->steps[at].text, word);
	ATF_REQUIRE_MSG(found != NULL, "%s", plan->steps[at].text);
	memset(found, '-', strlen(word));
}

static void
without_net(struct plan *plan)
{
	without(plan, "net");
}

static void
without_ipc(struct plan *plan)
{
	without(plan, "ipc");
}

static const struct trial host[] = {
	{ "sysv-shm", 0, 0, without_ipc },
	{ "sysv-sem", 0, 0, without_ipc },
	{ "sysv-msg", 0, 0, without_ipc },
	{ "posix-queue", 0, 0, without_ipc },
	{ "posix-shm", 0, NATIVE, NULL },
	{ "unix-path", 0, NATIVE, NULL },
	{ "abstract-host", 0, 0, without_net },
	{ "loopback", 0, 0, without_net },
	{ "network", 0, TRIAL_OPTIONAL, without_net },
	{ "signal-victim", 0, NATIVE, NULL },
	{ "trace-victim", 0, NATIVE, NULL },
	{ "memory-victim", 0, NATIVE, NULL },
	{ "pidfd-victim", 0, NATIVE, NULL },
	{ "limit-victim", 0, NATIVE, NULL },
	{ "signal-executor", 0, NATIVE, NULL },
	{ "other-processes", 0, NATIVE, NULL },
};

ATF_TC_WITHOUT_HEAD(the_host_is_out_of_reach);
ATF_TC_BODY(the_host_is_out_of_reach, tc)
{
	struct site s;
	int fds[3], i;
	pid_t victim;

	site_create(&s);
	set_names(&s);
	host_serve(&s, fds);
	victim = site_native_start(&s, 0, "--deed victim 8");
	set_number(&s, "HOST_PID", victim);
	trials_run(&s, host, COUNT(host));
	for (i = 0; i < 3; i++)
		(void)close(fds[i]);
	(void)unlink(json_string_value(json_object_get(s.env, "SOCKET_PATH")));
	(void)kill(victim, SIGUSR1);
	(void)waitpid(victim, NULL, 0);
	site_destroy(&s);
}

static const char sibling[] = "signal-victim trace-victim memory-victim "
			      "pidfd-victim limit-victim other-processes "
			      "sysv-shm sysv-sem sysv-msg posix-shm";

static void
check_all(const char *said, const char *names, const char *end)
{
	char line[128], *copy, *name, *rest;

	copy = strdup(names);
	for (name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		(void)snprintf(line, sizeof(line), "attack %s %s", name, end);
		if (strstr(said, line) == NULL)
			atf_tc_fail_nonfatal("%s is not %s", name, end);
	}
	free(copy);
}

/* Two builds at the same time: one holds, one attacks it. */
ATF_TC_WITHOUT_HEAD(another_build_is_out_of_reach);
ATF_TC_BODY(another_build_is_out_of_reach, tc)
{
	struct run *held, *attacking;
	struct text said;
	struct site s;
	pid_t victim;

	site_create(&s);
	set_names(&s);
	held = site_add(&s, "held", "--deed victim 2", NULL, NULL);
	site_wait_ready(&s, held);
	victim = host_find_process(s.pool);
	ATF_REQUIRE(victim > 0);
	set_number(&s, "HOST_PID", victim);
	attacking = site_add(&s, "attacking", sibling, NULL, NULL);
	site_run(&s);
	ATF_CHECK(held->uid != attacking->uid);
	ATF_CHECK(held->outcome == ISTH_OUTCOME_OUTPUT_REJECTED);
	check_all(text_string(&attacking->lines), sibling, "refused");
	/* The twin: nothing between two processes of one user. */
	victim = site_native_start(&s, 65534, "--deed victim 8");
	set_number(&s, "HOST_PID", victim);
	said = site_native(&s, 65534, sibling);
	check_all(text_string(&said), sibling, "succeeded");
	text_clear(&said);
	(void)kill(victim, SIGUSR1);
	(void)waitpid(victim, NULL, 0);
	site_destroy(&s);
}

/* CVE-2024-27297: a descriptor handed from one build to another. */
ATF_TC_WITHOUT_HEAD(no_abstract_name_between_builds);
ATF_TC_BODY(no_abstract_name_between_builds, tc)
{
	struct run *listening, *attacking;
	char deed[128];
	struct site s;
	int twin;

	site_create(&s);
	set_names(&s);
	(void)snprintf(deed, sizeof(deed), "--deed listen %s 2",
	    json_string_value(json_object_get(s.env, "ABSTRACT_SIBLING")));
	for (twin = 0; twin < 2; twin++) {
		s.edit = twin ? without_net : NULL;
		listening = site_add(&s, "listening", deed, NULL, NULL);
		site_wait_ready(&s, listening);
		attacking =
		    site_add(&s, "attacking", "abstract-sibling", NULL, NULL);
		site_run(&s);
		check_all(text_string(&attacking->lines), "abstract-sibling",
		    twin ? "succeeded" : "refused");
	}
	site_destroy(&s);
}

/* A networked build: a way out, and none to what listens here. */
ATF_TC_WITHOUT_HEAD(a_networked_build_does_not_reach_the_host);
ATF_TC_BODY(a_networked_build_does_not_reach_the_host, tc)
{
	static const char attacks[] = "abstract-host loopback unix-path "
				      "socket-raw socket-packet net-address";
	struct run *r;
	struct site s;
	int fds[3], i;

	site_create(&s);
	set_names(&s);
	host_serve(&s, fds);
	if (access("/usr/bin/pasta", X_OK) != 0 &&
	    access("/usr/bin/slirp4netns", X_OK) != 0)
		atf_tc_skip("needs pasta or slirp4netns");
	r = site_add(&s, "fetch", attacks, NULL,
	    json_pack("{s:s s:{s:s s:s s:s}}", "network", "fixed-output",
		"hash", "algorithm", "sha256", "mode", "flat", "value",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55"));
	site_run(&s);
	check_all(text_string(&r->lines), attacks, "refused");
	for (i = 0; i < 3; i++)
		(void)close(fds[i]);
	(void)unlink(json_string_value(json_object_get(s.env, "SOCKET_PATH")));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_host_is_out_of_reach);
	ATF_TP_ADD_TC(tp, another_build_is_out_of_reach);
	ATF_TP_ADD_TC(tp, no_abstract_name_between_builds);
	ATF_TP_ADD_TC(tp, a_networked_build_does_not_reach_the_host);
	return (atf_no_error());
}
