/*
 * Where machd is, and where it cannot be: environments as users have them, and
 * what they ask of it.  A client is this program, started anew by the shell.
 */
#include <atf-c.h>
#include <fcntl.h>
#include <isthmus/mach_server.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>

#define OTHER_UID 54321 /* of a user whom nobody is */

static char folder[64], output[65536], program[512];

/* As a client: "answered" or "refused". */
__attribute__((constructor(200))) static void
maybe_client(void)
{
	mach_port_t port;
	kern_return_t kr;

	if (getenv("PLACE_CLIENT") == NULL)
		return;
	kr = mach_port_allocate(
	    mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
	/* Or without a place to say it. */
	if (strcmp(getenv("PLACE_CLIENT"), "2") == 0)
		_exit(kr != KERN_SUCCESS);
	puts(kr == KERN_SUCCESS ? "answered" : "refused");
	fflush(stdout);
	_exit(0);
}

/* A shell's command with $F, $M, $P; its status, and `output`. */
static int
sh(const char *command)
{
	char line[4096];
	size_t n = 0, got;
	FILE *f;

	snprintf(line, sizeof(line), "{ %s\n} 2>&1", command);
	f = popen(line, "r");
	ATF_REQUIRE(f != NULL);
	while (n < sizeof(output) - 1 &&
	       (got = fread(output + n, 1, sizeof(output) - 1 - n, f)) > 0)
		n += got;
	output[n] = '\0';
	printf("%s\n%s", command, output);
	return (pclose(f));
}

#define SAYS(what)     \
	ATF_CHECK_MSG( \
	    strstr(output, what) != NULL, "no \"%s\" in: %s", what, output)

static unsigned int
times(const char *what)
{
	unsigned int n = 0;
	const char *p = output;

	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	return (n);
}

static void
begin(void)
{
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n <= 0)
		atf_tc_skip("needs Linux: where the program itself is");
	program[n] = '\0';
	snprintf(folder, sizeof(folder), "/tmp/isthmus-place.XXXXXX");
	ATF_REQUIRE(mkdtemp(folder) != NULL && chmod(folder, 0755) == 0);
	setenv("F", folder, 1);
	setenv("M", getenv("MACHD") != NULL ? getenv("MACHD") : MACHD_BIN, 1);
	setenv("P", program, 1);
	setenv("ISTHMUS_MACHD", getenv("M"), 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	unsetenv("ISTHMUS_MACH_SOCKET");
	unsetenv("XDG_RUNTIME_DIR");
}

/* Ends the server behind a socket, which a client may have started. */
static void
end_server(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct ucred c = { 0 };
	socklen_t size = sizeof(c);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), i;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	ATF_REQUIRE_MSG(
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) == 0,
	    "no server at %s", path);
	ATF_REQUIRE(c.pid > 1);
	kill(c.pid, SIGTERM);
	for (i = 0; i < 500 && access(path, F_OK) == 0; i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	ATF_CHECK(i < 500);
	close(fd);
}

#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

CASE(no_place_for_a_server)
{
	begin();
	ATF_CHECK(sh("$M --no-bootstrap --socket $F/$(printf %0200d 0)") != 0);
	SAYS("too long");
	SAYS("--socket");
	ATF_CHECK(sh("$M --no-bootstrap --socket $F/none/socket") != 0);
	SAYS("none");
	SAYS("No such file");
	ATF_CHECK(sh("XDG_RUNTIME_DIR=$F/none $M --no-bootstrap") != 0);
	SAYS("none/isthmus");
	ATF_CHECK(
	    sh("touch $F/isthmus; XDG_RUNTIME_DIR=$F $M --no-bootstrap") != 0);
	SAYS("isthmus");
	sh("rm -r $F");
}

