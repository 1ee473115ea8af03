/*
 * What the tests of Mach need of their host: other tasks, threads in them, a
 * way to hand a right over.  All else in them is the public interface, so
 * that the same programs run on every host; rig_embedded.c is the one in
 * which the tasks are in this process.
 *
 * ATF checks are made by the test's own thread only; what runs in a peer
 * tells what it found in its argument.
 */
#ifndef ISTHMUS_TESTS_MACH_RIG_H
#define ISTHMUS_TESTS_MACH_RIG_H

#include <atf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mach/clock.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/mach_vm.h>
#include <mach/mk_timer.h>
#include <mach/notify.h>
#include <mach/mach_traps.h>

#define SELF mach_task_self()
/* A check that says both values. */
#define IS(expected, actual)                                              \
	do {                                                              \
		long long is_e = (long long)(expected);                   \
		long long is_a = (long long)(actual);                     \
                                                                          \
		ATF_CHECK_MSG(is_e == is_a, "%s: %s is %#llx, not %#llx", \
		    #expected, #actual, (unsigned long long)is_a,         \
		    (unsigned long long)is_e);                            \
	} while (0)
#define OK(actual) IS(KERN_SUCCESS, actual)
/* A test case that hangs has failed soon. */
#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

/*
 * The host
 */

/* A trap by its number, which no stub of the library may be for. */
uint64_t rig_trap(int number, const uint64_t *args, unsigned int n);

/* Another task, which inherits of the test's own. */
struct rig_task;
struct rig_task *rig_task_create(void);
/* A task of a host of its own with these limits; 0: the default. */
struct rig_task *rig_task_create_limited(uint32_t names, uint32_t uid_names,
    uint64_t task_bytes, uint64_t uid_bytes);
/* And one more of the same host. */
struct rig_task *rig_task_create_beside(struct rig_task *);
/* It ends as a process does: nothing runs in it, its rights are gone. */
void rig_task_destroy(struct rig_task *);

typedef void rig_fn(void *arg);
/*
 * Runs `fn` in the task, and waits for it.  It works on a copy of the `size`
 * bytes of `arg`, which is then copied back, and on nothing else of the test's.
 */
void rig_run(struct rig_task *, rig_fn *fn, void *arg, size_t size);

/* The same beside the test, in that task or, NULL, in its own. */
struct rig_thread;
struct rig_thread *rig_start(
    struct rig_task *, rig_fn *fn, void *arg, size_t size);
/* A thread of the test's own task: its port, once it has one. */
mach_port_t rig_thread_port(struct rig_thread *);
/* Waits for its end and copies `arg` back. */
void rig_join(struct rig_thread *);
/* True when it has not ended in that time. */
bool rig_runs(struct rig_thread *, unsigned int ms);
/* Bytes that the host has in use, of all tasks; 0 where it cannot be told. */
uint64_t rig_memory(void);
/* Pieces of large memory that one message may have: at least that many. */
unsigned int rig_large_pieces(void);
/* A program may close what descriptors it did not open. */
bool rig_outlives_its_descriptors(void);
/* How often to do what is done `n` times: less where each is made slow. */
unsigned int rig_times(unsigned int n);
/* Until it waits in the kernel, as far as one can tell. */
void rig_settle(void);

/*
 * Rights between tasks (rig.c: by messages to ports that each task has)
 */

/* A right of the test's goes to a peer: its name there. */
mach_port_name_t rig_give(
    struct rig_task *, mach_port_name_t, mach_msg_type_name_t disposition);
/* A right of the peer's comes to the test: its name here. */
mach_port_name_t rig_take(
    struct rig_task *, mach_port_name_t, mach_msg_type_name_t disposition);
/* For the host's file: the peer's inbox, and where peers send to. */
struct rig_ports {
	mach_port_name_t inbox;	 /* receive right in the peer */
	mach_port_name_t outbox; /* send right in the peer */
	mach_port_name_t give;	 /* send right here, to the inbox */
	mach_port_name_t take;	 /* receive right here, of the outbox */
};
struct rig_ports *rig_task_ports(struct rig_task *);
/* rig.c: before a task is made, after, and when it has ended. */
void rig_ports_begin(void);
void rig_ports_make(struct rig_task *);
void rig_ports_end(struct rig_ports *);

/*
 * Messages
 */

struct rig_msg {
	mach_msg_header_t header;
	union {
		struct {
			mach_msg_body_t body;
			mach_msg_port_descriptor_t port[2];
		};
		struct {
			NDR_record_t NDR;
			uint32_t datum; /* a name, or a count */
		} notice;
		uint32_t word[64];
	};
	mach_msg_max_trailer_t trailer;
};

/* Names that the test made and that end with it; they must be made. */
mach_port_name_t rig_port(void);      /* a receive right */
mach_port_name_t rig_port_send(void); /* and a send right of the same name */
mach_port_name_t rig_set(void);
mach_port_name_t rig_send_once(mach_port_name_t receive);
/* A dead name with that many references. */
mach_port_name_t rig_dead_name(unsigned int urefs);

/* Sends an empty message with an id, without waiting. */
mach_msg_return_t rig_send(mach_port_name_t to, uint32_t disposition, int id);
/* The same with one right in it. */
mach_msg_return_t rig_send_right(mach_port_name_t to, mach_port_name_t right,
    mach_msg_type_name_t disposition);
/* Receives without waiting, or for as long as `ms`. */
mach_msg_return_t rig_receive(mach_port_name_t, struct rig_msg *);
mach_msg_return_t rig_receive_in(
    mach_port_name_t, struct rig_msg *, unsigned int ms);
/* The id of the next message; -1 when there is none. */
int rig_receive_id(mach_port_name_t);
/* True when the next one is that notification, of that name or count. */
bool rig_is_notified(mach_port_name_t, int id, uint32_t datum);
bool rig_is_silent(mach_port_name_t);

/*
 * What is known of a name
 */
mach_port_type_t rig_type(mach_port_name_t); /* 0: no such name */
/* True once it is that, which the end of another may make it a little later. */
bool rig_becomes(mach_port_name_t, mach_port_type_t);
/* References; -1 when the call fails. */
int rig_refs(mach_port_name_t, mach_port_right_t);
mach_port_status_t rig_status(mach_port_name_t);
uint32_t rig_srights(mach_port_name_t);
uint32_t rig_names(void); /* how many the task has */

/*
 * Memory, by its address in the test's own task
 */
uint64_t rig_memory_allocate(uint64_t size); /* new, from mach_vm_allocate() */
void rig_fill(uint64_t address, uint64_t size, int with);
bool rig_filled(uint64_t address, uint64_t size, int with);

struct rig_memory_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t memory;
	mach_msg_trailer_t trailer;
};
struct rig_memory_msg rig_memory_message(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate);
/* Sends it if there is room. */
mach_msg_return_t rig_memory_send_now(struct rig_memory_msg *);
/* Both. */
mach_msg_return_t rig_memory_send(
    mach_port_t to, uint64_t address, uint64_t size, boolean_t deallocate);
/* Where what came without waiting is, of just that size. */
uint64_t rig_memory_receive(mach_port_t, uint64_t size);

#endif
