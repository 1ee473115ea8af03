/*
 * A trap's memory, by the letters of traps.def.
 */
#include <mach/exception_types.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mach/client/client.h"
#include "mach/os/user/memory.h"

#define WORDS_MAX 64u	/* of an array argument, as the core has it */
#define BYTES_MAX 4096u /* and of one of bytes, more than it has */

#define TRAP(number, name, args, handler) { number, args },
#define HOST(number, name, args) { number, args },
#define NONE(number, name, args) { number, args },
static const struct {
	int number;
	const char *args;
} rows[] = {
#include "mach/traps.def"
};
#undef TRAP
#undef HOST
#undef NONE

static const char *
letters_of(int number)
{
	static uint8_t short_cut[128]; /* index + 1, of traps */
	size_t i;

	if (number >= 0 && number < 128 && short_cut[number] != 0)
		return (rows[short_cut[number] - 1].args);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number != number)
			continue;
		if (number >= 0 && number < 128)
			short_cut[number] = (uint8_t)(i + 1);
		return (rows[i].args);
	}
	return ("");
}

static struct mach_segment *
segment_new(struct server_call *call)
{
	struct mach_segment *more;
	uint32_t room;

	if (call->n == MACH_CHANNEL_SEGMENTS) {
		call->too_many = true;
		return (NULL);
	}
	if (call->n >= 64 && call->n - 64 >= call->room) {
		room = call->room == 0 ? 64 : 2 * call->room;
		more = realloc(call->more, room * sizeof(*more));
		if (more == NULL) {
			call->too_many = true;
			return (NULL);
		}
		call->more = more;
		call->room = room;
	}
	more =
	    call->n < 64 ? &call->segments[call->n] : &call->more[call->n - 64];
	call->n++;
	return (more);
}

struct mach_segment *
server_segment_at(struct server_call *call, uint32_t i)
{
	return (i < 64 ? &call->segments[i] : &call->more[i - 64]);
}

struct mach_segment *
server_segment_add(struct server_call *call, uint64_t address, uint64_t size)
{
	struct mach_segment *s = segment_new(call);
	uint64_t at = call->used;

	call->used = (at + size + 15) & ~UINT64_C(15);
	if (s == NULL)
		return (NULL);
	*s =
	    (struct mach_segment){ .address = address, .size = size, .at = at };
	return (s);
}

void
server_segment(
    struct server_call *call, uint64_t address, uint64_t size, uint64_t in)
{
	struct mach_segment *s;

	if (address == 0 || size == 0)
		return;
	s = server_segment_add(call, address, size);
	if (s != NULL && !call->plan && in != 0)
		memcpy(call->channel->window + s->at,
		    (const void *)(uintptr_t)address, in);
}

void
server_argument(struct server_call *call, uint64_t address, uint64_t size,
    uint64_t in, bool out)
{
	struct mach_segment *s;

	if (address == 0 || size == 0)
		return;
	s = server_segment_add(call, address, size);
	if (s == NULL || call->plan)
		return;
	/* Copied onto itself, it is as it was, or cannot be written. */
	if ((out && !memory_os_copy(address, address, size)) ||
	    !memory_os_copy(
		MACH_PTR(call->channel->window + s->at), address, in))
		s->address = s->size = 0; /* nothing is there */
}

/* What the server wrote is brought to where it belongs. */
static void
bring_back(struct server_call *call)
{
	const struct mach_segment *table;
	uint32_t i;

	table = (const void *)(call->channel->window +
			       call->channel->memory->segments);
	for (i = 0; i < call->n; i++) {
		struct mach_segment *s = server_segment_at(call, i);

		s->taken = (s->taken & (SERVER_LEAVES | SERVER_LEFT)) |
			   (table[i].taken != 0);
		s->lo = table[i].lo;
		s->hi = table[i].hi;
		if (s->lo < s->hi && s->hi <= s->size && s->fd == 0)
			memcpy((void *)(uintptr_t)(s->address + s->lo),
			    call->channel->window + s->at + s->lo,
			    s->hi - s->lo);
	}
}

static bool
grow(struct server_channel *channel, uint64_t size)
{
	struct server_call call = { .channel = channel };
	uint64_t result, args[1] = { 2 * size };

	if (size > MACH_CHANNEL_WINDOW_MAX)
		return (false);
	if (args[0] > MACH_CHANNEL_WINDOW_MAX)
		args[0] = MACH_CHANNEL_WINDOW_MAX;
	if (!server_run(&call, MACH_CHANNEL_GROW, args, 1, &result) ||
	    result != KERN_SUCCESS)
		return (false);
	if (server_window(channel, args[0]))
		return (true);
	/* The server has a window now that we have not: both the first again. */
	server_window_first(channel);
	args[0] = 0;
	if (!server_run(&call, MACH_CHANNEL_GROW, args, 1, &result) ||
	    result != KERN_SUCCESS)
		channel->dead = true;
	return (false);
}

static uint64_t
window_need(const struct server_call *call)
{
	return (call->used + call->n * sizeof(struct mach_segment) + 64);
}

