/*
 * ISTHMUS_MACH_TRACE: what traced.c does, and what is told of it.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

static char trace[4 << 20];

/*
 * Runs this program once more, for a deed of traced.c, with what a shell makes
 * of the rest; its status.
 */
static int
run(const atf_tc_t *tc, const char *deed, const char *where, const char *rest)
{
	char command[2048];
	int status;

	snprintf(command, sizeof(command),
	    "TRACED_PROGRAM='%s/trace_test'; export TRACED_PROGRAM; "
	    "ISTHMUS_MACH_TRANSPORT=embedded TRACED_DEED=%s "
	    "ISTHMUS_MACH_TRACE=%s exec \"$TRACED_PROGRAM\" %s",
	    atf_tc_get_config_var(tc, "srcdir"), deed, where, rest);
	status = system(command);
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
slurp(const char *path)
{
	ssize_t n;
	int fd = open(path, O_RDONLY);

	ATF_REQUIRE_MSG(fd >= 0, "%s", path);
	n = read(fd, trace, sizeof(trace) - 1);
	ATF_REQUIRE(n >= 0);
	trace[n] = '\0';
	close(fd);
}

/* The trace of one thing that traced.c does; it ended well. */
static void
traced(const atf_tc_t *tc, const char *deed)
{
	ATF_REQUIRE_EQ(0, run(tc, deed, "trace.txt", ""));
	slurp("trace.txt");
}

/* ATF takes no line ends in a reason. */
static void
has(const char *part)
{
	ATF_CHECK_MSG(strstr(trace, part) != NULL, "no \"%s\"", part);
}

static void
has_not(const char *part)
{
	ATF_CHECK_MSG(strstr(trace, part) == NULL, "\"%s\"", part);
}

static size_t
count(const char *part)
{
	const char *p = trace;
	size_t n;

	for (n = 0; (p = strstr(p, part)) != NULL; n++)
		p++;
	return (n);
}

/*
 * Every line begins with two numbers and a blank; how many processes and
 * threads there are.
 */
static void
lines_check(size_t *processes, size_t *threads)
{
	static long pids[64], tids[64];
	const char *line = trace, *end;
	size_t np = 0, nt = 0, i;
	char *next;
	long pid, tid;

	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ATF_REQUIRE(end != NULL);
		pid = strtol(line, &next, 10);
		ATF_REQUIRE(pid > 0 && *next == ' ');
		tid = strtol(next + 1, &next, 10);
		ATF_REQUIRE(tid > 0 && *next == ' ');
		ATF_CHECK(end - line < 4096);
		for (i = 0; i < np && pids[i] != pid; i++)
			;
		if (i == np && np < 64)
			pids[np++] = pid;
		for (i = 0; i < nt && tids[i] != tid; i++)
			;
		if (i == nt && nt < 64)
			tids[nt++] = tid;
	}
	*processes = np;
	*threads = nt;
}

CASE(arguments_and_results_have_names)
{
	size_t np, nt;

	traced(tc, "results");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(1, np);
	has("task_self_trap() = 0x103 <");
	has("mach_port_allocate_trap(0x103, MACH_PORT_RIGHT_RECEIVE, out) = "
	    "KERN_SUCCESS <");
	has("> -> [0x203]\n");
	has("mach_port_insert_right_trap(0x103, 0x203, 0x203, "
	    "MACH_MSG_TYPE_MAKE_SEND) = KERN_SUCCESS");
	has("mach_port_mod_refs_trap(0x103, 0x203, MACH_PORT_RIGHT_SEND, 2)");
	has("mach_port_mod_refs_trap(0x103, 0x7fffff03, MACH_PORT_RIGHT_SEND, "
	    "-1) = KERN_INVALID_NAME <");
	has("mach_port_request_notification_trap(0x103, 0x203, "
	    "MACH_NOTIFY_NO_SENDERS, 0, 0x203, MACH_MSG_TYPE_MAKE_SEND_ONCE, "
	    "out) = KERN_SUCCESS");
	has("macx_swapon(1, 2, 3, 4) = KERN_NOT_SUPPORTED");
	has("trap_17(7, 0x12345) = KERN_INVALID_ARGUMENT");
	ATF_CHECK_EQ(1, count("KERN_INVALID_NAME <"));
}

