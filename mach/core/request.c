/*
 * Requests by message: a routine of a kernel object (traps.def) that is asked
 * for as MIG's stubs do, in place of a trap.  What a letter is in a message
 * stands here, as MIG lays it out: ports and out-of-line data are
 * descriptors, in the order of the arguments; all else follows inline, after
 * an NDR record, in units of four bytes.  Where nothing is inline there is no
 * record either; where a reply has descriptors it has no return code.
 */
#include <mach/mig_errors.h>

#include "mach/core/clock.h"
#include "mach/core/ipc.h"
#include "mach/core/kobject.h"
#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/right.h"

#define ROUND(size) (((size) + 3) & ~3u)
/* Descriptors come first, and words after them. */
#define INLINE "wlxbYa"
#define INLINE_OUT "WLxBYSACc"

/* What is left of a request. */
struct request {
	const uint8_t *at, *end;
	struct ipc_desc *desc, *desc_end;
};

/* A reply in the making: first its size is counted, then it is filled. */
struct reply {
	uint32_t size;
	uint32_t ndescs;
	bool inlined;
	uint8_t *at;
	struct ipc_desc *desc;
};

static bool
has(const char *letters, char letter)
{
	while (*letters != '\0' && *letters != letter)
		letters++;
	return (*letters != '\0');
}

/* The number is a message's id in XNU; the others are of traps, or ours. */
static bool
is_routine(int number)
{
	return (number >= 200 && (number < 9000 || number >= 10000));
}

/* And all that the routine takes and gives can be in a message. */
static bool
is_served(const struct ipc_trap *trap)
{
	return (trap != NULL && is_routine(trap->number) &&
		has("tThoqk", trap->args[0]) && !has(trap->args, '.') &&
		!has(trap->args, 'V'));
}

/*
 * The request
 */

/* The object that the request went to, as its first argument wants it. */
static kern_return_t
object_of(struct ipc_port *port, char letter, union ipc_value *v)
{
	enum ipc_kobject_kind kind;
	kern_return_t kr = KERN_SUCCESS;

	ipc_port_lock(port);
	kind = port->object.kobject_kind;
	if (port->object.dead) {
		kr = MIG_BAD_ID;
	} else if ((letter == 't' && kind == IPC_KO_TASK) ||
		   (letter == 'T' && (kind == IPC_KO_TASK ||
					 (kind >= IPC_KO_TASK_READ &&
					     kind <= IPC_KO_TASK_NAME)))) {
		v->task = ipc_task_ref(port->kobject);
	} else if (letter == 'h' && kind == IPC_KO_THREAD) {
		v->thread = ipc_thread_ref(port->kobject);
	} else if ((letter == 'o' &&
		       (kind == IPC_KO_HOST || kind == IPC_KO_HOST_PRIV)) ||
		   (letter == 'q' && kind == IPC_KO_HOST_PRIV)) {
		v->host = port->kobject;
		ipc_ref_get(&v->host->refs);
	} else if (letter == 'k' && kind == IPC_KO_CLOCK) {
		v->clock = port->kobject;
		ipc_ref_get(&v->clock->refs);
	} else {
		kr = MIG_BAD_ID;
	}
	ipc_port_unlock(port);
	return (kr);
}

/* The next `size` bytes, and what fills them up to a word. */
static bool
take(struct request *r, void *to, uint32_t size)
{
	if ((size_t)(r->end - r->at) < ROUND(size))
		return (false);
	memcpy(to, r->at, size);
	r->at += ROUND(size);
	return (true);
}

static bool
take_word(struct request *r, uint64_t *to)
{
	uint32_t n;

	if (!take(r, &n, sizeof(n)))
		return (false);
	*to = n;
	return (true);
}

/* A right in a descriptor; the trap would have taken it by its name. */
static kern_return_t
take_right(
    struct request *r, char letter, struct ipc_call *call, unsigned int i)
{
	struct ipc_right *right = &call->arg[i].v.right;
	struct ipc_desc *desc = r->desc;

