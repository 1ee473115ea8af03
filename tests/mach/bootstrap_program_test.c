/*
 * Files of jobs, command lines, and programs as processes: what the server's
 * own tests have faked.
 */
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "mach/bootstrap/process.h"

#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

static struct job_file *
parse(const char *text, struct error *e)
{
	memset(e, 0, sizeof(*e));
	return (job_file_parse(text, strlen(text), "test.json", e));
}

CASE(a_job_is_read)
{
	static const char text[] =
	    "{\"Label\": \"org.example.echo\", \"Program\": \"/bin/echo\","
	    "\"ProgramArguments\": [\"echo\", \"a b\"],"
	    "\"EnvironmentVariables\": {\"A\": \"1\"},"
	    "\"MachServices\": {\"one\": true,"
	    "\"two\": {\"ResetAtClose\": true, \"HideUntilCheckIn\": false}},"
	    "\"OnDemand\": false, \"ThrottleInterval\": 2.5}";
	struct job_file *file;
	struct error e;

	file = parse(text, &e);
	ATF_REQUIRE_MSG(file != NULL, "%s: %s", e.path, e.why);
	ATF_CHECK_STREQ("org.example.echo", file->label);
	ATF_CHECK_STREQ("/bin/echo", file->program);
	ATF_CHECK_STREQ("a b", file->arguments[1]);
	ATF_CHECK(file->arguments[2] == NULL);
	ATF_CHECK_STREQ("A=1", file->environment[0]);
	ATF_REQUIRE_EQ(2, file->nservices);
	ATF_CHECK_STREQ("two", file->services[1].name);
	ATF_CHECK(file->services[1].reset && !file->services[1].hide);
	ATF_CHECK(!file->services[0].reset);
	ATF_CHECK(file->keep_alive);
	ATF_CHECK(!file->has_uid);
	ATF_CHECK_EQ(2500000000ull, file->throttle);
	job_file_unref(file);
	/* What is not said. */
	file = parse("{\"Label\": \"l\", \"Program\": \"p\"}", &e);
	ATF_REQUIRE(file != NULL);
	ATF_CHECK_STREQ("p", file->arguments[0]);
	ATF_CHECK(!file->keep_alive && !file->run_at_load);
	ATF_CHECK_EQ(10000000000ull, file->throttle);
	job_file_unref(file);
}

CASE(what_is_wrong_with_a_job_is_said)
{
#define L "\"Label\": \"l\", \"Program\": \"p\""
	static const struct {
		const char *text, *path;
	} wrong[] = {
		{ "{\"Program\": \"p\"}", "$.Label" },
		{ "{\"Label\": \"\", \"Program\": \"p\"}", "$.Label" },
		{ "{\"Label\": \"l\"}", "$" },
		{ "{\"Label\": 1}", "$.Label" },
		{ "{" L ", \"ProgramArguments\": []}", "$.ProgramArguments" },
		{ "{" L ", \"ProgramArguments\": [\"a\", 1]}",
		    "$.ProgramArguments[1]" },
		{ "{" L ", \"EnvironmentVariables\": {\"A\": 1}}",
		    "$.EnvironmentVariables.A" },
		{ "{" L ", \"EnvironmentVariables\": {\"A=B\": \"\"}}",
		    "$.EnvironmentVariables.A=B" },
		{ "{" L ", \"UserName\": \"no such user\"}", "$.UserName" },
		{ "{" L ", \"MachServices\": []}", "$.MachServices" },
		{ "{" L ", \"MachServices\": {\"n\": false}}",
		    "$.MachServices.n" },
		{ "{" L ", \"MachServices\": {\"n\": {\"Reset\": true}}}",
		    "$.MachServices.n.Reset" },
		{ "{" L ", \"MachServices\": {\"n\": {\"ResetAtClose\": 1}}}",
		    "$.MachServices.n.ResetAtClose" },
		{ "{" L ", \"KeepAlive\": \"yes\"}", "$.KeepAlive" },
		{ "{" L ", \"KeepAlive\": true, \"OnDemand\": true}",
		    "$.OnDemand" },
		{ "{" L ", \"ThrottleInterval\": -1}", "$.ThrottleInterval" },
		{ "{" L ", \"ThrottleInterval\": 1e9}", "$.ThrottleInterval" },
		{ "{" L ", \"WatchPaths\": []}", "$.WatchPaths" },
	};
#undef L
	struct job_file *file;
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		file = parse(wrong[i].text, &e);
		ATF_CHECK_MSG(file == NULL, "%s", wrong[i].text);
		ATF_CHECK_STREQ(wrong[i].path, e.path);
		ATF_CHECK_MSG(
		    strncmp(e.step, "test.json: ", 11) == 0, "%s", e.step);
	}
	ATF_CHECK(parse("[]", &e) == NULL);
	ATF_CHECK(parse("{", &e) == NULL);
	ATF_CHECK(job_file_read("/nonexistent", &e) == NULL);
}

