/* See planted.h. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "tests/survey/probe/planted.h"

struct board *board;

void
board_create(void)
{
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(board != MAP_FAILED);
}

struct isth_report *
planted_run(const struct probe *rows, size_t n,
    const struct isth_probe_options *opt, struct error *e)
{
	struct isth_report *rep;
	struct probe_item *items;
	size_t i;

	items = calloc(n, sizeof(*items));
	ATF_REQUIRE(items != NULL);
	for (i = 0; i < n; i++) {
		items[i].area = ISTH_AREA_PROCESS;
		items[i].row = &rows[i];
	}
	rep = probe_run_items(items, n, opt, e);
	free(items);
	return (rep);
}

char *
host_snapshot(const char *dir)
{
	struct text t = { 0 };
	char command[1024], buf[4096];
	size_t n;
	FILE *f;

	/* What one system does not have prints nothing. */
	(void)snprintf(command, sizeof(command),
	    "exec 2>/dev/null; cat /proc/self/mountinfo || mount; ipcs;"
	    "ls -A /dev/shm; jls -s; hostname; cat /proc/sys/kernel/domainname;"
	    "echo processes;"
	    "ps -axo stat,comm |"
	    "grep -v '^Z' | grep -cE '(runner|killed|live)_test';"
	    "echo files; ls -lA '%s' | cut -c1-10,40-",
	    dir);
	f = popen(command, "r");
	ATF_REQUIRE(f != NULL);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		text_add_bytes(&t, buf, n);
	(void)pclose(f);
	return (text_take(&t));
}

void
host_require(const char *dir, const char *snapshot)
{
	uint64_t begin = clock_now();
	char *now = host_snapshot(dir);

	while (strcmp(now, snapshot) != 0 && clock_since_ms(begin) < 5000) {
		(void)usleep(10000);
		free(now);
		now = host_snapshot(dir);
	}
	/* It ends a forked child too, whose status tells its parent. */
	ATF_REQUIRE_STREQ(snapshot, now);
	free(now);
}

void
as_nobody(void (*fn)(void))
{
	char dir[] = "/tmp/isthmus-test-XXXXXX";
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		fn();
		return;
	}
	/* A place that this user may write to. */
	ATF_REQUIRE(mkdtemp(dir) != NULL);
	ATF_REQUIRE(chmod(dir, 01777) == 0);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		if (chdir(dir) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
			_exit(99);
		fn();
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
	ATF_CHECK_MSG(rmdir(dir) == 0, "something is left in %s", dir);
}
