#!/bin/sh
# make format, make lint.  Arguments: format | lint BUILD.
set -eu

sources() {
	git ls-files --cached --others --exclude-standard '*.c' '*.h'
}

# The newest clang tools there are, without a version in the name first.
tool() {
	for version in '' -19 -18 -17 -16 -15 -14; do
		if command -v "$1$version" >/dev/null 2>&1; then
			echo "$1$version"
			return
		fi
	done
	echo "lint: $1 is missing" >&2
	exit 3
}

format=$(tool clang-format)
if [ "$1" = format ]; then
	sources | xargs "$format" -i
	exit 0
fi

build=$2
bad=0
# Files of the other system cannot be compiled here.
other='_freebsd\.c|host/(freebsd|null)/|mach/(kmod|os/freebsd)/'
[ "$(uname -s)" != FreeBSD ] || other='_linux\.c|host/(linux|null)/|mach/(kmod|os/freebsd)/'
step() {
	echo "lint: $1"
	shift
	"$@" || bad=1
}

check_format() {
	sources | xargs "$format" --dry-run -Werror
}

# The analyzer gives a function up at these many states: at a quarter of its own
# bound it takes a quarter of the time.
check_tidy() {
	nodes='-extra-arg=-Xclang -extra-arg=-analyzer-config'
	nodes="$nodes -extra-arg=-Xclang -extra-arg=max-nodes=50000"
	git ls-files --cached --others --exclude-standard 'base/*.c' \
	    'build/*.c' 'cli/*.c' 'examples/*.c' 'mach/*.c' 'survey/*.c' |
	    grep -Ev "$other" |
	    xargs -P 2 -n 4 "$(tool clang-tidy)" -quiet -p "$build" $nodes \
	    2>/dev/null
}

check_cppcheck() {
	cppcheck --quiet -i mach/lib/transport_kernel_freebsd.c \
	    -i mach/os/freebsd -i mach/kmod --error-exitcode=1 --inline-suppr -j 2 \
	    --enable=warning,portability --std=c11 --library=posix \
	    --suppressions-list=tests/lint/cppcheck.txt -D_GNU_SOURCE \
	    -DISTHMUS_VERSION='"0"' -D__LP64__ -I. -Imach/include \
	    -Imach/os/user base build cli examples mach survey
}

# A rule that matches something is broken; spatch prints the match.
check_cocci() {
	for rule in tests/lint/*.cocci; do
		found=$(spatch --very-quiet --sp-file "$rule" --dir . \
		    --include-headers 2>/dev/null | head -40)
		if [ -n "$found" ]; then
			echo "$rule:"
			echo "$found"
			return 1
		fi
	done
}

# Each of traps.def has its line in the documentation.
check_traps() {
	sh mach/traps-doc.sh | diff docs/mach-traps.md - >&2
}

step "clang-format" check_format
step "includes" sh tests/lint/includes.sh
step "docs/mach-traps.md" check_traps
step "exported symbols" sh tests/lint/symbols.sh "$build"
step "declared functions" sh tests/lint/declared.sh "$build"
step "catalogue, against this kernel" \
    "$build/isthmus" catalogue --check --live
step "cppcheck" check_cppcheck
step "coccinelle" check_cocci
step "clang-tidy" check_tidy
[ "$bad" -eq 0 ] && echo "lint: clean"
exit "$bad"
