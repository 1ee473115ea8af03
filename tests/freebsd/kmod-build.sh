#!/bin/sh
# kmod-build.sh KERNBUILD OUT.ko [FILE.c...]: mach.ko, or a module of those
# files, for one kernel, cross-built with clang and lld.  KERNBUILD is that
# kernel's build folder (opt_*.h, machine/); FREEBSD_SYSDIR its sources.
set -eu

kernel=$1 out=$2
shift 2
clang=${CLANG:-clang-19}
version=$(echo "$clang" | sed -n 's/^[^-]*\(-[0-9]*\)$/\1/p')
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# A kernel module: no floating point, no red zone, in the kernel's range of
# addresses, with the kernel's own options and headers only.
machine=$(basename "$(dirname "$(readlink -f "$kernel/machine")")")
case $machine in
amd64)
	target='--target=x86_64-unknown-freebsd15.1 -mcmodel=kernel
	    -mno-red-zone -mno-mmx -mno-sse -mno-avx -mno-aes -msoft-float'
	link='-m elf_x86_64_fbsd'
	script="-T $FREEBSD_SYSDIR/conf/ldscript.kmod.amd64"
	;;
arm64)
	target='--target=aarch64-unknown-freebsd15.1 -mgeneral-regs-only
	    -ffixed-x18 -mbranch-protection=standard -mno-outline-atomics -fPIC'
	link='-m aarch64elf --no-relax'
	script=
	;;
*)
	echo "kmod-build: $kernel/machine: neither amd64 nor arm64" >&2
	exit 1
	;;
esac
code='-std=gnu17 -O2 -ffreestanding -fwrapv -fno-common -fno-strict-aliasing
    -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
    -fno-asynchronous-unwind-tables -fstack-protector'
# As the Makefile: every native system call passes through it.
no_frame='-fomit-frame-pointer -momit-leaf-frame-pointer'
kernel_flags="-D_KERNEL -DKLD_MODULE -DHAVE_KERNEL_OPTION_HEADERS
    -D__printf__=__freebsd_kprintf__ -include $kernel/opt_global.h -nostdinc"
warnings='-Wall -Wextra -Wno-unused-parameter -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wundef -Wno-pointer-sign
    -Wno-unknown-pragmas -Wno-address-of-packed-member
    -Wno-format-zero-length -Werror'
# The kernel's own headers have what -Wextra warns of, before 14.0.
paths="-I. -Imach/include -Imach/os/freebsd -isystem $kernel
    -isystem $FREEBSD_SYSDIR -isystem $FREEBSD_SYSDIR/contrib/ck/include"

sources=$*
[ -n "$sources" ] || sources=$(sed 's|^|mach/core/|' mach/core/SOURCES)
[ $# -gt 0 ] || for file in $(cat mach/kmod/SOURCES "mach/kmod/SOURCES.$machine"); do
	for room in mach/kmod mach/os mach/os/freebsd; do
		[ ! -f "$room/$file" ] || sources="$sources $room/$file"
	done
done
for file in $sources; do
	own=
	[ "${file##*/}" != transport_table.c ] || own=$no_frame
	# shellcheck disable=SC2086
	"$clang" $target $code $own $kernel_flags $warnings $paths -c "$file" \
	    -o "$objects/$(echo "$file" | tr / _).o"
done
mkdir -p "$(dirname "$out")"
# shellcheck disable=SC2086
"ld.lld$version" $link -r -warn-common --build-id=sha1 $script -o "$out" \
    "$objects"/*.o
# No other module links to this one: every name becomes local.
"llvm-nm$version" --defined-only -g "$out" |
    awk 'NF == 3 && $2 != "A" { print "--localize-symbol=" $3 }' \
    >"$objects/names"
"llvm-objcopy$version" --strip-debug "@$objects/names" "$out"
# Everywhere but on amd64 a module is a shared object.
if [ "$machine" != amd64 ]; then
	mv "$out" "$objects/kld"
	# shellcheck disable=SC2086
	"ld.lld$version" $link -Bshareable -znotext -znorelro -warn-common \
	    --build-id=sha1 -o "$out" "$objects/kld"
fi
# What the kernel does not have is found here, not when the module is loaded.
if [ -f "$kernel/kernel" ]; then
	"llvm-nm$version" --defined-only -j "$kernel/kernel" | sort >"$objects/has"
	"llvm-nm$version" --undefined-only -j "$out" |
	    grep -v '^__st[a-z]*_set_' | sort | comm -23 - "$objects/has" \
	    >"$objects/lacks"
	if [ -s "$objects/lacks" ]; then
		echo "kmod-build: the kernel has no:" >&2
		cat "$objects/lacks" >&2
		exit 1
	fi
fi
