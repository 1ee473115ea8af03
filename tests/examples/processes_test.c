/*
 * The example programs as processes, over machd: a service and a hundred
 * clients, each a command as a user would type it.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs a script below a machd of its own; each line of it must succeed. */
static void
run(const char *script)
{
	const char *machd = getenv("MACHD");
	int status;
	pid_t child;

	setenv("KV", KV_BIN, 1);
	setenv("NOTIFY", NOTIFY_BIN, 1);
	setenv("ISTHMUS_BOOTSTRAPD", BOOTSTRAPD_BIN, 1);
	unsetenv("ISTHMUS_MACH_SOCKET");
	unsetenv("ISTHMUS_MACH_TRANSPORT");
	child = fork();
	ATF_REQUIRE(child != -1);
	if (child == 0) {
		execl(machd != NULL ? machd : MACHD_BIN, "machd", "--run",
		    "/bin/sh", "-euc", script, (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(child, waitpid(child, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
}

#define CASE(name)                                       \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "300"); \
	}                                                \
	ATF_TC_BODY(name, tc)

#define KV_BEGIN                   \
	"$KV serve & service=$!\n" \
	"until $KV list >/dev/null 2>&1; do sleep 0.05; done\n"

CASE(kv_commands)
{
	run(KV_BEGIN "test \"$($KV list)\" = ''\n"
		     "$KV put colour green\n"
		     "test \"$($KV get colour)\" = green\n"
		     "head -c 3000000 /dev/zero | tr '\\0' x | $KV put large\n"
		     "test \"$($KV get large | wc -c)\" -eq 3000001\n"
		     "test \"$($KV list | tr '\\n' ' ')\" = 'colour large '\n"
		     "$KV delete colour\n"
		     "if $KV get colour; then exit 1; fi\n"
		     "$KV stop\n"
		     "wait $service\n");
}

CASE(kv_with_a_hundred_clients)
{
	run(KV_BEGIN "$KV watch client 200 >changes & watch=$!\n"
		     "until grep -q watching changes; do sleep 0.05; done\n"
		     "client() {\n"
		     "	value=$(printf \"%0$(($1 * 40 + 1))d\" 0)\n"
		     "	$KV put \"client $1\" \"$value\"\n"
		     "	test \"$($KV get \"client $1\")\" = \"$value\"\n"
		     "	$KV delete \"client $1\"\n"
		     "}\n"
		     "i=0 clients=\n"
		     "while [ $i -lt 100 ]; do\n"
		     "	client $i & clients=\"$clients $!\"\n"
		     "	i=$((i + 1))\n"
		     "done\n"
		     "for pid in $clients; do wait $pid; done\n"
		     "wait $watch\n"
		     "test \"$(grep -c ^put changes)\" -eq 100\n"
		     "test \"$(grep -c ^deleted changes)\" -eq 100\n"
		     "test \"$($KV list)\" = ''\n"
		     "$KV stop\n"
		     "wait $service\n");
}

#define NOTIFY_BEGIN                   \
	"$NOTIFY serve & service=$!\n" \
	"until $NOTIFY state a >/dev/null 2>&1; do sleep 0.05; done\n"

CASE(notify_with_a_hundred_observers)
{
	run(NOTIFY_BEGIN
	    "i=0 observers=\n"
	    "while [ $i -lt 100 ]; do\n"
	    "	$NOTIFY observe all 50 >heard.$i & observers=\"$observers $!\"\n"
	    "	i=$((i + 1))\n"
	    "done\n"
	    "until [ \"$(cat heard.* | grep -c observing)\" -eq 100 ]; do\n"
	    "	sleep 0.05\n"
	    "done\n"
	    "i=1\n"
	    "while [ $i -le 50 ]; do\n"
	    "	$NOTIFY post all $i\n"
	    "	i=$((i + 1))\n"
	    "done\n"
	    "for pid in $observers; do wait $pid; done\n"
	    /* Each heard of all posts, and the last one's state. */
	    "for heard in heard.*; do\n"
	    "	awk '$1 == \"all\" { n += $2; last = $3 }\n"
	    "	    END { exit !(n == 50 && last == 50) }' $heard\n"
	    "done\n"
	    "test \"$($NOTIFY state all)\" -eq 50\n"
	    "kill $service\n"
	    "wait $service\n");
}

CASE(who_observes_hears_of_the_end_of_the_centre)
{
	run(NOTIFY_BEGIN "$NOTIFY observe all >heard 2>why & observer=$!\n"
			 "until grep -q observing heard; do sleep 0.05; done\n"
			 "kill -9 $service\n"
			 "wait $service || true\n"
			 "if wait $observer; then exit 1; fi\n"
			 "grep -q 'the centre' why\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kv_commands);
	ATF_TP_ADD_TC(tp, kv_with_a_hundred_clients);
	ATF_TP_ADD_TC(tp, notify_with_a_hundred_observers);
	ATF_TP_ADD_TC(tp, who_observes_hears_of_the_end_of_the_centre);
	return (atf_no_error());
}
