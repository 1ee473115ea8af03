/*
 * Rows that a measurement contradicts.  A row may be measured by several
 * probes, each from another side: only their agreement contradicts it.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "survey/catalogue/catalogue.h"
#include "survey/survey.h"

/* A release, "15.1" or "6.12". */
struct release {
	unsigned major;
	unsigned minor;
};

/* What the probes of one row said together. */
struct tally {
	size_t ok;
	size_t absent;
	size_t other;	   /* denied, skipped, unreliable, ... */
	const char *probe; /* one of them, for the finding */
};

/* Reads "N.N" at `s`; false when there is no release. */
static bool
release_parse(const char *s, struct release *release)
{
	char *end;

	if (*s < '0' || *s > '9')
		return (false);
	release->major = (unsigned)strtoul(s, &end, 10);
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return (false);
	release->minor = (unsigned)strtoul(end + 1, NULL, 10);
	return (true);
}

static bool
release_before(const struct release *a, const struct release *b)
{
	if (a->major != b->major)
		return (a->major < b->major);
	return (a->minor < b->minor);
}

/*
 * True when the row says that the interface came with a later release than
 * the host's: rows name it in `why`, as "Linux 6.8" or, of FreeBSD, as a
 * bare "14.1" (13.0 is the oldest release that rows know).
 */
static bool
row_is_newer(const struct isth_interface *row, const struct isth_host *host,
    bool is_linux)
{
	struct release have, named;
	const char *s;
	bool after_linux;

	if (!release_parse(host->release, &have))
		return (false);
	for (s = row->why; *s != '\0'; s++) {
		if (s > row->why && strchr(" (", s[-1]) == NULL)
			continue;
		if (!release_parse(s, &named))
			continue;
		after_linux =
		    s - row->why >= 6 && strncmp(s - 6, "Linux ", 6) == 0;
		if (after_linux == is_linux &&
		    (is_linux || named.major >= 13) &&
		    release_before(&have, &named))
			return (true);
	}
	return (false);
}

/*
 * Whether the absence of such an interface says something about the row.
 * Modules, packages and devices may be missing on any host.  On Linux the
 * same is true of calls and constants, which a kernel may be built without;
 * and a function may be missing from an older glibc, which the row names.
 */
static bool
absence_counts(const struct isth_interface *row, bool is_linux)
{
	switch (row->kind) {
	case ISTH_KIND_LIBC:
		return (!is_linux || strstr(row->why, "glibc ") == NULL);
	case ISTH_KIND_SEMANTIC:
		return (true);
	case ISTH_KIND_SYSCALL:
	case ISTH_KIND_FLAG:
		return (!is_linux);
	default:
		return (false);
	}
}

static void
tally_row(const struct isth_report *report, const char *id, struct tally *tally)
{
	const struct isth_probe_result *result;
	size_t i;

	memset(tally, 0, sizeof(*tally));
	for (i = 0; i < report->nresults; i++) {
		result = &report->results[i];
		if (strcmp(result->interface_id, id) != 0)
			continue;
		if (tally->probe == NULL)
			tally->probe = result->id;
		if (result->state == ISTH_STATE_OK)
			tally->ok++;
		else if (result->state == ISTH_STATE_ABSENT)
			tally->absent++;
		else
			tally->other++;
	}
}

/* What the tally contradicts in the row; NULL when nothing. */
static const char *
contradiction(const struct isth_interface *row, const struct tally *tally,
    const struct isth_host *host, bool is_linux)
{
	bool all_absent, all_ok, claims;

	all_ok = tally->ok > 0 && tally->absent == 0 && tally->other == 0;
	all_absent = tally->absent > 0 && tally->ok == 0 && tally->other == 0;
	if (is_linux) {
		claims = strcmp(row->linux_name, "-") != 0;
		if (all_ok && !claims)
			return ("the row gives no Linux name, but it works");
	} else {
		claims = row->class_ == ISTH_CLASS_NATIVE;
		if (all_ok && row->class_ == ISTH_CLASS_ABSENT)
			return ("class absent, but it works");
	}
	if (!all_absent || !claims || !absence_counts(row, is_linux) ||
	    row_is_newer(row, host, is_linux))
		return (NULL);
	return (is_linux ? "the row gives a Linux name, but it is absent"
			 : "class native, but it is absent");
}

size_t
catalogue_check_report(const struct catalogue_view *view,
    const struct isth_report *report, FILE *out)
{
	const struct isth_interface *row;
	struct tally tally;
	const char *what;
	size_t i, n;
	bool is_linux;

	is_linux = strcmp(report->host.system, "Linux") == 0;
	if (!is_linux && strcmp(report->host.system, "FreeBSD") != 0)
		return (0);
	n = 0;
	for (i = 0; i < view->nrows; i++) {
		row = &view->rows[i];
		if (row->id == NULL || row->linux_name == NULL ||
		    row->why == NULL)
			continue;
		tally_row(report, row->id, &tally);
		what = contradiction(row, &tally, &report->host, is_linux);
		if (what == NULL)
			continue;
		fprintf(out, "%s: %s on %s %s (probe %s)\n", row->id, what,
		    report->host.system, report->host.release, tally.probe);
		n++;
	}
	return (n);
}
