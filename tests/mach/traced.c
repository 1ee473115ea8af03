/*
 * What trace_test.c has traced: the same program, which does that and ends
 * where TRACED_DEED says what to do.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/mach_traps.h>
#include <mach/notify.h>

#include "mach/lib/trap.h"

#define SELF mach_task_self()
#define MUST(x)                  \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static mach_port_t
port_make(void)
{
	mach_port_t port;

	MUST(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) == 0);
	MUST(mach_port_insert_right(
		 SELF, port, port, MACH_MSG_TYPE_MAKE_SEND) == 0);
	return (port);
}

static void
results(void)
{
	mach_port_t port = port_make(), previous;
	mach_port_type_t type;

	MUST(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 2) == 0);
	MUST(mach_port_mod_refs(SELF, 0x7fffff03, MACH_PORT_RIGHT_SEND, -1) !=
	     0);
	MUST(mach_port_type(SELF, port, &type) == 0);
	MUST(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS,
		 0, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous) == 0);
	MUST(macx_swapon(1, 2, 3, 4) == KERN_NOT_SUPPORTED);
	/* No such trap, and its own words. */
	{
		const uint64_t args[] = { 7, 0x12345 };

		(void)mach_transport->trap(17, args, 2);
	}
}

struct all {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_guarded_port_descriptor_t guarded;
	char text[16];
};

static void
message(void)
{
	mach_port_t to = port_make(), a = port_make(), names[2] = { a, a };
	mach_port_t guarded;
	mach_port_options_t o = { .flags = MPO_CONTEXT_AS_GUARD };
	struct {
		struct all m;
		mach_msg_max_trailer_t trailer;
	} r;
	struct all m = {
		.header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
					 MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					     MACH_MSG_TYPE_MAKE_SEND_ONCE),
		    .msgh_remote_port = to,
		    .msgh_local_port = to,
		    .msgh_id = 4711 },
		.body = { 4 },
		.port = { .name = a, .disposition = MACH_MSG_TYPE_COPY_SEND },
		.memory = { .address = names,
		    .size = sizeof(names),
		    .copy = MACH_MSG_PHYSICAL_COPY,
		    .type = MACH_MSG_OOL_DESCRIPTOR },
		.ports = { .address = names,
		    .count = 2,
		    .disposition = MACH_MSG_TYPE_COPY_SEND,
		    .type = MACH_MSG_OOL_PORTS_DESCRIPTOR },
		.guarded = { .context = 0xabc123,
		    .flags = MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE,
		    .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
		    .type = MACH_MSG_GUARDED_PORT_DESCRIPTOR },
		.text = "say \"hi\"\n\x01",
	};

	MUST(mach_port_construct(SELF, &o, 0xabc123, &guarded) == 0);
	m.guarded.name = guarded;
	MUST(mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, 0, 0, 0) == 0);
	MUST(mach_msg(&r.m.header,
		 MACH_RCV_MSG | MACH_RCV_TIMEOUT | MACH_RCV_GUARDED_DESC |
		     MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		     MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
		 0, sizeof(r), to, 1000, 0) == 0);
	MUST(mach_msg(&r.m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		 sizeof(r), to, 0, 0) == MACH_RCV_TIMED_OUT);
	/* What is not there is not read. */
	MUST(mach_msg(NULL, MACH_SEND_MSG, 64, 0, 0, 0, 0) ==
	     MACH_SEND_INVALID_DATA);
	m.header.msgh_bits = 0;
	MUST(mach_msg2(&m.header, MACH64_SEND_MSG | MACH64_SEND_ANY,
		 (mach_msg_header_t){
		     .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		     .msgh_remote_port = to,
		     .msgh_id = 815 },
		 sizeof(m.header), 0, 0, 0, 0) == 0);
}

static void
many_descriptors(void)
{
	enum { N = 300 };
	static struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port[N];
	} m;
	mach_port_t to = port_make();
	int i;

	m.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = N;
	for (i = 0; i < N; i++) {
		m.port[i].name = to;
		m.port[i].disposition = MACH_MSG_TYPE_COPY_SEND;
	}
	MUST(mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, 0, 0, 0) == 0);
}

static void *
traps(void *arg)
{
	mach_port_t port;
	int i;

	(void)arg;
	for (i = 0; i < 200; i++) {
		MUST(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) ==
		     0);
		errno = 123;
		MUST(mach_port_mod_refs(
			 SELF, port, MACH_PORT_RIGHT_RECEIVE, -1) == 0);
		MUST(errno == 123);
	}
	return (NULL);
}

static void
threads(void)
{
	pthread_t thread[4];
	int i;

	for (i = 0; i < 4; i++)
		MUST(pthread_create(&thread[i], NULL, traps, NULL) == 0);
	for (i = 0; i < 4; i++)
		MUST(pthread_join(thread[i], NULL) == 0);
}

static void
children(void)
{
	int status;
	pid_t pid;

	(void)task_self_trap();
	pid = fork();
	MUST(pid != -1);
	if (pid == 0) {
		(void)host_self_trap();
		MUST(setenv("TRACED_DEED", "results", 1) == 0);
		execl(getenv("TRACED_PROGRAM"), "traced", (char *)NULL);
		abort();
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Another file has the descriptor: it must stay empty. */
static void
reused(void)
{
	struct stat st;
	int fd = atoi(getenv("ISTHMUS_MACH_TRACE")), other;

	(void)task_self_trap();
	other = open("other", O_RDWR | O_CREAT | O_TRUNC, 0600);
	MUST(other >= 0 && dup2(other, fd) == fd);
	(void)thread_self_trap();
	MUST(fstat(fd, &st) == 0 && st.st_size == 0);
}

static void
over(int sig)
{
	(void)sig;
	_exit(0);
}

/* Ends in a trap that does not return. */
static void
wait_for_nothing(void)
{
	mach_msg_empty_rcv_t m;
	mach_port_t port = port_make();

	signal(SIGALRM, over);
	alarm(1);
	(void)mach_msg(&m.header, MACH_RCV_MSG, 0, sizeof(m), port, 0, 0);
	abort();
}

/* After the library's own. */
__attribute__((constructor)) static void
deed(void)
{
	const char *what = getenv("TRACED_DEED");

	if (what == NULL)
		return;
	if (strcmp(what, "results") == 0)
		results();
	else if (strcmp(what, "message") == 0)
		message();
	else if (strcmp(what, "many") == 0)
		many_descriptors();
	else if (strcmp(what, "threads") == 0)
		threads();
	else if (strcmp(what, "children") == 0)
		children();
	else if (strcmp(what, "reused") == 0)
		reused();
	else if (strcmp(what, "wait") == 0)
		wait_for_nothing();
	else
		_exit(2);
	_exit(0);
}
