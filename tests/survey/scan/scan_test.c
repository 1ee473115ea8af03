/*
 * isth_scan_run on trees made for the purpose: ordinary ones, and ones that
 * mean harm.  Every case runs in a directory of its own, which Kyua empties.
 */
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "survey/survey.h"

#define CODE "int f(void) { mount(a); }\n"

static void
put_bytes(const char *path, const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	ATF_REQUIRE_MSG(f != NULL, "%s: %s", path, strerror(errno));
	ATF_REQUIRE(fwrite(data, 1, len, f) == len);
	ATF_REQUIRE(fclose(f) == 0);
}

static void
put(const char *path, const char *data)
{
	put_bytes(path, data, strlen(data));
}

static void
dir(const char *path)
{
	ATF_REQUIRE_MSG(
	    mkdir(path, 0755) == 0, "%s: %s", path, strerror(errno));
}

/* Scans for `mount`, `unshare` and a few more; NULL-terminated paths. */
static struct isth_scan *
scan_jobs(unsigned jobs, const char *const *paths)
{
	struct isth_scan_options o = {
		.paths = paths, .jobs = jobs, .symbols_file = "../names"
	};
	struct error e = { 0 };
	struct isth_scan *s;

	put("../names", "# what is looked for\nmount\nunshare\n\ncmd:mount\n"
			"CLONE_NEWNS\nsys/mount.h\n/dev/kvm\r\n");
	s = isth_scan_run(&o, &e);
	ATF_REQUIRE_MSG(s != NULL, "%s: %s: %s", e.step, e.path, e.why);
	return (s);
}

static struct isth_scan *
scan(const char *path)
{
	const char *paths[] = { path, NULL };

	return (scan_jobs(2, paths));
}

/* Everything a scan holds, as text. */
static char *
dump(const struct isth_scan *s)
{
	struct text t = { 0 };
	size_t i, j;

	for (i = 0; i < s->nsymbols; i++) {
		for (j = 0; j < s->symbols[i].nsites; j++)
			text_addf(&t, "%s:%u %s %s\n",
			    s->files[s->symbols[i].sites[j].file],
			    (unsigned)s->symbols[i].sites[j].line,
			    s->symbols[i].name,
			    isth_use_name(s->symbols[i].use));
	}
	for (i = 0; i < s->nproblems; i++)
		text_addf(&t, "! %s: %s\n", s->problems[i].path,
		    s->problems[i].reason);
	return (text_take(&t));
}

/* Scans `path` and compares with what is expected, then frees. */
static void
expect(const char *path, const char *expected)
{
	struct isth_scan *s = scan(path);
	char *found = dump(s);

	ATF_CHECK_STREQ(expected, found);
	free(found);
	isth_scan_destroy(s);
}

/* How much of `path` was not scanned at all. */
static void
expect_unread(const char *path, size_t n)
{
	struct isth_scan *s = scan(path);

	ATF_CHECK_EQ(n, s->nunread);
	isth_scan_destroy(s);
}

/* A directory `t` to scan, beside which the cases put other things. */
static void
enter(void)
{
	dir("case");
	ATF_REQUIRE(chdir("case") == 0);
}

#define CASE(name)                 \
	ATF_TC_WITHOUT_HEAD(name); \
	ATF_TC_BODY(name, tc)

CASE(languages_by_name)
{
	enter();
	put("a.c", CODE);
	put("b.cc", CODE);
	put("c.hpp", CODE);
	put("d.m", "void f(void) { mount(a); [x mount:a]; }");
	put("e.scm", "(mount a)");
	put("f.sh", "mount a");
	put("g.h.in", CODE);
	put("h.S", CODE);
	put("i.txt", CODE);
	put("j.py", CODE);
	put(".hidden.c", CODE);
	put(".c", CODE);
	expect(".",
	    "./.hidden.c:1 mount call\n./a.c:1 mount call\n"
	    "./b.cc:1 mount call\n./c.hpp:1 mount call\n./d.m:1 mount call\n"
	    "./e.scm:1 mount call\n./g.h.in:1 mount call\n"
	    "./f.sh:1 mount command\n");
}

