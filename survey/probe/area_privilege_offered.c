/*
 * What a kernel may or may not offer to an unprivileged user: tracing,
 * virtual machines of byte code, key rings; and who decides.
 */
#include "survey/probe/area_privilege.h"

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#elif defined(__FreeBSD__)
#include <sys/sysctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

PROBE(priv_tiocsti)
{
	const char *name;
	char c = 'x';
	int master, slave;

	if (setsid() < 0 && getsid(0) != getpid())
		return (util_skip("no session of its own"));
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
	    (name = ptsname(master)) == NULL)
		return (probe_errno(errno, "posix_openpt"));
	slave = open(name, O_RDWR | O_NOCTTY);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0)
		return (probe_errno(errno, "ioctl(TIOCSCTTY)"));
	if (!util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setresuid"));
	if (ioctl(slave, TIOCSTI, &c) == 0)
		return (probe_wrong("allowed: a program can type into its "
				    "terminal"));
	/* EIO: dev.tty.legacy_tiocsti is 0 (Linux 6.2). */
	return (util_refused(-1, EIO, "ioctl(TIOCSTI)"));
}

#if defined(__linux__)

PROBE(priv_perf)
{
	struct perf_event_attr attr;
	char level[16] = "?";

	(void)util_read(
	    "/proc/sys/kernel/perf_event_paranoid", level, sizeof(level));
	level[strcspn(level, "\n")] = '\0';
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_TASK_CLOCK;
	attr.exclude_kernel = attr.exclude_hv = 1;
	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL) < 0)
		return (probe_errno(errno, "perf_event_paranoid is %s", level));
	return (probe_ok("perf_event_paranoid is %s", level));
}

PROBE(priv_bpf)
{
	union bpf_attr attr;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 4;
	attr.max_entries = 1;
	return (util_done(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)),
	    "bpf(BPF_MAP_CREATE)"));
}

PROBE(priv_userfaultfd)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
#ifdef UFFD_USER_MODE_ONLY
	return (
	    util_done(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY),
		"userfaultfd(UFFD_USER_MODE_ONLY)"));
#else
	return (util_done(syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd"));
#endif
}

PROBE(priv_io_uring)
{
	struct io_uring_params params;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	memset(&params, 0, sizeof(params));
	return (util_done(
	    syscall(SYS_io_uring_setup, 4U, &params), "io_uring_setup"));
}

/* A key of ours in the session's ring, or -1 with errno. */
static long
add_key(const char *name, long ring)
{
	return (syscall(SYS_add_key, "user", name, "secret", 6UL, ring));
}

PROBE(priv_keyring)
{
	char name[64], text[16];
	long key;

	snprintf(name, sizeof(name), "isthmus-probe-%d-%u", (int)getpid(),
	    ctx->number);
	/* A ring of this process's own, that dies with it. */
	key = add_key(name, KEY_SPEC_PROCESS_KEYRING);
	if (key < 0)
		return (probe_errno(errno, "add_key"));
	memset(text, 0, sizeof(text));
	if (syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof(text)) != 6 ||
	    memcmp(text, "secret", 6) != 0)
		return (probe_wrong("the key reads otherwise"));
	return (probe_ok(NULL));
}

PROBE(priv_keyring_session)
{
	char name[64];
	long key;

	/* First a session of our own: nobody's ring is added to. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		return (probe_errno(errno, "keyctl(JOIN_SESSION_KEYRING)"));
	snprintf(name, sizeof(name), "isthmus-probe-%d-%u", (int)getpid(),
	    ctx->number);
	key = add_key(name, KEY_SPEC_SESSION_KEYRING);
	if (key < 0)
		return (probe_errno(errno, "add_key"));
	if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
		name, 0) != key)
		return (probe_errno(errno, "keyctl(SEARCH)"));
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		return (probe_errno(errno, "keyctl(JOIN_SESSION_KEYRING)"));
	if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
		name, 0) >= 0)
		return (probe_wrong("a key of the old session is found"));
	return (errno == ENOKEY ? probe_ok("a new session holds none")
				: probe_errno(errno, "keyctl(SEARCH)"));
}

PROBE(priv_lsm)
{
	char text[160];

	if (util_read("/sys/kernel/security/lsm", text, sizeof(text)))
		return (probe_ok("%.150s", text));
	if (util_read("/proc/self/attr/current", text, sizeof(text))) {
		text[strcspn(text, "\n")] = '\0';
		return (probe_ok("label %.120s", text));
	}
	return (errno == ENOENT || errno == EINVAL
		    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			  "no security module tells its name")
		    : probe_errno(errno, "/proc/self/attr/current"));
}

#endif

#if defined(__FreeBSD__)

PROBE(priv_securelevel)
{
	long level;

	level = util_sysctl("kern.securelevel", -99);
	return (level == -99 ? probe_errno(errno, "sysctl kern.securelevel")
			     : probe_ok("%ld", level));
}

PROBE(priv_securelevel_user)
{
	int level;

	level = (int)util_sysctl("kern.securelevel", -99);
	if (level == -99)
		return (probe_errno(errno, "sysctl kern.securelevel"));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (geteuid() == 0)
		return (util_skip("still user 0"));
	/* The level that it has already. */
	return (util_refused(
	    sysctlbyname("kern.securelevel", NULL, NULL, &level, sizeof(level)),
	    0, "setting kern.securelevel"));
}

PROBE(priv_mac)
{
	static const char *const policies[] = { "bsdextended", "portacl", "do",
		"seeotheruids", "partition", "ntpd", "mls", "biba" };
	char name[64], loaded[128];

	(void)ctx;
	if (util_sysctl("kern.features.security_mac", 0) != 1)
		return (probe_absent("a kernel without MAC"));
	loaded[0] = '\0';
	for (size_t i = 0; i < UTIL_COUNT(policies); i++) {
		snprintf(
		    name, sizeof(name), "security.mac.%s.enabled", policies[i]);
		if (util_sysctl(name, 0) != 0) {
			strlcat(loaded, " ", sizeof(loaded));
			strlcat(loaded, policies[i], sizeof(loaded));
		}
	}
	return (probe_ok("policies:%s", loaded[0] != '\0' ? loaded : " none"));
}

PROBE(priv_unprivileged_debug)
{
	long allowed;

	allowed = util_sysctl("security.bsd.unprivileged_proc_debug", -1);
	if (allowed < 0)
		return (probe_errno(errno, "sysctl"));
	return (
	    probe_ok(allowed == 0 ? "0: a user cannot trace at all"
				  : "1: a user can trace its own processes"));
}

#endif
