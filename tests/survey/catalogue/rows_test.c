/* The rows: how many, which ones, and how they are found. */
#include <atf-c.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "survey/catalogue/catalogue.h"
#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

ATF_TC_WITHOUT_HEAD(there_are_at_least_700_rows);
ATF_TC_BODY(there_are_at_least_700_rows, tc)
{
	size_t n;

	ATF_REQUIRE(isth_catalogue_rows(&n) != NULL);
	ATF_CHECK_MSG(n >= 700, "%zu rows", n);
}

ATF_TC_WITHOUT_HEAD(every_row_is_found_by_its_id_alone);
ATF_TC_BODY(every_row_is_found_by_its_id_alone, tc)
{
	const struct isth_interface *rows;
	char id[128];
	size_t i, n;

	rows = isth_catalogue_rows(&n);
	for (i = 0; i < n; i++) {
		ATF_CHECK_MSG(isth_catalogue_find(rows[i].id) == &rows[i], "%s",
		    rows[i].id);
		snprintf(id, sizeof(id), "%s~", rows[i].id);
		ATF_CHECK_MSG(isth_catalogue_find(id) == NULL, "%s", id);
	}
	ATF_CHECK(isth_catalogue_find("") == NULL);
	ATF_CHECK(isth_catalogue_find("\xff") == NULL);
	ATF_CHECK(isth_catalogue_find("CLONE") == NULL);
}

static void *
find_all(void *arg)
{
	const struct isth_interface *rows;
	size_t i, n;

	(void)arg;
	rows = isth_catalogue_rows(&n);
	for (i = 0; i < n; i++) {
		if (isth_catalogue_find(rows[i].id) != &rows[i])
			return ((void *)(uintptr_t)rows[i].id);
	}
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(threads_may_look_up_first_together);
ATF_TC_BODY(threads_may_look_up_first_together, tc)
{
	pthread_t threads[8];
	void *missing;
	size_t i;

	for (i = 0; i < COUNT(threads); i++)
		ATF_REQUIRE(
		    pthread_create(&threads[i], NULL, find_all, NULL) == 0);
	for (i = 0; i < COUNT(threads); i++) {
		ATF_REQUIRE(pthread_join(threads[i], &missing) == 0);
		ATF_CHECK_MSG(missing == NULL, "%s", (const char *)missing);
	}
}

ATF_TC_WITHOUT_HEAD(a_symbol_is_the_id_without_prefix);
ATF_TC_BODY(a_symbol_is_the_id_without_prefix, tc)
{
	static const struct {
		const char *id;
		const char *symbol;
	} cases[] = {
		{ "clone", "clone" },
		{ "cmd:unshare", "unshare" },
		{ "fs:nullfs", "nullfs" },
		{ "semantic:fork-waitpid", "fork-waitpid" },
		{ "sys/prctl.h", "sys/prctl.h" },
		{ "/dev/kvm", "/dev/kvm" },
	};
	const struct isth_interface *row;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		row = isth_catalogue_find(cases[i].id);
		ATF_REQUIRE_MSG(row != NULL, "%s", cases[i].id);
		ATF_CHECK_STREQ(cases[i].symbol, isth_interface_symbol(row));
	}
}

