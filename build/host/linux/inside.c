/*
 * The build's first process, pid 1 of its own name space: makes the root,
 * starts the builder in a child that gives up its rights first, reaps, and
 * ends all when the builder or the executor ends.  Between clone and exec
 * nothing here allocates: another thread of the caller may have held malloc's
 * lock.
 */
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/linux/linux.h"
#include "build/host/linux/sys.h"

/* Above an ordinary process, below what the user marked to go first. */
#define OOM_SCORE "800"

enum { OWN_STEPS = 8, STACK_BYTES = 256 * 1024 };

/* What the first process and the builder's, before its exec, share. */
struct first {
	const struct inside *in;
	const struct plan *plan;
	int output_fd, report_fd, life_fd, lock_fd, go_fd;
	int clocks_fd; /* to set them; -1: no time name space */
	struct root root;
	sigset_t mask;	 /* as it was when we began */
	size_t builders; /* first step that the builder's process does */
	pid_t builder;
	bool failed; /* the builder's process could not: */
	size_t failed_step;
	struct error error;
	uint64_t ns[OWN_STEPS];
	uint64_t early_ns; /* of what belongs to the isolate step */
};

static volatile sig_atomic_t child_ended;

static void
on_child(int number)
{
	(void)number;
	child_ended = 1;
}

static void __attribute__((__noreturn__))
die(const struct first *f, size_t step, const struct error *e)
{
	struct report r = { .kind = REPORT_FAILED, .number = (int64_t)step };

	r.error = *e;
	(void)report_write(f->report_fd, &r);
	_exit(1);
}

static void
tell_step(const struct first *f, size_t step, uint64_t ns)
{
	struct report r = {
		.kind = REPORT_STEP, .number = (int64_t)step, .ns = ns
	};

	(void)report_write(f->report_fd, &r);
}

/* ---- descriptors ---- */

/* Standard descriptors are for the builder: what is there moves up. */
static int
move_up(int fd)
{
	return (fd < 0 || fd > 2 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

/*
 * Closes all but ours at once: among the executor's are the life lines of
 * other builds, which must not outlive it through us.  The standard ones go
 * with the session step, and are gone from this process when it has a child.
 */
static bool
keep_own(struct first *f, struct error *e)
{
	int *own[] = { &f->output_fd, &f->report_fd, &f->life_fd, &f->lock_fd,
		&f->go_fd };
	int low = 3, least;
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		*own[i] = move_up(*own[i]);
	for (;;) {
		least = -1;
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
			if (*own[i] >= low && (least < 0 || *own[i] < least))
				least = *own[i];
		}
		if (least != low &&
		    sys_close_range((unsigned)low, (unsigned)least - 1) == -1)
			return (
			    fail(e, errno, "close descriptors", NULL, NULL));
		if (least < 0)
			return (true);
		low = least + 1;
	}
}

/*
 * First the executor has put us into groups and network, then the builder is
 * to run; at end of file the executor died.
 */
static void
wait_for_go(const struct first *f)
{
	char byte;
	ssize_t n;

	do
		n = read(f->go_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(1);
}

/* ---- steps of this process ---- */

bool
inside_fail_isolate(
    struct error *e, const char *step, const char *what, bool root)
{
	int err = errno;

	fail(e, err, step, what, NULL);
	if (err == ENOSYS)
		fail_hint(e, "Linux 5.12 or later, with name spaces");
	else if (err == EPERM && !root)
		fail_hint(e, "run as root, or allow user name spaces: sysctl "
			     "kernel.unprivileged_userns_clone=1, "
			     "kernel.apparmor_restrict_unprivileged_userns=0");
	else if (err == ENOSPC)
		fail_hint(e, "more name spaces: sysctl user.max_*_namespaces");
	return (false);
}

/*
 * Here and not in clone, which the executor waits for: a network alone takes
 * as long as all the rest of it.  Nothing of the host is touched.
 */
static void
make_namespaces(struct first *f)
{
	const struct inside *in = f->in;
	size_t at = plan_find(f->plan, STEP_ISOLATE);
	uint64_t start = clock_now();
	struct error e;

	if (in->unshare == 0 || unshare((int)in->unshare) == 0) {
		f->early_ns = clock_now() - start;
		return;
	}
	inside_fail_isolate(
	    &e, "make name spaces", f->plan->steps[at].text, in->root);
	die(f, at, &e);
}

static bool
write_proc(const char *path, const char *text, struct error *e)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd == -1)
		return (fail(e, errno, "open", path, NULL));
	ok = write(fd, text, len) == (ssize_t)len;
	if (!ok)
		fail(e, errno, "write", path, NULL);
	close(fd);
	return (ok);
}

