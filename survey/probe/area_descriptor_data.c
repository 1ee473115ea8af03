/* Probes of the area descriptor: data that moves between descriptors. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

#if defined(__linux__)
#include <sys/sendfile.h>
#endif

/* What a descriptor has next, as a string. */
static const char *
next_data(int fd, char *buf, size_t size)
{
	ssize_t n = read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return (buf);
}

/* "source" with the letters a to h, open, and an empty "sink". */
static bool
make_files(int *source, int *sink)
{
	return (probe_file("source", "abcdefgh") && probe_file("sink", "") &&
		(*source = open("source", O_RDONLY)) >= 0 &&
		(*sink = open("sink", O_RDWR)) >= 0);
}

static PROBE(data_copy_range)
{
	off_t from = 2;
	char buf[16];
	int in, out;
	ssize_t n;

	NEED_TRUE(make_files(&in, &out));
	n = copy_file_range(in, &from, out, NULL, 100, 0);
	if (n < 0)
		return (row_file_errno(errno, "copy_file_range"));
	if (n != 6 || from != 8 || lseek(in, 0, SEEK_CUR) != 0)
		return (
		    probe_wrong("%zd bytes, offset %lld", n, (long long)from));
	NEED(lseek(out, 0, SEEK_SET));
	return (strcmp(next_data(out, buf, sizeof(buf)), "cdefgh") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it copied \"%s\"", buf));
}

static PROBE(data_copy_range_errors)
{
	int dir, in, out;

	NEED_TRUE(make_files(&in, &out));
	NEED(dir = open(".", O_RDONLY | O_DIRECTORY));
	NEED_REFUSAL((int)copy_file_range(dir, NULL, out, NULL, 10, 0), EISDIR);
	NEED_REFUSAL(
	    (int)copy_file_range(in, NULL, out, NULL, 10, 0x4000), EINVAL);
	return (probe_ok(NULL));
}

#if defined(__linux__)
static PROBE(data_sendfile)
{
	off_t from = 3;
	char buf[16];
	int in, out, sv[2];
	ssize_t n;

	NEED_TRUE(make_files(&in, &out));
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	NEED(n = sendfile(sv[0], in, &from, 100));
	if (n != 5 || strcmp(next_data(sv[1], buf, sizeof(buf)), "defgh") != 0)
		return (probe_wrong("%zd bytes: \"%s\"", n, buf));
	/* Between files, too, since 2.6.33. */
	NEED(sendfile(out, in, NULL, 4));
	return (probe_ok(NULL));
}

