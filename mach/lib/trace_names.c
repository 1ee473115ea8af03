/*
 * Numbers by their names in Apple's headers.
 */
#include <mach/kern_return.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/port.h>

#include "mach/lib/trace.h"

struct named {
	uint64_t value;
	const char *name;
};
#define N(name)                         \
	{                               \
		(uint64_t)(name), #name \
	}
#define ALL(table) (table), sizeof(table) / sizeof((table)[0])

static const struct named results[] = {
	N(KERN_SUCCESS),
	N(KERN_INVALID_ADDRESS),
	N(KERN_PROTECTION_FAILURE),
	N(KERN_NO_SPACE),
	N(KERN_INVALID_ARGUMENT),
	N(KERN_FAILURE),
	N(KERN_RESOURCE_SHORTAGE),
	N(KERN_NOT_RECEIVER),
	N(KERN_NO_ACCESS),
	N(KERN_MEMORY_FAILURE),
	N(KERN_MEMORY_ERROR),
	N(KERN_ALREADY_IN_SET),
	N(KERN_NOT_IN_SET),
	N(KERN_NAME_EXISTS),
	N(KERN_ABORTED),
	N(KERN_INVALID_NAME),
	N(KERN_INVALID_TASK),
	N(KERN_INVALID_RIGHT),
	N(KERN_INVALID_VALUE),
	N(KERN_UREFS_OVERFLOW),
	N(KERN_INVALID_CAPABILITY),
	N(KERN_RIGHT_EXISTS),
	N(KERN_INVALID_HOST),
	N(KERN_MEMORY_PRESENT),
	N(KERN_MEMORY_DATA_MOVED),
	N(KERN_MEMORY_RESTART_COPY),
	N(KERN_INVALID_PROCESSOR_SET),
	N(KERN_POLICY_LIMIT),
	N(KERN_INVALID_POLICY),
	N(KERN_INVALID_OBJECT),
	N(KERN_ALREADY_WAITING),
	N(KERN_DEFAULT_SET),
	N(KERN_EXCEPTION_PROTECTED),
	N(KERN_INVALID_LEDGER),
	N(KERN_INVALID_MEMORY_CONTROL),
	N(KERN_INVALID_SECURITY),
	N(KERN_NOT_DEPRESSED),
	N(KERN_TERMINATED),
	N(KERN_LOCK_SET_DESTROYED),
	N(KERN_LOCK_UNSTABLE),
	N(KERN_LOCK_OWNED),
	N(KERN_LOCK_OWNED_SELF),
	N(KERN_SEMAPHORE_DESTROYED),
	N(KERN_RPC_SERVER_TERMINATED),
	N(KERN_RPC_TERMINATE_ORPHAN),
	N(KERN_RPC_CONTINUE_ORPHAN),
	N(KERN_NOT_SUPPORTED),
	N(KERN_NODE_DOWN),
	N(KERN_NOT_WAITING),
	N(KERN_OPERATION_TIMED_OUT),
	N(KERN_CODESIGN_ERROR),
	N(KERN_POLICY_STATIC),
	N(KERN_INSUFFICIENT_BUFFER_SIZE),
	N(KERN_DENIED),
	N(KERN_MISSING_KC),
	N(KERN_INVALID_KC),
	N(KERN_NOT_FOUND),
	N(MACH_SEND_IN_PROGRESS),
	N(MACH_SEND_INVALID_DATA),
	N(MACH_SEND_INVALID_DEST),
	N(MACH_SEND_TIMED_OUT),
	N(MACH_SEND_INVALID_VOUCHER),
	N(MACH_SEND_INTERRUPTED),
	N(MACH_SEND_MSG_TOO_SMALL),
	N(MACH_SEND_INVALID_REPLY),
	N(MACH_SEND_INVALID_RIGHT),
	N(MACH_SEND_INVALID_NOTIFY),
	N(MACH_SEND_INVALID_MEMORY),
	N(MACH_SEND_NO_BUFFER),
	N(MACH_SEND_TOO_LARGE),
	N(MACH_SEND_INVALID_TYPE),
	N(MACH_SEND_INVALID_HEADER),
	N(MACH_SEND_INVALID_TRAILER),
	N(MACH_SEND_INVALID_CONTEXT),
	N(MACH_SEND_INVALID_OPTIONS),
	N(MACH_SEND_INVALID_RT_OOL_SIZE),
	N(MACH_SEND_NO_GRANT_DEST),
	N(MACH_SEND_MSG_FILTERED),
	N(MACH_SEND_AUX_TOO_SMALL),
	N(MACH_SEND_AUX_TOO_LARGE),
	N(MACH_RCV_IN_PROGRESS),
	N(MACH_RCV_INVALID_NAME),
	N(MACH_RCV_TIMED_OUT),
	N(MACH_RCV_TOO_LARGE),
	N(MACH_RCV_INTERRUPTED),
	N(MACH_RCV_PORT_CHANGED),
	N(MACH_RCV_INVALID_NOTIFY),
	N(MACH_RCV_INVALID_DATA),
	N(MACH_RCV_PORT_DIED),
	N(MACH_RCV_IN_SET),
	N(MACH_RCV_HEADER_ERROR),
	N(MACH_RCV_BODY_ERROR),
	N(MACH_RCV_INVALID_TYPE),
	N(MACH_RCV_SCATTER_SMALL),
	N(MACH_RCV_INVALID_TRAILER),
	N(MACH_RCV_IN_PROGRESS_TIMED),
	N(MACH_RCV_INVALID_REPLY),
	N(MACH_RCV_INVALID_ARGUMENTS),
	N(MIG_TYPE_ERROR),
	N(MIG_REPLY_MISMATCH),
	N(MIG_REMOTE_ERROR),
	N(MIG_BAD_ID),
	N(MIG_BAD_ARGUMENTS),
	N(MIG_NO_REPLY),
	N(MIG_EXCEPTION),
	N(MIG_ARRAY_TOO_LARGE),
	N(MIG_SERVER_DIED),
	N(MIG_TRAILER_ERROR),
};

