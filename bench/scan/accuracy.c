/*
 * How exactly the scanner finds calls, against clang's own syntax tree.
 *
 *	accuracy BUILD_DIRECTORY SOURCE_ROOT [MISSES]
 *
 * BUILD_DIRECTORY holds the compile_commands.json of the tree.  Asked are the
 * calls of all functions that clang saw called, at the places where the name
 * of the function stands in a file of the tree: not in the bodies of macros
 * (libclang tells where a macro is used, not which of its words made the
 * call), and not on lines that the preprocessor skipped in every translation
 * unit.  Prints `precision recall calls functions files` and, to the file
 * MISSES, every call that only one of the two has found.
 */
#include <clang-c/CXCompilationDatabase.h>
#include <clang-c/Index.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "survey/survey.h"

/* A call: "file:line:offset:name" sorted as text would be slow. */
struct call {
	uint32_t file;
	uint32_t line;
	uint32_t offset;
	char *name;
};

enum { LINE_UNSEEN, LINE_SEEN, LINE_MACRO };

struct source {
	char *path; /* real */
	char *text;
	size_t len;
	uint8_t *lines; /* LINE_*, from 1 */
	uint32_t nlines;
};

static struct source *sources;
static size_t nsources;
static struct call *calls;
static size_t ncalls, calls_size;
static char root[PATH_MAX];

static void *
must(void *p)
{
	if (p == NULL) {
		perror("accuracy");
		exit(3);
	}
	return (p);
}

static char *
read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	char *text;

	if (f == NULL || fstat(fileno(f), &st) != 0) {
		if (f != NULL)
			fclose(f);
		return (NULL);
	}
	text = must(calloc(1, (size_t)st.st_size + 1));
	*len = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return (text);
}

/* The number of a file of the tree, or -1 for one outside of it. */
static long
source_of(const char *path)
{
	static char last[PATH_MAX];
	static long last_index = -1;
	char real[PATH_MAX];
	struct source *s;
	size_t i;

	if (strcmp(path, last) == 0)
		return (last_index);
	if (realpath(path, real) == NULL)
		return (-1);
	snprintf(last, sizeof(last), "%s", path);
	last_index = -1;
	if (strncmp(real, root, strlen(root)) != 0 || real[strlen(root)] != '/')
		return (-1);
	for (i = 0; i < nsources; i++) {
		if (strcmp(sources[i].path, real) == 0)
			return (last_index = (long)i);
	}
	sources = must(realloc(sources, (nsources + 1) * sizeof(*sources)));
	s = &sources[nsources];
	memset(s, 0, sizeof(*s));
	s->path = must(strdup(real));
	s->text = read_all(real, &s->len);
	if (s->text == NULL)
		return (-1);
	for (i = 0; i < s->len; i++)
		s->nlines += s->text[i] == '\n';
	s->nlines += 2;
	s->lines = must(calloc(s->nlines + 1, 1));
	last_index = (long)nsources++;
	return (last_index);
}

/* Where a location lies in the tree; false when outside. */
static bool
place(CXSourceLocation at, uint32_t *file, unsigned *line, unsigned *offset)
{
	unsigned column;
	CXString name;
	CXFile f;
	long i;

	clang_getFileLocation(at, &f, line, &column, offset);
	if (f == NULL)
		return (false);
	name = clang_getFileName(f);
	i = source_of(clang_getCString(name));
	clang_disposeString(name);
	*file = (uint32_t)i;
	return (i >= 0);
}

static enum CXChildVisitResult
keep_first(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	*(CXCursor *)data = c;
	return (CXChildVisit_Break);
}

static bool
is_word(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_');
}

/* Notes a call whose function is named in a file of the tree. */
static void
note_call(CXCursor c)
{
	CXCursor next, function;
	struct call *call;
	const char *name;
	unsigned line, offset;
	uint32_t file;
	CXString s;
	size_t len;

	/* Implicit conversions and parentheses stand around the name. */
	do {
		next = clang_getNullCursor();
		clang_visitChildren(c, keep_first, &next);
		c = next;
	} while (clang_getCursorKind(c) == CXCursor_UnexposedExpr ||
		 clang_getCursorKind(c) == CXCursor_ParenExpr);
	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return;
	function = clang_getCursorReferenced(c);
	if (clang_getCursorKind(function) != CXCursor_FunctionDecl ||
	    !place(clang_getCursorLocation(c), &file, &line, &offset))
		return;
	s = clang_getCursorSpelling(function);
	name = clang_getCString(s);
	len = strlen(name);
	if (offset + len <= sources[file].len &&
	    memcmp(sources[file].text + offset, name, len) == 0 &&
	    !is_word(sources[file].text[offset + len])) {
		if (ncalls == calls_size) {
			calls_size = calls_size == 0 ? 4096 : 2 * calls_size;
			calls =
			    must(realloc(calls, calls_size * sizeof(*calls)));
		}
		call = &calls[ncalls++];
		call->file = file;
		call->line = line;
		call->offset = offset;
		call->name = must(strdup(name));
	}
	clang_disposeString(s);
}

