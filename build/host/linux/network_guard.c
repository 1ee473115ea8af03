/*
 * The process between executor and network helper.  It is apart from the
 * executor so that the helper can be born in the host's network and still
 * die with the build and with the executor: a parent-death signal would not
 * do, since the helper changes its credentials, which clears it (prctl(2)).
 *
 * The guard stands in the build's network name space, without capabilities.
 * So the helper finds that name space as the guard's own, which it may look
 * up even after it has given up CAP_SYS_PTRACE; the guard sees there when
 * the network is up.  Nothing in the build can see or signal either.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/linux/network.h"

#define UP_DEADLINE_MS 6000.0
#define HELPER_TEXT_MAX (64 * 1024)

/* Descriptors of the guard, from 3 on without gaps. */
enum { FD_BUILD = 3, FD_LIFE, FD_REPORT, FD_TEXT };

static void __attribute__((__noreturn__)) give_up(const struct error *e)
{
	(void)!write(FD_REPORT, e, sizeof(*e));
	_exit(1);
}

static void __attribute__((__noreturn__))
give_up_errno(const char *step, const char *path)
{
	struct error e;

	fail(&e, errno, step, path, NULL);
	give_up(&e);
}

/* The descriptors given, at 3, 4 and 5, and none besides. */
static void
take_descriptors(const struct network_guard *g)
{
	int build, life, report;

	/* Out of the way first, so that no dup2 hits one still needed. */
	build = fcntl(g->build_fd, F_DUPFD, 64);
	life = fcntl(g->life_fd, F_DUPFD, 64);
	report = fcntl(g->report_fd, F_DUPFD, 64);
	if (build == -1 || life == -1 || report == -1 ||
	    dup3(build, FD_BUILD, O_CLOEXEC) == -1 ||
	    dup3(life, FD_LIFE, O_CLOEXEC) == -1 ||
	    dup3(report, FD_REPORT, O_CLOEXEC) == -1 ||
	    syscall(SYS_close_range, FD_REPORT + 1, ~0U, 0) == -1)
		_exit(1);
}

/* What the helper says is kept in memory, as much as is of use. */
static void
open_text(void)
{
	int null, text;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		give_up_errno("start network: open", "/dev/null");
	if (null > STDERR_FILENO)
		close(null);
	text = memfd_create("isthmus-network", MFD_CLOEXEC);
	if (text == -1 ||
	    (text != FD_TEXT && dup3(text, FD_TEXT, O_CLOEXEC) == -1) ||
	    fcntl(FD_TEXT, F_SETFL, O_APPEND) == -1 ||
	    dup2(FD_TEXT, STDERR_FILENO) == -1)
		give_up_errno("start network: make file", "helper's text");
}

/* Last line of what the helper said, without what it says of syslog. */
static void
last_line(char *line, size_t n)
{
	char text[4096], *p, *save;
	off_t size;
	ssize_t len;

	snprintf(line, n, "it ended without a word");
	size = lseek(FD_TEXT, 0, SEEK_END);
	len = pread(FD_TEXT, text, sizeof(text) - 1,
	    size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1
					   : 0);
	if (len <= 0)
		return;
	text[len] = '\0';
	for (p = strtok_r(text, "\n", &save); p != NULL;
	     p = strtok_r(NULL, "\n", &save))
		if (strstr(p, "syslog") == NULL && strspn(p, " \t") < strlen(p))
			snprintf(line, n, "%s", p);
}

/*
 * pasta(1): no port of one side is a port of the other (-t -u -T -U none),
 * and the gateway's address is not the host (--no-map-gw).  As root it stays
 * root while it enters the name space, and gives up every capability and all
 * of the file system afterwards.
 */
static void
exec_pasta(const struct network_guard *g, const char *net, const char *user)
{
	const char *argv[32];
	int n = 0;

	argv[n++] = "pasta";
	argv[n++] = "--foreground";
	argv[n++] = "--quiet";
	argv[n++] = "--config-net";
	argv[n++] = "--no-map-gw";
	argv[n++] = "--no-netns-quit";
	argv[n++] = "-t";
	argv[n++] = "none";
	argv[n++] = "-u";
	argv[n++] = "none";
	argv[n++] = "-T";
	argv[n++] = "none";
	argv[n++] = "-U";
	argv[n++] = "none";
	if (g->forward_dns) {
		argv[n++] = "--dns-forward";
		argv[n++] = network_forward_address(g->means);
	}
	if (g->user_space) {
		argv[n++] = "--userns";
		argv[n++] = user;
	} else if (geteuid() == 0) {
		argv[n++] = "--runas";
		argv[n++] = "0:0";
	}
	argv[n++] = "--netns";
	argv[n++] = net;
	argv[n] = NULL;
	execve(g->program, (char *const *)(uintptr_t)argv, (char *[]){ NULL });
}

static void
exec_slirp(const struct network_guard *g, const char *net, const char *user,
    int ready_fd)
{
	const char *argv[16];
	char user_option[80], ready_option[32];
	int n = 0;

	snprintf(ready_option, sizeof(ready_option), "--ready-fd=%d", ready_fd);
	fcntl(ready_fd, F_SETFD, 0);
	argv[n++] = "slirp4netns";
	argv[n++] = "--configure";
	argv[n++] = "--mtu=65520";
	argv[n++] = "--disable-host-loopback";
	argv[n++] = "--enable-seccomp";
	argv[n++] = ready_option;
	if (!g->forward_dns)
		argv[n++] = "--disable-dns";
	/* Its sandbox wants to be group 0 in the build's user name space. */
	if (g->user_space) {
		snprintf(
		    user_option, sizeof(user_option), "--userns-path=%s", user);
		argv[n++] = user_option;
	} else
		argv[n++] = "--enable-sandbox";
	argv[n++] = "--netns-type=path";
	argv[n++] = net;
	argv[n++] = "tap0";
	argv[n] = NULL;
	execve(g->program, (char *const *)(uintptr_t)argv, (char *[]){ NULL });
}

