/*
 * A notification centre over Mach messages: whoever posts a name is heard by
 * all who observe it.  A name has a state, too, 64 bits that stay.
 */
#ifndef NC_H
#define NC_H

#include <mach/mach.h>

#include <stdio.h>

#define NC_SERVICE "org.isthmus.example.notify"
#define NC_NAME_MAX 128 /* with its NUL */
#define NC_NAMES_MAX 65536

typedef char nc_name_t[NC_NAME_MAX];

#define NC_SET_STATE 1 /* nc_post: the name has that state from now on */

/* nc_client.c */
kern_return_t nc_post(
    mach_port_t server, const char *name, uint32_t flags, uint64_t state);
/* `observer` is a receive right; giving `token` back ends it. */
kern_return_t nc_observe(mach_port_t server, const char *name,
    mach_port_t observer, mach_port_t *token, uint64_t *state);
kern_return_t nc_state(mach_port_t server, const char *name, uint64_t *state);

/* nc_server.c: true when it was a request of this service. */
boolean_t nc_server(mach_msg_header_t *in, mach_msg_header_t *out);

/* nc_serve.c.  Rights that come in are theirs on KERN_SUCCESS. */
kern_return_t do_nc_post(
    mach_port_t server, const nc_name_t name, uint32_t flags, uint64_t state);
kern_return_t do_nc_observe(mach_port_t server, const nc_name_t name,
    mach_port_t observer, mach_port_t *token, uint64_t *state);
kern_return_t do_nc_state(
    mach_port_t server, const nc_name_t name, uint64_t *state);

/*
 * What an observer receives: as many posts as there were since the last such
 * message that its queue had room for, and the state of the name then.
 */
#define NC_POSTED_ID 72100
#pragma pack(push, 4)
typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	nc_name_t name;
	uint32_t count;
	uint64_t state;
} nc_posted_t;
#pragma pack(pop)

/*
 * Serves the receive right until `stop_fd` is readable, if it is not -1; 0, or
 * 1 and a message.
 */
int nc_server_run(mach_port_t service, int stop_fd);
/* post NAME [STATE] | observe NAME [COUNT] | state NAME */
int nc_client_run(
    mach_port_t service, int argc, const char *const *argv, FILE *out);

#endif
