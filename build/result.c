/* A build's result: its names and its JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "build/result.h"

const char *
isth_outcome_name(enum isth_outcome outcome)
{
	static const char *const names[] = {
		[ISTH_OUTCOME_BUILT] = "built",
		[ISTH_OUTCOME_FAILED] = "failed",
		[ISTH_OUTCOME_TIMED_OUT] = "timed-out",
		[ISTH_OUTCOME_SILENT] = "silent",
		[ISTH_OUTCOME_LOG_LIMIT] = "log-limit",
		[ISTH_OUTCOME_OUTPUT_REJECTED] = "output-rejected",
		[ISTH_OUTCOME_INPUT_REJECTED] = "input-rejected",
		[ISTH_OUTCOME_NO_RESOURCES] = "no-resources",
		[ISTH_OUTCOME_CANCELLED] = "cancelled",
	};

	_Static_assert(
	    sizeof(names) / sizeof(names[0]) == ISTH_OUTCOME_COUNT, "a name");
	if ((unsigned)outcome >= ISTH_OUTCOME_COUNT)
		return ("unknown");
	return (names[outcome]);
}

json_t *
result_json_string(const char *s)
{
	struct text t = { 0 };
	size_t len, valid;
	json_t *value;

	if (s == NULL)
		return (json_null());
	len = strlen(s);
	valid = text_utf8_valid(s, len);
	if (valid == len)
		return (json_stringn_nocheck(s, len));
	for (;;) {
		text_add_bytes(&t, s, valid);
		s += valid;
		len -= valid;
		if (len == 0)
			break;
		text_add(&t, "\xef\xbf\xbd");
		s++;
		len--;
		valid = text_utf8_valid(s, len);
	}
	value = t.failed ? NULL : json_stringn_nocheck(t.data, t.len);
	text_clear(&t);
	return (value);
}

/* Those that a build can meet; both systems have all of them. */
static const struct {
	int err;
	const char *name;
} errnos[] = {
#define ERRNO(name)         \
	{                   \
		name, #name \
	}
	ERRNO(E2BIG),
	ERRNO(EACCES),
	ERRNO(EADDRINUSE),
	ERRNO(EADDRNOTAVAIL),
	ERRNO(EAFNOSUPPORT),
	ERRNO(EAGAIN),
	ERRNO(EBADF),
	ERRNO(EBADMSG),
	ERRNO(EBUSY),
	ERRNO(ECANCELED),
	ERRNO(ECHILD),
	ERRNO(ECONNREFUSED),
	ERRNO(ECONNRESET),
	ERRNO(EDEADLK),
	ERRNO(EDOM),
	ERRNO(EDQUOT),
	ERRNO(EEXIST),
	ERRNO(EFAULT),
	ERRNO(EFBIG),
	ERRNO(EILSEQ),
	ERRNO(EINTR),
	ERRNO(EINVAL),
	ERRNO(EIO),
	ERRNO(EISDIR),
	ERRNO(ELOOP),
	ERRNO(EMFILE),
	ERRNO(EMLINK),
	ERRNO(EMSGSIZE),
	ERRNO(ENAMETOOLONG),
	ERRNO(ENETDOWN),
	ERRNO(ENETUNREACH),
	ERRNO(ENFILE),
	ERRNO(ENOBUFS),
	ERRNO(ENODEV),
	ERRNO(ENOENT),
	ERRNO(ENOEXEC),
	ERRNO(ENOLCK),
	ERRNO(ENOMEM),
	ERRNO(ENOPROTOOPT),
	ERRNO(ENOSPC),
	ERRNO(ENOSYS),
	ERRNO(ENOTBLK),
	ERRNO(ENOTCONN),
	ERRNO(ENOTDIR),
	ERRNO(ENOTEMPTY),
	ERRNO(ENOTSUP),
	ERRNO(ENOTTY),
	ERRNO(ENXIO),
	ERRNO(EOVERFLOW),
	ERRNO(EPERM),
	ERRNO(EPIPE),
	ERRNO(EPROTO),
	ERRNO(EPROTONOSUPPORT),
	ERRNO(ERANGE),
	ERRNO(EROFS),
	ERRNO(ESPIPE),
	ERRNO(ESRCH),
	ERRNO(ESTALE),
	ERRNO(ETIMEDOUT),
	ERRNO(ETXTBSY),
	ERRNO(EUSERS),
	ERRNO(EXDEV),
#undef ERRNO
};

