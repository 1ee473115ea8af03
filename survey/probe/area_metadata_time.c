/*
 * Times of files: which can be set, how finely, on a link itself, and
 * outside the years that a 32-bit time has.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <fcntl.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

/* A link and what it points to, both with the times of long ago. */
static bool
make_link(void)
{
	static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

	return (probe_file("target", "") && symlink("target", "link") == 0 &&
		utimensat(AT_FDCWD, "target", old, 0) == 0);
}

/* Whether a call on "link" set the link's own time to 5000. */
static struct probe_answer
link_answer(void)
{
	struct stat link, target;

	NEED(lstat("link", &link));
	NEED(stat("target", &target));
	if (target.st_mtime != 1000)
		return (probe_wrong("it changed the target of the link"));
	if (link.st_mtime != 5000)
		return (probe_wrong("the link's time did not change"));
	return (probe_ok(NULL));
}

PROBE(md_utime_now)
{
	const struct timespec old[2] = { { 5, 0 }, { 5, 0 } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(utimensat(AT_FDCWD, "f", old, 0));
	NEED(utimensat(AT_FDCWD, "f", now, 0));
	NEED(stat("f", &st));
	if (st.st_mtime < time(NULL) - 60)
		return (probe_wrong("the time is not that of the clock"));
	return (probe_ok(NULL));
}

PROBE(md_utime_omit)
{
	const struct timespec first[2] = { { 10, 0 }, { 20, 0 } };
	const struct timespec omit[2] = { { 99, UTIME_OMIT }, { 30, 0 } };
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(utimensat(AT_FDCWD, "f", first, 0));
	NEED(utimensat(AT_FDCWD, "f", omit, 0));
	NEED(stat("f", &st));
	if (st.st_atime != 10 || st.st_mtime != 30)
		return (probe_wrong("atime %lld for 10, mtime %lld for 30",
		    (long long)st.st_atime, (long long)st.st_mtime));
	return (probe_ok(NULL));
}

PROBE(md_utimensat_link)
{
	const struct timespec t[2] = { { 5000, 0 }, { 5000, 0 } };

	NEED_TRUE(make_link());
	NEED(utimensat(AT_FDCWD, "link", t, AT_SYMLINK_NOFOLLOW));
	return (link_answer());
}

PROBE(md_utimensat_empty)
{
#ifdef AT_EMPTY_PATH
	const struct timespec t[2] = { { 5000, 0 }, { 5000, 0 } };
	struct stat st;
	int fd;

	NEED(fd = row_create("f"));
	NEED(utimensat(fd, "", t, AT_EMPTY_PATH));
	NEED(fstat(fd, &st));
	if (st.st_mtime != 5000)
		return (probe_wrong("the time did not change"));
	return (probe_ok(NULL));
#else
	return (probe_absent("AT_EMPTY_PATH is not declared"));
#endif
}

PROBE(md_futimens)
{
	const struct timespec t[2] = { { 1, 123456789 }, { 2, 987654321 } };
	struct stat st;
	int fd;

	NEED(fd = row_create("f"));
	NEED(futimens(fd, t));
	NEED(fstat(fd, &st));
	if (st.st_mtim.tv_sec != 2 || st.st_atim.tv_sec != 1)
		return (probe_wrong("the seconds did not change"));
	if (st.st_mtim.tv_nsec != 987654321)
		return (row_unsupported("987654321 ns became %ld on %s",
		    st.st_mtim.tv_nsec, row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_lutimes)
{
	const struct timeval t[2] = { { 5000, 0 }, { 5000, 0 } };

	NEED_TRUE(make_link());
	if (lutimes("link", t) != 0)
		return (row_file_errno(errno, "lutimes"));
	return (link_answer());
}

PROBE(md_futimes)
{
	const struct timeval t[2] = { { 5000, 0 }, { 5000, 250000 } };
	struct stat st;
	int fd;

	NEED(fd = row_create("f"));
	NEED(futimes(fd, t));
	NEED(fstat(fd, &st));
	if (st.st_mtime != 5000)
		return (probe_wrong("the time did not change"));
	return (probe_ok(NULL));
}

PROBE(md_futimesat)
{
	const struct timeval t[2] = { { 5000, 0 }, { 5000, 0 } };
	struct stat st;
	int dir;

	NEED_TRUE(probe_file("f", ""));
	NEED(dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(futimesat(dir, "f", t));
	NEED(stat("f", &st));
	if (st.st_mtime != 5000)
		return (probe_wrong("the time did not change"));
	return (probe_ok(NULL));
}

/* Sets a time on a file, a directory and a link, and reads all three. */
static struct probe_answer
time_kept(int64_t seconds)
{
	static const char *const names[] = { "target", "link", "directory" };
	struct timespec t[2];
	struct stat st;
	size_t i;

	NEED_TRUE(make_link());
	NEED(mkdir("directory", 0700));
	t[0] = t[1] = (struct timespec){ (time_t)seconds, 0 };
	for (i = 0; i < UTIL_COUNT(names); i++) {
		if (utimensat(AT_FDCWD, names[i], t, AT_SYMLINK_NOFOLLOW) != 0)
			return (row_file_errno(errno, "utimensat"));
		NEED(lstat(names[i], &st));
		if ((int64_t)st.st_mtime != seconds)
			return (probe_wrong("%s: %lld became %lld on %s",
			    names[i], (long long)seconds,
			    (long long)st.st_mtime, row_filesystem()));
	}
	return (probe_ok(NULL));
}

PROBE(md_mtime_one)
{
	return (time_kept(1));
}

PROBE(md_mtime_zero)
{
	return (time_kept(0));
}

PROBE(md_mtime_1969)
{
	return (time_kept(-86400));
}

PROBE(md_mtime_minus_one)
{
	return (time_kept(-1));
}

PROBE(md_mtime_2038)
{
	return (time_kept((int64_t)1 << 31));
}

PROBE(md_mtime_2106)
{
	return (time_kept((int64_t)1 << 32));
}

PROBE(md_birthtim)
{
#ifdef __FreeBSD__
	struct stat st;
	int64_t age;

	NEED_TRUE(probe_file("f", ""));
	NEED(stat("f", &st));
	if (st.st_birthtim.tv_sec <= 0)
		return (
		    row_unsupported("no birth time on %s", row_filesystem()));
	age = row_clock(CLOCK_REALTIME) - row_ns(&st.st_birthtim);
	if (age < -1000000000 || age > (int64_t)60000000000)
		return (probe_wrong(
		    "born %lld s before now", (long long)(age / 1000000000)));
	return (probe_ok(NULL));
#else
	return (probe_absent("no such member of struct stat"));
#endif
}

/* Birth time by whatever this system has; false when it has none. */
static bool
birth_time(const char *name, int64_t *ns)
{
#ifdef __FreeBSD__
	struct stat st;

	if (lstat(name, &st) != 0 || st.st_birthtim.tv_sec <= 0)
		return (false);
	*ns = row_ns(&st.st_birthtim);
	return (true);
#elif defined(STATX_BTIME)
	struct statx sx;

	if (statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &sx) != 0 ||
	    (sx.stx_mask & STATX_BTIME) == 0)
		return (false);
	*ns = sx.stx_btime.tv_sec * 1000000000 + sx.stx_btime.tv_nsec;
	return (true);
#else
	(void)name;
	(void)ns;
	return (false);
#endif
}

PROBE(md_birth_moves)
{
	const struct timespec t[2] = { { 5000, 0 }, { 5000, 0 } };
	int64_t before, after;

	NEED_TRUE(probe_file("f", ""));
	if (!birth_time("f", &before))
		return (
		    row_unsupported("no birth time on %s", row_filesystem()));
	NEED(utimensat(AT_FDCWD, "f", t, 0));
	if (!birth_time("f", &after))
		return (probe_wrong("the birth time went away"));
	if (after == before)
		return (row_unsupported("the birth time stays as it is"));
	return (probe_ok("it moves back with the modification time"));
}

PROBE(md_birth_rename)
{
	int64_t before, after;

	NEED_TRUE(probe_file("f", ""));
	if (!birth_time("f", &before))
		return (
		    row_unsupported("no birth time on %s", row_filesystem()));
	NEED(rename("f", "g"));
	NEED(link("g", "h"));
	if (!birth_time("h", &after) || after != before)
		return (probe_wrong("it changed with the name"));
	return (probe_ok(NULL));
}

PROBE(md_stat_ns)
{
	char name[2] = "a";
	struct stat st;

	/* One of 26 may fall on a full second by chance; not all. */
	for (; name[0] <= 'z'; name[0]++) {
		NEED_TRUE(probe_file(name, ""));
		NEED(stat(name, &st));
		if (st.st_mtim.tv_nsec != 0)
			return (probe_ok(NULL));
	}
	return (row_unsupported("full seconds only on %s", row_filesystem()));
}

PROBE(md_ctime_set)
{
	const struct timespec t[2] = { { 5000, 0 }, { 5000, 0 } };
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(utimensat(AT_FDCWD, "f", t, 0));
	NEED(stat("f", &st));
	if (st.st_ctime < time(NULL) - 60)
		return (probe_wrong("utimensat set the change time, too"));
	return (probe_ok(NULL));
}

PROBE(md_atime_read)
{
	const struct timespec t[2] = { { 5000, 0 }, { 6000, 0 } };
	struct stat st;
	char c;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(utimensat(AT_FDCWD, "f", t, 0));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(read(fd, &c, 1));
	NEED(fstat(fd, &st));
	if (st.st_atime == 5000)
		return (row_unsupported("noatime on %s", row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_noatime)
{
#ifdef O_NOATIME
	const struct timespec t[2] = { { 5000, 0 }, { 6000, 0 } };
	struct stat st;
	char c;
	int fd;

	NEED_TRUE(probe_file("f", "x"));
	NEED(utimensat(AT_FDCWD, "f", t, 0));
	NEED(fd = open("f", O_RDONLY | O_NOATIME | O_CLOEXEC));
	NEED(read(fd, &c, 1));
	NEED(fstat(fd, &st));
	if (st.st_atime != 5000)
		return (probe_wrong("reading moved the access time"));
	return (probe_ok(NULL));
#else
	return (probe_absent("O_NOATIME is not declared"));
#endif
}

PROBE(md_statx)
{
#ifdef STATX_BASIC_STATS
	struct statx sx;
	struct stat st;

	NEED_TRUE(probe_file("f", "four"));
	NEED(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	NEED(stat("f", &st));
	if ((sx.stx_mask & STATX_BASIC_STATS) != STATX_BASIC_STATS ||
	    sx.stx_size != 4 || sx.stx_ino != st.st_ino)
		return (probe_wrong("it differs from stat"));
	return (probe_ok(NULL));
#else
	return (probe_absent("statx is not declared"));
#endif
}

PROBE(md_statx_btime)
{
#ifdef STATX_BTIME
	int64_t born, now;

	NEED_TRUE(probe_file("f", ""));
	if (!birth_time("f", &born))
		return (
		    row_unsupported("no birth time on %s", row_filesystem()));
	NEED(now = row_clock(CLOCK_REALTIME));
	if (born > now + 1000000000 || born < now - (int64_t)60000000000)
		return (probe_wrong("born %lld s before now",
		    (long long)((now - born) / 1000000000)));
	return (probe_ok(NULL));
#else
	return (probe_absent("statx is not declared"));
#endif
}

PROBE(md_statx_mount)
{
#if defined(STATX_MNT_ID)
	struct statx sx;

	NEED(statx(AT_FDCWD, ".", 0, STATX_MNT_ID, &sx));
	if ((sx.stx_mask & STATX_MNT_ID) == 0)
		return (probe_absent("the kernel does not fill it"));
	return (probe_ok(NULL));
#else
	return (probe_absent("STATX_MNT_ID is not declared"));
#endif
}
