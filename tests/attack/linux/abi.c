/*
 * Set-id files and attributes by the calls that only Linux has, and by the
 * other system call tables of the same kernel: a filter that knows only the
 * native numbers stops none of these.
 */
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/linux/linux.h"

#define SETID (S_ISUID | S_ISGID)

static enum end
judge(const char *call, const char *path)
{
	struct stat st;
	int err = errno;

	if (lstat(path, &st) == 0 && (st.st_mode & SETID) != 0)
		return (ended(SUCCEEDED, "mode %04o by %s",
		    (unsigned)st.st_mode & 07777, call));
	errno = err;
	return (by_call(call, false));
}

static enum end
by_openat2(const void *with)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 04755 };

	(void)with;
	(void)syscall(SYS_openat2, AT_FDCWD, "f", &how, sizeof(how));
	return (judge("openat2", "f"));
}

static enum end
by_fchmodat2(const void *with)
{
	const int *flags = with;
	int fd;

	fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	(void)syscall(SYS_fchmodat2, *flags == 0 ? AT_FDCWD : fd,
	    *flags == 0 ? "f" : "", 04755, *flags);
	return (judge("fchmodat2", "f"));
}

/* The kernel looks at 16 bits of a mode; a filter may compare 64. */
static enum end
by_high_bits(const void *with)
{
	const unsigned long *bits = with;

	(void)!write_file("f", "x", 0755);
	(void)syscall(SYS_fchmodat, AT_FDCWD, "f", *bits | 04755UL);
	return (judge("fchmodat with high bits", "f"));
}

/* No name yet, then one. */
static enum end
by_tmpfile(const void *with)
{
	char path[64];
	int fd;

	(void)with;
	fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 04755);
	if (fd == -1)
		return (by_call("open of O_TMPFILE", false));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)!linkat(AT_FDCWD, path, AT_FDCWD, "f", AT_SYMLINK_FOLLOW);
	return (judge("O_TMPFILE", "f"));
}

/* ---- attributes */

/* Version 2, effective, CAP_SETUID permitted (linux/capability.h). */
static const unsigned char capability[20] = { 0x01, 0, 0, 0x02, 0x80 };

static enum end
set_attribute(const void *with)
{
	const char *name = with;
	bool worked, is_cap;
	int fd;

	is_cap = strcmp(name, "security.capability") == 0;
	fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	worked = setxattr("f", name, is_cap ? (const void *)capability : "x",
		     is_cap ? sizeof(capability) : 1, 0) == 0;
	if (!worked)
		worked = lsetxattr("f", name, "x", 1, 0) == 0;
	if (!worked)
		worked = fsetxattr(fd, name, "x", 1, 0) == 0;
	return (by_call("setxattr", worked));
}

static enum end
set_attribute_at(const void *with)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args = { .value = (uintptr_t) "x", .size = 1 };

	(void)!write_file("f", "x", 0755);
	return (by_call("setxattrat", syscall(SYS_setxattrat, AT_FDCWD, "f", 0,
					  with, &args, sizeof(args)) == 0));
}

/* Two entries beside owner, group and others would need a mask too. */
static enum end
set_acl(const void *with)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entries[5];
	} acl = { 2, { { 0x01, 7, ~0U }, { 0x02, 7, 65534 }, { 0x04, 5, ~0U },
			 { 0x10, 7, ~0U }, { 0x20, 5, ~0U } } };

	(void)!write_file("f", "x", 0755);
	return (by_call(
	    "setxattr", setxattr("f", with, &acl, sizeof(acl), 0) == 0));
}

/* ---- the other tables */

#if defined(__x86_64__)
/* asm/unistd_32.h */
enum {
	I386_OPEN = 5,
	I386_CREAT = 8,
	I386_MKNOD = 14,
	I386_CHMOD = 15,
	I386_FCHMOD = 94,
	I386_OPENAT = 295,
	I386_FCHMODAT = 306,
	I386_CLONE = 120,
	I386_KEYCTL = 288,
	I386_UNSHARE = 310,
	I386_SOCKET = 359,
	I386_SOCKETCALL = 102
};

struct i386 {
	long number;
	unsigned long b, c, d;
	bool name_first;  /* the file's name is the first argument */
	bool name_second; /* ... the second, after AT_FDCWD */
};

static long
int80(long number, unsigned long b, unsigned long c, unsigned long d)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(b), "c"(c), "d"(d), "S"(04755L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (result);
}

