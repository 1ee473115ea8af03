/*
 * isthmus build where its standard descriptors are not as a shell gives them:
 * closed, or read slowly.
 */
#include "tests/cli/build_run.h"

/*
 * A pipe for signals that had the number of standard output took what was
 * printed for signals.
 */
CASE(closed_descriptors_are_not_taken)
{
	struct ran r;

	begin();
	spec("a", "echo said; echo x >$out", "");
	r = isthmus("build %s a.json <&- >&-", POOL);
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "write standard output: Bad file descriptor");
	check_clean(0);
	r = isthmus("build %s a.json <&- 2>&-", POOL);
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "a: built in ");
	check_clean(1);
	spec("b", "exit 7", "");
	r = isthmus("build %s b.json <&- >&- 2>&-", POOL);
	ATF_CHECK_EQ(3, r.status);
	check_clean(1);
}

/* A jail is not entered with a directory open. */
CASE(a_directory_is_no_standard_input)
{
	struct ran r;

	begin();
	spec("a", "cat; echo x >$out", "");
	r = isthmus("build %s a.json </", POOL);
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "a: built in ");
	check_clean(1);
}

/* A parent's SIG_IGN for SIGCHLD comes along with exec, and takes statuses. */
CASE(an_ignored_end_of_children_is_not_inherited)
{
	pid_t pid;

	begin();
	if (system("command -v gzip >/dev/null") != 0)
		atf_tc_skip("needs gzip");
	spec("a", "echo said; echo x >$out", "");
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		signal(SIGCHLD, SIG_IGN);
		if (freopen("stdout.txt", "w", stdout) != NULL)
			execl(ISTHMUS_BIN, "isthmus", "build", "--state",
			    "state", "--pool", "36101-36132",
			    "--log-compression", "gzip", "a.json",
			    (char *)NULL);
		_exit(98);
	}
	ATF_CHECK_EQ(0, wait_status(pid));
	CHECK_HAS_NOT(slurp("stdout.txt"), "LEFT BEHIND");
	ATF_CHECK_EQ(0, system("test -f state/logs/a-*.log.gz"));
	check_clean(1);
}

/* isthmus build --json of a spec, its standard output a pipe. */
static pid_t
start_json(const char *file, int *reader)
{
	int ends[2];
	pid_t pid;

	ATF_REQUIRE(pipe(ends) == 0);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		execl(ISTHMUS_BIN, "isthmus", "build", "--json", "--state",
		    "state", "--pool", "36101-36132", file, (char *)NULL);
		_exit(98);
	}
	(void)close(ends[1]);
	*reader = ends[0];
	return (pid);
}

/* All that there is to its end, as a reader does who wakes up. */
static char *
read_all(int reader)
{
	char *s;
	size_t len;

	s = read_terminal(reader, &len);
	(void)close(reader);
	return (s);
}

/* So many entries are there of builds before that long has passed. */
static bool
jobs_become(size_t jobs, unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < seconds * 20 && entries("state/jobs") != jobs; i++)
		usleep(50000);
	return (entries("state/jobs") == jobs);
}

/*
 * What is read of a build whose reader has slept for so long first, or until
 * it was over; there are `jobs` entries then, and it exits with `status`.
 */
static char *
read_late(const char *script, const char *limits, unsigned int seconds,
    size_t jobs, int status)
{
	char *text;
	int reader;
	pid_t pid;

	spec("a", script, limits);
	pid = start_json("a.json", &reader);
	if (jobs == 0) {
		ATF_CHECK(jobs_become(2, seconds));
		ATF_CHECK(jobs_become(0, seconds));
	} else {
		sleep(seconds);
		ATF_CHECK_EQ(jobs, entries("state/jobs"));
	}
	text = read_all(reader);
	ATF_CHECK_EQ(status, wait_status(pid));
	return (text);
}

