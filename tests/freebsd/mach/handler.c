/*
 * A handler over raw traps, and the faults that it is for.
 */
#include "handler.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <mach/mach_port.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw.h"

/*
 * Requests and answers
 */

struct reader {
	const uint8_t *at, *end;
};

static void
take(struct reader *r, void *to, size_t size)
{
	ATF_REQUIRE((size_t)(r->end - r->at) >= size);
	memcpy(to, r->at, size);
	r->at += size;
}

static mach_port_name_t
take_port(struct reader *r)
{
	mach_msg_port_descriptor_t desc;

	take(r, &desc, sizeof(desc));
	ATF_CHECK_EQ(MACH_MSG_PORT_DESCRIPTOR, desc.type);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, desc.disposition);
	return (desc.name);
}

static void
request_read(const mach_msg_header_t *head, struct request *req)
{
	struct reader r = { (const uint8_t *)head + sizeof(*head),
		(const uint8_t *)head + head->msgh_size };
	bool wide = head->msgh_id >= 2405;
	int routine = head->msgh_id - (wide ? 2405 : 2401), i;
	uint32_t count;
	uint8_t ndr[8];
	int32_t narrow;

	memset(req, 0, sizeof(*req));
	req->head = *head;
	ATF_REQUIRE_MSG(
	    routine >= 0 && routine <= 2, "message %d", head->msgh_id);
	ATF_CHECK_EQ(
	    routine != 1, (head->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0);
	if (routine != 1) {
		take(&r, &count, sizeof(count));
		ATF_REQUIRE_EQ(2, count);
		req->thread = take_port(&r);
		req->task = take_port(&r);
	}
	take(&r, ndr, sizeof(ndr));
	take(&r, &req->type, sizeof(req->type));
	take(&r, &count, sizeof(count));
	ATF_REQUIRE_EQ(2, count);
	for (i = 0; i < 2; i++) {
		if (wide) {
			take(&r, &req->code[i], sizeof(req->code[i]));
			continue;
		}
		take(&r, &narrow, sizeof(narrow));
		req->code[i] = narrow;
	}
	if (routine != 0) {
		take(&r, &req->flavor, sizeof(req->flavor));
		take(&r, &req->words, sizeof(req->words));
		ATF_REQUIRE_EQ(x86_THREAD_STATE64_COUNT, req->words);
		take(&r, &req->state, sizeof(req->state));
	}
	ATF_CHECK_EQ(r.end, r.at);
}

bool
handler_receive(mach_port_name_t port, uint32_t ms, struct request *req)
{
	struct {
		mach_msg_header_t head;
		uint8_t rest[8192];
	} m;
	uint64_t mr;

	mr = RAW(31, PTR(&m), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
	    port, ms);
	if (mr == MACH_RCV_TIMED_OUT)
		return (false);
	ATF_REQUIRE_EQ(0, mr);
	request_read(&m.head, req);
	return (true);
}

void
handler_reply(const struct request *req, kern_return_t result,
    const x86_thread_state64_t *state)
{
	struct {
		mach_msg_header_t head;
		uint8_t ndr[8];
		kern_return_t result;
		int flavor;
		uint32_t words;
		x86_thread_state64_t state;
	} __attribute__((packed))
	m = { .result = result, .flavor = x86_THREAD_STATE64 };
	uint32_t size = 36;

	if (state != NULL) {
		m.words = x86_THREAD_STATE64_COUNT;
		m.state = *state;
		size = sizeof(m);
	}
	m.head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
		.msgh_size = size,
		.msgh_remote_port = req->head.msgh_remote_port,
		.msgh_id = req->head.msgh_id + 100,
	};
	ATF_CHECK_EQ(0, RAW(31, PTR(&m), MACH_SEND_MSG, size, 0, 0, 0));
}

void
handler_forget(const struct request *req)
{
	ATF_CHECK_EQ(0, RAW(18, raw_self(), req->head.msgh_remote_port));
}

void
handler_set(
    mach_port_name_t task, mach_port_name_t port, exception_behavior_t behavior)
{
	ATF_REQUIRE_EQ(0, RAW(3413, task, EXC_MASK_ALL, port,
			      (uint32_t)behavior, x86_THREAD_STATE64));
}

/*
 * Faults.  Each stands between two labels, and goes on behind the second.
 */

/* Of a file that is mapped: behind its end. */
extern uint8_t *fault_end_address;
uint8_t *fault_end_address;

#define FAULT(name, before, fault, after)                                      \
	void name(void);                                                       \
	extern const char name##_at[], name##_end[];                           \
	__asm__(".text\n.globl " #name ", " #name "_at, " #name "_end\n" #name \
		":\n" before "\n" #name "_at:\n" fault "\n" #name              \
		"_end:\n" after "\n ret\n")

