/*
 * kv: a key-value service and its client.
 *
 *	isthmus mach run sh
 *	$ kv serve &
 *	$ kv put colour green
 *	$ kv get colour
 */
#include <servers/bootstrap.h>

#include <string.h>

#include "kv.h"

int
main(int argc, char **argv)
{
	int serves = argc == 2 && strcmp(argv[1], "serve") == 0;
	mach_port_t service = MACH_PORT_NULL;
	kern_return_t kr = KERN_SUCCESS;
	int status;

	if (serves)
		kr = bootstrap_check_in(bootstrap_port, KV_SERVICE, &service);
	else if (argc > 1)
		kr = bootstrap_look_up(bootstrap_port, KV_SERVICE, &service);
	if (kr != KERN_SUCCESS) {
		fprintf(
		    stderr, "kv: %s: %s\n", KV_SERVICE, bootstrap_strerror(kr));
		return (1);
	}
	if (serves)
		return (kv_server_run(service));
	status = kv_client_run(
	    service, argc - 1, (const char *const *)argv + 1, stdout);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("kv: write standard output");
		return (1);
	}
	return (status);
}
