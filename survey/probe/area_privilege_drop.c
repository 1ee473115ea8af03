/*
 * User and group ids: that a drop is for good, and what set-user-id programs
 * do then.  Every probe that drops uses numeric ids that nobody has.
 */
#include "survey/probe/area_privilege.h"

#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/fsuid.h>
#include <sys/prctl.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#include <sys/ucred.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID PROBE_OTHER_ID

PROBE(priv_drop)
{
	if (setgroups(0, NULL) != 0 || setresgid(ID, ID, ID) != 0 ||
	    setresuid(ID, ID, ID) != 0)
		return (probe_errno(errno, "setresuid"));
	if (setuid(0) == 0 || seteuid(0) == 0 || setreuid(0, 0) == 0 ||
	    setresuid(0, 0, 0) == 0 || setresuid((uid_t)-1, (uid_t)-1, 0) == 0)
		return (probe_wrong("user 0 came back"));
	if (setgid(0) == 0 || setegid(0) == 0 || setregid(0, 0) == 0 ||
	    setresgid(0, 0, 0) == 0)
		return (probe_wrong("group 0 came back"));
	return (getuid() == ID && geteuid() == ID && getgid() == ID
		    ? probe_ok("nine ways back, all refused")
		    : probe_wrong("the ids are not what was set"));
}

PROBE(priv_seteuid)
{
	if (seteuid(ID) != 0)
		return (probe_errno(errno, "seteuid"));
	if (geteuid() != ID || getuid() != 0)
		return (probe_wrong("the ids are not what was set"));
	return (util_done(seteuid(0), "seteuid back"));
}

PROBE(priv_setuid)
{
	uid_t real, effective, saved;

	if (setuid(ID) != 0)
		return (probe_errno(errno, "setuid"));
	if (getresuid(&real, &effective, &saved) != 0)
		return (probe_errno(errno, "getresuid"));
	return (real == ID && effective == ID && saved == ID
		    ? probe_ok("real, effective and saved")
		    : probe_wrong("%u %u %u", (unsigned)real,
			  (unsigned)effective, (unsigned)saved));
}

PROBE(priv_setresuid)
{
	uid_t real, effective, saved;

	if (setresuid(ID, ID + 1, ID + 2) != 0)
		return (probe_errno(errno, "setresuid"));
	if (getresuid(&real, &effective, &saved) != 0)
		return (probe_errno(errno, "getresuid"));
	if (real != ID || effective != ID + 1 || saved != ID + 2)
		return (probe_wrong("%u %u %u", (unsigned)real,
		    (unsigned)effective, (unsigned)saved));
	/* Among its three ids a process may choose freely. */
	return (util_done(setresuid(ID + 2, ID, ID + 1), "setresuid among "
							 "its own"));
}

PROBE(priv_setreuid)
{
	uid_t real, effective, saved;

	if (setreuid(ID, ID) != 0)
		return (probe_errno(errno, "setreuid"));
	if (getresuid(&real, &effective, &saved) != 0)
		return (probe_errno(errno, "getresuid"));
	return (saved == ID ? probe_ok("the saved id too")
			    : probe_wrong("the saved id is %u: not for good",
				  (unsigned)saved));
}

PROBE(priv_setresgid)
{
	gid_t real, effective, saved;

	if (setgroups(0, NULL) != 0 || setresgid(ID, ID, ID) != 0 ||
	    setresuid(ID, ID, ID) != 0)
		return (probe_errno(errno, "setresgid"));
	if (getresgid(&real, &effective, &saved) != 0)
		return (probe_errno(errno, "getresgid"));
	return (real == ID && effective == ID && saved == ID
		    ? util_refused(setresgid(0, 0, 0), 0, "setresgid(0)")
		    : probe_wrong("%u %u %u", (unsigned)real,
			  (unsigned)effective, (unsigned)saved));
}

PROBE(priv_setgid_user)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(setgid(ID + 1), 0, "setgid"));
}

