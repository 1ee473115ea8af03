/* A small catalogue without fault, in which a test plants one. */
#include <atf-c.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/survey/catalogue/planted.h"

static const struct isth_interface clean_rows[PLANTED_ROWS] = {
	{ "clone", "clone(2)", "rfork(2)", "Makes a child", "man7 clone(2)",
	    ISTH_AREA_PROCESS, ISTH_KIND_SYSCALL, ISTH_CLASS_REDESIGN },
	{ "kqueue", "-", "kqueue(2)", "The event queue, 14.0", "kqueue(2)",
	    ISTH_AREA_EVENT, ISTH_KIND_SYSCALL, ISTH_CLASS_NATIVE },
	{ "cmd:unshare", "unshare(1)", "-", "No such command", "unshare(1)",
	    ISTH_AREA_NAMESPACE, ISTH_KIND_COMMAND, ISTH_CLASS_ABSENT },
	{ "/dev/kvm", "/dev/kvm", "vmm(4)", "Virtual machines", "vmm(4)",
	    ISTH_AREA_SYSTEM, ISTH_KIND_DEVICE, ISTH_CLASS_REDESIGN },
};

void
planted_init(struct planted *p)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->rows, clean_rows, sizeof(clean_rows));
	p->needs[0].id = "clone";
	p->needs[0].purpose = "a child";
	p->needs[1].id = "kqueue";
	p->needs[1].purpose = "waiting";
	p->consumer[0].name = "daemon";
	p->consumer[0].title = "A daemon";
	p->consumer[0].from = "its source";
	p->consumer[0].needs = p->needs;
	p->consumer[0].nneeds = 2;
	p->probe[0].id = "process.clone";
	p->probe[0].interface_id = "clone";
	(void)snprintf(p->report.host.system, sizeof(p->report.host.system),
	    "%s", "Linux");
	(void)snprintf(p->report.host.release, sizeof(p->report.host.release),
	    "%s", "6.1.0-test");
	p->report.results = p->results;
	p->view.rows = p->rows;
	p->view.nrows = PLANTED_ROWS;
	p->view.consumers = p->consumer;
	p->view.nconsumers = 1;
	p->view.probes = p->probe;
	p->view.nprobes = 1;
}

void
planted_answer(
    struct planted *p, const char *interface_id, enum isth_state state)
{
	static char probe[] = "area.probe";
	struct isth_probe_result *result;

	ATF_REQUIRE(p->report.nresults < 3);
	result = &p->results[p->report.nresults++];
	result->id = probe;
	result->interface_id = (char *)(uintptr_t)interface_id;
	result->state = state;
}

char *
planted_check(const struct planted *p, size_t *n)
{
	FILE *out;
	char *text;
	size_t size;

	text = NULL;
	out = open_memstream(&text, &size);
	ATF_REQUIRE(out != NULL);
	*n = catalogue_check(
	    &p->view, p->report.nresults > 0 ? &p->report : NULL, out);
	ATF_REQUIRE(fclose(out) == 0);
	return (text);
}

void
planted_expect(const struct planted *p, const char *begin, const char *end)
{
	char *text;
	size_t len, n;

	text = planted_check(p, &n);
	ATF_CHECK_EQ_MSG(1, n, "%zu findings: %s", n, text);
	ATF_CHECK_MSG(strncmp(text, begin, strlen(begin)) == 0,
	    "does not begin with \"%s\": %s", begin, text);
	len = strlen(text);
	ATF_REQUIRE(len > strlen(end) && text[len - 1] == '\n');
	text[len - 1] = '\0';
	ATF_CHECK_MSG(strcmp(text + len - 1 - strlen(end), end) == 0,
	    "does not end with \"%s\": %s", end, text);
	ATF_CHECK_MSG(strchr(text, '\n') == NULL, "more than a line: %s", text);
	free(text);
}

void
planted_expect_clean(const struct planted *p)
{
	char *text;
	size_t n;

	text = planted_check(p, &n);
	ATF_CHECK_EQ_MSG(0, n, "%s", text);
	ATF_CHECK_STREQ("", text);
	free(text);
}
