#!/bin/sh
# Writes docs/mach-traps.md from mach/traps.def, to the standard output.
set -eu

cat <<'TEXT'
# Mach traps and routines

Made by `sh mach/traps-doc.sh` from `mach/traps.def`; `make lint` compares.
Numbers below 128 are XNU's trap numbers, the others the message ids of its MIG
routines; all are called as traps here.

A routine can be asked for by a message to the object's port, too, as stubs
made by MIG do: where the column says so, in MIG's layout, which is that of
`mach/include/mach/*.defs`. A routine that is refused says so to a message as
well. All other ids are answered `MIG_BAD_ID`: those of this table are in the
list at its end, and each has its trap.

| routines that are not served by message | why |
|---|---|
| exception ports, got and swapped | 32 ports inline, beside arrays that share one count |
| memory: allocate, map, remap, region, read, write, entries; 4800 to 4802 and 4818, and all of vm_map (3800), which have no rows | addresses are of the sender's memory, and go both ways; mach_vm's names are the traps' |
| vouchers | there are none |

| status | what it means |
|---|---|
| core | the core does it, in every host |
| host | the host does it: below, where; elsewhere `KERN_NOT_SUPPORTED` |
| refused | `KERN_NOT_SUPPORTED` everywhere |

Memory of a task that is not the caller's, whose control port it holds:

| host | what is given | what is not: `KERN_NOT_SUPPORTED` |
|---|---|---|
| in one process | all tasks have the same memory |  |
| machd on Linux | 4804 `mach_vm_read`, 4806 `mach_vm_write`, 4808 `mach_vm_read_overwrite`, where the kernel lets the caller (`process_vm_readv(2)`); else `KERN_NO_ACCESS` | allocate, deallocate, protect, inherit, copy, msync, behavior, map, remap, region, entries |
| machd on FreeBSD | none | all of it |

TEXT
awk '
function area_of(n) {
	if (n < 128) return "Traps"
	if (n < 400) return "mach_host"
	if (n < 600) return "host_priv"
	if (n < 1000) return "host_security"
	if (n < 1200) return "clock"
	if (n < 3000) return "clock_priv"
	if (n < 3200) return "processor"
	if (n < 3400) return "mach_port"
	if (n < 3600) return "task"
	if (n < 3800) return "thread_act"
	if (n < 4000) return "vm_map"
	if (n < 4800) return "processor_set"
	if (n < 5400) return "mach_vm"
	if (n < 9000) return "mach_voucher"
	if (n < 10000) return "Isthmus"
	return "mach_eventlink"
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
		printf "## %s\n\n| number | name | status | by message |\n|---|---|---|---|\n", area
	}
	last = area
	status = "refused"
	if (kind == "TRAP") status = "core"
	if (kind == "HOST") status = "host"
	count[status]++
	# As mach/core/request.c has it.
	routine = number >= 200 && (number < 9000 || number >= 10000)
	message = ""
	if (routine && kind != "NONE") {
		message = "no"
		if (field[3] ~ /^"[tThoqk][^.V]*"$/) message = "yes"
		if (message == "no") left = left " " number
		served[message]++
	}
	printf "| %s | `%s` | %s | %s |\n", number, field[2], status, message
	next
}
END {
	printf "\n%d rows: %d core, %d host, %d refused.\n",
	    count["core"] + count["host"] + count["refused"], count["core"],
	    count["host"], count["refused"]
	printf "\nOf %d routines that are not refused, messages ask for %d;\n",
	    served["yes"] + served["no"], served["yes"]
	printf "for these they do not:%s.\n", left
}' "$(dirname "$0")/traps.def"
