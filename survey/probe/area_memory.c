/* Probes of the area "memory". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_memory = { ISTH_AREA_MEMORY, NULL, 0 };