PROBE(priv_setgroups_empty)
{
	int n;

	if (setgroups(0, NULL) != 0)
		return (probe_errno(errno, "setgroups(0)"));
	n = getgroups(0, NULL);
	/* FreeBSD before 15 lists the effective group among them. */
	return (n == 0	 ? probe_ok("none left")
		: n == 1 ? probe_ok("the effective group alone is left")
			 : probe_wrong("%d are left", n));
}

PROBE(priv_setgroups_max)
{
	gid_t *list;
	long max;

	max = sysconf(_SC_NGROUPS_MAX);
	if (max <= 0 || max > (1 << 20))
		return (probe_wrong("NGROUPS_MAX is %ld", max));
	list = calloc((size_t)max + 2, sizeof(*list));
	if (list == NULL)
		return (probe_errno(errno, "calloc"));
	for (long i = 0; i < max + 2; i++)
		list[i] = (gid_t)(100000 + i);
	if (setgroups((size_t)max, list) != 0) {
		free(list);
		return (probe_errno(errno, "setgroups of %ld", max));
	}
	if (setgroups((size_t)max + 2, list) == 0) {
		free(list);
		return (probe_wrong("more than %ld were taken", max));
	}
	free(list);
	return (probe_ok("%ld", max));
}

PROBE(priv_setgroups_user)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(setgroups(0, NULL), 0, "setgroups(0)"));
}

PROBE(priv_initgroups)
{
	gid_t list[1024];
	int n;

	/* No such user: the base group alone, which needs no database. */
	if (initgroups("isthmus-nobody", ID) != 0)
		return (probe_errno(errno, "initgroups"));
	n = getgroups(1024, list);
	for (int i = 0; i < n; i++)
		if (list[i] == ID)
			return (n <= 2 ? probe_ok(NULL)
				       : probe_wrong("%d groups", n));
	/* FreeBSD 15: initgroups sets the effective group, which is not one
	   of the list. */
	return (getegid() == ID ? probe_ok("as effective group")
				: probe_wrong("its base group is not set"));
}

long
priv_run_id(const char *argument, unsigned mode, struct probe_answer *why)
{
	char arg[8], out[32], path[] = "./id";
	char *argv[] = { path, arg, NULL };

	if (!util_exists("id") && !util_copy_program("id", "id", 0755)) {
		*why = util_skip("no id(1) to copy: %s", strerror(errno));
		return (-1);
	}
	if (chown("id", ID, ID) != 0 || chmod("id", mode) != 0) {
		*why = probe_errno(errno, "chmod %o", mode);
		return (-1);
	}
	snprintf(arg, sizeof(arg), "%s", argument);
	if (util_capture(argv, out, sizeof(out)) != 0) {
		*why = probe_errno(errno, "running the copy of id(1)");
		return (-1);
	}
	return (strtol(out, NULL, 10));
}

PROBE(priv_suid)
{
	struct probe_answer why;
	long id;

	id = priv_run_id("-u", 04755, &why);
	if (id < 0)
		return (why);
	return (
	    id == (long)ID
		? probe_ok("runs as its owner")
		: probe_state(ISTH_STATE_UNSUPPORTED, 0,
		      "runs as %ld: nosuid here, or no new privileges", id));
}

PROBE(priv_sgid)
{
	struct probe_answer why;
	long id;

	id = priv_run_id("-g", 02755, &why);
	if (id < 0)
		return (why);
	return (
	    id == (long)ID
		? probe_ok("runs with its group")
		: probe_state(ISTH_STATE_UNSUPPORTED, 0,
		      "runs with %ld: nosuid here, or no new privileges", id));
}

/* Gives up new privileges; -1 with errno. */
static int
no_new_privs(void)
{
#if defined(__linux__)
	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
#elif defined(PROC_NO_NEW_PRIVS_CTL)
	int on = PROC_NO_NEW_PRIVS_ENABLE;

	return (procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &on));
#else
	errno = ENOSYS;
	return (-1);
#endif
}

PROBE(priv_suid_no_new_privs)
{
	struct probe_answer why;
	long id;

	id = priv_run_id("-u", 04755, &why);
	if (id < 0)
		return (why);
	if (id != (long)ID)
		return (util_skip("set-user-id has no effect here anyhow"));
	if (no_new_privs() != 0)
		return (probe_errno(errno, "no new privileges"));
	id = priv_run_id("-u", 04755, &why);
	if (id < 0)
		return (why);
	return (id == 0 ? probe_ok("runs as its caller")
			: probe_wrong("still runs as its owner"));
}

