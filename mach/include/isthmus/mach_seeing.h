/*
 * What a host's tasks have and do: their names with the ports behind them,
 * and how often they made which trap.  Isthmus' own.
 *
 * A task sees itself and, of its own host, the tasks of its effective uid;
 * with effective uid 0 all of its host.  Of a port whose receiver it may not
 * see it learns no more than its own right tells (MACH_SEEING_HIDDEN).  No
 * address of any host leaves through here.
 *
 * A process is meant by its id; 0 is the caller.  Where several tasks have
 * that id the youngest is meant.  KERN_INVALID_ARGUMENT when there is none,
 * or none that may be seen.
 *
 * Arrays are out of line and the caller's: vm_deallocate() them, `count`
 * times the size of an element; with no element there is nothing to free.
 */
#ifndef ISTHMUS_MACH_SEEING_H
#define ISTHMUS_MACH_SEEING_H

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach_types.h>
#include <mach/port.h>

/* A task.  Counters begin with it and go on over exec. */
typedef struct mach_seeing_task {
	uint64_t mst_id;	   /* of the host, never used twice */
	/* That it pays for: messages that it sent and nobody received, and what
	 * the kernel told its ports; with all the memory that they take. */
	uint64_t mst_queued_bytes;
	uint64_t mst_calls;	   /* traps made ... */
	uint64_t mst_errors;	   /* ... that returned an error */
	uint64_t mst_sent;	   /* messages */
	uint64_t mst_received;
	uint64_t mst_copied; /* bytes of both, memory out of line left out */
	int32_t mst_pid;
	uint32_t mst_euid;
	uint32_t mst_names; /* in use */
	uint32_t mst_names_limit;
	uint32_t mst_threads; /* that made a trap and live ... */
	uint32_t mst_parked;  /* ... of which wait in one */
} mach_seeing_task_t;

/* A name of a task, and what is behind it. */
typedef struct mach_seeing_name {
	/* The same for the same port or set in all tasks of the host, while it
	 * lives; 0 of a dead name. */
	uint64_t msn_object;
	uint64_t msn_queued_bytes; /* headers and bodies of the messages */
	mach_port_name_t msn_name;
	/* MACH_PORT_TYPE_*, the requests for notifications of this name too:
	 * _DNREQUEST, _SPREQUEST, _SPREQUEST_DELAYED. */
	mach_port_type_t msn_type;
	uint32_t msn_urefs;
	uint32_t msn_flags;  /* MACH_SEEING_* */
	uint32_t msn_kotype; /* XNU's IKOT_* of a kernel object; 0 none */
	/* Who has the receive right; of a task's or thread's port, whose it is;
	 * 0 nobody, or nobody that may be seen. */
	int32_t msn_peer_pid;
	mach_port_name_t msn_peer_name; /* the receive right's name there */
	uint32_t msn_queued, msn_limit; /* messages */
	uint32_t msn_seqno, msn_mscount;
	uint32_t msn_srights, msn_sorights;
	uint32_t msn_members; /* sets that a port is in; members of a set */
} mach_seeing_name_t;

#define MACH_SEEING_HIDDEN 0x0001     /* the rest is not to be seen */
#define MACH_SEEING_KERNEL 0x0002     /* the kernel is the receiver */
#define MACH_SEEING_IN_MESSAGE 0x0004 /* the receive right is on its way */
#define MACH_SEEING_GUARDED 0x0008
#define MACH_SEEING_STRICT 0x0010
#define MACH_SEEING_IMMOVABLE 0x0020
#define MACH_SEEING_REPLY 0x0040      /* a reply port */
#define MACH_SEEING_SERVICE 0x0080    /* MPO_SERVICE_PORT */
#define MACH_SEEING_CONNECTION 0x0100 /* MPO_CONNECTION_PORT */
#define MACH_SEEING_RECEIVING 0x0200  /* a thread waits for a message */
#define MACH_SEEING_SENDING 0x0400    /* a thread waits for room */
/* Armed notifications of the port itself */
#define MACH_SEEING_NO_SENDERS 0x0800
#define MACH_SEEING_PORT_DESTROYED 0x1000

/* How often a trap was made. */
typedef struct mach_seeing_trap {
	uint64_t msp_calls, msp_errors;
	int32_t msp_number; /* mach/traps.def */
	uint32_t msp_pad;
} mach_seeing_trap_t;

/* A process id that stands for all tasks of the host. */
#define MACH_SEEING_ALL (-1)

/*
 * What a host's tasks did since it began, those that are no more too.  What a
 * task did that is just ending may be missing for a moment.
 */
typedef struct mach_seeing_totals {
	uint64_t mso_calls, mso_errors;
	uint64_t mso_sent, mso_received, mso_copied;
	uint64_t mso_ports_made;  /* receive rights that tasks made ... */
	uint64_t mso_ports_ended; /* ... and ended; not: that a message had */
	uint64_t mso_tasks;	  /* that there are */
} mach_seeing_totals_t;

_mach_assert(sizeof(mach_seeing_task_t) == 80, "mach_seeing_task_t");
_mach_assert(sizeof(mach_seeing_name_t) == 72, "mach_seeing_name_t");
_mach_assert(sizeof(mach_seeing_trap_t) == 24, "mach_seeing_trap_t");
_mach_assert(sizeof(mach_seeing_totals_t) == 64, "mach_seeing_totals_t");

#ifndef _KERNEL
__BEGIN_DECLS

/*
 * The tasks that came after the one with that id, 0 to begin, in the order in
 * which they came.  A call gives some: go on after the last one's id until
 * there is none.
 */
extern kern_return_t mach_seeing_tasks(uint64_t after,
    mach_seeing_task_t **tasks, mach_msg_type_number_t *count);
/*
 * The names of a process, in order, that come after that one, MACH_PORT_NULL
 * to begin; some a call, as above.
 */
extern kern_return_t mach_seeing_names(int pid, mach_port_name_t after,
    mach_seeing_name_t **names, mach_msg_type_number_t *count);
/* The members of a port set, by their names in that process; all of them. */
extern kern_return_t mach_seeing_members(int pid, mach_port_name_t set,
    mach_port_name_array_t *members, mach_msg_type_number_t *count);
/*
 * The traps that a process made, or, with MACH_SEEING_ALL, all tasks of the
 * host since it began; those that were never made are left out.
 */
extern kern_return_t mach_seeing_traps(
    int pid, mach_seeing_trap_t **traps, mach_msg_type_number_t *count);
extern kern_return_t mach_seeing_totals(mach_seeing_totals_t *totals);
/* True when the host is in this process: there is nobody else to be seen. */
extern boolean_t mach_seeing_embedded(void);
/* The name of a trap as in mach/traps.def, without _kernelrpc_; or NULL. */
extern const char *mach_seeing_trap_name(int number);

__END_DECLS
#endif

#endif /* !ISTHMUS_MACH_SEEING_H */
