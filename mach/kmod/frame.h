/*
 * Where a system call's number and arguments are, per machine, and a thread's
 * own pointer.
 */
#ifndef ISTHMUS_MACH_KMOD_FRAME_H
#define ISTHMUS_MACH_KMOD_FRAME_H

#if defined(__amd64__)
#include "mach/kmod/frame_amd64.h"
#elif defined(__aarch64__)
#include "mach/kmod/frame_arm64.h"
#else
#error "no table of traps for this machine yet"
#endif

#endif
