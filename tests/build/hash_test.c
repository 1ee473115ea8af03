/*
 * Hashes of outputs.  The expected values are of sha256sum(1) and of
 * `nix-store --dump TREE | sha256sum` and `nix-hash` of Nix 2.8.0.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/digest.h"
#include "build/output.h"

static void
write_file(const char *path, const char *data, mode_t mode)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ATF_REQUIRE_MSG(fd >= 0, "%s: %s", path, strerror(errno));
	ATF_REQUIRE_EQ((ssize_t)strlen(data), write(fd, data, strlen(data)));
	ATF_REQUIRE_EQ(0, fchmod(fd, mode));
	close(fd);
}

static void
check_hash(const char *name, const char *algorithm, enum spec_hash_mode mode,
    const char *expected)
{
	struct error e = { 0 };
	char hex[129];
	int fd;

	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE_MSG(output_hash(fd, name, algorithm, mode, hex, &e),
	    "%s %s %s %s", e.step, e.path, e.why, strerror(e.err));
	ATF_CHECK_STREQ(expected, hex);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(flat_hash_is_that_of_the_bytes);
ATF_TC_BODY(flat_hash_is_that_of_the_bytes, tc)
{
	write_file("file", "hello\n", 0444);
	check_hash(
	    "file", "md5", SPEC_HASH_FLAT, "b1946ac92492d2347c6235b4d2611184");
	check_hash("file", "sha1", SPEC_HASH_FLAT,
	    "f572d396fae9206628714fb2ce00f72e94f2258f");
	check_hash("file", "sha256", SPEC_HASH_FLAT,
	    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
	check_hash("file", "sha512", SPEC_HASH_FLAT,
	    "e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931"
	    "f94aae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629");
}

ATF_TC_WITHOUT_HEAD(archive_hash_of_a_file_and_a_link);
ATF_TC_BODY(archive_hash_of_a_file_and_a_link, tc)
{
	write_file("file", "hello\n", 0444);
	check_hash("file", "sha256", SPEC_HASH_NAR,
	    "1c37d01af40be2e80691de3cc3df44377a699afbb17c68f080964b2fd071fc13");
	check_hash("file", "sha1", SPEC_HASH_NAR,
	    "0deb52c2735eb38d360f976b7b3823c4ad05cce7");
	write_file("exec", "#!/bin/sh\n", 0555);
	check_hash("exec", "sha256", SPEC_HASH_NAR,
	    "6283c1668260f903d1a895c0cd6b822fa4b68762bb0b17cedef2d39d97e26554");
	check_hash(
	    "exec", "md5", SPEC_HASH_NAR, "d10f1f32590e76cf213a7889a40293ae");
	ATF_REQUIRE_EQ(0, symlink("target/of", "link"));
	check_hash("link", "sha256", SPEC_HASH_NAR,
	    "7e81a8db6ab8546e74ce4b9a2fabde87228864463ecee8c69927b789687df992");
}

ATF_TC_WITHOUT_HEAD(archive_hash_of_a_tree);
ATF_TC_BODY(archive_hash_of_a_tree, tc)
{
	int fd;

	ATF_REQUIRE_EQ(0, mkdir("tree", 0755));
	ATF_REQUIRE_EQ(0, mkdir("tree/sub", 0755));
	ATF_REQUIRE_EQ(0, mkdir("tree/sub/empty", 0755));
	write_file("tree/a", "a", 0644);
	write_file("tree/sub/eight", "12345678", 0644);
	write_file("tree/sub/none", "", 0644);
	write_file("tree/B", "x", 0755);
	ATF_REQUIRE_EQ(0, symlink("../a", "tree/sub/l"));
	write_file("tree/new\nline\xff", "n", 0644);
	write_file("tree/hole", "", 0644);
	ATF_REQUIRE_EQ(0, truncate("tree/hole", 200000));
	fd = open("tree/hole", O_WRONLY | O_APPEND | O_CLOEXEC);
	ATF_REQUIRE_EQ(3, write(fd, "end", 3));
	close(fd);
	check_hash("tree", "sha256", SPEC_HASH_NAR,
	    "d2b043531964ff181d6017fbf56bcc90c316bb7348ac603043ffd2e77a5827df");
	check_hash(
	    "tree", "md5", SPEC_HASH_NAR, "7267d10671ac17b05ae1ef5eed1fb2d0");
	check_hash("tree", "sha1", SPEC_HASH_NAR,
	    "3e6b152ba103695e27e919a56b2cf78eb63535af");
	check_hash("tree", "sha512", SPEC_HASH_NAR,
	    "a674a482d4c0dee8979a34c464e176ddf087c7ba6fd200f85566f9f0db368569"
	    "8a9ce88bd8e9cbd49766521cf2b61b6bfd7e92452d6607517ff6d2ca26c14f05");
}

/* A tree that is another one in each run, of all sorts of objects. */
static void
make_random(unsigned seed)
{
	char data[300], path[256], dirs[20][128];
	int i, n = 1, r;

	srandom(seed);
	ATF_REQUIRE_EQ(0, mkdir("tree", 0755));
	snprintf(dirs[0], sizeof(dirs[0]), "tree");
	for (i = 0; i < 200; i++) {
		r = (int)(random() % 100);
		snprintf(path, sizeof(path), "%s/%c%ld", dirs[random() % n],
		    " -+.Zaz~\x80\xfe"[random() % 10], random());
		if (r < 10 && n < 20 && strlen(path) < 110) {
			ATF_REQUIRE_EQ(0, mkdir(path, 0755));
			snprintf(dirs[n], sizeof(dirs[n]), "%.120s", path);
			n++;
		} else if (r < 25) {
			ATF_REQUIRE_EQ(0, symlink(path + 3, path));
		} else {
			memset(data, 'A' + r % 20, sizeof(data));
			data[random() % (long)sizeof(data)] = '\0';
			data[sizeof(data) - 1] = '\0';
			write_file(path, data, r < 50 ? 0755 : 0644);
		}
	}
}

