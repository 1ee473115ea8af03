/*
 * Rights as types: a receive right cannot be taken for a send right.  These
 * calls stop the program where a right is not what it was said to be.
 * Facts: xnu-11417.101.15 libsyscall/mach/mach/mach_right_private.h
 */
#ifndef _MACH_MACH_RIGHT_H_
#define _MACH_MACH_RIGHT_H_

#include <mach/port.h>

#ifndef __cplusplus
#include <stdbool.h>
#endif

typedef struct _mach_right_recv {
	mach_port_t mrr_name;
} mach_right_recv_t;

typedef struct _mach_right_send {
	mach_port_t mrs_name;
} mach_right_send_t;

typedef struct _mach_right_send_once {
	mach_port_t mrso_name;
} mach_right_send_once_t;

#ifdef __cplusplus
#define MACH_RIGHT_RECV_NULL (mach_right_recv_t { MACH_PORT_NULL })
#define MACH_RIGHT_SEND_NULL (mach_right_send_t { MACH_PORT_NULL })
#define MACH_RIGHT_SEND_ONCE_NULL (mach_right_send_once_t { MACH_PORT_NULL })
#else
#define MACH_RIGHT_RECV_NULL ((mach_right_recv_t) { MACH_PORT_NULL })
#define MACH_RIGHT_SEND_NULL ((mach_right_send_t) { MACH_PORT_NULL })
#define MACH_RIGHT_SEND_ONCE_NULL ((mach_right_send_once_t) { MACH_PORT_NULL })
#endif

static inline mach_right_recv_t
mach_right_recv(mach_port_name_t name)
{
	mach_right_recv_t right = { name };

	return (right);
}

static inline mach_right_send_t
mach_right_send(mach_port_name_t name)
{
	mach_right_send_t right = { name };

	return (right);
}

static inline bool
mach_right_send_valid(mach_right_send_t right)
{
	return (MACH_PORT_VALID(right.mrs_name));
}

static inline mach_right_send_once_t
mach_right_send_once(mach_port_name_t name)
{
	mach_right_send_once_t right = { name };

	return (right);
}

static inline bool
mach_right_send_once_valid(mach_right_send_once_t right)
{
	return (MACH_PORT_VALID(right.mrso_name));
}

typedef uint64_t mach_right_flags_t;
enum {
	MACH_RIGHT_RECV_FLAG_INIT = 0,
	MACH_RIGHT_RECV_FLAG_UNGUARDED = 1 << 0, /* `ctx` is a context only */
	MACH_RIGHT_RECV_FLAG_STRICT = 1 << 1,
	MACH_RIGHT_RECV_FLAG_IMMOVABLE = 1 << 2
};

__BEGIN_DECLS

/* A new port, guarded by `ctx`; `sr` not NULL: with a send right. */
extern mach_right_recv_t mach_right_recv_construct(
    mach_right_flags_t flags, mach_right_send_t *sr, uintptr_t ctx);
/* Its end, and that of one send right to it where `s` is not NULL. */
extern void mach_right_recv_destruct(
    mach_right_recv_t r, mach_right_send_t *s, uintptr_t ctx);
extern mach_right_send_t mach_right_send_create(mach_right_recv_t r);
/* One reference more; MACH_PORT_DEAD when the port has died. */
extern mach_right_send_t mach_right_send_retain(mach_right_send_t s);
extern void mach_right_send_release(mach_right_send_t s);
extern mach_right_send_once_t mach_right_send_once_create(mach_right_recv_t r);
extern void mach_right_send_once_consume(mach_right_send_once_t so);

__END_DECLS

#endif /* !_MACH_MACH_RIGHT_H_ */
