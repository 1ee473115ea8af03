/*
 * The HTML page in a real browser: a script added to a copy of the page
 * presses and types what a reader would, and writes down what is shown.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#define DOM_MAX ((size_t)4 << 20)

/* What the test can ask of the page from inside. */
static const char driver[] =
    "<script>(function () {\n"
    "var log = [];\n"
    "function say(name, value) { log.push(name + ': ' + value); }\n"
    "function shown() {\n"
    "  return Array.prototype.filter.call(\n"
    "      document.querySelectorAll('details.need'), function (row) {\n"
    "        return row.getClientRects().length > 0;\n"
    "      }).map(function (row) {\n"
    "        return row.querySelector('code').textContent;\n"
    "      }).join(' ');\n"
    "}\n"
    "function chip(value) {\n"
    "  return document.querySelector('.chip[data-value=\"' + value + '\"]');\n"
    "}\n"
    "function press(value) { chip(value).click(); }\n"
    "function type(value) {\n"
    "  var q = document.getElementById('q');\n"
    "  q.value = value;\n"
    "  q.dispatchEvent(new Event('input'));\n"
    "}\n"
    "function seen(id) {\n"
    "  return document.getElementById(id).getClientRects().length > 0;\n"
    "}\n"
    "function look(name) {\n"
    "  say(name, shown());\n"
    "  say(name + ' state', document.getElementById('shown').textContent);\n"
    "  say(name + ' hash', window.location.hash);\n"
    "}\n"
    "%s\n"
    "var pre = document.createElement('pre');\n"
    "pre.id = 'result';\n"
    "pre.textContent = '\\n' + log.join('\\n') + '\\n';\n"
    "document.body.appendChild(pre);\n"
    "})();</script>\n";

static const char *
browser(void)
{
	static const char *const names[] = { "chromium", "chromium-browser",
		"google-chrome", "chrome" };
	static char path[1024];
	const char *dir, *p;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		p = getenv("PATH");
		while (p != NULL && *p != '\0') {
			dir = p;
			p += strcspn(p, ":");
			snprintf(path, sizeof(path), "%.*s/%s", (int)(p - dir),
			    dir, names[i]);
			if (access(path, X_OK) == 0)
				return (path);
			p += *p == ':';
		}
	}
	if (getenv("MUST_WORK") != NULL)
		atf_tc_fail("no chromium in PATH, and MUST_WORK is set");
	atf_tc_skip("no chromium in PATH");
}

/* Writes the page, with or without its own script, and then `script`. */
static void
write_page(bool own, const char *script)
{
	struct isth_report *freebsd, *linux_;
	struct isth_scan *scan;
	struct isth_map *map;
	char *end, *page;
	FILE *f;

	freebsd = plant_freebsd();
	linux_ = plant_linux();
	scan = plant_scan();
	map = plant_map(&planted_consumer, scan, linux_, freebsd);
	page = plant_render(map, ISTH_FORMAT_HTML);
	end = strstr(page, own ? "</body>" : "<script>");
	ATF_REQUIRE(end != NULL);
	f = fopen("page.html", "w");
	ATF_REQUIRE(f != NULL);
	fwrite(page, 1, (size_t)(end - page), f);
	fprintf(f, driver, script);
	fputs("</body>\n</html>\n", f);
	ATF_REQUIRE(fclose(f) == 0);
	free(page);
	isth_map_destroy(map);
	plant_scan_destroy(scan);
	plant_report_destroy(freebsd);
	plant_report_destroy(linux_);
}

