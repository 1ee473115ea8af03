/*
 * The table of traps as a whole: mach/traps.def.  What is supported nowhere
 * says so; every trap survives arguments that are nothing.  rows.sh tells
 * which rows no test calls.
 */
#include <string.h>

#include "tests/mach/rig.h"

struct row {
	int number;
	const char *name, *args;
	bool none;
};

#define TRAP(number, name, args, ...) { number, #name, args, false },
#define HOST(number, name, args, ...) { number, #name, args, false },
#define NONE(number, name, args, ...) { number, #name, args, true },
static const struct row rows[] = {
#include "mach/traps.def"
};
#undef TRAP
#undef HOST
#undef NONE
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static kern_return_t
call(int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t args[11] = { a, b, c, d };

	return ((kern_return_t)rig_trap(number, args, 11));
}

CASE(every_row_has_a_number_of_its_own)
{
	size_t i, j;

	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(rows[i].number != rows[j].number,
			    "%s and %s", rows[i].name, rows[j].name);
	}
}

/* Letters of arguments that are names, or numbers. */
static bool
is_number(char letter)
{
	return (letter != '\0' && strchr("tThoqkwlrRd", letter) != NULL);
}

CASE(what_is_supported_nowhere_says_so)
{
	uint64_t room[64] = { 0 };
	kern_return_t kr;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (!rows[i].none)
			continue;
		kr = call(rows[i].number, 0, 0, 0, 0);
		ATF_CHECK_MSG(kr == KERN_NOT_SUPPORTED, "%s: %#x", rows[i].name,
		    (unsigned int)kr);
		/* With arguments that would do, too. */
		kr = call(rows[i].number, SELF, (uintptr_t)room,
		    (uintptr_t)room, (uintptr_t)room);
		ATF_CHECK_MSG(kr == KERN_NOT_SUPPORTED, "%s: %#x", rows[i].name,
		    (unsigned int)kr);
	}
	for (i = 0; i < 64; i++)
		IS(0, room[i]);
}

CASE(numbers_without_a_row_are_invalid)
{
	int number;
	size_t i;

	for (number = 0; number < 6000; number++) {
		for (i = 0; i < ROWS && rows[i].number != number; i++)
			continue;
		if (i < ROWS)
			continue;
		IS(KERN_INVALID_ARGUMENT, call(number, 0, 0, 0, 0));
	}
	IS(KERN_INVALID_ARGUMENT, call(-1, 0, 0, 0, 0));
	IS(KERN_INVALID_ARGUMENT, call(1 << 30, 0, 0, 0, 0));
}

/* An address that is none must be an error, a name that is none as well. */
CASE(arguments_that_are_nothing_do_no_harm)
{
	uint32_t before = rig_names();
	kern_return_t kr;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		/* Without arguments, or to give way: nothing to be wrong. */
		if (rows[i].args[0] == '=' || rows[i].number == 61 ||
		    rows[i].number == 62 || rows[i].number == 90 ||
		    rows[i].number == 31 || rows[i].number == 32 ||
		    rows[i].number == 47)
			continue;
		kr = call(rows[i].number, 0, 0, 0, 0);
		/* A name of nothing may be given back (deallocate). */
		ATF_CHECK_MSG(
		    kr != KERN_SUCCESS, "%s of nothing succeeds", rows[i].name);
		if (!is_number(rows[i].args[0]))
			continue;
		kr = call(rows[i].number, MACH_PORT_DEAD, 0, 0, 0);
		ATF_CHECK_MSG(
		    kr != KERN_SUCCESS, "%s of dead succeeds", rows[i].name);
		kr = call(rows[i].number, rig_dead_name(1), 0, 0, 0);
		ATF_CHECK_MSG(kr != KERN_SUCCESS, "%s of a dead name succeeds",
		    rows[i].name);
	}
	ATF_CHECK(rig_names() >= before);
}

/* A result that cannot be put leaves no right behind. */
CASE(a_result_without_an_address_leaks_nothing)
{
	uint32_t before;
	size_t i;

	(void)mach_host_self();
	(void)mach_thread_self();
	before = rig_names();
	for (i = 0; i < ROWS; i++) {
		const char *p = rows[i].args;

		/* Those of a task, which return names. */
		if (*p != 't' ||
		    (strchr(p, 'P') == NULL && strchr(p, 'O') == NULL &&
			strchr(p, 'W') == NULL))
			continue;
		if (is_number(p[1]))
			(void)call(rows[i].number, SELF,
			    MACH_PORT_RIGHT_RECEIVE, 0, 0);
		(void)call(rows[i].number, SELF, 0, 0, 0);
	}
	/* A port that was made has its name, known to nobody. */
	ATF_CHECK_MSG(
	    rig_names() - before <= 4, "%u names more", rig_names() - before);
}

/* What only some hosts do, and is too large a matter for the others. */
CASE(what_the_host_may_do_is_done_or_refused)
{
	static const int numbers[] = { 96, 204, 3604, 4803, 4809, 4810 };
	uint64_t room[64] = { 0 };
	kern_return_t kr;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		kr = call(numbers[i], SELF, (uintptr_t)room, 0, 0);
		ATF_CHECK_MSG(kr != KERN_SUCCESS || numbers[i] >= 4800,
		    "%d succeeds", numbers[i]);
	}
	(void)rig_trap(96, room, 3);
	(void)rig_trap(204, room, 4);
	(void)rig_trap(3604, room, 4);
	(void)rig_trap(4803, room, 4);
	(void)rig_trap(4809, room, 4);
	(void)rig_trap(4810, room, 4);
	/* host_reboot, of who may not. */
	ATF_CHECK(rig_trap(401, room, 2) != KERN_SUCCESS);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_row_has_a_number_of_its_own);
	ATF_TP_ADD_TC(tp, what_is_supported_nowhere_says_so);
	ATF_TP_ADD_TC(tp, numbers_without_a_row_are_invalid);
	ATF_TP_ADD_TC(tp, arguments_that_are_nothing_do_no_harm);
	ATF_TP_ADD_TC(tp, a_result_without_an_address_leaks_nothing);
	ATF_TP_ADD_TC(tp, what_the_host_may_do_is_done_or_refused);
	return (atf_no_error());
}
