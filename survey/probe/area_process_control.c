/* Probes of the area process: procctl requests, and what they change. */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__FreeBSD__)
#include <sys/procctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

static int
control(int request, void *data)
{
	return (procctl(P_PID, (id_t)getpid(), request, data));
}

/* Sets a value, and looks whether the status request shows it. */
static struct probe_answer
set_and_get(int set, int get, int value)
{
	int got = -1, given = value;

	NEED(control(set, &given));
	NEED(control(get, &got));
	/* The high bit tells of the image that runs now. */
	if ((got & 0x7fffffff) != value)
		return (probe_wrong("status %#x after setting %d", got, value));
	return (probe_ok(NULL));
}

/* A child whose own child outlives it; the grandchild's number. */
static pid_t
make_orphan(void)
{
	pid_t orphan = -1, pid;
	int p[2];

	if (pipe(p) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		orphan = process_sleeper();
		(void)!write(p[1], &orphan, sizeof(orphan));
		_exit(0);
	}
	(void)close(p[1]);
	if (read(p[0], &orphan, sizeof(orphan)) != (ssize_t)sizeof(orphan))
		orphan = -1;
	(void)close(p[0]);
	(void)process_status(pid);
	return (orphan);
}

static PROBE(control_reap_acquire)
{
	pid_t orphan;
	int status;

	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(orphan = make_orphan());
	NEED(kill(orphan, SIGTERM));
	NEED(waitpid(orphan, &status, 0));
	if (!WIFSIGNALED(status))
		return (probe_wrong("wait status %#x", status));
	NEED_REFUSAL(control(PROC_REAP_ACQUIRE, NULL), EBUSY);
	return (probe_ok(NULL));
}

static PROBE(control_reap_release)
{
	pid_t orphan;

	/* An orphan that it has adopted stays its child. */
	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(orphan = make_orphan());
	NEED(control(PROC_REAP_RELEASE, NULL));
	NEED(kill(orphan, SIGKILL));
	NEED(process_status(orphan));
	NEED(orphan = make_orphan());
	(void)kill(orphan, SIGKILL);
	NEED_REFUSAL(waitpid(orphan, NULL, 0), ECHILD);
	return (probe_ok("those adopted before stay ours"));
}

static PROBE(control_reap_status)
{
	struct procctl_reaper_status rs;

	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(process_sleeper());
	NEED(make_orphan());
	NEED(control(PROC_REAP_STATUS, &rs));
	if ((rs.rs_flags & REAPER_STATUS_OWNED) == 0 ||
	    rs.rs_reaper != getpid() || rs.rs_descendants != 2)
		return (probe_wrong("flags %#x, reaper %d, %u descendants",
		    rs.rs_flags, (int)rs.rs_reaper, rs.rs_descendants));
	return (probe_ok(NULL));
}

static PROBE(control_reap_getpids)
{
	struct procctl_reaper_pidinfo info[8];
	struct procctl_reaper_pids rp;
	pid_t pid;
	int i;

	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(pid = process_sleeper());
	memset(info, 0, sizeof(info));
	memset(&rp, 0, sizeof(rp));
	rp.rp_count = 8;
	rp.rp_pids = info;
	NEED(control(PROC_REAP_GETPIDS, &rp));
	for (i = 0; i < 8; i++) {
		if ((info[i].pi_flags & REAPER_PIDINFO_VALID) != 0 &&
		    info[i].pi_pid == pid)
			return (probe_ok(NULL));
	}
	return (probe_wrong("the child is not listed"));
}

static PROBE(control_reap_kill)
{
	struct procctl_reaper_kill rk;
	pid_t orphan, pid;

	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(pid = process_sleeper());
	NEED(orphan = make_orphan());
	memset(&rk, 0, sizeof(rk));
	rk.rk_sig = SIGKILL;
	NEED(control(PROC_REAP_KILL, &rk));
	if (rk.rk_killed != 2)
		return (probe_wrong("%u of 2 killed", rk.rk_killed));
	NEED(process_status(pid));
	NEED(process_status(orphan));
	NEED_REFUSAL(control(PROC_REAP_KILL, &rk), ESRCH);
	return (probe_ok(NULL));
}

static PROBE(control_reap_subtree)
{
	struct procctl_reaper_kill rk;
	pid_t other, pid;
	int status;

	NEED(control(PROC_REAP_ACQUIRE, NULL));
	NEED(pid = process_sleeper());
	NEED(other = process_sleeper());
	memset(&rk, 0, sizeof(rk));
	rk.rk_sig = SIGKILL;
	rk.rk_flags = REAPER_KILL_SUBTREE;
	rk.rk_subtree = pid;
	NEED(control(PROC_REAP_KILL, &rk));
	NEED(status = process_status(pid));
	if (kill(other, 0) != 0 || waitpid(other, NULL, WNOHANG) != 0)
		return (probe_wrong("the other subtree was killed, too"));
	process_finish(other);
	return (probe_ok(NULL));
}

