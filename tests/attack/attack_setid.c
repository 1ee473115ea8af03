/*
 * Leaving a file behind that gives its user's identity to whoever runs it,
 * by every portable call that can set the bits.  A file of the builder's uid
 * with them is enough: the uid is used again.
 */
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define SETID (S_ISUID | S_ISGID)

/* By what stands there now, whatever the call said. */
static enum end
judge(const char *call, const char *path)
{
	struct stat st;
	int err = errno;

	if (lstat(path, &st) == 0 && (st.st_mode & SETID) != 0)
		return (ended(SUCCEEDED, "mode %04o by %s",
		    (unsigned)st.st_mode & 07777, call));
	errno = err;
	return (by_call(call, false));
}

static enum end
by_chmod(const void *with)
{
	const mode_t *bits = with;

	errno = 0;
	if (write_file("f", "x", 0755))
		(void)!chmod("f", 0755 | *bits);
	return (judge("chmod", "f"));
}

static enum end
by_fchmod(const void *with)
{
	int fd;

	(void)with;
	fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	(void)!fchmod(fd, 04755);
	return (judge("fchmod", "f"));
}

static enum end
by_fchmodat(const void *with)
{
	(void)with;
	(void)!write_file("f", "x", 0755);
	(void)!fchmodat(AT_FDCWD, "f", 04755, 0);
	return (judge("fchmodat", "f"));
}

static enum end
by_open(const void *with)
{
	(void)with;
	(void)!open("f", O_RDWR | O_CREAT | O_CLOEXEC, 04755);
	return (judge("open", "f"));
}

static enum end
by_openat(const void *with)
{
	int dir;

	(void)with;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)!openat(dir, "f", O_RDWR | O_CREAT | O_CLOEXEC, 04755);
	return (judge("openat", "f"));
}

static enum end
by_creat(const void *with)
{
	(void)with;
	(void)!creat("f", 04755);
	return (judge("creat", "f"));
}

static enum end
by_mknod(const void *with)
{
	(void)with;
	(void)!mknod("f", S_IFREG | 04755, 0);
	return (judge("mknod", "f"));
}

static enum end
by_mknodat(const void *with)
{
	(void)with;
	(void)!mknodat(AT_FDCWD, "f", S_IFREG | 04755, 0);
	return (judge("mknodat", "f"));
}

/* A set-id program among the inputs, under a name of our own. */
static enum end
by_link(const void *with)
{
	(void)with;
	(void)!link(setting("SETID_INPUT"), "f");
	return (judge("link", "f"));
}

static enum end
by_rename(const void *with)
{
	(void)with;
	(void)!rename(setting("SETID_INPUT"), "f");
	return (judge("rename", "f"));
}

/* Running the set-id program among the inputs; it prints its euid. */
static enum end
by_exec(const void *with)
{
	int fds[2], status;
	char buf[32];
	ssize_t n;
	pid_t pid;

	(void)with;
	if (pipe(fds) == -1)
		return (by_call("pipe", false));
	pid = fork();
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)execl(setting("SETID_INPUT"), "attacker", "--deed",
		    "print-euid", (char *)NULL);
		_exit(99);
	}
	(void)close(fds[1]);
	n = read(fds[0], buf, sizeof(buf) - 1);
	if (waitpid(pid, &status, 0) != pid || n <= 0)
		return (ended(REFUSED, "the program did not run"));
	buf[n] = '\0';
	if (geteuid() != 0 && strtol(buf, NULL, 10) == 0)
		return (ended(SUCCEEDED, "ran with effective uid 0"));
	return (ended(
	    REFUSED, "ran with effective uid %ld", strtol(buf, NULL, 10)));
}

static const mode_t set_uid = S_ISUID, set_gid = S_ISGID;

const struct attack attacks_setid[] = {
	{ "setid-chmod", "set-uid file by chmod", by_chmod, &set_uid },
	{ "setid-chmod-gid", "set-gid file by chmod", by_chmod, &set_gid },
	{ "setid-fchmod", "set-uid file by fchmod", by_fchmod, NULL },
	{ "setid-fchmodat", "set-uid file by fchmodat", by_fchmodat, NULL },
	{ "setid-open", "set-uid file by open", by_open, NULL },
	{ "setid-openat", "set-uid file by openat", by_openat, NULL },
	{ "setid-creat", "set-uid file by creat", by_creat, NULL },
	{ "setid-mknod", "set-uid file by mknod", by_mknod, NULL },
	{ "setid-mknodat", "set-uid file by mknodat", by_mknodat, NULL },
	{ "setid-link", "hard link to a set-uid input", by_link, NULL },
	{ "setid-rename", "set-uid input moved away", by_rename, NULL },
	{ "setid-exec", "set-uid input run", by_exec, NULL },
	{ NULL, NULL, NULL, NULL },
};
