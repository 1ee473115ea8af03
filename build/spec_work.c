/*
 * A spec's work directory, given by the program that builds.  Apart from the
 * readers: no spec in our own format can say this.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/spec.h"

bool
isth_build_spec_set_work(
    struct isth_build_spec *s, const char *directory, struct error *e)
{
	char *copy, *old;

	copy = strdup(directory);
	if (copy == NULL)
		return (fail(e, ENOMEM, "set work directory", directory, NULL));
	old = s->host_work;
	s->host_work = copy;
	if (!spec_check(s, e)) {
		s->host_work = old;
		free(copy);
		return (false);
	}
	free(old);
	return (true);
}
