/*
 * Exceptions as messages, with codes of 64 bits: MIG subsystem mach_exc
 * (2405), and with codes of 32: exc (2401).  A handler defines the catch_
 * functions and serves requests with the demultiplexers.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_exc.defs, exc.defs
 */
#ifndef _mach_exc_user_
#define _mach_exc_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

/* Handlers of requests for mach_msg_server(). */
extern boolean_t mach_exc_server(
    mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP);
extern boolean_t exc_server(
    mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP);

extern kern_return_t catch_mach_exception_raise(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    mach_exception_data_t code, mach_msg_type_number_t codeCnt);
extern kern_return_t catch_mach_exception_raise_state(
    mach_port_t exception_port, exception_type_t exception,
    const mach_exception_data_t code, mach_msg_type_number_t codeCnt,
    int *flavor, const thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);
extern kern_return_t catch_mach_exception_raise_state_identity(
    mach_port_t exception_port, mach_port_t thread, mach_port_t task,
    exception_type_t exception, mach_exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);

extern kern_return_t mach_exception_raise(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    mach_exception_data_t code, mach_msg_type_number_t codeCnt);
extern kern_return_t mach_exception_raise_state(mach_port_t exception_port,
    exception_type_t exception, const mach_exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, const thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);
extern kern_return_t mach_exception_raise_state_identity(
    mach_port_t exception_port, mach_port_t thread, mach_port_t task,
    exception_type_t exception, mach_exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);

extern kern_return_t exception_raise(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    exception_data_t code, mach_msg_type_number_t codeCnt);

__END_DECLS
#endif

#endif /* !_mach_exc_user_ */
