/* The log of a build: the limit to the byte, lines, and compression. */
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/log.h"

struct lines {
	char text[16][4200];
	size_t n;
};

static struct lines seen;

static void
line_seen(void *context, const char *text)
{
	struct lines *to = context;

	ATF_REQUIRE(to->n < 16);
	ATF_REQUIRE(strlen(text) < sizeof(to->text[0]));
	strncpy(to->text[to->n], text, sizeof(to->text[0]) - 1);
	to->n++;
}

static int logs_fd;

static struct log *
create(int64_t limit)
{
	struct error e = { 0 };
	struct log *l;

	logs_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(logs_fd >= 0);
	l = log_create(logs_fd, "a.log", limit, &e);
	ATF_REQUIRE_MSG(l != NULL, "%s", e.step);
	return (l);
}

static void
destroy(struct log *l)
{
	log_destroy(l);
	close(logs_fd);
}

static void
add(struct log *l, const char *data, size_t len)
{
	struct error e = { 0 };

	ATF_REQUIRE_MSG(log_add(l, data, len, line_seen, &seen, &e), "%s %s",
	    e.step, strerror(e.err));
}

static off_t
size_of(const char *path)
{
	struct stat st;

	ATF_REQUIRE_MSG(stat(path, &st) == 0, "%s", path);
	return (st.st_size);
}

