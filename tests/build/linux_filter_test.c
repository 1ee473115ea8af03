/*
 * The system call filter: the compiled program against the table it is made
 * of, for every number, and the table's numbers against this machine's
 * headers.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "build/host/linux/filter.h"
#include "build/host/linux/linux.h"

#if defined(__x86_64__)
#define NATIVE FILTER_AMD64
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE FILTER_ARM64
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE FILTER_I386
#define NATIVE_ARCH AUDIT_ARCH_I386
#endif

static struct sock_filter program[FILTER_MAX];
static size_t length;

/* What the kernel's interpreter does with the instructions that occur. */
static uint32_t
decide(const struct seccomp_data *data)
{
	const struct sock_filter *f;
	uint32_t a = 0;
	size_t pc = 0;

	for (;;) {
		ATF_REQUIRE(pc < length);
		f = &program[pc++];
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ATF_REQUIRE(f->k <= sizeof(*data) - sizeof(a));
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += (a & f->k) != 0 ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return (f->k);
		default:
			atf_tc_fail("instruction %#x", f->code);
		}
	}
}

static uint32_t
ask(uint32_t arch, unsigned number, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct seccomp_data data = { .nr = (int)number,
		.arch = arch,
		.args = { a0, a1, a2, a2, a2, a2 } };

	return (decide(&data));
}

static const struct filter_rule *
rule_of(enum filter_abi abi, unsigned number)
{
	size_t i;

	for (i = 0; i < filter_nrules; i++) {
		if (filter_rules[i].numbers[abi] == (int)number)
			return (&filter_rules[i]);
	}
	return (NULL);
}

static void
check_abi(enum filter_abi abi, uint32_t arch)
{
	const struct filter_rule *r;
	uint32_t got, want;
	unsigned n;

	for (n = 0; n < 1200; n++) {
		r = rule_of(abi, n);
		/* All bits set is refused by every test but these. */
		got = ask(arch, n, ~0U, ~0U, ~0U);
		want = n > FILTER_LAST ? SECCOMP_RET_ERRNO | ENOSYS
		       : (r == NULL || r->test == FILTER_PERSONALITY ||
			     r->test == FILTER_TERMINAL ||
			     r->test == FILTER_SOCKETCALL)
			   ? SECCOMP_RET_ALLOW
			   : SECCOMP_RET_ERRNO | (unsigned)r->err;
		ATF_CHECK_EQ_MSG(got, want, "abi %d number %u: %#x, not %#x",
		    abi, n, got, want);
		/* No bit set only by what is always refused. */
		got = ask(arch, n, 0, 0, 0);
		want = n > FILTER_LAST ? SECCOMP_RET_ERRNO | ENOSYS
		       : r != NULL && (r->test == FILTER_ALWAYS ||
					  r->test == FILTER_FAMILY)
			   ? SECCOMP_RET_ERRNO | (unsigned)r->err
			   : SECCOMP_RET_ALLOW;
		ATF_CHECK_EQ_MSG(got, want,
		    "abi %d number %u, no arguments: %#x, not %#x", abi, n, got,
		    want);
	}
}

ATF_TC_WITHOUT_HEAD(every_number_as_in_the_table);
ATF_TC_BODY(every_number_as_in_the_table, tc)
{
	length = filter_compile(program);
	ATF_REQUIRE(length > 0);
	check_abi(NATIVE, NATIVE_ARCH);
#if defined(__x86_64__)
	check_abi(FILTER_I386, AUDIT_ARCH_I386);
	/* The x32 numbers: bit 30. */
	ATF_CHECK_EQ(ask(NATIVE_ARCH, 0x40000000U | 2, 0, 0, 0),
	    SECCOMP_RET_ERRNO | ENOSYS);
#endif
	ATF_CHECK_EQ(ask(AUDIT_ARCH_S390X, 1, 0, 0, 0),
	    (uint32_t)SECCOMP_RET_KILL_PROCESS);
}

static unsigned
number_of(const char *name)
{
	size_t i;

	for (i = 0; i < filter_nrules; i++) {
		if (strcmp(filter_rules[i].name, name) == 0)
			return ((unsigned)filter_rules[i].numbers[NATIVE]);
	}
	atf_tc_fail("no rule for %s", name);
}

static bool
allowed(const char *name, uint64_t a0, uint64_t a1, uint64_t a2)
{
	return (
	    ask(NATIVE_ARCH, number_of(name), a0, a1, a2) == SECCOMP_RET_ALLOW);
}

