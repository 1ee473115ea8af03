/*
 * Memory of tasks: whose may be reached, and the bytes in it.
 */
#include "mach/os/freebsd/memory.h"

#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/racct.h>
#include <sys/resourcevar.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>
#include <vm/vm_extern.h>
#include <vm/vm_page.h>

#include "mach/os/freebsd/compat.h"

void
mach_memory_own(struct mach_memory *m)
{
	struct thread *td = curthread;

	m->task = NULL;
	m->vm = td->td_proc->p_vmspace;
	m->from =
	    round_page((vm_offset_t)m->vm->vm_daddr + lim_max(td, RLIMIT_DATA));
}

kern_return_t
mach_memory_of(
    struct ipc_call *call, unsigned int arg, bool change, struct mach_memory *m)
{
	struct ipc_task *task = call->arg[arg].v.task;
	struct proc *p;
	kern_return_t kr;

	if (task == call->thread->task) {
		mach_memory_own(m);
		return (KERN_SUCCESS);
	}
	kr = host_target(task, &p);
	if (kr != KERN_SUCCESS)
		return (kr);
	m->task = task;
	/* What executes a program now may not be debugged: it was not that. */
	m->vm = vmspace_acquire_ref(p);
	if (m->vm == NULL)
		kr = KERN_INVALID_ARGUMENT;
	else
		m->from = round_page((vm_offset_t)m->vm->vm_daddr +
				     lim_max_proc(p, RLIMIT_DATA));
	_PRELE(p);
	PROC_UNLOCK(p);
	if (kr == KERN_SUCCESS && change && mach_priv_memory_write() != 0) {
		vmspace_free(m->vm);
		kr = KERN_NO_ACCESS;
	}
	return (kr);
}

void
mach_memory_release(struct mach_memory *m)
{
	if (m->task != NULL)
		vmspace_free(m->vm);
}

/* Its process has another memory by now, or is no more. */
static kern_return_t
grow_other(const struct mach_memory *m, vm_size_t more)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_size_t size = m->vm->vm_map.size + more;
	struct proc *p;

	p = mach_proc_of_task(m->task);
	if (p == NULL)
		return (KERN_INVALID_ARGUMENT);
	if (p->p_vmspace != m->vm)
		kr = KERN_INVALID_ARGUMENT;
	else if (size > (vm_size_t)lim_cur_proc(p, RLIMIT_VMEM) ||
		 racct_set(p, RACCT_VMEM, size) != 0)
		kr = KERN_NO_SPACE;
	PROC_UNLOCK(p);
	return (kr);
}

kern_return_t
mach_memory_grow(const struct mach_memory *m, vm_size_t more)
{
	if (m->task != NULL)
		return (grow_other(m, more));
	return (kern_mmap_racct_check(curthread, &m->vm->vm_map, more) == 0
		    ? KERN_SUCCESS
		    : KERN_NO_SPACE);
}

bool
mach_memory_pages(const struct mach_memory *m, uint64_t address, uint64_t size,
    vm_offset_t *start, vm_size_t *length)
{
	uint64_t end = address + size;

	if (end < address || round_page(end) < end ||
	    !vm_map_range_valid(
		&m->vm->vm_map, trunc_page(address), round_page(end)))
		return (false);
	*start = trunc_page(address);
	*length = round_page(end) - *start;
	return (true);
}

bool
mach_memory_mapped(
    const struct mach_memory *m, vm_offset_t start, vm_size_t length)
{
	vm_map_t map = &m->vm->vm_map;
	bool mapped;

	vm_map_lock_read(map);
	mapped =
	    vm_map_check_protection(map, start, start + length, VM_PROT_NONE);
	vm_map_unlock_read(map);
	return (mapped);
}

/*
 * Page after page of another's memory, as its protection says: a debugger
 * that wants more says so by mach_vm_protect.
 */
