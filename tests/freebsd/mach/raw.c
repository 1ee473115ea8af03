/*
 * Traps without a library.
 */
#include <sys/types.h>
#include <sys/sysctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <isthmus/mach_kernel.h>

#include "raw.h"

static enum raw_transport transport;
static uint64_t mux;
static int device = -1;

/*
 * (code, args, &error): six arguments in registers, five on the stack behind
 * where a stub's return address is.
 */
__asm__(".text\n"
	".globl raw_call\n"
	".type raw_call, @function\n"
	"raw_call:\n"
	"	pushq %rbp\n"
	"	movq %rsp, %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rbx\n"
	"	movq %rdx, %r12\n"
	"	pushq 80(%rbx)\n"
	"	pushq 72(%rbx)\n"
	"	pushq 64(%rbx)\n"
	"	pushq 56(%rbx)\n"
	"	pushq 48(%rbx)\n"
	"	pushq $0\n"
	"	movq 0(%rbx), %rdi\n"
	"	movq 8(%rbx), %rsi\n"
	"	movq 16(%rbx), %rdx\n"
	"	movq 24(%rbx), %r10\n"
	"	movq 32(%rbx), %r8\n"
	"	movq 40(%rbx), %r9\n"
	"	syscall\n"
	"	movl $0, (%r12)\n"
	"	jnc 1f\n"
	"	movl %eax, (%r12)\n"
	"1:	addq $48, %rsp\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size raw_call, . - raw_call\n");

static int
number_of(const char *name)
{
	size_t size;
	int n = -1;

	size = sizeof(n);
	if (sysctlbyname(name, &n, &size, NULL, 0) != 0)
		return (-1);
	return (n);
}

bool
raw_use(enum raw_transport t)
{
	transport = t;
	switch (t) {
	case RAW_TABLE:
	case RAW_CLASS:
		return (number_of("mach.transport.table") == 1);
	case RAW_MUX:
		mux = (uint64_t)number_of("mach.transport.mux");
		return ((int)mux > 0);
	case RAW_DEVICE:
		if (device < 0)
			device = open("/dev/mach", O_RDWR | O_CLOEXEC);
		return (device >= 0);
	}
	return (false);
}

static uint64_t
device_trap(int number, const uint64_t *args, int *error)
{
	struct mach_device_call call = { .number = (uint32_t)number };

	memcpy(call.args, args, sizeof(call.args));
	*error = ioctl(device, MACH_DEVICE_CALL, &call) == 0 ? 0 : errno;
	return (call.result);
}

uint64_t
raw_trap_args(int number, const uint64_t *args, int *error)
{
	uint64_t shifted[RAW_ARGS] = { 0 }, result = 0;
	int e = 0;

	switch (transport) {
	case RAW_TABLE:
		result = raw_call((uint64_t)(int64_t)-number, args, &e);
		break;
	case RAW_CLASS:
		result =
		    raw_call((uint64_t)(MACH_TRAP_CLASS | number), args, &e);
		break;
	case RAW_MUX:
		shifted[0] = (uint64_t)number | MACH_MUX_BY_REFERENCE;
		shifted[1] = PTR(args);
		result = raw_call(mux, shifted, &e);
		break;
	case RAW_DEVICE:
		result = device_trap(number, args, &e);
		break;
	}
	if (error != NULL)
		*error = e;
	else if (e != 0)
		errc(3, e, "trap %d", number);
	return (result);
}

mach_port_name_t
raw_self(void)
{
	return ((mach_port_name_t)RAW(28));
}

mach_port_name_t
raw_port(void)
{
	mach_port_name_t name = 0;
	uint64_t kr;

	kr = RAW(16, raw_self(), MACH_PORT_RIGHT_RECEIVE, PTR(&name));
	if (kr != KERN_SUCCESS)
		errx(3, "mach_port_allocate: %d", (int)kr);
	return (name);
}

mach_port_name_t
raw_port_send(void)
{
	mach_port_name_t name = raw_port();
	uint64_t kr;

	kr = RAW(21, raw_self(), name, name, MACH_MSG_TYPE_MAKE_SEND);
	if (kr != KERN_SUCCESS)
		errx(3, "mach_port_insert_right: %d", (int)kr);
	return (name);
}

mach_msg_return_t
raw_send(mach_port_name_t to, int32_t id, uint32_t timeout)
{
	mach_msg_header_t header = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = sizeof(header),
		.msgh_remote_port = to,
		.msgh_id = id,
	};

	return ((mach_msg_return_t)RAW(31, PTR(&header),
	    (uint64_t)MACH_SEND_MSG |
		(timeout != RAW_FOREVER ? MACH_SEND_TIMEOUT : 0),
	    sizeof(header), 0, 0, timeout));
}

int64_t
raw_receive(mach_port_name_t from, uint32_t timeout)
{
	struct {
		mach_msg_header_t header;
		char room[256];
	} m;
	uint64_t mr;

	mr = RAW(31, PTR(&m),
	    (uint64_t)MACH_RCV_MSG |
		(timeout != RAW_FOREVER ? MACH_RCV_TIMEOUT : 0),
	    0, sizeof(m), from, timeout);
	return (mr == 0 ? m.header.msgh_id : -(int64_t)(int32_t)mr);
}
