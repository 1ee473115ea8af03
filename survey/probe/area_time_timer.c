/* Sleeping and timers: by signal, by thread and by descriptor. */
#if defined(__has_include)
#if __has_include(<sys/timerfd.h>)
#include <sys/timerfd.h>
#define HAVE_TIMERFD 1
#endif
#endif
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#if defined(__FreeBSD__)
#include <sys/thr.h>
#endif

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_time.h"

enum { MS = 1000000 }; /* in nanoseconds */

/* glibc before 2.38 names the member of a union instead. */
#if defined(__linux__) && !defined(sigev_notify_thread_id)
#define sigev_notify_thread_id _sigev_un._tid
#endif

PROBE(tm_nanosleep)
{
	const struct timespec ts = { 0, MS };
	int64_t start, took;

	NEED(start = row_clock(CLOCK_MONOTONIC));
	NEED(nanosleep(&ts, NULL));
	took = row_clock(CLOCK_MONOTONIC) - start;
	if (took < MS)
		return (probe_wrong("1 ms took %lld ns", (long long)took));
	return (probe_ok(NULL));
}

static void
on_signal(int sig)
{
	(void)sig;
}

static void
handle(int sig, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = flags;
	(void)sigaction(sig, &sa, NULL);
}

PROBE(tm_nanosleep_eintr)
{
	/* Again and again: the first may come before the sleep. */
	const struct itimerval it = { { 0, 2000 }, { 0, 2000 } };
	const struct timespec ts = { 1, 0 };
	struct timespec left = { 0, 0 };

	/* A sleep is never started anew, SA_RESTART or not. */
	handle(SIGALRM, SA_RESTART);
	NEED(setitimer(ITIMER_REAL, &it, NULL));
	NEED_REFUSAL(nanosleep(&ts, &left), EINTR);
	if (row_ns(&left) <= 0 || row_ns(&left) >= 1000 * (int64_t)MS)
		return (probe_wrong(
		    "%lld ns are left of a second", (long long)row_ns(&left)));
	return (probe_ok(NULL));
}

PROBE(tm_nanosleep_invalid)
{
	const struct timespec ts = { 0, 1000000000 };

	NEED_REFUSAL(nanosleep(&ts, NULL), EINVAL);
	return (probe_ok(NULL));
}

PROBE(tm_clock_nanosleep_past)
{
	const struct timespec past = { 1, 0 };
	int64_t start, took;
	int err;

	NEED(start = row_clock(CLOCK_MONOTONIC));
	err = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL);
	if (err != 0)
		return (probe_errno(err, "clock_nanosleep"));
	took = row_clock(CLOCK_MONOTONIC) - start;
	return (took < 500 * (int64_t)MS
		    ? probe_ok(NULL)
		    : probe_wrong(
			  "a time of the past took %lld ns", (long long)took));
}

PROBE(tm_clock_nanosleep_abs)
{
	struct timespec until;
	int64_t goal;
	int err;

	NEED(goal = row_clock(CLOCK_MONOTONIC));
	goal += MS;
	until = row_timespec(goal);
	err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	if (err != 0)
		return (probe_errno(err, "clock_nanosleep"));
	return (row_clock(CLOCK_MONOTONIC) >= goal
		    ? probe_ok(NULL)
		    : probe_wrong("it woke up too early"));
}

/* A returned error number, not errno. */
PROBE(tm_clock_nanosleep_cpu)
{
	const struct timespec ts = { 0, 1 };
	int err;

	err = clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL);
	return (
	    err == EINVAL || err == ENOTSUP
		? probe_ok(NULL)
		: probe_wrong("%d for the clock of the thread itself", err));
}

/* Blocks a signal and waits for it; its siginfo, or false in time. */
static bool
wait_signal(int sig, int ms, siginfo_t *info)
{
	struct timespec ts = row_timespec((int64_t)ms * MS);
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	return (sigtimedwait(&set, info, &ts) == sig);
}

static void
block_signal(int sig)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

