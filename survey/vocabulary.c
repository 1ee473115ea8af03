/* The words of the survey: names of areas, kinds, classes, states, uses. */
#include <string.h>

#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const char *title;
} areas[ISTH_AREA_COUNT] = {
	[ISTH_AREA_PROCESS] = { "process", "Process creation and supervision" },
	[ISTH_AREA_DESCRIPTOR] = { "descriptor", "Descriptors" },
	[ISTH_AREA_ISOLATION] = { "isolation", "File-system isolation" },
	[ISTH_AREA_NAMESPACE] = { "namespace", "Namespaces" },
	[ISTH_AREA_MOUNT] = { "mount", "Mounts and file systems" },
	[ISTH_AREA_PRIVILEGE] = { "privilege", "Privilege and capability" },
	[ISTH_AREA_METADATA] = { "metadata", "Metadata and storage" },
	[ISTH_AREA_TIME] = { "time", "Time" },
	[ISTH_AREA_EVENT] = { "event", "Events and IPC" },
	[ISTH_AREA_LIMIT] = { "limit", "Limits" },
	[ISTH_AREA_MEMORY] = { "memory", "Memory" },
	[ISTH_AREA_NETWORK] = { "network", "Network" },
	[ISTH_AREA_SYSTEM] = { "system", "Administration" },
};

static const char *const kinds[ISTH_KIND_COUNT] = {
	[ISTH_KIND_SYSCALL] = "syscall",
	[ISTH_KIND_LIBC] = "libc",
	[ISTH_KIND_FLAG] = "flag",
	[ISTH_KIND_HEADER] = "header",
	[ISTH_KIND_SYSCTL] = "sysctl",
	[ISTH_KIND_DEVICE] = "device",
	[ISTH_KIND_FILESYSTEM] = "filesystem",
	[ISTH_KIND_COMMAND] = "command",
	[ISTH_KIND_SEMANTIC] = "semantic",
};

static const char *const classes[ISTH_CLASS_COUNT] = {
	[ISTH_CLASS_NATIVE] = "native",
	[ISTH_CLASS_EQUIVALENT] = "equivalent",
	[ISTH_CLASS_REDESIGN] = "redesign",
	[ISTH_CLASS_ABSENT] = "absent",
};

static const char *const states[ISTH_STATE_COUNT] = {
	[ISTH_STATE_OK] = "ok",
	[ISTH_STATE_ABSENT] = "absent",
	[ISTH_STATE_DENIED] = "denied",
	[ISTH_STATE_UNSUPPORTED] = "unsupported",
	[ISTH_STATE_UNRELIABLE] = "unreliable",
	[ISTH_STATE_FAILED] = "failed",
	[ISTH_STATE_CRASHED] = "crashed",
	[ISTH_STATE_HUNG] = "hung",
	[ISTH_STATE_SKIPPED] = "skipped",
};

static const char *const uses[ISTH_USE_COUNT] = {
	[ISTH_USE_CALL] = "call",
	[ISTH_USE_REFERENCE] = "reference",
	[ISTH_USE_FLAG] = "flag",
	[ISTH_USE_HEADER] = "header",
	[ISTH_USE_COMMAND] = "command",
	[ISTH_USE_DEVICE] = "device",
};

static const char *const verdicts[ISTH_VERDICT_COUNT] = {
	[ISTH_VERDICT_WORKS] = "works",
	[ISTH_VERDICT_ADAPT] = "adapt",
	[ISTH_VERDICT_REDESIGN] = "redesign",
	[ISTH_VERDICT_GAP] = "gap",
	[ISTH_VERDICT_ASK] = "ask",
};

static const char *
word(const char *const *words, size_t n, unsigned value)
{
	return (value < n ? words[value] : "?");
}

const char *
isth_area_name(enum isth_area area)
{
	return (area < COUNT(areas) ? areas[area].name : "?");
}

const char *
isth_area_title(enum isth_area area)
{
	return (area < COUNT(areas) ? areas[area].title : "?");
}

const char *
isth_kind_name(enum isth_kind kind)
{
	return (word(kinds, COUNT(kinds), kind));
}

const char *
isth_class_name(enum isth_class class_)
{
	return (word(classes, COUNT(classes), class_));
}

const char *
isth_state_name(enum isth_state state)
{
	return (word(states, COUNT(states), state));
}

const char *
isth_use_name(enum isth_use use)
{
	return (word(uses, COUNT(uses), use));
}

const char *
isth_verdict_name(enum isth_verdict verdict)
{
	return (word(verdicts, COUNT(verdicts), verdict));
}

bool
isth_area_parse(const char *name, enum isth_area *area)
{
	size_t i;

	for (i = 0; i < COUNT(areas); i++) {
		if (strcmp(areas[i].name, name) == 0) {
			*area = (enum isth_area)i;
			return (true);
		}
	}
	return (false);
}

bool
isth_state_parse(const char *name, enum isth_state *state)
{
	size_t i;

	for (i = 0; i < COUNT(states); i++) {
		if (strcmp(states[i], name) == 0) {
			*state = (enum isth_state)i;
			return (true);
		}
	}
	return (false);
}
