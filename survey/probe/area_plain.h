/*
 * The files of plain rows, area_NAME_plain.c: calls that programs rely on
 * without thinking of them, each made once and its effect looked at.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_PLAIN_H
#define ISTHMUS_SURVEY_PROBE_AREA_PLAIN_H

#include "survey/probe/area_row_util.h"

extern const struct probe_area probe_area_process_plain,
    probe_area_descriptor_plain, probe_area_namespace_plain,
    probe_area_mount_plain, probe_area_privilege_plain,
    probe_area_privilege_caps, probe_area_metadata_plain,
    probe_area_event_plain, probe_area_limit_plain, probe_area_network_plain,
    probe_area_system_plain;

/* A header, as the build of this program saw it. */
probe_fn plain_present, plain_missing;

/*
 * The function of a row for a C function of another system that this one
 * may have some day: ok when it can be linked, with its name in the detail.
 */
#define PLAIN_FOREIGN(fn, symbol)                                       \
	extern void symbol(void) __attribute__((__weak__));             \
	static PROBE(fn)                                                \
	{                                                               \
		return (&(symbol) != NULL                               \
			    ? probe_ok("libc has it")                   \
			    : probe_absent("libc has no %s", #symbol)); \
	}

#endif
