/* isthmus mach: what it says, and what its parts show. */
#include <sys/stat.h>

#include <isthmus/mach_embedded.h>
#include <isthmus/mach_server.h>
#include <jansson.h>
#include <mach/mach.h>
#include <mach/notify.h>
#include <regex.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/mach.h"
#include "cli/mach_top.h"
#include "tests/cli/run.h"

#define EMBEDDED "--version; ISTHMUS_MACH_TRANSPORT=embedded " ISTHMUS_BIN " "

static void
check_matches(const char *text, const char *pattern)
{
	regex_t re;

	ATF_REQUIRE_EQ(
	    0, regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE | REG_NOSUB));
	ATF_CHECK_MSG(regexec(&re, text, 0, NULL, 0) == 0,
	    "no line like %s in: %s", pattern, flat(text));
	regfree(&re);
}

/*
 * The command
 */

ATF_TC_WITHOUT_HEAD(wrong_words_are_told);
ATF_TC_BODY(wrong_words_are_told, tc)
{
	static const struct {
		const char *args;
		const char *says;
	} cases[] = {
		{ "mach", "what to do is missing; try: isthmus mach --help" },
		{ "mach potrs", "potrs: no such thing to do" },
		{ "mach ports x", "x: no number of a process" },
		{ "mach ports -1", "-1: unknown option" },
		{ "mach ports 0", "0: no number of a process" },
		{ "mach ports --jsno", "--jsno: unknown option; try: --json" },
		{ "mach top x", "x: unexpected operand" },
		{ "mach top -n 0", "--count takes a number from 1" },
		{ "mach top --interval no", "--interval takes a number" },
		{ "mach trace", "no command to trace" },
		{ "mach trace -s 513 true", "513: --bytes takes a number" },
		{ "mach trace --nope true", "--nope: unknown option" },
	};
	struct ran r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = isthmus("%s", cases[i].args);
		ATF_CHECK_EQ_MSG(
		    2, r.status, "%s: %d", cases[i].args, r.status);
		ATF_CHECK_STREQ("", r.out);
		CHECK_HAS(r.err, cases[i].says);
	}
	r = isthmus("mach trace ./no-such-command");
	ATF_CHECK_EQ(127, r.status);
	CHECK_HAS(r.err, "execute: ./no-such-command: No such file");
	r = isthmus("mach trace /");
	ATF_CHECK_EQ(126, r.status);
	CHECK_HAS(r.err, "execute: /: Permission denied");
	r = isthmus("mach trace -o no/file true");
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "no/file: No such file");
}

ATF_TC_WITHOUT_HEAD(each_part_has_help);
ATF_TC_BODY(each_part_has_help, tc)
{
	static const char *const parts[] = { "ports", "run", "top", "trace" };
	struct ran r;
	const char *line;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		r = isthmus("mach %s --help", parts[i]);
		ATF_CHECK_EQ(0, r.status);
		CHECK_HAS(r.out, "usage: isthmus mach ");
		CHECK_HAS(r.out, parts[i]);
		for (line = r.out; *line != '\0'; line += line[0] == '\n') {
			ATF_CHECK(strcspn(line, "\n") <= 80);
			line += strcspn(line, "\n");
		}
		r = isthmus("mach --help");
		CHECK_HAS(r.out, parts[i]);
	}
	/* The help of the command that is traced is its own. */
	r = isthmus("mach trace echo --help");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS_NOT(r.out, "usage: isthmus");
}

/* No table that looks as though it were the system's. */
ATF_TC_WITHOUT_HEAD(a_process_on_its_own_says_so);
ATF_TC_BODY(a_process_on_its_own_says_so, tc)
{
	struct ran r;

	r = isthmus(EMBEDDED "mach ports | grep -v ^isthmus");
	ATF_CHECK_EQ(1, r.status);
	r = isthmus(EMBEDDED "mach ports");
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "this process has its Mach in itself");
	r = isthmus(EMBEDDED "mach ports --json");
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS_NOT(r.out, "{");
	r = isthmus(EMBEDDED "mach top -n 1");
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "this process has its Mach in itself");
	CHECK_HAS_NOT(r.out, "PID");
}

