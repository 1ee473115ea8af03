/*
 * Compiles the table of filter_rules.c into a seccomp program and installs
 * it.  A search tree over the numbers, because the kernel evaluates the
 * program once for every number when it is installed (its cache of calls
 * that are always allowed) and again for each call that is not in the cache;
 * with lists as leaves, because it also translates every instruction.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/linux/filter.h"
#include "build/host/linux/linux.h"

#define SET_ID_BITS 06000
/* O_CREAT and the bit of O_TMPFILE that is not O_DIRECTORY: asm-generic. */
#define CREATE_BITS (O_CREAT | 020000000)
#define NAMESPACE_BITS                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define TERMINAL_STI 0x5412   /* TIOCSTI */
#define TERMINAL_LINUX 0x541c /* TIOCLINUX */
/* PER_LINUX32 is in the low bits. */
#define PERSONA_BITS (ADDR_NO_RANDOMIZE | UNAME26 | PER_LINUX32)
#define PERSONA_QUERY 0xffffffffU
#define SOCKETCALL_SOCKET 1 /* linux/net.h */
#define SOCKETCALL_PAIR 8

#define RET_ERRNO(e) (SECCOMP_RET_ERRNO | (unsigned)(e))
/* The arguments are 64 bits wide; what is tested are ints: the low half. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#else
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n) + 4)
#endif

static const struct {
	enum filter_abi abi;
	uint32_t arch;
} abis[] = {
#if defined(__x86_64__)
	{ FILTER_AMD64, AUDIT_ARCH_X86_64 },
	{ FILTER_I386, AUDIT_ARCH_I386 },
#elif defined(__i386__)
	{ FILTER_I386, AUDIT_ARCH_I386 },
#elif defined(__aarch64__)
	{ FILTER_ARM64, AUDIT_ARCH_AARCH64 },
#else
#error "no system call numbers for this machine in filter_rules.c"
#endif
};

#define RULES_MAX 128
/* Numbers in a leaf of the tree; its code is within reach of a jump. */
#define LEAF_MAX 8
/* So many leaves are certainly within the reach of a conditional jump. */
#define LEAVES_NEAR 2

struct compiler {
	struct sock_filter *program;
	size_t n;
	enum filter_abi abi;
	const struct filter_rule *rules[RULES_MAX]; /* by number */
	size_t nrules;
};

static void
emit(struct compiler *c, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	if (c->n < FILTER_MAX)
		c->program[c->n] = (struct sock_filter){ (uint16_t)code,
			(uint8_t)yes, (uint8_t)no, k };
	c->n++;
}

static void
emit_load(struct compiler *c, size_t offset)
{
	emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
emit_return(struct compiler *c, uint32_t value)
{
	emit(c, BPF_RET | BPF_K, value, 0, 0);
}

/* Jumps of the accumulator against a constant, by instructions to skip. */
static void
emit_if(struct compiler *c, unsigned op, uint32_t k, unsigned yes, unsigned no)
{
	emit(c, BPF_JMP | op | BPF_K, k, yes, no);
}

static void
emit_family(struct compiler *c, const struct filter_rule *r)
{
	emit_load(c, ARGUMENT(0));
	emit_if(c, BPF_JEQ, AF_UNIX, 6, 0);
	emit_if(c, BPF_JEQ, AF_INET, 5, 0);
	emit_if(c, BPF_JEQ, AF_INET6, 4, 0);
	emit_if(c, BPF_JEQ, AF_NETLINK, 0, 4);
	/* Of netlink what getifaddrs(3) asks, NETLINK_ROUTE. */
	emit_load(c, ARGUMENT(2));
	emit_if(c, BPF_JEQ, 0, 1, 0);
	emit_return(c, RET_ERRNO(EPROTONOSUPPORT));
	emit_return(c, SECCOMP_RET_ALLOW);
	emit_return(c, RET_ERRNO(r->err));
}

static void
emit_rule(struct compiler *c, const struct filter_rule *r)
{
	size_t argument = (size_t)r->argument;

	switch (r->test) {
	case FILTER_FAMILY:
		emit_family(c, r);
		return;
	case FILTER_CREATE:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JSET, CREATE_BITS, 0, 2);
		emit_load(c, ARGUMENT(argument + 1));
		emit_if(c, BPF_JSET, SET_ID_BITS, 1, 0);
		break;
	case FILTER_SET_ID:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JSET, SET_ID_BITS, 1, 0);
		break;
	case FILTER_NAMESPACES:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JSET, NAMESPACE_BITS, 1, 0);
		break;
	case FILTER_SOCKETCALL:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JEQ, SOCKETCALL_SOCKET, 2, 0);
		emit_if(c, BPF_JEQ, SOCKETCALL_PAIR, 1, 0);
		break;
	case FILTER_TERMINAL:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JEQ, TERMINAL_STI, 2, 0);
		emit_if(c, BPF_JEQ, TERMINAL_LINUX, 1, 0);
		break;
	case FILTER_PERSONALITY:
		emit_load(c, ARGUMENT(argument));
		emit_if(c, BPF_JEQ, PERSONA_QUERY, 1, 0);
		emit_if(c, BPF_JSET, ~(uint32_t)PERSONA_BITS, 1, 0);
		break;
	case FILTER_ALWAYS:
	case FILTER_TEST_COUNT:
		emit_return(c, RET_ERRNO(r->err));
		return;
	}
	emit_return(c, SECCOMP_RET_ALLOW);
	emit_return(c, RET_ERRNO(r->err));
}

