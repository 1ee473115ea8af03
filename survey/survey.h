/*
 * The survey: what a kernel gives when asked (probe), what a source tree
 * needs (scan), what is known about each interface (catalogue), and the
 * porting map between them (map).
 *
 * This is the only header of the room that others include, and it is
 * installed as <isthmus/survey.h>.  Strings are UTF-8.  A function that can
 * fail returns false or NULL and fills `struct error` (<isthmus/error.h>).
 * What a *_create, *_run or *_load function returns is the caller's, who
 * gives it to the *_destroy function named beside it.  No function here is
 * safe to call from two threads at the same time on the same object.
 */
#ifndef ISTHMUS_SURVEY_H
#define ISTHMUS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct error;

/* ------------------------------------------------------------------ */
/* Vocabulary                                                          */
/* ------------------------------------------------------------------ */

/* What part of an operating system an interface belongs to. */
enum isth_area {
	ISTH_AREA_PROCESS,    /* process creation and supervision */
	ISTH_AREA_DESCRIPTOR, /* descriptors */
	ISTH_AREA_ISOLATION,  /* file-system isolation: chroot, jail */
	ISTH_AREA_NAMESPACE,  /* namespaces */
	ISTH_AREA_MOUNT,      /* mounts and file systems */
	ISTH_AREA_PRIVILEGE,  /* privilege and capability */
	ISTH_AREA_METADATA,   /* metadata and storage */
	ISTH_AREA_TIME,	      /* time */
	ISTH_AREA_EVENT,      /* events and IPC */
	ISTH_AREA_LIMIT,      /* limits */
	ISTH_AREA_MEMORY,     /* memory */
	ISTH_AREA_NETWORK,    /* network */
	ISTH_AREA_SYSTEM,     /* administration of the whole machine */
	ISTH_AREA_COUNT
};

/* What sort of thing a catalogue row describes. */
enum isth_kind {
	ISTH_KIND_SYSCALL,
	ISTH_KIND_LIBC,
	ISTH_KIND_FLAG,	      /* a constant: CLONE_NEWNS, PR_SET_NAME */
	ISTH_KIND_HEADER,     /* sys/prctl.h */
	ISTH_KIND_SYSCTL,     /* security.bsd.unprivileged_chroot */
	ISTH_KIND_DEVICE,     /* /dev/kvm */
	ISTH_KIND_FILESYSTEM, /* fs:nullfs */
	ISTH_KIND_COMMAND,    /* cmd:unshare */
	ISTH_KIND_SEMANTIC,   /* semantic:setuid-drop-is-permanent */
	ISTH_KIND_COUNT
};

/* How far FreeBSD is from the interface of that name. */
enum isth_class {
	ISTH_CLASS_NATIVE,     /* same name, same promise */
	ISTH_CLASS_EQUIVALENT, /* another name or shape, same promise */
	ISTH_CLASS_REDESIGN,   /* the purpose can be met, by other means */
	ISTH_CLASS_ABSENT,     /* nothing meets the purpose */
	ISTH_CLASS_COUNT
};

/* What came of calling an interface. */
enum isth_state {
	ISTH_STATE_OK,		/* does what its documentation promises */
	ISTH_STATE_ABSENT,	/* this kernel or libc does not have it */
	ISTH_STATE_DENIED,	/* it is there; this caller may not */
	ISTH_STATE_UNSUPPORTED, /* it is there; this object refuses it */
	ISTH_STATE_UNRELIABLE,	/* says yes and does not do it, or not always */
	ISTH_STATE_FAILED,	/* an errno that its documentation excludes */
	ISTH_STATE_CRASHED,	/* the probe died of a signal */
	ISTH_STATE_HUNG,	/* no answer within the deadline */
	ISTH_STATE_SKIPPED,	/* not asked, with the reason */
	ISTH_STATE_COUNT
};

/*
 * The word for a value of the vocabulary ("process", "syscall", "native",
 * "ok"), in static storage; "?" outside its range.
 */
const char *isth_area_name(enum isth_area);
const char *isth_area_title(enum isth_area); /* "process creation and ..." */
const char *isth_kind_name(enum isth_kind);
const char *isth_class_name(enum isth_class);
const char *isth_state_name(enum isth_state);
/* The value whose name is `name`; false when there is none. */
bool isth_area_parse(const char *name, enum isth_area *);
bool isth_state_parse(const char *name, enum isth_state *);

/* ------------------------------------------------------------------ */
/* Catalogue: knowledge                                                */
/* ------------------------------------------------------------------ */

