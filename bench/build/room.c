/*
 * The floor of a build: the same name spaces, root, limits, rights and filter
 * by the same code, and the builder, but no state directory, journal, uid
 * lock, log or result, and nothing done to the output.  What is above it is
 * the executor's own.  Static, as the command is.
 *
 *	room STATE SPEC UID
 *
 * STATE and the store's part of it stay from run to run.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "build/host.h"
#include "build/spec.h"

static const char id[] = "000000000000";

static void __attribute__((__noreturn__)) give_up(const struct error *e)
{
	isth_error_print(stderr, "room", e);
	exit(1);
}

static size_t
first_inside(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n && p->steps[i].side != SIDE_INSIDE; i++)
		continue;
	return (i);
}

static void
make_directory(const struct step *s)
{
	if (mkdir(s->path, 0700) != 0) {
		if (errno == EEXIST)
			return;
		err(1, "%s", s->path);
	}
	if ((s->uid != (uid_t)-1 && lchown(s->path, s->uid, s->gid) != 0) ||
	    chmod(s->path, s->mode) != 0)
		err(1, "%s", s->path);
}

static void
set_up(struct host_job *job, const struct plan *plan, size_t n)
{
	struct error e = { 0 };
	const struct step *s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = &plan->steps[i];
		if (s->kind == STEP_MAKE_DIRECTORY)
			make_directory(s);
		else if (s->kind != STEP_TAKE_UID && s->kind != STEP_OPEN_LOG &&
			 !host_step(job, s, &e))
			give_up(&e);
	}
}

static void
take_down(struct host *host, const struct plan *plan)
{
	struct error e = { 0 };
	const struct step *s;
	size_t i;

	for (i = plan->n; i-- > 0;) {
		s = &plan->steps[i];
		if (s->undo != UNDO_NONE && s->undo != UNDO_REMOVE_TREE &&
		    s->undo != UNDO_RELEASE_UID &&
		    !host_undo(host, s->undo, s->target, plan->uid, &e))
			give_up(&e);
	}
}

static void
run(struct host *host, const struct plan *plan)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	int output[2], report[2], life[2], child = -1, failed = 0;
	struct host_start start = { .first = first_inside(plan) };
	struct error e = { 0 };
	struct host_job *job;
	enum host_stop stop;
	struct report r;

	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0 ||
	    pipe2(life, O_CLOEXEC) != 0)
		err(1, "pipe");
	start.output_fd = output[1];
	start.report_fd = report[1];
	start.life_fd = life[0];
	start.lock_fd = output[1];
	job = host_job_create(host, plan, &e);
	if (job == NULL || !host_spawn(job, &start, &child, &e))
		give_up(&e);
	set_up(job, plan, start.first);
	if (!host_start(job, &start, &child, &e))
		give_up(&e);
	(void)close(report[1]);
	(void)poll(&(struct pollfd){ child, POLLIN, 0 }, 1, -1);
	while ((stop = host_stop(job, &e)) == HOST_STOP_AGAIN)
		(void)nanosleep(&pause, NULL);
	if (stop != HOST_STOP_DONE)
		give_up(&e);
	while (report_read(report[0], &r) > 0) {
		if (r.kind == REPORT_FAILED)
			give_up(&r.error);
		failed |= r.kind == REPORT_EXITED && r.status != 0;
	}
	take_down(host, plan);
	host_job_destroy(job);
	if (failed)
		errx(1, "the builder failed");
}

int
main(int argc, char **argv)
{
	struct isth_build_options options = { .jobs = 1 };
	struct plan_names names = { .id = id, .log = "" };
	struct isth_build_spec *spec;
	struct error e = { 0 };
	struct host *host;
	struct plan *plan;

	if (argc != 4)
		errx(2, "usage: room STATE SPEC UID");
	names.state = argv[1];
	names.uid = names.gid = (uid_t)atoi(argv[3]);
	spec = isth_build_spec_load(argv[2], ISTH_SPEC_ISTHMUS, &e);
	host = spec == NULL ? NULL : host_create(&options, &e);
	plan = host == NULL ? NULL
			    : plan_create(spec, &names, host_traits(host), &e);
	if (plan == NULL)
		give_up(&e);
	run(host, plan);
	plan_destroy(plan);
	host_destroy(host);
	isth_build_spec_destroy(spec);
	return (0);
}
