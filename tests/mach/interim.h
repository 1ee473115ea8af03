/*
 * Stands in for the library until that is there.
 */
#ifndef ISTHMUS_TESTS_MACH_INTERIM_H
#define ISTHMUS_TESTS_MACH_INTERIM_H
#if !__has_include(<mach/mach.h>)
#include <mach/mach_types.h>
#include <mach/message.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/mk_timer.h>
#include <mach/clock_types.h>
#include <mach/mach_time.h>
#include <mach/sync_policy.h>
#include <mach/thread_switch.h>
#include <mach/task_special_ports.h>
#include <mach/thread_special_ports.h>
#include <mach/host_special_ports.h>
#include <mach/exception_types.h>
#include <mach_debug/ipc_info.h>
#include <isthmus/mach_embedded.h>

#define T1(a) (uint64_t)(a)
#define TN(n, c, ...) (mach_embedded_trap((n), (const uint64_t[]) { __VA_ARGS__ }, c))
#define K0(n) TN(n, 0, 0)
#define K1(n, a) ((kern_return_t)TN(n, 1, T1(a)))
#define K2(n, a, b) ((kern_return_t)TN(n, 2, T1(a), T1(b)))
#define K3(n, a, b, c) ((kern_return_t)TN(n, 3, T1(a), T1(b), T1(c)))
#define K4(n, a, b, c, d) ((kern_return_t)TN(n, 4, T1(a), T1(b), T1(c), T1(d)))
#define K5(n, a, b, c, d, e) ((kern_return_t)TN(n, 5, T1(a), T1(b), T1(c), T1(d), T1(e)))
#define K6(n, a, b, c, d, e, f) ((kern_return_t)TN(n, 6, T1(a), T1(b), T1(c), T1(d), T1(e), T1(f)))
#define K7(n, a, b, c, d, e, f, g) ((kern_return_t)TN(n, 7, T1(a), T1(b), T1(c), T1(d), T1(e), T1(f), T1(g)))
#define K8(n, a, b, c, d, e, f, g, h) ((kern_return_t)TN(n, 8, T1(a), T1(b), T1(c), T1(d), T1(e), T1(f), T1(g), T1(h)))
#define K10(n, a, b, c, d, e, f, g, h, i, j) ((kern_return_t)TN(n, 10, T1(a), T1(b), T1(c), T1(d), T1(e), T1(f), T1(g), T1(h), T1(i), T1(j)))

