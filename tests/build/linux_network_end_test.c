/* The helper of a network: that it ends, fails and does without root. */
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
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
#include "tests/build/linux_network_rig.h"

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
	struct stat st;
	int status;
	pid_t pid;

	need(means);
	if (stat("/dev/net/tun", &st) == -1 || (st.st_mode & 06) != 06)
		atf_tc_skip("needs a user who may open /dev/net/tun");
	make_world();
	pid = fork();
	if (pid == 0)
		rootless_main(means);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 11)
		atf_tc_skip("needs user name spaces without root");
	ATF_CHECK_EQ_MSG(0, status, "status %x", status);
}

/* Refused before anything begins, and not by the helper in the midst of it. */
ATF_TC_WITHOUT_HEAD(a_device_that_is_closed_is_told);
ATF_TC_BODY(a_device_that_is_closed_is_told, tc)
{
	const char *why;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE(unshare(CLONE_NEWNS) == 0);
	ATF_REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	ATF_REQUIRE(mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0);
	ATF_CHECK(network_means(&why) == NULL);
	ATF_CHECK_MATCH("modprobe tun", why);
	ATF_REQUIRE(mkdir("/dev/net", 0755) == 0);
	ATF_REQUIRE(
	    mknod("/dev/net/tun", S_IFCHR | 0600, makedev(10, 200)) == 0);
	pid = fork();
	if (pid == 0) {
		if (setresuid(65534, 65534, 65534) == -1)
			_exit(10);
		_exit(network_means(&why) != NULL || why == NULL ||
		      strstr(why, "chmod 666") == NULL);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pasta_ends_with_build_and_executor);
	ATF_TP_ADD_TC(tp, slirp4netns_ends_with_build_and_executor);
	ATF_TP_ADD_TC(tp, the_guard_keeps_no_descriptor_of_the_executor);
	ATF_TP_ADD_TC(tp, a_helper_that_cannot_says_why);
	ATF_TP_ADD_TC(tp, a_build_that_is_gone_is_an_error);
	ATF_TP_ADD_TC(tp, a_device_that_is_closed_is_told);
	ATF_TP_ADD_TC(tp, pasta_without_root);
	ATF_TP_ADD_TC(tp, slirp4netns_without_root);
	return (atf_no_error());
}
