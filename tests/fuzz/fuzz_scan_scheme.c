/* The lexer of Scheme on any text. */
#include "fuzz_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_scan(data, len, lex_scheme);
	return (0);
}
