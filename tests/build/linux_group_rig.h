/* What the tests of control groups share. */
#ifndef TESTS_BUILD_LINUX_GROUP_RIG_H
#define TESTS_BUILD_LINUX_GROUP_RIG_H

#include <atf-c.h>

#include "build/host/linux/group.h"

static const struct spec_limits no_limits = { SPEC_NONE, SPEC_NONE, SPEC_NONE,
	SPEC_NONE, SPEC_NONE, SPEC_NONE, SPEC_NONE, SPEC_NONE };

static inline struct group *
group_of(
    struct group_host *h, const char *name, const struct spec_limits *limits)
{
	struct group *g;
	struct error e;

	g = group_create(h, name, limits, &e);
	ATF_REQUIRE_MSG(g != NULL, "%s: %s: %s", e.step, e.path, e.why);
	return (g);
}

#endif
