/* Probes of the area "metadata". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_metadata = { ISTH_AREA_METADATA, NULL, 0 };