static PROBE(control_pdeathsig)
{
	int sig = SIGKILL, p[2];
	pid_t pid;

	/* The grandchild holds the pipe: its end shows its death. */
	NEED(pipe(p));
	NEED(pid = fork());
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			(void)procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig);
			(void)!write(p[1], "r", 1);
			for (;;)
				(void)pause();
		}
		(void)pause();
		_exit(0);
	}
	(void)close(p[1]);
	NEED(read(p[0], &sig, 1));
	process_finish(pid);
	if (!process_at_end(p[0]))
		return (probe_wrong("it outlived its parent"));
	return (probe_ok(NULL));
}

static PROBE(control_pdeathsig_status)
{
	int sig = SIGUSR1, got = 0, bad = 4000;

	NEED(control(PROC_PDEATHSIG_CTL, &sig));
	NEED(control(PROC_PDEATHSIG_STATUS, &got));
	if (got != SIGUSR1)
		return (probe_wrong("status %d", got));
	NEED_REFUSAL(control(PROC_PDEATHSIG_CTL, &bad), EINVAL);
	return (probe_ok(NULL));
}

static int
set_nothing(void *arg)
{
	(void)arg;
	return (0);
}

static int
set_trace_exec(void *arg)
{
	int value = PROC_TRACE_CTL_DISABLE_EXEC;

	(void)arg;
	return (control(PROC_TRACE_CTL, &value) == 0 ? 0 : errno);
}

/*
 * The errno of tracing a fresh program of our own user, 0 when it can be
 * done; -1 with errno when there was no program.  A program, because a
 * change of user forbids tracing until the next exec.
 */
static int
attach_errno(int (*setup)(void *), bool disable)
{
	struct util_peer peer;
	int err, off = PROC_TRACE_CTL_DISABLE;

	if (!util_peer_start_cat(&peer, setup, NULL))
		return (-1);
	if (disable &&
	    procctl(P_PID, (id_t)peer.pid, PROC_TRACE_CTL, &off) != 0)
		return (-1);
	err = ptrace(PT_ATTACH, peer.pid, NULL, 0) == 0 ? 0 : errno;
	util_peer_stop(&peer);
	return (err);
}

