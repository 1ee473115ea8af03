/*
 * Resource limits: each is set for this process and then run into.  Limits
 * that count per user are asked as a user of our own, so that the other
 * probes do not count.
 */
#include "survey/probe/area_limit.h"

#include <sys/param.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
limit_set(int resource, rlim_t value, bool both)
{
	struct rlimit rl;

	if (getrlimit(resource, &rl) != 0)
		return (false);
	rl.rlim_cur = value;
	if (both || (rl.rlim_max != RLIM_INFINITY && rl.rlim_max < value))
		rl.rlim_max = value;
	return (setrlimit(resource, &rl) == 0);
}

struct probe_answer
limit_set_and_read(int resource, rlim_t value, const char *name)
{
	struct rlimit rl;

	if (!limit_set(resource, value, false))
		return (probe_errno(errno, "setrlimit(%s)", name));
	if (getrlimit(resource, &rl) != 0)
		return (probe_errno(errno, "getrlimit(%s)", name));
	return (rl.rlim_cur == value ? probe_ok("set and read back; not run "
						"into")
				     : probe_wrong("it reads %llu",
					   (unsigned long long)rl.rlim_cur));
}

bool
limit_drop_alone(const struct probe_context *ctx)
{
	return (util_drop_to(PROBE_OTHER_ID + 2000 + ctx->number));
}

PROBE(lim_nofile)
{
	int fd, last;

	if (!limit_set(RLIMIT_NOFILE, 32, false))
		return (probe_errno(errno, "setrlimit"));
	last = -1;
	for (int i = 0; i < 64; i++) {
		fd = open("/", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		last = fd;
	}
	if (fd >= 0)
		return (probe_wrong("descriptor %d was given", fd));
	return (errno == EMFILE && last < 32
		    ? probe_ok("EMFILE after %d", last)
		    : probe_errno(errno, "open: not EMFILE"));
}

PROBE(lim_nofile_dup)
{
	if (!limit_set(RLIMIT_NOFILE, 32, false))
		return (probe_errno(errno, "setrlimit"));
	if (dup2(2, 100) >= 0)
		return (probe_wrong("dup2 to 100 was allowed"));
	return (errno == EBADF || errno == EMFILE
		    ? probe_ok("dup2: %s", strerror(errno))
		    : probe_errno(errno, "dup2"));
}

PROBE(lim_nproc)
{
	pid_t pid;

	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!limit_set(RLIMIT_NPROC, 1, false))
		return (probe_errno(errno, "setrlimit"));
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0) {
		(void)util_wait(pid);
		return (probe_wrong("a second process was made"));
	}
	return (errno == EAGAIN ? probe_ok("EAGAIN")
				: probe_errno(errno, "fork: not EAGAIN"));
}

static int
write_beyond(void *arg)
{
	char block[1024];
	int fd;

	(void)arg;
	memset(block, 0, sizeof(block));
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || !limit_set(RLIMIT_FSIZE, 1536, false))
		return (124);
	if (write(fd, block, sizeof(block)) != 1024)
		return (123);
	/* What fits is written first, on Linux; FreeBSD may refuse at once. */
	if (write(fd, block, sizeof(block)) > 512)
		return (122);
	return (write(fd, block, sizeof(block)) > 0 ? 122 : errno);
}

PROBE(lim_fsize_signal)
{
	int rc;

	(void)signal(SIGXFSZ, SIG_DFL);
	rc = probe_child(write_beyond, NULL);
	return (rc == -SIGXFSZ ? probe_ok("SIGXFSZ")
			       : probe_wrong("the child ended with %d", rc));
}

PROBE(lim_fsize_errno)
{
	struct stat st;
	int rc;

	(void)signal(SIGXFSZ, SIG_IGN);
	rc = probe_child(write_beyond, NULL);
	if (rc != EFBIG)
		return (probe_wrong("the child ended with %d", rc));
	return (stat("file", &st) == 0 && st.st_size <= 1536
		    ? probe_ok("EFBIG after %lld bytes", (long long)st.st_size)
		    : probe_wrong("the file is larger"));
}

PROBE(lim_cpu)
{
	return (limit_set_and_read(RLIMIT_CPU, 1000, "RLIMIT_CPU"));
}

PROBE(lim_as)
{
	void *p;

	if (!limit_set(RLIMIT_AS, 512 * MIB, false))
		return (probe_errno(errno, "setrlimit"));
	p = mmap(NULL, 1024 * MIB, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p != MAP_FAILED)
		return (probe_wrong("1 GiB was mapped"));
	return (errno == ENOMEM ? probe_ok("ENOMEM")
				: probe_errno(errno, "mmap: not ENOMEM"));
}