CASE(a_command_is_taken_apart)
{
	static const struct {
		const char *command, *words[4]; /* no word: it is refused */
	} commands[] = {
		{ "a", { "a" } },
		{ "  a \tb  ", { "a", "b" } },
		{ "a 'b c' \"d\"", { "a", "b c", "d" } },
		{ "a\\ b 'c\\d' \"e\\\"f\"", { "a b", "c\\d", "e\"f" } },
		{ "a ''", { "a", "" } },
		{ "x'y'z", { "xyz" } },
		{ "a b c", { "a", "b", "c" } },
		{ "", { NULL } },
		{ "  ", { NULL } },
		{ "''", { NULL } },
		{ "a 'b", { NULL } },
		{ "\"", { NULL } },
	};
	struct job_file *file;
	size_t i, j;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		file = job_file_of_command(commands[i].command, 7, true);
		ATF_CHECK_EQ_MSG(commands[i].words[0] != NULL, file != NULL,
		    "%s", commands[i].command);
		if (file == NULL)
			continue;
		for (j = 0; commands[i].words[j] != NULL; j++)
			ATF_CHECK_STREQ(
			    commands[i].words[j], file->arguments[j]);
		ATF_CHECK(file->arguments[j] == NULL);
		ATF_CHECK(file->has_uid && file->uid == 7);
		job_file_unref(file);
	}
}

/*
 * Processes
 */

static int
run(const char *text, struct error *e)
{
	struct job_file *file = parse(text, e);
	int status = -1;
	pid_t pid;

	ATF_REQUIRE_MSG(file != NULL, "%s: %s", e->path, e->why);
	if (process_spawn(file, NULL, &pid, e)) {
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		status = WIFEXITED(status) ? WEXITSTATUS(status)
					   : 128 + WTERMSIG(status);
	}
	job_file_unref(file);
	return (status);
}

#define SHELL(script, keys)                            \
	"{\"Label\": \"l\", \"Program\": \"/bin/sh\"," \
	"\"ProgramArguments\": [\"sh\", \"-c\", \"" script "\"]" keys "}"

CASE(a_program_has_its_environment)
{
	struct error e;

	ATF_REQUIRE_EQ(0, setenv("KEPT", "k", 1));
	ATF_REQUIRE_EQ(0, setenv("CHANGED", "old", 1));
	ATF_CHECK_EQ(
	    0, run(SHELL("[ $KEPT$CHANGED$NEW = knewn ]",
		       ", \"EnvironmentVariables\": {\"CHANGED\": \"new\","
		       "\"NEW\": \"n\"}"),
		   &e));
	ATF_CHECK_EQ(3, run(SHELL("exit 3", ""), &e));
}

CASE(a_program_begins_like_any_other)
{
	sigset_t all;
	struct error e;

	/* Not with what its server has: a mask, descriptors, a terminal. */
	sigfillset(&all);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &all, NULL));
	ATF_REQUIRE_EQ(9, dup2(1, 9));
	ATF_CHECK_EQ(143, run(SHELL("kill $$; sleep 5", ""), &e));
	ATF_CHECK(run(SHELL("echo x >&9", ""), &e) != 0);
	ATF_CHECK_EQ(1, run(SHELL("read x", ""), &e));
	ATF_CHECK_EQ(0, run(SHELL("[ $(ps -o sid= -p $$) = $$ ]", ""), &e));
}

CASE(a_program_that_is_none_says_so)
{
	char *const command[] = { (char *)(uintptr_t) "/nonexistent", NULL };
	struct error e;
	pid_t pid;

	ATF_CHECK_EQ(
	    -1, run("{\"Label\": \"l\", \"Program\": \"/nonexistent\"}", &e));
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_EQ(-1, run("{\"Label\": \"l\", \"Program\": \"/\"}", &e));
	ATF_CHECK_EQ(EACCES, e.err);
	ATF_CHECK(!process_spawn(NULL, command, &pid, &e));
	/* Nor is a child left. */
	ATF_CHECK_EQ(-1, waitpid(-1, NULL, 0));
}

