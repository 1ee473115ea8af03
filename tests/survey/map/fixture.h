/*
 * Planted rows, consumers, reports and scans, so that the tests of the map
 * depend neither on the catalogue nor on the kernel beneath them.
 */
#ifndef TESTS_SURVEY_MAP_FIXTURE_H
#define TESTS_SURVEY_MAP_FIXTURE_H

#include <stddef.h>

#include "survey/map/map.h"

struct plant {
	const char *id, *interface_id;
	enum isth_state state;
	int err;
	const char *detail;
};

extern const struct isth_interface planted_rows[];
extern const size_t planted_nrows;
extern const struct isth_consumer planted_consumer;

/* A report of that system; plant_report_destroy frees it. */
struct isth_report *plant_report(const char *system, const char *release,
    unsigned uid, const struct plant *, size_t n);
void plant_report_destroy(struct isth_report *);
/* What a Linux and a FreeBSD kernel said to the planted probes. */
struct isth_report *plant_linux(void);
struct isth_report *plant_freebsd(void);

/* The planted row of that id; fails the test when there is none. */
const struct isth_interface *plant_row(const char *id);

/*
 * A scan of files whose names are hostile to every format, with a symbol
 * that two uses mention and one that no row knows.
 */
struct isth_scan *plant_scan(void);
/* One file and `n` sites of one symbol. */
struct isth_scan *plant_scan_large(size_t n);
void plant_scan_destroy(struct isth_scan *);

/* The map of consumer and scan; fails the test when there is none. */
struct isth_map *plant_map(const struct isth_consumer *,
    const struct isth_scan *, const struct isth_report *,
    const struct isth_report *);
const struct map_need *plant_need(const struct isth_map *, const char *id);
/* The map in that format; free(3) it. */
char *plant_render(const struct isth_map *, enum isth_format);

#endif