/*
 * Time since boot begins anew for the builder, whenever that runs:
 * time_namespaces(7).
 */
static bool
shift_clocks(const struct first *f, struct error *e)
{
	struct timespec monotonic, boot;
	char text[96];
	ssize_t n;

	if (f->clocks_fd < 0)
		return (true);

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	snprintf(text, sizeof(text), "monotonic -%lld 0\nboottime -%lld 0\n",
	    (long long)monotonic.tv_sec, (long long)boot.tv_sec);
	n = (ssize_t)strlen(text);
	if (write(f->clocks_fd, text, (size_t)n) != n) {
		fail(e, errno, "write", "/proc/self/timens_offsets", NULL);
		return (false);
	}
	close(f->clocks_fd);
	return (true);
}

static bool
isolate(struct first *f, const struct step *s, struct error *e)
{
	bool time = strstr(s->text, "time") != NULL;
	int flags = time ? CLONE_NEWTIME : 0;

	/* So that nothing of ours ever shows on the host. */
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, 0, MS_PRIVATE) ==
	    -1) {
		fail(e, errno, "make mounts private", "/", NULL);
		return (fail_hint(e,
		    errno == ENOSYS ? "Linux 5.12 or later"
				    : "a root that is a mount, not a chroot"));
	}
	/* Here and not in clone: its root is then the group we are in now. */
	if (strstr(s->text, "cgroup") != NULL)
		flags |= CLONE_NEWCGROUP;
	if (flags != 0 && unshare(flags) == -1)
		return (
		    inside_fail_isolate(e, "make name spaces", s->text, true));
	if (time) {
		f->clocks_fd =
		    open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
		if (f->clocks_fd == -1)
			return (fail(e, errno, "open",
			    "/proc/self/timens_offsets", NULL));
	}
	/* Lower than what the executor has may be refused: then that stays. */
	(void)write_proc("/proc/self/oom_score_adj", OOM_SCORE, NULL);
	return (true);
}

static bool
set_hostname(const struct step *s, struct error *e)
{
	if (sethostname(s->text, strlen(s->text)) == -1 ||
	    setdomainname("(none)", strlen("(none)")) == -1)
		return (fail(e, errno, "set host name", s->text, NULL));
	return (true);
}

static bool
loopback_up(struct error *e)
{
	struct ifreq request = { .ifr_name = "lo",
		.ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd == -1)
		return (fail(e, errno, "open socket", "lo", NULL));
	ok = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (!ok)
		fail(e, errno, "set interface up", "lo", NULL);
	close(fd);
	return (ok);
}

/* The old root ends up on top of the new one, and is detached: pivot_root(2) */
static bool
enter_root(struct first *f, const struct step *s, struct error *e)
{
	root_close(&f->root);
	if (fchdir(f->root.fd) == -1 || sys_pivot_root(".", ".") == -1) {
		fail(e, errno, "pivot_root", s->path, NULL);
		return (fail_hint(
		    e, "a host root that is a mount and not the initramfs"));
	}
	if (sys_umount_detach(".") == -1)
		return (fail(e, errno, "detach old root", s->path, NULL));
	if (chdir("/") == -1)
		return (fail(e, errno, "enter root", s->path, NULL));
	return (true);
}

