/* Clocks: which there are, that they run, and who may set them. */
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_time.h"

/* A clock that runs while we spin; its value otherwise is of no interest. */
static struct probe_answer
clock_runs(clockid_t clock, const char *name)
{
	int64_t first, now;
	int i;

	if ((first = row_clock(clock)) == -1)
		return (errno == EINVAL ? probe_absent("%s: EINVAL", name)
					: probe_errno(errno, "%s", name));
	/* Up to a hundredth second: clocks that move by ticks do. */
	now = first;
	for (i = 0; i < 2000000 && now == first; i++)
		now = row_clock(clock);
	if (now < first)
		return (probe_wrong("%s went back", name));
	if (now == first)
		return (probe_wrong("%s stands still", name));
	return (probe_ok(NULL));
}

PROBE(tm_realtime)
{
	int64_t now;

	NEED(now = row_clock(CLOCK_REALTIME));
	if (now / 1000000000 < 1700000000)
		return (probe_wrong("the year is before 2023"));
	return (clock_runs(CLOCK_REALTIME, "CLOCK_REALTIME"));
}

PROBE(tm_monotonic)
{
	int64_t last, now;
	int i;

	last = 0;
	for (i = 0; i < 5000; i++) {
		NEED(now = row_clock(CLOCK_MONOTONIC));
		if (now < last)
			return (probe_wrong("it went back by %lld ns",
			    (long long)(last - now)));
		last = now;
	}
	return (probe_ok(NULL));
}

PROBE(tm_boottime)
{
#ifdef CLOCK_BOOTTIME
	int64_t boot, mono;

	NEED(mono = row_clock(CLOCK_MONOTONIC));
	NEED(boot = row_clock(CLOCK_BOOTTIME));
	if (boot < mono)
		return (probe_wrong("it is behind CLOCK_MONOTONIC"));
	return (clock_runs(CLOCK_BOOTTIME, "CLOCK_BOOTTIME"));
#else
	return (probe_absent("CLOCK_BOOTTIME is not declared"));
#endif
}

PROBE(tm_uptime)
{
#ifdef CLOCK_UPTIME
	return (clock_runs(CLOCK_UPTIME, "CLOCK_UPTIME"));
#else
	return (probe_absent("CLOCK_UPTIME is not declared"));
#endif
}

