/* Running isthmus(1) in a test: what it printed, and how it ended. */
#ifndef ISTHMUS_TESTS_CLI_RUN_H
#define ISTHMUS_TESTS_CLI_RUN_H

#include <sys/wait.h>

#include <atf-c.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ran {
	int status; /* exit status; 128+N for signal N */
	char *out;
	char *err;
};

/* Texts live to the end of their case, which is a process. */
static char *kept[4096];
static size_t nkept;

static inline char *
keep(char *s)
{
	ATF_REQUIRE(nkept < sizeof(kept) / sizeof(kept[0]));
	kept[nkept++] = s;
	return (s);
}

static inline char *
slurp(const char *path)
{
	char buf[4096], *s;
	size_t n, size;
	FILE *f, *to;

	f = fopen(path, "r");
	ATF_REQUIRE_MSG(f != NULL, "%s", path);
	to = open_memstream(&s, &size);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, to);
	fclose(f);
	fclose(to);
	return (keep(s));
}

/* Runs `isthmus ARGS` through sh, so ARGS may hold redirections. */
static inline struct ran __attribute__((__format__(__printf__, 1, 2)))
isthmus(const char *fmt, ...)
{
	char args[2048], command[4096];
	struct ran r;
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(args, sizeof(args), fmt, ap);
	va_end(ap);
	snprintf(command, sizeof(command),
	    "{ " ISTHMUS_BIN " %s ; } >stdout.txt 2>stderr.txt </dev/null",
	    args);
	status = system(command);
	r.status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r.out = slurp("stdout.txt");
	r.err = slurp("stderr.txt");
	return (r);
}

/* A text in one line: ATF takes no others as the reason of a failure. */
static inline const char *
flat(const char *s)
{
	char *copy, *p;

	copy = strdup(s);
	ATF_REQUIRE(copy != NULL);
	for (p = copy; *p != '\0'; p++) {
		if (*p == '\n')
			*p = '|';
	}
	return (keep(copy));
}

#define CHECK_HAS(text, part)                                             \
	ATF_CHECK_MSG(strstr((text), (part)) != NULL, "no \"%s\" in: %s", \
	    (part), flat(text))
#define CHECK_HAS_NOT(text, part)                                              \
	ATF_CHECK_MSG(strstr((text), (part)) == NULL, "\"%s\" in: %s", (part), \
	    flat(text))

#endif
