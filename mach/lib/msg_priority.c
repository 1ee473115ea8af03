/*
 * Quality of service and relative priority in a word, for mach_msg2(): bits
 * 20-23 override, 16-19 quality, 8-15 relative priority less one (XNU
 * osfmk/mach/message.h).
 */
#include <mach/mach_port.h>
#include <mach/message.h>

#include <mach/mach_init.h>

#define RELPRI_SHIFT 8
#define QOS_SHIFT 16
#define OVERRIDE_SHIFT 20

int
mach_msg_priority_is_pthread_priority(mach_msg_priority_t pri)
{
	return ((pri & 0xff) == 0xff);
}

mach_msg_priority_t
mach_msg_priority_encode(
    mach_msg_qos_t override_qos, mach_msg_qos_t qos, int relpri)
{
	mach_msg_priority_t pri = 0;

	if (qos > 0 && qos <= MACH_MSG_QOS_LAST)
		pri |= (mach_msg_priority_t)qos << QOS_SHIFT |
		       (mach_msg_priority_t)(uint8_t)(relpri - 1)
			   << RELPRI_SHIFT;
	if (override_qos > 0 && override_qos <= MACH_MSG_QOS_LAST)
		pri |= (mach_msg_priority_t)override_qos << OVERRIDE_SHIFT;
	return (pri);
}

static mach_msg_qos_t
qos_at(mach_msg_priority_t pri, int shift)
{
	pri = pri >> shift & 0xf;
	return ((mach_msg_qos_t)(pri <= MACH_MSG_QOS_LAST ? pri : 0));
}

/* Spelt as in the canonical header. */
mach_msg_qos_t
mach_msg_priority_overide_qos(mach_msg_priority_t pri)
{
	return (qos_at(pri, OVERRIDE_SHIFT));
}

mach_msg_qos_t
mach_msg_priority_qos(mach_msg_priority_t pri)
{
	return (qos_at(pri, QOS_SHIFT));
}

int
mach_msg_priority_relpri(mach_msg_priority_t pri)
{
	if (mach_msg_priority_qos(pri) == 0)
		return (0);
	return ((int8_t)(pri >> RELPRI_SHIFT) + 1);
}

kern_return_t
mach_voucher_deallocate(mach_port_name_t voucher)
{
	return (mach_port_deallocate(mach_task_self(), voucher));
}
