/*
 * What the kernel host alone has: EVFILT_MACHPORT, which run.sh turns on by
 * sysctl mach.evfilt, and the rights of Capsicum on descriptors that ports
 * hold.  tests/mach/pollfd_test and fileport_test have what all hosts do.
 */
#include <sys/types.h>
#include <sys/capsicum.h>
#include <sys/event.h>
#include <sys/filio.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <isthmus/mach_pollfd.h>
#include <mach/mach.h>
#include <poll.h>
#include <string.h>
#include <sys/fileport.h>
#include <unistd.h>

#define SELF mach_task_self()
#define OK(x) ATF_REQUIRE_EQ(KERN_SUCCESS, (x))

static short
filter(void)
{
	size_t size;
	int n = 0;

	size = sizeof(n);
	if (sysctlbyname("mach.evfilt", &n, &size, NULL, 0) != 0 || n == 0)
		atf_tc_skip("sysctl mach.evfilt has no filter");
	return ((short)n);
}

static mach_port_t
port_make(void)
{
	mach_port_t port;

	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	return (port);
}

static void
send_to(mach_port_t port)
{
	mach_msg_header_t h = { 0 };

	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	h.msgh_size = sizeof(h);
	h.msgh_remote_port = port;
	OK(mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static void
receive_from(mach_port_t port)
{
	struct {
		mach_msg_header_t header;
		char room[128];
	} m;

	OK(mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
	    port, 0, MACH_PORT_NULL));
}

static int
change(int queue, mach_port_t port, unsigned short flags, unsigned int fflags)
{
	struct kevent ev;

	EV_SET(&ev, port, filter(), flags, fflags, 0, NULL);
	return (kevent(queue, &ev, 1, NULL, 0, NULL) == 0 ? 0 : errno);
}

/* True when the queue has something within `ms`. */
static bool
waits(int queue, int ms, struct kevent *ev)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	memset(ev, 0, sizeof(*ev));
	return (kevent(queue, NULL, 0, ev, 1, &ts) == 1);
}

ATF_TC_WITHOUT_HEAD(filter_of_a_port);
ATF_TC_BODY(filter_of_a_port, tc)
{
	mach_port_t port = port_make();
	int queue = kqueue();
	struct kevent ev;

	ATF_REQUIRE_EQ(0, change(queue, port, EV_ADD, 0));
	ATF_CHECK(!waits(queue, 0, &ev));
	send_to(port);
	ATF_REQUIRE(waits(queue, 10000, &ev));
	ATF_CHECK_EQ(filter(), ev.filter);
	ATF_CHECK_EQ(port, ev.ident);
	ATF_CHECK_EQ(port, (mach_port_t)ev.data);
	/* By levels. */
	ATF_CHECK(waits(queue, 0, &ev));
	receive_from(port);
	ATF_CHECK(!waits(queue, 0, &ev));
	/* Its end is told, with EV_EOF, and stays. */
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	ATF_CHECK(waits(queue, 10000, &ev));
	ATF_CHECK((ev.flags & EV_EOF) != 0);
	ATF_CHECK(waits(queue, 0, &ev));
	ATF_CHECK_EQ(0, change(queue, port, EV_DELETE, 0));
	ATF_CHECK(!waits(queue, 0, &ev));
}

ATF_TC_WITHOUT_HEAD(filter_of_a_set_tells_which_port);
ATF_TC_BODY(filter_of_a_set_tells_which_port, tc)
{
	mach_port_t a = port_make(), b = port_make(), set;
	int queue = kqueue();
	struct kevent ev;

	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set));
	OK(mach_port_insert_member(SELF, a, set));
	OK(mach_port_insert_member(SELF, b, set));
	ATF_REQUIRE_EQ(0, change(queue, set, EV_ADD | EV_CLEAR, 0));
	send_to(b);
	ATF_REQUIRE(waits(queue, 10000, &ev));
	ATF_CHECK_EQ(set, ev.ident);
	ATF_CHECK_EQ(b, (mach_port_t)ev.data);
	/* By edges. */
	ATF_CHECK(!waits(queue, 0, &ev));
	receive_from(set);
	send_to(a);
	ATF_REQUIRE(waits(queue, 10000, &ev));
	ATF_CHECK_EQ(a, (mach_port_t)ev.data);
	receive_from(set);
}

ATF_TC_WITHOUT_HEAD(filter_refuses);
ATF_TC_BODY(filter_refuses, tc)
{
	mach_port_t port = port_make();
	int queue = kqueue();

	ATF_CHECK_EQ(ENOENT, change(queue, MACH_PORT_NULL, EV_ADD, 0));
	ATF_CHECK_EQ(ENOENT, change(queue, 0x7fffff03, EV_ADD, 0));
	ATF_CHECK_EQ(ENOENT, change(queue, SELF, EV_ADD, 0));
	/* It receives no message itself, and says so. */
	ATF_CHECK_EQ(
	    EOPNOTSUPP, change(queue, port, EV_ADD, (unsigned)MACH_RCV_MSG));
	ATF_CHECK_EQ(ENOENT, change(queue, port, EV_DELETE, 0));
}

