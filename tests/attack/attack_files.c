/*
 * Seeing and changing files that are not the build's: the host's, the
 * inputs, the root file system, /dev.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/attack.h"

/* A path of the host, in the setting that `with` names. */
static enum end
see(const void *with)
{
	struct stat st;

	return (by_call("lstat", lstat(setting(with), &st) == 0));
}

/* An undeclared directory of the host with something in it. */
static enum end
list_directory(const void *with)
{
	const char *path = with;
	struct dirent *entry;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		return (by_call("opendir", false));
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			return (ended(SUCCEEDED, "%s/%s", path, entry->d_name));
	}
	return (ended(REFUSED, "%s is empty", path));
}

/* The same thing has another name on another system; any of them will do. */
static enum end
read_path(const void *with)
{
	const char *const *path;
	enum end end = REFUSED;
	char c;
	int fd;

	for (path = with; *path != NULL; path++) {
		fd = open(*path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1)
			end = by_call("open", false);
		else if (read(fd, &c, 1) == 1)
			return (ended(SUCCEEDED, "read %s", *path));
		else
			end = ended(REFUSED, "%s is empty", *path);
	}
	return (end);
}

static enum end
make_in(const void *with)
{
	char path[4096];

	(void)snprintf(
	    path, sizeof(path), "%s/isthmus-attack", (const char *)with);
	if (!write_file(path, "x", 0644))
		return (by_call("create", false));
	(void)unlink(path);
	return (ended(SUCCEEDED, "made %s", path));
}

static enum end
open_to_write(const void *with)
{
	return (by_call("open", open(with, O_WRONLY | O_CLOEXEC) != -1));
}

/* Up from a directory that is open, as after a chroot without chdir. */
static enum end
climb(const void *with)
{
	const char *secret = setting("HOST_SECRET");
	struct stat st;
	int i, dir;

	(void)with;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)mkdir("down", 0755);
	if (chroot("down") == -1 && errno != EPERM)
		return (by_call("chroot", false));
	(void)!fchdir(dir);
	for (i = 0; i < 64; i++)
		(void)!chdir("..");
	(void)!chroot(".");
	while (*secret == '/')
		secret++;
	return (by_call("stat of the host's file", stat(secret, &st) == 0));
}

/* ---- the inputs: DIRECTORY has file "f", both writable by all */

static const char *
input(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", setting("INPUT"), name);
	return (path);
}

static enum end
input_write(const void *with)
{
	(void)with;
	return (by_call("open", open(input("f"), O_WRONLY | O_CLOEXEC) != -1));
}

static enum end
input_create(const void *with)
{
	(void)with;
	return (by_call("create", write_file(input("new"), "x", 0644)));
}

static enum end
input_unlink(const void *with)
{
	(void)with;
	return (by_call("unlink", unlink(input("g")) == 0));
}

static enum end
input_rename(const void *with)
{
	char from[4096];

	(void)with;
	(void)snprintf(from, sizeof(from), "%s", input("h"));
	return (by_call("rename", rename(from, input("i")) == 0));
}

static enum end
input_truncate(const void *with)
{
	(void)with;
	return (by_call("truncate", truncate(input("f"), 0) == 0));
}

static enum end
input_times(const void *with)
{
	(void)with;
	return (by_call(
	    "utimensat", utimensat(AT_FDCWD, input("f"), NULL, 0) == 0));
}