ATF_TC_WITHOUT_HEAD(trace_tells_the_demonstration);
ATF_TC_BODY(trace_tells_the_demonstration, tc)
{
	struct ran r;
	char *trace;

	r = isthmus(
	    EMBEDDED "mach trace -o trace.txt " ISTHMUS_BIN " mach demo");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "client  got the answer: 42");
	CHECK_HAS_NOT(r.err, "mach_msg");
	trace = slurp("trace.txt");
	check_matches(trace,
	    "^[0-9]+ [0-9]+ mach_port_allocate_trap\\(0x[0-9a-f]+, "
	    "MACH_PORT_RIGHT_RECEIVE, out\\) = KERN_SUCCESS <0\\.[0-9]{9}> "
	    "-> \\[0x203\\]$");
	check_matches(trace,
	    "MACH_SEND_MSG\\|MACH_RCV_MSG, 40, 256, 0x[0-9a-f]+, 0, 0\\) "
	    "\\.\\.\\.$");
	check_matches(trace,
	    "^[0-9]+ [0-9]+ \\.\\.\\. mach_msg_trap = MACH_MSG_SUCCESS "
	    "<0\\.[0-9]{9}>$");
	check_matches(trace, "  sent \\{id 1000, size 40, remote 0x203 ");
	check_matches(trace, "  received \\{id 1100, size 40, ");
	check_matches(trace, "  memory 0x[0-9a-f]+, 65536 bytes MACH_MSG_V");
	check_matches(trace, "MACH_NOTIFY_DEAD_NAME, ");
	/* To the standard error without -o. */
	r = isthmus(EMBEDDED "mach trace -s 0 " ISTHMUS_BIN " mach demo");
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS_NOT(r.out, "mach_msg_trap");
	check_matches(r.err, "^[0-9]+ [0-9]+ mach_msg_trap\\(");
}

ATF_TC_WITHOUT_HEAD(trace_is_the_command_it_runs);
ATF_TC_BODY(trace_is_the_command_it_runs, tc)
{
	struct ran r;

	r = isthmus("mach trace sh -c 'exit 7'");
	ATF_CHECK_EQ(7, r.status);
	r = isthmus("mach trace -o t.txt -- sh -c 'kill -TERM $$'");
	ATF_CHECK_EQ(128 + 15, r.status);
	ATF_CHECK_STREQ("", slurp("t.txt"));
	/* Its children, and each from its own folder. */
	r = isthmus(EMBEDDED "mach trace -o t.txt sh -c 'cd /; " ISTHMUS_BIN
			     " mach demo; " ISTHMUS_BIN " mach demo'");
	ATF_CHECK_EQ(0, r.status);
	r = isthmus("--version; cut -d' ' -f1 t.txt | sort -u | grep -c .");
	CHECK_HAS(r.out, "\n2\n");
}

/* Where none is, one is started: the one that came with the command. */
ATF_TC_WITHOUT_HEAD(machd_is_found_beside_the_command);
ATF_TC_BODY(machd_is_found_beside_the_command, tc)
{
	struct ran r;

	r = isthmus("mach trace sh -c 'test -x \"$ISTHMUS_MACHD\"'");
	ATF_CHECK_EQ(0, r.status);
	setenv("ISTHMUS_MACHD", "./nope", 1);
	r = isthmus("mach trace sh -c 'echo $ISTHMUS_MACHD'");
	ATF_CHECK_STREQ("./nope\n", r.out);
}

ATF_TC_WITHOUT_HEAD(a_machd_that_is_not_there_is_named);
ATF_TC_BODY(a_machd_that_is_not_there_is_named, tc)
{
	static const char *const parts[] = { "ports", "top -n 1" };
	char folder[1024];
	struct ran r;
	size_t i;

	if (access(MACH_SERVER_SYSTEM, F_OK) == 0)
		atf_tc_skip("this host has a machd for all");
	setenv("ISTHMUS_MACHD", "/nope", 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	unsetenv("ISTHMUS_MACH_SOCKET");
	ATF_REQUIRE(getcwd(folder, sizeof(folder)) != NULL);
	setenv("XDG_RUNTIME_DIR", folder, 1);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		r = isthmus("mach %s", parts[i]);
		ATF_CHECK_EQ(3, r.status);
		CHECK_HAS(r.err,
		    "start machd: /nope: No such file or directory; try: "
		    "ISTHMUS_MACHD=PATH, or isthmus mach run COMMAND");
	}
}

