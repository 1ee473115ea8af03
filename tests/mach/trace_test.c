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

static int
run(const char *command)
{
	int status = system(command);

	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static const char *
slurp(const char *path)
{
	ssize_t n;
	int fd = open(path, O_RDONLY);

	ATF_REQUIRE_MSG(fd >= 0, "%s", path);
	n = read(fd, trace, sizeof(trace) - 1);
	ATF_REQUIRE(n >= 0);
	trace[n] = '\0';
	close(fd);
	return (trace);
}

/* The trace of one thing that traced.c does; it ended well. */
static const char *
traced(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command),
	    "ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=trace.txt "
	    TRACED " %s",
	    what);
	ATF_REQUIRE_EQ(0, run(command));
	return (slurp("trace.txt"));
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

	traced("results");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(1, np);
	has("task_self_trap() = 0x103 <0.");
	has("mach_port_allocate_trap(0x103, MACH_PORT_RIGHT_RECEIVE, out) = "
	    "KERN_SUCCESS <0.");
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
	traced("message");
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
	has("  port 0x303 MACH_MSG_TYPE_MOVE_SEND\n");
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

	traced("many");
	lines_check(&np, &nt);
	has(" ...\n");
	ATF_CHECK(count("  port 0x203") > 40);
	ATF_CHECK(count("  port 0x203") < 300);
}

CASE(threads_do_not_mix)
{
	size_t np, nt;

	traced("threads");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(1, np);
	ATF_CHECK(nt >= 4);
	ATF_CHECK_EQ(800, count("mach_port_allocate_trap("));
	ATF_CHECK_EQ(800,
	    count("MACH_PORT_RIGHT_RECEIVE, -1) = KERN_SUCCESS <0."));
}

CASE(children_and_what_they_execute_are_told)
{
	size_t np, nt;

	traced("children");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(2, np);
	ATF_CHECK_EQ(1, count(" host_self_trap() = "));
	has("macx_swapon(1, 2, 3, 4)");
	/* By a descriptor that both have, too. */
	ATF_REQUIRE_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=9 " TRACED
		" children 9>>other.txt"));
	slurp("other.txt");
	lines_check(&np, &nt);
	ATF_CHECK_EQ(2, np);
	has("macx_swapon(1, 2, 3, 4)");
}

CASE(another_file_in_its_place_is_not_written)
{
	ATF_CHECK_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=9 " TRACED
		" reused 9>trace.txt"));
	slurp("trace.txt");
	has("task_self_trap()");
	has_not("thread_self_trap()");
}

CASE(where_nothing_can_be_written_it_is_said)
{
	ATF_CHECK_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=9 " TRACED
		" results 9>&- 2>err.txt"));
	slurp("err.txt");
	has("ISTHMUS_MACH_TRACE=9: Bad file descriptor: nothing is traced");
	ATF_CHECK_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded "
		"ISTHMUS_MACH_TRACE=no/file " TRACED " results 2>err.txt"));
	slurp("err.txt");
	has("no/file: No such file or directory: nothing is traced");
}

CASE(bytes_are_as_many_as_are_wanted)
{
	ATF_CHECK_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=trace.txt "
		"ISTHMUS_MACH_TRACE_BYTES=3 " TRACED " message"));
	slurp("trace.txt");
	has("  \"say\"...\n");
	unlink("trace.txt");
	ATF_CHECK_EQ(0,
	    run("ISTHMUS_MACH_TRANSPORT=embedded ISTHMUS_MACH_TRACE=trace.txt "
		"ISTHMUS_MACH_TRACE_BYTES=0 " TRACED " message"));
	slurp("trace.txt");
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
	ATF_TP_ADD_TC(tp, bytes_are_as_many_as_are_wanted);
	return (atf_no_error());
}