ATF_TC_WITHOUT_HEAD(file_is_new_private_and_exact);
ATF_TC_BODY(file_is_new_private_and_exact, tc)
{
	static const char data[] = "a\0b\r\x1b[31m\n\xff\n";
	char back[sizeof(data)];
	struct error e = { 0 };
	struct stat st;
	struct log *l;
	int fd;

	umask(0);
	l = create(-1);
	add(l, data, sizeof(data) - 1);
	ATF_REQUIRE(stat("a.log", &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE_EQ((off_t)sizeof(data) - 1, st.st_size);
	fd = open("a.log", O_RDONLY);
	ATF_REQUIRE_EQ((ssize_t)sizeof(data) - 1, read(fd, back, sizeof(back)));
	ATF_CHECK(memcmp(back, data, sizeof(data) - 1) == 0);
	close(fd);
	ATF_CHECK(log_create(logs_fd, "a.log", -1, &e) == NULL);
	ATF_CHECK_EQ(EEXIST, e.err);
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(link_in_its_place_is_refused);
ATF_TC_BODY(link_in_its_place_is_refused, tc)
{
	struct error e = { 0 };

	ATF_REQUIRE(symlink("target", "a.log") == 0);
	logs_fd = open(".", O_RDONLY | O_DIRECTORY);
	ATF_CHECK(log_create(logs_fd, "a.log", -1, &e) == NULL);
	ATF_CHECK_EQ(EEXIST, e.err);
	ATF_CHECK(access("target", F_OK) == -1);
	close(logs_fd);
}

ATF_TC_WITHOUT_HEAD(limit_holds_to_the_byte);
ATF_TC_BODY(limit_holds_to_the_byte, tc)
{
	struct error e = { 0 };
	struct log *l;

	l = create(10);
	add(l, "12345678\n", 9);
	add(l, "x", 1);
	ATF_CHECK_EQ(10, log_bytes(l));
	ATF_CHECK(!log_add(l, "y", 1, NULL, NULL, &e));
	ATF_CHECK_EQ(EFBIG, e.err);
	ATF_CHECK_EQ(10, size_of("a.log"));
	ATF_CHECK(!log_add(l, "y", 1, NULL, NULL, &e));
	ATF_CHECK_EQ(EFBIG, e.err);
	ATF_CHECK_EQ(10, log_bytes(l));
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(what_fits_below_the_limit_is_kept);
ATF_TC_BODY(what_fits_below_the_limit_is_kept, tc)
{
	struct error e = { 0 };
	struct log *l;

	l = create(7);
	ATF_CHECK(!log_add(l, "one\ntwo\n", 8, line_seen, &seen, &e));
	ATF_CHECK_EQ(EFBIG, e.err);
	ATF_CHECK_EQ(7, size_of("a.log"));
	ATF_REQUIRE_EQ(1, seen.n);
	ATF_CHECK_STREQ("one", seen.text[0]);
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(limit_of_zero_keeps_nothing);
ATF_TC_BODY(limit_of_zero_keeps_nothing, tc)
{
	struct error e = { 0 };
	struct log *l;

	l = create(0);
	ATF_CHECK(log_add(l, "", 0, line_seen, &seen, &e));
	ATF_CHECK(!log_add(l, "x", 1, line_seen, &seen, &e));
	ATF_CHECK_EQ(EFBIG, e.err);
	ATF_CHECK_EQ(0, size_of("a.log"));
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(a_name_is_taken_compressed_or_not);
ATF_TC_BODY(a_name_is_taken_compressed_or_not, tc)
{
	static const char *const files[] = { "a.log", "a.log.gz", "a.log.zst" };
	size_t i;
	int fd;

	(void)tc;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		ATF_CHECK(!log_exists(AT_FDCWD, "a.log"));
		fd = open(files[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		ATF_REQUIRE(fd >= 0);
		(void)close(fd);
		ATF_CHECK(log_exists(AT_FDCWD, "a.log"));
		ATF_REQUIRE_EQ(0, unlink(files[i]));
	}
}

ATF_TC_WITHOUT_HEAD(full_disk_is_told_as_it_is);
ATF_TC_BODY(full_disk_is_told_as_it_is, tc)
{
	struct error e = { 0 };
	struct log *l;
	int full;

	l = create(-1);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (full == -1)
		atf_tc_skip("needs Linux");
	/* The log's file is the descriptor behind that of the directory. */
	ATF_REQUIRE(dup2(full, logs_fd + 1) != -1);
	close(full);
	ATF_CHECK(!log_add(l, "x\n", 2, line_seen, &seen, &e));
	ATF_CHECK_EQ(ENOSPC, e.err);
	ATF_CHECK_EQ(0, seen.n);
	ATF_CHECK_EQ(0, log_bytes(l));
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(lines_come_whole_however_they_are_cut);
ATF_TC_BODY(lines_come_whole_however_they_are_cut, tc)
{
	static const char data[] = "one\n\ntwo\r\nthree \xc3\xa4\n10%\r20%\r"
				   "100%\r\nrest";
	static const char *const want[] = { "one", "", "two", "three \xc3\xa4",
		"100%" };
	size_t at, chunk, i, len;
	struct error e = { 0 };
	struct log *l;

	for (chunk = 1; chunk < sizeof(data); chunk++) {
		memset(&seen, 0, sizeof(seen));
		l = create(-1);
		for (at = 0; at < sizeof(data) - 1; at += len) {
			len = sizeof(data) - 1 - at;
			if (len > chunk)
				len = chunk;
			add(l, data + at, len);
		}
		ATF_REQUIRE_EQ_MSG(5, seen.n, "%zu: %zu", chunk, seen.n);
		for (i = 0; i < 5; i++)
			ATF_CHECK_STREQ(want[i], seen.text[i]);
		ATF_CHECK(log_add(l, NULL, 0, line_seen, &seen, &e));
		ATF_REQUIRE_EQ(6, seen.n);
		ATF_CHECK_STREQ("rest", seen.text[5]);
		ATF_CHECK(log_add(l, NULL, 0, line_seen, &seen, &e));
		ATF_CHECK_EQ(6, seen.n);
		destroy(l);
		ATF_REQUIRE(unlink("a.log") == 0);
	}
}

ATF_TC_WITHOUT_HEAD(nothing_for_a_terminal_to_obey_comes_through);
ATF_TC_BODY(nothing_for_a_terminal_to_obey_comes_through, tc)
{
	static const char data[] = "a\0b\x1b[2J\x07\x7f\xc2\x9b\xff\xc3"
				   "(\xed\xa0\x80\t.\n";
	const unsigned char *p;
	struct log *l;

	l = create(-1);
	add(l, data, sizeof(data) - 1);
	ATF_REQUIRE_EQ(1, seen.n);
	ATF_CHECK_STREQ("a?b?[2J??\?\?\?\?(\?\?\? .", seen.text[0]);
	for (p = (const unsigned char *)seen.text[0]; *p != '\0'; p++)
		ATF_CHECK(*p >= 0x20 && *p < 0x7f);
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(line_of_a_megabyte_is_cut_and_the_next_is_whole);
ATF_TC_BODY(line_of_a_megabyte_is_cut_and_the_next_is_whole, tc)
{
	static char megabyte[1 << 20];
	struct log *l;

	memset(megabyte, 'x', sizeof(megabyte));
	l = create(-1);
	add(l, megabyte, sizeof(megabyte));
	add(l, "\nnext\n", 6);
	ATF_REQUIRE_EQ(2, seen.n);
	ATF_CHECK_EQ(4096, strlen(seen.text[0]));
	ATF_CHECK_STREQ("next", seen.text[1]);
	ATF_CHECK_EQ((1 << 20) + 6, size_of("a.log"));
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(cut_goes_through_no_character);
ATF_TC_BODY(cut_goes_through_no_character, tc)
{
	static const struct {
		const char *character;
		size_t before, want;
	} cases[] = {
		{ "\xc3\xa4", 4095, 4095 },
		{ "\xc3\xa4", 4094, 4096 },
		{ "\xe2\x82\xac", 4094, 4094 },
		{ "\xe2\x82\xac", 4093, 4096 },
		{ "\xf0\x9f\x90\xa7", 4093, 4093 },
		{ "\xf0\x9f\x90\xa7", 4092, 4096 },
		{ "\x80\x80\x80\x80\x80", 4092, 4096 },
	};
	char data[4200];
	struct log *l;
	size_t i;

	l = create(-1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seen.n = 0;
		memset(data, 'x', sizeof(data));
		memcpy(data + cases[i].before, cases[i].character,
		    strlen(cases[i].character));
		data[4150] = '\n';
		add(l, data, 4151);
		ATF_REQUIRE_EQ(1, seen.n);
		ATF_CHECK_EQ_MSG(cases[i].want, strlen(seen.text[0]),
		    "%zu: %zu", i, strlen(seen.text[0]));
	}
	destroy(l);
}

static void
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	ATF_REQUIRE_EQ(1, poll(&p, 1, 10000));
}

static size_t
entries(void)
{
	struct dirent *d;
	size_t n;
	DIR *dir;

	dir = opendir(".");
	n = 0;
	while ((d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	closedir(dir);
	return (n);
}

ATF_TC(compressed_log_replaces_the_plain_one);
ATF_TC_HEAD(compressed_log_replaces_the_plain_one, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
}
ATF_TC_BODY(compressed_log_replaces_the_plain_one, tc)
{
	static const struct {
		enum isth_compression how;
		const char *name, *back;
	} cases[] = {
		{ ISTH_COMPRESSION_GZIP, "a.log.gz", "gzip -dc a.log.gz" },
		{ ISTH_COMPRESSION_ZSTD, "a.log.zst", "zstd -dcq a.log.zst" },
	};
	struct error e = { 0 };
	char command[128];
	struct stat st;
	struct log *l;
	int wait_fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!log_compression_check(cases[i].how, &e))
			atf_tc_skip("%s", e.hint);
		l = create(-1);
		add(l, "some\ntext\n", 10);
		ATF_REQUIRE(log_close(l, cases[i].how, &wait_fd, &e));
		ATF_REQUIRE(wait_fd >= 0);
		wait_readable(wait_fd);
		ATF_REQUIRE_MSG(log_settle(l, &e), "%s", e.why);
		ATF_CHECK_STREQ(cases[i].name, log_name(l));
		ATF_CHECK_EQ(10, log_bytes(l));
		ATF_REQUIRE(stat(cases[i].name, &st) == 0);
		ATF_CHECK_EQ(0600, st.st_mode & 07777);
		ATF_CHECK_EQ(1, entries());
		destroy(l);
		snprintf(command, sizeof(command),
		    "test \"$(%s | tr '\\n' ' ')\" = 'some text '",
		    cases[i].back);
		ATF_CHECK_EQ(0, system(command));
		ATF_REQUIRE(unlink(cases[i].name) == 0);
	}
}

ATF_TC(log_given_up_while_it_is_compressed_stays_plain);
ATF_TC_HEAD(log_given_up_while_it_is_compressed_stays_plain, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
}
ATF_TC_BODY(log_given_up_while_it_is_compressed_stays_plain, tc)
{
	static char megabyte[1 << 20];
	struct error e = { 0 };
	struct log *l;
	int wait_fd;

	l = create(-1);
	add(l, megabyte, sizeof(megabyte));
	ATF_REQUIRE(log_close(l, ISTH_COMPRESSION_GZIP, &wait_fd, &e));
	destroy(l);
	ATF_CHECK_EQ(1, entries());
	ATF_CHECK_EQ(1 << 20, size_of("a.log"));
}

ATF_TC(failing_compressor_leaves_the_plain_log);
ATF_TC_HEAD(failing_compressor_leaves_the_plain_log, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
}
ATF_TC_BODY(failing_compressor_leaves_the_plain_log, tc)
{
	struct error e = { 0 };
	struct log *l;
	int wait_fd;

	ATF_REQUIRE(mkdir("bin", 0755) == 0);
	ATF_REQUIRE(system("printf '#!/bin/sh\\necho half\\nexit 3\\n' "
			   ">bin/gzip && chmod 755 bin/gzip") == 0);
	ATF_REQUIRE(setenv("PATH", "./bin:/bin:/usr/bin", 1) == 0);
	l = create(-1);
	add(l, "x", 1);
	ATF_REQUIRE(log_close(l, ISTH_COMPRESSION_GZIP, &wait_fd, &e));
	wait_readable(wait_fd);
	ATF_CHECK(!log_settle(l, &e));
	ATF_CHECK_STREQ("gzip ended with 3", e.why);
	ATF_CHECK_STREQ("a.log", log_name(l));
	ATF_CHECK_EQ(2, entries()); /* bin and the log */
	destroy(l);
}

ATF_TC_WITHOUT_HEAD(missing_compressor_is_named);
ATF_TC_BODY(missing_compressor_is_named, tc)
{
	struct error e = { 0 };
	struct log *l;
	int wait_fd;

	ATF_REQUIRE(setenv("PATH", "/nonexistent", 1) == 0);
	ATF_CHECK(log_compression_check(ISTH_COMPRESSION_NONE, &e));
	ATF_CHECK(!log_compression_check(ISTH_COMPRESSION_ZSTD, &e));
	ATF_CHECK_STREQ("install zstd", e.hint);
	l = create(-1);
	add(l, "x", 1);
	ATF_CHECK(!log_close(l, ISTH_COMPRESSION_ZSTD, &wait_fd, &e));
	ATF_CHECK_EQ(-1, wait_fd);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_EQ(1, entries());
	destroy(l);
}

/* One that is being written is not left, nor while its rename is to come. */
ATF_TC_WITHOUT_HEAD(unfinished_compression_is_left_only_by_the_dead);
ATF_TC_BODY(unfinished_compression_is_left_only_by_the_dead, tc)
{
	static const char part[] = "a.log.gz" LOG_PART_SUFFIX;
	struct error e = { 0 };
	struct log *l;
	int fd, wait_fd;

	(void)tc;
	if (!log_compression_check(ISTH_COMPRESSION_GZIP, &e))
		atf_tc_skip("%s", e.hint);
	l = create(-1);
	add(l, "text\n", 5);
	ATF_REQUIRE(log_close(l, ISTH_COMPRESSION_GZIP, &wait_fd, &e));
	ATF_CHECK(!log_part_left(AT_FDCWD, part, true));
	wait_readable(wait_fd);
	ATF_CHECK(!log_part_left(AT_FDCWD, part, true));
	ATF_REQUIRE_MSG(log_settle(l, &e), "%s", e.why);
	destroy(l);
	ATF_CHECK(!log_part_left(AT_FDCWD, part, true));
	fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ATF_REQUIRE(fd >= 0 && close(fd) == 0);
	ATF_CHECK(log_part_left(AT_FDCWD, part, false));
	ATF_CHECK(log_part_left(AT_FDCWD, part, true));
	ATF_CHECK_EQ(1, entries());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, file_is_new_private_and_exact);
	ATF_TP_ADD_TC(tp, link_in_its_place_is_refused);
	ATF_TP_ADD_TC(tp, limit_holds_to_the_byte);
	ATF_TP_ADD_TC(tp, what_fits_below_the_limit_is_kept);
	ATF_TP_ADD_TC(tp, limit_of_zero_keeps_nothing);
	ATF_TP_ADD_TC(tp, full_disk_is_told_as_it_is);
	ATF_TP_ADD_TC(tp, a_name_is_taken_compressed_or_not);
	ATF_TP_ADD_TC(tp, lines_come_whole_however_they_are_cut);
	ATF_TP_ADD_TC(tp, nothing_for_a_terminal_to_obey_comes_through);
	ATF_TP_ADD_TC(tp, line_of_a_megabyte_is_cut_and_the_next_is_whole);
	ATF_TP_ADD_TC(tp, cut_goes_through_no_character);
	ATF_TP_ADD_TC(tp, compressed_log_replaces_the_plain_one);
	ATF_TP_ADD_TC(tp, log_given_up_while_it_is_compressed_stays_plain);
	ATF_TP_ADD_TC(tp, failing_compressor_leaves_the_plain_log);
	ATF_TP_ADD_TC(tp, missing_compressor_is_named);
	ATF_TP_ADD_TC(tp, unfinished_compression_is_left_only_by_the_dead);
	return (atf_no_error());
}
