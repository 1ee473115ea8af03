/*
 * Compiles the table of filter_rules.c into a seccomp program and installs
 * it.  A search tree over the numbers, because the kernel evaluates the
 * program once for every number when it is installed (its cache of calls
 * that are always allowed) and again for each call that is not in the cache;
 * with lists as leaves, runs of numbers as one, and each answer only once,
 * because it also translates every instruction.
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

#define SPANS_MAX 128
/* Spans in a leaf of the tree. */
#define LEAF_MAX 6

/* Consecutive numbers with one answer. */
struct span {
	uint32_t low, high;
	const struct filter_rule *rule;
};

struct compiler {
	struct sock_filter *program;
	size_t n;
	bool far; /* a jump has too long a way */
	enum filter_abi abi;
	struct span spans[SPANS_MAX]; /* by number */
	size_t nspans;
	/* Jumps to the answers, which stand behind the tree. */
	struct {
		size_t from;
		const struct filter_rule *rule; /* NULL: patched */
	} jumps[SPANS_MAX];
	size_t njumps;
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
	size_t way = c->n - from - 1;

	if (way > UINT8_MAX)
		c->far = true;
	else if (c->n < FILTER_MAX)
		c->program[from].jt = (uint8_t)way;
}

static void
emit_leaf(struct compiler *c, size_t low, size_t high)
{
	const struct span *s;
	size_t i;

	for (i = low; i < high; i++) {
		s = &c->spans[i];
		if (s->low != s->high)
			emit_if(c, BPF_JGE, s->high + 1, 1, 0);
		c->jumps[c->njumps].from = c->n;
		c->jumps[c->njumps++].rule = s->rule;
		emit_if(c, s->low != s->high ? BPF_JGE : BPF_JEQ, s->low, 0, 0);
	}
	emit_return(c, SECCOMP_RET_ALLOW);
}

/* The search tree over spans [low, high); the number is loaded. */
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
	emit_if(c, BPF_JGE, c->spans[middle].low, 0, 0);
	emit_search(c, low, middle);
	patch(c, jump);
	emit_search(c, middle, high);
}

static bool
same_answer(const struct filter_rule *a, const struct filter_rule *b)
{
	return (a->test == b->test && a->err == b->err &&
		(a->test == FILTER_ALWAYS || a->argument == b->argument));
}

static void
emit_answers(struct compiler *c)
{
	const struct filter_rule *r;
	size_t i, j;

	for (i = 0; i < c->njumps; i++) {
		r = c->jumps[i].rule;
		if (r == NULL)
			continue;
		for (j = i; j < c->njumps; j++) {
			if (c->jumps[j].rule == NULL ||
			    !same_answer(r, c->jumps[j].rule))
				continue;
			patch(c, c->jumps[j].from);
			c->jumps[j].rule = NULL;
		}
		emit_rule(c, r);
	}
}

/* By insertion: the table is short. */
static bool
sort_rules(struct compiler *c)
{
	const struct filter_rule *r;
	struct span *s = c->spans;
	size_t i, j, n = 0;
	uint32_t number;

	for (i = 0; i < filter_nrules; i++) {
		r = &filter_rules[i];
		if (r->numbers[c->abi] < 0)
			continue;
		if (n == SPANS_MAX)
			return (false);
		number = (uint32_t)r->numbers[c->abi];
		for (j = n++; j > 0 && s[j - 1].low > number; j--)
			s[j] = s[j - 1];
		s[j] = (struct span){ number, number, r };
	}
	c->nspans = c->njumps = 0;
	for (i = 0; i < n; i++) {
		j = c->nspans;
		if (j > 0 && s[j - 1].high + 1 == s[i].low &&
		    same_answer(s[j - 1].rule, s[i].rule))
			s[j - 1].high = s[i].high;
		else
			s[c->nspans++] = s[i];
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
		c.abi = abis[i].abi;
		if (!sort_rules(&c))
			return (0);
		emit_search(&c, 0, c.nspans);
		emit_answers(&c);
		if (c.n < FILTER_MAX)
			program[jump].k = (uint32_t)(c.n - jump - 1);
	}
	emit_return(&c, SECCOMP_RET_KILL_PROCESS);
	return (c.n <= FILTER_MAX && !c.far ? c.n : 0);
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
