/*
 * Where a command's answer goes.  A file is written beside its final name
 * and renamed when it is complete, so that nobody reads half of one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cli/command.h"

#define FORMATS_MAX 8

static bool
format_parse(const char *name, const struct format_name *allowed,
    enum isth_format *format, struct error *e)
{
	const char *names[FORMATS_MAX], *nearest;
	struct text list = { 0 };
	size_t n;

	for (n = 0; allowed[n].name != NULL; n++) {
		if (strcmp(allowed[n].name, name) == 0) {
			*format = allowed[n].format;
			return (true);
		}
	}
	for (n = 0; n < FORMATS_MAX && allowed[n].name != NULL; n++) {
		names[n] = allowed[n].name;
		text_addf(&list, "%s%s", n == 0 ? "" : ", ", names[n]);
	}
	fail(e, 0, "--format", name, "unknown format; one of %s",
	    text_string(&list));
	text_clear(&list);
	nearest = text_nearest(name, names, n);
	if (nearest != NULL)
		fail_hint(e, "%s", nearest);
	return (false);
}

/* The format that the ending of a file name stands for. */
static bool
format_of_path(const char *path, const struct format_name *allowed,
    enum isth_format *format)
{
	static const struct format_name endings[] = {
		{ "json", ISTH_FORMAT_JSON },
		{ "ndjson", ISTH_FORMAT_NDJSON },
		{ "html", ISTH_FORMAT_HTML },
		{ "md", ISTH_FORMAT_MARKDOWN },
		{ "kv", ISTH_FORMAT_KV },
	};
	const char *dot;
	size_t i, j;

	dot = strrchr(path, '.');
	if (dot == NULL)
		return (false);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (strcmp(endings[i].name, dot + 1) != 0)
			continue;
		for (j = 0; allowed[j].name != NULL; j++) {
			if (allowed[j].format == endings[i].format) {
				*format = endings[i].format;
				return (true);
			}
		}
	}
	return (false);
}

/* Opens the file itself when it is no regular file: /dev/stdout, a FIFO. */
static bool
open_file(struct output *o, struct error *e)
{
	struct stat st;
	int fd;

	if (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		o->stream = fopen(o->path, "we");
		if (o->stream == NULL)
			return (fail(e, errno, "open output", o->path, NULL));
		return (true);
	}
	if (asprintf(&o->temporary, "%s.%ld.tmp", o->path, (long)getpid()) ==
	    -1) {
		o->temporary = NULL;
		return (fail(e, ENOMEM, "open output", o->path, NULL));
	}
	fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd != -1)
		o->stream = fdopen(fd, "w");
	if (o->stream == NULL) {
		fail(e, errno, "create output", o->temporary, NULL);
		if (fd != -1)
			close(fd);
		output_abandon(o);
		return (false);
	}
	return (true);
}

bool
output_open(struct output *o, const struct arguments *a,
    const struct format_name *allowed, enum isth_format fallback, bool metadata,
    struct error *e)
{
	const char *format;

	memset(o, 0, sizeof(*o));
	o->format = fallback;
	o->path = arguments_value(a, "--output");
	if (o->path == NULL && metadata) {
		o->path = getenv("METADATA_OUT");
		if (o->path != NULL && o->path[0] == '\0')
			o->path = NULL;
	}
	if (o->path != NULL && strcmp(o->path, "-") == 0)
		o->path = NULL;
	/* A probe's file without another word is what the harness wrote. */
	if (o->path != NULL && metadata)
		o->format = ISTH_FORMAT_KV;
	format = arguments_value(a, "--format");
	if (format != NULL) {
		if (!format_parse(format, allowed, &o->format, e))
			return (false);
	} else if (o->path != NULL) {
		format_of_path(o->path, allowed, &o->format);
	}
	if (o->path != NULL)
		return (open_file(o, e));
	o->stream = stdout;
	return (true);
}

bool
output_close(struct output *o, struct error *e)
{
	bool bad;

	bad = fflush(o->stream) == EOF || ferror(o->stream);
	if (bad)
		fail(e, errno == 0 ? EIO : errno, "write output",
		    o->path == NULL ? "standard output" : o->path, NULL);
	if (o->path != NULL) {
		if (fclose(o->stream) == EOF && !bad)
			bad = !fail(e, errno, "write output", o->path, NULL);
		o->stream = NULL;
		if (!bad && o->temporary != NULL &&
		    rename(o->temporary, o->path) == -1)
			bad = !fail(
			    e, errno, "put output in place", o->path, NULL);
	}
	if (bad) {
		output_abandon(o);
		return (false);
	}
	free(o->temporary);
	o->temporary = NULL;
	return (true);
}

void
output_abandon(struct output *o)
{
	if (o->stream != NULL && o->stream != stdout)
		fclose(o->stream);
	o->stream = NULL;
	if (o->temporary != NULL) {
		unlink(o->temporary);
		free(o->temporary);
		o->temporary = NULL;
	}
}

int
output_end(struct output *o, bool written, int status, struct error *e)
{
	if (!written) {
		output_abandon(o);
		return (status_of(e));
	}
	return (output_close(o, e) ? status : STATUS_HOST);
}