static kern_return_t
move_other(
    struct vmspace *vm, vm_offset_t at, void *data, size_t size, enum uio_rw rw)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct uio uio = {
		.uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_resid = size,
		.uio_segflg = UIO_SYSSPACE,
		.uio_rw = rw,
		.uio_td = curthread,
	};
	bool write = rw == UIO_WRITE;
	vm_page_t page;
	size_t skew;
	int error;

	for (; uio.uio_resid > 0; at = trunc_page(at) + PAGE_SIZE) {
		skew = at & PAGE_MASK;
		error = vm_fault(&vm->vm_map, trunc_page(at),
		    write ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ,
		    write ? VM_FAULT_DIRTY : VM_FAULT_NORMAL, &page);
		if (error != KERN_SUCCESS)
			return (error == KERN_RESOURCE_SHORTAGE
				    ? KERN_RESOURCE_SHORTAGE
				    : KERN_INVALID_ADDRESS);
		error = uiomove_fromphys(&page, skew,
		    (int)MIN(PAGE_SIZE - skew, (size_t)uio.uio_resid), &uio);
		vm_page_unwire(page, PQ_ACTIVE);
		if (error != 0)
			return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

kern_return_t
mach_memory_get(const struct mach_memory *m, uint64_t at, void *to, size_t size)
{
	if (m->task != NULL)
		return (move_other(m->vm, at, to, size, UIO_READ));
	return (copyin((const void *)(uintptr_t)at, to, size) == 0
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

kern_return_t
mach_memory_put(
    const struct mach_memory *m, uint64_t at, void *from, size_t size)
{
	if (m->task != NULL)
		return (move_other(m->vm, at, from, size, UIO_WRITE));
	return (copyout(from, (void *)(uintptr_t)at, size) == 0
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

kern_return_t
mach_memory_pause(void)
{
	maybe_yield();
	/* By the kernel, with all threads by one of them, or by a signal. */
	return (
	    curproc->p_flag & (P_WKILLED | P_SINGLE_EXIT) || curproc_sigkilled()
		? KERN_ABORTED
		: KERN_SUCCESS);
}

/* Address space that nobody uses yet; what is aligned is cut from more. */
static kern_return_t
find_anywhere(const struct mach_memory *m, uint64_t mask, vm_size_t length,
    vm_offset_t *start)
{
	vm_map_t map = &m->vm->vm_map;
	vm_offset_t from[2] = { m->from, vm_map_min(map) };
	vm_size_t whole = length + trunc_page(mask);
	unsigned int i;

	if (whole < length || mask > vm_map_max(map))
		return (KERN_NO_SPACE);
	for (i = 0; i < 2; i++) {
		*start = vm_map_findspace(map, from[i], whole);
		if (*start + whole > *start &&
		    *start + whole <= vm_map_max(map)) {
			*start = (*start + mask) & ~mask;
			return (KERN_SUCCESS);
		}
	}
	return (KERN_NO_SPACE);
}

kern_return_t
mach_place_find(const struct mach_memory *m, const struct mach_place *place,
    vm_size_t length, vm_offset_t *start)
{
	vm_map_t map = &m->vm->vm_map;
	vm_map_entry_t entry;

	if (!place->fixed)
		return (find_anywhere(m, place->mask, length, start));
	*start = place->address;
	if (!vm_map_range_valid(map, *start, *start + length))
		return (KERN_INVALID_ADDRESS);
	if (place->overwrite)
		return (vm_map_delete(map, *start, *start + length));
	if (vm_map_lookup_entry(map, *start, &entry) ||
	    vm_map_entry_succ(entry)->start < *start + length)
		return (KERN_NO_SPACE);
	return (KERN_SUCCESS);
}

kern_return_t
mach_place_check(const struct mach_memory *m, const struct mach_place *place,
    vm_size_t length)
{
	vm_offset_t start;
	kern_return_t kr;

	if (place->overwrite)
		return (KERN_SUCCESS);
	vm_map_lock(&m->vm->vm_map);
	kr = mach_place_find(m, place, length, &start);
	vm_map_unlock(&m->vm->vm_map);
	return (kr);
}

void
mach_place_finish(const struct mach_memory *m, const struct mach_place *place,
    vm_offset_t start, vm_size_t length)
{
	vm_map_t map = &m->vm->vm_map;

	if (place->inheritance != VM_INHERIT_DEFAULT)
		(void)vm_map_inherit(map, start, start + length,
		    (vm_inherit_t)place->inheritance);
	if (map->flags & MAP_WIREFUTURE)
		(void)vm_map_wire(map, start, start + length,
		    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES);
}
