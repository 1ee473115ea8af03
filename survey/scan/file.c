/*
 * One source file: which language it is in, reading it whole, and whether it
 * is text at all.  Read and not mapped: a mapped file that another program
 * cuts short kills its reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "survey/scan/tree.h"

/* What is read to see whether a file without extension is a script. */
#define FIRST_LINE 256

/* Languages by the last part of the name. */
static const struct {
	const char *extension;
	enum language language;
} known[] = {
	{ "c", LANGUAGE_C },
	{ "h", LANGUAGE_CXX },
	{ "cc", LANGUAGE_CXX },
	{ "hh", LANGUAGE_CXX },
	{ "cpp", LANGUAGE_CXX },
	{ "hpp", LANGUAGE_CXX },
	{ "cxx", LANGUAGE_CXX },
	{ "hxx", LANGUAGE_CXX },
	{ "c++", LANGUAGE_CXX },
	{ "h++", LANGUAGE_CXX },
	{ "C", LANGUAGE_CXX },
	{ "H", LANGUAGE_CXX },
	{ "inl", LANGUAGE_CXX },
	{ "ipp", LANGUAGE_CXX },
	{ "tcc", LANGUAGE_CXX },
	{ "m", LANGUAGE_OBJC },
	{ "mm", LANGUAGE_OBJC },
	{ "scm", LANGUAGE_SCHEME },
	{ "ss", LANGUAGE_SCHEME },
	{ "sld", LANGUAGE_SCHEME },
	{ "sls", LANGUAGE_SCHEME },
	{ "guile", LANGUAGE_SCHEME },
	{ "sh", LANGUAGE_SHELL },
	{ "bash", LANGUAGE_SHELL },
	{ "ksh", LANGUAGE_SHELL },
	{ "zsh", LANGUAGE_SHELL },
	{ "dash", LANGUAGE_SHELL },
};

/* Plentiful, and never scripts. */
static const char *const no_script[] = {
	"Makefile",
	"Kconfig",
	"Kbuild",
	"README",
	"COPYING",
	"LICENSE",
	"ChangeLog",
	"NEWS",
	"AUTHORS",
};

enum language
language_of_name(const char *name)
{
	const char *dot, *end;
	size_t i, len;

	end = name + strlen(name);
	if (end - name > 3 && strcmp(end - 3, ".in") == 0)
		end -= 3;
	for (dot = end - 1; dot > name && *dot != '.'; dot--)
		continue;
	if (dot == name) {
		for (i = 0; i < sizeof(no_script) / sizeof(no_script[0]); i++) {
			if (strcmp(name, no_script[i]) == 0)
				return (LANGUAGE_NONE);
		}
		return (*name == '.' ? LANGUAGE_NONE : LANGUAGE_UNKNOWN);
	}
	len = (size_t)(end - dot) - 1;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(known[i].extension, dot + 1, len) == 0 &&
		    known[i].extension[len] == '\0')
			return (known[i].language);
	}
	return (LANGUAGE_NONE);
}

/* The language of a script by its #! line (and Emacs mode line). */
static enum language
language_of_script(const char *text)
{
	static const char *const shells[] = {
		"sh",
		"bash",
		"dash",
		"ksh",
		"zsh",
		"ash",
		"mksh",
		"rbash",
	};
	const char *line, *word;
	size_t i, len;

	if (text[0] != '#' || text[1] != '!')
		return (LANGUAGE_NONE);
	/* #!/bin/sh and a second line for Emacs and Guile. */
	line = strchr(text, '\n');
	if (line != NULL && strstr(line, "-*- scheme -*-") != NULL)
		return (LANGUAGE_SCHEME);
	for (word = text + 2; *word != '\0' && *word != '\n'; word += len) {
		word += strspn(word, " \t");
		for (line = word; *line != '\0' && !byte_is_space(*line);
		     line++) {
			if (*line == '/')
				word = line + 1;
		}
		len = (size_t)(line - word);
		if (len >= 5 && memcmp(word, "guile", 5) == 0)
			return (LANGUAGE_SCHEME);
		for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
			if (strlen(shells[i]) == len &&
			    memcmp(shells[i], word, len) == 0)
				return (LANGUAGE_SHELL);
		}
		if (len == 0)
			break;
	}
	return (LANGUAGE_NONE);
}

