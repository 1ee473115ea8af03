/* The lexer of C: one case per rule, each a table of texts. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lexed.h"

/* A statement in a function; sites are on line 1. */
#define IN(statement) "void f(void) { " statement " }"
#define CALL "1 mount call"
#define REFERENCE "1 mount reference"
#define CASE(name, ...)                                                  \
	ATF_TC_WITHOUT_HEAD(name);                                       \
	ATF_TC_BODY(name, tc)                                            \
	{                                                                \
		static const struct lexed_case rows[] = { __VA_ARGS__ }; \
                                                                         \
		LEXED_CHECK(lexed_c, rows);                              \
	}

CASE(calls, { IN("mount(a);"), CALL }, { IN("mount (a);"), CALL },
    { IN("mount\n(a);"), CALL }, { IN("mount/* x */(a);"), CALL },
    { IN("(void)mount(a);"), CALL }, { IN("return mount(a);"), CALL },
    { IN("return (mount(a));"), CALL }, { IN("x = mount(a);"), CALL },
    { IN("int x = mount(a);"), CALL }, { IN("int y, x = mount(a);"), CALL },
    { IN("struct s *x = mount(a);"), CALL },
    { IN("foo_t x = mount(a), y;"), CALL },
    { IN("if (mount(a) < 0) return;"), CALL }, { IN("if (a) mount(a);"), CALL },
    { IN("if (a) ; else mount(a);"), CALL },
    { IN("do mount(a); while (0);"), CALL },
    { IN("while (mount(a)) continue;"), CALL },
    { IN("for (int i = mount(a); ; ) ;"), CALL },
    { IN("for (i = 0; mount(a); i++) ;"), CALL },
    { IN("for (; ; mount(a)) ;"), CALL }, { IN("for (;;) mount(a);"), CALL },
    { IN("switch (mount(a)) { }"), CALL },
    { IN("switch (x) { case 1: mount(a); }"), CALL },
    { IN("switch (x) { case A: mount(a); }"), CALL },
    { IN("switch (x) { default: mount(a); }"), CALL },
    { IN("out: mount(a);"), CALL }, { IN("x = a * mount(a);"), CALL },
    { IN("if (a * mount(a)) ;"), CALL }, { IN("a && mount(a);"), CALL },
    { IN("!mount(a);"), CALL }, { IN("x ? mount(a) : 0;"), CALL },
    { IN("x = sizeof mount(a);"), CALL }, { IN("g(1, mount(a));"), CALL },
    { IN("FOR_EACH(x, y) mount(a);"), CALL },
    { IN("FOR_EACH(x, y) { mount(a); }"), CALL },
    { IN("x[mount(a)] = 1;"), CALL }, { IN("int x[mount(a)];"), CALL },
    { IN("struct s x = { .a = mount(a) };"), CALL },
    { IN("struct s x = { mount(a), 2 };"), CALL },
    { IN("g(&(struct s){ mount(a) });"), CALL },
    { IN("return (struct s){ mount(a) };"), CALL },
    { IN("x = ({ int y = 1; mount(a); });"), CALL },
    { IN("{ mount(a); }"), CALL }, { IN("a = b, mount(a);"), CALL },
    { IN("FOO\n\tmount(a);"), "2 mount call" },
    { IN("{ struct s { int a; } s; mount(a); }"), CALL },
    { IN("__attribute__((unused)) int x = mount(a);"), CALL },
    { IN("typeof(x) y = mount(a);"), CALL },
    { IN("__extension__ mount(a);"), CALL },
    { IN("asm(\"nop\" : : \"r\"(mount(a)));"), CALL },
    { "int x = sizeof(mount(a));", CALL })

