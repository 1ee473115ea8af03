/*
 * Inside the map room: the joined map as plain data.  join.c and assess.c
 * fill it, the renderers only walk it, so that every format says the same.
 *
 * Every string in it is safe to show anywhere: valid UTF-8 without control
 * or bidirectional override characters (map_show), though not escaped for
 * any format.  All memory belongs to the map's pool.
 */
#ifndef ISTHMUS_SURVEY_MAP_H
#define ISTHMUS_SURVEY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "survey/survey.h"

/* ------------------------------------------------------------------ */
/* Memory and words: pool.c                                            */
/* ------------------------------------------------------------------ */

struct pool_block;

/* Memory that is freed at once; `failed` stays set when some was short. */
struct pool {
	struct pool_block *blocks;
	bool failed;
};

/* `n` zeroed objects of `size` bytes; NULL and `failed` without memory. */
void *pool_alloc(struct pool *, size_t n, size_t size);
/* A formatted string; "" and `failed` without memory. */
const char *pool_print(struct pool *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void pool_clear(struct pool *);

/*
 * `s` made safe to show: bytes that are not UTF-8 and control characters
 * become \xNN, bidirectional controls \u{NNNN}, a backslash is doubled, so
 * that two different names stay different.  NULL shows as "".
 */
const char *map_show(struct pool *, const char *s);
/* "1 site", "3 sites": `many` is `one` with an s when NULL. */
const char *map_plural(
    struct pool *, size_t n, const char *one, const char *many);

/* ------------------------------------------------------------------ */
/* Verdicts: verdict.c                                                 */
/* ------------------------------------------------------------------ */

/* What all probes of one interface said on one kernel, taken together. */
struct map_measure {
	bool asked;	       /* some probe measures it on that kernel */
	bool partly;	       /* `state` is not ok, yet some probe said ok */
	enum isth_state state; /* the most telling answer */
};

struct map_ruling {
	enum isth_verdict verdict;
	bool contradiction; /* catalogue and kernel disagree */
	bool measured;	    /* the kernel's answer decided */
};

/* Higher tells more: a crash more than an ok, an ok more than a skip. */
unsigned map_state_rank(enum isth_state);
/* `freebsd`: what a FreeBSD kernel said; asked is false without one. */
struct map_ruling map_verdict_decide(
    enum isth_class, const struct map_measure *freebsd);

/* ------------------------------------------------------------------ */
/* The map                                                             */
/* ------------------------------------------------------------------ */

enum map_side { MAP_HERE, MAP_THERE, MAP_SIDES };

/* One kernel of the map. */
struct map_kernel {
	const char *name;    /* "Linux 6.1.0-18-amd64"; "FreeBSD" when
				   only the catalogue speaks for it */
	const char *heading; /* of its column: the name, and whether only
				     the catalogue speaks for it */
	const char *about;   /* "x86_64, ext4, uid 0, 262 probes" */
	const char *system, *release, *machine, *filesystem;
	unsigned uid;
	size_t nprobes;
	bool measured; /* there is a report */
	bool freebsd;
};

/* One probe's answer. */
struct map_probe {
	const char *id;
	const char *detail;
	enum isth_state state;
	int err;
};

/* What one kernel answered to one need. */
struct map_answer {
	struct map_measure measure;
	const char *word;		/* "ok", "unreliable (1 of 3)", "not
					   measured", "native" */
	const struct map_probe *probes; /* most telling first */
	size_t nprobes;
};

struct map_site {
	const char *file;
	uint32_t line;
	enum isth_use use;
};

/* One interface that is needed, or one symbol that no row knows. */
struct map_need {
	const char *id;
	/* Borrowed row and its texts; NULL and "" for an unknown symbol. */
	const struct isth_interface *row;
	const char *freebsd;	/* "" when it has nothing */
	const char *linux_name; /* "" when it has nothing */
	const char *why;
	const char *from;
	const char *purpose;	      /* of the consumer; "" */
	const char *demand;	      /* the purpose or a count of sites */
	const struct map_site *sites; /* by file, line */
	size_t nsites;
	size_t nfiles;
	struct map_answer answers[MAP_SIDES];
	struct map_ruling ruling;
	const char *instead; /* what to write on FreeBSD */
	const char *because; /* why this verdict, one sentence */
};

/* The needs of one area: map->needs[first] to needs[first + n - 1]. */
struct map_area {
	enum isth_area area;
	size_t first, n;
	size_t counts[ISTH_VERDICT_COUNT];
	const char *tally;    /* "8 works, 3 adapt" */
	const char *sentence; /* the assessment */
};

/* One answer that serves one or more needs. */
struct map_point {
	const char *answer; /* "pdfork(2)" */
	const char *why;
	const struct map_need *const *needs;
	size_t nneeds;
};

/* One paragraph of the conclusion. */
struct map_finding {
	const char *key; /* "works", "adapt", "jails",
					   "redesign", "gaps", "ask",
					   "contradictions", "unknown" */
	const char *title;
	const char *text;
	const struct map_point *points;
	size_t npoints;
};

#define MAP_FINDINGS 8

struct isth_map {
	struct pool pool;
	const struct isth_consumer *consumer;
	const struct isth_scan *scan;
	const char *title;   /* "guix-daemon" */
	const char *subject; /* what the consumer is; "" */
	const char *source;  /* version and source of its list; "" */
	const char *scanned; /* size of the scan; "" */
	const char **roots;  /* what was scanned */
	size_t nroots;
	const char *generated; /* UTC; SOURCE_DATE_EPOCH */
	struct map_kernel kernels[MAP_SIDES];
	int freebsd;		/* measured FreeBSD's side, or -1 */
	bool class_apart;	/* the other kernel's column
					   does not show the class already */
	struct map_need *needs; /* by area, worst verdict, id */
	size_t nneeds;
	struct map_need *unknown; /* by id */
	size_t nunknown;
	struct map_area *areas; /* those with needs */
	size_t nareas;
	size_t largest; /* needs of the largest area */
	size_t counts[ISTH_VERDICT_COUNT];
	const char *headline;
	const char *gaps; /* their ids, comma-separated; "" */
	struct map_finding findings[MAP_FINDINGS];
	size_t nfindings;
};

/* What is asked for, folded: one need per interface.  demand.c */
bool map_demand_gather(struct isth_map *, const struct isth_interface *rows,
    size_t nrows, struct error *);
/* Areas, headline and conclusion of needs that have their verdict. */
bool map_assess(struct isth_map *, struct error *);
/*
 * isth_map_create with explicit catalogue rows, which it borrows: for tests.
 */
struct isth_map *map_join(const struct isth_map_options *,
    const struct isth_interface *rows, size_t nrows, struct error *);

/* ------------------------------------------------------------------ */
/* Renderers                                                           */
/* ------------------------------------------------------------------ */

/* How many sites of one need a page or Markdown lists before it counts. */
#define MAP_SITES_HTML 2000
#define MAP_SITES_MARKDOWN 20

bool map_render_text(const struct isth_map *, FILE *, struct error *);
bool map_render_markdown(const struct isth_map *, FILE *, struct error *);
bool map_render_html(const struct isth_map *, FILE *, struct error *);
bool map_render_json(const struct isth_map *, FILE *, struct error *);
bool map_render_kv(const struct isth_map *, FILE *, struct error *);
/* Inside the HTML renderer: escaped text, and the parts of a page. */
void map_html_text(FILE *, const char *);
void map_html_need_anchor(FILE *, const char *id);
void map_html_need(const struct isth_map *, const struct map_need *, FILE *);
void map_html_sites(const struct map_need *, FILE *);

/* Lines of the page's style and script, NULL at the end; made by embed.sh. */
extern const char *const map_page_css[];
extern const char *const map_page_rows_css[];
extern const char *const map_page_media_css[];
extern const char *const map_page_js[];

#endif
