/* What a job is: launchd's keys of a property list, as JSON. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_JOB_FILE_H
#define ISTHMUS_MACH_BOOTSTRAP_JOB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <servers/bootstrap.h>

struct error;

#define JOB_THROTTLE_DEFAULT 10.0 /* seconds; as launchd's */

struct job_service {
	name_t name;
	bool reset; /* ResetAtClose: a new port when the program ends */
	bool hide;  /* HideUntilCheckIn: not looked up before */
};

struct job_file {
	name_t label;
	char *program;	    /* NULL: arguments[0], by PATH */
	char **arguments;   /* at least one; ends with NULL */
	char **environment; /* NAME=VALUE, ends with NULL */
	char *user;	    /* NULL: the server's own */
	uid_t uid;	    /* of bootstrap_create_server, with has_uid */
	bool has_uid;
	bool keep_alive; /* KeepAlive, or not OnDemand */
	bool run_at_load;
	bool multiple;	   /* MultipleInstances */
	uint64_t throttle; /* ThrottleInterval, ns */
	struct job_service *services;
	size_t nservices;
	unsigned int refs;
};

/* With one reference and nothing in it but what is the default; NULL. */
struct job_file *job_file_create(void);
/* job_file_unref it; NULL with the JSON path of what is wrong. */
struct job_file *job_file_read(const char *path, struct error *);
/* The same of bytes; `name` stands for them in errors. */
struct job_file *job_file_parse(
    const char *data, size_t len, const char *name, struct error *);
/*
 * A command line: words between blanks, with '...', "..." and \ as in a
 * shell, and nothing else of a shell.  NULL: no word, an open quote, no memory.
 */
struct job_file *job_file_of_command(
    const char *command, uid_t uid, bool on_demand);
void job_file_ref(struct job_file *);
void job_file_unref(struct job_file *);

#endif
