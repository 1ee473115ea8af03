/* Descriptors in messages: fileports. */
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>
#include <sys/fileport.h>

ATF_TC_WITHOUT_HEAD(a_descriptor_comes_back_as_another_of_the_same_file);
ATF_TC_BODY(a_descriptor_comes_back_as_another_of_the_same_file, tc)
{
	mach_port_t port;
	char byte = 0;
	int fd, fds[2];

	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_REQUIRE_EQ(0, fileport_makeport(fds[1], &port));
	close(fds[1]);
	fd = fileport_makefd(port);
	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE_EQ(1, write(fd, "x", 1));
	ATF_REQUIRE_EQ(1, read(fds[0], &byte, 1));
	ATF_CHECK_EQ('x', byte);
	/* The port holds one, until its last right goes. */
	close(fd);
	ATF_REQUIRE_EQ(0, fcntl(fds[0], F_SETFL, O_NONBLOCK));
	ATF_CHECK_EQ(-1, read(fds[0], &byte, 1));
	ATF_CHECK_EQ(EAGAIN, errno);
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_deallocate(mach_task_self(), port));
	ATF_CHECK_EQ(0, read(fds[0], &byte, 1));
}

ATF_TC_WITHOUT_HEAD(what_is_no_descriptor_or_no_fileport_is_refused);
ATF_TC_BODY(what_is_no_descriptor_or_no_fileport_is_refused, tc)
{
	mach_port_t port = MACH_PORT_NULL;

	ATF_CHECK_EQ(-1, fileport_makeport(-1, &port));
	ATF_CHECK_EQ(EBADF, errno);
	ATF_CHECK_EQ(MACH_PORT_NULL, port);
	ATF_CHECK_EQ(-1, fileport_makefd(mach_task_self()));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(-1, fileport_makefd(MACH_PORT_NULL));
	ATF_CHECK_EQ(EINVAL, errno);
}

ATF_TC_WITHOUT_HEAD(a_space_tells_of_all_its_names);
ATF_TC_BODY(a_space_tells_of_all_its_names, tc)
{
	mach_msg_type_number_t names_count, tree_count = 1;
	ipc_info_tree_name_array_t tree;
	ipc_info_name_array_t names;
	ipc_info_space_t info;
	mach_port_t port;
	unsigned int i, found = 0;

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_allocate(mach_task_self(),
					 MACH_PORT_RIGHT_RECEIVE, &port));
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_insert_right(mach_task_self(),
					 port, port, MACH_MSG_TYPE_MAKE_SEND));
	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_space_info(mach_task_self(), &info, &names,
			      &names_count, &tree, &tree_count));
	ATF_CHECK_EQ(0, tree_count);
	for (i = 0; i < names_count; i++) {
		if (names[i].iin_name != port)
			continue;
		found++;
		ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_RECEIVE, names[i].iin_type);
		ATF_CHECK_EQ(1, names[i].iin_urefs);
	}
	ATF_CHECK_EQ(1, found);
	ATF_CHECK(info.iis_table_size > names_count);
	vm_deallocate(mach_task_self(), (vm_address_t)names,
	    names_count * sizeof(*names));
}

ATF_TC_WITHOUT_HEAD(a_kernel_object_is_described);
ATF_TC_BODY(a_kernel_object_is_described, tc)
{
	kobject_description_t text;
	mach_vm_address_t address = 1;
	natural_t type;

	ATF_REQUIRE_EQ(
	    KERN_SUCCESS, mach_port_kobject_description(mach_task_self(),
			      mach_task_self(), &type, &address, text));
	ATF_CHECK_STREQ("task", text);
	ATF_CHECK_EQ(2, type);
	/* No address of the kernel's leaves it. */
	ATF_CHECK_EQ(0, address);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_descriptor_comes_back_as_another_of_the_same_file);
	ATF_TP_ADD_TC(tp, what_is_no_descriptor_or_no_fileport_is_refused);
	ATF_TP_ADD_TC(tp, a_space_tells_of_all_its_names);
	ATF_TP_ADD_TC(tp, a_kernel_object_is_described);
	return (atf_no_error());
}
