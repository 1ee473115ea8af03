/* Input and output that does not wait: POSIX aio, Linux aio, io_uring. */
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#if defined(__linux__)
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#endif

#include <aio.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

/* A request to read the four bytes of "f". */
static bool
request(struct aiocb *cb, char buf[4])
{
	memset(cb, 0, sizeof(*cb));
	cb->aio_buf = buf;
	cb->aio_nbytes = 4;
	cb->aio_lio_opcode = LIO_READ;
	cb->aio_sigevent.sigev_notify = SIGEV_NONE;
	cb->aio_fildes =
	    probe_file("f", "abcd") ? open("f", O_RDWR | O_CLOEXEC) : -1;
	return (cb->aio_fildes >= 0);
}

static struct probe_answer
finish(struct aiocb *cb, const char *buf)
{
	const struct aiocb *list[1] = { cb };
	const struct timespec second = { 1, 0 };
	ssize_t n;
	int err;

	while ((err = aio_error(cb)) == EINPROGRESS)
		NEED(aio_suspend(list, 1, &second));
	if (err != 0)
		return (row_file_errno(err, "aio_error"));
	NEED(n = aio_return(cb));
	return (n == 4 && memcmp(buf, "abcd", 4) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("%zd bytes", n));
}

PROBE(ai_read)
{
	struct aiocb cb;
	char buf[4];

	NEED_TRUE(request(&cb, buf));
	NEED(aio_read(&cb));
	return (finish(&cb, buf));
}

