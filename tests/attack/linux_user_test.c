/*
 * The same attacks where the executor is no root: a user name space, one
 * uid, and no more than a kernel gives to anybody.  That each attack works
 * without protection is shown by the other programs of the suite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attack/site.h"

static void
check_refused(const struct run *r, const char *names)
{
	char start[128], *copy, *name, *rest, *line;

	ATF_REQUIRE_MSG(r->exit_code != -1, "%s", r->why);
	copy = strdup(names);
	ATF_REQUIRE(copy != NULL);
	for (name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		(void)snprintf(start, sizeof(start), "attack %s ", name);
		line = strstr(text_string(&r->lines), start);
		if (line == NULL)
			atf_tc_fail_nonfatal(
			    "%s: no answer (%s)", name, r->why);
		else if (strncmp(line + strlen(start), "refused", 7) != 0)
			atf_tc_fail_nonfatal(
			    "%.*s", (int)strcspn(line, "\n"), line);
	}
	free(copy);
}

static void
refused(const char *names)
{
	struct site s;

	site_create_as_user(&s);
	check_refused(site_build(&s, "user", names, NULL), names);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(identity);
ATF_TC_BODY(identity, tc)
{
	refused("be-root regain-uid regain-gid regain-groups priority "
		"no-new-privs capabilities session stdin umask signals "
		"core-limit host-name accounts environment descriptors "
		"terminal");
}

ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	refused("see-secret see-state see-store see-var see-usr see-sys "
		"read-machine-id read-shadow read-mem open-kmsg open-console "
		"climb make-in-root make-in-dev make-in-etc write-passwd "
		"input-write input-create input-unlink input-rename "
		"input-truncate input-times input-map input-reopen image-write "
		"input-link device-times device-mode size-tmp size-shm "
		"size-root size-dev");
}

ATF_TC_WITHOUT_HEAD(set_id_files);
ATF_TC_BODY(set_id_files, tc)
{
	refused("setid-chmod setid-chmod-gid setid-fchmod setid-fchmodat "
		"setid-open setid-openat setid-creat setid-mknod setid-mknodat "
		"setid-openat2 setid-fchmodat2 setid-fchmodat2-fd setid-bit16 "
		"setid-bit32 setid-tmpfile i386-chmod i386-fchmod "
		"i386-fchmodat i386-open i386-openat i386-creat i386-mknod "
		"i386-unshare i386-clone i386-keyctl i386-socket "
		"i386-socketcall x32-chmod xattr-user xattr-at xattr-acl "
		"xattr-capability setid-exec setid-link setid-rename");
}

ATF_TC_WITHOUT_HEAD(kernel);
ATF_TC_BODY(kernel, tc)
{
	refused("key-add key-control key-request userfaultfd io-uring "
		"unshare-user clone-user clone-user-high clone3-user tiocsti "
		"tiocsti-high tioclinux socket-vsock socket-vsock-high bpf "
		"perf reboot swapon swapoff acct log-level log-read adjtimex "
		"clock-adjtime real-time fanotify open-by-handle mknod-char "
		"mknod-block sethostname setdomainname socket-packet "
		"socket-xdp socket-raw socket-raw6 net-address mount umount "
		"fsopen fspick open-tree pivot-root chroot unshare-mount "
		"unshare-net unshare-pid clone-mount clone3-mount setns-mount "
		"setns-net remount-input unmask-dev unmask-proc");
}

/*
 * limit-first works here: prlimit(2) asks only for the same uid, and the
 * first process has no other.  It can so end nothing but its own build.
 */
ATF_TC_WITHOUT_HEAD(proc);
ATF_TC_BODY(proc, tc)
{
	refused("first-environ first-maps first-mem first-mem-write first-fd "
		"first-root first-cwd first-exe first-stack first-syscall "
		"first-ns trace-first memory-first pidfd-first "
		"sys-core-pattern sys-hostname sys-panic sys-overcommit "
		"sys-drop-caches sysrq proc-kcore proc-kmsg proc-keys "
		"proc-key-users proc-timers proc-pagecount proc-irq proc-bus "
		"kallsyms propagation other-processes");
	if (site_has_time())
		refused("host-uptime");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, set_id_files);
	ATF_TP_ADD_TC(tp, kernel);
	ATF_TP_ADD_TC(tp, proc);
	return (atf_no_error());
}
