/*
 * A build as the spec gives it, checked for all that can be checked without
 * asking the host.  Defaults are filled in; every path is absolute, without
 * ".", "..", "//" or a slash at the end.
 */
#ifndef ISTHMUS_BUILD_SPEC_H
#define ISTHMUS_BUILD_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build/build.h"

#define SPEC_NONE (-1) /* a limit that is not set */

struct spec_pair {
	char *name, *value;
};

struct spec_input {
	char *source; /* on the host */
	char *at;     /* inside */
};

struct spec_limits {
	int64_t wall_s, silent_s, cpu_s, memory_bytes, processes, disk_bytes,
	    log_bytes, files;
};

enum spec_network { SPEC_NETWORK_NONE, SPEC_NETWORK_FIXED_OUTPUT };
enum spec_hash_mode { SPEC_HASH_FLAT, SPEC_HASH_NAR };

struct isth_build_spec {
	char *origin; /* file name, for messages */
	bool nix;     /* came from a build.json: JSON paths are of that */
	char *name;
	char *builder;
	char **args; /* argv[1..]; nargs of them, then NULL */
	size_t nargs;
	struct spec_pair *env;
	size_t nenv;
	struct spec_input *inputs;
	size_t ninputs;
	struct spec_pair *outputs; /* name, path inside: store/BASE */
	size_t noutputs;
	char *store;	  /* inside */
	char *host_store; /* the same on the host */
	char *work;	  /* inside */
	char *host_work;  /* a directory to work in; NULL: one of our own */
	enum spec_network network;
	struct spec_limits limits;
	char *hash_algorithm; /* "sha256"; NULL: no hash */
	enum spec_hash_mode hash_mode;
	char *hash_value; /* lower-case hexadecimal, whatever was given */
	char **devices;	  /* further nodes below /dev, "/dev/kvm" */
	size_t ndevices;
	char *personality; /* "linux32"; NULL */
};

/* The two readers; isth_build_spec_parse chooses. */
struct isth_build_spec *spec_parse(
    const char *data, size_t len, const char *name, struct error *);
struct isth_build_spec *nix_spec_parse(
    const char *data, size_t len, const char *name, struct error *);

/* Checks that both readers make at their end; fails with the JSON path. */
bool spec_check(const struct isth_build_spec *, struct error *);

/*
 * What only the host can tell: inputs exist and can be opened, the store is
 * a directory, no output exists.  Opens and stats, changes nothing.  Fails
 * with the JSON path in `path` and the host path in `why`.
 */
bool spec_check_host(const struct isth_build_spec *, struct error *);

/* True when `path` is `top` or below it. */
bool path_below(const char *path, const char *top);

#endif
