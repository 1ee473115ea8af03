/* Where machd is, for what runs it and for the library that starts it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "cli/command.h"
#include "cli/mach.h"

/* From the folder of this program: not installed, installed. */
static const char *const places[] = { "machd", "../sbin/machd",
	"../../sbin/machd" };

bool
machd_path(char *to, size_t size, struct error *e)
{
	const char *named = getenv("ISTHMUS_MACHD");
	char self[PATH_MAX], *slash;
	size_t i;

	if (named != NULL && *named != '\0') {
		snprintf(to, size, "%s", named);
		return (true);
	}
	if (!command_executable(self, sizeof(self)))
		return (fail(e, errno, "find this program", NULL, NULL));
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(to, size, "%s/%s", self, places[i]);
		if (access(to, X_OK) == 0)
			return (true);
	}
	fail(e, ENOENT, "find machd", self, NULL);
	return (fail_hint(e, "ISTHMUS_MACHD=PATH"));
}

void
machd_tell(void)
{
	char path[PATH_MAX + 32];

	if (machd_path(path, sizeof(path), NULL))
		(void)setenv("ISTHMUS_MACHD", path, 1);
}
