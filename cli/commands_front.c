/*
 * The subcommands where the command is two programs.  A build starts twice
 * as fast without a dynamic linker, so this one is linked statically and has
 * builds alone; the survey measures what a program meets on this host, its C
 * library as it is included, and stays a dynamic program, with all else:
 * isthmus-survey, which this one becomes.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "cli/command.h"

static const struct command probe = { .name = "probe",
	.summary = SUMMARY_PROBE };
static const struct command scan = { .name = "scan", .summary = SUMMARY_SCAN };
static const struct command map = { .name = "map", .summary = SUMMARY_MAP };
static const struct command catalogue = { .name = "catalogue",
	.summary = SUMMARY_CATALOGUE };

static const struct command mach = { .name = "mach", .summary = SUMMARY_MACH };

const struct command *const commands[] = {
	&probe,
	&scan,
	&map,
	&catalogue,
	&command_build,
	&command_recover,
	&mach,
	NULL,
};

/* Where it may be, from the directory of this one: not installed, installed. */
static const char *const places[] = { "isthmus-survey",
	"../libexec/isthmus/isthmus-survey" };

bool
command_elsewhere(char **argv, struct error *e)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	size_t i;

	if (!command_executable(self, sizeof(self)))
		return (fail(e, errno, "find own executable", argv[0], NULL));
	*(strrchr(self, '/') + 1) = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", self, places[i]);
		execv(path, argv);
	}
	fail(e, errno, "execute", path, NULL);
	return (fail_hint(e, "install isthmus again: it is two programs"));
}
