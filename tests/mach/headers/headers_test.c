/*
 * The public headers against XNU's: every constant, size and offset that both
 * have.  The tables were made by compiling XNU's headers themselves, user
 * side, and are the only thing here that knows them.
 */
#include <stddef.h>

#include <atf-c.h>

#include <mach/mach.h>
#include <mach/mach_eventlink.h>
#include <mach/mach_time.h>
#include <mach/mk_timer.h>
#include <mach/host_reboot.h>
#include <mach/notify.h>

struct row {
	const char *name;
	long long here, xnu;
};

#define C(name, value) { #name, (long long)(name), value },
#define S(type, size) { "sizeof " #type, sizeof(type), size },
#define O(type, field, at) { #type "." #field, offsetof(type, field), at },

static const struct row constants_ipc[] = {
#include "constants_ipc.def"
};
static const struct row constants_vm[] = {
#include "constants_vm.def"
};
static const struct row constants_info[] = {
#include "constants_info.def"
};
static const struct row layouts_ipc[] = {
#include "layouts_ipc.def"
};
static const struct row layouts_vm[] = {
#include "layouts_vm.def"
};
static const struct row layouts_info[] = {
#include "layouts_info.def"
};
static const struct row x86[] = {
#ifdef __x86_64__
#include "constants_x86.def"
#include "layouts_x86.def"
#endif
	{ "end", 0, 0 },
};

static void
check(const struct row *rows, size_t count, size_t at_least)
{
	ATF_CHECK_MSG(count >= at_least, "only %zu rows", count);
	for (size_t i = 0; i < count; i++)
		ATF_CHECK_MSG(rows[i].here == rows[i].xnu,
		    "%s: %lld, in XNU %lld", rows[i].name, rows[i].here,
		    rows[i].xnu);
}

#define CHECK(rows, at_least) \
	check(rows, sizeof(rows) / sizeof(rows[0]), at_least)

ATF_TC_WITHOUT_HEAD(constants);
ATF_TC_BODY(constants, tc)
{
	CHECK(constants_ipc, 500);
	CHECK(constants_vm, 300);
	CHECK(constants_info, 200);
}

ATF_TC_WITHOUT_HEAD(layouts);
ATF_TC_BODY(layouts, tc)
{
	CHECK(layouts_ipc, 300);
	CHECK(layouts_vm, 150);
	CHECK(layouts_info, 300);
}

ATF_TC_WITHOUT_HEAD(machine);
ATF_TC_BODY(machine, tc)
{
	if (sizeof(x86) / sizeof(x86[0]) == 1)
		atf_tc_skip("the table of this machine is not made yet");
	CHECK(x86, 200);
}

/* port.h:438: a union without a name, so not in the tables. */
ATF_TC_WITHOUT_HEAD(port_options);
ATF_TC_BODY(port_options, tc)
{
	ATF_CHECK_EQ(offsetof(mach_port_options_t, reserved), 8);
	ATF_CHECK_EQ(offsetof(mach_port_options_t, work_interval_port), 8);
	ATF_CHECK_EQ(offsetof(mach_port_options_t, service_port_info), 8);
	ATF_CHECK_EQ(offsetof(mach_port_options_t, service_port_name), 8);
}

/* Bit fields, by the bytes that they make (message.h:403 on). */
ATF_TC_WITHOUT_HEAD(descriptor_bytes);
ATF_TC_BODY(descriptor_bytes, tc)
{
	union {
		mach_msg_descriptor_t d;
		unsigned char bytes[16];
	} u = { .bytes = { 0 } };

	u.d.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	u.d.port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	ATF_CHECK_EQ(u.bytes[10], 19);
	ATF_CHECK_EQ(u.bytes[11], 4);
	ATF_CHECK_EQ(u.d.type.type, MACH_MSG_GUARDED_PORT_DESCRIPTOR);

	u.d.out_of_line.deallocate = TRUE;
	u.d.out_of_line.copy = MACH_MSG_VIRTUAL_COPY;
	u.d.out_of_line.type = MACH_MSG_OOL_DESCRIPTOR;
	ATF_CHECK_EQ(u.bytes[8], 1);
	ATF_CHECK_EQ(u.bytes[9], 1);
	ATF_CHECK_EQ(u.bytes[11], 1);

	u.d.ool_ports.disposition = MACH_MSG_TYPE_MOVE_SEND;
	ATF_CHECK_EQ(u.bytes[10], 17);

	u.d.guarded_port.flags = MACH_MSG_GUARD_FLAGS_MASK;
	u.d.guarded_port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	ATF_CHECK_EQ(u.bytes[8], 3);
	ATF_CHECK_EQ(u.bytes[9], 0);
	ATF_CHECK_EQ(u.bytes[11], 4);
}

