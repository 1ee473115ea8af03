/* The inner loops against the obvious ones, at every offset. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "survey/scan/bytes.h"

#define SIZE 300

/* Texts of bytes that the loops tell apart; different ones each round. */
static void
fill(char *text, unsigned round)
{
	static const char some[] =
	    "aZ_09/*;{}\"'#\\ \t\n\r\f\v()@[`\x80\xff$~!";
	unsigned i;

	srandom(round);
	memset(text, 0, SIZE + SCAN_PAD);
	for (i = 0; i < SIZE; i++) {
		/* Runs of one byte, of all lengths up to forty. */
		if (i > 0 && random() % 40 != 0 && round % 3 != 0)
			text[i] = text[i - 1];
		else
			text[i] = some[(size_t)random() % (sizeof(some) - 1)];
	}
}

#define FOR_EACH_PLACE(text, p)                        \
	for (unsigned round = 0; round < 300; round++) \
		for (fill(text, round), p = text; p < text + SIZE; p++)

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	char text[SIZE + SCAN_PAD];
	const char *p, *q;

	FOR_EACH_PLACE(text, p)
	{
		for (q = p; byte_is_ident(*q); q++)
			continue;
		ATF_REQUIRE(bytes_skip_ident(p) == q);
		for (q = p; byte_is_space(*q); q++)
			continue;
		ATF_REQUIRE(bytes_skip_space(p) == q);
	}
}

ATF_TC_WITHOUT_HEAD(finds);
ATF_TC_BODY(finds, tc)
{
	char text[SIZE + SCAN_PAD];
	const char *p, *q;

	FOR_EACH_PLACE(text, p)
	{
		for (q = p; *q != '\0' && strchr("\"\\\n", *q) == NULL; q++)
			continue;
		ATF_REQUIRE(bytes_find3(p, '"', '\\', '\n') == q);
		for (q = p; *q != '\0' && !(*q == '*' && q[1] == '/'); q++)
			continue;
		ATF_REQUIRE(bytes_find_pair(p, '*', '/') == q);
	}
}

ATF_TC_WITHOUT_HEAD(counts_and_contents);
ATF_TC_BODY(counts_and_contents, tc)
{
	char text[SIZE + SCAN_PAD];
	struct bytes_content c;
	const char *p, *q;
	bool nul, high;
	uint32_t lines;

	FOR_EACH_PLACE(text, p)
	{
		lines = 0;
		nul = high = false;
		for (q = p; q < text + SIZE + (p - text) % 3; q++) {
			lines += *q == '\n';
			nul |= *q == '\0';
			high |= (*q & 0x80) != 0;
		}
		ATF_REQUIRE_EQ(lines, bytes_count_lines(p, q));
		c = bytes_examine(p, (size_t)(q - p));
		ATF_REQUIRE_EQ(nul, c.has_nul);
		ATF_REQUIRE_EQ(high, c.has_high);
	}
}

ATF_TC_WITHOUT_HEAD(blocks);
ATF_TC_BODY(blocks, tc)
{
	char text[SIZE + SCAN_PAD];
	struct bytes_block b;
	const char *p;
	unsigned i;

	FOR_EACH_PLACE(text, p)
	{
		b = bytes_classify(p);
		for (i = 0; i < 64; i++) {
			ATF_REQUIRE_EQ(byte_is_ident(p[i]), b.words >> i & 1);
			ATF_REQUIRE_EQ(
			    p[i] == '\0' || strchr(";{}\"'/#\\", p[i]) != NULL,
			    b.marks >> i & 1);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spans);
	ATF_TP_ADD_TC(tp, finds);
	ATF_TP_ADD_TC(tp, counts_and_contents);
	ATF_TP_ADD_TC(tp, blocks);
	return (atf_no_error());
}
