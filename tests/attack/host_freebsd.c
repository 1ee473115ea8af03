/* What could be left of a build on a FreeBSD host. */
#define _WANT_SEMUN_OLD
#define _WANT_SYSVMSG_INTERNALS
#define _WANT_SYSVSEM_INTERNALS
#define _WANT_SYSVSHM_INTERNALS
#include <sys/param.h>
#include <sys/acl.h>
#include <sys/extattr.h>
#include <sys/ioctl.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/rctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fs/devfs/devfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/site.h"

/* Of a table that the kernel gives whole; free(3) it.  NULL: there is none. */
static void *
table(const char *name, size_t *size)
{
	void *data;

	if (sysctlbyname(name, NULL, size, NULL, 0) != 0)
		return (NULL);
	*size += *size / 4 + 1;
	data = malloc(*size);
	ATF_REQUIRE(data != NULL);
	if (sysctlbyname(name, data, size, NULL, 0) == 0)
		return (data);
	free(data);
	return (NULL);
}

static pid_t
find_process(uid_t first, uid_t last, bool attacker)
{
	const struct kinfo_proc *p;
	struct kinfo_proc *all;
	size_t size, i;
	pid_t pid = 0;

	all = table("kern.proc.proc", &size);
	ATF_REQUIRE(all != NULL);
	for (i = 0; pid == 0 && i < size / sizeof(*all); i++) {
		p = &all[i];
		if (((p->ki_uid >= first && p->ki_uid <= last) ||
			(p->ki_ruid >= first && p->ki_ruid <= last)) &&
		    (!attacker || strstr(p->ki_comm, "attacker") != NULL))
			pid = p->ki_pid;
	}
	free(all);
	return (pid);
}

pid_t
host_find_process(uid_t uid)
{
	return (find_process(uid, uid, true));
}

static void
check_object(
    const char *what, const struct ipc_perm *p, uid_t first, uid_t last)
{
	if (p->cuid >= first && p->cuid <= last)
		atf_tc_fail_nonfatal("%s 0x%lx of uid %u is left", what,
		    (unsigned long)p->key, p->cuid);
}

static void
check_system_v(uid_t first, uid_t last)
{
	struct shmid_kernel *shm;
	struct semid_kernel *sem;
	struct msqid_kernel *msg;
	size_t size, i;

	shm = table("kern.ipc.shmsegs", &size);
	for (i = 0; shm != NULL && i < size / sizeof(*shm); i++)
		if ((shm[i].u.shm_perm.mode & 0x0800) != 0)
			check_object(
			    "System V memory", &shm[i].u.shm_perm, first, last);
	free(shm);
	sem = table("kern.ipc.sema", &size);
	for (i = 0; sem != NULL && i < size / sizeof(*sem); i++)
		if ((sem[i].u.sem_perm.mode & SEM_ALLOC) != 0)
			check_object("System V semaphores", &sem[i].u.sem_perm,
			    first, last);
	free(sem);
	msg = table("kern.ipc.msqids", &size);
	for (i = 0; msg != NULL && i < size / sizeof(*msg); i++)
		if (msg[i].u.msg_qbytes != 0)
			check_object(
			    "System V queue", &msg[i].u.msg_perm, first, last);
	free(msg);
}

/* Named objects of jails that are gone; their names begin with its root. */
static void
check_posix_memory(void)
{
	const struct kinfo_file *f;
	char *all;
	size_t size, at;

	all = table("kern.ipc.posix_shm_list", &size);
	for (at = 0; all != NULL && at < size; at += (size_t)f->kf_structsize) {
		f = (const void *)(all + at);
		if (f->kf_structsize == 0)
			break;
		if (strstr(f->kf_path, "/jobs/") != NULL)
			atf_tc_fail_nonfatal(
			    "POSIX memory %s is left", f->kf_path);
	}
	free(all);
}

/* Devices that a rule of the pool still hides. */
static void
check_rules(uid_t first, uid_t last)
{
	struct devfs_rule rule;
	unsigned set;
	uid_t uid;
	int fd;

	fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(fd != -1);
	for (uid = first; uid <= last; uid++) {
		set = uid % 65535 + 1;
		memset(&rule, 0, sizeof(rule));
		rule.dr_magic = DEVFS_MAGIC;
		rule.dr_id = mkrid((devfs_rid)set, 0);
		if (ioctl(fd, DEVFSIO_RGETNEXT, &rule) == 0)
			atf_tc_fail_nonfatal(
			    "a rule of devfs rule set %u is left", set);
	}
	(void)close(fd);
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
	check_system_v(first, last);
	check_posix_memory();
	check_rules(first, last);
	check_owned("/tmp", first, last);
}

