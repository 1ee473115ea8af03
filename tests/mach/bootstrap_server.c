/*
 * The bootstrap server in a task of the test's process, on a thread of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fail.h"
#include "mach/bootstrap/jobs.h"
#include "tests/mach/bootstrap_server.h"

/*
 * The embedded host asks for it when it makes a task: so, a task of whatever
 * user, without being root.
 */
static uid_t pretended;

uid_t
geteuid(void)
{
	return (pretended != 0 ? pretended : getuid());
}

/*
 * Programs that are none
 */

static struct {
	unsigned int started, killed;
	pid_t next, ended; /* ended: to be told of; 0: none */
	int status;
} programs;

static bool
os_spawn(void *arg, const struct job_file *file, pid_t *pid, struct error *e)
{
	pid_t next = __atomic_load_n(&programs.next, __ATOMIC_ACQUIRE);

	(void)arg;
	(void)__atomic_add_fetch(&programs.started, 1, __ATOMIC_ACQ_REL);
	if (next == 0)
		return (fail(e, ENOENT, "start program", file->label, NULL));
	*pid = next;
	return (true);
}

static void
os_kill(void *arg, pid_t pid, int signal)
{
	(void)arg;
	(void)signal;
	(void)__atomic_add_fetch(&programs.killed, 1, __ATOMIC_ACQ_REL);
	/* It obeys. */
	__atomic_store_n(&programs.ended, pid, __ATOMIC_RELEASE);
}

static bool
os_ended(void *arg, pid_t *pid, int *status)
{
	(void)arg;
	*pid = __atomic_exchange_n(&programs.ended, 0, __ATOMIC_ACQ_REL);
	*status = programs.status;
	return (*pid != 0);
}

static pid_t
os_leader(void *arg, pid_t pid)
{
	(void)arg;
	return (pid);
}

static const struct bootstrapd_os os = { os_spawn, os_kill, os_ended, os_leader,
	NULL };

/*
 * The server
 */

static struct {
	struct rig_task *task;
	struct rig_thread *thread;
	mach_port_t port; /* the test's name */
} server;

struct start {
	const char *const *jobs;
	struct bootstrapd_limits limits;
	struct bootstrapd *b;
	mach_port_t port; /* the server's name */
	const char *failed;
};

static void
server_make(void *p)
{
	struct start *start = p;
	struct caller self = { getuid(), 1, true };
	const char *const *text;
	struct job_file *file;
	const char *which;
	struct job *job;

	start->b = bootstrapd_create(&os, getuid(), &start->limits);
	if (start->b == NULL) {
		start->failed = "bootstrapd_create";
		return;
	}
	for (text = start->jobs; text != NULL && *text != NULL; text++) {
		file = job_file_parse(*text, strlen(*text), "test", NULL);
		if (file == NULL || job_create(start->b, start->b->system, file,
					&self, &job, &which) != KERN_SUCCESS)
			start->failed = *text;
	}
	start->port = bootstrapd_port(start->b);
}

static struct bootstrapd *running;

static void
server_main(void *p)
{
	(void)p;
	bootstrapd_loop(running);
	bootstrapd_destroy(running);
}

static void
begin(struct start *start)
{
	mach_port_t old = bootstrap_port;

	memset(&programs, 0, sizeof(programs));
	server.task = rig_task_create();
	rig_run(server.task, server_make, start, sizeof(*start));
	ATF_REQUIRE_MSG(start->failed == NULL, "%s", start->failed);
	running = start->b;
	server.port =
	    rig_take(server.task, start->port, MACH_MSG_TYPE_MOVE_SEND);
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, server.port));
	if (MACH_PORT_VALID(old))
		(void)mach_port_deallocate(SELF, old);
	bootstrap_port = server.port;
	server.thread = rig_start(server.task, server_main, NULL, 0);
}

void
boot_begin(const char *const *jobs)
{
	struct start start = { .jobs = jobs,
		.limits = { BOOTSTRAPD_SERVICES_MAX, BOOTSTRAPD_SCOPES_MAX } };

	begin(&start);
}

void
boot_begin_limited(unsigned int services, unsigned int scopes)
{
	struct start start = { .limits = { services, scopes } };

	begin(&start);
}

static void
tell(void *event)
{
	bootstrapd_tell(running->events, *(enum bootstrapd_event *)event);
}

void
boot_end(void)
{
	enum bootstrapd_event event = BOOTSTRAPD_END;

	rig_run(server.task, tell, &event, sizeof(event));
	rig_join(server.thread);
	rig_task_destroy(server.task);
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL));
	(void)mach_port_deallocate(SELF, server.port);
	bootstrap_port = MACH_PORT_NULL;
}

mach_port_t
boot_port(void)
{
	return (server.port);
}

/*
 * Programs, of the test
 */

void
boot_next_program(pid_t pid)
{
	__atomic_store_n(&programs.next, pid, __ATOMIC_RELEASE);
}

static void
wait_a_little(void)
{
	const struct timespec ts = { 0, 2000000 };

	(void)nanosleep(&ts, NULL);
}

unsigned int
boot_started(unsigned int at_least)
{
	unsigned int i, n = 0;

	for (i = 0; i < 1000; i++) {
		n = __atomic_load_n(&programs.started, __ATOMIC_ACQUIRE);
		if (n >= at_least)
			break;
		wait_a_little();
	}
	return (n);
}

void
boot_program_ended(pid_t pid, int status)
{
	enum bootstrapd_event event = BOOTSTRAPD_CHILD;

	programs.status = status;
	__atomic_store_n(&programs.ended, pid, __ATOMIC_RELEASE);
	rig_run(server.task, tell, &event, sizeof(event));
	while (__atomic_load_n(&programs.ended, __ATOMIC_ACQUIRE) != 0)
		wait_a_little();
}

static void
count_names(void *p)
{
	*(uint32_t *)p = rig_names();
}

uint32_t
boot_server_names(void)
{
	mach_port_t port;
	uint32_t n;

	/* Notifications come by the same way, before it. */
	rig_settle();
	(void)boot_look_up(NULL, "none", &port, 0);
	rig_run(server.task, count_names, &n, sizeof(n));
	return (n);
}

unsigned int
boot_killed(void)
{
	return (__atomic_load_n(&programs.killed, __ATOMIC_ACQUIRE));
}

/*
 * Peers
 */

struct rig_task *
boot_peer(uid_t uid)
{
	struct rig_task *task;

	pretended = uid;
	task = rig_task_create();
	pretended = 0;
	return (task);
}

bool
boot_becomes(const char *name, kern_return_t want)
{
	mach_port_t port;
	kern_return_t kr;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		kr = boot_look_up(NULL, name, &port, 0);
		if (kr == KERN_SUCCESS)
			(void)mach_port_deallocate(SELF, port);
		if (kr == want)
			return (true);
		wait_a_little();
	}
	return (false);
}
