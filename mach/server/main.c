/*
 * machd(8): Mach IPC between processes, without a kernel's help.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/fail.h"
#include "base/text.h"
#include "mach/os/user/alive.h"
#include "mach/os/user/user_poll.h"
#include "mach/server/loop.h"

struct settings {
	const char *socket; /* path */
	const char *jobs;   /* folder of the bootstrap server's, or NULL */
	bool system;	    /* serves all users */
	bool stats;
	bool bootstrap; /* with a bootstrap server */
	bool run;	/* a private one, for a command */
	int idle_ms;
	int ready; /* a byte is written there; -1 */
};

static int signal_pipe[2] = { -1, -1 };

static bool with_command;

static void
on_signal(int n, siginfo_t *info, void *context)
{
	int saved = errno;
	char byte = (char)n;

	(void)context;
	/* A terminal's is the command's, which has it as well. */
	if (!with_command || n != SIGINT || info->si_code != SI_KERNEL)
		(void)!write(signal_pipe[1], &byte, 1);
	errno = saved;
}

static bool
signals_init(const struct settings *o, struct error *error)
{
	static const int caught[] = { SIGTERM, SIGUSR1, SIGCHLD, SIGINT,
		SIGHUP };
	struct sigaction sa = { .sa_sigaction = on_signal,
		.sa_flags = SA_RESTART | SA_SIGINFO };
	struct sigaction was;
	size_t i;

	with_command = o->run;
	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return (fail(error, errno, "make a pipe", NULL, NULL));
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		/* What a shell or nohup(1) had ignored stays so. */
		if ((caught[i] == SIGINT || caught[i] == SIGHUP) &&
		    sigaction(caught[i], NULL, &was) == 0 &&
		    was.sa_handler == SIG_IGN)
			continue;
		sigaction(caught[i], &sa, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	return (true);
}

#define FILES_EACH 2 /* of a thread of a client: what it has, and to spare */

/* As many descriptors as may be. */
static void
files_init(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	server.files_max = limit.rlim_cur / 2;
	/* Of a half, as many as one user may have; of all: all of it. */
	server.threads_max = (uint32_t)(limit.rlim_cur / 2 / FILES_EACH /
					(server.system ? 2 : 1));
	user_poll_limit = SESSION_FILES_MAX;
}

/*
 * Of two that begin at once, each would take the other's socket, that does not
 * listen yet, for a dead one: one looks after the other, until this lock of
 * the folder is closed.
 */
static int
lock_of(const char *path, struct error *error)
{
	const char *slash = strrchr(path, '/');
	char folder[512];
	int fd, tries;

	snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		fail(error, errno, "listen in", folder, NULL);
		return (-1);
	}
	/* Where anyone may lock it, nobody may for ever. */
	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0 && tries < 300;
	     tries++)
		usleep(10000);
	return (fd);
}

/*
 * The socket.  One whose server is gone is taken away; a live one is another
 * machd's.
 */
static int
listen_at(const char *path, bool all, struct error *error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	bool there, refused;
	int fd, lock;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		fail(error, errno, "listen", path, NULL);
		fail_hint(error,
		    "name a shorter one with --socket or ISTHMUS_MACH_SOCKET");
		return (-1);
	}
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		fail(error, errno, "make a socket", path, NULL);
		return (-1);
	}
	lock = lock_of(path, error);
	if (lock == -1) {
		close(fd);
		return (-1);
	}
	there = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	refused = !there && errno == ECONNREFUSED;
	close(fd);
	if (there || (refused && alive_is(path))) {
		close(lock);
		errno = EADDRINUSE;
		fail(error, errno, "listen", path, NULL);
		fail_hint(error,
		    "another machd is there: use that, end it, or give --socket");
		return (-1);
	}
	if (refused)
		(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    chmod(path, all ? 0666 : 0600) != 0 || listen(fd, 1024) != 0 ||
	    !alive_show(path, all)) {
		fail(error, errno, "listen", path, NULL);
		if (fd != -1)
			close(fd);
		close(lock);
		return (-1);
	}
	close(lock);
	return (fd);
}

/* Who could write there could be the server, for our clients. */
static bool
is_own_folder(const char *path, struct error *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return (fail(e, errno, "look at", path, NULL));
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 022) == 0)
		return (true);
	fail(e, EPERM, "use the folder", path, NULL);
	return (fail_hint(e, "it must be yours, and only you may write to it"));
}

static int
socket_of(const struct settings *o, char *path, size_t size, bool *given_away,
    struct error *e)
{
	const char *given = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	char *slash;