PROBE(lim_data)
{
	if (!limit_set(RLIMIT_DATA, 64 * MIB, false))
		return (probe_errno(errno, "setrlimit"));
#if defined(__linux__)
	/* Since 4.7 private mappings count, too (getrlimit(2)). */
	if (mmap(NULL, 256 * MIB, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANON, -1, 0) != MAP_FAILED)
		return (probe_wrong("a mapping of 256 MiB was made"));
#elif defined(__amd64__) || defined(__i386__)
	if (sbrk((intptr_t)(256 * MIB)) != (void *)-1)
		return (probe_wrong("the break went up by 256 MiB"));
#else
	return (limit_set_and_read(RLIMIT_DATA, 64 * MIB, "RLIMIT_DATA"));
#endif
	return (errno == ENOMEM ? probe_ok("ENOMEM")
				: probe_errno(errno, "not ENOMEM"));
}

/* Uses `depth` pages of stack. */
static unsigned
deep(unsigned depth)
{
	volatile char page[4096];

	page[0] = (char)depth;
	page[sizeof(page) - 1] = page[0];
	if (depth == 0)
		return ((unsigned)page[0]);
	return (deep(depth - 1) + (unsigned)page[sizeof(page) - 1]);
}

static int
deep_child(void *arg)
{
	(void)arg;
	if (!limit_set(RLIMIT_STACK, MIB / 2, false))
		return (errno);
	(void)signal(SIGSEGV, SIG_DFL);
	return (deep(512) == 0 ? 120 : 121);
}

PROBE(lim_stack)
{
	int rc;

	rc = probe_child(deep_child, NULL);
	if (rc == -SIGSEGV || rc == -SIGBUS)
		return (probe_ok("signal %d at 512 KiB", -rc));
	return (rc == 120 || rc == 121
		    ? probe_wrong(
			  "2 MiB of stack were used, the limit being 512 KiB")
		    : probe_errno(rc < 0 ? 0 : rc, "setrlimit"));
}

PROBE(lim_core)
{
	int status;
	pid_t pid;

	if (!limit_set(RLIMIT_CORE, 0, false))
		return (probe_errno(errno, "setrlimit"));
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGQUIT, SIG_DFL);
		(void)raise(SIGQUIT);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (probe_errno(errno, "fork"));
	if (!WIFSIGNALED(status))
		return (probe_wrong("SIGQUIT did not kill"));
	return (WCOREDUMP(status) ? probe_wrong("a core was written")
				  : probe_ok("no core"));
}

/* By raw call: AddressSanitizer makes mlock(3) do nothing. */
static long
lock_memory(void *p, size_t size)
{
	return (syscall(SYS_mlock, p, size));
}

PROBE(lim_memlock)
{
	void *p;

	if (!limit_drop_alone(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!limit_set(RLIMIT_MEMLOCK, 16384, false))
		return (probe_errno(errno, "setrlimit"));
	p = mmap(
	    NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	if (lock_memory(p, 4096) != 0)
		return (probe_errno(errno, "mlock within the limit"));
	if (lock_memory(p, 65536) == 0)
		return (probe_wrong("more than the limit was locked"));
	return (probe_ok("%s", strerror(errno)));
}

PROBE(lim_hard)
{
	struct rlimit rl = { 16, 16 };

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (setrlimit(RLIMIT_NOFILE, &rl) != 0)
		return (probe_errno(errno, "setrlimit"));
	rl.rlim_max = 17;
	return (util_refused(
	    setrlimit(RLIMIT_NOFILE, &rl), 0, "raising a hard limit"));
}

PROBE(lim_order)
{
	struct rlimit rl = { 64, 32 };

	if (setrlimit(RLIMIT_NOFILE, &rl) == 0) {
		if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
			return (probe_errno(errno, "getrlimit"));
		return (rl.rlim_cur <= rl.rlim_max
			    ? probe_ok("taken, the soft one cut to %llu",
				  (unsigned long long)rl.rlim_cur)
			    : probe_wrong("soft above hard was taken"));
	}
	return (errno == EINVAL ? probe_ok("EINVAL")
				: probe_errno(errno, "setrlimit"));
}

PROBE(lim_exec)
{
	char sh[] = "sh", c[] = "-c", script[] = "ulimit -n", out[32];
	char *argv[] = { sh, c, script, NULL };

	if (!limit_set(RLIMIT_NOFILE, 47, true))
		return (probe_errno(errno, "setrlimit"));
	if (util_capture(argv, out, sizeof(out)) != 0)
		return (util_skip("no sh(1) to start"));
	return (strtol(out, NULL, 10) == 47
		    ? probe_ok(NULL)
		    : probe_wrong("the program has %.20s", out));
}

static int
read_limit(void *arg)
{
	struct rlimit rl;

	(void)arg;
	return (
	    getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur == 47 ? 0 : 1);
}

PROBE(lim_fork)
{
	if (!limit_set(RLIMIT_NOFILE, 47, false))
		return (probe_errno(errno, "setrlimit"));
	return (probe_child(read_limit, NULL) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the child has another"));
}

PROBE(lim_rss)
{
	return (limit_set_and_read(RLIMIT_RSS, 1024 * MIB, "RLIMIT_RSS"));
}