ATF_TC_WITHOUT_HEAD(the_end_of_bootstrapd_is_told_in_words);
ATF_TC_BODY(the_end_of_bootstrapd_is_told_in_words, tc)
{
	static const struct {
		const char *does, *says;
	} ends[] = {
		{ "exit 7",
		    "machd: the bootstrap server ended (exit status 7)" },
		{ "kill -9 $$",
		    "machd: the bootstrap server ended (signal 9)" },
	};
	char folder[1024], script[1040];
	struct ran r;
	FILE *f;
	size_t i;

	ATF_REQUIRE(getcwd(folder, sizeof(folder)) != NULL);
	snprintf(script, sizeof(script), "%s/bootstrapd", folder);
	setenv("ISTHMUS_BOOTSTRAPD", script, 1);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		f = fopen(script, "w");
		ATF_REQUIRE(f != NULL);
		fprintf(f, "#!/bin/sh\n%s\n", ends[i].does);
		ATF_REQUIRE_EQ(0, fclose(f));
		ATF_REQUIRE_EQ(0, chmod(script, 0700));
		r = isthmus("mach run sleep 10");
		ATF_CHECK_EQ(3, r.status);
		CHECK_HAS(r.err, ends[i].says);
	}
}

/*
 * What is shown, of tasks in this process
 */

struct scene {
	struct mach_embedded_task *server, *client;
	mach_port_t port, set, there;
	int server_pid, client_pid;
};

static int
pid_of_self(void)
{
	int pid = 0;

	ATF_REQUIRE_EQ(0, pid_for_task(mach_task_self(), &pid));
	return (pid);
}

