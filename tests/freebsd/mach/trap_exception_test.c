/*
 * Exceptions: which faults are told, how, to whom; and that a handler can have
 * the thread go on.
 */
#include <sys/mman.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "case.h"
#include "handler.h"

/* What the test and its children share. */
static volatile uint64_t *shared;

static void
shared_make(void)
{
	shared = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(shared != MAP_FAILED);
}

static const struct kind *wanted; /* of a child that faults once */

static int
fault_each(void)
{
	unsigned int i;

	for (i = 0; i < nkinds; i++)
		kinds[i].run();
	return (0);
}

static int
fault_once(void)
{
	wanted->run();
	return (0);
}

static struct target
target_once(const char *name)
{
	wanted = kind_find(name);
	return (target_make(fault_once));
}

static void
state_get(mach_port_name_t thread, x86_thread_state64_t *state)
{
	uint32_t words = x86_THREAD_STATE64_COUNT;

	ATF_REQUIRE_EQ(
	    0, RAW(3603, thread, x86_THREAD_STATE64, PTR(state), PTR(&words)));
}

static kern_return_t
state_set(mach_port_name_t thread, const x86_thread_state64_t *state)
{
	return ((kern_return_t)RAW(3604, thread, x86_THREAD_STATE64, PTR(state),
	    x86_THREAD_STATE64_COUNT));
}

/* Behind the fault, without another single step. */
static void
state_skip(x86_thread_state64_t *state, const struct kind *kind)
{
	state->__rip = (uint64_t)(uintptr_t)kind->end;
	state->__rflags &= ~(uint64_t)0x100;
}

/* Lets it go on there, by whatever way the behavior has. */
static void
skip(const struct request *req, const struct kind *kind)
{
	x86_thread_state64_t state = req->state;

	if (req->words == 0)
		state_get(req->thread, &state);
	ATF_CHECK_MSG(state.__rip == (uint64_t)(uintptr_t)kind->at ||
			  state.__rip == (uint64_t)(uintptr_t)kind->end,
	    "%s: at %#jx", kind->name, (uintmax_t)state.__rip);
	state_skip(&state, kind);
	if (req->words == 0)
		ATF_CHECK_EQ(0, state_set(req->thread, &state));
	handler_reply(req, KERN_SUCCESS, req->words == 0 ? NULL : &state);
}

static void
kind_check(const struct request *req, const struct kind *kind, bool wide)
{
	int64_t more = kind_more(kind);

	ATF_CHECK_EQ_MSG(
	    kind->type, req->type, "%s: %d", kind->name, req->type);
	ATF_CHECK_EQ_MSG(kind->code[0], req->code[0], "%s: code %#jx",
	    kind->name, (uintmax_t)req->code[0]);
	if (!kind->anyway)
		ATF_CHECK_EQ_MSG(wide ? more : (int32_t)more, req->code[1],
		    "%s: code %#jx", kind->name, (uintmax_t)req->code[1]);
}

static void
all_kinds(exception_behavior_t behavior, int32_t id)
{
	mach_port_name_t port = raw_port_send();
	struct request req;
	struct target t;
	unsigned int i;

	kinds_prepare();
	t = target_make(fault_each);
	handler_set(t.task, port, behavior);
	target_go(&t);
	for (i = 0; i < nkinds; i++) {
		ATF_REQUIRE_MSG(handler_receive(port, 20000, &req),
		    "nothing of %s", kinds[i].name);
		ATF_CHECK_EQ(id, req.head.msgh_id);
		kind_check(&req, &kinds[i], id >= 2405);
		if (id != 2402 && id != 2406)
			ATF_CHECK_EQ(t.task, req.task);
		skip(&req, &kinds[i]);
	}
	ATF_CHECK_EQ(0, target_wait(&t));
}

CASE_WITH(threads_and_tasks, "mach.exceptions")
{
	all_kinds(WIDE_DEFAULT, 2405);
}

CASE_WITH(states, "mach.exceptions")
{
	all_kinds(EXCEPTION_STATE | MACH_EXCEPTION_CODES, 2406);
}

CASE_WITH(states_and_identities, "mach.exceptions")
{
	all_kinds(EXCEPTION_STATE_IDENTITY | MACH_EXCEPTION_CODES, 2407);
}

CASE_WITH(narrow_threads_and_tasks, "mach.exceptions")
{
	all_kinds(EXCEPTION_DEFAULT, 2401);
}

CASE_WITH(narrow_states, "mach.exceptions")
{
	all_kinds(EXCEPTION_STATE, 2402);
}

CASE_WITH(narrow_states_and_identities, "mach.exceptions")
{
	all_kinds(EXCEPTION_STATE_IDENTITY, 2403);
}

