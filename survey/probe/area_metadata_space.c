/*
 * Space: allocation ahead of use, holes, clones, and what a file system
 * says of itself.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <mntent.h>
#include <stdio.h>
#include <sys/vfs.h>
#endif

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

enum { BLOCK = 65536 };

/* posix_fallocate on `fd`, and whether it did what it says. */
static struct probe_answer
allocate(int fd, const char *what)
{
	struct stat st;
	int err;

	err = posix_fallocate(fd, 0, BLOCK);
	if (err != 0)
		return (
		    probe_state(err == EINVAL ? ISTH_STATE_UNSUPPORTED
					      : probe_errno(err, NULL).state,
			err, "posix_fallocate on %s", what));
	NEED(fstat(fd, &st));
	if (st.st_size != BLOCK)
		return (probe_wrong("size %lld for %d on %s",
		    (long long)st.st_size, BLOCK, what));
#if defined(__linux__)
	/* glibc writes zeros where the file system refuses. */
	if (fallocate(fd, 0, 0, BLOCK) != 0 && errno == EOPNOTSUPP)
		return (probe_ok("emulated by libc on %s", what));
#endif
	return (probe_ok("%s", what));
}

PROBE(md_posix_fallocate)
{
	int fd;

	NEED(fd = row_create("f"));
	return (allocate(fd, row_filesystem()));
}

PROBE(md_posix_fallocate_memory)
{
	int fd;

#ifdef SHM_ANON
	NEED(fd = shm_open(SHM_ANON, O_RDWR, 0600));
#else
	NEED(fd = memfd_create("isthmus", MFD_CLOEXEC));
#endif
	return (allocate(fd, "a memory object"));
}

#if defined(__FreeBSD__)
PROBE(md_posix_fallocate_tmpfs)
{
	char why[256] = "";
	int fd;

	NEED(mkdir("tmp", 0700));
	if (!util_vfs_loaded("tmpfs"))
		return (util_skip("tmpfs is not in the kernel"));
	if (util_nmount(0, why, "fstype", "tmpfs", "fspath", "tmp", NULL) != 0)
		return (probe_errno(errno, "nmount of tmpfs: %.80s", why));
	NEED(fd = row_create("tmp/f"));
	return (allocate(fd, "tmpfs"));
}

PROBE(md_posix_fallocate_mounts)
{
	/* Nothing may be left behind, and a file there has a name. */
	return (util_skip("no O_TMPFILE"));
}
#else
PROBE(md_posix_fallocate_tmpfs)
{
	int fd;

	NEED(fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	return (allocate(fd, "tmpfs"));
}

PROBE(md_posix_fallocate_mounts)
{
	char seen[PROBE_DETAIL_MAX - 32] = "";
	struct probe_answer a;
	struct mntent *m;
	FILE *table;
	int fd;

	NEED_TRUE((table = setmntent("/proc/self/mounts", "re")) != NULL);
	while ((m = getmntent(table)) != NULL) {
		if (hasmntopt(m, "ro") != NULL ||
		    strstr(seen, m->mnt_type) != NULL ||
		    strlen(seen) + strlen(m->mnt_type) + 2 > sizeof(seen))
			continue;
		fd = open(m->mnt_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			continue;
		a = allocate(fd, m->mnt_type);
		(void)close(fd);
		if (a.state != ISTH_STATE_OK)
			return (a);
		util_append(seen, sizeof(seen), m->mnt_type);
	}
	(void)endmntent(table);
	return (probe_ok("%s", seen));
}
#endif

/* A file of four blocks of "x", open for reading and writing; or -1. */
static int
full_file(void)
{
	static char block[BLOCK];
	int fd, i;

	memset(block, 'x', sizeof(block));
	fd = row_create("f");
	if (fd < 0)
		return (-1);
	for (i = 0; i < 4; i++)
		if (write(fd, block, BLOCK) != BLOCK)
			return (-1);
	return (fd);
}

/* The byte at an offset; -1 with errno, or behind the end. */
static int
byte_at(int fd, off_t where)
{
	unsigned char c;

	return (pread(fd, &c, 1, where) == 1 ? c : -1);
}

#if defined(__linux__)
/* fallocate with `mode` on the second of four blocks. */
static struct probe_answer
fallocate_mode(int mode, off_t size, int second, const char *name)
{
	struct stat st;
	int fd;

	NEED(fd = full_file());
	if (fallocate(fd, mode, BLOCK, BLOCK) != 0)
		return (row_file_errno(errno, name));
	NEED(fstat(fd, &st));
	if (st.st_size != size * BLOCK)
		return (probe_wrong("size %lld", (long long)st.st_size));
	if (byte_at(fd, 0) != 'x' || byte_at(fd, BLOCK) != second ||
	    byte_at(fd, (size - 1) * BLOCK) != 'x')
		return (probe_wrong("the bytes are not those expected"));
	return (probe_ok(NULL));
}

PROBE(md_fallocate_keep_size)
{
	struct stat st;
	int fd;

	NEED(fd = row_create("f"));
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, BLOCK) != 0)
		return (row_file_errno(errno, "FALLOC_FL_KEEP_SIZE"));
	NEED(fstat(fd, &st));
	if (st.st_size != 0 || st.st_blocks == 0)
		return (probe_wrong("size %lld, %lld blocks",
		    (long long)st.st_size, (long long)st.st_blocks));
	return (probe_ok(NULL));
}

