/* isthmus mach top: what tasks do, now. */
#include <sys/ioctl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach.h>

#include "base/fail.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/mach.h"
#include "cli/mach_top.h"

#define BUSIEST 3 /* traps of a task */
#define ROWS_DEFAULT 20

/* A trap, or a task by its place in a sample, and how busy it is. */
struct busy {
	size_t i;
	double calls, errors;
};

static int
busy_compare(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->calls != y->calls)
		return (x->calls > y->calls ? -1 : 1);
	return (x->i < y->i ? -1 : x->i > y->i);
}

/* A second; counts of what is just ending may go back. */
static double
rate(uint64_t before, uint64_t after, double seconds)
{
	return (after > before ? (double)(after - before) / seconds : 0);
}

bool
top_take(struct top_sample *s, struct error *e)
{
	mach_msg_type_number_t n = 0;
	struct timespec ts;
	kern_return_t kr;

	memset(s, 0, sizeof(*s));
	if (!seen_read(&s->seen, SEEN_TRAPS, e))
		return (false);
	kr = mach_seeing_totals(&s->totals);
	if (kr == KERN_SUCCESS)
		kr = mach_seeing_traps(MACH_SEEING_ALL, &s->traps, &n);
	if (kr != KERN_SUCCESS)
		return (fail(e, 0, "read the counters", NULL, "%s",
		    mach_error_string(kr)));
	s->ntraps = n;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	s->at = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
	return (true);
}

void
top_clear(struct top_sample *s)
{
	seen_clear(&s->seen);
	if (s->ntraps != 0)
		(void)vm_deallocate(mach_task_self(), (vm_address_t)s->traps,
		    s->ntraps * sizeof(s->traps[0]));
	memset(s, 0, sizeof(*s));
}

static const mach_seeing_trap_t *
trap_find(const mach_seeing_trap_t *traps, size_t n, int number)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (traps[i].msp_number == number)
			return (&traps[i]);
	}
	return (NULL);
}

/* Rates of traps, the busiest first; how many were made at all. */
static size_t
traps_sort(struct busy *busy, const mach_seeing_trap_t *before, size_t nbefore,
    const mach_seeing_trap_t *after, size_t n, double seconds)
{
	const mach_seeing_trap_t *old;
	size_t i, made = 0;

	for (i = 0; i < n; i++) {
		old = trap_find(before, nbefore, after[i].msp_number);
		busy[i] = (struct busy){ i,
			rate(old == NULL ? 0 : old->msp_calls,
			    after[i].msp_calls, seconds),
			rate(old == NULL ? 0 : old->msp_errors,
			    after[i].msp_errors, seconds) };
		made += busy[i].calls > 0;
	}
	qsort(busy, n, sizeof(busy[0]), busy_compare);
	return (made);
}

static const struct seen_task *
task_before(const struct top_sample *before, uint64_t id)
{
	size_t i;

	for (i = 0; i < before->seen.n; i++) {
		if (before->seen.tasks[i].task.mst_id == id)
			return (&before->seen.tasks[i]);
	}
	return (NULL);
}

/* What it does most. */
static void
task_traps(struct table *table, const struct seen_task *before,
    const struct seen_task *after, double seconds)
{
	struct text t = { 0 };
	struct busy *busy;
	size_t i, made;

	busy = calloc(after->ntraps + 1, sizeof(*busy));
	if (busy != NULL) {
		made = traps_sort(busy, before == NULL ? NULL : before->traps,
		    before == NULL ? 0 : before->ntraps, after->traps,
		    after->ntraps, seconds);
		for (i = 0; i < made && i < BUSIEST; i++)
			text_addf(&t, "%s%s %.0f", i == 0 ? "" : ", ",
			    mach_seeing_trap_name(
				after->traps[busy[i].i].msp_number),
			    busy[i].calls);
	}
	table_cell(table, TONE_PLAIN, text_string(&t));
	text_clear(&t);
	free(busy);
}

