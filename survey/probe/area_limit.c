/* Probes of the area "limit". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_limit = { ISTH_AREA_LIMIT, NULL, 0 };
