/* The lexer of C, C++ and Objective-C on any text. */
#include "fuzz_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first byte chooses the dialect. */
static enum lex_c_dialect dialect;

static void
lex(struct sink *sink, const char *text, size_t len)
{
	lex_c(sink, text, len, dialect);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return (0);
	dialect = (enum lex_c_dialect)(data[0] % 3);
	fuzz_scan(data + 1, len - 1, lex);
	return (0);
}
