/* What the attacker's FreeBSD files share. */
#ifndef ISTHMUS_TESTS_ATTACK_FREEBSD_H
#define ISTHMUS_TESTS_ATTACK_FREEBSD_H

#include "tests/attack/attack.h"

extern const struct attack attacks_jail[], attacks_kernel[], attacks_tasks[],
    attacks_sockets[], attacks_objects[], attacks_freebsd_files[];
extern const struct deed deeds_freebsd[];

/* True inside any jail. */
bool is_jailed(void);

#endif