CASE(no_calls, { "int mount(int);", "" }, { "extern int mount(int);", "" },
    { "int mount(int), b;", "" }, { "int\nmount(int a)\n{\n}", "" },
    { "static inline struct s *mount(int a) { return 0; }", "" },
    { "mount(a) { }", "" }, { "int mount(a, b) int a; char *b; { }", "" },
    { "foo_t __init mount(int a) { }", "" },
    { "int __attribute__((x)) mount(int a) { }", "" },
    { "API(int) mount(int a);", "" }, { "void f(int (*mount)(int));", "" },
    { "typedef int mount(int);", "" },
    { "struct ops { int (*mount)(int); int read; };", "" },
    { "struct ops { foo_t (*mount)(int); };", "" },
    { IN("int mount(int);"), "" }, { IN("extern int mount(int);"), "" },
    { IN("foo_t mount(int);"), "" }, { IN("struct s *mount(int);"), "" },
    { IN("char *mount();"), "" }, { IN("int x, mount(int);"), "" },
    { IN("int x = 1, mount(int);"), "" }, { IN("int (*mount)(int) = x;"), "" },
    { IN("foo_t (*mount)(int) = x; mount(1);"), "" },
    { IN("int mount = 1; mount(a);"), "" }, { IN("p->mount(a);"), "" },
    { IN("p.mount(a);"), "" }, { IN("p->a.mount(a);"), "" },
    { IN("p-> /* x */ mount(a);"), "" },
    { "__attribute__((mount(1))) int x;", "" },
    { "int f(int mount) { return mount(1); }", "" }, { "EXPORT(mount);", "" },
    { IN("goto mount; mount: ;"), "" })

CASE(definitions_have_bodies, { "int mount(int a) { return mount(a); }", CALL },
    { "int f(a, b) int a; char *b; { mount(a); }", CALL },
    { "int f(a)\nstruct s *a;\n{ mount(a); }", "3 mount call" },
    { "TEST(a, b) { mount(a); }", CALL },
    { "TEST(a)\nstruct s { int mount; };\nint f(void) { mount(a); }",
	"3 mount call" },
    { "struct s f(void) { mount(a); }", CALL },
    { "enum e f(void) { mount(a); }", CALL },
    { "struct s { int a; } x; int f(void) { mount(a); }", CALL },
    { "int x[] = { 1, 2 }; int f(void) { mount(a); }", CALL },
    { "extern \"C\" { int mount(int); int f() { mount(a); } }", CALL },
    { "extern \"C\" int f() { mount(a); }", CALL },
    { "int f(void) __attribute__((x(1))) { mount(a); }", CALL },
    { "void f(void) { void g(int a) { mount(a); } }", CALL },
    { "int a; ; int f(void) { mount(a); }", CALL },
    { "};\nint f(void) { mount(a); }", "2 mount call" })

CASE(references, { IN("x = &mount;"), REFERENCE },
    { IN("x = mount;"), REFERENCE }, { IN("g(mount);"), REFERENCE },
    { IN("g(1, mount, 2);"), REFERENCE }, { IN("p->x = mount;"), REFERENCE },
    { IN("return mount;"), REFERENCE }, { IN("x = a ? mount : b;"), REFERENCE },
    { IN("if (x == mount) ;"), REFERENCE }, { IN("(mount)(a);"), REFERENCE },
    { "struct ops x = { \"mount\", mount };", REFERENCE },
    { "struct ops x = { .mount = mount };", REFERENCE },
    { "struct ops x = { .f = mount, };", REFERENCE },
    { "struct ops x[] = { [3] = { mount } };", REFERENCE },
    { "int (*x)(int) = mount;", REFERENCE },
    { "int (*x)(int) = &mount;", REFERENCE })

CASE(no_references, { IN("struct mount *m;"), "" },
    { IN("struct mount *mount;"), "" },
    { IN("struct mount *mount; g(mount);"), "" },
    { IN("x = (struct mount *)p;"), "" },
    { IN("x = sizeof(struct mount);"), "" }, { IN("mount *m;"), "" },
    { IN("mount->x = 1;"), "" }, { IN("g(mount->x);"), "" },
    { IN("g(mount.x, mount[1]);"), "" }, { IN("mount = 1;"), "" },
    { IN("x = mount++;"), "" },
    { IN("p->mount = 1; x = p->mount; p.mount;"), "" },
    { IN("int mount; g(mount);"), "" }, { IN("int a, *mount; g(mount);"), "" },
    { IN("foo_t mount; g(&mount);"), "" },
    { "struct ops x = { .mount = 1 };", "" },
    { "struct ops x = { mount: 1 };", "" }, { "enum mount { A };", "" },
    { "enum x { mount, read = 3 };", "" },
    { "struct s { struct mount *mount; };", "" },
    { "union mount { int mount; };", "" },
    { "typedef struct mount mount;", "" }, { "int mount;", "" },
    { "static struct x *mount[3];\nint f(void) { g(mount); }", "" },
    { "int f(int mount) { g(mount); }", "" },
    { "int f(char *mount, int b) { return mount; }", "" },
    { "int f(x, mount) { }", "" })

