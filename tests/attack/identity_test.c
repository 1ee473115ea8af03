/* What the builder is, and what it was started with. */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DROP OUT(STEP_DROP)
#define SESSION OUT(STEP_SESSION)

static const struct trial rights[] = {
	{ "be-root", DROP, 0, NULL },
	{ "regain-uid", DROP, 0, NULL },
	{ "regain-gid", DROP, 0, NULL },
	{ "regain-groups", DROP, 0, NULL },
	{ "other-groups", DROP, 0, NULL },
	{ "no-new-privs", DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(rights_are_gone_for_good);
ATF_TC_BODY(rights_are_gone_for_good, tc)
{
	struct site s;
	gid_t groups[2] = { 4, 24 };

	site_create(&s);
	ATF_REQUIRE(setgroups(2, groups) == 0);
	trials_run(&s, rights, COUNT(rights));
	site_destroy(&s);
}

static const struct trial start[] = {
	{ "session", 0, TRIAL_NATIVE, NULL },
	{ "stdin", SESSION, 0, NULL },
	{ "umask", SESSION, 0, NULL },
	{ "signals", SESSION, 0, NULL },
	{ "accounts", OUT(STEP_ENTER_ROOT), 0, NULL },
	{ "environment", 0, TRIAL_NATIVE, NULL },
	{ "descriptors", 0, TRIAL_NATIVE, NULL },
	/* The last: it has no twin where nobody may have core files. */
	{ "core-limit", OUT(STEP_RLIMITS), 0, NULL },
};

/* All that the executor has, and should keep to itself. */
ATF_TC_WITHOUT_HEAD(nothing_of_the_executor_is_inherited);
ATF_TC_BODY(nothing_of_the_executor_is_inherited, tc)
{
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };
	bool cores;
	struct site s;
	sigset_t set;
	int fd;

	site_create(&s);
	s.leak = open(s.secret, O_RDWR); /* without O_CLOEXEC */
	fd = open(s.secret, O_RDONLY);
	ATF_REQUIRE(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	(void)close(fd);
	(void)umask(0);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	cores = setrlimit(RLIMIT_CORE, &core) == 0 ||
		(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max != 0);
	trials_run(&s, start, COUNT(start) - (cores ? 0 : 1));
	site_destroy(&s);
}

/* A terminal that is the controlling one of this process and the builds'. */
static void
take_terminal(void)
{
	int master, fd, status;
	pid_t pid;

	/* The leader of a process group cannot begin a session. */
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid != 0) {
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	ATF_REQUIRE(setsid() != -1);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ATF_REQUIRE(grantpt(master) == 0 && unlockpt(master) == 0);
	fd = open(ptsname(master), O_RDWR | O_CLOEXEC);
	ATF_REQUIRE(fd != -1 && ioctl(fd, TIOCSCTTY, 0) == 0);
}

ATF_TC_WITHOUT_HEAD(no_controlling_terminal);
ATF_TC_BODY(no_controlling_terminal, tc)
{
	struct text said;
	struct site s;
	struct run *r;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	take_terminal();
	site_create(&s);
	r = site_build(&s, "terminal", "terminal", NULL);
	ATF_CHECK_MSG(
	    strstr(text_string(&r->lines), "terminal refused") != NULL, "%.60s",
	    text_string(&r->lines));
	said = site_native(&s, 0, "terminal");
	ATF_CHECK_MSG(strstr(text_string(&said), "terminal succeeded") != NULL,
	    "%.60s", text_string(&said));
	text_clear(&said);
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rights_are_gone_for_good);
	ATF_TP_ADD_TC(tp, nothing_of_the_executor_is_inherited);
	ATF_TP_ADD_TC(tp, no_controlling_terminal);
	return (atf_no_error());
}
