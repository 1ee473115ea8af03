#!/bin/sh
# user-arm64.sh KERNBUILD: what is Mach in user land is compiled for arm64, and
# not linked: FREEBSD_SYSROOT is amd64's, of which the machine's own headers are
# replaced by those that KERNBUILD links to.
set -eu

for file in mach/core/*.c mach/os/user/*.c mach/lib/*.c mach/client/*.c \
    mach/server/*.c mach/bootstrap/*.c; do
	case $file in
	*_linux.c | *_null.c) continue ;;
	esac
	"${CLANG:-clang-19}" --target=aarch64-unknown-freebsd15.1 \
	    --sysroot="$FREEBSD_SYSROOT" -isystem "$1" \
	    -isystem "$FREEBSD_SYSROOT/usr/local/include" -fsyntax-only \
	    -std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	    -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wundef \
	    -Wno-missing-field-initializers -Werror -D_GNU_SOURCE \
	    -D_FILE_OFFSET_BITS=64 -DISTHMUS_VERSION='"0"' \
	    -DMACHD_PATH='"machd"' -I. -Imach/include -Imach/os/user "$file"
done