void
host_check_mounts(const char *below)
{
	struct statfs *all;
	int i, n;

	n = getmntinfo(&all, MNT_WAIT);
	ATF_REQUIRE(n > 0);
	for (i = 0; i < n; i++) {
		if (strstr(all[i].f_mntonname, below) != NULL)
			atf_tc_fail_nonfatal("mounted: %s on %s",
			    all[i].f_mntfromname, all[i].f_mntonname);
	}
}

enum { TRIES = 150 };

/* The jail, dying ones too, and its rules of limits. */
void
host_check_groups(const char *id)
{
	char name[64], errmsg[256] = "", rules[4096];
	struct iovec params[] = {
		{ (void *)(uintptr_t) "name", sizeof("name") },
		{ name, 0 },
		{ (void *)(uintptr_t) "errmsg", sizeof("errmsg") },
		{ errmsg, sizeof(errmsg) },
	};
	int tries;

	(void)snprintf(name, sizeof(name), "isthmus-%s", id);
	params[1].iov_len = strlen(name) + 1;
	/* Sockets in sockets keep it until the kernel collects them. */
	for (tries = 0; tries < TRIES; tries++) {
		if (jail_get(params, 4, JAIL_DYING) < 0)
			break;
		(void)usleep(20000);
	}
	if (tries == TRIES)
		atf_tc_fail_nonfatal("jail %s is left", name);
	(void)snprintf(name, sizeof(name), "jail:isthmus-%s", id);
	rules[0] = '\0';
	if (rctl_get_rules(name, strlen(name) + 1, rules, sizeof(rules)) == 0 &&
	    rules[0] != '\0')
		atf_tc_fail_nonfatal("limits are left: %.200s", rules);
}

static char memory[PATH_MAX];

static void
leave_memory(void)
{
	(void)chdir("/");
	(void)unmount(memory, MNT_FORCE);
}

/* There is no mount of one process alone: it ends with exit(3). */
void
host_enter_memory(void)
{
	char errmsg[256] = "";
	struct iovec params[] = {
		{ (void *)(uintptr_t) "fstype", sizeof("fstype") },
		{ (void *)(uintptr_t) "tmpfs", sizeof("tmpfs") },
		{ (void *)(uintptr_t) "fspath", sizeof("fspath") },
		{ memory, 0 },
		{ (void *)(uintptr_t) "errmsg", sizeof("errmsg") },
		{ errmsg, sizeof(errmsg) },
	};

	/* A directory within: where we are are the results of the test. */
	ATF_REQUIRE(mkdir("memory", 0755) == 0);
	ATF_REQUIRE(realpath("memory", memory) != NULL);
	params[3].iov_len = strlen(memory) + 1;
	ATF_REQUIRE_MSG(nmount(params, 6, 0) == 0, "%s", errmsg);
	ATF_REQUIRE(atexit(leave_memory) == 0);
	ATF_REQUIRE(chdir(memory) == 0);
}

/*
 * The names of the jail, and what it keeps to itself, are not steps of their
 * own: without the jail they are gone.  Without racct the limits are the
 * processes' own.
 */
uint64_t
host_steps(uint64_t leave_out)
{
	if ((leave_out & OUT(STEP_LIMIT_GROUP)) != 0)
		leave_out |= OUT(STEP_RLIMITS);
	return (leave_out);
}

bool
host_has_attributes(const char *path)
{
	return (extattr_list_link(path, EXTATTR_NAMESPACE_USER, NULL, 0) > 0);
}

bool
host_has_access_list(const char *path)
{
	acl_t acl = acl_get_file(path, ACL_TYPE_ACCESS);
	int trivial = 1;

	if (acl == NULL)
		return (false);
	(void)acl_is_trivial_np(acl, &trivial);
	(void)acl_free(acl);
	return (trivial == 0);
}

long
host_uptime(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_UPTIME, &now);
	return ((long)now.tv_sec);
}
