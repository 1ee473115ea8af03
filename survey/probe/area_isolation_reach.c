/*
 * Who reaches whom across the wall of a FreeBSD jail: signals, System V and
 * POSIX objects, descriptors.
 */
#include "survey/probe/area_isolation.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/ipc.h>
#include <sys/jail.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define END                   \
	{                     \
		NULL, NULL, 0 \
	}

/* Enters a new jail at `path` with one more parameter (may be END). */
static int
enter(const struct probe_context *ctx, const char *path, struct util_param more)
{
	util_close_directories();
	return (util_jail(JAIL_CREATE | JAIL_ATTACH, NULL,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", path, UTIL_STRING }, more, END }));
}

static const struct util_param nothing = END;

PROBE(iso_jail_kill_out)
{
	pid_t parent;

	parent = getppid();
	if (enter(ctx, "/", nothing) < 0)
		return (probe_errno(errno, "jail_set"));
	if (kill(parent, 0) == 0)
		return (probe_wrong("it can be signalled"));
	return (
	    errno == ESRCH ? probe_ok("ESRCH") : probe_errno(errno, "kill"));
}

/* A process in a jail, of that user unless 0. */
struct inmate {
	const struct probe_context *ctx;
	unsigned uid;
};

static int
inmate_setup(void *arg)
{
	const struct inmate *inmate = arg;

	if (enter(inmate->ctx, "/", nothing) < 0)
		return (errno);
	return (inmate->uid == 0 || util_drop_to(inmate->uid) ? 0 : errno);
}

PROBE(iso_jail_kill_in)
{
	struct inmate inmate = { ctx, 0 };
	struct probe_answer answer;
	struct util_peer peer;

	if (!util_peer_start(&peer, inmate_setup, &inmate))
		return (probe_errno(errno, "jail_set"));
	answer = util_done(kill(peer.pid, 0), "kill");
	util_peer_stop(&peer);
	return (answer);
}

/*
 * Signals processes of one user's in a jail as the same user outside, with
 * signal 0 and a user id of our own: nobody's process can come to harm.
 */
static int
signal_inmate(const struct probe_context *ctx, bool all)
{
	struct inmate inmate = { ctx, PROBE_OTHER_ID + 1000 + ctx->number };
	struct util_peer peer;
	int err;

	if (!util_peer_start(&peer, inmate_setup, &inmate))
		return (-1);
	if (!util_drop_to(inmate.uid))
		return (-1);
	err = kill(all ? -1 : peer.pid, 0) == 0 ? 0 : errno;
	close(peer.fd); /* it ends by itself */
	return (err);
}

PROBE(iso_jail_kill_user)
{
	int err;

	err = signal_inmate(ctx, false);
	if (err < 0)
		return (probe_errno(errno, "jail_set"));
	errno = err;
	return (util_refused(err == 0 ? 0 : -1, 0, "kill"));
}

PROBE(iso_jail_kill_all)
{
	int err;

	err = signal_inmate(ctx, true);
	if (err < 0)
		return (probe_errno(errno, "jail_set"));
	return (err == 0
		    ? probe_ok(NULL)
		    : probe_wrong("%s, nothing is reached: use jail_remove",
			  strerror(err)));
}

PROBE(iso_jail_sysv_default)
{
	int id;

	if (enter(ctx, "/", nothing) < 0)
		return (probe_errno(errno, "jail_set"));
	id = shmget(probe_sysv_key(ctx, 0), 4096, IPC_CREAT | 0600);
	if (id >= 0)
		return (probe_wrong("shmget made one"));
	return (probe_ok("shmget: %s", strerror(errno)));
}

static struct probe_answer
sysv_inside(const struct probe_context *ctx, void *arg)
{
	int inside, mode;

	(void)arg;
	mode = JAIL_SYS_NEW;
	if (enter(ctx, "/",
		(struct util_param){ "sysvshm", &mode, sizeof(mode) }) < 0)
		return (probe_errno(errno, "jail_set(sysvshm=new)"));
	if (shmget(probe_sysv_key(ctx, 0), 4096, 0) >= 0)
		return (probe_wrong("the host's is found inside"));
	inside =
	    shmget(probe_sysv_key(ctx, 0), 4096, IPC_CREAT | IPC_EXCL | 0600);
	if (inside < 0)
		return (probe_errno(errno, "shmget inside"));
	(void)shmctl(inside, IPC_RMID, NULL);
	return (probe_ok(NULL));
}

PROBE(iso_jail_sysv_new)
{
	struct probe_answer answer;
	int outside;

	outside =
	    shmget(probe_sysv_key(ctx, 0), 4096, IPC_CREAT | IPC_EXCL | 0600);
	if (outside < 0)
		return (probe_errno(errno, "shmget outside"));
	answer = util_in_child(sysv_inside, ctx, NULL);
	(void)shmctl(outside, IPC_RMID, NULL);
	return (answer);
}

PROBE(iso_jail_posix_shm)
{
	const char *name;
	int fd;

	name = probe_posix_name(ctx, 0);
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (fd < 0)
		return (probe_errno(errno, "shm_open outside"));
	if (enter(ctx, ctx->dir, nothing) < 0)
		return (probe_errno(errno, "jail_set"));
	if (shm_open(name, O_RDWR, 0) >= 0)
		return (probe_wrong("it is found inside"));
	return (errno == ENOENT ? probe_ok("ENOENT")
				: probe_errno(errno, "shm_open inside"));
}

/* Sends `fd` over a socket. */
static bool
send_descriptor(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = &control, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	struct cmsghdr *cmsg;

	memset(&control, 0, sizeof(control));
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return (sendmsg(socket, &msg, 0) == 1);
}

static int
receive_descriptor(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space) };
	int fd;

	if (recvmsg(socket, &msg, 0) != 1 || CMSG_FIRSTHDR(&msg) == NULL)
		return (-1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return (fd);
}

PROBE(iso_jail_descriptor)
{
	int dir, sv[2];
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) != 0)
		return (probe_errno(errno, "socketpair"));
	pid = fork();
	if (pid == 0) {
		dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		_exit(read(sv[1], &c, 1) == 1 && send_descriptor(sv[1], dir)
			  ? 0
			  : 1);
	}
	if (pid < 0)
		return (probe_errno(errno, "fork"));
	if (enter(ctx, ctx->dir, nothing) < 0)
		return (probe_errno(errno, "jail_set"));
	if (write(sv[0], "x", 1) != 1)
		return (probe_errno(errno, "write"));
	dir = receive_descriptor(sv[0]);
	if (dir < 0)
		return (probe_ok("it does not arrive"));
	if (openat(dir, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0)
		return (probe_ok("it does: let no channel into a jail"));
	return (probe_wrong("it arrives, and is refused: %s", strerror(errno)));
}

PROBE(iso_jail_chroot)
{
	struct stat root, here;

	if (enter(ctx, ctx->dir, nothing) < 0)
		return (probe_errno(errno, "jail_set"));
	if (stat("/", &root) != 0 || mkdir("/in", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	if (chdir("/") != 0 || chroot("/in") != 0)
		return (probe_errno(errno, "chroot"));
	for (int i = 0; i < 32; i++)
		if (chdir("..") != 0)
			break;
	if (stat(".", &here) != 0)
		return (probe_errno(errno, "stat"));
	return (here.st_ino == root.st_ino && here.st_dev == root.st_dev
		    ? probe_ok("\"..\" stops at the jail's root")
		    : probe_wrong("chroot, then \"..\" leads out of the jail"));
}

#else
typedef int area_isolation_reach_is_empty_here;
#endif
