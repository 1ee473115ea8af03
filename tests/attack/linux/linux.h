/* What the attacker's Linux files share, and numbers newer than Debian 12. */
#ifndef ISTHMUS_TESTS_ATTACK_LINUX_H
#define ISTHMUS_TESTS_ATTACK_LINUX_H

#include <sys/syscall.h>

#include "tests/attack/attack.h"

/* asm-generic/unistd.h of Linux 6.18; the same on every architecture. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif

extern const struct attack attacks_kernel[], attacks_proc[], attacks_abi[],
    attacks_sockets[], attacks_tasks[];
extern const struct deed deeds_linux[];

#endif
