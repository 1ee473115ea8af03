/*
 * Calls that change or watch the whole kernel, as rows: number, arguments,
 * and the errno that shows that permission was given where success would do
 * harm (0: it must succeed).  The order of the checks is that of Linux 6.18.
 */
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/linux/linux.h"

struct raw {
	long number;
	uintptr_t args[6];
	int granted;
};

static enum end
raw(const void *with)
{
	const struct raw *r = with;
	long got;

	got = syscall(r->number, r->args[0], r->args[1], r->args[2], r->args[3],
	    r->args[4], r->args[5]);
	if (got == -1 && r->granted != 0 && errno == r->granted)
		return (
		    ended(SUCCEEDED, "permitted, then: %s", strerror(errno)));
	return (by_call("the call", got != -1));
}

#define P(p) ((uintptr_t)(p))
#define HERE ((uintptr_t)AT_FDCWD)
#define ROW(n, g, ...)        \
	(&(const struct raw){ \
	    .number = (n), .args = { __VA_ARGS__ }, .granted = (g) })

static const char none[] = "/isthmus-no";
static union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1 };
static struct perf_event_attr perf_attr = { .type = PERF_TYPE_SOFTWARE,
	.size = sizeof(struct perf_event_attr),
	.config = PERF_COUNT_SW_CPU_CLOCK };
static struct io_uring_params uring;
static struct sched_param fifo = { .sched_priority = 1 };
static char log_text[64];

/* As it is now: nothing changes. */
static enum end
set_clock(const void *with)
{
	struct timex t = { .modes = 0 };

	if (adjtimex(&t) == -1)
		return (by_call("adjtimex to read", false));
	t.modes = ADJ_TICK;
	if (with == NULL)
		return (by_call("adjtimex", adjtimex(&t) != -1));
	return (
	    by_call("clock_adjtime", clock_adjtime(CLOCK_REALTIME, &t) != -1));
}

static enum end
mount_here(const void *with)
{
	bool worked;

	(void)with;
	(void)mkdir("m", 0755);
	worked = mount("none", "m", "tmpfs", 0, NULL) == 0;
	if (worked)
		(void)umount2("m", MNT_DETACH);
	return (by_call("mount", worked));
}

/* The inputs' mount made writable again, the masks taken off. */
static enum end
remount(const void *with)
{
	return (by_call("mount",
	    mount(NULL, setting(with), NULL, MS_REMOUNT | MS_BIND, NULL) == 0));
}

static enum end
unmask(const void *with)
{
	return (by_call("umount2", umount2(with, MNT_DETACH) == 0));
}

static enum end
make_device(const void *with)
{
	const mode_t *type = with;
	bool worked;

	worked = mknod("d", *type | 0666, makedev(1, 3)) == 0;
	(void)unlink("d");
	return (by_call("mknod", worked));
}

