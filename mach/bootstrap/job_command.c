/*
 * A job from a command line, as bootstrap_create_server has it.
 */
#include <stdlib.h>
#include <string.h>

#include "mach/bootstrap/job_file.h"

/*
 * Takes the next word out of `*from`, in place: it ends up at `to`, which is
 * at or before what was read.  False: a quote is open.
 */
static bool
word_take(char **from, char *to)
{
	char quote = '\0', *p = *from;

	for (; *p != '\0'; p++) {
		if (quote != '\'' && *p == '\\' && p[1] != '\0')
			*to++ = *++p;
		else if (quote != '\0' && *p == quote)
			quote = '\0';
		else if (quote == '\0' && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (quote == '\0' && (*p == ' ' || *p == '\t'))
			break;
		else
			*to++ = *p;
	}
	*from = *p == '\0' ? p : p + 1;
	*to = '\0';
	return (quote == '\0');
}

/* The words of `line`, which is written to; NULL: none, or an open quote. */
static bool
words_take(char *line, char **words, size_t max)
{
	size_t n = 0;
	char *p = line, *start;

	for (;;) {
		while (*p == ' ' || *p == '\t')
			p++;
		if (*p == '\0')
			break;
		start = p;
		if (n == max || !word_take(&p, start))
			return (false);
		words[n] = strdup(start);
		if (words[n++] == NULL)
			return (false);
	}
	return (n != 0 && *words[0] != '\0');
}

struct job_file *
job_file_of_command(const char *command, uid_t uid, bool on_demand)
{
	/* No more words than every second byte. */
	size_t max = strlen(command) / 2 + 1;
	struct job_file *file = job_file_create();
	char *line = strdup(command);

	if (file == NULL || line == NULL) {
		job_file_unref(file);
		free(line);
		return (NULL);
	}
	file->uid = uid;
	file->has_uid = true;
	file->keep_alive = !on_demand;
	file->arguments = calloc(max + 1, sizeof(*file->arguments));
	if (file->arguments == NULL ||
	    !words_take(line, file->arguments, max)) {
		job_file_unref(file);
		file = NULL;
	}
	free(line);
	return (file);
}
