/* What of a spec the host is asked, each with the host's path. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "spec_text.h"

/* Kyua's directory of this case: all is made below it, and goes with it. */
static char here[1024];

static void
make(const char *name, mode_t mode)
{
	int fd;

	if (S_ISDIR(mode)) {
		ATF_REQUIRE_EQ(0, mkdir(name, 0700));
		ATF_REQUIRE_EQ(0, chmod(name, mode & 07777));
		return;
	}
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
	ATF_REQUIRE(fd >= 0);
	(void)close(fd);
}

/* HERE/store and HERE/in, which are as they should be. */
static void
start(void)
{
	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	make("store", S_IFDIR | 0755);
	make("in", S_IFDIR | 0755);
}

/* A spec whose store is HERE/store, with that input and the rest. */
static struct isth_build_spec *
spec_here(const char *input, const char *rest)
{
	struct isth_build_spec *s;
	struct text t = { 0 };

	text_addf(&t,
	    "{'version': 'isthmus.build/1', 'name': 'n', 'builder': '/b', "
	    "'outputs': {'out': '%s/store/n'}, "
	    "'inputs': ['%s/in', {'path': '%s/%s', 'at': '/x'}]%s}",
	    here, here, here, input, rest);
	s = accepted(text_string(&t), ISTH_SPEC_ISTHMUS);
	text_clear(&t);
	return (s);
}

/* Refused at `place` with that errno; `why` begins with HERE/NAME. */
static void
host_refused(const char *input, const char *rest, const char *place, int err,
    const char *name)
{
	struct isth_build_spec *s;
	struct error e;
	char want[1200];

	s = spec_here(input, rest);
	memset(&e, 0, sizeof(e));
	ATF_CHECK_MSG(!spec_check_host(s, &e), "%s was accepted", input);
	ATF_CHECK_STREQ(place, e.path + 3);
	ATF_CHECK_EQ(err, e.err);
	(void)snprintf(want, sizeof(want), "%s/%s", here, name);
	ATF_CHECK_MSG(text_starts(e.why, want), "%s", e.why);
	isth_build_spec_destroy(s);
}

static void
host_accepted(const char *input, const char *rest)
{
	struct isth_build_spec *s;
	struct error e;

	s = spec_here(input, rest);
	memset(&e, 0, sizeof(e));
	ATF_CHECK_MSG(
	    spec_check_host(s, &e), "%s: %s: %s", input, e.path, e.why);
	isth_build_spec_destroy(s);
}

ATF_TC_WITHOUT_HEAD(what_is_there_is_accepted);
ATF_TC_BODY(what_is_there_is_accepted, tc)
{
	start();
	make("file", S_IFREG | 0644);
	ATF_REQUIRE_EQ(0, symlink("in", "link"));
	host_accepted("in", "");
	host_accepted("file", "");
	host_accepted("link", "");
}

ATF_TC_WITHOUT_HEAD(an_input_that_is_missing_is_named);
ATF_TC_BODY(an_input_that_is_missing_is_named, tc)
{
	start();
	make("file", S_IFREG | 0644);
	ATF_REQUIRE_EQ(0, symlink("nowhere", "link"));
	ATF_REQUIRE_EQ(0, symlink("loop", "loop"));
	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	host_refused("none", "", "$.inputs[1]", ENOENT, "none");
	host_refused("file/x", "", "$.inputs[1]", ENOTDIR, "file/x");
	host_refused("loop/x", "", "$.inputs[1]", ELOOP, "loop/x");
	host_refused("fifo", "", "$.inputs[1]", 0, "fifo: neither");
	/* A link is a link in the build, too, and leads where it leads. */
	host_accepted("link", "");
	host_refused("link/x", "", "$.inputs[1]", ENOENT, "link/x");
}

ATF_TC_WITHOUT_HEAD(an_output_that_exists_is_refused);
ATF_TC_BODY(an_output_that_exists_is_refused, tc)
{
	start();
	make("store/n", S_IFREG | 0644);
	host_refused("in", "", "$.outputs.out", EEXIST, "store/n");
	ATF_REQUIRE_EQ(0, unlink("store/n"));
	make("store/n", S_IFDIR | 0755);
	host_refused("in", "", "$.outputs.out", EEXIST, "store/n");
	ATF_REQUIRE_EQ(0, rmdir("store/n"));
	/* Also as a link to nothing. */
	ATF_REQUIRE_EQ(0, symlink("nowhere", "store/n"));
	host_refused("in", "", "$.outputs.out", EEXIST, "store/n");
	ATF_REQUIRE_EQ(0, unlink("store/n"));
	host_accepted("in", "");
}

