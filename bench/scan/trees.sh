# The trees that the scan benches read, made once below $CACHE.  Sourced.
CACHE=${ISTHMUS_BENCH_CACHE:-/var/tmp/isthmus-bench}
mkdir -p "$CACHE/lists/partial"

# Debian's apt with a source list of its own: the machine's is not touched.
source_apt()
{
	apt-get -qq -o Dir::Etc::SourceList="$CACHE/sources.list" \
	    -o Dir::Etc::SourceParts=/dev/null \
	    -o Dir::State::Lists="$CACHE/lists" "$@" >&2
}

# fetch_source PACKAGE: its original source in $CACHE/PACKAGE.
fetch_source()
{
	[ ! -e "$CACHE/$1/.done" ] || return 0
	if [ ! -e "$CACHE/lists/.done" ]; then
		echo 'deb-src http://deb.debian.org/debian bookworm main' \
		    >"$CACHE/sources.list"
		source_apt update
		touch "$CACHE/lists/.done"
	fi
	rm -rf "$CACHE/$1" "$CACHE/$1.get"
	mkdir -p "$CACHE/$1" "$CACHE/$1.get"
	(cd "$CACHE/$1.get" && source_apt --download-only source "$1")
	tar -C "$CACHE/$1" --strip-components=1 -xf \
	    "$CACHE/$1.get/"*.orig.tar.*z*
	rm -rf "$CACHE/$1.get"
	touch "$CACHE/$1/.done"
}

# Part of Linux, from Debian's package linux-source-6.1: $CACHE/linux.
unpack_linux()
{
	[ ! -e "$CACHE/linux/.done" ] || return 0
	[ -e /usr/src/linux-source-6.1.tar.xz ] || return 1
	rm -rf "$CACHE/linux"
	mkdir -p "$CACHE/linux"
	(
		cd "$CACHE/linux"
		set --
		for part in fs kernel net mm lib sound include drivers/net \
		    drivers/media; do
			set -- "$@" "linux-source-6.1/$part"
		done
		tar --strip-components=1 -xf /usr/src/linux-source-6.1.tar.xz \
		    "$@"
		touch .done
	)
}