	right->port = NULL;
	if (desc == r->desc_end)
		return (MIG_BAD_ARGUMENTS);
	if (desc->type != MACH_MSG_PORT_DESCRIPTOR ||
	    (letter != 'r' && desc->disposition != MACH_MSG_TYPE_PORT_SEND))
		return (MIG_TYPE_ERROR);
	right->port = desc->port;
	right->type = desc->disposition;
	desc->port = NULL;
	r->desc++;
	return (KERN_SUCCESS);
}

/* `n` bytes, into the call's own memory. */
static bool
take_data(
    struct request *r, struct ipc_arg *arg, struct ipc_call *call, uint32_t n)
{
	arg->size = n;
	arg->v.data = ipc_call_scratch(call, n);
	return (take(r, arg->v.data, n));
}

/* The same from a descriptor of memory, of that size and no other. */
static kern_return_t
take_region(
    struct request *r, struct ipc_arg *arg, struct ipc_call *call, uint32_t n)
{
	struct ipc_desc *desc = r->desc;

	if (desc == r->desc_end)
		return (MIG_BAD_ARGUMENTS);
	if (desc->type != MACH_MSG_OOL_DESCRIPTOR || desc->region == NULL ||
	    ipc_region_size(desc->region) != n)
		return (MIG_TYPE_ERROR);
	arg->size = n;
	arg->v.data = ipc_call_scratch(call, n);
	ipc_region_read(desc->region, arg->v.data, n);
	r->desc++;
	return (KERN_SUCCESS);
}

/* Argument `i` of the letter at `*p`; `before` is the letter before it. */
static kern_return_t
take_argument(struct request *r, struct ipc_call *call, unsigned int i,
    const char **p, char before)
{
	struct ipc_arg *arg = &call->arg[i];
	kern_return_t kr;
	bool ok = true;
	uint64_t n;

	switch (**p) {
	case 'w':
		ok = take_word(r, &call->raw[i]);
		break;
	case 'l':
		ok = take(r, &call->raw[i], sizeof(call->raw[i]));
		break;
	case 'x':
		ok = take_word(r, &n);
		if (!ok)
			break;
		arg->v.u = n;
		if (!has("AC", before))
			break;
		/* As much as there may be of the array before it. */
		if (before == 'A')
			n *= sizeof(uint32_t);
		if (n > IPC_WORDS_MAX * sizeof(uint32_t))
			n = IPC_WORDS_MAX * sizeof(uint32_t);
		arg[-1].size = (uint32_t)n;
		arg[-1].v.data = ipc_call_scratch(call, arg[-1].size);
		memset(arg[-1].v.data, 0, arg[-1].size);
		break;
	case 'b':
	case 'Y':
		ok = take_data(r, arg, call, ipc_letter_bytes(p));
		break;
	case 'a':
		ok = take_word(r, &n) && n <= IPC_WORDS_MAX &&
		     take_data(r, arg, call, (uint32_t)(n * sizeof(uint32_t)));
		call->raw[i + 1] = arg->size / sizeof(uint32_t);
		break;
	case 'N':
		kr = take_right(r, **p, call, i);
		call->raw[i] =
		    arg->v.right.port == NULL ? MACH_PORT_NULL : MACH_PORT_DEAD;
		return (kr);
	case 'Z':
		return (take_region(r, arg, call, ipc_letter_bytes(p)));
	case 'r':
	case 'R':
	case 'M':
		return (take_right(r, **p, call, i));
	case 'd':
		call->raw[i] = arg[-1].v.right.type;
		break;
	case 'n': /* taken with the array */
		break;
	default:
		ipc_result_begin(call, i, p);
		break;
	}
	return (ok ? KERN_SUCCESS : MIG_BAD_ARGUMENTS);
}