ATF_TC_WITHOUT_HEAD(arguments_are_compared_as_the_kernel_reads_them);
ATF_TC_BODY(arguments_are_compared_as_the_kernel_reads_them, tc)
{
	const uint64_t high = UINT64_C(0xdeadbeef00000000);

	length = filter_compile(program);
	/* Garbage in the high half changes nothing: they are ints. */
	ATF_CHECK(!allowed("ioctl", 0, high | 0x5412, 0));
	ATF_CHECK(!allowed("ioctl", 0, 0x541c, 0));
	ATF_CHECK(allowed("ioctl", 0, high | 0x5413, 0));
	ATF_CHECK(!allowed("fchmod", 3, high | 04755, 0));
	ATF_CHECK(!allowed("fchmod", 3, 02755, 0));
	ATF_CHECK(allowed("fchmod", 3, high | 01777, 0));
	/* A mode that open(2) does not read may be anything. */
	ATF_CHECK(allowed("openat", 0, 0, O_RDWR));
	ATF_CHECK(!allowed("clone", CLONE_NEWUSER | SIGCHLD, 0, 0));
	ATF_CHECK(!allowed("unshare", high | CLONE_NEWNS, 0, 0));
	ATF_CHECK(allowed("clone", CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0));
	ATF_CHECK(allowed("personality", PER_LINUX32, 0, 0));
	ATF_CHECK(allowed("personality", 0xffffffffU, 0, 0));
	ATF_CHECK(allowed("personality", ADDR_NO_RANDOMIZE, 0, 0));
	ATF_CHECK(!allowed("personality", READ_IMPLIES_EXEC, 0, 0));
	ATF_CHECK(allowed("socket", AF_UNIX, SOCK_STREAM, 0));
	ATF_CHECK(allowed("socket", AF_INET6, SOCK_STREAM, 6));
	ATF_CHECK(allowed("socket", AF_NETLINK, SOCK_RAW, 0));
	ATF_CHECK(!allowed("socket", AF_NETLINK, SOCK_RAW, 12));
	ATF_CHECK(!allowed("socket", AF_VSOCK, SOCK_STREAM, 0));
	ATF_CHECK(!allowed("socket", AF_ALG, SOCK_SEQPACKET, 0));
#if defined(__x86_64__)
	ATF_CHECK(ask(AUDIT_ARCH_I386, 102, 1, 0, 0) != SECCOMP_RET_ALLOW);
	ATF_CHECK(ask(AUDIT_ARCH_I386, 102, 3, 0, 0) == SECCOMP_RET_ALLOW);
#endif
}

/* Those that every header has; the others are newer than some. */
#define HEADER(call)              \
	{                         \
#call, SYS_##call \
	}

ATF_TC_WITHOUT_HEAD(numbers_are_those_of_the_headers);
ATF_TC_BODY(numbers_are_those_of_the_headers, tc)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {
		HEADER(openat),
		HEADER(openat2),
		HEADER(fchmod),
		HEADER(fchmodat),
		HEADER(mknodat),
		HEADER(setxattr),
		HEADER(lsetxattr),
		HEADER(fsetxattr),
		HEADER(clone),
		HEADER(clone3),
		HEADER(unshare),
		HEADER(setns),
		HEADER(mount),
		HEADER(umount2),
		HEADER(pivot_root),
		HEADER(chroot),
		HEADER(open_tree),
		HEADER(move_mount),
		HEADER(fsopen),
		HEADER(fsconfig),
		HEADER(fsmount),
		HEADER(fspick),
		HEADER(mount_setattr),
		HEADER(name_to_handle_at),
		HEADER(open_by_handle_at),
		HEADER(ioctl),
		HEADER(vhangup),
		HEADER(add_key),
		HEADER(request_key),
		HEADER(keyctl),
		HEADER(bpf),
		HEADER(perf_event_open),
		HEADER(userfaultfd),
		HEADER(io_uring_setup),
		HEADER(io_uring_enter),
		HEADER(io_uring_register),
		HEADER(fanotify_init),
		HEADER(personality),
		HEADER(kexec_load),
		HEADER(reboot),
		HEADER(swapon),
		HEADER(swapoff),
		HEADER(init_module),
		HEADER(finit_module),
		HEADER(delete_module),
		HEADER(settimeofday),
		HEADER(clock_settime),
		HEADER(adjtimex),
		HEADER(clock_adjtime),
		HEADER(sethostname),
		HEADER(setdomainname),
		HEADER(quotactl),
		HEADER(quotactl_fd),
		HEADER(acct),
		HEADER(syslog),
		HEADER(socket),
		HEADER(socketpair),
#ifdef SYS_open
		HEADER(open),
		HEADER(creat),
		HEADER(chmod),
		HEADER(mknod),
		HEADER(iopl),
		HEADER(ioperm),
		HEADER(modify_ldt),
#endif
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ATF_CHECK_EQ_MSG((int)number_of(known[i].name), known[i].number,
		    "%s", known[i].name);
}

/* Each does what is refused; the number of the first that went well. */
static int
try_refused(void)
{
	if (syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0) != -1 ||
	    errno != ENOSYS)
		return (1);
	if (socket(AF_VSOCK, SOCK_STREAM, 0) != -1 || errno != EAFNOSUPPORT)
		return (2);
	if (unshare(CLONE_NEWUSER) != -1 || errno != EPERM)
		return (3);
	if (fchmodat(AT_FDCWD, "set-id", 04755, 0) != -1 || errno != EPERM)
		return (4);
	if (openat(AT_FDCWD, "set-id2", O_CREAT | O_WRONLY, 02755) != -1 ||
	    errno != EPERM)
		return (5);
	if (syscall(SYS_keyctl, 0, 0) != -1 || errno != ENOSYS)
		return (6);
	if (syscall(FILTER_LAST + 1) != -1 || errno != ENOSYS)
		return (7);
	/* And what must go on working. */
	if (fchmodat(AT_FDCWD, "set-id", 0755, 0) == -1)
		return (8);
	return (0);
}

ATF_TC_WITHOUT_HEAD(the_kernel_takes_it);
ATF_TC_BODY(the_kernel_takes_it, tc)
{
	struct error e;
	pid_t pid;
	int status;

	ATF_REQUIRE(close(creat("set-id", 0644)) == 0);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		/* The test would notice: without the filter it works. */
		if (try_refused() == 0)
			_exit(100);
		if (chmod("set-id", 0644) != 0)
			_exit(101);
		(void)unlink("set-id2");
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    !filter_install(&e))
			_exit(102);
		_exit(try_refused());
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_number_as_in_the_table);
	ATF_TP_ADD_TC(tp, arguments_are_compared_as_the_kernel_reads_them);
	ATF_TP_ADD_TC(tp, numbers_are_those_of_the_headers);
	ATF_TP_ADD_TC(tp, the_kernel_takes_it);
	return (atf_no_error());
}
