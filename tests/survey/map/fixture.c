/* See fixture.h. */
#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ROW(id, area, kind, linux_, freebsd_, class_, why)                 \
	{                                                                  \
		id, linux_, freebsd_, why, "planted(2)", ISTH_AREA_##area, \
		    ISTH_KIND_##kind, ISTH_CLASS_##class_                  \
	}

const struct isth_interface planted_rows[] = {
	ROW("fork", PROCESS, SYSCALL, "fork", "fork", NATIVE, "the same"),
	ROW("pidfd_open", PROCESS, SYSCALL, "pidfd_open", "pdfork(2)",
	    EQUIVALENT, "a descriptor of a process, from its birth"),
	ROW("pidfd_send_signal", PROCESS, SYSCALL, "pidfd_send_signal",
	    "pdkill(2)", EQUIVALENT, "a signal by descriptor"),
	ROW("clone3", PROCESS, SYSCALL, "clone3", "pdfork(2)", EQUIVALENT,
	    "without namespaces"),
	ROW("CLONE_NEWNS", NAMESPACE, FLAG, "CLONE_NEWNS",
	    "jail_set(2) and nullfs(4)", REDESIGN, "no private mount table"),
	ROW("unshare", NAMESPACE, SYSCALL, "unshare", "jail_set(2)", REDESIGN,
	    "no namespace can be left alone"),
	ROW("CLONE_NEWTIME", NAMESPACE, FLAG, "CLONE_NEWTIME", "-", ABSENT,
	    "the clock is one for all"),
	ROW("seccomp", PRIVILEGE, SYSCALL, "seccomp", "cap_enter(2)", REDESIGN,
	    "capabilities instead of filters"),
	ROW("keyctl", PRIVILEGE, SYSCALL, "keyctl", "-", ABSENT,
	    "no key store | in the kernel <b>&amp;"),
	ROW("chroot", ISOLATION, SYSCALL, "chroot", "chroot", NATIVE,
	    "the same for root"),
	ROW("posix_fallocate", METADATA, LIBC, "posix_fallocate",
	    "posix_fallocate", NATIVE, "the same, where the disk can"),
	ROW("close_range", DESCRIPTOR, SYSCALL, "close_range", "close_range",
	    NATIVE, "the same"),
	ROW("kqueue", EVENT, SYSCALL, "-", "kqueue", NATIVE, "its own"),
	ROW("fs:nullfs", MOUNT, FILESYSTEM, "-", "nullfs", NATIVE, "its own"),
	ROW("sys/prctl.h", PROCESS, HEADER, "sys/prctl.h", "sys/procctl.h",
	    EQUIVALENT, "procctl(2) has the controls"),
};
const size_t planted_nrows = COUNT(planted_rows);

static const struct isth_need needs[] = {
	{ "fork", "start a build" },
	{ "pidfd_open", "wait for a build" },
	{ "clone3", "start it in namespaces" },
	{ "CLONE_NEWNS", "private mounts" },
	{ "unshare", "leave the host" },
	{ "CLONE_NEWTIME", "a clock of its own" },
	{ "keyctl", "forget the host's keys" },
	{ "chroot", "see the inputs only" },
	{ "posix_fallocate", "reserve the database's pages" },
	{ "close_range", "inherit nothing" },
	{ "fork", "run hooks" },
	{ "no_such_row", "planted: nobody knows it" },
};

const struct isth_consumer planted_consumer = { "planted-daemon",
	"A daemon that only these tests know", "planted 1.0", needs,
	COUNT(needs) };

static char *
copy(const char *s)
{
	char *p;

	p = strdup(s);
	ATF_REQUIRE(p != NULL);
	return (p);
}

static void *
zeroed(size_t n, size_t size)
{
	void *p;

	p = calloc(n == 0 ? 1 : n, size);
	ATF_REQUIRE(p != NULL);
	return (p);
}

