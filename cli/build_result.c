/* What people are told of the result of one build. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/text.h"
#include "cli/build.h"

enum { TAIL_BYTES = 64 * 1024, TAIL_COLUMNS = 500 };

/* Prints what a builder may have had a hand in: names, errors. */
static void
put(FILE *out, const char *prefix, const char *s)
{
	char *copy;

	copy = strdup(s);
	if (copy == NULL)
		return;
	text_make_printable(copy);
	fprintf(out, "%s%s\n", prefix, copy);
	free(copy);
}

static void
tell_error(FILE *out, const struct error *e)
{
	struct text t = { 0 };

	if (e->step[0] == '\0')
		return;
	text_add(&t, e->step);
	if (e->path[0] != '\0')
		text_addf(&t, ": %s", e->path);
	if (e->why[0] != '\0')
		text_addf(&t, ": %s", e->why);
	if (e->err != 0)
		text_addf(
		    &t, e->why[0] != '\0' ? " (%s)" : ": %s", strerror(e->err));
	if (e->hint[0] != '\0')
		text_addf(&t, "; try: %s", e->hint);
	put(out, "  ", text_string(&t));
	text_clear(&t);
}

/* The end of a file, at most `size` bytes; NULL: it cannot be read so. */
static char *
read_end(const char *path, size_t size, size_t *len)
{
	char *data;
	off_t end;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return (NULL);
	data = malloc(size + 1);
	end = lseek(fd, 0, SEEK_END);
	n = -1;
	if (data != NULL && end >= 0)
		n = pread(
		    fd, data, size, end > (off_t)size ? end - (off_t)size : 0);
	close(fd);
	if (n < 0) {
		free(data);
		return (NULL);
	}
	*len = (size_t)n;
	return (data);
}

/* Of a line with CRs what a terminal would show last. */
static const char *
after_returns(char *line, size_t *len)
{
	size_t i;

	while (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	for (i = *len; i > 0; i--) {
		if (line[i - 1] == '\r')
			break;
	}
	*len -= i;
	return (line + i);
}

static void
tell_line(FILE *out, char *line, size_t len)
{
	char text[TAIL_COLUMNS + 1];
	const char *from;
	size_t i;

	from = after_returns(line, &len);
	if (len > TAIL_COLUMNS)
		len = TAIL_COLUMNS;
	for (i = 0; i < len; i++)
		text[i] = from[i] == '\0' ? '?' : from[i];
	text[len] = '\0';
	put(out, "  | ", text);
}

/* The file has what was written, an unfinished last line too. */
static bool
tell_end_of_file(FILE *out, const char *path)
{
	size_t begin, end, len, lines;
	char *data;

	data = read_end(path, TAIL_BYTES, &len);
	if (data == NULL)
		return (false);
	if (len > 0 && data[len - 1] == '\n')
		len--;
	for (begin = len, lines = 0; begin > 0; begin--) {
		if (data[begin - 1] == '\n' && ++lines == TAIL_LINES)
			break;
	}
	for (; begin < len; begin = end + 1) {
		for (end = begin; end < len && data[end] != '\n'; end++)
			;
		tell_line(out, data + begin, end - begin);
	}
	free(data);
	return (true);
}

static bool
is_compressed(const char *path)
{
	const char *dot;

	dot = strrchr(path, '.');
	return (dot != NULL &&
		(strcmp(dot, ".gz") == 0 || strcmp(dot, ".zst") == 0));
}

static void
tell_log(FILE *out, const struct isth_build_result *r, char *const *tail,
    size_t ntail)
{
	size_t i;

	if (r->log == NULL)
		return;
	put(out, "  log: ", r->log);
	if (!is_compressed(r->log) && tell_end_of_file(out, r->log))
		return;
	for (i = 0; i < ntail; i++)
		put(out, "  | ", tail[i]);
}

static void
tell_strings(FILE *out, const char *prefix, const struct isth_strings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		put(out, prefix, s->items[i]);
}

void
result_tell(FILE *out, FILE *as, const struct isth_build_result *r,
    char *const *tail, size_t ntail)
{
	bool built = r->outcome == ISTH_OUTCOME_BUILT && r->status == 0;
	char time[32];
	size_t i;

	fprintf(out, "%s: ", r->name);
	tone_write_as(out, as, built ? TONE_GOOD : TONE_BAD,
	    isth_outcome_name(r->outcome));
	if (r->wall_ns.value >= 0) {
		progress_time((double)r->wall_ns.value / 1e9, time);
		fprintf(out, " in %s", time);
	}
	fputc('\n', out);
	for (i = 0; i < r->noutputs; i++)
		put(out, "  ", r->outputs[i].path);
	tell_error(out, &r->error);
	if (r->outcome != ISTH_OUTCOME_BUILT &&
	    r->outcome != ISTH_OUTCOME_CANCELLED)
		tell_log(out, r, tail, ntail);
	tell_strings(out, "  differs: ", &r->differs);
	tell_strings(out, "  kept: ", &r->kept);
	tell_strings(out, "  LEFT BEHIND: ", &r->left);
}
