/* Reports as a table for people and as key=value lines for scripts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "survey/probe/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The keys of the first harness, in the order in which it wrote them. */
static const char *const harness_keys[] = {
	"feature.SYS_clone",
	"feature.SYS_unshare",
	"feature.SYS_setns",
	"feature.SYS_pivot_root",
	"feature.FreeBSD_jail",
	"feature.Capsicum_headers",
	"feature.sys_prctl_h",
	"feature.linux_close_range_h",
	"runtime.fork_waitpid",
	"runtime.posix_spawn_addclosefrom_np",
	"runtime.close_range",
	"runtime.posix_fallocate",
	"runtime.lutimes",
	"runtime.statvfs",
	"root.chroot",
	"root.jail",
	"root.lchown",
};

/* The first harness's word for a state. */
static const char *
harness_value(const char *key, enum isth_state state)
{
	if (strncmp(key, "feature.", 8) == 0)
		return (state == ISTH_STATE_OK ? "yes" : "no");
	switch (state) {
	case ISTH_STATE_UNSUPPORTED:
		return ("unsupported-on-tested-filesystem");
	case ISTH_STATE_SKIPPED:
		return ("skipped-needs-root");
	default:
		return (isth_state_name(state));
	}
}

static const struct isth_probe_result *
find_kv(const struct isth_report *rep, const char *key)
{
	size_t i;

	for (i = 0; i < rep->nresults; i++) {
		if (rep->results[i].kv != NULL &&
		    strcmp(rep->results[i].kv, key) == 0)
			return (&rep->results[i]);
	}
	return (NULL);
}

static bool
write_end(FILE *out, struct error *e)
{
	if (ferror(out))
		return (fail(e, errno, "write probe report", NULL, NULL));
	return (true);
}

bool
report_render_kv(const struct isth_report *rep, FILE *out, struct error *e)
{
	const struct isth_host *h = &rep->host;
	const struct isth_probe_result *r;
	size_t i;

	for (i = 0; i < COUNT(harness_keys); i++) {
		r = find_kv(rep, harness_keys[i]);
		if (r != NULL)
			(void)fprintf(out, "%s=%s\n", r->kv,
			    harness_value(r->kv, r->state));
	}
	(void)fprintf(out,
	    "host.system=%s\nhost.release=%s\n"
	    "host.version=%s\nhost.machine=%s\nhost.filesystem=%s\n"
	    "host.uid=%u\n",
	    h->system, h->release, h->version, h->machine, h->filesystem,
	    h->uid);
	for (i = 0; i < rep->nresults; i++)
		(void)fprintf(out, "probe.%s=%s\n", rep->results[i].id,
		    isth_state_name(rep->results[i].state));
	return (write_end(out, e));
}

enum tone
report_tone(enum isth_state state)
{
	switch (state) {
	case ISTH_STATE_OK:
		return (TONE_GOOD);
	case ISTH_STATE_ABSENT:
	case ISTH_STATE_SKIPPED:
		return (TONE_DIM);
	case ISTH_STATE_DENIED:
	case ISTH_STATE_UNSUPPORTED:
	case ISTH_STATE_UNRELIABLE:
		return (TONE_WARN);
	default:
		return (TONE_BAD);
	}
}

/* "312 probes: 250 ok, 30 absent, ..." */
static void
write_counts(const struct isth_report *rep, FILE *out)
{
	size_t counts[ISTH_STATE_COUNT] = { 0 }, i;
	unsigned state;

	for (i = 0; i < rep->nresults; i++)
		counts[rep->results[i].state]++;
	(void)fprintf(
	    out, "%zu probe%s:", rep->nresults, rep->nresults == 1 ? "" : "s");
	for (i = state = 0; state < ISTH_STATE_COUNT; state++) {
		if (counts[state] == 0)
			continue;
		(void)fprintf(
		    out, "%s%zu ", i++ == 0 ? " " : ", ", counts[state]);
		tone_write(out, report_tone((enum isth_state)state),
		    isth_state_name((enum isth_state)state));
	}
	(void)fputc('\n', out);
}

bool
report_render_table(const struct isth_report *rep, FILE *out, struct error *e)
{
	static const char *const headings[] = { "PROBE", "STATE", "MS",
		"DETAIL", NULL };
	const struct isth_probe_result *r;
	struct table *t;
	bool good;
	size_t i;

	t = table_create(headings);
	if (t == NULL)
		return (fail(e, ENOMEM, "write probe report", NULL, NULL));
	for (i = 0; i < rep->nresults; i++) {
		r = &rep->results[i];
		table_row(t);
		table_cell(t, TONE_PLAIN, r->id);
		table_cell(t, report_tone(r->state), isth_state_name(r->state));
		table_cellf(t, TONE_DIM, "%.1f", r->ms);
		if (r->err != 0)
			table_cellf(t, TONE_PLAIN, "%s%s%s", r->detail,
			    r->detail[0] == '\0' ? "" : ": ", strerror(r->err));
		else
			table_cell(t, TONE_PLAIN, r->detail);
	}
	good = table_render(t, out);
	table_destroy(t);
	if (!good)
		return (fail(e, errno, "write probe report", NULL, NULL));
	(void)fprintf(out, "\n%s %s %s, on %s, as uid %u", rep->host.system,
	    rep->host.release, rep->host.machine, rep->host.filesystem,
	    rep->host.uid);
	/* A report that was loaded does not know. */
	if (rep->ms > 0)
		(void)fprintf(out, ", in %.0f ms", rep->ms);
	(void)fputc('\n', out);
	write_counts(rep, out);
	return (write_end(out, e));
}

bool
isth_report_render(const struct isth_report *rep, enum isth_format format,
    FILE *out, struct error *e)
{
	switch (format) {
	case ISTH_FORMAT_TABLE:
		return (report_render_table(rep, out, e));
	case ISTH_FORMAT_KV:
		return (report_render_kv(rep, out, e));
	case ISTH_FORMAT_JSON:
		return (report_render_json(rep, out, e));
	case ISTH_FORMAT_NDJSON:
		return (report_render_ndjson(rep, out, e));
	default:
		return (fail(e, EINVAL, "write probe report", NULL,
		    "no such format for a probe report"));
	}
}
