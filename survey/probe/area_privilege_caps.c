/*
 * Capabilities of Linux, by raw system call: each is given up or passed on,
 * and then the thing that it allows is tried.
 */
#include "survey/probe/area_privilege.h"

#if defined(__linux__)

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

struct sets {
	uint64_t effective, permitted, inheritable;
};

static bool
get_sets(struct sets *sets)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) != 0)
		return (false);
	sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable
						      << 32;
	return (true);
}

static bool
set_sets(const struct sets *sets)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(sets->effective >> (32 * i));
		data[i].permitted = (uint32_t)(sets->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(sets->inheritable >> (32 * i));
	}
	return (syscall(SYS_capset, &header, data) == 0);
}

PROBE(priv_capget)
{
	struct sets sets;

	if (!get_sets(&sets))
		return (probe_errno(errno, "capget"));
	if ((sets.effective & ~sets.permitted) != 0)
		return (probe_wrong("effective is not within permitted"));
	if (!ctx->root && sets.effective == 0)
		return (probe_ok("none"));
	return (
	    probe_ok("effective 0x%llx", (unsigned long long)sets.effective));
}

PROBE(priv_capset)
{
	struct sets sets;

	if (!get_sets(&sets))
		return (probe_errno(errno, "capget"));
	sets.effective &= ~BIT(CAP_SYS_CHROOT);
	if (!set_sets(&sets))
		return (probe_errno(errno, "capset"));
	return (util_refused(chroot("."), 0, "chroot without CAP_SYS_CHROOT"));
}

PROBE(priv_cap_regain)
{
	struct sets sets, wider;

	if (!get_sets(&sets))
		return (probe_errno(errno, "capget"));
	wider = sets;
	sets.effective &= ~BIT(CAP_SYS_CHROOT);
	sets.permitted &= ~BIT(CAP_SYS_CHROOT);
	sets.inheritable &= ~BIT(CAP_SYS_CHROOT);
	if (!set_sets(&sets))
		return (probe_errno(errno, "capset"));
	return (util_refused(set_sets(&wider) ? 0 : -1, 0, "taking it back"));
}

/* The hexadecimal number behind `name` in a cat(1) of its own status. */
static bool
status_of_program(const char *path, const char *name, uint64_t *set)
{
	char copy[64], file[] = "/proc/self/status", out[4096];
	char *argv[] = { copy, file, NULL };
	const char *p;

	snprintf(copy, sizeof(copy), "%s", path);
	if (util_capture(argv, out, sizeof(out)) != 0 ||
	    (p = strstr(out, name)) == NULL)
		return (false);
	*set = strtoull(p + strlen(name), NULL, 16);
	return (true);
}

PROBE(priv_cap_bounding)
{
	uint64_t set;

	if (prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT, 0, 0, 0) != 0)
		return (probe_errno(errno, "prctl(PR_CAPBSET_DROP)"));
	if (!status_of_program("cat", "CapEff:", &set))
		return (util_skip("no cat(1) to start"));
	return ((set & BIT(CAP_SYS_CHROOT)) == 0
		    ? probe_ok("a program that root starts does not have it")
		    : probe_wrong("a program that root starts has it again"));
}

static bool
become_other(void)
{
	return (
	    setgroups(0, NULL) == 0 &&
	    setresgid(PROBE_OTHER_ID, PROBE_OTHER_ID, PROBE_OTHER_ID) == 0 &&
	    setresuid(PROBE_OTHER_ID, PROBE_OTHER_ID, PROBE_OTHER_ID) == 0);
}

PROBE(priv_cap_lost)
{
	struct sets sets;

	if (!become_other() || !get_sets(&sets))
		return (probe_errno(errno, "setresuid"));
	return (sets.effective == 0 && sets.permitted == 0
		    ? probe_ok(NULL)
		    : probe_wrong("permitted is 0x%llx after setresuid",
			  (unsigned long long)sets.permitted));
}

