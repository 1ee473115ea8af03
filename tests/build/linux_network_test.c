/*
 * The network of fixed-output builds.  The test is the host: a network name
 * space with a service on its loopback and on an abstract socket.  A second
 * one, with a cable to it, is the world outside.  The build reaches the
 * world and nothing of the host; on the host's network it reaches all.
 */
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <dirent.h>
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
#include "build/host/linux/network.h"

#define WORLD "198.51.100.1" /* RFC 5737: documentation */
#define WORLD6 "2001:db8:7::1"
#define HOST "198.51.100.2"
#define HOST6 "2001:db8:7::2"
#define PORT 7000
#define ABSTRACT "isthmus-network-test"

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

static void
run(const char *command)
{
	ATF_REQUIRE_MSG(system(command) == 0, "%s", command);
}

static void
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

static void
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

struct build {
	pid_t pid;
	int fd;	       /* pidfd */
	int ask, hear; /* an address to it, an errno from it */
};

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

static struct build
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

static int
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

static void
build_end(struct build *b)
{
	kill(b->pid, SIGKILL);
	waitpid(b->pid, NULL, 0);
	close(b->fd);
	close(b->ask);
	close(b->hear);
}

#define BUILD_FLAGS (CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS)

static struct network *
start(const char *means, const struct build *b)
{
	struct network *net;
	struct error e;

	net = network_start(means, b->pid, b->fd, &e);
	ATF_REQUIRE_MSG(net != NULL, "%s: %s: %s", e.step, e.path,
	    e.why[0] != '\0' ? e.why : strerror(e.err));
	return (net);
}

static void
reaches_the_world_only(const char *means)
{
	struct network *net;
	struct build b;

	need(means);
	make_world();
	b = build_start(BUILD_FLAGS);
	ATF_CHECK(build_reach(&b, WORLD) != 0);
	net = start(means, &b);
	ATF_CHECK_EQ(0, build_reach(&b, WORLD));
	if (strcmp(means, "pasta") == 0)
		ATF_CHECK_EQ(0, build_reach(&b, WORLD6));
	ATF_CHECK(build_reach(&b, "127.0.0.1") != 0);
	ATF_CHECK(build_reach(&b, "::1") != 0);
	ATF_CHECK(build_reach(&b, "0.0.0.0") != 0);
	ATF_CHECK(build_reach(&b, "::ffff:127.0.0.1") != 0);
	ATF_CHECK(build_reach(&b, "@" ABSTRACT) != 0);
	/* What helpers take for the host unless told otherwise. */
	ATF_CHECK(build_reach(&b, "10.0.2.2") != 0);
	ATF_CHECK(build_reach(&b, "10.0.2.3") != 0);
	ATF_CHECK(build_reach(&b, "169.254.1.1") != 0);
	ATF_CHECK(build_reach(&b, HOST) != 0);
	ATF_CHECK(build_reach(&b, HOST6) != 0);
	network_stop(net);
	ATF_CHECK(build_reach(&b, WORLD) != 0);
	build_end(&b);
}