/* From the instruction at `from`, when its test holds, to the next one. */
static void
patch(struct compiler *c, size_t from)
{
	if (c->n < FILTER_MAX)
		c->program[from].jt = (uint8_t)(c->n - from - 1);
}

/* Rules [low, high): a comparison for each, then what they lead to. */
static void
emit_leaf(struct compiler *c, size_t low, size_t high)
{
	bool done[LEAF_MAX] = { false };
	size_t first = c->n, i, j;

	for (i = low; i < high; i++)
		emit_if(
		    c, BPF_JEQ, (uint32_t)c->rules[i]->numbers[c->abi], 0, 0);
	emit_return(c, SECCOMP_RET_ALLOW);
	for (i = low; i < high; i++) {
		if (done[i - low])
			continue;
		/* Those that answer the same share it. */
		for (j = i; j < high; j++) {
			if (j == i ||
			    (c->rules[i]->test == FILTER_ALWAYS &&
				c->rules[j]->test == FILTER_ALWAYS &&
				c->rules[i]->err == c->rules[j]->err)) {
				done[j - low] = true;
				patch(c, first + j - low);
			}
		}
		emit_rule(c, c->rules[i]);
	}
}

/* The search tree over rules [low, high); the number is loaded. */
static void
emit_search(struct compiler *c, size_t low, size_t high)
{
	size_t leaves = (high - low + LEAF_MAX - 1) / LEAF_MAX;
	size_t middle = low + leaves / 2 * LEAF_MAX, jump;

	if (leaves <= 1) {
		emit_leaf(c, low, high);
		return;
	}
	jump = c->n;
	if (leaves / 2 > LEAVES_NEAR) {
		emit_if(c, BPF_JGE, (uint32_t)c->rules[middle]->numbers[c->abi],
		    0, 1);
		jump = c->n;
		emit(c, BPF_JMP | BPF_JA, 0, 0, 0);
		emit_search(c, low, middle);
		if (c->n < FILTER_MAX)
			c->program[jump].k = (uint32_t)(c->n - jump - 1);
	} else {
		emit_if(c, BPF_JGE, (uint32_t)c->rules[middle]->numbers[c->abi],
		    0, 0);
		emit_search(c, low, middle);
		patch(c, jump);
	}
	emit_search(c, middle, high);
}

/* By insertion: the table is short. */
static bool
sort_rules(struct compiler *c, enum filter_abi abi)
{
	const struct filter_rule *r;
	size_t i, j;

	c->abi = abi;
	c->nrules = 0;
	for (i = 0; i < filter_nrules; i++) {
		r = &filter_rules[i];
		if (r->numbers[abi] < 0)
			continue;
		if (c->nrules == RULES_MAX)
			return (false);
		for (j = c->nrules++;
		     j > 0 && c->rules[j - 1]->numbers[abi] > r->numbers[abi];
		     j--)
			c->rules[j] = c->rules[j - 1];
		c->rules[j] = r;
	}
	return (true);
}

size_t
filter_compile(struct sock_filter program[FILTER_MAX])
{
	struct compiler c = { .program = program };
	size_t i, jump;

	for (i = 0; i < sizeof(abis) / sizeof(abis[0]); i++) {
		emit_load(&c, offsetof(struct seccomp_data, arch));
		emit_if(&c, BPF_JEQ, abis[i].arch, 1, 0);
		jump = c.n;
		emit(&c, BPF_JMP | BPF_JA, 0, 0, 0);
		emit_load(&c, offsetof(struct seccomp_data, nr));
		emit_if(&c, BPF_JGE, FILTER_LAST + 1, 0, 1);
		emit_return(&c, RET_ERRNO(ENOSYS));
		if (!sort_rules(&c, abis[i].abi))
			return (0);
		emit_search(&c, 0, c.nrules);
		if (c.n < FILTER_MAX)
			program[jump].k = (uint32_t)(c.n - jump - 1);
	}
	emit_return(&c, SECCOMP_RET_KILL_PROCESS);
	return (c.n <= FILTER_MAX ? c.n : 0);
}

bool
filter_install(struct error *e)
{
	struct sock_filter program[FILTER_MAX];
	struct sock_fprog header = { .filter = program };
	size_t n = filter_compile(program);

	if (n == 0)
		return (
		    fail(e, E2BIG, "compile system call filter", NULL, NULL));
	header.len = (unsigned short)n;
	/*
	 * SPEC_ALLOW: kernels before 5.16 would switch off speculation for the
	 * builder, which protects the filtered from others, not others from
	 * it.
	 */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_SPEC_ALLOW, &header) == -1) {
		fail(e, errno, "install system call filter", NULL, NULL);
		return (fail_hint(e, "a kernel with CONFIG_SECCOMP_FILTER"));
	}
	return (true);
}