PROBE(tm_timer_signal)
{
	const struct itimerspec it = { { 0, 0 }, { 0, MS } };
	struct sigevent sev;
	siginfo_t info;
	timer_t timer;

	block_signal(SIGUSR1);
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_SIGNAL;
	sev.sigev_signo = SIGUSR1;
	sev.sigev_value.sival_int = 4711;
	NEED(timer_create(CLOCK_MONOTONIC, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	if (!wait_signal(SIGUSR1, 1000, &info))
		return (probe_wrong("no signal"));
	if (info.si_code != SI_TIMER || info.si_value.sival_int != 4711)
		return (probe_wrong("code %d, value %d", info.si_code,
		    info.si_value.sival_int));
	NEED(timer_delete(timer));
	return (probe_ok(NULL));
}

PROBE(tm_timer_thread_id)
{
#ifdef SIGEV_THREAD_ID
	const struct itimerspec it = { { 0, 0 }, { 0, MS } };
	struct sigevent sev;
	siginfo_t info;
	timer_t timer;

	block_signal(SIGUSR1);
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_THREAD_ID;
	sev.sigev_signo = SIGUSR1;
#if defined(__FreeBSD__)
	long tid;
	NEED(thr_self(&tid));
	sev.sigev_notify_thread_id = (lwpid_t)tid;
#else
	sev.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
#endif
	NEED(timer_create(CLOCK_MONOTONIC, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	return (wait_signal(SIGUSR1, 1000, &info) ? probe_ok(NULL)
						  : probe_wrong("no signal"));
#else
	return (probe_absent("SIGEV_THREAD_ID is not declared"));
#endif
}

static atomic_int thread_value;

static void
on_thread(union sigval value)
{
	atomic_store(&thread_value, value.sival_int);
}

PROBE(tm_timer_thread)
{
	const struct itimerspec it = { { 0, 0 }, { 0, MS } };
	struct sigevent sev;
	timer_t timer;
	int i;

	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_THREAD;
	sev.sigev_notify_function = on_thread;
	sev.sigev_value.sival_int = 7;
	NEED(timer_create(CLOCK_MONOTONIC, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	for (i = 0; i < 1000 && atomic_load(&thread_value) == 0; i++)
		(void)usleep(1000);
	return (atomic_load(&thread_value) == 7
		    ? probe_ok(NULL)
		    : probe_wrong("the function was not called"));
}

PROBE(tm_timer_overrun)
{
	const struct itimerspec it = { { 0, MS / 4 }, { 0, MS / 4 } };
	struct sigevent sev;
	siginfo_t info;
	timer_t timer;
	int n, tries;

	block_signal(SIGUSR1);
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_SIGNAL;
	sev.sigev_signo = SIGUSR1;
	NEED(timer_create(CLOCK_MONOTONIC, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	for (tries = 0; tries < 100; tries++) {
		(void)usleep(2000);
		if (!wait_signal(SIGUSR1, 1000, &info))
			return (probe_wrong("no signal"));
		NEED(n = timer_getoverrun(timer));
		if (n > 0)
			return (probe_ok(NULL));
	}
	return (probe_wrong("none counted in %d periods", 8 * tries));
}

PROBE(tm_timer_gettime)
{
	const struct itimerspec it = { { 9, 0 }, { 5, 0 } };
	struct itimerspec now, old;
	struct sigevent sev;
	timer_t timer;

	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_NONE;
	NEED(timer_create(CLOCK_REALTIME, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	NEED(timer_gettime(timer, &now));
	if (now.it_interval.tv_sec != 9 || now.it_value.tv_sec < 3 ||
	    row_ns(&now.it_value) > 5000 * (int64_t)MS)
		return (probe_wrong("another time than what was set"));
	NEED(timer_settime(timer, 0, &it, &old));
	return (old.it_interval.tv_sec == 9
		    ? probe_ok(NULL)
		    : probe_wrong("the old value is not returned"));
}

PROBE(tm_timer_fork)
{
	const struct itimerspec it = { { 0, 0 }, { 100, 0 } };
	struct itimerspec now;
	struct sigevent sev;
	timer_t timer;
	pid_t pid;

	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_NONE;
	NEED(timer_create(CLOCK_REALTIME, &sev, &timer));
	NEED(timer_settime(timer, 0, &it, NULL));
	NEED(pid = fork());
	if (pid == 0)
		_exit(timer_gettime(timer, &now) == 0 ? 1 : 0);
	return (util_wait(pid) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("a forked child has the timer"));
}

PROBE(tm_setitimer)
{
	const struct itimerval it = { { 0, 0 }, { 0, 1000 } };
	siginfo_t info;

	block_signal(SIGALRM);
	NEED(setitimer(ITIMER_REAL, &it, NULL));
	return (wait_signal(SIGALRM, 1000, &info) ? probe_ok(NULL)
						  : probe_wrong("no SIGALRM"));
}

/* A timer of time used: waits for its signal while it spins. */
static struct probe_answer
cpu_timer(int which, int sig)
{
	const struct itimerval it = { { 0, 0 }, { 0, 1000 } };
	int64_t start;
	sigset_t pending;

	block_signal(sig);
	NEED(setitimer(which, &it, NULL));
	NEED(start = row_clock(CLOCK_MONOTONIC));
	do {
		NEED(sigpending(&pending));
		if (sigismember(&pending, sig))
			return (probe_ok(NULL));
	} while (row_clock(CLOCK_MONOTONIC) - start < 1000 * (int64_t)MS);
	return (probe_wrong("no signal in a second of work"));
}

PROBE(tm_setitimer_prof)
{
	return (cpu_timer(ITIMER_PROF, SIGPROF));
}

PROBE(tm_select_timeout)
{
	struct timeval tv = { 0, 1000 };
	int64_t start, took;

	NEED(start = row_clock(CLOCK_MONOTONIC));
	NEED(select(0, NULL, NULL, NULL, &tv));
	took = row_clock(CLOCK_MONOTONIC) - start;
	if (took < MS)
		return (probe_wrong("1 ms took %lld ns", (long long)took));
	if (tv.tv_usec == 1000)
		return (probe_ok("the timeout stays as it was"));
	return (probe_ok("the timeout becomes what is left"));
}

#ifdef HAVE_TIMERFD
/* A timer descriptor set to `it`; -1 with errno. */
static int
timer_descriptor(int clock, int flags, const struct itimerspec *it)
{
	int fd;

	fd = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd >= 0 && timerfd_settime(fd, flags, it, NULL) != 0)
		return (-1);
	return (fd);
}

PROBE(tm_timerfd)
{
	const struct itimerspec it = { { 0, 0 }, { 0, MS } };
	uint64_t count = 0;
	int fd;

	NEED(fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	NEED_REFUSAL(read(fd, &count, sizeof(count)), EAGAIN);
	NEED(timerfd_settime(fd, 0, &it, NULL));
	if (!row_readable(fd, 1000))
		return (probe_wrong("it does not become readable"));
	NEED(read(fd, &count, sizeof(count)));
	if (count != 1)
		return (probe_wrong(
		    "%llu expirations of one", (unsigned long long)count));
	return (probe_ok(NULL));
}

PROBE(tm_timerfd_abs)
{
	struct itimerspec it = { { 0, 0 }, { 0, 0 } };
	int64_t goal;
	int fd;

	NEED(goal = row_clock(CLOCK_MONOTONIC));
	goal += MS;
	it.it_value = row_timespec(goal);
	NEED(fd = timer_descriptor(CLOCK_MONOTONIC, TFD_TIMER_ABSTIME, &it));
	if (!row_readable(fd, 1000))
		return (probe_wrong("it does not become readable"));
	return (row_clock(CLOCK_MONOTONIC) >= goal ? probe_ok(NULL)
						   : probe_wrong("too early"));
}

PROBE(tm_timerfd_past)
{
	const struct itimerspec it = { { 0, 0 }, { 1, 0 } };
	int fd;

	NEED(fd = timer_descriptor(CLOCK_REALTIME, TFD_TIMER_ABSTIME, &it));
	return (row_readable(fd, 1000)
		    ? probe_ok(NULL)
		    : probe_wrong("a time of the past does not expire"));
}

PROBE(tm_timerfd_count)
{
	const struct itimerspec it = { { 0, MS / 4 }, { 0, MS / 4 } };
	uint64_t count;
	int fd, tries;

	NEED(fd = timer_descriptor(CLOCK_MONOTONIC, 0, &it));
	for (tries = 0; tries < 100; tries++) {
		(void)usleep(2000);
		if (!row_readable(fd, 1000))
			return (probe_wrong("it does not become readable"));
		NEED(read(fd, &count, sizeof(count)));
		if (count >= 2)
			return (probe_ok(NULL));
	}
	return (probe_wrong("never more than one in %d periods", 8 * tries));
}

PROBE(tm_timerfd_disarm)
{
	const struct itimerspec on = { { 0, 0 }, { 0, MS } };
	const struct itimerspec off = { { 0, 0 }, { 0, 0 } };
	struct itimerspec now;
	int fd;

	NEED(fd = timer_descriptor(CLOCK_MONOTONIC, 0, &on));
	NEED(timerfd_settime(fd, 0, &off, NULL));
	NEED(timerfd_gettime(fd, &now));
	if (row_ns(&now.it_value) != 0)
		return (probe_wrong("it still runs"));
	return (row_readable(fd, 3) ? probe_wrong("it still expired")
				    : probe_ok(NULL));
}

PROBE(tm_timerfd_cancel)
{
#ifdef TFD_TIMER_CANCEL_ON_SET
	struct itimerspec it = { { 0, 0 }, { 0, 0 } };

	NEED(it.it_value.tv_sec = time(NULL) + 1000);
	NEED(timer_descriptor(
	    CLOCK_REALTIME, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &it));
	return (probe_ok("accepted; no clock was set to see it"));
#else
	return (probe_absent("TFD_TIMER_CANCEL_ON_SET is not declared"));
#endif
}

PROBE(tm_timerfd_boottime)
{
	const struct itimerspec it = { { 0, 0 }, { 0, MS } };
	int fd;

	NEED(fd = timer_descriptor(CLOCK_BOOTTIME, 0, &it));
	return (row_readable(fd, 1000)
		    ? probe_ok(NULL)
		    : probe_wrong("it does not become readable"));
}
#else
PROBE(tm_timerfd)
{
	return (probe_absent("timerfd_create is not declared"));
}

PROBE(tm_timerfd_abs)
{
	return (tm_timerfd(ctx));
}

PROBE(tm_timerfd_past)
{
	return (tm_timerfd(ctx));
}

PROBE(tm_timerfd_count)
{
	return (tm_timerfd(ctx));
}

PROBE(tm_timerfd_disarm)
{
	return (tm_timerfd(ctx));
}

PROBE(tm_timerfd_cancel)
{
	return (tm_timerfd(ctx));
}

PROBE(tm_timerfd_boottime)
{
	return (tm_timerfd(ctx));
}
#endif
