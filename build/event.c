/* Events of the executor: the names of phases, and the JSON. */
#include "build/result.h"

const char *
isth_phase_name(enum isth_phase phase)
{
	static const char *const names[] = {
		[ISTH_PHASE_QUEUED] = "queued",
		[ISTH_PHASE_SETUP] = "setup",
		[ISTH_PHASE_RUN] = "run",
		[ISTH_PHASE_STOP] = "stop",
		[ISTH_PHASE_COLLECT] = "collect",
		[ISTH_PHASE_CLEAN] = "clean",
		[ISTH_PHASE_DONE] = "done",
	};

	_Static_assert(
	    sizeof(names) / sizeof(names[0]) == ISTH_PHASE_COUNT, "a name");
	if ((unsigned)phase >= ISTH_PHASE_COUNT)
		return ("unknown");
	return (names[phase]);
}

static json_t *
event_json(const struct isth_build_event *ev)
{
	static const char *const kinds[] = {
		[ISTH_EVENT_PHASE] = "phase",
		[ISTH_EVENT_LINE] = "line",
		[ISTH_EVENT_STEP] = "step",
		[ISTH_EVENT_NOTE] = "note",
	};
	json_t *o;

	if (ev->kind == ISTH_EVENT_RESULT) {
		o = result_json(ev->result);
		json_object_set_new(o, "at_s", json_real(ev->at_s));
		return (o);
	}
	o = json_object();
	json_object_set_new(o, "event", json_string(kinds[ev->kind]));
	json_object_set_new(o, "name", result_json_string(ev->name));
	json_object_set_new(o, "id", result_json_string(ev->id));
	json_object_set_new(o, "at_s", json_real(ev->at_s));
	switch (ev->kind) {
	case ISTH_EVENT_PHASE:
		json_object_set_new(
		    o, "phase", json_string(isth_phase_name(ev->phase)));
		break;
	case ISTH_EVENT_STEP:
		json_object_set_new(o, "step", result_json_string(ev->text));
		json_object_set_new(
		    o, "took_s", json_real((double)ev->ns / 1e9));
		break;
	default:
		json_object_set_new(o, "text", result_json_string(ev->text));
		break;
	}
	return (o);
}

char *
isth_build_event_json(const struct isth_build_event *ev)
{
	json_t *o;
	char *s;

	o = event_json(ev);
	s = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(o);
	return (s);
}
