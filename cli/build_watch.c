/* What is told of the builds while they run: events in, lines out. */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/build.h"

enum {
	REDRAW_MS = 100, /* at most so often when something changed */
	CLOCK_MS = 1000	 /* and so often for the elapsed time */
};

static bool
is_one_terminal(int a, int b)
{
	struct stat sa, sb;

	return (isatty(a) && isatty(b) && fstat(a, &sa) == 0 &&
		fstat(b, &sb) == 0 && sa.st_rdev == sb.st_rdev);
}

/* Takes the block off the screen, before what is written next. */
static void
erase(struct watch *w)
{
	if (w->progress == NULL)
		return;
	progress_erase(w->progress, w->out);
	watch_flush(w);
}

void
watch_init(struct watch *w, enum watch_mode mode, FILE *out)
{
	*w = (struct watch){ .mode = mode, .out = out, .as = out };
	w->started_at = clock_now();
	if (mode != WATCH_QUIET)
		w->outlet = outlet_create(fileno(out));
	if (w->outlet != NULL) {
		w->out = outlet_file(w->outlet);
		w->one_terminal = is_one_terminal(fileno(out), STDERR_FILENO);
	}
	if (mode == WATCH_TERMINAL) {
		w->progress = progress_create(out);
		w->tail_max = 1;
	}
}

static void
row_clear(struct watch_row *row)
{
	size_t i;

	for (i = 0; i < row->ntail; i++)
		free(row->tail[i]);
	free(row->id);
	free(row->name);
}

void
watch_clear(struct watch *w)
{
	size_t i;

	erase(w);
	progress_destroy(w->progress);
	for (i = 0; i < w->nrows; i++)
		row_clear(&w->rows[i]);
	free(w->rows);
	for (i = 0; i < w->weaker.n; i++)
		free(w->weaker.items[i]);
	free(w->weaker.items);
	trace_clear(&w->trace);
	outlet_destroy(w->outlet);
}

/* Once for all that a dispatch told. */
void
watch_flush(struct watch *w)
{
	bool ok;

	if (w->out_closed)
		return;
	if (w->outlet == NULL) {
		ok = fflush(w->out) != EOF && !ferror(w->out);
	} else {
		ok = outlet_push(w->outlet);
		w->out = outlet_file(w->outlet);
	}
	if (!ok) {
		w->out_closed = true;
		w->out_errno = errno;
	}
}

size_t
watch_waiting(const struct watch *w)
{
	return (w->outlet == NULL ? 0 : outlet_waiting(w->outlet));
}

static struct watch_row *
row_find(struct watch *w, const char *id)
{
	size_t i;

	for (i = 0; i < w->nrows; i++) {
		if (strcmp(w->rows[i].id, id) == 0)
			return (&w->rows[i]);
	}
	return (NULL);
}

/* Without memory the build is not shown; nothing else depends on it. */
static struct watch_row *
row_add(struct watch *w, const struct isth_build_event *ev)
{
	struct watch_row *row, *rows;

	rows = reallocarray(w->rows, w->nrows + 1, sizeof(*rows));
	if (rows == NULL)
		return (NULL);
	w->rows = rows;
	row = &rows[w->nrows];
	*row = (struct watch_row){ .started_at = clock_now() };
	row->id = strdup(ev->id);
	row->name = strdup(ev->name);
	if (row->id == NULL || row->name == NULL) {
		row_clear(row);
		return (NULL);
	}
	w->nrows++;
	return (row);
}

static void
row_remove(struct watch *w, struct watch_row *row)
{
	size_t at;

	row_clear(row);
	at = (size_t)(row - w->rows);
	w->nrows--;
	memmove(row, row + 1, (w->nrows - at) * sizeof(*row));
}

static void
on_line(struct watch *w, const struct isth_build_event *ev)
{
	struct watch_row *row;
	char *line, *oldest;
	size_t size;

	row = row_find(w, ev->id);
	if (row == NULL || w->tail_max == 0)
		return;
	/* The oldest one's storage is used again: there are many lines. */
	oldest = NULL;
	if (row->ntail == w->tail_max) {
		oldest = row->tail[0];
		row->ntail--;
		memmove(row->tail, row->tail + 1,
		    row->ntail * sizeof(row->tail[0]));
	}
	size = strlen(ev->text) + 1;
	line = realloc(oldest, size);
	if (line == NULL) {
		free(oldest);
		return;
	}
	memcpy(line, ev->text, size);
	row->tail[row->ntail++] = line;
	w->changed = true;
}

