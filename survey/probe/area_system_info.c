/* What the kernel tells of itself, of the machine and of the program. */
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#if defined(__linux__)
#include <sched.h>
#include <sys/auxv.h>
#include <sys/klog.h>
#include <sys/personality.h>
#include <sys/sysinfo.h>
#elif defined(__FreeBSD__)
#include <sys/auxv.h>
#include <sys/cpuset.h>
#include <sys/linker.h>
#include <sys/module.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <kenv.h>
#include <sched.h>
#endif

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_system.h"

PROBE(sy_uname)
{
	struct utsname u;

	NEED(uname(&u));
	if (u.sysname[0] == '\0' || u.release[0] == '\0' ||
	    u.version[0] == '\0' || u.machine[0] == '\0')
		return (probe_wrong("a field is empty"));
	return (probe_ok("%s %.60s %s", u.sysname, u.release, u.machine));
}

PROBE(sy_uname26)
{
#if defined(__linux__)
	struct utsname u;

	NEED(personality(UNAME26));
	NEED(uname(&u));
	return (strncmp(u.release, "2.6.", 4) == 0
		    ? probe_ok("%.60s", u.release)
		    : probe_wrong("%.60s", u.release));
#else
	return (probe_absent("personality is not declared"));
#endif
}

PROBE(sy_linux32)
{
#if defined(__linux__)
	struct utsname u;

	NEED(personality(PER_LINUX32));
	NEED(uname(&u));
	return (probe_ok("%s", u.machine));
#else
	return (probe_absent("personality is not declared"));
#endif
}

PROBE(sy_hostname)
{
	struct utsname u;
	char name[256];

	NEED(gethostname(name, sizeof(name)));
	NEED(uname(&u));
	return (strncmp(name, u.nodename, sizeof(u.nodename) - 1) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it differs from uname"));
}

PROBE(sy_hostname_max)
{
	long n;

	n = sysconf(_SC_HOST_NAME_MAX);
	return (n >= 64 ? probe_ok("%ld", n) : probe_wrong("%ld", n));
}

#if defined(__FreeBSD__)

PROBE(sy_sysctl)
{
	int mib[2] = { CTL_KERN, KERN_OSTYPE };
	char name[32], again[32];
	size_t len = sizeof(name);

	NEED(sysctl(mib, 2, name, &len, NULL, 0));
	len = sizeof(again);
	NEED(sysctlbyname("kern.ostype", again, &len, NULL, 0));
	return (strcmp(name, again) == 0
		    ? probe_ok("%s", name)
		    : probe_wrong("number and name differ"));
}

PROBE(sy_sysctl_missing)
{
	int value;
	size_t len = sizeof(value);

	NEED_REFUSAL(
	    sysctlbyname("isthmus.none", &value, &len, NULL, 0), ENOENT);
	return (probe_ok(NULL));
}

PROBE(sy_pathname)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };
	char path[PATH_MAX];
	size_t len = sizeof(path);

	NEED(sysctl(mib, 4, path, &len, NULL, 0));
	return (path[0] == '/' && util_exists(path)
		    ? probe_ok(NULL)
		    : probe_wrong("it says %.80s", path));
}

PROBE(sy_proc_args)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_ARGS, (int)getpid() };
	char args[1024] = "";
	size_t len = sizeof(args);

	setproctitle("-isthmus %d", 4711);
	NEED(sysctl(mib, 4, args, &len, NULL, 0));
	return (strstr(args, "isthmus 4711") != NULL
		    ? probe_ok(NULL)
		    : probe_wrong("it says %.80s", args));
}

PROBE(sy_kinfo)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)getpid() };
	struct kinfo_proc info;
	size_t len = sizeof(info);

	NEED(sysctl(mib, 4, &info, &len, NULL, 0));
	return (
	    info.ki_structsize == (int)sizeof(info) && info.ki_pid == getpid()
		? probe_ok(NULL)
		: probe_wrong("of another size or process"));
}

