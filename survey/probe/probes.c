/*
 * The list of all probes of this build, and choosing among them.  Apart from
 * the rows, so that a new area is one line here.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "survey/probe/area_descriptor.h"
#include "survey/probe/area_harness.h"
#include "survey/probe/area_plain.h"
#include "survey/probe/area_process.h"
#include "survey/probe/runner.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct probe_area *const areas[] = {
	&probe_area_process,
	&probe_area_process_exec,
	&probe_area_process_session,
	&probe_area_process_spawn,
	&probe_area_process_clone,
	&probe_area_process_pidfd,
	&probe_area_process_control,
	&probe_area_process_prctl,
	&probe_area_process_signal,
	&probe_area_process_sched,
	&probe_area_process_rfork,
	&probe_area_descriptor,
	&probe_area_descriptor_pass,
	&probe_area_descriptor_open,
	&probe_area_descriptor_data,
	&probe_area_descriptor_memfd,
	&probe_area_descriptor_lock,
	&probe_area_harness_isolation,
	&probe_area_harness_namespace,
	&probe_area_harness_privilege,
	&probe_area_isolation,
	&probe_area_namespace,
	&probe_area_mount,
	&probe_area_privilege,
	&probe_area_metadata,
	&probe_area_time,
	&probe_area_event,
	&probe_area_limit,
	&probe_area_memory,
	&probe_area_network,
	&probe_area_system,
	&probe_area_process_plain,
	&probe_area_descriptor_plain,
	&probe_area_namespace_plain,
	&probe_area_mount_plain,
	&probe_area_privilege_plain,
	&probe_area_privilege_caps,
	&probe_area_metadata_plain,
	&probe_area_event_plain,
	&probe_area_limit_plain,
	&probe_area_network_plain,
	&probe_area_system_plain,
};

/* Made once, at the first call, and kept for the life of the process. */
static struct probe_item *all;
static struct isth_probe_info *infos;
static size_t nall;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int
item_order(const void *a, const void *b)
{
	const struct probe_item *x = a, *y = b;

	if (x->area != y->area)
		return (x->area < y->area ? -1 : 1);
	return (strcmp(x->row->id, y->row->id));
}

static void
collect(void)
{
	size_t i, k, n;

	for (i = n = 0; i < COUNT(areas); i++)
		n += areas[i]->nrows;
	all = calloc(n + 1, sizeof(*all));
	infos = calloc(n + 1, sizeof(*infos));
	if (all == NULL || infos == NULL) {
		free(all);
		free(infos);
		all = NULL;
		infos = NULL;
		return;
	}
	for (i = n = 0; i < COUNT(areas); i++) {
		for (k = 0; k < areas[i]->nrows; k++) {
			all[n].area = areas[i]->area;
			all[n++].row = &areas[i]->rows[k];
		}
	}
	qsort(all, n, sizeof(*all), item_order);
	for (i = 0; i < n; i++) {
		infos[i].id = all[i].row->id;
		infos[i].interface_id = all[i].row->interface_id;
		infos[i].kv = all[i].row->kv;
		infos[i].asks = all[i].row->asks;
		infos[i].area = all[i].area;
		infos[i].needs_root = (all[i].row->flags & PROBE_ROOT) != 0;
	}
	nall = n;
}

const struct probe_item *
probe_items(size_t *n)
{
	(void)pthread_once(&once, collect);
	*n = nall;
	return (all);
}

const struct isth_probe_info *
isth_probes(size_t *n)
{
	(void)pthread_once(&once, collect);
	*n = nall;
	return (infos);
}

/* "No such probe", with the id that was perhaps meant. */
static bool
fail_unknown(
    const struct probe_item *items, size_t n, const char *id, struct error *e)
{
	const char **names, *near;
	size_t i;

	(void)fail(e, 0, "choose probes", id, "there is no probe of that id");
	names = calloc(n + 1, sizeof(*names));
	if (names != NULL) {
		for (i = 0; i < n; i++)
			names[i] = items[i].row->id;
		near = text_nearest(id, names, n);
		if (near != NULL)
			(void)fail_hint(e, "%s", near);
		free(names);
	}
	return (false);
}

static bool
is_wanted(const struct probe_item *item, const struct isth_probe_options *opt)
{
	const char *const *id;

	if (opt->area != NULL && item->area != *opt->area)
		return (false);
	if (opt->only == NULL)
		return (true);
	for (id = opt->only; *id != NULL; id++) {
		if (strcmp(*id, item->row->id) == 0)
			return (true);
	}
	return (false);
}

bool
probe_select(const struct probe_item *items, size_t n,
    const struct isth_probe_options *opt, struct probe_item **out, size_t *nout,
    struct error *e)
{
	const char *const *id;
	struct probe_item *chosen;
	size_t i, k;

	for (id = opt->only; id != NULL && *id != NULL; id++) {
		for (i = 0; i < n; i++) {
			if (strcmp(items[i].row->id, *id) == 0)
				break;
		}
		if (i == n)
			return (fail_unknown(items, n, *id, e));
	}
	chosen = calloc(n + 1, sizeof(*chosen));
	if (chosen == NULL)
		return (fail(e, ENOMEM, "choose probes", NULL, NULL));
	for (i = k = 0; i < n; i++) {
		if (is_wanted(&items[i], opt))
			chosen[k++] = items[i];
	}
	*out = chosen;
	*nout = k;
	return (true);
}