/* One row of survey/catalogue/interfaces.def; all strings are static. */
struct isth_interface {
	const char *id;		/* "clone", "CLONE_NEWNS", "sys/prctl.h",
				   "cmd:mount", "fs:nullfs"; unique */
	const char *linux_name; /* what Linux calls it; "-": nothing */
	const char *freebsd;	/* what FreeBSD has instead; "-": nothing */
	const char *why;	/* one line */
	const char *from;	/* man page or source of the fact */
	enum isth_area area;
	enum isth_kind kind;
	enum isth_class class_;
};

/* One interface that a consumer relies on. */
struct isth_need {
	const char *id;	     /* of an isth_interface */
	const char *purpose; /* a few words */
};

/* A program whose needs are known: survey/catalogue/consumers/NAME.def. */
struct isth_consumer {
	const char *name;  /* "guix-daemon" */
	const char *title; /* one line */
	const char *from;  /* version and source of the list */
	const struct isth_need *needs;
	size_t nneeds;
};

/* All rows, in catalogue order; *n is set to their number. */
const struct isth_interface *isth_catalogue_rows(size_t *n);
/* The row of that id; NULL when there is none. */
const struct isth_interface *isth_catalogue_find(const char *id);
/* What a source file writes for this row: the id without its prefix. */
const char *isth_interface_symbol(const struct isth_interface *);
const struct isth_consumer *isth_consumers(size_t *n);
const struct isth_consumer *isth_consumer_find(const char *name);

struct isth_report;
/*
 * Checks the catalogue: rows without source, duplicate ids, texts that are
 * empty or hold a line break, needs and probes that name no row.  With a
 * probe report (may be NULL) also each row whose class or names the
 * measurement contradicts.  Writes one line per finding to `out` and
 * returns their number.
 */
size_t isth_catalogue_check(const struct isth_report *, FILE *out);

/* ------------------------------------------------------------------ */
/* Probe: supply                                                       */
/* ------------------------------------------------------------------ */

/* What is known of a probe before it runs; all strings are static. */
struct isth_probe_info {
	const char *id;		  /* "process.fork" : area.what, unique */
	const char *interface_id; /* the catalogue row that it measures */
	const char *kv;		  /* key of the first harness, or NULL */
	const char *asks;	  /* what is asked, one line */
	enum isth_area area;
	bool needs_root;
};

/* One answer. */
struct isth_probe_result {
	char *id;
	char *interface_id;
	char *kv;     /* NULL: no key of the first harness */
	char *detail; /* one line, never NULL, may be "" */
	enum isth_area area;
	enum isth_state state;
	int err;   /* errno that came with it, or 0 */
	double ms; /* wall time of the probe's child */
};

/* The host that was asked. */
struct isth_host {
	char system[32];     /* "FreeBSD", "Linux": uname -s */
	char release[96];    /* uname -r */
	char version[256];   /* uname -v */
	char machine[32];    /* uname -m */
	char filesystem[32]; /* type of the file system probed on */
	unsigned uid;	     /* effective user id of the probe */
};

/* A measured kernel: `isthmus.probe/1`. */
struct isth_report {
	struct isth_host host;
	struct isth_probe_result *results;
	size_t nresults;
	bool partial; /* of a run of some probes only; not saved */
	double ms;    /* wall time of the whole run */
};

struct isth_probe_options {
	const enum isth_area *area; /* NULL: all areas */
	const char *const *only;    /* NULL-terminated ids; NULL: all */
	const char *scratch;	    /* directory to work in; NULL: $TMPDIR
					     or /tmp */
	unsigned deadline_ms;	    /* per probe; 0: 2000 */
	unsigned jobs;		    /* probes at a time; 0: by CPUs */
};

/* All probes of this build, in order of area and id. */
const struct isth_probe_info *isth_probes(size_t *n);
/*
 * Runs the probes, each in a child of its own, and leaves the host as it
 * was, also when a probe or this process is killed.  Fails when `only`
 * names no probe or the scratch directory cannot be made.  Free with
 * isth_report_destroy.
 */
struct isth_report *isth_probe_run(
    const struct isth_probe_options *, struct error *);
/* Reads a report that isth_report_render_json wrote. */
struct isth_report *isth_report_load(const char *path, struct error *);
void isth_report_destroy(struct isth_report *);
/* The result of that probe id; NULL when it was not run. */
const struct isth_probe_result *isth_report_find(
    const struct isth_report *, const char *id);

enum isth_format {
	ISTH_FORMAT_TABLE,
	ISTH_FORMAT_KV,
	ISTH_FORMAT_JSON,
	ISTH_FORMAT_NDJSON,
	ISTH_FORMAT_TEXT,
	ISTH_FORMAT_MARKDOWN,
	ISTH_FORMAT_HTML
};

