/* Probes of the area "mount". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_mount = { ISTH_AREA_MOUNT, NULL, 0 };