CASE(scripts_by_first_line)
{
	enter();
	put("a", "#!/bin/sh\nmount\n");
	put("b", "#!/usr/bin/env bash\nmount\n");
	put("c", "#! /usr/bin/env -S guile -s\n!#\n(mount a)\n");
	put("d", "#!/usr/bin/python3\nmount\n");
	put("e", "mount\n");
	put("f", "#!/bin/sh\n# -*- scheme -*-\nexec guile\n!#\n(mount a)\n");
	put("h", "#!");
	expect(".", "./c:3 mount call\n./f:5 mount call\n"
		    "./a:2 mount command\n./b:2 mount command\n");
}

CASE(order_is_by_path)
{
	enter();
	dir("a");
	put("a/z.c", CODE);
	put("a.c", CODE);
	put("a0.c", CODE);
	dir("b");
	dir("b/c");
	put("b/c/x.c", CODE);
	put("b/b.c", CODE);
	put("b/d.c", CODE CODE);
	expect(".", "./a.c:1 mount call\n./a/z.c:1 mount call\n"
		    "./a0.c:1 mount call\n./b/b.c:1 mount call\n"
		    "./b/c/x.c:1 mount call\n./b/d.c:1 mount call\n"
		    "./b/d.c:2 mount call\n");
}

CASE(threads_do_not_change_the_result)
{
	static const char *const paths[] = { "x", "y", NULL };
	struct isth_scan *s;
	char name[64], *one = NULL, *other;
	unsigned i, j;

	enter();
	dir("x");
	dir("y");
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%c/%u", i % 2 ? 'x' : 'y', i);
		dir(name);
		for (j = 0; j < 40; j++) {
			snprintf(name, sizeof(name), "%c/%u/%u.%s",
			    i % 2 ? 'x' : 'y', i, j, j % 3 ? "c" : "scm");
			put(name, j % 3 ? CODE "\xff\n" CODE
					: "(mount (unshare CLONE_NEWNS))");
		}
	}
	for (i = 1; i <= 8; i++) {
		s = scan_jobs(i, paths);
		other = dump(s);
		ATF_CHECK_EQ(1600, s->nfiles);
		isth_scan_destroy(s);
		if (one == NULL) {
			one = other;
			continue;
		}
		ATF_CHECK(strcmp(one, other) == 0);
		free(other);
	}
	ATF_CHECK(strlen(one) > 10000);
	free(one);
}

CASE(a_path_given_twice_counts_once)
{
	static const char *const paths[] = { "t", "./t/", "t/b", "t/a.c",
		"link", NULL };
	struct isth_scan *s;
	char *found;

	enter();
	dir("t");
	dir("t/b");
	put("t/a.c", CODE);
	put("t/b/b.c", CODE);
	ATF_REQUIRE(symlink("t", "link") == 0);
	s = scan_jobs(2, paths);
	found = dump(s);
	ATF_CHECK_STREQ("t/a.c:1 mount call\nt/b/b.c:1 mount call\n", found);
	ATF_CHECK_EQ(5, s->nroots);
	free(found);
	isth_scan_destroy(s);
}

CASE(roots_may_be_files_links_and_in_any_order)
{
	static const char *const paths[] = { "z.c", "link", "a0", "a", NULL };
	struct isth_scan *s;
	char *found;

	enter();
	put("z.c", CODE);
	dir("a");
	dir("a0");
	put("a/x.c", CODE);
	put("a0/x.c", CODE);
	dir("target");
	put("target/x.c", CODE);
	ATF_REQUIRE(symlink("target", "link") == 0);
	s = scan_jobs(2, paths);
	found = dump(s);
	ATF_CHECK_STREQ("a/x.c:1 mount call\na0/x.c:1 mount call\n"
			"link/x.c:1 mount call\nz.c:1 mount call\n",
	    found);
	free(found);
	isth_scan_destroy(s);
}

CASE(a_root_that_is_no_source_is_said_so)
{
	enter();
	put("x.txt", CODE);
	expect("x.txt", "! x.txt: not a kind of source that is scanned\n");
	ATF_REQUIRE(mkfifo("x.c", 0600) == 0);
	expect("x.c", "! x.c: not a regular file\n");
}