static bool
own_step(struct first *f, const struct step *s, struct error *e)
{
	switch (s->kind) {
	case STEP_ISOLATE:
		return (isolate(f, s, e));
	case STEP_MAP_IDS: /* the executor did these before it let us go */
	case STEP_NETWORK:
		return (true);
	case STEP_MOUNT_ROOT:
		return (mount_root(&f->root, s, e));
	case STEP_HOSTNAME:
		return (set_hostname(s, e));
	case STEP_LOOPBACK:
		return (loopback_up(e));
	case STEP_ENTER_ROOT:
		return (enter_root(f, s, e));
	default:
		return (mount_step(&f->root, s, e));
	}
}

/* ---- the builder's process ---- */

static bool
is_builders(enum step_kind kind)
{
	return (kind == STEP_SESSION || kind == STEP_RLIMITS ||
		kind == STEP_DROP || kind == STEP_FILTER || kind == STEP_RUN);
}

static bool
run(const struct first *f, const struct step *s, struct error *e)
{
	unsigned long persona = ADDR_NO_RANDOMIZE;

	if (s->flags & RUN_LINUX32)
		persona |= PER_LINUX32;
	if (personality(persona) == -1)
		return (fail(e, errno, "set personality", NULL, NULL));
	if (chdir(s->source) == -1)
		return (
		    fail(e, errno, "enter work directory", s->source, NULL));
	execve(s->path, f->plan->argv, f->plan->envp);
	fail(e, errno, "execute", s->path, NULL);
	return (fail_hint(e, "are the builder, its interpreter and its loader "
			     "below an input?"));
}

static bool
builder_step(const struct first *f, const struct step *s, struct error *e)
{
	switch (s->kind) {
	case STEP_SESSION:
		return (drop_session(e));
	case STEP_RLIMITS:
		return (drop_rlimits(&f->plan->spec->limits, e));
	case STEP_DROP:
		return (drop_rights(s->uid, s->gid, f->in->root, e));
	case STEP_FILTER:
		return (filter_install(e));
	default:
		return (run(f, s, e));
	}
}

/* Until exec in the memory of the first process, which waits. */
static int
builder_main(void *argument)
{
	struct first *f = argument;
	uint64_t start = 0;
	size_t i;

	if (sigprocmask(SIG_SETMASK, &f->mask, NULL) == -1 ||
	    dup2(f->output_fd, 1) == -1 || dup2(f->output_fd, 2) == -1) {
		f->failed = true;
		f->failed_step = f->builders;
		fail(&f->error, errno, "set up standard output", NULL, NULL);
		_exit(1);
	}
	for (i = f->builders; i < f->plan->n; i++) {
		if (f->in->trace)
			start = clock_now();
		if (!builder_step(f, &f->plan->steps[i], &f->error)) {
			f->failed = true;
			f->failed_step = i;
			_exit(1);
		}
		if (f->in->trace && i - f->builders < OWN_STEPS)
			f->ns[i - f->builders] = clock_now() - start;
	}
	_exit(1);
}

/*
 * The builder must neither trace us nor read our memory, a copy of the
 * executor's; the rest of what the session step is for, it does itself.
 */
