/*
 * The server as a process: its signals, its files of jobs, its command.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "mach/bootstrap/bootstrapd.h"
#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/process.h"

#define COMMAND_END 500 /* steps of 10 ms from SIGTERM to SIGKILL */

struct run {
	struct bootstrapd *b;
	mach_port_t events;
	pthread_t signals;
	sigset_t mask, old_mask;
	bool done; /* the signals' thread is to end */
	bool with_command;
	pid_t command;	 /* 0: there is none, or it has ended */
	int exit_status; /* what to exit with */
};

/*
 * Signals.  A thread waits for them and tells the server by messages, which
 * is the only thing that it waits for.
 */

static void *
signals_main(void *arg)
{
	struct run *run = arg;
	siginfo_t info;

	for (;;) {
		if (sigwaitinfo(&run->mask, &info) == -1)
			continue;
		if (__atomic_load_n(&run->done, __ATOMIC_ACQUIRE))
			return (NULL);
		/* A terminal's is the command's, which has it as well. */
		if (run->with_command && info.si_signo == SIGINT &&
		    info.si_code == SI_KERNEL)
			continue;
		bootstrapd_tell(run->events, info.si_signo == SIGCHLD
						 ? BOOTSTRAPD_CHILD
						 : BOOTSTRAPD_END);
	}
}

/* Never run: the signal is blocked in every thread. */
static void
on_signal(int signal)
{
	(void)signal;
}

static bool
signals_begin(struct run *run)
{
	static const int waited[] = { SIGTERM, SIGCHLD, SIGINT, SIGHUP };
	struct sigaction was;
	size_t i;

	sigemptyset(&run->mask);
	for (i = 0; i < sizeof(waited) / sizeof(waited[0]); i++) {
		/* What a shell or nohup(1) had ignored stays so. */
		if ((waited[i] == SIGINT || waited[i] == SIGHUP) &&
		    sigaction(waited[i], NULL, &was) == 0 &&
		    was.sa_handler == SIG_IGN)
			continue;
		sigaddset(&run->mask, waited[i]);
	}
	if (pthread_sigmask(SIG_BLOCK, &run->mask, &run->old_mask) != 0)
		return (false);
	/* FreeBSD throws away what is ignored by default, waited for or not. */
	(void)signal(SIGCHLD, on_signal);
	(void)signal(SIGPIPE, SIG_IGN);
	return (pthread_create(&run->signals, NULL, signals_main, run) == 0);
}

static void
signals_end(struct run *run)
{
	__atomic_store_n(&run->done, true, __ATOMIC_RELEASE);
	(void)pthread_kill(run->signals, SIGCHLD);
	(void)pthread_join(run->signals, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &run->old_mask, NULL);
}

/*
 * What the server asks of its host
 */

static bool
os_spawn(void *arg, const struct job_file *file, pid_t *pid, struct error *e)
{
	(void)arg;
	return (process_spawn(file, NULL, pid, e));
}

static void
os_kill(void *arg, pid_t pid, int signal)
{
	(void)arg;
	process_kill(pid, signal);
}

static int
status_of(int status)
{
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* The command's end is the server's. */
static bool
os_ended(void *arg, pid_t *pid, int *status)
{
	struct run *run = arg;

	for (;;) {
		*pid = waitpid(-1, status, WNOHANG);
		if (*pid <= 0)
			return (false);
		if (*pid != run->command)
			return (true);
		run->command = 0;
		run->exit_status = status_of(*status);
		bootstrapd_tell(run->events, BOOTSTRAPD_END);
	}
}

static pid_t
os_leader(void *arg, pid_t pid)
{
	(void)arg;
	return (process_leader(pid));
}

/*
 * Files of jobs
 */

static bool
load_file(struct bootstrapd *b, const char *path, struct error *e)
{
	const struct caller self = { b->owner, getpid(), true };
	struct job_file *file = job_file_read(path, e);
	const char *which = NULL;
	struct job *job;
	kern_return_t kr;

	if (file == NULL)
		return (false);
	kr = job_create(b, b->system, file, &self, &job, &which);
	if (kr == KERN_SUCCESS)
		return (true);
	if (kr == BOOTSTRAP_NAME_IN_USE)
		return (fail(e, 0, "load job", path,
		    "its label, or a name of its services, is taken"));
	return (fail(e, ENOMEM, "load job", path, NULL));
}

static int
is_json(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return (
	    d->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0);
}

static bool
load_folder(struct bootstrapd *b, const char *path, struct error *e)
{
	struct dirent **list;
	char file[4096];
	bool ok = true;
	int i, n;

	n = scandir(path, &list, is_json, alphasort);
	if (n < 0)
		return (fail(e, errno, "read folder of jobs", path, NULL));
	for (i = 0; i < n; i++) {
		if (ok) {
			(void)snprintf(
			    file, sizeof(file), "%s/%s", path, list[i]->d_name);
			ok = load_file(b, file, e);
		}
		free(list[i]);
	}
	free(list);
	return (ok);
}

static bool
load(struct bootstrapd *b, const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (fail(e, errno, "read job", path, NULL));
	return (S_ISDIR(st.st_mode) ? load_folder(b, path, e)
				    : load_file(b, path, e));
}

/*
 * The whole
 */

static bool
begin(
    struct run *run, const struct bootstrapd_options *options, struct error *e)
{
	size_t i;

	if (run->b == NULL)
		return (fail(e, ENOMEM, "make ports", NULL,
		    "no Mach here, or no memory"));
	for (i = 0; i < options->njobs; i++) {
		if (!load(run->b, options->jobs[i], e))
			return (false);
	}
	bootstrap_port = bootstrapd_port(run->b);
	if (task_set_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT,
		bootstrap_port) != KERN_SUCCESS)
		return (fail(e, 0, "set bootstrap port", NULL, "refused"));
	return (true);
}

/* As long as other programs have to end. */
static void
command_end(struct run *run)
{
	const struct timespec step = { 0, 10000000 };
	int tries, status = 0;

	(void)kill(run->command, SIGTERM);
	for (tries = 0; waitpid(run->command, &status, WNOHANG) == 0; tries++) {
		if (tries == COMMAND_END)
			(void)kill(run->command, SIGKILL);
		(void)nanosleep(&step, NULL);
	}
	run->command = 0;
	run->exit_status = status_of(status);
}

static bool
serve(
    struct run *run, const struct bootstrapd_options *options, struct error *e)
{
	bool ok = true;

	run->events = run->b->events;
	run->with_command = options->command != NULL;
	if (!signals_begin(run))
		return (fail(e, EAGAIN, "start thread", NULL, NULL));
	if (options->ready_fd >= 0) {
		(void)!write(options->ready_fd, "", 1);
		(void)close(options->ready_fd);
	}
	if (options->command != NULL)
		ok = process_spawn(NULL, options->command, &run->command, e);
	if (ok)
		bootstrapd_loop(run->b);
	if (run->command != 0)
		command_end(run);
	signals_end(run);
	return (ok);
}

int
bootstrapd_run(const struct bootstrapd_options *options)
{
	struct run run = { 0 };
	const struct bootstrapd_os os = { os_spawn, os_kill, os_ended,
		os_leader, &run };
	struct error e = { 0 };
	bool ok;

	if (options->background)
		bootstrapd_log_to_syslog();
	run.b = bootstrapd_create(&os, geteuid(), NULL);
	ok = begin(&run, options, &e) && serve(&run, options, &e);
	if (!ok)
		bootstrapd_log_error(&e);
	if (run.b != NULL)
		bootstrapd_destroy(run.b);
	return (ok ? run.exit_status : 1);
}