PROBE(md_fallocate_punch)
{
	return (fallocate_mode(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4, 0,
	    "FALLOC_FL_PUNCH_HOLE"));
}

PROBE(md_fallocate_zero)
{
	return (
	    fallocate_mode(FALLOC_FL_ZERO_RANGE, 4, 0, "FALLOC_FL_ZERO_RANGE"));
}

PROBE(md_fallocate_collapse)
{
	return (fallocate_mode(
	    FALLOC_FL_COLLAPSE_RANGE, 3, 'x', "FALLOC_FL_COLLAPSE_RANGE"));
}

PROBE(md_fallocate_insert)
{
	return (fallocate_mode(
	    FALLOC_FL_INSERT_RANGE, 5, 0, "FALLOC_FL_INSERT_RANGE"));
}

PROBE(md_reclone)
{
	int from, to;

	NEED(from = full_file());
	NEED(to = row_create("clone"));
	if (ioctl(to, FICLONE, from) != 0)
		return (row_file_errno(errno, "FICLONE"));
	return (byte_at(to, 3 * BLOCK) == 'x'
		    ? probe_ok(NULL)
		    : probe_wrong("the clone has other bytes"));
}

PROBE(md_dedupe)
{
	union {
		struct file_dedupe_range range;
		char space[sizeof(struct file_dedupe_range) +
			   sizeof(struct file_dedupe_range_info)];
	} u;
	int fd;

	memset(&u, 0, sizeof(u));
	NEED(fd = full_file());
	u.range.src_length = BLOCK;
	u.range.dest_count = 1;
	u.range.info[0].dest_fd = fd;
	u.range.info[0].dest_offset = 2 * BLOCK;
	if (ioctl(fd, FIDEDUPERANGE, &u.range) != 0)
		return (row_file_errno(errno, "FIDEDUPERANGE"));
	if (u.range.info[0].status < 0)
		return (
		    row_file_errno(-u.range.info[0].status, "FIDEDUPERANGE"));
	if (u.range.info[0].bytes_deduped != BLOCK)
		return (probe_wrong("it shared %llu of %d bytes",
		    (unsigned long long)u.range.info[0].bytes_deduped, BLOCK));
	return (probe_ok(NULL));
}
#endif

PROBE(md_fspacectl)
{
#ifdef SPACECTL_DEALLOC
	struct spacectl_range want = { BLOCK, BLOCK }, left;
	int fd;

	NEED(fd = full_file());
	if (fspacectl(fd, SPACECTL_DEALLOC, &want, 0, &left) != 0)
		return (row_file_errno(errno, "fspacectl"));
	if (left.r_len != 0 || byte_at(fd, BLOCK - 1) != 'x' ||
	    byte_at(fd, BLOCK) != 0 || byte_at(fd, 2 * BLOCK) != 'x')
		return (probe_wrong("the bytes are not those expected"));
	return (probe_ok(NULL));
#else
	return (probe_absent("SPACECTL_DEALLOC is not declared"));
#endif
}

