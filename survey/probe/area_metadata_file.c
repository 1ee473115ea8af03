/* Open files: locks and who holds them, and getting data to the disk. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

static int
open_again(const char *name)
{
	return (open(name, O_RDWR | O_CLOEXEC));
}

static int
unlock_in_child(void *arg)
{
	return (flock(*(int *)arg, LOCK_UN) == 0 ? 0 : 1);
}

PROBE(md_flock)
{
	int a, b;

	NEED(a = row_create("f"));
	NEED(b = open_again("f"));
	NEED(flock(a, LOCK_EX));
	NEED_REFUSAL(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	NEED(flock(a, LOCK_UN));
	NEED(flock(b, LOCK_EX | LOCK_NB));
	return (probe_ok(NULL));
}

PROBE(md_flock_fork)
{
	int a, b;

	NEED(a = row_create("f"));
	NEED(b = open_again("f"));
	NEED(flock(a, LOCK_EX));
	if (probe_child(unlock_in_child, &a) != 0)
		return (probe_wrong("the child could not unlock"));
	if (flock(b, LOCK_EX | LOCK_NB) != 0)
		return (probe_wrong("the child's unlock did nothing"));
	return (probe_ok("parent and child share the lock"));
}

/* A lock of the whole file, by fcntl(2). */
static int
fcntl_lock(int fd, int command, short type)
{
	struct flock l;

	memset(&l, 0, sizeof(l));
	l.l_type = type;
	l.l_whence = SEEK_SET;
	return (fcntl(fd, command, &l));
}

/* 0 when the file can be locked by another process, 1 when not. */
static int
lock_in_child(void *arg)
{
	int fd;

	fd = open_again(arg);
	return (fd >= 0 && fcntl_lock(fd, F_SETLK, F_WRLCK) == 0 ? 0 : 1);
}

PROBE(md_fcntl_lock)
{
	char name[] = "f";
	int a;

	NEED(a = row_create(name));
	NEED(fcntl_lock(a, F_SETLK, F_WRLCK));
	if (probe_child(lock_in_child, name) != 1)
		return (probe_wrong("two processes hold the lock"));
	return (probe_ok(NULL));
}

PROBE(md_fcntl_lock_close)
{
	char name[] = "f";
	int a, b;

	NEED(a = row_create(name));
	NEED(b = open_again(name));
	NEED(fcntl_lock(a, F_SETLK, F_WRLCK));
	NEED(close(b));
	if (probe_child(lock_in_child, name) != 0)
		return (probe_wrong("the lock outlives a close"));
	return (probe_ok("any close drops it, as POSIX has it"));
}

PROBE(md_ofd_lock)
{
#ifdef F_OFD_SETLK
	int a, b;

	NEED(a = row_create("f"));
	NEED(b = open_again("f"));
	NEED(fcntl_lock(a, F_OFD_SETLK, F_WRLCK));
	NEED_REFUSAL(fcntl_lock(b, F_OFD_SETLK, F_WRLCK), EAGAIN);
	return (probe_ok(NULL));
#else
	return (probe_absent("F_OFD_SETLK is not declared"));
#endif
}

PROBE(md_flock_fcntl)
{
	char name[] = "f";
	int a;

	NEED(a = row_create(name));
	NEED(flock(a, LOCK_EX));
	if (probe_child(lock_in_child, name) != 0)
		return (row_unsupported("each is kept out by the other"));
	return (probe_ok("neither sees the other"));
}

PROBE(md_exlock)
{
#ifdef O_EXLOCK
	int a;

	NEED(a = open("f", O_RDWR | O_CREAT | O_EXLOCK | O_CLOEXEC, 0600));
	NEED_REFUSAL(
	    open("f", O_RDWR | O_SHLOCK | O_NONBLOCK | O_CLOEXEC), EWOULDBLOCK);
	NEED(close(a));
	NEED(open("f", O_RDWR | O_SHLOCK | O_NONBLOCK | O_CLOEXEC));
	return (probe_ok(NULL));
#else
	return (probe_absent("O_EXLOCK is not declared"));
#endif
}

PROBE(md_lease)
{
#ifdef F_SETLEASE
	int fd;

	NEED(fd = row_create("f"));
	NEED(fcntl(fd, F_SETLEASE, F_WRLCK));
	if (fcntl(fd, F_GETLEASE) != F_WRLCK)
		return (probe_wrong("the lease is not kept"));
	NEED(fcntl(fd, F_SETLEASE, F_UNLCK));
	return (probe_ok(NULL));
#else
	return (probe_absent("F_SETLEASE is not declared"));
#endif
}

PROBE(md_fsync_directory)
{
	int dir;

	NEED_TRUE(probe_file("f", "x"));
	NEED(dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fsync(dir) != 0)
		return (row_file_errno(errno, "fsync of a directory"));
	return (probe_ok(NULL));
}

