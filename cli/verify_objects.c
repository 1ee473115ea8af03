/*
 * What the running executable consists of, as the loader tells it
 * (dl_iterate_phdr, which Linux and FreeBSD have): nothing when it is linked
 * statically.
 */
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/verify_objects.h"

struct finder {
	struct verify_objects *objects;
	bool failed;
};

static void
object_add(struct finder *f, const char *at)
{
	struct verify_objects *objects = f->objects;
	struct verify_object *items, *o;
	size_t i;

	for (i = 0; i < objects->n; i++) {
		if (strcmp(objects->items[i].at, at) == 0)
			return;
	}
	items = reallocarray(objects->items, objects->n + 1, sizeof(*items));
	if (items == NULL) {
		f->failed = true;
		return;
	}
	objects->items = items;
	o = &items[objects->n];
	o->path = realpath(at, NULL);
	o->at = strdup(at);
	if (o->path == NULL || o->at == NULL) {
		free(o->path);
		free(o->at);
		f->failed = true;
		return;
	}
	objects->n++;
}

/* Every object, and of the executable (the first) its interpreter. */
static int
each(struct dl_phdr_info *info, size_t size, void *context)
{
	struct finder *f = context;
	const ElfW(Phdr) * segment;
	size_t i;
	bool is_self;

	(void)size;
	is_self = false;
	for (i = 0; i < info->dlpi_phnum; i++) {
		segment = &info->dlpi_phdr[i];
		if (segment->p_type != PT_INTERP)
			continue;
		/* Some shared objects have one too; adding it does no harm. */
		is_self = true;
		object_add(f, (const char *)(uintptr_t)(info->dlpi_addr +
							segment->p_vaddr));
	}
	/* A name without a slash is the kernel's object, not a file. */
	if (info->dlpi_name != NULL && info->dlpi_name[0] == '/' &&
	    !(is_self && strcmp(info->dlpi_name, f->objects->self) == 0))
		object_add(f, info->dlpi_name);
	return (0);
}

/* argv[0] as the shell found it. */
static char *
find_in_path(const char *name)
{
	const char *dir, *end, *path;
	char *full, *found;

	if (strchr(name, '/') != NULL)
		return (realpath(name, NULL));
	path = getenv("PATH");
	for (dir = path; dir != NULL; dir = *end == ':' ? end + 1 : NULL) {
		end = strchrnul(dir, ':');
		if (asprintf(&full, "%.*s/%s", (int)(end - dir), dir, name) ==
		    -1)
			return (NULL);
		found = access(full, X_OK) == 0 ? realpath(full, NULL) : NULL;
		free(full);
		if (found != NULL)
			return (found);
	}
	return (NULL);
}

static bool
has_directory(const char *list, const char *dir, size_t len)
{
	const char *p;

	for (p = list; (p = strstr(p, dir)) != NULL; p++) {
		if ((p == list || p[-1] == ':') &&
		    (p[len] == ':' || p[len] == '\0'))
			return (true);
	}
	return (false);
}

/* Where the objects are; inside there is no cache of the loader. */
static char *
directories(const struct verify_objects *objects)
{
	struct text t = { 0 };
	const char *slash;
	char *dir;
	size_t i, len;

	for (i = 0; i < objects->n; i++) {
		slash = strrchr(objects->items[i].at, '/');
		len = (size_t)(slash - objects->items[i].at);
		dir = strndup(objects->items[i].at, len);
		if (dir == NULL)
			continue;
		if (!has_directory(text_string(&t), dir, len))
			text_addf(&t, "%s%s", t.len == 0 ? "" : ":", dir);
		free(dir);
	}
	return (text_take(&t));
}

bool
verify_objects_find(struct verify_objects *objects, struct error *e)
{
	struct finder f = { .objects = objects };

	*objects = (struct verify_objects){ 0 };
	objects->self = realpath("/proc/self/exe", NULL);
	if (objects->self == NULL)
		objects->self = find_in_path(command_argv0);
	if (objects->self == NULL)
		return (
		    fail(e, errno, "find own executable", command_argv0, NULL));
	(void)dl_iterate_phdr(each, &f);
	objects->directories = directories(objects);
	if (f.failed || objects->directories == NULL)
		return (fail(e, errno, "find own shared objects", NULL, NULL));
	return (true);
}

void
verify_objects_destroy(struct verify_objects *objects)
{
	size_t i;

	for (i = 0; i < objects->n; i++) {
		free(objects->items[i].path);
		free(objects->items[i].at);
	}
	free(objects->items);
	free(objects->self);
	free(objects->directories);
}