/* Writes a report as table, kv, json or ndjson; false on a write error. */
bool isth_report_render(
    const struct isth_report *, enum isth_format, FILE *out, struct error *);
/*
 * Writes what changed from `old` to `new_` as a table (or json); *lost is
 * the number of probes that were ok and are no longer.  Where `new_` is
 * partial, only what it has is compared.
 */
bool isth_report_compare(const struct isth_report *old,
    const struct isth_report *new_, enum isth_format, FILE *out, size_t *lost,
    struct error *);

/* ------------------------------------------------------------------ */
/* Scan: demand                                                        */
/* ------------------------------------------------------------------ */

/* How a source file uses a symbol. */
enum isth_use {
	ISTH_USE_CALL,	    /* f(...), SYS_f, __NR_f, a Guile FFI name */
	ISTH_USE_REFERENCE, /* f without a call: &f, a table entry */
	ISTH_USE_FLAG,	    /* a catalogued constant */
	ISTH_USE_HEADER,    /* #include of a catalogued header */
	ISTH_USE_COMMAND,   /* a catalogued command in a shell script */
	ISTH_USE_DEVICE,    /* a string literal that names a device */
	ISTH_USE_COUNT
};

const char *isth_use_name(enum isth_use);

struct isth_scan_site {
	uint32_t file; /* index into isth_scan.files */
	uint32_t line; /* from 1 */
};

/* One symbol used in one way; sites are ordered by file, then line. */
struct isth_scan_symbol {
	char *name;
	enum isth_use use;
	const struct isth_interface *interface; /* NULL: not catalogued */
	const struct isth_scan_site *sites;
	size_t nsites;
};

/* Input that could not be read as source, or in part only, and why. */
struct isth_scan_problem {
	char *path;
	char *reason; /* "binary", "not UTF-8 ...", "Permission ..." */
};

struct isth_scan {
	char **roots; /* as given */
	size_t nroots;
	char **files; /* sources read, sorted */
	size_t nfiles;
	uint64_t bytes;			  /* of all sources read */
	struct isth_scan_symbol *symbols; /* by name, then use */
	size_t nsymbols;
	struct isth_scan_problem *problems;
	size_t nproblems;
	size_t nunread; /* of these, what is not in files */
};

struct isth_scan_options {
	const char *const *paths;  /* NULL-terminated files, directories */
	const char *symbol_prefix; /* count calls of PREFIX*, too */
	const char *symbols_file;  /* names, one a line; NULL */
	/* Functions, NULL-terminated; NULL.  The names are copied. */
	const char *const *functions;
	bool catalogue; /* look for catalogued symbols */
	unsigned jobs;	/* threads; 0: one per CPU */
};

/*
 * Scans every source file below `paths`.  Fails when a path does not exist
 * or no memory is left; what cannot be read or parsed inside a directory is
 * a problem in the result.  Free with isth_scan_destroy.
 */
struct isth_scan *isth_scan_run(
    const struct isth_scan_options *, struct error *);
void isth_scan_destroy(struct isth_scan *);
/* Writes a scan as text or json, with every site when `sites`. */
bool isth_scan_render(const struct isth_scan *, enum isth_format, bool sites,
    FILE *out, struct error *);

/* ------------------------------------------------------------------ */
/* Map: the join                                                       */
/* ------------------------------------------------------------------ */

/* How a need stands on the kernel that was measured. */
enum isth_verdict {
	ISTH_VERDICT_WORKS,    /* measured ok (or native, not measurable) */
	ISTH_VERDICT_ADAPT,    /* an equivalent does the same */
	ISTH_VERDICT_REDESIGN, /* to be met by other means */
	ISTH_VERDICT_GAP,      /* irreducible: nothing meets it */
	ISTH_VERDICT_ASK,      /* could not be measured as this user */
	ISTH_VERDICT_COUNT
};

const char *isth_verdict_name(enum isth_verdict);

struct isth_map;

struct isth_map_options {
	const struct isth_consumer *consumer; /* or NULL */
	const struct isth_scan *scan;	      /* or NULL; one of both */
	const struct isth_report *report;     /* this kernel; never NULL */
	const struct isth_report *other;      /* another kernel, or NULL */
};

/*
 * Joins demand, supply and knowledge.  The arguments are borrowed and must
 * outlive the map.  Free with isth_map_destroy.
 */
struct isth_map *isth_map_create(
    const struct isth_map_options *, struct error *);
void isth_map_destroy(struct isth_map *);
/* How many needs have that verdict. */
size_t isth_map_count(const struct isth_map *, enum isth_verdict);
/* Writes the map as text, markdown, html, json or kv. */
bool isth_map_render(
    const struct isth_map *, enum isth_format, FILE *out, struct error *);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
