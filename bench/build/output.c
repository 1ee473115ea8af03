/*
 * What bench/build/output.sh measures: collects STORE/NAME into STAGE as the
 * executor's collector does, moved ("move") or copied to fresh inodes
 * ("fresh"); or makes the tree ("make": files of uneven sizes).
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/output.h"

enum { FILES = 50000, PER_DIRECTORY = 100 };

/* Sizes repeat: 1, 4, 9, ... KiB; together 1 GB. */
static size_t
size_of(int i)
{
	size_t n = (size_t)(i % 8) + 1;

	return (n * n * 1024 * 25 / 32 + (size_t)i % 512);
}

static int
make(const char *top)
{
	static char data[65536];
	char path[4096];
	size_t sum = 0;
	int fd, i;

	memset(data, 'x', sizeof(data));
	if (mkdir(top, 0755) != 0)
		return (1);
	for (i = 0; i < FILES; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/d%d", top, i / PER_DIRECTORY);
		if (i % PER_DIRECTORY == 0 && mkdir(path, 0755) != 0)
			return (1);
		(void)snprintf(path, sizeof(path), "%s/d%d/f%d", top,
		    i / PER_DIRECTORY, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
		if (fd < 0 ||
		    write(fd, data, size_of(i)) != (ssize_t)size_of(i))
			return (1);
		sum += size_of(i);
		(void)close(fd);
	}
	fprintf(stderr, "%d files, %zu MB\n", FILES, sum / 1000000);
	return (0);
}

static int
collect(const char *how, const char *store, const char *stage, const char *name)
{
	struct output_policy policy = {
		.builder_uid = geteuid(), .owner = geteuid(), .group = getegid()
	};
	struct output_links *links;
	struct error e;
	int from, to;

	policy.fresh = strcmp(how, "fresh") == 0;
	from = open(store, O_RDONLY | O_DIRECTORY);
	to = open(stage, O_RDONLY | O_DIRECTORY);
	links = output_links_create();
	if (from >= 0 && to >= 0 && links != NULL &&
	    output_collect(from, to, name, &policy, links, &e) &&
	    output_links_settle(to, links, &e)) {
		output_links_destroy(links);
		return (0);
	}
	isth_error_print(stderr, "output", &e);
	return (1);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		return (make(argv[2]));
	if (argc == 5)
		return (collect(argv[1], argv[2], argv[3], argv[4]));
	fprintf(stderr, "usage: output make TOP | "
			"output {move|fresh} STORE STAGE NAME\n");
	return (2);
}
