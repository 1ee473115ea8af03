/*
 * What the model's files share.
 */
#ifndef ISTHMUS_TESTS_SIM_MODEL_IN_H
#define ISTHMUS_TESTS_SIM_MODEL_IN_H

#include <stddef.h>

#include "tests/sim/model.h"

#ifndef MACH_PORT_UREFS_MAX
#define MACH_PORT_UREFS_MAX 65535u
#endif

void m_list_push(struct m_list *, void *);
void *m_list_pop(struct m_list *);
void *m_new(size_t);

/* A right that nobody holds any more. */
void m_release(struct m_right);
/* The same of a send-once right that is used up quietly. */
void m_use_send_once(struct m_port *);
void m_send_dropped(struct m_port *);
/* A port's end, or its receiver's. */
void m_port_end(struct m_port *);
/* Destroys what calls left to destroy. */
void m_reap(void);

/* Notifications: the send-once right is used up. */
void m_notify(
    struct m_port *notify, int32_t id, uint32_t value, struct m_port *receive);

/* Puts a receive right in transit; false when that makes a circle. */
bool m_transit(struct m_port *, struct m_port *dest);

/* Receivers and senders. */
void m_deliver(struct m_port *, struct m_msg *);
void m_admit(struct m_port *);
void m_set_offer(struct m_port *, struct m_set *);
void m_wake(struct m_thread *, int32_t result);
int32_t m_park(struct m_thread *, enum m_wait, struct m_list *);
int32_t m_take(struct m_port *, struct m_thread *);
void m_wake_all(struct m_list *, int32_t result);

/* A right taken out of a space. */
#define M_IN_HEADER 1	  /* the reply port: those of MPO_REPLY_PORT, too */
#define M_IN_DEST 2	  /* the destination */
#define M_IN_TWICE 4	  /* the destination is the reply, too: two moves ... */
#define M_IN_TWICE_COPY 8 /* ... or a move and a copy, or two copies */
int32_t m_copyin(struct m_space *, mach_port_name_t, uint32_t disposition,
    uint32_t flags, const struct m_desc *guarded, struct m_port **);
bool m_reply_ok(struct m_space *, mach_port_name_t, uint32_t disposition);
uint32_t m_type_after(uint32_t disposition);
struct m_request *m_request_find(struct m_space *, struct m_entry *);
struct m_port *m_request_cancel(struct m_space *, struct m_entry *);
void m_entry_drop(struct m_space *, struct m_entry *);
void m_entry_free(struct m_space *, struct m_entry *);
/* The entry of a send or receive right to the port. */
struct m_entry *m_find_port(struct m_space *, struct m_port *);
/* The entry of a name, or why not. */
int32_t m_entry_of(struct m_space *, mach_port_name_t, struct m_entry **);
bool m_valid(mach_port_name_t);
struct m_entry *m_entry_new(struct m_space *, mach_port_name_t);
int32_t m_name_check(struct m_space *, mach_port_name_t);
bool m_check_dead(struct m_space *, struct m_entry *);
void m_clear_receiver(struct m_port *);
void m_deleted(struct m_port *notify, mach_port_name_t);
/* While this is true, m_deleted waits until m_deferred_run(). */
extern bool m_defers;
void m_deferred_run(void);
int32_t m_put(struct m_space *, struct m_right, mach_port_name_t *);
int32_t m_copyout_name(struct m_space *, struct m_right, mach_port_name_t);
void m_receive_destroy(struct m_space *, struct m_entry *);
void m_receive_end(struct m_space *, struct m_entry *);
void m_set_destroy(struct m_space *, struct m_entry *);
void m_send_set(struct m_space *, struct m_entry *, uint32_t urefs);
bool m_urefs_add(uint32_t *, int32_t delta);
void m_semaphore_end(struct m_semaphore *);
mach_port_name_t m_hint(void);

#endif
