/* The files of rows of the area descriptor. */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_DESCRIPTOR_H
#define ISTHMUS_SURVEY_PROBE_AREA_DESCRIPTOR_H

#include "survey/probe/area_row_util.h"

extern const struct probe_area probe_area_descriptor_pass,
    probe_area_descriptor_open, probe_area_descriptor_data,
    probe_area_descriptor_memfd, probe_area_descriptor_lock;

#endif
