/*
 * Digests of outputs: flat, and of the Nix archive.  The format of the
 * archive: Dolstra, "The Purely Functional Software Deployment Model",
 * figure 5.2; strings are a 64-bit little-endian length, the bytes, and
 * zeros up to a multiple of eight.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build/digest.h"
#include "build/output_private.h"

/*
 * Zeros of holes that are hashed, over the whole output: about four minutes
 * of SHA-256.  More is refused before it is read, since a file of a terabyte
 * costs its builder nothing.
 */
#define HOLES_MAX ((int64_t)64 << 30)

struct hashing {
	struct digest *digest;
	int64_t holes;
	char buf[65536];
};

/* Archive: a string; the number of its bytes may come long before them. */
static void
add_length(struct hashing *h, uint64_t n)
{
	unsigned char le[8];
	int i;

	for (i = 0; i < 8; i++)
		le[i] = (unsigned char)(n >> (8 * i));
	digest_add(h->digest, le, sizeof(le));
}

static void
add_padding(struct hashing *h, uint64_t n)
{
	static const char zeros[8];

	if (n % 8 != 0)
		digest_add(h->digest, zeros, (size_t)(8 - n % 8));
}

static void
add_string(struct hashing *h, const char *s)
{
	size_t n = strlen(s);

	add_length(h, n);
	digest_add(h->digest, s, n);
	add_padding(h, n);
}

static void
add_strings(struct hashing *h, const char *const *strings)
{
	for (; *strings != NULL; strings++)
		add_string(h, *strings);
}

static void
add_zeros(struct hashing *h, off_t n)
{
	size_t part;

	memset(h->buf, 0, sizeof(h->buf));
	for (; n > 0; n -= (off_t)part) {
		part = n < (off_t)sizeof(h->buf) ? (size_t)n : sizeof(h->buf);
		digest_add(h->digest, h->buf, part);
	}
}

