/*
 * Starts probes, several at a time, and reports what became of each: the
 * process that probes are children of.  It never trusts a probe: an answer
 * is taken from a pipe, an end from waitid(2), and both have a deadline.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "survey/probe/area_common_util.h"
#include "survey/probe/runner.h"
#include "survey/probe/workdir.h"

/* Address space of a probe; a sanitizer's shadow needs more than any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PROBE_MEMORY RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define PROBE_MEMORY RLIM_INFINITY
#endif
#endif
#ifndef PROBE_MEMORY
#define PROBE_MEMORY ((rlim_t)1 << 30)
#endif

/* How long a process may take to be gone after it answered or was killed. */
enum { END_GRACE_MS = 1000 };

/* One probe that runs. */
struct running {
	pid_t pid; /* 0: free */
	int fd;	   /* answer; -1 when read */
	size_t item;
	uint64_t start;
	double ms;  /* when answered or killed */
	size_t got; /* bytes of the answer */
	bool hung;
	bool killed;
	struct probe_answer answer;
	struct workdir dir;
};

struct runner {
	const struct probe_run *run;
	int records;
	unsigned active;
	struct workdirs dirs;
	struct running slot[PROBE_JOBS_MAX];
};

static void
on_child(int sig)
{
	(void)sig; /* only interrupts ppoll */
}

/* One printable line; what a probe wrote is not trusted to be one. */
static void
one_line(char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
	}
}

static void
report_answer(const struct runner *r, size_t item, const struct probe_answer *a,
    double ms)
{
	struct probe_record rec;

	memset(&rec, 0, sizeof(rec));
	rec.index = (int)item;
	rec.state = (int)a->state;
	rec.err = a->err;
	rec.ms = ms;
	memcpy(rec.detail, a->detail, sizeof(rec.detail));
	rec.detail[sizeof(rec.detail) - 1] = '\0';
	one_line(rec.detail);
	if ((unsigned)rec.state >= ISTH_STATE_COUNT) {
		rec.state = ISTH_STATE_FAILED;
		(void)snprintf(rec.detail, sizeof(rec.detail),
		    "answered with a state that there is not");
	}
	/* Without a caller there is nothing left to do. */
	if (!probe_record_send(r->records, &rec))
		_exit(1);
}

static bool
is_answered(const struct running *s)
{
	return (s->got == sizeof(s->answer));
}

/* Reads what has come; true while more may come. */
static void
read_answer(struct running *s)
{
	ssize_t n;

	while (s->fd >= 0 && !is_answered(s)) {
		n = read(s->fd, (char *)&s->answer + s->got,
		    sizeof(s->answer) - s->got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		s->got += (size_t)n;
	}
	if (s->fd >= 0) {
		(void)close(s->fd);
		s->fd = -1;
	}
	if (is_answered(s) && !s->killed)
		s->ms = clock_since_ms(s->start);
}

/* Kills the probe and its session's first process group. */
static void
kill_probe(struct running *s)
{
	if (!s->killed && !is_answered(s))
		s->ms = clock_since_ms(s->start);
	s->killed = true;
	/* Before its setsid(2) there is no such group. */
	(void)kill(-s->pid, SIGKILL);
	(void)kill(s->pid, SIGKILL);
}

/* What an ended probe that gave no answer has done. */
static struct probe_answer
verdict(const struct runner *r, const struct running *s, int status)
{
	if (s->hung)
		return (probe_state(ISTH_STATE_HUNG, 0,
		    "no answer within %u ms", r->run->deadline_ms));
	if (WIFSIGNALED(status))
		return (probe_state(ISTH_STATE_CRASHED, 0, "%s",
		    host_signal_name(WTERMSIG(status))));
	return (probe_state(ISTH_STATE_FAILED, 0,
	    "exit status %d without an answer", WEXITSTATUS(status)));
}

static void
finish(struct runner *r, struct running *s, int status)
{
	struct probe_answer a;

	read_answer(s);
	if (s->fd >= 0) {
		(void)close(s->fd);
		s->fd = -1;
	}
	if (!is_answered(s) && !s->killed)
		s->ms = clock_since_ms(s->start);
	/* A daemon that it left may still be there: then it is used up. */
	if (is_answered(s) && s->answer.state == ISTH_STATE_OK)
		workdir_give(&r->dirs, &s->dir);
	a = is_answered(s) ? s->answer : verdict(r, s, status);
	report_answer(r, s->item, &a, s->ms);
	s->pid = 0;
	r->active--;
}

/* Takes every process that has ended: probes, and orphans of probes. */
static void
reap(struct runner *r)
{
	siginfo_t si;
	unsigned i;
	int status;

	for (;;) {
		memset(&si, 0, sizeof(si));
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    si.si_pid == 0)
			return;
		for (i = 0; i < PROBE_JOBS_MAX; i++) {
			if (r->slot[i].pid == si.si_pid)
				break;
		}
		/* While the zombie is there its number is nobody else's. */
		if (i < PROBE_JOBS_MAX)
			(void)kill(-si.si_pid, SIGKILL);
		if (waitpid(si.si_pid, &status, 0) != si.si_pid)
			continue;
		if (i < PROBE_JOBS_MAX)
			finish(r, &r->slot[i], status);
	}
}

static struct running *
free_slot(struct runner *r)
{
	unsigned i;

	for (i = 0; i < r->run->jobs; i++) {
		if (r->slot[i].pid == 0)
			return (&r->slot[i]);
	}
	return (NULL);
}

/* Reports a row that could not be asked. */
static void
report_failed(const struct runner *r, size_t item, int err, const char *step)
{
	struct probe_answer a;

	a = probe_state(ISTH_STATE_FAILED, err, "runner: %s", step);
	report_answer(r, item, &a, 0);
}