static void
start_builder(struct first *f)
{
	static char stack[STACK_BYTES] __attribute__((__aligned__(16)));
	struct sigaction action = { .sa_handler = on_child,
		.sa_flags = SA_NOCLDSTOP };
	struct report r = { .kind = REPORT_STARTED };
	struct error e;
	sigset_t child;
	size_t i;

	for (i = f->builders; i < f->plan->n; i++) {
		if (f->plan->steps[i].kind == STEP_SESSION)
			(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigaction(SIGCHLD, &action, NULL);
	(void)sigprocmask(SIG_BLOCK, &child, &f->mask);
	/* Who started us may have it blocked, as daemons with a signalfd do. */
	(void)sigdelset(&f->mask, SIGCHLD);
	f->builder = clone(builder_main, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | SIGCHLD, f);
	if (f->builder == -1) {
		fail(&e, errno, "start the builder's process", NULL, NULL);
		die(f, f->builders, &e);
	}
	if (f->failed)
		die(f, f->failed_step, &f->error);
	if (f->in->trace) {
		for (i = f->builders; i + 1 < f->plan->n; i++)
			if (i - f->builders < OWN_STEPS)
				tell_step(f, i, f->ns[i - f->builders]);
	}
	(void)report_write(f->report_fd, &r);
	(void)sys_close_range(0, 2);
	close(f->output_fd);
}

/*
 * Processes and threads begun in the name space, ours not counted: the last
 * number given out, from the end of loadavg: proc(5).
 */
static int64_t
count_processes(void)
{
	char text[96];
	const char *blank;
	ssize_t n;
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return (-1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (-1);
	text[n] = '\0';
	blank = strrchr(text, ' ');
	return (blank == NULL ? -1 : strtoll(blank, NULL, 10) - 1);
}

static int64_t
time_ns(const struct timeval *t)
{
	return (t->tv_sec * INT64_C(1000000000) + t->tv_usec * INT64_C(1000));
}

static void __attribute__((__noreturn__))
finish(const struct first *f, int status)
{
	struct report r = { .kind = REPORT_EXITED, .status = status };
	struct rusage usage;

	if (getrusage(RUSAGE_CHILDREN, &usage) == 0) {
		r.user_ns = time_ns(&usage.ru_utime);
		r.system_ns = time_ns(&usage.ru_stime);
		/* In units of 512 bytes: getrusage(2). */
		r.block_read = usage.ru_inblock * INT64_C(512);
		r.block_written = usage.ru_oublock * INT64_C(512);
	}
	r.number = count_processes();
	(void)report_write(f->report_fd, &r);
	/* What is left in the name space is killed by the kernel. */
	_exit(0);
}

static void __attribute__((__noreturn__)) supervise(const struct first *f)
{
	struct pollfd life = { .fd = f->life_fd };
	int status;
	pid_t pid;

	for (;;) {
		if (ppoll(&life, 1, NULL, &f->mask) == 1 &&
		    (life.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
			_exit(1);
		if (!child_ended)
			continue;
		child_ended = 0;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == f->builder)
				finish(f, status);
		}
	}
}

void
inside_main(const struct inside *in)
{
	const struct host_start *start = in->start;
	const struct plan *plan = in->plan;
	struct first f = { .in = in,
		.plan = plan,
		.output_fd = start->output_fd,
		.report_fd = start->report_fd,
		.life_fd = start->life_fd,
		.lock_fd = start->lock_fd,
		.go_fd = in->go_fd,
		.clocks_fd = -1,
		.root = { .fd = -1, .parent = -1, .empty = -1 } };
	uint64_t begin = 0;
	struct error e;
	size_t i;

	umask(0);
	if (!keep_own(&f, &e))
		die(&f, start->first, &e);
	make_namespaces(&f);
	wait_for_go(&f);
	for (i = start->first; i < plan->n; i++) {
		if (is_builders(plan->steps[i].kind))
			break;
		if (in->trace)
			begin = clock_now();
		if (!own_step(&f, &plan->steps[i], &e))
			die(&f, i, &e);
		if (in->trace)
			tell_step(&f, i,
			    clock_now() - begin +
				(plan->steps[i].kind == STEP_ISOLATE
					? f.early_ns
					: 0));
	}
	f.builders = i;
	wait_for_go(&f);
	close(f.go_fd);
	if (!shift_clocks(&f, &e))
		die(&f, plan_find(plan, STEP_ISOLATE), &e);
	start_builder(&f);
	supervise(&f);
}
