/* Threads and tasks for the tests of the example programs. */
#include <atf-c.h>
#include <pthread.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>

#include "tests/examples/crowd.h"

#define SELF mach_task_self()

static mach_port_t service;
static int (*serve_fn)(mach_port_t);
static pthread_t server;

struct client {
	struct mach_embedded_task *task;
	pthread_t thread;
	crowd_client *fn;
	int number, status;
};

static void *
server_main(void *arg)
{
	int *status = arg;

	*status = serve_fn(service);
	return (arg);
}

mach_port_t
crowd_serve(int (*serve)(mach_port_t))
{
	static int status;

	/* Whatever else there may be on this machine. */
	mach_embedded_select();
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &service));
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_insert_right(SELF, service,
					 service, MACH_MSG_TYPE_MAKE_SEND));
	ATF_REQUIRE_EQ(KERN_SUCCESS, task_set_bootstrap_port(SELF, service));
	serve_fn = serve;
	ATF_REQUIRE_EQ(0, pthread_create(&server, NULL, server_main, &status));
	return (service);
}

int
crowd_served(void)
{
	void *status;

	ATF_REQUIRE_EQ(0, pthread_join(server, &status));
	return (*(int *)status);
}

static void *
client_main(void *arg)
{
	struct client *client = arg;

	(void)mach_embedded_task_enter(client->task);
	client->status = client->fn(bootstrap_port, client->number);
	mach_embedded_thread_exit();
	return (NULL);
}

int
crowd_run(int n, crowd_client *fn)
{
	struct client client[CROWD];
	int i, failed = 0;

	ATF_REQUIRE(n <= CROWD);
	for (i = 0; i < n; i++) {
		client[i] = (struct client){
			.task = mach_embedded_task_create(
			    mach_embedded_task_self()),
			.fn = fn,
			.number = i,
		};
		ATF_REQUIRE(client[i].task != NULL);
		ATF_REQUIRE_EQ(0, pthread_create(&client[i].thread, NULL,
				      client_main, &client[i]));
	}
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(client[i].thread, NULL));
		mach_embedded_task_destroy(client[i].task);
		failed += client[i].status != 0;
	}
	return (failed);
}

unsigned int
crowd_names(unsigned int at_most)
{
	mach_msg_type_number_t nnames, ntypes;
	mach_port_type_array_t types;
	mach_port_name_array_t names;
	int i;

	for (i = 0;; i++) {
		ATF_REQUIRE_EQ(KERN_SUCCESS,
		    mach_port_names(SELF, &names, &nnames, &types, &ntypes));
		(void)vm_deallocate(
		    SELF, (vm_address_t)names, nnames * sizeof(*names));
		(void)vm_deallocate(
		    SELF, (vm_address_t)types, ntypes * sizeof(*types));
		if (at_most == 0 || nnames <= at_most || i == 500)
			return (nnames);
		usleep(10000);
	}
}