CASE(a_hidden_name_is_visible_in_the_next_function,
    { "int f(int mount) { g(mount); }\nint h(void) { mount(1); }",
	"2 mount call" },
    { "int f(void) { int mount = 1; }\nint h(void) { g(mount); }",
	"2 mount reference" },
    { "struct s { int mount; };\nint f(void) { mount(1); }", "2 mount call" })

CASE(comments,
    { "// mount(a)\n/* mount(a)\n mount(b) */ " IN("mount(a);"),
	"3 mount call" },
    { IN("// mount(a); \\\n mount(b);\n mount(c);"), "3 mount call" },
    { IN("x = a /mount(a)/ b;"), CALL }, { IN("/**/mount(a);/***/"), CALL },
    { IN("/* \" */ mount(a); /* ' */"), CALL }, { "/* mount(", "" },
    { "// mount(", "" })

CASE(literals, { IN("g(\"mount(a)\", 'mount');"), "" },
    { IN("g(\"\\\"mount(a)\\\\\"); mount(b);"), CALL },
    { IN("g('\"'); mount(b);"), CALL }, { IN("g('\\''); mount(b);"), CALL },
    { IN("g(\"//\"); mount(b);"), CALL },
    { IN("g(L\"mount(\", u8\"/*\"); mount(b);"), CALL },
    { IN("g(\"a\\\nmount(b)\"); mount(b);"), "2 mount call" },
    { IN("x = 1'000'000; mount(b);"), CALL },
    { IN("x = 0x1p-3 + 1e+5mount(a); mount(b);"), CALL },
    { IN("g(\"open\n mount(b);"), "2 mount call" }, { "\"mount(", "" },
    { "'", "" }, { "\"\\", "" })

CASE(macros, { "#define mount(a) other(a)", "" }, { "#define mount other", "" },
    { "#define X mount(a)", CALL }, { "#define X(a) mount(a)", CALL },
    { "#define X(a) do { \\\n\tmount(a); \\\n} while (0)", "2 mount call" },
    { "#define X(mount) mount(a)", "" },
    { "#define X { \"mount\", mount }", REFERENCE },
    { "#define X CLONE_NEWNS", "1 CLONE_NEWNS flag" },
    { "#define CLONE_NEWNS 1", "" },
    { "#define X (a \\\n /* b \n c */ + mount(a))", "3 mount call" },
    { "#define X \"/dev/kvm\"", "1 /dev/kvm device" },
    { "#undef mount\n#pragma mount(a)\n#error mount(a) can't\n"
      "#line 1 \"mount\"",
	"" },
    { "#define X if (a) {\nint mount(int);\n#define Y ) } ;\n"
      "int unshare(void) { mount(a); }",
	"4 mount call" },
    { "#  define\tX\tmount(a)", CALL },
    { "#define X(a) #a mount(a) ## b", CALL },
    { "/* x */ #define mount(a) b", "" },
    { "#define X static int mount(int a) { return mount(a); }", CALL })

CASE(headers, { "#include <sys/mount.h>", "1 sys/mount.h header" },
    { "#include \"sched.h\"", "1 sched.h header" },
    { "# include /* x */ <sched.h> // y", "1 sched.h header" },
    { "#include_next <sched.h>", "1 sched.h header" },
    { "#import <sched.h>", "1 sched.h header" },
    { "#inc\\\nlude <sched.h>", "" },
    { "// #include <sched.h>\n/*\n#include <sched.h>\n*/", "" },
    { "#include HEADER\n#include\n#include <\n#include <>", "" },
    { "\"x\n#include <sched.h>", "2 sched.h header" })

CASE(flags,
    { IN("x = CLONE_NEWNS | MS_BIND;"), "1 CLONE_NEWNS flag; 1 MS_BIND flag" },
    { "int x = CLONE_NEWNS;", "1 CLONE_NEWNS flag" },
    { "struct f f[] = { { \"a\", CLONE_NEWNS } };", "1 CLONE_NEWNS flag" },
    { IN("switch (x) { case CLONE_NEWNS: ; }"), "1 CLONE_NEWNS flag" },
    { "enum { CLONE_NEWNS = 1, A = MS_BIND };", "1 MS_BIND flag" },
    { "static const int CLONE_NEWNS = 1;", "" },
    { "#ifdef CLONE_NEWNS\n#if CLONE_NEWNS == 1\n#endif\n#endif", "" },
    { IN("x = p->CLONE_NEWNS;"), "" })