static void
task_row(struct table *table, const struct top_sample *before,
    const struct seen_task *task, const struct busy *busy, double seconds)
{
	const mach_seeing_task_t *t = &task->task, none = { 0 }, *old;
	const struct seen_task *was = task_before(before, t->mst_id);

	old = was == NULL ? &none : &was->task;
	table_row(table);
	table_cellf(table, TONE_BOLD, "%d", t->mst_pid);
	table_cellf(table, TONE_PLAIN, "%u", t->mst_euid);
	table_cellf(table, TONE_PLAIN, "%.0f", busy->calls);
	table_cellf(table, busy->errors > 0 ? TONE_WARN : TONE_PLAIN, "%.0f",
	    busy->errors);
	table_cellf(table, TONE_PLAIN, "%.0f",
	    rate(old->mst_sent, t->mst_sent, seconds));
	table_cellf(table, TONE_PLAIN, "%.0f",
	    rate(old->mst_received, t->mst_received, seconds));
	table_cellf(table, TONE_PLAIN, "%.1f",
	    rate(old->mst_copied, t->mst_copied, seconds) / 1024);
	table_cellf(table, TONE_PLAIN, "%u", t->mst_names);
	table_cellf(table, TONE_PLAIN, "%u/%u", t->mst_parked, t->mst_threads);
	table_cellf(
	    table, TONE_PLAIN, "%llu", (unsigned long long)t->mst_queued_bytes);
	task_traps(table, was, task, seconds);
}

static bool
tasks_render(FILE *out, const struct top_sample *before,
    const struct top_sample *after, size_t rows, double seconds)
{
	static const char *const headings[] = { "PID", "UID", "CALLS/S",
		"ERRORS/S", "SENT/S", "RECEIVED/S", "KB/S", "NAMES", "WAITING",
		"QUEUED", "BUSIEST TRAPS", NULL };
	const struct seen_task *tasks = after->seen.tasks, *was;
	struct table *table = table_create(headings);
	struct busy *busy = calloc(after->seen.n + 1, sizeof(*busy));
	bool ok = table != NULL && busy != NULL;
	size_t i;

	for (i = 0; ok && i < after->seen.n; i++) {
		was = task_before(before, tasks[i].task.mst_id);
		busy[i] = (struct busy){ i,
			rate(was == NULL ? 0 : was->task.mst_calls,
			    tasks[i].task.mst_calls, seconds),
			rate(was == NULL ? 0 : was->task.mst_errors,
			    tasks[i].task.mst_errors, seconds) };
	}
	if (ok)
		qsort(busy, after->seen.n, sizeof(*busy), busy_compare);
	for (i = 0; ok && i < after->seen.n && i < rows; i++)
		task_row(table, before, &tasks[busy[i].i], &busy[i], seconds);
	ok = ok && table_render(table, out);
	free(busy);
	table_destroy(table);
	return (ok);
}

static bool
traps_render(FILE *out, const struct top_sample *before,
    const struct top_sample *after, size_t rows, double seconds)
{
	static const char *const headings[] = { "TRAP", "CALLS/S", "ERRORS/S",
		"CALLS", "ERRORS", NULL };
	struct table *table = table_create(headings);
	struct busy *busy = calloc(after->ntraps + 1, sizeof(*busy));
	bool ok = table != NULL && busy != NULL;
	const mach_seeing_trap_t *trap;
	size_t i, made = 0;

	if (ok)
		made = traps_sort(busy, before->traps, before->ntraps,
		    after->traps, after->ntraps, seconds);
	for (i = 0; ok && i < made && i < rows; i++) {
		trap = &after->traps[busy[i].i];
		table_row(table);
		table_cell(
		    table, TONE_BOLD, mach_seeing_trap_name(trap->msp_number));
		table_cellf(table, TONE_PLAIN, "%.0f", busy[i].calls);
		table_cellf(table, busy[i].errors > 0 ? TONE_WARN : TONE_PLAIN,
		    "%.0f", busy[i].errors);
		table_cellf(table, TONE_PLAIN, "%llu",
		    (unsigned long long)trap->msp_calls);
		table_cellf(table, TONE_PLAIN, "%llu",
		    (unsigned long long)trap->msp_errors);
	}
	ok = ok && table_render(table, out);
	free(busy);
	table_destroy(table);
	return (ok);
}

