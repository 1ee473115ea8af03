/*
 * mach.audit.*: what this kernel lets a module have, found by asking for it
 * when the module is loaded, and giving it back at once.
 */
#include "mach/kmod/kmod.h"

#include <sys/event.h>
#include <sys/proc.h>
#include <sys/syscall.h>
#include <sys/sysent.h>
#include <sys/sysproto.h>

#include "mach/os/freebsd/compat.h"

/* Numbers as text, with a blank between them. */
struct list {
	char text[1024];
};
static struct list dynamic, optional, reserved_taken, reserved_refused, filters;
static int reserved_error;

static SYSCTL_NODE(_mach, OID_AUTO, audit, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,
    "What this kernel lets a module have: each was tried at load");
#define TRIED(name, list, what) \
	SYSCTL_STRING(          \
	    _mach_audit, OID_AUTO, name, CTLFLAG_RD, (list).text, 0, what)
TRIED(dynamic, dynamic, "Dynamic system calls that were free");
TRIED(optional, optional,
    "System calls of optional facilities that could be had by number");
TRIED(reserved_taken, reserved_taken,
    "RESERVED system calls that could be had by number");
TRIED(
    reserved_refused, reserved_refused, "RESERVED system calls that could not");
SYSCTL_INT(_mach_audit, OID_AUTO, reserved_error, CTLFLAG_RD, &reserved_error,
    0, "The errno that the last of these gave");
TRIED(filters, filters, "kqueue(2) filters that were unclaimed");

static void
list_add(struct list *list, int number)
{
	size_t at = strlen(list->text);

	(void)snprintf(list->text + at, sizeof(list->text) - at, "%s%d",
	    at == 0 ? "" : " ", number);
}

/* Who calls it in that moment finds what was there. */
static struct sysent row = {
	.sy_call = (sy_call_t *)nosys,
};

/* An errno. */
static int
syscall_try(int number)
{
	struct sysent before;
	int error;

	error = kern_syscall_register(sysent, &number, &row, &before, 0);
	if (error == 0)
		(void)kern_syscall_deregister(sysent, number, &before);
	return (error);
}

static void
syscalls_try(void)
{
	sy_call_t *call;
	int error, i;

	for (i = 1; i < SYS_MAXSYSCALL; i++) {
		call = sysent[i].sy_call;
		if (call != (sy_call_t *)nosys &&
		    call != (sy_call_t *)lkmnosys &&
		    call != (sy_call_t *)lkmressys)
			continue;
		error = syscall_try(i);
		if (call == (sy_call_t *)nosys) {
			list_add(
			    error == 0 ? &reserved_taken : &reserved_refused,
			    i);
			if (error != 0)
				reserved_error = error;
		} else if (error == 0) {
			list_add(call == (sy_call_t *)lkmnosys ? &dynamic
							       : &optional,
			    i);
		}
	}
}

static int
note_attach(struct knote *kn)
{
	(void)kn;
	return (ENXIO);
}

static const struct filterops note_ops = {
	.f_attach = note_attach,
};

static void
filters_try(void)
{
	int i;

	for (i = -1; i >= -EVFILT_SYSCOUNT; i--) {
		if (kqueue_add_filteropts(
			i, MACH_TABLE(struct filterops, &note_ops)) != 0)
			continue;
		/* EBUSY while somebody's attempt to attach fails. */
		while (kqueue_del_filteropts(i) == EBUSY)
			pause("machau", 2);
		list_add(&filters, i);
	}
}

void
mach_audit(void)
{
	syscalls_try();
	filters_try();
}
