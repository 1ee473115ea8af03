#!/bin/sh
# Writes docs/mach-traps.md from mach/traps.def, to the standard output.
set -eu

cat <<'TEXT'
# Mach traps and routines

Made by `sh mach/traps-doc.sh` from `mach/traps.def`; `make lint` compares.
Numbers below 128 are XNU's trap numbers, the others the message ids of its MIG
routines; all are called as traps here.

| status | what it means |
|---|---|
| core | the core does it, in every host |
| host | the host does it: below, where; elsewhere `KERN_NOT_SUPPORTED` |
| refused | `KERN_NOT_SUPPORTED` everywhere |

TEXT
awk '
function area_of(n) {
	if (n < 128) return "Traps"
	if (n < 400) return "mach_host"
	if (n < 1000) return "host_priv"
	if (n < 3000) return "clock"
	if (n < 3400) return "mach_port"
	if (n < 3600) return "task"
	if (n < 3800) return "thread_act"
	if (n < 5400) return "mach_vm"
	if (n < 9000) return "mach_voucher"
	return "Isthmus"
}
/^(TRAP|HOST|NONE)\(/ {
	line = $0
	while (line !~ /\)$/) {
		getline more
		sub(/^[ \t]+/, " ", more)
		line = line more
	}
	kind = substr(line, 1, 4)
	sub(/^[A-Z]+\(/, "", line)
	sub(/\)$/, "", line)
	split(line, field, /, */)
	number = field[1]
	area = area_of(number)
	if (area != last) {
		if (last != "") print ""
		printf "## %s\n\n| number | name | status |\n|---|---|---|\n", area
	}
	last = area
	status = "refused"
	if (kind == "TRAP") status = "core"
	if (kind == "HOST") status = "host"
	count[status]++
	printf "| %s | `%s` | %s |\n", number, field[2], status
	next
}
END {
	printf "\n%d rows: %d core, %d host, %d refused.\n",
	    count["core"] + count["host"] + count["refused"], count["core"],
	    count["host"], count["refused"]
}' "$(dirname "$0")/traps.def"
