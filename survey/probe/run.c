/*
 * The caller's side of a run: starts the janitor and makes a report of the
 * records that come back.  Nothing of the caller's process is changed.
 */
#include <sys/utsname.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text.h"
#include "survey/probe/report.h"
#include "survey/probe/runner.h"

/* Two pipes: the janitor's lifeline, and the records. */
struct link {
	int lifeline[2];
	int records[2];
	pid_t janitor;
};

static void
fill_host(struct isth_host *host)
{
	struct utsname u;

	if (uname(&u) == 0) {
		(void)snprintf(host->system, sizeof(host->system), "%.*s",
		    (int)sizeof(host->system) - 1, u.sysname);
		(void)snprintf(host->release, sizeof(host->release), "%.*s",
		    (int)sizeof(host->release) - 1, u.release);
		(void)snprintf(host->version, sizeof(host->version), "%.*s",
		    (int)sizeof(host->version) - 1, u.version);
		(void)snprintf(host->machine, sizeof(host->machine), "%.*s",
		    (int)sizeof(host->machine) - 1, u.machine);
	}
	host->uid = (unsigned)geteuid();
	(void)snprintf(host->filesystem, sizeof(host->filesystem), "?");
}

/* A report with a row per item, none of them answered. */
static struct isth_report *
report_create(const struct probe_run *run)
{
	struct isth_probe_result *res;
	struct isth_report *rep;
	const struct probe *row;
	size_t i;

	rep = calloc(1, sizeof(*rep));
	if (rep == NULL)
		return (NULL);
	rep->results = calloc(run->nitems + 1, sizeof(*rep->results));
	if (rep->results == NULL) {
		free(rep);
		return (NULL);
	}
	rep->nresults = run->nitems;
	fill_host(&rep->host);
	for (i = 0; i < run->nitems; i++) {
		row = run->items[i].row;
		res = &rep->results[i];
		res->area = run->items[i].area;
		res->state = ISTH_STATE_COUNT;
		res->id = strdup(row->id);
		res->interface_id = strdup(row->interface_id);
		res->kv = row->kv == NULL ? NULL : strdup(row->kv);
		if (res->id == NULL || res->interface_id == NULL ||
		    (row->kv != NULL && res->kv == NULL)) {
			isth_report_destroy(rep);
			return (NULL);
		}
	}
	return (rep);
}

/* A copy in which every byte that is not UTF-8 is a question mark. */
static char *
clean_copy(const char *s)
{
	size_t len = strlen(s), ok;
	char *copy, *p;

	copy = strdup(s);
	for (p = copy; p != NULL; p += ok + 1, len -= ok + 1) {
		ok = text_utf8_valid(p, len);
		if (ok == len)
			break;
		p[ok] = '?';
	}
	return (copy);
}

/* One record into the report; false when the run cannot succeed. */
static bool
take_record(struct isth_report *rep, const struct probe_run *run,
    const struct probe_record *r, bool *ended, struct error *e)
{
	struct isth_probe_result *res;

	switch (r->index) {
	case PROBE_RECORD_FAILED:
		return (fail(e, r->err, r->detail, run->parent_dir, NULL));
	case PROBE_RECORD_LEFT:
		return (fail(e, 0, "clean up after the probes", r->detail,
		    "could not be removed"));
	case PROBE_RECORD_HOST:
		(void)snprintf(rep->host.filesystem,
		    sizeof(rep->host.filesystem), "%.*s",
		    (int)sizeof(rep->host.filesystem) - 1, r->detail);
		return (true);
	case PROBE_RECORD_END:
		*ended = true;
		return (true);
	default:
		break;
	}
	if (r->index < 0 || (size_t)r->index >= rep->nresults)
		return (fail(e, EPROTO, "run probes", NULL, NULL));
	res = &rep->results[r->index];
	free(res->detail);
	res->detail = clean_copy(r->detail);
	if (res->detail == NULL)
		return (fail(e, ENOMEM, "run probes", NULL, NULL));
	res->state = (enum isth_state)r->state;
	res->err = r->err;
	res->ms = r->ms;
	return (true);
}

/* A whole record; false at the end of file. */
static bool
read_record(int fd, struct probe_record *r)
{
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(*r)) {
		n = read(fd, (char *)r + got, sizeof(*r) - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		got += (size_t)n;
	}
	return (true);
}

/*
 * Reads to the end of file in any case, so that the janitor is done when
 * this returns; the first failure stays.
 */
static bool
collect(struct isth_report *rep, const struct probe_run *run, int fd,
    struct error *e)
{
	struct probe_record r;
	bool good = true, ended = false;

	while (read_record(fd, &r)) {
		r.detail[sizeof(r.detail) - 1] = '\0';
		if (good)
			good = take_record(rep, run, &r, &ended, e);
	}
	if (good && !ended)
		return (fail(e, 0, "run probes", NULL,
		    "the probe runner died before it was done"));
	return (good);
}

