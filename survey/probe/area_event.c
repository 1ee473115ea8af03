/* Probes of the area "event". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_event = { ISTH_AREA_EVENT, NULL, 0 };
