#!/bin/sh
# Maps a Debian source package: fetches it with a source list of its own
# (the machine's is not touched), scans it, and writes out/PACKAGE-map.html.
# Usage: sh examples/map-debian-source.sh PACKAGE [SUITE]
set -eu

package=${1:?usage: map-debian-source.sh PACKAGE [SUITE]}
suite=${2:-bookworm}
isthmus=$(pwd)/build/isthmus
out=$(pwd)/out
# FreeBSD's side: what a FreeBSD kernel answered, where that is at hand.
other=
for saved in "$(pwd)"/docs/results/freebsd-*-root.json; do
	[ -f "$saved" ] && other="--other $saved"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/lists/partial" "$work/tree"
echo "deb-src http://deb.debian.org/debian $suite main" >"$work/sources.list"

cd "$work/tree"
apt() {
	apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" \
	    -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
	    -o APT::Sandbox::User=root "$@" >"$work/log" 2>&1 ||
	    { cat "$work/log" >&2; exit 3; }
}
apt update
apt source --download-only "$package"
dpkg-source --no-check -x ./*.dsc "$package" >/dev/null

# shellcheck disable=SC2086
{
	"$isthmus" map --scan "$package" $other \
	    --output "$out/$package-map.html"
	"$isthmus" map --scan "$package" $other
}
echo
echo "The same as a page: $out/$package-map.html"