PROBE(md_fsync_read_only)
{
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(fsync(fd));
	return (probe_ok("a descriptor open for reading will do"));
}

PROBE(md_fdatasync)
{
	int fd, pipes[2];

	NEED(fd = row_create("f"));
	NEED(write(fd, "x", 1));
	NEED(fdatasync(fd));
	NEED(pipe(pipes));
	NEED_REFUSAL(fdatasync(pipes[1]), EINVAL);
	return (probe_ok(NULL));
}

PROBE(md_sync_file_range)
{
#ifdef SYNC_FILE_RANGE_WRITE
	int fd;

	NEED(fd = row_create("f"));
	NEED(write(fd, "x", 1));
	NEED(sync_file_range(
	    fd, 0, 1, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	return (probe_ok(NULL));
#else
	return (probe_absent("sync_file_range is not declared"));
#endif
}

#if defined(__linux__)
/* On a memory file, so that nothing of the host's is written out. */
PROBE(md_syncfs)
{
	int fd;

	NEED(fd = memfd_create("isthmus", MFD_CLOEXEC));
	NEED(syncfs(fd));
	NEED_REFUSAL(syncfs(-1), EBADF);
	return (probe_ok(NULL));
}
#endif

PROBE(md_o_direct)
{
	char *buf, *again;
	int fd;

	NEED_TRUE((buf = aligned_alloc(4096, 8192)) != NULL);
	again = buf + 4096;
	memset(buf, 'x', 4096);
	fd = open("f", O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (fd < 0) {
		free(buf);
		return (row_file_errno(errno, "O_DIRECT"));
	}
	NEED(pwrite(fd, buf, 4096, 0));
	NEED(pread(fd, again, 4096, 0));
	if (memcmp(buf, again, 4096) != 0)
		return (probe_wrong("the bytes come back changed"));
	free(buf);
	return (probe_ok("%s", row_filesystem()));
}

/* O_SYNC, or O_DSYNC, is among the flags of the open file. */
static struct probe_answer
sync_flag(int flag)
{
	int fd;

	NEED(fd = open("f", O_WRONLY | O_CREAT | O_CLOEXEC | flag, 0600));
	NEED(write(fd, "x", 1));
	if ((fcntl(fd, F_GETFL) & flag) != flag)
		return (probe_wrong("the open file does not have the flag"));
	return (probe_ok(NULL));
}

PROBE(md_o_sync)
{
	return (sync_flag(O_SYNC));
}

PROBE(md_o_dsync)
{
#ifdef O_DSYNC
	return (sync_flag(O_DSYNC));
#else
	return (probe_absent("O_DSYNC is not declared"));
#endif
}

PROBE(md_o_append)
{
	char buf[3];
	int fd;

	NEED_TRUE(probe_file("f", "a"));
	NEED(fd = open("f", O_RDWR | O_APPEND | O_CLOEXEC));
	NEED(lseek(fd, 0, SEEK_SET));
	NEED(write(fd, "b", 1));
	if (pread(fd, buf, 3, 0) != 2 || buf[1] != 'b')
		return (probe_wrong("it did not write at the end"));
	return (probe_ok(NULL));
}

PROBE(md_pwrite_append)
{
	char buf[3];
	int fd;

	NEED_TRUE(probe_file("f", "a"));
	NEED(fd = open("f", O_RDWR | O_APPEND | O_CLOEXEC));
	NEED(pwrite(fd, "b", 1, 0));
	NEED(pread(fd, buf, 3, 0));
	if (buf[0] == 'b')
		return (probe_ok("at its offset, as POSIX has it"));
	return (row_unsupported("at the end: O_APPEND wins"));
}

PROBE(md_fadvise)
{
	int err, fd, pipes[2];

	NEED(fd = row_create("f"));
	err = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err != 0)
		return (row_file_errno(err, "posix_fadvise"));
	NEED(pipe(pipes));
	err = posix_fadvise(pipes[0], 0, 0, POSIX_FADV_NORMAL);
	return (err == ESPIPE ? probe_ok(NULL)
			      : probe_wrong("%d, not ESPIPE, for a pipe", err));
}

/* 42 when a file that is open for writing is not run. */
static int
run_busy(void *arg)
{
	char *argv[2];

	argv[0] = arg;
	argv[1] = NULL;
	execv(argv[0], argv);
	return (errno == ETXTBSY ? 42 : 1);
}

PROBE(md_text_busy)
{
	char program[] = "./id";

	NEED_TRUE(util_copy_program("id", "id", 0700));
	NEED(open("id", O_WRONLY | O_CLOEXEC));
	if (probe_child(run_busy, program) != 42)
		return (probe_wrong("it runs while it is open for writing"));
	return (probe_ok("ETXTBSY"));
}
