/*
 * Inside the probe room: what the files that write, read and compare
 * reports share.
 */
#ifndef ISTHMUS_SURVEY_PROBE_REPORT_H
#define ISTHMUS_SURVEY_PROBE_REPORT_H

#include "survey/survey.h"

#define REPORT_VERSION "isthmus.probe/1"

/* Parses a report from memory; `path` is for errors. */
struct isth_report *report_parse(
    const char *data, size_t len, const char *path, struct error *);
/* The key of the first harness of a probe of that id; NULL: none. */
const char *report_kv(const char *id);

bool report_render_json(const struct isth_report *, FILE *, struct error *);
bool report_render_ndjson(const struct isth_report *, FILE *, struct error *);
bool report_render_kv(const struct isth_report *, FILE *, struct error *);
bool report_render_table(const struct isth_report *, FILE *, struct error *);

#endif