/* A server's port in a set, with a message; its client has a right to it. */
static void
scene_make(struct scene *s)
{
	mach_msg_header_t m = { 0 };
	mach_port_t previous;

	setenv("ISTHMUS_MACH_TRANSPORT", "embedded", 1);
	s->server = mach_embedded_task_create(NULL);
	ATF_REQUIRE(s->server != NULL);
	mach_embedded_task_enter(s->server);
	s->server_pid = pid_of_self();
	ATF_REQUIRE_EQ(0, mach_port_allocate(mach_task_self(),
			      MACH_PORT_RIGHT_RECEIVE, &s->port));
	ATF_REQUIRE_EQ(0, mach_port_allocate(mach_task_self(),
			      MACH_PORT_RIGHT_PORT_SET, &s->set));
	ATF_REQUIRE_EQ(
	    0, mach_port_insert_member(mach_task_self(), s->port, s->set));
	ATF_REQUIRE_EQ(0, mach_port_insert_right(mach_task_self(), s->port,
			      s->port, MACH_MSG_TYPE_MAKE_SEND));
	ATF_REQUIRE_EQ(0, task_set_bootstrap_port(mach_task_self(), s->port));
	ATF_REQUIRE_EQ(0, mach_port_request_notification(mach_task_self(),
			      s->port, MACH_NOTIFY_NO_SENDERS, 0, s->port,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	s->client = mach_embedded_task_create(s->server);
	ATF_REQUIRE(s->client != NULL);
	mach_embedded_task_enter(s->client);
	s->client_pid = pid_of_self();
	ATF_REQUIRE_EQ(0, task_get_bootstrap_port(mach_task_self(), &s->there));
	m.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.msgh_remote_port = s->there;
	ATF_REQUIRE_EQ(0, mach_msg(&m, MACH_SEND_MSG, sizeof(m), 0, 0, 0, 0));
}

static char *
shown_ports(const int *pids, size_t n, bool json)
{
	struct error e = { 0 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ATF_REQUIRE(out != NULL);
	ATF_REQUIRE_MSG(mach_ports(out, pids, n, json, &e), "%s", e.why);
	fclose(out);
	return (keep(text));
}

static void __attribute__((__format__(__printf__, 2, 3)))
check_line(const char *text, const char *fmt, ...)
{
	char pattern[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, ap);
	va_end(ap);
	check_matches(text, pattern);
}

ATF_TC_WITHOUT_HEAD(ports_shows_both_ends);
ATF_TC_BODY(ports_shows_both_ends, tc)
{
	struct error e = { 0 };
	struct scene s;
	char *text;
	int none = 0x7ffffff0;

	scene_make(&s);
	text = shown_ports(&s.server_pid, 1, false);
	check_line(text, "^process %d, uid %u: [0-9]+ names, ", s.server_pid,
	    (unsigned int)geteuid());
	check_line(text,
	    "^%#x +receive send +1 +[0-9a-f]{16} +1/5 +<- %d:%#x +"
	    "no-senders",
	    s.port, s.client_pid, s.there);
	check_line(
	    text, "^%#x +set +1 +[0-9a-f]{16} +- +has %#x", s.set, s.port);
	check_line(text, "-> kernel: task of %d", s.server_pid);
	text = shown_ports(&s.client_pid, 1, false);
	check_line(text, "^%#x +send +1 +[0-9a-f]{16} +1/5 +-> %d:%#x", s.there,
	    s.server_pid, s.port);
	/* All of them, when none is asked for. */
	text = shown_ports(NULL, 0, false);
	check_line(text, "^process %d,", s.server_pid);
	check_line(text, "^process %d,", s.client_pid);
	ATF_CHECK(!mach_ports(stdout, &none, 1, false, &e));
	CHECK_HAS(e.why, "no process of this host");
}

ATF_TC_WITHOUT_HEAD(ports_in_json_are_the_same);
ATF_TC_BODY(ports_in_json_are_the_same, tc)
{
	const char *object = NULL, *right, *kind;
	json_t *root, *tasks, *names, *name;
	json_int_t n, pid;
	size_t i, j, k;
	struct scene s;
	int found = 0;

	scene_make(&s);
	root = json_loads(shown_ports(NULL, 0, true), 0, NULL);
	ATF_REQUIRE(root != NULL);
	ATF_CHECK_STREQ("isthmus-mach-ports-1",
	    json_string_value(json_object_get(root, "format")));
	tasks = json_object_get(root, "tasks");
	json_array_foreach(tasks, i, name)
	{
		pid = json_integer_value(json_object_get(name, "pid"));
		names = json_object_get(name, "ports");
		ATF_CHECK_EQ(
		    (size_t)json_integer_value(json_object_get(name, "names")),
		    json_array_size(names));
		for (j = 0; j < json_array_size(names); j++) {
			json_t *o = json_array_get(names, j);

			n = json_integer_value(json_object_get(o, "name"));
			if (pid == s.server_pid && n == (json_int_t)s.port) {
				found++;
				k = json_array_size(
				    json_object_get(o, "rights"));
				ATF_CHECK_EQ(2, k);
				ATF_CHECK_EQ(
				    1, json_integer_value(
					   json_object_get(o, "queued")));
				ATF_CHECK_EQ(
				    1, json_integer_value(
					   json_object_get(o, "sets")));
				right = json_string_value(json_array_get(
				    json_object_get(o, "armed"), 0));
				ATF_CHECK_STREQ("no-senders", right);
				object = json_string_value(
				    json_object_get(o, "object"));
			} else if (pid == s.client_pid &&
				   n == (json_int_t)s.there) {
				found++;
				ATF_REQUIRE(object != NULL);
				ATF_CHECK_STREQ(
				    object, json_string_value(
						json_object_get(o, "object")));
				ATF_CHECK_EQ(s.server_pid,
				    json_integer_value(
					json_object_get(o, "peer_pid")));
			} else if (pid == s.client_pid &&
				   n == (json_int_t)mach_task_self()) {
				found++;
				kind = json_string_value(
				    json_object_get(o, "kernel_object"));
				ATF_CHECK_STREQ("task", kind);
			}
		}
	}
	ATF_CHECK_EQ(3, found);
	json_decref(root);
}

ATF_TC_WITHOUT_HEAD(top_shows_what_was_done_between);
ATF_TC_BODY(top_shows_what_was_done_between, tc)
{
	struct top_sample before, after;
	struct error e = { 0 };
	struct scene s;
	char *text;
	size_t size;
	FILE *out;
	int i;

	scene_make(&s);
	ATF_REQUIRE_MSG(top_take(&before, &e), "%s", e.why);
	for (i = 0; i < 40; i++)
		ATF_REQUIRE_EQ(KERN_INVALID_NAME,
		    mach_port_deallocate(mach_task_self(), 0x7fffff03));
	ATF_REQUIRE(top_take(&after, &e));
	after.at = before.at + 2;
	out = open_memstream(&text, &size);
	ATF_REQUIRE(out != NULL);
	ATF_REQUIRE(top_render(out, &before, &after, 20));
	fclose(out);
	keep(text);
	check_line(text, "^[0-9]+ tasks, [0-9]+ calls/s, 20 errors/s, ");
	/* 40 in two seconds, all of them errors. */
	check_line(text, "^mach_port_deallocate_trap +20 +20 +[0-9]+ +40");
	check_line(text, "^%d +%u +[0-9]+ +20 .*mach_port_deallocate_trap 20",
	    s.client_pid, (unsigned int)geteuid());
	check_line(
	    text, "^%d +%u +0 +0 ", s.server_pid, (unsigned int)geteuid());
	top_clear(&before);
	top_clear(&after);
}

/*
 * The audit
 */

ATF_TC_WITHOUT_HEAD(audit_counts_the_calls_of_each_tree);
ATF_TC_BODY(audit_counts_the_calls_of_each_tree, tc)
{
	json_t *root, *calls, *call;
	struct ran r;

	ATF_REQUIRE_EQ(0, mkdir("a", 0755));
	ATF_REQUIRE_EQ(0, mkdir("b", 0755));
	atf_utils_create_file("a/one.c",
	    "int mach_msg(int);\n/* mach_msg(1); */\n"
	    "void f(void) { mach_msg(1); mach_msg(2); fileport_makefd(3);\n"
	    "  host_set_UNDServer(\"mach_msg(4)\"); }\n");
	atf_utils_create_file(
	    "b/two.c", "void g(void) { mach_msg(1); host_reboot(2); }\n");
	r = isthmus("mach audit --format json a b");
	ATF_REQUIRE_EQ(0, r.status);
	root = json_loads(r.out, 0, NULL);
	ATF_REQUIRE(root != NULL);
	calls = json_object_get(root, "calls");
	ATF_CHECK_EQ(4, json_array_size(calls));
	call = json_array_get(calls, 0);
	ATF_CHECK_STREQ(
	    "mach_msg", json_string_value(json_object_get(call, "name")));
	ATF_CHECK_EQ(3, json_integer_value(json_object_get(call, "total")));
	ATF_CHECK_EQ(2, json_integer_value(json_object_get(
			    json_object_get(call, "counts"), "a")));
	ATF_CHECK_EQ(31, json_integer_value(json_object_get(call, "trap")));
	json_decref(root);
	r = isthmus("mach audit a b");
	ATF_REQUIRE_EQ(0, r.status);
	check_matches(r.out, "^fileport_makefd +system call +host +1 +0 +1");
	check_matches(r.out, "^host_set_UNDServer +message +refused +1 +0 +1");
	check_matches(r.out,
	    "^4 functions, 6 calls: 3 by trap, 2 by message alone; 1 of");
}

ATF_TC_WITHOUT_HEAD(audit_of_what_is_not_there);
ATF_TC_BODY(audit_of_what_is_not_there, tc)
{
	struct ran r = isthmus("mach audit nowhere");

	ATF_CHECK_EQ(3, r.status);
	ATF_CHECK_STREQ("", r.out);
	CHECK_HAS(r.err, "nowhere");
	r = isthmus("mach audit --format nope");
	ATF_CHECK_EQ(2, r.status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wrong_words_are_told);
	ATF_TP_ADD_TC(tp, each_part_has_help);
	ATF_TP_ADD_TC(tp, a_process_on_its_own_says_so);
	ATF_TP_ADD_TC(tp, trace_tells_the_demonstration);
	ATF_TP_ADD_TC(tp, trace_is_the_command_it_runs);
	ATF_TP_ADD_TC(tp, machd_is_found_beside_the_command);
	ATF_TP_ADD_TC(tp, a_machd_that_is_not_there_is_named);
	ATF_TP_ADD_TC(tp, the_end_of_bootstrapd_is_told_in_words);
	ATF_TP_ADD_TC(tp, ports_shows_both_ends);
	ATF_TP_ADD_TC(tp, ports_in_json_are_the_same);
	ATF_TP_ADD_TC(tp, top_shows_what_was_done_between);
	ATF_TP_ADD_TC(tp, audit_counts_the_calls_of_each_tree);
	ATF_TP_ADD_TC(tp, audit_of_what_is_not_there);
	return (atf_no_error());
}
