/*
 * Hostile builders by means of FreeBSD's own: processes that no signal
 * reaches at once, objects left behind, descriptors in flight.
 */
#include <sys/param.h>
#include <sys/acl.h>
#include <sys/extattr.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/procctl.h>
#include <sys/procdesc.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/umtx.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

static int
built(void)
{
	return (write_file(getenv("out"), "made\n", 0644) ? 0 : 2);
}

/* What only its owner can set on files, and what it then may not remove. */
static int
immutable(char **args)
{
	static const unsigned long flags[] = { UF_IMMUTABLE, UF_APPEND,
		UF_NOUNLINK };
	char name[32];
	size_t i, at;
	int set = 0;

	if (mkdir(getenv("out"), 0755) == -1)
		return (2);
	for (at = 0; at < 2; at++) {
		if (at == 1 && chdir(getenv("out")) == -1)
			return (2);
		for (i = 0; i < nitems(flags); i++) {
			(void)snprintf(name, sizeof(name), "frozen%zu", i);
			if (mkdir(name, 0755) == -1)
				return (3);
			(void)snprintf(name, sizeof(name), "frozen%zu/f", i);
			if (!write_file(name, "x", 0644))
				return (3);
			set += chflags(name, flags[i]) == 0;
			*strrchr(name, '/') = '\0';
			set += chflags(name, flags[i]) == 0;
		}
	}
	printf("flags %d\n", set);
	return ((int)strtol(args[0], NULL, 10));
}

static int
attributes(char **args)
{
	static const char *const paths[] = { "f", "." };
	size_t i;

	(void)args;
	if (mkdir(getenv("out"), 0755) == -1 || chdir(getenv("out")) == -1 ||
	    !write_file("f", "x", 0644))
		return (2);
	for (i = 0; i < nitems(paths); i++) {
		if (extattr_set_file(paths[i], EXTATTR_NAMESPACE_USER,
			"isthmus", "x", 1) == -1)
			printf("setxattr: %s\n", strerror(errno));
	}
	return (0);
}

/* A list that gives its reader more than its mode says. */
static int
access_list(char **args)
{
	acl_t acl;

	(void)args;
	if (mkdir(getenv("out"), 0755) == -1 || chdir(getenv("out")) == -1 ||
	    !write_file("f", "x", 0644))
		return (2);
	acl = acl_from_text("user::rw-,user:nobody:rwx,group::rw-,mask::rwx,"
			    "other::rw-");
	if (acl == NULL)
		acl = acl_from_text("u::rw-,u:65534:rwx,g::rw-,m::rwx,o::rw-");
	printf("acl %d\n",
	    acl != NULL && acl_set_file("f", ACL_TYPE_ACCESS, acl) == 0);
	return (0);
}

/* Everything with a name, and nothing removed. */
static int
litter(char **args)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	const char *name = setting("IPC_NAME");
	key_t key = (key_t)strtol(setting("IPC_KEY"), NULL, 10);
	int fd, shm, sem, msg;
	sem_t *semaphore;
	void *page;
	mqd_t queue;

	(void)args;
	(void)signal(SIGSYS, SIG_IGN);
	shm = shmget(key, 4096, IPC_CREAT | 0666);
	(void)shmat(shm, NULL, 0);
	sem = semget(key, 1, IPC_CREAT | 0666);
	msg = msgget(key, IPC_CREAT | 0666);
	(void)msgsnd(msg, &(struct {
		long type;
		char c;
	}){ 1, 'x' },
	    1, 0);
	fd = shm_open(name, O_RDWR | O_CREAT, 0666);
	(void)ftruncate(fd, 65536);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)memset(page, 1, 4096);
	(void)_umtx_op(NULL, UMTX_OP_SHM, UMTX_SHM_CREAT, page, NULL);
	queue = mq_open(name, O_RDWR | O_CREAT, 0666, &attr);
	semaphore = sem_open(name, O_CREAT, 0666, 1);
	printf("litter shm %d sem %d msg %d posix %d queue %d semaphore %d\n",
	    shm != -1, sem != -1, msg != -1, fd != -1, queue != (mqd_t)-1,
	    semaphore != SEM_FAILED);
	return (built());
}

