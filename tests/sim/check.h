/*
 * What the files of the comparison share.
 */
#ifndef ISTHMUS_TESTS_SIM_CHECK_H
#define ISTHMUS_TESTS_SIM_CHECK_H

#include "tests/sim/sim.h"

extern uint32_t check_epoch; /* of the comparison; a mark of what it met */

/* check.c: one right, found in `what`. */
void check_right(
    const char *what, struct ipc_port *, uint32_t type, struct m_right);

/* check_msg.c */
bool check_notice_same(struct ipc_msg *, const struct m_msg *);
void check_message(const char *what, struct ipc_msg *, struct m_msg *);
void check_reorder(struct m_msg **slot, struct ipc_msg *);
void check_exchange(struct m_msg **slot, struct ipc_msg *);
void check_adopt(struct m_thread *, struct ipc_msg *);

#endif