CASE(calls_by_number, { IN("syscall(SYS_clone, 1);"), "1 clone call" },
    { IN("syscall(__NR_clone, 1);"), "1 clone call" },
    { "int x[] = { SYS_mount, __NR_unshare };",
	"1 mount call; 1 unshare call" },
    { "#define SYS_clone 3", "" },
    { "#ifndef SYS_clone\n#define __NR_clone 1\n#endif", "" },
    { IN("x = SYS_nothing;"), "" })

CASE(devices, { IN("open(\"/dev/kvm\", 1);"), "1 /dev/kvm device" },
    { "char x[] = \"/dev/kvm\";", "1 /dev/kvm device" },
    { IN("open(\"/dev/kvm2\"); open(\"x/dev/kvm\");"), "" })

CASE(prefix,
    { IN("mach_msg(1); mach_port_t x; p->mach_y(1);"), "1 mach_msg call" },
    { "int mach_msg(int); int x = SYS_mach_z;", "1 mach_z call" })

CASE(disabled_lines,
    { "#if 0\n" IN("mount(a);") "\n#endif\n" IN("mount(b);"), "4 mount call" },
    { "#if 0\n" IN("mount(a);") "\n#else\n" IN("mount(b);") "\n#endif",
	"4 mount call" },
    { "#if 0\n#if 1\n#else\n" IN("mount(a);") "\n#endif\n#endif", "" },
    { "#if 0\n#ifdef X\n#elif Y\n#endif\n" IN("mount(a);") "\n#elif X\n" IN(
	  "mount(b);") "\n#endif",
	"7 mount call" },
    { "#if false\n" IN("mount(a);") "\n#endif", "" },
    { "#if 1\n" IN("mount(a);") "\n#else\n" IN("mount(b);") "\n#endif",
	"2 mount call" },
    { "#if 1\n#elif X\n" IN("mount(b);") "\n#else\n" IN(
	  "mount(c);") "\n#endif\n" IN("mount(d);"),
	"7 mount call" },
    { "#ifdef X\n" IN("mount(a);") "\n#elif 0\n" IN("mount(b);") "\n#else\n" IN(
	  "mount(c);") "\n#endif",
	"2 mount call; 6 mount call" },
    { "#if 0 /* x */ // y\n" IN("mount(a);") "\n#endif", "" },
    { "#if 0\ndon't \"stop\n#endif\n" IN("mount(b);"), "4 mount call" },
    { "#if 0\n/*\n#endif\n*/\nmount(a);\n#endif\n" IN("mount(b);"),
	"7 mount call" },
    { "#if 0 || X\n" IN("mount(a);") "\n#endif", "2 mount call" },
    { "#if 0\nmount(", "" }, { "#if 0", "" },
    { "#endif\n#else\n#elif\n" IN("mount(a);"), "4 mount call" })

CASE(both_branches_count,
    { "#ifdef X\n" IN("mount(a);") "\n#else\n" IN("mount(b);") "\n#endif",
	"2 mount call; 4 mount call" },
    { "#ifdef HAVE_X\n" IN("mount(a);") "\n#endif", "2 mount call" })

CASE(unbalanced_branches,
    { "void f(void) {\n#ifdef A\nif (x) {\n#else\nif (y) {\n#endif\n"
      "mount(a);\n}\n}\nint mount(int);\nvoid g(void) { mount(b); }",
	"7 mount call; 11 mount call" },
    { "void f(void) {\n#ifdef A\nif (x) {\n#endif\nmount(a);\n"
      "#ifdef A\n}\n#endif\n}\nint mount(int);",
	"5 mount call" },
    { "#ifdef A\nint f(int a) {\n#else\nint f(void) {\n#endif\n"
      "mount(a); }\nint mount(int);",
	"6 mount call" },
    { "void f(void)\n{\n#ifdef A\n\tif (x) {\n#else\n#endif\n"
      "\t\tmount(a);\n}\nint mount(int);\nint g(void)\n{\n\tmount(b);\n}",
	"7 mount call; 12 mount call" },
    { "void f(void)\n{\n#ifdef A\n\t}\n#endif\n\tmount(a);\n}\n"
      "int mount(int);\nint g(void)\n{\n\tmount(b);\n}",
	"11 mount call" },
    { "void f(void) {\ng(a,\n#ifdef A\n mount(a),\n#else\n mount(b),\n"
      "#endif\n c); mount(d); }",
	"4 mount call; 6 mount call; 8 mount call" })

