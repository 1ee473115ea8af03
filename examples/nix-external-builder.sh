#!/bin/sh
# A program for Nix's setting external-builders: builds with isthmus what a
# build.json describes, prints the builder's lines as they come, for Nix to
# log and to time, and ends with the status of the build.
# Usage: nix-external-builder.sh [STATE-ROOT] BUILD.JSON (docs/guix-nix.md)
set -eu

: "${1:?usage: nix-external-builder.sh [STATE-ROOT] BUILD.JSON}"
for json; do :; done
top=${json%/*}
if [ "$(id -u)" -eq 0 ]; then
	# The builder gets a uid of the pool.  $top is 0700: only it gets here.
	chmod -R a+rwX "$top/build"
fi
if [ $# -gt 1 ]; then
	set -- --state "$1/$(id -u)"
elif [ "$(id -u)" -eq 0 ]; then
	set --
else
	set -- --state "$top/isthmus"
fi

# Lines as they are, of the result what went wrong.  The status of the first
# command of a pipe comes by a descriptor of its own.
exec 4>&1
status=$({
	{
		status=0
		"${ISTHMUS:-isthmus}" build --nix --json "$@" "$json" \
		    3>&- 4>&- || status=$?
		echo $status >&3
	} | sed -u -n -e '/^{"event":"line",/{' \
	    -e 's/^.*,"text":"\(.*\)"}$/\1/; s/\\\([\\"]\)/\1/g; p; d; }' -e \
	    's/^{"event":"result",.*"outcome":"\([a-z-]*\)".*"error":\({.*}\),"exit":.*/isthmus: \1: \2/p' \
	    >&4 3>&-
} 3>&1)
exit "$status"
