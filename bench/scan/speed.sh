#!/bin/sh
# Time of a scan for everything catalogued, against Universal Ctags indexing
# the same tree and grep looking for one word in it: wall time, warm cache,
# the programs taking turns, medians.  Argument: the build directory.
set -eu

isthmus=$1/isthmus
. "$(dirname "$0")/trees.sh"
runs=7

row()
{
	printf '{"name": "scan, %s", "peer": "%s", %s, "goal": %s, ' \
	    "$1" "$2" "$3" "$4"
	printf '"runs": %d, "pinned": false}\n' $runs
}

if ! unpack_linux; then
	why='"ratio": null, "why": "no linux-source-6.1 (apt-get install it)"'
	row time ctags "$why" 0.1
	row time grep "$why" 3.0
	exit 0
fi
tree=$CACHE/linux
names=$CACHE/names
times=$CACHE/times
"$isthmus" scan "$tree" --format json |
    sed -n 's/^ *"name": "\(.*\)",*$/\1/p' | sort -u >"$names"

now()
{
	date +%s%N
}

# took NAME COMMAND...: notes how long the command took.
took()
{
	name=$1
	shift
	start=$(now)
	"$@" >/dev/null 2>&1 || :
	echo "$name $(($(now) - start))" >>"$times"
}

median()
{
	awk -v name="$1" '$1 == name { print $2 }' "$times" | sort -n |
	    awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# ratio A B: the first's median over the second's.
ratio()
{
	awk -v a="$(median "$1")" -v b="$(median "$2")" \
	    'BEGIN { printf "%.3f", a / b }'
}

: >"$times"
i=0
while [ $i -lt $runs ]; do
	took scan "$isthmus" scan "$tree"
	took grep grep -rc unshare "$tree"
	if command -v ctags >/dev/null; then
		took ctags ctags -R --languages=C,C++ -f /dev/null "$tree"
	fi
	i=$((i + 1))
done
took grepall grep -rnwFc -f "$names" "$tree"

size=$(du -sb "$tree" | cut -f1)
echo "scan: $((size / 1000000)) MB, scan $(($(median scan) / 1000000)) ms," \
    "grep -rc unshare $(($(median grep) / 1000000)) ms," \
    "grep -rnwF of the same $(wc -l <"$names") names" \
    "$(($(median grepall) / 1000000)) ms (once)" >&2
if command -v ctags >/dev/null; then
	echo "scan: ctags $(($(median ctags) / 1000000)) ms" >&2
	row "$((size / 1000000)) MB of Linux" \
	    'ctags -R --languages=C,C++ (same files)' \
	    "\"ratio\": $(ratio scan ctags)" 0.1
else
	row time ctags '"ratio": null, "why": "ctags is not installed"' 0.1
fi
row "$((size / 1000000)) MB of Linux" 'grep -rc unshare (one word)' \
    "\"ratio\": $(ratio scan grep)" 3.0
row "$((size / 1000000)) MB of Linux" 'grep -rnwF -f (the names it found)' \
    "\"ratio\": $(ratio scan grepall)" 1.0
