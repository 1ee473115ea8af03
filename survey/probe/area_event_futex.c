/*
 * Waiting on a word of memory: futex(2), _umtx_op(2), and the process-shared
 * and robust mutexes that stand on them.
 */
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/futex.h>
#elif defined(__FreeBSD__)
#include <sys/umtx.h>
#endif

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

/* Memory that forked children share; NULL with errno. */
static void *
shared(size_t size)
{
	void *p;

	p = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	return (p == MAP_FAILED ? NULL : p);
}

#if defined(__linux__)

/*
 * Starts a child that leaves with the result of `wait`, and calls `wake`
 * until it says that it woke one.
 */
static struct probe_answer
wake_one(uint32_t *word, int (*wait)(uint32_t *), long (*wake)(uint32_t *))
{
	pid_t pid;
	long n;
	int i, status;

	NEED(pid = fork());
	if (pid == 0)
		_exit(wait(word) == 0 ? 0 : errno == ENOSYS ? 2 : 1);
	n = 0;
	for (i = 0; i < 2000 && n == 0; i++) {
		(void)usleep(200);
		if ((n = wake(word)) < 0)
			break;
	}
	if (n <= 0)
		(void)kill(pid, SIGKILL);
	status = util_wait(pid);
	NEED(n);
	if (n != 1 || status != 0)
		return (probe_wrong("%ld woken, its status is %d", n, status));
	return (probe_ok(NULL));
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* 5.16 */
#endif
#ifndef SYS_futex_wake
#define SYS_futex_wake 454 /* 6.7 */
#define SYS_futex_wait 455
#endif
#ifndef FUTEX_32
#define FUTEX_32 2
#endif

static long
futex(uint32_t *word, int op, uint32_t value, const struct timespec *timeout,
    uint32_t *other, uint32_t last)
{
	return (syscall(SYS_futex, word, op, value, timeout, other, last));
}

PROBE(fu_value)
{
	uint32_t word = 1;

	NEED_REFUSAL(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EAGAIN);
	return (probe_ok(NULL));
}

PROBE(fu_timeout)
{
	const struct timespec ms = { 0, 1000000 };
	uint32_t word = 0;

	NEED_REFUSAL(futex(&word, FUTEX_WAIT, 0, &ms, NULL, 0), ETIMEDOUT);
	return (probe_ok(NULL));
}

static int
wait_plain(uint32_t *word)
{
	return ((int)futex(word, FUTEX_WAIT, 0, NULL, NULL, 0));
}

static long
wake_plain(uint32_t *word)
{
	return (futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
}

PROBE(fu_wake)
{
	uint32_t *word;

	NEED_TRUE((word = shared(4096)) != NULL);
	return (wake_one(word, wait_plain, wake_plain));
}

static int
wait_bit(uint32_t *word)
{
	return ((int)futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 2));
}

static long
wake_bit(uint32_t *word)
{
	if (futex(word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1) != 0)
		return (99);
	return (futex(word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2));
}

PROBE(fu_bitset)
{
	uint32_t *word;

	NEED_TRUE((word = shared(4096)) != NULL);
	return (wake_one(word, wait_bit, wake_bit));
}

/* Moves one waiter to the second word, then wakes it there. */
static long
wake_moved(uint32_t *word)
{
	long n;

	n = futex(word, FUTEX_CMP_REQUEUE, 0, (void *)1L, word + 1, 0);
	if (n <= 0)
		return (n);
	return (futex(word + 1, FUTEX_WAKE, 1, NULL, NULL, 0));
}

PROBE(fu_requeue)
{
	uint32_t *word;

	NEED_TRUE((word = shared(4096)) != NULL);
	return (wake_one(word, wait_plain, wake_moved));
}

PROBE(fu_pi)
{
	uint32_t word = 0;

	NEED(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	if ((word & FUTEX_TID_MASK) != (uint32_t)syscall(SYS_gettid))
		return (probe_wrong("the word does not name its owner"));
	NEED_REFUSAL(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	NEED(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	return (word == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the word is 0x%x after unlocking", word));
}

static int
wait_vector(uint32_t *word)
{
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} v[2];

	memset(v, 0, sizeof(v));
	v[0].address = (uint64_t)(uintptr_t)word;
	v[1].address = (uint64_t)(uintptr_t)(word + 1);
	v[0].flags = v[1].flags = FUTEX_32;
	return (syscall(SYS_futex_waitv, v, 2, 0, NULL, 0) == 1 ? 0 : -1);
}

static long
wake_second(uint32_t *word)
{
	return (futex(word + 1, FUTEX_WAKE, 1, NULL, NULL, 0));
}

PROBE(fu_waitv)
{
	uint32_t *word;

	NEED_TRUE((word = shared(4096)) != NULL);
	/* Without waiters it fails at once, if it is there at all. */
	if (syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) == -1 &&
	    errno == ENOSYS)
		return (probe_absent("futex_waitv"));
	return (wake_one(word, wait_vector, wake_second));
}

PROBE(fu_wake2)
{
	uint32_t word = 0;

	NEED(syscall(SYS_futex_wake, &word, 1UL, 1, FUTEX_32));
	word = 1;
	NEED_REFUSAL(
	    syscall(SYS_futex_wait, &word, 0UL, 1UL, FUTEX_32, NULL, 0),
	    EAGAIN);
	return (probe_ok(NULL));
}

#elif defined(__FreeBSD__)

PROBE(um_value)
{
	struct timespec second = { 1, 0 };
	int64_t start;
	uint32_t word = 1;

	NEED(start = row_clock(CLOCK_MONOTONIC));
	NEED(_umtx_op(
	    &word, UMTX_OP_WAIT_UINT, 0, (void *)sizeof(second), &second));
	return (row_clock(CLOCK_MONOTONIC) - start < 900000000
		    ? probe_ok("0 at once, where Linux says EAGAIN")
		    : probe_wrong("it waited for another value"));
}

PROBE(um_timeout)
{
	struct timespec ms = { 0, 1000000 };
	uint32_t word = 0;

	NEED_REFUSAL(
	    _umtx_op(&word, UMTX_OP_WAIT_UINT, 0, (void *)sizeof(ms), &ms),
	    ETIMEDOUT);
	return (probe_ok(NULL));
}

static int
wait_word(uint32_t *word)
{
	return (_umtx_op(word, UMTX_OP_WAIT_UINT, 0, NULL, NULL));
}

/* It does not say how many it woke: the waiter leaves when it is woken. */
PROBE(um_wake)
{
	uint32_t *word;
	pid_t pid;
	int i, status;

	NEED_TRUE((word = shared(4096)) != NULL);
	NEED(pid = fork());
	if (pid == 0)
		_exit(wait_word(word) == 0 ? 0 : 1);
	(void)usleep(2000);
	for (i = 0; i < 50; i++) {
		NEED(_umtx_op(word, UMTX_OP_WAKE, 1, NULL, NULL));
		(void)usleep(100);
	}
	/* Had it not begun to wait yet, this lets it go by. */
	atomic_store((_Atomic uint32_t *)word, 1);
	NEED(_umtx_op(word, UMTX_OP_WAKE, INT_MAX, NULL, NULL));
	status = util_wait(pid);
	return (status == 0 ? probe_ok(NULL)
			    : probe_wrong("the waiter's status is %d", status));
}

PROBE(um_abstime)
{
	struct _umtx_time t;
	uint32_t word = 0;

	memset(&t, 0, sizeof(t));
	t._timeout = row_timespec(row_clock(CLOCK_MONOTONIC) + 1000000);
	t._flags = UMTX_ABSTIME;
	t._clockid = CLOCK_MONOTONIC;
	NEED_REFUSAL(_umtx_op(&word, UMTX_OP_WAIT_UINT_PRIVATE, 0,
			 (void *)sizeof(t), &t),
	    ETIMEDOUT);
	return (row_clock(CLOCK_MONOTONIC) >= row_ns(&t._timeout)
		    ? probe_ok(NULL)
		    : probe_wrong("too early"));
}

PROBE(um_nwake)
{
	uint32_t one = 0, two = 0;
	void *words[2] = { &one, &two };

	NEED(_umtx_op(words, UMTX_OP_NWAKE_PRIVATE, 2, NULL, NULL));
	return (probe_ok(NULL));
}

PROBE(um_shm)
{
	char *a, *b;
	void *key;
	int again, fd;

	NEED_TRUE((key = shared(4096)) != NULL);
	NEED(fd = _umtx_op(NULL, UMTX_OP_SHM, UMTX_SHM_CREAT, key, NULL));
	NEED(again = _umtx_op(NULL, UMTX_OP_SHM, UMTX_SHM_LOOKUP, key, NULL));
	a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 4096, PROT_READ, MAP_SHARED, again, 0);
	if (a == MAP_FAILED || b == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	a[0] = 'x';
	return (b[0] == 'x' ? probe_ok(NULL)
			    : probe_wrong("one key, two memories"));
}

#endif

/* A mutex in shared memory; NULL with errno. */
static pthread_mutex_t *
mutex(int robust, int protocol)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t *m;
	int err;

	m = shared(sizeof(*m));
	if (m == NULL)
		return (NULL);
	(void)pthread_mutexattr_init(&attr);
	err = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (err == 0)
		err = pthread_mutexattr_setrobust(&attr, robust);
	if (err == 0)
		err = pthread_mutexattr_setprotocol(&attr, protocol);
	if (err == 0)
		err = pthread_mutex_init(m, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	errno = err;
	return (err == 0 ? m : NULL);
}

static int
lock_and_die(void *arg)
{
	return (pthread_mutex_lock(arg) == 0 ? 0 : 1);
}

static int
try_lock(void *arg)
{
	return (pthread_mutex_trylock(arg) == EBUSY ? 0 : 1);
}

PROBE(pt_pshared)
{
	pthread_mutex_t *m;

	NEED_TRUE(
	    (m = mutex(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE)) != NULL);
	(void)pthread_mutex_lock(m);
	if (probe_child(try_lock, m) != 0)
		return (probe_wrong("two processes hold it"));
	return (probe_ok(NULL));
}

PROBE(pt_robust)
{
	pthread_mutex_t *m;
	int err;

	NEED_TRUE((m = mutex(PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE)) != NULL);
	if (probe_child(lock_and_die, m) != 0)
		return (probe_wrong("the child could not lock it"));
	err = pthread_mutex_trylock(m);
	if (err != EOWNERDEAD)
		return (probe_wrong("%s after its owner died", strerror(err)));
	err = pthread_mutex_consistent(m);
	if (err == 0)
		err = pthread_mutex_unlock(m);
	return (err == 0 ? probe_ok(NULL)
			 : probe_errno(err, "pthread_mutex_consistent"));
}

PROBE(pt_inherit)
{
	pthread_mutex_t *m;
	int err;

	NEED_TRUE(
	    (m = mutex(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT)) != NULL);
	err = pthread_mutex_lock(m);
	if (err == 0)
		err = pthread_mutex_unlock(m);
	return (
	    err == 0 ? probe_ok(NULL) : probe_errno(err, "pthread_mutex_lock"));
}

PROBE(pt_cond_monotonic)
{
	pthread_condattr_t attr;
	pthread_cond_t cond;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	struct timespec until;
	int err;

	(void)pthread_condattr_init(&attr);
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (err != 0)
		return (probe_errno(err, "pthread_condattr_setclock"));
	(void)pthread_cond_init(&cond, &attr);
	(void)pthread_mutex_lock(&m);
	until = row_timespec(row_clock(CLOCK_MONOTONIC) + 1000000);
	err = pthread_cond_timedwait(&cond, &m, &until);
	if (err != ETIMEDOUT)
		return (probe_wrong("%s instead of ETIMEDOUT", strerror(err)));
	return (row_clock(CLOCK_MONOTONIC) >= row_ns(&until)
		    ? probe_ok(NULL)
		    : probe_wrong("too early"));
}

static int
meet(void *arg)
{
	int err;

	err = pthread_barrier_wait(arg);
	return (err == 0 || err == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : 1);
}

PROBE(pt_barrier)
{
	pthread_barrierattr_t attr;
	pthread_barrier_t *b;
	pid_t pid;
	int err;

	NEED_TRUE((b = shared(sizeof(*b))) != NULL);
	(void)pthread_barrierattr_init(&attr);
	err = pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (err == 0)
		err = pthread_barrier_init(b, &attr, 2);
	if (err != 0)
		return (probe_errno(err, "pthread_barrier_init"));
	NEED(pid = fork());
	if (pid == 0)
		_exit(meet(b));
	if (meet(b) != 0 || util_wait(pid) != 0)
		return (probe_wrong("the two did not meet"));
	return (probe_ok(NULL));
}