/* ---- processes that end late, or try not to */

static void
rest(void)
{
	for (;;)
		(void)pause();
}

/* Waits for its child in the kernel, which never ends. */
static int
vforker(char **args)
{
	pid_t pid;

	(void)args;
	pid = vfork();
	if (pid == 0) {
		for (;;)
			(void)select(0, NULL, NULL, NULL, NULL);
	}
	return (built());
}

static int
traced(char **args)
{
	pid_t pid;
	int status;

	(void)args;
	pid = fork();
	if (pid == 0) {
		printf("traced %d\n", ptrace(PT_TRACE_ME, 0, NULL, 0) == 0);
		(void)fflush(stdout);
		(void)raise(SIGSTOP);
		rest();
	}
	(void)waitpid(pid, &status, WUNTRACED);
	/* Each waits for the other. */
	(void)raise(SIGSTOP);
	return (0);
}

/* Adopts its own orphans, and does not wait for them. */
static int
adopter(char **args)
{
	pid_t pid;

	(void)args;
	pid = fork();
	if (pid == 0) {
		printf("reaper %d\n",
		    procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL) == 0);
		(void)fflush(stdout);
		(void)setsid();
		if (fork() == 0) {
			(void)setsid();
			(void)fork();
			(void)fork();
			rest();
		}
		rest();
	}
	(void)usleep(50000);
	return (built());
}

/* Not a child of anybody, by process descriptors. */
static int
detached(char **args)
{
	int fd, i;

	(void)args;
	for (i = 0; i < 4; i++) {
		if (pdfork(&fd, PD_DAEMON) == 0) {
			(void)setsid();
			(void)pdfork(&fd, PD_DAEMON);
			rest();
		}
	}
	return (built());
}

/* As fork(2), with nothing shared and no parent: for ever. */
static int __attribute__((__noreturn__)) rfork_bomb(char **args)
{
	(void)args;
	for (;;)
		(void)rfork(RFPROC | RFNOWAIT | RFCFDG);
}

/* Threads of one address space, each a process. */
static int __attribute__((__noreturn__)) rfork_stop(char **args)
{
	(void)args;
	for (;;) {
		if (rfork(RFPROC | RFNOWAIT | RFFDG) == 0) {
			(void)signal(SIGTERM, SIG_IGN);
			(void)raise(SIGSTOP);
		}
	}
}

/* ---- files held by what is not a process */

static bool
send_descriptor(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (char *)(uintptr_t) "x", 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return (sendmsg(to, &m, 0) == 1);
}

/*
 * Directories and files of every mount, sent over sockets that are sent over
 * each other: only the kernel's collector of such garbage ends it.
 */
static int
in_flight(char **args)
{
	static const char *const where[] = { ".", "/", "/tmp", "/dev",
		"/dev/null" };
	int a[2], i, n = 0;
	size_t j;

	(void)args;
	for (i = 0; i < 20; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) == -1)
			return (2);
		for (j = 0; j < nitems(where); j++)
			n += send_descriptor(a[0], open(where[j], O_RDONLY));
		n += send_descriptor(a[0], open(setting("INPUT"), O_RDONLY));
		n += send_descriptor(a[0], a[1]);
		n += send_descriptor(a[1], a[0]);
	}
	printf("sent %d\n", n);
	return (built());
}