struct isth_report *
plant_report(const char *system, const char *release, unsigned uid,
    const struct plant *plants, size_t n)
{
	struct isth_report *r;
	size_t i;

	r = zeroed(1, sizeof(*r));
	snprintf(r->host.system, sizeof(r->host.system), "%s", system);
	snprintf(r->host.release, sizeof(r->host.release), "%s", release);
	snprintf(r->host.machine, sizeof(r->host.machine), "amd64");
	snprintf(r->host.filesystem, sizeof(r->host.filesystem), "zfs");
	r->host.uid = uid;
	r->results = zeroed(n, sizeof(*r->results));
	r->nresults = n;
	for (i = 0; i < n; i++) {
		r->results[i].id = copy(plants[i].id);
		r->results[i].interface_id = copy(plants[i].interface_id);
		r->results[i].detail = copy(plants[i].detail);
		r->results[i].state = plants[i].state;
		r->results[i].err = plants[i].err;
	}
	return (r);
}

void
plant_report_destroy(struct isth_report *r)
{
	size_t i;

	for (i = 0; i < r->nresults; i++) {
		free(r->results[i].id);
		free(r->results[i].interface_id);
		free(r->results[i].detail);
	}
	free(r->results);
	free(r);
}

struct isth_report *
plant_linux(void)
{
	static const struct plant plants[] = {
		{ "process.fork", "fork", ISTH_STATE_OK, 0, "waited for" },
		{ "process.pidfd", "pidfd_open", ISTH_STATE_OK, 0, "" },
		{ "namespace.unshare-mount", "unshare", ISTH_STATE_DENIED, 1,
		    "unshare: EPERM" },
		{ "namespace.unshare-user", "unshare", ISTH_STATE_OK, 0, "" },
		{ "privilege.keyctl", "keyctl", ISTH_STATE_ABSENT, 38, "" },
	};

	return (plant_report("Linux", "6.1.0", 0, plants, COUNT(plants)));
}

struct isth_report *
plant_freebsd(void)
{
	static const struct plant plants[] = {
		{ "process.fork", "fork", ISTH_STATE_OK, 0, "waited for" },
		{ "isolation.chroot", "chroot", ISTH_STATE_SKIPPED, 0,
		    "needs root" },
		{ "metadata.fallocate", "posix_fallocate",
		    ISTH_STATE_UNSUPPORTED, 45, "EOPNOTSUPP on zfs" },
		{ "metadata.fallocate-grow", "posix_fallocate", ISTH_STATE_OK,
		    0, "" },
		{ "namespace.unshare-mount", "unshare", ISTH_STATE_ABSENT, 78,
		    "" },
	};

	return (plant_report(
	    "FreeBSD", "15.1-RELEASE", 1001, plants, COUNT(plants)));
}

const struct isth_interface *
plant_row(const char *id)
{
	size_t i;

	for (i = 0; i < planted_nrows; i++) {
		if (strcmp(planted_rows[i].id, id) == 0)
			return (&planted_rows[i]);
	}
	atf_tc_fail("no planted row %s", id);
}

static void
scan_symbol(struct isth_scan *scan, const char *name, const char *row,
    enum isth_use use, const uint32_t (*sites)[2], size_t n)
{
	struct isth_scan_symbol *symbol;
	struct isth_scan_site *copied;
	size_t i;

	symbol = &scan->symbols[scan->nsymbols++];
	symbol->name = copy(name);
	symbol->use = use;
	symbol->interface = row == NULL ? NULL : plant_row(row);
	copied = zeroed(n, sizeof(*copied));
	for (i = 0; i < n; i++) {
		copied[i].file = sites[i][0];
		copied[i].line = sites[i][1];
	}
	symbol->sites = copied;
	symbol->nsites = n;
}