static PROBE(data_splice)
{
	off_t from = 1;
	char buf[16];
	int in, out, p[2];
	ssize_t n;

	NEED_TRUE(make_files(&in, &out));
	NEED(pipe(p));
	NEED(n = splice(in, &from, p[1], NULL, 3, 0));
	if (n != 3)
		return (probe_wrong("%zd of 3 bytes", n));
	NEED(n = splice(p[0], NULL, out, NULL, 3, 0));
	NEED(lseek(out, 0, SEEK_SET));
	if (strcmp(next_data(out, buf, sizeof(buf)), "bcd") != 0)
		return (probe_wrong("\"%s\"", buf));
	NEED_REFUSAL((int)splice(in, NULL, out, NULL, 3, 0), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(data_tee)
{
	char a[16], b[16];
	int p[2], q[2];

	NEED(pipe(p));
	NEED(pipe(q));
	NEED(write(p[1], "xyz", 3));
	NEED((int)tee(p[0], q[1], 3, 0));
	(void)next_data(p[0], a, sizeof(a));
	(void)next_data(q[0], b, sizeof(b));
	return (strcmp(a, "xyz") == 0 && strcmp(b, "xyz") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("\"%s\" and \"%s\"", a, b));
}

static PROBE(data_vmsplice)
{
	char text[] = "memory", buf[16];
	struct iovec iov = { text, 6 };
	int p[2];

	NEED(pipe(p));
	NEED((int)vmsplice(p[1], &iov, 1, 0));
	return (strcmp(next_data(p[0], buf, sizeof(buf)), "memory") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("\"%s\"", buf));
}
#endif

#if defined(__FreeBSD__)
static PROBE(data_sendfile)
{
	struct iovec iov;
	struct sf_hdtr hdtr;
	char buf[16], head[] = "H:";
	int in, out, sv[2];
	off_t sent = 0;

	NEED_TRUE(make_files(&in, &out));
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	memset(&hdtr, 0, sizeof(hdtr));
	iov.iov_base = head;
	iov.iov_len = 2;
	hdtr.headers = &iov;
	hdtr.hdr_cnt = 1;
	NEED(sendfile(in, sv[0], 3, 5, &hdtr, &sent, 0));
	(void)next_data(sv[1], buf, sizeof(buf));
	if (sent != 7 || strncmp(buf, "H:", 2) != 0)
		return (
		    probe_wrong("%lld bytes: \"%s\"", (long long)sent, buf));
	return (probe_ok("with a header"));
}
#endif

static PROBE(data_preadv)
{
	char a[4] = "", b[4] = "";
	struct iovec iov[2] = { { a, 2 }, { b, 3 } };
	int in, out;

	NEED_TRUE(make_files(&in, &out));
	NEED((int)preadv(in, iov, 2, 1));
	if (strcmp(a, "bc") != 0 || strcmp(b, "def") != 0 ||
	    lseek(in, 0, SEEK_CUR) != 0)
		return (probe_wrong("\"%s\" \"%s\"", a, b));
	return (probe_ok(NULL));
}

#if defined(__linux__)
static PROBE(data_preadv2)
{
	char a[4] = "";
	struct iovec iov = { a, 3 };
	int in, out;

	NEED_TRUE(make_files(&in, &out));
	/* -1 is "at the offset of the descriptor". */
	NEED((int)preadv2(in, &iov, 1, -1, RWF_HIPRI));
	NEED_REFUSAL((int)preadv2(in, &iov, 1, -1, 0x4000000), EOPNOTSUPP);
	return (
	    strcmp(a, "abc") == 0 ? probe_ok(NULL) : probe_wrong("\"%s\"", a));
}
#endif

static PROBE(data_seek_hole)
{
#ifdef SEEK_HOLE
	off_t data, hole;
	int fd;

	NEED(fd = open("f", O_RDWR | O_CREAT, 0600));
	NEED(pwrite(fd, "x", 1, 0));
	NEED(ftruncate(fd, 4 << 20));
	NEED(pwrite(fd, "x", 1, (4 << 20) - 1));
	hole = lseek(fd, 0, SEEK_HOLE);
	if (hole < 0)
		return (row_file_errno(errno, "lseek"));
	data = lseek(fd, hole, SEEK_DATA);
	if (hole >= (4 << 20))
		return (row_unsupported("all is data on %s", row_filesystem()));
	return (data > hole ? probe_ok(NULL)
			    : probe_wrong("hole at %lld, data at %lld",
				  (long long)hole, (long long)data));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(data_fadvise)
{
	int err, in, out;

	NEED_TRUE(make_files(&in, &out));
	err = posix_fadvise(in, 0, 0, POSIX_FADV_DONTNEED);
	if (err != 0)
		return (probe_errno(err, "posix_fadvise"));
	err = posix_fadvise(in, 0, 0, 99);
	return (
	    err == EINVAL ? probe_ok(NULL) : probe_wrong("advice 99: %d", err));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.copy-file-range", "copy_file_range",
	    "offsets move as documented", data_copy_range, 0),
	ROW("descriptor.copy-file-range-errors", "copy_file_range",
	    "a directory and unknown flags are refused",
	    data_copy_range_errors, 0),
#if defined(__linux__) || defined(__FreeBSD__)
	ROW("descriptor.sendfile", "sendfile",
	    "a file goes into a socket", data_sendfile, 0),
#endif
	ROW("descriptor.splice", "splice",
	    "a file goes through a pipe into a file",
	    ON_LINUX(data_splice), 0),
	ROW("descriptor.tee", "tee",
	    "a pipe is read without taking", ON_LINUX(data_tee), 0),
	ROW("descriptor.vmsplice", "vmsplice",
	    "memory goes into a pipe", ON_LINUX(data_vmsplice), 0),
	ROW("descriptor.preadv", "preadv",
	    "scattered reading at an offset", data_preadv, 0),
	ROW("descriptor.preadv2", "preadv2",
	    "with flags, unknown ones refused", ON_LINUX(data_preadv2), 0),
	ROW("descriptor.seek-hole", "semantic:sparse-files",
	    "holes are found", data_seek_hole, 0),
	ROW("descriptor.posix-fadvise", "posix_fadvise",
	    "advice is taken, unknown advice refused", data_fadvise, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_data = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