PROBE(md_clone_range)
{
#ifdef COPY_FILE_RANGE_CLONE
	off_t in = 0, out = 0;
	int from, to;

	NEED(from = full_file());
	NEED(to = row_create("clone"));
	if (copy_file_range(from, &in, to, &out, 4 * BLOCK,
		COPY_FILE_RANGE_CLONE) != 4 * BLOCK)
		return (row_file_errno(errno, "COPY_FILE_RANGE_CLONE"));
	return (byte_at(to, 3 * BLOCK) == 'x'
		    ? probe_ok(NULL)
		    : probe_wrong("the clone has other bytes"));
#else
	return (probe_absent("COPY_FILE_RANGE_CLONE is not declared"));
#endif
}

/* A hole of 1 MiB, then a block of data; or -1. */
static int
sparse_file(void)
{
	static char block[BLOCK];
	int fd;

	memset(block, 'x', sizeof(block));
	fd = row_create("f");
	if (fd < 0 || pwrite(fd, block, BLOCK, 1 << 20) != BLOCK)
		return (-1);
	return (fd);
}

PROBE(md_seek_hole)
{
	off_t data, hole;
	int fd;

	NEED(fd = sparse_file());
	data = lseek(fd, 0, SEEK_DATA);
	if (data < 0)
		return (row_file_errno(errno, "SEEK_DATA"));
	NEED(hole = lseek(fd, data, SEEK_HOLE));
	if (data == 0)
		return (row_unsupported(
		    "it knows no holes on %s", row_filesystem()));
	if (data > 1 << 20 || hole < (1 << 20) + BLOCK)
		return (probe_wrong("data from %lld to %lld", (long long)data,
		    (long long)hole));
	return (probe_ok(NULL));
}

PROBE(md_seek_hole_end)
{
	int fd;

	NEED(fd = full_file());
	if (lseek(fd, 0, SEEK_HOLE) != 4 * BLOCK)
		return (probe_wrong("no hole at the end of the file"));
	NEED_REFUSAL(lseek(fd, 4 * BLOCK, SEEK_DATA), ENXIO);
	return (probe_ok(NULL));
}