/*
 * A result follows, except of the second build of --check: the row goes with
 * the result, or when the next build is done.
 */
static void
sweep_done(struct watch *w)
{
	size_t i;

	for (i = w->nrows; i > 0; i--) {
		if (w->rows[i - 1].phase == ISTH_PHASE_DONE)
			row_remove(w, &w->rows[i - 1]);
	}
}

static void
on_phase(struct watch *w, const struct isth_build_event *ev)
{
	struct watch_row *row;

	if (ev->phase == ISTH_PHASE_QUEUED)
		return;
	row = row_find(w, ev->id);
	if (ev->phase == ISTH_PHASE_DONE && row == NULL)
		return;
	if (ev->phase == ISTH_PHASE_DONE) {
		sweep_done(w);
		row = row_find(w, ev->id);
	}
	if (row == NULL)
		row = row_add(w, ev);
	if (row == NULL)
		return;
	row->phase = ev->phase;
	w->changed = true;
	if (w->mode == WATCH_PLAIN && ev->phase == ISTH_PHASE_RUN &&
	    !w->out_closed)
		fprintf(w->out, "%s: running\n", ev->name);
}

/* Keeps each thing that is weaker once, for the summary. */
static void
note_weaker(struct watch *w, const struct isth_strings *from)
{
	size_t i, j;
	char **items;

	for (i = 0; i < from->n; i++) {
		for (j = 0; j < w->weaker.n; j++) {
			if (strcmp(w->weaker.items[j], from->items[i]) == 0)
				break;
		}
		if (j < w->weaker.n)
			continue;
		items = reallocarray(
		    w->weaker.items, w->weaker.n + 1, sizeof(*items));
		if (items == NULL)
			return;
		w->weaker.items = items;
		items[w->weaker.n] = strdup(from->items[i]);
		if (items[w->weaker.n] != NULL)
			w->weaker.n++;
	}
}

static void
count(struct watch *w, const struct isth_build_result *r)
{
	w->counts[r->outcome]++;
	if (r->status >= ISTH_STATUS_FAILED)
		w->status |= r->status;
	else if (r->status == ISTH_STATUS_BAD_SPEC)
		w->bad_spec = true;
	else if (r->status != ISTH_STATUS_BUILT)
		w->refused = true;
	note_weaker(w, &r->weaker);
	note_weaker(w, &r->unlimited);
}

static void
on_result(struct watch *w, const struct isth_build_result *r)
{
	struct watch_row *row;

	count(w, r);
	row = row_find(w, r->id);
	if (w->on_result != NULL)
		w->on_result(w->context, r);
	if ((w->mode == WATCH_PLAIN || w->mode == WATCH_TERMINAL) &&
	    !w->out_closed) {
		progress_erase(w->progress, w->out);
		result_tell(w->out, w->as, r, row == NULL ? NULL : row->tail,
		    row == NULL ? 0 : row->ntail);
		if (w->tracing)
			trace_tell(&w->trace, r->id, r->name, w->out, w->as);
	}
	if (row != NULL)
		row_remove(w, row);
	w->changed = true;
}

static void
tell_json(struct watch *w, const struct isth_build_event *ev)
{
	char *line;

	line = isth_build_event_json(ev);
	if (line == NULL) {
		watch_say(w, "%s: no memory to tell an event", ev->name);
		return;
	}
	fprintf(w->out, "%s\n", line);
	free(line);
}