CASE(a_path_that_does_not_exist_fails)
{
	const char *paths[] = { ".", "nothing", NULL };
	struct isth_scan_options o = { .paths = paths };
	struct error e = { 0 };

	enter();
	ATF_CHECK(isth_scan_run(&o, &e) == NULL);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("nothing", e.path);
}

CASE(a_bad_symbols_file_fails)
{
	const char *paths[] = { ".", NULL };
	struct isth_scan_options o = { .paths = paths, .symbols_file = "s" };
	struct error e = { 0 };

	ATF_CHECK(isth_scan_run(&o, &e) == NULL);
	ATF_CHECK_EQ(ENOENT, e.err);
	put("s", "mount\ntwo names\n");
	ATF_CHECK(isth_scan_run(&o, &e) == NULL);
	ATF_CHECK_STREQ("line 2 is not one name", e.why);
	put_bytes("s", "a\0b\n", 4);
	ATF_CHECK(isth_scan_run(&o, &e) == NULL);
}

CASE(version_control_is_passed_over)
{
	enter();
	dir(".git");
	put(".git/a.c", CODE);
	dir("x");
	dir("x/.svn");
	put("x/.svn/a.c", CODE);
	put("x/a.c", CODE);
	expect(".", "./x/a.c:1 mount call\n");
	expect(".git", ".git/a.c:1 mount call\n");
}

CASE(symbolic_links_are_not_followed)
{
	enter();
	dir("t");
	dir("t/d");
	dir("out");
	put("out/o.c", CODE);
	put("t/a.c", CODE);
	ATF_REQUIRE(symlink("a.c", "t/again.c") == 0);
	ATF_REQUIRE(symlink("../a.c", "t/d/again.c") == 0);
	ATF_REQUIRE(symlink("d", "t/same") == 0);
	ATF_REQUIRE(symlink("../out", "t/out") == 0);
	ATF_REQUIRE(symlink("../out/o.c", "t/out.c") == 0);
	ATF_REQUIRE(symlink("/dev/zero", "t/zero") == 0);
	ATF_REQUIRE(symlink("nowhere", "t/gone.c") == 0);
	ATF_REQUIRE(symlink("nowhere", "t/gone.txt") == 0);
	expect("t", "t/a.c:1 mount call\n"
		    "! t/gone.c: symbolic link: No such file or directory\n"
		    "! t/out: symbolic link out of the tree, not followed\n"
		    "! t/out.c: symbolic link out of the tree, not followed\n");
}

CASE(symbolic_link_loops_are_problems)
{
	enter();
	dir("d");
	dir("d/e");
	put("d/e/a.c", CODE);
	ATF_REQUIRE(symlink("self", "self") == 0);
	ATF_REQUIRE(symlink("../..", "d/e/up") == 0);
	ATF_REQUIRE(symlink(".", "d/here") == 0);
	expect(".",
	    "./d/e/a.c:1 mount call\n"
	    "! ./d/e/up: symbolic link loop: leads to a directory that it is "
	    "in\n"
	    "! ./d/here: symbolic link loop: leads to a directory that it is "
	    "in\n"
	    "! ./self: symbolic link loop\n");
}

CASE(special_files_are_not_opened)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	enter();
	put("a.c", CODE);
	ATF_REQUIRE(mkfifo("fifo.c", 0600) == 0);
	ATF_REQUIRE(mkfifo("fifo", 0600) == 0);
	strcpy(a.sun_path, "sock.c");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	expect(".", "./a.c:1 mount call\n! ./fifo.c: not a regular file\n"
		    "! ./sock.c: not a regular file\n");
	close(fd);
}

