/*
 * Network for fixed-output builds: a helper of the distribution carries TCP
 * and UDP between the build's network name space and the host's, in user
 * space.  This is the executor's side; the helper is started and watched by
 * network_guard.c.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/linux/network.h"

/* The guard gives up before the executor does. */
#define START_DEADLINE_MS 8000
#define STOP_DEADLINE_MS 1000

struct network {
	int guard_fd; /* pidfd */
	int life_fd;  /* the guard has the other end */
};

/* Not $PATH: this runs as root, and on hosts without much environment. */
static const char *const folders[] = { "/usr/bin", "/usr/local/bin", "/bin",
	"/run/current-system/profile/bin", "/run/current-system/sw/bin" };

static bool
find_program(const char *name, char *path, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, n, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return (true);
	}
	return (false);
}

const char *
network_means(const char **why)
{
	char path[128];

	*why = NULL;
	/* The helper opens it with the rights that we have. */
	if (faccessat(AT_FDCWD, "/dev/net/tun", R_OK | W_OK, AT_EACCESS) ==
	    -1) {
		*why = errno == EACCES ? "this user may not open /dev/net/tun "
					 "(try: chmod 666 /dev/net/tun)"
				       : "no /dev/net/tun (try: modprobe tun)";
		return (NULL);
	}
	/* pasta is faster and keeps the host's addresses and IPv6. */
	if (find_program("pasta", path, sizeof(path)))
		return ("pasta");
	if (find_program("slirp4netns", path, sizeof(path)))
		return ("slirp4netns");
	*why = "neither pasta nor slirp4netns is installed (try: install the "
	       "package passt or slirp4netns)";
	return (NULL);
}

/* Does the process live in another user name space than we do? */
static bool
has_user_space(pid_t pid)
{
	struct stat own, its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return (stat("/proc/self/ns/user", &own) == 0 &&
		stat(path, &its) == 0 && own.st_ino != its.st_ino);
}

/*
 * Like fork(2), but the child is the first of a process-id name space when
 * that is allowed, and nobody who waits for any child gets to see it: it
 * sends no signal.
 */
static pid_t
guard_fork(int *guard_fd)
{
	struct clone_args args = { .flags = CLONE_PIDFD | CLONE_NEWPID,
		.pidfd = (uint64_t)(uintptr_t)guard_fd };
	long pid;

	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == -1 && errno == EPERM) {
		args.flags = CLONE_PIDFD;
		pid = syscall(SYS_clone3, &args, sizeof(args));
	}
	return ((pid_t)pid);
}

/* Waits for the guard's report. */
static bool
wait_up(int report_fd, const char *means, struct error *e)
{
	struct pollfd p = { .fd = report_fd, .events = POLLIN };
	struct error report;
	ssize_t len;
	int n;

	do
		n = poll(&p, 1, START_DEADLINE_MS);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return (fail(e, ETIMEDOUT, "start network", means, NULL));
	len = read(report_fd, &report, sizeof(report));
	if (len != (ssize_t)sizeof(report))
		return (fail(e, EIO, "start network", means, "its guard died"));
	if (report.step[0] == '\0')
		return (true);
	if (e != NULL)
		*e = report;
	return (false);
}

struct network *
network_start(const char *means, pid_t pid, int pidfd, struct error *e)
{
	struct network_guard g = { .means = means, .build_fd = pidfd };
	int life[2] = { -1, -1 }, report[2] = { -1, -1 };
	struct network *net;
	char program[128];
	pid_t guard;

	if (!find_program(means, program, sizeof(program))) {
		fail(e, ENOENT, "start network", means, NULL);
		return (NULL);
	}
	net = calloc(1, sizeof(*net));
	if (net == NULL || pipe2(life, O_CLOEXEC) == -1 ||
	    pipe2(report, O_CLOEXEC) == -1)
		goto failed;
	net->guard_fd = -1;
	g.program = program;
	g.life_fd = life[0];
	g.report_fd = report[1];
	g.user_space = has_user_space(pid);
	free(network_resolv_from(network_resolv_files, means, &g.forward_dns));
	guard = guard_fork(&net->guard_fd);
	if (guard == -1)
		goto failed;
	if (guard == 0)
		network_guard_main(&g);
	close(life[0]);
	close(report[1]);
	net->life_fd = life[1];
	if (wait_up(report[0], means, e)) {
		close(report[0]);
		return (net);
	}
	close(report[0]);
	network_stop(net);
	return (NULL);
failed:
	fail(e, errno, "start network", means, NULL);
	if (life[0] != -1) {
		close(life[0]);
		close(life[1]);
	}
	if (report[0] != -1) {
		close(report[0]);
		close(report[1]);
	}
	free(net);
	return (NULL);
}

void
network_stop(struct network *net)
{
	struct pollfd p;
	siginfo_t info;

	if (net == NULL)
		return;
	/* The guard ends the helper first; killing it is for when it hangs. */
	close(net->life_fd);
	p.fd = net->guard_fd;
	p.events = POLLIN;
	if (poll(&p, 1, STOP_DEADLINE_MS) != 1)
		syscall(SYS_pidfd_send_signal, net->guard_fd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)net->guard_fd, &info, WEXITED | __WALL) ==
		   -1 &&
	       errno == EINTR)
		continue;
	close(net->guard_fd);
	free(net);
}
