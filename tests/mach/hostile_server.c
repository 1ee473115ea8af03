/*
 * A server to attack, looked at from outside, and clients that it has to
 * serve meanwhile.  The test's own process makes no traps.
 */
#include "tests/mach/hostile.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>
#include <mach/mk_timer.h>

/* The C library keeps stacks of threads that are gone, 40 MB at most. */
#define MEMORY_KB 65536u

/* How an honest client's share is measured. */
#define SETTLE_MS 30
#define WINDOW_MS 120
#define PAIRS_MIN 3
#define PAIRS_MAX 15
#define CLEAR 0.75

static char folder[64], path[80];
static pid_t server;
static uint64_t *honest; /* shared: round trips of the one that is counted */

void
nap(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}

static void
stop(void)
{
	static pid_t test;

	if (test == 0)
		test = getpid(); /* called once by server_begin() */
	else if (getpid() == test && server > 0) {
		kill(server, SIGTERM);
		waitpid(server, NULL, 0);
		(void)rmdir(folder);
	}
}

static void
begin(bool all_users)
{
	const char *machd = getenv("MACHD");
	char number[16], byte;
	int ready[2];

	snprintf(folder, sizeof(folder), "/tmp/isthmus-hostile.XXXXXX");
	ATF_REQUIRE(mkdtemp(folder) != NULL && chmod(folder, 0711) == 0);
	snprintf(path, sizeof(path), "%s/socket", folder);
	ATF_REQUIRE(pipe(ready) == 0);
	server = fork();
	ATF_REQUIRE(server != -1);
	if (server == 0) {
		close(ready[0]);
		snprintf(number, sizeof(number), "%d", ready[1]);
		execl(machd != NULL ? machd : MACHD_DEBUG, "machd", "--socket",
		    path, "--no-bootstrap", "--idle", "300", "--ready", number,
		    all_users ? "--system" : NULL, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	ATF_REQUIRE_MSG(read(ready[0], &byte, 1) == 1, "machd did not start");
	close(ready[0]);
	setenv("ISTHMUS_MACH_SOCKET", path, 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	honest = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(honest != MAP_FAILED);
	stop();
	atexit(stop);
	/* What it does once, it has done then. */
	server_serves();
}

void
server_begin(void)
{
	begin(false);
}

void
server_begin_for_all(void)
{
	begin(true);
}

pid_t
server_pid(void)
{
	return (server);
}

const char *
server_socket(void)
{
	const char *given = getenv("ISTHMUS_MACH_SOCKET");

	/* A program that a test's process became has it from that. */
	return (*path == '\0' && given != NULL ? given : path);
}

bool
server_lives(void)
{
	int status;

	if (server > 0 && waitpid(server, &status, WNOHANG) == server) {
		fprintf(stderr, "machd ended: status %#x\n", (unsigned)status);
		server = 0;
	}
	return (server > 0);
}

/* How many times longer things may take than on a machine. */
static unsigned int
slowness(void)
{
	const char *slow = getenv("ISTHMUS_TEST_SLOW");

	return (slow != NULL ? (unsigned int)atoi(slow) : 1);
}

void
server_is_back_at(const struct served *was)
{
	struct served now = { 0 };
	unsigned int i, n = 100 * slowness();

	ATF_REQUIRE_MSG(server_lives(), "the server is gone");
	for (i = 0; i < n; i++) {
		now = server_look();
		if (now.fds <= was->fds && now.threads <= was->threads &&
		    now.rss_kb <= was->rss_kb + MEMORY_KB)
			return;
		nap(50);
	}
	atf_tc_fail("descriptors %u, threads %u, memory %lu KB; "
		    "they were %u, %u, %lu KB",
	    now.fds, now.threads, now.rss_kb, was->fds, was->threads,
	    was->rss_kb);
}

int
hostile_run(void (*fn)(void), unsigned int seconds)
{
	unsigned int i;
	pid_t pid = fork();
	int status;

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	seconds *= slowness();
	for (i = 0; i < seconds * 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return (status);
		nap(10);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	atf_tc_fail("it did not end in %u s", seconds);
}

pid_t
hostile_start(void (*fn)(void))
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		for (;;)
			fn();
	}
	return (pid);
}

void
hostile_stop(pid_t pid)
{
	int status;

	/* Who ended before did not do what it was counted on to do. */
	if (waitpid(pid, &status, WNOHANG) == pid) {
		ATF_CHECK_MSG(false, "a client ended with %#x", status);
		return;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A message to oneself and back: two traps. */
static bool
honest_trip(mach_port_t port)
{
	struct {
		mach_msg_header_t header;
		mach_msg_trailer_t trailer;
	} m = { .header = {
		    .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
		    .msgh_size = sizeof(m.header),
		    .msgh_remote_port = port,
		    .msgh_id = 7 } };

	return (mach_msg(&m.header, MACH_SEND_MSG, sizeof(m.header), 0, 0, 0,
		    0) == MACH_MSG_SUCCESS &&
		mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    sizeof(m), port, 10000, 0) == MACH_MSG_SUCCESS &&
		m.header.msgh_id == 7);
}

static void
honest_few(void)
{
	mach_port_t port;
	int i;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		&port) != KERN_SUCCESS)
		_exit(1);
	/* Who has a timer makes the server have a thread for timers. */
	(void)mk_timer_destroy(mk_timer_create());
	for (i = 0; i < 100; i++) {
		if (!honest_trip(port))
			_exit(2);
	}
}

void
honest_work(void)
{
	mach_port_t port;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		&port) != KERN_SUCCESS)
		_exit(1);
	while (honest_trip(port))
		continue;
	_exit(2);
}