/* Makes the buffer hold `len` bytes and the pad; false without memory. */
static bool
reserve(struct worker *w, size_t len)
{
	size_t size;
	char *buffer;

	if (w->size >= len + SCAN_PAD)
		return (true);
	for (size = 256 * 1024; size < len + SCAN_PAD;)
		size *= 2;
	buffer = realloc(w->buffer, size);
	if (buffer == NULL) {
		w->sink.failed = true;
		return (false);
	}
	w->buffer = buffer;
	w->size = size;
	return (true);
}

/* Reads until `max` bytes or the end; false with a problem noted. */
static bool
read_some(struct worker *w, int fd, size_t *len, size_t max)
{
	ssize_t n;

	while (*len < max) {
		n = read(fd, w->buffer + *len, max - *len);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sink_problem(&w->sink, "%s", strerror(errno));
			return (false);
		}
		*len += (size_t)n;
	}
	return (true);
}

/* Reads a file whose language is known by now; its length, or -1. */
static ssize_t
read_text(struct worker *w, struct node *n, int fd)
{
	size_t len = 0, size;
	struct stat st;

	if (fstat(fd, &st) != 0) {
		sink_problem(&w->sink, "%s", strerror(errno));
		return (-1);
	}
	if (!S_ISREG(st.st_mode)) {
		sink_problem(&w->sink, "not a regular file");
		return (-1);
	}
	size = st.st_size < 0 ? 0 : (size_t)st.st_size;
	if (!reserve(w, size > SCAN_FILE_MAX ? FIRST_LINE : size))
		return (-1);
	if (n->language == LANGUAGE_UNKNOWN) {
		if (!read_some(
			w, fd, &len, size < FIRST_LINE ? size : FIRST_LINE))
			return (-1);
		w->buffer[len] = '\0';
		n->language = (uint8_t)language_of_script(w->buffer);
		if (n->language == LANGUAGE_NONE)
			return (-1);
	}
	if (size > SCAN_FILE_MAX) {
		sink_problem(
		    &w->sink, "larger than %d MiB", SCAN_FILE_MAX >> 20);
		return (-1);
	}
	if (!read_some(w, fd, &len, size))
		return (-1);
	return ((ssize_t)len);
}

/* Notes where the text stops being UTF-8; it is scanned all the same. */
static void
check_utf8(struct worker *w, size_t len)
{
	const char *line;
	size_t valid;

	valid = text_utf8_valid(w->buffer, len);
	if (valid == len)
		return;
	for (line = w->buffer + valid; line > w->buffer && line[-1] != '\n';)
		line--;
	sink_problem(&w->sink, "not UTF-8: line %u, byte %zu",
	    (unsigned)sink_line(&w->sink, line),
	    (size_t)(w->buffer + valid - line) + 1);
	sink_line(&w->sink, w->buffer);
}

static void
lex(struct worker *w, struct node *n, size_t len)
{
	struct bytes_content content;

	content = bytes_examine(w->buffer, len);
	if (content.has_nul) {
		sink_problem(&w->sink, "binary");
		return;
	}
	n->first = w->sink.nsites;
	n->worker = w->number;
	n->bytes = len;
	n->read = true;
	if (content.has_high)
		check_utf8(w, len);
	switch (n->language) {
	case LANGUAGE_C:
		lex_c(&w->sink, w->buffer, len, LEX_C);
		break;
	case LANGUAGE_CXX:
		lex_c(&w->sink, w->buffer, len, LEX_CXX);
		break;
	case LANGUAGE_OBJC:
		lex_c(&w->sink, w->buffer, len, LEX_OBJC);
		break;
	case LANGUAGE_SCHEME:
		lex_scheme(&w->sink, w->buffer, len);
		break;
	default:
		lex_shell(&w->sink, w->buffer, len);
		break;
	}
	n->count = w->sink.nsites - n->first;
}

void
file_scan(struct worker *w, struct node *n)
{
	ssize_t len;
	int at, fd, follow;

	/* A root may be a symbolic link: whoever named it meant its target. */
	at = n->in->stream == NULL ? AT_FDCWD : dirfd(n->in->stream);
	follow = n->in->stream == NULL ? 0 : O_NOFOLLOW;
	sink_begin(&w->sink, w->buffer, n);
	fd = openat(
	    at, n->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | follow);
	if (fd < 0) {
		sink_problem(&w->sink, "%s", strerror(errno));
		return;
	}
	len = read_text(w, n, fd);
	close(fd);
	if (len < 0)
		return;
	memset(w->buffer + len, 0, SCAN_PAD);
	/* The buffer may have moved. */
	sink_begin(&w->sink, w->buffer, n);
	lex(w, n, (size_t)len);
}