ATF_TC(unreadable_files_are_problems);
ATF_TC_HEAD(unreadable_files_are_problems, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(unreadable_files_are_problems, tc)
{
	enter();
	put("a.c", CODE);
	put("b.c", CODE);
	dir("d");
	put("d/c.c", CODE);
	ATF_REQUIRE(chmod("b.c", 0) == 0);
	ATF_REQUIRE(chmod("d", 0) == 0);
	expect(".", "./a.c:1 mount call\n! ./b.c: Permission denied\n"
		    "! ./d: Permission denied\n");
	chmod("d", 0700);
}

CASE(binary_files_are_problems)
{
	enter();
	put_bytes("a.c", "\0ELF", 4);
	put_bytes("b.c", "x\0" CODE, sizeof("x\0" CODE) - 1);
	put_bytes("c", "\0\0", 2);
	put("d.c", CODE);
	expect(".", "./d.c:1 mount call\n! ./a.c: binary\n! ./b.c: binary\n");
	expect_unread(".", 2);
}

CASE(text_that_is_not_utf8_is_scanned_and_a_problem)
{
	enter();
	put("a.c", "/* caf\xe9 */\n" CODE);
	put("b.c", "\n  /* caf\xc3\xa9 */ int \xff;\n" CODE);
	put("c.c", "/* caf\xc3\xa9 */" CODE);
	expect(".", "./a.c:2 mount call\n./b.c:3 mount call\n"
		    "./c.c:1 mount call\n"
		    "! ./a.c: not UTF-8: line 1, byte 7\n"
		    "! ./b.c: not UTF-8: line 2, byte 19\n");
	expect_unread(".", 0);
}

CASE(names_that_are_not_printable_are_spelled_out)
{
	enter();
	put("a\n\x1b[31m.c", CODE);
	put("b\xff.c", CODE);
	put("c\xc3\xa9.c", CODE);
	expect(".", "./a\\x0a\\x1b[31m.c:1 mount call\n"
		    "./b\\xff.c:1 mount call\n./c\xc3\xa9.c:1 mount call\n");
}

CASE(huge_files_are_problems)
{
	enter();
	put("a.c", CODE);
	ATF_REQUIRE(truncate("a.c", 64 * 1024 * 1024 + 1) == 0);
	put("b", "#!/bin/sh\n");
	ATF_REQUIRE(truncate("b", (off_t)1 << 40) == 0);
	put("c", "text\n");
	ATF_REQUIRE(truncate("c", (off_t)1 << 40) == 0);
	expect(".", "! ./a.c: larger than 64 MiB\n! ./b: larger than 64 MiB\n");
}

CASE(empty_input)
{
	static const char *const none[] = { NULL };
	struct isth_scan *s;

	enter();
	expect(".", "");
	put("a.c", "");
	s = scan(".");
	ATF_CHECK_EQ(1, s->nfiles);
	ATF_CHECK_EQ(0, s->bytes);
	isth_scan_destroy(s);
	s = scan_jobs(0, none);
	ATF_CHECK_EQ(0, s->nfiles);
	isth_scan_destroy(s);
}

CASE(deep_directories_are_a_problem)
{
	struct isth_scan *s;
	unsigned i;

	enter();
	dir("top");
	ATF_REQUIRE(chdir("top") == 0);
	for (i = 1; i <= 300; i++) {
		if (i == 200)
			put("a.c", CODE);
		if (i == 299)
			put("b.c", CODE);
		dir("d");
		ATF_REQUIRE(chdir("d") == 0);
	}
	for (i = 1; i <= 301; i++)
		ATF_REQUIRE(chdir("..") == 0);
	s = scan("top");
	ATF_CHECK_EQ(1, s->nfiles);
	ATF_REQUIRE_EQ(1, s->nproblems);
	ATF_CHECK_STREQ("deeper than 256 directories", s->problems[0].reason);
	isth_scan_destroy(s);
}

/* Makes and removes files while they are scanned. */
static atomic_bool stop;

static void *
churn(void *arg)
{
	char name[32];
	unsigned i, fd;

	(void)arg;
	for (i = 0; !stop; i++) {
		snprintf(name, sizeof(name), "f%u.c", i % 20);
		switch (i % 7) {
		case 0:
			unlink(name);
			(void)symlink("/dev/zero", name);
			break;
		case 1:
			unlink(name);
			(void)mkfifo(name, 0600);
			break;
		case 2:
			(void)truncate(name, i % 100000);
			break;
		default:
			unlink(name);
			fd = (unsigned)open(name, O_CREAT | O_WRONLY, 0600);
			(void)!write((int)fd, CODE, strlen(CODE));
			close((int)fd);
		}
	}
	return (NULL);
}

CASE(a_tree_that_changes_meanwhile)
{
	pthread_t thread;
	unsigned i;

	enter();
	stop = false;
	ATF_REQUIRE(pthread_create(&thread, NULL, churn, NULL) == 0);
	for (i = 0; i < 300; i++)
		isth_scan_destroy(scan("."));
	stop = true;
	pthread_join(thread, NULL);
}

CASE(symbols_by_prefix)
{
	const char *paths[] = { "a.c", "b.c", "c.scm", NULL };
	struct isth_scan_options o = {
		.paths = paths, .symbol_prefix = "mach_", .jobs = 2
	};
	struct error e = { 0 };
	struct isth_scan *s;
	char *found;

	put("a.c", "f() { mach_b(1); mach_a(2); mach_b(3); x = mach_c; }");
	put("b.c", "int mach_d(int); f() { mach_a(1); p->mach_e(1); }");
	put("c.scm", "(dynamic-func \"mach_z\" l)");
	s = isth_scan_run(&o, &e);
	ATF_REQUIRE(s != NULL);
	found = dump(s);
	ATF_CHECK_STREQ(
	    "a.c:1 mach_a call\nb.c:1 mach_a call\n"
	    "a.c:1 mach_b call\na.c:1 mach_b call\nc.scm:1 mach_z call\n",
	    found);
	free(found);
	isth_scan_destroy(s);
}

CASE(catalogued_symbols_have_their_row)
{
	const char *paths[] = { "a.c", "b.sh", NULL };
	struct isth_scan_options o = { .paths = paths, .catalogue = true };
	const struct isth_interface *row;
	struct error e = { 0 };
	struct isth_scan *s;
	size_t i;

	put("a.c", "#include <sys/mount.h>\nf() { fork(); g(unshare); "
		   "mount(MS_BIND); syscall(SYS_clone); }");
	put("b.sh", "mount -a\n");
	s = isth_scan_run(&o, &e);
	ATF_REQUIRE(s != NULL);
	ATF_CHECK(s->nsymbols >= 5);
	for (i = 0; i < s->nsymbols; i++) {
		row = s->symbols[i].interface;
		ATF_REQUIRE(row != NULL);
		ATF_CHECK_STREQ(s->symbols[i].name, isth_interface_symbol(row));
		if (strcmp(s->symbols[i].name, "mount") == 0)
			ATF_CHECK_STREQ(s->symbols[i].use == ISTH_USE_COMMAND
					    ? "cmd:mount"
					    : "mount",
			    row->id);
	}
	isth_scan_destroy(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, languages_by_name);
	ATF_TP_ADD_TC(tp, scripts_by_first_line);
	ATF_TP_ADD_TC(tp, order_is_by_path);
	ATF_TP_ADD_TC(tp, threads_do_not_change_the_result);
	ATF_TP_ADD_TC(tp, a_path_given_twice_counts_once);
	ATF_TP_ADD_TC(tp, roots_may_be_files_links_and_in_any_order);
	ATF_TP_ADD_TC(tp, a_root_that_is_no_source_is_said_so);
	ATF_TP_ADD_TC(tp, a_path_that_does_not_exist_fails);
	ATF_TP_ADD_TC(tp, a_bad_symbols_file_fails);
	ATF_TP_ADD_TC(tp, version_control_is_passed_over);
	ATF_TP_ADD_TC(tp, symbolic_links_are_not_followed);
	ATF_TP_ADD_TC(tp, symbolic_link_loops_are_problems);
	ATF_TP_ADD_TC(tp, special_files_are_not_opened);
	ATF_TP_ADD_TC(tp, unreadable_files_are_problems);
	ATF_TP_ADD_TC(tp, binary_files_are_problems);
	ATF_TP_ADD_TC(tp, text_that_is_not_utf8_is_scanned_and_a_problem);
	ATF_TP_ADD_TC(tp, names_that_are_not_printable_are_spelled_out);
	ATF_TP_ADD_TC(tp, huge_files_are_problems);
	ATF_TP_ADD_TC(tp, empty_input);
	ATF_TP_ADD_TC(tp, deep_directories_are_a_problem);
	ATF_TP_ADD_TC(tp, a_tree_that_changes_meanwhile);
	ATF_TP_ADD_TC(tp, symbols_by_prefix);
	ATF_TP_ADD_TC(tp, catalogued_symbols_have_their_row);
	return (atf_no_error());
}
