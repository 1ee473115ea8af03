/* Probes of the area "privilege". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_privilege = { ISTH_AREA_PRIVILEGE, NULL, 0 };
