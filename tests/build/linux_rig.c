/*
 * A small engine: it does the host's steps of a plan that are the engine's
 * own, and listens.  So that the Linux host can be tested without executor,
 * journal and collector.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "linux_rig.h"

static void
add_expanded(struct text *t, const char *s, const char *base, bool json)
{
	for (; *s != '\0'; s++) {
		if (*s == '@')
			text_add(t, base);
		else if (json && (*s == '"' || *s == '\\'))
			text_addf(t, "\\%c", *s);
		else if (json && *s == '\n')
			text_add(t, "\\n");
		else
			text_add_bytes(t, s, 1);
	}
}

static void
require(bool ok, const char *what, const struct error *e)
{
	ATF_REQUIRE_MSG(
	    ok, "%s: %s: %s: %s %d", what, e->step, e->path, e->why, e->err);
}

void
rig_create(struct rig *r, const char *script, const char *more)
{
	struct isth_build_options options = { .jobs = 1 };
	struct plan_names names = { .id = "0123456789ab" };
	char path[128];
	struct text t = { 0 };
	struct error e;

	memset(r, 0, sizeof(*r));
	r->child_fd = -1;
	/* Not below the test's own directory, which other users cannot enter. */
	snprintf(r->base, sizeof(r->base), "/tmp/isthmus-rig-XXXXXX");
	ATF_REQUIRE(mkdtemp(r->base) != NULL);
	ATF_REQUIRE(chmod(r->base, 0755) == 0);
	snprintf(path, sizeof(path), "%s/jobs", r->base);
	ATF_REQUIRE(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/store", r->base);
	ATF_REQUIRE(mkdir(path, 0755) == 0);
	text_add(&t, "{\"version\": \"isthmus.build/1\", \"name\": \"rig\", "
		     "\"builder\": \"/bin/sh\", "
		     "\"env\": {\"PATH\": \"/usr/bin:/bin:/usr/sbin:/sbin\"}, "
		     "\"args\": [\"-c\", \"");
	add_expanded(&t, script, r->base, true);
	text_addf(&t,
	    "\"], \"store\": \"%s/store\", \"outputs\": {\"out\": "
	    "\"%s/store/out\"}, \"inputs\": [\"/usr\"",
	    r->base, r->base);
	add_expanded(&t, more, r->base, false);
	text_add(&t, "]}");
	ATF_REQUIRE(!t.failed);
	r->spec =
	    isth_build_spec_parse(t.data, t.len, "rig", ISTH_SPEC_ISTHMUS, &e);
	require(r->spec != NULL, "spec", &e);
	text_clear(&t);
	r->host = host_create(&options, &e);
	require(r->host != NULL, "host", &e);
	names.uid = host_traits(r->host)->root ? RIG_UID : 1000;
	names.gid = names.uid;
	names.state = r->base;
	names.log = "none";
	r->plan = plan_create(r->spec, &names, host_traits(r->host), &e);
	require(r->plan != NULL, "plan", &e);
}

static void
own_step(const struct step *s)
{
	if (s->kind != STEP_MAKE_DIRECTORY)
		return;
	ATF_REQUIRE_MSG(mkdir(s->path, 0700) == 0, "%s", s->path);
	ATF_REQUIRE(chmod(s->path, s->mode) == 0);
	if (s->uid != (uid_t)-1)
		ATF_REQUIRE(chown(s->path, s->uid, s->gid) == 0);
}

