/*
 * Reading a job.  A key that is not known is an error: a job that silently
 * lacks what its author wrote is worse than none.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "mach/bootstrap/job_file.h"

#define THROTTLE_MAX 86400.0 /* seconds */

static const char *const keys[] = { "Label", "Program", "ProgramArguments",
	"EnvironmentVariables", "UserName", "MachServices", "KeepAlive",
	"OnDemand", "RunAtLoad", "MultipleInstances", "ThrottleInterval" };

static bool
wrong(const char *path, const char *why, struct error *e)
{
	return (fail(e, 0, "read job", path, "%s", why));
}

static bool
no_memory(struct error *e)
{
	return (fail(e, ENOMEM, "read job", NULL, NULL));
}

static void
strings_free(char **strings)
{
	size_t i;

	for (i = 0; strings != NULL && strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

void
job_file_ref(struct job_file *file)
{
	file->refs++;
}

void
job_file_unref(struct job_file *file)
{
	if (file == NULL || --file->refs > 0)
		return;
	free(file->program);
	strings_free(file->arguments);
	strings_free(file->environment);
	free(file->user);
	free(file->services);
	free(file);
}

struct job_file *
job_file_create(void)
{
	struct job_file *file = calloc(1, sizeof(*file));

	if (file != NULL) {
		file->refs = 1;
		file->throttle = (uint64_t)(JOB_THROTTLE_DEFAULT * 1e9);
	}
	return (file);
}

/*
 * Members
 */

static bool
read_flag(const json_t *object, const char *at, const char *key, bool *flag,
    struct error *e)
{
	const json_t *value = json_object_get(object, key);
	char *path;

	if (value == NULL)
		return (true);
	if (json_is_boolean(value)) {
		*flag = json_is_true(value);
		return (true);
	}
	if (asprintf(&path, "%s.%s", at, key) == -1)
		return (no_memory(e));
	(void)wrong(path, "not true or false", e);
	free(path);
	return (false);
}

static bool
read_string(
    const json_t *object, const char *key, char **result, struct error *e)
{
	const char *value;

	if (json_object_get(object, key) == NULL)
		return (true);
	if (!json_want_string(object, "$", key, &value, e))
		return (false);
	*result = strdup(value);
	return (*result != NULL || no_memory(e));
}

static bool
read_name(const char *value, const char *path, name_t name, struct error *e)
{
	size_t n = strlen(value);

	if (n == 0 || n >= sizeof(name_t))
		return (wrong(path, "not of 1 to 127 bytes", e));
	memcpy(name, value, n + 1);
	return (true);
}

static bool
read_arguments(const json_t *job, struct job_file *file, struct error *e)
{
	const json_t *list;
	char path[64];
	size_t i, n;

	if (json_object_get(job, "ProgramArguments") == NULL) {
		if (file->program == NULL)
			return (wrong(
			    "$", "neither Program nor ProgramArguments", e));
		file->arguments = calloc(2, sizeof(*file->arguments));
		if (file->arguments == NULL)
			return (no_memory(e));
		file->arguments[0] = strdup(file->program);
		return (file->arguments[0] != NULL || no_memory(e));
	}
	if (!json_want_array(job, "$", "ProgramArguments", &list, e))
		return (false);
	n = json_array_size(list);
	if (n == 0)
		return (wrong("$.ProgramArguments", "empty", e));
	file->arguments = calloc(n + 1, sizeof(*file->arguments));
	if (file->arguments == NULL)
		return (no_memory(e));
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    path, sizeof(path), "$.ProgramArguments[%zu]", i);
		if (!json_is_string(json_array_get(list, i)))
			return (wrong(path, "not a string", e));
		file->arguments[i] =
		    strdup(json_string_value(json_array_get(list, i)));
		if (file->arguments[i] == NULL)
			return (no_memory(e));
	}
	return (true);
}

static bool
read_environment(const json_t *job, struct job_file *file, struct error *e)
{
	const json_t *object, *value;
	const char *key;
	char path[160], *line;
	size_t n = 0;
	json_t *each;

	if (json_object_get(job, "EnvironmentVariables") == NULL)
		return (true);
	if (!json_want_object(job, "$", "EnvironmentVariables", &object, e))
		return (false);
	file->environment =
	    calloc(json_object_size(object) + 1, sizeof(*file->environment));
	if (file->environment == NULL)
		return (no_memory(e));
	json_object_foreach((json_t *)(uintptr_t)object, key, each)
	{
		value = each;
		(void)snprintf(
		    path, sizeof(path), "$.EnvironmentVariables.%s", key);
		if (*key == '\0' || strchr(key, '=') != NULL)
			return (wrong(path, "not a name of a variable", e));
		if (!json_is_string(value))
			return (wrong(path, "not a string", e));
		if (asprintf(&line, "%s=%s", key, json_string_value(value)) < 0)
			return (no_memory(e));
		file->environment[n++] = line;
	}
	return (true);
}