static enum end
by_i386(const void *with)
{
	const struct i386 *call = with;
	unsigned long b = call->b, c = call->c;
	char *name;
	long result;

	/* Pointers of 32 bits. */
	name = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (name == MAP_FAILED)
		return (by_call("mmap", false));
	memcpy(name, "f", 2);
	if (call->name_first)
		b = (uintptr_t)name;
	if (call->name_second) {
		b = (unsigned long)AT_FDCWD;
		c = (uintptr_t)name;
	}
	if (call->number == I386_CHMOD || call->number == I386_FCHMODAT)
		(void)!write_file("f", "x", 0755);
	if (call->number == I386_FCHMOD)
		b = (unsigned long)open("f", O_RDWR | O_CREAT, 0755);
	result = int80(call->number, b, c, call->d);
	if (call->number == I386_CLONE && result == 0)
		_exit(0);
	errno = result < 0 ? (int)-result : 0;
	if (!call->name_first && !call->name_second &&
	    call->number != I386_FCHMOD)
		return (by_call("int 0x80", result >= 0));
	return (judge("int 0x80", "f"));
}

/* socket(2) as one of the calls behind socketcall(2): linux/net.h. */
static enum end
by_socketcall(const void *with)
{
	const uint32_t *family = with;
	uint32_t *args;
	long result;

	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (args == MAP_FAILED)
		return (by_call("mmap", false));
	args[0] = *family;
	args[1] = 1;
	result = int80(I386_SOCKETCALL, 1, (uintptr_t)args, 0);
	errno = result < 0 ? (int)-result : 0;
	return (by_call("socketcall", result >= 0));
}

static const uint32_t vsock = 40;

/* x32: the same instruction, bit 30 of the number. */
static enum end
by_x32(const void *with)
{
	(void)with;
	(void)!write_file("f", "x", 0755);
	(void)syscall(0x40000000L | SYS_chmod, "f", 04755);
	return (judge("x32 chmod", "f"));
}

#define I386(...) (&(const struct i386){ __VA_ARGS__ })
#endif

static const int no_flags = 0, empty_path = AT_EMPTY_PATH;
static const unsigned long bit_16 = 1UL << 16, bit_32 = 1UL << 32;

const struct attack attacks_abi[] = {
	{ "setid-openat2", "set-uid file by openat2", by_openat2, NULL },
	{ "setid-fchmodat2", "set-uid file by fchmodat2", by_fchmodat2,
	    &no_flags },
	{ "setid-fchmodat2-fd", "set-uid file by fchmodat2", by_fchmodat2,
	    &empty_path },
	{ "setid-bit16", "set-uid, and a bit the kernel ignores", by_high_bits,
	    &bit_16 },
	{ "setid-bit32", "set-uid, and a bit the kernel ignores", by_high_bits,
	    &bit_32 },
	{ "setid-tmpfile", "set-uid by O_TMPFILE and linkat", by_tmpfile,
	    NULL },
	{ "xattr-capability", "a file with a capability", set_attribute,
	    "security.capability" },
	{ "xattr-user", "an extended attribute", set_attribute, "user.x" },
	{ "xattr-at", "an extended attribute", set_attribute_at, "user.x" },
	{ "xattr-acl", "an access list", set_acl, "system.posix_acl_access" },
#if defined(__x86_64__)
	{ "i386-chmod", "set-uid by 32-bit chmod", by_i386,
	    I386(I386_CHMOD, 0, 04755, 0, true, false) },
	{ "i386-fchmod", "set-uid by 32-bit fchmod", by_i386,
	    I386(I386_FCHMOD, 0, 04755, 0, false, false) },
	{ "i386-fchmodat", "set-uid by 32-bit fchmodat", by_i386,
	    I386(I386_FCHMODAT, 0, 0, 04755, false, true) },
	{ "i386-open", "set-uid by 32-bit open", by_i386,
	    I386(I386_OPEN, 0, O_RDWR | O_CREAT, 04755, true, false) },
	{ "i386-openat", "set-uid by 32-bit openat", by_i386,
	    I386(I386_OPENAT, 0, 0, O_RDWR | O_CREAT, false, true) },
	{ "i386-creat", "set-uid by 32-bit creat", by_i386,
	    I386(I386_CREAT, 0, 04755, 0, true, false) },
	{ "i386-mknod", "set-uid by 32-bit mknod", by_i386,
	    I386(I386_MKNOD, 0, S_IFREG | 04755, 0, true, false) },
	{ "i386-unshare", "a user name space by 32-bit unshare", by_i386,
	    I386(I386_UNSHARE, 0x10000000, 0, 0, false, false) },
	{ "i386-clone", "a user name space by 32-bit clone", by_i386,
	    I386(I386_CLONE, 0x10000000 | 17, 0, 0, false, false) },
	{ "i386-keyctl", "the user's keyring by 32-bit keyctl", by_i386,
	    I386(I386_KEYCTL, 0, (unsigned long)-4, 1, false, false) },
	{ "i386-socket", "AF_VSOCK by 32-bit socket", by_i386,
	    I386(I386_SOCKET, 40, 1, 0, false, false) },
	{ "i386-socketcall", "AF_VSOCK by socketcall", by_socketcall, &vsock },
	{ "x32-chmod", "set-uid by x32 chmod", by_x32, NULL },
#endif
	{ NULL, NULL, NULL, NULL },
};
