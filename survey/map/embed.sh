#!/bin/sh
# Turns a text file into a C array of its lines, ended by NULL: an array of
# short strings, as C promises no string literal longer than 4095 bytes.
# usage: embed.sh NAME FILE >OUT.c
set -eu
printf '/* Made by embed.sh from %s. */\n' "${2##*/}"
printf '#include "survey/map/map.h"\n\n'
printf 'const char *const %s[] = {\n' "$1"
sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/	"/' -e 's/$/\\n",/' "$2"
printf '\t0\n};\n'
