/* Probes of the area "process". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_process = { ISTH_AREA_PROCESS, NULL, 0 };
