/* Host, world and build: linux_network_rig.h. */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fail.h"
#include "tests/build/linux_network_rig.h"

/* ------------------------------------------------------------------ */
/* Host and world                                                      */
/* ------------------------------------------------------------------ */

static socklen_t
address(struct sockaddr_storage *to, const char *text)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)to;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)to;
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)to;

	memset(to, 0, sizeof(*to));
	if (text[0] == '@') {
		un->sun_family = AF_UNIX;
		snprintf(
		    un->sun_path + 1, sizeof(un->sun_path) - 1, "%s", text + 1);
		return ((socklen_t)(sizeof(sa_family_t) + strlen(text)));
	}
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(PORT);
		return (sizeof(*v4));
	}
	ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, text, &v6->sin6_addr));
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(PORT);
	return (sizeof(*v6));
}

/* Accepts for ever, in the network of the caller; dies with it. */
static void
serve(const char *text)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, text);
	int fd, i, c;

	fd = socket(a.ss_family, SOCK_STREAM, 0);
	ATF_REQUIRE(fd != -1);
	/* An address of version 6 is tentative for a moment. */
	for (i = 0; bind(fd, (struct sockaddr *)&a, len) == -1; i++) {
		ATF_REQUIRE_MSG(i < 300, "bind %s: %s", text, strerror(errno));
		usleep(10000);
	}
	ATF_REQUIRE(listen(fd, 8) == 0);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while ((c = accept(fd, NULL, NULL)) != -1) {
			(void)!write(c, "k", 1);
			close(c);
		}
		_exit(0);
	}
	close(fd);
}

/* 0 when a service answers there within a second, or why not. */
static int
reach(const char *text)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, text);
	struct pollfd p;
	char c = 0;

	p.fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (p.fd == -1)
		return (errno);
	if (connect(p.fd, (struct sockaddr *)&a, len) == -1 &&
	    errno != EINPROGRESS) {
		close(p.fd);
		return (errno);
	}
	p.events = POLLIN;
	if (poll(&p, 1, 1000) == 1 && read(p.fd, &c, 1) == 1 && c == 'k') {
		close(p.fd);
		return (0);
	}
	close(p.fd);
	return (ETIMEDOUT);
}

void
run(const char *command)
{
	ATF_REQUIRE_MSG(system(command) == 0, "%s", command);
}

void
make_world(void)
{
	int host, tries, world;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	if (access("/usr/sbin/ip", X_OK) == -1 &&
	    access("/sbin/ip", X_OK) == -1)
		atf_tc_skip("needs ip(8)");
	/* As isthmus(1) does. */
	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1) == 0);
	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	world = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	run("ip link set lo up");
	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	run("ip link set lo up");
	ATF_REQUIRE(setns(world, CLONE_NEWNET) == 0);
	{
		char command[128];

		snprintf(command, sizeof(command),
		    "ip link add w0 type veth peer name h0 netns /proc/%d/fd/%d",
		    (int)getpid(), host);
		run(command);
	}
	run("ip addr add " WORLD "/24 dev w0 && ip link set w0 up");
	run("ip addr add " WORLD6 "/64 dev w0 nodad");
	ATF_REQUIRE(setns(host, CLONE_NEWNET) == 0);
	run("ip addr add " HOST "/24 dev h0 && ip link set h0 up");
	run("ip addr add " HOST6 "/64 dev h0 nodad");
	run("ip route add default via " WORLD);
	run("ip -6 route add default via " WORLD6 " dev h0");
	ATF_REQUIRE(setns(world, CLONE_NEWNET) == 0);
	serve(WORLD);
	serve(WORLD6);
	ATF_REQUIRE(setns(host, CLONE_NEWNET) == 0);
	serve("127.0.0.1");
	serve("::1");
	serve("@" ABSTRACT);
	close(host);
	close(world);
	/* A loaded machine takes its time to bring the pair up. */
	for (tries = 0; reach(WORLD) != 0; tries++)
		ATF_REQUIRE(tries < 20);
}

void
need(const char *means)
{
	char path[64];

	snprintf(path, sizeof(path), "/usr/bin/%s", means);
	if (access(path, X_OK) == -1)
		atf_tc_skip("needs %s", means);
	if (access("/dev/net/tun", F_OK) == -1)
		atf_tc_skip("needs /dev/net/tun");
}

/* ------------------------------------------------------------------ */
/* A build                                                             */
/* ------------------------------------------------------------------ */

static void
loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &r) == -1)
		_exit(90);
	close(fd);
}

static void __attribute__((__noreturn__)) build_main(int in, int out)
{
	char text[64];
	int answer;

	loopback_up();
	while (read(in, text, sizeof(text)) == sizeof(text)) {
		answer = reach(text);
		if (write(out, &answer, sizeof(answer)) == -1)
			break;
	}
	_exit(0);
}

struct build
build_start(uint64_t flags)
{
	struct build b;
	struct clone_args args = { .flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&b.fd,
		.exit_signal = SIGCHLD };
	int ask[2], hear[2];

	ATF_REQUIRE(pipe2(ask, O_CLOEXEC) == 0);
	ATF_REQUIRE(pipe2(hear, O_CLOEXEC) == 0);
	b.pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	ATF_REQUIRE_MSG(b.pid != -1, "clone3: %s", strerror(errno));
	if (b.pid == 0) {
		close(ask[1]);
		build_main(ask[0], hear[1]);
	}
	close(ask[0]);
	close(hear[1]);
	b.ask = ask[1];
	b.hear = hear[0];
	return (b);
}

int
build_reach(const struct build *b, const char *text)
{
	char message[64] = { 0 };
	int answer = -1;

	snprintf(message, sizeof(message), "%s", text);
	ATF_REQUIRE_EQ(
	    (ssize_t)sizeof(message), write(b->ask, message, sizeof(message)));
	ATF_REQUIRE_EQ(
	    (ssize_t)sizeof(answer), read(b->hear, &answer, sizeof(answer)));
	return (answer);
}

void
build_end(struct build *b)
{
	kill(b->pid, SIGKILL);
	waitpid(b->pid, NULL, 0);
	close(b->fd);
	close(b->ask);
	close(b->hear);
}

struct network *
start(const char *means, const struct build *b)
{
	struct network *net;
	struct error e;

	net = network_start(means, b->pid, b->fd, &e);
	ATF_REQUIRE_MSG(net != NULL, "%s: %s: %s", e.step, e.path,
	    e.why[0] != '\0' ? e.why : strerror(e.err));
	return (net);
}
