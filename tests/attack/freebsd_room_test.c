/*
 * What a build on FreeBSD has of its own; builders that end late, and what
 * holds files after them; devices that come later.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/mdioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MB INT64_C(1048576)

#define DROP OUT(STEP_DROP)
#define ROOT OUT(STEP_ENTER_ROOT)

static const struct trial own[] = {
	{ "host-name", ROOT, 0, NULL },
	{ "other-processes", ROOT, 0, NULL },
	{ "signal-first", 0, TRIAL_NATIVE, NULL },
	{ "signal-reaper", DROP | ROOT, 0, NULL },
	{ "input-flags", 0, TRIAL_NATIVE, NULL },
	{ "input-mode", 0, TRIAL_NATIVE, NULL },
	{ "device-mode", DROP, 0, NULL },
	{ "priority", DROP | ROOT, 0, NULL },
	{ "image-write", 0, TRIAL_NATIVE, NULL },
	{ "mlock", ROOT, 0, NULL },
};

ATF_TC_WITHOUT_HEAD(the_room_is_its_own);
ATF_TC_BODY(the_room_is_its_own, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, own, COUNT(own));
	site_destroy(&s);
}

/* There is no filter: such a file gives nothing, inside or out. */
static const struct trial setid[] = {
	{ "setid-exec", 0, TRIAL_NATIVE_USER, NULL },
	{ "setid-link", 0, TRIAL_NATIVE, NULL },
	{ "setid-rename", 0, TRIAL_NATIVE | TRIAL_ALONE, NULL },
};

ATF_TC_WITHOUT_HEAD(a_set_id_input_gives_nothing);
ATF_TC_BODY(a_set_id_input_gives_nothing, tc)
{
	struct site s;

	site_create(&s);
	trials_run(&s, setid, COUNT(setid));
	site_destroy(&s);
}

static long
printed(const struct run *r, const char *word)
{
	const char *at = strstr(text_string(&r->lines), word);

	return (at == NULL ? -1 : strtol(at + strlen(word), NULL, 10));
}

static void
no_size(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind == STEP_MOUNT_TMP)
			plan->steps[i].size = -1;
	}
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
		s.edit = i == 0 ? NULL : no_size;
		r = site_build(&s, "inodes", "--deed inodes /tmp 20000",
		    json_pack("{s:i s:I}", "wall_s", 200, "disk_bytes",
			(json_int_t)(2 * MB)));
		ATF_CHECK_MSG((printed(r, "files ") == 20000) == (i == 1),
		    "%ld files", printed(r, "files "));
	}
	site_destroy(&s);
}

/* However it lives: over at the deadline or with the builder. */
static void
ends(const char *deed, bool builds)
{
	struct run *r, *quiet;
	struct site s;
	char arguments[64];

	site_create(&s);
	(void)snprintf(arguments, sizeof(arguments), "--deed %s", deed);
	r = site_add(&s, "late", arguments,
	    json_pack("{s:i s:i}", "wall_s", builds ? 30 : 2, "processes", 48),
	    NULL);
	quiet = site_add(&s, "quiet", "--deed silent 100", NULL, NULL);
	site_run(&s);
	ATF_CHECK_MSG(r->outcome == (builds ? ISTH_OUTCOME_BUILT
					    : ISTH_OUTCOME_TIMED_OUT),
	    "%s: %s (%s)", deed, isth_outcome_name(r->outcome), r->why);
	ATF_CHECK_MSG(r->wall_ms < 6000 * site_slow(), "%s took %lld ms", deed,
	    (long long)r->wall_ms);
	ATF_CHECK(quiet->outcome == ISTH_OUTCOME_BUILT);
	printf("%s\n", text_string(&r->lines));
	site_destroy(&s);
}

#define ENDS(name, deed, builds)    \
	ATF_TC_WITHOUT_HEAD(name);  \
	ATF_TC_BODY(name, tc)       \
	{                           \
		ends(deed, builds); \
	}

ENDS(a_vfork_that_waits_ends, "vforker", false)
ENDS(a_traced_process_ends, "traced", false)
ENDS(a_reaper_within_ends, "adopter", true)
ENDS(processes_without_parents_end, "detached", true)
ENDS(an_rfork_bomb_ends, "rfork-bomb", false)
ENDS(stopped_processes_end, "rfork-stop", false)
ENDS(descriptors_in_flight_hold_no_mount, "in-flight", true)
ENDS(pending_reads_hold_no_mount, "pending", true)
ENDS(busy_mounts_are_unmounted, "busy 0", true)

/* The executor makes the kernel look for them: jls -d shows it no more. */
ATF_TC_WITHOUT_HEAD(no_jail_stays_for_descriptors_in_flight);
ATF_TC_BODY(no_jail_stays_for_descriptors_in_flight, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "late", "--deed in-flight", NULL);
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	host_check_groups(r->id);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(access_lists_are_removed);
ATF_TC_BODY(access_lists_are_removed, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "list", "--deed access-list", NULL);
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	printf("%s", text_string(&r->lines));
	ATF_CHECK(!host_has_access_list(
	    site_path(&s, site_path(&s, s.store, r->name), "f")));
	site_destroy(&s);
}

