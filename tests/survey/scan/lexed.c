/* The lexers' output as text, for tables of expectations. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lexed.h"

static const struct {
	const char *name;
	enum want want;
} wanted[] = {
	{ "mount", WANT_FUNCTION },
	{ "unshare", WANT_FUNCTION },
	{ "clone", WANT_FUNCTION },
	{ "fork", WANT_FUNCTION },
	{ "read", WANT_FUNCTION },
	{ "link", WANT_FUNCTION },
	{ "mkstemp", WANT_FUNCTION },
	{ "_exit", WANT_FUNCTION },
	{ "close_range", WANT_FUNCTION },
	{ "CLONE_NEWNS", WANT_FLAG },
	{ "MS_BIND", WANT_FLAG },
	{ "sys/mount.h", WANT_HEADER },
	{ "sched.h", WANT_HEADER },
	{ "/dev/kvm", WANT_DEVICE },
	{ "mount", WANT_COMMAND },
	{ "unshare", WANT_COMMAND },
	{ "chroot", WANT_COMMAND },
};

void
lexed_c(struct sink *s, const char *text, size_t len)
{
	lex_c(s, text, len, LEX_C);
}

void
lexed_cxx(struct sink *s, const char *text, size_t len)
{
	lex_c(s, text, len, LEX_CXX);
}

void
lexed_objc(struct sink *s, const char *text, size_t len)
{
	lex_c(s, text, len, LEX_OBJC);
}

static struct symbols *
test_symbols(void)
{
	struct isth_scan_options o = { .symbol_prefix = "mach_" };
	struct symbols *s, *all;
	size_t i;

	all = symbols_create(&o, NULL);
	s = calloc(1, sizeof(*s));
	ATF_REQUIRE(all != NULL && s != NULL);
	ATF_REQUIRE(symbols_add_keywords(s));
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ATF_REQUIRE(symbols_add(s, wanted[i].name,
		    strlen(wanted[i].name), wanted[i].want, NULL));
	s->prefix = all->prefix;
	s->prefix_len = all->prefix_len;
	all->prefix = NULL;
	symbols_destroy(all);
	ATF_REQUIRE(symbols_seal(s));
	return (s);
}

char *
lexed(lexed_with lex, const char *text, size_t len)
{
	struct symbols *symbols = test_symbols();
	struct text out = { 0 };
	struct sink sink;
	size_t i, n;
	char *copy;

	ATF_REQUIRE(sink_init(&sink, symbols));
	/* On the heap, so that a sanitizer sees what is read behind it. */
	copy = calloc(1, len + SCAN_PAD);
	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	sink_begin(&sink, copy, NULL);
	lex(&sink, copy, len);
	for (i = 0; i < sink.nsites; i++) {
		n = sink.sites[i].key / ISTH_USE_COUNT;
		text_addf(&out, "%s%u %s %s", i == 0 ? "" : "; ",
		    (unsigned)sink.sites[i].line,
		    n < symbols->n ? symbols->all[n].name
				   : sink.names[n - symbols->n].name,
		    isth_use_name(
			(enum isth_use)(sink.sites[i].key % ISTH_USE_COUNT)));
	}
	for (i = 0; i < sink.nproblems; i++)
		text_addf(&out, "%s! %s", out.len == 0 ? "" : "; ",
		    sink.problems[i].reason);
	free(copy);
	sink_clear(&sink);
	symbols_destroy(symbols);
	return (text_take(&out));
}

void
lexed_check(lexed_with lex, const struct lexed_case *rows, size_t n)
{
	char *found;
	size_t i;

	for (i = 0; i < n; i++) {
		found = lexed(lex, rows[i].text, strlen(rows[i].text));
		ATF_REQUIRE(found != NULL);
		ATF_CHECK_MSG(strcmp(found, rows[i].found) == 0,
		    "row %zu: found \"%s\", expected \"%s\" in:\n%s", i, found,
		    rows[i].found, rows[i].text);
		free(found);
	}
}
