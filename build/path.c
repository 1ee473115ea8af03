/*
 * Questions about paths and names as strings; the file system is not asked.
 */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "build/spec.h"
#include "build/spec_parts.h"

/* NAME_MAX of the file systems that hold stores, on every system. */
#define COMPONENT_MAX 255

bool
path_below(const char *path, const char *top)
{
	size_t len;

	len = strlen(top);
	if (len == 1)
		return (path[0] == '/');
	return (strncmp(path, top, len) == 0 &&
		(path[len] == '\0' || path[len] == '/'));
}

/* Of one component; `len` bytes at `s`. */
static const char *
component_problem(const char *s, size_t len)
{
	if (len == 0)
		return (s[0] == '\0' ? "ends with \"/\"" : "has \"//\"");
	if (len == 1 && s[0] == '.')
		return ("has a component \".\"");
	if (len == 2 && s[0] == '.' && s[1] == '.')
		return ("has a component \"..\"");
	if (len > COMPONENT_MAX)
		return ("has a component of more than 255 bytes");
	return (NULL);
}

/* C0, DEL, and C1 in UTF-8: nothing that a terminal or a log would obey. */
static bool
has_control(const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			return (true);
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			return (true);
	}
	return (false);
}

const char *
path_problem(const char *path)
{
	const char *p, *why;
	size_t len;

	if (path[0] == '\0')
		return ("empty");
	if (path[0] != '/')
		return ("not an absolute path");
	/* PATH_MAX counts the NUL. */
	if (strlen(path) >= PATH_MAX)
		return ("longer than PATH_MAX");
	if (has_control(path))
		return ("has a control character");
	if (path[1] == '\0')
		return (NULL);
	for (p = path; *p == '/'; p += 1 + len) {
		len = strcspn(p + 1, "/");
		why = component_problem(p + 1, len);
		if (why != NULL)
			return (why);
	}
	return (NULL);
}

int
path_order(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return (0);
	if (*a == '\0' || *b == '\0')
		return (*a == '\0' ? -1 : 1);
	/* A slash before all else keeps what is below a path beside it. */
	if (*a == '/' || *b == '/')
		return (*a == '/' ? -1 : 1);
	return ((unsigned char)*a < (unsigned char)*b ? -1 : 1);
}

/*
 * The characters of Nix's checkName(), src/libstore/path.cc.  Narrower in one
 * thing: no leading dot at all, because the executor's own directories in a
 * store begin with one.
 */
const char *
name_problem(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+-._?=";

	if (name[0] == '\0')
		return ("empty");
	if (name[0] == '.')
		return ("begins with \".\"");
	if (name[strspn(name, allowed)] != '\0')
		return ("has a character other than A-Z a-z 0-9 + - . _ ? =");
	return (NULL);
}
