/*
 * The table, and the front of every trap: arguments become objects, rights
 * and copies; results go back.  traps.def says how, a letter an argument.
 */
#include <mach/mig_errors.h>

#include "mach/core/clock.h"
#include "mach/core/count.h"
#include "mach/core/handlers.h"
#include "mach/core/ipc.h"
#include "mach/core/kobject.h"

#define TRAP(number, name, args, handler) { number, #name, args, handler },
#define HOST(number, name, args) { number, #name, args, ipc_os_call },
#define NONE(number, name, args) { number, #name, args, NULL },
static const struct ipc_trap table[] = {
#include "mach/traps.def"
};
#undef TRAP
#undef HOST
#undef NONE

const struct ipc_trap *
ipc_trap_at(size_t i)
{
	return (i < IPC_TRAP_ROWS ? &table[i] : NULL);
}

const struct ipc_trap *
ipc_trap_find(int number)
{
	switch (number) {
#define TRAP(number, name, args, handler) \
	case number:                      \
		return (&table[IPC_ROW_##number]);
#define HOST(number, name, args) TRAP(number, name, args, 0)
#define NONE(number, name, args) TRAP(number, name, args, 0)
#include "mach/traps.def"
#undef TRAP
#undef HOST
#undef NONE
	default:
		return (NULL);
	}
}

/*
 * Arguments
 */

void *
ipc_call_scratch(struct ipc_call *call, uint32_t size)
{
	uint32_t at = call->scratch_used;

	size = (size + 7) & ~7u;
	if (size > sizeof(call->scratch) - at)
		ipc_panic("trap %s: arguments of %u bytes", call->trap->name,
		    at + size);
	call->scratch_used = at + size;
	return (call->scratch + at);
}

static kern_return_t
clock_lookup(
    struct ipc_thread *thread, mach_port_name_t name, struct ipc_clock **clock)
{
	struct ipc_port *port;
	kern_return_t kr = MIG_BAD_ID;

	if (ipc_kobject_lock(thread->task->space, name, &port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	if (port->object.kobject_kind == IPC_KO_CLOCK) {
		*clock = port->kobject;
		ipc_ref_get(&(*clock)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

uint32_t
ipc_letter_bytes(const char **p)
{
	uint32_t n = 0;

	while ((*p)[1] >= '0' && (*p)[1] <= '9') {
		n = n * 10 + (uint32_t)((*p)[1] - '0');
		++*p;
	}
	return (n);
}

void
ipc_result_begin(struct ipc_call *call, unsigned int i, const char **p)
{
	struct ipc_arg *arg = &call->arg[i];

	switch (**p) {
	case 'N':
	case 'P':
		arg->v.right.port = NULL;
		arg->v.right.type = 0;
		break;
	case 'B':
	case 'S':
		arg->size = ipc_letter_bytes(p);
		arg->v.data = ipc_call_scratch(call, arg->size);
		memset(arg->v.data, 0, arg->size);
		break;
	case 'O':
	case 'Q':
		arg->v.data = NULL;
		arg->size = arg->count = arg->words = 0;
		break;
	default:
		break;
	}
}

/* `n` bytes at argument `i`, the caller's, or zeroes that will be. */
static kern_return_t
bytes_in(struct ipc_call *call, unsigned int i, uint32_t n, bool copy)
{
	struct ipc_arg *arg = &call->arg[i];

	arg->size = n;
	arg->v.data = ipc_call_scratch(call, n);
	if (!copy)
		memset(arg->v.data, 0, n);
	return (
	    !copy || n == 0 ||
		    ipc_os_copyin(call->thread, call->raw[i], arg->v.data, n)
		? KERN_SUCCESS
		: KERN_INVALID_ADDRESS);
}

/* Letters of memory whose length is said, here or in the next argument. */
static kern_return_t
array_in(struct ipc_call *call, unsigned int i, const char **p)
{
	uint32_t n = 0, each;

	switch (**p) {
	case 'a':
		n = (uint32_t)call->raw[i + 1];
		if (n > IPC_WORDS_MAX)
			return (KERN_INVALID_ARGUMENT);
		return (bytes_in(call, i, n * (uint32_t)sizeof(n), true));
	case 'A':
	case 'C':
		if (!ipc_os_copyin(
			call->thread, call->raw[i + 1], &n, sizeof(n)))
			return (KERN_INVALID_ADDRESS);
		each = **p == 'A' ? sizeof(n) : 1;
		if (n > IPC_WORDS_MAX * sizeof(n) / each)
			n = IPC_WORDS_MAX * sizeof(n) / each;
		return (bytes_in(call, i, n * each, false));
	default:
		return (bytes_in(call, i, ipc_letter_bytes(p), true));
	}
}

/* Argument `i`, of the letter at `*p`. */
static kern_return_t
argument_in(struct ipc_call *call, unsigned int i, const char **p)
{
	struct ipc_thread *thread = call->thread;
	struct ipc_arg *arg = &call->arg[i];
	mach_port_name_t name = (mach_port_name_t)call->raw[i];
	uint32_t n = 0;

	switch (**p) {
	case 't':
	case 'T':
		/* Mostly a thread's own: known without a look-up of types. */
		return (
		    ipc_task_lookup(thread, name, **p == 't', &arg->v.task));
	case 'h':
		return (ipc_thread_lookup(thread, name, &arg->v.thread));
	case 'o':
	case 'q':
		return (
		    ipc_host_lookup(thread, name, **p == 'q', &arg->v.host));
	case 'k':
		return (clock_lookup(thread, name, &arg->v.clock));
	case 'r':
		return (ipc_right_take(thread->task->space, name,
		    (uint32_t)call->raw[i + 1], 0, &arg->v.right));
	case 'R':
		return (ipc_right_take(thread->task->space, name,
		    MACH_MSG_TYPE_COPY_SEND, 0, &arg->v.right));
	case 'M':
		return (ipc_right_take(thread->task->space, name,
		    MACH_MSG_TYPE_MOVE_SEND, 0, &arg->v.right));
	case 'x':
		if (!ipc_os_copyin(thread, call->raw[i], &n, sizeof(n)))
			return (KERN_INVALID_ADDRESS);
		arg->v.u = n;
		return (KERN_SUCCESS);
	case 'b':
	case 'Y':
	case 'Z':
	case 'a':
	case 'A':
	case 'C':
		return (array_in(call, i, p));
	default:
		ipc_result_begin(call, i, p);
		return (KERN_SUCCESS);
	}
}

void
ipc_argument_release(struct ipc_call *call, unsigned int i, char letter)
{
	struct ipc_arg *arg = &call->arg[i];
	uint32_t n;

	switch (letter) {
	case 't':
	case 'T':
		ipc_task_unref(arg->v.task);
		break;
	case 'h':
		ipc_thread_unref(arg->v.thread);
		break;
	case 'o':
	case 'q':
		ipc_host_unref(arg->v.host);
		break;
	case 'k':
		ipc_clock_unref(arg->v.clock);
		break;
	case 'r':
	case 'R':
	case 'M':
	case 'N':
	case 'P': /* one that was not put */
		ipc_right_release(arg->v.right);
		break;
	case 'Q':
		for (n = 0; arg->v.data != NULL && n < arg->count; n++)
			ipc_port_release_send(
			    ((struct ipc_port **)arg->v.data)[n]);
		/* FALLTHROUGH */
	case 'O':
		if (arg->v.data != NULL)
			ipc_mem_free(IPC_MEM_RIGHTS, arg->v.data,
			    arg->size == 0 ? 1 : arg->size);
		break;
	default:
		break;
	}
}

/* An array, out of line: its address and how many there are. */
static kern_return_t
array_out(struct ipc_call *call, unsigned int i, const void *data)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_arg *arg = &call->arg[i];
	struct ipc_region *region;
	uint64_t address = 0, size;
	kern_return_t kr;

	size = arg->count * sizeof(uint32_t);
	if (arg->words != 0)
		size *= arg->words;
	if (arg->count != 0) {
		kr = ipc_region_create(data, size, &region);
		if (kr != KERN_SUCCESS)
			return (kr);
		kr = ipc_region_copyout(task, region, &address);
		if (kr != KERN_SUCCESS) {
			ipc_region_destroy(region);
			return (kr);
		}
	}
	if (!ipc_os_copyout(
		call->thread, &address, call->raw[i], sizeof(address)) ||
	    !ipc_os_copyout(call->thread, &arg->count, call->raw[i + 1],
		sizeof(arg->count))) {
		if (address != 0)
			(void)ipc_os_unmap(task, address, size);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

/* The same of send rights, which get names first. */
static kern_return_t
ports_out(struct ipc_call *call, unsigned int i)
{
	struct ipc_space *space = call->thread->task->space;
	struct ipc_arg *arg = &call->arg[i];
	struct ipc_port **ports = arg->v.data;
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	uint32_t n, size = arg->count * (uint32_t)sizeof(mach_port_name_t);
	kern_return_t kr = KERN_SUCCESS;
	mach_port_name_t *names;

	names = ipc_mem_alloc(IPC_MEM_RIGHTS, size == 0 ? 1 : size, IPC_ZERO);
	if (names == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	for (n = 0; n < arg->count && kr == KERN_SUCCESS; n++) {
		right.port = ports[n];
		kr = ipc_right_put(space, right, &names[n]);
		if (kr == KERN_SUCCESS)
			ports[n] = NULL;
	}
	if (kr == KERN_SUCCESS)
		kr = array_out(call, i, names);
	for (n = 0; n < arg->count && kr != KERN_SUCCESS; n++)
		(void)ipc_right_deallocate(space, names[n]);
	ipc_mem_free(IPC_MEM_RIGHTS, names, size == 0 ? 1 : size);
	return (kr);
}

static kern_return_t
argument_out(struct ipc_call *call, unsigned int i, char letter)
{
	struct ipc_thread *thread = call->thread;
	struct ipc_arg *arg = &call->arg[i];
	mach_port_name_t name;
	kern_return_t kr;
	uint32_t n;
	bool ok = true;

	switch (letter) {
	case 'W':
	case 'D':
	case 'x':
		n = (uint32_t)arg->v.u;
		ok = ipc_os_copyout(thread, &n, call->raw[i], sizeof(n));
		break;
	case 'L':
	case 'V':
		ok = ipc_os_copyout(
		    thread, &arg->v.u, call->raw[i], sizeof(arg->v.u));
		break;
	case 'P':
		kr = ipc_right_put(thread->task->space, arg->v.right, &name);
		if (kr != KERN_SUCCESS)
			return (kr);
		n = arg->v.right.type;
		arg->v.right.port = NULL;
		ok = ipc_os_copyout(thread, &name, call->raw[i], sizeof(name));
		if (!ok)
			(void)ipc_right_drop(thread->task->space, name, n);
		break;
	case 'B':
	case 'S':
	case 'Y':
		ok = ipc_os_copyout(
		    thread, arg->v.data, call->raw[i], arg->size);
		break;
	case 'A':
	case 'C':
		/* The count behind it is in words, or in bytes. */
		call->arg[i + 1].v.u =
		    letter == 'A' ? arg->size / sizeof(uint32_t) : arg->size;
		ok = ipc_os_copyout(
		    thread, arg->v.data, call->raw[i], arg->size);
		break;
	case 'O':
		return (array_out(call, i, arg->v.data));
	case 'Q':
		return (ports_out(call, i));
	default:
		break;
	}
	return (ok ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

/*
 * The call
 */

static inline void
count(struct ipc_call *call, bool error)
{
	struct ipc_thread *thread = call->thread;

	ipc_count_trap(&thread->counts, &thread->task->sums,
	    (size_t)(call->trap - table), error);
}

/* Gives the results out, if there are any, and what was taken back. */
static kern_return_t
finish(struct ipc_call *call, kern_return_t kr, unsigned int taken)
{
	const char *p = call->trap->args;
	bool value = *p == '=';
	unsigned int i;

	if (value)
		p++;
	for (i = 0; i < taken; p++, i++) {
		char letter = *p;

		(void)ipc_letter_bytes(&p);
		if (kr == KERN_SUCCESS)
			kr = argument_out(call, i, letter);
		ipc_argument_release(call, i, letter);
	}
	if (!value)
		call->result = (uint64_t)(int64_t)kr;
	call->thread->call = NULL;
	return (kr);
}

bool
ipc_trap_call(struct ipc_thread *thread, int number, const uint64_t *args,
    unsigned int nargs, struct ipc_call *call)
{
	const struct ipc_trap *trap = ipc_trap_find(number);
	kern_return_t kr = KERN_SUCCESS;
	unsigned int i = 0, n;
	const char *p;

	call->thread = thread;
	call->trap = trap;
	call->yield = false;
	call->scratch_used = 0;
	call->deadline = IPC_FOREVER;
	thread->call = call;
	if (trap == NULL || trap->handler == NULL) {
		call->result =
		    (uint64_t)(int64_t)(trap == NULL ? KERN_INVALID_ARGUMENT
						     : KERN_NOT_SUPPORTED);
		if (trap != NULL)
			count(call, true);
		thread->call = NULL;
		return (true);
	}
	if (nargs > IPC_ARGS)
		nargs = IPC_ARGS;
	/* A word at a time: calls of memcpy and memset cost more than these. */
	for (n = 0; n < nargs; n++)
		call->raw[n] = args[n];
	for (; n < IPC_ARGS; n++)
		call->raw[n] = 0;
	p = trap->args;
	if (*p == '=')
		p++;
	/* What begins with a dot is the handler's alone. */
	for (i = 0; *p != '\0' && *trap->args != '.' && kr == KERN_SUCCESS;
	     p++) {
		kr = argument_in(call, i, &p);
		if (kr == KERN_SUCCESS)
			i++;
	}
	if (kr == KERN_SUCCESS)
		kr = trap->handler(call);
	if (kr == IPC_PARKED)
		return (false);
	count(call, finish(call, kr, i) != KERN_SUCCESS);
	return (true);
}

bool
ipc_resume(struct ipc_thread *thread)
{
	struct ipc_call *call = thread->call;
	const char *p = call->trap->args;
	unsigned int n = 0;
	kern_return_t kr;

	/* Woken for nothing: it waits on. */
	if (ipc_load_acquire(&thread->waiter.queued))
		return (false);
	kr = call->resume(call);
	if (kr == IPC_PARKED)
		return (false);
	for (; *p != '\0' && *call->trap->args != '.'; p++) {
		if (*p != '=' && !(*p >= '0' && *p <= '9'))
			n++;
	}
	count(call, finish(call, kr, n) != KERN_SUCCESS);
	return (true);
}