/* The lines of a macro's definition are not asked about. */
static void
note_macro(CXCursor c)
{
	CXSourceRange range = clang_getCursorExtent(c);
	unsigned first, last, offset;
	uint32_t file;

	if (!place(clang_getRangeEnd(range), &file, &last, &offset) ||
	    !place(clang_getRangeStart(range), &file, &first, &offset))
		return;
	for (; first <= last && first < sources[file].nlines; first++)
		sources[file].lines[first] = LINE_MACRO;
}

static enum CXChildVisitResult
visit(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	(void)data;
	if (clang_getCursorKind(c) == CXCursor_CallExpr)
		note_call(c);
	else if (clang_getCursorKind(c) == CXCursor_MacroDefinition)
		note_macro(c);
	return (CXChildVisit_Recurse);
}

/* Marks the lines of one file that this translation unit did not skip. */
static void
note_lines(CXFile f, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	CXTranslationUnit unit = data;
	CXSourceRangeList *skipped;
	unsigned first, last, offset, i;
	uint32_t ignored;
	uint8_t *taken;
	struct source *s;
	CXString name;
	long index;

	(void)stack;
	(void)depth;
	name = clang_getFileName(f);
	index = source_of(clang_getCString(name));
	clang_disposeString(name);
	if (index < 0)
		return;
	s = &sources[index];
	taken = must(malloc(s->nlines + 1));
	memset(taken, 1, s->nlines + 1);
	skipped = clang_getSkippedRanges(unit, f);
	for (i = 0; i < skipped->count; i++) {
		if (!place(clang_getRangeStart(skipped->ranges[i]), &ignored,
			&first, &offset) ||
		    !place(clang_getRangeEnd(skipped->ranges[i]), &ignored,
			&last, &offset))
			continue;
		for (; first <= last && first < s->nlines; first++)
			taken[first] = 0;
	}
	clang_disposeSourceRangeList(skipped);
	for (i = 1; i < s->nlines; i++) {
		if (taken[i] && s->lines[i] == LINE_UNSEEN)
			s->lines[i] = LINE_SEEN;
	}
	free(taken);
}

static bool
parse(CXIndex index, CXCompileCommand command)
{
	CXString s, dir = clang_CompileCommand_getDirectory(command);
	const char **argv;
	CXTranslationUnit unit = NULL;
	unsigned i, n = clang_CompileCommand_getNumArgs(command);
	bool ok;

	argv = must(calloc(n + 1, sizeof(*argv)));
	for (i = 0; i < n; i++) {
		s = clang_CompileCommand_getArg(command, i);
		argv[i] = must(strdup(clang_getCString(s)));
		clang_disposeString(s);
	}
	ok = chdir(clang_getCString(dir)) == 0 &&
	     clang_parseTranslationUnit2FullArgv(index, NULL, argv, (int)n,
		 NULL, 0,
		 CXTranslationUnit_DetailedPreprocessingRecord |
		     CXTranslationUnit_KeepGoing,
		 &unit) == CXError_Success;
	if (ok) {
		clang_visitChildren(
		    clang_getTranslationUnitCursor(unit), visit, NULL);
		clang_getInclusions(unit, note_lines, unit);
		clang_disposeTranslationUnit(unit);
	}
	for (i = 0; i < n; i++)
		free((char *)(uintptr_t)argv[i]);
	free(argv);
	clang_disposeString(dir);
	return (ok);
}

static void
parse_all(const char *build)
{
	CXCompilationDatabase_Error error;
	CXCompilationDatabase db;
	CXCompileCommands commands;
	unsigned i, n, failed = 0;
	CXIndex index;

	db = clang_CompilationDatabase_fromDirectory(build, &error);
	if (error != CXCompilationDatabase_NoError) {
		fprintf(
		    stderr, "accuracy: %s: no compile_commands.json\n", build);
		exit(3);
	}
	index = clang_createIndex(1, 0);
	commands = clang_CompilationDatabase_getAllCompileCommands(db);
	n = clang_CompileCommands_getSize(commands);
	for (i = 0; i < n; i++) {
		failed += !parse(
		    index, clang_CompileCommands_getCommand(commands, i));
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r%u/%u", i + 1, n);
	}
	fprintf(stderr, "%s%u translation units, %u not parsed\n",
	    isatty(STDERR_FILENO) ? "\r" : "", n, failed);
	clang_CompileCommands_dispose(commands);
	clang_CompilationDatabase_dispose(db);
	clang_disposeIndex(index);
}

static int
by_name(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	return (strcmp(x->name, y->name));
}

static int
by_place(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->file != y->file)
		return (x->file < y->file ? -1 : 1);
	if (x->line != y->line)
		return (x->line < y->line ? -1 : 1);
	if (strcmp(x->name, y->name) != 0)
		return (strcmp(x->name, y->name));
	return (x->offset < y->offset ? -1 : x->offset > y->offset);
}