PROBE(md_sparse)
{
	struct stat st;
	int fd;

	NEED(fd = sparse_file());
	NEED(fstat(fd, &st));
	if (byte_at(fd, 1000) != 0)
		return (probe_wrong("a hole is not zero"));
	if (st.st_blocks * 512 >= 1 << 20)
		return (row_unsupported(
		    "holes take space on %s", row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_truncate_grow)
{
	struct stat st;
	int fd;

	NEED(fd = row_create("f"));
	NEED(pwrite(fd, "xxxx", 4, 0));
	NEED(ftruncate(fd, 2));
	NEED(ftruncate(fd, BLOCK));
	NEED(fstat(fd, &st));
	if (st.st_size != BLOCK || byte_at(fd, 1) != 'x' ||
	    byte_at(fd, 2) != 0 || byte_at(fd, BLOCK - 1) != 0)
		return (probe_wrong("what was cut off came back"));
	return (probe_ok(NULL));
}

PROBE(md_statvfs)
{
	struct statvfs v;

	NEED(statvfs(".", &v));
	if (v.f_bsize == 0 || v.f_frsize == 0 || v.f_bfree > v.f_blocks ||
	    v.f_namemax == 0)
		return (probe_wrong("bsize %lu frsize %lu blocks %llu free %llu"
				    " namemax %lu",
		    v.f_bsize, v.f_frsize, (unsigned long long)v.f_blocks,
		    (unsigned long long)v.f_bfree, v.f_namemax));
	return (probe_ok(NULL));
}

PROBE(md_fstatvfs)
{
	struct statvfs one, two;
	int fd;

	NEED(statvfs(".", &one));
	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(fstatvfs(fd, &two));
	if (one.f_fsid != two.f_fsid || one.f_frsize != two.f_frsize ||
	    one.f_namemax != two.f_namemax)
		return (probe_wrong("it differs from statvfs"));
	return (probe_ok(NULL));
}

PROBE(md_statvfs_flags)
{
	struct statvfs v;

	NEED(statvfs(".", &v));
	if ((v.f_flag & ST_RDONLY) != 0)
		return (probe_wrong("ST_RDONLY where files can be made"));
	return (probe_ok("%s%s", row_filesystem(),
	    (v.f_flag & ST_NOSUID) != 0 ? ", nosuid" : ""));
}

PROBE(md_statfs_type)
{
	struct statfs fs;

	NEED(statfs(".", &fs));
#if defined(__FreeBSD__)
	if (fs.f_fstypename[0] == '\0' || fs.f_mntonname[0] != '/')
		return (probe_wrong("no name of the type, or of the mount"));
	return (probe_ok("%s by name", fs.f_fstypename));
#else
	if (fs.f_type == 0)
		return (probe_wrong("f_type is 0"));
	return (probe_ok(
	    "%s by number, 0x%lx", row_filesystem(), (unsigned long)fs.f_type));
#endif
}

PROBE(md_fstatfs)
{
	struct statfs one, two;
	int fd;

	NEED(statfs(".", &one));
	NEED(fd = row_create("f"));
	NEED(fstatfs(fd, &two));
	/* Not its blocks, which change as memory is used. */
	if (one.f_type != two.f_type || one.f_bsize != two.f_bsize)
		return (probe_wrong("it differs from statfs"));
	return (probe_ok(NULL));
}

/* A limit of names or paths here: at least `least`. */
static struct probe_answer
path_limit(int name, long least)
{
	long n;

	errno = 0;
	n = pathconf(".", name);
	if (n == -1)
		return (errno == 0 ? probe_ok("no limit")
				   : row_file_errno(errno, "pathconf"));
	return (n >= least ? probe_ok("%ld on %s", n, row_filesystem())
			   : probe_wrong("%ld, POSIX asks for %ld", n, least));
}

PROBE(md_link_max)
{
	return (path_limit(_PC_LINK_MAX, _POSIX_LINK_MAX));
}

PROBE(md_pc_name_max)
{
	return (path_limit(_PC_NAME_MAX, _POSIX_NAME_MAX));
}

PROBE(md_pc_path_max)
{
	return (path_limit(_PC_PATH_MAX, _POSIX_PATH_MAX));
}

PROBE(md_pipe_buf)
{
	return (path_limit(_PC_PIPE_BUF, _POSIX_PIPE_BUF));
}

PROBE(md_min_hole)
{
#ifdef _PC_MIN_HOLE_SIZE
	long n;

	errno = 0;
	n = pathconf(".", _PC_MIN_HOLE_SIZE);
	if (n == -1)
		return (row_unsupported("no holes on %s", row_filesystem()));
	return (probe_ok("%ld on %s", n, row_filesystem()));
#else
	return (probe_absent("_PC_MIN_HOLE_SIZE is not declared"));
#endif
}

PROBE(md_chown_restricted)
{
	long restricted;

	errno = 0;
	restricted = pathconf(".", _PC_CHOWN_RESTRICTED);
	if (restricted == -1 && errno != 0)
		return (row_file_errno(errno, "pathconf"));
	if (restricted <= 0)
		return (row_unsupported(
		    "it says the contrary on %s", row_filesystem()));
	return (probe_ok(NULL));
}

PROBE(md_st_blocks)
{
	struct stat st;
	int fd;

	NEED(fd = full_file());
	NEED(fsync(fd));
	NEED(fstat(fd, &st));
	if (st.st_blocks <= 0)
		return (row_unsupported(
		    "no blocks counted on %s", row_filesystem()));
	return (probe_ok(
	    "%lld of 512 bytes for %d", (long long)st.st_blocks, 4 * BLOCK));
}