ATF_TC(archive_hash_is_that_of_nix);
ATF_TC_HEAD(archive_hash_is_that_of_nix, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "nix-hash");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(archive_hash_is_that_of_nix, tc)
{
	char expected[129] = "", command[100];
	unsigned seed = (unsigned)getpid();
	FILE *f;

	printf("seed %u\n", seed);
	make_random(seed);
	snprintf(command, sizeof(command),
	    "HOME=$PWD NIX_STATE_DIR=$PWD/s nix-hash --type sha256 tree");
	f = popen(command, "r");
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fgets(expected, sizeof(expected), f) != NULL);
	ATF_REQUIRE_EQ(0, pclose(f));
	expected[strcspn(expected, "\n")] = '\0';
	check_hash("tree", "sha256", SPEC_HASH_NAR, expected);
}

static void
check_refused(const char *name, const char *algorithm, enum spec_hash_mode mode,
    int err, const char *path)
{
	struct error e = { 0 };
	char hex[129];
	int fd;

	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_CHECK(!output_hash(fd, name, algorithm, mode, hex, &e));
	ATF_CHECK_EQ_MSG(err, e.err, "%s: %s", e.why, strerror(e.err));
	ATF_CHECK_STREQ(path, e.path);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(flat_hash_wants_a_plain_file);
ATF_TC_BODY(flat_hash_wants_a_plain_file, tc)
{
	write_file("exec", "x", 0555);
	ATF_REQUIRE_EQ(0, mkdir("dir", 0755));
	ATF_REQUIRE_EQ(0, symlink("exec", "link"));
	check_refused("exec", "sha256", SPEC_HASH_FLAT, EINVAL, "exec");
	check_refused("dir", "sha256", SPEC_HASH_FLAT, EINVAL, "dir");
	check_refused("link", "sha256", SPEC_HASH_FLAT, EINVAL, "link");
	check_refused("absent", "sha256", SPEC_HASH_FLAT, ENOENT, "absent");
	check_refused("exec", "crc32", SPEC_HASH_NAR, EINVAL, "crc32");
}

/* Otherwise zeros would be hashed for an hour. */
ATF_TC(a_sparse_terabyte_is_refused_at_once);
ATF_TC_HEAD(a_sparse_terabyte_is_refused_at_once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "10");
}
ATF_TC_BODY(a_sparse_terabyte_is_refused_at_once, tc)
{
	ATF_REQUIRE_EQ(0, mkdir("tree", 0755));
	write_file("tree/huge", "x", 0644);
	if (truncate("tree/huge", (off_t)1 << 40) != 0)
		atf_tc_skip("no file of a terabyte on this file system");
	check_refused("tree", "sha256", SPEC_HASH_NAR, EFBIG, "tree/huge");
}

/* Zeros of a hole are part of the digest, also behind the last data. */
ATF_TC_WITHOUT_HEAD(holes_are_zeros);
ATF_TC_BODY(holes_are_zeros, tc)
{
	static char zeros[300000];
	struct digest *d;
	char hex[129];

	write_file("hole", "head", 0444);
	ATF_REQUIRE_EQ(0, chmod("hole", 0644));
	ATF_REQUIRE_EQ(0, truncate("hole", 4 + (off_t)sizeof(zeros)));
	d = digest_create("sha256");
	ATF_REQUIRE(d != NULL);
	digest_add(d, "head", 4);
	digest_add(d, zeros, sizeof(zeros));
	digest_finish(d, hex);
	check_hash("hole", "sha256", SPEC_HASH_FLAT, hex);
}