/* What lex_c_skim.c leaves out must not be missed by what it reads. */
CASE(left_out_statements, { IN("for (a; b; c) mount(a);"), CALL },
    { IN("for (a; b; c) { mount(a); } mount(b);"), CALL "; " CALL },
    { IN("for (a; b; c = (d)) { mount(a); }"), CALL },
    { IN("for (a; b; c = d) x = mount;"), REFERENCE },
    { IN("for (mount(a); b; c) unshare(1);"), CALL "; 1 unshare call" },
    { IN("for (a; b; mount(a)) b; unshare(1);"), CALL "; 1 unshare call" },
    { IN("g(h(mount(a), b)); int mount(int);"), CALL },
    { IN("x = 1'0; y = L'm'; mount(a);"), CALL },
    { IN("a; b; { struct s { int x; int mount; }; } mount(b);"), CALL },
    { "int a;\nint b[] = { 1, 2, { 3 } };\nint f(int x)\n{ mount(a); }",
	"4 mount call" },
    { "a;\n#define X 1\nb;\nint f(void) { mount(a); }", "4 mount call" },
    { IN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "= mount(a);"),
	CALL },
    { IN("a = \"b\"; c = \"/dev/kvm\"; d; e = R\"(; mount(\" )\"; f;"),
	"1 /dev/kvm device" },
    { IN("a /* x */ # b; mount(c);"), CALL })

CASE(unbalanced_brackets,
    { "void f(void) { g((a; mount(b); }\nint mount(int);", CALL },
    { "void f(void) { g(a)); mount(b); }\nint mount(int);", CALL },
    { "void f(void) { g[a; mount(b); }\nint mount(int);", CALL },
    { ")]}\nvoid f(void) { mount(b); }\nint mount(int);", "2 mount call" },
    { "void f(void) { mount(", CALL }, { "{", "" }, { "(", "" })

CASE(spliced_lines, { IN("mou\\\nnt(a);"), CALL },
    { IN("mou\\\r\nnt(a);"), CALL }, { IN("m\\\no\\\nu\\\nn\\\nt(a);"), CALL },
    { IN("mount\\\n(a); unmou\\\nnt(b);"), CALL },
    { "#define X \\\n\tmount(a)\nint mount(int);", "2 mount call" },
    { "#define X \\\r\n\tmount(a)\r\nint mount(int);\r\n", "2 mount call" },
    { "ret\\\nurn; \\", "" })

CASE(odd_input, { "", "" }, { "\n", "" }, { "m", "" }, { "\\", "" },
    { "#", "" }, { "#define", "" }, { "#define X(", "" }, { "#include", "" },
    { "R\"(", "" }, { "/", "" }, { "/*", "" }, { "mount", "" },
    { "\xef\xbb\xbf#include <sched.h>", "1 sched.h header" },
    { "void f(void)\r\n{\r\n\tmount(a);\r\n}\r\n", "3 mount call" },
    { IN("\xe9 = mount(a); /* \xe9 */"), CALL })

ATF_TC_WITHOUT_HEAD(words_of_cxx_are_names_in_c);
ATF_TC_BODY(words_of_cxx_are_names_in_c, tc)
{
	static const struct lexed_case rows[] = {
		{ IN("operator = mount(a);"), CALL },
		{ IN("int new = mount(a), class; class = mount(b);"),
		    CALL "; " CALL },
		{ IN("template = mount(a); delete(x); mount(b);"),
		    CALL "; " CALL },
	};

	LEXED_CHECK(lexed_c, rows);
}

