/* Probes of the area process: rfork of FreeBSD, flag by flag. */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__FreeBSD__)
#include <sys/unistd.h>

static PROBE(rfork_plain)
{
	pid_t pid;
	int status;

	NEED(pid = rfork(RFPROC | RFFDG));
	if (pid == 0)
		_exit(5);
	NEED(status = process_status(pid));
	return (WEXITSTATUS(status) == 5 ? probe_ok(NULL)
					 : probe_wrong("%#x", status));
}

static PROBE(rfork_shared_files)
{
	pid_t pid;
	int fd;

	/* Neither RFFDG nor RFCFDG: one table for both. */
	NEED(fd = open("/dev/null", O_RDONLY));
	NEED(pid = rfork(RFPROC));
	if (pid == 0)
		_exit(close(fd));
	NEED(process_status(pid));
	NEED_REFUSAL(fcntl(fd, F_GETFD), EBADF);
	return (probe_ok(NULL));
}

static PROBE(rfork_clean_files)
{
	pid_t pid;
	int fd, status;

	NEED(fd = open("/dev/null", O_RDONLY));
	NEED(pid = rfork(RFPROC | RFCFDG));
	if (pid == 0)
		_exit(fcntl(fd, F_GETFD) == -1 && fcntl(0, F_GETFD) == -1 ? 0
									  : 1);
	NEED(status = process_status(pid));
	NEED(fcntl(fd, F_GETFD));
	return (
	    status == 0 ? probe_ok(NULL) : probe_wrong("a descriptor is left"));
}

static PROBE(rfork_nowait)
{
	pid_t pid;

	NEED(pid = rfork(RFPROC | RFFDG | RFNOWAIT));
	if (pid == 0)
		_exit(0);
	NEED_REFUSAL(waitpid(pid, NULL, 0), ECHILD);
	return (probe_ok(NULL));
}

static PROBE(rfork_exit_signal)
{
	struct timespec ts = { 0, 500000000 };
	sigset_t set;
	siginfo_t si;
	pid_t pid;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(pid = rfork(RFPROC | RFFDG | RFLINUXTHPN));
	if (pid == 0)
		_exit(0);
	if (sigtimedwait(&set, &si, &ts) != SIGUSR1)
		return (probe_wrong("no SIGUSR1 at its exit"));
	/* A child with another signal is waited for by name of that. */
	NEED_REFUSAL(waitpid(pid, NULL, 0), ECHILD);
	NEED(waitpid(pid, NULL, (int)WLINUXCLONE));
	return (probe_ok("waited for with WLINUXCLONE"));
}

static int
memory_child(void *arg)
{
	*(volatile int *)arg = 9;
	_exit(0);
}

static char stack[65536] __attribute__((__aligned__(16)));

static PROBE(rfork_spawn)
{
	static int word;
	pid_t pid;

	/* What posix_spawn uses: it returns when the child has gone on. */
	NEED_REFUSAL(rfork((int)(RFSPAWN | RFMEM)), EINVAL);
	NEED(pid = rfork_thread(
		 (int)RFSPAWN, stack + sizeof(stack), memory_child, &word));
	if (*(volatile int *)&word != 9)
		return (probe_wrong("the parent did not wait"));
	NEED(process_status(pid));
	return (probe_ok(NULL));
}

static PROBE(rfork_memory)
{
	static int word;
	pid_t pid;

	NEED(pid = rfork_thread(RFPROC | RFMEM | RFFDG, stack + sizeof(stack),
		 memory_child, &word));
	NEED(process_status(pid));
	return (*(volatile int *)&word == 9
		    ? probe_ok(NULL)
		    : probe_wrong("memory is not shared"));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.rfork", "rfork",
	    "RFPROC with RFFDG is fork", ON_FREEBSD(rfork_plain), 0),
	ROW("process.rfork-shared-files", "rfork",
	    "without RFFDG the descriptor table is shared",
	    ON_FREEBSD(rfork_shared_files), 0),
	ROW("process.rfork-clean-files", "RFCFDG",
	    "the child starts without descriptors",
	    ON_FREEBSD(rfork_clean_files), 0),
	ROW("process.rfork-nowait", "RFNOWAIT",
	    "the child is nobody's to wait for",
	    ON_FREEBSD(rfork_nowait), 0),
	ROW("process.rfork-exit-signal", "RFLINUXTHPN",
	    "the child's exit sends SIGUSR1",
	    ON_FREEBSD(rfork_exit_signal), 0),
	ROW("process.rfork-spawn", "RFSPAWN",
	    "a vfork with signals reset, combined with nothing",
	    ON_FREEBSD(rfork_spawn), 0),
	ROW("process.rfork-memory", "RFMEM",
	    "memory is shared", ON_FREEBSD(rfork_memory), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_rfork = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
