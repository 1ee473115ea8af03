/*
 * Kernel objects with names, or none: shared memory of locks, files in
 * memory, kernel semaphores, locks on a shared input, FIFOs.
 */
#include <sys/param.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/umtx.h>
#include <sys/un.h>
#include <sys/user.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

static const char *
input(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", setting("INPUT"), name);
	return (path);
}

/*
 * Memory that hangs on a page of a file: whoever else maps that file can
 * find it.  `with`: MAP_SHARED or MAP_PRIVATE.
 */
static enum end
lock_memory(const void *with)
{
	const int *how = with;
	void *page;
	int fd;

	fd = open(input("f"), O_RDWR | O_CLOEXEC);
	if (fd == -1)
		fd = open(input("f"), O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, *how, fd, 0);
	if (page == MAP_FAILED)
		page = mmap(NULL, 4096, PROT_READ, *how, fd, 0);
	if (page == MAP_FAILED)
		return (by_call("mmap", false));
	/* A private page is nobody else's, whatever hangs on it. */
	fd = _umtx_op(NULL, UMTX_OP_SHM, UMTX_SHM_CREAT, page, NULL);
	if (fd == -1)
		return (by_call("UMTX_SHM_CREAT", false));
	(void)_umtx_op(NULL, UMTX_OP_SHM, UMTX_SHM_DESTROY, page, NULL);
	return (by_call("UMTX_SHM_CREAT", true));
}

/* Names of others' POSIX memory. */
static enum end
list_memory(const void *with)
{
	const struct kinfo_file *f;
	static char all[65536];
	size_t len = sizeof(all), at;

	(void)with;
	if (sysctlbyname("kern.ipc.posix_shm_list", all, &len, NULL, 0) == -1)
		return (by_call("sysctl", false));
	for (at = 0; at < len; at += (size_t)f->kf_structsize) {
		f = (const void *)(all + at);
		if (f->kf_structsize == 0)
			break;
		return (ended(SUCCEEDED, "%s", f->kf_path));
	}
	return (ended(REFUSED, "none"));
}

/* Tables of all System V objects: the victim's key is in it. */
static enum end
list_system_v(const void *with)
{
	const int key = (int)strtol(setting("IPC_KEY"), NULL, 10);
	static char all[262144];
	size_t len = sizeof(all);

	if (sysctlbyname(with, all, &len, NULL, 0) == -1)
		return (by_call("sysctl", false));
	return (ended(
	    memmem(all, len, &key, sizeof(key)) != NULL ? SUCCEEDED : REFUSED,
	    "%zu bytes", len));
}

/* By number, without the key: sys/ipc.h, sequence and index. */
static enum end
attach_system_v(const void *with)
{
	int index, sequence;

	(void)with;
	for (sequence = 0; sequence < 64; sequence++) {
		for (index = 0; index < 64; index++) {
			if (shmat(sequence << 16 | index, NULL, SHM_RDONLY) !=
			    (void *)-1)
				return (ended(SUCCEEDED, "segment %d", index));
		}
	}
	return (by_call("shmat", false));
}

static enum end
semaphore(const void *with)
{
	intptr_t id;

	(void)with;
	(void)signal(SIGSYS, SIG_IGN);
	return (by_call("ksem_open",
	    syscall(SYS_ksem_open, &id, setting("IPC_NAME"), 0, 0, 0) != -1));
}

static enum end
lock_input(const void *with)
{
	const int *how = with;
	int fd;

	fd = open(input("f"), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
	return (by_call("flock", flock(fd, *how | LOCK_NB) == 0));
}

/* The host has a FIFO and a socket among the inputs. */
static enum end
input_fifo(const void *with)
{
	const int *how = with;
	int fd;

	fd = open(input("fifo"), *how | O_NONBLOCK | O_CLOEXEC);
	return (by_call("open", fd != -1));
}

static enum end
input_socket(const void *with)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	(void)with;
	if (chdir(setting("INPUT")) == -1)
		return (by_call("chdir", false));
	(void)strlcpy(sun.sun_path, "socket", sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return (by_call(
	    "connect", connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0));
}

/* A directory from another build, by any of the paths where it may wait. */
static enum end
take_directory(const void *with)
{
	static const char *const names[] = { "SOCKET_INSIDE", "SOCKET_HOST",
		"SOCKET_STORE" };
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	size_t i;
	int dir, fd;

	(void)with;
	for (i = 0; i < nitems(names); i++) {
		(void)strlcpy(
		    sun.sun_path, setting(names[i]), sizeof(sun.sun_path));
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		    recvmsg(fd, &m, 0) <= 0 || CMSG_FIRSTHDR(&m) == NULL)
			continue;
		memcpy(&dir, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(dir));
		return (by_call("fstat of what was passed",
		    fstat(dir, &st) == 0 && S_ISDIR(st.st_mode)));
	}
	return (by_call("connect", false));
}

static const int shared = MAP_SHARED, exclusive = LOCK_EX, to_read = O_RDONLY,
		 to_write = O_WRONLY;

const struct attack attacks_objects[] = {
	{ "umtx-input", "memory that hangs on an input", lock_memory, &shared },
	{ "list-posix-shm", "names of POSIX memory", list_memory, NULL },
	{ "list-sysv-shm", "System V memory of all", list_system_v,
	    "kern.ipc.shmsegs" },
	{ "list-sysv-sem", "System V semaphores of all", list_system_v,
	    "kern.ipc.sema" },
	{ "list-sysv-msg", "System V queues of all", list_system_v,
	    "kern.ipc.msqids" },
	{ "attach-sysv-shm", "System V memory by number", attach_system_v,
	    NULL },
	{ "posix-semaphore", "another's kernel semaphore", semaphore, NULL },
	{ "lock-input", "an input locked", lock_input, &exclusive },
	{ "fifo-read", "a FIFO of the host, to read", input_fifo, &to_read },
	{ "fifo-write", "a FIFO of the host, to write", input_fifo, &to_write },
	{ "input-socket", "a service among the inputs", input_socket, NULL },
	{ "take-directory", "a directory of another build", take_directory,
	    NULL },
	{ NULL, NULL, NULL, NULL },
};
