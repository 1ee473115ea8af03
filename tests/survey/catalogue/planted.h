/* A small catalogue without fault, in which a test plants one. */
#ifndef ISTHMUS_TESTS_PLANTED_H
#define ISTHMUS_TESTS_PLANTED_H

#include <stddef.h>

#include "survey/catalogue/catalogue.h"
#include "survey/survey.h"

#define PLANTED_ROWS 4

/* Everything is the test's own to change. */
struct planted {
	struct isth_interface rows[PLANTED_ROWS];
	struct isth_need needs[2];
	struct isth_consumer consumer[2];
	struct isth_probe_info probe[2];
	struct isth_probe_result results[3];
	struct isth_report report;
	struct catalogue_view view;
};

/*
 * Fills a catalogue of four rows (clone, kqueue, cmd:unshare, /dev/kvm), one
 * consumer, one probe and a report of no results.
 */
void planted_init(struct planted *);
/* Adds the answer of a probe to the report. */
void planted_answer(
    struct planted *, const char *interface_id, enum isth_state);
/*
 * Runs the check, with the report when it has results; *n is set to the
 * findings.  Free the text.
 */
char *planted_check(const struct planted *, size_t *n);
/* Checks that there is one finding, and that it begins and ends so. */
void planted_expect(const struct planted *, const char *begin, const char *end);
/* Checks that there is none. */
void planted_expect_clean(const struct planted *);

#endif