/* Pages of a file in a socket, and reads that never end. */
static int
pending(char **args)
{
	static struct aiocb cb[8];
	static char buf[8][512];
	char block[65536] = "x";
	int a[2], fd, i, n = 0;
	off_t sent = 0;

	(void)args;
	fd = open("pages", O_RDWR | O_CREAT, 0644);
	if (write(fd, block, sizeof(block)) != sizeof(block) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, a) == -1)
		return (2);
	(void)fcntl(a[0], F_SETFL, O_NONBLOCK);
	(void)sendfile(fd, a[0], 0, 4096, NULL, &sent, 0);
	for (i = 0; i < 8; i++) {
		cb[i].aio_fildes = i % 2 == 0 ? a[0] : fd;
		cb[i].aio_buf = buf[i];
		cb[i].aio_nbytes = sizeof(buf[i]);
		n += aio_read(&cb[i]) == 0;
	}
	printf("pending %d sent %jd\n", n, (intmax_t)sent);
	return (built());
}

/* In every mount: its directory, an open file, a mapping. */
static int
busy(char **args)
{
	static const char *const where[] = { "/tmp", "/", "/dev", "." };
	size_t i;

	for (i = 0; i < nitems(where); i++) {
		if (fork() == 0) {
			(void)setsid();
			(void)!chdir(where[i]);
			(void)mmap(NULL, 4096, PROT_READ, MAP_SHARED,
			    open(i == 0 ? "/tmp/m" : "m", O_RDWR | O_CREAT,
				0644),
			    0);
			rest();
		}
	}
	(void)usleep(50000);
	(void)built();
	return ((int)strtol(args[0], NULL, 10));
}

/* ---- for another build */

/* Hands out its working directory to whoever asks, at each PATH. */
static int
hand(char **args)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timespec t = { strtol(args[0], NULL, 10), 0 };
	int fd, i, peer;

	for (i = 1; args[i] != NULL; i++) {
		(void)strlcpy(sun.sun_path, args[i], sizeof(sun.sun_path));
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		    listen(fd, 8) == -1) {
			printf("no %s: %s\n", args[i], strerror(errno));
			continue;
		}
		(void)chmod(args[i], 0777);
		if (fork() == 0) {
			for (;;) {
				peer = accept(fd, NULL, NULL);
				(void)send_descriptor(
				    peer, open(".", O_RDONLY));
			}
		}
	}
	printf("ready\n");
	(void)fflush(stdout);
	(void)nanosleep(&t, NULL);
	return (0);
}

/* Says when NAME comes up in /dev, for N ms. */
static int
watch_dev(char **args)
{
	const struct timespec pause = { 0, 20000000 };
	long i, n = strtol(args[0], NULL, 10);
	struct dirent *d;
	bool seen = false;
	DIR *dir;

	printf("ready\n");
	(void)fflush(stdout);
	for (i = 0; i < n / 20 && !seen; i++) {
		dir = opendir("/dev");
		while (dir != NULL && (d = readdir(dir)) != NULL)
			seen = seen || strcmp(d->d_name, args[1]) == 0;
		if (dir != NULL)
			(void)closedir(dir);
		if (chdir("/dev") == 0)
			seen = seen || access(args[1], F_OK) == 0;
		(void)nanosleep(&pause, NULL);
	}
	printf("device %s\n", seen ? "seen" : "hidden");
	return (0);
}

const struct deed deeds_freebsd[] = {
	{ "immutable", "files that cannot be removed", immutable },
	{ "attributes", "files with attributes", attributes },
	{ "access-list", "files with access lists", access_list },
	{ "litter", "named objects left behind", litter },
	{ "vforker", "waits in vfork(2)", vforker },
	{ "traced", "traced and stopped", traced },
	{ "adopter", "a reaper of its own", adopter },
	{ "detached", "processes without a parent", detached },
	{ "rfork-bomb", "a bomb of rfork(2)", rfork_bomb },
	{ "rfork-stop", "the same, each stopped", rfork_stop },
	{ "in-flight", "descriptors in sockets in sockets", in_flight },
	{ "pending", "reads and pages in flight", pending },
	{ "busy", "every mount in use", busy },
	{ "hand", "hands out its directory", hand },
	{ "watch-dev", "waits for a device", watch_dev },
	{ NULL, NULL, NULL },
};
const struct deed *const deeds_system[] = { deeds_freebsd, NULL };
