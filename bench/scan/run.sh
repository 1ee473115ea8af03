#!/bin/sh
# The scanner against Universal Ctags and grep (time) and against clang's
# syntax tree (accuracy).  Argument: the build directory.
set -eu

here=$(dirname "$0")
sh "$here/speed.sh" "$1"
sh "$here/accuracy.sh" "$1"
