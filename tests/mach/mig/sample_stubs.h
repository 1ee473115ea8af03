/*
 * What mig(1) makes of sample.defs, by hand: the calls of clients, what a
 * server defines, its demultiplexer, and messages as they are laid out.
 */
#ifndef ISTHMUS_TESTS_MACH_SAMPLE_STUBS_H
#define ISTHMUS_TESTS_MACH_SAMPLE_STUBS_H

#include <mach/mach.h>
#include <mach/mach_sync_ipc.h>
#include <mach/ndr.h>
#include <mach/notify.h>

#include "sample_types.h"

enum {
	SAMPLE_ADD = 77000,
	SAMPLE_ECHO,
	SAMPLE_HAND,
	SAMPLE_DOUBLE,
	SAMPLE_NOTE,
	SAMPLE_FAIL,
	SAMPLE_LATER,
	SAMPLE_COUNT,
	SAMPLE_END
};

kern_return_t sample_add(mach_port_t, int32_t a, int64_t b, int64_t *sum);
kern_return_t sample_echo(mach_port_t, sample_text_t, sample_text_t back);
kern_return_t sample_hand(mach_port_t, mach_port_t, mach_port_t *same);
kern_return_t sample_double(mach_port_t, sample_words_t, mach_msg_type_number_t,
    sample_words_t *twice, mach_msg_type_number_t *, int64_t *total);
kern_return_t sample_note(mach_port_t, int32_t n);
kern_return_t sample_fail(mach_port_t, mach_port_t, kern_return_t code);
kern_return_t sample_later(mach_port_t, int32_t n, int32_t *twice);
kern_return_t sample_count(mach_port_t, int32_t *notes);

kern_return_t do_sample_add(mach_port_t, int32_t, int64_t, int64_t *);
kern_return_t do_sample_echo(mach_port_t, sample_text_t, sample_text_t);
kern_return_t do_sample_hand(mach_port_t, mach_port_t, mach_port_t *);
kern_return_t do_sample_double(mach_port_t, sample_words_t,
    mach_msg_type_number_t, sample_words_t *, mach_msg_type_number_t *,
    int64_t *);
kern_return_t do_sample_note(mach_port_t, int32_t);
kern_return_t do_sample_fail(mach_port_t, mach_port_t, kern_return_t);
kern_return_t do_sample_later(
    mach_port_t, mach_port_t reply, int32_t, int32_t *);
kern_return_t do_sample_count(mach_port_t, int32_t *);

boolean_t sample_server(mach_msg_header_t *, mach_msg_header_t *);
mig_routine_t sample_server_routine(mach_msg_header_t *);
extern const struct do_sample_subsystem {
	mig_server_routine_t server;
	mach_msg_id_t start, end;
	unsigned int maxsize;
	vm_address_t reserved;
	struct routine_descriptor routine[SAMPLE_END - SAMPLE_ADD];
} do_sample_subsystem;

#pragma pack(push, 4)

struct add_request {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	int32_t a;
	int64_t b;
};
struct add_reply {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	int64_t sum;
};

/* A string: where it begins, how long it is, and as much of it as that. */
struct echo_request {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	mach_msg_type_number_t offset, count;
	sample_text_t text;
};
struct echo_reply {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	mach_msg_type_number_t offset, count;
	sample_text_t back;
};

struct hand_message { /* there and back */
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
};

struct double_request {
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t words;
	NDR_record_t NDR;
	mach_msg_type_number_t count;
};
struct double_reply {
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t twice;
	NDR_record_t NDR;
	mach_msg_type_number_t count;
	int64_t total;
};

struct number_request { /* sample_note, sample_later */
	mach_msg_header_t Head;
	NDR_record_t NDR;
	int32_t n;
};
struct number_reply { /* sample_later, sample_count */
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	int32_t n;
};

struct fail_request {
	mach_msg_header_t Head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	NDR_record_t NDR;
	kern_return_t code;
};

#pragma pack(pop)

#endif
