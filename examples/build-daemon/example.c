/*
 * A program with a poll loop of its own that builds with libisthmus: what a
 * Guix or Nix daemon does around its builds, in little.
 *
 *	cc example.c $(pkg-config --cflags --libs isthmus)
 *	./a.out STATE-DIRECTORY SPEC...
 */
#include <isthmus/build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPECS_MAX = 16, FDS_MAX = 128 };

/* Called while isth_executor_dispatch runs; results are its own again. */
static void
on_event(void *context, const struct isth_build_event *event)
{
	int *failed = context;
	size_t i;

	switch (event->kind) {
	case ISTH_EVENT_LINE:
		printf("%s> %s\n", event->name, event->text);
		break;
	case ISTH_EVENT_RESULT:
		printf("%s: %s", event->name,
		    isth_outcome_name(event->result->outcome));
		for (i = 0; i < event->result->noutputs; i++)
			printf(" %s", event->result->outputs[i].path);
		putchar('\n');
		if (event->result->error.step[0] != '\0')
			isth_error_print(
			    stdout, event->name, &event->result->error);
		if (event->result->outcome != ISTH_OUTCOME_BUILT)
			++*failed;
		break;
	default:
		break;
	}
}

/*
 * The loop.  Descriptors of the daemon itself (its socket, say) would stand
 * in the same array, and its timers lower the same timeout.
 */
static bool
loop(struct isth_executor *executor, struct error *e)
{
	struct pollfd fds[FDS_MAX];
	int timeout_ms;
	size_t n;

	while (isth_executor_pending(executor) > 0) {
		timeout_ms = -1;
		n = isth_executor_poll(executor, fds, FDS_MAX, &timeout_ms);
		if (n > FDS_MAX) {
			/* More than we ask about: look again soon. */
			n = FDS_MAX;
			timeout_ms = 10;
		}
		(void)poll(fds, (nfds_t)n, timeout_ms);
		if (!isth_executor_dispatch(executor, e))
			return (false);
	}
	return (true);
}

static bool
build(struct isth_executor *executor, struct isth_build_spec **specs,
    char **paths, size_t n, struct error *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		specs[i] = isth_build_spec_load(paths[i], ISTH_SPEC_ISTHMUS, e);
		if (specs[i] == NULL ||
		    !isth_executor_add(executor, specs[i], e))
			return (false);
	}
	return (loop(executor, e));
}

int
main(int argc, char **argv)
{
	struct isth_build_spec *specs[SPECS_MAX] = { NULL };
	struct isth_build_options options = { 0 };
	struct isth_executor *executor;
	struct error e = { 0 };
	int failed = 0, i;
	bool ok;

	if (argc < 3 || argc - 2 > SPECS_MAX) {
		fprintf(stderr, "usage: example STATE-DIRECTORY SPEC...\n");
		return (2);
	}
	options.state = argv[1];
	options.jobs = 2;
	options.lines = true;
	options.event = on_event;
	options.context = &failed;
	executor = isth_executor_create(&options, &e);
	ok = executor != NULL &&
	     build(executor, specs, argv + 2, (size_t)argc - 2, &e);
	if (!ok)
		isth_error_print(stderr, "example", &e);
	/* A spec is borrowed until its result: the executor goes first. */
	isth_executor_destroy(executor);
	for (i = 0; i < SPECS_MAX; i++)
		isth_build_spec_destroy(specs[i]);
	return (!ok || failed > 0);
}
