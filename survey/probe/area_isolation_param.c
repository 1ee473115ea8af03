/*
 * The parameters of a FreeBSD jail: each is given to a new jail and read
 * back.  The rows come from the list in area_isolation.h.
 */
#include "survey/probe/area_isolation.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/jail.h>
#include <sys/module.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum how { FLAG, NUMBER, ID, STRING };

#define TEXT_SIZE 256

/* True when the kernel lists the parameter; a node's name ends with a dot. */
static bool
listed(const char *name)
{
	int mib[CTL_MAXNAME];
	char path[128];
	size_t len;

	snprintf(path, sizeof(path), "security.jail.param.%s", name);
	len = CTL_MAXNAME;
	if (sysctlnametomib(path, mib, &len) == 0)
		return (true);
	strlcat(path, ".", sizeof(path));
	len = CTL_MAXNAME;
	return (sysctlnametomib(path, mib, &len) == 0);
}

/* The module that brings the parameter with it, when it is not loaded. */
static const char *
missing_module(const char *name)
{
	static const char mount[] = "allow.mount.";
	const char *module;

	if (strncmp(name, mount, sizeof(mount) - 1) == 0)
		module = name + sizeof(mount) - 1;
	else if (strcmp(name, "allow.vmm") == 0)
		module = "vmm";
	else
		return (NULL);
	return (modfind(module) < 0 ? module : NULL);
}

/* One parameter as jail_set(2) takes it and jail_get(2) gives it. */
struct value {
	int number;
	unsigned long id;
	char text[TEXT_SIZE];
};

static struct util_param
param_of(
    const char *name, enum how how, const struct value *value, bool read_back)
{
	struct util_param p = { name, NULL, 0 };

	switch (how) {
	case FLAG:
		if (read_back) {
			p.value = &value->number;
			p.size = sizeof(value->number);
		}
		break;
	case NUMBER:
		p.value = &value->number;
		p.size = sizeof(value->number);
		break;
	case ID:
		p.value = &value->id;
		p.size = sizeof(value->id);
		break;
	case STRING:
		p.value = value->text;
		p.size = read_back ? sizeof(value->text) : UTIL_STRING;
		break;
	}
	return (p);
}

static struct probe_answer
read_back(int jid, const char *name, enum how how, const struct value *want)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	struct value got;

	memset(&got, 0, sizeof(got));
	got.number = -1;
	if (util_jail_get(0, errmsg,
		(struct util_param[]){ { "jid", &jid, sizeof(jid) },
		    param_of(name, how, &got, true), { NULL, NULL, 0 } }) < 0)
		return (probe_errno(errno, "jail_get: %.120s", errmsg));
	switch (how) {
	case FLAG:
	case NUMBER:
		if (got.number == want->number)
			return (probe_ok("%d", got.number));
		return (probe_wrong(
		    "given %d, reads %d", want->number, got.number));
	case ID:
		if (got.id == want->id)
			return (probe_ok("%lu", got.id));
		return (probe_wrong("given %lu, reads %lu", want->id, got.id));
	default:
		if (strcmp(got.text, want->text) == 0)
			return (probe_ok("%.60s", got.text));
		return (probe_wrong(
		    "given %.60s, reads %.60s", want->text, got.text));
	}
}

static struct probe_answer
ask(const struct probe_context *ctx, const char *name, enum how how, int number,
    const char *text)
{
	char errmsg[UTIL_ERRMSG_SIZE];
	struct probe_answer answer;
	const char *module;
	struct value value;
	int jid;

	if (!listed(name)) {
		module = missing_module(name);
		if (module != NULL)
			return (util_no_module(module));
		return (probe_absent("not listed in security.jail.param"));
	}
	if (!ctx->root)
		return (util_skip("known to this kernel; needs root to set"));
	memset(&value, 0, sizeof(value));
	value.number = number;
	value.id = (unsigned long)number;
	if (text != NULL)
		strlcpy(value.text, text, sizeof(value.text));
	jid = util_jail(JAIL_CREATE, errmsg,
	    (struct util_param[]){
		{ "name", probe_jail_name(ctx, 0), UTIL_STRING },
		{ "path", "/", UTIL_STRING }, { "persist", NULL, 0 },
		param_of(name, how, &value, false), { NULL, NULL, 0 } });
	if (jid < 0)
		return (probe_errno(errno, "jail_set: %.120s", errmsg));
	answer = read_back(jid, name, how, &value);
	(void)jail_remove(jid);
	return (answer);
}

#define DEFINE(fn, name, how, number, text)                                 \
	struct probe_answer iso_param_##fn(const struct probe_context *ctx) \
	{                                                                   \
		return (ask(ctx, name, how, number, text));                 \
	}

ISOLATION_PARAMS(DEFINE)

#else
typedef int area_isolation_param_is_empty_here;
#endif