PROBE(sy_kenv)
{
	char value[KENV_MVALLEN + 1];

	if (kenv(KENV_GET, "isthmus.none", value, sizeof(value)) >= 0)
		return (probe_wrong("it knows what nobody set"));
	return (errno == ENOENT ? probe_ok(NULL) : probe_errno(errno, "kenv"));
}

PROBE(sy_kld)
{
	struct kld_file_stat st;
	int id;

	NEED(id = kldnext(0));
	st.version = sizeof(st);
	NEED(kldstat(id, &st));
	return (probe_ok("%.60s", st.name));
}

PROBE(sy_modfind)
{
	NEED_REFUSAL(modfind("isthmus_none"), ENOENT);
	NEED(modfind("ufs"));
	return (probe_ok(NULL));
}

PROBE(sy_linux_emulation)
{
	int loaded64 = modfind("linux64elf"), loaded32 = modfind("linuxelf");

	if (loaded64 < 0 && loaded32 < 0)
		return (row_unsupported("linux64.ko is not loaded"));
	return (probe_ok("%s%s", loaded64 >= 0 ? "64 bits " : "",
	    loaded32 >= 0 ? "32 bits" : ""));
}

PROBE(sy_getosreldate)
{
	int date;

	NEED(date = getosreldate());
	return (date > 1000000
		    ? probe_ok("%d, built for %d", date, __FreeBSD_version)
		    : probe_wrong("%d", date));
}

PROBE(sy_feature_present)
{
	if (feature_present("isthmus_none") != 0)
		return (probe_wrong("it knows what nobody made"));
	return (probe_ok("capability mode: %s",
	    feature_present("security_capability_mode") ? "yes" : "no"));
}

PROBE(sy_hostuuid)
{
	char uuid[64] = "";
	size_t len = sizeof(uuid);

	NEED(sysctlbyname("kern.hostuuid", uuid, &len, NULL, 0));
	return (strlen(uuid) == 36 ? probe_ok(NULL)
				   : probe_wrong("\"%.40s\"", uuid));
}

PROBE(sy_msgbuf)
{
	size_t len = 0;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(sysctlbyname("kern.msgbuf", NULL, &len, NULL, 0));
	return (len > 0 ? probe_ok("a user may read it")
			: probe_wrong("it is empty"));
}

#else

PROBE(sy_sysinfo)
{
	struct sysinfo info;

	NEED(sysinfo(&info));
	return (info.totalram > 0 && info.procs > 0
		    ? probe_ok(NULL)
		    : probe_wrong("no memory or no process"));
}

/* How large the buffer is: no message is taken out of it. */
PROBE(sy_msgbuf)
{
	int n;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(n = klogctl(10, NULL, 0));
	return (probe_ok("%d bytes", n));
}

#endif

PROBE(sy_auxv)
{
	unsigned long size = 0;

#if defined(__FreeBSD__)
	int value = 0, err;

	err = elf_aux_info(AT_PAGESZ, &value, sizeof(value));
	if (err != 0)
		return (probe_errno(err, "elf_aux_info"));
	size = (unsigned long)value;
#else
	size = getauxval(AT_PAGESZ);
#endif
	return (size == (unsigned long)sysconf(_SC_PAGESIZE)
		    ? probe_ok(NULL)
		    : probe_wrong("a page has %lu bytes", size));
}

PROBE(sy_execpath)
{
#if defined(__FreeBSD__)
	char path[PATH_MAX] = "";
	int err;

	err = elf_aux_info(AT_EXECPATH, path, sizeof(path));
	if (err != 0)
		return (probe_errno(err, "AT_EXECPATH"));
#else
	const char *path;

	path = (const char *)getauxval(AT_EXECFN);
	if (path == NULL)
		return (probe_wrong("no AT_EXECFN"));
#endif
	return (path[0] != '\0' ? probe_ok(NULL) : probe_wrong("it is empty"));
}

