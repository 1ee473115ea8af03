/* Probes of the area "time". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_time = { ISTH_AREA_TIME, NULL, 0 };
