// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals: how a program sees without a system call that it was refused
 *
 * An answer to each message, and a system call to read it, cost more than the
 * message. So programs map a page of counters, one for all sockets whose port
 * ids have the same remainder. The broker counts a refusal before the sendmsg()
 * returns that brought the request; if its counter is as before, all was done,
 * and there is nothing to read. If not, it may be another socket's refusal: then
 * the program reads in vain.
 */
#include "broker.h"
#include "compat.h"

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>

static int refusals_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct kbus_net *kn = pde_data(file_inode(file));

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	if (vma_pages(vma) != 1 || vma->vm_pgoff)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYWRITE);
	/* The mapping holds the page, whatever becomes of the bus. */
	return vm_insert_page(vma, vma->vm_start, virt_to_page(kn->refusals));
}

static const struct proc_ops refusals_ops = {
	.proc_mmap = refusals_mmap,
	.proc_lseek = noop_llseek,
};

/**
 * kbus_refusals_init() - offer the counters to a namespace's programs
 * @kn: the bus
 *
 * Where there is no procfs, they ask for acknowledgements.
 *
 * Return: 0, or -ENOMEM.
 */
int kbus_refusals_init(struct kbus_net *kn)
{
	BUILD_BUG_ON(KBUS_REFUSALS * sizeof(*kn->refusals) > PAGE_SIZE);
	kn->refusals = (atomic_t *)get_zeroed_page(GFP_KERNEL);
	if (!kn->refusals)
		return -ENOMEM;
	kn->refusals_file = proc_create_data("kbus_refusals", 0444,
					     kn->net->proc_net, &refusals_ops,
					     kn);
	if (kn->refusals_file || !IS_ENABLED(CONFIG_PROC_FS))
		return 0;
	free_page((unsigned long)kn->refusals);
	return -ENOMEM;
}

/**
 * kbus_refusals_exit() - end that
 * @kn: the bus
 */
void kbus_refusals_exit(struct kbus_net *kn)
{
	proc_remove(kn->refusals_file);
	free_page((unsigned long)kn->refusals);
}

/**
 * kbus_refused() - count a refusal
 * @kn: the bus
 * @portid: port id of the socket that was refused something
 *
 * Context: any; before the socket's program may go on.
 */
void kbus_refused(struct kbus_net *kn, u32 portid)
{
	atomic_inc(&kn->refusals[portid % KBUS_REFUSALS]);
}
