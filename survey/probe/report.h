/*
 * Inside the probe room: what the files that write, read and compare
 * reports share.
 */
#ifndef ISTHMUS_SURVEY_PROBE_REPORT_H
#define ISTHMUS_SURVEY_PROBE_REPORT_H

#include "base/table.h"
#include "survey/survey.h"

#define REPORT_VERSION "isthmus.probe/1"

/* Parses a report from memory; `name` is for errors. */
struct isth_report *report_parse(
    const char *data, size_t len, const char *name, struct error *);

bool report_render_json(const struct isth_report *, FILE *, struct error *);
bool report_render_ndjson(const struct isth_report *, FILE *, struct error *);
bool report_render_kv(const struct isth_report *, FILE *, struct error *);
bool report_render_table(const struct isth_report *, FILE *, struct error *);

/* What became of one probe between two reports. */
struct report_change {
	const char *id;
	const char *what; /* "lost", "gained", "changed", ... */
	const struct isth_probe_result *was; /* NULL: only in the new one */
	const struct isth_probe_result *is;  /* NULL: only in the old one */
	enum tone tone;
};

/* Writes changes as json. */
bool report_compare_json(const struct isth_report *old,
    const struct isth_report *new_, const struct report_change *, size_t n,
    size_t lost, FILE *, struct error *);

/* How a state looks on a terminal. */
enum tone report_tone(enum isth_state);

#endif
