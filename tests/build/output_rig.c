#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/output_rig.h"

int store, stage;
struct output_policy policy;
struct output_links *links;

/* The two directories, and a policy for files that this test makes. */
void
begin(void)
{
	ATF_REQUIRE_EQ(0, mkdir("store", 0755));
	ATF_REQUIRE_EQ(0, mkdir("stage", 0700));
	store = open("store", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stage = open("stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(store >= 0 && stage >= 0);
	policy.builder_uid = geteuid();
	policy.owner = geteuid();
	policy.group = getegid();
	links = output_links_create();
	ATF_REQUIRE(links != NULL);
}

void
end(void)
{
	output_links_destroy(links);
	close(store);
	close(stage);
}

void
make_file(const char *path, const char *data, mode_t mode)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ATF_REQUIRE_MSG(fd >= 0, "%s: %s", path, strerror(errno));
	ATF_REQUIRE_EQ((ssize_t)strlen(data), write(fd, data, strlen(data)));
	ATF_REQUIRE_EQ(0, fchmod(fd, mode));
	close(fd);
}

void
make_dir(const char *path, mode_t mode)
{
	ATF_REQUIRE_EQ(0, mkdir(path, 0755));
	ATF_REQUIRE_EQ(0, chmod(path, mode));
}

struct stat
look(const char *path)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	ATF_REQUIRE_MSG(lstat(path, &st) == 0, "%s: %s", path, strerror(errno));
	return (st);
}

void
collect(const char *name)
{
	struct error e = { 0 };

	ATF_REQUIRE_MSG(output_collect(store, stage, name, &policy, links, &e),
	    "%s: %s: %s %s", e.step, e.path, e.why, strerror(e.err));
}

void
settle(void)
{
	struct error e = { 0 };

	ATF_REQUIRE_MSG(output_links_settle(stage, links, &e), "%s: %s: %s %s",
	    e.step, e.path, e.why, strerror(e.err));
}

/* Refused, and with which path and which word in the reason. */
void
check_refused(const char *name, const char *path, const char *word)
{
	struct error e = { 0 };

	ATF_CHECK(!output_collect(store, stage, name, &policy, links, &e));
	ATF_CHECK_STREQ(path, e.path);
	ATF_CHECK_MSG(strstr(e.why, word) != NULL, "%s: %s, err %d", e.path,
	    e.why, e.err);
}

void
check_canonical(const char *path, mode_t mode)
{
	struct stat st = look(path);

	if (!S_ISLNK(st.st_mode))
		ATF_CHECK_EQ_MSG(
		    mode, st.st_mode & 07777, "%s: %o", path, st.st_mode);
	ATF_CHECK_EQ_MSG(1, st.st_mtim.tv_sec, "%s", path);
	ATF_CHECK_EQ_MSG(0, st.st_mtim.tv_nsec, "%s", path);
	ATF_CHECK_EQ_MSG(policy.owner, st.st_uid, "%s", path);
	ATF_CHECK_EQ_MSG(policy.group, st.st_gid, "%s", path);
}

void
make_tree(void)
{
	make_dir("store/out", 0755);
	make_dir("store/out/sub", 02700);
	make_file("store/out/sub/file", "data", 0640);
	make_file("store/out/exec", "#!/bin/sh\n", 0711);
	make_file("store/out/open", "x", 0666);
	ATF_REQUIRE_EQ(0, chmod("store/out/exec", 06711));
	ATF_REQUIRE_EQ(0, symlink("/nowhere", "store/out/link"));
}

void
check_tree(void)
{
	check_canonical("stage/out", 0555);
	check_canonical("stage/out/sub", 0555);
	check_canonical("stage/out/sub/file", 0444);
	check_canonical("stage/out/exec", 0555);
	check_canonical("stage/out/open", 0444);
	check_canonical("stage/out/link", 0);
}

int
open_descriptors(void)
{
	int fd, n;

	for (n = 0, fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}