ATF_TC_WITHOUT_HEAD(macros);
ATF_TC_BODY(macros, tc)
{
	mach_msg_bits_t bits = MACH_MSGH_BITS_SET(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_MSG_TYPE_MOVE_SEND,
	    MACH_MSGH_BITS_COMPLEX | 0x1f);
	mach_timespec_t a = { 1, 999999999 }, b = { 0, 2 };

	ATF_CHECK_EQ(bits, 0x80111513U);
	ATF_CHECK_EQ(MACH_MSGH_BITS_REMOTE(bits), 19);
	ATF_CHECK_EQ(MACH_MSGH_BITS_LOCAL(bits), 21);
	ATF_CHECK_EQ(MACH_MSGH_BITS_VOUCHER(bits), 17);
	ATF_CHECK_EQ(MACH_MSGH_BITS_OTHER(bits), MACH_MSGH_BITS_COMPLEX);
	ATF_CHECK_EQ(MACH_MSGH_BITS(19, 21), 0x1513);
	ATF_CHECK_EQ(round_msg(25), 28);
	ATF_CHECK_EQ(round_msg(28), 28);

	/* message.h:1218 */
	static const int sizes[][2] = { { 0, 8 }, { 1, 12 }, { 2, 20 },
		{ 3, 52 }, { 4, 60 }, { 5, 68 }, { 7, 68 }, { 8, 68 },
		{ 15, 68 } };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		ATF_CHECK_EQ((int)REQUESTED_TRAILER_SIZE(
				 MACH_RCV_TRAILER_ELEMENTS(sizes[i][0])),
		    sizes[i][1]);

	/* port.h:213 */
	ATF_CHECK_EQ(MACH_PORT_INDEX(0x1234ff), 0x1234);
	ATF_CHECK_EQ(MACH_PORT_GEN(0x123403U), 0x03000000U);
	ATF_CHECK_EQ(MACH_PORT_MAKE(0x1234, 0x03000000U), 0x123403);
	ATF_CHECK(!MACH_PORT_VALID(MACH_PORT_DEAD));
	ATF_CHECK(!MACH_PORT_VALID(MACH_PORT_NULL));

	ATF_CHECK(CMP_MACH_TIMESPEC(&a, &b) > 0);
	ATF_CHECK(CMP_MACH_TIMESPEC(&b, &a) < 0);
	ADD_MACH_TIMESPEC(&a, &b);
	ATF_CHECK_EQ(a.tv_sec, 3 - 1);
	ATF_CHECK_EQ(a.tv_nsec, 1);
	SUB_MACH_TIMESPEC(&a, &b);
	ATF_CHECK_EQ(a.tv_sec, 1);
	ATF_CHECK_EQ(a.tv_nsec, 999999999);

	/* error.h: system 4, subsystem 1 */
	ATF_CHECK_EQ(err_get_system(MACH_RCV_TIMED_OUT), 4);
	ATF_CHECK_EQ(err_get_sub(MACH_RCV_TIMED_OUT), 1);
	ATF_CHECK_EQ(err_get_code(MACH_RCV_TIMED_OUT), 3);
}

/* mach_msg2() packs its arguments into what it calls; that is caught here. */
static uint64_t packed[6];

mach_msg_return_t
mach_msg2_internal(void *data, mach_msg_option64_t option64, uint64_t a,
    uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t timeout)
{
	(void)data;
	(void)option64;
	packed[0] = a;
	packed[1] = b;
	packed[2] = c;
	packed[3] = d;
	packed[4] = e;
	packed[5] = timeout;
	return (MACH_MSG_SUCCESS);
}

ATF_TC_WITHOUT_HEAD(msg2_words);
ATF_TC_BODY(msg2_words, tc)
{
	mach_msg_base_t msg = { { MACH_MSGH_BITS_COMPLEX | 0x13, 28, 0x103,
				    0x203, 0x303, -2 },
		{ 5 } };
	mach_msg_vector_t vec[2] = { { (uintptr_t)&msg, 0, 28, 0 } };

	(void)mach_msg2(
	    &msg, MACH64_SEND_MSG, msg.header, 28, 0x60, 0x403, 9, 0x7);
	ATF_CHECK_EQ(packed[0], 0x0000001c80000013ULL);
	ATF_CHECK_EQ(packed[1], 0x0000020300000103ULL);
	ATF_CHECK_EQ(packed[2], 0xfffffffe00000303ULL);
	ATF_CHECK_EQ(packed[3], 0x0000040300000005ULL);
	ATF_CHECK_EQ(packed[4], 0x0000000700000060ULL);
	ATF_CHECK_EQ(packed[5], 9);

	(void)mach_msg2(vec, MACH64_SEND_MSG | MACH64_MSG_VECTOR, msg.header, 1,
	    0, 0x403, 0, 0);
	ATF_CHECK_EQ(packed[3], 0x0000040300000005ULL);
	(void)mach_msg2(&msg, MACH64_RCV_MSG, msg.header, 0, 0x60, 0x403, 0, 0);
	ATF_CHECK_EQ(packed[3], 0x0000040300000000ULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, constants);
	ATF_TP_ADD_TC(tp, layouts);
	ATF_TP_ADD_TC(tp, machine);
	ATF_TP_ADD_TC(tp, port_options);
	ATF_TP_ADD_TC(tp, descriptor_bytes);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, msg2_words);
	return (atf_no_error());
}
