/* Probes of the area "network". */
#include "survey/probe/probe.h"

const struct probe_area probe_area_network = { ISTH_AREA_NETWORK, NULL, 0 };
