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
	int serve = argc == 2 && strcmp(argv[1], "serve") == 0;
	mach_port_t service;
	kern_return_t kr;

	if (argc > 1) {
		kr = serve ? bootstrap_check_in(
				 bootstrap_port, KV_SERVICE, &service)
			   : bootstrap_look_up(
				 bootstrap_port, KV_SERVICE, &service);
		if (kr != KERN_SUCCESS) {
			fprintf(stderr, "kv: %s: %s\n", KV_SERVICE,
			    bootstrap_strerror(kr));
			return (1);
		}
	} else {
		service = MACH_PORT_NULL;
	}
	return (serve ? kv_server_run(service)
		      : kv_client_run(service, argc - 1,
			    (const char *const *)argv + 1, stdout));
}
