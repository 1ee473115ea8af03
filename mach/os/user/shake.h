/*
 * Places at which a debug build stays for a random while, when ISTHMUS_SHAKE
 * is set: what is right only as long as nobody is slow shows then.  The
 * number that is its value chooses the whiles.
 */
#ifndef ISTHMUS_MACH_OS_USER_SHAKE_H
#define ISTHMUS_MACH_OS_USER_SHAKE_H

#ifdef IPC_DEBUG
/* Any context, with locks held or not; errno stays. */
void ipc_shake(void);
#else
#define ipc_shake() ((void)0)
#endif

#endif
