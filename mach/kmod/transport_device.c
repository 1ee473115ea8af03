/*
 * Traps through /dev/mach: for systems where nothing else may be touched.
 */
#include "mach/kmod/kmod.h"

#include <isthmus/mach_kernel.h>

#include <sys/conf.h>
#include <sys/proc.h>

static int present;
SYSCTL_INT(_mach_transport, OID_AUTO, device, CTLFLAG_RD, &present, 0,
    "Traps by ioctl(2) of /dev/mach");

static d_ioctl_t device_ioctl;
static struct cdev *device;
static struct cdevsw device_switch = {
	.d_version = D_VERSION,
	.d_ioctl = device_ioctl,
	.d_name = "mach",
};

static int
device_ioctl(struct cdev *dev, u_long command, caddr_t data, int flags,
    struct thread *td)
{
	struct mach_device_call *call = (void *)data;
	int n;

	(void)dev;
	(void)flags;
	if (command != MACH_DEVICE_CALL)
		return (ENOTTY);
	n = mach_trap_nargs(call->number);
	if (n < 0)
		return (ENOSYS);
	return (mach_trap_run(
	    td, (int)call->number, call->args, (unsigned int)n, &call->result));
}

int
mach_device_start(void)
{
	struct make_dev_args args;
	int error;

	make_dev_args_init(&args);
	args.mda_flags = MAKEDEV_CHECKNAME | MAKEDEV_WAITOK;
	args.mda_devsw = &device_switch;
	args.mda_uid = UID_ROOT;
	args.mda_gid = GID_WHEEL;
	args.mda_mode = 0666;
	error = make_dev_s(&args, &device, "mach");
	present = error == 0;
	return (error);
}

void
mach_device_stop(void)
{
	if (present)
		destroy_dev(device);
	present = 0;
}
