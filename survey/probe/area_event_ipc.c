/*
 * POSIX and System V objects between processes.  All have names that the
 * janitor knows, whatever becomes of the probe.
 */
#include <sys/param.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

/*
 * FreeBSD sends SIGSYS for what is in a module that is not loaded; ENOSYS
 * tells the same without a crash.
 */
static void
no_sigsys(void)
{
	(void)signal(SIGSYS, SIG_IGN);
}

PROBE(ip_shm_open)
{
	const char *name = probe_posix_name(ctx, 0);
	char *one, *two;
	int a, b;

	NEED(a = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	NEED_REFUSAL(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	NEED(b = shm_open(name, O_RDWR, 0));
	NEED(ftruncate(a, 4096));
	one = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, a, 0);
	two = mmap(NULL, 4096, PROT_READ, MAP_SHARED, b, 0);
	if (one == MAP_FAILED || two == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	one[100] = 'x';
	if (two[100] != 'x')
		return (probe_wrong("two names, two memories"));
	NEED(shm_unlink(name));
	NEED_REFUSAL(shm_open(name, O_RDWR, 0), ENOENT);
	return (probe_ok(NULL));
}

PROBE(ip_shm_anon)
{
#ifdef SHM_ANON
	int fd;

	NEED(fd = shm_open(SHM_ANON, O_RDWR, 0600));
	NEED(ftruncate(fd, 4096));
	return (mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED
		    ? probe_ok(NULL)
		    : probe_errno(errno, "mmap"));
#else
	return (probe_absent("SHM_ANON is not declared"));
#endif
}

PROBE(ip_shm_rename)
{
#ifdef SHM_RENAME_NOREPLACE
	const char *from = probe_posix_name(ctx, 0);
	const char *to = probe_posix_name(ctx, 1);

	NEED(shm_open(from, O_RDWR | O_CREAT, 0600));
	NEED(shm_rename(from, to, 0));
	NEED_REFUSAL(shm_open(from, O_RDWR, 0), ENOENT);
	NEED(shm_open(to, O_RDWR, 0));
	return (probe_ok(NULL));
#else
	return (probe_absent("shm_rename is not declared"));
#endif
}

PROBE(ip_sem_open)
{
	const char *name = probe_posix_name(ctx, 0);
	sem_t *a, *b;

	if ((a = sem_open(name, O_CREAT | O_EXCL, 0600, 1)) == SEM_FAILED)
		return (probe_errno(errno, "sem_open"));
	if ((b = sem_open(name, 0)) == SEM_FAILED)
		return (probe_errno(errno, "sem_open again"));
	NEED(sem_wait(a));
	NEED_REFUSAL(sem_trywait(b), EAGAIN);
	NEED(sem_post(b));
	NEED(sem_trywait(a));
	NEED(sem_unlink(name));
	return (probe_ok(NULL));
}

static int
post(void *arg)
{
	return (sem_post(arg) == 0 ? 0 : 1);
}

PROBE(ip_sem_pshared)
{
	sem_t *sem;

	sem = mmap(NULL, sizeof(*sem), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (sem == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	NEED(sem_init(sem, 1, 0));
	if (probe_child(post, sem) != 0)
		return (probe_wrong("the child could not post"));
	if (sem_trywait(sem) != 0)
		return (probe_wrong("the child's post did not arrive"));
	return (probe_ok(NULL));
}

PROBE(ip_sem_timedwait)
{
	struct timespec ts;
	sem_t sem;

	NEED(sem_init(&sem, 0, 0));
	ts = row_timespec(row_clock(CLOCK_REALTIME) + 1000000);
	NEED_REFUSAL(sem_timedwait(&sem, &ts), ETIMEDOUT);
	return (probe_ok(NULL));
}

/* A queue of four short messages. */
static mqd_t
queue(const struct probe_context *ctx)
{
	struct mq_attr attr;

	no_sigsys();
	memset(&attr, 0, sizeof(attr));
	attr.mq_maxmsg = 4;
	attr.mq_msgsize = 16;
	return (mq_open(probe_posix_name(ctx, 0),
	    O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr));
}

static struct probe_answer
no_queue(void)
{
#if defined(__FreeBSD__)
	if (errno == ENOSYS)
		return (util_no_module("mqueuefs"));
#endif
	return (probe_errno(errno, "mq_open"));
}

PROBE(ip_mq)
{
	unsigned priority;
	char buf[16];
	mqd_t mq;

	if ((mq = queue(ctx)) == (mqd_t)-1)
		return (no_queue());
	NEED(mq_send(mq, "low", 3, 1));
	NEED(mq_send(mq, "high", 4, 9));
	NEED(mq_receive(mq, buf, sizeof(buf), &priority));
	if (priority != 9 || memcmp(buf, "high", 4) != 0)
		return (probe_wrong("not by priority"));
	NEED(mq_receive(mq, buf, sizeof(buf), &priority));
	NEED_REFUSAL(mq_receive(mq, buf, sizeof(buf), NULL), EAGAIN);
	return (probe_ok(NULL));
}

PROBE(ip_mq_notify)
{
	const struct timespec second = { 1, 0 };
	struct sigevent sev;
	siginfo_t info;
	sigset_t set;
	mqd_t mq;

	if ((mq = queue(ctx)) == (mqd_t)-1)
		return (no_queue());
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_SIGNAL;
	sev.sigev_signo = SIGUSR1;
	sev.sigev_value.sival_int = 4711;
	NEED(mq_notify(mq, &sev));
	NEED(mq_send(mq, "a", 1, 0));
	NEED(sigtimedwait(&set, &info, &second));
	return (info.si_value.sival_int == 4711
		    ? probe_ok(NULL)
		    : probe_wrong("without its value"));
}

PROBE(ip_mq_poll)
{
	mqd_t mq;
	int fd;

	if ((mq = queue(ctx)) == (mqd_t)-1)
		return (no_queue());
#if defined(__FreeBSD__)
	fd = mq_getfd_np(mq);
#else
	fd = mq;
#endif
	if (row_readable(fd, 0))
		return (probe_wrong("an empty queue is readable"));
	NEED(mq_send(mq, "a", 1, 0));
	return (row_readable(fd, 1000)
		    ? probe_ok(NULL)
		    : probe_wrong("a queue with a message is not readable"));
}

PROBE(ip_shmget)
{
	char *a, *b;
	int id;

	no_sigsys();
	NEED(id = shmget(
		 probe_sysv_key(ctx, 0), 4096, IPC_CREAT | IPC_EXCL | 0600));
	if ((a = shmat(id, NULL, 0)) == (char *)-1)
		return (probe_errno(errno, "shmat"));
	if ((b = shmat(id, NULL, SHM_RDONLY)) == (char *)-1)
		return (probe_errno(errno, "shmat again"));
	a[1] = 'x';
	if (b[1] != 'x')
		return (probe_wrong("attached twice, two memories"));
	NEED(shmdt(a));
	NEED(shmdt(b));
	NEED(shmctl(id, IPC_RMID, NULL));
	NEED_REFUSAL(shmget(probe_sysv_key(ctx, 0), 0, 0), ENOENT);
	return (probe_ok(NULL));
}

/* Attaching to what is removed but still in use. */
PROBE(ip_shm_removed)
{
	char *a, *b;
	int id;

	no_sigsys();
	NEED(id = shmget(
		 probe_sysv_key(ctx, 0), 4096, IPC_CREAT | IPC_EXCL | 0600));
	if ((a = shmat(id, NULL, 0)) == (char *)-1)
		return (probe_errno(errno, "shmat"));
	NEED(shmctl(id, IPC_RMID, NULL));
	if ((b = shmat(id, NULL, 0)) == (char *)-1)
		return (row_unsupported("shmat: %s", strerror(errno)));
	a[1] = 'x';
	return (b[1] == 'x' ? probe_ok(NULL) : probe_wrong("another memory"));
}

static int
make_and_leave(void *arg)
{
	return (shmget(*(key_t *)arg, 4096, IPC_CREAT | IPC_EXCL | 0600) >= 0
		    ? 0
		    : 1);
}

PROBE(ip_sysv_persists)
{
	key_t key;
	int id;

	no_sigsys();
	key = probe_sysv_key(ctx, 0);
	if (probe_child(make_and_leave, &key) != 0)
		return (probe_errno(ENOSYS, "shmget in a child"));
	if ((id = shmget(key, 0, 0)) < 0)
		return (probe_wrong("gone with the process that made it"));
	NEED(shmctl(id, IPC_RMID, NULL));
	return (probe_ok("it outlives its maker"));
}

PROBE(ip_semget)
{
	struct sembuf op = { 0, -1, IPC_NOWAIT };
	int id;

	no_sigsys();
	NEED(id = semget(
		 probe_sysv_key(ctx, 0), 1, IPC_CREAT | IPC_EXCL | 0600));
	NEED_REFUSAL(semop(id, &op, 1), EAGAIN);
	op.sem_op = 2;
	NEED(semop(id, &op, 1));
	if (semctl(id, 0, GETVAL) != 2)
		return (probe_wrong("the value is %d", semctl(id, 0, GETVAL)));
	NEED(semctl(id, 0, IPC_RMID));
	return (probe_ok(NULL));
}

static int
take_with_undo(void *arg)
{
	struct sembuf op = { 0, 1, SEM_UNDO };

	return (semop(*(int *)arg, &op, 1) == 0 ? 0 : 1);
}

PROBE(ip_sem_undo)
{
	int id;

	no_sigsys();
	NEED(id = semget(
		 probe_sysv_key(ctx, 0), 1, IPC_CREAT | IPC_EXCL | 0600));
	if (probe_child(take_with_undo, &id) != 0)
		return (probe_wrong("the child's semop failed"));
	if (semctl(id, 0, GETVAL) != 0)
		return (probe_wrong("the child's change stays after it"));
	NEED(semctl(id, 0, IPC_RMID));
	return (probe_ok(NULL));
}

PROBE(ip_msgget)
{
	struct {
		long type;
		char text[8];
	} m = { 2, "two" };
	int id;

	no_sigsys();
	NEED(id = msgget(probe_sysv_key(ctx, 0), IPC_CREAT | IPC_EXCL | 0600));
	NEED(msgsnd(id, &m, sizeof(m.text), 0));
	m.type = 1;
	NEED(msgsnd(id, &m, sizeof(m.text), 0));
	NEED(msgrcv(id, &m, sizeof(m.text), 1, IPC_NOWAIT));
	if (m.type != 1)
		return (probe_wrong("not the type that was asked for"));
	NEED(msgctl(id, IPC_RMID, NULL));
	return (probe_ok(NULL));
}