	if (given != NULL && pid != NULL && atoi(given) == 1 &&
	    atoi(pid) == (int)getpid()) {
		/* Of a service manager, sd_listen_fds(3): the third on. */
		struct sockaddr_un sun = { .sun_family = AF_UNIX };
		socklen_t length = sizeof(sun);

		if (getsockname(3, (struct sockaddr *)&sun, &length) != 0) {
			fail(e, errno, "take the socket that was given", NULL,
			    NULL);
			return (-1);
		}
		snprintf(path, size, "%.*s", (int)sizeof(sun.sun_path),
		    sun.sun_path);
		*given_away = true;
		(void)alive_show(path, o->system);
		(void)fcntl(3, F_SETFD, FD_CLOEXEC);
		(void)fcntl(3, F_SETFL, O_NONBLOCK);
		return (3);
	}
	if (o->socket != NULL)
		snprintf(path, size, "%s", o->socket);
	else if (o->system)
		snprintf(path, size, "%s", MACH_SERVER_SYSTEM);
	else
		(void)mach_server_path(path, size);
	slash = strrchr(path, '/');
	if (o->socket == NULL && slash != NULL) {
		*slash = '\0';
		if (mkdir(path, o->system ? 0755 : 0700) != 0 &&
		    errno != EEXIST) {
			fail(e, errno, "make a folder", path, NULL);
			return (-1);
		}
		if (!is_own_folder(path, e))
			return (-1);
		*slash = '/';
	}
	return (listen_at(path, o->system, e));
}

static void
usage(FILE *out)
{
	fputs("usage: machd [--socket PATH | --system] [--stats] "
	      "[--idle SECONDS]\n"
	      "             [--no-bootstrap] [--jobs FOLDER] [--ready FD]\n"
	      "       machd --run [--stats] [--no-bootstrap] [--jobs FOLDER] "
	      "COMMAND [ARGUMENT...]\n"
	      "Mach IPC between processes.  See machd(8).\n",
	    out);
}

/* What was said and would not be done is no success.  NULL: nothing. */
static const char *
settings_wrong(const struct settings *o, bool command)
{
	if (o->run != command)
		return (command ? "a command without --run"
				: "--run without a command");
	if (o->run && (o->socket != NULL || o->system || o->idle_ms != 0 ||
			  o->ready != -1))
		return ("--run with what is for a server that stays");
	if (o->socket != NULL && o->socket[0] == '\0')
		return ("--socket: no path");
	if (o->jobs != NULL && !o->bootstrap)
		return ("--jobs with --no-bootstrap");
	if (o->ready != -1 && fcntl(o->ready, F_GETFD) == -1)
		return ("--ready: no such descriptor");
	return (NULL);
}

static bool
settings_take(struct settings *o, int option)
{
	int n;

	switch (option) {
	case 's':
		o->socket = optarg;
		return (true);
	case 'S':
		o->system = true;
		return (true);
	case 'p':
		o->stats = true;
		return (true);
	case 'i':
		if (!text_number(optarg, INT_MAX / 1000, &n))
			return (false);
		o->idle_ms = n * 1000;
		return (true);
	case 'n':
		o->bootstrap = false;
		return (true);
	case 'j':
		o->jobs = optarg;
		return (true);
	case 'r':
		return (text_number(optarg, INT_MAX, &o->ready));
	case 'R':
		o->run = true;
		return (true);
	default:
		return (false);
	}
}

static int
settings_read(struct settings *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "system", no_argument, NULL, 'S' },
		{ "stats", no_argument, NULL, 'p' },
		{ "idle", required_argument, NULL, 'i' },
		{ "no-bootstrap", no_argument, NULL, 'n' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "ready", required_argument, NULL, 'r' },
		{ "run", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *wrong;
	int c;

	*o = (struct settings){ .bootstrap = true, .ready = -1 };
	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return (0);
		}
		if (settings_take(o, c))
			continue;
		if (c != '?')
			fprintf(stderr, "machd: no number: %s\n", optarg);
		usage(stderr);
		return (2);
	}
	wrong = settings_wrong(o, optind < argc);
	if (wrong == NULL)
		return (-1);
	fprintf(stderr, "machd: %s\n", wrong);
	usage(stderr);
	return (2);
}

static int
serve(const struct settings *o, char *const *command, struct error *e)
{
	struct loop l = { .listen = -1, .root_ready = -1, .ready = true };
	char path[512] = "";
	bool theirs = false; /* the socket is a service manager's */
	int status = 3;

	if (!signals_init(o, e) ||
	    (o->run && !run_place(path, sizeof(path), e)))
		return (3);
	server.system = o->system;
	files_init();
	l.signals = signal_pipe[0];
	l.stats = o->stats;
	l.idle_ms = o->idle_ms;
	l.argv = o->run ? command : NULL;
	l.path = path;
	server.host = ipc_host_create(NULL);
	if (server.host == NULL)
		fail(e, ENOMEM, "begin", NULL, NULL);
	else
		l.listen = o->run
			       ? listen_at(path, false, e)
			       : socket_of(o, path, sizeof(path), &theirs, e);
	if (l.listen != -1 &&
	    (!o->bootstrap || bootstrap_start(&l, o->jobs, path, e))) {
		if (o->ready != -1) {
			(void)!write(o->ready, "", 1);
			close(o->ready);
		}
		status = loop_run(&l);
	}
	if (l.listen != -1)
		alive_end(path);
	if (l.listen != -1 && !theirs)
		(void)unlink(path);
	if (o->run)
		run_place_end(path);
	return (status);
}

int
main(int argc, char **argv)
{
	struct error e = { 0 };
	struct settings o;
	int status;

	/* Or what is said at 2 would go where our own sockets are. */
	if (!descriptors_standard())
		return (3);
	status = settings_read(&o, argc, argv);
	if (status != -1)
		return (status);
	status = serve(&o, argv + optind, &e);
	if (e.step[0] != '\0')
		isth_error_print(stderr, "machd", &e);
	return (status);
}
