/*
 * A place for tests of `isthmus build`: a store outside of /tmp (which is
 * each build's own), specs of small shell builds, a terminal.
 */
#ifndef ISTHMUS_TESTS_CLI_BUILD_RUN_H
#define ISTHMUS_TESTS_CLI_BUILD_RUN_H

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "tests/cli/run.h"

static char top[64]; /* the store; kept in the file "top" for the clean-up */

#define POOL "--pool 36101-36132 --state state"

/* A case with a deadline whose store is removed at the end. */
#define CASE(name)                                       \
	ATF_TC_WITH_CLEANUP(name);                       \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_CLEANUP(name, tc)                         \
	{                                                \
		end();                                   \
	}                                                \
	ATF_TC_BODY(name, tc)

static inline void
write_file(const char *path, const char *text)
{
	FILE *f;

	f = fopen(path, "w");
	ATF_REQUIRE_MSG(f != NULL, "%s", path);
	fputs(text, f);
	ATF_REQUIRE(fclose(f) == 0);
}

/* Of the places where a shell and its libraries are, those there are. */
static inline void
inputs(FILE *f)
{
	static const char *const places[] = { "/usr", "/bin", "/lib", "/lib64",
		"/libexec" };
	struct stat st;
	const char *comma;
	size_t i;

	comma = "";
	fputs("\"inputs\": [", f);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (lstat(places[i], &st) != 0 || !S_ISDIR(st.st_mode))
			continue;
		fprintf(f, "%s\"%s\"", comma, places[i]);
		comma = ", ";
	}
	fputs("]", f);
}

/* NAME.json: a build of that name; `script` is in JSON's spelling. */
static inline void
spec(const char *name, const char *script, const char *more)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s.json", name);
	f = fopen(path, "w");
	ATF_REQUIRE(f != NULL);
	fprintf(f,
	    "{\"version\": \"isthmus.build/1\", \"name\": \"%s\",\n"
	    " \"builder\": \"/bin/sh\", \"args\": [\"-c\", \"%s\"],\n"
	    " \"env\": {\"PATH\": \"/usr/bin:/bin\"}, \"store\": \"%s\",\n"
	    " \"outputs\": {\"out\": \"%s/%s\"}%s, ",
	    name, script, top, top, name, more);
	inputs(f);
	fputs("}\n", f);
	ATF_REQUIRE(fclose(f) == 0);
}

/* Makes the place; skips where this caller cannot build at all. */
static inline void
begin(void)
{
	struct ran r;

	snprintf(top, sizeof(top), "/var/tmp/isthmus-test.XXXXXX");
	ATF_REQUIRE(mkdtemp(top) != NULL);
	write_file("top", top);
	spec("trial", "echo x >$out", "");
	r = isthmus("build %s trial.json", POOL);
	if (r.status == 3 && geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE_EQ_MSG(0, r.status, "%d: %s", r.status, flat(r.err));
}

static inline void
end(void)
{
	ATF_CHECK_EQ(0, system("test ! -f top || { d=$(cat top); case $d in "
			       "/var/tmp/isthmus-test.*) chmod -R u+w \"$d\"; "
			       "rm -rf \"$d\" ;; esac; }"));
}

static inline size_t
entries(const char *path)
{
	struct dirent *d;
	size_t n;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		return (0);
	n = 0;
	while ((d = readdir(dir)) != NULL)
		n +=
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	closedir(dir);
	return (n);
}

static inline bool
output_is_there(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return (lstat(path, &st) == 0);
}

/* Nothing but logs and finished outputs, `noutputs` beside the trial's. */
static inline void
check_clean(size_t noutputs)
{
	ATF_CHECK_EQ(0, entries("state/jobs"));
	ATF_CHECK_EQ(0, entries("state/users"));
	ATF_CHECK_EQ_MSG(1 + noutputs, entries(top), "%zu entries in the store",
	    entries(top));
}

/*
 * Starts isthmus on a terminal of that size; signals are as a login shell
 * has them.  Returns the terminal's other end.
 */
static inline int
start_on_terminal(
    char *const argv[], unsigned short columns, unsigned short rows, pid_t *pid)
{
	struct winsize size = { .ws_col = columns, .ws_row = rows };
	int master, slave;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	ATF_REQUIRE(master != -1);
	ATF_REQUIRE(grantpt(master) == 0 && unlockpt(master) == 0);
	*pid = fork();
	ATF_REQUIRE(*pid != -1);
	if (*pid != 0)
		return (master);
	setsid();
	slave = open(ptsname(master), O_RDWR);
	if (slave == -1 || ioctl(slave, TIOCSCTTY, 0) == -1 ||
	    ioctl(slave, TIOCSWINSZ, &size) == -1)
		_exit(99);
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	signal(SIGINT, SIG_DFL);
	setenv("TERM", "xterm", 1);
	setenv("LANG", "C.UTF-8", 1);
	execv(ISTHMUS_BIN, argv);
	_exit(98);
}

/* All that was written to the terminal, until its other side is closed. */
static inline char *
read_terminal(int master, size_t *len)
{
	char buf[4096], *s;
	ssize_t n;
	FILE *to;

	to = open_memstream(&s, len);
	while ((n = read(master, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, to);
	fclose(to);
	return (keep(s));
}

static inline int
wait_status(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

#endif
