/*
 * Rows that only say what the headers declare: keys of the first harness,
 * which asked the preprocessor.  What these interfaces do is asked by other
 * rows of their areas.
 */
#include <sys/syscall.h>

#include "survey/probe/area_harness.h"
#include "survey/probe/area_row_util.h"

#if defined(__has_include)
#if __has_include(<sys/jail.h>)
#define HAVE_JAIL 1
#endif
#if __has_include(<sys/capsicum.h>)
#define HAVE_CAPSICUM 1
#endif
#endif

static PROBE(has_unshare)
{
#ifdef SYS_unshare
	return (probe_ok("number %d", SYS_unshare));
#else
	return (probe_absent("no SYS_unshare"));
#endif
}

static PROBE(has_setns)
{
#ifdef SYS_setns
	return (probe_ok("number %d", SYS_setns));
#else
	return (probe_absent("no SYS_setns"));
#endif
}

static PROBE(has_pivot_root)
{
#ifdef SYS_pivot_root
	return (probe_ok("number %d", SYS_pivot_root));
#else
	return (probe_absent("no SYS_pivot_root"));
#endif
}

static PROBE(has_jail)
{
#ifdef HAVE_JAIL
	return (probe_ok(NULL));
#else
	return (probe_absent("no sys/jail.h"));
#endif
}

static PROBE(has_capsicum)
{
#ifdef HAVE_CAPSICUM
	return (probe_ok(NULL));
#else
	return (probe_absent("no sys/capsicum.h"));
#endif
}

static const struct probe namespace_rows[] = {
	ROW_KV("namespace.declares-setns", "setns",
	    "the headers give setns a number", has_setns, 0,
	    "feature.SYS_setns"),
	ROW_KV("namespace.declares-unshare", "unshare",
	    "the headers give unshare a number", has_unshare, 0,
	    "feature.SYS_unshare"),
};

static const struct probe isolation_rows[] = {
	ROW_KV("isolation.declares-jail", "jail",
	    "the header sys/jail.h is there", has_jail, 0,
	    "feature.FreeBSD_jail"),
	ROW_KV("isolation.declares-pivot-root", "pivot_root",
	    "the headers give pivot_root a number", has_pivot_root, 0,
	    "feature.SYS_pivot_root"),
};

static const struct probe privilege_rows[] = {
	ROW_KV("privilege.declares-capsicum", "sys/capsicum.h",
	    "the header is there", has_capsicum, 0, "feature.Capsicum_headers"),
};

const struct probe_area probe_area_harness_namespace = { ISTH_AREA_NAMESPACE,
	namespace_rows, UTIL_COUNT(namespace_rows) };
const struct probe_area probe_area_harness_isolation = { ISTH_AREA_ISOLATION,
	isolation_rows, UTIL_COUNT(isolation_rows) };
const struct probe_area probe_area_harness_privilege = { ISTH_AREA_PRIVILEGE,
	privilege_rows, UTIL_COUNT(privilege_rows) };
