/*
 * What Linux tells of itself: /proc.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mach/machine.h>

#include "mach/os/info.h"
#include "mach/os/user/user.h"

/* `scan` is called for each line of a file, until it returns false. */
static bool
each_line(const char *path, bool (*scan)(const char *, void *), void *arg)
{
	char line[256];
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return (false);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!scan(line, arg))
			break;
	}
	fclose(f);
	return (true);
}

bool
info_process(uint64_t *virtual_size, uint64_t *resident_size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uintmax_t size, resident;
	FILE *f;
	int n;

	f = fopen("/proc/self/statm", "re");
	if (f == NULL)
		return (false);
	n = fscanf(f, "%ju %ju", &size, &resident);
	fclose(f);
	if (n != 2)
		return (false);
	*virtual_size = size * page;
	*resident_size = resident * page;
	return (true);
}

/* A name as the file writes it, and where its number goes. */
struct wanted {
	const char *name;
	uint64_t *value;
};

static bool
scan_number(const char *line, void *arg)
{
	const struct wanted *w;
	uintmax_t value;
	char name[64];

	if (sscanf(line, "%63[^ :]%*[ :]%ju", name, &value) != 2)
		return (true);
	for (w = arg; w->name != NULL; w++) {
		if (strcmp(w->name, name) == 0)
			*w->value = value;
	}
	return (true);
}

bool
info_memory(struct info_memory *m)
{
	uint64_t page_kb = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	uint64_t slab = 0, kernel_stack = 0, tables = 0, locked = 0;
	struct wanted kilobytes[] = {
		{ "MemFree", &m->free },
		{ "Active", &m->active },
		{ "Inactive", &m->inactive },
		{ "Cached", &m->file_pages },
		{ "AnonPages", &m->anonymous_pages },
		{ "Slab", &slab },
		{ "KernelStack", &kernel_stack },
		{ "PageTables", &tables },
		{ "Unevictable", &locked },
		{ NULL, NULL },
	};
	struct wanted events[] = {
		{ "pgfault", &m->faults },
		{ "pgactivate", &m->reactivations },
		{ "pgpgin", &m->pageins },
		{ "pgpgout", &m->pageouts },
		{ "pswpin", &m->swapins },
		{ "pswpout", &m->swapouts },
		{ NULL, NULL },
	};
	int i;

	memset(m, 0, sizeof(*m));
	if (!each_line("/proc/meminfo", scan_number, kilobytes) ||
	    !each_line("/proc/vmstat", scan_number, events))
		return (false);
	for (i = 0; kilobytes[i].name != NULL; i++)
		*kilobytes[i].value /= page_kb;
	m->wired = slab + kernel_stack + tables + locked;
	/* These two are counted in kilobytes. */
	m->pageins /= page_kb;
	m->pageouts /= page_kb;
	return (true);
}

static bool
scan_ticks(const char *line, void *arg)
{
	uintmax_t user, nice, system, idle, wait = 0, irq = 0, soft = 0;
	uint64_t *ticks = arg;

	if (sscanf(line, "cpu %ju %ju %ju %ju %ju %ju %ju", &user, &nice,
		&system, &idle, &wait, &irq, &soft) < 4)
		return (true);
	ticks[CPU_STATE_USER] = user;
	ticks[CPU_STATE_NICE] = nice;
	ticks[CPU_STATE_SYSTEM] = system + irq + soft;
	ticks[CPU_STATE_IDLE] = idle + wait;
	return (false);
}

bool
info_ticks(uint64_t ticks[4])
{
	memset(ticks, 0, 4 * sizeof(*ticks));
	return (each_line("/proc/stat", scan_ticks, ticks));
}