struct isth_scan *
plant_scan(void)
{
	static const char *const files[] = {
		"src/</script><script>document.title='owned'</script>.c",
		"src/a|b`c*[x](y).c",
		"src/bell\a\033[31m\n.c",
		"src/bidi\xe2\x80\xae.c",
		"src/broken\xff\xc3.c",
		"src/plain.c",
		"src/quote\"'&amp;.c",
	};
	static const uint32_t calls[][2] = { { 0, 3 }, { 1, 5 }, { 2, 7 },
		{ 3, 9 }, { 4, 11 }, { 5, 40 }, { 5, 12 }, { 6, 1 } };
	static const uint32_t pointers[][2] = { { 5, 13 } };
	static const uint32_t other[][2] = { { 5, 99 } };
	struct isth_scan *scan;
	size_t i;

	scan = zeroed(1, sizeof(*scan));
	scan->nroots = 1;
	scan->roots = zeroed(1, sizeof(char *));
	scan->roots[0] = copy("src");
	scan->nfiles = COUNT(files);
	scan->files = zeroed(COUNT(files), sizeof(char *));
	for (i = 0; i < COUNT(files); i++)
		scan->files[i] = copy(files[i]);
	scan->bytes = 1234567;
	scan->symbols = zeroed(8, sizeof(*scan->symbols));
	scan_symbol(scan, "fork", "fork", ISTH_USE_CALL, calls, COUNT(calls));
	scan_symbol(scan, "fork", "fork", ISTH_USE_REFERENCE, pointers, 1);
	scan_symbol(scan, "keyctl", "keyctl", ISTH_USE_CALL, other, 1);
	scan_symbol(scan, "mach_<msg>=%", NULL, ISTH_USE_CALL, calls, 2);
	scan_symbol(
	    scan, "sys/prctl.h", "sys/prctl.h", ISTH_USE_HEADER, other, 1);
	return (scan);
}

struct isth_scan *
plant_scan_large(size_t n)
{
	struct isth_scan *scan;
	uint32_t(*sites)[2];
	size_t i;

	scan = zeroed(1, sizeof(*scan));
	scan->nroots = 1;
	scan->roots = zeroed(1, sizeof(char *));
	scan->roots[0] = copy("large");
	scan->nfiles = 1;
	scan->files = zeroed(1, sizeof(char *));
	scan->files[0] = copy("large/one.c");
	scan->symbols = zeroed(1, sizeof(*scan->symbols));
	sites = zeroed(n, sizeof(*sites));
	for (i = 0; i < n; i++)
		sites[i][1] = (uint32_t)i + 1;
	scan_symbol(scan, "fork", "fork", ISTH_USE_CALL,
	    (const uint32_t(*)[2])sites, n);
	free(sites);
	return (scan);
}

void
plant_scan_destroy(struct isth_scan *scan)
{
	size_t i;

	for (i = 0; i < scan->nroots; i++)
		free(scan->roots[i]);
	for (i = 0; i < scan->nfiles; i++)
		free(scan->files[i]);
	for (i = 0; i < scan->nsymbols; i++) {
		free(scan->symbols[i].name);
		free((void *)(uintptr_t)scan->symbols[i].sites);
	}
	free(scan->roots);
	free(scan->files);
	free(scan->symbols);
	free(scan);
}

struct isth_map *
plant_map(const struct isth_consumer *consumer, const struct isth_scan *scan,
    const struct isth_report *report, const struct isth_report *other)
{
	struct isth_map_options options;
	struct isth_map *map;
	struct error e;

	options.consumer = consumer;
	options.scan = scan;
	options.report = report;
	options.other = other;
	map = map_join(&options, planted_rows, planted_nrows, &e);
	if (map == NULL)
		atf_tc_fail("%s: %s: %s", e.step, e.path, e.why);
	return (map);
}

const struct map_need *
plant_need(const struct isth_map *map, const char *id)
{
	size_t i;

	for (i = 0; i < map->nneeds; i++) {
		if (strcmp(map->needs[i].id, id) == 0)
			return (&map->needs[i]);
	}
	atf_tc_fail("no need %s in the map", id);
}

char *
plant_render(const struct isth_map *map, enum isth_format format)
{
	struct error e;
	char *s;
	size_t n;
	FILE *out;

	s = NULL;
	out = open_memstream(&s, &n);
	ATF_REQUIRE(out != NULL);
	if (!isth_map_render(map, format, out, &e))
		atf_tc_fail("%s: %s", e.step, e.why);
	ATF_REQUIRE(fclose(out) == 0);
	return (s);
}
