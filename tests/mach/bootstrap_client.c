/*
 * A server and a client by name, as processes, for bootstrap_machd_test:
 *	serve NAME N	checks in, answers N requests with its pid, exits
 *	crash NAME N	the same, and then aborts
 *	ask NAME [N]	N requests; prints who answered each
 *	unknown NAME	0 when nobody has that name
 * Before any of these, as UID: as that user.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>
#include <servers/bootstrap.h>

struct message {
	mach_msg_header_t header;
	int32_t pid;
	mach_msg_max_trailer_t trailer;
};
#define SIZE offsetof(struct message, trailer)

static int
failed(const char *what, kern_return_t kr)
{
	fprintf(stderr, "%s: %s\n", what, bootstrap_strerror(kr));
	return (1);
}

static int
serve(const char *name, int n, bool crash)
{
	struct message m;
	mach_port_t port;
	kern_return_t kr;

	kr = bootstrap_check_in(bootstrap_port, name, &port);
	if (kr != KERN_SUCCESS)
		return (failed("bootstrap_check_in", kr));
	while (n-- > 0) {
		kr = mach_msg(&m.header, MACH_RCV_MSG, 0, sizeof(m), port, 0,
		    MACH_PORT_NULL);
		if (kr != MACH_MSG_SUCCESS)
			return (failed("receive", kr));
		m.header.msgh_bits = MACH_MSGH_BITS_REMOTE(m.header.msgh_bits);
		m.header.msgh_local_port = MACH_PORT_NULL;
		m.header.msgh_id += 100;
		m.pid = (int32_t)getpid();
		kr = mach_msg(&m.header, MACH_SEND_MSG, SIZE, 0, MACH_PORT_NULL,
		    0, MACH_PORT_NULL);
		if (kr != MACH_MSG_SUCCESS)
			return (failed("reply", kr));
	}
	if (crash)
		abort();
	return (0);
}

static int
ask(const char *name, int n)
{
	struct message m;
	mach_port_t port;
	kern_return_t kr;
	int i;

	/* One that is not declared may be a little late. */
	for (i = 0; i < 500; i++) {
		kr = bootstrap_look_up(bootstrap_port, name, &port);
		if (kr != BOOTSTRAP_UNKNOWN_SERVICE)
			break;
		usleep(10000);
	}
	if (kr != KERN_SUCCESS)
		return (failed("bootstrap_look_up", kr));
	while (n-- > 0) {
		memset(&m, 0, sizeof(m));
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.header.msgh_remote_port = port;
		m.header.msgh_local_port = mig_get_reply_port();
		m.header.msgh_id = 1;
		kr = mach_msg(&m.header,
		    MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, SIZE,
		    sizeof(m), m.header.msgh_local_port, 20000, MACH_PORT_NULL);
		if (kr != MACH_MSG_SUCCESS)
			return (failed("mach_msg", kr));
		if (m.header.msgh_id != 101)
			return (failed("another answer", m.header.msgh_id));
		printf("%d\n", m.pid);
		fflush(stdout);
	}
	return (0);
}

int
main(int argc, char **argv)
{
	mach_port_t port;
	int n;

	if (argc > 2 && strcmp(argv[1], "as") == 0) {
		/*
		 * On FreeBSD a program that changed who it is does not
		 * believe its environment; the next one does.
		 */
		if (setuid((uid_t)atoi(argv[2])) != 0)
			return (2);
		argv[2] = argv[0];
		(void)execv(argv[0], argv + 2);
		return (127);
	}
	if (argc < 3)
		return (2);
	n = argc > 3 ? atoi(argv[3]) : 1;
	if (strcmp(argv[1], "serve") == 0)
		return (serve(argv[2], n, false));
	if (strcmp(argv[1], "crash") == 0)
		return (serve(argv[2], n, true));
	if (strcmp(argv[1], "ask") == 0)
		return (ask(argv[2], n));
	if (strcmp(argv[1], "unknown") == 0)
		return (bootstrap_look_up(bootstrap_port, argv[2], &port) !=
			BOOTSTRAP_UNKNOWN_SERVICE);
	return (2);
}