PROBE(priv_no_new_privs_forever)
{
	int rc;

	if (no_new_privs() != 0)
		return (probe_errno(errno, "no new privileges"));
#if defined(__linux__)
	rc = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	if (rc == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return (probe_wrong("it was switched off"));
#elif defined(PROC_NO_NEW_PRIVS_CTL)
	int off = PROC_NO_NEW_PRIVS_DISABLE;

	rc = procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &off);
	if (rc == 0)
		return (probe_wrong("it was switched off"));
#else
	rc = 0;
#endif
	return (rc != 0 ? probe_ok("%s", strerror(errno)) : probe_absent(NULL));
}

PROBE(priv_suid_write)
{
	struct stat st;
	int fd;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!probe_file("file", "x") || chmod("file", 04755) != 0)
		return (probe_errno(errno, "chmod 04755"));
	fd = open("file", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "y", 1) != 1 || fstat(fd, &st) != 0)
		return (probe_errno(errno, "write"));
	return ((st.st_mode & S_ISUID) == 0 ? probe_ok("the bit is gone")
					    : probe_wrong("the bit stays"));
}

#if defined(__linux__)
PROBE(priv_setfsuid)
{
	struct stat st;

	if (chmod(".", 0777) != 0)
		return (probe_errno(errno, "chmod"));
	(void)setfsuid(ID);
	/* It tells the old one, never an error: ask again. */
	if (setfsuid((uid_t)-1) != (int)ID)
		return (probe_wrong("it did not change"));
	if (!probe_file("file", "") || stat("file", &st) != 0)
		return (probe_errno(errno, "create"));
	return (st.st_uid == ID ? probe_ok("a new file has that owner")
				: probe_wrong("a new file has owner %u",
				      (unsigned)st.st_uid));
}
#endif

#if defined(__FreeBSD__)
PROBE(priv_issetugid)
{
	int before;

	before = issetugid();
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!ctx->root)
		return (before == 0 ? probe_ok("not tainted")
				    : probe_wrong("tainted from the start"));
	return (issetugid() == 1
		    ? probe_ok("%d, then 1", before)
		    : probe_wrong("a change of ids does not show"));
}

PROBE(priv_setlogin)
{
	char name[MAXLOGNAME];

	/* It belongs to the session: take one of our own. */
	if (setsid() < 0 && getsid(0) != getpid())
		return (util_skip("no session of its own"));
	if (setlogin("isthmus") != 0)
		return (probe_errno(errno, "setlogin"));
	if (getlogin_r(name, sizeof(name)) != 0)
		return (probe_errno(errno, "getlogin_r"));
	return (strcmp(name, "isthmus") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it is %.30s", name));
}

PROBE(priv_setcred)
{
#ifdef SETCRED_INITIALIZER
	struct setcred cred = SETCRED_INITIALIZER;

	(void)ctx;
	cred.sc_uid = cred.sc_ruid = cred.sc_svuid = ID;
	cred.sc_gid = cred.sc_rgid = cred.sc_svgid = ID;
	if (setcred(SETCREDF_UID | SETCREDF_RUID | SETCREDF_SVUID |
			SETCREDF_GID | SETCREDF_RGID | SETCREDF_SVGID |
			SETCREDF_SUPP_GROUPS,
		&cred, sizeof(cred)) != 0)
		return (probe_errno(errno, "setcred"));
	return (getuid() == ID && geteuid() == ID && getegid() == ID &&
			setuid(0) != 0
		    ? probe_ok("all ids in one call")
		    : probe_wrong("the ids are not what was set"));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers (before 15)"));
#endif
}

PROBE(priv_setcred_user)
{
#ifdef SETCRED_INITIALIZER
	struct setcred cred = SETCRED_INITIALIZER;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	cred.sc_uid = ID + 1;
	return (util_refused(
	    setcred(SETCREDF_UID, &cred, sizeof(cred)), 0, "setcred"));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers (before 15)"));
#endif
}
#endif