/* The table of the first mapping, and what became of each entry. */
static const struct {
	const char *id;
	enum isth_class class_;
} verdicts[] = {
	{ "fork", ISTH_CLASS_NATIVE },
	{ "waitpid", ISTH_CLASS_NATIVE },
	{ "semantic:fork-waitpid", ISTH_CLASS_NATIVE },
	{ "posix_spawn", ISTH_CLASS_NATIVE },
	{ "posix_spawn_file_actions_addclosefrom_np", ISTH_CLASS_NATIVE },
	{ "pdfork", ISTH_CLASS_NATIVE },
	{ "close_range", ISTH_CLASS_NATIVE },
	{ "closefrom", ISTH_CLASS_NATIVE },
	{ "linux/close_range.h", ISTH_CLASS_EQUIVALENT },
	{ "chroot", ISTH_CLASS_NATIVE },
	{ "fs:bind", ISTH_CLASS_EQUIVALENT },
	{ "fs:nullfs", ISTH_CLASS_NATIVE },
	{ "MS_BIND", ISTH_CLASS_EQUIVALENT },
	{ "pivot_root", ISTH_CLASS_REDESIGN },
	{ "clone", ISTH_CLASS_REDESIGN },
	{ "CLONE_NEWNS", ISTH_CLASS_REDESIGN },
	{ "CLONE_NEWUSER", ISTH_CLASS_ABSENT },
	{ "CLONE_NEWPID", ISTH_CLASS_REDESIGN },
	{ "CLONE_NEWNET", ISTH_CLASS_EQUIVALENT },
	{ "CLONE_NEWIPC", ISTH_CLASS_EQUIVALENT },
	{ "CLONE_NEWUTS", ISTH_CLASS_EQUIVALENT },
	{ "CLONE_NEWCGROUP", ISTH_CLASS_REDESIGN },
	{ "CLONE_NEWTIME", ISTH_CLASS_ABSENT },
	{ "unshare", ISTH_CLASS_REDESIGN },
	{ "setns", ISTH_CLASS_REDESIGN },
	{ "semantic:user-namespaces", ISTH_CLASS_ABSENT },
	{ "semantic:mount-namespaces", ISTH_CLASS_REDESIGN },
	{ "semantic:network-namespaces", ISTH_CLASS_EQUIVALENT },
	{ "semantic:pid-namespaces", ISTH_CLASS_REDESIGN },
	{ "mount", ISTH_CLASS_EQUIVALENT },
	{ "nmount", ISTH_CLASS_NATIVE },
	{ "semantic:mount-namespace-recursive", ISTH_CLASS_REDESIGN },
	{ "semantic:recursive-bind-mounts", ISTH_CLASS_REDESIGN },
	{ "setuid", ISTH_CLASS_NATIVE },
	{ "setgid", ISTH_CLASS_NATIVE },
	{ "semantic:setuid-drop-is-permanent", ISTH_CLASS_NATIVE },
	{ "CAP_SYS_ADMIN", ISTH_CLASS_REDESIGN },
	{ "prctl", ISTH_CLASS_REDESIGN },
	{ "sys/prctl.h", ISTH_CLASS_REDESIGN },
	{ "seccomp", ISTH_CLASS_REDESIGN },
	{ "cap_enter", ISTH_CLASS_NATIVE },
	{ "sys/capsicum.h", ISTH_CLASS_NATIVE },
	{ "jail_set", ISTH_CLASS_NATIVE },
	{ "lchown", ISTH_CLASS_NATIVE },
	{ "lutimes", ISTH_CLASS_NATIVE },
	{ "statvfs", ISTH_CLASS_NATIVE },
	{ "statx", ISTH_CLASS_EQUIVALENT },
	{ "posix_fallocate", ISTH_CLASS_NATIVE },
	{ "mach_msg", ISTH_CLASS_EQUIVALENT },
};

ATF_TC_WITHOUT_HEAD(the_first_mapping_has_its_verdicts);
ATF_TC_BODY(the_first_mapping_has_its_verdicts, tc)
{
	const struct isth_interface *row;
	size_t i;

	for (i = 0; i < COUNT(verdicts); i++) {
		row = isth_catalogue_find(verdicts[i].id);
		ATF_CHECK_MSG(row != NULL, "no row %s", verdicts[i].id);
		if (row == NULL)
			continue;
		ATF_CHECK_MSG(row->class_ == verdicts[i].class_, "%s is %s",
		    row->id, isth_class_name(row->class_));
	}
}

ATF_TC_WITHOUT_HEAD(every_capability_has_a_row);
ATF_TC_BODY(every_capability_has_a_row, tc)
{
	const struct isth_interface *rows;
	size_t caps, i, n;

	rows = isth_catalogue_rows(&n);
	for (caps = 0, i = 0; i < n; i++)
		caps += strncmp(rows[i].id, "CAP_", 4) == 0;
	ATF_CHECK_EQ_MSG(41, caps,
	    "capabilities(7) of Linux 5.9 and later "
	    "lists 41, not %zu",
	    caps);
}

/* Every name that a header defines as PREFIXname is a row. */
static void
check_header(FILE *in, const char *prefix)
{
	char line[512], name[128], shown[8];
	size_t n;

	n = 0;
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "#%7s %127s", shown, name) != 2 ||
		    strcmp(shown, "define") != 0 ||
		    strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		memmove(name, name + strlen(prefix),
		    strlen(name) - strlen(prefix) + 1);
		if (strcmp(name, "MAXSYSCALL") == 0 ||
		    strncmp(name, "freebsd", 7) == 0)
			continue;
		n++;
		ATF_CHECK_MSG(
		    isth_catalogue_find(name) != NULL, "no row for %s", name);
	}
	ATF_CHECK_MSG(n > 300, "only %zu calls in the header", n);
}

ATF_TC_WITHOUT_HEAD(every_linux_system_call_has_a_row);
ATF_TC_BODY(every_linux_system_call_has_a_row, tc)
{
	static const char *const paths[] = {
		"/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
		"/usr/include/asm/unistd_64.h",
	};
	FILE *in;
	size_t i;

	for (in = NULL, i = 0; in == NULL && i < COUNT(paths); i++)
		in = fopen(paths[i], "r");
	if (in == NULL)
		atf_tc_skip("no asm/unistd_64.h on this machine");
	check_header(in, "__NR_");
	fclose(in);
}

