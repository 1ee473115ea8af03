/*
 * Probes of the area privilege: who we are, the tables of users, headers,
 * libseccomp, and audit sessions.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"
#include "survey/probe/area_privilege.h"

#if defined(__FreeBSD__)
#include <bsm/audit.h>
#endif

/* An id as four calls and a file's owner tell it. */
static PROBE(plain_uid)
{
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(stat("f", &st));
	if (st.st_uid != geteuid() || ctx->root != (geteuid() == 0))
		return (probe_wrong("user %u makes files of user %u",
		    (unsigned)geteuid(), (unsigned)st.st_uid));
	return (probe_ok(
	    "real %u, effective %u", (unsigned)getuid(), (unsigned)geteuid()));
}

static PROBE(plain_gid)
{
	gid_t r, e, s;

	NEED(getresgid(&r, &e, &s));
	if (getgid() != r || getegid() != e)
		return (probe_wrong(
		    "getresgid says %u and %u", (unsigned)r, (unsigned)e));
	return (probe_ok("real %u, effective %u", (unsigned)r, (unsigned)e));
}

static PROBE(plain_getpwnam)
{
	struct passwd *pw;

	if (getpwnam("isthmus-no-such-user") != NULL)
		return (probe_wrong("a user that does not exist is found"));
	pw = getpwnam("root");
	if (pw == NULL || pw->pw_uid != 0)
		return (probe_state(
		    ISTH_STATE_UNSUPPORTED, 0, "no user \"root\" here"));
	return (probe_ok("root's directory is %s", pw->pw_dir));
}

/* The name of group 0 differs. */
static PROBE(plain_getgrnam)
{
	struct group *gr;
	char name[64];

	gr = getgrgid(0);
	if (gr == NULL)
		return (
		    probe_state(ISTH_STATE_UNSUPPORTED, 0, "no group 0 here"));
	(void)snprintf(name, sizeof(name), "%s", gr->gr_name);
	gr = getgrnam(name);
	if (gr == NULL || gr->gr_gid != 0)
		return (probe_wrong("group \"%s\" is not found", name));
	if (getgrnam("isthmus-no-such-group") != NULL)
		return (probe_wrong("a group that does not exist is found"));
	return (probe_ok("group 0 is \"%s\"", name));
}

static PROBE(plain_getgrouplist)
{
	gid_t groups[64];
	int n = 64, none = 0, rc;

	rc = getgrouplist("isthmus-no-such-user", PROBE_OTHER_ID, groups, &n);
	if (rc < 0 || n != 1 || groups[0] != PROBE_OTHER_ID)
		return (probe_wrong("%d groups of a user of none", n));
	/* Too little room: -1, and the number that it takes. */
	rc =
	    getgrouplist("isthmus-no-such-user", PROBE_OTHER_ID, groups, &none);
	if (rc != -1)
		return (probe_wrong("no room, and it succeeds"));
	return (probe_ok("without room it says %d", none));
}

/* A table that has a line with that beginning. */
static struct probe_answer
table(const char *path, const char *begin)
{
	char line[512];
	bool found = false;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return (errno == ENOENT ? probe_absent("no %s here", path)
					: probe_errno(errno, "open"));
	while (fgets(line, sizeof(line), f) != NULL)
		found = found || strncmp(line, begin, strlen(begin)) == 0;
	(void)fclose(f);
	return (found ? probe_ok(NULL)
		      : row_unsupported("it has no \"%s\"", begin));
}

static PROBE(plain_passwd)
{
	return (table("/etc/passwd", "root:"));
}

static PROBE(plain_group)
{
	return (table("/etc/group", "nogroup:"));
}

#if defined(__linux__)
/* Names and numbers of seccomp.h, libseccomp 2.5. */
enum {
	LIB_ALLOW = 0x7fff0000,
	LIB_ERRNO = 0x00050000,
	LIB_CTL_NNP = 3,
	LIB_ARCH_X86 = 0x40000003
};

/* Refuses chdir by a filter of libseccomp, as the daemons refuse chmod. */
static PROBE(plain_libseccomp)
{
	int (*add)(void *, uint32_t, int, unsigned, ...);
	int (*attr)(void *, int, uint32_t);
	int (*arch)(void *, uint32_t);
	int (*load)(const void *);
	int (*number)(const char *);
	void *(*init)(uint32_t);
	void *lib, *filter;
	int rc;

	lib = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL)
		return (probe_absent("libseccomp.so.2 is not installed"));
	*(void **)&init = dlsym(lib, "seccomp_init");
	*(void **)&attr = dlsym(lib, "seccomp_attr_set");
	*(void **)&arch = dlsym(lib, "seccomp_arch_add");
	*(void **)&add = dlsym(lib, "seccomp_rule_add");
	*(void **)&load = dlsym(lib, "seccomp_load");
	*(void **)&number = dlsym(lib, "seccomp_syscall_resolve_name");
	if (init == NULL || attr == NULL || arch == NULL || add == NULL ||
	    load == NULL || number == NULL)
		return (probe_wrong("a function is missing in it"));
	filter = init(LIB_ALLOW);
	if (filter == NULL)
		return (probe_wrong("seccomp_init gives nothing"));
	rc = arch(filter, LIB_ARCH_X86);
	if (rc != 0 && rc != -EEXIST && rc != -EDOM && rc != -EINVAL)
		return (probe_errno(-rc, "seccomp_arch_add"));
	rc = attr(filter, LIB_CTL_NNP, 1);
	if (rc == 0)
		rc = add(filter, LIB_ERRNO | EXDEV, number("chdir"), 0);
	if (rc == 0)
		rc = load(filter);
	if (rc != 0)
		return (probe_errno(-rc, "libseccomp"));
	NEED_REFUSAL(chdir("."), EXDEV);
	return (probe_ok(NULL));
}
#endif