ATF_TC(pasta_reaches_the_world_only);
ATF_TC_HEAD(pasta_reaches_the_world_only, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(pasta_reaches_the_world_only, tc)
{
	reaches_the_world_only("pasta");
}

ATF_TC(slirp4netns_reaches_the_world_only);
ATF_TC_HEAD(slirp4netns_reaches_the_world_only, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(slirp4netns_reaches_the_world_only, tc)
{
	reaches_the_world_only("slirp4netns");
}

/* The two above can fail: this is what they say of the host's network. */
ATF_TC_WITHOUT_HEAD(twin_on_the_hosts_network_reaches_all);
ATF_TC_BODY(twin_on_the_hosts_network_reaches_all, tc)
{
	struct build b;

	make_world();
	b = build_start(CLONE_NEWPID | CLONE_NEWNS);
	ATF_CHECK_EQ(0, build_reach(&b, WORLD));
	ATF_CHECK_EQ(0, build_reach(&b, WORLD6));
	ATF_CHECK_EQ(0, build_reach(&b, "127.0.0.1"));
	ATF_CHECK_EQ(0, build_reach(&b, "::1"));
	ATF_CHECK_EQ(0, build_reach(&b, "0.0.0.0"));
	ATF_CHECK_EQ(0, build_reach(&b, "::ffff:127.0.0.1"));
	ATF_CHECK_EQ(0, build_reach(&b, "@" ABSTRACT));
	build_end(&b);
}

/* And of a helper with its defaults: the gateway is the host's loopback. */
ATF_TC_WITHOUT_HEAD(twin_slirp4netns_unguarded_reaches_loopback);
ATF_TC_BODY(twin_slirp4netns_unguarded_reaches_loopback, tc)
{
	struct build b;
	char pid[16];
	pid_t helper;
	int i;

	need("slirp4netns");
	make_world();
	b = build_start(BUILD_FLAGS);
	snprintf(pid, sizeof(pid), "%d", (int)b.pid);
	helper = fork();
	if (helper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/bin/slirp4netns", "slirp4netns", "--configure", pid,
		    "tap0", (char *)NULL);
		_exit(1);
	}
	for (i = 0; i < 20 && build_reach(&b, "10.0.2.2") != 0; i++)
		usleep(100000);
	ATF_CHECK_EQ(0, build_reach(&b, "10.0.2.2"));
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
	build_end(&b);
}

/* ------------------------------------------------------------------ */
/* Ends                                                                */
/* ------------------------------------------------------------------ */

/* A field of /proc/PID/stat behind the name: 0 state, 1 parent, 3 session. */
static long
stat_field(const char *pid, int field, char *name, size_t n)
{
	char path[64], text[1024], *end, *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return (-1);
	text[len] = '\0';
	p = strchr(text, '(');
	end = strrchr(text, ')');
	snprintf(name, n, "%.*s", (int)(end - p - 1), p + 1);
	if (end[2] == 'Z')
		return (-1);
	for (p = end + 2; field > 0; field--)
		p = strchr(p, ' ') + 1;
	return (strtol(p, NULL, 10));
}

/* Processes whose field has the value; the last one's pid in *found. */
static int
count_processes(int field, long value, const char *name, pid_t *found)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char its[64];
	int n = 0;

	ATF_REQUIRE(proc != NULL);
	while ((entry = readdir(proc)) != NULL) {
		if (strspn(entry->d_name, "0123456789") == 0 ||
		    stat_field(entry->d_name, field, its, sizeof(its)) !=
			value ||
		    (name != NULL && strcmp(its, name) != 0))
			continue;
		*found = (pid_t)strtol(entry->d_name, NULL, 10);
		n++;
	}
	closedir(proc);
	return (n);
}

static int
left_of(pid_t guard)
{
	pid_t found;
	int i, n = -1;

	for (i = 0; i < 200; i++) {
		n = count_processes(3, guard, NULL, &found);
		if (n == 0)
			break;
		usleep(10000);
	}
	return (n);
}

static void
helper_ends(const char *means)
{
	struct network *net;
	struct build b;
	pid_t guard = -1, executor;
	int up[2];
	char c;

	need(means);
	make_world();

	/* By network_stop. */
	b = build_start(BUILD_FLAGS);
	net = start(means, &b);
	ATF_REQUIRE_EQ(1, count_processes(1, getpid(), "isthmus-net", &guard));
	ATF_CHECK(count_processes(3, guard, NULL, &executor) >= 2);
	network_stop(net);
	ATF_CHECK_EQ(0, left_of(guard));
	build_end(&b);

	/* With the build. */
	b = build_start(BUILD_FLAGS);
	net = start(means, &b);
	ATF_REQUIRE_EQ(1, count_processes(1, getpid(), "isthmus-net", &guard));
	build_end(&b);
	ATF_CHECK_EQ(0, left_of(guard));
	network_stop(net);

	/* With the executor, whatever ends that. */
	ATF_REQUIRE(pipe(up) == 0);
	executor = fork();
	ATF_REQUIRE(executor != -1);
	if (executor == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		b = build_start(BUILD_FLAGS);
		net = start(means, &b);
		if (write(up[1], "u", 1) == 1)
			pause();
		_exit(0);
	}
	close(up[1]);
	ATF_REQUIRE_EQ(1, read(up[0], &c, 1));
	close(up[0]);
	ATF_REQUIRE_EQ(1, count_processes(1, executor, "isthmus-net", &guard));
	kill(executor, SIGKILL);
	waitpid(executor, NULL, 0);
	ATF_CHECK_EQ(0, left_of(guard));
}

