#!/bin/sh
# A thousand trivial builds, two at a time: one executor with -j 2 against
# one bubblewrap each under xargs -P2.
set -eu
. "$here/lib.sh"

name="build, 1,000 at -j 2"
peer="bwrap under xargs -P2"
goal=0.5 builds=1000 runs=3
if ! command -v bwrap >/dev/null; then
	missing "$name" "$peer" $goal "not installed (bubblewrap)"
	exit 0
fi
mkdir -p "$work/specs"
i=0
while [ $i -lt $builds ]; do
	spec "t$i" >"$work/specs/$i.json"
	i=$((i + 1))
done
chmod 1777 "$work/peer"
cat >"$work/ours.sh" <<TEXT
exec $ours -j 2 $work/specs/*.json
TEXT
cat >"$work/peer.sh" <<TEXT
seq $builds | xargs -P2 -I{} bwrap $(bwrap_options) \
    --setenv out $work/peer/t{} /in/builder
TEXT

seconds() {
	find "$work/store" "$work/peer" -name 't*' -delete
	start=$(date +%s.%N)
	sh "$1" >/dev/null 2>"$work/error" || {
		tail -n 3 "$work/error" >&2
		exit 1
	}
	echo "$start $(date +%s.%N)" | awk '{ print $2 - $1 }'
}
median() {
	sort -n | sed -n "$((runs / 2 + 1))p"
}
i=0
while [ $i -lt $runs ]; do
	seconds "$work/ours.sh" >>"$work/a"
	seconds "$work/peer.sh" >>"$work/b"
	i=$((i + 1))
done
a=$(median <"$work/a") b=$(median <"$work/b")
row "$name" "$peer" "$(ratio "$a" "$b")" $goal $runs false
echo "$name: $a s, $peer $b s" >&2
