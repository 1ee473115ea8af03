/*
 * What the files of the attacker share.  An attack is one attempt, from
 * inside a build, at something that a build must not be able to do; a deed
 * is the whole of a hostile builder, of which the host judges the result.
 * Attacks do no harm when they succeed: where the thing itself would, they
 * stop at the error that comes only after the permission was given.
 */
#ifndef ISTHMUS_TESTS_ATTACK_ATTACK_H
#define ISTHMUS_TESTS_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

enum end {
	SUCCEEDED, /* the exit status of an attacker with one attack, too */
	REFUSED,
	UNTRIED /* cannot be tried here, and why */
};

struct attack {
	const char *name, *what;
	/* In a process and an empty directory of its own, for 5 s at most. */
	enum end (*run)(const void *with);
	const void *with;
};

struct deed {
	const char *name, *what;
	int (*run)(char **args); /* exit status of the builder */
};

/* Each ends with an empty name. */
extern const struct attack attacks_identity[], attacks_files[], attacks_setid[],
    attacks_ipc[], attacks_process[];
extern const struct deed deeds_ipc[], deeds_live[], deeds_output[];

/* Those of this system only. */
extern const struct attack *const attacks_system[];
extern const struct deed *const deeds_system[];

/* Keeps the text for the attack's line. */
enum end ended(enum end, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/*
 * By the result of `call`: succeeded when it worked, otherwise refused with
 * errno; with --bare, what the system does not have is untried.
 */
enum end by_call(const char *call, bool worked);
/* A setting that the test gives in the environment; ends the attack if not. */
const char *setting(const char *name);
/* Writes a small file; false with errno. */
bool write_file(const char *path, const char *text, int mode);

#endif
