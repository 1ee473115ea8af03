/* Probes of the area "descriptor". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_descriptor = { ISTH_AREA_DESCRIPTOR, NULL, 0 };