static enum end
input_map(const void *with)
{
	void *p;
	int fd;

	(void)with;
	fd = open(input("f"), O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
	p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return (by_call("mmap", p != MAP_FAILED));
}

/* A descriptor that was opened for reading, opened again for writing. */
static enum end
input_reopen(const void *with)
{
	char path[64];
	int fd;

	fd = open(input("f"), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (by_call("open", false));
#ifdef O_EMPTY_PATH
	if (openat(fd, "", O_EMPTY_PATH | O_RDWR | O_CLOEXEC) != -1)
		return (by_call("open of nothing below it", true));
#endif
	(void)snprintf(path, sizeof(path), "%s/%d", (const char *)with, fd);
	return (by_call("open again", open(path, O_RDWR | O_CLOEXEC) != -1));
}

/* Shared inode with an input: what the output is, the input is. */
static enum end
input_link(const void *with)
{
	(void)with;
	return (by_call("link", link(input("f"), "linked") == 0));
}

/*
 * Our own program, which is an input too.  Its times stand for its contents:
 * those are safe for as long as it runs, and another build may start it.
 */
static enum end
image_write(const void *with)
{
	return (by_call("utimensat",
	    utimensat(AT_FDCWD, with, NULL, 0) == 0 ||
		utimensat(AT_FDCWD, setting("ATTACKER"), NULL, 0) == 0));
}

/* The inode of a device is the host's, whoever mounts it where. */
static enum end
device_times(const void *with)
{
	return (by_call("utimensat", utimensat(AT_FDCWD, with, NULL, 0) == 0));
}

static enum end
device_mode(const void *with)
{
	struct stat st;

	if (stat(with, &st) == -1)
		return (by_call("stat", false));
	/* As it is. */
	return (by_call("chmod", chmod(with, st.st_mode & 07777) == 0));
}

/* ---- memory file systems that one build could fill the host with */

static enum end
no_size(const void *with)
{
	const char *path = with;
	struct statvfs st;
	double bytes, memory;

	if (statvfs(path, &st) == -1)
		return (by_call("statvfs", false));
	if ((st.f_flag & ST_RDONLY) != 0)
		return (ended(REFUSED, "read-only"));
	bytes = (double)st.f_blocks * (double)st.f_frsize;
	memory =
	    (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
	if (st.f_files == 0 || bytes > memory * 0.45 || bytes == 0)
		return (ended(SUCCEEDED, "%.0f bytes, %llu files", bytes,
		    (unsigned long long)st.f_files));
	return (ended(REFUSED, "%.0f bytes, %llu files", bytes,
	    (unsigned long long)st.f_files));
}

static const char *const passwords[] = { "/etc/shadow", "/etc/master.passwd",
	NULL };
static const char *const host_ids[] = { "/etc/machine-id", "/etc/hostid",
	NULL };
static const char *const memories[] = { "/dev/mem", "/dev/kmem", NULL };

const struct attack attacks_files[] = {
	{ "see-secret", "a file of the host, by its path", see, "HOST_SECRET" },
	{ "see-state", "the executor's state directory", see, "HOST_STATE" },
	{ "see-store", "the host's store directory", see, "HOST_STORE" },
	{ "see-var", "/var of the host", list_directory, "/var" },
	{ "see-usr", "programs that are no input", list_directory, "/usr" },
	{ "see-sys", "devices of the host", list_directory, "/sys" },
	{ "read-shadow", "password hashes", read_path, passwords },
	{ "read-machine-id", "who the host is", read_path, host_ids },
	{ "read-mem", "physical memory", read_path, memories },
	{ "open-kmsg", "writing the kernel's log", open_to_write, "/dev/kmsg" },
	{ "open-console", "the console", open_to_write, "/dev/console" },
	{ "make-in-root", "a new file in /", make_in, "/" },
	{ "make-in-dev", "a new file in /dev", make_in, "/dev" },
	{ "make-in-etc", "a new file in /etc", make_in, "/etc" },
	{ "write-passwd", "another account", open_to_write, "/etc/passwd" },
	{ "climb", "out of the root by an open directory", climb, NULL },
	{ "input-write", "an input open for writing", input_write, NULL },
	{ "input-create", "a file among the inputs", input_create, NULL },
	{ "input-unlink", "an input removed", input_unlink, NULL },
	{ "input-rename", "an input renamed", input_rename, NULL },
	{ "input-truncate", "an input cut", input_truncate, NULL },
	{ "input-times", "an input's times", input_times, NULL },
	{ "input-map", "an input mapped writable", input_map, NULL },
	{ "input-reopen", "an input reopened through /dev/fd", input_reopen,
	    "/dev/fd" },
	{ "input-link", "an input linked into the work", input_link, NULL },
	{ "image-write", "its own program changed", image_write,
	    "/proc/self/exe" },
	{ "device-times", "times of the host's /dev/null", device_times,
	    "/dev/null" },
	{ "device-mode", "mode of the host's /dev/null", device_mode,
	    "/dev/null" },
	{ "size-tmp", "/tmp without an end", no_size, "/tmp" },
	{ "size-shm", "/dev/shm without an end", no_size, "/dev/shm" },
	{ "size-root", "/ without an end", no_size, "/" },
	{ "size-dev", "/dev without an end", no_size, "/dev" },
	{ NULL, NULL, NULL, NULL },
};
