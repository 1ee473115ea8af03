#!/bin/sh
# Holds the tree against the include rules of docs/house.md: who may include
# whom, and where an operating system's name may stand in an #if.
set -eu

bad=0

complain() {
	echo "$1" >&2
	bad=1
}

# allow ROOM-PREFIX EXTENDED-REGEX: quoted includes of ROOM must match it.
allow() {
	find "$1" -name '*.[ch]' -exec grep -Hn '^#include "' {} + |
	    grep -v -E "#include \"($2)" >"$list" || return 0
	while read -r line; do
		complain "$line: $1 may include only $2"
	done <"$list"
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT

allow base 'base/'
allow survey 'base/|survey/'
allow survey/scan 'base/|survey/scan/|survey/survey\.h'
allow survey/probe 'base/|survey/probe/|survey/survey\.h'
allow survey/catalogue 'base/|survey/catalogue/|survey/survey\.h'
allow survey/map 'base/|survey/map/|survey/survey\.h'
allow build 'base/|build/'
allow cli 'base/|cli/|survey/survey\.h|build/build\.h|mach/traps\.def'
allow mach/core 'mach/core/|mach/traps\.def|os_types\.h'
allow mach/os/user 'mach/core/|mach/os/info\.h|mach/os/user/'
for file in mach/os/*.[ch]; do
	allow "$file" 'mach/core/|mach/os/info\.h'
done
allow mach/lib 'mach/lib/|mach/traps\.def'
allow mach/client 'mach/client/|mach/lib/trap\.h|mach/os/user/|mach/traps\.def'
allow mach/server 'base/|mach/server/|mach/core/|mach/os/info\.h|mach/os/user/'
allow mach/bootstrap 'base/|mach/bootstrap/'

os='__FreeBSD__|__linux__|__NetBSD__|__OpenBSD__|__APPLE__|__DragonFly__'
os="$os|__FreeBSD_version"
find base build cli mach survey -name '*.[ch]' ! -path 'survey/probe/*' \
    ! -path '*/host/*' ! -path 'mach/os/*' ! -path 'mach/kmod/*' \
    -exec grep -HnE "^[ 	]*#[ 	]*(if|elif|ifdef|ifndef).*($os)" {} + \
    >"$list" || true
while read -r line; do
	complain "$line: an operating system's name outside */host, survey/probe"
done <"$list"

exit "$bad"