/* A fork into a name space; the child only ends. */
static enum end
clone_into(const void *with)
{
	const uintptr_t *flags = with;
	long pid;

	pid = syscall(SYS_clone, *flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return (by_call("clone", pid != -1));
}

static enum end
clone3_into(const void *with)
{
	const uintptr_t *flags = with;
	struct clone_args args = { .flags = *flags, .exit_signal = SIGCHLD };
	long pid;

	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	return (by_call("clone3", pid != -1));
}

static enum end
join(const void *with)
{
	int fd;

	fd = open(with, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
	return (by_call("setns", setns(fd, 0) == 0));
}

static enum end
by_handle(const void *with)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };
	int dir, mount_id;

	dir = open(with, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (name_to_handle_at(AT_FDCWD, with, &h.handle, &mount_id, 0) == -1)
		return (by_call("name_to_handle_at", false));
	return (by_call("open_by_handle_at",
	    open_by_handle_at(dir, &h.handle, O_RDONLY) != -1));
}

/* The host's clock of how long it is up. */
static enum end
host_uptime(const void *with)
{
	struct timespec now;

	(void)with;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (
	    ended(now.tv_sec > 2 * 3600 ||
			  labs(now.tv_sec - atol(setting("HOST_UPTIME"))) < 30
		      ? SUCCEEDED
		      : REFUSED,
		"%ld s", (long)now.tv_sec));
}

static const mode_t character = S_IFCHR, block = S_IFBLK;
static const uintptr_t new_user = CLONE_NEWUSER, new_mount = CLONE_NEWNS,
		       new_user_high = CLONE_NEWUSER | (1ULL << 40);

const struct attack attacks_kernel[] = {
	{ "key-add", "a key in the kernel's store", raw,
	    ROW(SYS_add_key, 0, P("user"), P("isthmus"), P("x"), 1,
		(uintptr_t)KEY_SPEC_PROCESS_KEYRING) },
	{ "key-control", "the user's keyring", raw,
	    ROW(SYS_keyctl, 0, KEYCTL_GET_KEYRING_ID,
		(uintptr_t)KEY_SPEC_USER_KEYRING, 1) },
	{ "key-request", "asking the host for a key", raw,
	    ROW(SYS_request_key, ENOKEY, P("user"), P("isthmus-no"), 0, 0) },
	{ "bpf", "a BPF map", raw,
	    ROW(SYS_bpf, 0, BPF_MAP_CREATE, P(&map_attr), sizeof(map_attr)) },
	{ "perf", "a performance counter", raw,
	    ROW(SYS_perf_event_open, 0, P(&perf_attr), 0, (uintptr_t)-1,
		(uintptr_t)-1, 0) },
	{ "userfaultfd", "faults handled in user land", raw,
	    ROW(SYS_userfaultfd, 0, O_CLOEXEC | 1) },
	{ "io-uring", "an io_uring", raw,
	    ROW(SYS_io_uring_setup, 0, 1, P(&uring)) },
	{ "kexec", "another kernel", raw,
	    ROW(SYS_kexec_load, EINVAL, 0, 0, 0, 0xffff) },
	{ "kexec-file", "another kernel", raw,
	    ROW(SYS_kexec_file_load, EINVAL, (uintptr_t)-1, (uintptr_t)-1, 0, 0,
		(uintptr_t)-1) },
	{ "reboot", "a reboot", raw, ROW(SYS_reboot, EINVAL, 0, 0, 0, 0) },
	{ "init-module", "a kernel module", raw,
	    ROW(SYS_init_module, ENOEXEC, 0, 0, P("")) },
	{ "finit-module", "a kernel module", raw,
	    ROW(SYS_finit_module, EBADF, (uintptr_t)-1, P(""), 0) },
	{ "delete-module", "a module unloaded", raw,
	    ROW(SYS_delete_module, ENOENT, P("isthmus_no"), 0) },
	{ "swapon", "swap space", raw, ROW(SYS_swapon, ENOENT, P(none), 0) },
	{ "swapoff", "swap space away", raw,
	    ROW(SYS_swapoff, ENOENT, P(none)) },
	{ "acct", "process accounting", raw, ROW(SYS_acct, ENOENT, P(none)) },
	{ "log-level", "the console's log level", raw,
	    ROW(SYS_syslog, EINVAL, 8, 0, 99) },
	{ "log-read", "the kernel's log", raw,
	    ROW(SYS_syslog, 0, 3, P(log_text), sizeof(log_text)) },
	{ "umount", "unmounting", raw,
	    ROW(SYS_umount2, EINVAL, P("."), MNT_DETACH) },
	{ "fsopen", "a file system by the new calls", raw,
	    ROW(SYS_fsopen, 0, P("tmpfs"), 0) },
	{ "fspick", "a mount to be changed", raw,
	    ROW(SYS_fspick, 0, HERE, P("/"), 0) },
	{ "open-tree", "a detached copy of a mount", raw,
	    ROW(SYS_open_tree, 0, HERE, P("."), OPEN_TREE_CLONE) },
	{ "pivot-root", "another root", raw,
	    ROW(SYS_pivot_root, ENOENT, P(none), P(none)) },
	{ "chroot", "another root", raw, ROW(SYS_chroot, 0, P(".")) },
	{ "unshare-user", "a user name space by unshare", raw,
	    ROW(SYS_unshare, 0, CLONE_NEWUSER) },
	{ "unshare-mount", "a mount name space", raw,
	    ROW(SYS_unshare, 0, CLONE_NEWNS) },
	{ "unshare-net", "a network name space", raw,
	    ROW(SYS_unshare, 0, CLONE_NEWNET) },
	{ "unshare-pid", "a pid name space", raw,
	    ROW(SYS_unshare, 0, CLONE_NEWPID) },
	{ "clone-user", "a user name space by clone", clone_into, &new_user },
	{ "clone-user-high", "the same with bits above 32", clone_into,
	    &new_user_high },
	{ "clone-mount", "a mount name space by clone", clone_into,
	    &new_mount },
	{ "clone3-user", "a user name space by clone3", clone3_into,
	    &new_user },
	{ "clone3-mount", "a mount name space by clone3", clone3_into,
	    &new_mount },
	{ "setns-mount", "joining a name space", join, "/proc/self/ns/mnt" },
	{ "setns-net", "joining a name space", join, "/proc/self/ns/net" },
	{ "sethostname", "a host name", raw,
	    ROW(SYS_sethostname, EINVAL, 0, (uintptr_t)-1) },
	{ "setdomainname", "a domain name", raw,
	    ROW(SYS_setdomainname, EINVAL, 0, (uintptr_t)-1) },
	{ "real-time", "real-time priority", raw,
	    ROW(SYS_sched_setscheduler, 0, 0, SCHED_FIFO, P(&fifo)) },
	{ "fanotify", "watching a whole file system", raw,
	    ROW(SYS_fanotify_init, 0, FAN_CLASS_CONTENT, 0) },
	{ "iopl", "input and output ports", raw, ROW(SYS_iopl, 0, 3) },
	{ "ioperm", "one port", raw, ROW(SYS_ioperm, 0, 0x80, 1, 1) },
	{ "adjtimex", "the clock", set_clock, NULL },
	{ "clock-adjtime", "the clock", set_clock, none },
	{ "mount", "a file system", mount_here, NULL },
	{ "remount-input", "an input made writable", remount, "INPUT" },
	{ "unmask-dev", "/dev taken away", unmask, "/dev" },
	{ "unmask-proc", "/proc taken away", unmask, "/proc" },
	{ "mknod-char", "a character device", make_device, &character },
	{ "mknod-block", "a block device", make_device, &block },
	{ "open-by-handle", "a file by its handle", by_handle, "." },
	{ "host-uptime", "since when the host is up", host_uptime, NULL },
	{ NULL, NULL, NULL, NULL },
};
