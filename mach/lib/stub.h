/*
 * A function that is a row of traps.def and nothing else: number, name, types
 * of its arguments, in their order.  Words and addresses go as they are.
 */
#ifndef ISTHMUS_MACH_LIB_STUB_H
#define ISTHMUS_MACH_LIB_STUB_H

#include "mach/lib/trap.h"

#define STUB(n, name, params, ...)                  \
	kern_return_t name params                   \
	{                                           \
		return (MACH_TRAP(n, __VA_ARGS__)); \
	}
#define W(x) (uint64_t)(x)
#define STUB_1(n, name, A) STUB(n, name, (A a), W(a))
#define STUB_2(n, name, A, B) STUB(n, name, (A a, B b), W(a), W(b))
#define STUB_3(n, name, A, B, C) \
	STUB(n, name, (A a, B b, C c), W(a), W(b), W(c))
#define STUB_4(n, name, A, B, C, D) \
	STUB(n, name, (A a, B b, C c, D d), W(a), W(b), W(c), W(d))
#define STUB_5(n, name, A, B, C, D, E) \
	STUB(n, name, (A a, B b, C c, D d, E e), W(a), W(b), W(c), W(d), W(e))
#define STUB_6(n, name, A, B, C, D, E, F)                                     \
	STUB(n, name, (A a, B b, C c, D d, E e, F f), W(a), W(b), W(c), W(d), \
	    W(e), W(f))
#define STUB_7(n, name, A, B, C, D, E, F, G)                                 \
	STUB(n, name, (A a, B b, C c, D d, E e, F f, G g), W(a), W(b), W(c), \
	    W(d), W(e), W(f), W(g))
#define STUB_8(n, name, A, B, C, D, E, F, G, H)                             \
	STUB(n, name, (A a, B b, C c, D d, E e, F f, G g, H h), W(a), W(b), \
	    W(c), W(d), W(e), W(f), W(g), W(h))
#define STUB_9(n, name, A, B, C, D, E, F, G, H, I)                         \
	STUB(n, name, (A a, B b, C c, D d, E e, F f, G g, H h, I i), W(a), \
	    W(b), W(c), W(d), W(e), W(f), W(g), W(h), W(i))
#define STUB_10(n, name, A, B, C, D, E, F, G, H, I, J)                    \
	STUB(n, name, (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j), \
	    W(a), W(b), W(c), W(d), W(e), W(f), W(g), W(h), W(i), W(j))
#define STUB_11(n, name, A, B, C, D, E, F, G, H, I, J, K)                      \
	STUB(n, name, (A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k), \
	    W(a), W(b), W(c), W(d), W(e), W(f), W(g), W(h), W(i), W(j), W(k))

#endif
