/* What could be left of a build on a Linux host. */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/site.h"

/* Calls `found` for each process with a uid in the range; 0 ends it. */
static pid_t
find_process(uid_t first, uid_t last, bool attacker)
{
	struct dirent *entry;
	char path[300], image[PATH_MAX];
	struct stat st;
	pid_t pid = 0;
	ssize_t n;
	DIR *dir;

	dir = opendir("/proc");
	ATF_REQUIRE(dir != NULL);
	while (pid == 0 && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		if (stat(path, &st) == -1 || st.st_uid < first ||
		    st.st_uid > last)
			continue;
		(void)snprintf(
		    path, sizeof(path), "/proc/%s/exe", entry->d_name);
		n = readlink(path, image, sizeof(image) - 1);
		image[n < 0 ? 0 : n] = '\0';
		if (!attacker || strstr(image, "attacker") != NULL)
			pid = (pid_t)atol(entry->d_name);
	}
	(void)closedir(dir);
	return (pid);
}

pid_t
host_find_process(uid_t uid)
{
	return (find_process(uid, uid, true));
}

/* A line of the file with a field that is a uid of the pool. */
static void
check_table(const char *path, uid_t first, uid_t last)
{
	char line[512], *word, *rest;
	unsigned long value;
	FILE *f;

	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		for (word = strtok_r(line, " \n", &rest); word != NULL;
		     word = strtok_r(NULL, " \n", &rest)) {
			value = strtoul(word, NULL, 10);
			/* Ids and sizes may have any value: uids come twice. */
			if (value >= first && value <= last && rest != NULL &&
			    strtoul(rest, NULL, 10) == value)
				atf_tc_fail_nonfatal(
				    "%s: an object of uid %lu", path, value);
		}
	}
	if (f != NULL)
		(void)fclose(f);
}

static void
check_owned(const char *path, uid_t first, uid_t last)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_uid >= first && st.st_uid <= last)
			atf_tc_fail_nonfatal("%s/%s is of uid %u", path,
			    entry->d_name, st.st_uid);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void
host_check_pool(uid_t first, uid_t last)
{
	pid_t pid;

	pid = find_process(first, last, false);
	if (pid != 0)
		atf_tc_fail_nonfatal("process %d has a uid of the pool", pid);
	check_table("/proc/sysvipc/shm", first, last);
	check_table("/proc/sysvipc/sem", first, last);
	check_table("/proc/sysvipc/msg", first, last);
	check_owned("/dev/shm", first, last);
	check_owned("/tmp", first, last);
}

void
host_check_mounts(const char *below)
{
	char line[8192];
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	ATF_REQUIRE(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, below) != NULL)
			atf_tc_fail_nonfatal("mounted: %.300s", line);
	}
	(void)fclose(f);
}

void
host_check_groups(const char *id)
{
	static const char *const where[] = { "/sys/fs/cgroup/*%s*",
		"/sys/fs/cgroup/*/*%s*", "/sys/fs/cgroup/*/*/*%s*",
		"/sys/fs/cgroup/*/*/*/*%s*" };
	char pattern[300];
	glob_t found;
	size_t i;

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		(void)snprintf(pattern, sizeof(pattern), where[i], id);
		if (glob(pattern, 0, NULL, &found) == 0) {
			atf_tc_fail_nonfatal(
			    "control group %s", found.gl_pathv[0]);
			globfree(&found);
		}
	}
}

void
host_enter_memory(void)
{
	char here[PATH_MAX];

	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	ATF_REQUIRE(unshare(CLONE_NEWNS) == 0);
	ATF_REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	ATF_REQUIRE(
	    mount("isthmus", here, "tmpfs", 0, "mode=755,nr_inodes=0") == 0);
	ATF_REQUIRE(chdir(here) == 0);
}

uint64_t
host_steps(uint64_t leave_out)
{
	return (leave_out);
}

bool
host_has_attributes(const char *path)
{
	return (llistxattr(path, NULL, 0) > 0);
}

bool
host_has_access_list(const char *path)
{
	return (lgetxattr(path, "system.posix_acl_access", NULL, 0) > 0);
}

long
host_uptime(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return ((long)now.tv_sec);
}
