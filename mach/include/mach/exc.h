/*
 * Exceptions as messages, with codes of 32 bits: MIG subsystem exc (2401).
 * Facts: xnu-11417.101.15 osfmk/mach/exc.defs
 */
#ifndef _exc_user_
#define _exc_user_

#include <mach/mach_exc.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t catch_exception_raise(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    exception_data_t code, mach_msg_type_number_t codeCnt);
extern kern_return_t catch_exception_raise_state(mach_port_t exception_port,
    exception_type_t exception, const exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, const thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);
extern kern_return_t catch_exception_raise_state_identity(
    mach_port_t exception_port, mach_port_t thread, mach_port_t task,
    exception_type_t exception, exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);

extern kern_return_t exception_raise_state(mach_port_t exception_port,
    exception_type_t exception, const exception_data_t code,
    mach_msg_type_number_t codeCnt, int *flavor, const thread_state_t old_state,
    mach_msg_type_number_t old_stateCnt, thread_state_t new_state,
    mach_msg_type_number_t *new_stateCnt);
extern kern_return_t exception_raise_state_identity(mach_port_t exception_port,
    mach_port_t thread, mach_port_t task, exception_type_t exception,
    exception_data_t code, mach_msg_type_number_t codeCnt, int *flavor,
    thread_state_t old_state, mach_msg_type_number_t old_stateCnt,
    thread_state_t new_state, mach_msg_type_number_t *new_stateCnt);

__END_DECLS
#endif

#endif /* !_exc_user_ */