static const struct named rights[] = {
	N(MACH_PORT_RIGHT_SEND),
	N(MACH_PORT_RIGHT_RECEIVE),
	N(MACH_PORT_RIGHT_SEND_ONCE),
	N(MACH_PORT_RIGHT_PORT_SET),
	N(MACH_PORT_RIGHT_DEAD_NAME),
};

static const struct named dispositions[] = {
	N(MACH_MSG_TYPE_PORT_NONE),
	N(MACH_MSG_TYPE_MOVE_RECEIVE),
	N(MACH_MSG_TYPE_MOVE_SEND),
	N(MACH_MSG_TYPE_MOVE_SEND_ONCE),
	N(MACH_MSG_TYPE_COPY_SEND),
	N(MACH_MSG_TYPE_MAKE_SEND),
	N(MACH_MSG_TYPE_MAKE_SEND_ONCE),
	N(MACH_MSG_TYPE_COPY_RECEIVE),
	N(MACH_MSG_TYPE_DISPOSE_RECEIVE),
	N(MACH_MSG_TYPE_DISPOSE_SEND),
	N(MACH_MSG_TYPE_DISPOSE_SEND_ONCE),
};

static const struct named received[] = {
	N(MACH_MSG_TYPE_PORT_NONE),
	N(MACH_MSG_TYPE_PORT_RECEIVE),
	N(MACH_MSG_TYPE_PORT_SEND),
	N(MACH_MSG_TYPE_PORT_SEND_ONCE),
};

static const struct named notifications[] = {
	N(MACH_NOTIFY_PORT_DELETED),
	N(MACH_NOTIFY_SEND_POSSIBLE),
	N(MACH_NOTIFY_PORT_DESTROYED),
	N(MACH_NOTIFY_NO_SENDERS),
	N(MACH_NOTIFY_SEND_ONCE),
	N(MACH_NOTIFY_DEAD_NAME),
};

