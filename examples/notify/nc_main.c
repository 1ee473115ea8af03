/*
 * notify: a notification centre and its client.
 *
 *	isthmus mach run sh
 *	$ notify serve &
 *	$ notify observe org.example.battery &
 *	$ notify post org.example.battery 20
 */
#include <servers/bootstrap.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "nc.h"

static int stop_fds[2];

static void
on_signal(int signal)
{
	(void)signal;
	(void)!write(stop_fds[1], "", 1);
}

/* SIGTERM and SIGINT are a byte in a pipe, which the centre's loop polls. */
static int
serve(mach_port_t service)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (pipe(stop_fds) != 0) {
		perror("notify: pipe");
		return (1);
	}
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	return (nc_server_run(service, stop_fds[0]));
}

int
main(int argc, char **argv)
{
	int serves = argc == 2 && strcmp(argv[1], "serve") == 0;
	mach_port_t service = MACH_PORT_NULL;
	kern_return_t kr = KERN_SUCCESS;
	int status;

	if (serves)
		kr = bootstrap_check_in(bootstrap_port, NC_SERVICE, &service);
	else if (argc > 1)
		kr = bootstrap_look_up(bootstrap_port, NC_SERVICE, &service);
	if (kr != KERN_SUCCESS) {
		fprintf(stderr, "notify: %s: %s\n", NC_SERVICE,
		    bootstrap_strerror(kr));
		return (1);
	}
	if (serves)
		return (serve(service));
	status = nc_client_run(
	    service, argc - 1, (const char *const *)argv + 1, stdout);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("notify: write standard output");
		return (1);
	}
	return (status);
}
