/*
 * FreeBSD's part of area_common_util.h: nmount(2) and jail_set(2) from lists
 * of pairs, and what needs a sysctl.
 */
#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/area_common_util.h"

#define PAIRS_MAX 12 /* of names and values, without errmsg */

bool
util_vfs_loaded(const char *type)
{
	struct xvfsconf vfc;

	return (getvfsbyname(type, &vfc) == 0);
}

static void
set_iov(struct iovec *iov, const void *base, size_t len)
{
	iov->iov_base = len == 0 ? NULL : __DECONST(void *, base);
	iov->iov_len = len;
}

/* Adds the buffer for the kernel's words, if any; the new count. */
static unsigned
add_errmsg(struct iovec *iov, unsigned n, char *errmsg)
{
	if (errmsg == NULL)
		return (n);
	errmsg[0] = '\0';
	set_iov(&iov[n], "errmsg", sizeof("errmsg"));
	set_iov(&iov[n + 1], errmsg, UTIL_ERRMSG_SIZE);
	return (n + 2);
}

int
util_nmount(int flags, char errmsg[UTIL_ERRMSG_SIZE], ...)
{
	struct iovec iov[2 * PAIRS_MAX + 2];
	const char *name, *value;
	unsigned n;
	va_list ap;

	n = 0;
	va_start(ap, errmsg);
	while (n < 2 * PAIRS_MAX && (name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		set_iov(&iov[n], name, strlen(name) + 1);
		set_iov(&iov[n + 1], value,
		    value[0] == '\0' ? 0 : strlen(value) + 1);
		n += 2;
	}
	va_end(ap);
	n = add_errmsg(iov, n, errmsg);
	return (nmount(iov, n, flags));
}

/* Makes the vector of a parameter list; its length. */
static unsigned
jail_iov(struct iovec *iov, const struct util_param *p, char *errmsg)
{
	unsigned n;

	for (n = 0; n < 2 * PAIRS_MAX && p->name != NULL; p++, n += 2) {
		set_iov(&iov[n], p->name, strlen(p->name) + 1);
		set_iov(&iov[n + 1], p->value,
		    p->size == UTIL_STRING ? strlen(p->value) + 1 : p->size);
	}
	return (add_errmsg(iov, n, errmsg));
}

int
util_jail(
    int flags, char errmsg[UTIL_ERRMSG_SIZE], const struct util_param *params)
{
	struct iovec iov[2 * PAIRS_MAX + 2];

	return (jail_set(iov, jail_iov(iov, params, errmsg), flags));
}

int
util_jail_get(
    int flags, char errmsg[UTIL_ERRMSG_SIZE], const struct util_param *params)
{
	struct iovec iov[2 * PAIRS_MAX + 2];

	return (jail_get(iov, jail_iov(iov, params, errmsg), flags));
}

#define DESCRIPTORS_MAX 1024 /* a probe's child has a handful */

void
util_close_directories(void)
{
	struct stat st;

	for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			close(fd);
}

long
util_sysctl(const char *name, long otherwise)
{
	char buf[sizeof(long)];
	size_t len;
	long wide;
	int narrow;

	len = sizeof(buf);
	if (sysctlbyname(name, buf, &len, NULL, 0) != 0)
		return (otherwise);
	if (len == sizeof(int)) {
		memcpy(&narrow, buf, sizeof(narrow));
		return (narrow);
	}
	if (len == sizeof(long)) {
		memcpy(&wide, buf, sizeof(wide));
		return (wide);
	}
	if (len == 1)
		return ((unsigned char)buf[0]);
	return (otherwise);
}

bool
util_admin(const struct probe_context *ctx, int flags, struct probe_answer *why)
{
	(void)flags;
	if (ctx->root)
		return (true);
	*why = util_skip("needs root");
	return (false);
}

#else
typedef int area_freebsd_util_is_empty_here;
#endif
