/*
 * The bootstrap server as machd runs it: its clients and the programs that it
 * starts are processes.
 */
#include <atf-c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASE(name)                                       \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

/* Where a test was copied without it, that is what is wrong. */
static void
need_machd(void)
{
	ATF_REQUIRE_MSG(access(MACHD_BIN, X_OK) == 0,
	    "there is no machd to be run: %s", MACHD_BIN);
	ATF_REQUIRE_MSG(access(CLIENT_BIN, X_OK) == 0,
	    "there is no client to be run: %s", CLIENT_BIN);
}

/* A folder of jobs with one: `verb` is what it is as a server. */
static void
write_job(const char *verb, int n)
{
	FILE *f;

	ATF_REQUIRE(mkdir("jobs", 0755) == 0);
	f = fopen("jobs/job.json", "w");
	ATF_REQUIRE(f != NULL);
	fprintf(f,
	    "{\"Label\": \"job\", \"ProgramArguments\":"
	    "[\"%s\", \"%s\", \"org.example.n\", \"%d\"],"
	    "\"MachServices\": {\"org.example.n\": true},"
	    "\"ThrottleInterval\": 0.1}",
	    CLIENT_BIN, verb, n);
	ATF_REQUIRE(fclose(f) == 0);
}

/* What a shell's command prints, run below a machd of its own. */
static int
run(const char *jobs, const char *script, char *out, size_t size)
{
	char command[2048];
	size_t n;
	FILE *f;

	need_machd();
	(void)snprintf(command, sizeof(command),
	    "CLIENT=%s timeout 60 %s --run %s%s sh -c '%s'", CLIENT_BIN,
	    MACHD_BIN, jobs != NULL ? "--jobs " : "", jobs != NULL ? jobs : "",
	    script);
	f = popen(command, "r");
	ATF_REQUIRE(f != NULL);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	return (pclose(f));
}

CASE(processes_meet_by_name)
{
	char out[256];
	const char *ok;

	ATF_CHECK_EQ(0,
	    run(NULL,
		"$CLIENT serve org.example.n 2 & server=$!;"
		"$CLIENT ask org.example.n 2; wait $server && echo ok $server",
		out, sizeof(out)));
	ok = strstr(out, "ok ");
	ATF_REQUIRE_MSG(ok != NULL, "the server did not end: \"%s\"", out);
	/* It was who said so. */
	ATF_CHECK_EQ_MSG(atoi(out), atoi(ok + 3), "%s", out);
}

CASE(a_name_goes_with_its_process)
{
	char out[256];

	ATF_CHECK_EQ(
	    0, run(NULL,
		   "$CLIENT serve org.example.n 5 & server=$!;"
		   "$CLIENT ask org.example.n; kill -9 $server;"
		   "i=0; until $CLIENT unknown org.example.n; do "
		   "i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.05; done",
		   out, sizeof(out)));
}

CASE(a_program_is_started_for_a_message)
{
	char out[256];

	write_job("serve", 100);
	/* One program for all. */
	ATF_CHECK_EQ(0,
	    run("jobs",
		"($CLIENT ask org.example.n 2 && $CLIENT ask org.example.n) |"
		"sort | uniq -c",
		out, sizeof(out)));
	ATF_CHECK_EQ_MSG(3, atoi(out), "%s", out);
}

CASE(a_service_outlives_its_program)
{
	const struct rlimit none = { 0, 0 };
	char out[256];

	(void)setrlimit(RLIMIT_CORE, &none);
	write_job("crash", 1);
	/* The client's right is the same all the time. */
	ATF_CHECK_EQ(
	    0, run("jobs", "$CLIENT ask org.example.n 4 | sort -u | wc -l", out,
		   sizeof(out)));
	ATF_CHECK_EQ_MSG(4, atoi(out), "%s", out);
}

/* As machd has it of the kernel, and so in every trailer. */
CASE(a_user_is_who_its_process_is)
{
	char folder[] = "/tmp/isthmus-boot.XXXXXX", script[2048], number[16];
	char path[64], byte;
	int ready[2], status;
	pid_t pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root, to be several users");
	need_machd();
	ATF_REQUIRE(mkdtemp(folder) != NULL && chmod(folder, 0711) == 0);
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	ATF_REQUIRE(pipe(ready) == 0);
	(void)snprintf(number, sizeof(number), "%d", ready[1]);
	pid = fork();
	if (pid == 0) {
		(void)execl(MACHD_BIN, "machd", "--system", "--socket", path,
		    "--ready", number, NULL);
		_exit(127);
	}
	/* When it ends before it is ready, that is told, too. */
	ATF_REQUIRE(close(ready[1]) == 0);
	ATF_REQUIRE_EQ(1, read(ready[0], &byte, 1));
	(void)snprintf(script, sizeof(script),
	    "export ISTHMUS_MACH_SOCKET=%s ISTHMUS_MACH_TRANSPORT=server;"
	    "c=%s; $c as 4711 serve n 1 & user=$!; $c serve sys 2 & sys=$!;"
	    "$c as 4711 ask sys && $c as 4712 ask sys &&"
	    "$c unknown n && $c as 4712 unknown n &&"
	    "[ $($c as 4711 ask n) = $user ] && wait $user && wait $sys",
	    path, CLIENT_BIN);
	ATF_CHECK_EQ(0, system(script));
	ATF_CHECK_EQ(0, kill(pid, SIGTERM));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(rmdir(folder) == 0);
}

/* Killed, machd cannot tell its server, which has to see for itself. */
CASE(without_machd_its_server_ends)
{
	int out[2], status;
	pid_t pid;
	char c;

	need_machd();
	ATF_REQUIRE(mkdir("jobs", 0755) == 0);
	ATF_REQUIRE(system("echo '{\"Label\": \"l\", \"ProgramArguments\":"
			   "[\"sh\", \"-c\", \"echo; exec sleep 600\"],"
			   "\"RunAtLoad\": true}' >jobs/l.json") == 0);
	ATF_REQUIRE(pipe(out) == 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)execl(MACHD_BIN, "machd", "--socket", "socket", "--jobs",
		    "jobs", NULL);
		_exit(127);
	}
	(void)close(out[1]);
	ATF_REQUIRE_EQ(1, read(out[0], &c, 1));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	/* Neither it nor its program has the pipe any more. */
	ATF_CHECK_EQ(0, read(out[0], &c, 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, processes_meet_by_name);
	ATF_TP_ADD_TC(tp, a_name_goes_with_its_process);
	ATF_TP_ADD_TC(tp, a_program_is_started_for_a_message);
	ATF_TP_ADD_TC(tp, a_service_outlives_its_program);
	ATF_TP_ADD_TC(tp, a_user_is_who_its_process_is);
	ATF_TP_ADD_TC(tp, without_machd_its_server_ends);
	return (atf_no_error());
}
