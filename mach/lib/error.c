/*
 * Texts of result codes.  They are facts of the interface: programs, logs and
 * their readers know them (XNU libsyscall/mach/err_*.sub).  A code is 6 bits
 * of system, 12 of subsystem, 14 of code.
 */
#include <stdio.h>

#include <mach/boolean.h>
#include <mach/error.h>
#include <mach/mach_error.h>

#include "mach/lib/error_texts.h"

#define UNKNOWN "unknown error code"

/* Set: mach_error() tells of every code what it tells of unknown ones. */
extern boolean_t mach_error_full_diag;
boolean_t mach_error_full_diag = FALSE;

struct subsystem {
	const char *name;
	const char *const *texts;
	int count;
};

#define SUB(name, texts)                                               \
	{                                                              \
		name, texts, (int)(sizeof(texts) / sizeof((texts)[0])) \
	}
#define NOTHING(name)         \
	{                     \
		name, NULL, 0 \
	}

static const struct subsystem kern_subs[] = {
	SUB("(os/kern)", error_kern),
	NOTHING("(os/?)"),
	NOTHING("(os/?)"),
	NOTHING("(os/unix)"),
};
static const struct subsystem mach_ipc_subs[] = {
	SUB("(ipc/send)", error_mach_send),
	SUB("(ipc/rcv)", error_mach_rcv),
	SUB("(ipc/mig)", error_mach_mig),
};

static const struct system {
	const char *unknown; /* of a subsystem without texts */
	const struct subsystem *subs;
	int count;
} systems[] = {
	{ "(operating system/?) unknown subsystem error", kern_subs, 4 },
	{ "(user space/?) unknown subsystem error", NULL, 0 },
	{ "(server/?) unknown subsystem error", NULL, 0 },
	{ "(ipc/?) unknown subsystem error", NULL, 0 },
	{ "(ipc/?) unknown subsystem error", mach_ipc_subs, 3 },
};

/* MIG's numbers are from before there were systems. */
static mach_error_t
modern(mach_error_t err)
{
	if (err > -400 && err <= -300)
		return (-(err + 300) | err_mach_ipc | err_sub(2));
	return (err);
}

static const struct system *
system_of(mach_error_t err)
{
	int n = err_get_system(err);

	if (n >= (int)(sizeof(systems) / sizeof(systems[0])))
		return (NULL);
	return (&systems[n]);
}

char *
mach_error_type(mach_error_t err)
{
	const struct system *s;
	int sub;

	err = modern(err);
	s = system_of(err);
	sub = err_get_sub(err);
	/* The prototype is older than const. */
	if (s == NULL || sub >= s->count)
		return ((char *)(uintptr_t) "(?/?)");
	return ((char *)(uintptr_t)s->subs[sub].name);
}

/* `*known`: it is one of the codes that have a text. */
static const char *
text_of(mach_error_t err, boolean_t *known)
{
	const struct system *s;
	const struct subsystem *sub;

	err = modern(err);
	*known = FALSE;
	s = system_of(err);
	if (s == NULL)
		return ("(?/?) unknown error system");
	if (err_get_sub(err) >= s->count)
		return (s->unknown);
	sub = &s->subs[err_get_sub(err)];
	if (err_get_code(err) >= sub->count)
		return (UNKNOWN);
	*known = TRUE;
	return (sub->texts[err_get_code(err)]);
}

char *
mach_error_string(mach_error_t err)
{
	boolean_t known;

	return ((char *)(uintptr_t)text_of(err, &known));
}

void
mach_error(const char *str, mach_error_t err)
{
	boolean_t known;
	const char *text = text_of(err, &known);

	if (known && !mach_error_full_diag)
		fprintf(stderr, "%s %s\n", str, text);
	else
		fprintf(stderr, "%s %s %s (%x)\n", str, mach_error_type(err),
		    text, (unsigned int)err);
}