static void
check_parsed(const char *algorithm, const char *value, const char *expected)
{
	struct error e = { 0 };
	char hex[129];

	ATF_REQUIRE_MSG(output_hash_parse(algorithm, value, hex, &e), "%s: %s",
	    value, e.why);
	ATF_CHECK_STREQ(expected, hex);
}

ATF_TC_WITHOUT_HEAD(every_way_to_write_a_hash_is_read);
ATF_TC_BODY(every_way_to_write_a_hash_is_read, tc)
{
	static const char md5[] = "b1946ac92492d2347c6235b4d2611184";
	static const char sha1[] = "f572d396fae9206628714fb2ce00f72e94f2258f";
	static const char sha256[] = "5891b5b522d5df086d0ff0b110fbd9d2"
				     "1bb4fc7163af34d08286a2e846f6be03";
	static const char sha512[] =
	    "e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931"
	    "f94aae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629";

	check_parsed("sha256", sha256, sha256);
	check_parsed("sha256",
	    "5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03",
	    sha256);
	check_parsed("sha256",
	    "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq", sha256);
	check_parsed(
	    "sha256", "WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=", sha256);
	check_parsed("sha256",
	    "sha256-WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=", sha256);
	check_parsed("sha256",
	    "sha256:00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq",
	    sha256);
	check_parsed("md5", "4425hx5d1mc9y39llj4k4nm55i", md5);
	check_parsed("md5", "sZRqySSS0jR8YjW00mERhA==", md5);
	check_parsed("sha1", "iwjz551fyw0cxcjgf4l6c879zabd6wpm", sha1);
	check_parsed("sha1", "9XLTlvrpIGYocU+yzgD3LpTyJY8=", sha1);
	check_parsed("sha512",
	    "0lrc0dwnvipqviibf7qfm1y492qvjwb1zhkcyi05cndmva1mr5gjcgrnz1x36djmk"
	    "0sfg8djd2n0qv68vib2jg590mwznar9jcjphp7",
	    sha512);
	check_parsed("sha512",
	    "58IrmUxZ2c8rSOVJseJGZmNgRZMNPafBrLKZ0cO3+TH5Sq5B7dosKyB6NuEPi8uN"
	    "RSI+VIePWzFufOO2vAGWKQ==",
	    sha512);
}

ATF_TC_WITHOUT_HEAD(what_is_no_hash_is_refused);
ATF_TC_BODY(what_is_no_hash_is_refused, tc)
{
	static const struct {
		const char *algorithm, *value;
	} cases[] = {
		{ "sha256", "" },
		{ "sha256", "5891" },
		{ "sha3", "5891" },
		/* another algorithm's */
		{ "sha256", "b1946ac92492d2347c6235b4d2611184" },
		{ "md5", "sha1-9XLTlvrpIGYocU+yzgD3LpTyJY8=" },
		/* a digit that is none: g, e, _ */
		{ "md5", "b1946ac92492d2347c6235b4d261118g" },
		{ "md5", "4425hx5d1mc9y39llj4k4nm55e" },
		{ "md5", "sZRqySSS0jR8YjW00mERh_==" },
		/* bits that no byte has */
		{ "md5", "z425hx5d1mc9y39llj4k4nm55i" },
		{ "md5", "sZRqySSS0jR8YjW00mERhB==" },
		/* padding where none may be, and none where it must */
		{ "md5", "sZRqySSS0jR8YjW00mER====" },
		{ "md5", "sZRqySSS0jR8YjW00mERhAAA" },
		/* an SRI of hexadecimal */
		{ "md5", "md5-b1946ac92492d2347c6235b4d2611184" },
	};
	struct error e;
	char hex[129];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_MSG(!output_hash_parse(
				  cases[i].algorithm, cases[i].value, hex, &e),
		    "%s %s", cases[i].algorithm, cases[i].value);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, flat_hash_is_that_of_the_bytes);
	ATF_TP_ADD_TC(tp, archive_hash_of_a_file_and_a_link);
	ATF_TP_ADD_TC(tp, archive_hash_of_a_tree);
	ATF_TP_ADD_TC(tp, archive_hash_is_that_of_nix);
	ATF_TP_ADD_TC(tp, flat_hash_wants_a_plain_file);
	ATF_TP_ADD_TC(tp, a_sparse_terabyte_is_refused_at_once);
	ATF_TP_ADD_TC(tp, holes_are_zeros);
	ATF_TP_ADD_TC(tp, every_way_to_write_a_hash_is_read);
	ATF_TP_ADD_TC(tp, what_is_no_hash_is_refused);
	return (atf_no_error());
}
