/*
 * Owners and modes: changes on a link itself, what a change takes away, and
 * which group a new file gets.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

/* Numbers of system calls newer than the oldest headers we build with. */
#if defined(__linux__) && !defined(SYS_fchmodat2)
#define SYS_fchmodat2 452
#endif

static bool
make_link(void)
{
	return (probe_file("target", "") && symlink("target", "link") == 0);
}

/* Whether the owner of "link", and not of its target, is PROBE_OTHER_ID. */
static struct probe_answer
owner_answer(void)
{
	struct stat link, target;

	NEED(lstat("link", &link));
	NEED(stat("target", &target));
	if (target.st_uid == PROBE_OTHER_ID)
		return (probe_wrong("it changed the target of the link"));
	if (link.st_uid != PROBE_OTHER_ID || link.st_gid != PROBE_OTHER_ID)
		return (probe_wrong("the link's owner did not change"));
	return (probe_ok(NULL));
}

PROBE(md_lchown)
{
	NEED_OTHER_USER();
	NEED_TRUE(make_link());
	NEED(lchown("link", PROBE_OTHER_ID, PROBE_OTHER_ID));
	return (owner_answer());
}

PROBE(md_fchownat_link)
{
	NEED_OTHER_USER();
	NEED_TRUE(make_link());
	NEED(fchownat(AT_FDCWD, "link", PROBE_OTHER_ID, PROBE_OTHER_ID,
	    AT_SYMLINK_NOFOLLOW));
	return (owner_answer());
}

PROBE(md_fchownat_empty)
{
#ifdef AT_EMPTY_PATH
	struct stat st;
	int fd;

	NEED_OTHER_USER();
	NEED(fd = row_create("f"));
	NEED(fchownat(fd, "", PROBE_OTHER_ID, PROBE_OTHER_ID, AT_EMPTY_PATH));
	NEED(fstat(fd, &st));
	if (st.st_uid != PROBE_OTHER_ID || st.st_gid != PROBE_OTHER_ID)
		return (probe_wrong("the owner did not change"));
	return (probe_ok(NULL));
#else
	return (probe_absent("AT_EMPTY_PATH is not declared"));
#endif
}

PROBE(md_chown_given)
{
	NEED_OTHER_USER();
	NEED_TRUE(probe_file("f", ""));
	NEED_TRUE(
	    !ctx->root || chown("f", PROBE_OTHER_ID, PROBE_OTHER_ID) == 0);
	NEED_TRUE(util_drop(ctx));
	return (util_refused(chown("f", PROBE_OTHER_ID + 1, (gid_t)-1), 0,
	    "chown to another user"));
}

/* The mode of "link" itself became 0600, that of its target stays 0640. */
static struct probe_answer
mode_answer(void)
{
	struct stat link, target;

	NEED(lstat("link", &link));
	NEED(stat("target", &target));
	if ((target.st_mode & 07777) != 0640)
		return (probe_wrong("it changed the target of the link"));
	if ((link.st_mode & 07777) != 0600)
		return (probe_wrong("the link's mode did not change"));
	return (probe_ok(NULL));
}

PROBE(md_fchmodat_link)
{
	NEED_TRUE(make_link());
	NEED(chmod("target", 0640));
	NEED(fchmodat(AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW));
	return (mode_answer());
}

PROBE(md_lchmod)
{
	NEED_TRUE(make_link());
	NEED(chmod("target", 0640));
	NEED(lchmod("link", 0600));
	return (mode_answer());
}

PROBE(md_fchmodat_file)
{
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(fchmodat(AT_FDCWD, "f", 0640, AT_SYMLINK_NOFOLLOW));
	NEED(stat("f", &st));
	if ((st.st_mode & 07777) != 0640)
		return (probe_wrong("the mode did not change"));
	return (probe_ok(NULL));
}

PROBE(md_fchmodat2)
{
#ifdef SYS_fchmodat2
	struct stat st;

	NEED_TRUE(make_link());
	NEED(chmod("target", 0640));
	NEED(syscall(
	    SYS_fchmodat2, AT_FDCWD, "target", 0604, AT_SYMLINK_NOFOLLOW));
	NEED(stat("target", &st));
	if ((st.st_mode & 07777) != 0604)
		return (probe_wrong("the mode did not change"));
	NEED_REFUSAL(
	    syscall(SYS_fchmodat2, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW),
	    EOPNOTSUPP);
	return (probe_ok("EOPNOTSUPP on a link"));
#else
	return (probe_absent("fchmodat2 is not declared"));
#endif
}

/* A file of ours, of mode 0666 by `bits`, once root is given up. */
static bool
make_own(const struct probe_context *ctx, mode_t bits)
{
	if (!util_drop(ctx))
		return (false);
	return (probe_file("f", "#!/bin/sh\n") && chmod("f", bits) == 0);
}

PROBE(md_chown_suid)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(probe_file("f", "#!/bin/sh\n"));
	NEED(chown("f", PROBE_OTHER_ID, PROBE_OTHER_ID + 1));
	NEED(chmod("f", 04755));
	NEED_TRUE(util_drop(ctx));
	NEED(chown("f", (uid_t)-1, PROBE_OTHER_ID));
	NEED(stat("f", &st));
	if ((st.st_mode & S_ISUID) != 0)
		return (probe_wrong(
		    "mode %o after it", (unsigned)st.st_mode & 07777));
	return (probe_ok(NULL));
}

