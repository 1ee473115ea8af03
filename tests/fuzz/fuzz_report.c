/*
 * Fuzzing the reader of probe reports: what it accepts must survive being
 * written and read again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "survey/probe/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
written(const struct isth_report *rep, size_t *len)
{
	char *data = NULL;
	FILE *f;

	f = open_memstream(&data, len);
	if (f == NULL || !isth_report_render(rep, ISTH_FORMAT_JSON, f, NULL))
		abort();
	(void)fclose(f);
	return (data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct isth_report *again, *rep;
	struct error e;
	size_t len, lost;
	char *text;
	FILE *null;

	memset(&e, 0, sizeof(e));
	rep = report_parse((const char *)data, size, "input", &e);
	if (rep == NULL) {
		/* An error says something. */
		if (e.step[0] == '\0')
			abort();
		return (0);
	}
	text = written(rep, &len);
	again = report_parse(text, len, "again", &e);
	if (again == NULL || again->nresults != rep->nresults)
		abort();
	null = fopen("/dev/null", "w");
	if (null != NULL) {
		if (!isth_report_compare(
			rep, again, ISTH_FORMAT_TABLE, null, &lost, &e) ||
		    lost != 0)
			abort();
		(void)isth_report_render(rep, ISTH_FORMAT_TABLE, null, &e);
		(void)isth_report_render(rep, ISTH_FORMAT_KV, null, &e);
		(void)isth_report_render(rep, ISTH_FORMAT_NDJSON, null, &e);
		(void)fclose(null);
	}
	free(text);
	isth_report_destroy(rep);
	isth_report_destroy(again);
	return (0);
}
