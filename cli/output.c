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
#include "cli/command.h"

#define FORMATS_MAX 8

static bool
format_find(const char *name, const struct format_name *allowed,
    enum isth_format *format)
{
	for (; allowed->name != NULL; allowed++) {
		if (strcmp(allowed->name, name) == 0) {
			*format = allowed->format;
			return (true);
		}
	}
	return (false);
}

/* `step` is the option that asks for it. */
static bool
format_parse(const char *step, const char *name,
    const struct format_name *allowed, enum isth_format *format,
    struct error *e)
{
	const char *names[FORMATS_MAX];
	size_t n;

	if (format_find(name, allowed, format))
		return (true);
	for (n = 0; n < FORMATS_MAX && allowed[n].name != NULL; n++)
		names[n] = allowed[n].name;
	return (word_unknown(step, name, "format", names, n, e));
}

/* The format that the ending of a file name stands for; NULL: none. */
static const char *
format_of_path(const char *path)
{
	static const char *const endings[][2] = {
		{ ".json", "json" },
		{ ".ndjson", "ndjson" },
		{ ".html", "html" },
		{ ".md", "markdown" },
		{ ".kv", "kv" },
	};
	const char *dot;
	size_t i;

	dot = strrchr(path, '.');
	for (i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]);
	     i++) {
		if (strcmp(endings[i][0], dot) == 0)
			return (endings[i][1]);
	}
	return (NULL);
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
		if (!format_parse("--format", format, allowed, &o->format, e))
			return (false);
	} else if (o->path != NULL) {
		format = format_of_path(o->path);
		if (format != NULL &&
		    !format_parse(o->path, format, allowed, &o->format, e))
			return (false);
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
		status = status_of(e);
	} else if (!output_close(o, e)) {
		status = STATUS_HOST;
	}
	/* Who reads no further has seen enough, and need not be told. */
	if (e->err == EPIPE && o->path == NULL) {
		clearerr(stdout);
		*e = (struct error){ 0 };
	}
	return (status);
}