PROBE(md_chown_same_suid)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(make_own(ctx, 04755));
	NEED(chown("f", (uid_t)-1, getegid()));
	NEED(stat("f", &st));
	if ((st.st_mode & S_ISUID) != 0)
		return (row_unsupported("the bit stays"));
	return (probe_ok(NULL));
}

PROBE(md_write_suid)
{
	struct stat st;
	int fd;

	NEED_OTHER_USER();
	NEED_TRUE(make_own(ctx, 04755));
	NEED(fd = open("f", O_WRONLY | O_APPEND | O_CLOEXEC));
	NEED(write(fd, "x", 1));
	NEED(fstat(fd, &st));
	if ((st.st_mode & S_ISUID) != 0)
		return (row_unsupported("the bit survives a write"));
	return (probe_ok(NULL));
}

PROBE(md_truncate_suid)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(make_own(ctx, 04755));
	NEED(truncate("f", 3));
	NEED(stat("f", &st));
	if ((st.st_mode & S_ISUID) != 0)
		/* POSIX: the bits "may be cleared". */
		return (row_unsupported("the bit survives truncate"));
	return (probe_ok(NULL));
}

PROBE(md_setgid_foreign)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(probe_file("f", ""));
	NEED(chown("f", PROBE_OTHER_ID, PROBE_OTHER_ID + 1));
	NEED_TRUE(util_drop(ctx));
	if (chmod("f", 02755) != 0)
		return (util_refused(-1, 0, "chmod"));
	NEED(stat("f", &st));
	if ((st.st_mode & S_ISGID) != 0)
		return (probe_wrong("a user set the bit for a group that is "
				    "not the user's"));
	return (probe_ok("the bit is dropped in silence"));
}

PROBE(md_sticky_file)
{
	struct stat st;

	NEED_OTHER_USER();
	NEED_TRUE(make_own(ctx, 0644));
	if (chmod("f", 01644) != 0)
		return (row_unsupported("chmod: %s", strerror(errno)));
	NEED(stat("f", &st));
	if ((st.st_mode & S_ISVTX) == 0)
		return (probe_wrong("the bit is dropped in silence"));
	return (probe_ok(NULL));
}

PROBE(md_unlink_readonly)
{
	NEED_OTHER_USER();
	NEED_TRUE(make_own(ctx, 0444));
	NEED(unlink("f"));
	return (probe_ok(NULL));
}

PROBE(md_unlink_in_readonly)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(mkdir("d", 0700));
	NEED_TRUE(probe_file("d/f", ""));
	NEED(chmod("d", 0555));
	return (util_refused(unlink("d/f"), 0, "unlink in a 0555 directory"));
}

/* The group that a file gets in a directory of another group. */
static bool
new_group(mode_t directory, gid_t *gid)
{
	struct stat st;

	if (mkdir("d", 0755) != 0 ||
	    chown("d", (uid_t)-1, PROBE_OTHER_ID) != 0 ||
	    chmod("d", directory) != 0 || !probe_file("d/f", "") ||
	    stat("d/f", &st) != 0)
		return (false);
	*gid = st.st_gid;
	return (true);
}

PROBE(md_group_inherit)
{
	gid_t gid;

	NEED_OTHER_USER();
	NEED_TRUE(new_group(0755, &gid));
	if (gid == PROBE_OTHER_ID)
		return (probe_ok("the group of its directory"));
	return (row_unsupported("the group of the process"));
}

PROBE(md_setgid_directory)
{
	gid_t gid;

	NEED_OTHER_USER();
	NEED_TRUE(new_group(02755, &gid));
	if (gid != PROBE_OTHER_ID)
		return (probe_wrong("a new file has group %u", (unsigned)gid));
	return (probe_ok(NULL));
}

PROBE(md_umask)
{
	struct stat st;

	(void)umask(027);
	NEED(open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
	NEED(stat("f", &st));
	if ((st.st_mode & 07777) != 0640)
		return (probe_wrong("0666 under umask 027 became %o",
		    (unsigned)st.st_mode & 07777));
	return (probe_ok(NULL));
}

PROBE(md_eaccess)
{
	NEED_OTHER_USER();
	NEED_TRUE(probe_file("f", ""));
	NEED(setresuid(PROBE_OTHER_ID, 0, 0));
	/* A root that is only effective: access(2) asks for the real user. */
	NEED_REFUSAL(access("f", R_OK), EACCES);
	NEED(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
	return (probe_ok(NULL));
}

PROBE(md_unlink_sticky)
{
	NEED_OTHER_USER();
	NEED(mkdir("d", 0700));
	NEED_TRUE(probe_file("d/f", ""));
	NEED(chmod("d", 01777));
	NEED_TRUE(util_drop(ctx));
	return (util_refused(unlink("d/f"), 0,
	    "unlink of another's file in a sticky directory"));
}

PROBE(md_chmod_foreign)
{
	NEED_OTHER_USER();
	NEED_TRUE(probe_file("f", ""));
	NEED_TRUE(util_drop(ctx));
	return (util_refused(chmod("f", 0777), 0, "chmod of another's file"));
}
