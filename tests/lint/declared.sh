#!/bin/sh
# Holds the public headers of Mach against the library: what they declare,
# libsystem_kernel.so has.  Argument: the build directory.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Programs define these: a handler of exceptions, what the library calls.
theirs='^catch_'

(cd mach/include && find . -name '*.h' ! -name '_*' ! -path './mach/arm/*' \
    ! -path './mach/i386/*') | sort |
    sed 's|^\./\(.*\)|#include <\1>|' >"$work/all.c"
# Declarations from mach/include, each on a line of its own.
${CC:-cc} -E -I mach/include "$work/all.c" | awk '
/^# [0-9]+ "/ { ours = index($3, "\"mach/include/") == 1; next }
ours { print }' | tr '\n' ' ' | tr ';{}' '\n\n\n' |
    grep -E '^ *(extern "C")? *extern ' >"$work/lines"
# The name before the first parenthesis, or the only one inside it.
sed -E -e 's/__attribute__ *\(\(.*\)\)//' -e 's/\[[^]]*\]//g' \
    -e 's/^[^(]*\( *\* *([A-Za-z_0-9]+) *\).*/\1/' \
    -e 's/^[^(]*[ *]([A-Za-z_0-9]+) *\(.*/\1/' \
    -e 's/.*[ *]([A-Za-z_0-9]+) *$/\1/' "$work/lines" |
    sort -u >"$work/declared"
nm -D --defined-only "$1/mach/libsystem_kernel.so" |
    awk '{ print $NF }' | sort -u >"$work/so"

bad=0
for name in $(comm -23 "$work/declared" "$work/so" |
    grep -Ev "$theirs"); do
	echo "$name is declared, and is not in the library" >&2
	bad=1
done
# A list that is empty compares well with anything.
[ "$(wc -l <"$work/declared")" -gt 400 ] ||
    { echo "declared: no headers" >&2; bad=1; }
exit "$bad"