PROBE(ai_write)
{
	struct aiocb cb;
	char buf[4] = "abcd", again[4];

	NEED_TRUE(request(&cb, buf));
	cb.aio_offset = 4;
	NEED(aio_write(&cb));
	NEED_TRUE(finish(&cb, buf).state == ISTH_STATE_OK);
	return (pread(cb.aio_fildes, again, 4, 4) == 4 &&
			memcmp(again, "abcd", 4) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the bytes are not in the file"));
}

PROBE(ai_listio)
{
	struct aiocb cb, *list[1] = { &cb };
	char buf[4];

	NEED_TRUE(request(&cb, buf));
	NEED(lio_listio(LIO_WAIT, list, 1, NULL));
	return (aio_error(&cb) == EINPROGRESS
		    ? probe_wrong("LIO_WAIT did not wait")
		    : finish(&cb, buf));
}

PROBE(ai_fsync)
{
	struct aiocb cb;
	const struct aiocb *list[1] = { &cb };
	char buf[4];
	int err;

	NEED_TRUE(request(&cb, buf));
	NEED(aio_fsync(O_SYNC, &cb));
	while ((err = aio_error(&cb)) == EINPROGRESS)
		NEED(aio_suspend(list, 1, NULL));
	return (err == 0 ? probe_ok(NULL) : row_file_errno(err, "aio_fsync"));
}

PROBE(ai_signal)
{
	const struct timespec second = { 1, 0 };
	struct aiocb cb;
	siginfo_t info;
	sigset_t set;
	char buf[4];

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED_TRUE(request(&cb, buf));
	cb.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
	cb.aio_sigevent.sigev_signo = SIGUSR1;
	cb.aio_sigevent.sigev_value.sival_int = 4711;
	NEED(aio_read(&cb));
	NEED(sigtimedwait(&set, &info, &second));
	if (info.si_code != SI_ASYNCIO || info.si_value.sival_int != 4711)
		return (probe_wrong("code %d, value %d", info.si_code,
		    info.si_value.sival_int));
	return (finish(&cb, buf));
}

PROBE(ai_waitcomplete)
{
#if defined(__FreeBSD__)
	struct timespec second = { 1, 0 };
	struct aiocb cb, *done;
	char buf[4];
	ssize_t n;

	NEED_TRUE(request(&cb, buf));
	NEED(aio_read(&cb));
	NEED(n = aio_waitcomplete(&done, &second));
	return (done == &cb && n == 4
		    ? probe_ok(NULL)
		    : probe_wrong("another request, or %zd bytes", n));
#else
	return (probe_absent("aio_waitcomplete is not declared"));
#endif
}

#if defined(__linux__)

PROBE(ai_native)
{
	struct timespec second = { 1, 0 };
	struct io_event event;
	struct iocb cb, *list[1] = { &cb };
	aio_context_t context = 0;
	char buf[4];
	int fd;

	NEED_TRUE(probe_file("f", "abcd"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(syscall(SYS_io_setup, 1, &context));
	memset(&cb, 0, sizeof(cb));
	cb.aio_fildes = (uint32_t)fd;
	cb.aio_lio_opcode = IOCB_CMD_PREAD;
	cb.aio_buf = (uint64_t)(uintptr_t)buf;
	cb.aio_nbytes = 4;
	NEED(syscall(SYS_io_submit, context, 1, list));
	if (syscall(SYS_io_getevents, context, 1, 1, &event, &second) != 1 ||
	    event.res != 4)
		return (probe_wrong("no event of 4 bytes"));
	NEED(syscall(SYS_io_destroy, context));
	return (probe_ok(NULL));
}

/* One request put into a ring by hand, and its completion. */
static struct probe_answer
ring_one(const struct io_uring_sqe *request_, struct io_uring_cqe *done)
{
	struct io_uring_params p;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *cq, *sq;
	uint32_t tail;
	int fd;

	memset(&p, 0, sizeof(p));
	NEED(fd = (int)syscall(SYS_io_uring_setup, 1, &p));
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(uint32_t),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)sqe == MAP_FAILED)
		return (probe_errno(errno, "mmap of the rings"));
	*sqe = *request_;
	sqe->user_data = 4711;
	((uint32_t *)(void *)(sq + p.sq_off.array))[0] = 0;
	tail = 1;
	atomic_store((_Atomic uint32_t *)(void *)(sq + p.sq_off.tail), tail);
	NEED(syscall(
	    SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	if (atomic_load((_Atomic uint32_t *)(void *)(cq + p.cq_off.tail)) != 1)
		return (probe_wrong("nothing is completed"));
	cqe = (void *)(cq + p.cq_off.cqes);
	*done = *cqe;
	return (done->user_data == 4711
		    ? probe_ok(NULL)
		    : probe_wrong("another request is completed"));
}

PROBE(ai_uring_nop)
{
	struct io_uring_sqe sqe;
	struct io_uring_cqe cqe;

	memset(&sqe, 0, sizeof(sqe));
	sqe.opcode = IORING_OP_NOP;
	return (ring_one(&sqe, &cqe));
}

PROBE(ai_uring_read)
{
	struct io_uring_sqe sqe;
	struct io_uring_cqe cqe;
	struct probe_answer a;
	char buf[4];

	NEED_TRUE(probe_file("f", "abcd"));
	memset(&sqe, 0, sizeof(sqe));
	memset(&cqe, 0, sizeof(cqe));
	sqe.opcode = IORING_OP_READ;
	NEED(sqe.fd = open("f", O_RDONLY | O_CLOEXEC));
	sqe.addr = (uint64_t)(uintptr_t)buf;
	sqe.len = 4;
	a = ring_one(&sqe, &cqe);
	if (a.state != ISTH_STATE_OK)
		return (a);
	if (cqe.res < 0)
		return (probe_errno(-cqe.res, "IORING_OP_READ"));
	return (cqe.res == 4 && memcmp(buf, "abcd", 4) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("%d bytes", cqe.res));
}

#elif defined(__FreeBSD__)

PROBE(ai_vector)
{
#ifdef LIO_VECTORED
	struct aiocb cb;
	struct iovec iov[2];
	char buf[4];

	NEED_TRUE(request(&cb, buf));
	iov[0] = (struct iovec){ buf, 2 };
	iov[1] = (struct iovec){ buf + 2, 2 };
	cb.aio_iov = iov;
	cb.aio_iovcnt = 2;
	NEED(aio_readv(&cb));
	return (finish(&cb, buf));
#else
	return (probe_absent("aio_readv is not declared"));
#endif
}

#endif