PROBE(tm_process_cpu)
{
	return (
	    clock_runs(CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID"));
}

PROBE(tm_thread_cpu)
{
	return (clock_runs(CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID"));
}

PROBE(tm_realtime_coarse)
{
#ifdef CLOCK_REALTIME_COARSE
	int64_t coarse, fine;

	NEED(coarse = row_clock(CLOCK_REALTIME_COARSE));
	NEED(fine = row_clock(CLOCK_REALTIME));
	if (coarse > fine || fine - coarse > 1000000000)
		return (probe_wrong("%lld ns behind CLOCK_REALTIME",
		    (long long)(fine - coarse)));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_REALTIME_COARSE is not declared"));
#endif
}

PROBE(tm_monotonic_coarse)
{
#ifdef CLOCK_MONOTONIC_COARSE
	int64_t coarse, fine;

	NEED(coarse = row_clock(CLOCK_MONOTONIC_COARSE));
	NEED(fine = row_clock(CLOCK_MONOTONIC));
	if (coarse > fine || fine - coarse > 1000000000)
		return (probe_wrong("%lld ns behind CLOCK_MONOTONIC",
		    (long long)(fine - coarse)));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_MONOTONIC_COARSE is not declared"));
#endif
}

PROBE(tm_monotonic_fast)
{
#ifdef CLOCK_MONOTONIC_FAST
	int64_t coarse, fine;

	NEED(coarse = row_clock(CLOCK_MONOTONIC_FAST));
	NEED(fine = row_clock(CLOCK_MONOTONIC));
	if (coarse > fine || fine - coarse > 1000000000)
		return (probe_wrong("%lld ns behind CLOCK_MONOTONIC",
		    (long long)(fine - coarse)));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_MONOTONIC_FAST is not declared"));
#endif
}

PROBE(tm_monotonic_raw)
{
#ifdef CLOCK_MONOTONIC_RAW
	return (clock_runs(CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW"));
#else
	return (probe_absent("CLOCK_MONOTONIC_RAW is not declared"));
#endif
}

PROBE(tm_tai)
{
#ifdef CLOCK_TAI
	int64_t tai, utc;
	long off;

	if ((tai = row_clock(CLOCK_TAI)) == -1)
		return (errno == EINVAL
			    ? row_unsupported("EINVAL: nobody told the kernel")
			    : probe_errno(errno, "CLOCK_TAI"));
	NEED(utc = row_clock(CLOCK_REALTIME));
	/* 37 s since 2017, or 0 where nobody has told the kernel. */
	off = (long)((tai - utc + 500000000) / 1000000000);
	if (off < 0 || off > 100)
		return (probe_wrong("%ld s from UTC", off));
	return (probe_ok("%ld s before UTC", off));
#else
	return (probe_absent("CLOCK_TAI is not declared"));
#endif
}

PROBE(tm_virtual)
{
#ifdef CLOCK_VIRTUAL
	NEED(row_clock(CLOCK_VIRTUAL));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_VIRTUAL is not declared"));
#endif
}

PROBE(tm_prof)
{
#ifdef CLOCK_PROF
	NEED(row_clock(CLOCK_PROF));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_PROF is not declared"));
#endif
}

PROBE(tm_second)
{
#ifdef CLOCK_SECOND
	struct timespec ts;

	NEED(clock_gettime(CLOCK_SECOND, &ts));
	if (ts.tv_nsec != 0)
		return (probe_wrong("it has parts of a second"));
	return (probe_ok(NULL));
#else
	return (probe_absent("CLOCK_SECOND is not declared"));
#endif
}

PROBE(tm_invalid)
{
	struct timespec ts;

	NEED_REFUSAL(clock_gettime((clockid_t)9999, &ts), EINVAL);
	return (probe_ok(NULL));
}

PROBE(tm_getres)
{
	struct timespec ts;

	NEED(clock_getres(CLOCK_MONOTONIC, &ts));
	if (ts.tv_sec != 0 || ts.tv_nsec <= 0)
		return (probe_wrong(
		    "%lld.%09ld s", (long long)ts.tv_sec, ts.tv_nsec));
	return (probe_ok("%ld ns", ts.tv_nsec));
}

PROBE(tm_gettimeofday)
{
	struct timeval tv;
	int64_t ns, now;

	NEED(gettimeofday(&tv, NULL));
	NEED(now = row_clock(CLOCK_REALTIME));
	ns = (int64_t)tv.tv_sec * 1000000000 + (int64_t)tv.tv_usec * 1000;
	if (ns > now || now - ns > (int64_t)2000000000)
		return (probe_wrong("it differs from CLOCK_REALTIME"));
	return (probe_ok(NULL));
}

PROBE(tm_timespec_get)
{
	struct timespec ts;
	int64_t now;

	if (timespec_get(&ts, TIME_UTC) != TIME_UTC)
		return (probe_wrong("TIME_UTC is refused"));
	NEED(now = row_clock(CLOCK_REALTIME));
	return (row_ns(&ts) <= now
		    ? probe_ok(NULL)
		    : probe_wrong("it is ahead of CLOCK_REALTIME"));
}

/*
 * settimeofday with neither time nor zone changes nothing, but asks for the
 * privilege on both systems; libc would look at the time, so call it raw.
 */
PROBE(tm_settimeofday)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (util_refused(
	    syscall(SYS_settimeofday, NULL, NULL), 0, "settimeofday"));
}

/* No clock of this number can be set by anybody. */
PROBE(tm_settime_monotonic)
{
	const struct timespec ts = { 1, 0 };

	if (clock_settime(CLOCK_MONOTONIC, &ts) == 0)
		return (probe_wrong("CLOCK_MONOTONIC was set"));
	if (errno == EINVAL || errno == EPERM)
		return (probe_ok(NULL));
	return (probe_errno(errno, "clock_settime"));
}

PROBE(tm_settime_invalid)
{
	const struct timespec ts = { 1, 1000000000 };

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	if (clock_settime(CLOCK_REALTIME, &ts) == 0)
		return (probe_wrong("a time that is none was accepted"));
	if (errno == EINVAL || errno == EPERM)
		return (probe_ok("%s", strerror(errno)));
	return (probe_errno(errno, "clock_settime"));
}

PROBE(tm_ntp_adjtime)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	NEED(ntp_adjtime(&tx));
	return (tx.constant != 0 || tx.precision != 0 || tx.tolerance != 0
		    ? probe_ok(NULL)
		    : probe_wrong("it fills in nothing"));
}

PROBE(tm_ntp_gettime)
{
	struct ntptimeval ntv;
	int state;

	memset(&ntv, 0, sizeof(ntv));
	NEED(state = ntp_gettime(&ntv));
	if (ntv.time.tv_sec == 0)
		return (probe_wrong("it fills in nothing"));
	return (probe_ok(
	    "%s", state == TIME_ERROR ? "not synchronised" : "synchronised"));
}

PROBE(tm_adjtime)
{
	struct timeval old = { -1, -1 };

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	/* Asking what is left to adjust needs no privilege. */
	NEED(adjtime(NULL, &old));
	return (old.tv_usec != -1 ? probe_ok(NULL)
				  : probe_wrong("it fills in nothing"));
}

PROBE(tm_times)
{
	struct tms t;
	clock_t ticks;

	NEED(ticks = times(&t));
	if (sysconf(_SC_CLK_TCK) <= 0)
		return (probe_wrong("no ticks a second"));
	return (probe_ok("%ld a second", sysconf(_SC_CLK_TCK)));
}

PROBE(tm_getcpuclockid)
{
	clockid_t clock;
	pid_t pid;
	int64_t used;
	int err, i;

	NEED(pid = fork());
	while (pid == 0)
		(void)getppid();
	err = clock_getcpuclockid(pid, &clock);
	used = 0;
	for (i = 0; i < 1000 && err == 0 && used == 0; i++) {
		(void)usleep(500);
		used = row_clock(clock);
	}
	(void)kill(pid, SIGKILL);
	(void)util_wait(pid);
	if (err != 0)
		return (probe_errno(err, "clock_getcpuclockid"));
	if (used < 0)
		return (probe_wrong("the clock cannot be read"));
	return (used > 0 ? probe_ok(NULL)
			 : probe_wrong("a child that spins has used no time"));
}

PROBE(tm_pthread_getcpuclockid)
{
	clockid_t clock;
	int err;

	err = pthread_getcpuclockid(pthread_self(), &clock);
	if (err != 0)
		return (probe_errno(err, "pthread_getcpuclockid"));
	return (clock_runs(clock, "the thread's clock"));
}
