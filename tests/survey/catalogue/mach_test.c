/*
 * The rows of Mach against Mach: what Isthmus itself gives is no gap, and what
 * it refuses is one.  The survey knows nothing of mach/; this test reads both.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct trap {
	const char *name, *handler; /* NULL: KERN_NOT_SUPPORTED */
};

#define TRAP(number, name, args, handler) { #name, #handler },
#define HOST(number, name, args) { #name, "host" },
#define NONE(number, name, args) { #name, NULL },
static const struct trap traps[] = {
#include "mach/traps.def"
};

/* Shown by the library, without a trap and without an effect: ENOSYS. */
static const char *const empty[] = { "audit_session_join", "audit_session_port",
	"audit_session_self" };

/* What mach/include defines by other names that the library shows. */
static const char *const macros[] = { "host_get_host_priv_port", "mach_msg2",
	"mach_task_self", "task_get_bootstrap_port",
	"task_set_bootstrap_port" };

static bool
listed(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return (true);
	}
	return (false);
}

/* A trap is called mach_port_type, or _kernelrpc_mach_port_type_trap. */
static bool
trap_is(const struct trap *trap, const char *symbol)
{
	char name[160];

	if (strcmp(trap->name, symbol) == 0)
		return (true);
	snprintf(name, sizeof(name), "%s_trap", symbol);
	if (strcmp(trap->name, name) == 0)
		return (true);
	snprintf(name, sizeof(name), "_kernelrpc_%s_trap", symbol);
	return (strcmp(trap->name, name) == 0);
}

/* True when none of its traps does anything. */
static bool
is_refused(const char *symbol)
{
	bool known = false;
	size_t i;

	if (listed(empty, COUNT(empty), symbol))
		return (true);
	for (i = 0; i < COUNT(traps); i++) {
		if (!trap_is(&traps[i], symbol))
			continue;
		if (traps[i].handler != NULL &&
		    strcmp(traps[i].handler, "ipc_do_voucher_refused") != 0)
			return (false);
		known = true;
	}
	return (known);
}

static FILE *
map_open(void)
{
	FILE *in;

	in = fopen(SOURCE_ROOT "/mach/lib/libsystem_kernel.map", "r");
	if (in == NULL)
		atf_tc_skip("the sources are not on this machine");
	return (in);
}

/* The next name of the list; false at its end. */
static bool
map_next(FILE *in, char name[128])
{
	char line[256], end;

	while (fgets(line, sizeof(line), in) != NULL) {
		if (strcmp(line, "local:\n") == 0)
			return (false);
		if (sscanf(line, " %127[A-Za-z0-9_]%c", name, &end) == 2 &&
		    end == ';')
			return (true);
	}
	return (false);
}

static bool
is_ours(const struct isth_interface *row)
{
	return (strstr(row->freebsd, "libsystem_kernel") != NULL);
}

ATF_TC_WITHOUT_HEAD(what_the_library_shows_is_a_gap_only_when_refused);
ATF_TC_BODY(what_the_library_shows_is_a_gap_only_when_refused, tc)
{
	const struct isth_interface *row;
	size_t gaps = 0, ours = 0;
	char name[128];
	FILE *in;

	in = map_open();
	while (map_next(in, name)) {
		row = isth_catalogue_find(name);
		if (row == NULL)
			continue;
		if (is_refused(name)) {
			gaps++;
			ATF_CHECK_MSG(row->class_ == ISTH_CLASS_ABSENT,
			    "%s is refused", name);
		} else {
			ours++;
			ATF_CHECK_MSG(row->class_ == ISTH_CLASS_EQUIVALENT &&
					  is_ours(row),
			    "%s is there", name);
		}
	}
	fclose(in);
	ATF_CHECK_MSG(ours > 100 && gaps > 5, "%zu, %zu", ours, gaps);
}

static bool
is_shown(const char *symbol)
{
	char name[128];
	bool found = false;
	FILE *in;

	in = map_open();
	while (!found && map_next(in, name))
		found = strcmp(name, symbol) == 0;
	fclose(in);
	return (found);
}

ATF_TC_WITHOUT_HEAD(a_function_that_is_said_to_be_there_is_there);
ATF_TC_BODY(a_function_that_is_said_to_be_there_is_there, tc)
{
	const struct isth_interface *rows;
	size_t i, n;

	rows = isth_catalogue_rows(&n);
	for (i = 0; i < n; i++) {
		if (!is_ours(&rows[i]) ||
		    (rows[i].kind != ISTH_KIND_SYSCALL &&
			rows[i].kind != ISTH_KIND_LIBC) ||
		    listed(macros, COUNT(macros), rows[i].id))
			continue;
		ATF_CHECK_MSG(is_shown(rows[i].id), "%s is not in the library",
		    rows[i].id);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_the_library_shows_is_a_gap_only_when_refused);
	ATF_TP_ADD_TC(tp, a_function_that_is_said_to_be_there_is_there);
	return (atf_no_error());
}
