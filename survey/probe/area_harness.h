/* The rows that keep the keys of the first harness, one list per area. */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_HARNESS_H
#define ISTHMUS_SURVEY_PROBE_AREA_HARNESS_H

#include "survey/probe/probe.h"

extern const struct probe_area probe_area_harness_namespace,
    probe_area_harness_isolation, probe_area_harness_privilege;

#endif
