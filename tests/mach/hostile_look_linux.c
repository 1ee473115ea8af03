/*
 * What proc(5) tells of the server.
 */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/mach/hostile.h"

static unsigned int
entries(const char *what)
{
	char name[64];
	unsigned int n = 0;
	DIR *d;

	snprintf(name, sizeof(name), "/proc/%d/%s", (int)server_pid(), what);
	d = opendir(name);
	if (d == NULL)
		return (0);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return (n - 2);
}

struct served
server_look(void)
{
	struct served s = { entries("fd"), entries("task"), 0 };
	char text[256];
	FILE *f;

	snprintf(text, sizeof(text), "/proc/%d/status", (int)server_pid());
	f = fopen(text, "r");
	while (f != NULL && fgets(text, sizeof(text), f) != NULL)
		(void)sscanf(text, "VmRSS: %lu", &s.rss_kb);
	if (f != NULL)
		fclose(f);
	return (s);
}

bool
hostile_program(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n > 0)
		path[n] = '\0';
	return (n > 0);
}
