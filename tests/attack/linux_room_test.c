/*
 * What a build has of its own on Linux alone: host name, sealed root and
 * /dev, read-only devices, memory file systems that a group counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MB INT64_C(1048576)

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)
#define SEAL OUT(STEP_SEAL)

static void
inputs_writable(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_INPUT)
			plan->steps[i].kind = STEP_MOUNT_WRITABLE;
	}
}

static const struct trial own[] = {
	{ "capabilities", DROP, 0, NULL },
	{ "priority", DROP, 0, NULL },
	{ "make-in-dev", SEAL | DROP, 0, NULL },
	{ "image-write", DROP, 0, inputs_writable },
	{ "session", OUT(STEP_SESSION), 0, NULL },
	{ "host-name", OUT(STEP_HOSTNAME), 0, NULL },
	{ "see-sys", ROOT, 0, NULL },
	{ "open-kmsg", ROOT | DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(the_room_is_its_own);
ATF_TC_BODY(the_room_is_its_own, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, own, COUNT(own));
	site_destroy(&s);
}

static const struct trial sealed[] = {
	{ "make-in-root", SEAL | DROP, 0, NULL },
	{ "make-in-dev", SEAL | DROP, 0, NULL },
	{ "make-in-etc", SEAL | DROP, 0, NULL },
	{ "write-passwd", SEAL | DROP, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(root_and_dev_are_sealed_even_for_root);
ATF_TC_BODY(root_and_dev_are_sealed_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, sealed, COUNT(sealed));
	site_destroy(&s);
}

static const struct trial devices[] = {
	{ "device-times", 0, TRIAL_NATIVE, NULL },
	{ "device-mode", 0, TRIAL_NATIVE, NULL },
};

ATF_TC_WITHOUT_HEAD(devices_of_the_host_stay_as_they_are);
ATF_TC_BODY(devices_of_the_host_stay_as_they_are, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, devices, COUNT(devices));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(devices_of_the_host_stay_even_for_root);
ATF_TC_BODY(devices_of_the_host_stay_even_for_root, tc)
{
	struct site s;

	site_create(&s);
	s.always_out = DROP;
	trials_run(&s, devices, COUNT(devices));
	site_destroy(&s);
}

static void
no_size(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_TMP ||
		    plan->steps[i].kind == STEP_MOUNT_DEV ||
		    plan->steps[i].kind == STEP_MOUNT_ROOT)
			plan->steps[i].size = -1;
	}
}

static const struct trial sizes[] = {
	{ "size-shm", 0, 0, no_size },
	{ "size-root", SEAL, 0, no_size },
	{ "size-dev", SEAL, 0, no_size },
};

ATF_TC_WITHOUT_HEAD(memory_file_systems_have_an_end);
ATF_TC_BODY(memory_file_systems_have_an_end, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, sizes, COUNT(sizes));
	site_destroy(&s);
}

static json_t *
limit(const char *name, long long value)
{
	return (json_pack("{s:i s:I}", "wall_s", 20, name, (json_int_t)value));
}

static long
printed(const struct run *r, const char *word)
{
	const char *at = strstr(text_string(&r->lines), word);

	return (at == NULL ? -1 : strtol(at + strlen(word), NULL, 10));
}

/* What is in /tmp and /dev/shm is memory, and counts as such. */
ATF_TC_WITHOUT_HEAD(memory_file_systems_count_as_memory);
ATF_TC_BODY(memory_file_systems_count_as_memory, tc)
{
	struct site s;
	struct run *r;
	int i;

	site_create(&s);
	for (i = 0; i < 2; i++) {
		s.leave_out = i == 0 ? 0 : OUT(STEP_LIMIT_GROUP);
		r = site_build(&s, "filler", "--deed filler /dev/shm/f 200 0",
		    limit("memory_bytes", 64 * MB));
		ATF_CHECK_MSG((printed(r, "wrote ") == 200) == (i == 1),
		    "%ld MB", printed(r, "wrote "));
	}
	site_destroy(&s);
}

/* Names are free of charge in a size limit; there must be an end to them. */
ATF_TC_WITHOUT_HEAD(inodes_of_tmp_have_an_end);
ATF_TC_BODY(inodes_of_tmp_have_an_end, tc)
{
	struct site s;
	struct run *r;
	int i;

	site_create(&s);
	for (i = 0; i < 2; i++) {
		s.leave_out = i == 0 ? 0 : OUT(STEP_LIMIT_GROUP);
		r = site_build(&s, "inodes", "--deed inodes /tmp 300000",
		    limit("memory_bytes", 64 * MB));
		ATF_CHECK_MSG((printed(r, "files ") == 300000) == (i == 1),
		    "%ld files", printed(r, "files "));
	}
	site_destroy(&s);
}

/* A builder that is root, for flags that only root may set. */
ATF_TC_WITHOUT_HEAD(immutable_files_are_removed);
ATF_TC_BODY(immutable_files_are_removed, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	s.always_out = OUT(STEP_DROP) | OUT(STEP_FILTER);
	r = site_build(&s, "evil", "--deed immutable 1", NULL);
	ATF_CHECK(strstr(text_string(&r->lines), "flags 4") != NULL);
	ATF_CHECK(r->outcome == ISTH_OUTCOME_FAILED);
	(void)site_build(&s, "evil", "--deed immutable 0", NULL);
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_room_is_its_own);
	ATF_TP_ADD_TC(tp, root_and_dev_are_sealed_even_for_root);
	ATF_TP_ADD_TC(tp, devices_of_the_host_stay_as_they_are);
	ATF_TP_ADD_TC(tp, devices_of_the_host_stay_even_for_root);
	ATF_TP_ADD_TC(tp, memory_file_systems_have_an_end);
	ATF_TP_ADD_TC(tp, memory_file_systems_count_as_memory);
	ATF_TP_ADD_TC(tp, inodes_of_tmp_have_an_end);
	ATF_TP_ADD_TC(tp, immutable_files_are_removed);
	return (atf_no_error());
}
