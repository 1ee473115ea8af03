#!/bin/sh
# Which rows of mach/traps.def no test names: a program below tests/mach must
# call each, by the name that programs know it by.  What is supported nowhere
# (NONE) is called by table_test.c, all of it.  Arguments: traps.def, the
# folder of tests.  Fails when there are any.
set -eu

table=$1
folder=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/isthmus-rows.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Words of the programs, without comments and texts.
cat "$folder"/*.c |
    sed -e 's/"[^"]*"//g' -e 's|/\*.*\*/||g' -e '/^[ 	]*\/\*/d' \
	-e '/^[ 	]* \*/d' |
    tr -c 'A-Za-z0-9_' '\n' | sort -u >"$work/words"

# Numbers that rig_trap is called with count for rows without a function.
grep -ho 'rig_trap([0-9]*' "$folder"/*.c | tr -dc '0-9\n' |
    sort -u >"$work/numbers"

sed -E -n 's/^(TRAP|HOST)\(([0-9]+), ([a-z0-9A-Z_]+),.*/\2 \3/p' "$table" |
    while read -r number name; do
	known=${name#_kernelrpc_}
	known=${known#syscall_}
	known=${known%_trap}
	if ! grep -q -x -e "$known" -e "$name" -e "${known}_trap" \
	    -e "mach_$known" "$work/words" && ! grep -q -x "$number" "$work/numbers"; then
		echo "$number $name"
	fi
done >"$work/missing"
total=$(grep -E -c '^(TRAP|HOST)\(' "$table")
missing=$(wc -l <"$work/missing")
if [ "$missing" -ne 0 ]; then
	echo "rows of traps.def that no test names:"
	sed 's/^/  /' "$work/missing"
	exit 1
fi
echo "$total rows, each named in a test"
