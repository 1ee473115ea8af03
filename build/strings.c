/* Lists of strings. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/strings.h"

bool
strings_add(struct isth_strings *list, char *s)
{
	char **items;

	items = s == NULL
		    ? NULL
		    : reallocarray(list->items, list->n + 1, sizeof(*items));
	if (items == NULL) {
		free(s);
		return (false);
	}
	list->items = items;
	items[list->n++] = s;
	return (true);
}

bool
strings_addf(struct isth_strings *list, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	if (vasprintf(&s, fmt, args) < 0)
		s = NULL;
	va_end(args);
	return (strings_add(list, s));
}

void
strings_clear(struct isth_strings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct isth_strings){ 0 };
}

bool
strings_copy(struct isth_strings *to, const struct isth_strings *from)
{
	size_t i;

	for (i = 0; i < from->n; i++) {
		if (!strings_add(to, strdup(from->items[i])))
			return (false);
	}
	return (true);
}
