/*
 * What holds inside a PID, network, IPC or mount namespace of Linux: the
 * promises that a build executor relies on.
 */
#include "survey/probe/area_namespace.h"

#if defined(__linux__)

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

PROBE(ns_unshare_files)
{
	int fd, rc;
	pid_t pid;

	fd = open(".", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "open"));
	pid = util_clone(CLONE_FILES);
	if (pid < 0)
		return (probe_errno(errno, "clone(CLONE_FILES)"));
	if (pid == 0) {
		rc = unshare(CLONE_FILES) == 0 ? 0 : errno;
		close(fd);
		_exit(rc);
	}
	rc = util_wait(pid);
	if (rc != 0)
		return (probe_errno(rc, "unshare(CLONE_FILES)"));
	return (fcntl(fd, F_GETFD) >= 0
		    ? probe_ok(NULL)
		    : probe_wrong("the table was still shared"));
}

/* Flags of a new PID namespace that this caller may make. */
static unsigned long
pid_flags(const struct probe_context *ctx)
{
	return (CLONE_NEWPID | (ctx->root ? 0UL : CLONE_NEWUSER));
}

PROBE(ns_pid_init_death)
{
	struct pollfd pfd;
	pid_t init;
	int fds[2];
	char c;

	if (pipe(fds) != 0)
		return (probe_errno(errno, "pipe"));
	init = util_clone(pid_flags(ctx));
	if (init < 0)
		return (probe_errno(errno, "clone(CLONE_NEWPID)"));
	if (init == 0) {
		close(fds[0]);
		if (fork() == 0) {
			/* Another session: no signal of a terminal's. */
			setsid();
			(void)write(fds[1], "x", 1);
			pause();
		}
		close(fds[1]);
		pause();
		_exit(0);
	}
	close(fds[1]);
	pfd.fd = fds[0];
	pfd.events = POLLIN;
	if (poll(&pfd, 1, 500) != 1 || read(fds[0], &c, 1) != 1)
		return (probe_state(
		    ISTH_STATE_FAILED, 0, "no word from a process inside"));
	(void)kill(init, SIGKILL);
	(void)util_wait(init);
	/* The last writer's death ends the pipe; it is dead already. */
	if (poll(&pfd, 1, 0) == 1 && read(fds[0], &c, 1) == 0)
		return (probe_ok("all were dead when process 1 was reaped"));
	return (probe_wrong("a process inside outlived process 1"));
}

PROBE(ns_pid_orphan)
{
	pid_t init, parent, middle;
	int fds[2], rc;

	if (pipe(fds) != 0)
		return (probe_errno(errno, "pipe"));
	init = util_clone(pid_flags(ctx));
	if (init < 0)
		return (probe_errno(errno, "clone(CLONE_NEWPID)"));
	if (init == 0) {
		middle = fork();
		if (middle == 0) {
			if (fork() == 0) {
				while (getppid() == 2)
					usleep(100);
				parent = getppid();
				(void)write(fds[1], &parent, sizeof(parent));
				_exit(0);
			}
			_exit(0);
		}
		(void)util_wait(middle);
		/* The orphan is ours to reap, and -1 would be: there is none. */
		rc = util_wait(-1);
		_exit(rc == 0 &&
			      read(fds[0], &parent, sizeof(parent)) ==
				  sizeof(parent) &&
			      parent == 1
			  ? 0
			  : 1);
	}
	rc = util_wait(init);
	return (rc == 0 ? probe_ok("its parent is 1, which reaped it")
			: probe_wrong("it did not come to process 1"));
}

PROBE(ns_pid_immune)
{
	pid_t init, pid;
	int rc;

	init = util_clone(pid_flags(ctx));
	if (init < 0)
		return (probe_errno(errno, "clone(CLONE_NEWPID)"));
	if (init == 0) {
		pid = fork();
		if (pid == 0) {
			(void)kill(1, SIGKILL);
			(void)kill(1, SIGTERM);
			_exit(0);
		}
		(void)util_wait(pid);
		_exit(42);
	}
	rc = util_wait(init);
	return (rc == 42
		    ? probe_ok(NULL)
		    : probe_wrong("process 1 died of its own child's signal"));
}

/* Counts the processes that a mounted proc shows. */
static int
count_processes(const char *proc)
{
	struct dirent *entry;
	DIR *dir;
	int n;

	dir = opendir(proc);
	if (dir == NULL)
		return (-1);
	n = 0;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			n++;
	closedir(dir);
	return (n);
}

static struct probe_answer
proc_inside(const struct probe_context *ctx, void *arg)
{
	int n;

	(void)ctx, (void)arg;
	if (mkdir("proc", 0700) != 0 ||
	    mount("proc", "proc", "proc", 0, NULL) != 0)
		return (probe_errno(errno, "mount(proc)"));
	n = count_processes("proc");
	return (
	    n == 1 ? probe_ok("one process") : probe_wrong("%d processes", n));
}

PROBE(ns_pid_proc)
{
	struct probe_answer why;

	if (!util_admin(ctx, CLONE_NEWPID, &why))
		return (why);
	return (util_in_child(proc_inside, ctx, NULL));
}