CASE(a_program_is_its_user)
{
	const struct passwd *pw = getpwnam("nobody");
	struct job_file *file;
	char text[512];
	struct error e;
	pid_t pid;
	int status;

	if (geteuid() != 0) {
		/* Then nobody else's. */
		file = job_file_of_command("true", 0, true);
		ATF_REQUIRE(file != NULL);
		ATF_CHECK(!process_spawn(file, NULL, &pid, &e));
		job_file_unref(file);
		return;
	}
	ATF_REQUIRE(pw != NULL);
	(void)snprintf(text, sizeof(text),
	    SHELL("[ $(id -u):$(id -g):$USER = %u:%u:nobody ] && "
		  "[ \\\"$(id -G)\\\" = %u ]",
		", \"UserName\": \"nobody\""),
	    (unsigned int)pw->pw_uid, (unsigned int)pw->pw_gid,
	    (unsigned int)pw->pw_gid);
	ATF_CHECK_EQ(0, run(text, &e));
	/* One that has no entry has no groups either: it is not started. */
	file = job_file_of_command("true", 3999999, true);
	ATF_REQUIRE(file != NULL);
	ATF_CHECK(!process_spawn(file, NULL, &pid, &e));
	ATF_CHECK_MSG(strstr(e.why, "no user") != NULL, "%s", e.why);
	job_file_unref(file);
	ATF_CHECK_EQ(-1, waitpid(-1, &status, WNOHANG));
}

CASE(a_kill_is_for_all_of_a_job)
{
	struct job_file *file;
	struct error e;
	char c;
	int fds[2], status;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_REQUIRE(dup2(fds[1], 1) == 1);
	file = parse(SHELL("sleep 60 & echo; wait", ""), &e);
	ATF_REQUIRE(process_spawn(file, NULL, &pid, &e));
	(void)close(fds[1]);
	ATF_REQUIRE(freopen("/dev/null", "w", stdout) != NULL);
	ATF_REQUIRE_EQ(1, read(fds[0], &c, 1));
	ATF_CHECK_EQ(pid, process_leader(pid));
	process_kill(pid, SIGTERM);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	/* Its child had the other end of the pipe. */
	ATF_CHECK_EQ(0, read(fds[0], &c, 1));
	job_file_unref(file);
}

/*
 * The program: with Mach in its own process, as nothing is asked of it here.
 */

static pid_t
bootstrapd(char *const *arguments)
{
	pid_t pid = fork();

	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		(void)setenv("ISTHMUS_MACH_TRANSPORT", "embedded", 1);
		/* One that is ignored stays so, and who runs us may do that. */
		(void)signal(SIGHUP, SIG_DFL);
		(void)signal(SIGINT, SIG_DFL);
		(void)execv(BOOTSTRAPD_BIN, arguments);
		_exit(127);
	}
	return (pid);
}

static int
exit_of(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

#define ARGUMENTS(...) \
	((char *const[]){ (char *)(uintptr_t) "bootstrapd", __VA_ARGS__, NULL })
#define A(text) ((char *)(uintptr_t)(text))

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE_EQ(0, fclose(f));
}

CASE(bootstrapd_ends_with_its_command)
{
	ATF_CHECK_EQ(0, exit_of(bootstrapd(ARGUMENTS(A("true")))));
	ATF_CHECK_EQ(
	    7, exit_of(bootstrapd(ARGUMENTS(A("sh"), A("-c"), A("exit 7")))));
	ATF_CHECK_EQ(143,
	    exit_of(bootstrapd(ARGUMENTS(A("sh"), A("-c"), A("kill $$")))));
	ATF_CHECK_EQ(1, exit_of(bootstrapd(ARGUMENTS(A("/nonexistent")))));
	ATF_CHECK_EQ(2, exit_of(bootstrapd(ARGUMENTS(A("-x")))));
	ATF_CHECK_EQ(2, exit_of(bootstrapd(ARGUMENTS(A("-r"), A("x")))));
	ATF_CHECK_EQ(
	    2, exit_of(bootstrapd(ARGUMENTS(A("-r"), A("99"), A("true")))));
	ATF_CHECK_EQ(0, exit_of(bootstrapd(ARGUMENTS(A("-h")))));
}

