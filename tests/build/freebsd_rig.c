/*
 * A small engine for the tests of the FreeBSD host: does a plan's steps and
 * undo as the executor would, without journal, log and outputs, so that a
 * test can stop between any two of them.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <fs/devfs/devfs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/tree.h"
#include "tests/build/freebsd_rig.h"

static void
quote(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_add(t, "\\");
		if (*s == '\n')
			text_add(t, "\\n");
		else
			text_add_bytes(t, s, 1);
	}
	text_add(t, "\"");
}

void
rig_create_as(struct rig *r, const char *state, uid_t uid, const char *script,
    const char *more)
{
	struct plan_names names = { .uid = uid, .gid = (gid_t)uid };
	struct text t = { 0 };
	struct error e = { 0 };
	const char *bridge = r->options.network_bridge;
	char id[13], log[96], path[96];

	memset(r, 0, sizeof(*r));
	r->options.network_bridge = bridge;
	r->output_fd = r->report_fd = r->life_fd = r->child_fd = -1;
	(void)strlcpy(r->state, state, sizeof(r->state));
	(void)snprintf(path, sizeof(path), "%s/jobs", state);
	ATF_REQUIRE(mkdir(path, 0700) == 0 || errno == EEXIST);
	(void)snprintf(path, sizeof(path), "%s/store", state);
	ATF_REQUIRE(mkdir(path, 0755) == 0 || errno == EEXIST);
	text_add(&t, "{\"version\":\"isthmus.build/1\",\"name\":\"t\","
		     "\"builder\":\"/bin/sh\",\"args\":[\"-c\",");
	quote(&t, script);
	text_addf(&t,
	    "],\"env\":{\"PATH\":\"/bin:/usr/bin:/sbin:/usr/sbin\"},"
	    "\"inputs\":[\"/bin\",\"/lib\",\"/libexec\",\"/sbin\","
	    "\"/usr/bin\",\"/usr/lib\",\"/usr/sbin\"%s,"
	    "\"outputs\":{\"out\":\"/store/t\"},"
	    "\"store\":\"/store\"}",
	    more[0] == '\0' ? "]" : more);
	r->spec = isth_build_spec_parse(
	    text_string(&t), t.len, "t", ISTH_SPEC_ISTHMUS, &e);
	ATF_REQUIRE_MSG(r->spec != NULL, "%s: %s", e.path, e.why);
	text_clear(&t);
	/* The host directory behind "/store". */
	free(r->spec->host_store);
	r->spec->host_store = strdup(path);
	r->host = host_create(&r->options, &e);
	ATF_REQUIRE_MSG(r->host != NULL, "%s", e.why);
	(void)snprintf(
	    id, sizeof(id), "0123abcd%04x", (unsigned)(uid & 0xffff));
	(void)snprintf(log, sizeof(log), "%s/log", state);
	names.id = id;
	names.state = state;
	names.log = log;
	r->plan = plan_create(r->spec, &names, host_traits(r->host), &e);
	ATF_REQUIRE_MSG(r->plan != NULL, "%s: %s", e.path, e.why);
}

void
rig_create(struct rig *r, const char *script, const char *more)
{
	char state[] = "/tmp/isthmus-rig.XXXXXX";

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE(mkdtemp(state) != NULL);
	rig_create_as(r, state, RIG_UID, script, more);
}

static bool
make_directory(const struct step *s, struct error *e)
{
	e->err = 0;
	if (mkdir(s->path, 0700) == 0 &&
	    (s->uid == (uid_t)-1 || chown(s->path, s->uid, s->gid) == 0) &&
	    chmod(s->path, s->mode) == 0)
		return (true);
	e->err = errno;
	(void)snprintf(e->path, sizeof(e->path), "%s", s->path);
	return (false);
}