/* Nobody would have it: each ends by the signal that it would have anyway. */
CASE_WITH(refused, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	struct request req;
	struct target t;
	unsigned int i;
	int status;

	kinds_prepare();
	for (i = 0; i < nkinds; i++) {
		t = target_once(kinds[i].name);
		handler_set(t.task, port, WIDE_DEFAULT);
		target_go(&t);
		ATF_REQUIRE(handler_receive(port, 20000, &req));
		handler_reply(&req, KERN_FAILURE, NULL);
		status = target_wait(&t);
		ATF_CHECK_MSG(
		    WIFSIGNALED(status) && WTERMSIG(status) == kinds[i].signal,
		    "%s: %#x", kinds[i].name, status);
		ATF_CHECK_MSG(
		    !handler_receive(port, 0, &req), "asked of twice");
	}
}

/*
 * The thread's handler, its task's, its host's; then the signal.
 */

static int
ask_itself(void)
{
	while (shared[0] == 0)
		usleep(1000);
	kind_find("null")->run();
	return (0);
}

static mach_port_name_t
first_thread(mach_port_name_t task)
{
	mach_port_name_t thread;
	uint64_t address = 0;
	uint32_t n = 0;

	ATF_REQUIRE_EQ(0, RAW(3402, task, PTR(&address), PTR(&n)));
	ATF_REQUIRE(n >= 1);
	thread = *(mach_port_name_t *)(uintptr_t)address;
	ATF_CHECK_EQ(0, RAW(12, raw_self(), address, n * sizeof(thread)));
	return (thread);
}

static int
trap_and_ask_itself(void)
{
	(void)raw_self();
	shared[1] = 1;
	return (ask_itself());
}

CASE_WITH(order, "mach.exceptions")
{
	mach_port_name_t port[3], host;
	bool root = geteuid() == 0;
	struct request req;
	struct target t;
	int i, status;

	shared_make();
	for (i = 0; i < 3; i++)
		port[i] = raw_port_send();
	t = target_make(trap_and_ask_itself);
	target_go(&t);
	while (shared[1] == 0)
		usleep(1000);
	ATF_REQUIRE_EQ(
	    0, RAW(3613, first_thread(t.task), EXC_MASK_BAD_ACCESS, port[0],
		   (uint32_t)WIDE_DEFAULT, x86_THREAD_STATE64));
	handler_set(t.task, port[1], WIDE_DEFAULT);
	host = (mach_port_name_t)RAW(29);
	/* An ordinary user has no port of the host's that is privileged. */
	ATF_CHECK_EQ(
	    root, RAW(414, host, EXC_MASK_BAD_ACCESS, port[2],
		      (uint32_t)WIDE_DEFAULT, x86_THREAD_STATE64) == 0);
	shared[0] = 1;
	for (i = 0; i < (root ? 3 : 2); i++) {
		ATF_REQUIRE_MSG(
		    handler_receive(port[i], 20000, &req), "nobody at %d", i);
		ATF_CHECK_EQ(t.task, req.task);
		handler_reply(&req, KERN_FAILURE, NULL);
	}
	if (root)
		ATF_CHECK_EQ(0, RAW(414, host, EXC_MASK_BAD_ACCESS, 0,
				    (uint32_t)WIDE_DEFAULT, 0));
	status = target_wait(&t);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* A process that never made a trap is a task for its host's handler. */
CASE_WITH(host_alone, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send(), host;
	const struct kind *kind = kind_find("null");
	struct request req;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root's port of the host");
	host = (mach_port_name_t)RAW(29);
	ATF_REQUIRE_EQ(0, RAW(414, host, EXC_MASK_BAD_ACCESS, port,
			      (uint32_t)WIDE_DEFAULT, x86_THREAD_STATE64));
	/* Not the library's fork(), whose handlers make traps. */
	pid = _Fork();
	if (pid == 0) {
		kind->run();
		_exit(0);
	}
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK_EQ(0,
	    RAW(414, host, EXC_MASK_BAD_ACCESS, 0, (uint32_t)WIDE_DEFAULT, 0));
	skip(&req, kind);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
}

/* Only the kinds that a mask has. */
CASE_WITH(other_kinds, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	struct target t = target_once("divide");
	struct request req;
	int status;

	ATF_REQUIRE_EQ(
	    0, RAW(3413, t.task, EXC_MASK_ALL & ~(uint32_t)EXC_MASK_ARITHMETIC,
		   port, (uint32_t)WIDE_DEFAULT, 0));
	target_go(&t);
	status = target_wait(&t);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE);
	ATF_CHECK(!handler_receive(port, 0, &req));
}

