/* Rows that misbehave: see planted.h. */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/survey/probe/planted.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PLANTED(fn)             \
	struct probe_answer fn( \
	    __attribute__((__unused__)) const struct probe_context *ctx)

PLANTED(row_ok)
{
	return (probe_ok("fine"));
}

PLANTED(row_abort)
{
	abort();
}

PLANTED(row_segv)
{
	(void)mprotect(board, sizeof(*board), PROT_NONE);
	board->word = 1;
	return (probe_ok(NULL));
}

PLANTED(row_hang)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		(void)pause();
	return (probe_ok(NULL));
}

PLANTED(row_spin)
{
	while (board->word == 0)
		;
	return (probe_ok(NULL));
}

PLANTED(row_exit)
{
	_exit(7);
}

PLANTED(row_half_answer)
{
	/* Descriptor 3 is the answer's pipe. */
	if (write(3, "half", 4) != 4)
		_exit(1);
	_exit(0);
}

PLANTED(row_close_all)
{
	int fd;

	for (fd = 0; fd < 10; fd++)
		(void)close(fd);
	return (probe_ok(NULL));
}

PLANTED(row_flood)
{
	static char block[65536];
	int i;

	memset(block, 'x', sizeof(block));
	for (i = 0; i < 1000; i++)
		(void)!write(i % 2 + 1, block, sizeof(block));
	return (probe_ok(NULL));
}

PLANTED(row_memory)
{
	size_t got = 0;
	char *p;

	while (got < (size_t)8 << 30) {
		p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (p == MAP_FAILED)
			return (probe_ok("stopped"));
		got += 64 << 20;
	}
	return (probe_wrong("8 GiB given"));
}

/* Takes down its number, so that the test can look for it. */
static void
sign(void)
{
	int i = __sync_fetch_and_add(&board->npids, 1);

	if (i < (int)COUNT(board->pids))
		board->pids[i] = getpid();
}

PLANTED(row_daemon)
{
	if (fork() == 0) {
		(void)setsid();
		if (fork() == 0) {
			(void)setsid();
			sign();
			for (;;)
				(void)pause();
		}
		_exit(0);
	}
	while (board->npids == 0)
		(void)usleep(100);
	return (probe_ok(NULL));
}

/* A process that flees: forks, and the child goes on as the parent dies. */
PLANTED(row_runaway)
{
	int i;

	if (fork() == 0) {
		for (i = 0;; i++) {
			(void)setsid();
			if (i % 50 == 0)
				sign();
			if (fork() != 0)
				_exit(0);
		}
	}
	while (board->npids == 0)
		(void)usleep(100);
	(void)usleep(5000);
	return (probe_ok(NULL));
}

PLANTED(row_bomb)
{
	int i;

	for (i = 0; i < 40; i++) {
		if (fork() != 0)
			continue;
		(void)setsid();
		sign();
		if (fork() == 0) {
			(void)setsid();
			sign();
		}
		for (;;)
			(void)pause();
	}
	return (probe_ok(NULL));
}

PLANTED(row_objects_crash)
{
	unsigned k;
	int fd;

	for (k = 0; k < PROBE_NAMES; k++) {
		fd = shm_open(probe_posix_name(ctx, k), O_CREAT | O_RDWR, 0600);
		(void)close(fd);
		(void)shmget(probe_sysv_key(ctx, k), 4096, IPC_CREAT | 0600);
		(void)msgget(probe_sysv_key(ctx, k), IPC_CREAT | 0600);
		(void)semget(probe_sysv_key(ctx, k), 2, IPC_CREAT | 0600);
	}
	board->word++;
	abort();
}

/*
 * Not for runs that are killed: glibc's sem_open makes a file of a random
 * name first, and a death at that moment leaves it to nobody.
 */
PLANTED(row_semaphores_crash)
{
	unsigned k;

	for (k = 0; k < PROBE_NAMES; k++)
		(void)sem_open(probe_posix_name(ctx, k), O_CREAT, 0600, 1);
	board->word++;
	abort();
}

PLANTED(row_tree)
{
	int i;

	if (mkfifo("fifo", 0600) != 0 || symlink("/", "root") != 0 ||
	    symlink("loop", "loop") != 0 || mkdir("closed", 0700) != 0 ||
	    !probe_file("closed/file", "x") || chmod("closed", 0) != 0)
		return (probe_errno(errno, "tree"));
	for (i = 0; i < 300; i++) {
		if (mkdir("deep", 0755) != 0 || chdir("deep") != 0)
			break;
	}
	return (probe_ok("%d deep", i));
}

PLANTED(row_bad_detail)
{
	struct probe_answer a = probe_ok("a\nb\033[31m\xff\xc3(");

	return (a);
}

PLANTED(row_long_detail)
{
	struct probe_answer a;

	memset(&a, 'z', sizeof(a));
	a.state = ISTH_STATE_OK;
	a.err = 0;
	return (a);
}

PLANTED(row_bad_state)
{
	struct probe_answer a = probe_ok(NULL);

	a.state = (enum isth_state)77;
	return (a);
}

PLANTED(row_kills_group)
{
	(void)kill(0, SIGKILL);
	return (probe_ok(NULL));
}

PLANTED(row_ignores_all)
{
	int sig;

	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_IGN);
	for (;;)
		(void)pause();
	return (probe_ok(NULL));
}

PLANTED(row_surroundings)
{
	struct rlimit rl;
	struct stat a, b;
	int fd;

	if (getsid(0) != getpid() || getpgrp() != getpid())
		return (probe_wrong("no session of its own"));
	for (fd = 4; fd < 200; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return (probe_wrong("descriptor %d is open", fd));
	}
	if (stat(ctx->dir, &a) != 0 || stat(".", &b) != 0 ||
	    a.st_ino != b.st_ino)
		return (probe_wrong("the working directory is another"));
	if (fstat(0, &a) != 0 || stat("/dev/null", &b) != 0 ||
	    a.st_rdev != b.st_rdev)
		return (probe_wrong("standard input is not /dev/null"));
	if (signal(SIGPIPE, SIG_DFL) != SIG_DFL ||
	    signal(SIGTERM, SIG_DFL) != SIG_DFL ||
	    signal(SIGCHLD, SIG_DFL) != SIG_DFL)
		return (probe_wrong("a signal is not at its default"));
	if (getrlimit(RLIMIT_CORE, &rl) != 0 || rl.rlim_cur > 1)
		return (probe_wrong("cores are allowed"));
	return (probe_ok(NULL));
}

PLANTED(row_alone)
{
	int now = __sync_add_and_fetch(&board->word, 1);

	(void)usleep(2000);
	__sync_sub_and_fetch(&board->word, 1);
	return (now == 1 ? probe_ok(NULL) : probe_wrong("%d at a time", now));
}
