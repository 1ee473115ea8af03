#!/bin/sh
# Start to exit of one trivial build, alternating with each peer, on one CPU;
# and two floors of it against the first peer: room.c, the same isolation by
# the same code, and bare.c, the same name spaces.
# Journal, logs and outputs are on the disk below /var/tmp.
set -eu
. "$here/lib.sh"

name="build, start to exit"
spec one >"$work/one.json"

# compare PEER GOAL RUNS COMMAND...; both run below $around, when that is set.
around= subject="$ours $work/one.json"
compare() {
	peer=$1 goal=$2 runs=$3
	shift 3
	if ! $around taskset -c 1 "$work/alternate" "$runs" -r "$work/store/one" \
	    -r "$work/peer/one" -r "$work/store/tmp-isthmus-000000000000/store/one" \
	    -- $subject -- "$@" \
	    >"$work/seconds" 2>"$work/error"; then
		missing "$name" "$peer" "$goal" "$(tail -n 1 "$work/error" |
		    tr -d '"\\')"
		return
	fi
	a=$(sed -n 1p "$work/seconds") b=$(sed -n 2p "$work/seconds")
	row "$name" "$peer" "$(ratio "$a" "$b")" "$goal" "$runs" true
	echo "$name: $a s, $peer $b s" >&2
}

if command -v bwrap >/dev/null; then
	compare bwrap 0.6 100 bwrap $(bwrap_options) \
	    --setenv out "$work/peer/one" /in/builder
	if [ -x "$work/room" ]; then
		name="the same isolation by the same code, nothing else"
		subject="$work/room $work/rooms $work/one.json 35905"
		compare bwrap null 100 bwrap $(bwrap_options) \
		    --setenv out "$work/peer/one" /in/builder
		rm -rf "$work/store/tmp-isthmus-000000000000"
	fi
	name="the same name spaces and exec, nothing else"
	subject="$work/bare $work/store/one $work/in/builder"
	compare bwrap null 100 bwrap $(bwrap_options) \
	    --setenv out "$work/peer/one" /in/builder
	name="build, start to exit"
	subject="$ours $work/one.json"
else
	missing "$name" bwrap 0.6 "not installed (bubblewrap)"
fi

# The same for a bundle: read-only root, own everything, no capabilities.
bundle() {
	mkdir -p "$work/bundle/rootfs/in" "$work/bundle/rootfs/out" \
	    "$work/bundle/rootfs/proc" "$work/bundle/rootfs/dev" \
	    "$work/bundle/rootfs/tmp"
	cat >"$work/bundle/config.json" <<TEXT
{"ociVersion": "1.0.2", "hostname": "localhost",
 "root": {"path": "rootfs", "readonly": true},
 "process": {"args": ["/in/builder"], "cwd": "/", "noNewPrivileges": true,
  "env": ["out=/out/one"], "user": {"uid": 35900, "gid": 35900},
  "capabilities": {}},
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
   "options": ["nosuid", "mode=755", "size=65536k"]},
  {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"},
  {"destination": "/in", "source": "$work/in",
   "options": ["bind", "ro", "nosuid", "nodev"]},
  {"destination": "/out", "source": "$work/peer", "options": ["bind"]}],
 "linux": {"namespaces": [{"type": "pid"}, {"type": "network"},
   {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "cgroup"}],
  "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
  "readonlyPaths": ["/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"]}}
TEXT
	chmod 1777 "$work/peer"
	chmod 755 "$work"
}
# crun refuses a host whose second hierarchy beside version 1 has controllers:
# there both see that hierarchy alone.
cat >"$work/around" <<'TEXT'
mount --make-rprivate / && umount -R /sys/fs/cgroup &&
    mount -t cgroup2 none /sys/fs/cgroup && exec "$@"
TEXT
if command -v crun >/dev/null; then
	bundle
	if grep -q . /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null; then
		around="unshare -m sh $work/around"
	fi
	compare crun 0.4 60 crun --cgroup-manager=disabled \
	    --root "$work/crun" run --bundle "$work/bundle" "isthmus-{}"
else
	missing "$name" crun 0.4 "not installed (crun)"
fi
around=

# Nix without a daemon, its store below a directory of its own; each run
# realises a derivation that was never built before.
nix_runs=30
nix_setup() {
	export NIX_CONFIG="build-users-group =
sandbox = true
substitute = false"
	export NIX_STATE_DIR="$work/nix/state" NIX_LOG_DIR="$work/nix/log" \
	    NIX_CONF_DIR="$work/nix/etc" HOME="$work/nix/home"
	mkdir -p "$work/nix/home" "$work/drv"
	cat >"$work/t.nix" <<TEXT
builtins.genList (n: derivation {
  name = "t-\${toString n}"; system = builtins.currentSystem;
  builder = "\${$work/in/builder}"; number = n; }) $nix_runs
TEXT
	nix-instantiate --store "$work/nix/root" "$work/t.nix" \
	    2>"$work/error" | grep '\.drv$' >"$work/drvs" || return 1
	n=0
	while read -r drv; do
		ln -s "$drv" "$work/drv/$n"
		echo "$drv" >"$work/drv/$n.path"
		n=$((n + 1))
	done <"$work/drvs"
	[ "$n" -eq "$nix_runs" ]
}
if command -v nix-store >/dev/null; then
	if nix_setup; then
		compare "nix-store -r" 0.05 "$nix_runs" sh -c \
		    'read -r drv <'"$work"'/drv/{}.path; exec nix-store --store '"$work"'/nix/root -r "$drv"'
	else
		missing "$name" "nix-store -r" 0.05 \
		    "$(tail -n 1 "$work/error" | tr -d '"\\')"
	fi
else
	missing "$name" "nix-store -r" 0.05 "not installed (nix-bin)"
fi