/* While a queue waits by it the filter stays; only root may take it away. */
ATF_TC_WITHOUT_HEAD(filter_in_use_stays);
ATF_TC_BODY(filter_in_use_stays, tc)
{
	mach_port_t port = port_make();
	int queue = kqueue(), none = 0, number = filter(), wrong = 3;

	ATF_REQUIRE_EQ(0, change(queue, port, EV_ADD, 0));
	ATF_CHECK_EQ(
	    -1, sysctlbyname("mach.evfilt", NULL, NULL, &none, sizeof(none)));
	ATF_CHECK_EQ(geteuid() == 0 ? EBUSY : EPERM, errno);
	close(queue);
	if (geteuid() != 0)
		return;
	ATF_CHECK_EQ(
	    -1, sysctlbyname("mach.evfilt", NULL, NULL, &wrong, sizeof(wrong)));
	ATF_CHECK_EQ(EINVAL, errno);
	wrong = EVFILT_READ;
	ATF_CHECK_EQ(
	    -1, sysctlbyname("mach.evfilt", NULL, NULL, &wrong, sizeof(wrong)));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_EQ(0,
	    sysctlbyname("mach.evfilt", NULL, NULL, &number, sizeof(number)));
}

ATF_TC_WITHOUT_HEAD(fileport_keeps_capsicum_rights);
ATF_TC_BODY(fileport_keeps_capsicum_rights, tc)
{
	static const unsigned long ioctls[] = { FIOCLEX, FIONCLEX };
	unsigned long got[4];
	cap_rights_t rights, kept;
	mach_port_t port;
	int fd, fds[2];

	ATF_REQUIRE_EQ(0, pipe(fds));
	cap_rights_init(&rights, CAP_READ, CAP_IOCTL);
	ATF_REQUIRE_EQ(0, cap_rights_limit(fds[0], &rights));
	ATF_REQUIRE_EQ(0, cap_ioctls_limit(fds[0], ioctls, 2));
	ATF_REQUIRE_EQ(0, fileport_makeport(fds[0], &port));
	close(fds[0]);
	fd = fileport_makefd(port);
	ATF_REQUIRE(fd >= 0);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE_EQ(0, cap_rights_get(fd, &kept));
	ATF_CHECK(cap_rights_contains(&rights, &kept));
	ATF_CHECK(cap_rights_contains(&kept, &rights));
	ATF_CHECK_EQ(2, cap_ioctls_get(fd, got, 4));
	OK(mach_port_deallocate(SELF, port));
}

ATF_TC_WITHOUT_HEAD(fileport_of_what_cannot_be_passed_on);
ATF_TC_BODY(fileport_of_what_cannot_be_passed_on, tc)
{
	mach_port_t port = MACH_PORT_NULL;
	int queue = kqueue();

	ATF_CHECK_EQ(-1, fileport_makeport(queue, &port));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(MACH_PORT_NULL, port);
}

/* Nowhere to put the name, the descriptor: nothing is left behind. */
ATF_TC_WITHOUT_HEAD(nowhere_to_put_it);
ATF_TC_BODY(nowhere_to_put_it, tc)
{
	char byte = 0;
	int fds[2];

	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_CHECK_EQ(-1, fileport_makeport(fds[1], (mach_port_t *)8));
	ATF_CHECK_EQ(EFAULT, errno);
	close(fds[1]);
	/* No port has the other end. */
	ATF_CHECK_EQ(0, read(fds[0], &byte, 1));
}

/* A descriptor of a port, in a message, in another process. */
ATF_TC_WITHOUT_HEAD(pollfd_by_fileport);
ATF_TC_BODY(pollfd_by_fileport, tc)
{
	mach_port_t port = port_make(), of_fd;
	struct pollfd p = { .events = POLLIN };
	int fd = -1, status;
	pid_t pid;

	OK(mach_port_pollfd(SELF, port, &fd));
	ATF_REQUIRE_EQ(0, fileport_makeport(fd, &of_fd));
	close(fd);
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, of_fd));
	pid = fork();
	if (pid == 0) {
		if (task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &of_fd) !=
		    0)
			_exit(1);
		p.fd = fileport_makefd(of_fd);
		if (p.fd < 0 || poll(&p, 1, 0) != 0)
			_exit(2);
		_exit(poll(&p, 1, 10000) == 1 ? 0 : 3);
	}
	usleep(100000);
	send_to(port);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	OK(task_set_special_port(SELF, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, filter_of_a_port);
	ATF_TP_ADD_TC(tp, filter_of_a_set_tells_which_port);
	ATF_TP_ADD_TC(tp, filter_refuses);
	ATF_TP_ADD_TC(tp, filter_in_use_stays);
	ATF_TP_ADD_TC(tp, fileport_keeps_capsicum_rights);
	ATF_TP_ADD_TC(tp, fileport_of_what_cannot_be_passed_on);
	ATF_TP_ADD_TC(tp, nowhere_to_put_it);
	ATF_TP_ADD_TC(tp, pollfd_by_fileport);
	return (atf_no_error());
}
