#!/bin/sh
# Resident memory of the executor while 32 builds run, against 4 MB.
set -eu
. "$here/lib.sh"

name="build, executor's memory with 32 running"
builds=32
i=0
while [ $i -lt $builds ]; do
	spec "m$i" 20 >"$work/m$i.json"
	i=$((i + 1))
done
$ours -j $builds "$work"/m*.json >/dev/null 2>"$work/error" &
pid=$!
# One child for each build, and as many grandchildren once they run.
i=0
while running=$(pgrep -P "$(pgrep -d, -P $pid || echo 0)" 2>/dev/null |
    wc -l) && [ "$running" -lt $builds ]; do
	i=$((i + 1))
	if [ $i -gt 150 ] || ! kill -0 $pid 2>/dev/null; then
		kill $pid 2>/dev/null || :
		missing "$name" "4 MB" 1.0 "only $running of $builds ran"
		exit 0
	fi
	sleep 0.1
done
kb=$(awk '$1 == "VmRSS:" { print $2 }' /proc/$pid/status)
kill $pid
wait $pid || :
row "$name" "4 MB" "$(ratio "$kb" 4096)" 1.0 1 false
echo "$name: $kb KiB" >&2
