/*
 * A standard output that somebody reads as he likes: what is printed waits
 * here, and never keeps the program from its other work.
 */
#ifndef ISTHMUS_CLI_OUTLET_H
#define ISTHMUS_CLI_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct outlet;

/* For a pipe, a socket or a terminal; NULL for all else, and without memory. */
struct outlet *outlet_create(int fd);
void outlet_destroy(struct outlet *);
/* What is to be printed is printed to this. */
FILE *outlet_file(struct outlet *);
/* What to poll(2), for POLLOUT when something waits. */
int outlet_fd(const struct outlet *);
/*
 * Writes what is taken without waiting.  False with errno when no more will
 * ever be.
 */
bool outlet_push(struct outlet *);
/* Bytes that wait. */
size_t outlet_waiting(const struct outlet *);

#endif