PROBE(priv_cap_keep)
{
	struct sets sets;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || !become_other() ||
	    !get_sets(&sets))
		return (probe_errno(errno, "prctl(PR_SET_KEEPCAPS)"));
	if (sets.effective != 0 || (sets.permitted & BIT(CAP_SYS_CHROOT)) == 0)
		return (probe_wrong("effective 0x%llx, permitted 0x%llx",
		    (unsigned long long)sets.effective,
		    (unsigned long long)sets.permitted));
	sets.effective = BIT(CAP_SYS_CHROOT);
	if (!set_sets(&sets))
		return (probe_errno(errno, "capset"));
	return (util_done(chroot("/"), "chroot as another user"));
}

PROBE(priv_cap_ambient)
{
	struct sets sets;
	uint64_t set;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || !become_other() ||
	    !get_sets(&sets))
		return (probe_errno(errno, "prctl(PR_SET_KEEPCAPS)"));
	sets.inheritable = BIT(CAP_NET_BIND_SERVICE);
	if (!set_sets(&sets))
		return (probe_errno(errno, "capset"));
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0,
		0) != 0)
		return (
		    errno == EINVAL
			? probe_absent("no ambient set (before 4.3)")
			: probe_errno(errno, "prctl(PR_CAP_AMBIENT_RAISE)"));
	if (!status_of_program("cat", "CapEff:", &set))
		return (util_skip("no cat(1) to start"));
	return (set == BIT(CAP_NET_BIND_SERVICE)
		    ? probe_ok("a program started by a user has that one alone")
		    : probe_wrong(
			  "the program has 0x%llx", (unsigned long long)set));
}

PROBE(priv_cap_securebits)
{
	uint64_t set;

	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0,
		0) != 0)
		return (probe_errno(errno, "prctl(PR_SET_SECUREBITS)"));
	if (prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == 0)
		return (probe_wrong("a locked bit was cleared"));
	if (!status_of_program("cat", "CapEff:", &set))
		return (util_skip("no cat(1) to start"));
	return (set == 0
		    ? probe_ok("a program that user 0 starts has none")
		    : probe_wrong("it has 0x%llx", (unsigned long long)set));
}

/* A copy of cat(1) with CAP_NET_BIND_SERVICE; false with the answer. */
static bool
capable_program(struct probe_answer *why)
{
	struct vfs_cap_data data;

	if (!util_copy_program("cat", "cat", 0755)) {
		*why = util_skip("no cat(1) to copy: %s", strerror(errno));
		return (false);
	}
	memset(&data, 0, sizeof(data));
	data.magic_etc = htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE);
	data.data[0].permitted = htole32(1U << CAP_NET_BIND_SERVICE);
	if (setxattr("cat", "security.capability", &data, XATTR_CAPS_SZ_2, 0) !=
	    0) {
		*why = probe_errno(errno, "setxattr(security.capability)");
		return (false);
	}
	if (chmod(".", 0711) != 0 || !become_other()) {
		*why = probe_errno(errno, "setresuid");
		return (false);
	}
	return (true);
}

PROBE(priv_cap_file)
{
	struct probe_answer why;
	uint64_t set;

	if (!capable_program(&why))
		return (why);
	if (!status_of_program("./cat", "CapEff:", &set))
		return (probe_errno(errno, "running the copy of cat(1)"));
	return (set == BIT(CAP_NET_BIND_SERVICE)
		    ? probe_ok(NULL)
		    : probe_state(ISTH_STATE_UNSUPPORTED, 0,
			  "the program has 0x%llx: nosuid here?",
			  (unsigned long long)set));
}

PROBE(priv_cap_file_nnp)
{
	struct probe_answer why;
	uint64_t set;

	if (!capable_program(&why))
		return (why);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return (probe_errno(errno, "prctl(PR_SET_NO_NEW_PRIVS)"));
	if (!status_of_program("./cat", "CapEff:", &set))
		return (probe_errno(errno, "running the copy of cat(1)"));
	return (set == 0 ? probe_ok(NULL)
			 : probe_wrong("the program has 0x%llx",
			       (unsigned long long)set));
}

#else
typedef int area_privilege_caps_is_empty_here;
#endif