bool
top_render(FILE *out, const struct top_sample *before,
    const struct top_sample *after, size_t rows)
{
	const mach_seeing_totals_t *a = &before->totals, *b = &after->totals;
	double s = after->at - before->at;

	if (s <= 0)
		s = 1e-9;
	fprintf(out,
	    "%llu tasks, %.0f calls/s, %.0f errors/s, %.0f messages/s sent, "
	    "%.0f received, %.1f KB/s copied, %.0f ports/s made, %.0f ended\n\n",
	    (unsigned long long)b->mso_tasks,
	    rate(a->mso_calls, b->mso_calls, s),
	    rate(a->mso_errors, b->mso_errors, s),
	    rate(a->mso_sent, b->mso_sent, s),
	    rate(a->mso_received, b->mso_received, s),
	    rate(a->mso_copied, b->mso_copied, s) / 1024,
	    rate(a->mso_ports_made, b->mso_ports_made, s),
	    rate(a->mso_ports_ended, b->mso_ports_ended, s));
	if (!tasks_render(out, before, after, rows, s))
		return (false);
	fputc('\n', out);
	return (traps_render(out, before, after, rows, s));
}

/*
 * The command
 */

/* Rows of either table, so that both fit on the terminal. */
static size_t
rows_of(FILE *out, bool terminal)
{
	struct winsize size;

	if (!terminal || ioctl(fileno(out), TIOCGWINSZ, &size) != 0 ||
	    size.ws_row < 12)
		return (ROWS_DEFAULT);
	return ((size_t)(size.ws_row - 8) / 2);
}

static bool
wait_for(double seconds, struct error *e)
{
	struct timespec ts = { (time_t)seconds,
		(long)((seconds - (double)(time_t)seconds) * 1e9) };

	while (nanosleep(&ts, &ts) != 0) {
		if (errno != EINTR)
			return (fail(e, errno, "wait", NULL, NULL));
	}
	return (true);
}

/* `n` tables; 0: until it is ended. */
static bool
top(FILE *out, unsigned long n, double interval, struct error *e)
{
	bool terminal = isatty(fileno(out)) != 0, ok;
	struct top_sample before, after = { 0 };
	unsigned long i;

	ok = top_take(&before, e);
	for (i = 0; ok && (n == 0 || i < n); i++) {
		ok = wait_for(interval, e) && top_take(&after, e);
		if (!ok)
			break;
		if (terminal)
			fputs("\033[H\033[2J", out);
		else if (i > 0)
			fputc('\n', out);
		if (!top_render(out, &before, &after, rows_of(out, terminal)) ||
		    fflush(out) != 0)
			ok = fail(e, errno, "write the tables", NULL, NULL);
		top_clear(&before);
		before = after;
		after = (struct top_sample){ 0 };
	}
	top_clear(&after);
	top_clear(&before);
	return (ok);
}

static const struct option options[] = {
	{ "--count", "N", "print N tables, and end", 'n' },
	{ "--interval", "S", "seconds between two, 1 unless said otherwise" },
	{ NULL, NULL, NULL },
};

/* False, and told, when the option's value is none. */
static bool
number_option(const struct arguments *a, const char *name, double min,
    double max, double *value, struct error *e)
{
	const char *text = arguments_value(a, name);
	char *end;

	if (text == NULL)
		return (true);
	*value = strtod(text, &end);
	if (*end != '\0' || !(*value >= min && *value <= max))
		return (fail(e, 0, "show tasks", text,
		    "%s takes a number from %g to %g", name, min, max));
	return (true);
}

static int
run(const struct arguments *a, struct error *e)
{
	double n = isatty(STDOUT_FILENO) ? 0 : 1, interval = 1;

	if (!arguments_no_operands(a, e) ||
	    !number_option(a, "--count", 1, 1e9, &n, e) ||
	    !number_option(a, "--interval", 0.01, 86400, &interval, e))
		return (STATUS_USAGE);
	machd_tell();
	if (!seen_allowed("show tasks", e) ||
	    !top(stdout, (unsigned long)n, interval, e))
		return (STATUS_HOST);
	return (STATUS_OK);
}

const struct command command_mach_top = {
	.name = "mach top",
	.summary = "what processes do with Mach, now",
	.operands = "",
	.details =
	    "The busiest processes and traps: calls, errors, messages and bytes\n"
	    "a second.  On a terminal it is drawn anew until it is ended, else\n"
	    "printed once or as often as is said.",
	.options = options,
	.run = run,
};
