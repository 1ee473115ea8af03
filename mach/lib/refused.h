/*
 * Functions that are there to be linked, and that refuse: of a row NONE in
 * traps.def, by the number of their arguments.  The row's answer does not
 * depend on them.
 */
#ifndef ISTHMUS_MACH_LIB_REFUSED_H
#define ISTHMUS_MACH_LIB_REFUSED_H

#include "mach/lib/trap.h"

#define REFUSED_BODY(number) return ((kern_return_t)MACH_TRAP_VALUE0(number))

#define REFUSED_1(number, name, A)    \
	kern_return_t name(A a)       \
	{                             \
		(void)a;              \
		REFUSED_BODY(number); \
	}
#define REFUSED_2(number, name, A, B) \
	kern_return_t name(A a, B b)  \
	{                             \
		(void)a;              \
		(void)b;              \
		REFUSED_BODY(number); \
	}
#define REFUSED_3(number, name, A, B, C)  \
	kern_return_t name(A a, B b, C c) \
	{                                 \
		(void)a;                  \
		(void)b;                  \
		(void)c;                  \
		REFUSED_BODY(number);     \
	}
#define REFUSED_4(number, name, A, B, C, D)    \
	kern_return_t name(A a, B b, C c, D d) \
	{                                      \
		(void)a;                       \
		(void)b;                       \
		(void)c;                       \
		(void)d;                       \
		REFUSED_BODY(number);          \
	}
#define REFUSED_5(number, name, A, B, C, D, E)      \
	kern_return_t name(A a, B b, C c, D d, E e) \
	{                                           \
		(void)a;                            \
		(void)b;                            \
		(void)c;                            \
		(void)d;                            \
		(void)e;                            \
		REFUSED_BODY(number);               \
	}
#define REFUSED_6(number, name, A, B, C, D, E, F)        \
	kern_return_t name(A a, B b, C c, D d, E e, F f) \
	{                                                \
		(void)a;                                 \
		(void)b;                                 \
		(void)c;                                 \
		(void)d;                                 \
		(void)e;                                 \
		(void)f;                                 \
		REFUSED_BODY(number);                    \
	}
#define REFUSED_7(number, name, A, B, C, D, E, F, G)          \
	kern_return_t name(A a, B b, C c, D d, E e, F f, G g) \
	{                                                     \
		(void)a;                                      \
		(void)b;                                      \
		(void)c;                                      \
		(void)d;                                      \
		(void)e;                                      \
		(void)f;                                      \
		(void)g;                                      \
		REFUSED_BODY(number);                         \
	}
#define REFUSED_8(number, name, A, B, C, D, E, F, G, H)            \
	kern_return_t name(A a, B b, C c, D d, E e, F f, G g, H h) \
	{                                                          \
		(void)a;                                           \
		(void)b;                                           \
		(void)c;                                           \
		(void)d;                                           \
		(void)e;                                           \
		(void)f;                                           \
		(void)g;                                           \
		(void)h;                                           \
		REFUSED_BODY(number);                              \
	}
#define REFUSED_9(number, name, A, B, C, D, E, F, G, H, I)              \
	kern_return_t name(A a, B b, C c, D d, E e, F f, G g, H h, I i) \
	{                                                               \
		(void)a;                                                \
		(void)b;                                                \
		(void)c;                                                \
		(void)d;                                                \
		(void)e;                                                \
		(void)f;                                                \
		(void)g;                                                \
		(void)h;                                                \
		(void)i;                                                \
		REFUSED_BODY(number);                                   \
	}

#endif
