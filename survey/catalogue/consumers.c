/*
 * The programs whose needs are known, from consumers/NAME.def: one CONSUMER
 * and its NEEDs.  Each file is read twice, once for the needs and once for
 * the line about the program.
 */
#include <string.h>

#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CONSUMER(symbol, name_, title_, from_)
#define NEED(id_, purpose_) { .id = id_, .purpose = purpose_ },
static const struct isth_need bubblewrap[] = {
#include "survey/catalogue/consumers/bubblewrap.def"
};
static const struct isth_need guix_daemon[] = {
#include "survey/catalogue/consumers/guix-daemon.def"
};
static const struct isth_need launchd[] = {
#include "survey/catalogue/consumers/launchd.def"
};
static const struct isth_need nix_daemon[] = {
#include "survey/catalogue/consumers/nix-daemon.def"
};
static const struct isth_need shepherd[] = {
#include "survey/catalogue/consumers/shepherd.def"
};
#undef NEED
#undef CONSUMER

#define CONSUMER(symbol, name_, title_, from_) \
	{                                      \
		.name = name_,                 \
		.title = title_,               \
		.from = from_,                 \
		.needs = symbol,               \
		.nneeds = COUNT(symbol),       \
	},
#define NEED(id_, purpose_)
static const struct isth_consumer consumers[] = {
#include "survey/catalogue/consumers/bubblewrap.def"
#include "survey/catalogue/consumers/guix-daemon.def"
#include "survey/catalogue/consumers/launchd.def"
#include "survey/catalogue/consumers/nix-daemon.def"
#include "survey/catalogue/consumers/shepherd.def"
};
#undef NEED
#undef CONSUMER

const struct isth_consumer *
isth_consumers(size_t *n)
{
	*n = COUNT(consumers);
	return (consumers);
}

const struct isth_consumer *
isth_consumer_find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(consumers); i++) {
		if (strcmp(consumers[i].name, name) == 0)
			return (&consumers[i]);
	}
	return (NULL);
}
