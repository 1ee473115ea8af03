/*
 * What a process knows from its start: its own ports.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach_init.h
 */
#ifndef _MACH_INIT_
#define _MACH_INIT_ 1

#include <mach/mach_types.h>
#include <mach/vm_page_size.h>
#include <mach/mach_traps.h>

#ifndef _KERNEL
#include <stdarg.h>

__BEGIN_DECLS

/* A right more each time: to be deallocated. */
extern mach_port_t mach_host_self(void);
extern mach_port_t mach_thread_self(void);

/* The task's own right: never deallocate it. */
extern mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_
#define current_task() mach_task_self()
extern boolean_t mach_task_is_self(task_name_t task);

extern kern_return_t host_page_size(host_t host, vm_size_t *size);

/* Where service names are looked up: <servers/bootstrap.h>. */
extern mach_port_t bootstrap_port;

/* Places among the registered ports. */
#define NAME_SERVER_SLOT 0
#define ENVIRONMENT_SLOT 1
#define SERVICE_SLOT 2
#define MACH_PORTS_SLOTS_USED 3

extern int (*vprintf_stderr_func)(const char *format, va_list ap);

__END_DECLS
#endif

#endif /* !_MACH_INIT_ */
