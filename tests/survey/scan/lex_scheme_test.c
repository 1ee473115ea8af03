/* The lexer of Scheme: one case per rule, each a table of texts. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lexed.h"

#define CALL "1 mount call"
#define CASE(name, ...)                                                  \
	ATF_TC_WITHOUT_HEAD(name);                                       \
	ATF_TC_BODY(name, tc)                                            \
	{                                                                \
		static const struct lexed_case rows[] = { __VA_ARGS__ }; \
                                                                         \
		LEXED_CHECK(lex_scheme, rows);                           \
	}

CASE(foreign_functions, { "(dynamic-func \"mount\" (dynamic-link))", CALL },
    { "(dynamic-pointer \"mount\" lib)", CALL },
    { "(pointer->procedure int (dynamic-func \"mount\" l) (list))", CALL },
    { "(syscall->procedure int \"mount\" (list '* '*))", CALL },
    { "(foreign-library-function \"libc\" \"mount\" #:x y)", CALL },
    { "(foreign-library-pointer #f \"mount\")", CALL },
    { "(syscall->procedure int \"mach_msg\" '())", "1 mach_msg call" },
    { "(define m\n (let ((p (syscall->procedure int \"mount\" '())))\n"
      "  (lambda (a) (p a))))",
	"2 mount call" },
    { "(dynamic-func name \"mount\")", "" },
    { "(syscall->procedure \"mount\" int)", "" },
    { "(string-append \"mount\")", "" }, { "(dynamic-func \"mount2\" l)", "" })

CASE(calls_of_procedures, { "(mount a b)", CALL }, { "[mount a b]", CALL },
    { "(begin (mount a) (unshare b))", CALL "; 1 unshare call" },
    { "(when (mount a) x)", CALL },
    { "(close-range 1 2)", "1 close_range call" },
    { "(primitive-fork)", "1 fork call" },
    { "(primitive-_exit 1)", "1 _exit call" },
    { "(mkstemp! x)", "1 mkstemp call" }, { "(lambda (x) (mount x))", CALL },
    { "(map mount x)", "" }, { "mount", "" }, { "(read port)", "" },
    { "(mount-point a)", "" }, { "(let ((x (mount a))) y)", CALL },
    { "(cond ((mount a) b) (else (unshare c)))", CALL "; 1 unshare call" },
    { "#~(begin (mount #$a))", CALL },
    { "(mach-msg 1) (mach_x 1)", "1 mach_x call" })

CASE(definitions, { "(define (mount a) 1)", "" }, { "(define mount 1)", "" },
    { "(define* (mount a #:key (b 1) (unshare 2)) (mount b))", CALL },
    { "(define-public (mount a) 1)", "" },
    { "(define-syntax-rule (mount a) 1)", "" }, { "(let ((mount 1)) x)", "" },
    { "(let* ((mount 1) (x (mount 2))) x)", CALL },
    { "(let loop ((mount 1)) (loop))", "" },
    { "(let-values (((mount b) (f))) 1)", "" }, { "(lambda (mount) 1)", "" },
    { "(lambda* (a #:optional (mount 1)) 1)", "" },
    { "(receive (mount x) (f) (unshare 1))", "1 unshare call" },
    { "(set! mount 1)", "" },
    { "(do ((mount 1 (+ 1 2))) ((= 1 2)) (unshare 1))", "1 unshare call" },
    { "(define-module (a) #:export (mount unshare))", "" },
    { "(use-modules ((a) #:select (mount)))", "" }, { "(export mount)", "" },
    { "(define CLONE_NEWNS 1)", "" })

CASE(data, { "'(mount a)", "" }, { "(quote (mount a))", "" },
    { "`(mount (unshare 1))", "" },
    { "`(mount ,(unshare 1) (mount) ,@(fork))", "1 unshare call; 1 fork call" },
    { "`(mount ,(unshare 1) ,MS_BIND)", "1 unshare call; 1 MS_BIND flag" },
    { "#(mount 1)", "" }, { "'mount (mount 1)", CALL },
    { "(case x ((mount unshare) (mount 1)) (else (fork)))",
	CALL "; 1 fork call" })

CASE(comments, { "; (mount a)\n(mount b)", "2 mount call" },
    { "#| (mount a) #| x |# (mount b) |# (mount c)", CALL },
    { "#;(mount (unshare x)) (mount b)", CALL }, { "#; mount (mount b)", CALL },
    { "#!/usr/bin/guile -s\n(mount a)\n!#\n(mount b)", "4 mount call" },
    { "#!/usr/bin/env guile\n(mount b)", "2 mount call" },
    { "#!r6rs (mount b)", CALL }, { "(f #!eof) (mount b)", CALL },
    { "#| (mount", "" }, { ";", "" }, { "#!", "" }, { "#", "" })

CASE(strings_and_characters, { "(f \"(mount a)\") (mount b)", CALL },
    { "(f \"\\\"(mount a)\") (mount b)", CALL },
    { "(f \"a\n(mount a)\nb\") (mount b)", "3 mount call" },
    { "(f #\\() (mount b)", CALL }, { "(f #\\\") (mount b)", CALL },
    { "(f #\\;) (mount b)", CALL }, { "(f #\\space #\\x41) (mount b)", CALL },
    { "(f |mount (| ) (mount b)", CALL }, { "\"(mount", "" }, { "#\\", "" },
    { "\"\\", "" })

CASE(flags_and_devices,
    { "(unshare (logior CLONE_NEWNS MS_BIND))",
	"1 unshare call; 1 CLONE_NEWNS flag; 1 MS_BIND flag" },
    { "(define x CLONE_NEWNS)", "1 CLONE_NEWNS flag" }, { "'CLONE_NEWNS", "" },
    { "(open-file \"/dev/kvm\" \"r\")", "1 /dev/kvm device" })

CASE(odd_input, { "", "" }, { ")", "" }, { "))) (mount b)", CALL },
    { "(((", "" }, { "'", "" }, { ",@", "" }, { "#'", "" },
    { "\xef\xbb\xbf(mount b)", CALL },
    { "(mount b)\r\n(mount\r\nb)", "1 mount call; 2 mount call" },
    { "(\xe9 b) (mount b)", CALL })

ATF_TC_WITHOUT_HEAD(deep_nesting_is_a_problem);
ATF_TC_BODY(deep_nesting_is_a_problem, tc)
{
	struct text text = { 0 };
	char *found;
	size_t i;

	for (i = 0; i < 100000; i++)
		text_add(&text, "(");
	for (i = 0; i < 100000; i++)
		text_add(&text, ")");
	text_add(&text, "(mount b)");
	found = lexed(lex_scheme, text.data, text.len);
	ATF_CHECK_STREQ(
	    "1 mount call; ! line 1 nests deeper than 4096 levels", found);
	free(found);
	text_clear(&text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, foreign_functions);
	ATF_TP_ADD_TC(tp, calls_of_procedures);
	ATF_TP_ADD_TC(tp, definitions);
	ATF_TP_ADD_TC(tp, data);
	ATF_TP_ADD_TC(tp, comments);
	ATF_TP_ADD_TC(tp, strings_and_characters);
	ATF_TP_ADD_TC(tp, flags_and_devices);
	ATF_TP_ADD_TC(tp, odd_input);
	ATF_TP_ADD_TC(tp, deep_nesting_is_a_problem);
	return (atf_no_error());
}