CASE(a_folder_that_others_write_to)
{
	begin();
	ATF_CHECK(sh("mkdir $F/isthmus; chmod 777 $F/isthmus; "
		     "XDG_RUNTIME_DIR=$F $M --no-bootstrap") != 0);
	SAYS("only you may write");
	sh("rmdir $F/isthmus; mkdir $F/real; ln -s $F/real $F/isthmus");
	ATF_CHECK(sh("XDG_RUNTIME_DIR=$F $M --no-bootstrap") != 0);
	SAYS("only you may write");
	sh("rm -r $F");
}

CASE(two_at_one_place)
{
	char path[128];

	begin();
	ATF_CHECK_EQ(
	    0, sh("mkfifo $F/ready; $M --no-bootstrap --idle 30 "
		  "--socket $F/s --ready 3 3>$F/ready >/dev/null 2>&1 & "
		  "read -r x <$F/ready; true"));
	ATF_CHECK(sh("$M --no-bootstrap --socket $F/s") != 0);
	SAYS("another machd");
	ATF_CHECK_EQ(0, sh("PLACE_CLIENT=1 ISTHMUS_MACH_SOCKET=$F/s $P"));
	SAYS("answered");
	snprintf(path, sizeof(path), "%s/s", folder);
	end_server(path);
	sh("rm -r $F");
}

/* As many as there are, one of them serves, and the others say why not. */
CASE(many_begin_at_once)
{
	char path[128];

	begin();
	sh("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do $M --no-bootstrap "
	   "--idle 3 --socket $F/s >$F/log.$i 2>&1 & done; sleep 1; "
	   "grep -l another $F/log.* | wc -l");
	SAYS("11");
	ATF_CHECK_EQ(0, sh("PLACE_CLIENT=1 ISTHMUS_MACH_SOCKET=$F/s $P"));
	SAYS("answered");
	snprintf(path, sizeof(path), "%s/s", folder);
	end_server(path);
	sh("rm -r $F");
}

/* The first use of it: as many clients, and no server there. */
CASE(many_clients_and_no_server)
{
	char path[128];

	begin();
	sh("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do PLACE_CLIENT=1 "
	   "XDG_RUNTIME_DIR=$F $P >$F/log.$i 2>&1 & done; wait; cat $F/log.*");
	ATF_CHECK_EQ(12, times("answered"));
	/* Those who came second need not hear of it. */
	ATF_CHECK_EQ(0, times("libsystem_kernel"));
	snprintf(path, sizeof(path), "%s/isthmus/mach.sock", folder);
	end_server(path);
	sh("rm -r $F");
}

/* The output of a client ends with it, not with the server that it started. */
CASE(the_output_of_a_client_ends)
{
	char path[128];
	time_t before;

	begin();
	before = time(NULL);
	sh("PLACE_CLIENT=1 XDG_RUNTIME_DIR=$F $P 2>&1 | cat");
	SAYS("answered");
	ATF_CHECK(time(NULL) - before < 30);
	snprintf(path, sizeof(path), "%s/isthmus/mach.sock", folder);
	end_server(path);
	sh("rm -r $F");
}

/* Nor do other descriptors of it stay open, or get in the way. */
CASE(a_server_that_was_started_has_no_descriptors)
{
	char path[128];
	time_t before;

	begin();
	before = time(NULL);
	sh("{ PLACE_CLIENT=1 XDG_RUNTIME_DIR=$F $P 9>&1 >$F/log; } | cat; "
	   "cat $F/log");
	SAYS("answered");
	ATF_CHECK(time(NULL) - before < 30);
	snprintf(path, sizeof(path), "%s/isthmus/mach.sock", folder);
	end_server(path);
	sh("PLACE_CLIENT=2 XDG_RUNTIME_DIR=$F $P 0<&- 1>&- 2>&-; echo it is $?");
	SAYS("it is 0");
	end_server(path);
	sh("rm -r $F");
}

