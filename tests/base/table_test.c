/* Tables: alignment, plain in a pipe, coloured and wrapped on a terminal. */
#include <sys/ioctl.h>

#include <atf-c.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/table.h"

static const char *const headings[] = { "ID", "STATE", "DETAIL", NULL };

static struct table *
sample(void)
{
	struct table *t;

	t = table_create(headings);
	ATF_REQUIRE(t != NULL);
	table_row(t);
	table_cell(t, TONE_PLAIN, "process.fork");
	table_cell(t, TONE_GOOD, "ok");
	table_cell(t, TONE_PLAIN, "");
	table_row(t);
	table_cell(t, TONE_PLAIN, "\xc3\xa4");
	table_cellf(t, TONE_BAD, "%s", "failed");
	table_cell(t, TONE_PLAIN,
	    "a detail that is longer than what is left of a narrow line");
	return (t);
}

ATF_TC_WITHOUT_HEAD(columns_align_and_lines_end_without_blanks);
ATF_TC_BODY(columns_align_and_lines_end_without_blanks, tc)
{
	struct table *t;
	char *s;
	size_t size;
	FILE *f;

	t = sample();
	f = open_memstream(&s, &size);
	ATF_CHECK(table_render(t, f));
	fclose(f);
	ATF_CHECK_STREQ(
	    "ID            STATE   DETAIL\n"
	    "process.fork  ok\n"
	    "\xc3\xa4             failed  a detail that is longer than what "
	    "is left of a narrow line\n",
	    s);
	free(s);
	table_destroy(t);
}

ATF_TC_WITHOUT_HEAD(cells_cannot_steer_the_terminal);
ATF_TC_BODY(cells_cannot_steer_the_terminal, tc)
{
	struct table *t;
	char *s;
	size_t size;
	FILE *f;

	t = table_create(headings);
	table_row(t);
	table_cell(t, TONE_PLAIN, "\033]0;owned\007");
	f = open_memstream(&s, &size);
	ATF_CHECK(table_render(t, f));
	fclose(f);
	ATF_CHECK(strchr(s, '\033') == NULL);
	ATF_CHECK(strchr(s, '\007') == NULL);
	free(s);
	table_destroy(t);
}

/* Renders the sample to a pseudo-terminal of that width; what arrives. */
static void
on_terminal(unsigned short columns, char *buf, size_t size)
{
	struct winsize ws = { .ws_row = 24, .ws_col = columns };
	struct pollfd ready;
	struct termios tio;
	struct table *t;
	size_t got;
	ssize_t n;
	FILE *f;
	int master, slave;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master == -1 || grantpt(master) != 0 || unlockpt(master) != 0)
		atf_tc_skip("no pseudo-terminal here");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ATF_REQUIRE(slave != -1);
	ATF_REQUIRE_EQ(0, tcgetattr(slave, &tio));
	tio.c_oflag &= ~(tcflag_t)OPOST;
	ATF_REQUIRE_EQ(0, tcsetattr(slave, TCSANOW, &tio));
	ATF_REQUIRE_EQ(0, ioctl(slave, TIOCSWINSZ, &ws));
	f = fdopen(slave, "w");
	t = sample();
	ATF_CHECK(table_render(t, f));
	fflush(f);
	/* What was written arrives in pieces, and not at once. */
	got = 0;
	ready.fd = master;
	ready.events = POLLIN;
	while (got < size - 1 && poll(&ready, 1, 200) == 1) {
		n = read(master, buf + got, size - 1 - got);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	ATF_REQUIRE(got > 0);
	buf[got] = '\0';
	table_destroy(t);
	fclose(f);
	close(master);
}

ATF_TC_WITHOUT_HEAD(a_terminal_gets_colour_and_wrapping);
ATF_TC_BODY(a_terminal_gets_colour_and_wrapping, tc)
{
	char buf[4096];

	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	on_terminal(60, buf, sizeof(buf));
	ATF_CHECK(strstr(buf, "\033[32mok\033[0m") != NULL);
	ATF_CHECK(strstr(buf, "what is\n                      left") != NULL);
}

ATF_TC_WITHOUT_HEAD(no_color_is_obeyed);
ATF_TC_BODY(no_color_is_obeyed, tc)
{
	char buf[4096];

	setenv("NO_COLOR", "1", 1);
	on_terminal(60, buf, sizeof(buf));
	ATF_CHECK(strchr(buf, '\033') == NULL);
}

ATF_TC_WITHOUT_HEAD(a_very_narrow_terminal_still_gets_all_text);
ATF_TC_BODY(a_very_narrow_terminal_still_gets_all_text, tc)
{
	char buf[4096];

	setenv("NO_COLOR", "1", 1);
	on_terminal(10, buf, sizeof(buf));
	ATF_CHECK(strstr(buf, "narrow line") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, columns_align_and_lines_end_without_blanks);
	ATF_TP_ADD_TC(tp, cells_cannot_steer_the_terminal);
	ATF_TP_ADD_TC(tp, a_terminal_gets_colour_and_wrapping);
	ATF_TP_ADD_TC(tp, no_color_is_obeyed);
	ATF_TP_ADD_TC(tp, a_very_narrow_terminal_still_gets_all_text);
	return (atf_no_error());
}