static void
start(struct runner *r, size_t item)
{
	struct running *s = free_slot(r);
	pid_t self = getpid();
	int p[2];

	memset(s, 0, sizeof(*s));
	s->item = item;
	if (!workdir_take(&r->dirs, &s->dir)) {
		report_failed(r, item, errno, "make a directory");
		return;
	}
	if (pipe2(p, O_CLOEXEC) != 0) {
		report_failed(r, item, errno, "pipe");
		return;
	}
	s->start = clock_now();
	s->pid = fork();
	if (s->pid == 0)
		probe_child_main(r->run, item, s->dir.number, self, p[1]);
	(void)close(p[1]);
	if (s->pid < 0) {
		s->pid = 0;
		(void)close(p[0]);
		report_failed(r, item, errno, "fork");
		return;
	}
	s->fd = p[0];
	(void)fcntl(s->fd, F_SETFL, O_NONBLOCK);
	r->active++;
}

/* Acts on deadlines; returns the milliseconds until the next one. */
static double
check_deadlines(struct runner *r)
{
	double left, next = 1000, age;
	struct running *s;
	unsigned i;

	for (i = 0; i < PROBE_JOBS_MAX; i++) {
		s = &r->slot[i];
		if (s->pid == 0)
			continue;
		age = clock_since_ms(s->start);
		left = (s->killed ? s->ms + END_GRACE_MS
				  : (double)r->run->deadline_ms) -
		       age;
		if (left <= 0 && s->killed) {
			/* It cannot be killed: the janitor waits longer. */
			finish(r, s, 0);
			continue;
		}
		if (left <= 0) {
			s->hung = !is_answered(s);
			kill_probe(s);
			left = END_GRACE_MS;
		}
		next = left < next ? left : next;
	}
	return (next);
}

/* Waits until something happens, and deals with it. */
static void
step(struct runner *r)
{
	struct pollfd p[PROBE_JOBS_MAX];
	struct running *of[PROBE_JOBS_MAX];
	struct timespec ts;
	sigset_t none;
	double ms = check_deadlines(r);
	nfds_t i, n = 0;

	for (i = 0; i < PROBE_JOBS_MAX; i++) {
		if (r->slot[i].pid == 0 || r->slot[i].fd < 0)
			continue;
		of[n] = &r->slot[i];
		p[n].fd = r->slot[i].fd;
		p[n].revents = 0;
		p[n++].events = POLLIN;
	}
	(void)sigemptyset(&none);
	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)((ms - 1000.0 * (double)ts.tv_sec) * 1e6);
	if (r->active > 0 && ppoll(p, n, &ts, &none) > 0) {
		for (i = 0; i < n; i++) {
			if (p[i].revents == 0)
				continue;
			read_answer(of[i]);
			if (is_answered(of[i]))
				kill_probe(of[i]);
		}
	}
	reap(r);
}

static void
drain(struct runner *r, unsigned until)
{
	while (r->active > until)
		step(r);
}

/*
 * Answers a row without a process where that is certain: its function only
 * says that the interface is another system's, or that root is needed.
 */
static bool
answer_at_once(struct runner *r, size_t item)
{
	const struct probe *row = r->run->items[item].row;
	struct probe_answer a;

	if (row->fn == util_linux_only || row->fn == util_freebsd_only)
		a = row->fn(NULL);
	else if ((row->flags & PROBE_ROOT) != 0 && geteuid() != 0)
		a = probe_state(ISTH_STATE_SKIPPED, 0, "needs root");
	else
		return (false);
	report_answer(r, item, &a, 0);
	return (true);
}

/* All items whose PROBE_ALONE flag is `alone`. */
static void
run_items(struct runner *r, bool alone)
{
	const struct probe_run *run = r->run;
	unsigned flags;
	size_t i;

	for (i = 0; i < run->nitems; i++) {
		flags = run->items[i].row->flags;
		if (((flags & PROBE_ALONE) != 0) != alone)
			continue;
		if (answer_at_once(r, i))
			continue;
		drain(r, alone ? 0 : run->jobs - 1);
		/* What finished probes left behind must not disturb. */
		if (alone)
			(void)cleanup_descendants();
		start(r, i);
	}
	drain(r, 0);
}

/* The surroundings that every probe inherits. */
static void
prepare(void)
{
	struct sigaction sa;
	struct rlimit rl;
	sigset_t child;

	/* The janitor ignores some: no probe shall inherit that. */
	probe_signals_reset();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_child;
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	if (getrlimit(RLIMIT_CORE, &rl) == 0) {
		rl.rlim_cur = host_core_limit();
		if (rl.rlim_cur > rl.rlim_max)
			rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_CORE, &rl);
	}
	if (getrlimit(RLIMIT_AS, &rl) == 0 && rl.rlim_cur > PROBE_MEMORY) {
		rl.rlim_cur = PROBE_MEMORY;
		(void)setrlimit(RLIMIT_AS, &rl);
	}
}

_Noreturn void
probe_runner_main(const struct probe_run *run, int records)
{
	struct probe_record end;
	struct runner *r;

	prepare();
	(void)host_reaper_acquire();
	if (geteuid() == 0)
		(void)host_private_mounts();
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		_exit(1);
	r->run = run;
	r->records = records;
	if (!workdirs_open(&r->dirs, run->ledger->scratch))
		_exit(1);
	memset(&end, 0, sizeof(end));
	end.index = PROBE_RECORD_HOST;
	host_filesystem(run->ledger->scratch, end.detail, sizeof(end.detail));
	(void)probe_record_send(records, &end);
	run_items(r, false);
	run_items(r, true);
	end.index = PROBE_RECORD_END;
	(void)probe_record_send(records, &end);
	_exit(0);
}