CASE(no_server_for_a_client)
{
	begin();
	ATF_CHECK_EQ(0, sh("PLACE_CLIENT=1 XDG_RUNTIME_DIR=$F "
			   "ISTHMUS_MACHD=$F/nothing $P"));
	SAYS("refused");
	SAYS("nothing: No such file");
	ATF_CHECK_EQ(0, sh("PLACE_CLIENT=1 XDG_RUNTIME_DIR=$F/none $P"));
	SAYS("refused");
	SAYS("none/isthmus");
	ATF_CHECK_EQ(0, sh("PLACE_CLIENT=1 ISTHMUS_MACH_SOCKET=$F/none $P"));
	SAYS("refused");
	SAYS("none: No such file");
	sh("rm -r $F");
}

/* A server of another user at the place where one's own would be. */
CASE(the_server_of_another)
{
	char command[512];

	begin();
	if (geteuid() != 0)
		atf_tc_skip("needs root: to be two users");
	snprintf(command, sizeof(command),
	    "mkdir $F/isthmus; mkfifo $F/ready; chown %d $F/isthmus; "
	    "setpriv --reuid=%d --clear-groups $M --system --no-bootstrap "
	    "--idle 5 --socket $F/isthmus/mach.sock --ready 3 3>$F/ready "
	    ">/dev/null 2>&1 & read -r x <$F/ready; "
	    "PLACE_CLIENT=1 XDG_RUNTIME_DIR=$F setpriv --reuid=%d "
	    "--clear-groups $P",
	    OTHER_UID, OTHER_UID, OTHER_UID + 1);
	ATF_CHECK_EQ(0, sh(command));
	SAYS("refused");
	SAYS("not permitted");
	sh("sleep 6; rm -r $F");
}

/* A program with more rights than its caller does not go where he says. */
CASE(a_setuid_program)
{
	char command[512];

	begin();
	if (geteuid() != 0)
		atf_tc_skip("needs root: to be two users");
	snprintf(command, sizeof(command),
	    "cp $P $F/setuid; chmod 4755 $F/setuid; "
	    "PLACE_CLIENT=1 ISTHMUS_MACH_SOCKET=$F/none ISTHMUS_MACHD=$F/none "
	    "setpriv --reuid=%d --clear-groups $F/setuid",
	    OTHER_UID);
	ATF_CHECK_EQ(0, sh(command));
	if (access(MACH_SERVER_SYSTEM, F_OK) != 0)
		SAYS(MACH_SERVER_SYSTEM);
	ATF_CHECK(strstr(output, "/none") == NULL);
	sh("rm -r $F");
}

/*
 * What is asked of it
 */

CASE(what_would_not_be_done_is_refused)
{
	static const char *const options[] = { "--idle abc --socket $F/s",
		"--idle -3 --socket $F/s", "--idle 99999999999 --socket $F/s",
		"--idle '' --socket $F/s", "--ready foo --socket $F/s",
		"--ready 99 --socket $F/s", "--socket ''",
		"--jobs $F --no-bootstrap --socket $F/s", "--socket $F/s true",
		"--run", "--run --system true", "--run --idle 1 true",
		"--run --ready 1 true", "--run --socket $F/s true" };
	char command[256];
	size_t i;
	int status;

	begin();
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		snprintf(
		    command, sizeof(command), "timeout 20 $M %s", options[i]);
		status = sh(command);
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 2,
		    "%s: %#x", options[i], (unsigned)status);
		SAYS("usage:");
	}
	ATF_CHECK_EQ(0, sh("test ! -e $F/s"));
	sh("rm -r $F");
}

/* It would run without what it was to have. */
CASE(no_command_without_its_bootstrap_server)
{
	int status;

	begin();
	status = sh("TMPDIR=$F $M --run --jobs $F/none echo it ran");
	ATF_CHECK_EQ(3, WEXITSTATUS(status));
	SAYS("none");
	ATF_CHECK(strstr(output, "it ran") == NULL);
	ATF_CHECK_EQ(0, sh("rmdir $F"));
}