/* A flavor that is not had is for the next, as is a state that may not be. */
CASE_WITH(bad_states, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	x86_thread_state64_t state;
	struct request req;
	struct target t;
	int status;

	t = target_once("null");
	ATF_REQUIRE_EQ(0, RAW(3413, t.task, EXC_MASK_BAD_ACCESS, port,
			      (uint32_t)EXCEPTION_STATE, 99));
	target_go(&t);
	status = target_wait(&t);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	ATF_CHECK(!handler_receive(port, 0, &req));

	t = target_once("null");
	handler_set(t.task, port, EXCEPTION_STATE);
	target_go(&t);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	state = req.state;
	state_skip(&state, wanted);
	state.__rflags |= 0x3000; /* IOPL */
	handler_reply(&req, KERN_SUCCESS, &state);
	status = target_wait(&t);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);

	/* Nor is an answer without one an answer. */
	t = target_once("null");
	handler_set(t.task, port, EXCEPTION_STATE);
	target_go(&t);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	handler_reply(&req, KERN_SUCCESS, NULL);
	status = target_wait(&t);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* What a debugger does: the registers of a waiting thread, read and changed. */
static int
breakpoint_value(void)
{
	uint64_t value = 1;

	__asm__ volatile("int3" : "+b"(value));
	return (value == 42 ? 0 : 1);
}

CASE_WITH(debugger, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	struct target t = target_make(breakpoint_value);
	x86_thread_state64_t state;
	struct request req;

	handler_set(t.task, port, WIDE_DEFAULT);
	target_go(&t);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK_EQ(EXC_BREAKPOINT, req.type);
	state_get(req.thread, &state);
	ATF_CHECK_EQ(1, state.__rbx);
	state.__rbx = 42;
	ATF_CHECK_EQ(0, state_set(req.thread, &state));
	/* And one step by the flag for it, twice. */
	state.__rflags |= 0x100;
	ATF_CHECK_EQ(0, state_set(req.thread, &state));
	handler_reply(&req, KERN_SUCCESS, NULL);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK_EQ(EXC_BREAKPOINT, req.type);
	ATF_CHECK_EQ(1, req.code[0]);
	handler_reply(&req, KERN_SUCCESS, NULL);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK_EQ(1, req.code[0]);
	state_get(req.thread, &state);
	state.__rflags &= ~(uint64_t)0x100;
	ATF_CHECK_EQ(0, state_set(req.thread, &state));
	handler_reply(&req, KERN_SUCCESS, NULL);
	ATF_CHECK_EQ(0, target_wait(&t));
	/* It goes on, or has ended: nobody sets its registers any more. */
	ATF_CHECK(state_set(req.thread, &state) != 0);
}

/* A thread that handles what another of its task does. */
static void *
handler_thread(void *arg)
{
	struct request req;

	if (!handler_receive(*(mach_port_name_t *)arg, 20000, &req))
		_exit(3);
	skip(&req, kind_find("null"));
	return (NULL);
}

CASE_WITH(own_task, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	pthread_t thread;

	handler_set(raw_self(), port, EXCEPTION_STATE_IDENTITY);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, handler_thread, &port));
	kind_find("null")->run();
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	handler_set(raw_self(), MACH_PORT_NULL, EXCEPTION_DEFAULT);
}

/* A child has its parent's, though it never made a trap. */
static int
fault_in_child(void)
{
	int status;
	pid_t pid;

	(void)raw_self();
	pid = _Fork();
	if (pid == 0) {
		kind_find("null")->run();
		_exit(0);
	}
	return (waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1);
}

CASE_WITH(inherited, "mach.exceptions")
{
	mach_port_name_t port = raw_port_send();
	struct target t = target_make(fault_in_child);
	struct request req;

	handler_set(t.task, port, WIDE_DEFAULT);
	target_go(&t);
	ATF_REQUIRE(handler_receive(port, 20000, &req));
	ATF_CHECK(req.task != t.task);
	skip(&req, kind_find("null"));
	ATF_CHECK_EQ(0, target_wait(&t));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, threads_and_tasks);
	ATF_TP_ADD_TC(tp, states);
	ATF_TP_ADD_TC(tp, states_and_identities);
	ATF_TP_ADD_TC(tp, narrow_threads_and_tasks);
	ATF_TP_ADD_TC(tp, narrow_states);
	ATF_TP_ADD_TC(tp, narrow_states_and_identities);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, host_alone);
	ATF_TP_ADD_TC(tp, other_kinds);
	ATF_TP_ADD_TC(tp, bad_states);
	ATF_TP_ADD_TC(tp, debugger);
	ATF_TP_ADD_TC(tp, own_task);
	ATF_TP_ADD_TC(tp, inherited);
	return (atf_no_error());
}
