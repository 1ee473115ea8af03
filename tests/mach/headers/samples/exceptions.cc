// As a program for macOS has it: a crash reporter's port, in C++.
#include <mach/mach.h>
#include <mach/exception_types.h>
#include <mach/mach_exc.h>
#include <mach/mach_vm.h>
#include <mach/task_info.h>

#include <vector>

namespace sample {

class ExceptionPort {
public:
	ExceptionPort()
	{
		mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		    &port_);
		mach_port_insert_right(mach_task_self(), port_, port_,
		    MACH_MSG_TYPE_MAKE_SEND);
	}
	~ExceptionPort()
	{
		mach_port_destroy(mach_task_self(), port_);
	}
	ExceptionPort(const ExceptionPort &) = delete;
	ExceptionPort &operator=(const ExceptionPort &) = delete;

	bool watch(task_t task) const
	{
		exception_mask_t masks[EXC_TYPES_COUNT];
		exception_handler_t ports[EXC_TYPES_COUNT];
		exception_behavior_t behaviors[EXC_TYPES_COUNT];
		thread_state_flavor_t flavors[EXC_TYPES_COUNT];
		mach_msg_type_number_t count = EXC_TYPES_COUNT;

		return task_swap_exception_ports(task,
			   EXC_MASK_BAD_ACCESS | EXC_MASK_CRASH, port_,
			   static_cast<exception_behavior_t>(
			       EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
			   MACHINE_THREAD_STATE, masks, &count, ports,
			   behaviors, flavors) == KERN_SUCCESS;
	}

	mach_msg_return_t serve() const
	{
		return mach_msg_server(mach_exc_server, 4096, port_, 0);
	}

private:
	mach_port_t port_ = MACH_PORT_NULL;
};

std::vector<char>
read_memory(task_t task, mach_vm_address_t at, mach_vm_size_t size)
{
	std::vector<char> bytes(size);
	mach_vm_size_t got = 0;

	if (mach_vm_read_overwrite(task, at, size,
		reinterpret_cast<mach_vm_address_t>(bytes.data()),
		&got) != KERN_SUCCESS)
		got = 0;
	bytes.resize(got);
	return bytes;
}

mach_vm_size_t
resident(task_t task)
{
	mach_task_basic_info_data_t info;
	mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;

	if (task_info(task, MACH_TASK_BASIC_INFO,
		reinterpret_cast<task_info_t>(&info), &count) != KERN_SUCCESS)
		return 0;
	return info.resident_size;
}

} // namespace sample
