/* Probes of the area "isolation". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_isolation = { ISTH_AREA_ISOLATION, NULL, 0 };
