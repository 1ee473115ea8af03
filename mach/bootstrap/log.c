/* Where the server tells what went wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/error.h"
#include "base/text.h"
#include "mach/bootstrap/server.h"

static bool to_syslog;

void
bootstrapd_log_to_syslog(void)
{
	openlog("bootstrapd", LOG_PID, LOG_DAEMON);
	to_syslog = true;
}

/* Clients choose the names in it: no terminal is to obey them. */
void
bootstrapd_log(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_make_printable(line);
	if (to_syslog)
		syslog(LOG_ERR, "%s", line);
	else
		fprintf(stderr, "bootstrapd: %s\n", line);
}

void
bootstrapd_log_error(const struct error *e)
{
	bootstrapd_log("%s%s%s: %s", e->step, e->path[0] != '\0' ? ": " : "",
	    e->path, e->why[0] != '\0' ? e->why : strerror(e->err));
}