static void
close_pair(int p[2])
{
	if (p[0] >= 0)
		(void)close(p[0]);
	if (p[1] >= 0)
		(void)close(p[1]);
	p[0] = p[1] = -1;
}

/*
 * Moves two descriptors to 3 and 4, and closes all others.  A caller without
 * standard descriptors may have the other ends of the pipes at 0 to 2.
 */
static void
keep_descriptors(int *lifeline, int *records)
{
	int a, b, i, null;

	a = fcntl(*lifeline, F_DUPFD, 5);
	b = fcntl(*records, F_DUPFD, 5);
	if (a < 0 || b < 0 || dup2(a, 3) < 0 || dup2(b, 4) < 0)
		_exit(1);
	host_close_from(5);
	null = open("/dev/null", O_RDWR);
	for (i = 0; i < 3; i++)
		(void)(null < 0 ? close(i) : dup2(null, i));
	if (null > 4)
		(void)close(null);
	*lifeline = 3;
	*records = 4;
}

static bool
janitor_start(const struct probe_run *run, struct link *l, struct error *e)
{
	l->lifeline[0] = l->lifeline[1] = -1;
	l->records[0] = l->records[1] = -1;
	if (pipe2(l->lifeline, O_CLOEXEC) != 0 ||
	    pipe2(l->records, O_CLOEXEC) != 0)
		goto failed;
	l->janitor = fork();
	if (l->janitor < 0)
		goto failed;
	if (l->janitor == 0) {
		keep_descriptors(&l->lifeline[0], &l->records[1]);
		probe_ledger_use(run->ledger);
		probe_janitor_main(run, l->lifeline[0], l->records[1]);
	}
	(void)close(l->lifeline[0]);
	(void)close(l->records[1]);
	l->lifeline[0] = l->records[1] = -1;
	return (true);
failed:
	(void)fail(e, errno, "start the probe runner", NULL, NULL);
	close_pair(l->lifeline);
	close_pair(l->records);
	return (false);
}

/* Waits for the janitor; does its work when it was killed. */
static bool
janitor_wait(const struct probe_run *run, struct link *l, struct error *e)
{
	char left[PATH_MAX];
	int status = 0;
	pid_t pid;

	do {
		pid = waitpid(l->janitor, &status, 0);
	} while (pid < 0 && errno == EINTR);
	close_pair(l->lifeline);
	close_pair(l->records);
	/* A caller that ignores SIGCHLD learns no status. */
	if (run->ledger->scratch[0] == '\0')
		return (true);
	if (pid > 0 && WIFEXITED(status))
		return (true); /* its record said what is left */
	(void)cleanup_mounts(run->ledger->scratch);
	if (!probe_undo(run->ledger, left, sizeof(left)))
		return (fail(e, 0, "clean up after the probes", left,
		    "could not be removed"));
	return (true);
}

static const char *
scratch_parent(const struct isth_probe_options *opt)
{
	const char *dir = opt->scratch;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	return (dir == NULL || dir[0] == '\0' ? "/tmp" : dir);
}

static unsigned
choose_jobs(unsigned wanted)
{
	long n = wanted;

	/*
	 * Most of what a probe takes is waiting for the kernel: to take a
	 * namespace down, for a timer, for a child.
	 */
	if (n == 0)
		n = 6 * sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return (n > PROBE_JOBS_MAX ? PROBE_JOBS_MAX : (unsigned)n);
}

struct isth_report *
probe_run_items(const struct probe_item *items, size_t n,
    const struct isth_probe_options *opt, struct error *e)
{
	uint64_t begin = clock_now();
	struct isth_report *rep;
	struct probe_run run;
	struct link l;
	bool good;

	memset(&run, 0, sizeof(run));
	run.items = items;
	run.nitems = n;
	run.parent_dir = scratch_parent(opt);
	run.deadline_ms =
	    opt->deadline_ms != 0 ? opt->deadline_ms : PROBE_DEADLINE_MS;
	run.jobs = choose_jobs(opt->jobs);
	run.ledger = probe_ledger_create(n);
	rep = report_create(&run);
	if (run.ledger == NULL || rep == NULL) {
		(void)fail(e, ENOMEM, "run probes", NULL, NULL);
		good = false;
	} else if ((good = janitor_start(&run, &l, e))) {
		good = collect(rep, &run, l.records[0], e);
		good = janitor_wait(&run, &l, good ? e : NULL) && good;
	}
	probe_ledger_destroy(run.ledger);
	if (!good) {
		isth_report_destroy(rep);
		return (NULL);
	}
	rep->ms = clock_since_ms(begin);
	return (rep);
}

struct isth_report *
isth_probe_run(const struct isth_probe_options *opt, struct error *e)
{
	const struct probe_item *items;
	struct probe_item *chosen;
	struct isth_report *rep;
	size_t n;

	items = probe_items(&n);
	if (!probe_select(items, n, opt, &chosen, &n, e))
		return (NULL);
	rep = probe_run_items(chosen, n, opt, e);
	if (rep != NULL)
		rep->partial = opt->area != NULL || opt->only != NULL;
	free(chosen);
	return (rep);
}