static void
host_root(struct plan *plan)
{
	size_t at = plan_find(plan, STEP_ISOLATE);

	ATF_REQUIRE(at < plan->n);
	plan->steps[at].path = plan_keep(plan, "/");
	ATF_REQUIRE(plan->steps[at].path != NULL);
}

static unsigned disk;
static bool disk_made;

static void
disk_remove(void)
{
	struct md_ioctl md = { .md_version = MDIOVERSION, .md_unit = disk };
	int fd = open("/dev/mdctl", O_RDWR | O_CLOEXEC);

	if (disk_made)
		(void)ioctl(fd, MDIOCDETACH, &md);
	disk_made = false;
	(void)close(fd);
}

static void
disk_make(void)
{
	struct md_ioctl md = { .md_version = MDIOVERSION,
		.md_unit = disk,
		.md_type = MD_MALLOC,
		.md_mediasize = 65536,
		.md_sectorsize = 512 };
	int fd = open("/dev/mdctl", O_RDWR | O_CLOEXEC);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_MSG(
	    ioctl(fd, MDIOCATTACH, &md) == 0, "%s", strerror(errno));
	disk_made = true;
	(void)close(fd);
}

/* A disk is attached while the build runs. */
ATF_TC_WITHOUT_HEAD(devices_that_come_later_are_hidden);
ATF_TC_BODY(devices_that_come_later_are_hidden, tc)
{
	char deed[64];
	struct run *r;
	struct site s;
	int twin;

	site_create(&s);
	disk = 7000 + (unsigned)(getpid() % 1000);
	ATF_REQUIRE(atexit(disk_remove) == 0);
	for (twin = 0; twin < 2; twin++) {
		s.edit = twin ? host_root : NULL;
		(void)snprintf(deed, sizeof(deed), "--deed watch-dev %d md%u",
		    twin ? 20000 : 2000, disk);
		r = site_add(&s, "watch", deed, NULL, NULL);
		site_wait_ready(&s, r);
		disk_make();
		site_run(&s);
		disk_remove();
		ATF_CHECK_MSG(
		    strstr(text_string(&r->lines),
			twin ? "device seen" : "device hidden") != NULL,
		    "%s", text_string(&r->lines));
	}
	site_destroy(&s);
}

/* Flags that a file's owner may set: outputs, and what failed builds leave. */
ATF_TC_WITHOUT_HEAD(immutable_files_are_removed);
ATF_TC_BODY(immutable_files_are_removed, tc)
{
	struct stat st;
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "evil", "--deed immutable 1", NULL);
	ATF_CHECK_MSG(strstr(text_string(&r->lines), "flags 12") != NULL, "%s",
	    text_string(&r->lines));
	ATF_CHECK(r->outcome == ISTH_OUTCOME_FAILED);
	r = site_build(&s, "evil", "--deed immutable 0", NULL);
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	ATF_REQUIRE(
	    stat(site_path(&s, site_path(&s, s.store, r->name), "frozen0/f"),
		&st) == 0);
	ATF_CHECK_MSG(st.st_flags == 0, "flags 0x%x", (unsigned)st.st_flags);
	site_destroy(&s);
}

static const struct trial attribute[] = {
	{ "input-attribute", 0, TRIAL_NATIVE | TRIAL_OPTIONAL, NULL },
};

/* An input that anybody may write has attributes that anybody may set. */
ATF_TC_WITHOUT_HEAD(attributes_of_inputs_stay);
ATF_TC_BODY(attributes_of_inputs_stay, tc)
{
	struct site s;

	site_create(&s);
	atf_tc_expect_fail(
	    "a read-only nullfs lets extended attributes through (15.1)");
	trials_run(&s, attribute, COUNT(attribute));
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_room_is_its_own);
	ATF_TP_ADD_TC(tp, a_set_id_input_gives_nothing);
	ATF_TP_ADD_TC(tp, inodes_of_tmp_have_an_end);
	ATF_TP_ADD_TC(tp, a_vfork_that_waits_ends);
	ATF_TP_ADD_TC(tp, a_traced_process_ends);
	ATF_TP_ADD_TC(tp, a_reaper_within_ends);
	ATF_TP_ADD_TC(tp, processes_without_parents_end);
	ATF_TP_ADD_TC(tp, an_rfork_bomb_ends);
	ATF_TP_ADD_TC(tp, stopped_processes_end);
	ATF_TP_ADD_TC(tp, descriptors_in_flight_hold_no_mount);
	ATF_TP_ADD_TC(tp, pending_reads_hold_no_mount);
	ATF_TP_ADD_TC(tp, busy_mounts_are_unmounted);
	ATF_TP_ADD_TC(tp, no_jail_stays_for_descriptors_in_flight);
	ATF_TP_ADD_TC(tp, access_lists_are_removed);
	ATF_TP_ADD_TC(tp, devices_that_come_later_are_hidden);
	ATF_TP_ADD_TC(tp, immutable_files_are_removed);
	ATF_TP_ADD_TC(tp, attributes_of_inputs_stay);
	return (atf_no_error());
}
