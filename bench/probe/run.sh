#!/bin/sh
# A whole probe run against starting as many trivial programs one after the
# other, which is what a shell harness of separate test programs costs.
# Argument: the build directory.
set -eu

isthmus=$1/isthmus
runs=15
csv=$(mktemp)
trap 'rm -f "$csv" "$csv.sh"' EXIT
n=$("$isthmus" probe --format ndjson | grep -c '"id"')
cat >"$csv.sh" <<TEXT
i=0
while [ \$i -lt $n ]; do
	/bin/true
	i=\$((i + 1))
done
TEXT
hyperfine --style none --warmup 2 --runs $runs --export-csv "$csv" -N \
    "$isthmus probe --format json" "sh $csv.sh" >&2
awk -F, -v n="$n" -v runs=$runs '
	NR == 2 { ours = $4 }
	NR == 3 { peer = $4 }
	END {
		printf "{\"name\": \"probe, all %d\", ", n
		printf "\"peer\": \"%d times /bin/true from sh\", ", n
		printf "\"ratio\": %.2f, \"goal\": 1.0, ", ours / peer
		printf "\"runs\": %d, \"pinned\": false}\n", runs
		printf "probe: %.0f ms, peer %.0f ms\n", ours * 1000, \
		    peer * 1000 >"/dev/stderr"
	}' "$csv"