bool
rig_setup(struct rig *r, size_t limit, struct error *e)
{
	const struct step *s;
	size_t i;

	r->job = host_job_create(r->host, r->plan, e);
	ATF_REQUIRE(r->job != NULL);
	for (i = 0; i < r->plan->n && i < limit; i++) {
		s = &r->plan->steps[i];
		if (s->side != SIDE_HOST)
			break;
		if (s->kind == STEP_TAKE_UID || s->kind == STEP_OPEN_LOG)
			continue;
		if (s->kind == STEP_MAKE_DIRECTORY ? !make_directory(s, e)
						   : !host_step(r->job, s, e))
			return (false);
	}
	return (true);
}

void
rig_start(struct rig *r)
{
	struct host_start start = { 0 };
	int life[2], output[2], report[2];
	struct error e = { 0 };

	if (r->job == NULL)
		ATF_REQUIRE_MSG(rig_setup(r, SIZE_MAX, &e), "%s: %s: %s %d",
		    e.step, e.path, e.why, e.err);
	ATF_REQUIRE(pipe2(output, O_CLOEXEC) == 0);
	ATF_REQUIRE(pipe2(report, O_CLOEXEC) == 0);
	ATF_REQUIRE(pipe2(life, O_CLOEXEC) == 0);
	while (start.first < r->plan->n &&
	       r->plan->steps[start.first].side == SIDE_HOST)
		start.first++;
	start.output_fd = output[1];
	start.report_fd = report[1];
	start.life_fd = life[0];
	start.lock_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ATF_REQUIRE_MSG(host_start(r->job, &start, &r->child_fd, &e),
	    "%s: %s: %s", e.step, e.path, e.why);
	(void)close(output[1]);
	(void)close(report[1]);
	(void)close(life[0]);
	(void)close(start.lock_fd);
	r->output_fd = output[0];
	r->report_fd = report[0];
	r->life_fd = life[1];
	ATF_REQUIRE(fcntl(r->report_fd, F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(fcntl(r->output_fd, F_SETFL, O_NONBLOCK) == 0);
}

static void
take(struct rig *r)
{
	struct report report;
	ssize_t n;
	int answer;

	n = read(r->output_fd, r->output + r->output_len,
	    sizeof(r->output) - 1 - r->output_len);
	if (n > 0)
		r->output_len += (size_t)n;
	if (n == 0)
		r->output_ended = true;
	while ((answer = report_read(r->report_fd, &report)) == 1) {
		if (report.kind == REPORT_STARTED)
			r->started = true;
		if (report.kind == REPORT_EXITED) {
			r->exited = true;
			r->status = report.status;
		}
		if (report.kind == REPORT_FAILED) {
			r->failed = true;
			r->failure = report;
		}
	}
	if (answer < 0)
		r->report_ended = true;
}

static void
pump(struct rig *r, const char *text, int seconds)
{
	struct pollfd p[3] = { { .fd = r->output_fd, .events = POLLIN },
		{ .fd = r->report_fd, .events = POLLIN },
		{ .fd = r->child_fd, .events = POLLIN } };
	uint64_t begin = clock_now();

	while (text == NULL || strstr(r->output, text) == NULL) {
		if (text == NULL && p[2].revents != 0)
			break;
		ATF_REQUIRE_MSG(clock_since_ms(begin) < seconds * 1e3,
		    "no end after %d s: %s", seconds, r->output);
		p[0].fd = r->output_ended ? -1 : r->output_fd;
		p[1].fd = r->report_ended ? -1 : r->report_fd;
		(void)poll(p, 3, 100);
		take(r);
	}
	take(r);
}

void
rig_wait(struct rig *r, int seconds)
{
	pump(r, NULL, seconds);
}

void
rig_until(struct rig *r, const char *text, int seconds)
{
	pump(r, text, seconds);
}

void
rig_stop(struct rig *r)
{
	uint64_t begin = clock_now();
	struct error e = { 0 };
	enum host_stop answer;

	while ((answer = host_stop(r->job, &e)) == HOST_STOP_AGAIN) {
		ATF_REQUIRE_MSG(clock_since_ms(begin) < 20e3, "does not stop");
		(void)usleep(1000);
	}
	ATF_REQUIRE_MSG(
	    answer == HOST_STOP_DONE, "%s: %s: %d", e.step, e.path, e.err);
	if (r->output_fd >= 0)
		take(r);
	host_measure(r->job, &r->result);
}

static bool
remove_path(const char *path, struct error *e)
{
	const char *last = strrchr(path, '/');
	char parent[128];
	bool ok;
	int fd;

	(void)snprintf(
	    parent, sizeof(parent), "%.*s", (int)(last - path), path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (errno == ENOENT);
	ok = tree_remove(fd, last + 1, e);
	(void)close(fd);
	return (ok);
}

void
rig_undo(struct rig *r)
{
	const struct step *s;
	struct error e = { 0 };
	size_t i;

	for (i = r->plan->n; i-- > 0;) {
		s = &r->plan->steps[i];
		e = (struct error){ 0 };
		if (s->undo == UNDO_REMOVE_TREE)
			ATF_CHECK_MSG(remove_path(s->target, &e),
			    "%s: %s: %s %d", e.step, e.path, e.why, e.err);
		else if (s->undo != UNDO_NONE && s->undo != UNDO_RELEASE_UID)
			ATF_CHECK_MSG(host_undo(r->host, s->undo, s->target,
					  r->plan->uid, &e),
			    "%s: %s: %s %d", e.step, e.path, e.why, e.err);
	}
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
rig_destroy(struct rig *r)
{
	struct error e = { 0 };

	host_job_destroy(r->job);
	plan_destroy(r->plan);
	host_destroy(r->host);
	isth_build_spec_destroy(r->spec);
	close_fd(&r->output_fd);
	close_fd(&r->report_fd);
	close_fd(&r->life_fd);
	ATF_CHECK(remove_path(r->state, &e));
}

void
rig_run(struct rig *r, const char *script, const char *more)
{
	char *before = rig_world();

	rig_create(r, script, more);
	rig_start(r);
	rig_wait(r, 60);
	rig_stop(r);
	rig_undo(r);
	rig_destroy(r);
	rig_same_world(before);
	if (r->failed)
		(void)fprintf(stderr, "%s: %s: %s %d\n", r->failure.error.step,
		    r->failure.error.path, r->failure.error.why,
		    r->failure.error.err);
	(void)fprintf(stderr, "%s", r->output);
}

/* ---- what a build may not leave ---- */

static void
add_mounts(struct text *t)
{
	struct statfs *sf;
	int i, n;

	n = getmntinfo(&sf, MNT_WAIT);
	for (i = 0; i < n; i++)
		text_addf(
		    t, "mount %s %s\n", sf[i].f_fstypename, sf[i].f_mntonname);
}

static void
add_jails(struct text *t)
{
	int lastjid = 0;
	struct iovec iov[2];
	char key[] = "lastjid";

	for (;;) {
		iov[0] = (struct iovec){ key, sizeof(key) };
		iov[1] = (struct iovec){ &lastjid, sizeof(lastjid) };
		lastjid = jail_get(iov, 2, JAIL_DYING);
		if (lastjid < 0)
			break;
		text_addf(t, "jail %d\n", lastjid);
	}
}

static void
add_rules(struct text *t)
{
	devfs_rsnum set = 0;
	int fd = open("/dev", O_RDONLY | O_CLOEXEC);

	while (ioctl(fd, DEVFSIO_SGETNEXT, &set) == 0)
		text_addf(t, "devfs rules %u\n", set);
	(void)close(fd);
}

char *
rig_world(void)
{
	struct text t = { 0 };
	struct if_nameindex *list, *i;

	add_mounts(&t);
	add_jails(&t);
	add_rules(&t);
	list = if_nameindex();
	for (i = list; i != NULL && i->if_index != 0; i++)
		text_addf(&t, "interface %s\n", i->if_name);
	if_freenameindex(list);
	return (text_take(&t));
}

void
rig_same_world(char *before)
{
	char *after = rig_world();

	ATF_CHECK_STREQ(before, after);
	free(before);
	free(after);
}
