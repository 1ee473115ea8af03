/*
 * The kernel's transports: traps of mach.ko, by their own system call numbers,
 * by one that multiplexes, by /dev/mach, or, some of them, by system calls
 * that are there for programs made for freebsd-launchd-mach.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <isthmus/mach_kernel.h>

#if defined(__amd64__)
#include "mach/lib/system_call_amd64.h"
#elif defined(__aarch64__)
#include "mach/lib/system_call_arm64.h"
#else
#error "no system call stub for this machine yet"
#endif
#include "mach/lib/trap.h"

#define MUX_ARGS 7
#define SLOT_ARGS 6

static struct mach_embedded_names names;
static pthread_key_t exit_key;
static void (*exit_hook)(void);
static uint64_t mux;
static int device = -1;
static dev_t device_number;

/* What a trap is worth that the kernel would not run at all. */
static uint64_t
refused(int number, int error)
{
	/* Traps whose value is a name. */
	if ((number >= 26 && number <= 29) || number == 50)
		return (0);
	if (error == ENOSYS)
		return (KERN_INVALID_ARGUMENT); /* no such trap here */
	return (error == ENOMEM ? KERN_RESOURCE_SHORTAGE : KERN_NOT_SUPPORTED);
}

static uint64_t
table_trap(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t a[SYSTEM_CALL_ARGS] = { 0 }, result, code;
	int error;

	if (nargs > SYSTEM_CALL_ARGS)
		return (KERN_NOT_SUPPORTED);
	if (nargs > 0)
		memcpy(a, args, nargs * sizeof(a[0]));
	code = (uint64_t)(MACH_TRAP_CLASS | number);
	result = nargs <= SYSTEM_CALL_REGISTERS
		     ? system_call(code, a, &error)
		     : system_call_long(code, a, &error);
	return (error == 0 ? result : refused(number, error));
}

static uint64_t
mux_trap(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t a[SYSTEM_CALL_ARGS] = { (uint64_t)number }, result;
	int error;

	if (nargs > MUX_ARGS) {
		a[0] |= MACH_MUX_BY_REFERENCE;
		a[1] = MACH_PTR(args);
	} else if (nargs > 0) {
		memcpy(a + 1, args, nargs * sizeof(a[0]));
	}
	result = nargs < SYSTEM_CALL_REGISTERS || nargs > MUX_ARGS
		     ? system_call(mux, a, &error)
		     : system_call_long(mux, a, &error);
	return (error == 0 ? result : refused(number, error));
}

/*
 * The slots: traps that have a system call of their own, and two that share
 * the last.  All others are not supported by this transport.
 */
static struct slot {
	int trap;
	const char *name;
	uint64_t op; /* of the shared one, which takes it first */
	int number;
} slots[] = {
	{ 16, "mach.syscall.mach_port_allocate", 0, -1 },
	{ 18, "mach.syscall.mach_port_deallocate", 0, -1 },
	{ 21, "mach.syscall.mach_port_insert_right", 0, -1 },
	{ 26, "mach.syscall.mach_reply_port", 0, -1 },
	{ 27, "mach.syscall.thread_self_trap", 0, -1 },
	{ 28, "mach.syscall.task_self_trap", 0, -1 },
	{ 29, "mach.syscall.host_self_trap", 0, -1 },
	{ 31, "mach.syscall.mach_msg_trap", 0, -1 },
	{ 413, "mach.syscall.mach_trap_mux", 1, -1 },
	{ 3409, "mach.syscall.task_get_special_port", 0, -1 },
	{ 3410, "mach.syscall.mach_trap_mux", 2, -1 },
};
#define SLOTS (sizeof(slots) / sizeof(slots[0]))

static const struct slot *
slot_of(int number)
{
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		if (slots[i].trap == number && slots[i].number > 0)
			return (&slots[i]);
	}
	return (NULL);
}

static uint64_t
slots_trap(int number, const uint64_t *args, unsigned int nargs)
{
	const struct slot *slot = slot_of(number);
	uint64_t a[SYSTEM_CALL_ARGS] = { 0 }, result;
	unsigned int first = 0;
	int error;

	if (slot == NULL)
		return (refused(number, ENOTSUP));
	/* mach_msg's seventh, the port or priority that it may come with. */
	if (nargs > SLOT_ARGS) {
		if (args[SLOT_ARGS] != 0)
			return (KERN_NOT_SUPPORTED);
		nargs = SLOT_ARGS;
	}
	if (slot->op != 0)
		a[first++] = slot->op;
	if (nargs > 0)
		memcpy(a + first, args, nargs * sizeof(a[0]));
	result = system_call((uint64_t)slot->number, a, &error);
	return (error == 0 ? result : refused(number, error));
}

/* /dev/mach, and what tells it from another file of that descriptor. */
static int
device_open(void)
{
	int fd = open("/dev/mach", O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) != 0) {
		close(fd);
		return (-1);
	}
	if (fd >= 0)
		device_number = st.st_rdev;
	return (fd);
}

/* True when `fd` was not the device any more, and another descriptor is. */
static bool
device_again(int fd)
{
	struct stat st;
	int new;

	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == device_number)
		return (false);
	new = device_open();
	if (new < 0)
		return (false);
	if (!__atomic_compare_exchange_n(
		&device, &fd, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		close(new); /* another thread was faster */
	return (true);
}

static uint64_t
device_trap(int number, const uint64_t *args, unsigned int nargs)
{
	struct mach_device_call c = { .number = (uint32_t)number };
	int saved = errno, error, fd;

	if (nargs > MACH_DEVICE_ARGS)
		return (KERN_NOT_SUPPORTED);
	if (nargs > 0)
		memcpy(c.args, args, nargs * sizeof(c.args[0]));
	/* A program may close what it did not open: closefrom(2). */
	do {
		fd = __atomic_load_n(&device, __ATOMIC_ACQUIRE);
		error = ioctl(fd, MACH_DEVICE_CALL, &c) == 0 ? 0 : errno;
	} while (error != 0 && device_again(fd));
	errno = saved;
	return (error == 0 ? c.result : refused(number, error));
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
	names = (struct mach_embedded_names){ 0 };
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

/* False when there is none of them. */
static bool
slots_find(void)
{
	bool some = false;
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		slots[i].number = number_of(slots[i].name);
		some = some || slots[i].number > 0;
	}
	return (some);
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
	} else if (wanted != NULL && strcmp(wanted, "slots") == 0) {
		/* Only who asks for it gets so little. */
		if (!slots_find())
			return (NULL);
		transport.trap = slots_trap;
	} else if (wanted == NULL || strcmp(wanted, "device") == 0) {
		device = device_open();
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