/* The helper, still in the host's network; runs when told to by a byte. */
static void __attribute__((__noreturn__)) helper_main(
    const struct network_guard *g, const char *guard, int go_fd, int ready_fd)
{
	static const struct rlimit text = { HELPER_TEXT_MAX, HELPER_TEXT_MAX },
				   core = { 0, 0 };
	char net[64], user[64], go;

	/* Holds until the credentials change; the rest is the guard's. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go_fd, &go, 1) != 1)
		_exit(1);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &text);
	setrlimit(RLIMIT_CORE, &core);
	snprintf(net, sizeof(net), "/proc/%s/ns/net", guard);
	snprintf(user, sizeof(user), "/proc/%s/ns/user", guard);
	if (strcmp(g->means, "pasta") == 0)
		exec_pasta(g, net, user);
	else
		exec_slirp(g, net, user, ready_fd);
	dprintf(STDERR_FILENO, "%s: %s\n", g->program, strerror(errno));
	_exit(1);
}

/* Into the build's network, for good. */
static void
enter(const struct network_guard *g)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { { 0 } };

	/* A pidfd here needs Linux 5.8: setns(2). */
	if (setns(FD_BUILD,
		CLONE_NEWNET | (g->user_space ? CLONE_NEWUSER : 0)) == -1)
		give_up_errno("enter the build's network", NULL);
	if (syscall(SYS_capset, &header, none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 1) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		give_up_errno("drop capabilities of the network guard", NULL);
}

/* Whether a file of /proc/self/net has a line that tells of the way out. */
static bool
has_route(const char *file, bool v6)
{
	static const char all[] = "00000000000000000000000000000000 00 ";
	char line[512], name[64], to[64];
	bool found = false;
	FILE *in;

	in = fopen(file, "re");
	if (in == NULL)
		return (false);
	while (!found && fgets(line, sizeof(line), in) != NULL) {
		if (v6)
			found = strncmp(line, all, sizeof(all) - 1) == 0 &&
				strstr(line, " lo\n") == NULL;
		else
			found = sscanf(line, "%63s %63s", name, to) == 2 &&
				strcmp(to, "00000000") == 0;
	}
	fclose(in);
	return (found);
}

static bool
is_up(const struct network_guard *g, int ready_fd)
{
	struct pollfd p = { .fd = ready_fd, .events = POLLIN };

	if (strcmp(g->means, "slirp4netns") == 0)
		return (poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0);
	return (has_route("/proc/self/net/route", false) ||
		has_route("/proc/self/net/ipv6_route", true));
}

/* Ends when the build, the executor or the helper does. */
static void __attribute__((__noreturn__))
watch(const struct network_guard *g, pid_t helper, int helper_fd, int ready_fd)
{
	struct pollfd p[] = { { .fd = FD_BUILD, .events = POLLIN },
		{ .fd = FD_LIFE, .events = POLLIN },
		{ .fd = helper_fd, .events = POLLIN } };
	uint64_t start = clock_now();
	struct error e = { 0 };
	bool up = false;
	char line[192];
	int n;

	for (;;) {
		n = poll(p, 3, up ? -1 : 2);
		if (n > 0)
			break;
		if (up)
			continue; /* a signal */
		if (is_up(g, ready_fd)) {
			up = true;
			(void)!write(FD_REPORT, &e, sizeof(e));
			close(FD_REPORT);
		} else if (clock_since_ms(start) > UP_DEADLINE_MS) {
			fail(&e, ETIMEDOUT, "start network", g->program, NULL);
			break;
		}
	}
	if (kill(helper, SIGKILL) == 0)
		waitpid(helper, NULL, 0);
	if (!up && e.step[0] == '\0') {
		last_line(line, sizeof(line));
		fail(&e, EIO, "start network", g->program, "%s", line);
		if (strcmp(g->means, "pasta") == 0 &&
		    (strstr(line, "routable") || strstr(line, "address")))
			fail_hint(&e, "a default route on the host");
	}
	if (!up)
		give_up(&e);
	_exit(0);
}

/* What ^C and SIGTERM mean is for the executor to say. */
static void
own_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t none;
	size_t i;

	setsid();
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	/* pasta does not start where it is ignored, as by isthmus(1). */
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
network_guard_main(const struct network_guard *g)
{
	char self[32];
	pid_t helper;
	ssize_t len;
	int go[2], ready[2], helper_fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "isthmus-net");
	own_signals();
	take_descriptors(g);
	open_text();
	/* Our number in the host's /proc, whatever getpid(2) says. */
	len = readlink("/proc/self", self, sizeof(self) - 1);
	if (len <= 0)
		give_up_errno("start network: read", "/proc/self");
	self[len] = '\0';
	if (pipe2(go, O_CLOEXEC) == -1 || pipe2(ready, O_CLOEXEC) == -1)
		give_up_errno("start network: make pipe", NULL);
	helper = fork();
	if (helper == 0) {
		close(go[1]);
		helper_main(g, self, go[0], ready[1]);
	}
	if (helper == -1)
		give_up_errno("start network: fork", NULL);
	helper_fd = (int)syscall(SYS_pidfd_open, helper, 0);
	enter(g);
	if (helper_fd == -1 || write(go[1], "g", 1) != 1)
		give_up_errno("start network: start", g->program);
	close(go[1]);
	watch(g, helper, helper_fd, ready[0]);
}
