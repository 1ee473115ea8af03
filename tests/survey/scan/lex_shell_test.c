/* The lexer of shell: one case per rule, each a table of texts. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lexed.h"

#define RUN "1 mount command"
#define CASE(name, ...)                                                  \
	ATF_TC_WITHOUT_HEAD(name);                                       \
	ATF_TC_BODY(name, tc)                                            \
	{                                                                \
		static const struct lexed_case rows[] = { __VA_ARGS__ }; \
                                                                         \
		LEXED_CHECK(lex_shell, rows);                            \
	}

CASE(commands, { "mount", RUN }, { "mount a b", RUN }, { "  mount -a", RUN },
    { "/bin/mount a", RUN }, { "./mount", RUN }, { "\"mount\" a", RUN },
    { "'mount' a", RUN }, { "\\mount a", RUN }, { "mo'un't a", RUN },
    { "true; mount", RUN }, { "true && mount", RUN }, { "true || mount", RUN },
    { "true | mount", RUN }, { "true & mount", RUN }, { "! mount", RUN },
    { "if mount; then :; fi", RUN }, { "if :; then mount; fi", RUN },
    { "if :; then :; else mount; fi", RUN },
    { "if :; then :; elif mount; then :; fi", RUN },
    { "while mount; do :; done", RUN }, { "until :; do mount; done", RUN },
    { "for x in mount unshare; do mount; done", RUN },
    { "for mount in a; do :; done", "" }, { "(mount)", RUN },
    { "( mount )", RUN }, { "{ mount; }", RUN },
    { "((mount + 1)); mount", RUN }, { "A=b mount", RUN },
    { "A=b C+=d E[1]=f mount", RUN }, { "A=(mount unshare) mount", RUN },
    { "A=(\n mount # x )\n) ; mount", "3 mount command" }, { ">x mount", RUN },
    { "2>/dev/null mount", RUN }, { "2>&1 mount >x 2>&1 <y", RUN },
    { "mount\\\n -a", RUN }, { "mount &>x; mount", RUN "; " RUN })

CASE(no_commands, { "echo mount", "" }, { "$mount a", "" }, { "mount$x a", "" },
    { "mount=1", "" }, { "mountpoint a", "" }, { "xmount", "" },
    { "command -v mount", "" }, { "command -V mount", "" },
    { "type mount; which mount; hash mount", "" }, { "[ -x /bin/mount ]", "" },
    { "[[ a == mount ]]", "" }, { "echo a \\\nmount", "" },
    { "echo 'a\nmount\n'", "" }, { "echo \"a\nmount\n\"", "" },
    { "mount/ a", "" }, { "echo <mount >mount", "" })

CASE(wrappers, { "sudo mount a", RUN }, { "sudo -u root mount a", RUN },
    { "sudo -n -E mount a", RUN }, { "exec mount", RUN },
    { "env A=b mount", RUN }, { "env -i A=b C=d mount", RUN },
    { "env -u A mount", RUN }, { "command mount", RUN },
    { "nohup nice -n 5 mount", RUN }, { "timeout 10 mount", RUN },
    { "sudo unshare -m mount", "1 unshare command" },
    { "timeout -k 5 10 mount; nice -n 5 mount; env -i mount",
	RUN "; " RUN "; " RUN },
    { "sudo -n mount; env -C x mount", RUN "; " RUN },
    { "sudo echo mount", "" }, { "exec >x mount", RUN }, { "time mount", RUN })

CASE(substitutions, { "echo $(mount a) b", RUN }, { "echo `mount a` b", RUN },
    { "echo \"x $(mount a) y\"", RUN }, { "echo \"x `mount a` y\"", RUN },
    { "echo \"$(echo \"$(mount a)\")\"", RUN },
    { "x=$(mount a) unshare", RUN "; 1 unshare command" },
    { "echo ${x:-$(mount a)}", RUN },
    { "echo \"${x:-\"$(mount a)\"}\"; mount", RUN "; " RUN },
    { "echo ${#x} ${x#y} $# $$; mount", RUN },
    { "echo $((1 << 2)) $(( (1) + 2 )); mount", RUN },
    { "echo $((`mount`)); unshare", RUN "; 1 unshare command" },
    { "cat <(mount) >(unshare)", RUN "; 1 unshare command" },
    { "echo '$(mount)' \"\\$(mount)\" \\$(mount", RUN },
    { "echo $'it\\'s'; mount", RUN }, { "echo \"it's\"; mount", RUN },
    { "echo \"a ) b\" ; mount", RUN })

CASE(comments, { "# mount\nmount # mount", "2 mount command" },
    { "echo a#b; mount", RUN }, { "echo $#; mount", RUN },
    { "#!/bin/sh\nmount", "2 mount command" })

CASE(heredocs, { "cat <<EOF\nmount\nEOF\nmount", "4 mount command" },
    { "cat <<'EOF' >x\nmount\n EOF\nEOF\nmount", "5 mount command" },
    { "cat <<-EOF; mount\n\tmount\n\tEOF\nmount",
	"1 mount command; 4 mount command" },
    { "cat <<\"E F\"\nmount\nE F\nmount", "4 mount command" },
    { "cat <<A <<B\nmount\nA\nmount\nB\nmount", "6 mount command" },
    { "cat <<\\EOF\nmount $(mount)\nEOF\n", "" },
    { "cat <<<mount; mount", RUN },
    { "x=$(cat <<EOF\nmount )\nEOF\n); mount", "4 mount command" },
    { "cat <<EOF\nmount", "" }, { "cat <<", "" })

CASE(definitions, { "mount() { unshare; }", "1 unshare command" },
    { "mount () { unshare; }", "1 unshare command" },
    { "mount( )\n{ unshare; }", "2 unshare command" },
    { "function mount { unshare; }", "1 unshare command" },
    { "function mount() { unshare; }", "1 unshare command" })

CASE(case_patterns,
    { "case $x in mount) unshare ;; esac", "1 unshare command" },
    { "case $x in\nmount|unshare)\n\tmount a\n\t;;\n(unshare) ;;\n*)\n"
      "unshare\nesac\nmount",
	"3 mount command; 7 unshare command; 9 mount command" },
    { "case mount in a) ;; esac; mount", RUN },
    { "case $x in a) case $y in mount) mount ;; esac ;; mount) : ;; esac\n"
      "mount",
	"1 mount command; 2 mount command" },
    { "x=$(case $y in a) mount ;; esac); mount", RUN "; " RUN },
    { "case \"$(mount)\" in a) unshare;& mount) : ;;& esac",
	RUN "; 1 unshare command" })

CASE(devices,
    { "dd if=x of=/dev/kvm; cat /dev/kvm \"/dev/kvm\" >/dev/kvm",
	"1 /dev/kvm device; 1 /dev/kvm device; 1 /dev/kvm device" },
    { "ls /dev/kvm2 x/dev/kvm", "" })

CASE(odd_input, { "", "" }, { ")", "" }, { "esac", "" }, { ";;", "" },
    { "}", "" }, { "\"", "" }, { "'", "" }, { "$", "" }, { "$(", "" },
    { "`", "" }, { "${", "" }, { "$((", "" }, { "case", "" },
    { "case x in", "" }, { "a=(", "" }, { "<", "" }, { "\\", "" },
    { "function", "" }, { ") ) } mount", "" }, { "\xef\xbb\xbfmount", RUN },
    { "mount\r\nmount a\r\n", "1 mount command; 2 mount command" },
    { "echo \xe9; mount", RUN })

ATF_TC_WITHOUT_HEAD(deep_nesting_is_a_problem);
ATF_TC_BODY(deep_nesting_is_a_problem, tc)
{
	static const char *const units[] = { "( ", "$(", "\"$(", "${x:-", "`$(",
		"case x in a) ", "$((" };
	struct text text = { 0 };
	char *found;
	size_t i, j;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		text_clear(&text);
		for (j = 0; j < 100000; j++)
			text_add(&text, units[i]);
		found = lexed(lex_shell, text.data, text.len);
		ATF_CHECK_MSG(strstr(found, "nests deeper than 4096") != NULL,
		    "%s: %s", units[i], found);
		free(found);
	}
	text_clear(&text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, no_commands);
	ATF_TP_ADD_TC(tp, wrappers);
	ATF_TP_ADD_TC(tp, substitutions);
	ATF_TP_ADD_TC(tp, comments);
	ATF_TP_ADD_TC(tp, heredocs);
	ATF_TP_ADD_TC(tp, definitions);
	ATF_TP_ADD_TC(tp, case_patterns);
	ATF_TP_ADD_TC(tp, devices);
	ATF_TP_ADD_TC(tp, odd_input);
	ATF_TP_ADD_TC(tp, deep_nesting_is_a_problem);
	return (atf_no_error());
}
