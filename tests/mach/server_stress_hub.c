/*
 * The hub of a stress: clients that make traps at random, killed at random.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <mach/mach.h>

#include "tests/mach/hostile.h"
#include "tests/mach/server_stress.h"

#define KILL_MS 60u /* between two of them */
#define HANG_MS 30000u

struct stress *stress;

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
	printf("client %u (%d) hangs in operation %u, turn %ju\n", slot,
	    (int)pid, stress->client[slot].operation, (uintmax_t)n);
	fflush(stdout);
	/* To be looked at. */
	if (getenv("STRESS_STOP") != NULL)
		pause();
	return (true);
}

static void
hub(unsigned int seconds, unsigned int clients)
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
	for (i = 0; i < clients; i++) {
		pids[i] = spawn(i);
		since[i] = now;
	}
	while ((now = now_ms()) < end) {
		stress_nap(1000 * (hostile_random() % (2 * KILL_MS)));
		i = hostile_random() % clients;
		kill(pids[i], SIGKILL);
		stress->killed++;
		for (i = 0; i < clients; i++) {
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
	for (i = 0; i < clients; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	fflush(stdout);
	_exit(0);
}

bool
stress_prepare(void)
{
	stress = mmap(NULL, sizeof(*stress), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	return (stress != MAP_FAILED);
}

bool
stress_run(unsigned int seconds, unsigned int clients)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		hub(seconds, clients);
	waitpid(pid, &status, 0);
	printf("%u s, %u clients: %ju operations, %ju messages checked, %ju "
	       "killed, %ju begun anew; wrong trailers %ju, wrong memory %ju, "
	       "hung %ju, crashed %ju\n",
	    seconds, clients, (uintmax_t)stress->operations,
	    (uintmax_t)stress->checked, (uintmax_t)stress->killed,
	    (uintmax_t)stress->spawned, (uintmax_t)stress->wrong_trailers,
	    (uintmax_t)stress->wrong_memory, (uintmax_t)stress->hung,
	    (uintmax_t)stress->crashed);
	return (pid != -1 && status == 0 && stress->wrong_trailers == 0 &&
		stress->wrong_memory == 0 && stress->hung == 0 &&
		stress->crashed == 0 && stress->checked > 0);
}
