/* The life of a report, and looking into it. */
#include <stdlib.h>
#include <string.h>

#include "survey/probe/report.h"

void
isth_report_destroy(struct isth_report *rep)
{
	struct isth_probe_result *r;
	size_t i;

	if (rep == NULL)
		return;
	for (i = 0; i < rep->nresults; i++) {
		r = &rep->results[i];
		free(r->id);
		free(r->interface_id);
		free(r->kv);
		free(r->detail);
	}
	free(rep->results);
	free(rep);
}

const struct isth_probe_result *
isth_report_find(const struct isth_report *rep, const char *id)
{
	size_t i;

	for (i = 0; i < rep->nresults; i++) {
		if (strcmp(rep->results[i].id, id) == 0)
			return (&rep->results[i]);
	}
	return (NULL);
}
