# What the parts of the build bench share; sourced, with $work and $here set.

# spec NAME [SECONDS]: a build of output NAME, its file to stdout.
spec() {
	args=${2:+\"$2\"}
	cat <<TEXT
{"version": "isthmus.build/1", "name": "$1", "builder": "/in/builder",
 "args": [$args], "inputs": [{"path": "$work/in", "at": "/in"}],
 "outputs": {"out": "$work/store/$1"}, "store": "$work/store"}
TEXT
}

# row NAME PEER RATIO GOAL RUNS PINNED
row() {
	printf '{"name": "%s", "peer": "%s", "ratio": %s, "goal": %s, ' \
	    "$1" "$2" "$3" "$4"
	printf '"runs": %s, "pinned": %s}\n' "$5" "$6"
}

# missing NAME PEER GOAL WHY
missing() {
	printf '{"name": "%s", "peer": "%s", "ratio": null, ' "$1" "$2"
	printf '"goal": %s, "runs": 0, "pinned": false, "why": "%s"}\n' \
	    "$3" "$4"
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

# bubblewrap with what is nearest to a build of ours, up to the command.
bwrap_options() {
	echo "--unshare-all --ro-bind $work/in /in --bind $work/peer $work/peer" \
	    "--tmpfs /tmp --proc /proc --dev /dev --die-with-parent" \
	    "--new-session --cap-drop ALL --uid 35900 --gid 35900 --clearenv"
}
