/*
 * Inside the catalogue room: the check over any set of rows, so that tests
 * can give it rows with faults.
 */
#ifndef ISTHMUS_SURVEY_CATALOGUE_H
#define ISTHMUS_SURVEY_CATALOGUE_H

#include <stddef.h>
#include <stdio.h>

#include "survey/survey.h"

/* Everything that refers to one another; all of it is borrowed. */
struct catalogue_view {
	const struct isth_interface *rows;
	size_t nrows;
	const struct isth_consumer *consumers;
	size_t nconsumers;
	const struct isth_probe_info *probes;
	size_t nprobes;
};

/*
 * isth_catalogue_check over `view`: one line per finding to `out`, their
 * number returned.  `report` may be NULL.
 */
size_t catalogue_check(const struct catalogue_view *view,
    const struct isth_report *report, FILE *out);
/*
 * The findings of `report` alone: rows that the measurement contradicts.
 * Part of catalogue_check.
 */
size_t catalogue_check_report(const struct catalogue_view *view,
    const struct isth_report *report, FILE *out);

#endif