json_t *
result_json_errno(int err)
{
	char number[16];
	size_t i;

	if (err == 0)
		return (json_null());
	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (errnos[i].err == err)
			return (json_string(errnos[i].name));
	}
	snprintf(number, sizeof(number), "E%d", err);
	return (json_string(number));
}

static json_t *
error_json(const struct error *e)
{
	json_t *o;

	if (e->step[0] == '\0')
		return (json_null());
	o = json_object();
	json_object_set_new(o, "step", result_json_string(e->step));
	json_object_set_new(o, "errno", result_json_errno(e->err));
	json_object_set_new(o, "path", result_json_string(e->path));
	json_object_set_new(o, "why",
	    result_json_string(e->why[0] != '\0' ? e->why
			       : e->err != 0	 ? strerror(e->err)
						 : ""));
	json_object_set_new(o, "hint", result_json_string(e->hint));
	return (o);
}

/* NAME, a number or null, and then NAME_why. */
static void
measure_add(
    json_t *o, const char *name, const struct isth_measure *m, bool seconds)
{
	char why[64];

	if (m->value < 0) {
		json_object_set_new(o, name, json_null());
		snprintf(why, sizeof(why), "%s_why", name);
		json_object_set_new(o, why,
		    result_json_string(
			m->why[0] != '\0' ? m->why : "not measured"));
	} else if (seconds) {
		json_object_set_new(o, name, json_real((double)m->value / 1e9));
	} else {
		json_object_set_new(o, name, json_integer(m->value));
	}
}

static json_t *
strings_json(const struct isth_strings *s)
{
	json_t *list;
	size_t i;

	list = json_array();
	for (i = 0; i < s->n; i++)
		json_array_append_new(list, result_json_string(s->items[i]));
	return (list);
}

static json_t *
outputs_json(const struct isth_build_result *r)
{
	json_t *all, *one;
	size_t i;

	all = json_object();
	for (i = 0; i < r->noutputs; i++) {
		one = json_object();
		json_object_set_new(
		    one, "path", result_json_string(r->outputs[i].path));
		json_object_set_new(
		    one, "hash", result_json_string(r->outputs[i].hash));
		json_object_set_new(all, r->outputs[i].name, one);
	}
	return (all);
}

static void
usage_add(json_t *o, const struct isth_build_result *r)
{
	measure_add(o, "wall_s", &r->wall_ns, true);
	measure_add(o, "user_s", &r->user_ns, true);
	measure_add(o, "system_s", &r->system_ns, true);
	measure_add(o, "peak_memory_bytes", &r->peak_memory_bytes, false);
	measure_add(o, "block_read_bytes", &r->block_read_bytes, false);
	measure_add(o, "block_written_bytes", &r->block_written_bytes, false);
	measure_add(o, "processes", &r->processes, false);
	measure_add(o, "log_bytes", &r->log_bytes, false);
}

json_t *
result_json(const struct isth_build_result *r)
{
	json_t *o;

	o = json_object();
	json_object_set_new(o, "event", json_string("result"));
	json_object_set_new(o, "name", result_json_string(r->name));
	json_object_set_new(o, "id", result_json_string(r->id));
	json_object_set_new(
	    o, "outcome", json_string(isth_outcome_name(r->outcome)));
	json_object_set_new(o, "status", json_integer(r->status));
	json_object_set_new(o, "error", error_json(&r->error));
	json_object_set_new(o, "exit",
	    r->exit_code < 0 ? json_null() : json_integer(r->exit_code));
	json_object_set_new(o, "signal",
	    r->term_signal == 0 ? json_null() : json_integer(r->term_signal));
	json_object_set_new(o, "uid",
	    r->uid == (uid_t)-1 ? json_null()
				: json_integer((json_int_t)r->uid));
	usage_add(o, r);
	json_object_set_new(o, "log", result_json_string(r->log));
	json_object_set_new(o, "kept", strings_json(&r->kept));
	json_object_set_new(o, "outputs", outputs_json(r));
	json_object_set_new(o, "differs", strings_json(&r->differs));
	json_object_set_new(o, "weaker", strings_json(&r->weaker));
	json_object_set_new(o, "not_enforced", strings_json(&r->unlimited));
	json_object_set_new(o, "cleaned", strings_json(&r->cleaned));
	json_object_set_new(o, "left", strings_json(&r->left));
	return (o);
}

char *
isth_build_result_json(const struct isth_build_result *r)
{
	json_t *o;
	char *s;

	o = result_json(r);
	/* Nine digits: nanoseconds of a second. */
	s = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(o);
	return (s);
}
