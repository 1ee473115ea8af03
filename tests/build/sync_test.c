/* Outputs that are on the disk before they appear; fsync(2) is this file's. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/output.h"
#include "tests/build/lab.h"

enum { SYNCED_MAX = 64, CONTENT = 4242 };

/* Shared with the collector, which is a process of its own. */
static struct {
	ino_t inodes[SYNCED_MAX];
	size_t n;
	size_t early; /* of files of CONTENT bytes: the output was not there */
	char output[1024];
} * synced;

int
fsync(int fd)
{
	struct stat st;

	if (synced != NULL && fstat(fd, &st) == 0 && synced->n < SYNCED_MAX) {
		synced->inodes[synced->n++] = st.st_ino;
		if (st.st_size == CONTENT && access(synced->output, F_OK) != 0)
			synced->early++;
	}
	return ((int)syscall(SYS_fsync, fd));
}

static void
begin(void)
{
	synced = mmap(NULL, sizeof(*synced), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(synced != MAP_FAILED);
}

static bool
was_synced(const char *path)
{
	struct stat st;
	size_t i;

	ATF_REQUIRE_EQ(0, lstat(path, &st));
	for (i = 0; i < synced->n; i++) {
		if (synced->inodes[i] == st.st_ino)
			return (true);
	}
	return (false);
}

ATF_TC_WITHOUT_HEAD(all_of_an_output_is_synced);
ATF_TC_BODY(all_of_an_output_is_synced, tc)
{
	static const char *const paths[] = { "stage/out", "stage/out/a",
		"stage/out/d", "stage/out/d/e", "stage/out/d/e/b" };
	struct error e = { 0 };
	size_t i;
	int fd;

	begin();
	ATF_REQUIRE_EQ(0,
	    system("mkdir -p stage/out/d/e && echo a >stage/out/a && "
		   "echo b >stage/out/d/e/b && ln -s /nowhere stage/out/l && "
		   "ln -s /nowhere stage/link && echo c >stage/flat"));
	fd = open("stage", O_RDONLY | O_DIRECTORY);
	ATF_REQUIRE(fd >= 0);
	ATF_CHECK(output_sync(fd, "out", &e));
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ATF_CHECK_MSG(was_synced(paths[i]), "%s", paths[i]);
	ATF_CHECK_EQ(5, synced->n);
	ATF_CHECK(output_sync(fd, "flat", &e));
	ATF_CHECK(was_synced("stage/flat"));
	ATF_CHECK(output_sync(fd, "link", &e));
	ATF_CHECK(!output_sync(fd, "missing", &e));
	ATF_CHECK_STREQ("sync output", e.step);
	(void)close(fd);
}

static size_t
early_syncs(bool sync, const char *name)
{
	struct isth_build_options options = lab_options(1);
	struct isth_build_spec *spec;
	struct lab_result r;
	char script[128];

	options.sync = sync;
	snprintf(script, sizeof(script),
	    "mkdir $out; head -c %d /dev/zero >$out/zeros", CONTENT);
	spec = lab_spec(name, script, "");
	synced->n = synced->early = 0;
	snprintf(
	    synced->output, sizeof(synced->output), "%s/%s", lab_store, name);
	lab_run(&options, &spec, 1, &r);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, r.outcome);
	isth_build_spec_destroy(spec);
	return (synced->early);
}

ATF_TC_WITHOUT_HEAD(sync_comes_before_the_output_is_in_place);
ATF_TC_BODY(sync_comes_before_the_output_is_in_place, tc)
{
	begin();
	lab_open();
	ATF_CHECK_EQ(0, early_syncs(false, "without"));
	ATF_CHECK_EQ(1, early_syncs(true, "with"));
	ATF_CHECK(was_synced(lab_store));
	lab_check_clean("after");
}

static void
build_one(const char *name)
{
	struct isth_build_options options = lab_options(1);
	struct isth_build_spec *spec = lab_spec(name, "echo x >$out", "");
	struct lab_result r;

	synced->n = 0;
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	isth_build_spec_destroy(spec);
}

/* What a power failure may leave is known once for a store (stores.h). */
ATF_TC_WITHOUT_HEAD(only_the_first_build_in_a_store_waits_for_the_disk);
ATF_TC_BODY(only_the_first_build_in_a_store_waits_for_the_disk, tc)
{
	char path[600];

	begin();
	lab_open();
	build_one("first");
	snprintf(path, sizeof(path), "%s/stores", lab_state);
	ATF_CHECK(was_synced(path));
	ATF_CHECK(was_synced(lab_state));
	build_one("second");
	ATF_CHECK_EQ(0, synced->n);
	lab_check_clean("after");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_of_an_output_is_synced);
	ATF_TP_ADD_TC(tp, sync_comes_before_the_output_is_in_place);
	ATF_TP_ADD_TC(tp, only_the_first_build_in_a_store_waits_for_the_disk);
	return (atf_no_error());
}
