/*
 * The reference model: rights, queues and notifications of Mach by plain
 * arrays and linear searches, written from XNU's semantics and not from
 * mach/core, of which nothing is included.  It is told which new names the
 * core chose, and checks that they are free and well-formed.
 */
#ifndef ISTHMUS_TESTS_SIM_MODEL_H
#define ISTHMUS_TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <mach/message.h>
#include <mach/notify.h>
#include <mach/port.h>

#define M_DESCS 4
#define M_ARRAY 4 /* ports of an out-of-line array */
#define M_HINTS (2 + M_DESCS * M_ARRAY)
#define M_PARKED 0x7ffffff1

struct m_list {
	void **item;
	int n, size;
};

/* What backs a port, when it is the kernel. */
enum m_kernel { M_USER, M_TASK, M_THREAD, M_SEMAPHORE };

/* Wants a dead-name or send-possible notification. */
struct m_request {
	struct m_space *space;
	mach_port_name_t name;
	struct m_port *notify;
	bool possible, armed;
};

struct m_port {
	bool dead;
	enum m_kernel kernel;
	void *object;		    /* task or semaphore */
	struct m_space *receiver;   /* NULL: in a message, or the kernel's */
	mach_port_name_t name;	    /* there */
	struct m_port *destination; /* of the message that carries it */
	struct m_list queue, senders, receivers, sets, requests;
	uint32_t limit, seqno, srights, sorights, mscount;
	struct m_port *nsrequest, *pdrequest;
	bool guarded, strict, immovable, reply;
	uint64_t context;
	void *peer; /* the simulator's: the core's port */
	uint32_t mark;
};

#define M_DEAD ((struct m_port *)-1)
#define M_VALID(p) ((p) != NULL && (p) != M_DEAD)

struct m_set {
	bool dead;
	struct m_list members, ready, receivers;
	void *peer;
	uint32_t mark;
};

struct m_entry {
	mach_port_name_t name;
	mach_port_type_t type;
	uint32_t urefs;
	struct m_port *port; /* not of sets and dead names */
	struct m_set *set;
	bool told;  /* the port's end was told: a reference comes with it */
	bool fired; /* its send-possible request was told, and is no more */
};

struct m_space {
	bool dead;
	struct m_list entries; /* by name */
	uint32_t limit;
};

struct m_task {
	struct m_space space;
	struct m_port *port;
	struct m_list semaphores;
	bool dead;
};

struct m_semaphore {
	struct m_port *port;
	struct m_task *task;
	bool dead, lifo;
	int32_t count;
	struct m_list waiters;
	void *peer;
	uint32_t mark;
};

/* A right on its way. */
struct m_right {
	struct m_port *port; /* NULL, M_DEAD */
	uint32_t type;	     /* MACH_MSG_TYPE_PORT_* */
};

/* A descriptor as the sender says it. */
struct m_desc {
	uint32_t type;		     /* MACH_MSG_*_DESCRIPTOR */
	uint32_t disposition, count; /* count: of names; of bytes in a region */
	mach_port_name_t name[M_ARRAY];
	uint16_t guard_flags;
	uint64_t guard;
	bool bad; /* names or bytes that cannot be read */
};

struct m_spec {
	uint32_t bits, size;
	mach_port_name_t remote, local;
	int32_t id;
	uint32_t ndescs;
	struct m_desc desc[M_DESCS];
};

struct m_msg {
	struct m_right dest, reply;
	struct m_spec spec;
	struct m_right right[M_DESCS][M_ARRAY];
	bool kernel, always, circular;
	uint32_t value;	  /* of a notification: its name or count */
	uint32_t seqno;	  /* when received */
	uint64_t context; /* the same */
	uint64_t born;	  /* step */
};

enum m_wait { M_RUNS, M_RECEIVES, M_SENDS, M_SEMA };

struct m_thread {
	struct m_task *task;
	struct m_port *port;
	enum m_wait wait;
	bool ready; /* the wait is over; `result` says how */
	int32_t result;
	struct m_msg *msg;
	struct m_list *list; /* what it waits in */
	/* of mach_msg */
	uint64_t options;
	uint32_t rcv_size, timeout;
	mach_port_name_t rcv_name;
	uint64_t rcv_buffer, send_buffer;
	uint32_t large_size; /* of a message that stays queued */
	mach_port_name_t large_name;
};

/* What mach_msg leaves in the caller's buffer, as far as it is checked. */
struct m_out {
	bool any, pseudo, header_only;
	struct m_spec spec;
	uint32_t seqno, value;
	bool kernel;
	uint64_t context;
	uint32_t large_size;
	mach_port_name_t large_name;
};

