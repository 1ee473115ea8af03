/* Probes of the area "system". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_system = { ISTH_AREA_SYSTEM, NULL, 0 };
