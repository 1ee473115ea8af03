/*
 * The builder of the attack suite, statically linked so that it needs no
 * other input.  It runs the attacks that it is asked for, each in a process
 * of its own, and prints a line for each: "attack NAME END TEXT".
 *
 *   attacker [--bare] NAME...	  attacks; exits like the best of them
 *   attacker --deed NAME [ARG...] a hostile builder
 *   attacker --list		  names and what they are
 *
 * --bare says that nothing is known to stand in the way: what the system
 * does not have is then untried, not refused.
 */
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define ATTACK_SECONDS 5

static const struct attack *const attacks_portable[] = { attacks_identity,
	attacks_files, attacks_setid, attacks_ipc, attacks_process, NULL };
static const struct deed *const deeds_portable[] = { deeds_ipc, deeds_live,
	deeds_output, NULL };

static const char *const end_names[] = { "succeeded", "refused", "untried" };
static bool bare;
static const char *running; /* name of the attack of this process */
static char text[512];

enum end
ended(enum end end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return (end);
}

enum end
by_call(const char *call, bool worked)
{
	int err = errno;

	if (worked)
		return (ended(SUCCEEDED, "%s worked", call));
	if (bare &&
	    (err == ENOSYS || err == EAFNOSUPPORT || err == ENODEV ||
		err == EPROTONOSUPPORT || err == EOPNOTSUPP ||
		err == ESOCKTNOSUPPORT || err == ENOENT || err == ENXIO))
		return (ended(UNTRIED, "%s: %s", call, strerror(err)));
	return (ended(REFUSED, "%s: %s", call, strerror(err)));
}

static void
say(enum end end)
{
	printf("attack %s %s %s\n", running, end_names[end], text);
	(void)fflush(stdout);
}

const char *
setting(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL) {
		(void)ended(UNTRIED, "%s is not set", name);
		say(UNTRIED);
		_exit(UNTRIED);
	}
	return (value);
}

bool
write_file(const char *path, const char *what, int mode)
{
	bool written;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd == -1)
		return (false);
	written = write(fd, what, strlen(what)) == (ssize_t)strlen(what);
	return (close(fd) == 0 && written);
}

static const struct attack *
attack_find(const char *name)
{
	const struct attack *const *table, *a;
	int i;

	for (i = 0; i < 2; i++) {
		table = i == 0 ? attacks_portable : attacks_system;
		for (; *table != NULL; table++) {
			for (a = *table; a->name != NULL; a++) {
				if (strcmp(a->name, name) == 0)
					return (a);
			}
		}
	}
	return (NULL);
}

static const struct deed *
deed_find(const char *name)
{
	const struct deed *const *table, *d;
	int i;

	for (i = 0; i < 2; i++) {
		table = i == 0 ? deeds_portable : deeds_system;
		for (; *table != NULL; table++) {
			for (d = *table; d->name != NULL; d++) {
				if (strcmp(d->name, name) == 0)
					return (d);
			}
		}
	}
	return (NULL);
}

static void
list(void)
{
	const struct attack *const *table, *a;
	int i;

	for (i = 0; i < 2; i++) {
		table = i == 0 ? attacks_portable : attacks_system;
		for (; *table != NULL; table++) {
			for (a = *table; a->name != NULL; a++)
				printf("%-24s %s\n", a->name, a->what);
		}
	}
}

/* The attack's own process. */
static void __attribute__((__noreturn__)) attack_main(const struct attack *a)
{
	enum end end;

	(void)alarm(ATTACK_SECONDS);
	(void)snprintf(text, sizeof(text), "scratch.%s", a->name);
	/* Only a directory to work in: attacks that need one will say so. */
	if (mkdir(text, 0755) == 0)
		(void)!chdir(text);
	text[0] = '\0';
	end = a->run(a->with);
	say(end);
	_exit((int)end);
}

static enum end
attack_run(const struct attack *a)
{
	enum end end;
	pid_t pid;
	int status;

	running = a->name;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		attack_main(a);
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		end = ended(UNTRIED, "fork: %s", strerror(errno));
	} else if (WIFEXITED(status) && WEXITSTATUS(status) <= UNTRIED) {
		return ((enum end)WEXITSTATUS(status));
	} else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGALRM) {
		end = ended(REFUSED, "killed: %s", strsignal(WTERMSIG(status)));
	} else {
		end = ended(UNTRIED, "hung, wait status 0x%x", status);
	}
	say(end);
	return (end);
}

int
main(int argc, char **argv)
{
	const struct attack *a;
	const struct deed *d;
	enum end best = UNTRIED, end;
	int i = 1;

	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		list();
		return (0);
	}
	if (argc > 2 && strcmp(argv[1], "--deed") == 0) {
		d = deed_find(argv[2]);
		if (d == NULL)
			errno = EINVAL;
		return (d == NULL ? 125 : d->run(argv + 3));
	}
	if (argc > 1 && strcmp(argv[1], "--bare") == 0) {
		bare = true;
		i++;
	}
	for (; i < argc; i++) {
		a = attack_find(argv[i]);
		if (a == NULL) {
			running = argv[i];
			(void)ended(UNTRIED, "no such attack");
			say(UNTRIED);
			continue;
		}
		end = attack_run(a);
		if (end < best)
			best = end;
	}
	return ((int)best);
}
