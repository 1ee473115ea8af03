#!/bin/sh
# Builds Debian source packages in isolation, at the same time: configure,
# make, make check, make install, with the host's tool chain as the declared
# inputs, each twice (--check): the outputs must be the same to the byte.
# Fetches with a source list of its own; the machine's is not touched.
# Usage: sh examples/build-debian-packages.sh [-j N] [--once] PACKAGE...
# Outputs are left in out/store, logs and results in out/packages.
set -eu

jobs=2 check=--check suite=${SUITE:-bookworm}
while [ $# -gt 0 ]; do
	case $1 in
	-j) jobs=$2; shift 2 ;;
	--once) check=; shift ;;
	-*) echo "usage: $0 [-j N] [--once] PACKAGE..." >&2; exit 2 ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || set -- hello
isthmus=${ISTHMUS:-$(pwd)/build/isthmus}
out=${OUT:-$(pwd)/out}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$out/store" "$out/packages" "$work/lists/partial" "$work/tree"
echo "deb-src http://deb.debian.org/debian $suite main" >"$work/sources.list"

apt() {
	apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" \
	    -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
	    -o APT::Sandbox::User=root "$@" >"$work/log" 2>&1 ||
	    { cat "$work/log" >&2; exit 3; }
}
cd "$work/tree"
apt update
for package; do
	mkdir "$package"
	cd "$package"
	apt source --download-only "$package"
	dpkg-source --no-check -x ./*.dsc src >/dev/null 2>&1
	cd ..
done

# Debian's compilers are reached through /etc/alternatives.  Files of one age
# keep make from regenerating what Debian's patches touched.
specs=
for package; do
	rm -rf "$out/store/$package"
	cat >"$work/$package.json" <<JSON
{
  "version": "isthmus.build/1",
  "name": "$package",
  "builder": "/bin/sh",
  "args": ["-euc", "cp -R /src src; chmod -R u+w src; find src -exec touch -d @1 {} +; cd src; ./configure --prefix=\$out; make; make \$CHECK; make install"],
  "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "CHECK": "${CHECK:-check}", "SOURCE_DATE_EPOCH": "1"},
  "inputs": ["/usr", "/etc/alternatives", {"path": "$work/tree/$package/src", "at": "/src"}],
  "outputs": {"out": "$out/store/$package"},
  "limits": {"silent_s": 1200}
}
JSON
	specs="$specs $work/$package.json"
done
# shellcheck disable=SC2086
"$isthmus" build --state "$out/state" -j "$jobs" $check $specs
