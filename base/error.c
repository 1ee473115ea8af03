/*
 * The error object: filling, adding context, printing.  One file for both
 * headers, since each function here is a few lines over the same struct.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

bool
fail(struct error *e, int err, const char *step, const char *path,
    const char *why, ...)
{
	va_list ap;

	if (e == NULL)
		return (false);
	e->err = err;
	copy(e->step, sizeof(e->step), step);
	copy(e->path, sizeof(e->path), path);
	e->hint[0] = '\0';
	e->why[0] = '\0';
	if (why != NULL) {
		va_start(ap, why);
		vsnprintf(e->why, sizeof(e->why), why, ap);
		va_end(ap);
	}
	return (false);
}

bool
fail_hint(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return (false);
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return (false);
}

bool
fail_context(struct error *e, const char *fmt, ...)
{
	char inner[sizeof(e->step)];
	size_t used;
	va_list ap;

	if (e == NULL)
		return (false);
	copy(inner, sizeof(inner), e->step);
	va_start(ap, fmt);
	vsnprintf(e->step, sizeof(e->step), fmt, ap);
	va_end(ap);
	if (inner[0] != '\0') {
		used = strlen(e->step);
		snprintf(e->step + used, sizeof(e->step) - used, ": %s", inner);
	}
	return (false);
}

void
isth_error_print(FILE *out, const char *prog, const struct error *e)
{
	const char *reason;

	reason = e->why[0] != '\0' ? e->why : strerror(e->err);
	fprintf(out, "%s: %s%s%s: %s", prog, e->step,
	    e->path[0] != '\0' ? ": " : "", e->path, reason);
	if (e->why[0] != '\0' && e->err != 0)
		fprintf(out, " (%s)", strerror(e->err));
	if (e->hint[0] != '\0')
		fprintf(out, "; try: %s", e->hint);
	fputc('\n', out);
}
