/*
 * Writes the data base that getpwnam(3) and getpwuid(3) read in place of
 * passwd(5); they know no other source without a name service.  Its layout
 * is in <pwd.h> and pwd_mkdb(8), version 4: numbers in network byte order.
 */
#include <sys/endian.h>
#include <sys/stat.h>

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

enum { ENTRY_MAX = 1024, FIELDS = 7, VERSION = 4 };

struct entry {
	char data[ENTRY_MAX];
	size_t len;
};

static void
entry_bytes(struct entry *e, const void *data, size_t len)
{
	if (len > sizeof(e->data) - e->len)
		len = sizeof(e->data) - e->len;
	memcpy(e->data + e->len, data, len);
	e->len += len;
}

static void
entry_string(struct entry *e, const char *s)
{
	entry_bytes(e, s, strlen(s) + 1);
}

static void
entry_number(struct entry *e, uint32_t n)
{
	uint32_t be = htobe32(n);

	entry_bytes(e, &be, sizeof(be));
}

static bool
put(DB *db, int tag, const void *key, size_t len, const struct entry *value)
{
	struct entry name = { .len = 0 };
	unsigned char octet = _PW_VERSIONED(tag, VERSION);
	DBT k, v;

	entry_bytes(&name, &octet, 1);
	entry_bytes(&name, key, len);
	k.data = name.data;
	k.size = name.len;
	v.data = __DECONST(char *, value->data);
	v.size = value->len;
	return (db->put(db, &k, &v, 0) == 0);
}

/* One line of passwd(5), cut at its colons; `number` counts from 1. */
static bool
put_line(DB *db, char *line, uint32_t number)
{
	struct entry e = { .len = 0 };
	uint32_t be, uid;
	char *f[FIELDS];
	int n;

	for (n = 0; n < FIELDS && (f[n] = strsep(&line, ":")) != NULL; n++)
		;
	if (n != FIELDS) {
		errno = EINVAL;
		return (false);
	}
	uid = (uint32_t)strtoul(f[2], NULL, 10);
	entry_string(&e, f[0]);
	entry_string(&e, "*");
	entry_number(&e, uid);
	entry_number(&e, (uint32_t)strtoul(f[3], NULL, 10));
	entry_number(&e, 0); /* no change of password */
	entry_string(&e, "");
	entry_string(&e, f[4]);
	entry_string(&e, f[5]);
	entry_string(&e, f[6]);
	entry_number(&e, 0); /* no expiry */
	entry_number(&e, _PWF_NAME | _PWF_PASSWD | _PWF_UID | _PWF_GID |
			     _PWF_GECOS | _PWF_DIR | _PWF_SHELL);
	be = htobe32(uid);
	number = htobe32(number);
	return (put(db, _PW_KEYBYNAME, f[0], strlen(f[0]), &e) &&
		put(db, _PW_KEYBYNUM, &number, sizeof(number), &e) &&
		put(db, _PW_KEYBYUID, &be, sizeof(be), &e));
}

static bool
put_version(DB *db)
{
	char version = _PWD_CURRENT_VERSION;
	DBT k, v;

	k.data = __DECONST(char *, _PWD_VERSION_KEY);
	k.size = sizeof(_PWD_VERSION_KEY) - 1;
	v.data = &version;
	v.size = 1;
	return (db->put(db, &k, &v, 0) == 0);
}

bool
passwd_write(int directory_fd, const char *name, const char *path,
    const char *text, struct error *e)
{
	static const HASHINFO info = { .bsize = 1024,
		.ffactor = 8,
		.nelem = 16,
		.cachesize = 32 * 1024,
		.lorder = BIG_ENDIAN };
	char *copy, *line, *rest;
	uint32_t number = 0;
	bool ok;
	DB *db;

	copy = strdup(text);
	if (copy == NULL)
		return (fail(e, errno, "write file", path, NULL));
	/* dbopen(3) takes a path; nobody else can write on the way to it. */
	db = dbopen(path, O_RDWR | O_CREAT | O_EXCL, 0600, DB_HASH, &info);
	ok = db != NULL && put_version(db);
	for (rest = copy; ok && (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0')
			ok = put_line(db, line, ++number);
	if (db != NULL && db->close(db) != 0)
		ok = false;
	if (ok)
		ok = fchmodat(directory_fd, name, 0444, AT_SYMLINK_NOFOLLOW) ==
		     0;
	if (!ok)
		(void)fail(e, errno, "write file", path, NULL);
	free(copy);
	return (ok);
}