/* Where the inline part of a request begins, whose arguments have one. */
static void
request_begin(struct request *r, struct ipc_msg *msg, const char *args)
{
	uint32_t at = sizeof(mach_msg_header_t), i;

	r->desc = msg->descs;
	r->desc_end = msg->descs + msg->ndescs;
	if (ipc_msg_header(msg)->msgh_bits & MACH_MSGH_BITS_COMPLEX)
		at = LAYOUT_DESCS;
	for (i = 0; i < msg->ndescs; i++)
		at += layout_desc_size(msg->descs[i].type);
	for (; *args != '\0' && !has(INLINE, *args); args++)
		continue;
	if (*args != '\0')
		at += sizeof(NDR_record_t);
	r->end = msg->data + msg->size;
	r->at = at > msg->size ? r->end : msg->data + at;
}

/*
 * The arguments of a request; `*taken` says of how many letters the call has
 * something to give back.
 */
static kern_return_t
request_read(struct ipc_msg *msg, struct ipc_call *call, unsigned int *taken)
{
	const char *p = call->trap->args;
	struct request r;
	kern_return_t kr;
	char before = '\0', letter;

	*taken = 0;
	kr = object_of(msg->dest, *p, &call->arg[0].v);
	if (kr != KERN_SUCCESS)
		return (kr);
	request_begin(&r, msg, p);
	for (p++, *taken = 1; *p != '\0' && kr == KERN_SUCCESS; p++) {
		letter = *p;
		kr = take_argument(&r, call, *taken, &p, before);
		if (kr == KERN_SUCCESS)
			++*taken;
		before = letter;
	}
	/* Neither too little in it nor too much. */
	if (kr == KERN_SUCCESS && (r.at != r.end || r.desc != r.desc_end))
		kr = MIG_BAD_ARGUMENTS;
	return (kr);
}

/*
 * The reply
 */

/* What is inline of a result, its count included; 0 of what is not. */
static uint32_t
inline_size(const struct ipc_arg *arg, char letter, char before)
{
	switch (letter) {
	case 'W':
	case 'c':
		return (sizeof(uint32_t));
	case 'x': /* an array's count stands before the array */
		return (has("AC", before) ? 0 : sizeof(uint32_t));
	case 'L':
		return (sizeof(uint64_t));
	case 'B':
	case 'Y':
		return (ROUND(arg->size));
	case 'A':
	case 'C':
		return (sizeof(uint32_t) + ROUND(arg->size));
	case 'S': /* where it begins, its size, itself */
		return (
		    2 * sizeof(uint32_t) +
		    ROUND((uint32_t)strnlen(arg->v.data, arg->size - 1) + 1));
	default:
		return (0);
	}
}

static void
reply_measure(struct reply *r, const struct ipc_call *call)
{
	const char *p = call->trap->args;
	uint32_t bytes = 0, descs = 0;
	char before = '\0', letter;
	unsigned int i;

	for (i = 0; *p != '\0'; before = letter, p++, i++) {
		letter = *p;
		(void)ipc_letter_bytes(&p);
		r->inlined |= has(INLINE_OUT, letter);
		bytes += inline_size(&call->arg[i], letter, before);
		if (letter == 'P')
			descs += sizeof(struct layout_port);
		else if (has("OQ", letter))
			descs += sizeof(struct layout_ool);
		r->ndescs += has("POQ", letter);
	}
	r->size = descs == 0 ? sizeof(mig_reply_error_t) : LAYOUT_DESCS + descs;
	if (descs != 0 && r->inlined)
		r->size += sizeof(NDR_record_t);
	r->size += bytes;
}

static void
put(struct reply *r, const void *from, uint32_t size)
{
	memcpy(r->at, from, size);
	memset(r->at + size, 0, ROUND(size) - size);
	r->at += ROUND(size);
}

static void
put_word(struct reply *r, uint32_t n)
{
	put(r, &n, sizeof(n));
}