uint64_t
server_make(struct server_channel *channel, const struct server_build *b)
{
	struct server_call call = { .channel = channel, .plan = true };
	uint64_t result = server_refused(b->number, b->args, false);
	bool ran = true;
	uint32_t i;

	b->build(&call, b);
	if (!call.too_many && (window_need(&call) <= channel->window_size ||
				  grow(channel, window_need(&call)))) {
		call.plan = false;
		call.used = 0;
		call.n = 0;
		b->build(&call, b);
		if (!call.too_many) {
			ran = server_run(
			    &call, b->number, b->args, b->nargs, &result);
			if (ran)
				bring_back(&call);
		}
		if (call.leaves)
			server_regions_sent(&call);
		if (ran && !call.too_many && b->finish != NULL)
			result = b->finish(&call, b, result);
	}
	for (i = 0; i < call.nfds; i++)
		close(call.fds[i]);
	free(call.more);
	return (ran ? result : server_refused(b->number, b->args, true));
}

/*
 * The letters
 */

static uint32_t
word_at(uint64_t address)
{
	uint32_t word = 0;

	if (address == 0 ||
	    !memory_os_copy(MACH_PTR(&word), address, sizeof(word)))
		return (0);
	return (word);
}

static uint32_t
words_of(uint64_t n)
{
	return (n > WORDS_MAX ? WORDS_MAX : (uint32_t)n);
}

/* What options of mach_port_construct() point at. */
static void
build_options(struct server_call *call, const struct server_build *b)
{
	mach_port_options_t options;
	uint64_t info;

	if (b->args[1] == 0 ||
	    !memory_os_copy(MACH_PTR(&options), b->args[1], sizeof(options)))
		return;
	if (!(options.flags & MPO_SERVICE_PORT))
		return;
	memcpy(&info, &options.service_port_info, sizeof(info));
	server_argument(call, info, sizeof(struct mach_service_port_info),
	    sizeof(struct mach_service_port_info), false);
}

/* Rows that only their handlers understand. */
static void
build_other(struct server_call *call, const struct server_build *b)
{
	const uint64_t *a = b->args;
	unsigned int i, count = 0;
	uint32_t n;

	switch (b->number) {
	case 62:
		server_argument(call, a[4], 8, 0, true);
		break;
	case 94:
		server_argument(call, a[1], 8, 0, true);
		break;
	case 415:
	case 3414:
	case 3614:
		count = 2;
		break;
	case 416:
	case 3415:
	case 3615:
		count = 5;
		break;
	default:
		break;
	}
	if (count == 0)
		return;
	/* masks, *count, handlers, behaviors, flavors: words each */
	n = word_at(a[count + 1]);
	if (n > EXC_TYPES_COUNT)
		n = EXC_TYPES_COUNT;
	for (i = 0; i < 5; i++)
		server_argument(call, a[count + i],
		    i == 1 ? sizeof(n) : n * sizeof(n), i == 1 ? sizeof(n) : 0,
		    true);
}

static void
build_letters(struct server_call *call, const struct server_build *b)
{
	const char *p = letters_of(b->number);
	const uint64_t *a = b->args;
	uint64_t n;
	unsigned int i;

	if (*p == '=')
		p++;
	for (i = 0; *p != '\0' && i < b->nargs; p++, i++) {
		char letter = *p;

		for (n = 0; p[1] >= '0' && p[1] <= '9'; p++)
			n = n * 10 + (uint64_t)(p[1] - '0');
		switch (letter) {
		case 'W':
		case 'P':
		case 'D':
		case 'c':
			server_argument(call, a[i], 4, 0, true);
			break;
		case 'x':
			server_argument(call, a[i], 4, 4, true);
			break;
		case 'L':
		case 'O':
		case 'Q':
		case 'V':
			server_argument(call, a[i], 8, 0, true);
			break;
		case 'b':
		case 'Z':
			server_argument(call, a[i], n, n, false);
			break;
		case 'B':
		case 'S':
			server_argument(call, a[i], n, 0, true);
			break;
		case 'Y':
			server_argument(call, a[i], n, n, true);
			break;
		case 'C':
			n = word_at(a[i + 1]);
			server_argument(
			    call, a[i], n < BYTES_MAX ? n : BYTES_MAX, 0, true);
			break;
		case 'a':
			n = 4 * (uint64_t)words_of((uint32_t)a[i + 1]);
			server_argument(call, a[i], n, n, false);
			break;
		case 'A':
			n = 4 * (uint64_t)words_of(word_at(a[i + 1]));
			server_argument(call, a[i], n, 0, true);
			break;
		default:
			break;
		}
	}
	if (b->number == 24 || b->number == 3231)
		build_options(call, b);
	if (strchr(letters_of(b->number), '.') != NULL)
		build_other(call, b);
}

/* Arrays that came out of line get their addresses here. */
static uint64_t
finish_letters(
    struct server_call *call, const struct server_build *b, uint64_t result)
{
	const char *p = letters_of(b->number);
	uint64_t address;
	unsigned int i;

	if (result != KERN_SUCCESS || call->channel->memory->nregions == 0)
		return (result);
	for (i = 0; *p != '\0' && i < b->nargs; p++) {
		if (*p == '=' || (*p >= '0' && *p <= '9'))
			continue;
		if (*p == 'O' || *p == 'Q') {
			memcpy(&address, (void *)(uintptr_t)b->args[i], 8);
			if (address >= MACH_CHANNEL_REGION) {
				address = server_region_receive(
				    call->channel, address);
				if (address == 0)
					result = KERN_NO_SPACE;
				memcpy(
				    (void *)(uintptr_t)b->args[i], &address, 8);
			}
		}
		i++;
	}
	return (result);
}

uint64_t
server_trap_letters(struct server_channel *channel, int number,
    const uint64_t *args, unsigned int nargs)
{
	struct server_build b = { build_letters, finish_letters, number, args,
		nargs };

	return (server_make(channel, &b));
}
