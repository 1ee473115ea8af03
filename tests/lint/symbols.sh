#!/bin/sh
# Holds libsystem_kernel's map against the library: all that mach/lib and
# mach/bootstrap define, and is no part of them alone, is in the map; all that
# is in the map is there.  Argument: the build directory.
set -eu

map=mach/lib/libsystem_kernel.map
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n 's/^	\([A-Za-z0-9_]*\);$/\1/p' "$map" | sort -u >"$work/map"
nm -A --defined-only "$1/mach/libsystem_kernel.a" 2>/dev/null |
    awk '$1 ~ /:(lib|bootstrap)_[^:]*:/ && $(NF - 1) ~ /^[TDBR]$/ { print $NF }' |
    sort -u >"$work/all"
# The library's own headers declare what is its own.
grep -ohE '[a-z_0-9]+' mach/lib/*.h mach/bootstrap/client.h | sort -u >"$work/own"
comm -23 "$work/all" "$work/own" >"$work/lib"
nm -D --defined-only "$1/mach/libsystem_kernel.so" |
    awk '{ print $NF }' | sort -u >"$work/so"

bad=0
for name in $(comm -23 "$work/lib" "$work/map"); do
	echo "$map: $name is missing" >&2
	bad=1
done
for name in $(comm -23 "$work/map" "$work/so"); do
	echo "$map: there is no $name" >&2
	bad=1
done
# A list that is empty compares well with anything.
[ "$(wc -l <"$work/lib")" -gt 200 ] || { echo "symbols: no library" >&2; bad=1; }
exit "$bad"