static void
honest_counted(void)
{
	mach_port_t port;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		&port) != KERN_SUCCESS)
		_exit(1);
	while (honest_trip(port))
		__atomic_fetch_add(honest, 1, __ATOMIC_RELAXED);
	_exit(2);
}

void
server_serves(void)
{
	int status = hostile_run(honest_few, 30);

	ATF_REQUIRE_MSG(status == 0, "an honest client ended with %#x", status);
}

static uint64_t
served_in(unsigned int ms)
{
	uint64_t was = __atomic_load_n(honest, __ATOMIC_RELAXED);

	nap(ms);
	return (__atomic_load_n(honest, __ATOMIC_RELAXED) - was);
}

/* What the honest client gets in a while beside one that does `fn`. */
static uint64_t
served_beside(void (*fn)(void))
{
	pid_t other = hostile_start(fn);
	uint64_t n;

	nap(SETTLE_MS);
	n = served_in(WINDOW_MS * slowness());
	hostile_stop(other);
	return (n);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

static double
median(const double *values, size_t n)
{
	double sorted[PAIRS_MAX];

	memcpy(sorted, values, n * sizeof(values[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return (sorted[n / 2]);
}

bool
hostile_is_quiet(void)
{
	return (getenv("ISTHMUS_TEST_QUIET") != NULL);
}

double
hostile_ratio(const char *name, void (*fn)(void))
{
	pid_t client = hostile_start(honest_counted);
	double ratios[PAIRS_MAX], ratio = 0;
	uint64_t beside_honest;
	struct served was;
	size_t n, pairs = hostile_is_quiet() ? PAIRS_MAX : 1;

	while (served_in(SETTLE_MS) == 0)
		continue;
	was = server_look();
	/*
	 * By turns, as what else the machine does hits both then.  A first
	 * look that is clear is enough.
	 */
	for (n = 0; n < pairs && (n < PAIRS_MIN || ratio < CLEAR);) {
		beside_honest = served_beside(honest_work);
		ratios[n++] =
		    (double)served_beside(fn) / (double)(beside_honest + 1);
		ratio = median(ratios, n);
		/* The next honest one is not to find the attack's remains. */
		server_is_back_at(&was);
	}
	hostile_stop(client);
	printf("%s: an honest client gets %.2f of what it gets beside an "
	       "honest one (median of %zu)\n",
	    name, ratio, n);
	return (ratio);
}

void
hostile_case(const char *name, void (*fn)(void))
{
	struct served was;
	double ratio;
	int status;

	server_begin();
	was = server_look();
	status = hostile_run(fn, 100);
	ATF_CHECK_MSG(status == 0, "the attacker ended with %#x", status);
	server_is_back_at(&was);
	server_serves();
	ratio = hostile_ratio(name, fn);
	ATF_CHECK_MSG(ratio > (hostile_is_quiet() ? HOSTILE_SHARE : 0),
	    "%s: %.2f", name, ratio);
	server_is_back_at(&was);
	server_serves();
}
