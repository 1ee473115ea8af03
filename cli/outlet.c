/*
 * What waits for the reader of standard output.  The descriptor may be
 * another program's, too, so that it is not made non-blocking: poll(2)
 * promises that a pipe takes PIPE_BUF bytes, and no more is written at once.
 * A terminal promises nothing, and is opened anew.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/outlet.h"

struct outlet {
	int fd;
	bool own; /* and does not block */
	FILE *file;
	char *printed; /* of the file */
	size_t size;
	struct text text; /* not yet written from `done` on */
	size_t done;
};

/* A new file, for a stream in memory cannot be emptied. */
static bool
renew(struct outlet *o)
{
	if (o->file != NULL && fclose(o->file) != 0)
		o->text.failed = true;
	if (o->done > 0) {
		o->text.len -= o->done;
		memmove(o->text.data, o->text.data + o->done, o->text.len);
		o->done = 0;
	}
	if (o->printed != NULL)
		text_add_bytes(&o->text, o->printed, o->size);
	free(o->printed);
	o->printed = NULL;
	o->size = 0;
	o->file = open_memstream(&o->printed, &o->size);
	return (o->file != NULL && !o->text.failed);
}

/* -1: it is none, or may not be opened. */
static int
terminal_open(int fd)
{
	char path[PATH_MAX] = "";
	struct stat st, own_st;
	int own;

	if (ttyname_r(fd, path, sizeof(path)) != 0)
		return (-1);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own != -1 && (fstat(fd, &st) != 0 || fstat(own, &own_st) != 0 ||
			     st.st_rdev != own_st.st_rdev)) {
		(void)close(own);
		return (-1);
	}
	return (own);
}

struct outlet *
outlet_create(int fd)
{
	struct outlet *o;
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) != 0)
		return (NULL);
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) &&
	    (own = terminal_open(fd)) == -1)
		return (NULL);
	o = calloc(1, sizeof(*o));
	if (o == NULL) {
		if (own != -1)
			(void)close(own);
		return (NULL);
	}
	o->fd = own != -1 ? own : fd;
	o->own = own != -1;
	if (renew(o))
		return (o);
	outlet_destroy(o);
	return (NULL);
}

void
outlet_destroy(struct outlet *o)
{
	if (o == NULL)
		return;
	if (o->file != NULL)
		(void)fclose(o->file);
	if (o->own)
		(void)close(o->fd);
	free(o->printed);
	text_clear(&o->text);
	free(o);
}

FILE *
outlet_file(struct outlet *o)
{
	return (o->file);
}

int
outlet_fd(const struct outlet *o)
{
	return (o->fd);
}

bool
outlet_push(struct outlet *o)
{
	struct pollfd p = { o->fd, POLLOUT, 0 };
	size_t len;
	ssize_t n;

	if (ftell(o->file) > 0 && !renew(o)) {
		errno = ENOMEM;
		return (false);
	}
	while (o->done < o->text.len) {
		if (poll(&p, 1, 0) != 1)
			return (true);
		len = o->text.len - o->done;
		n = write(o->fd, o->text.data + o->done,
		    o->own || len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno == EAGAIN)
			return (true);
		if (n < 0 && errno != EINTR)
			return (false);
		if (n > 0)
			o->done += (size_t)n;
	}
	text_clear(&o->text);
	o->done = 0;
	return (true);
}

size_t
outlet_waiting(const struct outlet *o)
{
	return (o->text.len - o->done);
}