/* From `at` to `end`, which must be there. */
static bool
add_data(struct hashing *h, int fd, off_t at, off_t end)
{
	size_t want;
	ssize_t n;

	while (at < end) {
		want = end - at < (off_t)sizeof(h->buf) ? (size_t)(end - at)
							: sizeof(h->buf);
		n = pread(fd, h->buf, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* it became shorter */
		if (n <= 0)
			return (false);
		digest_add(h->digest, h->buf, (size_t)n);
		at += n;
	}
	return (true);
}

static bool
add_contents(struct hashing *h, int fd, const struct stat *st)
{
	off_t at, end, start;

	for (at = 0; at < st->st_size; at = end) {
		if (!output_next_data(fd, st, at, &start, &end))
			return (false);
		add_zeros(h, start - at);
		if (!add_data(h, fd, start, end))
			return (false);
	}
	return (true);
}

static bool
add_file(struct hashing *h, int fd, const char *name, const struct stat *st,
    struct error *e)
{
	int64_t hole;
	bool done;
	int file;

	hole = (int64_t)st->st_size - (int64_t)st->st_blocks * 512;
	if (hole > 0)
		h->holes += hole;
	if (h->holes > HOLES_MAX) {
		fail(e, EFBIG, "hash output", "",
		    "%lld bytes of holes would be hashed, at most %lld are",
		    (long long)h->holes, (long long)HOLES_MAX);
		return (fail_hint(e, "truncate sparse files in the build"));
	}
	file = output_open_file(fd, name, st);
	if (file < 0)
		return (fail(e, errno, "open file", "", NULL));
	done = add_contents(h, file, st);
	if (!done)
		fail(e, errno, "hash output", "", NULL);
	(void)close(file);
	return (done);
}

static bool
archive_file(struct hashing *h, int fd, const char *name, const struct stat *st,
    struct error *e)
{
	static const char *const plain[] = { "(", "type", "regular", "contents",
		NULL };
	static const char *const executable[] = { "(", "type", "regular",
		"executable", "", "contents", NULL };

	add_strings(h, (st->st_mode & 0100) != 0 ? executable : plain);
	add_length(h, (uint64_t)st->st_size);
	if (!add_file(h, fd, name, st, e))
		return (false);
	add_padding(h, (uint64_t)st->st_size);
	add_string(h, ")");
	return (true);
}

static bool
archive_link(struct hashing *h, int fd, const char *name, struct error *e)
{
	static const char *const begin[] = { "(", "type", "symlink", "target",
		NULL };
	char target[PATH_MAX];
	ssize_t n;

	n = readlinkat(fd, name, target, sizeof(target) - 1);
	if (n < 0)
		return (fail(e, errno, "read link", "", NULL));
	target[n] = '\0';
	add_strings(h, begin);
	add_string(h, target);
	add_string(h, ")");
	return (true);
}

/* All but a directory, of which only the beginning is written. */
static bool
archive_object(struct hashing *h, int fd, const char *name,
    const struct stat *st, struct error *e)
{
	static const char *const begin[] = { "(", "type", "directory", NULL };

	if (S_ISREG(st->st_mode))
		return (archive_file(h, fd, name, st, e));
	if (S_ISLNK(st->st_mode))
		return (archive_link(h, fd, name, e));
	if (!S_ISDIR(st->st_mode))
		return (fail(e, EINVAL, "hash output", "",
		    "neither file, directory nor symbolic link"));
	add_strings(h, begin);
	return (true);
}

static bool
archive_entry(struct hashing *h, struct walk *w, const struct walk_item *item,
    struct error *e)
{
	static const char *const begin[] = { "entry", "(", "name", NULL };
	struct stat st;

	if (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (walk_fail(w, e, errno, "hash output", NULL));
	add_strings(h, begin);
	add_string(h, item->name);
	add_string(h, "node");
	if (!archive_object(h, item->fd, item->name, &st, e))
		return (output_fail_at(w, NULL, e));
	if (S_ISDIR(st.st_mode))
		return (walk_enter(w, e));
	add_string(h, ")");
	return (true);
}

/* What is in a directory, and its end. */
static bool
archive_below(struct hashing *h, int fd, const char *name, struct error *e)
{
	static const char *const end[] = { ")", ")", NULL };
	struct walk_item item;
	struct walk *w;
	bool done = true, all = false;
	int dir;

	dir = output_open_directory(fd, name);
	if (dir < 0)
		return (fail(e, errno, "hash output", name, NULL));
	w = walk_create(dir, true, name, e);
	if (w == NULL)
		return (false);
	while (done && !all) {
		switch (walk_next(w, &item, e)) {
		case WALK_ENTRY:
			done = archive_entry(h, w, &item, e);
			break;
		case WALK_LEAVE: /* of the directory, and of its entry */
			add_strings(h, end);
			break;
		case WALK_FAILED:
			done = false;
			break;
		case WALK_END:
			add_string(h, ")");
			all = true;
			break;
		}
	}
	walk_destroy(w);
	return (done);
}

static bool
hash_archive(struct hashing *h, int fd, const char *name, const struct stat *st,
    struct error *e)
{
	add_string(h, "nix-archive-1");
	if (!archive_object(h, fd, name, st, e))
		return (output_fail_at(NULL, name, e));
	if (S_ISDIR(st->st_mode))
		return (archive_below(h, fd, name, e));
	return (true);
}

static bool
hash_flat(struct hashing *h, int fd, const char *name, const struct stat *st,
    struct error *e)
{
	if (!S_ISREG(st->st_mode) || (st->st_mode & 0111) != 0) {
		fail(e, EINVAL, "hash output", name,
		    "a flat hash is of a regular file, not executable");
		return (fail_hint(e, "\"mode\": \"nar\""));
	}
	if (add_file(h, fd, name, st, e))
		return (true);
	return (output_fail_at(NULL, name, e));
}

bool
output_hash(int stage_fd, const char *name, const char *algorithm,
    enum spec_hash_mode mode, char hex[129], struct error *e)
{
	struct hashing h;
	struct stat st;
	bool done;

	if (fstatat(stage_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "hash output", name, NULL));
	h.holes = 0;
	h.digest = digest_create(algorithm);
	if (h.digest == NULL)
		return (fail(e, errno, "hash output", algorithm,
		    "no such algorithm: sha256, sha512, sha1, md5"));
	if (mode == SPEC_HASH_FLAT)
		done = hash_flat(&h, stage_fd, name, &st, e);
	else
		done = hash_archive(&h, stage_fd, name, &st, e);
	if (done)
		digest_finish(h.digest, hex);
	else
		digest_destroy(h.digest);
	return (done);
}