/* The next of the descriptors, all of which were counted before. */
static struct ipc_desc *
desc_next(struct reply *r)
{
	if (r->desc == NULL)
		ipc_panic("a reply has descriptors that were not counted");
	return (r->desc++);
}

/* An array out of line, of which the call keeps its own. */
static kern_return_t
put_array(struct reply *r, const struct ipc_arg *arg)
{
	struct ipc_desc *desc = desc_next(r);
	uint64_t size = (uint64_t)arg->count * sizeof(uint32_t);

	if (arg->words != 0)
		size *= arg->words;
	desc->type = MACH_MSG_OOL_DESCRIPTOR;
	desc->copy = MACH_MSG_VIRTUAL_COPY;
	desc->deallocate = true;
	desc->region = NULL;
	desc->count = (uint32_t)size;
	if (size == 0)
		return (KERN_SUCCESS);
	return (ipc_region_create(arg->v.data, size, &desc->region));
}

/* The rights of an array go into the message. */
static kern_return_t
put_ports(struct reply *r, struct ipc_arg *arg)
{
	struct ipc_desc *desc = desc_next(r);
	size_t size = arg->count * sizeof(struct ipc_port *);

	desc->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	desc->disposition = MACH_MSG_TYPE_PORT_SEND;
	desc->copy = MACH_MSG_VIRTUAL_COPY;
	desc->deallocate = true;
	desc->ports = NULL;
	desc->count = 0;
	if (size == 0)
		return (KERN_SUCCESS);
	desc->ports = ipc_mem_alloc(IPC_MEM_RIGHTS, size, 0);
	if (desc->ports == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	memcpy(desc->ports, arg->v.data, size);
	memset(arg->v.data, 0, size);
	desc->count = arg->count;
	return (KERN_SUCCESS);
}

static kern_return_t
put_result(struct reply *r, struct ipc_arg *arg, char letter, char before)
{
	struct ipc_desc *desc;
	uint32_t size;

	switch (letter) {
	case 'P':
		desc = desc_next(r);
		desc->type = MACH_MSG_PORT_DESCRIPTOR;
		desc->disposition = arg->v.right.type != 0
					? (uint8_t)arg->v.right.type
					: MACH_MSG_TYPE_PORT_SEND;
		desc->port = arg->v.right.port;
		arg->v.right.port = NULL;
		break;
	case 'O':
		return (put_array(r, arg));
	case 'Q':
		return (put_ports(r, arg));
	case 'W':
		put_word(r, (uint32_t)arg->v.u);
		break;
	case 'x':
		if (!has("AC", before))
			put_word(r, (uint32_t)arg->v.u);
		break;
	case 'c':
		put_word(r, arg[-1].count);
		break;
	case 'L':
		put(r, &arg->v.u, sizeof(arg->v.u));
		break;
	case 'A':
		put_word(r, arg->size / (uint32_t)sizeof(uint32_t));
		put(r, arg->v.data, arg->size);
		break;
	case 'C':
		put_word(r, arg->size);
		/* FALLTHROUGH */
	case 'B':
	case 'Y':
		put(r, arg->v.data, arg->size);
		break;
	case 'S':
		size = (uint32_t)strnlen(arg->v.data, arg->size - 1) + 1;
		put_word(r, 0);
		put_word(r, size);
		((char *)arg->v.data)[size - 1] = '\0';
		put(r, arg->v.data, size);
		break;
	default:
		break;
	}
	return (KERN_SUCCESS);
}

/* A message that says how it went, and no more. */
static struct ipc_msg *
reply_error(kern_return_t kr)
{
	struct ipc_msg *msg = ipc_msg_create_kernel(sizeof(mig_reply_error_t));
	mig_reply_error_t *body = (void *)msg->data;

	memset(body, 0, sizeof(*body));
	body->NDR = layout_ndr;
	body->RetCode = kr;
	return (msg);
}

static struct ipc_msg *
reply_create(struct ipc_call *call)
{
	struct reply r = { 0 };
	const char *p = call->trap->args;
	char before = '\0', letter;
	kern_return_t kr = KERN_SUCCESS;
	struct ipc_msg *msg;
	unsigned int i;

	reply_measure(&r, call);
	msg = ipc_msg_create_kernel(r.size);
	memset(msg->data, 0, LAYOUT_DESCS);
	r.at = msg->data + sizeof(mach_msg_header_t);
	if (r.ndescs != 0) {
		msg->ndescs = r.ndescs;
		if (r.ndescs <= IPC_MSG_FEW)
			msg->descs = memset(msg->few, 0, sizeof(msg->few));
		else
			msg->descs = ipc_mem_alloc(IPC_MEM_RIGHTS,
			    r.ndescs * sizeof(struct ipc_desc),
			    IPC_MUST | IPC_ZERO);
		r.desc = msg->descs;
		ipc_msg_header(msg)->msgh_bits = MACH_MSGH_BITS_COMPLEX;
		put_word(&r, r.ndescs);
		/* Descriptors are written when it is received. */
		for (; *p != '\0'; p++) {
			i = has("OQ", *p) ? sizeof(struct layout_ool)
			    : *p == 'P'	  ? sizeof(struct layout_port)
					  : 0;
			memset(r.at, 0, i);
			r.at += i;
		}
	}
	if (r.ndescs == 0 || r.inlined)
		put(&r, &layout_ndr, sizeof(layout_ndr));
	if (r.ndescs == 0)
		put_word(&r, KERN_SUCCESS);
	p = call->trap->args;
	for (i = 0; *p != '\0' && kr == KERN_SUCCESS;
	     before = letter, p++, i++) {
		letter = *p;
		(void)ipc_letter_bytes(&p);
		kr = put_result(&r, &call->arg[i], letter, before);
	}
	if (kr == KERN_SUCCESS) {
		IPC_ASSERT(r.at == msg->data + r.size);
		return (msg);
	}
	ipc_msg_destroy(msg);
	return (reply_error(kr));
}

/*
 * The whole
 */

struct ipc_msg *
ipc_request_serve(struct ipc_thread *thread, struct ipc_msg *request)
{
	const struct ipc_trap *trap;
	struct ipc_msg *reply;
	struct ipc_call *call;
	unsigned int taken, i;
	const char *p;
	kern_return_t kr;

	trap = ipc_trap_find(ipc_msg_header(request)->msgh_id);
	/* What nobody does nobody has to read either. */
	if (trap != NULL && trap->handler == NULL && is_routine(trap->number))
		return (reply_error(KERN_NOT_SUPPORTED));
	if (!is_served(trap))
		return (reply_error(MIG_BAD_ID));
	if (!ipc_os_permits(trap->number))
		return (reply_error(KERN_NO_ACCESS));
	/* Too large for a stack that has a call on it already. */
	call = ipc_mem_alloc(IPC_MEM_MESSAGE, sizeof(*call), IPC_MUST);
	call->thread = thread;
	call->trap = trap;
	call->yield = false;
	call->scratch_used = 0;
	call->deadline = IPC_FOREVER;
	memset(call->raw, 0, sizeof(call->raw));
	memset(call->arg, 0, sizeof(call->arg));
	kr = request_read(request, call, &taken);
	if (kr == KERN_SUCCESS)
		kr = trap->handler(call);
	if (kr == IPC_PARKED)
		ipc_panic("routine %s waits", trap->name);
	reply = kr == KERN_SUCCESS ? reply_create(call) : reply_error(kr);
	for (p = trap->args, i = 0; i < taken; p++, i++) {
		char letter = *p;

		(void)ipc_letter_bytes(&p);
		ipc_argument_release(call, i, letter);
	}
	ipc_mem_free(IPC_MEM_MESSAGE, call, sizeof(*call));
	return (reply);
}