#if defined(__FreeBSD__)
static PROBE(plain_getaudit)
{
	auditinfo_addr_t info;

	memset(&info, 0, sizeof(info));
	if (getaudit_addr(&info, sizeof(info)) != 0)
		return (probe_errno(errno, "getaudit_addr"));
	return (probe_ok("session %d", (int)info.ai_asid));
}

static PROBE(plain_setaudit)
{
	auditinfo_addr_t info, now;

	memset(&info, 0, sizeof(info));
	memset(&now, 0, sizeof(now));
	if (getaudit_addr(&info, sizeof(info)) != 0)
		return (probe_errno(errno, "getaudit_addr"));
	info.ai_asid = 4711;
	info.ai_termid.at_type = AU_IPv4;
	if (setaudit_addr(&info, sizeof(info)) != 0)
		return (probe_errno(errno, "setaudit_addr"));
	NEED(getaudit_addr(&now, sizeof(now)));
	return (now.ai_asid == 4711
		    ? probe_ok(NULL)
		    : probe_wrong("session %d", (int)now.ai_asid));
}
#endif

PLAIN_FOREIGN(plain_audit_self, audit_session_self)
PLAIN_FOREIGN(plain_audit_port, audit_session_port)
PLAIN_FOREIGN(plain_audit_join, audit_session_join)
PLAIN_FOREIGN(plain_sandbox_init, sandbox_init)
PLAIN_FOREIGN(plain_sandbox_check, sandbox_check)

#define LIBSECCOMP(id, symbol)                                             \
	ROW("privilege." id, symbol, "libseccomp's filter refuses a call", \
	    ON_LINUX(plain_libseccomp), 0)

/* clang-format off */
static const struct probe rows[] = {
	ROW("privilege.getuid", "getuid", "who we are", plain_uid, 0),
	ROW("privilege.geteuid", "geteuid",
	    "files that we make are the effective user's", plain_uid, 0),
	ROW("privilege.getgid", "getgid", "our group", plain_gid, 0),
	ROW("privilege.getegid", "getegid", "our effective group",
	    plain_gid, 0),
	ROW("privilege.getpwnam", "getpwnam",
	    "root is found, a user that is none is not", plain_getpwnam, 0),
	ROW("privilege.getgrnam", "getgrnam",
	    "group 0 is found by name, a group that is none is not",
	    plain_getgrnam, 0),
	ROW("privilege.getgrouplist", "getgrouplist",
	    "groups of a user, and too little room for them",
	    plain_getgrouplist, 0),
	ROW("privilege.etc-passwd", "/etc/passwd",
	    "the table of users has root", plain_passwd, 0),
	ROW("privilege.etc-group", "/etc/group",
	    "the table of groups has nogroup", plain_group, 0),
	ROW("privilege.pr-set-seccomp", "PR_SET_SECCOMP",
	    "strict mode by prctl kills at another call",
	    ON_LINUX(priv_sec_strict), 0),
	LIBSECCOMP("seccomp-init", "seccomp_init"),
	LIBSECCOMP("seccomp-attr-set", "seccomp_attr_set"),
	LIBSECCOMP("seccomp-arch-add", "seccomp_arch_add"),
	LIBSECCOMP("seccomp-rule-add", "seccomp_rule_add"),
	LIBSECCOMP("seccomp-load", "seccomp_load"),
	ROW("privilege.getaudit-addr", "getaudit_addr",
	    "the audit session of a process",
	    ON_FREEBSD(plain_getaudit), ROOT_ON_FREEBSD),
	ROW("privilege.setaudit-addr", "setaudit_addr",
	    "an audit session is set and shows",
	    ON_FREEBSD(plain_setaudit), ROOT_ON_FREEBSD),
	ROW("privilege.audit-session-self", "audit_session_self",
	    "a port of the audit session", plain_audit_self, 0),
	ROW("privilege.audit-session-port", "audit_session_port",
	    "a port of a session", plain_audit_port, 0),
	ROW("privilege.audit-session-join", "audit_session_join",
	    "a session is entered by its port", plain_audit_join, 0),
	ROW("privilege.sandbox-init", "sandbox_init",
	    "a profile is entered", plain_sandbox_init, 0),
	ROW("privilege.sandbox-check", "sandbox_check",
	    "the profile of another is asked", plain_sandbox_check, 0),
	ROW("privilege.header-capability", "sys/capability.h",
	    "the header is there",
#if __has_include(<sys/capability.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
	ROW("privilege.header-linux-seccomp", "linux/seccomp.h",
	    "the header is there",
#if __has_include(<linux/seccomp.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
	ROW("privilege.header-filter", "linux/filter.h",
	    "the header is there",
#if __has_include(<linux/filter.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
	ROW("privilege.header-seccomp", "seccomp.h", "the header is there",
#if __has_include(<seccomp.h>)
	    plain_present,
#else
	    plain_missing,
#endif
	    0),
};
/* clang-format on */

const struct probe_area probe_area_privilege_plain = { ISTH_AREA_PRIVILEGE,
	rows, UTIL_COUNT(rows) };