CASE(nothing_is_left_of_a_private_server)
{
	begin();
	ATF_CHECK_EQ(0, sh("TMPDIR=$F $M --run true; find $F"));
	ATF_CHECK_EQ(1, times("isthmus-place"));
	ATF_CHECK_EQ(0, sh("d=$F/$(printf %090d 0); mkdir $d; "
			   "TMPDIR=$d $M --run true; rmdir $d"));
	SAYS("too long");
	ATF_CHECK_EQ(0, sh("rmdir $F"));
}

CASE(signals_are_for_the_command)
{
	static const char *const signals[] = { "TERM", "INT", "HUP" };
	char command[512];
	size_t i;
	int status;

	begin();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		snprintf(command, sizeof(command),
		    "TMPDIR=$F timeout 30 $M --run sh -c "
		    "'trap \"echo told; exit 5\" %s; kill -%s $PPID; "
		    "while :; do sleep 0.1; done'",
		    signals[i], signals[i]);
		status = sh(command);
		ATF_CHECK_EQ(5, WEXITSTATUS(status));
		SAYS("told");
	}
	ATF_CHECK_EQ(0, sh("rmdir $F"));
}

/* What a terminal says it says to both: a shell goes on, with its server. */
CASE(a_terminals_interrupt_is_the_commands)
{
	static const char run[] =
	    "exec $M --run sh -c 'trap \"n=x\\$n; echo \\$n\" INT; echo up; "
	    "while [ ${#n} -lt 3 ]; do sleep 0.1; done; exit 4'";
	char seen[4096] = "";
	size_t n = 0, last = 0;
	int fd, status;
	ssize_t got;
	pid_t pid;

	begin();
	setenv("TMPDIR", folder, 1);
	pid = forkpty(&fd, NULL, NULL, NULL);
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", run, (char *)NULL);
		_exit(127);
	}
	/* Each time that it has said something, it is interrupted. */
	while (n < sizeof(seen) - 1 &&
	       (got = read(fd, seen + n, sizeof(seen) - 1 - n)) > 0) {
		n += (size_t)got;
		if (strchr(seen + last, '\n') != NULL) {
			last = n;
			(void)!write(fd, "\003", 1);
		}
	}
	printf("%s", seen);
	ATF_CHECK_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	ATF_CHECK_EQ(0, sh("rmdir $F"));
}

/* What it says is not taken for a signal, nor sent to a client. */
CASE(no_standard_descriptors)
{
	begin();
	ATF_CHECK_EQ(
	    0, sh("$M --no-bootstrap --socket $F/s 0<&- 1>&- 2>&- & p=$!; "
		  "while [ ! -S $F/s ]; do sleep 0.1; done; "
		  "kill -USR1 $p; sleep 0.5; kill -USR1 $p; sleep 0.5; "
		  "PLACE_CLIENT=1 ISTHMUS_MACH_SOCKET=$F/s $P; "
		  "kill $p && wait $p"));
	SAYS("answered");
	sh("rm -r $F");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_place_for_a_server);
	ATF_TP_ADD_TC(tp, a_folder_that_others_write_to);
	ATF_TP_ADD_TC(tp, two_at_one_place);
	ATF_TP_ADD_TC(tp, many_begin_at_once);
	ATF_TP_ADD_TC(tp, many_clients_and_no_server);
	ATF_TP_ADD_TC(tp, the_output_of_a_client_ends);
	ATF_TP_ADD_TC(tp, a_server_that_was_started_has_no_descriptors);
	ATF_TP_ADD_TC(tp, no_server_for_a_client);
	ATF_TP_ADD_TC(tp, the_server_of_another);
	ATF_TP_ADD_TC(tp, a_setuid_program);
	ATF_TP_ADD_TC(tp, what_would_not_be_done_is_refused);
	ATF_TP_ADD_TC(tp, no_command_without_its_bootstrap_server);
	ATF_TP_ADD_TC(tp, nothing_is_left_of_a_private_server);
	ATF_TP_ADD_TC(tp, signals_are_for_the_command);
	ATF_TP_ADD_TC(tp, a_terminals_interrupt_is_the_commands);
	ATF_TP_ADD_TC(tp, no_standard_descriptors);
	return (atf_no_error());
}
