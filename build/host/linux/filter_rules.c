/*
 * The table of refused system calls.  Numbers from the kernel's
 * arch/x86/entry/syscalls/syscall_{64,32}.tbl and scripts/syscall.tbl.  The
 * errno is what a kernel without the call, or a user without the right,
 * gives, so that configure scripts and C libraries fall back.
 *
 * Not here, because the kernel ignores set-id bits there: mkdir, mkdirat.
 * ptrace and process_vm_* reach the build's own processes only.
 */
#include <errno.h>

#include "build/host/linux/filter.h"

/* clang-format off */
const struct filter_rule filter_rules[] = {
	/*			amd64 i386 arm64  test, argument, errno */
	/* set-id files: the only ways to give a file S_ISUID or S_ISGID */
	{ "open", { 2, 5, -1 }, FILTER_CREATE, 1, EPERM },
	{ "openat", { 257, 295, 56 }, FILTER_CREATE, 2, EPERM },
	{ "openat2", { 437, 437, 437 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "creat", { 85, 8, -1 }, FILTER_SET_ID, 1, EPERM },
	{ "chmod", { 90, 15, -1 }, FILTER_SET_ID, 1, EPERM },
	{ "fchmod", { 91, 94, 52 }, FILTER_SET_ID, 1, EPERM },
	{ "fchmodat", { 268, 306, 53 }, FILTER_SET_ID, 2, EPERM },
	{ "fchmodat2", { 452, 452, 452 }, FILTER_SET_ID, 2, EPERM },
	{ "mknod", { 133, 14, -1 }, FILTER_SET_ID, 1, EPERM },
	{ "mknodat", { 259, 297, 33 }, FILTER_SET_ID, 2, EPERM },

	/* capabilities and anything else that outlives the build beside a file */
	{ "setxattr", { 188, 226, 5 }, FILTER_ALWAYS, 0, ENOTSUP },
	{ "lsetxattr", { 189, 227, 6 }, FILTER_ALWAYS, 0, ENOTSUP },
	{ "fsetxattr", { 190, 228, 7 }, FILTER_ALWAYS, 0, ENOTSUP },
	{ "setxattrat", { 463, 463, 463 }, FILTER_ALWAYS, 0, ENOTSUP },

	/* name spaces and mounts */
	{ "clone", { 56, 120, 220 }, FILTER_NAMESPACES, 0, EPERM },
	{ "clone3", { 435, 435, 435 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "unshare", { 272, 310, 97 }, FILTER_NAMESPACES, 0, EPERM },
	{ "setns", { 308, 346, 268 }, FILTER_ALWAYS, 0, EPERM },
	{ "mount", { 165, 21, 40 }, FILTER_ALWAYS, 0, EPERM },
	{ "umount", { -1, 22, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "umount2", { 166, 52, 39 }, FILTER_ALWAYS, 0, EPERM },
	{ "pivot_root", { 155, 217, 41 }, FILTER_ALWAYS, 0, EPERM },
	{ "chroot", { 161, 61, 51 }, FILTER_ALWAYS, 0, EPERM },
	{ "open_tree", { 428, 428, 428 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "open_tree_attr", { 467, 467, 467 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "move_mount", { 429, 429, 429 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "fsopen", { 430, 430, 430 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "fsconfig", { 431, 431, 431 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "fsmount", { 432, 432, 432 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "fspick", { 433, 433, 433 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "mount_setattr", { 442, 442, 442 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "name_to_handle_at", { 303, 341, 264 }, FILTER_ALWAYS, 0, EOPNOTSUPP },
	{ "open_by_handle_at", { 304, 342, 265 }, FILTER_ALWAYS, 0, EPERM },

	/* sockets and terminals */
	{ "socket", { 41, 359, 198 }, FILTER_FAMILY, 0, EAFNOSUPPORT },
	{ "socketpair", { 53, 360, 199 }, FILTER_FAMILY, 0, EAFNOSUPPORT },
	{ "socketcall", { -1, 102, -1 }, FILTER_SOCKETCALL, 0, EAFNOSUPPORT },
	{ "ioctl", { 16, 54, 29 }, FILTER_TERMINAL, 1, EPERM },
	{ "vhangup", { 153, 111, 58 }, FILTER_ALWAYS, 0, EPERM },

	/* kernel interfaces of which no build has need */
	{ "add_key", { 248, 286, 217 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "request_key", { 249, 287, 218 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "keyctl", { 250, 288, 219 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "bpf", { 321, 357, 280 }, FILTER_ALWAYS, 0, EPERM },
	{ "perf_event_open", { 298, 336, 241 }, FILTER_ALWAYS, 0, EACCES },
	{ "userfaultfd", { 323, 374, 282 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "io_uring_setup", { 425, 425, 425 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "io_uring_enter", { 426, 426, 426 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "io_uring_register", { 427, 427, 427 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "fanotify_init", { 300, 338, 262 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "lookup_dcookie", { 212, 253, 18 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "nfsservctl", { 180, 169, 42 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "modify_ldt", { 154, 123, -1 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "vm86", { -1, 166, -1 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "vm86old", { -1, 113, -1 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "uselib", { 134, 86, -1 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "personality", { 135, 136, 92 }, FILTER_PERSONALITY, 0, EPERM },

	/* the machine as a whole: refused without capabilities too */
	{ "kexec_load", { 246, 283, 104 }, FILTER_ALWAYS, 0, EPERM },
	{ "kexec_file_load", { 320, -1, 294 }, FILTER_ALWAYS, 0, EPERM },
	{ "reboot", { 169, 88, 142 }, FILTER_ALWAYS, 0, EPERM },
	{ "swapon", { 167, 87, 224 }, FILTER_ALWAYS, 0, EPERM },
	{ "swapoff", { 168, 115, 225 }, FILTER_ALWAYS, 0, EPERM },
	{ "create_module", { 174, 127, -1 }, FILTER_ALWAYS, 0, ENOSYS },
	{ "init_module", { 175, 128, 105 }, FILTER_ALWAYS, 0, EPERM },
	{ "finit_module", { 313, 350, 273 }, FILTER_ALWAYS, 0, EPERM },
	{ "delete_module", { 176, 129, 106 }, FILTER_ALWAYS, 0, EPERM },
	{ "settimeofday", { 164, 79, 170 }, FILTER_ALWAYS, 0, EPERM },
	{ "stime", { -1, 25, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "clock_settime", { 227, 264, 112 }, FILTER_ALWAYS, 0, EPERM },
	{ "clock_settime64", { -1, 404, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "adjtimex", { 159, 124, 171 }, FILTER_ALWAYS, 0, EPERM },
	{ "clock_adjtime", { 305, 343, 266 }, FILTER_ALWAYS, 0, EPERM },
	{ "clock_adjtime64", { -1, 405, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "sethostname", { 170, 74, 161 }, FILTER_ALWAYS, 0, EPERM },
	{ "setdomainname", { 171, 121, 162 }, FILTER_ALWAYS, 0, EPERM },
	{ "iopl", { 172, 110, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "ioperm", { 173, 101, -1 }, FILTER_ALWAYS, 0, EPERM },
	{ "quotactl", { 179, 131, 60 }, FILTER_ALWAYS, 0, EPERM },
	{ "quotactl_fd", { 443, 443, 443 }, FILTER_ALWAYS, 0, EPERM },
	{ "acct", { 163, 51, 89 }, FILTER_ALWAYS, 0, EPERM },
	{ "syslog", { 103, 103, 116 }, FILTER_ALWAYS, 0, EPERM },
};
/* clang-format on */

const size_t filter_nrules = sizeof(filter_rules) / sizeof(filter_rules[0]);