void
watch_event(void *context, const struct isth_build_event *ev)
{
	struct watch *w = context;

	if (w->muted)
		return;
	if (w->mode == WATCH_JSON && !w->out_closed)
		tell_json(w, ev);
	switch (ev->kind) {
	case ISTH_EVENT_PHASE:
		on_phase(w, ev);
		break;
	case ISTH_EVENT_LINE:
		on_line(w, ev);
		break;
	case ISTH_EVENT_STEP:
		if (w->tracing && w->mode != WATCH_JSON)
			trace_add(&w->trace, ev->id, ev->text, ev->ns);
		break;
	case ISTH_EVENT_NOTE:
		if (w->mode != WATCH_JSON)
			watch_say(w, "%s%s%s", ev->name,
			    ev->name[0] == '\0' ? "" : ": ", ev->text);
		break;
	case ISTH_EVENT_RESULT:
		on_result(w, ev->result);
		break;
	}
}

void
watch_say(struct watch *w, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_make_printable(line);
	erase(w);
	/* Where that stops, this is not to stop us either. */
	fprintf(w->one_terminal && !w->out_closed ? w->out : stderr,
	    "isthmus: %s\n", line);
	watch_flush(w);
	w->changed = true;
}

void
watch_say_running(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->nrows; i++)
		if (w->rows[i].phase != ISTH_PHASE_DONE)
			watch_say(w,
			    "still ending %s (%s): it is not left half done",
			    w->rows[i].name, isth_phase_name(w->rows[i].phase));
}

static void
draw(struct watch *w)
{
	struct progress_row *rows;
	size_t i, n;

	rows = calloc(w->nrows + 1, sizeof(*rows));
	if (rows == NULL)
		return;
	for (n = i = 0; i < w->nrows; i++) {
		if (w->rows[i].phase == ISTH_PHASE_DONE)
			continue;
		rows[n++] = (struct progress_row){
			.name = w->rows[i].name,
			.phase = isth_phase_name(w->rows[i].phase),
			.seconds = clock_since_ms(w->rows[i].started_at) / 1000,
			.line = w->rows[i].ntail == 0
				    ? ""
				    : w->rows[i].tail[w->rows[i].ntail - 1],
		};
	}
	progress_draw(w->progress, w->out, rows, n);
	free(rows);
	watch_flush(w);
}

void
watch_tick(struct watch *w, bool now, int *timeout_ms)
{
	double wait;

	watch_flush(w);
	/* A terminal that has stopped is drawn when it goes on. */
	if (w->progress == NULL || w->out_closed || watch_waiting(w) > 0)
		return;
	wait = (w->changed ? REDRAW_MS : CLOCK_MS) -
	       (w->drawn_at == 0 ? CLOCK_MS : clock_since_ms(w->drawn_at));
	if (now || wait <= 0) {
		draw(w);
		w->drawn_at = clock_now();
		w->changed = false;
		wait = CLOCK_MS;
	}
	if (w->nrows > 0 && (*timeout_ms < 0 || wait < *timeout_ms))
		*timeout_ms = (int)wait + 1;
}

void
watch_summary(struct watch *w)
{
	enum isth_outcome o;
	const char *comma;
	char time[32];
	size_t i, n;

	watch_flush(w);
	erase(w);
	if ((w->mode != WATCH_PLAIN && w->mode != WATCH_TERMINAL) ||
	    w->out_closed)
		return;
	for (i = 0; i < w->weaker.n; i++)
		fprintf(w->out, "weaker here: %s\n", w->weaker.items[i]);
	for (n = 0, o = 0; o < ISTH_OUTCOME_COUNT; o++)
		n += w->counts[o];
	if (w->tracing)
		trace_summary(&w->trace, w->out, w->as);
	if (n < 2 && w->mode == WATCH_PLAIN)
		return;
	progress_time(clock_since_ms(w->started_at) / 1000, time);
	fprintf(w->out, "%zu build%s in %s:", n, n == 1 ? "" : "s", time);
	for (comma = "", o = 0; o < ISTH_OUTCOME_COUNT; o++) {
		if (w->counts[o] == 0)
			continue;
		fprintf(w->out, "%s %zu %s", comma, w->counts[o],
		    isth_outcome_name(o));
		comma = ",";
	}
	fputc('\n', w->out);
	watch_flush(w);
}

int
watch_status(const struct watch *w)
{
	if (w->refused)
		return (ISTH_STATUS_REFUSED);
	if (w->bad_spec)
		return (ISTH_STATUS_BAD_SPEC);
	return (w->status);
}
