/*
 * The end of a jail: of its host, of what that holds, and of traps that run.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <mach/clock_types.h>
#include <netinet/in.h>
#include <time.h>

#include "jail.h"

/*
 * jail_remove(2) ends a jail's host and then kills its processes: what these
 * begin in between makes no host again, and finds none that is half gone.
 */
enum { ROUNDS = 8, PROCESSES = 24 };

static void
trap_on(const volatile int *go)
{
	mach_port_name_t host, clock = 0;

	while (*go == 0)
		usleep(100);
	for (;;) {
		host = RAW(29);
		(void)RAW(206, host, SYSTEM_CLOCK, PTR(&clock));
		(void)host_special();
		(void)RAW(18, raw_self(), host);
	}
}

ROOT_CASE(removed_while_traps_begin)
{
	volatile int *go = mmap(NULL, sizeof(*go), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	uint64_t names;
	size_t len = sizeof(names);
	pid_t pids[PROCESSES];
	char name[32];
	int i, jid, round;

	ATF_REQUIRE(go != MAP_FAILED);
	for (round = 0; round < ROUNDS; round++) {
		*go = 0;
		snprintf(name, sizeof(name), "mach%d-%d", (int)getpid(), round);
		jid = jail_do(name, "allow.mach", JAIL_CREATE);
		ATF_REQUIRE(jid > 0);
		for (i = 0; i < PROCESSES; i++) {
			pids[i] = fork();
			if (pids[i] != 0)
				continue;
			if (jail_attach(jid) != 0)
				_exit(1);
			/* One makes the host. */
			if (i == 0)
				(void)RAW(29);
			trap_on(go);
		}
		usleep(50000);
		*go = 1;
		usleep((useconds_t)round * 1000);
		ATF_REQUIRE_EQ(0, jail_remove(jid));
		for (i = 0; i < PROCESSES; i++)
			ATF_CHECK_EQ(pids[i], waitpid(pids[i], NULL, 0));
		/* Hosts of all jails are gone through. */
		ATF_REQUIRE_EQ(0, sysctlbyname("security.mach.max_names",
				      &names, &len, NULL, 0));
		ATF_REQUIRE_EQ(0, sysctlbyname("security.mach.max_names", NULL,
				      NULL, &names, sizeof(names)));
	}
}

enum { LINGER = 40 }; /* seconds */

/* A connection whose first end takes that long to close, if none reads. */
static void
lingering(int fds[2])
{
	struct sockaddr_in sin = { .sin_len = sizeof(sin),
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct linger linger = { .l_onoff = 1, .l_linger = LINGER };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(sin);
	static char bytes[65536];
	int i, small = 4096;

	ATF_REQUIRE_EQ(0,
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)));
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ATF_REQUIRE_EQ(0, bind(listener, (struct sockaddr *)&sin, len));
	ATF_REQUIRE_EQ(0, listen(listener, 1));
	ATF_REQUIRE_EQ(0, getsockname(listener, (struct sockaddr *)&sin, &len));
	ATF_REQUIRE_EQ(0, connect(fds[0], (struct sockaddr *)&sin, len));
	fds[1] = accept(listener, NULL, NULL);
	ATF_REQUIRE(fds[1] >= 0);
	close(listener);
	ATF_REQUIRE_EQ(0,
	    setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	/* Until it is full for good: what is on its way arrives. */
	for (i = 0; i < 10; i++) {
		while (send(fds[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			i = 0;
		usleep(20000);
	}
}

/* What a jail's host held is closed when it is removed, and by nobody else. */
ROOT_CASE(a_close_that_lasts_holds_up_no_jail)
{
	int fds[2], i, jid;
	char name[32];
	time_t begun;
	pid_t pid;

	lingering(fds);
	snprintf(name, sizeof(name), "machl%d", (int)getpid());
	jid = jail_do(name, "allow.mach", JAIL_CREATE);
	ATF_REQUIRE(jid > 0);
	pid = fork();
	if (pid == 0) {
		if (jail_attach(jid) != 0)
			_exit(1);
		_exit(RAW(413, RAW(29), HOST_MAX_SPECIAL_PORT,
			  port_of(fds[0])) == 0
			  ? 0
			  : 2);
	}
	reap(pid);
	close(fds[0]);
	begun = time(NULL);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, jail_remove(jid));
		jid = jail_do(name, "allow.mach", JAIL_CREATE);
		ATF_REQUIRE(jid > 0);
	}
	ATF_CHECK(time(NULL) - begun < LINGER / 2);
	ATF_CHECK_EQ(0, jail_remove(jid));
	close(fds[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, removed_while_traps_begin);
	ATF_TP_ADD_TC(tp, a_close_that_lasts_holds_up_no_jail);
	return (atf_no_error());
}
