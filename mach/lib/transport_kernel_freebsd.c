/*
 * The kernel's transports: traps of mach.ko, by their own system call numbers,
 * by one that multiplexes, or by /dev/mach.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <isthmus/mach_kernel.h>

#include "mach/lib/trap.h"

#define MUX_ARGS 7

static struct mach_embedded_names names;
static pthread_key_t exit_key;
static void (*exit_hook)(void);
static uint64_t mux;
static int device = -1;

#if defined(__amd64__)
/*
 * A system call with up to eight arguments; those past the sixth are behind
 * where a stub's return address would be.  *error is its errno, or 0.
 */
static uint64_t
call(uint64_t code, const uint64_t *a, int *error)
{
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	uint64_t result = code, rdx = a[2];
	bool failed;

	/* Past the red zone, which may be in use. */
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushq %[a7]\n\t"
			 "pushq %[a6]\n\t"
			 "pushq $0\n\t"
			 "syscall\n\t"
			 "leaq 152(%%rsp), %%rsp"
			 : "+a"(result), "=@ccc"(failed), "+d"(rdx),
			 "+r"(r10), "+r"(r8), "+r"(r9)
			 : "D"(a[0]), "S"(a[1]), [a6] "r"(a[6]), [a7] "r"(a[7])
			 : "rcx", "r11", "memory");
	*error = failed ? (int)result : 0;
	return (result);
}
#else
#error "no system call stub for this machine yet"
#endif

/* What a trap is worth that the kernel would not run at all. */
static uint64_t
refused(int number)
{
	/* Traps whose value is a name. */
	if ((number >= 26 && number <= 29) || number == 50)
		return (0);
	return (KERN_NOT_SUPPORTED);
}

static uint64_t
table_trap(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t a[8] = { 0 }, result;
	int error;

	if (nargs > 8)
		return (KERN_NOT_SUPPORTED);
	memcpy(a, args, nargs * sizeof(a[0]));
	result = call((uint64_t)(MACH_TRAP_CLASS | number), a, &error);
	return (error == 0 ? result : refused(number));
}

static uint64_t
mux_trap(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t a[8] = { (uint64_t)number }, result;
	int error;

	if (nargs > MUX_ARGS) {
		a[0] |= MACH_MUX_BY_REFERENCE;
		a[1] = MACH_PTR(args);
	} else {
		memcpy(a + 1, args, nargs * sizeof(a[0]));
	}
	result = call(mux, a, &error);
	return (error == 0 ? result : refused(number));
}

static uint64_t
device_trap(int number, const uint64_t *args, unsigned int nargs)
{
	struct mach_device_call c = { .number = (uint32_t)number };
	int saved = errno, error;

	if (nargs > MACH_DEVICE_ARGS)
		return (KERN_NOT_SUPPORTED);
	memcpy(c.args, args, nargs * sizeof(c.args[0]));
	error = ioctl(device, MACH_DEVICE_CALL, &c);
	errno = saved;
	return (error == 0 ? c.result : refused(number));
}

static struct mach_embedded_names *
names_of_process(void)
{
	return (&names);
}

static void
thread_exit(void *unused)
{
	(void)unused;
	if (exit_hook != NULL)
		exit_hook();
}

static void
at_thread_exit(void (*hook)(void))
{
	__atomic_store_n(&exit_hook, hook, __ATOMIC_RELEASE);
	(void)pthread_setspecific(exit_key, &exit_key);
}

/* A child's space is empty. */
static void
fork_child(void)
{
	names = (struct mach_embedded_names) { 0 };
	mach_mig_forget();
}

static int
number_of(const char *name)
{
	size_t size;
	int n = -1;

	size = sizeof(n);
	return (sysctlbyname(name, &n, &size, NULL, 0) == 0 ? n : -1);
}

const struct mach_transport *
mach_transport_kernel(const char *wanted)
{
	static struct mach_transport transport = {
		.names = names_of_process,
		.at_thread_exit = at_thread_exit,
	};
	int n = number_of("mach.transport.mux");

	if ((wanted == NULL || strcmp(wanted, "table") == 0) &&
	    number_of("mach.transport.table") == 1) {
		transport.trap = table_trap;
	} else if ((wanted == NULL || strcmp(wanted, "mux") == 0) && n > 0) {
		mux = (uint64_t)n;
		transport.trap = mux_trap;
	} else if (wanted == NULL || strcmp(wanted, "device") == 0) {
		device = open("/dev/mach", O_RDWR | O_CLOEXEC);
		if (device < 0)
			return (NULL);
		transport.trap = device_trap;
	} else {
		return (NULL);
	}
	if (pthread_key_create(&exit_key, thread_exit) != 0 ||
	    pthread_atfork(NULL, NULL, fork_child) != 0)
		return (NULL);
	return (&transport);
}
