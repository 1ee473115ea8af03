#!/bin/sh
# Start to exit of one trivial build on FreeBSD, in one run: the command
# against jail(8) with the same mounts by mount_nullfs(8), and against
# fork+exec of the same static builder; its floor, the same isolation by the
# same code and nothing else (room.c); and a build in a running executor
# against fork+exec.  As root on FreeBSD, or on Linux in the guest that
# FREEBSD_VM boots.  Argument: the build directory, on Linux that of a cross
# build (out/freebsd/user).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name="build on FreeBSD, start to exit"
runs=${BENCH_RUNS:-40}

# compile CC BUILD TO
compile() {
	$1 -O2 -static -o "$3/builder" "$here/builder.c"
	$1 -O2 -o "$3/alternate" "$here/alternate.c"
	$1 -O2 -std=gnu17 -I"$here/../.." -o "$3/freebsd_start" \
	    "$here/freebsd_start.c" "$2/libisthmus.a" \
	    -L"${FREEBSD_SYSROOT:-}/usr/local/lib" -ljansson -lmd -lpthread
	$1 -O2 -std=gnu17 -static -I"$here/../.." -o "$3/room" \
	    "$here/room.c" "$2/libisthmus.a" \
	    -L"${FREEBSD_SYSROOT:-}/usr/local/lib" -ljansson -lmd -lpthread
}

if [ "$(uname -s)" = Linux ]; then
	if [ -z "${FREEBSD_VM:-}" ] || [ -z "${FREEBSD_SYSROOT:-}" ]; then
		echo "bench/build/freebsd.sh: needs FREEBSD_VM and" \
		    "FREEBSD_SYSROOT" >&2
		exit 0
	fi
	stage=$(mktemp -d)
	trap 'rm -rf "$stage"' EXIT
	mkdir "$stage/bin"
	compile "${FREEBSD_CC:-clang-19} --target=x86_64-unknown-freebsd15.1
	    --sysroot=$FREEBSD_SYSROOT -fuse-ld=lld" "$1" "$stage/bin"
	cp "$1/isthmus" "$stage/bin/"
	cp "$here/freebsd.sh" "$here/lib.sh" "$stage/"
	printf '#!/bin/sh\nBENCH_BIN=/host/bin BENCH_RUNS=%s exec sh /host/freebsd.sh\n' \
	    "$runs" >"$stage/run.sh"
	chmod 755 "$stage/run.sh"
	status=0
	FREEBSD_VM_CPUS=1 "$FREEBSD_VM" "$stage" 900 || status=$?
	exit $status
fi

. "$here/lib.sh"
work=$(mktemp -d /tmp/isthmus-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/in" "$work/store" "$work/peer" "$work/peer/root"
mkdir -m 700 "$work/state"
mkdir -p "$work/rooms/jobs"
chmod 755 "$work"
if [ -n "${BENCH_BIN:-}" ]; then
	cp "$BENCH_BIN"/* "$work/bin/"
else
	cp "$1/isthmus" "$work/bin/"
	compile cc "$1" "$work/bin"
fi
mv "$work/bin/builder" "$work/in/builder"
kldload -n nullfs
spec one >"$work/one.json"

# What jail(8) does for the same: as many mounts, the same ids, a way back.
mkdir "$work/peer/store" "$work/peer/work"
chmod 1777 "$work/peer/store" "$work/peer/work"
cat >"$work/jail.sh" <<TEXT
set -e
root=$work/peer/root
mount -t tmpfs -o nosuid tmpfs \$root
mkdir \$root/in \$root/store \$root/work \$root/tmp \$root/dev
mount -t tmpfs -o nosuid tmpfs \$root/tmp
mount_nullfs -o nosuid $work/peer/store \$root/store
mount_nullfs -o nosuid $work/peer/work \$root/work
mount_nullfs -o ro,nosuid $work/in \$root/in
mount -t devfs -o ruleset=4 devfs \$root/dev
out=/store/one jail -c name=isthmus-bench path=\$root command=/in/builder
for place in dev in work store tmp .; do umount \$root/\$place; done
TEXT
# The plain builder's; the others set their own.
export out="$work/peer/store/one"
"$work/bin/alternate" "$runs" -r "$work/store/one" -r "$out" \
    -r "$work/store/tmp-isthmus-000000000000/store/one" -- \
    "$work/bin/isthmus" build --pool 35901-35932 --state "$work/state" \
    "$work/one.json" -- sh "$work/jail.sh" -- "$work/in/builder" -- \
    "$work/bin/room" "$work/rooms" "$work/one.json" 35905 \
    >"$work/seconds"
ours=$(sed -n 1p "$work/seconds")
jail=$(sed -n 2p "$work/seconds")
plain=$(sed -n 3p "$work/seconds")
room=$(sed -n 4p "$work/seconds")
row "$name" "mount_nullfs and jail -c" "$(ratio "$ours" "$jail")" 0.15 \
    "$runs" true
row "$name" "fork+exec" "$(ratio "$ours" "$plain")" 1.6 "$runs" true
row "the same isolation by the same code, nothing else" "fork+exec" \
    "$(ratio "$room" "$plain")" null "$runs" true
echo "$name: $ours s, jail -c $jail s, fork+exec $plain s, room $room s" >&2
"$work/bin/freebsd_start" "$runs" "$work/state" "$work/one.json" \
    "$work/store/one" "$work/in/builder" >"$work/seconds"
ours=$(sed -n 1p "$work/seconds")
plain=$(sed -n 2p "$work/seconds")
row "build on FreeBSD, in a running executor" "fork+exec" \
    "$(ratio "$ours" "$plain")" 1.6 "$runs" true
echo "in a running executor: $ours s, fork+exec $plain s" >&2
