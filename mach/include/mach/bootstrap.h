/*
 * Empty, as in macOS: see <servers/bootstrap.h>.
 * Facts: xnu-11417.101.15 osfmk/mach/bootstrap.h
 */
#ifndef _MACH_BOOTSTRAP_H_
#define _MACH_BOOTSTRAP_H_
#endif /* !_MACH_BOOTSTRAP_H_ */