ATF_TC_WITHOUT_HEAD(cxx);
ATF_TC_BODY(cxx, tc)
{
	static const struct lexed_case rows[] = {
		{ IN("::mount(a);"), CALL },
		{ IN("return ::mount(a);"), CALL },
		{ IN("x = ::mount(a);"), CALL },
		{ IN("A::mount(a);"), "" },
		{ IN("A<int>::mount(a);"), "" },
		{ IN("a::b::mount(a);"), "" },
		{ IN("g(mount::f(a));"), "" },
		{ IN("this->mount(a);"), "" },
		{ IN("std::string mount(a); g(mount);"), "" },
		{ IN("std::vector<int> mount(a);"), "" },
		{ IN("map<a, b *> x(mount(a));"), CALL },
		{ IN("Foo x(mount(a));"), CALL },
		{ IN("AutoCloseFD x = mount(a);"), CALL },
		{ IN("Foo x{mount(a)};"), CALL },
		{ IN("auto x = [&](int y) { mount(a); };"), CALL },
		{ IN("g([=]() mutable { return mount(a); });"), CALL },
		{ IN("g([&] { int mount(int); mount(a); });"), CALL },
		{ IN("for (auto & x : y) mount(a);"), CALL },
		{ IN("for (auto x : mount(a)) ;"), CALL },
		{ IN("try { mount(a); } catch (E & e) { mount(b); }"),
		    CALL "; " CALL },
		{ IN("throw E(mount(a));"), CALL },
		{ IN("if (auto x = mount(a)) ;"), CALL },
		{ IN("new mount(a); delete x;"), "" },
		{ "namespace n { void f() { mount(a); } }", CALL },
		{ "namespace { int mount(int); void f() { mount(a); } }",
		    CALL },
		{ "class A : public B<int> { int mount(int); int x; };", "" },
		{ "class A { public: int mount(int a) { read(b); } };",
		    "1 read call" },
		{ "struct A { A() : read(1), b(mount(a)) { unshare(1); } };",
		    "1 mount call; 1 unshare call" },
		{ "A::A(int a) : B(a), c{1} { mount(a); }", CALL },
		{ "int A::mount(int a) { return 1; }", "" },
		{ "void A::f() const { mount(a); }", CALL },
		{ "void f() noexcept(true) { mount(a); }", CALL },
		{ "A::~A() { mount(a); }", CALL },
		{ "A & A::operator=(const A & a) { mount(a); }", CALL },
		{ "bool operator()(int a) { mount(a); }", CALL },
		{ "template <class T> void f(T t) { mount(a); }", CALL },
		{ "template<typename T> struct X { T mount(int); };", "" },
		{ "auto f(int a) -> int { return mount(a); }", CALL },
		{ "int f(int a = mount(1));", CALL },
		{ "struct A { int x = mount(1); };", CALL },
		{ "enum class E : int { mount, B };", "" },
		{ "auto x = R\"(mount(a))\"; int y = mount(b);", CALL },
		{ "auto x = R\"xy(a)\" mount( )xy\" + mount(b);", CALL },
		{ "auto x = u8R\"(\n\")\" + mount(b);", "2 mount call" },
		{ "[[nodiscard]] int mount(int);", "" },
		{ IN("[[maybe_unused]] int x = mount(a);"), CALL },
		{ "using x = mount;", "1 mount reference" },
		{ "extern \"C\" { namespace n { int mount(int); } }", "" },
	};

	LEXED_CHECK(lexed_cxx, rows);
}

ATF_TC_WITHOUT_HEAD(objective_c);
ATF_TC_BODY(objective_c, tc)
{
	static const struct lexed_case rows[] = {
		{ IN("[x mount:a];"), "" },
		{ IN("[x mount];"), "" },
		{ IN("[self mount:mount(a) read:b];"), CALL },
		{ "@implementation A\n- (void)mount:(id)x { mount(x); }\n@end",
		    "2 mount call" },
		{ "@implementation A { int mount; }\n"
		  "+ (int)f { return mount(x); }\n@end",
		    "2 mount call" },
		{ "@interface A : B { int mount; }\n- (int)mount:(int)x;\n"
		  "@property int read;\n@end\nvoid f(void) { mount(a); }",
		    "5 mount call" },
		{ IN("g(^{ mount(a); });"), CALL },
		{ IN("g(^(int x) { mount(a); });"), CALL },
		{ IN("x = @\"mount(a)\"; g(@selector(mount:));"), "" },
		{ IN("x = a ^ mount(a);"), CALL },
		{ "@implementation A\nstatic int f(void) { mount(a); }\n@end",
		    "2 mount call" },
	};

	LEXED_CHECK(lexed_objc, rows);
}

