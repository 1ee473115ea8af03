/*
 * The trivial builder: writes the output named by $out; with an argument,
 * waits that many seconds first.  Linked static, so that one input is all it
 * needs.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	const char *out = getenv("out");
	int fd;

	if (argc > 1)
		sleep((unsigned)atoi(argv[1]));
	if (out == NULL)
		return (1);
	fd = open(out, O_WRONLY | O_CREAT | O_EXCL, 0644);
	return (fd == -1 || write(fd, "built\n", 6) != 6);
}
