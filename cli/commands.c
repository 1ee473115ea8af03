/* All subcommands, of a command that has them in itself. */
#include <errno.h>

#include "base/fail.h"
#include "cli/command.h"

const struct command *const commands[] = {
	&command_probe,
	&command_scan,
	&command_map,
	&command_catalogue,
	&command_build,
	&command_recover,
	&command_mach,
	NULL,
};

bool
command_elsewhere(char **argv, struct error *e)
{
	return (fail(e, ENOSYS, "find command", argv[1], NULL));
}