FAULT(fault_null, "", "movq 0x10, %rax", "");
FAULT(fault_write, "leaq fault_write(%rip), %rax", "movb $0, (%rax)", "");
FAULT(fault_end, "movq fault_end_address(%rip), %rax", "movb (%rax), %cl", "");
FAULT(fault_far, "movabsq $0x8000000000000000, %rax", "movq (%rax), %rcx", "");
FAULT(fault_instruction, "", "ud2", "");
FAULT(fault_privileged, "", "cli", "");
FAULT(fault_divide, "xorl %ecx, %ecx\n movl $1, %eax\n cltd", "idivl %ecx", "");
FAULT(fault_x87,
    "pushq $0x37b\n fninit\n fldcw (%rsp)\n popq %rax\n fld1\n fldz\n "
    "fdivrp",
    "fwait", "fninit");
FAULT(fault_breakpoint, "", "int3", "");
FAULT(fault_step, "pushfq\n orq $0x100, (%rsp)\n popfq", "nop", "nop");
FAULT(fault_call, "movl $999, %eax", "syscall", "");
#define KIND(n, signal, type, ...)                                    \
	{                                                             \
#n, fault_##n, fault_##n##_at, fault_##n##_end, type, \
		    __VA_ARGS__, signal                               \
	}

/* Codes: xnu-11417.101.15 osfmk/i386/trap.c; 0x10000 bsd/sys/ux_exception.h */
const struct kind kinds[] = {
	KIND(null, SIGSEGV, EXC_BAD_ACCESS, { KERN_INVALID_ADDRESS, 0x10 },
	    false),
	KIND(write, SIGSEGV, EXC_BAD_ACCESS, { KERN_PROTECTION_FAILURE, 0 },
	    false),
	KIND(end, SIGBUS, EXC_BAD_ACCESS, { KERN_MEMORY_ERROR, 0 }, false),
	KIND(far, SIGBUS, EXC_BAD_ACCESS, { EXC_I386_GPFLT, 0 }, false),
	KIND(privileged, SIGBUS, EXC_BAD_ACCESS, { EXC_I386_GPFLT, 0 }, false),
	KIND(instruction, SIGILL, EXC_BAD_INSTRUCTION, { EXC_I386_INVOP, 0 },
	    false),
	KIND(divide, SIGFPE, EXC_ARITHMETIC, { EXC_I386_DIV, 0 }, false),
	KIND(x87, SIGFPE, EXC_ARITHMETIC, { EXC_I386_EXTERR, 0 }, true),
	KIND(breakpoint, SIGTRAP, EXC_BREAKPOINT, { EXC_I386_BPT, 0 }, false),
	KIND(step, SIGTRAP, EXC_BREAKPOINT, { EXC_I386_SGL, 0 }, false),
	KIND(call, SIGSYS, EXC_SOFTWARE, { 0x10000, 0 }, false),
};
const unsigned int nkinds = sizeof(kinds) / sizeof(kinds[0]);

const struct kind *
kind_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nkinds; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return (&kinds[i]);
	}
	abort();
}

void
kinds_prepare(void)
{
	char name[] = "fault.XXXXXX";
	int fd = mkstemp(name);

	ATF_REQUIRE(fd >= 0);
	(void)unlink(name);
	fault_end_address =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ATF_REQUIRE(fault_end_address != MAP_FAILED);
	(void)close(fd);
}

int64_t
kind_more(const struct kind *kind)
{
	if (kind->run == fault_write)
		return ((int64_t)(uintptr_t)fault_write);
	if (kind->run == fault_end)
		return ((int64_t)(uintptr_t)fault_end_address);
	return (kind->code[1]);
}

/*
 * Children
 */

struct target
target_make(int (*does)(void))
{
	struct target t = { .task = MACH_PORT_NULL };
	int fds[2];
	char c;

	ATF_REQUIRE_EQ(0, pipe(fds));
	t.pid = fork();
	ATF_REQUIRE(t.pid >= 0);
	if (t.pid == 0) {
		close(fds[1]);
		(void)read(fds[0], &c, 1);
		_exit(does());
	}
	close(fds[0]);
	t.go = fds[1];
	ATF_REQUIRE_EQ(0, RAW(45, raw_self(), (uint64_t)t.pid, PTR(&t.task)));
	return (t);
}

void
target_go(struct target *t)
{
	ATF_REQUIRE_EQ(0, close(t->go));
}

int
target_wait(struct target *t)
{
	int status;

	ATF_REQUIRE_EQ(t->pid, waitpid(t->pid, &status, 0));
	return (status);
}

void
fault_null_once(void)
{
	fault_null();
}

void
handler_skip(const struct request *req)
{
	x86_thread_state64_t state;
	uint32_t words = x86_THREAD_STATE64_COUNT;

	ATF_REQUIRE_EQ(0, RAW(3603, req->thread, x86_THREAD_STATE64,
			      PTR(&state), PTR(&words)));
	state.__rip = (uint64_t)(uintptr_t)fault_null_end;
	ATF_CHECK_EQ(
	    0, RAW(3604, req->thread, x86_THREAD_STATE64, PTR(&state), words));
	handler_reply(req, KERN_SUCCESS, NULL);
}

struct target
target_fault(int (*does)(void), mach_port_name_t *port, struct request *req)
{
	struct target t;

	*port = raw_port_send();
	t = target_make(does);
	handler_set(t.task, *port, WIDE_DEFAULT);
	target_go(&t);
	ATF_REQUIRE(handler_receive(*port, 20000, req));
	return (t);
}