bool
rig_start(struct rig *r, struct error *e)
{
	struct host_start start;
	int output[2], report[2], life[2];
	const struct step *s;
	size_t i;
	bool ok;

	r->job = host_job_create(r->host, r->plan, e);
	require(r->job != NULL, "job", e);
	for (i = 0; r->plan->steps[i].side == SIDE_HOST; i++) {
		s = &r->plan->steps[i];
		if (s->kind == STEP_LIMIT_GROUP)
			require(host_step(r->job, s, e), "group", e);
		else
			own_step(s);
	}
	ATF_REQUIRE(pipe2(output, O_CLOEXEC) == 0);
	ATF_REQUIRE(pipe2(report, O_CLOEXEC) == 0);
	ATF_REQUIRE(pipe2(life, O_CLOEXEC) == 0);
	start = (struct host_start){ .first = i,
		.output_fd = output[1],
		.report_fd = report[1],
		.life_fd = life[0],
		.lock_fd = -1 };
	ok = host_start(r->job, &start, &r->child_fd, e);
	close(output[1]);
	close(report[1]);
	close(life[0]);
	r->output_fd = output[0];
	r->report_fd = report[0];
	r->life_fd = life[1];
	ATF_REQUIRE(fcntl(r->output_fd, F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(fcntl(r->report_fd, F_SETFL, O_NONBLOCK) == 0);
	return (ok);
}

static void
listen_once(struct rig *r)
{
	struct report report;
	ssize_t n;

	n = read(r->output_fd, r->output + r->output_len,
	    sizeof(r->output) - 1 - r->output_len);
	if (n > 0)
		r->output_len += (size_t)n;
	r->output[r->output_len] = '\0';
	while (report_read(r->report_fd, &report) == 1) {
		switch (report.kind) {
		case REPORT_STARTED:
			r->started = true;
			break;
		case REPORT_FAILED:
			r->failed = true;
			r->failure = report;
			break;
		case REPORT_EXITED:
			r->exited = true;
			r->status = report.status;
			r->processes = report.number;
			break;
		default:
			break;
		}
	}
}

static void
listen_until(struct rig *r, const char *text, int seconds)
{
	struct pollfd child = { .fd = r->child_fd, .events = POLLIN };
	uint64_t begin = clock_now();

	while (!r->ended && (text == NULL || !rig_said(r, text))) {
		ATF_REQUIRE_MSG(clock_since_ms(begin) < seconds * 1000.0,
		    "no end after %d seconds; output: %s", seconds, r->output);
		r->ended = poll(&child, 1, 2) == 1;
		listen_once(r);
	}
}

void
rig_wait(struct rig *r, int seconds)
{
	listen_until(r, NULL, seconds);
}

void
rig_until(struct rig *r, const char *text, int seconds)
{
	listen_until(r, text, seconds);
	ATF_REQUIRE_MSG(rig_said(r, text), "output: %s", r->output);
}

void
rig_stop(struct rig *r)
{
	enum host_stop answer;
	struct error e;
	size_t i;

	while ((answer = host_stop(r->job, &e)) == HOST_STOP_AGAIN)
		usleep(1000);
	require(answer == HOST_STOP_DONE, "stop", &e);
	listen_once(r);
	host_measure(r->job, &r->result);
	for (i = r->plan->n; i-- > 0;) {
		const struct step *s = &r->plan->steps[i];

		if (s->undo == UNDO_KILL || s->undo == UNDO_REMOVE_GROUP)
			require(host_undo(r->host, s->undo, s->target,
				    r->plan->uid, &e),
			    "undo", &e);
	}
	if (host_traits(r->host)->root)
		ATF_CHECK_EQ(host_uid_busy(r->host, RIG_UID), 0);
}

void
rig_destroy(struct rig *r)
{
	char command[128];

	host_job_destroy(r->job);
	plan_destroy(r->plan);
	host_destroy(r->host);
	isth_build_spec_destroy(r->spec);
	close(r->output_fd);
	close(r->report_fd);
	close(r->life_fd);
	snprintf(command, sizeof(command), "rm -rf %s", r->base);
	ATF_CHECK_EQ(system(command), 0);
}

void
rig_run(struct rig *r)
{
	struct error e;

	require(rig_start(r, &e), "start", &e);
	rig_wait(r, 20);
	rig_stop(r);
	ATF_CHECK_MSG(r->exited && !r->failed, "%s: %s: %s %d",
	    r->failure.error.step, r->failure.error.path, r->failure.error.why,
	    r->failure.error.err);
}

bool
rig_said(const struct rig *r, const char *text)
{
	return (strstr(r->output, text) != NULL);
}
