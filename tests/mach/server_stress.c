/*
 * machd under load: clients that make traps at random and are killed at
 * random, for as many seconds as the argument says.  At the end the server
 * must have what it had at the beginning, and no message may have had a
 * trailer that names another than its sender.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"
#include "tests/mach/server_stress.h"

static char folder[] = "/tmp/isthmus-stress.XXXXXX", path[80], log_path[80];
static pid_t server;
static int log_fd;

const char *
server_socket(void)
{
	return (path);
}

pid_t
server_pid(void)
{
	return (server);
}

static bool
server_start(void)
{
	const char *machd = getenv("MACHD");
	char number[16], byte;
	int ready[2];

	if (mkdtemp(folder) == NULL || chmod(folder, 0711) != 0 ||
	    pipe(ready) != 0)
		return (false);
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	log_fd = open(log_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	server = fork();
	if (server == 0) {
		dup2(log_fd, 2);
		close(ready[0]);
		snprintf(number, sizeof(number), "%d", ready[1]);
		execl(machd != NULL ? machd : MACHD_DEBUG, "machd", "--socket",
		    path, "--no-bootstrap", "--ready", number, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	setenv("ISTHMUS_MACH_SOCKET", path, 1);
	setenv("ISTHMUS_MACH_TRANSPORT", "server", 1);
	return (server != -1 && read(ready[0], &byte, 1) == 1);
}

/* The lines of the server's dump that must be as they were. */
static void
dump(char *text, size_t size)
{
	off_t at = lseek(log_fd, 0, SEEK_END);
	ssize_t n = 0;
	int i;

	kill(server, SIGUSR1);
	for (i = 0; i < 200 && n <= 0; i++) {
		stress_nap(10000);
		n = pread(log_fd, text, size - 1, at);
	}
	stress_nap(10000);
	n = pread(log_fd, text, size - 1, at);
	text[n > 0 ? n : 0] = '\0';
}

static const char *
bytes_of(const char *text)
{
	const char *p = strstr(text, "machd: bytes of");

	return (p != NULL ? p : "");
}

static size_t
line_length(const char *p)
{
	return (strcspn(p, "\n"));
}

/* A client that comes and goes: what is made once is made then. */
static void
warm_up(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)mk_timer_destroy(mk_timer_create());
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	stress_nap(300000);
}

static bool
is_back(const struct served *was, const char *before)
{
	static char after[1 << 16];
	struct served now = { 0 };
	int i;

	for (i = 0; i < 150; i++) {
		stress_nap(100000);
		now = server_look();
		dump(after, sizeof(after));
		if (now.fds <= was->fds && now.threads <= was->threads &&
		    line_length(bytes_of(before)) ==
			line_length(bytes_of(after)) &&
		    strncmp(bytes_of(before), bytes_of(after),
			line_length(bytes_of(before))) == 0)
			break;
	}
	printf("before: descriptors %u threads %u memory %lu KB\n%.*s\n",
	    was->fds, was->threads, was->rss_kb,
	    (int)line_length(bytes_of(before)), bytes_of(before));
	printf("after:  descriptors %u threads %u memory %lu KB\n%.*s\n",
	    now.fds, now.threads, now.rss_kb, (int)line_length(bytes_of(after)),
	    bytes_of(after));
	if (i == 150)
		printf("it is not back:\n%s\n", after);
	return (i < 150 && now.rss_kb < was->rss_kb + 65536);
}

int
main(int argc, char **argv)
{
	static char before[1 << 16];
	unsigned int seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 10;
	struct served was;
	bool alive, ok;

	if (!stress_prepare() || !server_start()) {
		fprintf(stderr, "machd did not start\n");
		return (2);
	}
	warm_up();
	was = server_look();
	dump(before, sizeof(before));
	ok = stress_run(seconds, CLIENTS);
	alive = waitpid(server, NULL, WNOHANG) == 0;
	if (!alive)
		printf("the server is gone\n");
	ok = alive && is_back(&was, before) && ok;
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	if (ok)
		(void)unlink(log_path);
	(void)rmdir(folder);
	printf("%s\n", ok ? "passed" : "FAILED");
	return (ok ? 0 : 1);
}