/* Enters a network namespace; false with the answer. */
static bool
enter_net(const struct probe_context *ctx, struct probe_answer *why)
{
	if (ctx->root ? unshare(CLONE_NEWNET) == 0 : util_userns(CLONE_NEWNET))
		return (true);
	*why = ctx->root ? probe_errno(errno, "unshare(CLONE_NEWNET)")
			 : util_skip("needs root, or a user namespace: %s",
			       strerror(errno));
	return (false);
}

/* A TCP listener on 127.0.0.1; `*port` 0 takes any.  -1 with errno. */
static int
listen_loopback(unsigned short *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(*port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, len) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) != 0)
		return (-1);
	*port = ntohs(in.sin_port);
	return (fd);
}

static int
connect_loopback(unsigned short port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	return (connect(fd, (struct sockaddr *)&in, sizeof(in)));
}

static bool
loopback_up(void)
{
	struct ifreq ifr;
	int fd;

	memset(&ifr, 0, sizeof(ifr));
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "lo");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr) != 0)
		return (false);
	ifr.ifr_flags |= IFF_UP;
	return (ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
}

PROBE(ns_net_loopback)
{
	struct probe_answer why;
	unsigned short port;

	if (!enter_net(ctx, &why))
		return (why);
	port = 1;
	if (connect_loopback(port) == 0 || errno != ENETUNREACH)
		return (probe_wrong("before it is up: %s", strerror(errno)));
	if (!loopback_up())
		return (probe_errno(errno, "ioctl(SIOCSIFFLAGS, lo)"));
	port = 0;
	if (listen_loopback(&port) < 0)
		return (probe_errno(errno, "listen on 127.0.0.1"));
	if (connect_loopback(port) != 0)
		return (probe_errno(errno, "connect to 127.0.0.1"));
	return (probe_ok(NULL));
}

PROBE(ns_net_ports)
{
	struct probe_answer why;
	unsigned short port;
	int outside;

	port = 0;
	outside = listen_loopback(&port);
	if (outside < 0)
		return (probe_errno(errno, "listen on 127.0.0.1"));
	if (!enter_net(ctx, &why))
		return (why);
	if (!loopback_up())
		return (probe_errno(errno, "ioctl(SIOCSIFFLAGS, lo)"));
	if (connect_loopback(port) == 0)
		return (probe_wrong("a listener outside was reached"));
	if (listen_loopback(&port) < 0)
		return (probe_errno(errno, "bind to the same port"));
	return (probe_ok(NULL));
}

PROBE(ns_net_abstract)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct probe_answer why;
	socklen_t len;
	int client, server;

	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* sun_path[0] is NUL: abstract, unix(7). */
	snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
	    "isthmus-probe-%d-%u", (int)getpid(), ctx->number);
	len = (socklen_t)(sizeof(sa_family_t) + 1 + strlen(un.sun_path + 1));
	if (server < 0 || bind(server, (struct sockaddr *)&un, len) != 0 ||
	    listen(server, 1) != 0)
		return (probe_errno(errno, "bind to an abstract name"));
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&un, len) != 0)
		return (probe_errno(errno, "connect in one namespace"));
	if (!enter_net(ctx, &why))
		return (why);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		return (probe_errno(errno, "socket inside"));
	if (connect(client, (struct sockaddr *)&un, len) == 0)
		return (probe_wrong("it was reached from inside"));
	return (errno == ECONNREFUSED ? probe_ok(NULL)
				      : probe_errno(errno, "connect inside"));
}

PROBE(ns_net_path)
{
	struct probe_answer why;
	int server;

	server = util_unix_listen("socket");
	if (server < 0)
		return (probe_errno(errno, "bind"));
	if (!enter_net(ctx, &why))
		return (why);
	if (util_unix_connect("socket") < 0)
		return (probe_errno(errno, "connect"));
	return (probe_ok("reached: a network namespace does not stop it"));
}

PROBE(ns_ipc_mqueue)
{
	struct probe_answer why;
	const char *name;
	mqd_t queue;
	int rc;
	pid_t pid;

	name = probe_posix_name(ctx, 0);
	pid = fork();
	if (pid == 0) {
		if (!util_admin(ctx, CLONE_NEWIPC, &why))
			_exit(125);
		queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
		_exit(queue == (mqd_t)-1 ? errno : 0);
	}
	rc = pid < 0 ? errno : util_wait(pid);
	if (rc == 125)
		return (util_skip("needs root, or a user namespace"));
	if (rc != 0)
		return (probe_errno(rc, "mq_open inside"));
	queue = mq_open(name, O_RDWR);
	if (queue != (mqd_t)-1)
		return (probe_wrong("it shows outside"));
	return (probe_ok(NULL));
}

PROBE(ns_mnt_chdir)
{
	pid_t pid;
	int fd, rc;

	fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "/proc/self/ns/mnt"));
	/* setns(2): EINVAL while root and cwd are shared with another. */
	pid = util_clone(CLONE_FS);
	if (pid == 0) {
		rc = setns(fd, CLONE_NEWNS) == 0 ? 0 : errno;
		_exit(rc);
	}
	rc = pid < 0 ? errno : util_wait(pid);
	if (rc == 0)
		return (probe_wrong("setns was allowed"));
	return (rc == EINVAL || rc == EPERM ? probe_ok("%s", strerror(rc))
					    : probe_errno(rc, "setns"));
}

#else
typedef int area_namespace_effect_is_empty_here;
#endif
