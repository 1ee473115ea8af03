/*
 * Starting programs.  What may fail or allocate is done before the fork: the
 * server has another thread, and its child may only make system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/fail.h"
#include "mach/bootstrap/process.h"

#define GROUPS_MAX 256

extern char **environ;

struct start {
	const struct job_file *file; /* NULL: a command */
	const char *path;
	char *const *arguments;
	char **environment;
	bool has_user;
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int ngroups;
	int report; /* the errno of what failed goes there */
};

/*
 * The environment
 */

static void
strings_free(char **strings)
{
	size_t i;

	for (i = 0; strings != NULL && strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

/* Puts NAME=VALUE, in place of another of that name; takes `line`. */
static bool
environment_put(char **list, size_t max, char *line)
{
	const char *end = line == NULL ? NULL : strchr(line, '=');
	size_t i, n;

	if (end == NULL) {
		free(line);
		return (false);
	}
	n = (size_t)(end - line) + 1;
	for (i = 0; list[i] != NULL; i++) {
		if (strncmp(list[i], line, n) == 0) {
			free(list[i]);
			break;
		}
	}
	if (i == max) {
		free(line);
		return (false);
	}
	list[i] = line;
	return (true);
}

static bool
environment_put_user(char **list, size_t max, const struct passwd *pw)
{
	const char *const what[][2] = {
		{ "HOME", pw->pw_dir },
		{ "LOGNAME", pw->pw_name },
		{ "SHELL", pw->pw_shell },
		{ "USER", pw->pw_name },
	};
	char *line;
	size_t i;

	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		if (asprintf(&line, "%s=%s", what[i][0], what[i][1]) < 0 ||
		    !environment_put(list, max, line))
			return (false);
	}
	return (true);
}

/* The server's own, then the user's, then the job's. */
static char **
environment_create(const struct job_file *file, const struct passwd *pw)
{
	char **list, **p;
	size_t max = 8;
	bool ok = true;

	for (p = environ; *p != NULL; p++)
		max++;
	for (p = file->environment; p != NULL && *p != NULL; p++)
		max++;
	list = calloc(max + 1, sizeof(*list));
	if (list == NULL)
		return (NULL);
	for (p = environ; ok && *p != NULL; p++) {
		if (strchr(*p, '=') != NULL)
			ok = environment_put(list, max, strdup(*p));
	}
	if (ok && pw != NULL)
		ok = environment_put_user(list, max, pw);
	for (p = file->environment; ok && p != NULL && *p != NULL; p++)
		ok = environment_put(list, max, strdup(*p));
	if (ok)
		return (list);
	strings_free(list);
	return (NULL);
}

/*
 * The child
 */

static _Noreturn void
child_fail(const struct start *start)
{
	int err = errno;

	(void)!write(start->report, &err, sizeof(err));
	_exit(127);
}

static void
child_signals(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	sigemptyset(&plain.sa_mask);
	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &plain, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
child(const struct start *start)
{
	int fd;

	child_signals();
	if (start->file != NULL) {
		(void)setsid();
		fd = open("/dev/null", O_RDWR);
		if (fd < 0 || dup2(fd, 0) < 0)
			child_fail(start);
	}
	/* Groups first: they need what setuid gives up. */
	if (start->has_user &&
	    (setgroups((size_t)start->ngroups, start->groups) != 0 ||
		setgid(start->gid) != 0 || setuid(start->uid) != 0))
		child_fail(start);
	if (!descriptors_close_except(&start->report, 1, NULL))
		child_fail(start);
	environ = start->environment;
	(void)execvp(start->path, start->arguments);
	child_fail(start);
}

/* What the child says before it is the program: nothing, or an errno. */
static bool
fork_and_wait(struct start *start, pid_t *pid, struct error *e)
{
	int fds[2], err = 0, status;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return (fail(e, errno, "start program", start->path, NULL));
	start->report = fds[1];
	*pid = fork();
	if (*pid == 0)
		child(start);
	err = errno;
	(void)close(fds[1]);
	if (*pid < 0) {
		(void)close(fds[0]);
		return (fail(e, err, "start program", start->path, NULL));
	}
	do
		n = read(fds[0], &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	(void)close(fds[0]);
	if (n != (ssize_t)sizeof(err))
		return (true);
	while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return (fail(e, err, "start program", start->path, NULL));
}

/*
 * Calls
 */

/* False: there is no such user, or too many groups. */
static bool
start_as(struct start *start, const struct passwd *pw, struct error *e)
{
	uid_t self = geteuid();

	/* Who runs the server already is that. */
	if (!start->file->has_uid || start->file->uid == self)
		return (true);
	start->has_user = true;
	start->uid = start->file->uid;
	if (pw == NULL)
		return (fail(e, 0, "start program", start->path,
		    "there is no user %u", (unsigned int)start->uid));
	start->gid = pw->pw_gid;
	start->ngroups = GROUPS_MAX;
	if (getgrouplist(
		pw->pw_name, pw->pw_gid, start->groups, &start->ngroups) < 0)
		return (fail(e, 0, "start program", start->path,
		    "user %s is in too many groups", pw->pw_name));
	return (true);
}

bool
process_spawn(const struct job_file *file, char *const *command, pid_t *pid,
    struct error *e)
{
	struct start start = { .file = file, .arguments = command };
	const struct passwd *pw = NULL;
	bool ok;

	if (file == NULL) {
		start.path = command[0];
		start.environment = environ;
		return (fork_and_wait(&start, pid, e));
	}
	start.path = file->program != NULL ? file->program : file->arguments[0];
	start.arguments = file->arguments;
	if (file->has_uid)
		/* cppcheck-suppress getpwuidCalled */
		pw = getpwuid(file->uid);
	if (!start_as(&start, pw, e))
		return (false);
	start.environment = environment_create(file, pw);
	if (start.environment == NULL)
		return (fail(e, ENOMEM, "start program", start.path, NULL));
	ok = fork_and_wait(&start, pid, e);
	strings_free(start.environment);
	return (ok);
}

void
process_kill(pid_t pid, int signal)
{
	/* Its group, which is its session's first. */
	if (killpg(pid, signal) != 0)
		(void)kill(pid, signal);
}

pid_t
process_leader(pid_t pid)
{
	return (getsid(pid));
}
