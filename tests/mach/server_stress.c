/*
 * machd under load: clients that make traps at random and are killed at
 * random, for as many seconds as the argument says.  At the end the server
 * must have what it had at the beginning, and no message may have had a
 * trailer that names another than its sender.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"
#include "tests/mach/server_stress.h"

#define KILL_MS 60u /* between two of them */
#define HANG_MS 30000u

struct stress *stress;

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

void
stress_nap(unsigned int us)
{
	struct timespec ts = { us / 1000000, (long)(us % 1000000) * 1000 };

	(void)nanosleep(&ts, NULL);
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
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

/*
 * The hub: a thread of it has a port that all clients inherit, and hands
 * their rights around; the other forks and kills them.
 */

static void *
hub_main(void *arg)
{
	stress_hub(*(mach_port_t *)arg);
	return (NULL);
}

static pid_t
spawn(unsigned int slot)
{
	pid_t pid;

	stress->client[slot].turns = 0;
	stress->client[slot].operation = 99;
	pid = fork();
	if (pid == 0) {
		stress_client(slot);
		_exit(0);
	}
	return (pid);
}

static bool
hangs(unsigned int slot, pid_t pid, uint64_t now, uint64_t *since,
    uint64_t *turns)
{
	uint64_t n =
	    __atomic_load_n(&stress->client[slot].turns, __ATOMIC_RELAXED);

	if (n != *turns) {
		*turns = n;
		*since = now;
	}
	if (now - *since <= HANG_MS)
		return (false);
	printf("client %u (%d) hangs in operation %u, turn %ju; machd is %d\n",
	    slot, (int)pid, stress->client[slot].operation, (uintmax_t)n,
	    (int)server);
	fflush(stdout);
	/* To be looked at. */
	if (getenv("STRESS_STOP") != NULL)
		pause();
	return (true);
}

static void
hub(unsigned int seconds)
{
	static pid_t pids[CLIENTS];
	static uint64_t since[CLIENTS], turns[CLIENTS];
	uint64_t now = now_ms(), end = now + 1000u * seconds;
	mach_port_t port = MACH_PORT_NULL;
	pthread_t thread;
	unsigned int i;
	int status;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		&port) != KERN_SUCCESS ||
	    mach_port_insert_right(mach_task_self(), port, port,
		MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS ||
	    task_set_bootstrap_port(mach_task_self(), port) != KERN_SUCCESS ||
	    pthread_create(&thread, NULL, hub_main, &port) != 0)
		_exit(2);
	for (i = 0; i < CLIENTS; i++) {
		pids[i] = spawn(i);
		since[i] = now;
	}
	while ((now = now_ms()) < end) {
		stress_nap(1000 * (hostile_random() % (2 * KILL_MS)));
		i = hostile_random() % CLIENTS;
		kill(pids[i], SIGKILL);
		stress->killed++;
		for (i = 0; i < CLIENTS; i++) {
			if (waitpid(pids[i], &status, WNOHANG) == pids[i]) {
				if (WIFSIGNALED(status) &&
				    WTERMSIG(status) != SIGKILL)
					stress->crashed++;
				pids[i] = spawn(i);
				stress->spawned++;
				since[i] = now_ms();
			} else if (hangs(i, pids[i], now_ms(), &since[i],
				       &turns[i])) {
				stress->hung++;
				end = 0;
			}
		}
	}
	for (i = 0; i < CLIENTS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	fflush(stdout);
	_exit(0);
}

int
main(int argc, char **argv)
{
	static char before[1 << 16];
	unsigned int seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 10;
	struct served was;
	pid_t pid;
	bool ok;
	int status = 0;

	stress = mmap(NULL, sizeof(*stress), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (stress == MAP_FAILED || !server_start()) {
		fprintf(stderr, "machd did not start\n");
		return (2);
	}
	warm_up();
	was = server_look();
	dump(before, sizeof(before));
	pid = fork();
	if (pid == 0)
		hub(seconds);
	waitpid(pid, &status, 0);
	ok = waitpid(server, NULL, WNOHANG) == 0;
	if (!ok)
		printf("the server is gone\n");
	ok = ok && is_back(&was, before);
	printf("%u s, %u clients: %ju operations, %ju messages checked, %ju "
	       "killed, %ju begun anew; wrong trailers %ju, wrong memory %ju, "
	       "hung %ju, crashed %ju\n",
	    seconds, CLIENTS, (uintmax_t)stress->operations,
	    (uintmax_t)stress->checked, (uintmax_t)stress->killed,
	    (uintmax_t)stress->spawned, (uintmax_t)stress->wrong_trailers,
	    (uintmax_t)stress->wrong_memory, (uintmax_t)stress->hung,
	    (uintmax_t)stress->crashed);
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	if (ok)
		(void)unlink(log_path);
	(void)rmdir(folder);
	ok = ok && status == 0 && stress->wrong_trailers == 0 &&
	     stress->wrong_memory == 0 && stress->hung == 0 &&
	     stress->crashed == 0 && stress->checked > 0;
	printf("%s\n", ok ? "passed" : "FAILED");
	return (ok ? 0 : 1);
}