ATF_TC_WITHOUT_HEAD(a_store_that_is_none_is_refused);
ATF_TC_BODY(a_store_that_is_none_is_refused, tc)
{
	struct isth_build_spec *s;
	struct error e;

	start();
	ATF_REQUIRE_EQ(0, rmdir("store"));
	host_refused("in", "", "$.store", ENOENT, "store");
	s = spec_here("in", "");
	ATF_CHECK(!spec_check_host(s, &e));
	ATF_CHECK_MSG(text_starts(e.hint, "mkdir -p "), "%s", e.hint);
	isth_build_spec_destroy(s);
	make("store", S_IFREG | 0644);
	host_refused("in", "", "$.store", ENOTDIR, "store");
	ATF_REQUIRE_EQ(0, unlink("store"));
	make("store", S_IFDIR | 0777);
	host_refused("in", "", "$.store", 0, "store: anyone");
	ATF_REQUIRE_EQ(0, chmod("store", 01777));
	host_accepted("in", "");
}

ATF_TC_WITHOUT_HEAD(what_a_user_may_not_enter_is_refused);
ATF_TC_BODY(what_a_user_may_not_enter_is_refused, tc)
{
	if (geteuid() == 0)
		atf_tc_skip("needs a user");
	start();
	make("closed", S_IFDIR | 0);
	make("secret", S_IFREG | 0);
	host_refused("closed", "", "$.inputs[1]", EACCES, "closed");
	host_refused("secret", "", "$.inputs[1]", EACCES, "secret");
	ATF_REQUIRE_EQ(0, chmod("store", 0555));
	host_refused("in", "", "$.store", EACCES, "store");
}

ATF_TC_WITHOUT_HEAD(devices_are_character_devices);
ATF_TC_BODY(devices_are_character_devices, tc)
{
	struct isth_build_spec *s;
	struct error e;

	start();
	s = spec_here("in", ", 'devices': ['/dev/isthmus-none']");
	ATF_CHECK(!spec_check_host(s, &e));
	ATF_CHECK_STREQ("f: $.devices[0]", e.path);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("/dev/isthmus-none", e.why);
	make("file", S_IFREG | 0644);
	free(s->devices[0]);
	s->devices[0] = strdup("file");
	ATF_CHECK(!spec_check_host(s, &e));
	ATF_CHECK_STREQ("file: not a character device", e.why);
	free(s->devices[0]);
	s->devices[0] = strdup("/dev/null");
	ATF_CHECK(spec_check_host(s, &e));
	isth_build_spec_destroy(s);
}

/* Nix's build directory is made by Nix, and nothing else will do. */
ATF_TC_WITHOUT_HEAD(the_work_directory_is_no_link);
ATF_TC_BODY(the_work_directory_is_no_link, tc)
{
	struct isth_build_spec *s;
	struct error e;

	start();
	make("work", S_IFDIR | 0700);
	ATF_REQUIRE_EQ(0, symlink("work", "link"));
	s = spec_here("in", "");
	s->host_work = strdup("work");
	ATF_CHECK(spec_check_host(s, &e));
	free(s->host_work);
	s->host_work = strdup("link");
	ATF_CHECK(!spec_check_host(s, &e));
	ATF_CHECK_EQ(ENOTDIR, e.err);
	free(s->host_work);
	s->host_work = strdup("none");
	ATF_CHECK(!spec_check_host(s, &e));
	ATF_CHECK_EQ(ENOENT, e.err);
	isth_build_spec_destroy(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_there_is_accepted);
	ATF_TP_ADD_TC(tp, an_input_that_is_missing_is_named);
	ATF_TP_ADD_TC(tp, an_output_that_exists_is_refused);
	ATF_TP_ADD_TC(tp, a_store_that_is_none_is_refused);
	ATF_TP_ADD_TC(tp, what_a_user_may_not_enter_is_refused);
	ATF_TP_ADD_TC(tp, devices_are_character_devices);
	ATF_TP_ADD_TC(tp, the_work_directory_is_no_link);
	return (atf_no_error());
}