ATF_TC_WITHOUT_HEAD(system_calls_newer_than_the_header_have_rows);
ATF_TC_BODY(system_calls_newer_than_the_header_have_rows, tc)
{
	/* 451 to 469 of x86-64, and the two of the probes; Linux 6.18. */
	static const char *const names[] = { "cachestat", "fchmodat2",
		"map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue",
		"statmount", "listmount", "lsm_get_self_attr",
		"lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat",
		"getxattrat", "listxattrat", "removexattrat", "open_tree_attr",
		"file_getattr", "file_setattr", "uretprobe", "uprobe" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		ATF_CHECK_MSG(isth_catalogue_find(names[i]) != NULL,
		    "no row for %s", names[i]);
}

ATF_TC_WITHOUT_HEAD(every_freebsd_system_call_has_a_row);
ATF_TC_BODY(every_freebsd_system_call_has_a_row, tc)
{
	char path[1024];
	const char *dir;
	FILE *in;

	dir = getenv("FREEBSD_SYSDIR");
	if (dir == NULL && access("/usr/include/sys/jail.h", R_OK) == 0)
		dir = "/usr/include";
	if (dir == NULL)
		atf_tc_skip("needs FREEBSD_SYSDIR, or FreeBSD itself");
	snprintf(path, sizeof(path), "%s/sys/syscall.h", dir);
	in = fopen(path, "r");
	ATF_REQUIRE_MSG(in != NULL, "%s", path);
	check_header(in, "SYS_");
	fclose(in);
}

ATF_TC_WITHOUT_HEAD(the_check_of_the_catalogue_is_clean);
ATF_TC_BODY(the_check_of_the_catalogue_is_clean, tc)
{
	size_t n;

	n = isth_catalogue_check(NULL, stderr);
	ATF_CHECK_EQ_MSG(0, n, "%zu findings, see stderr", n);
}

/* Rows of one file stand in the order of their ids: diffs stay small. */
static void
check_sorted(const char *path)
{
	char id[128], last[128], line[512];
	FILE *in;
	size_t lines;

	in = fopen(path, "r");
	ATF_REQUIRE_MSG(in != NULL, "%s", path);
	last[0] = '\0';
	for (lines = 0; fgets(line, sizeof(line), in) != NULL; lines++) {
		ATF_CHECK_MSG(
		    strlen(line) <= 81, "%s:%zu is too wide", path, lines + 1);
		if (sscanf(line, "IFACE(\"%127[^\"]\"", id) != 1)
			continue;
		ATF_CHECK_MSG(
		    strcmp(last, id) < 0, "%s: %s after %s", path, id, last);
		(void)snprintf(last, sizeof(last), "%s", id);
	}
	ATF_CHECK_MSG(lines < 600, "%s has %zu lines", path, lines);
	fclose(in);
}

ATF_TC_WITHOUT_HEAD(files_of_rows_are_sorted_and_short);
ATF_TC_BODY(files_of_rows_are_sorted_and_short, tc)
{
	char line[512], name[256], path[1024];
	FILE *in;
	size_t n;

	in = fopen(SOURCE_ROOT "/survey/catalogue/interfaces.def", "r");
	if (in == NULL)
		atf_tc_skip("the sources are not on this machine");
	n = 0;
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "#include \"%255[^\"]\"", name) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/%s", SOURCE_ROOT, name);
		check_sorted(path);
		n++;
	}
	fclose(in);
	ATF_CHECK(n > 10);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, there_are_at_least_700_rows);
	ATF_TP_ADD_TC(tp, every_row_is_found_by_its_id_alone);
	ATF_TP_ADD_TC(tp, threads_may_look_up_first_together);
	ATF_TP_ADD_TC(tp, a_symbol_is_the_id_without_prefix);
	ATF_TP_ADD_TC(tp, the_first_mapping_has_its_verdicts);
	ATF_TP_ADD_TC(tp, every_capability_has_a_row);
	ATF_TP_ADD_TC(tp, every_linux_system_call_has_a_row);
	ATF_TP_ADD_TC(tp, system_calls_newer_than_the_header_have_rows);
	ATF_TP_ADD_TC(tp, every_freebsd_system_call_has_a_row);
	ATF_TP_ADD_TC(tp, the_check_of_the_catalogue_is_clean);
	ATF_TP_ADD_TC(tp, files_of_rows_are_sorted_and_short);
	return (atf_no_error());
}
