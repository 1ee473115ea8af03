/* The lab's look at a Linux host. */
#include <sys/stat.h>

#include <atf-c.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab_host.h"

static unsigned mounts, shm;

static unsigned
count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned n = 0;
	int c;

	ATF_REQUIRE(f != NULL);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return (n);
}

/* The locks of the pool. */
static void
check_users(const char *when, uid_t first, uid_t last)
{
	char path[64];
	uid_t uid;

	for (uid = first; uid <= last; uid++) {
		snprintf(
		    path, sizeof(path), "/run/isthmus/users/%u", (unsigned)uid);
		if (access(path, F_OK) == 0)
			atf_tc_fail_nonfatal("%s: %s is left", when, path);
	}
}

void
lab_host_remember(void)
{
	mounts = count_lines("/proc/self/mountinfo");
	shm = count_lines("/proc/sysvipc/shm");
}

/* Real, effective, saved and file-system uid, from /proc/PID/status. */
static void
check_process(const char *when, const char *pid, uid_t first, uid_t last)
{
	char path[300], row[300];
	unsigned id[4];
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fgets(row, sizeof(row), f) != NULL) {
		/* What is dead and not yet reaped does nothing any more. */
		if (strncmp(row, "State:\tZ", 8) == 0 ||
		    strncmp(row, "State:\tX", 8) == 0)
			break;
		if (sscanf(row, "Uid: %u %u %u %u", &id[0], &id[1], &id[2],
			&id[3]) != 4)
			continue;
		for (i = 0; i < 4; i++) {
			if (id[i] >= first && id[i] <= last) {
				atf_tc_fail_nonfatal(
				    "%s: process %s of uid %u lives", when, pid,
				    id[i]);
				break;
			}
		}
	}
	fclose(f);
}

static void
check_processes(const char *when, uid_t first, uid_t last)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");

	ATF_REQUIRE(dir != NULL);
	while ((d = readdir(dir)) != NULL) {
		if (isdigit((unsigned char)d->d_name[0]))
			check_process(when, d->d_name, first, last);
	}
	closedir(dir);
}

static void
check_groups(const char *when)
{
	struct dirent *d;
	char path[600];
	DIR *dir = opendir("/sys/fs/cgroup");

	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", d->d_name,
		    strcmp(d->d_name, "isthmus") == 0 ? "" : "/isthmus");
		if (d->d_name[0] != '.' && access(path, F_OK) == 0)
			atf_tc_fail_nonfatal("%s: %s is left", when, path);
	}
	closedir(dir);
}

void
lab_host_check(const char *when, uid_t first, uid_t last)
{
	ATF_CHECK_EQ_MSG(mounts, count_lines("/proc/self/mountinfo"),
	    "%s: the mount table changed", when);
	ATF_CHECK_EQ_MSG(shm, count_lines("/proc/sysvipc/shm"),
	    "%s: shared memory is left", when);
	if (geteuid() == 0)
		check_processes(when, first, last);
	check_users(when, first, last);
	check_groups(when);
}

const char *
lab_host_inputs(void)
{
	struct stat st;

	/* A Debian without merged /usr has these as directories. */
	if (lstat("/bin", &st) == 0 && S_ISDIR(st.st_mode))
		return ("\"/usr\", \"/bin\", \"/lib\", \"/lib64\"");
	return ("\"/usr\"");
}