/* The document after its scripts ran, opened at that fragment. */
static char *
browse(const char *fragment)
{
	char cwd[1024], profile[1100], url[1300], *dom;
	const char *program;
	int status;
	pid_t pid;
	size_t n;
	FILE *f;

	program = browser();
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(profile, sizeof(profile), "--user-data-dir=%s/profile", cwd);
	snprintf(url, sizeof(url), "file://%s/page.html%s", cwd, fragment);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (freopen("dom", "w", stdout) == NULL ||
		    freopen("browser.err", "w", stderr) == NULL)
			_exit(126);
		execl(program, program, "--headless", "--no-sandbox",
		    "--disable-gpu", "--disable-dev-shm-usage",
		    "--window-size=1280,1600", profile, "--dump-dom", url,
		    (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ_MSG(0, status, "%s failed", program);
	f = fopen("dom", "r");
	ATF_REQUIRE(f != NULL);
	dom = calloc(1, DOM_MAX);
	ATF_REQUIRE(dom != NULL);
	n = fread(dom, 1, DOM_MAX - 1, f);
	ATF_REQUIRE(n > 0 && n < DOM_MAX - 1);
	ATF_REQUIRE(fclose(f) == 0);
	return (dom);
}

static void
check_line(const char *dom, const char *line)
{
	char wanted[1024];
	const char *result;

	result = strstr(dom, "<pre id=\"result\">");
	ATF_REQUIRE_MSG(result != NULL, "the page's script did not end");
	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	ATF_CHECK_MSG(strstr(result, wanted) != NULL, "no \"%s\" in:\n%.4000s",
	    line, result);
}

#define ALL                                                         \
	"clone3 pidfd_open sys/prctl.h fork close_range chroot "    \
	"CLONE_NEWTIME CLONE_NEWNS unshare keyctl posix_fallocate " \
	"mach_&lt;msg&gt;=% no_such_row"

ATF_TC(filter_shows_what_it_says);
ATF_TC_HEAD(filter_shows_what_it_says, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(filter_shows_what_it_says, tc)
{
	char *dom;

	write_page(true,
	    "look('start');\n"
	    "press('gap'); look('gap');\n"
	    "say('sections', ['process', 'privilege'].map(function (a) {\n"
	    "  return seen('area-' + a); }));\n"
	    "say('aria', chip('gap').getAttribute('aria-pressed'));\n"
	    "press('redesign'); look('chips add up');\n"
	    "type('JAIL_SET'); look('text and chips');\n"
	    "say('facet', chip('gap').textContent.trim() + ', ' +\n"
	    "    chip('redesign').textContent.trim());\n"
	    "type('nothing has this'); look('none');\n"
	    "say('none seen', seen('none'));\n"
	    "document.getElementById('clear').click(); look('cleared');\n"
	    "say('none gone', !seen('none'));\n"
	    "say('clear gone', !seen('clear'));\n");
	dom = browse("");
	check_line(dom, "start: " ALL);
	check_line(dom, "start state: All 13 rows");
	check_line(dom, "gap: CLONE_NEWTIME keyctl");
	check_line(dom, "gap state: 2 of 13 rows");
	check_line(dom, "gap hash: #v=gap");
	check_line(dom, "sections: false,true");
	check_line(dom, "aria: true");
	check_line(dom, "chips add up: CLONE_NEWTIME CLONE_NEWNS unshare "
			"keyctl");
	check_line(dom, "text and chips: CLONE_NEWNS unshare");
	check_line(dom, "text and chips hash: #v=gap,redesign&amp;q=JAIL_SET");
	check_line(dom, "facet: gap 0, redesign 2");
	check_line(dom, "none: ");
	check_line(dom, "none seen: true");
	check_line(dom, "cleared: " ALL);
	check_line(dom, "cleared hash: ");
	check_line(dom, "none gone: true");
	check_line(dom, "clear gone: true");
	free(dom);
}

ATF_TC(filter_by_class_contradiction_and_file);
ATF_TC_HEAD(filter_by_class_contradiction_and_file, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(filter_by_class_contradiction_and_file, tc)
{
	char *dom;

	write_page(true, "press('native'); look('native');\n"
			 "press('contradicted'); look('contradicted');\n"
			 "document.getElementById('clear').click();\n"
			 "press('unknown'); look('unknown');\n"
			 "document.getElementById('clear').click();\n"
			 "type('plain.c'); look('file');\n"
			 "type('process.fork waited'); look('probe');\n");
	dom = browse("");
	check_line(dom, "native: fork close_range chroot posix_fallocate");
	check_line(dom, "native hash: #c=native");
	check_line(dom, "contradicted: posix_fallocate");
	check_line(dom, "contradicted hash: #c=native&amp;x=contradicted");
	check_line(dom, "unknown: mach_&lt;msg&gt;=% no_such_row");
	check_line(dom, "file: sys/prctl.h fork keyctl");
	check_line(dom, "probe: fork");
	free(dom);
}

ATF_TC(a_link_keeps_the_filter_or_opens_the_row);
ATF_TC_HEAD(a_link_keeps_the_filter_or_opens_the_row, tc)
{
	atf_tc_set_md_var(tc, "timeout", "180");
}
ATF_TC_BODY(a_link_keeps_the_filter_or_opens_the_row, tc)
{
	char *dom;

	write_page(true,
	    "look('now');\n"
	    "say('open', Array.prototype.map.call(\n"
	    "    document.querySelectorAll('details[open] code'),\n"
	    "    function (c) { return c.textContent; })[0]);\n");
	dom = browse("#v=adapt,works,nonsense&q=fork");
	check_line(dom, "now: clone3 pidfd_open fork");
	check_line(dom, "open: undefined");
	free(dom);
	dom = browse("#need-sys/prctl.h");
	check_line(dom, "now: " ALL);
	check_line(dom, "open: sys/prctl.h");
	free(dom);
	/* A fragment that is no UTF-8 and names nothing. */
	dom = browse("#%ff%");
	check_line(dom, "now: " ALL);
	free(dom);
}

ATF_TC(rows_unfold_to_probes_and_sites);
ATF_TC_HEAD(rows_unfold_to_probes_and_sites, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(rows_unfold_to_probes_and_sites, tc)
{
	char *dom;

	write_page(true,
	    "var row = document.getElementById('need-fork');\n"
	    "var folded = row.offsetHeight;\n"
	    "row.querySelector('summary').click();\n"
	    "say('unfolds', row.offsetHeight > folded + 100);\n"
	    "say('first', row.querySelector('.sites li').textContent);\n"
	    "say('probe', row.querySelector('.probes li').textContent);\n"
	    "row.querySelector('summary').click();\n"
	    "window.dispatchEvent(new Event('beforeprint'));\n"
	    "say('printed', document.querySelectorAll(\n"
	    "    'details:not([open])').length);\n"
	    "window.dispatchEvent(new Event('afterprint'));\n"
	    "say('after', document.querySelectorAll(\n"
	    "    'details[open]').length);\n"
	    "press('gap');\n"
	    "document.getElementById('unfold').click();\n"
	    "say('all', document.querySelectorAll('details[open]').length);\n");
	dom = browse("");
	check_line(dom, "unfolds: true");
	check_line(dom, "first: src/&lt;/script&gt;&lt;script&gt;document."
			"title='owned'&lt;/script&gt;.c:3");
	check_line(dom, "probe: process.fork ok waited for");
	check_line(dom, "printed: 0");
	check_line(dom, "after: 0");
	check_line(dom, "all: 2");
	free(dom);
}

ATF_TC(hostile_names_stay_text);
ATF_TC_HEAD(hostile_names_stay_text, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(hostile_names_stay_text, tc)
{
	char *dom;

	write_page(true,
	    "say('title', document.title);\n"
	    "say('scripts', document.scripts.length);\n"
	    "say('bold', document.querySelectorAll('b b').length);\n"
	    "say('wide', document.documentElement.scrollWidth <=\n"
	    "    window.innerWidth);\n"
	    "say('links', Array.prototype.every.call(\n"
	    "    document.querySelectorAll('a[href^=\"#\"]'), function (a) {\n"
	    "      return document.getElementById(decodeURIComponent(\n"
	    "          a.getAttribute('href').slice(1))) !== null;\n"
	    "    }));\n"
	    "var ids = Array.prototype.map.call(\n"
	    "    document.querySelectorAll('[id]'), function (e) {\n"
	    "      return e.id;\n"
	    "    });\n"
	    "say('unique', new Set(ids).size === ids.length);\n");
	dom = browse("");
	check_line(dom, "title: planted-daemon and src on FreeBSD: porting "
			"map");
	check_line(dom, "scripts: 2");
	check_line(dom, "wide: true");
	check_line(dom, "links: true");
	check_line(dom, "unique: true");
	free(dom);
}

ATF_TC(without_script_all_rows_are_there);
ATF_TC_HEAD(without_script_all_rows_are_there, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(without_script_all_rows_are_there, tc)
{
	char *dom;

	write_page(false,
	    "say('all', shown());\n"
	    "say('filter', seen('filter'));\n"
	    "say('headline', document.querySelector('.headline')\n"
	    "    .getClientRects().length > 0);\n");
	dom = browse("#v=gap");
	check_line(dom, "all: " ALL);
	check_line(dom, "filter: false");
	check_line(dom, "headline: true");
	free(dom);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, filter_shows_what_it_says);
	ATF_TP_ADD_TC(tp, filter_by_class_contradiction_and_file);
	ATF_TP_ADD_TC(tp, a_link_keeps_the_filter_or_opens_the_row);
	ATF_TP_ADD_TC(tp, rows_unfold_to_probes_and_sites);
	ATF_TP_ADD_TC(tp, hostile_names_stay_text);
	ATF_TP_ADD_TC(tp, without_script_all_rows_are_there);
	return (atf_no_error());
}