ATF_TC(pasta_ends_with_build_and_executor);
ATF_TC_HEAD(pasta_ends_with_build_and_executor, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(pasta_ends_with_build_and_executor, tc)
{
	helper_ends("pasta");
}

ATF_TC(slirp4netns_ends_with_build_and_executor);
ATF_TC_HEAD(slirp4netns_ends_with_build_and_executor, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(slirp4netns_ends_with_build_and_executor, tc)
{
	helper_ends("slirp4netns");
}

ATF_TC_WITHOUT_HEAD(the_guard_keeps_no_descriptor_of_the_executor);
ATF_TC_BODY(the_guard_keeps_no_descriptor_of_the_executor, tc)
{
	struct network *net;
	struct build b;
	struct pollfd p;
	int other[2];

	need("pasta");
	make_world();
	b = build_start(BUILD_FLAGS);
	ATF_REQUIRE(pipe(other) == 0);
	net = start("pasta", &b);
	close(other[1]);
	p.fd = other[0];
	p.events = POLLIN;
	ATF_CHECK_EQ(1, poll(&p, 1, 1000));
	ATF_CHECK(p.revents & POLLHUP);
	/* Nor is it seen by who waits for any child. */
	ATF_CHECK_EQ(0, waitpid(b.pid, NULL, WNOHANG));
	network_stop(net);
	build_end(&b);
	close(other[0]);
}

ATF_TC_WITHOUT_HEAD(a_helper_that_cannot_says_why);
ATF_TC_BODY(a_helper_that_cannot_says_why, tc)
{
	struct error e = { 0 };
	struct build b;
	pid_t found;

	need("pasta");
	make_world();
	run("ip route del default && ip -6 route del default");
	b = build_start(BUILD_FLAGS);
	ATF_CHECK(network_start("pasta", b.pid, b.fd, &e) == NULL);
	ATF_CHECK_STREQ("start network", e.step);
	ATF_CHECK_STREQ("/usr/bin/pasta", e.path);
	ATF_CHECK_MSG(strstr(e.why, "outable") != NULL ||
			  strstr(e.why, "route") != NULL ||
			  strstr(e.why, "interface"),
	    "%s", e.why);
	ATF_CHECK_EQ(0, count_processes(1, getpid(), "isthmus-net", &found));
	build_end(&b);
}

ATF_TC_WITHOUT_HEAD(a_build_that_is_gone_is_an_error);
ATF_TC_BODY(a_build_that_is_gone_is_an_error, tc)
{
	struct error e = { 0 };
	struct build b;

	need("pasta");
	make_world();
	b = build_start(BUILD_FLAGS);
	kill(b.pid, SIGKILL);
	waitpid(b.pid, NULL, 0);
	ATF_CHECK(network_start("pasta", b.pid, b.fd, &e) == NULL);
	ATF_CHECK_STREQ("enter the build's network", e.step);
	ATF_CHECK_EQ(ESRCH, e.err);
	close(b.fd);
	close(b.ask);
	close(b.hear);
}

/* ------------------------------------------------------------------ */
/* Without root                                                        */
/* ------------------------------------------------------------------ */

/* In a child that is nobody: exits with 0 when all is as it should. */
static void __attribute__((__noreturn__)) rootless_main(const char *means)
{
	struct network *net;
	struct build b;
	struct error e;
	pid_t guard;
	char line[64];
	int fd, bad = 0;

	if (setresgid(65534, 65534, 65534) == -1 ||
	    setresuid(65534, 65534, 65534) == -1 ||
	    prctl(PR_SET_DUMPABLE, 1) == -1)
		_exit(10);
	b = build_start(BUILD_FLAGS | CLONE_NEWUSER);
	/* A map must be there for the helper to have an identity. */
	snprintf(line, sizeof(line), "/proc/%d/uid_map", (int)b.pid);
	fd = open(line, O_WRONLY);
	if (write(fd, "1000 65534 1", 12) != 12)
		_exit(11);
	close(fd);
	net = network_start(means, b.pid, b.fd, &e);
	if (net == NULL) {
		isth_error_print(stderr, "test", &e);
		_exit(12);
	}
	if (count_processes(1, getpid(), "isthmus-net", &guard) != 1)
		_exit(13);
	bad |= build_reach(&b, WORLD) == 0 ? 0 : 32;
	bad |= build_reach(&b, "127.0.0.1") == 0 ? 64 : 0;
	bad |= build_reach(&b, "10.0.2.2") == 0 ? 64 : 0;
	build_end(&b);
	bad |= left_of(guard) == 0 ? 0 : 128;
	network_stop(net);
	_exit(bad);
}

static void
rootless(const char *means)
{
	int status;
	pid_t pid;

	need(means);
	make_world();
	pid = fork();
	if (pid == 0)
		rootless_main(means);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 11)
		atf_tc_skip("needs user name spaces without root");
	ATF_CHECK_EQ_MSG(0, status, "status %x", status);
}

ATF_TC_WITHOUT_HEAD(pasta_without_root);
ATF_TC_BODY(pasta_without_root, tc)
{
	rootless("pasta");
}

ATF_TC_WITHOUT_HEAD(slirp4netns_without_root);
ATF_TC_BODY(slirp4netns_without_root, tc)
{
	rootless("slirp4netns");
}

/* ------------------------------------------------------------------ */
/* Name servers                                                        */
/* ------------------------------------------------------------------ */

static const char *const files[] = { "one", "two", NULL };

static void
check_resolv(const char *one, const char *two, const char *means,
    bool want_forward, const char *want)
{
	bool forward = !want_forward;
	char *got;

	atf_utils_create_file("one", "%s", one);
	unlink("two");
	if (two != NULL)
		atf_utils_create_file("two", "%s", two);
	got = network_resolv_from(files, means, &forward);
	ATF_REQUIRE(got != NULL);
	ATF_CHECK_STREQ(want, got);
	ATF_CHECK_EQ(want_forward, forward);
	free(got);
}

ATF_TC_WITHOUT_HEAD(name_servers_are_copied_without_loopback);
ATF_TC_BODY(name_servers_are_copied_without_loopback, tc)
{
	check_resolv("# c\nsearch example.org\nnameserver 127.0.0.1\n"
		     "nameserver 192.0.2.53\nnameserver ::1\n"
		     "nameserver 2001:db8::53\noptions edns0\n",
	    NULL, "pasta", false,
	    "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"
	    "search example.org\noptions edns0\n");
}

ATF_TC_WITHOUT_HEAD(servers_behind_systemd_resolved_are_used);
ATF_TC_BODY(servers_behind_systemd_resolved_are_used, tc)
{
	check_resolv("nameserver 127.0.0.53\nsearch a\n",
	    "nameserver 192.0.2.1\nsearch b\n", "pasta", false,
	    "nameserver 192.0.2.1\nsearch b\n");
}

ATF_TC_WITHOUT_HEAD(a_loopback_resolver_alone_is_forwarded_to);
ATF_TC_BODY(a_loopback_resolver_alone_is_forwarded_to, tc)
{
	check_resolv("nameserver 127.0.0.1\n", NULL, "pasta", true,
	    "nameserver 169.254.1.1\n");
	check_resolv("nameserver fe80::1%eth0\nnameserver ::ffff:127.0.0.1\n",
	    NULL, "slirp4netns", true, "nameserver 10.0.2.3\n");
	check_resolv("nameserver 0.0.0.0\nnameserver nonsense\nnameserver\n",
	    "nameserver 127.9.9.9\n", "slirp4netns", true,
	    "nameserver 10.0.2.3\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pasta_reaches_the_world_only);
	ATF_TP_ADD_TC(tp, slirp4netns_reaches_the_world_only);
	ATF_TP_ADD_TC(tp, twin_on_the_hosts_network_reaches_all);
	ATF_TP_ADD_TC(tp, twin_slirp4netns_unguarded_reaches_loopback);
	ATF_TP_ADD_TC(tp, pasta_ends_with_build_and_executor);
	ATF_TP_ADD_TC(tp, slirp4netns_ends_with_build_and_executor);
	ATF_TP_ADD_TC(tp, the_guard_keeps_no_descriptor_of_the_executor);
	ATF_TP_ADD_TC(tp, a_helper_that_cannot_says_why);
	ATF_TP_ADD_TC(tp, a_build_that_is_gone_is_an_error);
	ATF_TP_ADD_TC(tp, pasta_without_root);
	ATF_TP_ADD_TC(tp, slirp4netns_without_root);
	ATF_TP_ADD_TC(tp, name_servers_are_copied_without_loopback);
	ATF_TP_ADD_TC(tp, servers_behind_systemd_resolved_are_used);
	ATF_TP_ADD_TC(tp, a_loopback_resolver_alone_is_forwarded_to);
	return (atf_no_error());
}