/* Sorts, drops what is there twice and what is not asked about. */
static size_t
tidy(struct call *list, size_t n, bool twice)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), by_place);
	for (i = 0; i < n; i++) {
		if (sources[list[i].file].lines[list[i].line] != LINE_SEEN)
			continue;
		if (twice || kept == 0 ||
		    by_place(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	}
	return (kept);
}

/* Writes the names that clang saw called; their number. */
static size_t
write_names(FILE *f)
{
	size_t i, n = 0;

	qsort(calls, ncalls, sizeof(*calls), by_name);
	for (i = 0; i < ncalls; i++) {
		if (i == 0 || strcmp(calls[i - 1].name, calls[i].name) != 0) {
			fprintf(f, "%s\n", calls[i].name);
			n++;
		}
	}
	return (n);
}

/* True when the site is SYS_name: a call, but of no function in C. */
static bool
by_number(const struct source *s, uint32_t line, const char *name)
{
	const char *p = s->text, *end;
	char word[256];
	bool found;

	while (--line > 0)
		p = strchr(p, '\n') + 1;
	end = strchr(p, '\n');
	snprintf(word, sizeof(word), "SYS_%s", name);
	found =
	    strstr(p, word) != NULL && (end == NULL || strstr(p, word) < end);
	snprintf(word, sizeof(word), "__NR_%s", name);
	return (found || (strstr(p, word) != NULL &&
			     (end == NULL || strstr(p, word) < end)));
}

/* What the scanner finds of the same functions. */
static struct call *
scan(const char *names, size_t *n)
{
	const char *paths[] = { root, NULL };
	struct isth_scan_options o = { .paths = paths, .symbols_file = names };
	const struct isth_scan_symbol *symbol;
	struct call *found = NULL;
	struct isth_scan *result;
	struct error e = { 0 };
	size_t i, j, size = 0;
	long source;

	result = isth_scan_run(&o, &e);
	if (result == NULL) {
		isth_error_print(stderr, "accuracy", &e);
		exit(3);
	}
	*n = 0;
	for (i = 0; i < result->nsymbols; i++) {
		symbol = &result->symbols[i];
		if (symbol->use != ISTH_USE_CALL)
			continue;
		for (j = 0; j < symbol->nsites; j++) {
			source =
			    source_of(result->files[symbol->sites[j].file]);
			if (source < 0 ||
			    by_number(&sources[source], symbol->sites[j].line,
				symbol->name))
				continue;
			if (*n == size) {
				size = size == 0 ? 4096 : 2 * size;
				found =
				    must(realloc(found, size * sizeof(*found)));
			}
			found[*n].file = (uint32_t)source;
			found[*n].line = symbol->sites[j].line;
			found[*n].offset = 0;
			found[*n].name = must(strdup(symbol->name));
			(*n)++;
		}
	}
	isth_scan_destroy(result);
	return (found);
}

static void
miss(FILE *f, const char *who, const struct call *c)
{
	if (f != NULL)
		fprintf(f, "%s %s:%u %s\n", who, sources[c->file].path,
		    (unsigned)c->line, c->name);
}

/* Walks both sorted lists; the number that is in both. */
static size_t
compare(const struct call *ours, size_t nours, FILE *misses)
{
	size_t i = 0, j = 0, both = 0;
	struct call theirs;
	int order;

	while (i < nours || j < ncalls) {
		if (i < nours && j < ncalls) {
			theirs = calls[j];
			theirs.offset = 0;
			order = by_place(&ours[i], &theirs);
		} else {
			order = i < nours ? -1 : 1;
		}
		if (order < 0) {
			miss(misses, "wrong", &ours[i++]);
		} else if (order > 0) {
			miss(misses, "missed", &calls[j++]);
		} else {
			both++;
			i++;
			j++;
		}
	}
	return (both);
}

int
main(int argc, char **argv)
{
	char names[] = "/tmp/isthmus-accuracy-XXXXXX";
	size_t nnames, nours, both;
	FILE *f, *misses = NULL;
	struct call *ours;
	int fd;

	if (argc < 3 || realpath(argv[2], root) == NULL) {
		fprintf(stderr, "usage: accuracy BUILD ROOT [MISSES]\n");
		return (2);
	}
	if (argc > 3)
		misses = must(fopen(argv[3], "w"));
	parse_all(argv[1]);
	fd = mkstemp(names);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	nnames = write_names(must(f));
	fclose(f);
	ours = scan(names, &nours);
	unlink(names);
	ncalls = tidy(calls, ncalls, false);
	nours = tidy(ours, nours, true);
	both = compare(ours, nours, misses);
	printf("%.5f %.5f %zu %zu %zu\n", (double)both / (double)nours,
	    (double)both / (double)ncalls, ncalls, nnames, nsources);
	return (0);
}