PROBE(sy_vdso)
{
	unsigned long address = 0;

#if defined(__FreeBSD__)
	void *p = NULL;
	int err;

	err = elf_aux_info(AT_TIMEKEEP, &p, sizeof(p));
	if (err != 0)
		return (row_unsupported("no AT_TIMEKEEP"));
	address = (unsigned long)p;
#else
	address = getauxval(AT_SYSINFO_EHDR);
#endif
	return (address != 0
		    ? probe_ok("the clock without a system call")
		    : row_unsupported("every clock_gettime is a system call"));
}

PROBE(sy_getcpu)
{
	int cpu;

	NEED(cpu = sched_getcpu());
	return (cpu < sysconf(_SC_NPROCESSORS_CONF)
		    ? probe_ok(NULL)
		    : probe_wrong("processor %d", cpu));
}

PROBE(sy_nprocessors)
{
	long all, online;

	all = sysconf(_SC_NPROCESSORS_CONF);
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return (online >= 1 && all >= online
		    ? probe_ok("%ld of %ld", online, all)
		    : probe_wrong("%ld of %ld", online, all));
}

PROBE(sy_affinity)
{
#if defined(__FreeBSD__)
	cpuset_t set;
#else
	cpu_set_t set;
#endif
	int cpu;

	/* To the processor that we run on, of those that we may use. */
	NEED(sched_getaffinity(0, sizeof(set), &set));
	NEED(cpu = sched_getcpu());
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	NEED(sched_setaffinity(0, sizeof(set), &set));
	CPU_ZERO(&set);
	NEED(sched_getaffinity(0, sizeof(set), &set));
	return (CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set)
		    ? probe_ok(NULL)
		    : probe_wrong("%d processors", CPU_COUNT(&set)));
}

PROBE(sy_cpuset)
{
#if defined(__FreeBSD__)
	cpuset_t set;

	CPU_ZERO(&set);
	NEED(cpuset_getaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(set), &set));
	return (CPU_COUNT(&set) >= 1 ? probe_ok(NULL)
				     : probe_wrong("no processor"));
#else
	return (probe_absent("cpuset_getaffinity is not declared"));
#endif
}

PROBE(sy_loadavg)
{
	double load[3] = { -1, -1, -1 };

	return (getloadavg(load, 3) == 3 && load[0] >= 0 && load[2] >= 0
		    ? probe_ok(NULL)
		    : probe_wrong("not three figures"));
}

PROBE(sy_memory)
{
	long pages;

	pages = sysconf(_SC_PHYS_PAGES);
	return (pages > 0 ? probe_ok("%ld MiB",
				pages / (1048576 / sysconf(_SC_PAGESIZE)))
			  : probe_wrong("no pages"));
}

PROBE(sy_confstr)
{
	char path[256];
	size_t n;

	n = confstr(_CS_PATH, path, sizeof(path));
	return (n > 1 && strstr(path, "/bin") != NULL
		    ? probe_ok("%s", path)
		    : probe_wrong("no /bin in it"));
}

PROBE(sy_gethostid)
{
	/* Any number will do: zero is what a host without one says. */
	return (gethostid() != 0 ? probe_ok(NULL)
				 : util_skip("this host has none"));
}

PROBE(sy_setproctitle)
{
#if defined(__FreeBSD__)
	return (sy_proc_args(ctx));
#else
	return (probe_absent("setproctitle is not declared"));
#endif
}

PROBE(sy_thread_name)
{
	char name[16] = "";
	int err;

	err = pthread_setname_np(pthread_self(), "isthmus");
	if (err == 0)
		err = pthread_getname_np(pthread_self(), name, sizeof(name));
	if (err != 0)
		return (probe_errno(err, "pthread_setname_np"));
	return (strcmp(name, "isthmus") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it is \"%s\"", name));
}

static int
count_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(int *)arg += info->dlpi_phnum > 0;
	return (0);
}

PROBE(sy_dl_iterate)
{
	int n = 0;

	(void)dl_iterate_phdr(count_object, &n);
	return (n >= 1 ? probe_ok(NULL) : probe_wrong("no object"));
}