/* Its status is that of the command, which has a while to end. */
CASE(bootstrapd_ends_its_command)
{
#define SIGNALLED(trap, signal)              \
	A("sh"), A("-c"),                    \
	    A("trap " trap "; kill -" signal \
	      " $PPID; while :; do sleep 0.1; done")

	ATF_CHECK_EQ(5,
	    exit_of(bootstrapd(ARGUMENTS(SIGNALLED("'exit 5' TERM", "TERM")))));
	ATF_CHECK_EQ(5,
	    exit_of(bootstrapd(ARGUMENTS(SIGNALLED("'exit 5' TERM", "HUP")))));
	ATF_CHECK_EQ(5,
	    exit_of(bootstrapd(ARGUMENTS(SIGNALLED("'exit 5' TERM", "INT")))));
	ATF_CHECK_EQ(
	    137, exit_of(bootstrapd(ARGUMENTS(SIGNALLED("'' TERM", "TERM")))));
}

CASE(bootstrapd_reads_its_jobs)
{
	ATF_REQUIRE_EQ(0, mkdir("jobs", 0755));
	write_file("jobs/a.json",
	    "{\"Label\": \"a\", \"Program\": \"/bin/true\","
	    "\"MachServices\": {\"n\": true}}");
	write_file("jobs/ignored", "{");
	ATF_CHECK_EQ(
	    0, exit_of(bootstrapd(ARGUMENTS(A("-j"), A("jobs"), A("true")))));
	/* The same again is another's label. */
	ATF_CHECK_EQ(1, exit_of(bootstrapd(ARGUMENTS(A("-j"), A("jobs"),
			    A("-j"), A("jobs/a.json"), A("true")))));
	write_file("jobs/b.json",
	    "{\"Label\": \"b\", \"Program\": \"/bin/true\","
	    "\"MachServices\": {\"n\": true}}");
	ATF_CHECK_EQ(
	    1, exit_of(bootstrapd(ARGUMENTS(A("-j"), A("jobs"), A("true")))));
	write_file("jobs/b.json", "{\"Label\": 1}");
	ATF_CHECK_EQ(
	    1, exit_of(bootstrapd(ARGUMENTS(A("-j"), A("jobs"), A("true")))));
	ATF_CHECK_EQ(
	    1, exit_of(bootstrapd(ARGUMENTS(A("-j"), A("none"), A("true")))));
}

CASE(bootstrapd_ends_and_its_programs_too)
{
	char number[16], c;
	int ready[2], out[2];
	pid_t pid;

	write_file("a.json", SHELL("trap 'echo ended; exit' TERM; echo; "
				   "while :; do sleep 0.05; done",
				 ", \"RunAtLoad\": true"));
	ATF_REQUIRE_EQ(0, pipe(ready));
	ATF_REQUIRE_EQ(0, pipe(out));
	(void)snprintf(number, sizeof(number), "%d", ready[1]);
	pid = fork();
	if (pid == 0) {
		(void)setenv("ISTHMUS_MACH_TRANSPORT", "embedded", 1);
		(void)dup2(out[1], 1);
		(void)close(out[1]);
		(void)close(out[0]);
		(void)execv(BOOTSTRAPD_BIN,
		    ARGUMENTS(A("-r"), number, A("-j"), A("a.json")));
		_exit(127);
	}
	(void)close(ready[1]);
	(void)close(out[1]);
	/* It says when it can be asked, and its program runs. */
	ATF_CHECK_EQ(1, read(ready[0], &c, 1));
	ATF_CHECK_EQ(0, read(ready[0], &c, 1));
	ATF_CHECK_EQ(1, read(out[0], &c, 1));
	ATF_REQUIRE_EQ(0, kill(pid, SIGTERM));
	ATF_CHECK_EQ(0, exit_of(pid));
	ATF_CHECK_EQ(1, read(out[0], &c, 1));
	ATF_CHECK_EQ('e', c);
	/* To the end of the pipe: nobody has it any more. */
	while (read(out[0], &c, 1) == 1)
		continue;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_job_is_read);
	ATF_TP_ADD_TC(tp, what_is_wrong_with_a_job_is_said);
	ATF_TP_ADD_TC(tp, a_command_is_taken_apart);
	ATF_TP_ADD_TC(tp, a_program_has_its_environment);
	ATF_TP_ADD_TC(tp, a_program_begins_like_any_other);
	ATF_TP_ADD_TC(tp, a_program_that_is_none_says_so);
	ATF_TP_ADD_TC(tp, a_program_is_its_user);
	ATF_TP_ADD_TC(tp, a_kill_is_for_all_of_a_job);
	ATF_TP_ADD_TC(tp, bootstrapd_ends_with_its_command);
	ATF_TP_ADD_TC(tp, bootstrapd_ends_its_command);
	ATF_TP_ADD_TC(tp, bootstrapd_reads_its_jobs);
	ATF_TP_ADD_TC(tp, bootstrapd_ends_and_its_programs_too);
	return (atf_no_error());
}
