/*
 * What the three lexer targets share: any bytes without NUL (file.c gives
 * the lexers nothing else), and what must hold of the sites.
 */
#ifndef TESTS_FUZZ_SCAN_H
#define TESTS_FUZZ_SCAN_H

#include <stdlib.h>
#include <string.h>

#include "survey/scan/sink.h"

static inline void
fuzz_scan(const uint8_t *data, size_t len,
    void (*lex)(struct sink *, const char *, size_t))
{
	static struct symbols *symbols;
	struct isth_scan_options o = { .catalogue = true,
		.symbol_prefix = "mach_" };
	struct sink sink;
	uint32_t lines;
	char *text;
	size_t i;

	if (symbols == NULL)
		symbols = symbols_create(&o, NULL);
	if (symbols == NULL || memchr(data, '\0', len) != NULL)
		return;
	text = calloc(1, len + SCAN_PAD);
	if (text == NULL || !sink_init(&sink, symbols))
		abort();
	memcpy(text, data, len);
	sink_begin(&sink, text, NULL);
	lex(&sink, text, len);
	lines = 1 + bytes_count_lines(text, text + len);
	for (i = 0; i < sink.nsites; i++) {
		if (sink.sites[i].line < 1 || sink.sites[i].line > lines)
			abort();
		if (sink.sites[i].key / ISTH_USE_COUNT >=
		    symbols->n + sink.nnames)
			abort();
		if (i > 0 && sink.sites[i].line < sink.sites[i - 1].line)
			abort();
	}
	sink_clear(&sink);
	free(text);
}

#endif
