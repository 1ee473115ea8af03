/*
 * A module that sees mach.ko's probes fire, as dtrace's would that the guest
 * has not: it enables all of provider "mach" and keeps what they said last.
 */
#include "opt_global.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/linker.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/sdt.h>
#include <sys/smp.h>
#include <sys/sysctl.h>

#include "probed.h"

#define PROBES_MAX 16

static struct probed seen[PROBED_MAX];
static u_int nseen; /* those past the last are not kept */
static struct sdt_probe *probes[PROBES_MAX + 1]; /* by id, from 1 */
static u_int nprobes;
#ifdef _SDT_TRACEPOINT_SET
static struct sdt_tracepoint *first, *last;
#endif

static int
tell(SYSCTL_HANDLER_ARGS)
{
	u_int n = MIN(atomic_load_int(&nseen), PROBED_MAX);

	return (SYSCTL_OUT(req, seen, n * sizeof(seen[0])));
}
SYSCTL_NODE(_debug, OID_AUTO, mach_probed, CTLFLAG_RD, 0, "Probes of mach.ko");
SYSCTL_PROC(_debug_mach_probed, OID_AUTO, seen,
    CTLTYPE_OPAQUE | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, tell, "S,probed",
    "What fired");
SYSCTL_UINT(
    _debug_mach_probed, OID_AUTO, probes, CTLFLAG_RD, &nprobes, 0, "Enabled");

/* The last two arguments are of the number that this system's have. */
static void
record(uint32_t id, uintptr_t a0, uintptr_t a1, uintptr_t a2, uintptr_t a3,
    uintptr_t a4 __unused
#ifdef _SDT_TRACEPOINT_SET
    ,
    uintptr_t a5 __unused
#endif
)
{
	u_int i = atomic_fetchadd_int(&nseen, 1);
	struct probed *p;

	if (i >= PROBED_MAX || id == 0 || id > nprobes)
		return;
	p = &seen[i];
	p->pid = curproc->p_pid;
	p->arg[0] = a0;
	p->arg[1] = a1;
	p->arg[2] = a2;
	p->arg[3] = a3;
	if (strncmp(probes[id]->name, "trap__", 6) == 0)
		strlcpy(p->text, (const char *)a1, sizeof(p->text));
	if (strcmp(probes[id]->name, "trap__entry") == 0 && (u_int)a3 > 0)
		p->first = *(const uint64_t *)a2;
	strlcpy(p->probe, probes[id]->name, sizeof(p->probe));
}

/* mach.ko's probes get a number each. */
static int
number(linker_file_t file, void *context __unused)
{
	struct sdt_probe **begin, **end, **p;

	if (strcmp(file->filename, "mach.ko") != 0)
		return (0);
#ifdef _SDT_TRACEPOINT_SET
	if (linker_file_lookup_set(
		file, __XSTRING(_SDT_TRACEPOINT_SET), &first, &last, NULL) != 0)
		return (0);
#endif
	if (linker_file_lookup_set(
		file, "sdt_probes_set", &begin, &end, NULL) != 0)
		return (0);
	for (p = begin; p < end && nprobes < PROBES_MAX; p++) {
		probes[++nprobes] = *p;
		(*p)->id = nprobes;
	}
	return (1);
}

/* Code changes while all processors are here: one does it, the others wait. */
static void
patch(void *on)
{
#ifdef _SDT_TRACEPOINT_SET
	struct sdt_tracepoint *point;

	for (point = first; curcpu == 0 && point < last; point++) {
		if (on != NULL)
			sdt_tracepoint_patch(point->patchpoint, point->target);
		else
			sdt_tracepoint_restore(point->patchpoint);
	}
#else
	if (curcpu == 0)
		sdt_probes_enabled = on != NULL;
#endif
}

static int
event(module_t module __unused, int what, void *arg __unused)
{
	static sdt_probe_func_t stock;

	switch (what) {
	case MOD_LOAD:
		stock = sdt_probe_func;
		sdt_probe_func = record;
		if (linker_file_foreach(number, NULL) == 0) {
			sdt_probe_func = stock;
			printf("mach_probed: no mach.ko with probes\n");
			return (ENOENT);
		}
		smp_rendezvous(NULL, patch, NULL, &nprobes);
		return (0);
	case MOD_UNLOAD:
		smp_rendezvous(NULL, patch, NULL, NULL);
		/* Who was on the way to record() has been there by now. */
		pause("probed", hz);
		while (nprobes > 0)
			probes[nprobes--]->id = 0;
		sdt_probe_func = stock;
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t data = { "mach_probed", event, NULL };
DECLARE_MODULE(mach_probed, data, SI_SUB_DRIVERS, SI_ORDER_ANY);
/* So that it stays while its code is patched. */
MODULE_DEPEND(mach_probed, mach, 1, 1, 1);
