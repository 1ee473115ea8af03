/*
 * Files by the calls that FreeBSD has for it: handles, flags, system
 * attributes, device nodes, the root by other ways than its path.
 */
#include <sys/param.h>
#include <sys/acl.h>
#include <sys/capsicum.h>
#include <sys/extattr.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

static const char *
input(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", setting("INPUT"), name);
	return (path);
}

static enum end
handle(const void *with)
{
	fhandle_t fh;

	(void)with;
	if (getfh(input("f"), &fh) == -1)
		return (by_call("getfh", false));
	return (by_call("fhopen", fhopen(&fh, O_RDONLY) != -1));
}

/* One that was guessed; ESTALE: it was looked up. */
static enum end
handle_guessed(const void *with)
{
	struct statfs sf;
	fhandle_t fh;

	(void)with;
	memset(&fh, 0, sizeof(fh));
	if (statfs("/", &sf) == -1)
		return (by_call("statfs", false));
	fh.fh_fsid = sf.f_fsid;
	fh.fh_fid.fid_len = 12;
	return (
	    by_call("fhopen", fhopen(&fh, O_RDONLY) != -1 || errno == ESTALE));
}

static enum end
system_flags(const void *with)
{
	const unsigned long *flags = with;

	if (!write_file("f", "x", 0644))
		return (ended(UNTRIED, "no file"));
	if (chflags("f", *flags) == -1)
		return (by_call("chflags", false));
	(void)chflags("f", 0);
	return (by_call("chflags", true));
}

static enum end
input_flags(const void *with)
{
	const unsigned long *flags = with;

	if (chflags(input("g"), *flags) == -1)
		return (by_call("chflags", false));
	(void)chflags(input("g"), 0);
	return (by_call("chflags", true));
}

static enum end
input_attribute(const void *with)
{
	(void)with;
	if (extattr_set_file(
		input("f"), EXTATTR_NAMESPACE_USER, "isthmus", "x", 1) == -1)
		return (by_call("extattr_set_file", false));
	(void)extattr_delete_file(
	    input("f"), EXTATTR_NAMESPACE_USER, "isthmus");
	return (by_call("extattr_set_file", true));
}

static enum end
system_attribute(const void *with)
{
	(void)with;
	if (!write_file("f", "x", 0644))
		return (ended(UNTRIED, "no file"));
	return (by_call(
	    "extattr_set_file", extattr_set_file("f", EXTATTR_NAMESPACE_SYSTEM,
				    "isthmus", "x", 1) != -1));
}

static enum end
input_owner(const void *with)
{
	(void)with;
	return (by_call("chmod", chmod(input("f"), 0666) == 0));
}

static enum end
node(const void *with)
{
	const mode_t *type = with;

	return (by_call("mknod", mknod("node", *type | 0666, 0) == 0));
}

/* Root's, to whoever reads the output. */
static enum end
give_away(const void *with)
{
	(void)with;
	if (!write_file("f", "x", 0644))
		return (ended(UNTRIED, "no file"));
	return (by_call("chown", chown("f", 0, 0) == 0));
}

/* Many steps up, and the same in capability mode. */
static enum end
beneath(const void *with)
{
	const char *secret = setting("HOST_SECRET");
	char path[4096];
	struct stat st;
	int dir, i, n;

	(void)with;
	dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = snprintf(path, sizeof(path), "%s", ".");
	for (i = 0; i < 40; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "/..");
	(void)snprintf(path + n, sizeof(path) - (size_t)n, "%s", secret);
	if (fstatat(dir, path, &st, 0) == 0)
		return (by_call("fstatat", true));
	if (cap_enter() == -1)
		return (by_call("cap_enter", false));
	return (by_call("fstatat", fstatat(dir, path, &st, 0) == 0));
}

/* All the ways from an open directory to one above it. */
static enum end
by_name_cache(const void *with)
{
	const char *secret = setting("HOST_SECRET");
	char path[8192];
	struct stat st;

	(void)with;
	/* realpath(2) and getcwd(2) below, at a place that was moved away. */
	if (mkdir("a", 0755) == -1 || mkdir("a/b", 0755) == -1 ||
	    chdir("a/b") == -1 || rename("../../a", "../../c") == -1)
		return (by_call("rename", false));
	if (getcwd(path, sizeof(path)) != NULL &&
	    strstr(path, "/jobs/") != NULL)
		return (ended(SUCCEEDED, "%s", path));
	return (by_call("stat", stat(secret, &st) == 0));
}

/* What is in /dev, below directories too. */
static enum end
nodes(const void *with)
{
	static const char *const known[] = { ".", "..", "null", "zero", "full",
		"random", "urandom", "fd", "stdin", "stdout", "stderr", "0",
		"1", "2" };
	const char *path = with;
	struct dirent *d;
	size_t i;
	DIR *dir;

	dir = opendir(path);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		for (i = 0; i < nitems(known); i++)
			if (strcmp(known[i], d->d_name) == 0)
				break;
		if (i == nitems(known))
			return (ended(SUCCEEDED, "%s/%s", path, d->d_name));
	}
	return (ended(REFUSED, "none but the declared"));
}

static const unsigned long schg = SF_IMMUTABLE, sappnd = SF_APPEND,
			   sunlnk = SF_NOUNLINK, uchg = UF_IMMUTABLE;
static const mode_t character = S_IFCHR, block = S_IFBLK;

const struct attack attacks_freebsd_files[] = {
	{ "handle", "an input by its handle", handle, NULL },
	{ "handle-guessed", "any file by its handle", handle_guessed, NULL },
	{ "flag-schg", "a file that nobody can remove", system_flags, &schg },
	{ "flag-sappnd", "a file that only grows", system_flags, &sappnd },
	{ "flag-sunlnk", "a file that stays", system_flags, &sunlnk },
	{ "input-flags", "an input frozen", input_flags, &uchg },
	{ "input-attribute", "an attribute of an input", input_attribute,
	    NULL },
	{ "input-mode", "the mode of an input", input_owner, NULL },
	{ "attribute-system", "an attribute of the system", system_attribute,
	    NULL },
	{ "mknod-char", "a device", node, &character },
	{ "mknod-block", "a disk", node, &block },
	{ "give-away", "a file of root's", give_away, NULL },
	{ "beneath", "the host from capability mode", beneath, NULL },
	{ "moved", "a way up from a moved directory", by_name_cache, NULL },
	{ "dev-nodes", "a device that was not declared", nodes, "/dev" },
	{ NULL, NULL, NULL, NULL },
};
