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
	area = number < 128 ? "Traps" : number < 400 ? "mach_host" :
	    number < 1000 ? "host_priv" : number < 3000 ? "clock" :
	    number < 3400 ? "mach_port" : number < 3600 ? "task" :
	    number < 3800 ? "thread_act" : number < 4800 ? "vm_map" :
	    number < 5400 ? "mach_vm" : number < 9000 ? "mach_voucher" :
	    "Isthmus"
	if (area != last) {
		printf "## %s\n\n| number | name | status |\n|---|---|---|\n",
		    area
	}
	last = area
	status = kind == "TRAP" ? "core" : kind == "HOST" ? "host" : "refused"
	count[status]++
	printf "| %s | `%s` | %s |\n", number, field[2], status
	next
}
/^\/\* / && last != "" { print "" }
END {
	printf "\n%d rows: %d core, %d host, %d refused.\n",
	    count["core"] + count["host"] + count["refused"], count["core"],
	    count["host"], count["refused"]
}' "$(dirname "$0")/traps.def"
