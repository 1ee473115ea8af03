/*
 * One trivial build after the other in a running executor, in turn with
 * fork+exec of the same builder: what a daemon that links libisthmus pays.
 * Prints the median seconds of both, ours first.
 *
 *	freebsd_start RUNS STATE SPEC OUTPUT BUILDER
 */
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "build/build.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec + (double)t.tv_nsec / 1e9);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static void
result(void *context, const struct isth_build_event *event)
{
	bool *built = context;

	if (event->kind == ISTH_EVENT_RESULT)
		*built = event->result->outcome == ISTH_OUTCOME_BUILT;
}

static double
run_build(struct isth_executor *ex, struct isth_build_spec *spec, bool *built)
{
	struct error e = { 0 };
	double begin = now();

	*built = false;
	if (!isth_executor_add(ex, spec, &e) ||
	    !isth_executor_run(ex, -1, &e) || !*built) {
		isth_error_print(stderr, "freebsd_start", &e);
		errx(1, "not built");
	}
	return (now() - begin);
}

static double
run_plain(const char *builder)
{
	double begin = now();
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		execl(builder, builder, (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s failed", builder);
	return (now() - begin);
}

int
main(int argc, char **argv)
{
	struct isth_build_options options = { .pool_first = 35901,
		.pool_last = 35932,
		.jobs = 1,
		.event = result };
	double *ours, *plain;
	struct isth_build_spec *spec;
	struct isth_executor *ex;
	struct error e = { 0 };
	bool built;
	int i, runs;

	if (argc != 6 || (runs = atoi(argv[1])) < 1)
		errx(2, "freebsd_start RUNS STATE SPEC OUTPUT BUILDER");
	options.state = argv[2];
	options.context = &built;
	ours = calloc((size_t)runs, sizeof(*ours));
	plain = calloc((size_t)runs, sizeof(*plain));
	spec = isth_build_spec_load(argv[3], ISTH_SPEC_ISTHMUS, &e);
	ex = isth_executor_create(&options, &e);
	if (ours == NULL || plain == NULL || spec == NULL || ex == NULL ||
	    setenv("out", argv[4], 1) != 0) {
		isth_error_print(stderr, "freebsd_start", &e);
		return (1);
	}
	for (i = 0; i < runs; i++) {
		(void)unlink(argv[4]);
		ours[i] = run_build(ex, spec, &built);
		(void)unlink(argv[4]);
		plain[i] = run_plain(argv[5]);
	}
	qsort(ours, (size_t)runs, sizeof(*ours), compare);
	qsort(plain, (size_t)runs, sizeof(*plain), compare);
	printf("%.6f\n%.6f\n", ours[runs / 2], plain[runs / 2]);
	isth_executor_destroy(ex);
	isth_build_spec_destroy(spec);
	free(ours);
	free(plain);
	return (0);
}