#define mach_port_allocate(a, b, c) K3(16, a, b, c)
#define mach_port_deallocate(a, b) K2(18, a, b)
#define mach_port_mod_refs(a, b, c, d) K4(19, a, b, c, d)
#define mach_port_move_member(a, b, c) K3(20, a, b, c)
#define mach_port_insert_right(a, b, c, d) K4(21, a, b, c, d)
#define mach_port_insert_member(a, b, c) K3(22, a, b, c)
#define mach_port_extract_member(a, b, c) K3(23, a, b, c)
#define mach_port_construct(a, b, c, d) K4(24, a, b, c, d)
#define mach_port_destruct(a, b, c, d) K4(25, a, b, c, d)
#define mach_reply_port() ((mach_port_name_t)K0(26))
#define mach_thread_self() ((mach_port_name_t)K0(27))
#define task_self_trap() ((mach_port_name_t)K0(28))
#define mach_task_self() interim_task_self()
#define mach_host_self() ((mach_port_name_t)K0(29))
#define thread_get_special_reply_port() ((mach_port_name_t)K0(50))
#define mk_timer_create() ((mach_port_name_t)K0(91))
#define mk_timer_destroy(a) K1(92, a)
#define mk_timer_arm(a, b) K2(93, a, b)
#define mk_timer_cancel(a, b) K2(94, a, b)
#define mk_timer_arm_leeway(a, b, c, d) K4(95, a, b, c, d)
#define semaphore_signal(a) K1(33, a)
#define semaphore_signal_all(a) K1(34, a)
#define semaphore_signal_thread(a, b) K2(35, a, b)
#define semaphore_wait(a) K1(36, a)
#define semaphore_wait_signal(a, b) K2(37, a, b)
#define semaphore_timedwait(a, t) interim_timedwait(a, t)
#define semaphore_timedwait_signal(a, b, t) interim_timedwait_signal(a, b, t)
#define mach_port_get_attributes(a, b, c, d, e) K5(40, a, b, c, d, e)
#define mach_port_guard(a, b, c, d) K4(41, a, b, c, d)
#define mach_port_unguard(a, b, c) K3(42, a, b, c)
#define mach_generate_activity_id(a, b, c) K3(43, a, b, c)
#define task_name_for_pid(a, b, c) K3(44, a, b, c)
#define task_for_pid(a, b, c) K3(45, a, b, c)
#define pid_for_task(a, b) K2(46, a, b)
#define swtch_pri(a) ((boolean_t)K1(59, a))
#define swtch() ((boolean_t)K0(60))
#define thread_switch(a, b, c) K3(61, a, b, c)
#define clock_sleep_trap(a, b, c, d, e) K5(62, a, b, c, d, e)
#define mach_port_type(a, b, c) K3(76, a, b, c)
#define mach_port_request_notification(a, b, c, d, e, f, g) K7(77, a, b, c, d, e, f, g)
#define mach_timebase_info(a) K1(89, a)
#define mach_wait_until(a) K1(90, a)
#define host_get_clock_service(a, b, c) K3(206, a, b, c)
#define host_get_special_port(a, b, c, d) K4(412, a, b, c, d)
#define host_set_special_port(a, b, c) K3(413, a, b, c)
#define host_set_exception_ports(a, b, c, d, e) K5(414, a, b, c, d, e)
#define host_get_exception_ports(a, b, c, d, e, f, g) K7(415, a, b, c, d, e, f, g)
#define host_swap_exception_ports(a, b, c, d, e, f, g, h, i, j) K10(416, a, b, c, d, e, f, g, h, i, j)
#define clock_get_time(a, b) K2(1000, a, b)
#define clock_get_attributes(a, b, c, d) K4(1001, a, b, c, d)
#define mach_port_names(a, b, c, d, e) K5(3200, a, b, c, d, e)
#define mach_port_rename(a, b, c) K3(3202, a, b, c)
#define mach_port_allocate_name(a, b, c) K3(3203, a, b, c)
#define mach_port_destroy(a, b) K2(3205, a, b)
#define mach_port_get_refs(a, b, c, d) K4(3207, a, b, c, d)
#define mach_port_set_mscount(a, b, c) K3(3210, a, b, c)
#define mach_port_get_set_status(a, b, c, d) K4(3211, a, b, c, d)
#define mach_port_extract_right(a, b, c, d, e) K5(3215, a, b, c, d, e)
#define mach_port_set_seqno(a, b, c) K3(3216, a, b, c)
#define mach_port_set_attributes(a, b, c, d, e) K5(3218, a, b, c, d, e)
#define mach_port_allocate_qos(a, b, c, d) K4(3219, a, b, c, d)
#define mach_port_allocate_full(a, b, c, d, e) K5(3220, a, b, c, d, e)
#define mach_port_get_srights(a, b, c) K3(3222, a, b, c)
#define mach_port_dnrequest_info(a, b, c, d) K4(3224, a, b, c, d)
#define mach_port_kernel_object(a, b, c, d) K4(3225, a, b, c, d)
#define mach_port_get_context(a, b, c) K3(3228, a, b, c)
#define mach_port_set_context(a, b, c) K3(3229, a, b, c)
#define mach_port_kobject(a, b, c, d) K4(3230, a, b, c, d)
#define mach_port_space_basic_info(a, b) K2(3235, a, b)
#define mach_port_guard_with_flags(a, b, c, d) K4(3237, a, b, c, d)
#define mach_port_swap_guard(a, b, c, d) K4(3238, a, b, c, d)
#define mach_port_is_connection_for_service(a, b, c, d) K4(3240, a, b, c, d)
#define mach_port_get_service_port_info(a, b, c) K3(3241, a, b, c)
#define mach_port_assert_attributes(a, b, c, d, e) K5(3242, a, b, c, d, e)
#define task_threads(a, b, c) K3(3402, a, b, c)
#define mach_ports_register(a, b, c) K3(3403, a, b, c)
#define mach_ports_lookup(a, b, c) K3(3404, a, b, c)
#define task_get_special_port(a, b, c) K3(3409, a, b, c)
#define task_set_special_port(a, b, c) K3(3410, a, b, c)
#define task_set_exception_ports(a, b, c, d, e) K5(3413, a, b, c, d, e)
#define task_get_exception_ports(a, b, c, d, e, f, g) K7(3414, a, b, c, d, e, f, g)
#define task_swap_exception_ports(a, b, c, d, e, f, g, h, i, j) K10(3415, a, b, c, d, e, f, g, h, i, j)
#define semaphore_create(a, b, c, d) K4(3418, a, b, c, d)
#define semaphore_destroy(a, b) K2(3419, a, b)
#define task_get_exc_guard_behavior(a, b) K2(3452, a, b)
#define task_set_exc_guard_behavior(a, b) K2(3453, a, b)
#define thread_abort(a) K1(3607, a)
#define thread_abort_safely(a) K1(3608, a)
#define thread_get_special_port(a, b, c) K3(3610, a, b, c)
#define thread_set_exception_ports(a, b, c, d, e) K5(3613, a, b, c, d, e)
#define thread_get_exception_ports(a, b, c, d, e, f, g) K7(3614, a, b, c, d, e, f, g)
#define thread_swap_exception_ports(a, b, c, d, e, f, g, h, i, j) K10(3615, a, b, c, d, e, f, g, h, i, j)
#define mach_absolute_time() interim_now()
#define vm_deallocate(a, b, c) interim_unmap((void *)(uintptr_t)(b), c)
#define mach_port_peek(a, b, c, d, e, f, g, h) interim_peek(a, b, c, d, e, f, g, h)

kern_return_t interim_peek(mach_port_t, mach_port_name_t, uint32_t, uint32_t *, uint32_t *, int *, char *, uint32_t *);
mach_port_t interim_task_self(void);
uint64_t interim_now(void);
kern_return_t interim_unmap(void *, size_t);
kern_return_t interim_timedwait(mach_port_t, mach_timespec_t);
kern_return_t interim_timedwait_signal(mach_port_t, mach_port_t, mach_timespec_t);
#endif
#endif