static const struct named options[] = {
	N(MACH_SEND_MSG),
	N(MACH_RCV_MSG),
	N(MACH_RCV_LARGE),
	N(MACH_RCV_LARGE_IDENTITY),
	N(MACH_SEND_TIMEOUT),
	N(MACH_SEND_OVERRIDE),
	N(MACH_SEND_INTERRUPT),
	N(MACH_SEND_NOTIFY),
	N(MACH_RCV_TIMEOUT),
	N(MACH_MSG_STRICT_REPLY),
	N(MACH_RCV_INTERRUPT),
	N(MACH_RCV_VOUCHER),
	N(MACH_RCV_GUARDED_DESC),
	N(MACH_RCV_SYNC_WAIT),
	N(MACH_RCV_SYNC_PEEK),
	N(MACH_SEND_ALWAYS),
	N(MACH_SEND_TRAILER),
	N(MACH_SEND_NOIMPORTANCE),
	N(MACH_SEND_IMPORTANCE),
	N(MACH_SEND_SYNC_OVERRIDE),
	N(MACH_SEND_PROPAGATE_QOS),
	N(MACH_SEND_KERNEL),
	N(MACH_SEND_SYNC_BOOTSTRAP_CHECKIN),
};

static const struct named options64[] = {
	N(MACH64_MSG_VECTOR),
	N(MACH64_SEND_KOBJECT_CALL),
	N(MACH64_SEND_MQ_CALL),
	N(MACH64_SEND_ANY),
	N(MACH64_SEND_DK_CALL),
};

static const char *
name_of(const struct named *table, size_t n, uint64_t value)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (table[i].value == value)
			return (table[i].name);
	}
	return (NULL);
}

static void
one_of(
    struct trace_text *t, const struct named *table, size_t n, uint64_t value)
{
	const char *name = name_of(table, n, value);

	if (name != NULL)
		mach_trace_string(t, name);
	else
		mach_trace_number(t, value);
}

/* Adds the names of the bits; the bits that have none. */
static uint64_t
some_of(struct trace_text *t, const struct named *table, size_t n,
    uint64_t bits, const char **between)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(bits & table[i].value))
			continue;
		mach_trace_string(t, *between);
		mach_trace_string(t, table[i].name);
		*between = "|";
		bits &= ~table[i].value;
	}
	return (bits);
}

/* Options of mach_msg; the trailer that is asked for is a number in them. */
static void
options_add(struct trace_text *t, uint64_t bits, bool wide)
{
	static const struct named elements[] = {
		N(MACH_RCV_TRAILER_SEQNO),
		N(MACH_RCV_TRAILER_SENDER),
		N(MACH_RCV_TRAILER_AUDIT),
		N(MACH_RCV_TRAILER_CTX),
		N(MACH_RCV_TRAILER_AV),
		N(MACH_RCV_TRAILER_LABELS),
	};
	uint64_t trailer = bits >> 24 & 0xf;
	const char *between = "";

	bits = some_of(t, ALL(options), bits & ~UINT64_C(0xf000000), &between);
	if (wide)
		bits = some_of(t, ALL(options64), bits, &between);
	if (trailer != 0) {
		mach_trace_string(t, between);
		mach_trace_string(t, "MACH_RCV_TRAILER_ELEMENTS(");
		one_of(t, ALL(elements), trailer);
		mach_trace_string(t, ")");
		between = "|";
	}
	if (bits != 0 || *between == '\0') {
		mach_trace_string(t, between);
		mach_trace_number(t, bits);
	}
}

