#!/bin/sh
# A thousand builds, two at a time, and then the question whether the kernel
# is as before: memory by type and zone, vnodes, mounts, jails, devfs rules,
# rctl rules, interfaces, open files, processes; and whether the last hundred
# took as long as the first.  As root on FreeBSD, with nothing else going on.
# Arguments: the isthmus command, how many builds (1000).
set -u

isthmus=$1
count=${2:-1000}
# A leak of one object in four builds shows; less is other life of a host.
slack=$((count / 4))
work=$(mktemp -d /tmp/isthmus-thousand.XXXXXX)
disk=

cleanup() {
	umount "$work/disk" 2>/dev/null
	[ -z "$disk" ] || mdconfig -d -u "$disk"
	rm -rf "$work"
}
trap cleanup EXIT

# A file system of its own: with its end all vnodes of the builds go.
attach() {
	disk=$(mdconfig -a -t swap -s 512m) || exit 1
	newfs -i 4096 "/dev/$disk" >/dev/null && mkdir -p "$work/disk" &&
	    mount "/dev/$disk" "$work/disk" && mkdir "$work/disk/store" || exit 1
	chmod 755 "$work" "$work/disk"
}

detach() {
	umount "$work/disk" && mdconfig -d -u "$disk" || exit 1
	disk=
}

# specs FIRST LAST
specs() {
	mkdir "$work/specs"
	i=$1
	while [ "$i" -le "$2" ]; do
		cat >"$work/specs/$i.json" <<TEXT
{"version": "isthmus.build/1", "name": "t$i", "builder": "/bin/sh",
 "args": ["-c", "echo x >\$out"], "inputs": ["/bin", "/lib", "/libexec"],
 "outputs": {"out": "$work/disk/store/t$i"}}
TEXT
		i=$((i + 1))
	done
}

# builds FIRST LAST: all must be built.
builds() {
	attach
	specs "$1" "$2"
	"$isthmus" build --json -j 2 --pool 35801-35804 \
	    --state "$work/disk/state" "$work"/specs/*.json >"$work/events" ||
	    { grep '"result"' "$work/events" | grep -v '"built"' | head -n 3
		exit 1; }
	rm -rf "$work/specs"
	detach
}

# One number a line, by name.
numbers() {
	sync
	sleep 3
	vmstat -m | awk 'NR > 1 {
		for (i = 1; i <= NF && $i !~ /^[0-9]+$/; i++)
			name = name (i > 1 ? "_" : "") $i
		print "malloc." name, $i; name = "" }'
	# Not the pages that each processor keeps at hand, as it likes.
	vmstat -z | awk -F '[:,] *' 'NR > 2 && $1 != "" && $1 != "vm pgcache" {
		gsub(/ /, "_", $1); print "zone." $1, $4 }'
	echo "vnodes $(sysctl -n vfs.numvnodes)"
	echo "open_files $(sysctl -n kern.openfiles)"
	echo "processes $(ps ax | wc -l)"
}

# What must be the very same.
world() {
	mount
	jls -d jid name
	devfs rule showsets
	rctl 2>/dev/null
	ifconfig -l
	ipcs -a | sed -n '/^T/,$p'
	ls -A /var/run/isthmus 2>/dev/null
}

builds 1 100
world >"$work/world.before"
numbers >"$work/numbers.before"
builds 101 $((100 + count))
cp "$work/events" "$work/events.kept"
numbers >"$work/numbers.after"
world >"$work/world.after"

status=0
if ! diff "$work/world.before" "$work/world.after"; then
	echo "FAILED: the host is not as it was"
	status=1
fi
awk -v slack="$slack" 'NR == FNR { before[$1] = $2; next }
	$2 - before[$1] > slack {
		print "FAILED:", $1, "grew from", before[$1] + 0, "to", $2
		bad = 1 }
	$1 == "vnodes" || $1 == "open_files" || $1 == "processes" {
		print $1, "before", before[$1], "after", $2 }
	END { exit bad }' "$work/numbers.before" "$work/numbers.after" ||
    status=1

# Time of a build: the first hundred against the last.
sed -n 's/.*"at_s":\([0-9.e-]*\).*"phase":"done".*/\1/p' \
    "$work/events.kept" |
    awk '{ at[NR] = $1 }
	END {
		if (NR < 200) { print "FAILED: no", NR, "ends"; exit 1 }
		first = at[100] / 100; last = (at[NR] - at[NR - 100]) / 100
		printf "%d builds in %.1f s; ms each: first hundred %.1f, " \
		    "last %.1f\n", NR, at[NR], first * 1e3, last * 1e3
		if (last > first * 1.5) {
			print "FAILED: builds became slower"; exit 1 }
	}' || status=1
exit $status
