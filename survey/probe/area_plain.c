/* What the files of plain rows share: the answers of rows about headers. */
#include "survey/probe/area_plain.h"

PROBE(plain_present)
{
	return (probe_ok("at build time"));
}

PROBE(plain_missing)
{
	return (probe_absent("not at build time"));
}