CASE(messages_are_told_with_all_that_they_carry)
{
	traced(tc, "message");
	has("MACH_SEND_MSG, 104, 0, 0, 0, 0) = MACH_MSG_SUCCESS");
	has("  sent {id 4711, size 104, remote 0x203 MACH_MSG_TYPE_COPY_SEND, "
	    "local 0x203 MACH_MSG_TYPE_MAKE_SEND_ONCE, complex}\n");
	has("  port 0x303 MACH_MSG_TYPE_COPY_SEND\n");
	has(", 8 bytes MACH_MSG_PHYSICAL_COPY\n");
	has(", 2 MACH_MSG_TYPE_COPY_SEND: 0x303, 0x303\n");
	has("  guarded port 0x403 MACH_MSG_TYPE_MOVE_RECEIVE, guard 0xabc123, "
	    "flags 1\n");
	has("  \"say \\\"hi\\\"\\x0a\\x01\\x00");
	has("MACH_RCV_MSG|MACH_RCV_TIMEOUT|MACH_RCV_GUARDED_DESC|"
	    "MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)");
	has("  received {id 4711, size 104, ");
	has("  port 0x303 MACH_MSG_TYPE_PORT_SEND\n");
	has("remote 0x503 MACH_MSG_TYPE_PORT_SEND_ONCE, local 0x203 "
	    "MACH_MSG_TYPE_PORT_SEND, complex}");
	has(" ... mach_msg_trap = MACH_MSG_SUCCESS <");
	has("0x203, 1000, 0) ...\n");
	has(", deallocate\n");
	has("  trailer {seqno 0, sender uid ");
	has(", audit euid ");
	has("MACH_RCV_MSG|MACH_RCV_TIMEOUT, 0, 172, 0x203, 0, 0) = "
	    "MACH_RCV_TIMED_OUT <");
	has("mach_msg_trap(0, MACH_SEND_MSG, 64, 0, 0, 0, 0) = "
	    "MACH_SEND_INVALID_DATA <");
	/* The header of mach_msg2 is not in memory. */
	has("mach_msg2_trap(0x");
	has(", MACH_SEND_MSG|MACH64_SEND_ANY, send_size 24, rcv_size 0, "
	    "rcv_name 0, timeout 0) = MACH_MSG_SUCCESS");
	has("  sent {id 815, size 24, remote 0x203 MACH_MSG_TYPE_COPY_SEND}");
}

/* What does not fit is left out, and that is told. */
CASE(a_long_message_is_one_record)
{
	size_t np, nt;

	traced(tc, "many");
	lines_check(&np, &nt);
	has(" ...\n");
	ATF_CHECK(count("  port 0x203") > 40);
	ATF_CHECK(count("  port 0x203") < 300);
}

CASE(threads_do_not_mix)
{
	size_t np, nt;

	traced(tc, "threads");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(1, np);
	ATF_CHECK(nt >= 4);
	ATF_CHECK_EQ(800, count("mach_port_allocate_trap("));
	ATF_CHECK_EQ(
	    800, count("MACH_PORT_RIGHT_RECEIVE, -1) = KERN_SUCCESS <"));
}

CASE(children_and_what_they_execute_are_told)
{
	size_t np, nt;

	traced(tc, "children");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(2, np);
	ATF_CHECK_EQ(1, count(" host_self_trap() = "));
	has("macx_swapon(1, 2, 3, 4)");
	/* By a descriptor that both have, too. */
	ATF_REQUIRE_EQ(0, run(tc, "children", "9", "9>>other.txt"));
	slurp("other.txt");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(2, np);
	has("macx_swapon(1, 2, 3, 4)");
}

CASE(another_file_in_its_place_is_not_written)
{
	ATF_CHECK_EQ(0, run(tc, "reused", "9", "9>trace.txt"));
	slurp("trace.txt");
	has("task_self_trap()");
	has_not("thread_self_trap()");
}

CASE(where_nothing_can_be_written_it_is_said)
{
	ATF_CHECK_EQ(0, run(tc, "results", "9", "9>&- 2>err.txt"));
	slurp("err.txt");
	has("ISTHMUS_MACH_TRACE=9: Bad file descriptor: nothing is traced");
	ATF_CHECK_EQ(0, run(tc, "results", "no/file", "2>err.txt"));
	slurp("err.txt");
	has("no/file: No such file or directory: nothing is traced");
}

CASE(a_trap_that_does_not_return_is_told)
{
	traced(tc, "wait");
	has("MACH_RCV_MSG, 0, 32, 0x203, 0, 0) ...\n");
	has_not("... mach_msg_trap");
}

CASE(bytes_are_as_many_as_are_wanted)
{
	setenv("ISTHMUS_MACH_TRACE_BYTES", "3", 1);
	traced(tc, "message");
	has("  \"say\"...\n");
	unlink("trace.txt");
	setenv("ISTHMUS_MACH_TRACE_BYTES", "0", 1);
	traced(tc, "message");
	has_not("say");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, arguments_and_results_have_names);
	ATF_TP_ADD_TC(tp, messages_are_told_with_all_that_they_carry);
	ATF_TP_ADD_TC(tp, a_long_message_is_one_record);
	ATF_TP_ADD_TC(tp, threads_do_not_mix);
	ATF_TP_ADD_TC(tp, children_and_what_they_execute_are_told);
	ATF_TP_ADD_TC(tp, another_file_in_its_place_is_not_written);
	ATF_TP_ADD_TC(tp, where_nothing_can_be_written_it_is_said);
	ATF_TP_ADD_TC(tp, a_trap_that_does_not_return_is_told);
	ATF_TP_ADD_TC(tp, bytes_are_as_many_as_are_wanted);
	return (atf_no_error());
}