static bool
read_services(const json_t *job, struct job_file *file, struct error *e)
{
	static const char *const service_keys[] = { "ResetAtClose",
		"HideUntilCheckIn" };
	struct job_service *s;
	const json_t *object;
	const char *key;
	char path[160];
	json_t *value;

	if (json_object_get(job, "MachServices") == NULL)
		return (true);
	if (!json_want_object(job, "$", "MachServices", &object, e))
		return (false);
	file->services =
	    calloc(json_object_size(object) + 1, sizeof(*file->services));
	if (file->services == NULL)
		return (no_memory(e));
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		s = &file->services[file->nservices++];
		(void)snprintf(path, sizeof(path), "$.MachServices.%s", key);
		if (!read_name(key, path, s->name, e))
			return (false);
		if (json_is_true(value))
			continue;
		if (!json_is_object(value))
			return (wrong(path, "not true, nor an object", e));
		if (!json_only_keys(value, path, service_keys, 2, e) ||
		    !read_flag(value, path, "ResetAtClose", &s->reset, e) ||
		    !read_flag(value, path, "HideUntilCheckIn", &s->hide, e))
			return (false);
	}
	return (true);
}

static bool
read_user(const json_t *job, struct job_file *file, struct error *e)
{
	const struct passwd *pw;

	if (!read_string(job, "UserName", &file->user, e))
		return (false);
	if (file->user == NULL)
		return (true);
	/* cppcheck-suppress getpwnamCalled */
	pw = getpwnam(file->user);
	if (pw == NULL)
		return (wrong("$.UserName", "no such user", e));
	file->uid = pw->pw_uid;
	file->has_uid = true;
	return (true);
}

static bool
read_when(const json_t *job, struct job_file *file, struct error *e)
{
	bool on_demand = true;
	double seconds;

	if (!read_flag(job, "$", "KeepAlive", &file->keep_alive, e) ||
	    !read_flag(job, "$", "OnDemand", &on_demand, e) ||
	    !read_flag(job, "$", "RunAtLoad", &file->run_at_load, e) ||
	    !read_flag(job, "$", "MultipleInstances", &file->multiple, e))
		return (false);
	if (json_object_get(job, "KeepAlive") != NULL &&
	    json_object_get(job, "OnDemand") != NULL &&
	    file->keep_alive == on_demand)
		return (wrong("$.OnDemand", "contradicts KeepAlive", e));
	file->keep_alive = file->keep_alive || !on_demand;
	if (json_object_get(job, "ThrottleInterval") == NULL)
		return (true);
	if (!json_want_number(job, "$", "ThrottleInterval", &seconds, e))
		return (false);
	if (!(seconds >= 0) || seconds > THROTTLE_MAX)
		return (wrong("$.ThrottleInterval", "not of 0 to 86400", e));
	file->throttle = (uint64_t)(seconds * 1e9);
	return (true);
}

static bool
read_job(const json_t *job, struct job_file *file, struct error *e)
{
	const char *label;

	return (
	    json_only_keys(job, "$", keys, sizeof(keys) / sizeof(keys[0]), e) &&
	    json_want_string(job, "$", "Label", &label, e) &&
	    read_name(label, "$.Label", file->label, e) &&
	    read_string(job, "Program", &file->program, e) &&
	    read_arguments(job, file, e) && read_environment(job, file, e) &&
	    read_user(job, file, e) && read_services(job, file, e) &&
	    read_when(job, file, e));
}

static struct job_file *
job_file_of(json_t *job, const char *name, struct error *e)
{
	struct job_file *file;

	if (job == NULL)
		return (NULL);
	file = job_file_create();
	if (file == NULL)
		no_memory(e);
	else if (!read_job(job, file, e)) {
		fail_context(e, "%s", name);
		job_file_unref(file);
		file = NULL;
	}
	json_decref(job);
	return (file);
}

struct job_file *
job_file_read(const char *path, struct error *e)
{
	return (job_file_of(json_read(path, e), path, e));
}

struct job_file *
job_file_parse(const char *data, size_t len, const char *name, struct error *e)
{
	return (job_file_of(json_parse(data, len, name, e), name, e));
}
