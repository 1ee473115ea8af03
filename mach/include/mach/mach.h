/*
 * The header of programs: all of it, and what the library adds.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach.h
 */
#ifndef _MACH_H_
#define _MACH_H_ 1

#include <mach/std_types.h>
#include <mach/mach_types.h>
#include <mach/mach_interface.h>
#include <mach/mach_port.h>
#include <mach/mach_init.h>
#include <mach/mach_host.h>
#include <mach/thread_switch.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/mach_error.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern void slot_name(cpu_type_t cpu_type, cpu_subtype_t cpu_subtype,
    char **cpu_name, char **cpu_subname);

/* A reply that says MIG_BAD_ID, for a demultiplexer to start from. */
extern void mig_reply_setup(
    mach_msg_header_t *request, mach_msg_header_t *reply);

/*
 * Gives up all that a received, or not sent, message holds: rights in header
 * and body, and out-of-line memory.
 */
extern void mach_msg_destroy(mach_msg_header_t *msg);

/*
 * Serves requests of at most `max_size` bytes from a port or a set: `demux`
 * is given the request and room for a reply; false if it knows no such
 * request.  Returns when receiving fails, _once: after one request.
 */
extern mach_msg_return_t mach_msg_server(
    boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *),
    mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options);
extern mach_msg_return_t mach_msg_server_once(
    boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *),
    mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options);
extern mach_msg_return_t mach_msg_server_importance(
    boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *),
    mach_msg_size_t max_size, mach_port_t rcv_name, mach_msg_options_t options);

extern kern_return_t clock_get_res(mach_port_t clock_serv, clock_res_t *res);
extern kern_return_t clock_set_res(mach_port_t clock_ctrl, clock_res_t res);
extern kern_return_t clock_sleep(mach_port_t clock_serv, int sleep_type,
    mach_timespec_t sleep_time, mach_timespec_t *wakeup_time);

/* The current voucher of a thread, and the one of a message. */
#define VOUCHER_MACH_MSG_API_VERSION 20140205
typedef struct voucher_mach_msg_state_s *voucher_mach_msg_state_t;
#define VOUCHER_MACH_MSG_STATE_UNCHANGED ((voucher_mach_msg_state_t)~0ul)
extern boolean_t voucher_mach_msg_set(mach_msg_header_t *msg);
extern void voucher_mach_msg_clear(mach_msg_header_t *msg);
extern voucher_mach_msg_state_t voucher_mach_msg_adopt(mach_msg_header_t *msg);
extern void voucher_mach_msg_revert(voucher_mach_msg_state_t state);
extern mach_msg_size_t voucher_mach_msg_fill_aux(
    mach_msg_aux_header_t *aux_hdr, mach_msg_size_t sz);
extern boolean_t voucher_mach_msg_fill_aux_supported(void);

__END_DECLS
#endif

#endif /* !_MACH_H_ */