/* What the simulator tells: the step, the core's names, what was injected. */
struct m_hints {
	mach_port_name_t name[M_HINTS];
	int n, at;
	bool failing;  /* an allocation failed: names may be missing */
	int fail_desc; /* a body's copyin stopped there; -1: before all, -2 no */
};
extern struct m_hints m_hints;
extern uint64_t m_step;
extern uint32_t m_kernel_msgs; /* made since the simulator cleared it */
extern struct m_list m_ports, m_sets;
extern struct m_list m_dead; /* empty between calls */
/* What mach_port_type does to a name whose port died. */
void m_show_dead(struct m_space *, struct m_entry *);
/* Frees ports and sets that the simulator did not mark. */
void m_sweep(uint32_t mark);
/* Ends the program with what is wrong. */
_Noreturn void m_wrong(const char *, ...)
    __attribute__((__format__(__printf__, 1, 2)));

void m_list_add(struct m_list *, void *);
void *m_list_at(struct m_list *, int);
int m_list_find(const struct m_list *, const void *);
void m_list_remove(struct m_list *, void *);
void m_list_free(struct m_list *);
/* The end of the world: all that is left. */
void m_forget(void);
void m_task_free(struct m_task *);

struct m_port *m_kernel_port(enum m_kernel, void *object);
struct m_task *m_task_create(uint32_t limit);
void m_task_destroy(struct m_task *);
struct m_thread *m_thread_create(struct m_task *);
void m_thread_destroy(struct m_thread *);
struct m_entry *m_find(struct m_space *, mach_port_name_t);

/* The task behind a name of the caller's, as trap arguments have them. */
int32_t m_task_of(struct m_thread *, mach_port_name_t, struct m_task **);
/* A send right to the port, put: task_self and its like. */
int32_t m_copyout(struct m_space *, struct m_right, mach_port_name_t *);

int32_t m_allocate(
    struct m_space *, uint32_t right, bool named, mach_port_name_t *);
int32_t m_construct(struct m_space *, uint32_t flags, uint32_t limit,
    uint64_t context, mach_port_name_t *);
int32_t m_mod_refs(struct m_space *, mach_port_name_t, uint32_t, int32_t);
int32_t m_get_refs(
    struct m_space *, mach_port_name_t, uint32_t right, uint32_t *);
int32_t m_type(struct m_space *, mach_port_name_t, uint32_t *);
int32_t m_deallocate(struct m_space *, mach_port_name_t);
int32_t m_destroy(struct m_space *, mach_port_name_t);
int32_t m_destruct(struct m_space *, mach_port_name_t, int32_t, uint64_t);
int32_t m_rename(struct m_space *, mach_port_name_t, mach_port_name_t);
int32_t m_insert_right(struct m_space *from, mach_port_name_t poly,
    uint32_t disposition, struct m_space *, mach_port_name_t);
int32_t m_extract_right(struct m_space *, mach_port_name_t, uint32_t,
    struct m_space *to, mach_port_name_t *, uint32_t *type);
int32_t m_request(struct m_space *, mach_port_name_t, int32_t id, uint32_t sync,
    struct m_space *from, mach_port_name_t notify, uint32_t disposition,
    mach_port_name_t *previous);
int32_t m_insert_member(struct m_space *, mach_port_name_t, mach_port_name_t);
int32_t m_extract_member(struct m_space *, mach_port_name_t, mach_port_name_t);
int32_t m_move_member(struct m_space *, mach_port_name_t, mach_port_name_t);
int32_t m_set_status(struct m_space *, mach_port_name_t, struct m_set **);
int32_t m_receive_of(struct m_space *, mach_port_name_t, struct m_port **);
int32_t m_set_limit(struct m_space *, mach_port_name_t, uint32_t);
int32_t m_guard(struct m_space *, mach_port_name_t, uint64_t, uint32_t flags);
int32_t m_unguard(struct m_space *, mach_port_name_t, uint64_t);
int32_t m_swap_guard(struct m_space *, mach_port_name_t, uint64_t, uint64_t);
int32_t m_set_context(struct m_space *, mach_port_name_t, uint64_t);

struct m_call {
	struct m_spec spec;
	uint64_t options, buffer, rcv_buffer;
	uint32_t rcv_size, timeout;
	mach_port_name_t rcv_name;
};
int32_t m_msg(struct m_thread *, const struct m_call *, struct m_out *);
/* After a park: with the wait over, or ended by `why` (0: it was over). */
int32_t m_resume(struct m_thread *, struct m_out *);
enum m_why { M_TIMEOUT, M_INTERRUPT };
void m_cancel(struct m_thread *, enum m_why);

int32_t m_sema_create(struct m_task *, int32_t policy, int32_t value,
    struct m_space *, mach_port_name_t *);
int32_t m_sema_destroy(struct m_task *, struct m_space *, mach_port_name_t);
int32_t m_sema_signal(struct m_space *, mach_port_name_t, bool all);
int32_t m_sema_signal_thread(
    struct m_thread *, mach_port_name_t, mach_port_name_t);
int32_t m_sema_wait(struct m_thread *, mach_port_name_t, bool post,
    mach_port_name_t, bool timed, uint64_t ns);

#endif