void
mach_trace_named(struct trace_text *t, enum trace_kind kind, uint64_t value)
{
	switch (kind) {
	case TRACE_RIGHT:
		one_of(t, ALL(rights), value);
		break;
	case TRACE_DISPOSITION:
		one_of(t, ALL(dispositions), value);
		break;
	case TRACE_RECEIVED:
		one_of(t, ALL(received), value);
		break;
	case TRACE_NOTIFICATION:
		one_of(t, ALL(notifications), value);
		break;
	case TRACE_OPTIONS:
		options_add(t, (uint32_t)value, false);
		break;
	case TRACE_OPTIONS64:
		options_add(t, value, true);
		break;
	case TRACE_SIGNED:
		mach_trace_decimal(t, (int32_t)value);
		break;
	default:
		mach_trace_number(t, value);
		break;
	}
}

enum trace_kind
mach_trace_kind_of(int number, unsigned int i)
{
	static const struct {
		int number;
		uint8_t argument, kind;
	} kinds[] = {
		{ 10, 1, TRACE_ADDRESS }, /* mach_vm_allocate */
		{ 15, 1, TRACE_ADDRESS }, /* mach_vm_map */
		{ 16, 1, TRACE_RIGHT },	  /* mach_port_allocate */
		{ 19, 2, TRACE_RIGHT },	  /* mach_port_mod_refs */
		{ 19, 3, TRACE_SIGNED },  /* and its delta */
		{ 25, 2, TRACE_SIGNED },  /* mach_port_destruct */
		{ 31, 1, TRACE_OPTIONS }, /* mach_msg */
		{ 31, 2, TRACE_SIGNED },  /* and its sizes */
		{ 31, 3, TRACE_SIGNED },
		{ 31, 5, TRACE_SIGNED },  /* and its timeout */
		{ 32, 1, TRACE_OPTIONS }, /* mach_msg_overwrite */
		{ 32, 2, TRACE_SIGNED },
		{ 32, 3, TRACE_SIGNED },
		{ 32, 5, TRACE_SIGNED },
		{ 47, 1, TRACE_OPTIONS64 },	/* mach_msg2 */
		{ 77, 2, TRACE_NOTIFICATION },	/* _request_notification */
		{ 3203, 1, TRACE_RIGHT },	/* mach_port_allocate_name */
		{ 3207, 2, TRACE_RIGHT },	/* mach_port_get_refs */
		{ 3215, 2, TRACE_DISPOSITION }, /* mach_port_extract_right */
		{ 3219, 1, TRACE_RIGHT },	/* mach_port_allocate_qos */
		{ 3220, 1, TRACE_RIGHT },	/* mach_port_allocate_full */
		{ 4811, 1, TRACE_ADDRESS },	/* mach_vm_map, all of it */
		{ 4813, 1, TRACE_ADDRESS },	/* mach_vm_remap */
		{ 44, 1, TRACE_SIGNED },	/* task_name_for_pid */
		{ 45, 1, TRACE_SIGNED },	/* task_for_pid */
		{ 9011, 0, TRACE_SIGNED },	/* mach_seeing_*: a pid */
		{ 9012, 0, TRACE_SIGNED },
		{ 9013, 0, TRACE_SIGNED },
	};
	size_t k;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (kinds[k].number == number && kinds[k].argument == i)
			return ((enum trace_kind)kinds[k].kind);
	}
	return (TRACE_NONE);
}

void
mach_trace_result(struct trace_text *t, uint64_t result, bool message)
{
	static const struct named space[] = {
		N(MACH_MSG_IPC_SPACE),
		N(MACH_MSG_VM_SPACE),
		N(MACH_MSG_IPC_KERNEL),
		N(MACH_MSG_VM_KERNEL),
	};
	uint64_t code = (uint64_t)(int64_t)(int32_t)result, bits = 0;
	const char *between = "|", *name;

	if (message && (uint32_t)result == 0) {
		mach_trace_string(t, "MACH_MSG_SUCCESS");
		return;
	}
	if (message) {
		bits = code & MACH_MSG_MASK;
		code &= ~(uint64_t)MACH_MSG_MASK;
	}
	name = name_of(ALL(results), code);
	if (name != NULL)
		mach_trace_string(t, name);
	else
		mach_trace_hex(t, (uint32_t)code);
	(void)some_of(t, ALL(space), bits, &between);
}