/* A build whose reader sleeps has its deadline when it has, and is whole. */
CASE(a_sleeping_reader_moves_no_deadline)
{
	char *text;

	begin();
	text = read_late("yes", ", \"limits\": {\"wall_s\": 2}", 30, 0, 101);
	ATF_CHECK(strstr(text, "\"outcome\":\"timed-out\"") != NULL);
	ATF_CHECK(strstr(text, "still running after 2 s") != NULL);
	check_clean(0);
}

/* Nor is its own silence the builder's; he waits, and goes on. */
CASE(a_sleeping_reader_is_not_the_builders_silence)
{
	char *text;

	begin();
	text = read_late("i=0; while [ $i -lt 150000 ]; do echo $i; "
			 "i=$((i+1)); done; echo x >$out",
	    ", \"limits\": {\"silent_s\": 2}", 5, 2, 0);
	/* Too much to be shown when it fails. */
	ATF_CHECK(strstr(text, "\"text\":\"149999\"") != NULL);
	ATF_CHECK(strstr(text, "\"outcome\":\"built\"") != NULL);
	check_clean(1);
}

CASE(a_signal_ends_builds_whose_reader_sleeps)
{
	int reader;
	pid_t pid;

	begin();
	spec("a", "yes", "");
	pid = start_json("a.json", &reader);
	ATF_CHECK(jobs_become(2, 10));
	sleep(1);
	ATF_REQUIRE(kill(pid, SIGTERM) == 0);
	ATF_CHECK_EQ(3, wait_status(pid));
	(void)close(reader);
	check_clean(0);
	/* One who reads gets all, results of what was cancelled too. */
	pid = start_json("a.json", &reader);
	ATF_CHECK(jobs_become(2, 10));
	ATF_REQUIRE(kill(pid, SIGTERM) == 0);
	ATF_CHECK(
	    strstr(read_all(reader), "\"outcome\":\"cancelled\"") != NULL);
	ATF_CHECK_EQ(128 + SIGTERM, wait_status(pid));
	check_clean(0);
}

/*
 * A terminal that ^S has stopped: nobody waits for it but what is told, of
 * which nothing is lost, messages among it.
 */
CASE(a_stopped_terminal_moves_no_deadline)
{
	static char words[][16] = { "isthmus", "build", "--state", "state",
		"--pool", "36101-36132", "a.json" };
	char *const argv[] = { words[0], words[1], words[2], words[3], words[4],
		words[5], words[6], NULL };
	char *text;
	int terminal;
	size_t len;
	pid_t pid;

	begin();
	spec("a", "sleep 3; yes", ", \"limits\": {\"wall_s\": 6}");
	terminal = start_on_terminal(argv, 80, 24, &pid);
	ATF_CHECK(jobs_become(2, 10));
	ATF_REQUIRE_EQ(1, write(terminal, "\023", 1));
	sleep(1);
	ATF_REQUIRE(kill(pid, SIGTERM) == 0);
	ATF_CHECK_MSG(jobs_become(0, 4), "it runs on");
	ATF_CHECK_EQ_MSG(0, kill(pid, 0), "it has lost what it had to tell");
	ATF_REQUIRE_EQ(1, write(terminal, "\021", 1));
	text = read_terminal(terminal, &len);
	ATF_CHECK_EQ(128 + SIGTERM, wait_status(pid));
	CHECK_HAS(text, "SIGTERM: ending 1 build");
	CHECK_HAS(text, "a: \033[31mcancelled");
	check_clean(0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, closed_descriptors_are_not_taken);
	ATF_TP_ADD_TC(tp, a_directory_is_no_standard_input);
	ATF_TP_ADD_TC(tp, an_ignored_end_of_children_is_not_inherited);
	ATF_TP_ADD_TC(tp, a_sleeping_reader_moves_no_deadline);
	ATF_TP_ADD_TC(tp, a_sleeping_reader_is_not_the_builders_silence);
	ATF_TP_ADD_TC(tp, a_signal_ends_builds_whose_reader_sleeps);
	ATF_TP_ADD_TC(tp, a_stopped_terminal_moves_no_deadline);
	return (atf_no_error());
}
