/* bootstrapd: names for Mach services, where the kernel has Mach. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/text.h"
#include "mach/bootstrap/bootstrapd.h"

static int
usage(FILE *out, int status)
{
	fprintf(out, "usage: bootstrapd [-b] [-j JOBS]... [-r FD] [COMMAND "
		     "[ARGUMENT]...]\n");
	return (status);
}

int
main(int argc, char **argv)
{
	const char *jobs[64];
	struct bootstrapd_options options = { .jobs = jobs, .ready_fd = -1 };
	int c;

	/* Else what it prints goes where its sockets are. */
	if (!descriptors_standard())
		return (1);
	while ((c = getopt(argc, argv, "+bhj:r:")) != -1) {
		switch (c) {
		case 'b':
			options.background = 1;
			break;
		case 'j':
			if (options.njobs == sizeof(jobs) / sizeof(jobs[0])) {
				fprintf(stderr, "bootstrapd: too many -j\n");
				return (2);
			}
			jobs[options.njobs++] = optarg;
			break;
		case 'r':
			if (!text_number(optarg, 65535, &options.ready_fd) ||
			    fcntl(options.ready_fd, F_GETFD) == -1)
				return (usage(stderr, 2));
			break;
		case 'h':
			return (usage(stdout, 0));
		default:
			return (usage(stderr, 2));
		}
	}
	if (optind < argc)
		options.command = argv + optind;
	/* Before anything of Mach: a child would not have it. */
	if (options.background && options.command == NULL &&
	    daemon(1, 0) != 0) {
		perror("bootstrapd: daemon");
		return (1);
	}
	return (bootstrapd_run(&options));
}