/* `n` times `unit`, then `last`, as a string to free. */
static char *
repeated(const char *unit, size_t n, const char *last)
{
	size_t len = strlen(unit), i;
	char *s;

	s = malloc(n * len + strlen(last) + 1);
	ATF_REQUIRE(s != NULL);
	for (i = 0; i < n; i++)
		memcpy(s + i * len, unit, len);
	memcpy(s + n * len, last, strlen(last) + 1);
	return (s);
}

ATF_TC_WITHOUT_HEAD(deep_nesting_is_a_problem);
ATF_TC_BODY(deep_nesting_is_a_problem, tc)
{
	static const char *const units[] = { "(", "{", "[", "f(void){ g((",
		"#define X ({[\n{" };
	char *text, *found;
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		text = repeated(units[i], 100000, "");
		found = lexed(lexed_cxx, text, strlen(text));
		ATF_CHECK_MSG(strstr(found, "nests deeper than 4096") != NULL,
		    "%s: %s", units[i], found);
		free(text);
		free(found);
	}
}

ATF_TC_WITHOUT_HEAD(deep_nesting_is_left_again);
ATF_TC_BODY(deep_nesting_is_left_again, tc)
{
	struct text text = { 0 };
	char *found;
	size_t i;

	text_add(&text, "void f(void) { x = ");
	for (i = 0; i < 5000; i++)
		text_add(&text, "(");
	text_add(&text, "mount(a)");
	for (i = 0; i < 5000; i++)
		text_add(&text, ")");
	text_add(&text, "; mount(b); }");
	found = lexed(lexed_c, text.data, text.len);
	ATF_CHECK_STREQ("1 mount call; 1 mount call; "
			"! line 1 nests deeper than 4096 levels",
	    found);
	text_clear(&text);
	free(found);
}

ATF_TC_WITHOUT_HEAD(many_conditions);
ATF_TC_BODY(many_conditions, tc)
{
	char *text, *found;

	text = repeated("#if X\n", 100000, "int f(void) { mount(a); }\n");
	found = lexed(lexed_c, text, strlen(text));
	ATF_CHECK_STREQ("100001 mount call", found);
	free(text);
	free(found);
	text = repeated("#if X\n{{{{\n", 2000, "#endif\n#else\n#endif");
	free(lexed(lexed_c, text, strlen(text)));
	free(text);
}

ATF_TC_WITHOUT_HEAD(one_line_of_ten_megabytes);
ATF_TC_BODY(one_line_of_ten_megabytes, tc)
{
	char *text, *found;

	text = repeated("x = y + \"z\"; ", 800000, "f() { mount(a); }");
	found = lexed(lexed_c, text, strlen(text));
	ATF_CHECK_STREQ("1 mount call", found);
	free(text);
	free(found);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, calls);
	ATF_TP_ADD_TC(tp, no_calls);
	ATF_TP_ADD_TC(tp, definitions_have_bodies);
	ATF_TP_ADD_TC(tp, references);
	ATF_TP_ADD_TC(tp, no_references);
	ATF_TP_ADD_TC(tp, a_hidden_name_is_visible_in_the_next_function);
	ATF_TP_ADD_TC(tp, comments);
	ATF_TP_ADD_TC(tp, literals);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, flags);
	ATF_TP_ADD_TC(tp, calls_by_number);
	ATF_TP_ADD_TC(tp, devices);
	ATF_TP_ADD_TC(tp, prefix);
	ATF_TP_ADD_TC(tp, disabled_lines);
	ATF_TP_ADD_TC(tp, both_branches_count);
	ATF_TP_ADD_TC(tp, unbalanced_branches);
	ATF_TP_ADD_TC(tp, left_out_statements);
	ATF_TP_ADD_TC(tp, unbalanced_brackets);
	ATF_TP_ADD_TC(tp, spliced_lines);
	ATF_TP_ADD_TC(tp, odd_input);
	ATF_TP_ADD_TC(tp, words_of_cxx_are_names_in_c);
	ATF_TP_ADD_TC(tp, cxx);
	ATF_TP_ADD_TC(tp, objective_c);
	ATF_TP_ADD_TC(tp, deep_nesting_is_a_problem);
	ATF_TP_ADD_TC(tp, deep_nesting_is_left_again);
	ATF_TP_ADD_TC(tp, many_conditions);
	ATF_TP_ADD_TC(tp, one_line_of_ten_megabytes);
	return (atf_no_error());
}