/* Root may trace all the same (PRIV_DEBUG_DENIED), so nobody asks. */
static struct probe_answer
check_trace(int (*setup)(void *), bool disable)
{
	int err;

	if (!util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setuid"));
	NEED(err = attach_errno(set_nothing, false));
	if (err != 0)
		return (util_skip("nothing may be traced here: errno %d", err));
	NEED(err = attach_errno(setup, disable));
	if (err == 0)
		return (probe_wrong("it can be traced still"));
	return (probe_ok("by nobody but root: errno %d", err));
}

static PROBE(control_trace)
{
	return (check_trace(set_nothing, true));
}

static PROBE(control_trace_exec)
{
	return (check_trace(set_trace_exec, false));
}

static PROBE(control_trace_status)
{
	int off = PROC_TRACE_CTL_DISABLE, on = PROC_TRACE_CTL_ENABLE, got = 7;

	NEED(control(PROC_TRACE_STATUS, &got));
	if (got != 0)
		return (probe_wrong("status %d, not traced and enabled", got));
	NEED(control(PROC_TRACE_CTL, &off));
	NEED(control(PROC_TRACE_STATUS, &got));
	if (got != -1)
		return (probe_wrong("status %d when disabled", got));
	NEED(control(PROC_TRACE_CTL, &on));
	return (probe_ok(NULL));
}

static PROBE(control_aslr)
{
	return (set_and_get(
	    PROC_ASLR_CTL, PROC_ASLR_STATUS, PROC_ASLR_FORCE_DISABLE));
}

static PROBE(control_protmax)
{
	return (set_and_get(
	    PROC_PROTMAX_CTL, PROC_PROTMAX_STATUS, PROC_PROTMAX_FORCE_ENABLE));
}

static PROBE(control_stackgap)
{
	int off = PROC_STACKGAP_DISABLE_EXEC, got = 0;

	NEED(control(PROC_STACKGAP_CTL, &off));
	NEED(control(PROC_STACKGAP_STATUS, &got));
	if ((got & PROC_STACKGAP_DISABLE_EXEC) == 0)
		return (probe_wrong("status %#x", got));
	return (probe_ok(NULL));
}

static PROBE(control_no_new_privs)
{
	struct probe_answer a;
	int off = PROC_NO_NEW_PRIVS_DISABLE;

	a = set_and_get(PROC_NO_NEW_PRIVS_CTL, PROC_NO_NEW_PRIVS_STATUS,
	    PROC_NO_NEW_PRIVS_ENABLE);
	if (a.state != ISTH_STATE_OK)
		return (a);
	if (control(PROC_NO_NEW_PRIVS_CTL, &off) == 0)
		return (probe_wrong("it can be taken back"));
	return (probe_ok(NULL));
}

static PROBE(control_wxmap)
{
	int got = 0, on = PROC_WX_MAPPINGS_DISALLOW_EXEC;

	NEED(control(PROC_WXMAP_CTL, &on));
	NEED(control(PROC_WXMAP_STATUS, &got));
	if ((got & PROC_WX_MAPPINGS_DISALLOW_EXEC) == 0)
		return (probe_wrong("status %#x", got));
	return (probe_ok(NULL));
}

static PROBE(control_sprotect)
{
	int set = PPROT_SET, clear = PPROT_CLEAR;

	NEED(control(PROC_SPROTECT, &set));
	NEED(control(PROC_SPROTECT, &clear));
	return (probe_ok(NULL));
}

static PROBE(control_trapcap)
{
	return (set_and_get(
	    PROC_TRAPCAP_CTL, PROC_TRAPCAP_STATUS, PROC_TRAPCAP_CTL_ENABLE));
}

static PROBE(control_logsigexit)
{
#ifdef PROC_LOGSIGEXIT_CTL
	return (set_and_get(PROC_LOGSIGEXIT_CTL, PROC_LOGSIGEXIT_STATUS,
	    PROC_LOGSIGEXIT_CTL_FORCE_DISABLE));
#else
	return (probe_absent("not declared"));
#endif
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.reap-acquire", "PROC_REAP_ACQUIRE",
	    "orphans of descendants become ours to wait for",
	    ON_FREEBSD(control_reap_acquire), 0),
	ROW("process.reap-release", "PROC_REAP_RELEASE",
	    "and somebody else's again", ON_FREEBSD(control_reap_release), 0),
	ROW("process.reap-status", "PROC_REAP_STATUS",
	    "descendants are counted", ON_FREEBSD(control_reap_status), 0),
	ROW("process.reap-getpids", "PROC_REAP_GETPIDS",
	    "descendants are listed", ON_FREEBSD(control_reap_getpids), 0),
	ROW("process.reap-kill", "PROC_REAP_KILL",
	    "all descendants are killed, orphans included",
	    ON_FREEBSD(control_reap_kill), 0),
	ROW("process.reap-kill-subtree", "PROC_REAP_KILL",
	    "one child's descendants only",
	    ON_FREEBSD(control_reap_subtree), 0),
	ROW("process.pdeathsig", "PROC_PDEATHSIG_CTL",
	    "a child dies with its parent", ON_FREEBSD(control_pdeathsig), 0),
	ROW("process.pdeathsig-status", "PROC_PDEATHSIG_STATUS",
	    "the signal can be asked for",
	    ON_FREEBSD(control_pdeathsig_status), 0),
	ROW("process.trace-ctl", "PROC_TRACE_CTL",
	    "a process refuses to be traced", ON_FREEBSD(control_trace), 0),
	ROW("process.trace-ctl-exec", "PROC_TRACE_CTL_DISABLE_EXEC",
	    "and so do the programs that it runs",
	    ON_FREEBSD(control_trace_exec), 0),
	ROW("process.trace-status", "PROC_TRACE_STATUS",
	    "whether tracing is enabled", ON_FREEBSD(control_trace_status), 0),
	ROW("process.aslr-ctl", "PROC_ASLR_CTL",
	    "address randomisation is switched per process",
	    ON_FREEBSD(control_aslr), 0),
	ROW("process.protmax-ctl", "PROC_PROTMAX_CTL",
	    "mappings keep the protection they were made with",
	    ON_FREEBSD(control_protmax), 0),
	ROW("process.stackgap-ctl", "PROC_STACKGAP_CTL",
	    "the stack gap is switched per process",
	    ON_FREEBSD(control_stackgap), 0),
	ROW("process.no-new-privs-ctl", "PROC_NO_NEW_PRIVS_CTL",
	    "no privilege by exec, for good",
	    ON_FREEBSD(control_no_new_privs), 0),
	ROW("process.wxmap-ctl", "PROC_WXMAP_CTL",
	    "mappings both writable and executable are refused",
	    ON_FREEBSD(control_wxmap), 0),
	ROW("process.sprotect", "PROC_SPROTECT",
	    "protection from the out-of-memory killer",
	    ON_FREEBSD(control_sprotect), PROBE_ROOT),
	ROW("process.trapcap-ctl", "PROC_TRAPCAP_CTL",
	    "SIGTRAP for a call that capability mode refuses",
	    ON_FREEBSD(control_trapcap), 0),
	ROW("process.logsigexit-ctl", "PROC_LOGSIGEXIT_CTL",
	    "deaths by signal are logged or not, per process",
	    ON_FREEBSD(control_logsigexit), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_control = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
